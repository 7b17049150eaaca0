//! The one door. Everything that changes a case (a person, an agent, a timer, a worker's report)
//! comes through [`act`]: load, decide, commit; a lost race is decided again from a fresh load.

mod erase;

use case::event::{Entry, chain};
use case::identify::Identifier;
use case::{
    Actor, CardRecord, CardState, Case, CaseRef, Command, Decision, Effect, EffectId, Event, FileId, Outcome, Owed,
    Policy, Record, Refusal, Seen, Stage, Subscription, World, decide,
};
use jiff::SignedDuration;
use store::{Beside, Commit, Landed, StoreError};

use crate::app::App;
use crate::files::kept;
use crate::work::LEASE;
use crate::work::hands::Reserved;
use crate::{chance, guard};
pub use erase::erase;

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
        match once(app, Some(&case), actor, command, Along::default()).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done.map(|done| done.case),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Acts on a case as it was read: where it has moved on since, [`StoreError::Conflict`] rather than a
/// decision about something else than was seen.
pub async fn act_on(app: &App, case: &Case, actor: &Actor, command: &Command) -> Result<Case, ActError> {
    once(app, Some(case), actor, command, Along::default()).await.map(|done| done.case)
}

/// Records decided on together.
const ARRIVALS: u32 = 1_000;

/// Decides on what has come in about a case's card. The records leave with the commit: whoever decides on them at
/// the same time finds that the case has moved on, and on the next look that they are gone.
pub async fn observe(app: &App, reference: CaseRef) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        // The case before its records: what is committed in between is a conflict.
        let case = app.store.case(reference).await?;
        let (arrivals, signs): (Vec<i64>, Vec<_>) = app.store.arrivals(reference, ARRIVALS).await?.into_iter().unzip();
        if arrivals.is_empty() {
            return Ok(());
        }
        let command = Command::Observe { signs };
        let beside = Beside { arrivals: arrivals.clone(), ..Beside::default() };
        let along = Along { beside, ..Along::default() };
        let before = case.as_ref().map(|case| case.version);
        match once(app, case.as_ref(), &Actor::Network, &command, along).await {
            Ok(done) if Some(done.case.version) != before => {}
            // Nothing has happened: they came too early, too late, or are of no case.
            Ok(_) | Err(ActError::Refused(_) | ActError::NoSuchCase) => app.store.end_arrivals(arrivals).await?,
            Err(ActError::Store(StoreError::Conflict)) => {}
            Err(ActError::Store(error)) => return Err(error),
        }
    }
    Ok(())
}

/// What a report led to.
pub struct Reported {
    pub case: Case,
    /// The first that it owes at once: the reporter does it next, and for as long as a claim is held
    /// nobody else may.
    pub next: Option<Owed>,
}

/// Performs on the spot what is owed to nobody outside (a signature), so that it need not be owed first.
pub trait AtOnce: Sync {
    fn perform(&self, case: &Case, owed: &Owed) -> impl Future<Output = Option<Outcome>> + Send;
}

