//! `staff add|list|change|disable|enable|reset`: who works at the desk. A member of staff is shown one password and one
//! authenticator secret, once; both are kept only hashed and sealed. `reset` is for who has lost what they sign in with.

use std::process::ExitCode;
use std::time::Duration;

use case::{AccountId, Agency, Lang, Person, Role};
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use store::{Account, Act, AnyStore, StoreError};

use super::{Done, Failed, asked, say, say_json, tell};
use crate::account::{self, Notice, notify, seal_totp};
use crate::app::App;
use crate::chance;
use crate::config::Config;
use crate::web::counter::you::{mailbox, one_line};

/// How long the command waits for a message to be taken, which the desk goes on with.
const BRIEFLY: Duration = Duration::from_secs(10);

#[derive(Subcommand)]
pub enum What {
    /// Adds someone and prints their first password and authenticator secret, once
    Add {
        /// What they sign in with, such as their mail address
        login: String,
        /// As colleagues see it
        #[arg(long)]
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: Part,
        /// Language of their pages: en or zh-CN
        #[arg(long, default_value = "en", value_parser = asked::lang)]
        lang: Lang,
        /// Of this partner agency: they see its cases and no others
        #[arg(long, value_name = "NAME")]
        agency: Option<Agency>,
    },
    /// Who works here: login, role, name, agency, and who is disabled
    List,
    /// Changes what is said of somebody, or what they may do, from their next request on
    Change {
        login: String,
        /// As colleagues see it
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_enum)]
        role: Option<Part>,
        /// Language of their pages: en or zh-CN
        #[arg(long, value_parser = asked::lang)]
        lang: Option<Lang>,
        /// Where the desk's own alarms are mailed to them; empty for nowhere
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// To this partner agency
        #[arg(long, value_name = "NAME", conflicts_with = "house")]
        agency: Option<Agency>,
        /// To the house, from an agency
        #[arg(long)]
        house: bool,
    },
    /// Ends their sessions and lets them sign in no more
    Disable { login: String },
    /// Lets somebody sign in again who was disabled, with what they had
    Enable { login: String },
    /// Takes away their passkeys and recovery codes, ends their sessions and prints a new authenticator secret, once
    Reset {
        login: String,
        /// A new password as well
        #[arg(long)]
        password: bool,
    },
}

/// An agent works cases; an approver also gives second signatures; an admin decides nothing about cases.
#[derive(Clone, Copy, ValueEnum)]
pub enum Part {
    Agent,
    Approver,
    Admin,
}

impl From<Part> for Role {
    fn from(part: Part) -> Role {
        match part {
            Part::Agent => Role::Agent,
            Part::Approver => Role::Approver,
            Part::Admin => Role::Admin,
        }
    }
}

