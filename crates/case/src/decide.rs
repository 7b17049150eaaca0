//! The one decision: what a command by an actor does to a case, given the present, the policy and
//! what the records say. Pure and total; the result is events (what happened), effects (what the
//! world now owes) and the row they lead to, to be committed together or not at all.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::actor::{Actor, Role};
use crate::card::{CardState, Record};
use crate::case::{Case, RefusedFor, Signature, Stage, Step};
use crate::command::Command;
use crate::declaration::{Declaration, STATEMENT_MAX};
use crate::effect::{Effect, Letter, Outcome, Owed};
use crate::event::Event;
use crate::evolve::{evolve, open};
use crate::id::CaseRef;
use crate::identify::{Check, Identifier};
use crate::matching::{self, Report};
use crate::need::{Cause, Flag, Need};
use crate::quote::quote;
use crate::refusal::Refusal;
use crate::rules::{OnDifference, Policy};

/// Everything a decision may know besides the case itself.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    pub now: Timestamp,
    pub policy: &'a Policy,
    /// What the records say of the number given; asked for by [`Command::wants_record`].
    pub record: Option<&'a Record>,
    /// Another open case for the same card.
    pub duplicate: bool,
}

/// What a command leads to.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The row after `events`; its version and chain are set when it is committed.
    pub case: Case,
    pub events: Vec<Event>,
    pub effects: Vec<Owed>,
}

/// Decides. `case` is none only for [`Command::Declare`].
pub fn decide(case: Option<&Case>, actor: &Actor, command: &Command, world: &World<'_>) -> Result<Decision, Refusal> {
    may(actor, command)?;
    let mut d = match (case, command) {
        (None, Command::Declare { reference, declaration, flags }) => {
            return Ok(declare(*reference, declaration, flags, actor, world));
        }
        (Some(_), Command::Declare { .. }) => return Err(Refusal::Taken),
        (None, _) => return Err(Refusal::WrongStage { stage: "none".into() }),
        (Some(case), _) => Deciding { case: case.clone(), events: Vec::new(), effects: Vec::new(), world: *world },
    };
    match command {
        Command::Declare { .. } => {}
        Command::Prove => d.prove(actor)?,
        Command::Correct { number, check, person } => d.correct(actor, number, *check, person)?,
        Command::Agree { consent, backup } => d.agree(*consent, *backup)?,
        Command::AddFile { file, name } => d.add_file(*file, name),
        Command::Say { text } => d.say(actor, text)?,
        Command::Note { text } => d.note(text)?,
        Command::WantPerson => d.want_person()?,
        Command::Ask { needs, text } => d.ask(needs, text)?,
        Command::ReceiveCard => d.receive_card()?,
        Command::TakeUp => d.take_up()?,
        Command::Approve { evidence } => d.approve(actor, evidence)?,
        Command::Refuse { reason, way_out } => d.refuse(reason, way_out)?,
        Command::Withdraw => d.withdraw()?,
        Command::Contest => d.contest()?,
        Command::Resume { reason } => d.resume(reason)?,
        Command::Wake => d.wake(),
        Command::Report { n, outcome } => d.report(*n, outcome)?,
    }
    Ok(d.done())
}

/// Which actor may give which command at all. Stages and signatures are checked where they matter.
fn may(actor: &Actor, command: &Command) -> Result<(), Refusal> {
    let staff = matches!(actor, Actor::Agent { role: Role::Agent | Role::Approver, .. });
    let holder = matches!(actor, Actor::Holder { .. });
    let yes = match command {
        Command::Declare { .. } => staff || holder || matches!(actor, Actor::Api { .. }),
        Command::Prove | Command::WantPerson | Command::Agree { .. } => holder,
        Command::Correct { .. }
        | Command::AddFile { .. }
        | Command::Say { .. }
        | Command::Withdraw
        | Command::Contest => staff || holder,
        Command::Note { .. }
        | Command::Ask { .. }
        | Command::ReceiveCard
        | Command::TakeUp
        | Command::Approve { .. }
        | Command::Refuse { .. }
        | Command::Resume { .. } => staff,
        Command::Wake => matches!(actor, Actor::Clock),
        Command::Report { .. } => matches!(actor, Actor::Network),
    };
    if yes { Ok(()) } else { Err(Refusal::NotYours) }
}

