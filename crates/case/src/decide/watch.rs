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
use crate::watch::{self, Closing, Kind, Reported, Sign};

impl Deciding<'_> {
    /// One alarm for each kind; more of a kind that has one is counted. What is no sign of life leaves no trace. The
    /// holder has one letter of all that came together.
    pub(super) fn observe(&mut self, signs: &[Sign]) {
        let (now, mut raised) = (self.world.now, false);
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
                raised = true;
            }
        }
        if raised {
            self.notify(Letter::Alarm);
        }
    }

    fn raise(&mut self, kind: Kind, count: u32, first: Timestamp, last: Timestamp, amount: Option<String>) {
        self.emit(Event::Alarmed { kind, at: self.world.now, count, first, last, amount });
    }

    /// However long ago the end was. Told to the desk by an alarm, confirmed to the holder by a letter; whether a
    /// card still works is asked of the network at once.
    pub(super) fn report_after(
        &mut self,
        what: &Reported,
        text: &str,
        files: &[(FileId, String)],
    ) -> Result<(), Refusal> {
        self.over_or_refuse()?;
        let (at, amount) = match what {
            Reported::Billed { on, amount } => {
                if amount.trim().is_empty() || amount.chars().count() > Reported::AMOUNT {
                    return Err(Refusal::BadText);
                }
                let day = on.to_zoned(self.world.policy.zone()).map_or(Timestamp::MAX, |day| day.timestamp());
                if day > self.world.now {
                    return Err(Refusal::NotYet);
                }
                (day, Some(amount.clone()))
            }
            Reported::Works => (self.world.now, None),
        };
        if !text.trim().is_empty() {
            self.emit(Event::Said { text: worded(text)?, note: false, channel: Channel::Web });
        }
        for (file, name) in files {
            self.add_file(*file, name);
        }
        self.emit(Event::Reported { what: what.clone() });
        let kind = what.kind();
        if watch::open(&self.case, kind).is_some() {
            self.emit(Event::SeenAgain { kind, count: 1, first: at, last: at });
        } else {
            self.raise(kind, 1, at, at, amount);
        }
        self.notify(Letter::Reported);
        if *what == Reported::Works {
            // Where it cannot be asked yet, or is being asked, the desk sees the alarm all the same.
            let _ = self.look_again();
        }
        Ok(())
    }

    /// Whoever was told that somebody looks into it is told what came of it; in the desk's own words, unless those are
    /// for the desk.
    pub(super) fn close_alarm(&mut self, kind: Kind, why: Closing, text: &str) -> Result<(), Refusal> {
        if watch::open(&self.case, kind).is_none() {
            return Err(Refusal::NoAlarm);
        }
        let text = worded(text)?;
        self.emit(Event::Said { text, note: !why.is_told(), channel: Channel::Web });
        self.emit(Event::AlarmClosed { kind, why });
        self.notify(Letter::Cleared);
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
        if self.case.stage.has_ended() { Ok(()) } else { Err(self.wrong_stage()) }
    }
}
