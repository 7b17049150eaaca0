//! Another password, for who is signed in. They have shown all that they sign in with just now, and type the old one
//! all the same: whoever sits down at an open browser does not lock its owner out with two presses.

use case::Level;
use store::Account;

use super::confirm::password_again;
use super::notice::Notice;
use super::passkey::changed_factors;
use super::{SignedIn, oidc};
use crate::app::App;
use crate::password::{self, Weak};
use crate::web::{Trouble, Visit};

/// What came of a new password.
pub enum Changed {
    /// Every other session has ended; this one goes on under a new token.
    Done(SignedIn),
    /// The old one is not right.
    Wrong,
    Weak(Weak),
}

pub async fn change_password(
    app: &App,
    visit: &Visit,
    account: &Account,
    old: &str,
    new: &str,
) -> Result<Changed, Trouble> {
    oidc::only_ours(app, account).await?;
    if !password_again(app, account, old).await? {
        return Ok(Changed::Wrong);
    }
    if new == old {
        return Ok(Changed::Weak(Weak::Same));
    }
    if let Err(weak) = acceptable(app, account, new) {
        return Ok(Changed::Weak(weak));
    }
    let changed = Account { password: Some(app.hasher.hash(new).await?), changed_at: app.now(), ..account.clone() };
    if !app.store.change_account(account, changed.clone()).await? {
        return Err(Trouble::StaleForm);
    }
    let level = visit.session.as_ref().map_or(Level::SignedIn, |session| session.level);
    Ok(Changed::Done(changed_factors(app, visit, &changed, level, Notice::PasswordChanged).await?))
}

/// Whether a new password will do for this account.
pub(super) fn acceptable(app: &App, account: &Account, new: &str) -> Result<(), Weak> {
    let min = if account.totp.is_some() { password::MIN_WITH_FACTOR } else { password::MIN_ALONE };
    let (name, name_zh) = (app.config.desk.name.as_str(), app.config.desk.name_zh.as_str());
    let user = account.login.split('@').next().unwrap_or_default();
    password::check(new, min, &[user, name, name_zh, &account.person.name])
}
