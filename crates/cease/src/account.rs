//! Who people are: sign-in, one-time codes, recovery, second factors, and the limits on guessing.
//!
//! Nothing here tells whether an account exists: an unknown sign-in name, a missing contact and a
//! used-up quota of an account are answered like their opposites, after the same work. What is
//! refused openly is counted by what the asker has (browser, network, the name they typed, a phone
//! number being the same however it is written).
//!
//! | limit (in the store) | number | beyond it |
//! |---|---|---|
//! | sign-in, name and network | 10 in 15 minutes, slower from the 4th | refused until the window ends |
//! | sign-in, network | 100 in 15 minutes | refused |
//! | sign-in, name from anywhere | 100 an hour | two seconds slower, never refused: nobody can lock another out |
//! | authenticator and recovery codes, account, after a right password | 60 a day | refused as wrong |
//! | passkeys asked for, browser and network | 30 and 300 in 15 minutes | refused |
//! | passkeys shown, network | 200 in 15 minutes | refused |
//! | codes sent, browser | 5 in 15 minutes | refused |
//! | codes sent, network | 60 in 15 minutes | refused |
//! | codes sent, account | 6 an hour, 20 a day | silently not sent |
//! | codes answered, browser and network | 20 and 200 in 15 minutes; 5 for one code | refused |
//! | recovery asked, network | 20 an hour | refused |
//! | recovery asked, account | 3 an hour, 6 a day | silently not sent |

mod change;
mod code;
mod confirm;
mod letter;
mod limits;
mod notice;
pub mod oidc;
mod passkey;
mod recovery;
mod recovery_code;
mod sessions;
mod totp;

use axum::http::HeaderValue;
use case::identify::identify;
use case::{AccountId, Level};
use store::{Account, Act};
use unicode_normalization::UnicodeNormalization;

use crate::app::App;
use crate::web::{Trouble, Visit};

pub use change::{Changed, change_password};
pub use code::{CodeAnswer, CodeId, Contact, answer_code, digits, remember_proof, send_code};
pub use confirm::{Confirm, NotConfirmed, confirm, confirmed, provider, require, typed_second, ways};
pub(crate) use notice::word;
pub use notice::{Notice, guarded, notify};
pub use passkey::{
    Added, MOST, NAME_MAX, PasskeyRow, Purpose, Removed, Shown, add_passkey, ask, party, passkeys, remove_passkey,
    rename_passkey, sign_in_with_passkey,
};
pub use recovery::{Again, Reset, ask_recovery, link_is_open, set_password};
pub use recovery_code::{MANY, new_recovery_codes};
pub use sessions::{SessionRow, browser, end_all, end_others, end_session, sessions, shut};
pub use totp::{
    Enrolment, Qr, TotpChange, disable_totp, enable_totp, enrolment, open_totp, qr, seal_totp, totp_now,
    uri as totp_uri,
};

/// Longest sign-in name that is looked up: an e-mail address has at most 254 characters.
const LOGIN_MAX: usize = 254;

/// Which door someone signs in at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Holders, and staff with their second factor.
    Counter,
    /// Staff only; a holder's right password is as wrong as any.
    Desk,
}

#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account: AccountId,
    pub level: Level,
    /// The new session's cookie, to be set on the answer.
    pub cookie: HeaderValue,
}

/// Why somebody is not signed in.
#[derive(Debug)]
pub enum NotSignedIn {
    /// Name, password or code; which, is not said.
    Wrong,
    Trouble(Trouble),
}

impl<E: Into<Trouble>> From<E> for NotSignedIn {
    fn from(e: E) -> Self {
        NotSignedIn::Trouble(e.into())
    }
}

/// Signs in under a new session token. Holders need their password, and their authenticator's code
/// where they have enrolled one; staff need both always. A recovery code stands in for the authenticator's.
pub async fn sign_in(
    app: &App,
    visit: &Visit,
    door: Door,
    login: &str,
    password: &str,
    code: &str,
) -> Result<SignedIn, NotSignedIn> {
    limits::sign_in(app, visit, login).await?;
    let known = find(app, login).await?;
    let right = app.hasher.verify(password, known.as_ref().and_then(|a| a.password.as_deref())).await;
    let account = known.filter(|a| right && !a.disabled && (door == Door::Counter || a.role.is_some()));
    let level = match &account {
        Some(account) => second_factor(app, account, code).await?,
        None => None,
    };
    let (Some(account), Some(level)) = (account, level) else {
        audit(app, None, "sign-in-failed", "").await?;
        return Err(NotSignedIn::Wrong);
    };
    let cookie = visit.sign_in(app, account.id, level).await?;
    if !still(app, &account).await? {
        // What was right is not any more, and whoever changed it has ended the sessions there were.
        sessions::end_all(app, account.id).await?;
        return Err(NotSignedIn::Wrong);
    }
    let how = if level == Level::SecondFactor { "second-factor" } else { "password" };
    entered(app, visit, door, account.id, how).await?;
    Ok(SignedIn { account: account.id, level, cookie })
}

