//! The inventory, as a network would show it: requests and answers get lost, come twice, come late,
//! and sometimes nobody is at home. Every real change of a card is seen here, and questioned.

use std::sync::Arc;

use async_trait::async_trait;
use case::case::Step;
use case::identify::Identifier;
use case::{CardState, EffectId, Stage, Subscription, Timestamp};
use cease::inventory::StoreInventory;
use reach::element::InventoryElement;
use reach::{Element, Failure, Line, Observed, ReadBack};
use store::AnyStore;

use crate::bugs::Bug;
use crate::checks::may_end;
use crate::fate::{Fate, Request};
use crate::lots::{at_once, pause};

pub struct FaultyElement {
    fate: Fate,
    raw: AnyStore,
    real: InventoryElement<StoreInventory>,
}

impl FaultyElement {
    pub fn new(fate: Fate, raw: AnyStore) -> Arc<Self> {
        let real = InventoryElement(StoreInventory(raw.clone()));
        Arc::new(Self { fate, raw, real })
    }

    /// What has been under way for some time arrives.
    pub fn deliver_late(&self, now: Timestamp) {
        let late = self.fate.with(|n| std::mem::take(&mut n.late));
        for (request, subscription, key) in late {
            self.fate.count("a request arrived late");
            // Nobody waits for this answer.
            let _ = self.carry_out(request, &subscription, key, now);
        }
    }

    async fn request(
        &self,
        request: Request,
        s: &Subscription,
        key: EffectId,
        now: Timestamp,
    ) -> Result<ReadBack, Failure> {
        let fate = &self.fate;
        pause(fate.below(4)).await;
        if fate.with(|n| n.element_out > now) {
            fate.count("element out");
            return Err(Failure::Retry("nobody answers".into()));
        }
        if fate.strikes("request dropped") {
            return Err(Failure::Retry("timed out".into()));
        }
        if fate.strikes("request delayed") {
            fate.with(|n| n.late.push((request, s.clone(), key)));
            return Err(Failure::Retry("timed out".into()));
        }
        if fate.strikes("element refuses") {
            return Err(Failure::GiveUp("not allowed".into()));
        }
        let answer = self.carry_out(request, s, key, now);
        let twice = fate.bug(Bug::ElementForgetsKeys) && request == Request::Bar;
        if twice || fate.strikes("request came twice") {
            fate.with(|n| n.late.push((request, s.clone(), key)));
        }
        pause(fate.below(4)).await;
        if fate.strikes("answer lost") {
            return Err(Failure::Retry("timed out".into()));
        }
        if fate.strikes("stale read back") {
            return answer.map(|read| ReadBack { observed: Observed::Active, ..read });
        }
        answer
    }

    /// The change itself, in one instant, watched.
    fn carry_out(
        &self,
        request: Request,
        s: &Subscription,
        key: EffectId,
        now: Timestamp,
    ) -> Result<ReadBack, Failure> {
        let (bug, mut to, mut request, mut key_sent) = (self.fate.with(|n| n.bug), s.clone(), request, key);
        match bug {
            Some(Bug::ElementLies) if request == Request::Cease => {
                return Ok(ReadBack::new(Observed::Gone, "state=ceased", now));
            }
            Some(Bug::ElementByNumber) => to = self.by_number(s),
            Some(Bug::BarDeletes) if request == Request::Bar => request = Request::Cease,
            Some(Bug::ElementForgetsKeys) => key_sent.n = self.fate.below(1 << 30) as u32 + 1000,
            _ => {}
        }
        let before = self.state(&to);
        let answer = at_once(async {
            match request {
                Request::Bar => self.real.bar(&Line::bare(to.clone()), key_sent, now).await,
                Request::Unbar => self.real.unbar(&Line::bare(to.clone()), key_sent, now).await,
                Request::Cease => self.real.cease(&Line::bare(to.clone()), key_sent, now).await,
            }
        });
        if before != self.state(&to) {
            self.question(s, &to, key);
        }
        answer
    }

    fn state(&self, s: &Subscription) -> Option<CardState> {
        let card = at_once(self.raw.card(s.card)).ok().flatten();
        card.filter(|card| card.generation == s.generation).map(|card| card.state)
    }

    /// Whether a change that was really made was owed by that case, and for an end, whether it was due.
    fn question(&self, meant: &Subscription, changed: &Subscription, key: EffectId) {
        let nth = self.fate.nth(key.case);
        if meant != changed {
            self.fate.complain(format!("case {nth}: another card was switched than the one it is about"));
        }
        if self.state(changed) != Some(CardState::Ceased) {
            return;
        }
        let times = self.fate.with(|n| {
            let times = n.ended.entry((changed.card, changed.generation)).or_default();
            *times += 1;
            *times
        });
        if times > 1 {
            self.fate.complain(format!("case {nth}: its card was ended {times} times"));
        }
        match at_once(self.raw.case(key.case)) {
            Ok(Some(case)) if matches!(case.stage, Stage::Ceasing { step: Step::Deleting, .. }) => {
                if let Err(why) = may_end(&self.fate, &case, changed) {
                    self.fate.complain(format!("case {nth}: {why}"));
                }
            }
            Ok(case) => {
                let at = case.map_or("none", |case| case.stage.name());
                self.fate.complain(format!("case {nth}: a card was ended by a case at {at}"));
            }
            Err(why) => self.fate.complain(format!("case {nth} cannot be read: {why}")),
        }
    }

    fn by_number(&self, s: &Subscription) -> Subscription {
        let number = at_once(self.raw.card(s.card)).ok().flatten().and_then(|card| card.msisdn);
        let Some(Ok(number)) = number.map(|number| number.parse()) else { return s.clone() };
        let cards = at_once(self.raw.find_cards(&Identifier::Msisdn(number))).unwrap_or_default();
        let live = cards.iter().find(|card| card.state != CardState::Ceased);
        live.map_or_else(|| s.clone(), case::CardRecord::subscription)
    }
}

#[async_trait]
impl Element for FaultyElement {
    fn name(&self) -> &str {
        self.real.name()
    }

    fn wants_numbers(&self) -> bool {
        self.real.wants_numbers()
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        at_once(self.real.observe(line, now))
    }

    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.request(Request::Bar, &line.subscription, key, now).await
    }

    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.request(Request::Unbar, &line.subscription, key, now).await
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.request(Request::Cease, &line.subscription, key, now).await
    }
}