pub async fn staff(config: Config, what: What, json: bool) -> Done {
    let app = super::built(config).await?;
    crate::startup::migrate(&app).await?;
    if !matches!(what, What::List) {
        crate::log::admit(&app).await?;
    }
    let now = app.now();
    match what {
        What::Add { login, name, role, lang, agency } => {
            if agency.is_some() && matches!(role, Part::Admin) {
                return Err(Failed::new(2, anyhow::anyhow!(NO_ADMINS)));
            }
            let (login, name) = (login.trim().to_lowercase(), one_line(&name));
            if login.is_empty() || login.contains(|c: char| c.is_control() || c.is_whitespace()) {
                return Err(Failed::new(2, anyhow::anyhow!("a login is not empty and has no spaces")));
            }
            if name.is_empty() {
                return Err(Failed::new(2, anyhow::anyhow!("--name: who it is, as colleagues see it")));
            }
            if app.store.account_by_login(&login).await?.is_some() {
                return Err(Failed::new(5, anyhow::anyhow!("{login} is taken")));
            }
            let (password, secret) = (base32(&chance::bytes::<15>()).to_lowercase(), base32(&chance::bytes::<20>()));
            let id = AccountId::from_bits(chance::bits());
            let email = login.contains('@').then(|| login.clone());
            let account = Account {
                password: Some(app.hasher.hash(&password).await?),
                totp: Some(seal_totp(&app, id, &secret)),
                role: Some(role.into()),
                agency,
                lang,
                ..Account::of(id, login.clone(), Person { name, email, ..Person::default() }, now)
            };
            app.store.put_account(account).await?;
            app.store
                .audit(Act { at: now, account: Some(id), what: "staff-added".into(), detail: String::new() })
                .await?;
            let uri = account::totp_uri(&app, &login, &secret);
            if json {
                say_json(&json!({ "login": login, "password": password, "totp_secret": secret, "otpauth": uri }))?;
            } else {
                say(&format!("{login}\npassword       {password}\nauthenticator  {secret}\n               {uri}"));
                tell("cease: shown once; hand it over in person");
            }
        }
        What::List => {
            for a in app.store.staff().await? {
                let role = a.role.map(|r| serde_json::to_value(r).unwrap_or_default());
                if json {
                    say_json(
                        &json!({ "login": a.login, "name": a.person.name, "role": role, "agency": a.agency, "disabled": a.disabled }),
                    )?;
                } else {
                    let role = role.as_ref().and_then(|r| r.as_str()).unwrap_or_default().to_owned();
                    let off = if a.disabled { "\tdisabled" } else { "" };
                    let of = a.agency.map(|agency| format!("\t{agency}")).unwrap_or_default();
                    say(&format!("{}\t{role}\t{}{of}{off}", a.login, a.person.name));
                }
            }
        }
        What::Change { login, name, role, lang, email, agency, house } => {
            let name = name.map(|name| one_line(&name));
            if name.as_deref() == Some("") {
                return Err(Failed::new(2, anyhow::anyhow!("--name: who it is, as colleagues see it")));
            }
            let email = match email.as_deref().map(str::trim) {
                None => None,
                Some("") => Some(None),
                Some(text) => {
                    let none = || Failed::new(2, anyhow::anyhow!("--email: {text} is no e-mail address"));
                    Some(Some(mailbox(text).ok_or_else(none)?))
                }
            };
            if name.is_none() && role.is_none() && lang.is_none() && email.is_none() && agency.is_none() && !house {
                return Err(Failed::new(2, anyhow::anyhow!("what is to change? See: cease staff change --help")));
            }
            let new = Changes { name, role: role.map(Role::from), lang, email, agency, house };
            let changed = change_staff(&app, &login, &new).await?;
            if json {
                say_json(&json!({ "changed": changed.login }))?;
            } else {
                say(&format!("{} is changed", changed.login));
            }
        }
        What::Disable { login } => {
            disable(&app, &login).await?;
            if json { say_json(&json!({ "disabled": login }))? } else { say(&format!("{login} can no longer sign in")) }
        }
        What::Enable { login } => {
            let id =
                change(&app.store, &login, true, |was| Account { disabled: false, changed_at: now, ..was.clone() })
                    .await?
                    .id;
            app.store
                .audit(Act { at: now, account: Some(id), what: "staff-enabled".into(), detail: String::new() })
                .await?;
            if json { say_json(&json!({ "enabled": login }))? } else { say(&format!("{login} can sign in again")) }
        }
        What::Reset { login, password } => reset(&app, &login, password, json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

const NO_ADMINS: &str = "an agency has agents and approvers; admins are the house's";

struct Changes {
    name: Option<String>,
    role: Option<Role>,
    lang: Option<Lang>,
    email: Option<Option<String>>,
    agency: Option<Agency>,
    house: bool,
}

/// Whoever may do other things from now on signs in anew, and has no case in hand that they may not see.
async fn change_staff(app: &App, login: &str, new: &Changes) -> Result<Account, Failed> {
    let now = app.now();
    let was = app.store.account_by_login(&login.trim().to_lowercase()).await?.filter(|account| account.role.is_some());
    if let Some(account) = &was
        && account::oidc::federated(app, account).await?
    {
        return Err(Failed::new(5, anyhow::anyhow!("{login} comes from the identity provider, which says all this")));
    }
    let apply = |was: &Account| Account {
        role: new.role.or(was.role),
        lang: new.lang.unwrap_or(was.lang),
        agency: if new.house { None } else { new.agency.clone().or(was.agency.clone()) },
        person: Person {
            name: new.name.clone().unwrap_or_else(|| was.person.name.clone()),
            email: new.email.clone().unwrap_or_else(|| was.person.email.clone()),
            ..was.person.clone()
        },
        changed_at: now,
        ..was.clone()
    };
    if let Some(after) = was.as_ref().map(apply)
        && after.agency.is_some()
        && after.role == Some(Role::Admin)
    {
        return Err(Failed::new(2, anyhow::anyhow!(NO_ADMINS)));
    }
    let after = change(&app.store, login, true, apply).await?;
    if was.is_some_and(|was| (was.role, was.agency) != (after.role, after.agency.clone())) {
        end_sessions(&app.store, after.id).await?;
        app.store.end_claims(after.id).await?;
    }
    let role = after.role.and_then(|role| serde_json::to_value(role).ok());
    let detail = role.as_ref().and_then(|role| role.as_str()).unwrap_or_default().to_owned();
    app.store.audit(Act { at: now, account: Some(after.id), what: "staff-changed".into(), detail }).await?;
    Ok(after)
}

/// Neither signed in nor with a case in hand from now on.
async fn disable(app: &App, login: &str) -> Result<(), Failed> {
    let now = app.now();
    let id =
        change(&app.store, login, true, |was| Account { disabled: true, changed_at: now, ..was.clone() }).await?.id;
    end_sessions(&app.store, id).await?;
    app.store.end_claims(id).await?;
    let act = Act { at: now, account: Some(id), what: "staff-disabled".into(), detail: String::new() };
    Ok(app.store.audit(act).await?)
}

/// Gives a member of staff new factors in place of all they had. The person is known to whoever does this; they are
/// told on their contacts as well.
async fn reset(app: &App, login: &str, password: bool, json: bool) -> Result<(), Failed> {
    let now = app.now();
    let secret = base32(&chance::bytes::<20>());
    let found = app.store.account_by_login(&login.trim().to_lowercase()).await?;
    if let Some(account) = found
        && account::oidc::federated(app, &account).await?
    {
        return Err(Failed::new(
            5,
            anyhow::anyhow!("{login} signs in with the identity provider, and with nothing of ours"),
        ));
    }
    let password = password.then(|| base32(&chance::bytes::<15>()).to_lowercase());
    let hash = match &password {
        Some(password) => Some(app.hasher.hash(password).await?),
        None => None,
    };
    let account = change(&app.store, login, true, |was| Account {
        password: hash.clone().or(was.password.clone()),
        totp: Some(seal_totp(app, was.id, &secret)),
        totp_step: 0,
        changed_at: now,
        ..was.clone()
    })
    .await?;
    app.store.forget_factors(account.id).await?;
    end_sessions(&app.store, account.id).await?;
    let notice = Notice::FactorsReset;
    let detail = if password.is_some() { "password" } else { "" };
    app.store
        .audit(Act { at: now, account: Some(account.id), what: notice.act().into(), detail: detail.into() })
        .await?;
    let sending = notify(app, &account, notice).await?;
    let sent = async {
        for one in sending {
            // What could not be sent has been logged, and is owed.
            let _ = one.await;
        }
    };
    if tokio::time::timeout(BRIEFLY, sent).await.is_err() {
        tell("cease: they will be told by the desk, as soon as the message is taken");
    }
    let login = &account.login;
    let uri = account::totp_uri(app, login, &secret);
    if json {
        say_json(&json!({ "login": login, "password": password, "totp_secret": secret, "otpauth": uri }))?;
    } else {
        let password = password.map(|password| format!("\npassword       {password}")).unwrap_or_default();
        say(&format!("{login}{password}\nauthenticator  {secret}\n               {uri}"));
        tell("cease: shown once; hand it over in person");
    }
    if account.disabled {
        tell(&format!("cease: {login} is disabled, and signs in only after cease staff enable {login}"));
    }
    Ok(())
}

pub(super) async fn end_sessions(store: &AnyStore, id: AccountId) -> Result<(), StoreError> {
    for session in store.sessions_of(id).await? {
        store.end_session(&session.id).await?;
    }
    Ok(())
}

/// Changes an account, of staff or of a holder, as it stands now, whatever its owner changes meanwhile.
pub(super) async fn change(
    store: &AnyStore,
    login: &str,
    staff: bool,
    with: impl Fn(&Account) -> Account,
) -> Result<Account, Failed> {
    for _ in 0..16 {
        let found = store.account_by_login(&login.trim().to_lowercase()).await?.filter(|a| a.role.is_some() == staff);
        let Some(was) = found else {
            let who = if staff { "member of staff" } else { "holder" };
            return Err(Failed::new(4, anyhow::anyhow!("no such {who}: {login}")));
        };
        let changed = with(&was);
        if store.change_account(&was, changed.clone()).await? {
            return Ok(changed);
        }
    }
    Err(StoreError::Conflict.into())
}

/// RFC 4648 base 32 without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    let (mut bits, mut held) = (0u32, 0);
    for &byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(ALPHABET[(bits >> held & 31) as usize] as char);
        }
    }
    if held > 0 {
        out.push(ALPHABET[(bits << (5 - held) & 31) as usize] as char);
    }
    out
}

