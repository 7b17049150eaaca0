//! Staff who sign in with an identity provider (OpenID Connect, authorization code flow with PKCE; what is checked of a
//! token is the crate `oidc`'s). They are known by issuer and subject, never by an address; what they are here follows
//! their groups at each sign-in, and whoever has none left is signed out and is nothing here any more.
//!
//! A browser that goes there takes a `state` along: random, good once, for ten minutes, in this browser's session. It is
//! stored as a keyed hash of all that; nonce and PKCE's verifier are derived from it and the session, so that nothing of
//! them is stored at all, and an answer to another browser, or a second one, finds nothing to go on with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use case::matching::Person;
use case::{AccountId, Level, Role, Timestamp};
use jiff::SignedDuration;
use oidc::{Claims, Expected, Wrong, challenge, identity, verify};
use reach::oidc::{Failed, Provider, Request, authorize};
use serde::{Deserialize, Serialize};
use store::{Account, Code, Federated, StoreError, Tried};

use super::limits::{QUARTER, within};
use super::{SignedIn, audit, sessions, still};
use crate::app::App;
use crate::chance;
use crate::config::Oidc;
use crate::keys::hex_of;
use crate::web::{Trouble, Visit};

const LIFE: SignedDuration = SignedDuration::from_mins(10);
const PURPOSE: &str = "oidc ";
/// Longest form that waits for its doer to come back.
const FORM_MAX: usize = 8 * 1024;
/// Characters of a name.
const NAME_MAX: usize = 120;
/// Times a change to an account is tried again, where others change it at once.
const TRIES: u32 = 16;

/// Why somebody goes there.
#[derive(Clone, Debug)]
pub enum Errand {
    SignIn {
        next: String,
    },
    /// To show again who they are; the path and the form that were interrupted.
    Again {
        to: String,
        form: Option<String>,
    },
}

/// As it is stored with a state.
#[derive(Serialize, Deserialize)]
struct Waiting {
    to: String,
    /// Sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    /// Since when they must have been asked again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<i64>,
}

/// What the provider sends a browser back with.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub state: String,
    pub code: String,
    pub issuer: String,
    pub error: String,
}

