//! One case in virtual time: the real core decides, the clock wakes when the rules say, and what is owed is
//! settled a moment later, as a worker would report it. Nothing is written here and nothing is sent.

use case::{Actor, CardState, Case, Charge, Command, Effect, Outcome, Owed, Record, Timestamp, World, decide};
use jiff::SignedDuration;
use store::{Beside, Commit};

use super::lots::Lots;
use crate::act::{Along, commit_of};
use crate::app::App;
use crate::work::certify;

pub struct Life<'a> {
    app: &'a App,
    pub lots: Lots,
    /// The card that its holder means, and who they are.
    pub record: &'a Record,
    /// The last moment of this history.
    end: Timestamp,
    pub now: Timestamp,
    pub case: Option<Case>,
    due: Option<Timestamp>,
    entries: Vec<case::Entry>,
    owed: Vec<(Timestamp, Owed)>,
    /// The network does not let go of this one.
    pub stuck: bool,
    /// What the plot asked for and the core refused: a plot with a mistake in it.
    pub refused: Vec<String>,
}

impl<'a> Life<'a> {
    pub fn new(app: &'a App, lots: Lots, record: &'a Record, now: Timestamp, end: Timestamp) -> Self {
        Self {
            app,
            lots,
            record,
            end,
            now,
            case: None,
            due: None,
            entries: Vec::new(),
            owed: Vec::new(),
            stuck: false,
            refused: Vec::new(),
        }
    }

    /// Somebody acts `after` the last act; none where that is still to come.
    pub fn act(&mut self, after: SignedDuration, actor: &Actor, command: &Command) -> Option<()> {
        self.act_at(self.now + after, actor, command, true)
    }

    /// The same, where the number given is in no record.
    pub fn act_unknown(&mut self, after: SignedDuration, actor: &Actor, command: &Command) -> Option<()> {
        self.act_at(self.now + after, actor, command, false)
    }

    fn act_at(&mut self, at: Timestamp, actor: &Actor, command: &Command, known: bool) -> Option<()> {
        self.pass(at)?;
        let record = (command.wants_record() && known).then_some(self.record);
        self.decide(at, actor, command, record)
    }

    /// Time passes, and what falls due in it happens; none where the history ends first.
    pub fn pass(&mut self, to: Timestamp) -> Option<()> {
        let until = to.min(self.end);
        loop {
            let owed = self.owed.iter().map(|(at, _)| *at).min();
            let Some(next) = [owed, self.due].into_iter().flatten().min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(next);
            match self.owed.iter().position(|(at, _)| *at == next) {
                Some(at) => self.settle(at),
                None => self.wake(),
            }
        }
        self.now = until.max(self.now);
        (to <= self.end).then_some(())
    }

    fn wake(&mut self) {
        let before = self.due.take();
        // A clock that changes nothing would ring for ever.
        if self.decide(self.now, &Actor::Clock, &Command::Wake, None).is_some() && self.due == before {
            self.due = None;
        }
    }

    fn settle(&mut self, at: usize) {
        let (_, owed) = self.owed.remove(at);
        let outcome = self.outcome(&owed.effect);
        let report = Command::Report { n: owed.n, outcome };
        self.decide(self.now, &Actor::Network, &report, None);
    }

