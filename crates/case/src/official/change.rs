//! How the register changes: somebody at the desk proposes a line, or the end of one, and somebody else approves or
//! declines it. The register in force is calculated from the configuration's lines and these steps, whatever order
//! they are read in.
//!
//! **A fake counts from the moment it is proposed**, for a day: people are being written to while two colleagues look
//! for each other. To last longer it wants the second person, so that nobody alone keeps an honest channel on the
//! list. What is ours is never called a fake, whoever says so, and a channel of ours never counts before two have
//! signed.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Entry, Register};
use crate::identify::IdentifyRules;

/// How long one person's word keeps a fake on the list.
pub const ALONE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    Official,
    Fake,
}

/// What is proposed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// The entry as it was written.
    Add { list: List, entry: Entry, why: String },
    /// The line that an approved step has added ends after that day.
    End { of: i64, until: Date, why: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    Proposed,
    Approved,
    Declined,
}

/// A step, as the store numbers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub seq: i64,
    /// When it was proposed.
    pub at: Timestamp,
    pub change: Change,
    pub standing: Standing,
}

/// A line that steps have made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub seq: i64,
    pub list: List,
    pub entry: Entry,
    pub at: Timestamp,
    pub approved: bool,
    /// An end of it waits for the second person.
    pub ending: bool,
}

/// All lines that are approved or proposed, with the ends that are approved. What today's rules cannot read is left out.
pub fn lines(steps: &[Step], rules: &IdentifyRules) -> Vec<Line> {
    let line = |step: &Step| {
        let Change::Add { list, entry, .. } = &step.change else { return None };
        if step.standing == Standing::Declined {
            return None;
        }
        let entry = entry.clone().checked(rules).ok()?;
        let (seq, at, approved) = (step.seq, step.at, step.standing == Standing::Approved);
        Some(Line { seq, list: *list, entry, at, approved, ending: false })
    };
    let mut lines: Vec<Line> = steps.iter().filter_map(line).collect();
    for step in steps {
        let Change::End { of, until, .. } = &step.change else { continue };
        let Some(line) = lines.iter_mut().find(|line| line.seq == *of) else { continue };
        match step.standing {
            Standing::Approved => {
                line.entry.until = Some(line.entry.until.map_or(*until, |day| day.min(*until)));
            }
            Standing::Proposed => line.ending = true,
            Standing::Declined => {}
        }
    }
    lines
}