/// What came of it.
#[derive(Debug)]
pub enum Back {
    SignedIn {
        to: String,
        signed_in: SignedIn,
    },
    /// They have shown again who they are, and go on.
    Confirmed {
        to: String,
        form: Option<String>,
        cookie: axum::http::HeaderValue,
    },
    Not(NotBack),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBack {
    /// Something of it is not right; what, only the log says.
    Wrong,
    /// They stopped there, or the provider let them in to nothing.
    Stopped,
    /// The provider does not answer.
    Away,
    /// They are who they are, and nothing here.
    NoGroup,
}

fn parts(app: &App) -> Result<(&Oidc, &dyn Provider), Trouble> {
    app.config.oidc.as_ref().zip(app.oidc.as_deref()).ok_or(Trouble::NotFound)
}

/// Whether somebody signs in with the provider and with nothing of ours. One read, and for nobody else.
pub async fn federated(app: &App, account: &Account) -> Result<bool, StoreError> {
    if account.password.is_some() || account.totp.is_some() {
        return Ok(false);
    }
    Ok(app.store.federated_of(account.id).await?.is_some())
}

/// Factors of ours are none of theirs: whoever is let in by one would stay when their groups are gone.
pub(super) async fn only_ours(app: &App, account: &Account) -> Result<(), Trouble> {
    if federated(app, account).await? { Err(Trouble::Forbidden) } else { Ok(()) }
}

/// What belongs to a state in this browser.
struct Ticket {
    id: [u8; 16],
    hash: [u8; 32],
    nonce: String,
    verifier: String,
    seal: [u8; 32],
}

impl Ticket {
    fn of(app: &App, session: &[u8; 32], state: &str) -> Self {
        let mac = |purpose: &str| app.keys.mac(purpose, &[session, state.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&mac("oidc-state")[..16]);
        Self {
            id,
            hash: mac("oidc"),
            nonce: URL_SAFE_NO_PAD.encode(mac("oidc-nonce")),
            verifier: URL_SAFE_NO_PAD.encode(mac("oidc-verifier")),
            seal: mac("oidc-seal"),
        }
    }
}

/// The address at the provider that this browser is to go to.
pub async fn begin(app: &App, visit: &Visit, errand: Errand) -> Result<Result<String, NotBack>, Trouble> {
    let (config, provider) = parts(app)?;
    let session = visit.session(app).id;
    within(app, &format!("oidc:begin:{}", hex_of(&session[..12])), QUARTER, 30).await?;
    within(app, &format!("oidc:begin-net:{}", visit.network), QUARTER, 300).await?;
    let now = app.now();
    let discovery = match provider.discovery(now).await {
        Ok(discovery) => discovery,
        Err(failed) => return Ok(Err(away(&failed))),
    };
    let state = chance::token();
    let ticket = Ticket::of(app, &session, &state);
    let ask_again = matches!(errand, Errand::Again { .. });
    let waiting = match errand {
        Errand::SignIn { next } => Waiting { to: next, form: None, again: None },
        Errand::Again { to, form } => {
            if form.as_ref().is_some_and(|form| form.len() > FORM_MAX) {
                return Err(Trouble::TooLarge);
            }
            let form =
                form.map(|form| URL_SAFE_NO_PAD.encode(app.keys.seal("oidc-form", &ticket.seal, form.as_bytes())));
            Waiting { to, form, again: Some(now.as_second()) }
        }
    };
    let account = visit.account.as_ref().filter(|_| ask_again).map(|a| a.id);
    let waiting = serde_json::to_string(&waiting).map_err(|e| Trouble::Unavailable(e.to_string()))?;
    let purpose = format!("{PURPOSE}{waiting}");
    let code = Code { id: ticket.id, hash: ticket.hash, account, purpose, expires_at: now + LIFE, tries_left: 1 };
    app.store.put_code(code).await?;
    let request = Request {
        client_id: &config.client_id,
        redirect: &Oidc::redirect(&app.config.desk.url),
        scope: &config.scope,
        state: &state,
        nonce: &ticket.nonce,
        challenge: &challenge(&ticket.verifier),
        max_age: if ask_again { 0 } else { i64::from(config.session_hours) * 3600 },
        ask_again,
        acr: &config.acr,
        lang: visit.lang.tag(),
    };
    Ok(authorize(&discovery, &request).map(|url| url.to_string()).map_err(|failed| away(&failed)))
}

fn away(failed: &Failed) -> NotBack {
    tracing::warn!(%failed, "the identity provider was of no help");
    match failed {
        Failed::Away(_) => NotBack::Away,
        Failed::Refused(_) => NotBack::Wrong,
    }
}

/// Goes on with what a browser came back with.
pub async fn finish(app: &App, visit: &Visit, answer: &Answer) -> Result<Back, Trouble> {
    let (config, provider) = parts(app)?;
    within(app, &format!("oidc:back-net:{}", visit.network), QUARTER, 300).await?;
    let not = async |why: NotBack| {
        audit(app, None, "sign-in-failed", "oidc").await?;
        Ok(Back::Not(why))
    };
    let ticket = Ticket::of(app, &visit.session(app).id, &answer.state);
    let Some((whose, waiting)) = spend(app, &ticket).await? else { return not(NotBack::Wrong).await };
    let claims = match shown(app, config, provider, &ticket, &waiting, answer).await {
        Ok(claims) => claims,
        Err(why) => return not(why).await,
    };
    let Some(account) = follow(app, visit, config, &claims).await? else { return not(NotBack::NoGroup).await };
    if account.disabled {
        return not(NotBack::Wrong).await;
    }
    let asked = asked_at(app, &claims);
    if waiting.again.is_none() {
        let level = Level::SecondFactor;
        let cookie = visit.sign_in_as_asked(app, account.id, level, asked).await?;
        if !still(app, &account).await? {
            sessions::end_all(app, account.id).await?;
            return not(NotBack::Wrong).await;
        }
        audit(app, Some(account.id), "signed-in", "oidc").await?;
        return Ok(Back::SignedIn { to: waiting.to, signed_in: SignedIn { account: account.id, level, cookie } });
    }
    let same = whose == Some(account.id) && visit.account.as_ref().is_some_and(|a| a.id == account.id);
    let form = match waiting.form.map(|form| opened(app, &ticket, &form)) {
        Some(None) => return not(NotBack::Wrong).await,
        form => form.flatten(),
    };
    if !same {
        return not(NotBack::Wrong).await;
    }
    let cookie = visit.renew(app, |s| (s.proven_at, s.confirmed_at) = (Some(asked), Some(asked))).await?;
    audit(app, Some(account.id), "confirmed", "oidc").await?;
    Ok(Back::Confirmed { to: waiting.to, form, cookie })
}

/// Uses up the state; none where this browser was not given it, or not just now.
async fn spend(app: &App, ticket: &Ticket) -> Result<Option<(Option<AccountId>, Waiting)>, Trouble> {
    let (account, purpose) = match app.store.try_code(&ticket.id, &ticket.hash, app.now()).await? {
        Tried::Right { account, purpose } => (account, purpose),
        Tried::Wrong { .. } | Tried::Gone => return Ok(None),
    };
    let waiting = purpose.strip_prefix(PURPOSE).and_then(|text| serde_json::from_str(text).ok());
    Ok(waiting.map(|waiting| (account, waiting)))
}

fn opened(app: &App, ticket: &Ticket, sealed: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    String::from_utf8(app.keys.seal("oidc-form", &ticket.seal, &sealed)).ok()
}

/// When they were last asked for what they sign in with, by our clock at the latest.
fn asked_at(app: &App, claims: &Claims) -> Timestamp {
    Timestamp::from_second(claims.auth_time).unwrap_or(Timestamp::MIN).min(app.now())
}

/// What the provider says of whoever came back, where every word of it is right.
async fn shown(
    app: &App,
    config: &Oidc,
    provider: &dyn Provider,
    ticket: &Ticket,
    waiting: &Waiting,
    answer: &Answer,
) -> Result<Claims, NotBack> {
    let now = app.now();
    let discovery = provider.discovery(now).await.map_err(|failed| away(&failed))?;
    // Whose answer it is stands in it (RFC 9207); where the provider says that it always does, it must.
    if answer.issuer != config.issuer && (discovery.names_itself || !answer.issuer.is_empty()) {
        tracing::warn!("an answer came in the name of another identity provider");
        return Err(NotBack::Wrong);
    }
    if !answer.error.is_empty() || answer.code.is_empty() {
        return Err(NotBack::Stopped);
    }
    let token = provider.redeem(now, &answer.code, &ticket.verifier).await.map_err(|failed| away(&failed))?;
    let at = now.as_second();
    let expected = Expected {
        issuer: &config.issuer,
        client_id: &config.client_id,
        nonce: &ticket.nonce,
        now: at,
        skew: i64::from(config.skew_seconds),
        asked_since: waiting.again.unwrap_or(at - i64::from(config.session_hours) * 3600),
        acr: &config.acr,
        amr: &config.amr,
    };
    let keys = provider.keys(now, false).await.map_err(|failed| away(&failed))?;
    let checked = match verify(&token, &keys, &expected) {
        Err(Wrong::UnknownKey) => {
            let newer = provider.keys(now, true).await.map_err(|failed| away(&failed))?;
            verify(&token, &newer, &expected)
        }
        checked => checked,
    };
    checked.map_err(|wrong| {
        tracing::warn!(%wrong, "an ID token was refused");
        NotBack::Wrong
    })
}

/// The account of whoever the provider means, as their groups now have it; none where they have none here.
async fn follow(app: &App, visit: &Visit, config: &Oidc, claims: &Claims) -> Result<Option<Account>, Trouble> {
    let key = identity(&config.issuer, &claims.subject);
    let known = app.store.federated(&key).await?.map(|f| f.account);
    let groups = claims.groups(&config.groups_claim);
    let Some((role, agency)) = config.works_as(&groups) else {
        if let Some(id) = known {
            leave(app, id).await?;
        }
        return Ok(None);
    };
    let id = match known {
        Some(id) => id,
        None => join(app, config, key).await?,
    };
    let (agency, person) = (agency.cloned(), person(claims));
    for _ in 0..TRIES {
        let Some(was) = app.store.account(id).await? else {
            let login = format!("oidc:{}", hex_of(&key[..8]));
            let new = Account {
                role: Some(role),
                agency: agency.clone(),
                lang: visit.lang,
                ..Account::of(id, login, person.clone(), app.now())
            };
            // Another may have been first; the next look tells.
            match app.store.put_account(new).await {
                Ok(()) => audit(app, Some(id), "staff-added", "oidc").await?,
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
            continue;
        };
        let mut changed = Account { role: Some(role), agency: agency.clone(), person: person.clone(), ..was.clone() };
        if changed == was {
            return Ok(Some(was));
        }
        changed.changed_at = app.now();
        if app.store.change_account(&was, changed.clone()).await? {
            if (was.role, &was.agency) != (changed.role, &changed.agency) {
                // What a session of before may do is asked anew with each request; it ends all the same.
                sessions::end_others(app, visit, id).await?;
                audit(app, Some(id), "staff-changed", &format!("oidc {}", name_of(role))).await?;
            }
            return Ok(Some(changed));
        }
    }
    Err(StoreError::Conflict.into())
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Approver => "approver",
        Role::Admin => "admin",
    }
}

/// Gives a person of the provider's an account; of two who come at once both get the same.
async fn join(app: &App, config: &Oidc, key: [u8; 32]) -> Result<AccountId, Trouble> {
    let account = AccountId::from_bits(chance::bits());
    app.store.put_federated(Federated { key, account, issuer: config.issuer.clone(), at: app.now() }).await?;
    app.store.federated(&key).await?.map(|f| f.account).ok_or_else(|| StoreError::Conflict.into())
}

/// They work here no more: no role, no contact, no session. Who they were stays with what they did.
async fn leave(app: &App, id: AccountId) -> Result<(), Trouble> {
    for _ in 0..TRIES {
        let Some(was) = app.store.account(id).await? else { return Ok(()) };
        let person = Person { name: was.person.name.clone(), ..Person::default() };
        let changed = Account { role: None, agency: None, person, changed_at: app.now(), ..was.clone() };
        if was.role.is_none() || app.store.change_account(&was, changed).await? {
            sessions::end_all(app, id).await?;
            return audit(app, Some(id), "staff-left", "oidc").await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// What is kept of them: a name, and an address that the provider has verified, by which they are told things and their
/// own relatives' cases are noticed.
fn person(claims: &Claims) -> Person {
    let name: String =
        claims.name.iter().flat_map(|name| name.chars()).filter(|c| !c.is_control()).take(NAME_MAX).collect();
    let email = claims.email.as_ref().map(|email| email.trim().to_lowercase());
    let email = email.filter(|email| email.len() <= 254 && email.contains('@') && !email.contains(char::is_whitespace));
    Person { name: name.trim().to_owned(), email, ..Person::default() }
}

#[cfg(test)]
mod tests;
