//! What the desk has put off: messages that their writer could still take back, and snoozed cases.
//!
//! A message goes through the one door like everything else, once, though its worker may die at any
//! point. Before it is tried on version `v` of its case, that is written beside it; so whoever takes it
//! up again knows that it went if, and only if, it is the journal's entry `v + 1`.

use case::{Actor, CaseRef, Command, Event, Role};
use jiff::SignedDuration;
use store::{Pending, Snooze, StoreError, Writing};

use crate::act::{ActError, act_on};
use crate::app::{App, Shared};
use crate::web::desk::macros;

/// How long a message that was sent can be taken back.
pub const UNDO: SignedDuration = SignedDuration::from_secs(10);
/// How long a message belongs to the worker that has taken it up.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Messages, or snoozes, looked at in one round.
const MANY: u32 = 64;
/// Times a lost race is tried again.
const TRIES: u32 = 8;

/// Sends what is due and ends the snoozes that are over. Answers how many messages there were.
pub async fn look(app: &Shared) -> Result<usize, StoreError> {
    let due = app.store.due_pending(app.now(), LEASE, MANY).await?;
    let many = due.len();
    for pending in due {
        if let Err(error) = send(app, &pending).await {
            tracing::error!(case.r#ref = %pending.case, %error, "a message could not be sent; its lease will end");
        }
    }
    for snooze in app.store.due_snoozes(app.now(), MANY).await? {
        wake(app, &snooze).await?;
    }
    Ok(many)
}

pub async fn send(app: &App, pending: &Pending) -> Result<(), StoreError> {
    let account = app.store.account(pending.staff).await?.filter(|account| !account.disabled);
    let role = match account.and_then(|account| account.role) {
        Some(role @ (Role::Agent | Role::Approver)) => role,
        Some(Role::Admin) | None => return give_back(app, pending, "its writer works here no longer").await,
    };
    let actor = Actor::Agent { staff: pending.staff, role };
    let mut tried = pending.tried;
    for _ in 0..TRIES {
        let Some(case) = app.store.case(pending.case).await? else {
            return give_back(app, pending, "there is no such case").await;
        };
        if let Some(version) = tried
            && case.version > version
            && went(app, pending, version + 1).await?
        {
            return app.store.end_pending(pending.id).await;
        }
        if !app.store.try_pending(pending.id, case.version).await? {
            // Taken back, or sent by another worker.
            return Ok(());
        }
        tried = Some(case.version);
        let text = macros::filled(app, pending.staff, &case, pending.kind, &pending.text).await?;
        let command = command(&Pending { text, ..pending.clone() });
        match act_on(app, &case, &actor, &command).await {
            Ok(_) => return app.store.end_pending(pending.id).await,
            // Somebody was quicker: look whether it was this very message.
            Err(ActError::Store(StoreError::Conflict)) => {}
            Err(ActError::Store(error)) => return Err(error),
            Err(why @ (ActError::Refused(_) | ActError::NoSuchCase)) => {
                return give_back(app, pending, &why.to_string()).await;
            }
        }
    }
    Ok(())
}

pub fn command(pending: &Pending) -> Command {
    let (text, channel) = (pending.text.clone(), pending.channel);
    match pending.kind {
        Writing::Reply => Command::Say { text, channel, files: Vec::new() },
        Writing::Note => Command::Note { text, channel },
    }
}

/// Whether the journal's entry of this version is the message.
async fn went(app: &App, pending: &Pending, version: u64) -> Result<bool, StoreError> {
    let open = macros::has_variables(&pending.text);
    let said = |event: &Event| {
        matches!(event, Event::Said { text, note, .. }
            if (open || *text == pending.text) && *note == (pending.kind == Writing::Note))
    };
    let by = |actor: &Actor| matches!(actor, Actor::Agent { staff, .. } if *staff == pending.staff);
    let journal = app.store.journal(pending.case).await?;
    Ok(journal.iter().any(|entry| entry.version == version && by(&entry.actor) && entry.events.iter().any(said)))
}

/// What cannot be sent is kept where its writer finds it.
async fn give_back(app: &App, pending: &Pending, why: &str) -> Result<(), StoreError> {
    tracing::warn!(case.r#ref = %pending.case, why, "a message was turned back into a draft");
    app.store.give_back(pending.id, app.now()).await.map(drop)
}

async fn wake(app: &App, snooze: &Snooze) -> Result<(), StoreError> {
    let come = snooze.until.is_some_and(|until| until <= app.now());
    let (holder, seen) =
        if snooze.until_reply { acted_since(app, snooze.case, snooze.seen).await? } else { (false, 0) };
    if come || holder {
        app.store.end_snooze(snooze.case, snooze.at).await.map(drop)
    } else {
        app.store.see_snooze(snooze.case, snooze.at, seen).await
    }
}

/// Whether the holder has done anything after this version, and the newest version.
async fn acted_since(app: &App, case: CaseRef, version: u64) -> Result<(bool, u64), StoreError> {
    let journal = app.store.journal(case).await?;
    let newest = journal.last().map_or(version, |entry| entry.version);
    let by_holder = |actor: &Actor| matches!(actor, Actor::Holder { .. });
    Ok((journal.iter().any(|entry| entry.version > version && by_holder(&entry.actor)), newest))
}

#[cfg(test)]
mod tests;