/// Reports what came of an effect.
///
/// `known` is the row as it was read before, and saves reading it again. Only what was committed on
/// it counts: where it was too old for that, the report is decided afresh. What the report makes owed
/// and `at_once` can do is done and reported with it, in the same commit.
pub async fn report(
    app: &App,
    id: EffectId,
    outcome: Outcome,
    known: Option<Case>,
    hold: SignedDuration,
    at_once: &impl AtOnce,
) -> Result<Reported, ActError> {
    let command = Command::Report { n: id.n, outcome };
    let along = Along { hold: Some(hold), ..Along::default() };
    let attempt = async |case: Case| {
        let now = app.now();
        let decision = decide(Some(&case), &Actor::Network, &command, &world(app.policy.of(&case), now, None))?;
        if decision.events.is_empty() {
            return Ok(Reported { case: decision.case, next: None });
        }
        let mut commit = commit_of(app, Some(&case), &Actor::Network, &command, &along, now, decision)?;
        go_on(app, &mut commit, at_once).await?;
        let done = write(app, Some(&case), commit, None).await?;
        Ok(Reported { case: done.case, next: done.held })
    };
    if let Some(known) = known {
        let version = known.version;
        match attempt(known).await {
            Ok(done) if done.case.version > version => return Ok(done),
            Ok(_) | Err(ActError::Refused(_) | ActError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
    }
    for _ in 0..TRIES {
        let case = app.store.case(id.case).await?.ok_or(ActError::NoSuchCase)?;
        match attempt(case).await {
            Err(ActError::Store(StoreError::Conflict)) => continue,
            done => return done,
        }
    }
    Err(StoreError::Conflict.into())
}

/// Does what the commit makes owed, is held by whoever commits, and can be done at once; and adds what
/// came of it, decided on the row that the commit leads to.
async fn go_on(app: &App, commit: &mut Commit, at_once: &impl AtOnce) -> Result<(), ActError> {
    let Some((n, until)) = commit.held else { return Ok(()) };
    let Some(at) = commit.effects.iter().position(|owed| owed.n == n) else { return Ok(()) };
    let Some(outcome) = at_once.perform(&commit.case, &commit.effects[at]).await else { return Ok(()) };
    let now = app.now();
    let command = Command::Report { n, outcome };
    // What cannot be added is left owed, and takes nothing of the report with it.
    let Ok(decision) =
        decide(Some(&commit.case), &Actor::Network, &command, &world(app.policy.of(&commit.case), now, None))
    else {
        return Ok(());
    };
    let along = Along { hold: Some(until.duration_since(now)), ..Along::default() };
    let more = commit_of(app, Some(&commit.case), &Actor::Network, &command, &along, now, decision)?;
    commit.effects.remove(at);
    commit.effects.extend(more.effects);
    commit.entries.extend(more.entries);
    (commit.case, commit.held, commit.due) = (more.case, more.held, more.due);
    Ok(())
}

/// Declares. The same `token` (one form, however often it is sent) gives the same case.
pub async fn declare(
    app: &App,
    actor: &Actor,
    declaration: case::Declaration,
    flags: Vec<case::Flag>,
    token: Option<&str>,
) -> Result<Case, ActError> {
    if let Some(token) = token
        && let Some(case) = declared_with(app, token).await?
    {
        return Ok(case);
    }
    let record = record(app, &declaration.number, &declaration.person).await?;
    declare_known(app, actor, declaration, flags, token, record, |_| Beside::default()).await.map(|(case, _)| case)
}

/// What was noticed of a declaration on its way in; none of it stops it.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    pub flags: Vec<case::Flag>,
    pub facts: Vec<Seen>,
}

impl From<Vec<case::Flag>> for Noticed {
    fn from(flags: Vec<case::Flag>) -> Self {
        Self { flags, facts: Vec::new() }
    }
}

/// Declares for a card whose record has just been read, and writes `beside` the case what else belongs to it.
pub async fn declare_known(
    app: &App,
    actor: &Actor,
    declaration: case::Declaration,
    noticed: impl Into<Noticed>,
    token: Option<&str>,
    record: Option<Record>,
    beside: impl Fn(CaseRef) -> Beside,
) -> Result<(Case, Landed), ActError> {
    let declaration = Box::new(declaration);
    let Noticed { flags, facts } = noticed.into();
    for _ in 0..TRIES {
        let reference = CaseRef::from_bits(chance::bits());
        let command = Command::Declare { reference, declaration: declaration.clone(), flags: flags.clone() };
        let along =
            Along { token, beside: beside(reference), record: Some(record.as_ref()), facts: &facts, hold: None };
        match once(app, None, actor, &command, along).await {
            Err(ActError::Store(StoreError::Conflict)) => {}
            done => return done.map(|done| (done.case, done.landed)),
        }
        // The reference is taken, or the form was sent before.
        if let Some(token) = token
            && let Some(case) = declared_with(app, token).await?
        {
            return Ok((case, Landed::default()));
        }
    }
    Err(StoreError::Conflict.into())
}

async fn declared_with(app: &App, token: &str) -> Result<Option<Case>, ActError> {
    match app.store.declared_with(token).await? {
        Some(reference) => app.store.case(reference).await?.ok_or(ActError::NoSuchCase).map(Some),
        None => Ok(None),
    }
}

/// What goes with a change beside its command.
#[derive(Default)]
pub(crate) struct Along<'a> {
    token: Option<&'a str>,
    /// Whoever acts performs the first effect that is owed at once, within this time.
    hold: Option<SignedDuration>,
    /// What the records say of the number in the command, where that has been read.
    record: Option<Option<&'a Record>>,
    /// What was noticed of who asks, and from where.
    facts: &'a [Seen],
    beside: Beside,
}

