//! Passkeys (WebAuthn; what is checked of them is the crate `passkey`'s). A passkey verifies its owner itself, so it
//! alone is both factors. It is found by itself: whoever signs in with one says no name, and is told the same whatever
//! is wrong.
//!
//! A challenge is good once, for five minutes, for one purpose and in the browser that asked: what is stored is a keyed
//! hash of all of that. An authenticator's count that has not grown is a copy's: refused, and its owner is told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use case::redact::redact;
use case::{AccountId, Level};
use jiff::SignedDuration;
use passkey::{ClientData, Party};
use serde_json::{Value, json};
use store::{Account, Code, Passkey, Tried};

use super::limits::{DAY, QUARTER, quietly, within};
use super::notice::{self, Notice};
use super::{Door, NotSignedIn, SignedIn, audit, recovery_code, sessions, touch};
use crate::app::App;
use crate::chance;
use crate::keys::hex_of;
use crate::web::counter::you::one_line;
use crate::web::{Posted, Trouble, Visit};

const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// Passkeys of one account.
pub const MOST: u32 = 20;
/// Characters of what its owner calls a passkey.
pub const NAME_MAX: usize = 60;

/// What a challenge is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    Add,
    /// To show again who one is.
    Confirm,
    /// As the second factor of a password's recovery.
    Recover,
}

impl Purpose {
    /// As in forms.
    pub fn from_form(text: &str) -> Option<Self> {
        [Self::SignIn, Self::Add, Self::Confirm, Self::Recover].into_iter().find(|p| p.as_str() == text)
    }

    fn as_str(self) -> &'static str {
        match self {
            Purpose::SignIn => "sign-in",
            Purpose::Add => "add",
            Purpose::Confirm => "confirm",
            Purpose::Recover => "recover",
        }
    }

    fn stored(self) -> String {
        format!("passkey-{}", self.as_str())
    }
}

/// What a browser answered a challenge with.
#[derive(Clone, Debug)]
pub struct Shown {
    id: Vec<u8>,
    client: Vec<u8>,
    data: Vec<u8>,
    signature: Vec<u8>,
    user: Vec<u8>,
}

impl Shown {
    /// None where the form has no passkey in it.
    pub fn of(posted: &Posted) -> Option<Self> {
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(posted.get(name)).unwrap_or_default();
        let shown = Self {
            id: bytes("credential"),
            client: bytes("client"),
            data: bytes("data"),
            signature: bytes("signature"),
            user: bytes("user"),
        };
        (!posted.get("credential").is_empty()).then_some(shown)
    }
}

/// Who we are to browsers; none where the desk's address is one that they allow no passkeys at.
pub fn party(app: &App) -> Option<Party> {
    Party::of(&app.config.desk.url)
}

/// What an authenticator calls an account by: nothing that anybody else could know.
fn handle(app: &App, account: AccountId) -> [u8; 32] {
    app.keys.mac("passkey-user", &[&account.key().to_be_bytes()])
}

/// A challenge, with all that a browser must be told; for [`Purpose::Add`] and [`Purpose::Confirm`] to `account`.
pub async fn ask(app: &App, visit: &Visit, purpose: Purpose, account: Option<&Account>) -> Result<Value, Trouble> {
    let party = party(app).ok_or(Trouble::NotFound)?;
    if let Some(account) = account.filter(|_| purpose == Purpose::Add) {
        super::oidc::only_ours(app, account).await?;
    }
    let session = visit.session(app).id;
    within(app, &format!("passkey:ask:{}", hex_of(&session[..12])), QUARTER, 30).await?;
    within(app, &format!("passkey:ask-net:{}", visit.network), QUARTER, 300).await?;
    let challenge: [u8; 32] = chance::bytes();
    let (id, hash) = marks(app, &session, purpose, &challenge);
    app.store
        .put_code(Code {
            id,
            hash,
            account: account.map(|a| a.id),
            purpose: purpose.stored(),
            expires_at: app.now() + LIFE,
            tries_left: 1,
        })
        .await?;
    let mut known = Vec::new();
    if let Some(account) = account {
        known = app.store.passkeys_of(account.id).await?.iter().map(|p| text(&p.id)).collect();
    }
    let ask =
        json!({ "challenge": text(&challenge), "rpId": party.id, "timeout": LIFE.as_millis() as u64, "known": known });
    Ok(match account.filter(|_| purpose == Purpose::Add) {
        Some(account) => with_user(app, ask, account),
        None => ask,
    })
}

