//! When a far end (the network, mail, text messages, billing) answers nobody, asking it again for each of a hundred
//! thousand cases helps nobody either. After a few failures in a row its effects wait, one of them at a
//! time tries again, and the first answer lets all of them go on. A pure machine: the time is an argument.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use case::{Effect, EffectId, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// Unanswered tries in a row after which a far end counts as out.
const FAILURES: u32 = 5;
/// Of at least so many effects: one that nobody can carry out says nothing about the others.
const EFFECTS: usize = 2;
/// How long one that tries again has for its answer.
const PROBE: SignedDuration = SignedDuration::from_secs(120);
/// Between two that try again: a part of the time it has been out, within these.
const PROBES: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(5), SignedDuration::from_secs(120));
/// How long the others wait before they ask again: the same, within these.
const WAITS: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(10), SignedDuration::from_secs(600));

/// Whom effects are addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Far {
    Network,
    Mail,
    Sms,
    Billing,
}

impl Far {
    pub const ALL: [Far; 4] = [Far::Network, Far::Mail, Far::Sms, Far::Billing];

    pub fn name(self) -> &'static str {
        match self {
            Far::Network => "network",
            Far::Mail => "mail",
            Far::Sms => "sms",
            Far::Billing => "billing",
        }
    }

    /// Those that an effect may need.
    pub fn of(effect: &Effect) -> &'static [Far] {
        match effect {
            Effect::Bar { .. } | Effect::Unbar { .. } | Effect::Cease { .. } | Effect::Observe { .. } => {
                &[Far::Network]
            }
            Effect::Notify { .. } => &[Far::Mail, Far::Sms],
            Effect::Escalate => &[Far::Mail],
            Effect::EndBilling { .. } | Effect::FinalBill { .. } | Effect::Refund { .. } => &[Far::Billing],
            // A minute is promised: what does not answer is asked again at once, and the lead told.
            Effect::Certify | Effect::Port { .. } => &[],
        }
    }
}

/// Whose try it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    Effect(EffectId),
    /// A notice about an account, by a number of its own.
    Notice(u64),
}

impl From<EffectId> for Whose {
    fn from(id: EffectId) -> Self {
        Whose::Effect(id)
    }
}

/// A far end that answers nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Out {
    pub since: Timestamp,
    /// What the last try came to.
    pub why: String,
    /// When one may try again.
    pub next: Timestamp,
    /// Until when one is trying.
    #[serde(skip)]
    probing: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    Go,
    /// Go, and everybody waits for what comes of it.
    Probe,
    Wait,
}

/// What is known of one far end.
#[derive(Default)]
struct Breaker {
    failures: u32,
    /// Whose tries those were.
    of: BTreeSet<Whose>,
    answered: Option<Timestamp>,
    out: Option<Out>,
}

impl Breaker {
    fn admit(&mut self, now: Timestamp) -> Admit {
        let Some(out) = &mut self.out else { return Admit::Go };
        if now < out.next || out.probing.is_some_and(|until| now < until) {
            return Admit::Wait;
        }
        out.probing = Some(later(now, PROBE));
        Admit::Probe
    }

    /// Whether it was out until now.
    fn answered(&mut self, now: Timestamp) -> bool {
        self.failures = 0;
        self.of.clear();
        self.answered = Some(now);
        self.out.take().is_some()
    }

    /// Whether it is out now.
    fn silent(&mut self, id: Whose, now: Timestamp, why: &str) -> bool {
        if let Some(out) = &mut self.out {
            let pause = part(now.duration_since(out.since) / 8, PROBES);
            (out.next, out.probing, out.why) = (later(now, pause), None, why.to_owned());
            return true;
        }
        self.failures = self.failures.saturating_add(1);
        if self.of.len() < 64 {
            self.of.insert(id);
        }
        if self.failures >= FAILURES && self.of.len() >= EFFECTS {
            self.out = Some(Out { since: now, why: why.to_owned(), next: later(now, PROBES.0), probing: None });
        }
        self.out.is_some()
    }
}

fn part(of: SignedDuration, (least, most): (SignedDuration, SignedDuration)) -> SignedDuration {
    of.clamp(least, most)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Spreads what would otherwise come at once: from half of `wait` to all of it, the same for the same effect.
pub fn spread(wait: SignedDuration, owed: Timestamp, n: u32) -> SignedDuration {
    // SplitMix64, over when and as which the effect came to be owed.
    let mut z = (owed.as_microsecond() as u64).wrapping_add(u64::from(n) << 56).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let thousandths = ((z ^ (z >> 31)) % 1_000) as i64;
    SignedDuration::from_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX) / 2_000 * (1_000 + thousandths))
}

/// All far ends, as this process has found them.
#[derive(Default)]
pub struct FarEnds {
    all: [Mutex<Breaker>; Far::ALL.len()],
    /// What other processes, and this one before it was started anew, have found.
    pub(super) known: OnceCell<()>,
}

