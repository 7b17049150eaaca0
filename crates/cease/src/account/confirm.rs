//! Who is signed in shows again who they are, before what a stolen session must not do: all that the account signs in
//! with, not more than ten minutes ago. A passkey is enough; otherwise the password, and with it the second factor
//! where the account has one. What they were doing goes on from there, with nothing lost ([`Confirm`]).

use case::{Assurance, Level};
use store::Account;

use super::audit;
use super::limits::{HOUR, quietly};
use super::passkey::{Purpose, Shown, owner, party};
use super::recovery_code::take_either;
use crate::app::App;
use crate::web::{Posted, Trouble, Visit};

/// What is interrupted, and how its doer can show who they are.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// The path that was asked for.
    pub to: String,
    /// The form that was posted there; none where a page was opened.
    pub form: Option<String>,
    /// A second factor is asked for with the password: a recovery code, if nothing else.
    pub second: bool,
    /// The code of an authenticator app will do.
    pub app: bool,
    /// Where the account's passkeys can be used; none where it has none.
    pub passkeys: Option<String>,
    /// What the identity provider is called that alone can say so.
    pub provider: Option<String>,
}

/// The account, where all that it signs in with has been shown just now. `posted` is the form that goes on afterwards.
pub async fn require<'a>(app: &App, visit: &'a Visit, posted: Option<&Posted>) -> Result<&'a Account, Trouble> {
    let account = visit.account.as_deref().ok_or(Trouble::SignIn { desk: false })?;
    let confirm = Confirm { form: posted.map(form), ..ways(app, visit, account).await? };
    if confirmed(app, visit, confirm.second) { Ok(account) } else { Err(Trouble::Confirm(Box::new(confirm))) }
}

/// How somebody who is signed in can show who they are.
pub async fn ways(app: &App, visit: &Visit, account: &Account) -> Result<Confirm, Trouble> {
    let any = !app.store.passkeys_of(account.id).await?.is_empty();
    let passkeys = party(app).filter(|_| any).map(|p| p.origin);
    let totp = account.totp.is_some();
    let provider = provider(app, visit, account).await?;
    Ok(Confirm { to: visit.path.clone(), form: None, second: any || totp, app: totp, passkeys, provider })
}

/// What the identity provider is called that looks after all of how they sign in.
pub async fn provider(app: &App, visit: &Visit, account: &Account) -> Result<Option<String>, Trouble> {
    let Some(oidc) = &app.config.oidc else { return Ok(None) };
    Ok(super::oidc::federated(app, account).await?.then(|| oidc.called(visit.lang).to_owned()))
}

/// Whether this browser has shown it just now; with the second factor, where there is one.
pub fn confirmed(app: &App, visit: &Visit, second: bool) -> bool {
    let Some(session) = &visit.session else { return false };
    let fresh = session.confirmed_at.map(|at| app.now().duration_since(at));
    fresh.is_some_and(|age| (-Assurance::SKEW..=Assurance::FRESH).contains(&age))
        && (!second || session.level == Level::SecondFactor)
}

fn form(posted: &Posted) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(posted.fields()).finish()
}

/// What is not right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotConfirmed {
    Password,
    Code,
    Passkey,
}

/// Takes what was shown; answers the cookie of the session's new token.
pub async fn confirm(
    app: &App,
    visit: &Visit,
    account: &Account,
    posted: &Posted,
) -> Result<Result<axum::http::HeaderValue, NotConfirmed>, Trouble> {
    let second = ways(app, visit, account).await?.second;
    if let Some(shown) = Shown::of(posted) {
        if owner(app, visit, Purpose::Confirm, &shown).await?.is_none_or(|a| a.id != account.id) {
            return Ok(Err(NotConfirmed::Passkey));
        }
    } else {
        if !password_again(app, account, posted.raw("password")).await? {
            return Ok(Err(NotConfirmed::Password));
        }
        if second && !take_either(app, account, typed_second(posted)).await? {
            return Ok(Err(NotConfirmed::Code));
        }
    }
    let now = app.now();
    let cookie = visit
        .renew(app, |session| {
            session.proven_at = Some(now);
            session.confirmed_at = Some(now);
            if second {
                session.level = Level::SecondFactor;
            }
        })
        .await?;
    audit(app, Some(account.id), "confirmed", if second { "second-factor" } else { "password" }).await?;
    Ok(Ok(cookie))
}

/// A second factor as it was typed: the authenticator's code or, where its field is empty, a recovery code.
pub fn typed_second(posted: &Posted) -> &str {
    Some(posted.get("code")).filter(|code| !code.is_empty()).unwrap_or(posted.get("recovery"))
}

/// Someone at an unlocked screen is not yet the account's owner.
pub(super) async fn password_again(app: &App, account: &Account, password: &str) -> Result<bool, Trouble> {
    let allowed = quietly(app, &format!("password-again:{}", account.id), HOUR, 10).await?;
    Ok(app.hasher.verify(password, account.password.as_deref()).await && allowed)
}
