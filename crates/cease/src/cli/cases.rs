//! `case declare|show|list|evidence|give`: what can be done about cases from a shell.

use std::process::ExitCode;
use std::sync::Arc;

use case::declaration::Channel;
use case::redact::redact;
use case::way::{Kind, Way};
use case::{Actor, Case, CaseRef, Declaration, Flag, Lang, Stage};
use clap::Subcommand;
use serde_json::{Value, json};
use store::{Act, StoreError, View};

use super::making::Making;
use super::{Done, Failed, asked, say, say_json, tell};
use crate::act::{self, ActError, declare};
use crate::app::App;
use crate::config::Config;
use crate::evidence::{self, For};
use crate::web::Posted;
use crate::web::counter::statement::{in_reach, today};
use crate::web::counter::you;
use crate::web::desk::agencies;
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
        /// Kind of end: ordinary, extraordinary (for cause; --statement is the reason) or withdrawal (from the contract,
        /// within the days of the law), of those that the rules offer
        #[arg(long, default_value = "ordinary")]
        kind: String,
        /// Last day of service, YYYY-MM-DD; without it as early as possible
        #[arg(long, value_name = "DATE", value_parser = asked::day)]
        end: Option<jiff::civil::Date>,
        /// Language of the letters: en or zh-CN
        #[arg(long, default_value = "en", value_parser = asked::lang)]
        lang: Lang,
        /// They agreed to the fees
        #[arg(long)]
        consent: bool,
        /// They have backed up, or accept the loss
        #[arg(long)]
        backup: bool,
        /// Makes this declaration one, however often the command is run; 5 where it is that of another
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
    },
    /// Show a case and its journal
    Show {
        #[arg(value_parser = asked::reference)]
        reference: CaseRef,
    },
    /// All evidence of a case in one file, for a lawyer or an ombudsman; `cease verify` checks it
    Evidence {
        #[arg(value_parser = asked::reference)]
        reference: CaseRef,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: std::path::PathBuf,
        /// The holder's copy, without the staff's notes
        #[arg(long)]
        holder: bool,
    },
    /// Give a case to a partner agency, or take it back
    Give {
        #[arg(value_parser = asked::reference)]
        reference: CaseRef,
        /// The agency's name; without it the case is the house's again
        #[arg(long, value_name = "NAME")]
        agency: Option<case::Agency>,
        /// Why, for the audit; names and numbers of the case are masked there
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
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
    let app = Arc::new(super::built(config).await?);
    crate::startup::migrate(&app).await?;
    match what {
        What::Declare {
            card,
            name,
            email,
            phone,
            address,
            statement,
            kind,
            end,
            lang,
            consent,
            backup,
            idempotency_key,
        } => {
            let found = case::identify::identify(&card, &app.policy.identify)
                .map_err(|why| Failed::new(2, anyhow::anyhow!("--card: {why}")))?;
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
            let offered = Kind::offered(&app.policy.journey);
            if !offered.contains(&kind.as_str()) {
                return Err(Failed::new(2, anyhow::anyhow!("--kind: one of {}", offered.join(", "))));
            }
            let statement: Option<String> =
                statement.map(|s| redact(&s).0.chars().take(case::declaration::STATEMENT_MAX).collect());
            let kind = Kind::chosen(&app.policy.journey, &kind, statement.as_deref().unwrap_or_default());
            if kind.lacks_reason() {
                return Err(Failed::new(2, anyhow::anyhow!("--statement: {}", fl!(l, "ways-reason-empty"))));
            }
            if kind == Kind::Withdrawal && end.is_some() {
                return Err(Failed::new(2, anyhow::anyhow!("--end: {}", fl!(l, "ways-withdraw-no-day"))));
            }
            let declaration = Declaration {
                channel: Channel::Shell,
                lang,
                number: found.id,
                check: found.check,
                person,
                statement,
                files: Vec::new(),
                agreed: None,
                wanted_end: end,
                consent,
                backup,
                saved: None,
                declared_at: app.now(),
                way: Way { kind, ..Way::default() },
            };
            let actor = Actor::Api { client: "shell".into() };
            let token = idempotency_key.map(|k| format!("shell:{k}"));
            let said = declaration.clone();
            let case = declare(&app, &actor, declaration, Vec::new(), token.as_deref()).await.map_err(act_failed)?;
            let other = differs(&case.declaration, &said);
            if !other.is_empty() {
                let other = other.join(", ");
                let said =
                    format!("--idempotency-key: it is that of {}, declared with another {other}", case.reference);
                return Err(Failed::new(5, anyhow::anyhow!(said)));
            }
            if json {
                say_json(&brief(&case))?
            } else {
                say(&case.reference.to_string());
                remarks(&app, &case).await?.iter().for_each(|remark| tell(&format!("cease: {remark}")));
            }
        }
        What::Show { reference } => {
            let case = asked::case(&app, reference).await?;
            let journal = app.store.journal(case.reference).await?;
            if json {
                say_json(&json!({ "case": case, "journal": journal }))?;
            } else {
                say(&format!("{}\t{}\t{}", case.reference, case.stage.name(), case.times.received));
                let login = match case.account {
                    Some(id) => app.store.account(id).await?.map(|account| account.login),
                    None => None,
                };
                let next = case::deadline::next(&case, app.policy.of(&case));
                for (name, value) in standing(&case, login, next) {
                    say(&format!("{name}\t{value}"));
                }
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
            let case = there(&app, reference).await?;
            let whom = if holder { For::Holder } else { For::Desk };
            let bytes = evidence::of(&app, &case, whom).await?;
            let mut making = Making::begin(&output)?;
            making.write(bytes.as_slice())?;
            let detail = format!("{reference} from the shell");
            let act = Act { at: app.now(), account: None, what: "evidence-taken".into(), detail };
            // Nobody has it of whom there is no record that they do.
            app.store.audit(act).await?;
            making.done();
            if json {
                say_json(&json!({ "file": output, "bytes": bytes.len() }))?
            } else {
                say(&output.display().to_string())
            }
        }
        What::Give { reference, agency, why } => {
            let case = there(&app, reference).await?;
            let whose = agency.as_ref().map_or("the house", |agency| agency.as_str()).to_owned();
            let why = why.map(|why| agencies::reason(&why)).unwrap_or_default();
            let detail = agencies::detail(&case, agency.as_ref(), &why);
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
            if left == 0 && !app.store.list(view, after, 1).await?.is_empty() {
                tell(&format!("cease: there are more than these {limit}; --limit N shows as many as you like"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The case of that reference, where there is more of it than that it has been erased.
async fn there(app: &App, reference: CaseRef) -> Result<Case, Failed> {
    let case = asked::case(app, reference).await?;
    if case.erasure.done().is_some() {
        let (reference, url) = (case.reference, &app.config.desk.url);
        let at = format!("{url}/erased/{reference}/certificate.json");
        let said = format!("{reference} has been erased; its certificate of erasure is at {at}");
        return Err(Failed::new(5, anyhow::anyhow!(said)));
    }
    Ok(case)
}

/// What of a declaration is another than was said now, as its options are called. A form that is sent twice is one
/// declaration; a program that gives one key to two has a fault, and must hear of it.
fn differs(was: &Declaration, now: &Declaration) -> Vec<&'static str> {
    let (a, b) = (&was.person, &now.person);
    let fields = [
        ("card", was.number != now.number),
        ("name", a.name != b.name),
        ("email", a.email != b.email),
        ("phone", a.phone != b.phone),
        ("address", a.address != b.address),
        ("kind", was.way.kind != now.way.kind),
        ("statement", was.statement != now.statement),
        ("end", was.wanted_end != now.wanted_end),
        ("lang", was.lang != now.lang),
        ("consent", was.consent != now.consent),
        ("backup", was.backup != now.backup),
    ];
    fields.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

/// What keeps no declaration from being taken, and whoever typed it should look at.
async fn remarks(app: &App, case: &Case) -> Result<Vec<String>, Failed> {
    let mut remarks = Vec::new();
    if case.flags.contains(&Flag::CheckDigit) {
        remarks.push("the check digit of --card does not fit: look whether one digit is another".to_owned());
    }
    if case.flags.contains(&Flag::Duplicate) {
        let record = act::record(app, &case.number, &case.person).await?;
        let rival = match &record {
            Some(record) => app.store.rival_of(&record.card.subscription(), Some(case.reference)).await?,
            None => None,
        };
        let rival = rival.map(|rival| format!(": {rival}")).unwrap_or_default();
        remarks.push(format!("another case is about this card already{rival}"));
    }
    if case.flags.contains(&Flag::AlreadyCeased) {
        remarks.push("this card has ended before".to_owned());
    }
    Ok(remarks)
}

/// How a case stands, line by line; what there is nothing of is left out.
fn standing(case: &Case, login: Option<String>, next: Option<case::Timestamp>) -> Vec<(&'static str, String)> {
    let (mut missing, mut review) = (Vec::new(), Vec::new());
    if let Stage::Received { needs, .. } = &case.stage {
        missing.extend(needs.iter().map(|need| need.name()));
    } else if let Stage::Review { causes, .. } = &case.stage {
        review.extend(causes.iter().map(named));
    }
    let holder = match login {
        Some(login) => format!("{} ({login})", case.person.name),
        None => case.person.name.clone(),
    };
    let flags: Vec<String> = case.flags.iter().map(named).collect();
    let kind = match (case.declaration.way.kind.name(), case.kind().name()) {
        (_, _) if case.declaration.way.kind.is_ordinary() => String::new(),
        (declared, counts) if declared == counts => declared.to_owned(),
        (declared, counts) => format!("{counts} ({declared} was not upheld)"),
    };
    let lines = [
        ("card", format!("{} {}", case.number.kind(), case.number.masked())),
        ("holder", holder),
        ("kind", kind),
        ("flags", flags.join(", ")),
        ("missing", missing.join(", ")),
        ("review", review.join(", ")),
        ("next", next.map(|at| at.to_string()).unwrap_or_default()),
    ];
    lines.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// As it is called in JSON; what is about a field has it in brackets.
fn named(fact: &impl serde::Serialize) -> String {
    match serde_json::to_value(fact) {
        Ok(Value::String(name)) => name,
        Ok(Value::Object(of)) => {
            of.iter().map(|(name, of)| format!("{name} ({})", of.as_str().unwrap_or("–"))).collect()
        }
        Ok(_) | Err(_) => String::new(),
    }
}

fn brief(case: &Case) -> Value {
    json!({
        "reference": case.reference, "stage": case.stage, "version": case.version,
        "card": { "kind": case.number.kind(), "number": case.number.masked() },
        "received_at": case.times.received, "times": case.times, "flags": case.flags,
        "kind": {
            "declared": case.declaration.way.kind.name(), "counts": case.kind().name(),
            "not_upheld": case.ways.not_upheld,
        },
    })
}

fn act_failed(e: ActError) -> Failed {
    match e {
        ActError::Refused(refusal) => Failed::new(5, refusal),
        ActError::NoSuchCase => Failed::new(4, e),
        ActError::Store(e @ StoreError::Deadline) => {
            let error = anyhow::Error::new(e);
            Failed::new(69, error.context("it may have been done all the same: look before you ask again"))
        }
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
        let failed = there(&app, gone.reference).await.err().unwrap();
        assert_eq!(failed.code, 5);
        let says = failed.error.to_string();
        assert!(says.contains(&format!("/erased/{}/certificate.json", gone.reference)), "{says}");
        assert_eq!(there(&app, CaseRef::from_bits(4711)).await.err().unwrap().code, 4);
        let mei = app.store.account(gone.account.unwrap_or_else(|| case::AccountId::from_bits(1))).await.unwrap();
        let whole = crate::testing::ending(&app, 2, &mei.unwrap()).await;
        assert_eq!(there(&app, whole.reference).await.ok().unwrap().reference, whole.reference);
    }

    #[test]
    fn a_key_is_that_of_one_declaration_in_all_that_it_says() {
        let at = case::Timestamp::UNIX_EPOCH;
        let number = case::identify::identify("+447700900101", &Default::default()).unwrap().id;
        let person = case::Person { name: "Mei Lin".into(), ..Default::default() };
        let was = Declaration::of(number, person, at);
        let later = Declaration { declared_at: at + jiff::SignedDuration::from_hours(1), ..was.clone() };
        assert!(differs(&was, &later).is_empty(), "when it is said again is no difference");
        let wei = case::Person { name: "Wei".into(), email: Some("wei@example.com".into()), ..was.person.clone() };
        let other = Declaration { person: wei, consent: true, wanted_end: "2027-04-01".parse().ok(), ..was.clone() };
        assert_eq!(differs(&was, &other), ["name", "email", "end", "consent"]);
    }

    #[tokio::test]
    async fn a_case_says_whose_it_is_what_it_lacks_and_when_it_goes_on() {
        let (app, _dir) = crate::testing::app().await;
        let mei = crate::testing::holder(&app, 1, "mei").await;
        let card = crate::testing::card(&app, 5, mei.id).await;
        let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap().id;
        let shell = Actor::Api { client: "shell".into() };
        let declaration = Declaration::of(number, mei.person.clone(), app.now());
        let first = declare(&app, &shell, declaration.clone(), Vec::new(), None).await.unwrap();
        assert!(remarks(&app, &first).await.ok().unwrap().is_empty());
        let next = case::deadline::next(&first, app.policy.of(&first));
        let lines = standing(&first, Some("mei".into()), next);
        let names: Vec<_> = lines.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["card", "holder", "missing", "next"], "{lines:?}");
        assert!(lines[0].1.starts_with("iccid ") && !lines[0].1.contains(card.iccid.as_deref().unwrap()));
        assert!(lines[1].1.ends_with("(mei)") && lines[2].1.contains("identity"), "{lines:?}");
        let mut weighed = first.clone();
        weighed.declaration.way.kind = case::way::Kind::Withdrawal;
        let kind = |case: &Case| standing(case, None, None).into_iter().find(|(name, _)| *name == "kind").unwrap().1;
        assert_eq!(kind(&weighed), "withdrawal");
        weighed.ways.not_upheld = Some(case::way::NotUpheld { at: app.now(), reason: "Too late.".into() });
        assert_eq!(kind(&weighed), "ordinary (withdrawal was not upheld)");
        let brief = brief(&weighed);
        assert_eq!((&brief["kind"]["declared"], &brief["kind"]["counts"]), (&json!("withdrawal"), &json!("ordinary")));
        let failed = Declaration { check: case::identify::Check::Failed, ..declaration };
        let second = declare(&app, &shell, failed, Vec::new(), None).await.unwrap();
        let said = remarks(&app, &second).await.ok().unwrap();
        assert!(said.len() == 2 && said[0].contains("check digit"), "{said:?}");
        assert!(said[1].ends_with(&first.reference.to_string()), "{said:?}");
        let flags = standing(&second, None, None).into_iter().find(|(name, _)| *name == "flags").unwrap().1;
        assert!(flags.contains("duplicate") && flags.contains("check-digit"), "{flags}");
    }
}
