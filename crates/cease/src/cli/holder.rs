//! `holder reset`: the way back for a holder who has lost what they sign in with, authenticator, passkeys and recovery
//! codes alike. Nothing on the website lets go of a second factor, or whoever reads somebody's mail could. Who they are is
//! found out by whoever runs this, in another way than by what was lost.

use std::process::ExitCode;

use case::Fact;
use clap::Subcommand;
use serde_json::json;
use store::{Account, Act};

use super::staff::{change, end_sessions};
use super::{Done, Failed, say, say_json, tell};
use crate::app::App;
use crate::config::Config;
use crate::guard;

#[derive(Subcommand)]
pub enum What {
    /// Takes away password, authenticator, passkeys and recovery codes, and ends the sessions; a link that the holder
    /// asks for at /recover sets a new password
    Reset { login: String },
}

pub async fn holder(config: Config, What::Reset { login }: What, json: bool) -> Done {
    let app = super::built(config).await?;
    crate::startup::migrate(&app).await?;
    crate::log::admit(&app).await?;
    reset(&app, &login, json).await?;
    Ok(ExitCode::SUCCESS)
}

/// The link is all that opens the account afterwards, so what cannot be undone is held for a while, and every contact
/// is told, with the way to stop it. Repeated, it does no more than it did.
async fn reset(app: &App, login: &str, json: bool) -> Result<(), Failed> {
    let now = app.now();
    if app.mailer.is_none() {
        let no_mail = anyhow::anyhow!("this desk sends no mail (mail.smtp), so no link could reach them");
        return Err(Failed::new(5, no_mail));
    }
    let found = app.store.account_by_login(&login.trim().to_lowercase()).await?;
    if found.is_some_and(|account| account.role.is_none() && account.person.email.is_none()) {
        let no_way = anyhow::anyhow!(
            "{login} has no e-mail address on record, so no link could reach them: bring one in first (cease import holders)"
        );
        return Err(Failed::new(5, no_way));
    }
    let account = change(&app.store, login, false, |was| Account {
        password: None,
        totp: None,
        totp_step: 0,
        changed_at: now,
        ..was.clone()
    })
    .await?;
    guard::happened(app, &account, Fact::FactorsReset).await?;
    app.store.forget_factors(account.id).await?;
    end_sessions(&app.store, account.id).await?;
    let act = Act { at: now, account: Some(account.id), what: "factors-reset".into(), detail: "holder".into() };
    app.store.audit(act).await?;
    let url = app.config.desk.url.trim_end_matches('/');
    if json {
        say_json(&json!({ "reset": account.login, "url": format!("{url}/recover") }))?;
    } else {
        say(&format!("{} sets a new password at {url}/recover", account.login));
    }
    tell("cease: their contacts are told by the desk, and what cannot be undone waits as the rules say");
    Ok(())
}

#[cfg(test)]
mod tests {
    use case::{Fact, Role};
    use store::{Account, Guarded, Passkey};

    use crate::testing::{self, Browser, PASSWORD};
    use crate::{account, guard};

    #[tokio::test]
    async fn a_reset_leaves_a_link_as_the_only_way_in_holds_what_is_final_and_tells_everybody() {
        let (app, _dir) = testing::app().await;
        let mei = testing::holder(&app, 1, "mei").await;
        testing::staff(&app, 2, "lin", Role::Agent).await;
        let (id, at) = (vec![1; 16], app.now());
        let key =
            Passkey { id, account: mei.id, name: "Key".into(), key: vec![], count: 0, added_at: at, used_at: None };
        app.store.add_passkey(key, 9).await.unwrap();
        app.store.put_recovery_codes(mei.id, vec![[1; 32]]).await.unwrap();
        let mut browser = Browser::new(&app).await;
        browser.sign_in(mei.id, case::Level::SecondFactor).await;
        let with = Account { totp: Some(account::seal_totp(&app, mei.id, "JBSWY3DPEHPK3PXP")), ..mei.clone() };
        app.store.put_account(with).await.unwrap();

        assert!(super::reset(&app, "lin", true).await.is_err(), "a member of staff");
        assert!(super::reset(&app, "nobody", true).await.is_err());
        super::reset(&app, " MEI ", true).await.map_err(|failed| failed.error).unwrap();
        assert_eq!(browser.get("/account").await.status.as_u16(), 303, "signed out");
        let left = app.store.account(mei.id).await.unwrap().unwrap();
        assert_eq!((left.password, left.totp), (None, None));
        assert_eq!(app.store.passkeys_of(mei.id).await.unwrap(), []);
        assert_eq!(app.store.recovery_codes_left(mei.id).await.unwrap(), 0);
        let mut again = Browser::new(&app).await;
        assert_eq!(again.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await.status.as_u16(), 422);

        let guards = app.store.guards(mei.id, app.now()).await.unwrap();
        assert!(guards.iter().any(|guard| guard.what == Guarded::Happened(Fact::FactorsReset)), "{guards:?}");
        let case = testing::ending(&app, 1, &mei).await;
        assert!(case.held(app.now()).is_some(), "{:?}", case.stage);
        guard::look(&app).await.unwrap();
        let told = testing::sent(&app, 2).await;
        assert!(told.iter().any(|m| m.message.text.contains("/stop/")), "{told:?}");
        assert!(app.store.acts(9).await.unwrap().iter().any(|(act, _)| act.what == "factors-reset"));
    }

    #[tokio::test]
    async fn whom_no_link_could_reach_keeps_what_they_have() {
        let (app, _dir) = testing::app().await;
        let mut mei = testing::holder(&app, 1, "mei").await;
        mei.person.email = None;
        app.store.put_account(mei.clone()).await.unwrap();
        let refused = super::reset(&app, "mei", true).await.err().unwrap();
        assert_eq!(refused.code, 5);
        assert!(app.store.account(mei.id).await.unwrap().unwrap().password.is_some());
    }
}
