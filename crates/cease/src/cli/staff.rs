//! `staff add|list|disable`: who works at the desk. A member of staff is shown one password and one
//! authenticator secret, once; both are kept only hashed and sealed.

use std::process::ExitCode;

use case::{AccountId, Agency, Lang, Person, Role, Timestamp};
use clap::{Subcommand, ValueEnum};
use serde_json::json;
use store::{Account, Act, AnyStore, StoreError};

use super::{Done, Failed, say, say_json, tell};
use crate::account::seal_totp;
use crate::config::Config;
use crate::{chance, startup};

#[derive(Subcommand)]
pub enum What {
    /// Adds someone and prints their first password and authenticator secret, once
    Add {
        /// What they sign in with, such as their mail address
        login: String,
        #[arg(long)]
        name: String,
        #[arg(long, value_enum)]
        role: Part,
        #[arg(long, default_value = "en")]
        lang: String,
        /// Of this partner agency: they see its cases and no others
        #[arg(long, value_name = "NAME")]
        agency: Option<Agency>,
    },
    List,
    /// Ends their sessions and lets them sign in no more
    Disable {
        login: String,
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
    let app = startup::app(config, None).await?;
    app.store.migrate().await?;
    let now = app.now();
    match what {
        What::Add { login, name, role, lang, agency } => {
            if agency.is_some() && matches!(role, Part::Admin) {
                return Err(Failed::new(
                    2,
                    anyhow::anyhow!("an agency has agents and approvers; admins are the house's"),
                ));
            }
            let login = login.trim().to_lowercase();
            if app.store.account_by_login(&login).await?.is_some() {
                return Err(Failed::new(5, anyhow::anyhow!("{login} is taken")));
            }
            let lang = Lang::from_tag(&lang).ok_or_else(|| Failed::new(2, anyhow::anyhow!("--lang: en or zh-CN")))?;
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
            let uri = format!("otpauth://totp/Cease:{login}?secret={secret}&issuer=Cease");
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
        What::Disable { login } => {
            let id = disable(&app.store, &login, now).await?;
            for session in app.store.sessions_of(id).await? {
                app.store.end_session(&session.id).await?;
            }
            app.store
                .audit(Act { at: now, account: Some(id), what: "staff-disabled".into(), detail: String::new() })
                .await?;
            if json { say_json(&json!({ "disabled": login }))? } else { say(&format!("{login} can no longer sign in")) }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Disables an account as it stands now, whatever its owner changes meanwhile.
async fn disable(store: &AnyStore, login: &str, now: Timestamp) -> Result<AccountId, Failed> {
    for _ in 0..16 {
        let found = store.account_by_login(&login.trim().to_lowercase()).await?.filter(|a| a.role.is_some());
        let Some(was) = found else {
            return Err(Failed::new(4, anyhow::anyhow!("no such member of staff: {login}")));
        };
        let disabled = Account { disabled: true, changed_at: now, ..was.clone() };
        if store.change_account(&was, disabled).await? {
            return Ok(was.id);
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
    #[test]
    fn base32_is_as_rfc_4648_has_it() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(super::base32(bytes.as_bytes()), text);
        }
    }
}
