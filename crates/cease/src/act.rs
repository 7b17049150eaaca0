//! The one door. Everything that changes a case (a person, an agent, a timer, a worker's report)
//! comes through [`act`]: load, decide, commit; a lost race is decided again from a fresh load.

use case::event::{Entry, chain};
use case::identify::Identifier;
use case::{Actor, Case, CaseRef, Command, Decision, EffectId, Outcome, Owed, Record, Refusal, World, decide};
use jiff::SignedDuration;
use store::{Commit, StoreError};

use crate::app::App;
use crate::chance;

/// Times a lost race is tried again.
const TRIES: u32 = 8;

#[derive(Debug, thiserror::Error)]
pub enum ActError {
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    #[error("no such case")]
    NoSuchCase,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Acts on an existing case and answers the row it led to.
pub async fn act(app: &App, reference: CaseRef, actor: &Actor, command: &Command) -> Result<Case, ActError> {
    for _ in 0..TRIES {
        let case = app.store.case(reference).await?.ok_or(ActError::NoSuchCase)?;
        match once(app, Some(&case), actor, command, Beside::default()).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done.map(|(case, _)| case),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Acts on a case as it was read: where it has moved on since, [`StoreError::Conflict`] rather than a
/// decision about something else than was seen.
pub async fn act_on(app: &App, case: &Case, actor: &Actor, command: &Command) -> Result<Case, ActError> {
    once(app, Some(case), actor, command, Beside::default()).await.map(|(case, _)| case)
}

/// Reports what came of an effect. Answers the row it led to and, where that owes something to be done
/// at once, the first of it: the reporter does it next, and for `hold` nobody else may claim it.
///
/// `known` is the row as it was read before, and saves reading it again. Only what was committed on
/// it counts: where it was too old for that, the report is decided afresh.
pub async fn report(
    app: &App,
    id: EffectId,
    outcome: Outcome,
    known: Option<Case>,
    hold: SignedDuration,
) -> Result<(Case, Option<Owed>), ActError> {
    let command = Command::Report { n: id.n, outcome };
    let beside = Beside { token: None, hold: Some(hold) };
    if let Some(known) = known {
        match once(app, Some(&known), &Actor::Network, &command, beside).await {
            Ok((case, next)) if case.version > known.version => return Ok((case, next)),
            Ok(_) | Err(ActError::Refused(_) | ActError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
    }
    for _ in 0..TRIES {
        let case = app.store.case(id.case).await?.ok_or(ActError::NoSuchCase)?;
        match once(app, Some(&case), &Actor::Network, &command, beside).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done,
        }
    }
    Err(StoreError::Conflict.into())
}

/// Declares. The same `token` (one form, however often it is sent) gives the same case.
pub async fn declare(
    app: &App,
    actor: &Actor,
    declaration: case::Declaration,
    flags: Vec<case::Flag>,
    token: Option<&str>,
) -> Result<Case, ActError> {
    for _ in 0..TRIES {
        if let Some(token) = token
            && let Some(reference) = app.store.declared_with(token).await?
        {
            return app.store.case(reference).await?.ok_or(ActError::NoSuchCase);
        }
        let command = Command::Declare {
            reference: CaseRef::from_bits(chance::bits()),
            declaration: Box::new(declaration.clone()),
            flags: flags.clone(),
        };
        match once(app, None, actor, &command, Beside { token, hold: None }).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done.map(|(case, _)| case),
        }
    }
    Err(StoreError::Conflict.into())
}

/// What goes with a change beside its command.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    token: Option<&'a str>,
    /// Whoever acts performs the first effect that is owed at once, within this time.
    hold: Option<SignedDuration>,
}

async fn once(
    app: &App,
    case: Option<&Case>,
    actor: &Actor,
    command: &Command,
    beside: Beside<'_>,
) -> Result<(Case, Option<Owed>), ActError> {
    let now = app.now();
    let record = match number_in(command) {
        Some((number, person)) => record(app, number, person).await?,
        None => None,
    };
    let duplicate = match (&record, case) {
        (Some(record), None) => app.store.open_case_of(record.card.id).await?.is_some(),
        (Some(_), Some(_)) | (None, _) => false,
    };
    let world = World { now, policy: &app.policy, record: record.as_ref(), duplicate };
    let decision = decide(case, actor, command, &world)?;
    if decision.events.is_empty() {
        // Woken for nothing: the deadline was set under other rules, and would come round for ever.
        if matches!(command, Command::Wake) {
            let due = case::deadline::next(&decision.case, &app.policy);
            app.store.set_due(decision.case.reference, decision.case.version, due).await?;
        }
        return Ok((decision.case, None));
    }
    let commit = commit_of(app, case, actor, command, beside, now, decision)?;
    let held = commit.held.and_then(|(n, _)| commit.effects.iter().find(|owed| owed.n == n).cloned());
    let left = commit.effects.len() > usize::from(held.is_some());
    let row = commit.case.clone();
    app.store.commit(commit).await?;
    app.live.moved(row.reference);
    if left {
        app.owed.notify_one();
    }
    Ok((row, held))
}

fn commit_of(
    app: &App,
    before: Option<&Case>,
    actor: &Actor,
    command: &Command,
    beside: Beside<'_>,
    now: case::Timestamp,
    decision: Decision,
) -> Result<Commit, ActError> {
    let Decision { mut case, events, effects } = decision;
    let expected = before.map_or(0, |c| c.version);
    let json = serde_json::to_string(&events).map_err(|e| StoreError::Engine(e.to_string()))?;
    case.version = expected + 1;
    case.chain = chain(&case.chain, now, actor, command.name(), case.version, &json);
    let entry = Entry {
        case: case.reference,
        version: case.version,
        at: now,
        actor: actor.clone(),
        command: command.name().to_owned(),
        events,
        chain: case.chain.clone(),
    };
    let due = case::deadline::next(&case, &app.policy);
    let settles = if let Command::Report { n, .. } = command { Some(*n) } else { None };
    let held = beside.hold.and_then(|hold| {
        let next = effects.iter().find(|owed| owed.not_before <= now)?;
        Some((next.n, now.checked_add(hold).ok()?))
    });
    let token = beside.token.map(str::to_owned);
    Ok(Commit { case, expected, entry, effects, settles, held, token, due })
}

fn number_in(command: &Command) -> Option<(&Identifier, &case::Person)> {
    if let Command::Declare { declaration, .. } = command {
        Some((&declaration.number, &declaration.person))
    } else if let Command::Correct { number, person, .. } = command {
        Some((number, person))
    } else {
        None
    }
}

/// What the records say of a number: the one card that answers to it, with its holder. A number
/// that several cards share (part of an ICCID) needs a second fact, a contact or the name, to be one.
pub async fn record(app: &App, number: &Identifier, person: &case::Person) -> Result<Option<Record>, StoreError> {
    let mut records = Vec::new();
    for card in app.store.find_cards(number).await? {
        if let Some(account) = app.store.account(card.account).await? {
            records.push(Record { card, person: account.person });
        }
    }
    if number.kind() == "partial-iccid" {
        records.retain(|r| knows_one(&case::matching::compare(person, &r.person, app.policy.identify.default_region)));
    }
    // A number may have had other activations; the one in service is meant.
    if records.len() > 1 && records.iter().any(|r| r.card.state != case::CardState::Ceased) {
        records.retain(|r| r.card.state != case::CardState::Ceased);
    }
    Ok(if records.len() == 1 { records.pop() } else { None })
}

fn knows_one(report: &case::matching::Report) -> bool {
    use case::matching::Verdict;
    report.iter().any(|(field, verdict)| {
        field != case::Field::Address && matches!(verdict, Verdict::Exact | Verdict::Equivalent)
    })
}