/// The register in force now, and when it has to be calculated again though no step is added.
pub fn in_force(
    fixed: &Register,
    steps: &[Step],
    now: Timestamp,
    zone: &TimeZone,
    rules: &IdentifyRules,
) -> (Register, Option<Timestamp>) {
    let today = now.to_zoned(zone.clone()).date();
    let (mut register, mut again) = (fixed.clone(), None::<Timestamp>);
    let (ours, fakes): (Vec<Line>, Vec<Line>) =
        lines(steps, rules).into_iter().partition(|line| line.list == List::Official);
    register.official.extend(ours.into_iter().filter(|line| line.approved).map(|line| line.entry));
    for line in fakes {
        let lapses = line.at.saturating_add(ALONE).unwrap_or(Timestamp::MAX);
        let counts = line.approved || now < lapses;
        // What was approved as ours since is not called a fake any more.
        if !counts || !line.entry.in_force(today) || register.ours_within(&line.entry, today).is_some() {
            continue;
        }
        if !line.approved {
            again = Some(again.map_or(lapses, |at| at.min(lapses)));
        }
        let from = line.entry.from.or(Some(line.at.to_zoned(zone.clone()).date()));
        register.fake.push(Entry { from, ..line.entry });
    }
    if let Ok(midnight) = today.tomorrow().and_then(|day| day.to_zoned(zone.clone())) {
        let midnight = midnight.timestamp();
        again = Some(again.map_or(midnight, |at| at.min(midnight)));
    }
    (register, again)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Verdict, check};
    use super::*;

    fn at(hours: i64) -> Timestamp {
        "2026-11-20T09:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
    }

    fn add(seq: i64, list: List, kind: Kind, value: &str, standing: Standing) -> Step {
        let change = Change::Add { list, entry: Entry::new(kind, value), why: "a letter".into() };
        Step { seq, at: at(0), change, standing }
    }

    fn end(seq: i64, of: i64, until: &str, standing: Standing) -> Step {
        let change = Change::End { of, until: until.parse().unwrap(), why: "sold".into() };
        Step { seq, at: at(1), change, standing }
    }

    fn verdict(steps: &[Step], hours: i64, text: &str) -> Verdict {
        let fixed = Register { official: vec![Entry::new(Kind::Domain, "laikamobile.com")], fake: vec![] };
        let rules = IdentifyRules::default();
        let fixed = fixed.checked(&rules).unwrap();
        let (register, _) = in_force(&fixed, steps, at(hours), &TimeZone::UTC, &rules);
        check(text, &register, at(hours).to_zoned(TimeZone::UTC).date(), &rules).verdict
    }

    #[test]
    fn ours_counts_when_two_have_signed_and_a_fake_at_once_for_a_day() {
        for (list, standing, hours, wanted) in [
            (List::Official, Standing::Proposed, 1, Verdict::Unknown),
            (List::Official, Standing::Declined, 1, Verdict::Unknown),
            (List::Official, Standing::Approved, 1, Verdict::Official),
            (List::Fake, Standing::Proposed, 1, Verdict::NotUs),
            (List::Fake, Standing::Proposed, 23, Verdict::NotUs),
            (List::Fake, Standing::Proposed, 24, Verdict::Unknown),
            (List::Fake, Standing::Declined, 1, Verdict::Unknown),
            (List::Fake, Standing::Approved, 1_000, Verdict::NotUs),
        ] {
            let steps = [add(1, list, Kind::Domain, "orbit-desk.net", standing)];
            assert_eq!(verdict(&steps, hours, "https://orbit-desk.net/"), wanted, "{list:?} {standing:?} {hours}");
        }
    }

    #[test]
    fn a_line_ends_after_its_last_day_once_two_have_signed_for_that() {
        let line = add(1, List::Official, Kind::Domain, "orbit-desk.net", Standing::Approved);
        for (standing, hours, wanted) in [
            (Standing::Proposed, 50, Verdict::Official),
            (Standing::Declined, 50, Verdict::Official),
            (Standing::Approved, 1, Verdict::Official),
            (Standing::Approved, 50, Verdict::Unknown),
        ] {
            for steps in [
                [line.clone(), end(2, 1, "2026-11-20", standing)],
                // In whatever order they are read.
                [end(2, 1, "2026-11-20", standing), line.clone()],
            ] {
                assert_eq!(verdict(&steps, hours, "orbit-desk.net"), wanted, "{standing:?} {hours}");
            }
        }
        let fake = add(1, List::Fake, Kind::Domain, "orbit-desk.net", Standing::Approved);
        let over = [fake, end(2, 1, "2026-11-20", Standing::Approved)];
        assert_eq!(verdict(&over, 50, "orbit-desk.net"), Verdict::Unknown);
    }

    #[test]
    fn nothing_of_ours_is_called_a_fake() {
        for value in ["laikamobile.com", "help.laikamobile.com"] {
            let steps = [add(1, List::Fake, Kind::Domain, value, Standing::Approved)];
            assert_eq!(verdict(&steps, 1, "https://help.laikamobile.com/"), Verdict::Official, "{value}");
        }
    }

    #[test]
    fn says_when_it_has_to_be_calculated_again() {
        let rules = IdentifyRules::default();
        let steps = [add(1, List::Fake, Kind::Domain, "orbit-desk.net", Standing::Proposed)];
        let again = |hours| in_force(&Register::default(), &steps, at(hours), &TimeZone::UTC, &rules).1.unwrap();
        assert_eq!(again(1).to_string(), "2026-11-21T00:00:00Z", "dates change at midnight");
        assert_eq!(again(16), at(24), "and one person's word lapses after a day");
    }
}