/// A declaration is never refused: it is stored, answered with a receipt, and only then looked at.
fn declare(
    reference: CaseRef,
    declaration: &Declaration,
    flags: &[Flag],
    actor: &Actor,
    world: &World<'_>,
) -> Decision {
    let quote = quote(world.record.map(|r| &r.card), world.policy);
    let case = open(reference, Box::new(declaration.clone()), quote.clone(), world.now);
    let event = Event::Declared { declaration: Box::new(declaration.clone()), quote };
    let mut d = Deciding { case, events: vec![event], effects: Vec::new(), world: *world };
    for &flag in flags {
        d.flag(flag);
    }
    if declaration.check == Check::Failed {
        d.flag(Flag::CheckDigit);
    }
    if world.duplicate {
        d.flag(Flag::Duplicate);
    }
    d.attribute(actor);
    d.notify(Letter::Receipt);
    d.settle();
    d.done()
}

/// A decision in the making: every event is applied as it is emitted, so that what follows sees it.
struct Deciding<'a> {
    case: Case,
    events: Vec<Event>,
    effects: Vec<Owed>,
    world: World<'a>,
}

impl Deciding<'_> {
    fn done(self) -> Decision {
        Decision { case: self.case, events: self.events, effects: self.effects }
    }

    fn emit(&mut self, event: Event) {
        evolve(&mut self.case, &event);
        self.events.push(event);
    }

    fn flag(&mut self, flag: Flag) {
        if !self.case.flags.contains(&flag) {
            self.emit(Event::Flagged { flag });
        }
    }

    fn owe(&mut self, effect: Effect) {
        let n = self.case.effects;
        let letter = match &effect {
            Effect::Notify { letter } => Some(*letter),
            Effect::Bar { .. } | Effect::Unbar { .. } | Effect::Cease { .. } | Effect::Certify => None,
        };
        self.emit(Event::Owed { n, what: effect.kind().to_owned(), letter });
        self.effects.push(Owed { n, effect, not_before: self.world.now });
    }

    /// Owes a message, where there is anyone to write to.
    fn notify(&mut self, letter: Letter) {
        let given = self.case.person.email.is_some() || self.case.person.phone.is_some();
        if given || self.case.reachable {
            self.owe(Effect::Notify { letter });
        }
    }

    fn go(&mut self, to: Stage) {
        self.emit(Event::Moved { to });
    }

    fn wrong_stage(&self) -> Refusal {
        Refusal::WrongStage { stage: self.case.stage.name().to_owned() }
    }

    fn open_or_refuse(&self) -> Result<(), Refusal> {
        if self.case.stage.is_open() { Ok(()) } else { Err(self.wrong_stage()) }
    }

    /// Compares with the record and takes the actor's proof, if it proves this holder.
    fn attribute(&mut self, actor: &Actor) {
        let event = match self.world.record {
            Some(record) => Event::Attributed {
                subscription: Some(record.card.subscription()),
                account: Some(record.card.account),
                must_return: record.card.must_return,
                minimum_term_ends: record.card.minimum_term_ends,
                reachable: record.person.email.is_some() || record.person.phone.is_some(),
                report: matching::compare(&self.case.person, &record.person, self.world.policy.identify.default_region),
            },
            None => Event::Attributed {
                subscription: None,
                account: None,
                must_return: false,
                minimum_term_ends: None,
                reachable: false,
                report: Report::default(),
            },
        };
        self.emit(event);
        self.take_proof(actor);
        if self.world.record.is_some_and(|r| r.card.state == CardState::Ceased) {
            self.flag(Flag::AlreadyCeased);
            self.emit(Event::PersonWanted);
        }
    }

    fn take_proof(&mut self, actor: &Actor) -> bool {
        let Actor::Holder { assurance, .. } = actor else { return false };
        let proves = assurance.proves(self.case.account, self.world.now);
        if proves && !self.case.proven {
            self.emit(Event::Proven { assurance: *assurance });
        }
        proves
    }

    fn needs(&self) -> BTreeSet<Need> {
        let (case, policy) = (&self.case, self.world.policy);
        let mut needs = case.asked.clone();
        let lacking = [
            (Need::Card, case.must_return && !case.card_received),
            (Need::Match, case.subscription.is_none() && !case.person_wanted),
            (Need::Identity, !case.proven && !case.person_wanted),
            (Need::Consent, self.lacks_consent() && !case.person_wanted),
            (Need::Backup, !case.backup && policy.backup_required && !case.person_wanted),
        ];
        needs.extend(lacking.into_iter().filter(|(_, lacks)| *lacks).map(|(need, _)| need));
        needs
    }

    fn lacks_consent(&self) -> bool {
        !self.case.consent && self.case.quote.total.minor > 0
    }

    fn causes(&self) -> BTreeSet<Cause> {
        let case = &self.case;
        let mut causes: BTreeSet<Cause> = case.report.differing().map(Cause::Difference).collect();
        let because = [
            (Cause::Always, !self.world.policy.straight_through),
            (Cause::UnknownCard, case.subscription.is_none()),
            (Cause::NotProven, !case.proven),
            (Cause::Statement, case.declaration.statement.is_some() || !case.files.is_empty()),
            (Cause::HolderAsked, case.person_wanted),
            (Cause::Answered, case.answered),
            (Cause::Contested, case.contested),
        ];
        causes.extend(because.into_iter().filter(|(_, yes)| *yes).map(|(cause, _)| cause));
        causes
    }

    /// Where a case that nobody has decided belongs now: with its holder, with the desk, or on its way.
    fn settle(&mut self) {
        let since = match &self.case.stage {
            Stage::Received { since, .. } | Stage::Review { since, .. } => Some(*since),
            Stage::Refused { reason: RefusedFor::Difference, .. } => None,
            Stage::Refused { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return,
        };
        let needs = self.needs();
        let causes = self.causes();
        let refuse =
            self.world.policy.on_difference == OnDifference::Refuse && self.case.differs() && !self.case.person_wanted;
        if refuse {
            if since.is_some() {
                self.go(Stage::Refused { at: self.world.now, reason: RefusedFor::Difference, way_out: String::new() });
                self.notify(Letter::Refused);
            }
        } else if !needs.is_empty() {
            let was = matches!(self.case.stage, Stage::Received { .. });
            let since = since.filter(|_| was).unwrap_or(self.world.now);
            let to = Stage::Received { needs, since };
            if to != self.case.stage {
                self.go(to);
            }
        } else if causes.is_empty() {
            self.schedule(Vec::new());
        } else {
            self.review(causes);
        }
    }

    fn review(&mut self, causes: BTreeSet<Cause>) {
        let since = match &self.case.stage {
            Stage::Review { causes: now, .. } if *now == causes => return,
            Stage::Review { since, .. } => *since,
            Stage::Received { .. }
            | Stage::Refused { .. }
            | Stage::Contested { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Withdrawn { .. } => self.world.now,
        };
        self.go(Stage::Review { causes, since, signatures: Vec::new() });
    }

    fn schedule(&mut self, signatures: Vec<Signature>) {
        let times = self.world.policy.times(
            &self.case.declaration,
            self.case.times.received,
            self.case.minimum_term_ends,
            self.world.now,
        );
        let cease_at = times.network_cease.unwrap_or(self.world.now);
        self.emit(Event::Dated { times });
        if cease_at <= self.world.now {
            self.cease(signatures);
        } else {
            self.go(Stage::Scheduled { cease_at, signatures });
            self.notify(Letter::Scheduled);
        }
    }

    /// The reversible half first; the irreversible one after the contest window.
    fn cease(&mut self, signatures: Vec<Signature>) {
        let Some(subscription) = self.case.subscription.clone() else { return };
        if self.world.policy.contest_minutes == 0 {
            self.go(Stage::Ceasing { step: Step::Deleting, signatures });
            self.owe(Effect::Cease { subscription });
        } else {
            self.go(Stage::Ceasing { step: Step::Barring, signatures });
            self.owe(Effect::Bar { subscription });
        }
    }

    fn prove(&mut self, actor: &Actor) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        if !self.take_proof(actor) {
            return Err(Refusal::NotProven);
        }
        self.settle();
        Ok(())
    }

    fn correct(
        &mut self,
        actor: &Actor,
        number: &Identifier,
        check: Check,
        person: &matching::Person,
    ) -> Result<(), Refusal> {
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Refused { reason: RefusedFor::Difference, .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        self.emit(Event::Corrected { number: number.clone(), person: person.clone() });
        if check == Check::Failed {
            self.flag(Flag::CheckDigit);
        }
        self.attribute(actor);
        self.settle();
        Ok(())
    }

    fn agree(&mut self, consent: bool, backup: bool) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        self.emit(Event::Agreed { consent, backup });
        self.settle();
        Ok(())
    }

    fn add_file(&mut self, file: crate::id::FileId, name: &str) {
        self.emit(Event::Filed { file, name: name.to_owned() });
        self.settle();
    }

    fn say(&mut self, actor: &Actor, text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: false });
        if matches!(actor, Actor::Agent { .. }) {
            self.notify(Letter::Reply);
        }
        Ok(())
    }

    fn note(&mut self, text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        self.emit(Event::Said { text, note: true });
        Ok(())
    }

    fn want_person(&mut self) -> Result<(), Refusal> {
        let can_ask =
            matches!(self.case.stage, Stage::Received { .. } | Stage::Refused { reason: RefusedFor::Difference, .. });
        if !can_ask {
            return Err(self.wrong_stage());
        }
        self.emit(Event::PersonWanted);
        self.settle();
        Ok(())
    }

    fn ask(&mut self, needs: &[Need], text: &str) -> Result<(), Refusal> {
        let text = worded(text)?;
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => return Err(self.wrong_stage()),
        }
        if needs.is_empty() {
            return Err(Refusal::BadText);
        }
        // Only a document, a card or another number can be asked for: the rest is had or lacked already.
        let needs: Vec<Need> =
            needs.iter().copied().filter(|n| matches!(n, Need::Document | Need::Card | Need::Match)).collect();
        if needs.is_empty() {
            return Err(Refusal::BadText);
        }
        self.emit(Event::Asked { needs, text });
        self.settle();
        self.notify(Letter::Missing);
        Ok(())
    }

    fn receive_card(&mut self) -> Result<(), Refusal> {
        self.open_or_refuse()?;
        self.emit(Event::CardReceived);
        self.settle();
        Ok(())
    }

    fn take_up(&mut self) -> Result<(), Refusal> {
        let Stage::Received { .. } = self.case.stage else { return Err(self.wrong_stage()) };
        self.overtake();
        Ok(())
    }

    /// A person takes over a case whose holder has not given what it lacks.
    fn overtake(&mut self) {
        self.emit(Event::PersonWanted);
        let mut causes = self.causes();
        causes.remove(&Cause::HolderAsked);
        causes.insert(Cause::Unanswered);
        self.review(causes);
    }

    fn approve(&mut self, actor: &Actor, evidence: &str) -> Result<(), Refusal> {
        let Actor::Agent { staff, role } = actor else { return Err(Refusal::NotYours) };
        let Stage::Review { causes, since, signatures } = &self.case.stage else { return Err(self.wrong_stage()) };
        let evidence = worded(evidence)?;
        let card_owed = self.case.must_return && !self.case.card_received;
        if self.case.subscription.is_none() || self.lacks_consent() || card_owed {
            return Err(Refusal::StillLacking);
        }
        if self.case.flags.contains(&Flag::AlreadyCeased) {
            return Err(Refusal::AlreadyCeased);
        }
        if signatures.iter().any(|s| s.staff == *staff) {
            return Err(Refusal::SamePerson);
        }
        if !signatures.is_empty() && *role != Role::Approver {
            return Err(Refusal::NeedsApprover);
        }
        let (causes, since) = (causes.clone(), *since);
        let mut signatures = signatures.clone();
        signatures.push(Signature { staff: *staff, at: self.world.now, evidence });
        if signatures.len() >= self.world.policy.signatures(&self.case) {
            self.schedule(signatures);
        } else {
            self.go(Stage::Review { causes, since, signatures });
        }
        Ok(())
    }

    fn refuse(&mut self, reason: &str, way_out: &str) -> Result<(), Refusal> {
        let (reason, way_out) = (worded(reason)?, worded(way_out)?);
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Contested { .. } => {}
            Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => return Err(self.wrong_stage()),
        }
        self.go(Stage::Refused { at: self.world.now, reason: RefusedFor::Desk { text: reason }, way_out });
        self.notify(Letter::Refused);
        Ok(())
    }

    fn withdraw(&mut self) -> Result<(), Refusal> {
        let barred = self.reversible()?;
        self.go(Stage::Withdrawn { at: self.world.now });
        self.unbar_if(barred);
        self.notify(Letter::Withdrawn);
        Ok(())
    }

    fn contest(&mut self) -> Result<(), Refusal> {
        if matches!(self.case.stage, Stage::Contested { .. }) {
            return Err(self.wrong_stage());
        }
        let was_barred = self.reversible()?;
        self.go(Stage::Contested { at: self.world.now, was_barred });
        self.unbar_if(was_barred);
        self.notify(Letter::Contested);
        Ok(())
    }

    /// Whether the card is (or may be) barred, or a refusal where there is no way back.
    fn reversible(&self) -> Result<bool, Refusal> {
        match &self.case.stage {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Scheduled { .. } | Stage::Contested { .. } => {
                Ok(false)
            }
            Stage::Ceasing { step: Step::Barring | Step::Barred { .. }, .. } => Ok(true),
            Stage::Ceasing { step: Step::Deleting, .. } | Stage::Ceased { .. } => Err(Refusal::TooLate),
            Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => Err(self.wrong_stage()),
        }
    }

    fn unbar_if(&mut self, barred: bool) {
        if let (true, Some(subscription)) = (barred, self.case.subscription.clone()) {
            self.owe(Effect::Unbar { subscription });
        }
    }

    /// A contested case goes back to the desk; a stuck one is tried again.
    fn resume(&mut self, reason: &str) -> Result<(), Refusal> {
        let text = worded(reason)?;
        match self.case.stage.clone() {
            Stage::Contested { .. } => {
                self.emit(Event::Said { text, note: true });
                let causes = self.causes();
                self.review(causes);
                Ok(())
            }
            Stage::Ceasing { step, .. } if !self.owes_network() => {
                let Some(subscription) = self.case.subscription.clone() else { return Err(self.wrong_stage()) };
                self.emit(Event::Said { text, note: true });
                match step {
                    Step::Barring => self.owe(Effect::Bar { subscription }),
                    Step::Deleting => self.owe(Effect::Cease { subscription }),
                    Step::Barred { .. } => return Err(self.wrong_stage()),
                }
                Ok(())
            }
            Stage::Ceased { certificate: None, .. } if !self.case.owed.iter().any(|(_, what)| what == "certify") => {
                self.owe(Effect::Certify);
                Ok(())
            }
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => Err(self.wrong_stage()),
        }
    }

    fn owes_network(&self) -> bool {
        self.case.owed.iter().any(|(_, what)| matches!(what.as_str(), "bar" | "unbar" | "cease"))
    }

    /// Does what is due and nothing else: a wake-up too early or too late changes nothing.
    fn wake(&mut self) {
        let now = self.world.now;
        if crate::deadline::next(&self.case, self.world.policy).is_none_or(|due| due > now) {
            return;
        }
        match self.case.stage.clone() {
            Stage::Received { .. } if !self.case.reminded => {
                self.emit(Event::Reminded);
                self.notify(Letter::Reminder);
            }
            Stage::Received { .. } => self.overtake(),
            Stage::Review { .. } | Stage::Contested { .. } => {
                self.flag(Flag::Overdue);
                self.notify(Letter::Delayed);
            }
            Stage::Scheduled { signatures, .. } => self.cease(signatures),
            Stage::Ceasing { step: Step::Barred { .. }, signatures } => {
                if let Some(subscription) = self.case.subscription.clone() {
                    self.go(Stage::Ceasing { step: Step::Deleting, signatures });
                    self.owe(Effect::Cease { subscription });
                }
            }
            Stage::Ceased { certificate, .. } => self.go(Stage::Closed { at: now, certificate }),
            Stage::Ceasing { .. } | Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => {}
        }
    }

    fn report(&mut self, n: u32, outcome: &Outcome) -> Result<(), Refusal> {
        let Some((_, what)) = self.case.owed.iter().find(|(owed, _)| *owed == n).cloned() else {
            return Err(Refusal::NothingOwed);
        };
        self.emit(Event::Settled { n, outcome: outcome.clone() });
        let now = self.world.now;
        match (outcome, self.case.stage.clone()) {
            (Outcome::GaveUp { .. }, _) if what == "notify" => self.flag(Flag::Unreachable),
            (Outcome::GaveUp { .. }, _) => self.flag(Flag::Stuck),
            (Outcome::Barred { .. }, Stage::Ceasing { step: Step::Barring, signatures }) => {
                let until = now + self.world.policy.contest();
                self.go(Stage::Ceasing { step: Step::Barred { since: now, until }, signatures });
                self.notify(Letter::Barred);
            }
            // The holder withdrew or contested while the bar was on its way: put the card back.
            (Outcome::Barred { .. }, Stage::Withdrawn { .. } | Stage::Contested { .. }) => self.unbar_if(true),
            (Outcome::Ceased { element, evidence, read_back_at }, Stage::Ceasing { step: Step::Deleting, .. }) => {
                let watch_until = self.world.policy.watch_until(now);
                let stage = Stage::Ceased {
                    at: *read_back_at,
                    element: element.clone(),
                    evidence: evidence.clone(),
                    certificate: None,
                    watch_until,
                };
                self.go(stage);
                self.owe(Effect::Certify);
            }
            (Outcome::Certified { digest, .. }, Stage::Ceased { at, element, evidence, watch_until, .. }) => {
                self.go(Stage::Ceased { at, element, evidence, certificate: Some(digest.clone()), watch_until });
                self.notify(Letter::Certificate);
            }
            (
                Outcome::Delivered
                | Outcome::Barred { .. }
                | Outcome::Unbarred { .. }
                | Outcome::Ceased { .. }
                | Outcome::Certified { .. },
                _,
            ) => {}
        }
        Ok(())
    }
}

fn worded(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > STATEMENT_MAX { Err(Refusal::BadText) } else { Ok(text.to_owned()) }
}