#[cfg(test)]
mod tests {
    use case::Role;
    use store::Passkey;

    use crate::testing::{self, Browser, PASSWORD};

    #[tokio::test]
    async fn a_reset_leaves_nothing_of_what_somebody_signed_in_with() {
        let (app, _dir) = testing::app().await;
        let (lin, old) = testing::staff(&app, 2, "lin", Role::Agent).await;
        testing::holder(&app, 1, "mei").await;
        let (id, at) = (vec![1; 16], app.now());
        let key =
            Passkey { id, account: lin.id, name: "Key".into(), key: vec![], count: 0, added_at: at, used_at: None };
        app.store.add_passkey(key, 9).await.unwrap();
        app.store.put_recovery_codes(lin.id, vec![[1; 32]]).await.unwrap();
        let code =
            |secret: &str| crate::account::totp_now(secret, u64::try_from(app.now().as_second()).unwrap()).unwrap();
        let sign_in = async |password: &str, code: String| {
            let mut browser = Browser::new(&app).await;
            let fields = [("login", "lin"), ("password", password), ("code", code.as_str())];
            (browser.post("/desk/sign-in", &fields).await.status.as_u16(), browser)
        };
        let (status, mut browser) = sign_in(PASSWORD, code(old)).await;
        assert_eq!((status, browser.get("/desk").await.status.as_u16()), (303, 200));

        assert!(super::reset(&app, "mei", false, true).await.is_err(), "a holder");
        super::reset(&app, " LIN ", false, true).await.map_err(|failed| failed.error).unwrap();
        assert_eq!(browser.get("/desk").await.status.as_u16(), 303, "signed out");
        assert_eq!(app.store.passkeys_of(lin.id).await.unwrap(), []);
        assert_eq!(app.store.recovery_codes_left(lin.id).await.unwrap(), 0);
        testing::advance(&app, jiff::SignedDuration::from_secs(60));
        assert_eq!(sign_in(PASSWORD, code(old)).await.0, 422, "the old secret");
        let account = app.store.account(lin.id).await.unwrap().unwrap();
        let new = crate::account::open_totp(&app, lin.id, account.totp.as_deref().unwrap()).unwrap();
        assert_eq!(sign_in(PASSWORD, code(&new)).await.0, 303);
        let told = testing::sent(&app, 2).await;
        assert!(told.iter().all(|m| m.message.text.contains("An administrator has given you")), "{told:?}");
        assert!(app.store.acts(9).await.unwrap().iter().any(|(act, _)| act.what == "factors-reset"));

        super::reset(&app, "lin", true, true).await.map_err(|failed| failed.error).unwrap();
        testing::advance(&app, jiff::SignedDuration::from_secs(60));
        let account = app.store.account(lin.id).await.unwrap().unwrap();
        let new = crate::account::open_totp(&app, lin.id, account.totp.as_deref().unwrap()).unwrap();
        assert_eq!(sign_in(PASSWORD, code(&new)).await.0, 422, "the old password");
    }