/// A change that is on disk.
struct Done {
    case: Case,
    held: Option<Owed>,
    landed: Landed,
}

async fn once(
    app: &App,
    case: Option<&Case>,
    actor: &Actor,
    command: &Command,
    mut along: Along<'_>,
) -> Result<Done, ActError> {
    let now = app.now();
    let read = match (along.record, number_in(command).or(number_of(case, command))) {
        (None, Some((number, person))) => record(app, number, person).await?,
        (Some(_), _) | (None, None) => None,
    };
    let stands = match case.filter(|_| command.wants_card()) {
        Some(case) => stands(app, case).await?,
        None => Stands::default(),
    };
    let record = along.record.unwrap_or(read.as_ref()).or(stands.own.as_ref());
    let duplicate = async {
        if stands.own.is_some() {
            return Ok(stands.rival.is_some());
        }
        let Some(record) = record.filter(|_| matches!(command, Command::Declare { .. } | Command::Correct { .. }))
        else {
            return Ok(false);
        };
        let (card, of) = (&record.card, case.map(|case| case.reference));
        // That it has ended already is known, and said by a flag of its own.
        let rival = match card.state {
            CardState::Ceased => app.store.open_case_of(card.id).await?,
            CardState::Active | CardState::Barred => app.store.rival_of(&card.subscription(), of).await?,
        };
        Ok(rival.is_some_and(|rival| Some(rival) != of))
    };
    let known = async {
        match command.wants_known() {
            true => guard::known(app, case, record, actor, command, along.facts).await.map(Some),
            false => Ok(None),
        }
    };
    let (duplicate, known) = match case {
        None => tokio::try_join!(duplicate, known).map_err(ActError::Store)?,
        // What stops a case is read last: a lock on the account that it is led to finds it there only afterwards.
        Some(_) => (duplicate.await.map_err(ActError::Store)?, known.await.map_err(ActError::Store)?),
    };
    let mut world = World { duplicate, known: known.as_ref(), ..world(app.policy.by(case, command, now), now, record) };
    if let (Command::Complain { .. } | Command::Deadlock { .. }, Some(case)) = (command, case) {
        world.policy = app.policy.of_complaint(case, now);
    }
    let mut decision = decide(case, actor, command, &world)?;
    decision.events.extend(kept::named(app, &decision.events).await?);
    if decision.events.is_empty() {
        // Woken for nothing: the deadline was set under other rules, and would come round for ever.
        if matches!(command, Command::Wake) {
            let due = case::deadline::next(&decision.case, app.policy.of(&decision.case));
            app.store.set_due(decision.case.reference, decision.case.version, due).await?;
        }
        return Ok(Done { case: decision.case, held: None, landed: Landed::default() });
    }
    // A letter has time: reported this soon, it would be in the way of whoever acts on the case next.
    let at_once = decision.effects.iter().any(|owed| owed.not_before <= now && !is_letter(owed));
    let reserved = if at_once { app.hands.reserve() } else { None };
    along.hold = reserved.as_ref().map(|_| LEASE);
    let mut commit = commit_of(app, case, actor, command, &along, now, decision)?;
    commit.beside = Beside { files: commit.beside.files, ..along.beside };
    write(app, case, commit, reserved).await
}

/// What is so now. The rules are the case's own: those of the day from which it counts. (A complaint begins later, and
/// has those of its own day.)
fn world<'a>(policy: &'a Policy, now: case::Timestamp, record: Option<&'a Record>) -> World<'a> {
    World { now, policy, record, duplicate: false, known: None }
}

/// What the commit holds is given to the hand that is `reserved` for it.
async fn write(app: &App, before: Option<&Case>, commit: Commit, reserved: Option<Reserved>) -> Result<Done, ActError> {
    crate::log::admit(app).await?;
    if let Some(before) = before.filter(|_| ends(&commit)) {
        crate::log::admit_end(app, before).await?;
    }
    let held = commit.held.and_then(|(n, _)| commit.effects.iter().find(|owed| owed.n == n).cloned());
    let left = commit.effects.len() > usize::from(held.is_some());
    let case = commit.case.clone();
    let landed = match (reserved, held.clone()) {
        (Some(reserved), Some(owed)) => {
            // Whoever asked may go away meanwhile (a browser that is closed): what is held is given all the same.
            let (store, case) = (app.store.clone(), case.clone());
            let committed = tokio::spawn(async move {
                let landed = store.commit(commit).await?;
                reserved.give(owed, case);
                Ok::<_, StoreError>(landed)
            });
            committed.await.map_err(|gone| StoreError::Engine(gone.to_string()))??
        }
        (_, _) => app.store.commit(commit).await?,
    };
    app.gauge.hint(before, &case);
    app.live.moved(case.reference);
    if left {
        app.owed.notify_one();
    }
    Ok(Done { case, held, landed })
}

