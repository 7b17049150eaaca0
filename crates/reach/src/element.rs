//! Network elements: each connector a file, and [`All`], several of them as one.

pub mod es2plus;
pub mod http;
pub mod inventory;
pub mod osmo_hlr;
pub mod pyhss;

use std::sync::Arc;

use async_trait::async_trait;
use case::{EffectId, Timestamp};

pub use self::es2plus::{Es2plus, Es2plusElement};
pub use self::http::{Http, HttpElement};
pub use self::inventory::{Inventory, InventoryElement};
pub use self::osmo_hlr::OsmoHlr;
pub use self::pyhss::{Pyhss, PyhssElement};
use crate::{Element, Failure, Line, Observed, ReadBack};

/// Several elements that must all let go of a card, asked in this order. The operator's own record
/// comes last: it says "ceased" only once the network does.
pub struct All {
    elements: Vec<Arc<dyn Element>>,
    name: String,
}

impl All {
    pub fn new(elements: Vec<Arc<dyn Element>>) -> Self {
        let names: Vec<_> = elements.iter().map(|e| e.name()).collect();
        let name = names.join(" + ");
        Self { elements, name }
    }

    /// What they say together: gone only where it is gone from all, active where any still serves it.
    fn together(reads: &[(&str, ReadBack)], now: Timestamp) -> ReadBack {
        let all = |wanted: Observed| reads.iter().all(|(_, read)| read.observed == wanted);
        let observed = if all(Observed::Gone) {
            Observed::Gone
        } else if reads.iter().any(|(_, read)| read.observed == Observed::Active) {
            Observed::Active
        } else {
            Observed::Barred
        };
        let said: Vec<_> = reads.iter().map(|(name, read)| format!("{name}: {}", read.evidence)).collect();
        let at = reads.iter().map(|(_, read)| read.at).max().unwrap_or(now);
        let profile_left = reads.iter().any(|(_, read)| read.profile_left);
        ReadBack { observed, evidence: said.join("; "), at, profile_left }
    }
}

/// What an element that goes by numbers says of an activation that has none any more: it was followed by
/// another, and whatever the element has under those numbers is the other's. Nothing is sent.
pub(crate) fn superseded(line: &Line, now: Timestamp) -> Option<ReadBack> {
    let none = line.iccid.is_none() && line.imsi.is_none() && line.eid.is_none();
    none.then(|| ReadBack::new(Observed::Gone, "no such activation", now))
}

/// Asks each in turn and stops at the first that has not done what is wanted: what comes after it must
/// not be ahead of it.
macro_rules! each {
    ($all:ident, $now:ident, $element:ident => $ask:expr, $wanted:expr) => {{
        let mut reads = Vec::new();
        for $element in &$all.elements {
            let read: ReadBack = $ask.await?;
            let done = $wanted(read.observed);
            reads.push(($element.name(), read));
            if !done {
                break;
            }
        }
        Ok(All::together(&reads, $now))
    }};
}

#[async_trait]
impl Element for All {
    fn name(&self) -> &str {
        &self.name
    }

    fn parts(&self) -> Option<&[Arc<dyn Element>]> {
        Some(&self.elements)
    }

    fn tells_only_when_asked(&self) -> bool {
        self.elements.iter().any(|e| e.tells_only_when_asked())
    }

    fn wants_numbers(&self) -> bool {
        self.elements.iter().any(|e| e.wants_numbers())
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        each!(self, now, e => e.observe(line, now), |_| true)
    }

    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        each!(self, now, e => e.bar(line, key, now), |seen| seen != Observed::Active)
    }

    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        each!(self, now, e => e.unbar(line, key, now), |seen| seen != Observed::Barred)
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        each!(self, now, e => e.cease(line, key, now), |seen| seen == Observed::Gone)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use case::{CardId, CaseRef, Subscription};

    use super::*;

    /// Answers what it is told to, and remembers whether it was asked to end the card.
    struct Says(&'static str, Observed, Mutex<u32>);

    #[async_trait]
    impl Element for Says {
        fn name(&self) -> &str {
            self.0
        }
        async fn observe(&self, _: &Line, at: Timestamp) -> Result<ReadBack, Failure> {
            Ok(ReadBack::new(self.1, format!("{:?}", self.1), at))
        }
        async fn bar(&self, line: &Line, _: EffectId, at: Timestamp) -> Result<ReadBack, Failure> {
            self.observe(line, at).await
        }
        async fn unbar(&self, line: &Line, _: EffectId, at: Timestamp) -> Result<ReadBack, Failure> {
            self.observe(line, at).await
        }
        async fn cease(&self, line: &Line, _: EffectId, at: Timestamp) -> Result<ReadBack, Failure> {
            *self.2.lock().unwrap() += 1;
            self.observe(line, at).await
        }
    }

    fn says(name: &'static str, observed: Observed) -> Arc<Says> {
        Arc::new(Says(name, observed, Mutex::new(0)))
    }

    #[tokio::test]
    async fn the_record_is_not_touched_before_the_network_has_let_go() {
        let line = Line::bare(Subscription { card: CardId::from_bits(1), generation: 1 });
        let key = EffectId { case: CaseRef::from_bits(7), n: 1 };
        let now = Timestamp::UNIX_EPOCH;
        for (hlr, wanted, asked) in [(Observed::Barred, Observed::Barred, 0), (Observed::Gone, Observed::Gone, 1)] {
            let record = says("inventory", Observed::Gone);
            let all = All::new(vec![says("hlr", hlr), record.clone()]);
            let read = all.cease(&line, key, now).await.unwrap();
            assert_eq!((read.observed, *record.2.lock().unwrap()), (wanted, asked), "{}", read.evidence);
        }
        let all = All::new(vec![says("hlr", Observed::Gone), says("inventory", Observed::Active)]);
        assert_eq!(all.name(), "hlr + inventory");
        let read = all.observe(&line, now).await.unwrap();
        assert_eq!((read.observed, read.evidence.as_str()), (Observed::Active, "hlr: Gone; inventory: Active"));
    }
}
