//! The places where someone is signed in: listed, and ended one by one or all but this.

use case::{AccountId, Timestamp};
use store::{Account, Session};

use super::{Notice, audit};
use crate::app::App;
use crate::keys::hex_of;
use crate::web::{Trouble, Visit};

/// How often a change is tried again that others raced.
const RACES: u32 = 16;

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// What a form calls it by; neither its token nor its id.
    pub name: String,
    pub browser: String,
    pub since: Timestamp,
    pub seen: Timestamp,
    /// The one that is asking.
    pub this: bool,
}

/// The sessions of who is signed in, this one first.
pub async fn sessions(app: &App, visit: &Visit, account: AccountId) -> Result<Vec<SessionRow>, Trouble> {
    let now = app.now();
    let this = visit.session.as_ref().map(|s| s.id);
    let mut rows: Vec<SessionRow> = live(app, account, now)
        .await?
        .into_iter()
        .map(|s| SessionRow {
            name: name(app, &s),
            browser: browser(&s.agent),
            since: s.created_at,
            seen: s.seen_at,
            this: Some(s.id) == this,
        })
        .collect();
    rows.sort_by_key(|r| (!r.this, std::cmp::Reverse(r.seen)));
    Ok(rows)
}

async fn live(app: &App, account: AccountId, now: Timestamp) -> Result<Vec<Session>, Trouble> {
    let mut all = app.store.sessions_of(account).await?;
    all.retain(|s| s.expires_at > now && now.duration_since(s.seen_at) <= crate::web::visit::IDLE);
    Ok(all)
}

fn name(app: &App, session: &Session) -> String {
    hex_of(&app.keys.mac("session-name", &[&session.id])[..12])
}

/// Ends one of the account's sessions; false where it has no such session.
pub async fn end_session(app: &App, account: AccountId, wanted: &str) -> Result<bool, Trouble> {
    let all = app.store.sessions_of(account).await?;
    let Some(session) = all.iter().find(|s| name(app, s) == wanted) else { return Ok(false) };
    app.store.end_session(&session.id).await?;
    audit(app, Some(account), "sessions-ended", "1").await?;
    Ok(true)
}

/// Ends all of the account's sessions but the one that asks; answers how many.
pub async fn end_others(app: &App, visit: &Visit, account: AccountId) -> Result<usize, Trouble> {
    let this = visit.session.as_ref().filter(|s| s.account == Some(account)).map(|s| s.id);
    end_but(app, account, this).await
}

/// Ends all of the account's sessions.
pub async fn end_all(app: &App, account: AccountId) -> Result<usize, Trouble> {
    end_but(app, account, None).await
}

/// What "that wasn't me" does to an account: its password opens it no more, nor does a passkey that is no older than
/// what the rules hold for, and everybody is signed out. Only a link to a contact sets another password, and what that
/// holds back is not for whoever knew the old one to let go. Older passkeys stay: who has stolen a mailbox must not get
/// rid of a second factor by saying so.
/// Staff keep both.
pub async fn shut(app: &App, id: AccountId) -> Result<(), Trouble> {
    let holder = app.store.account(id).await?.is_some_and(|account| account.role.is_none());
    for _ in 0..RACES {
        let Some(was) = app.store.account(id).await?.filter(|was| holder && was.password.is_some()) else { break };
        let shut = Account { password: None, changed_at: app.now(), ..was.clone() };
        if app.store.change_account(&was, shut).await? {
            audit(app, Some(id), "password-ended", "").await?;
            break;
        }
    }
    let new = app.now() - app.policy.risk.hold();
    for passkey in app.store.passkeys_of(id).await?.into_iter().filter(|key| holder && key.added_at > new) {
        if app.store.remove_passkey(id, &passkey.id, false).await? {
            audit(app, Some(id), Notice::PasskeyRemoved.act(), "stopped").await?;
        }
    }
    end_all(app, id).await.map(drop)
}

async fn end_but(app: &App, account: AccountId, this: Option<[u8; 32]>) -> Result<usize, Trouble> {
    let mut ended = 0;
    // Looked at again until none is left: one that was about to go on under a new token may have done so.
    for _ in 0..RACES {
        let mut all = app.store.sessions_of(account).await?;
        all.retain(|session| Some(session.id) != this);
        if all.is_empty() {
            break;
        }
        for session in all {
            app.store.end_session(&session.id).await?;
            ended += 1;
        }
    }
    if ended > 0 {
        audit(app, Some(account), "sessions-ended", &ended.to_string()).await?;
    }
    Ok(ended)
}

/// "Firefox, Windows" from what a browser says of itself; enough to know one's own again.
pub fn browser(agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = first(&[
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("HuaweiBrowser", "Huawei"),
        ("MiuiBrowser", "Mi Browser"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("OpenHarmony", "HarmonyOS"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_their_owners_know_them() {
        for (agent, name) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox, Windows"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/142 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat, Android"),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
            ("curl/8.5", "curl"),
            ("", ""),
        ] {
            assert_eq!(browser(agent), name);
        }
    }
}
