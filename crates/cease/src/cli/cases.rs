//! `case declare|show|list`: what can be done about cases from a shell.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use case::declaration::Channel;
use case::redact::redact;
use case::{Actor, Case, CaseRef, Declaration, Lang};
use clap::Subcommand;
use serde_json::{Value, json};
use store::{Act, View};

use super::{Done, Failed, say, say_json, tell};
use crate::act::{ActError, declare};
use crate::app::App;
use crate::config::Config;
use crate::evidence::{self, For};
use crate::startup;
use crate::web::Posted;
use crate::web::counter::statement::{in_reach, today};
use crate::web::counter::you;
use crate::words::words;

/// Cases read at a time.
const PAGE: u32 = 500;

#[derive(Subcommand)]
pub enum What {
    /// Record that somebody wants to cancel a card
    Declare {
        /// The card's number, any kind
        #[arg(long)]
        card: String,
        /// Full name
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: Option<String>,
        #[arg(long)]
        phone: Option<String>,
        #[arg(long, default_value = "")]
        address: String,
        /// Their own words
        #[arg(long)]
        statement: Option<String>,
        /// Last day of service, YYYY-MM-DD; without it as early as possible
        #[arg(long)]
        end: Option<jiff::civil::Date>,
        /// Language of the letters: en or zh-CN
        #[arg(long, default_value = "en")]
        lang: String,
        /// They agreed to the fees
        #[arg(long)]
        consent: bool,
        /// They have backed up, or accept the loss
        #[arg(long)]
        backup: bool,
        /// Makes this declaration one, however often the command is run
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
    },
    /// Show a case and its journal
    Show { reference: String },
    /// All evidence of a case in one file, for a lawyer or an ombudsman; `cease verify` checks it
    Evidence {
        reference: String,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: std::path::PathBuf,
        /// The holder's copy, without the staff's notes
        #[arg(long)]
        holder: bool,
    },
    /// Give a case to a partner agency, or take it back
    Give {
        reference: String,
        /// The agency's name; without it the case is the house's again
        #[arg(long, value_name = "NAME")]
        agency: Option<case::Agency>,
    },
    /// List cases
    List {
        /// review, waiting, moving, done, all
        #[arg(long, default_value = "all")]
        view: String,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
}

pub async fn case(config: Config, what: What, json: bool) -> Done {
    let app = Arc::new(startup::app(config, None).await?);
    app.store.migrate().await?;
    match what {
        What::Declare { card, name, email, phone, address, statement, end, lang, consent, backup, idempotency_key } => {
            let found = case::identify::identify(&card, &app.policy.identify)
                .map_err(|why| Failed::new(2, anyhow::anyhow!("--card: {why}")))?;
            let lang = Lang::from_tag(&lang).ok_or_else(|| Failed::new(2, anyhow::anyhow!("--lang: en or zh-CN")))?;
            let l = words(Lang::En);
            let (email, phone) = (email.unwrap_or_default(), phone.unwrap_or_default());
            let typed = Posted::of(&[("name", &name), ("email", &email), ("phone", &phone), ("address", &address)]);
            let (person, wrongs) = you::read_letter(l, &typed, &app.policy.identify);
            if let Some(wrong) = wrongs.0.first() {
                return Err(Failed::new(2, anyhow::anyhow!("--{}: {}", wrong.field, wrong.text)));
            }
            if let Some(end) = end {
                in_reach(l, end, today(&app)).map_err(|why| Failed::new(2, anyhow::anyhow!("--end: {why}")))?;
            }
            let declaration = Declaration {
                channel: Channel::Shell,
                lang,
                number: found.id,
                check: found.check,
                person,
                statement: statement.map(|s| redact(&s).0.chars().take(case::declaration::STATEMENT_MAX).collect()),
                files: Vec::new(),
                agreed: None,
                wanted_end: end,
                consent,
                backup,
                saved: None,
                declared_at: app.now(),
                way: Default::default(),
            };
            let actor = Actor::Api { client: "shell".into() };
            let token = idempotency_key.map(|k| format!("shell:{k}"));
            let number = declaration.number.clone();
            let case = declare(&app, &actor, declaration, Vec::new(), token.as_deref()).await.map_err(act_failed)?;
            if case.declaration.number != number {
                let said = format!("--idempotency-key: it is that of {}, about another card", case.reference);
                return Err(Failed::new(5, anyhow::anyhow!(said)));
            }
            if json { say_json(&brief(&case))? } else { say(&case.reference.to_string()) }
        }
        What::Show { reference } => {
            let case = one(&app, &reference).await?;
            let journal = app.store.journal(case.reference).await?;
            if json {
                say_json(&json!({ "case": case, "journal": journal }))?;
            } else {
                say(&format!("{}\t{}\t{}", case.reference, case.stage.name(), case.times.received));
                for entry in journal {
                    let events: Vec<&str> = entry.events.iter().map(case::Event::name).collect();
                    say(&format!(
                        "  {}  {:<8} {:<10} {}",
                        entry.at,
                        entry.actor.kind(),
                        entry.command,
                        events.join(", ")
                    ));
                }
            }
        }
        What::Evidence { reference, output, holder } => {
            let case = there(&app, &reference).await?;
            let whom = if holder { For::Holder } else { For::Desk };
            let reference = case.reference;
            let detail = format!("{reference} from the shell");
            app.store.audit(Act { at: app.now(), account: None, what: "evidence-taken".into(), detail }).await?;
            let bytes = evidence::of(&app, &case, whom).await?;
            let named = || format!("cannot make {} (what is there already is left alone)", output.display());
            // It holds personal data: nobody else on this machine reads it.
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&output)
                .with_context(named)?;
            file.write_all(&bytes)?;
            if json {
                say_json(&json!({ "file": output, "bytes": bytes.len() }))?
            } else {
                say(&output.display().to_string())
            }
        }
        What::Give { reference, agency } => {
            let reference = there(&app, &reference).await?.reference;
            let whose = agency.as_ref().map_or("the house", |agency| agency.as_str()).to_owned();
            let detail = format!("{reference} to {whose}");
            crate::log::admit(&app).await?;
            app.store.audit(Act { at: app.now(), account: None, what: "case-given".into(), detail }).await?;
            app.store.give(reference, agency.as_ref()).await?;
            if let Some(agency) = &agency
                && !app.store.staff().await?.iter().any(|one| one.agency.as_ref() == Some(agency))
            {
                tell(&format!("cease: nobody works for {agency} yet: cease staff add LOGIN --agency {agency} …"));
            }
            if json {
                say_json(&json!({ "case": reference, "agency": agency }))?
            } else {
                say(&format!("{reference} is with {whose}"))
            }
        }
        What::List { view, limit } => {
            let view: View = serde_json::from_value(Value::String(view.clone()))
                .map_err(|_| Failed::new(2, anyhow::anyhow!("--view {view}: review, waiting, moving, done or all")))?;
            let (mut left, mut after) = (limit, None);
            while left > 0 {
                let rows = app.store.list(view, after, left.min(PAGE)).await?;
                let Some(last) = rows.last() else { break };
                (after, left) = (Some(last.cursor()), left - rows.len() as u32);
                for row in rows {
                    let c = &row.case;
                    if json {
                        say_json(&brief(c))?;
                    } else {
                        let (stage, number) = (c.stage.name(), c.number.masked());
                        say(&format!("{}\t{stage}\t{}\t{number}", c.reference, c.times.received));
                    }
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The case of that reference.
async fn one(app: &App, reference: &str) -> Result<Case, Failed> {
    let reference: CaseRef = reference.parse().map_err(|e| Failed::new(2, anyhow::Error::new(e)))?;
    let case = app.store.case(reference).await?;
    case.ok_or_else(|| Failed::new(4, anyhow::anyhow!("there is no case {reference}")))
}

/// The same, where there is more of it than that it has been erased.
async fn there(app: &App, reference: &str) -> Result<Case, Failed> {
    let case = one(app, reference).await?;
    if case.erasure.done().is_some() {
        let (reference, url) = (case.reference, &app.config.desk.url);
        let at = format!("{url}/erased/{reference}/certificate.json");
        let said = format!("{reference} has been erased; its certificate of erasure is at {at}");
        return Err(Failed::new(5, anyhow::anyhow!(said)));
    }
    Ok(case)
}

fn brief(case: &Case) -> Value {
    json!({
        "reference": case.reference, "stage": case.stage, "version": case.version,
        "card": { "kind": case.number.kind(), "number": case.number.masked() },
        "received_at": case.times.received, "times": case.times, "flags": case.flags,
    })
}

fn act_failed(e: ActError) -> Failed {
    match e {
        ActError::Refused(refusal) => Failed::new(5, refusal),
        ActError::NoSuchCase => Failed::new(4, e),
        ActError::Store(e) => Failed::new(69, e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeping::whole::tests::erased;

    #[tokio::test]
    async fn of_an_erased_case_there_is_neither_evidence_nor_anything_to_give() {
        let (app, _dir, gone) = erased().await;
        let failed = there(&app, &gone.reference.to_string()).await.err().unwrap();
        assert_eq!(failed.code, 5);
        let says = failed.error.to_string();
        assert!(says.contains(&format!("/erased/{}/certificate.json", gone.reference)), "{says}");
        assert_eq!(there(&app, &CaseRef::from_bits(4711).to_string()).await.err().unwrap().code, 4);
        let mei = app.store.account(gone.account.unwrap_or_else(|| case::AccountId::from_bits(1))).await.unwrap();
        let whole = crate::testing::ending(&app, 2, &mei.unwrap()).await;
        assert_eq!(there(&app, &whole.reference.to_string()).await.ok().unwrap().reference, whole.reference);
    }
}
