//! The one decision: what a command by an actor does to a case, given the present, the policy and
//! what the records say. Pure and total; the result is events (what happened), effects (what the
//! world now owes) and the row they lead to, to be committed together or not at all.
//!
//! This file is the door: who may, and what a declaration opens. What follows is sorted by who moves
//! the case: its `holder`, the `desk`, the `network`, the `clock`; `caution` is
//! what holds it back, `watch` what comes after, `bill` what it costs, `switch` and `way` what runs beside it,
//! `erasure` how it goes; `settle`
//! says where a case belongs
//! that nobody has decided.

mod bill;
mod caution;
mod clock;
mod desk;
mod erasure;
mod holder;
mod network;
mod parcel;
mod saved;
mod settle;
mod switch;
mod watch;
mod way;

use jiff::Timestamp;

use crate::actor::{Actor, Role};
use crate::assure;
use crate::card::Record;
use crate::case::{Case, Stage};
use crate::command::Command;
use crate::declaration::{Declaration, STATEMENT_MAX};
use crate::effect::{Effect, Letter, Owed};
use crate::event::Event;
use crate::evolve::{evolve, open};
use crate::id::CaseRef;
use crate::identify::Check;
use crate::need::Flag;
use crate::parcel::Deed;
use crate::quote::{Asked, quote};
use crate::refusal::Refusal;
use crate::risk::Known;
use crate::rules::Policy;

/// Everything a decision may know besides the case itself.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    pub now: Timestamp,
    pub policy: &'a Policy,
    /// What the records say of the number given; asked for by [`Command::wants_record`]. Of the case's own card where
    /// [`Command::wants_card`] does.
    pub record: Option<&'a Record>,
    /// Another case for the same card: open, or the one by which it has just ended.
    pub duplicate: bool,
    /// What else is known of account and staff; asked for by [`Command::wants_known`]. None changes
    /// nothing of what the case knows.
    pub known: Option<&'a Known>,
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
    assured(case, actor, command, world)?;
    let mut d = match (case, command) {
        (None, Command::Declare { reference, declaration, flags }) => {
            return Ok(declare(*reference, declaration, flags, actor, world));
        }
        (Some(_), Command::Declare { .. }) => return Err(Refusal::Taken),
        (None, _) => return Err(Refusal::WrongStage { stage: "none".into() }),
        (Some(case), _) => Deciding { case: case.clone(), events: Vec::new(), effects: Vec::new(), world: *world },
    };
    if !d.is_there(command)? {
        return Ok(d.done());
    }
    if !matches!(command, Command::Correct { .. }) {
        d.heed();
    }
    match command {
        Command::Declare { .. } => {}
        Command::Heed => d.settle(),
        Command::LiftHold { evidence } => d.lift_hold(actor, evidence)?,
        Command::Prove => d.prove(actor)?,
        Command::Correct { number, check, person } => d.correct(actor, number, *check, person)?,
        Command::Agree { consent, backup } => d.agree(actor, *consent, *backup)?,
        Command::AddFile { file, name } => d.add_file(*file, name),
        Command::Say { text, channel, files } => d.say(actor, text, *channel, files)?,
        Command::Receive { mail, text, files } => d.receive(mail, text, files)?,
        Command::Bounce { mail, hard, status, channel } => d.bounce(mail, *hard, status, *channel),
        Command::SendTranscript => d.send_transcript(actor)?,
        Command::Note { text, channel } => d.note(text, *channel)?,
        Command::WantPerson => d.want_person()?,
        Command::Ask { needs, text } => d.ask(needs, text)?,
        Command::ReceiveCard => d.receive_card(actor)?,
        Command::TakeUp => d.take_up()?,
        Command::Approve { evidence } => d.approve(actor, evidence)?,
        Command::Refuse { reason, way_out } => d.refuse(reason, way_out)?,
        Command::Weigh { upheld, reason } => d.weigh(*upheld, reason)?,
        Command::Withdraw => d.withdraw()?,
        Command::Confirm { channel } => d.emit(Event::Confirmed { channel: *channel }),
        Command::Promise { from, until } => d.promise(*from, *until)?,
        Command::Nudge => d.nudge()?,
        Command::Contest => d.contest()?,
        Command::Resume { reason } => d.resume(reason)?,
        Command::Profile { seen } => d.profile(*seen),
        Command::Observe { signs } => d.observe(signs),
        Command::ReportAfter { what, text, files } => d.report_after(what, text, files)?,
        Command::CloseAlarm { kind, why, text } => d.close_alarm(*kind, *why, text)?,
        Command::LookAgain => d.look_again()?,
        Command::Wake => d.wake(),
        Command::Report { n, outcome } => d.report(*n, outcome)?,
        Command::Delay { n } => d.delay(*n),
        Command::Resend { letter } => d.resend(*letter)?,
        Command::Save { saved } => d.save(actor, saved)?,
        Command::Return { deed } => d.give_back(actor, deed)?,
        Command::Requote => d.requote()?,
        Command::PaidBack { amount, reference } => d.paid_back(amount, reference)?,
        Command::AskCode { moving } => d.ask_code(actor, *moving)?,
        Command::Ported { at } => d.ported(*at)?,
        Command::Complain { text } => d.complain(text)?,
        Command::Deadlock { text } => d.deadlock(text)?,
        Command::SettleComplaint { text } => d.settle_complaint(text)?,
        Command::PlanErasure { on } => d.plan_erasure(*on)?,
        Command::Erase { file } => d.erase(file)?,
    }
    if matches!(actor, Actor::Agent { .. }) {
        d.attend();
    }
    d.put_off_erasure(actor);
    Ok(d.done())
}

