//! `audit`: what was done that belongs to no case (sign-ins, staff, imports, exports), newest first, and whether that
//! record is whole. Of people it has ids alone; they are shown here by their login.

use std::collections::HashMap;
use std::process::ExitCode;

use case::AccountId;
use serde_json::json;
use store::act_chain;

use super::{Done, Failed, say, say_json, tell};
use crate::app::App;
use crate::config::Config;

/// Read at once.
const PAGE: u32 = 1_000;

#[derive(clap::Args)]
pub struct Asked {
    /// By or about this account: its login or its id
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Of this kind, such as signed-in, imported, staff-added
    #[arg(long)]
    what: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Whether the record is whole: 0 yes, 1 no
    #[arg(long, conflicts_with_all = ["account", "what"])]
    check: bool,
}

pub async fn audit(config: Config, asked: Asked, json: bool) -> Done {
    let app = super::built(config).await?;
    if asked.check { check(&app, json).await } else { list(&app, &asked, json).await }
}

async fn list(app: &App, asked: &Asked, json: bool) -> Done {
    let account = match &asked.account {
        Some(text) => Some(super::account_of(app, text).await?.id),
        None => None,
    };
    let mut logins = HashMap::new();
    let (mut before, mut left, mut unread) = (None, asked.limit, 0_u64);
    // Of the kind that is asked for, of whomever.
    let mut of_kind = asked.what.is_none() || asked.limit == 0;
    while left > 0 {
        let page = app.store.acts_before(before, PAGE).await?;
        let Some((last, ..)) = page.last() else { break };
        before = Some(*last);
        for (seq, act, _) in page {
            let Some(act) = act else {
                unread += 1;
                tell(&format!("cease: act {seq} cannot be read: it has been changed"));
                continue;
            };
            if asked.what.as_ref().is_some_and(|what| act.what != *what) {
                continue;
            }
            of_kind = true;
            if left == 0 || account.is_some_and(|id| act.account != Some(id)) {
                continue;
            }
            left -= 1;
            let login = match act.account {
                Some(id) => login(app, id, &mut logins).await?,
                None => String::new(),
            };
            if json {
                say_json(&json!({
                    "seq": seq, "at": act.at, "what": act.what, "account": act.account, "login": login, "detail": act.detail,
                }))?;
            } else {
                say(&format!("{}\t{}\t{login}\t{}", act.at, act.what, act.detail));
            }
        }
    }
    if let (false, Some(what)) = (of_kind, &asked.what) {
        return Err(Failed::new(2, anyhow::anyhow!("there are no acts of the kind {what}")));
    }
    Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// An account that is gone is called by its id.
async fn login(app: &App, id: AccountId, known: &mut HashMap<AccountId, String>) -> Result<String, Failed> {
    if let Some(login) = known.get(&id) {
        return Ok(login.clone());
    }
    let login = app.store.account(id).await?.map_or_else(|| id.to_string(), |account| account.login);
    known.insert(id, login.clone());
    Ok(login)
}

/// Each act carries the hash of all before it, so that one changed or taken out shows. That the newest are there at all,
/// only a copy elsewhere can tell.
async fn check(app: &App, json: bool) -> Done {
    let (mut many, mut before, mut wrong) = (0_u64, None, None);
    // The act after the one that is looked at.
    let mut next: Option<(i64, Option<store::Act>, String)> = None;
    let follows = |act: &Option<store::Act>, chain: &str, before: &str| {
        act.as_ref().is_some_and(|act| chain == act_chain(before, act))
    };
    loop {
        let page = app.store.acts_before(before, PAGE).await?;
        let Some((last, ..)) = page.last() else { break };
        before = Some(*last);
        for one in page {
            many += 1;
            if let Some((seq, act, chain)) = &next
                && (*seq != one.0 + 1 || !follows(act, chain, &one.2))
            {
                wrong = Some(*seq);
            }
            next = Some(one);
        }
    }
    if let Some((seq, act, chain)) = &next
        && (*seq != 1 || !follows(act, chain, ""))
    {
        wrong = Some(*seq);
    }
    if let Some(seq) = wrong {
        if json {
            say_json(&json!({ "whole": false, "first": seq }))?;
        }
        tell(&format!("cease: act {seq} does not follow from the one before it"));
        return Ok(ExitCode::from(1));
    }
    if json {
        say_json(&json!({ "whole": true, "acts": many }))?;
    } else {
        say(&format!("{}, whole", super::many(many, "act")));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use store::Act;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn the_record_is_read_and_an_edit_of_it_shows() {
        let (app, dir) = testing::app().await;
        let code = async || check(&app, true).await.map_err(|failed| failed.error).unwrap();
        assert_eq!(code().await, ExitCode::SUCCESS, "none");
        for n in 0..2_500 {
            let act = Act { at: app.now(), account: None, what: "imported".into(), detail: n.to_string() };
            app.store.audit(act).await.unwrap();
        }
        assert_eq!(code().await, ExitCode::SUCCESS);
        let asked = Asked { account: None, what: Some("imported".into()), limit: 3, check: false };
        assert!(list(&app, &asked, true).await.is_ok());
        let nobody = Asked { account: Some("nobody".into()), ..asked };
        assert_eq!(list(&app, &nobody, true).await.err().unwrap().code, 4);
        let no_kind = Asked { account: None, what: Some("nosuch".into()), ..nobody };
        assert_eq!(list(&app, &no_kind, true).await.err().unwrap().code, 2);
        let db = rusqlite::Connection::open(dir.path().join("cease.db")).unwrap();
        for (seq, body) in [(30, "replace(body, 'imported', 'exported')"), (2_490, "'garbage'")] {
            db.execute(&format!("UPDATE act SET body = {body} WHERE seq = {seq}"), []).unwrap();
            assert_eq!(code().await, ExitCode::from(1), "{body}");
        }
        let all = Asked { what: None, limit: 9, ..no_kind };
        let shown = list(&app, &all, true).await.map_err(|failed| failed.error).unwrap();
        assert_eq!(shown, ExitCode::from(3), "all others are");
    }
}
