//! The second factor: time-based codes of an authenticator app (RFC 6238: SHA-1, six digits,
//! 30 seconds, one step of tolerance). A step counts once.

use case::{AccountId, Level};
use qrcode::{Color, EcLevel, QrCode};
use store::Account;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::code::digits;
use super::confirm::password_again;
use super::limits::{DAY, quietly};
use super::notice::Notice;
use super::passkey::changed_factors;
use super::{SignedIn, recovery_code};
use crate::app::App;
use crate::chance;
use crate::keys::hex_of;
use crate::password;
use crate::web::{Trouble, Visit};

/// Bytes of the nonce that keeps two secrets of one account from the same keystream.
const NONCE: usize = 8;

/// Seals a base32 secret for [`Account::totp`].
pub fn seal_totp(app: &App, id: AccountId, base32: &str) -> String {
    let nonce: [u8; NONCE] = chance::bytes();
    let sealed = app.keys.seal("totp", &sealing_id(id, &nonce), base32.as_bytes());
    hex_of(&nonce) + &hex_of(&sealed)
}

/// The base32 secret again; none where the text is damaged.
pub fn open_totp(app: &App, id: AccountId, sealed: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> =
        (0..sealed.len()).step_by(2).map(|i| u8::from_str_radix(sealed.get(i..i + 2)?, 16).ok()).collect();
    let bytes = bytes?;
    let (nonce, text) = bytes.split_at_checked(NONCE)?;
    String::from_utf8(app.keys.seal("totp", &sealing_id(id, nonce), text)).ok()
}

fn sealing_id(id: AccountId, nonce: &[u8]) -> Vec<u8> {
    [&id.key().to_be_bytes(), nonce].concat()
}

/// Takes the account's code of this moment, once. The step is spent in the store first, so that of
/// two requests with the same code one is refused.
pub(super) async fn take(app: &App, account: &Account, code: &str) -> Result<bool, Trouble> {
    if !quietly(app, &format!("totp:try:{}", account.id), DAY, 60).await? {
        return Ok(false);
    }
    let secret = account.totp.as_deref().and_then(|sealed| open_totp(app, account.id, sealed));
    let Some(step) = secret.and_then(|s| step_of(&s, code, app.now())) else { return Ok(false) };
    Ok(app.store.spend_step(account.id, step).await?)
}

/// The time step that a code belongs to, of the last, this and the next one.
fn step_of(base32: &str, code: &str, now: case::Timestamp) -> Option<u64> {
    generator(base32)?.check(&digits(code)?, u64::try_from(now.as_second()).ok()?)
}

/// The code of this moment, for the demo's people and for tests.
pub fn totp_now(base32: &str, unix_seconds: u64) -> Option<String> {
    Some(generator(base32)?.generate(unix_seconds).to_string())
}

fn generator(base32: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(base32).ok()?;
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1).with_step_duration(30);
    builder.with_secret(secret).build().ok()
}

/// What a person needs to set up their app.
pub struct Enrolment {
    /// In groups of four, for typing.
    pub secret: String,
    pub qr: Option<Qr>,
}

/// A QR code as one SVG path: `<svg viewBox="0 0 {size} {size}"><path d="{path}"/></svg>`.
pub struct Qr {
    pub size: usize,
    pub path: String,
}

/// Draws a QR code, with the quiet zone it needs. None where the text is too long.
pub fn qr(text: &str) -> Option<Qr> {
    use std::fmt::Write;
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (i, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", i % width + QUIET, i / width + QUIET);
        }
    }
    Some(Qr { size: width + 2 * QUIET, path })
}

/// The secret offered to this browser. It is derived, not stored: the same until the account or the
/// session changes, and worth nothing before it is confirmed.
fn offered(app: &App, visit: &Visit, account: &Account) -> Option<String> {
    let session = visit.session.as_ref()?;
    let parts: [&[u8]; 3] =
        [&account.id.key().to_be_bytes(), &session.id, &account.changed_at.as_microsecond().to_be_bytes()];
    let bytes: [u8; 20] = app.keys.mac("totp-offer", &parts)[..20].try_into().ok()?;
    Some(Secret::new_stack(bytes).to_base32())
}

/// As an authenticator reads it, under the operator's name.
pub fn uri(app: &App, login: &str, secret: &str) -> String {
    let part = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (issuer, login) = (part(&app.config.desk.name), part(login));
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}")
}

pub fn enrolment(app: &App, visit: &Visit, account: &Account) -> Option<Enrolment> {
    let secret = offered(app, visit, account)?;
    let qr = qr(&uri(app, &account.login, &secret));
    let groups: Vec<&str> =
        (0..secret.len()).step_by(4).filter_map(|i| secret.get(i..(i + 4).min(secret.len()))).collect();
    Some(Enrolment { secret: groups.join(" "), qr })
}

/// What came of switching the second factor.
pub enum TotpChange {
    /// Every other session has ended; this one goes on under a new token.
    Done(SignedIn),
    WrongPassword,
    WrongCode,
    /// Without a second factor the password would be too short.
    PasswordTooShort,
    /// Staff keep their last factor.
    Last,
}

/// Switches the second factor on: with a code that shows that the app has the secret. That somebody has shown just now
/// who they are is the caller's to see ([`require`](super::require)).
pub async fn enable_totp(app: &App, visit: &Visit, account: &Account, code: &str) -> Result<TotpChange, Trouble> {
    super::oidc::only_ours(app, account).await?;
    if account.totp.is_some() {
        return Ok(TotpChange::WrongCode);
    }
    let secret = offered(app, visit, account);
    let step = secret.as_deref().and_then(|s| step_of(s, code, app.now()));
    let (Some(secret), Some(step)) = (secret, step) else { return Ok(TotpChange::WrongCode) };
    let changed = Account {
        totp: Some(seal_totp(app, account.id, &secret)),
        totp_step: step,
        changed_at: app.now(),
        ..account.clone()
    };
    switched(app, visit, account, changed, Level::SecondFactor, Notice::SecondFactorOn).await
}

/// Switches it off, for who has shown just now who they are; with the password, which must be able to stand alone.
pub async fn disable_totp(app: &App, visit: &Visit, account: &Account, password: &str) -> Result<TotpChange, Trouble> {
    let passkeys = !app.store.passkeys_of(account.id).await?.is_empty();
    if account.role.is_some() && !passkeys {
        return Ok(TotpChange::Last);
    }
    if !password_again(app, account, password).await? {
        return Ok(TotpChange::WrongPassword);
    }
    if account.role.is_none() && password.chars().count() < password::MIN_ALONE {
        return Ok(TotpChange::PasswordTooShort);
    }
    if !passkeys {
        recovery_code::forget(app, account.id).await?;
    }
    let level = if passkeys { Level::SecondFactor } else { Level::SignedIn };
    let changed = Account { totp: None, totp_step: 0, changed_at: app.now(), ..account.clone() };
    switched(app, visit, account, changed, level, Notice::SecondFactorOff).await
}

async fn switched(
    app: &App,
    visit: &Visit,
    was: &Account,
    account: Account,
    level: Level,
    notice: Notice,
) -> Result<TotpChange, Trouble> {
    // Someone else changed the account between the check and this.
    if !app.store.change_account(was, account.clone()).await? {
        return Err(Trouble::StaleForm);
    }
    Ok(TotpChange::Done(changed_factors(app, visit, &account, level, notice).await?))
}