/// Which actor may give which command at all. Stages and signatures are checked where they matter.
fn may(actor: &Actor, command: &Command) -> Result<(), Refusal> {
    let staff = matches!(actor, Actor::Agent { role: Role::Agent | Role::Approver, .. });
    let holder = matches!(actor, Actor::Holder { .. });
    let yes = match command {
        Command::Declare { .. } => staff || holder || matches!(actor, Actor::Api { .. }),
        Command::Prove
        | Command::WantPerson
        | Command::Nudge
        | Command::Receive { .. }
        | Command::Save { .. }
        | Command::AskCode { .. } => holder,
        Command::Complain { .. } => staff || holder,
        Command::Deadlock { .. } | Command::SettleComplaint { .. } => staff,
        Command::Ported { .. } => staff || matches!(actor, Actor::Network),
        // Staff write down what the holder said by phone or letter.
        Command::Agree { .. }
        | Command::Correct { .. }
        | Command::AddFile { .. }
        | Command::Say { .. }
        | Command::SendTranscript
        | Command::Withdraw
        | Command::ReportAfter { .. }
        | Command::Contest => staff || holder,
        Command::Note { .. }
        | Command::Ask { .. }
        | Command::ReceiveCard
        | Command::TakeUp
        | Command::Approve { .. }
        | Command::Refuse { .. }
        | Command::Weigh { .. }
        | Command::Resend { .. }
        | Command::Resume { .. }
        | Command::LiftHold { .. }
        | Command::CloseAlarm { .. }
        | Command::Confirm { .. }
        | Command::Requote
        | Command::PaidBack { .. }
        | Command::LookAgain => staff,
        // The hotline promises calls too, at times that its caller has taken.
        Command::Promise { .. } => staff || matches!(actor, Actor::Api { .. }),
        Command::Return { deed } => match deed {
            Deed::Ask { .. }
            | Deed::Receive { .. }
            | Deed::Inspect { .. }
            | Deed::Judge { .. }
            | Deed::Waive { .. } => staff,
            Deed::Label | Deed::Post { .. } | Deed::Dispute { .. } => staff || holder,
            Deed::Carried { .. } => matches!(actor, Actor::Network),
        },
        // Whoever makes it known may have it heeded: it says nothing but what is known.
        Command::Heed => staff || matches!(actor, Actor::Clock),
        Command::Wake | Command::PlanErasure { .. } | Command::Erase { .. } => matches!(actor, Actor::Clock),
        Command::Report { .. }
        | Command::Bounce { .. }
        | Command::Profile { .. }
        | Command::Delay { .. }
        | Command::Observe { .. } => matches!(actor, Actor::Network),
    };
    if yes { Ok(()) } else { Err(Refusal::NotYours) }
}