    fn outcome(&mut self, effect: &Effect) -> Outcome {
        let gave_up = |why: &str| Outcome::GaveUp { why: why.into() };
        match effect {
            Effect::Notify { .. } if self.lots.below(400) == 0 => gave_up("the address takes no mail (made up)"),
            Effect::Notify { .. } | Effect::Escalate => Outcome::Delivered,
            // Nobody in the made-up past moves away.
            Effect::Port { .. } => Outcome::GaveUp { why: "no porting".into() },
            Effect::Bar { .. } => Outcome::Barred { evidence: "state=barred".into() },
            Effect::Unbar { .. } => Outcome::Unbarred { evidence: "state=active".into() },
            Effect::Cease { .. } if self.stuck => gave_up("the inventory does not answer (made up)"),
            Effect::Cease { .. } => Outcome::Ceased {
                element: self.app.element.name().into(),
                evidence: "state=ceased".into(),
                read_back_at: self.now,
                profile_left: false,
            },
            Effect::Observe { .. } => {
                let evidence = "state=ceased".into();
                Outcome::Observed { gone: true, evidence, read_back_at: self.now }
            }
            Effect::EndBilling { at, .. } => {
                Outcome::BillingEnded { ended_at: *at, evidence: "state=ended".into(), read_back_at: self.now }
            }
            Effect::FinalBill { .. } => {
                let quote = self.case.as_ref().map(|case| &case.quote);
                let sure = quote.into_iter().flat_map(|quote| &quote.lines).filter(|line| line.only_if.is_none());
                let lines = sure.map(|line| Charge { what: line.what.clone(), amount: line.amount.clone() }).collect();
                Outcome::Billed { lines, evidence: "state=billed".into(), read_back_at: self.now }
            }
            Effect::Refund { amount, .. } => Outcome::Refunded {
                amount: amount.clone(),
                reference: format!("DEMO-{}", self.now.as_second()),
                evidence: "state=refunded".into(),
                read_back_at: self.now,
            },
            Effect::Certify => {
                let signed = self.case.as_ref().map(|case| {
                    certify::sign(self.app, case, Some(&self.record.card), self.now)
                        .unwrap_or_else(|failure| gave_up(&format!("{failure:?}")))
                });
                signed.unwrap_or_else(|| gave_up("there is no case"))
            }
        }
    }

    fn decide(&mut self, now: Timestamp, actor: &Actor, command: &Command, record: Option<&Record>) -> Option<()> {
        let world = World {
            now,
            policy: self.app.policy.by(self.case.as_ref(), command, now),
            record,
            duplicate: false,
            known: None,
        };
        let decision = match decide(self.case.as_ref(), actor, command, &world) {
            Ok(decision) => decision,
            Err(refusal) => {
                let stage = self.case.as_ref().map_or("none", |case| case.stage.name());
                self.refused.push(format!("{} at {stage}: {refusal}", command.name()));
                return None;
            }
        };
        if decision.events.is_empty() {
            return Some(());
        }
        let before = self.case.take();
        let commit = commit_of(self.app, before.as_ref(), actor, command, &Along::default(), now, decision).ok()?;
        for owed in commit.effects {
            let takes = match &owed.effect {
                Effect::Notify { .. } | Effect::Escalate | Effect::Port { .. } => self.lots.below(40) as i64 + 2,
                Effect::Bar { .. }
                | Effect::Unbar { .. }
                | Effect::Cease { .. }
                | Effect::Observe { .. }
                | Effect::Certify
                | Effect::EndBilling { .. }
                | Effect::FinalBill { .. }
                | Effect::Refund { .. } => 1,
            };
            self.owed.push((now + SignedDuration::from_secs(takes), owed));
        }
        self.now = now;
        self.due = commit.due;
        self.entries.extend(commit.entries);
        self.case = Some(commit.case);
        Some(())
    }

    pub fn stage(&self) -> &'static str {
        self.case.as_ref().map_or("none", |case| case.stage.name())
    }

    /// Up to the present, with nothing left owed: a history writes to nobody.
    pub fn end(mut self) -> Option<(Commit, CardState, Vec<String>)> {
        self.pass(self.end);
        while !self.owed.is_empty() {
            self.now = self.end;
            self.settle(0);
        }
        let case = self.case?;
        let state = if case.stage.has_ended() { CardState::Ceased } else { CardState::Active };
        // A whole life is one change, and owes nothing any more.
        let past = Commit {
            case,
            expected: 0,
            entries: self.entries,
            effects: Vec::new(),
            settles: None,
            held: None,
            token: None,
            due: self.due,
            beside: Beside::default(),
        };
        Some((past, state, self.refused))
    }
}
