//! What everything in a life shares: the lots, the virtual time, the weather, and the notes from
//! which the second opinion is formed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use case::{AccountId, Actor, CardId, CaseRef, EffectId, Subscription, Timestamp};
use jiff::SignedDuration;

use crate::bugs::Bug;
use crate::lots::Lots;

/// Handed to every part; a lock is never held across an await.
#[derive(Clone)]
pub struct Fate {
    notes: Arc<Mutex<Notes>>,
    /// Microseconds since 1970, the desk's own clock.
    pub clock: Arc<AtomicI64>,
}

pub struct Notes {
    pub lots: Lots,
    pub bug: Option<Bug>,
    /// Percent of calls that go wrong; none once the weather has cleared.
    pub storm: u64,
    /// Until when the element answers nobody.
    pub element_out: Timestamp,
    pub mail_out: Timestamp,
    pub tally: Tally,
    /// In which order cases were first written: references are random, this is not.
    pub order: BTreeMap<CaseRef, u64>,
    /// Cases written to since the last look.
    pub touched: BTreeSet<CaseRef>,
    pub owners: BTreeMap<CardId, AccountId>,
    /// What people tried to do to a case, whatever came of it.
    pub deeds: BTreeMap<CaseRef, Vec<Deed>>,
    /// The same of declarations, by their time: whose case is not known before it is answered.
    pub declared: BTreeMap<Timestamp, Vec<Deed>>,
    /// What happened to accounts that holds their cards, and when.
    pub holds: BTreeMap<AccountId, Vec<Timestamp>>,
    /// When accounts were locked, and when no more, in the order of time.
    pub locks: Vec<(AccountId, Timestamp, bool)>,
    /// How often each activation was really ended.
    pub ended: BTreeMap<(CardId, u32), u32>,
    /// Requests on their way to the element that nobody waits for.
    pub late: Vec<(Request, Subscription, EffectId)>,
    pub complaints: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    Bar,
    Unbar,
    Cease,
}

#[derive(Clone, Debug)]
pub struct Deed {
    pub actor: Actor,
    pub command: &'static str,
    pub at: Timestamp,
    /// What it led to, where it was answered with success.
    pub version: Option<u64>,
}

/// What happened, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub steps: u64,
    pub cases: u64,
    pub acts: u64,
    pub refusals: u64,
    pub certificates: u64,
    pub restarts: u64,
    pub crashes: u64,
    pub faults: BTreeMap<&'static str, u64>,
    pub stages: BTreeMap<&'static str, u64>,
    /// What spoke for caution.
    pub cautions: BTreeMap<&'static str, u64>,
    pub virtual_time: SignedDuration,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.cases += other.cases;
        self.acts += other.acts;
        self.refusals += other.refusals;
        self.certificates += other.certificates;
        self.restarts += other.restarts;
        self.crashes += other.crashes;
        self.virtual_time = self.virtual_time.saturating_add(other.virtual_time);
        let Self { faults, stages, cautions, .. } = self;
        for (to, from) in [(faults, &other.faults), (stages, &other.stages), (cautions, &other.cautions)] {
            for (name, n) in from {
                *to.entry(name).or_default() += n;
            }
        }
    }

    pub fn years(&self) -> f64 {
        self.virtual_time.as_secs_f64() / (365.25 * 86_400.0)
    }
}

impl Fate {
    pub fn new(seed: u64, bug: Option<Bug>, start: Timestamp) -> Self {
        let mut lots = Lots::new(seed);
        let storm = lots.pick(&[0, 2, 5, 12]);
        let notes = Notes {
            lots,
            bug,
            storm,
            element_out: start,
            mail_out: start,
            tally: Tally::default(),
            order: BTreeMap::new(),
            touched: BTreeSet::new(),
            owners: BTreeMap::new(),
            deeds: BTreeMap::new(),
            declared: BTreeMap::new(),
            ended: BTreeMap::new(),
            holds: BTreeMap::new(),
            locks: Vec::new(),
            late: Vec::new(),
            complaints: Vec::new(),
        };
        Self { notes: Arc::new(Mutex::new(notes)), clock: Arc::new(AtomicI64::new(start.as_microsecond())) }
    }

    pub fn with<R>(&self, look: impl FnOnce(&mut Notes) -> R) -> R {
        look(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub fn pass(&self, time: SignedDuration) {
        self.clock.fetch_add(time.as_micros() as i64, Ordering::Relaxed);
        self.with(|n| n.tally.virtual_time = n.tally.virtual_time.saturating_add(time));
    }

    pub fn bug(&self, bug: Bug) -> bool {
        self.with(|n| n.bug == Some(bug))
    }

    pub fn below(&self, n: u64) -> u64 {
        self.with(|notes| notes.lots.below(n))
    }

    pub fn percent(&self, n: u64) -> bool {
        self.with(|notes| notes.lots.percent(n))
    }

    pub fn pick<T: Clone>(&self, from: &[T]) -> T {
        self.with(|notes| notes.lots.pick(from))
    }

    /// Whether it goes wrong now, counted under a name.
    pub fn strikes(&self, name: &'static str) -> bool {
        self.with(|n| {
            let storm = n.storm;
            let yes = storm > 0 && n.lots.percent(storm);
            if yes {
                *n.tally.faults.entry(name).or_default() += 1;
            }
            yes
        })
    }

    pub fn count(&self, fault: &'static str) {
        self.with(|n| *n.tally.faults.entry(fault).or_default() += 1);
    }

    pub fn complain(&self, what: String) {
        self.with(|n| n.complaints.push(what));
    }

    /// The place of a case in the life, by which it is spoken of.
    pub fn nth(&self, case: CaseRef) -> u64 {
        self.with(|n| n.order.get(&case).copied().unwrap_or(u64::MAX))
    }
}