/// Whether a holder has shown what the rules want for this. Staff answer for what they do by name.
fn assured(case: Option<&Case>, actor: &Actor, command: &Command, world: &World<'_>) -> Result<(), Refusal> {
    let Actor::Holder { assurance, .. } = actor else { return Ok(()) };
    let deed = match command {
        Command::Withdraw => assure::Deed::Withdraw,
        Command::Contest => assure::Deed::Contest,
        Command::AskCode { .. } => assure::Deed::SwitchCode,
        // Declaring is let in or not by the page; what has come is never refused. The proof is looked at where
        // it is taken, and the rest is anybody's who has come into the case.
        Command::Declare { .. }
        | Command::Prove
        | Command::Correct { .. }
        | Command::Agree { .. }
        | Command::AddFile { .. }
        | Command::Say { .. }
        | Command::Receive { .. }
        | Command::Bounce { .. }
        | Command::SendTranscript
        | Command::Note { .. }
        | Command::WantPerson
        | Command::Ask { .. }
        | Command::ReceiveCard
        | Command::TakeUp
        | Command::Approve { .. }
        | Command::Refuse { .. }
        | Command::Weigh { .. }
        | Command::Nudge
        | Command::Resume { .. }
        | Command::Profile { .. }
        | Command::Wake
        | Command::Heed
        | Command::LiftHold { .. }
        | Command::Observe { .. }
        | Command::ReportAfter { .. }
        | Command::CloseAlarm { .. }
        | Command::LookAgain
        | Command::Confirm { .. }
        | Command::Promise { .. }
        | Command::Report { .. }
        | Command::Delay { .. }
        | Command::Return { .. }
        | Command::Resend { .. }
        | Command::Requote
        | Command::PaidBack { .. }
        | Command::Ported { .. }
        | Command::Complain { .. }
        | Command::Deadlock { .. }
        | Command::SettleComplaint { .. }
        | Command::PlanErasure { .. }
        | Command::Erase { .. }
        | Command::Save { .. } => return Ok(()),
    };
    let whose = case.and_then(|case| case.account);
    if world.policy.suffices(deed, assurance, whose, world.now) { Ok(()) } else { Err(Refusal::NotProven) }
}

/// A declaration is never refused: it is stored, answered with a receipt, and only then looked at.
fn declare(
    reference: CaseRef,
    declaration: &Declaration,
    flags: &[Flag],
    actor: &Actor,
    world: &World<'_>,
) -> Decision {
    let quote = quote(world.record.map(|r| &r.card), world.policy, Asked::by(declaration, world.now));
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
    d.owe_notice();
    d.heed();
    d.set_out(actor);
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
            Effect::Bar { .. }
            | Effect::Unbar { .. }
            | Effect::Cease { .. }
            | Effect::Observe { .. }
            | Effect::Certify
            | Effect::Escalate
            | Effect::EndBilling { .. }
            | Effect::FinalBill { .. }
            | Effect::Refund { .. }
            | Effect::Port { .. } => None,
        };
        self.emit(Event::Owed { n, what: effect.kind().to_owned(), letter });
        self.effects.push(Owed { n, effect, not_before: self.world.now });
    }

    /// Owes a message, where there is anyone to write to.
    fn notify(&mut self, letter: Letter) {
        let given = self.case.person.email.is_some() || self.case.person.phone.is_some();
        let by = self.case.declaration.way.behalf.as_ref();
        let given = given || by.is_some_and(|by| by.email.is_some() || by.phone.is_some());
        if given || self.case.reachable {
            self.owe(Effect::Notify { letter });
        }
    }

    fn go(&mut self, to: Stage) {
        let times = match &to {
            Stage::Received { .. } | Stage::Review { .. } | Stage::Contested { .. } => self.case.times.undecided(),
            Stage::Refused { .. } | Stage::Withdrawn { .. } => {
                self.world.policy.ended(&self.case.times, self.world.now)
            }
            Stage::Scheduled { .. } | Stage::Ceasing { .. } | Stage::Ceased { .. } | Stage::Closed { .. } => {
                self.case.times.clone()
            }
        };
        if times != self.case.times {
            self.emit(Event::Dated { times });
        }
        self.emit(Event::Moved { to });
    }

    fn wrong_stage(&self) -> Refusal {
        Refusal::WrongStage { stage: self.case.stage.name().to_owned() }
    }

    fn open_or_refuse(&self) -> Result<(), Refusal> {
        if self.case.stage.is_open() { Ok(()) } else { Err(self.wrong_stage()) }
    }
}

fn worded(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > STATEMENT_MAX { Err(Refusal::BadText) } else { Ok(text.to_owned()) }
}
