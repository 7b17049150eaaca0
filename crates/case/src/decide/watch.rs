//! After the end: what was seen to move, what the holder reports, and what the desk does about it.
//! The card is gone, so the case stays where it is; an open alarm is a fact beside the stage.

use jiff::Timestamp;

use super::{Deciding, worded};
use crate::case::Stage;
use crate::declaration::Channel;
use crate::effect::{Effect, Letter};
use crate::event::Event;
use crate::id::FileId;
use crate::refusal::Refusal;
use crate::watch::{self, Billed, Closing, Kind, Sign};

impl Deciding<'_> {
    /// One alarm for each kind; more of a kind that has one is counted. What is no sign of life leaves no trace.
    pub(super) fn observe(&mut self, signs: &[Sign]) {
        let now = self.world.now;
        for kind in Kind::ALL {
            let fits =
                |sign: &&Sign| sign.moved.kind() == kind && watch::alarms(&self.case, self.world.policy, sign, now);
            let mut seen: Vec<&Sign> = signs.iter().filter(fits).collect();
            seen.sort_by_key(|sign| sign.at);
            let (Some(first), Some(last)) = (seen.first(), seen.last()) else { continue };
            let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
            if watch::open(&self.case, kind).is_some() {
                self.emit(Event::SeenAgain { kind, count, first: first.at, last: last.at });
            } else {
                self.raise(kind, count, first.at, last.at, first.amount.clone());
                self.notify(Letter::Alarm);
            }
        }
    }

    fn raise(&mut self, kind: Kind, count: u32, first: Timestamp, last: Timestamp, amount: Option<String>) {
        self.emit(Event::Alarmed { kind, at: self.world.now, count, first, last, amount });
    }

    /// However long ago the end was. Told to the desk by an alarm, confirmed to the holder by a letter.
    pub(super) fn billed(&mut self, billed: &Billed, files: &[(FileId, String)]) -> Result<(), Refusal> {
        self.over_or_refuse()?;
        let amount = billed.amount.trim();
        if amount.is_empty() || amount.chars().count() > Billed::AMOUNT {
            return Err(Refusal::BadText);
        }
        let on = billed.on.to_zoned(self.world.policy.zone()).map_or(self.world.now, |day| day.timestamp());
        if on > self.world.now {
            return Err(Refusal::NotYet);
        }
        let text = billed.text.trim();
        if !text.is_empty() {
            self.emit(Event::Said { text: worded(text)?, note: false, channel: Channel::Web });
        }
        for (file, name) in files {
            self.add_file(*file, name);
        }
        self.emit(Event::Reported { on: billed.on, amount: amount.to_owned() });
        if watch::open(&self.case, Kind::Billed).is_some() {
            self.emit(Event::SeenAgain { kind: Kind::Billed, count: 1, first: on, last: on });
        } else {
            self.raise(Kind::Billed, 1, on, on, Some(amount.to_owned()));
        }
        self.notify(Letter::Reported);
        Ok(())
    }

    /// What the holder is told goes out as a reply.
    pub(super) fn close_alarm(&mut self, kind: Kind, why: Closing, text: &str) -> Result<(), Refusal> {
        if watch::open(&self.case, kind).is_none() {
            return Err(Refusal::NoAlarm);
        }
        let text = worded(text)?;
        self.emit(Event::Said { text, note: !why.is_told(), channel: Channel::Web });
        self.emit(Event::AlarmClosed { kind, why });
        if why.is_told() {
            self.notify(Letter::Reply);
        }
        Ok(())
    }

    /// Asks the element once more. Not before the certificate: until then the network has its own way to go.
    pub(super) fn look_again(&mut self) -> Result<(), Refusal> {
        self.over_or_refuse()?;
        let unsigned = matches!(self.case.stage, Stage::Ceased { certificate: None, .. });
        let Some(subscription) = self.case.subscription.clone().filter(|_| !unsigned) else {
            return Err(self.wrong_stage());
        };
        if self.case.owed.iter().any(|(_, what)| what == "observe") {
            return Err(Refusal::Pending);
        }
        self.owe(Effect::Observe { subscription });
        Ok(())
    }

    fn over_or_refuse(&self) -> Result<(), Refusal> {
        match &self.case.stage {
            Stage::Ceased { .. } | Stage::Closed { .. } => Ok(()),
            Stage::Received { .. }
            | Stage::Review { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. }
            | Stage::Contested { .. } => Err(self.wrong_stage()),
        }
    }
}