/// Notes a sign-in. Whoever signs in is let in, whatever the watch makes of it.
async fn entered(app: &App, visit: &Visit, door: Door, account: AccountId, how: &str) -> Result<(), Trouble> {
    audit(app, Some(account), "signed-in", how).await?;
    if door == Door::Desk {
        return Ok(());
    }
    if let Err(error) = crate::watch::signed_in(app, account).await {
        tracing::warn!(%error, "the watch did not hear of a sign-in");
    }
    if let Err(error) = crate::guard::browser(app, visit, account).await {
        tracing::warn!(%error, "whether a browser is new was not noted");
    }
    Ok(())
}

/// Marks that a factor changes now, unless the account has changed since it was read: a link to set a new password
/// that is older than this is worth nothing.
async fn touch(app: &App, account: &Account) -> Result<Account, Trouble> {
    let changed = Account { changed_at: app.now(), ..account.clone() };
    if app.store.change_account(account, changed.clone()).await? { Ok(changed) } else { Err(Trouble::StaleForm) }
}

/// Whether what somebody just signed in with is still what the account has.
async fn still(app: &App, as_read: &Account) -> Result<bool, Trouble> {
    let what = |a: &Account| (a.password.clone(), a.totp.clone(), a.role, a.disabled);
    Ok(app.store.account(as_read.id).await?.is_some_and(|now| what(&now) == what(as_read)))
}

/// The level that a right password leads to with this code; none where the code is missing or wrong.
async fn second_factor(app: &App, account: &Account, code: &str) -> Result<Option<Level>, Trouble> {
    if account.totp.is_none() && recovery_code::read(code).is_none() {
        return Ok(account.role.is_none().then_some(Level::SignedIn));
    }
    Ok(recovery_code::take_either(app, account, code).await?.then_some(Level::SecondFactor))
}

/// Ends the session on the server; answers the cookie that forgets it.
pub async fn sign_out(app: &App, visit: &Visit) -> Result<HeaderValue, Trouble> {
    let cookie = visit.sign_out(app).await?;
    if let Some(account) = &visit.account {
        audit(app, Some(account.id), "signed-out", "").await?;
    }
    Ok(cookie)
}

/// What was typed as a sign-in name, as it is looked up and counted.
struct Login {
    name: String,
    /// The same in the letters of a keyboard, where they came out in full width.
    plain: String,
    /// A phone number in its one spelling; else the plain name.
    contact: String,
}

impl Login {
    fn read(app: &App, typed: &str) -> Self {
        let name: String = typed.trim().chars().take(LOGIN_MAX).collect::<String>().to_lowercase();
        let plain = name.nfkc().collect::<String>().to_lowercase();
        let number = identify(&plain, &app.policy.identify).ok().filter(|found| found.id.kind() == "msisdn");
        let contact = number.map_or_else(|| plain.clone(), |found| found.id.normalised().to_owned());
        Self { name, plain, contact }
    }
}

/// The account that answers to a sign-in name, or alone has this e-mail or phone number. All are
/// looked up always, so that neither time nor answer tells which exists.
async fn find(app: &App, typed: &str) -> Result<Option<Account>, Trouble> {
    let Login { name, plain, contact } = Login::read(app, typed);
    let (by_name, by_plain, mut by_contact) = tokio::try_join!(
        app.store.account_by_login(&name),
        app.store.account_by_login(&plain),
        app.store.accounts_by_contact(&contact)
    )?;
    let by_login = by_name.or(by_plain);
    by_contact.retain(|a| a.role.is_none() || a.password.is_some());
    let alone = if by_contact.len() == 1 { by_contact.pop() } else { None };
    // Staff whom an identity provider vouches for have no password here, and get none.
    Ok(by_login.or(alone).filter(|a| a.role.is_none() || a.password.is_some()))
}

/// Notes that the phrase is another, and tells every contact by the one that they know.
pub(crate) async fn phrase_changed(
    app: &App,
    account: &Account,
    old: Option<String>,
    set: bool,
) -> Result<(), Trouble> {
    let notice = match (&old, set) {
        (None, _) => Notice::PhraseSet,
        (Some(_), true) => Notice::PhraseChanged,
        (Some(_), false) => Notice::PhraseForgotten,
    };
    notice::notify_before(app, account, notice, old).await?;
    audit(app, Some(account.id), notice.act(), "").await
}

/// Notes an act in the audit trail: ids and counts, never personal data.
async fn audit(app: &App, account: Option<AccountId>, what: &str, detail: &str) -> Result<(), Trouble> {
    let act = Act { at: app.now(), account, what: what.to_owned(), detail: detail.to_owned() };
    Ok(app.store.audit(act).await?)
}

#[cfg(test)]
mod tests;