fn with_user(app: &App, mut ask: Value, account: &Account) -> Value {
    let desk = &app.config.desk;
    ask["rpName"] = desk.name_in(account.lang).into();
    ask["algorithms"] = passkey::ALGORITHMS.into();
    ask["user"] = json!({
        "id": text(&handle(app, account.id)), "name": account.login, "displayName": account.person.name,
    });
    ask
}

/// Under which id a challenge is remembered, and what must be known to use it up.
fn marks(app: &App, session: &[u8; 32], purpose: Purpose, challenge: &[u8; 32]) -> ([u8; 16], [u8; 32]) {
    let whole = app.keys.mac("passkey-challenge", &[session, challenge]);
    let mut id = [0; 16];
    id.copy_from_slice(&whole[..16]);
    (id, app.keys.mac("passkey", &[session, purpose.as_str().as_bytes(), challenge]))
}

/// Uses up the challenge that a browser says it was given; none where it was not, or not here, for this or just now.
/// Answers whom it was given to.
async fn spend(
    app: &App,
    visit: &Visit,
    purpose: Purpose,
    said: &ClientData,
) -> Result<Option<Option<AccountId>>, Trouble> {
    let session = visit.session(app).id;
    let (id, hash) = marks(app, &session, purpose, &said.challenge);
    Ok(match app.store.try_code(&id, &hash, app.now()).await? {
        Tried::Right { account, purpose: p } if p == purpose.stored() => Some(account),
        Tried::Right { .. } | Tried::Wrong { .. } | Tried::Gone => None,
    })
}

/// Whose passkey was shown, where everything about it is right; it counts as used.
pub(super) async fn owner(
    app: &App,
    visit: &Visit,
    purpose: Purpose,
    shown: &Shown,
) -> Result<Option<Account>, Trouble> {
    within(app, &format!("passkey:net:{}", visit.network), QUARTER, 200).await?;
    let (Some(party), Ok(said)) = (party(app), ClientData::read(&shown.client)) else { return Ok(None) };
    let Some(asked) = spend(app, visit, purpose, &said).await? else { return Ok(None) };
    let Some(kept) = app.store.passkey(&shown.id).await? else { return Ok(None) };
    // Who says no name must say the handle; a security key that is told which passkey to use says none.
    let named = shown.user == handle(app, kept.account) || shown.user.is_empty() && asked == Some(kept.account);
    if !named || asked.is_some_and(|id| id != kept.account) {
        return Ok(None);
    }
    let checked = passkey::asserted(&party, &said.challenge, &said, &kept.key, &shown.data, &shown.signature);
    let count = match checked {
        Ok(count) => count,
        Err(why) => {
            tracing::info!(%why, "a passkey was refused");
            return Ok(None);
        }
    };
    let Some(account) = app.store.account(kept.account).await?.filter(|a| !a.disabled) else { return Ok(None) };
    if app.store.use_passkey(&kept.id, count, app.now()).await? {
        return Ok(Some(account));
    }
    audit(app, Some(account.id), Notice::PasskeyCopied.act(), "").await?;
    if quietly(app, &format!("passkey:copied:{}", account.id), DAY, 3).await? {
        notice::notify(app, &account, Notice::PasskeyCopied).await?;
    }
    Ok(None)
}

/// Signs in with a passkey, under a new session token.
pub async fn sign_in_with_passkey(
    app: &App,
    visit: &Visit,
    door: Door,
    shown: &Shown,
) -> Result<SignedIn, NotSignedIn> {
    let account = owner(app, visit, Purpose::SignIn, shown).await?;
    let Some(account) = account.filter(|a| door == Door::Counter || a.role.is_some()) else {
        audit(app, None, "sign-in-failed", "passkey").await?;
        return Err(NotSignedIn::Wrong);
    };
    let level = Level::SecondFactor;
    let cookie = visit.sign_in(app, account.id, level).await?;
    // What was right may not be any more, and whoever changed it has ended the sessions there were.
    let there = app.store.passkey(&shown.id).await?.is_some();
    if !there || !super::still(app, &account).await? {
        sessions::end_all(app, account.id).await?;
        return Err(NotSignedIn::Wrong);
    }
    super::entered(app, visit, door, account.id, "passkey").await?;
    Ok(SignedIn { account: account.id, level, cookie })
}

/// What came of a new passkey.
pub enum Added {
    /// Every other session has ended; this one goes on under a new token.
    Done { signed_in: SignedIn, codes_left: u32 },
    /// The browser's answer was not right, or came too late.
    Wrong,
    /// It is there already, or there are [`MOST`].
    Full,
}

