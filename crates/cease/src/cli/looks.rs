//! `looks`: who has looked at what at the desk, and whether the record of it is whole.

use std::process::ExitCode;

use case::CaseRef;
use serde_json::json;
use store::LooksOf;

use super::{Done, Failed, asked, say, say_json, tell};
use crate::config::Config;

#[derive(clap::Args)]
pub struct Asked {
    /// At this case
    #[arg(long, value_name = "REFERENCE", value_parser = asked::reference)]
    case: Option<CaseRef>,
    /// By this member of staff
    #[arg(long, value_name = "LOGIN")]
    staff: Option<String>,
    /// Of this kind, such as reveal, evidence, search
    #[arg(long)]
    what: Option<String>,
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// The hash by which a search for this text stands in the record
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["case", "staff", "what", "check"])]
    term: Option<String>,
    /// Whether the record is whole: 0 yes, 1 no
    #[arg(long)]
    check: bool,
}

pub async fn looks(config: Config, asked: Asked, json: bool) -> Done {
    let app = super::built(config).await?;
    if let Some(term) = &asked.term {
        let term = crate::web::desk::looks::term(&app, term);
        if json {
            say_json(&json!({ "term": term }))?;
        } else {
            say(&term);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if asked.check {
        return match app.store.looks_intact().await? {
            Ok(many) => {
                if json {
                    say_json(&json!({ "whole": true, "looks": many }))?
                } else {
                    say(&format!("{many} looks, whole"))
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(seq) => {
                if json {
                    say_json(&json!({ "whole": false, "first": seq }))?
                }
                tell(&format!("cease: look {seq} does not follow from the one before it"));
                Ok(ExitCode::from(1))
            }
        };
    }
    let usage = |text: String| Failed::new(2, anyhow::anyhow!(text));
    // Looks outlive what they were at.
    if let Some(reference) = asked.case {
        asked::case(&app, reference).await?;
    }
    let staff = match &asked.staff {
        Some(login) => {
            let account = app.store.account_by_login(&login.trim().to_lowercase()).await?;
            let none = || Failed::new(4, anyhow::anyhow!("no such member of staff: {login}"));
            Some(account.filter(|a| a.role.is_some()).ok_or_else(none)?.id)
        }
        None => None,
    };
    let what = match &asked.what {
        Some(name) => {
            Some(store::Looked::named(name).ok_or_else(|| usage(format!("there are no looks of the kind {name}")))?)
        }
        None => None,
    };
    let names: std::collections::HashMap<_, _> =
        app.store.staff().await?.into_iter().map(|account| (account.id, account.login)).collect();
    let of = LooksOf { case: asked.case, staff, what, agency: None };
    for (seq, look) in app.store.looks(&of, None, asked.limit).await? {
        let who = names.get(&look.staff).cloned().unwrap_or_else(|| look.staff.to_string());
        if json {
            say_json(&json!({
                "seq": seq, "at": look.at, "staff": look.staff, "login": who, "what": look.what, "case": look.case,
                "agency": look.agency, "detail": look.detail,
            }))?;
        } else {
            let case = look.case.map(|case| case.to_string()).unwrap_or_default();
            say(&format!("{}\t{who}\t{}\t{case}\t{}", look.at, look.what.name(), look.detail));
        }
    }
    Ok(ExitCode::SUCCESS)
}
