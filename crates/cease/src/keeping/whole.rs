//! Cases and accounts go whole: a case is noted when its day has come, its holder is told, and after the days of notice
//! all of it goes at once, with a certificate in its place; the holder's account goes after the last of their cases. Each
//! step is on disk before the next and can be made twice, so that a crash between any two of them leaves nothing half.

use case::erasure::{Erasure, Kept as Reason, kept};
use case::rules::{Class, Kept};
use case::{Actor, Case, CaseRef, Command, Event, FileId, Refusal, Timestamp};
use jiff::SignedDuration;
use proof::{Gone, Ground, Hidden, Stays};
use store::{Due, StoreError};

use super::{STRETCH, still_since};
use crate::act::{self, ActError, act};
use crate::app::App;
use crate::chance;

/// What `why` says of a case whose holder has been told.
pub const TOLD: &str = "told";
/// And of one that is held.
pub const HELD: &str = "hold";

fn days(n: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(n))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Cases whose day has come that are not noted yet.
pub async fn due(app: &App, rule: &Kept) -> Result<u64, StoreError> {
    let (still, mut after, mut cases) = (still_since(app, rule), None::<CaseRef>, 0);
    loop {
        let found = app.store.erasable(Class::Case, still, after, STRETCH).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.reference);
        cases += found.iter().filter(|case| !is_early(app, case)).count() as u64;
    }
    let now = app.now();
    let noted = app.store.planned(now, 10_000).await?;
    Ok(cases + noted.iter().filter(|due| due.why.as_deref().is_none_or(|why| why == TOLD)).count() as u64)
}

/// Its own rules, those of the day it was received, keep it longer.
fn is_early(app: &App, case: &Case) -> bool {
    kept(case, app.now()) == Some(Reason::Early)
}

/// Notes what is due, tells, erases; at most so many cases are erased. Answers how many were.
pub async fn erase(app: &App, rule: &Kept, most: u64) -> Result<u64, StoreError> {
    let (still, now, mut after, mut noted) = (still_since(app, rule), app.now(), None::<CaseRef>, 0);
    while noted < most {
        let found = app.store.erasable(Class::Case, still, after, STRETCH).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.reference);
        for case in found.iter().filter(|case| !is_early(app, case)) {
            noted += u64::from(app.store.plan_erasure(case.reference, now).await?);
        }
    }
    let mut erased = 0;
    let mut looked = 0;
    while looked < most {
        let due = app.store.planned(now, STRETCH).await?;
        if due.is_empty() {
            break;
        }
        for due in due {
            looked += 1;
            erased += u64::from(go_on(app, rule, &due).await?);
        }
    }
    Ok(erased)
}

/// Takes one case a step further; true where that was the last. Whatever it does, the case is not looked at again at once.
async fn go_on(app: &App, rule: &Kept, due: &Due) -> Result<bool, StoreError> {
    let (now, reference) = (app.now(), due.case);
    let put_off = |until, why| app.store.put_off_erasure(reference, until, why);
    let Some(case) = app.store.case(reference).await? else {
        return app.store.unplan_erasure(reference).await.map(|_| false);
    };
    if app.store.legal_hold(reference).await?.is_some() {
        return put_off(later(now, days(1)), Some(HELD)).await.map(|_| false);
    }
    let told = due.why.as_deref().is_some_and(|why| why == TOLD || why == Reason::Owed.name());
    let done = match case.erasure {
        Erasure::Done { .. } => app.store.unplan_erasure(reference).await.map(|_| false)?,
        // Somebody has acted since it was said: its time runs anew.
        Erasure::None if told => app.store.unplan_erasure(reference).await.map(|_| false)?,
        Erasure::None => {
            let on = later(now, days(rule.notice));
            match act(app, reference, &Actor::Clock, &Command::PlanErasure { on }).await {
                Ok(case) => {
                    let next = if case.owed.is_empty() { on } else { on.max(later(now, SignedDuration::from_mins(1))) };
                    put_off(next, Some(TOLD)).await.map(|_| false)?
                }
                Err(error) => refused(app, reference, error).await?,
            }
        }
        Erasure::Planned { on, .. } if on > now => put_off(on, Some(TOLD)).await.map(|_| false)?,
        Erasure::Planned { told, .. } => match whole(app, rule, &case, told).await {
            Ok(true) => true,
            // Something has come in between; the next look decides.
            Ok(false) | Err(ActError::Store(StoreError::Conflict)) => {
                put_off(later(now, SignedDuration::from_mins(10)), Some(TOLD)).await.map(|_| false)?
            }
            Err(error) => refused(app, reference, error).await?,
        },
    };
    Ok(done)
}

