//! Letters about what comes back by post.

use case::parcel::{Parcel, State};

use super::{Block, Body, Writer};
use crate::returns::words::{found, state, thing};
use crate::words;

impl Writer<'_> {
    fn return_page(&self) -> Block {
        let url = format!("{}/case/{}/return", self.facts.desk.url, self.reference);
        let there = self.facts.case.parcel.as_ref().is_some_and(|parcel| parcel.received.is_some());
        let say = if there { fl!(self.l, "letter-back-page-there") } else { fl!(self.l, "letter-back-page") };
        Block::Link { say, url }
    }

    fn thing(&self) -> String {
        self.facts.case.parcel.as_ref().map(|parcel| thing(self.l, parcel.what)).unwrap_or_default()
    }

    /// The last day, and what it costs to miss it.
    fn by_when(&self) -> Option<Block> {
        let (l, parcel) = (self.l, self.facts.case.parcel.as_ref()?);
        let day = self.day_of(parcel.due?);
        Some(Block::Say(match &parcel.charge {
            Some(amount) => fl!(l, "letter-back-due-charge", day = day, amount = words::money(self.lang, amount)),
            None => fl!(l, "letter-back-due", day = day),
        }))
    }

    fn day_of(&self, at: case::Timestamp) -> String {
        words::weekday(self.lang, at.to_zoned(self.facts.policy.zone()).date())
    }

    pub(super) fn return_asked(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-back-asked-what", what = self.thing()))];
        blocks.extend(self.by_when());
        blocks.push(Block::Say(fl!(l, "letter-back-beware")));
        blocks.push(self.return_page());
        Body {
            subject: fl!(l, "letter-back-asked-subject", what = self.thing(), reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-back-asked-sms",
                operator = self.operator(),
                what = self.thing(),
                reference = reference
            ),
            alarm: false,
        }
    }

    pub(super) fn return_reminder(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let mut blocks = vec![Block::Say(fl!(l, "letter-back-reminder-what", what = self.thing()))];
        blocks.extend(self.by_when());
        blocks.push(self.return_page());
        Body {
            subject: fl!(l, "letter-back-reminder-subject", what = self.thing(), reference = reference.clone()),
            blocks,
            sms: fl!(
                l,
                "letter-back-reminder-sms",
                operator = self.operator(),
                what = self.thing(),
                reference = reference
            ),
            alarm: false,
        }
    }

    /// In what state it is now, which is why it was sent.
    pub(super) fn return_news(&self) -> Body {
        let (l, reference) = (self.l, self.reference.clone());
        let parcel = self.facts.case.parcel.as_deref();
        let (at, judged) = (parcel.map(Parcel::state), parcel.and_then(Parcel::judged));
        let (name, text) = match (at, judged) {
            (_, Some(dispute)) if dispute.upheld == Some(false) => {
                (fl!(l, "back-not-upheld"), fl!(l, "back-text-not-upheld"))
            }
            (Some(at), _) => (state(l, at), l.get(&format!("back-text-{}", at.name()))),
            (None, _) => Default::default(),
        };
        let mut blocks = vec![Block::Say(format!("{name}. {text}"))];
        let what = match (judged, parcel.and_then(|parcel| parcel.inspected.as_ref())) {
            (Some(dispute), _) => dispute.answer.iter().map(|(_, text)| text.clone()).collect(),
            (None, Some(inspection)) if at == Some(State::Faulty) => {
                vec![found(l, inspection.found), inspection.text.clone()]
            }
            (None, _) => Vec::new(),
        };
        blocks.extend(what.into_iter().filter(|line| !line.is_empty()).map(Block::Say));
        blocks.push(self.return_page());
        Body {
            subject: fl!(
                l,
                "letter-back-news-subject",
                what = self.thing(),
                state = name.clone(),
                reference = reference.clone()
            ),
            blocks,
            sms: fl!(
                l,
                "letter-back-news-sms",
                operator = self.operator(),
                what = self.thing(),
                state = name,
                reference = reference
            ),
            alarm: false,
        }
    }
}
