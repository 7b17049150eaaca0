//! What moves of itself: a card after its end, a report of it, and what holds an end up.

use case::watch::{Alarm, Kind};

use super::{Block, Body, Writer};
use crate::watch;
use crate::web::case::caution;

impl Writer<'_> {
    /// Of what moved, kinds and times; how much stands on the case's page.
    pub(super) fn moving(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let ended = self.known(case.times.network_cease);
        let line = |alarm: &Alarm| {
            let kind = watch::kind_to_holder(l, alarm.kind);
            fl!(l, "letter-alarm-line", kind = kind, first = self.moment(alarm.first), n = alarm.count)
        };
        Body {
            subject: fl!(l, "letter-alarm-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "letter-alarm-what", ended = ended.clone())),
                Block::List(case.alarms.iter().map(line).collect()),
                self.table([(fl!(l, "letter-row-ended"), ended)]),
                Block::Say(fl!(l, "letter-alarm-next")),
                self.after_page(),
            ],
            sms: fl!(l, "letter-alarm-sms", operator = self.operator(), reference = reference, card = self.tail()),
            alarm: false,
        }
    }

    pub(super) fn reported(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let billed = self.facts.case.alarms.iter().any(|alarm| alarm.kind == Kind::Billed);
        let next = if billed { fl!(l, "letter-reported-next-bill") } else { fl!(l, "letter-reported-next") };
        Body {
            subject: fl!(l, "letter-reported-subject", reference = reference.clone()),
            blocks: vec![
                Block::Say(fl!(l, "letter-reported-what")),
                self.table([(fl!(l, "letter-row-ended"), self.known(self.facts.case.times.network_cease))]),
                Block::Say(next),
                self.after_page(),
            ],
            sms: fl!(l, "letter-reported-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// What it was and what came of it, for who is known to be the holder; for others, where that stands.
    pub(super) fn cleared(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-cleared-what"))];
        blocks.extend(self.talk());
        blocks.extend([
            self.table([(fl!(l, "letter-row-ended"), self.known(self.facts.case.times.network_cease))]),
            Block::Say(fl!(l, "letter-cleared-next")),
            self.after_page(),
        ]);
        Body {
            subject: fl!(l, "letter-cleared-subject", reference = reference.clone()),
            blocks,
            sms: fl!(l, "letter-cleared-sms", operator = self.operator(), reference = reference),
            alarm: false,
        }
    }

    /// That nothing irreversible happens for now, why, and until when; or that two of us have ended that early.
    pub(super) fn held(&self) -> Body {
        let (l, case, reference) = (self.l, self.facts.case, self.reference.clone());
        let until = self.known(case.hold.as_ref().map(|hold| hold.until));
        let lifted = case.hold.as_ref().is_some_and(|hold| hold.lifted);
        let why = case.risks.iter().filter(|risk| risk.until.is_some()).map(|risk| caution::told(l, risk.fact));
        let mut blocks = if lifted {
            vec![Block::Say(fl!(l, "letter-held-lifted")), self.table([])]
        } else {
            vec![
                Block::Say(fl!(l, "letter-held-what", until = until.clone())),
                Block::List(why.collect()),
                self.table([(fl!(l, "letter-row-held"), until.clone())]),
                Block::Say(fl!(l, "letter-held-next")),
            ]
        };
        blocks.extend(self.next());
        let sms = if lifted {
            fl!(l, "letter-held-lifted-sms", operator = self.operator(), reference = reference.clone())
        } else {
            fl!(l, "letter-held-sms", operator = self.operator(), reference = reference.clone(), until = until)
        };
        Body { subject: fl!(l, "letter-held-subject", reference = reference), blocks, sms, alarm: true }
    }

    fn after_page(&self) -> Block {
        let url = format!("{}/case/{}/after", self.facts.desk.url, self.reference);
        Block::Link { say: fl!(self.l, "letter-after-page"), url }
    }
}