/// Keeps a new passkey. That its owner has shown who they are was seen when the challenge was asked for.
pub async fn add_passkey(app: &App, visit: &Visit, account: &Account, posted: &Posted) -> Result<Added, Trouble> {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(posted.get(name)).unwrap_or_default();
    let (Some(party), Ok(said)) = (party(app), ClientData::read(&bytes("client"))) else { return Ok(Added::Wrong) };
    if spend(app, visit, Purpose::Add, &said).await? != Some(Some(account.id)) {
        return Ok(Added::Wrong);
    }
    let new = match passkey::registered(&party, &said.challenge, &said, &bytes("attestation")) {
        Ok(new) => new,
        Err(why) => {
            tracing::info!(%why, "a new passkey was refused");
            return Ok(Added::Wrong);
        }
    };
    let changed = touch(app, account).await?;
    let passkey = Passkey {
        id: new.id,
        account: account.id,
        name: name(posted.get("name"), visit),
        key: new.key,
        count: new.count,
        added_at: app.now(),
        used_at: None,
    };
    if !app.store.add_passkey(passkey, MOST).await? {
        return Ok(Added::Full);
    }
    let signed_in = changed_factors(app, visit, &changed, Level::SecondFactor, Notice::PasskeyAdded).await?;
    Ok(Added::Done { signed_in, codes_left: app.store.recovery_codes_left(account.id).await? })
}

/// As its owner wants, or as their browser calls itself.
fn name(typed: &str, visit: &Visit) -> String {
    let typed: String = redact(&one_line(typed)).0.chars().take(NAME_MAX).collect();
    let name = if typed.trim().is_empty() { sessions::browser(&visit.user_agent) } else { typed.trim().to_owned() };
    if name.is_empty() { "Passkey".to_owned() } else { name }
}

pub async fn rename_passkey(app: &App, visit: &Visit, account: &Account, id: &str, to: &str) -> Result<bool, Trouble> {
    Ok(app.store.rename_passkey(account.id, &bytes_of(id), &name(to, visit)).await?)
}

/// What came of taking a passkey away.
pub enum Removed {
    Done(SignedIn),
    /// Staff keep their last factor.
    Last,
}

/// Takes a passkey away. Holders may remove their last; staff who would have no factor left may not.
pub async fn remove_passkey(app: &App, visit: &Visit, account: &Account, id: &str) -> Result<Removed, Trouble> {
    let id = bytes_of(id);
    let passkeys = app.store.passkeys_of(account.id).await?;
    let (there, others) = (passkeys.iter().any(|p| p.id == id), passkeys.iter().any(|p| p.id != id));
    if !there {
        return Err(Trouble::NotFound);
    }
    let keep_last = account.role.is_some() && account.totp.is_none();
    if keep_last && !others {
        return Ok(Removed::Last);
    }
    let changed = touch(app, account).await?;
    if !app.store.remove_passkey(account.id, &id, keep_last).await? {
        return Err(Trouble::StaleForm);
    }
    let left = others || account.totp.is_some();
    if !left {
        recovery_code::forget(app, account.id).await?;
    }
    let level = if left { Level::SecondFactor } else { Level::SignedIn };
    Ok(Removed::Done(changed_factors(app, visit, &changed, level, Notice::PasskeyRemoved).await?))
}

/// What follows every change of how an account signs in: it is signed out everywhere, but here, and told.
pub(super) async fn changed_factors(
    app: &App,
    visit: &Visit,
    account: &Account,
    level: Level,
    notice: Notice,
) -> Result<SignedIn, Trouble> {
    notice::notify(app, account, notice).await?;
    sessions::end_all(app, account.id).await?;
    let cookie = visit.go_on(app, account.id, level).await?;
    audit(app, Some(account.id), notice.act(), "").await?;
    Ok(SignedIn { account: account.id, level, cookie })
}

/// A passkey as its owner sees it.
pub struct PasskeyRow {
    /// What a form calls it by.
    pub id: String,
    pub name: String,
    pub added: case::Timestamp,
    pub used: Option<case::Timestamp>,
}

pub async fn passkeys(app: &App, account: AccountId) -> Result<Vec<PasskeyRow>, Trouble> {
    let row = |p: Passkey| PasskeyRow { id: text(&p.id), name: p.name, added: p.added_at, used: p.used_at };
    Ok(app.store.passkeys_of(account).await?.into_iter().map(row).collect())
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes_of(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}