/// What keeps it stands beside it, until the next day.
async fn refused(app: &App, reference: CaseRef, error: ActError) -> Result<bool, StoreError> {
    match error {
        ActError::Refused(Refusal::Kept { why }) => {
            let wait = if why == Reason::Owed { SignedDuration::from_mins(10) } else { days(1) };
            app.store.put_off_erasure(reference, later(app.now(), wait), Some(why.name())).await?;
        }
        ActError::Refused(_) | ActError::NoSuchCase => drop(app.store.unplan_erasure(reference).await?),
        ActError::Store(error) => return Err(error),
    }
    Ok(false)
}

/// Signs the certificate of erasure and writes it in the place of all that there was.
async fn whole(app: &App, rule: &Kept, case: &Case, told: Timestamp) -> Result<bool, ActError> {
    if !app.log.certifies() {
        tracing::warn!("nothing is erased while the manifest does not let the key of certificates sign");
        return Ok(false);
    }
    let journal = app.store.journal(case.reference).await?;
    let mut files: Vec<FileId> = case.files.clone();
    files.extend(act::files_in(journal.iter().flat_map(|entry| &entry.events)));
    files.sort_by_key(|file| file.key());
    files.dedup();
    let mails = journal.iter().flat_map(|entry| &entry.events).filter(|e| matches!(e, Event::Mailed { .. })).count();
    let keys = usize::from(app.store.log_key(case.reference).await?.is_some());
    let gone = [("entries", journal.len()), ("files", files.len()), ("mails", mails), ("keys", keys)];
    let reference = case.reference.to_string();
    let document = proof::Erasure {
        operator: app.config.desk.name.clone(),
        desk: app.config.desk.url.clone(),
        case: Hidden::new(&reference, masked(&reference), chance::bytes()),
        ended: case.stage.name().to_owned(),
        rule: Ground { basis: rule.basis.clone(), source: rule.source.clone(), days: rule.days },
        told_at: told,
        erased: gone
            .map(|(class, items)| Gone { class: class.into(), items: items.try_into().unwrap_or(u32::MAX) })
            .into(),
        left: left(app, case),
        journal_head: crate::work::certify::head(&case.chain),
        erased_at: app.now(),
    };
    let signed = proof::sign(document, &app.keys.signing()).map_err(|e| StoreError::Engine(e.to_string()))?;
    let file = String::from_utf8(signed.to_file()).map_err(|e| StoreError::Engine(e.to_string()))?;
    act::erase(app, case, file, files).await
}

/// The first group stays, so that whoever has the reference sees which it is.
fn masked(reference: &str) -> String {
    reference.chars().enumerate().map(|(n, c)| if n < 4 || c == '-' { c } else { '•' }).collect()
}

/// What stays of a case, and why.
fn left(app: &App, case: &Case) -> Vec<Stays> {
    let stays = |what: &str, why: String| Stays { what: what.to_owned(), why };
    let mut all = vec![
        stays("dates", "to answer for the erasure itself (GDPR Art. 5(2))".into()),
        stays("log-leaves", "the log only grows; without its key nobody can tell whose they are".into()),
        stays("looks", "who of the staff looked at it, by reference (GDPR Art. 32)".into()),
    ];
    if case.account.is_some() {
        let rule = app.policy.keeping.of(Class::Account);
        let why = rule.map_or("no rule says until when".into(), |rule| format!("{}: {}", rule.source, rule.basis));
        all.push(stays("account", why));
    }
    all
}

/// Erases accounts whose time has come; answers how many.
pub async fn erase_accounts(app: &App, rule: &Kept, most: u64) -> Result<u64, StoreError> {
    let asked = app.now().saturating_sub(days(rule.notice)).unwrap_or(Timestamp::MIN);
    let mut erased = 0;
    while erased < most {
        let parted = app.store.parted(still_since(app, rule), asked, STRETCH).await?;
        let before = erased;
        for parting in parted {
            crate::log::admit(app).await?;
            let cards = app.store.cards_of(parting.account).await?;
            erased += u64::from(app.store.erase_account(parting.account, &cards).await?);
        }
        if erased == before {
            break;
        }
    }
    Ok(erased)
}

/// Accounts of whom nothing is left to keep.
pub async fn accounts_due(app: &App, rule: &Kept) -> Result<u64, StoreError> {
    let asked = app.now().saturating_sub(days(rule.notice)).unwrap_or(Timestamp::MIN);
    Ok(app.store.parted(still_since(app, rule), asked, 10_000).await?.len() as u64)
}

/// The certificate of erasure of a case that has been erased.
pub async fn certificate(app: &App, case: &Case) -> Result<Option<String>, StoreError> {
    if case.erasure.done().is_none() {
        return Ok(None);
    }
    let last = app.store.entries(case.reference, case.version.saturating_sub(1), 1).await?;
    let file = |event: &Event| if let Event::Erased { file, .. } = event { Some(file.clone()) } else { None };
    Ok(last.iter().flat_map(|entry| &entry.events).find_map(file))
}

#[cfg(test)]
pub(crate) mod tests;