impl FarEnds {
    fn at(&self, far: Far) -> MutexGuard<'_, Breaker> {
        self.all[far as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn admit(&self, far: Far, now: Timestamp) -> Admit {
        self.at(far).admit(now)
    }

    /// It answered, whatever it said; true where it was out until now.
    pub fn answered(&self, far: Far, now: Timestamp) -> bool {
        self.at(far).answered(now)
    }

    /// It did not answer; true where it is out.
    pub fn silent(&self, far: Far, id: Whose, now: Timestamp, why: &str) -> bool {
        self.at(far).silent(id, now, why)
    }

    pub fn out(&self, far: Far) -> Option<Out> {
        self.at(far).out.clone()
    }

    pub(super) fn set_out(&self, far: Far, out: Out) {
        self.at(far).out.get_or_insert(out);
    }

    /// One may try again now.
    pub fn probe_now(&self, far: Far, now: Timestamp) {
        if let Some(out) = &mut self.at(far).out {
            (out.next, out.probing) = (now, None);
        }
    }

    /// Whether nobody may ask it at this moment.
    pub fn waits(&self, far: Far, now: Timestamp) -> bool {
        self.out(far).is_some_and(|out| now < out.next || out.probing.is_some_and(|until| now < until))
    }

    /// How long one waits who needs these because one of them is out; none where nobody is.
    pub fn wait(&self, fars: &[Far], now: Timestamp) -> Option<SignedDuration> {
        let outs = fars.iter().filter_map(|far| self.out(*far));
        outs.map(|out| part(now.duration_since(out.since) / 4, WAITS)).max()
    }

    /// Whether what got no answer may be given up: only where whoever was silent has answered others
    /// since it came to be owed. An outage is nobody's own fault.
    pub fn may_give_up(&self, id: Whose, owed: Timestamp) -> bool {
        Far::ALL.into_iter().all(|far| {
            let breaker = self.at(far);
            !breaker.of.contains(&id) || breaker.answered.is_some_and(|at| at >= owed)
        })
    }
}

#[cfg(test)]
mod tests {
    use case::CaseRef;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_445_600 + seconds).unwrap()
    }

    fn id(n: u64) -> Whose {
        EffectId { case: CaseRef::from_bits(n), n: 0 }.into()
    }

    fn out(breaker: &mut Breaker) {
        for n in 0..5 {
            assert_eq!(breaker.admit(at(0)), Admit::Go);
            assert_eq!(breaker.silent(id(n), at(0), "timed out"), n == 4);
        }
    }

    #[test]
    fn it_opens_after_five_failures_in_a_row_of_more_than_one_effect() {
        let mut breaker = Breaker::default();
        for _ in 0..100 {
            assert!(!breaker.silent(id(1), at(0), "timed out"), "one effect that nobody can carry out");
        }
        assert!(breaker.silent(id(2), at(0), "timed out"));
        let mut breaker = Breaker::default();
        for n in 0..4 {
            breaker.silent(id(n), at(0), "timed out");
        }
        assert!(!breaker.answered(at(0)));
        assert!(!breaker.silent(id(4), at(0), "timed out"), "not in a row");
    }

    #[test]
    fn one_at_a_time_tries_again_and_an_answer_lets_all_go() {
        let mut breaker = Breaker::default();
        out(&mut breaker);
        assert_eq!(breaker.admit(at(4)), Admit::Wait);
        assert_eq!(breaker.admit(at(5)), Admit::Probe);
        assert_eq!(breaker.admit(at(5)), Admit::Wait, "one is out");
        assert!(breaker.silent(id(9), at(6), "refused"));
        assert_eq!(breaker.admit(at(10)), Admit::Wait);
        assert_eq!(breaker.admit(at(11)), Admit::Probe);
        assert!(breaker.answered(at(12)));
        assert_eq!(breaker.admit(at(12)), Admit::Go);
        assert!(!breaker.answered(at(13)));
    }

    #[test]
    fn one_that_dies_while_it_tries_does_not_keep_all_waiting() {
        let mut breaker = Breaker::default();
        out(&mut breaker);
        assert_eq!(breaker.admit(at(5)), Admit::Probe);
        assert_eq!(breaker.admit(at(124)), Admit::Wait);
        assert_eq!(breaker.admit(at(125)), Admit::Probe);
    }

    #[test]
    fn the_longer_it_is_out_the_rarer_it_is_asked_and_never_rarer_than_every_two_minutes() {
        let mut breaker = Breaker::default();
        out(&mut breaker);
        let (mut tried, mut now) = (0, 0);
        while now < 86_400 {
            if breaker.admit(at(now)) == Admit::Probe {
                tried += 1;
                breaker.silent(id(1), at(now), "timed out");
            }
            now += 1;
        }
        assert!((720..760).contains(&tried), "{tried}");
    }

    #[test]
    fn what_waits_is_spread_and_the_same_effect_waits_the_same() {
        let minute = SignedDuration::from_secs(60);
        let waits: Vec<_> = (0..1_000).map(|n| spread(minute, at(n), 1)).collect();
        assert_eq!(waits, (0..1_000).map(|n| spread(minute, at(n), 1)).collect::<Vec<_>>());
        assert!(waits.iter().all(|w| (30_000..=60_000).contains(&w.as_millis())));
        for tenth in 0..10 {
            let from = 30_000 + tenth * 3_000;
            let many = waits.iter().filter(|w| (from..from + 3_000).contains(&w.as_millis())).count();
            assert!((60..140).contains(&many), "{many} in the tenth {tenth}");
        }
    }

    #[test]
    fn nothing_is_given_up_while_nobody_is_answered() {
        let ends = FarEnds::default();
        ends.silent(Far::Network, id(1), at(0), "timed out");
        assert!(!ends.may_give_up(id(1), at(-100)));
        assert!(ends.may_give_up(id(2), at(-100)), "it had its answer");
        ends.answered(Far::Network, at(10));
        ends.silent(Far::Network, id(1), at(20), "timed out");
        assert!(ends.may_give_up(id(1), at(-100)), "others were answered");
        assert!(!ends.may_give_up(id(1), at(15)), "nobody since");
    }
}