    #[tokio::test]
    async fn who_may_do_other_things_signs_in_anew_and_a_name_is_only_a_name() {
        let (app, _dir) = testing::app().await;
        let (lin, _) = testing::staff(&app, 2, "lin", Role::Agent).await;
        testing::holder(&app, 1, "mei").await;
        let claim = store::Claim { case: case::CaseRef::from_bits(1), staff: lin.id, at: app.now() };
        app.store.put_claim(claim, None).await.unwrap();
        let mut browser = Browser::new(&app).await;
        browser.sign_in(lin.id, case::Level::SecondFactor).await;
        let none = || super::Changes { name: None, role: None, lang: None, email: None, agency: None, house: false };
        let email = Some(Some("lin@desk.example".to_owned()));
        let words = super::Changes { name: Some("Lin Hao".into()), email, ..none() };
        super::change_staff(&app, "LIN", &words).await.map_err(|failed| failed.error).unwrap();
        let now = app.store.account(lin.id).await.unwrap().unwrap();
        assert_eq!((now.person.name.as_str(), now.person.email.as_deref()), ("Lin Hao", Some("lin@desk.example")));
        assert_eq!(browser.get("/desk").await.status.as_u16(), 200);
        let agency = Some("north".parse().unwrap());
        let refused =
            super::change_staff(&app, "lin", &super::Changes { role: Some(Role::Admin), agency, ..none() }).await;
        assert_eq!(refused.err().unwrap().code, 2, "an agency's admin");
        let up = super::Changes { role: Some(Role::Approver), ..none() };
        super::change_staff(&app, "lin", &up).await.map_err(|failed| failed.error).unwrap();
        assert_eq!(app.store.account(lin.id).await.unwrap().unwrap().role, Some(Role::Approver));
        assert_eq!(browser.get("/desk").await.status.as_u16(), 303, "signed out");
        assert!(app.store.claim_of(case::CaseRef::from_bits(1)).await.unwrap().is_none());
        assert_eq!(super::change_staff(&app, "mei", &up).await.err().unwrap().code, 4, "a holder");
        assert_eq!(app.store.account_by_login("mei").await.unwrap().unwrap().role, None);
    }

    #[tokio::test]
    async fn who_is_disabled_has_no_case_in_hand() {
        let (app, _dir) = testing::app().await;
        let (lin, _) = testing::staff(&app, 2, "lin", Role::Agent).await;
        let (tom, _) = testing::staff(&app, 3, "tom", Role::Agent).await;
        for (n, staff) in [(1, lin.id), (2, lin.id), (3, tom.id)] {
            let claim = store::Claim { case: case::CaseRef::from_bits(n), staff, at: app.now() };
            app.store.put_claim(claim, None).await.unwrap();
        }
        super::disable(&app, "lin").await.map_err(|failed| failed.error).unwrap();
        let held = async |n| app.store.claim_of(case::CaseRef::from_bits(n)).await.unwrap().is_some();
        assert_eq!([held(1).await, held(2).await, held(3).await], [false, false, true]);
        assert!(app.store.account(lin.id).await.unwrap().unwrap().disabled);
    }

    #[test]
    fn base32_is_as_rfc_4648_has_it() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(super::base32(bytes.as_bytes()), text);
        }
    }
}