/// Whether a card may end by this, now or later: a signature is carried on, or nobody need sign any more. What a step
/// carries over from the row is in the journal from then on.
fn ends(commit: &Commit) -> bool {
    let signs = |event: &Event| {
        let goes = matches!(event, Event::Moved { to: Stage::Scheduled { .. } | Stage::Ceasing { .. } });
        let signed = matches!(event, Event::Moved { to: Stage::Review { signatures, .. } } if !signatures.is_empty());
        goes || signed || matches!(event, Event::HoldSigned { .. } | Event::HoldLifted { .. })
    };
    commit.effects.iter().any(|owed| matches!(owed.effect, Effect::Cease { .. }))
        || commit.entries.iter().flat_map(|entry| &entry.events).any(signs)
}

/// What a decision writes. Also how the demonstration makes up its history, in a time of its own.
pub(crate) fn commit_of(
    app: &App,
    before: Option<&Case>,
    actor: &Actor,
    command: &Command,
    along: &Along<'_>,
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
    let due = case::deadline::next(&case, app.policy.of(&case));
    let settles = if let Command::Report { n, .. } = command { Some(*n) } else { None };
    let held = along.hold.and_then(|hold| {
        let next = effects.iter().filter(|owed| owed.not_before <= now).min_by_key(|owed| is_letter(owed))?;
        Some((next.n, now.checked_add(hold).ok()?))
    });
    let token = along.token.map(str::to_owned);
    let beside = Beside { files: files_in(&entry.events).collect(), ..Beside::default() };
    Ok(Commit { case, expected, entries: vec![entry], effects, settles, held, token, due, beside })
}

fn is_letter(owed: &Owed) -> bool {
    matches!(owed.effect, Effect::Notify { .. } | Effect::Escalate)
}

/// The files that a case names by these.
pub(crate) fn files_in<'a>(events: impl IntoIterator<Item = &'a Event>) -> impl Iterator<Item = FileId> {
    let of = |event: &Event| {
        if let Event::Declared { declaration, .. } = event {
            declaration.files.clone()
        } else if let Event::Filed { file, .. } = event {
            vec![*file]
        } else if let Event::Return { step } = event {
            step.files()
        } else {
            Vec::new()
        }
    };
    events.into_iter().flat_map(of)
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

/// Of a command that is about the card of its case.
fn number_of<'a>(case: Option<&'a Case>, command: &Command) -> Option<(&'a Identifier, &'a case::Person)> {
    let case = case.filter(|_| matches!(command, Command::Requote))?;
    Some((&case.number, &case.person))
}

/// How the card of a case stands, for commands that [want it](Command::wants_card).
#[derive(Default)]
pub struct Stands {
    /// Its record.
    pub own: Option<Record>,
    /// Another case that is about it: open, or the one by which it has just ended.
    pub rival: Option<CaseRef>,
}

pub async fn stands(app: &App, case: &Case) -> Result<Stands, StoreError> {
    let Some(subscription) = &case.subscription else { return Ok(Stands::default()) };
    let rival = app.store.rival_of(subscription, Some(case.reference));
    let (own, rival) = tokio::try_join!(own(app, subscription), rival)?;
    Ok(Stands { rival: rival.filter(|_| own.is_some()), own })
}

/// The card that a case is about, as it stands; ended where it has been activated anew.
async fn own(app: &App, subscription: &Subscription) -> Result<Option<Record>, StoreError> {
    let Some(card) = app.store.card(subscription.card).await? else { return Ok(None) };
    let state = if card.generation == subscription.generation { card.state } else { CardState::Ceased };
    let card = CardRecord { state, generation: subscription.generation, ..card };
    Ok(Some(Record { card, person: case::Person::default() }))
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
