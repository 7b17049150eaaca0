//! A forgotten password. The answer to the question is always the same; the link goes by mail to
//! the bound address, is good once and for half an hour, and is built from the configured address
//! of the desk, never from what a request calls it. It changes nothing until a new password is
//! posted, and it stands in for the password only: the second factor is asked as ever.

use case::{Fact, Timestamp};
use jiff::SignedDuration;
use store::{Account, Code, Tried};

use super::change::acceptable;
use super::letter;
use super::limits::{DAY, HOUR, quietly, within};
use super::notice::{self, Notice};
use super::passkey::{Purpose, Shown, owner};
use super::recovery_code::take_either;
use super::{audit, find, sessions, typed_second, ways};
use crate::app::App;
use crate::chance;
use crate::keys::hex_of;
use crate::password::Weak;
use crate::web::{Posted, Trouble, Visit};

const LIFE: SignedDuration = SignedDuration::from_mins(30);
/// What the form has left when its link was right but the new password would not do.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
const PURPOSE: &str = "recover";

/// What came of a new password.
#[derive(Debug, PartialEq, Eq)]
pub enum Reset {
    Done,
    /// The link is not ours, used, too old, or older than the account's last change.
    Gone,
    /// The form goes on with this token: the link's own, or another where that is used up.
    Again {
        token: String,
        why: Again,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Weak(Weak),
    /// The account has a second factor, and it was missing or wrong.
    Code,
}

/// Asks for a link. Nothing in the answer, its time included, says whether there is an account.
pub async fn ask_recovery(app: &App, visit: &Visit, typed: &str) -> Result<(), Trouble> {
    within(app, &format!("recover:net:{}", visit.network), HOUR, 20).await?;
    let account = find(app, typed).await?;
    let whose = account.as_ref().map_or_else(|| "nobody".to_owned(), |a| a.id.to_string());
    let hourly = quietly(app, &format!("recover:hour:{whose}"), HOUR, 3).await?;
    let daily = quietly(app, &format!("recover:day:{whose}"), DAY, 6).await?;
    let account = account.filter(|a| hourly && daily && !a.disabled);
    let account = account.and_then(|a| a.person.email.clone().map(|to| (a, to)));
    let token = issue(app, account.as_ref().map(|(a, _)| a), LIFE).await?;
    audit(app, account.as_ref().map(|(a, _)| a.id), "recovery-asked", "").await?;
    if let Some((account, to)) = account {
        let url = app.config.desk.url.trim_end_matches('/');
        let link = format!("{url}/recover/new?token={token}&lang={}", account.lang.tag());
        let key = format!("recover-{}", hex_of(&chance::bytes::<8>()));
        letter::recovery(app, &account, to, key, &link);
    }
    Ok(())
}

/// Whether a link's token would still be taken. Asking uses nothing up.
pub async fn link_is_open(app: &App, token: &str) -> Result<bool, Trouble> {
    let Some(token) = Token::parse(token) else { return Ok(false) };
    Ok(whose(app, &token).await?.is_some())
}

/// The account that a token can still be tried for. A link that is older than its last change belongs to a question
/// already answered.
async fn whose(app: &App, token: &Token) -> Result<Option<Account>, Trouble> {
    let Some(id) = app.store.code_of(&token.id, app.now()).await? else { return Ok(None) };
    let account = app.store.account(id).await?;
    Ok(account.filter(|account| !account.disabled && account.changed_at < token.issued))
}

/// Sets a new password with a link's token, and with the second factor of an account that has one. Everyone signed in as the account is signed out, and
/// its contacts are told; whoever did it signs in afterwards like anybody.
pub async fn set_password(app: &App, visit: &Visit, posted: &Posted) -> Result<Reset, Trouble> {
    within(app, &format!("recover:set:{}", visit.network), HOUR, 60).await?;
    let new = posted.raw("password");
    let Some(token) = Token::parse(posted.get("token")) else { return Ok(Reset::Gone) };
    let Some(account) = whose(app, &token).await? else { return Ok(Reset::Gone) };
    // A slip uses nothing up: whoever made it opens the link again, or goes on with the same page.
    if let Err(weak) = acceptable(app, &account, new) {
        return Ok(Reset::Again { token: token.text(), why: Again::Weak(weak) });
    }
    match app.store.try_code(&token.id, &token.hash(app), app.now()).await? {
        Tried::Right { account: Some(id), purpose } if id == account.id && purpose == PURPOSE => {}
        Tried::Right { .. } | Tried::Wrong { .. } | Tried::Gone => return Ok(Reset::Gone),
    }
    if ways(app, visit, &account).await?.second && !second(app, visit, &account, posted).await? {
        let token = issue(app, Some(&account), AGAIN).await?;
        return Ok(Reset::Again { token, why: Again::Code });
    }
    let hash = app.hasher.hash(new).await?;
    // Before it is so: whatever ends this half way leaves a hold too many, and never a new password without one.
    crate::guard::happened(app, &account, Fact::Recovered).await?;
    // Checked against the account as it was read: what has changed since asks for a new link.
    let changed = Account { password: Some(hash), changed_at: app.now(), ..account.clone() };
    if !app.store.change_account(&account, changed.clone()).await? {
        return Ok(Reset::Gone);
    }
    let account = changed;
    notice::notify(app, &account, Notice::PasswordChanged).await?;
    sessions::end_all(app, account.id).await?;
    audit(app, Some(account.id), Notice::PasswordChanged.act(), "recovered").await?;
    Ok(Reset::Done)
}

async fn second(app: &App, visit: &Visit, account: &Account, posted: &Posted) -> Result<bool, Trouble> {
    match Shown::of(posted) {
        Some(shown) => Ok(owner(app, visit, Purpose::Recover, &shown).await?.is_some_and(|a| a.id == account.id)),
        None => take_either(app, account, typed_second(posted)).await,
    }
}

async fn issue(app: &App, account: Option<&Account>, life: SignedDuration) -> Result<String, Trouble> {
    let token = Token { id: chance::bytes(), secret: chance::bytes(), issued: app.now() };
    let hash = if account.is_some() { token.hash(app) } else { chance::bytes() };
    app.store
        .put_code(Code {
            id: token.id,
            hash,
            account: account.map(|a| a.id),
            purpose: PURPOSE.to_owned(),
            expires_at: app.now() + life,
            tries_left: 5,
        })
        .await?;
    Ok(token.text())
}

/// What stands in a link: which row, its secret, and when it was issued (bound to the hash, so that
/// it cannot be made younger).
struct Token {
    id: [u8; 16],
    secret: [u8; 32],
    issued: Timestamp,
}

impl Token {
    fn hash(&self, app: &App) -> [u8; 32] {
        app.keys.mac("recover", &[&self.id, &self.secret, &self.issued.as_microsecond().to_be_bytes()])
    }

    fn text(&self) -> String {
        use base64::Engine;
        let bytes = [&self.id[..], &self.secret, &self.issued.as_microsecond().to_be_bytes()].concat();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }

    fn parse(text: &str) -> Option<Self> {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (secret, rest) = rest.split_first_chunk::<32>()?;
        let issued = i64::from_be_bytes(rest.try_into().ok()?);
        Some(Self { id: *id, secret: *secret, issued: Timestamp::from_microsecond(issued).ok()? })
    }
}
