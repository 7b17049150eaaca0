//! Whether the network and our records say the same. Each element that has a list of its own is walked beside
//! our cards, both in the order of the IMSI, a page of each at a time: a million cards are never in memory at
//! once. What differs is asked about again before it counts, so that what is on its way is no alarm.

use std::collections::VecDeque;

use case::identify::Identifier;
use case::{CardRecord, CardState, Stage, Timestamp};
use jiff::SignedDuration;
use reach::{Element, Failure, Held, Observed};
use serde::{Deserialize, Serialize};
use store::{AnyStore, Differs, StoreError};

use super::of;
use crate::app::App;

/// Of either side, at once.
const PAGE: u32 = 500;
/// What has changed within this may still be on its way to the other side.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
const MARK: &str = "compared";

/// What one comparison of one element came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub element: String,
    /// Of ours that were compared.
    pub cards: u64,
    pub differences: u64,
    /// What it holds that no card of ours has the number of, or that has no number to compare by.
    pub strangers: u64,
    /// Why it could not be told; none where the comparison is whole.
    pub cannot: Option<String>,
}

/// When it was compared last, and what that came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    pub at: Timestamp,
    pub told: Vec<Told>,
}

pub async fn last(store: &AnyStore) -> Result<Option<Last>, StoreError> {
    Ok(store.mark(MARK).await?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Compares every element that is not our own record.
pub async fn run(app: &App) -> Result<Vec<Told>, StoreError> {
    let element = app.element.as_ref();
    let all: Vec<&dyn Element> = match element.parts() {
        Some(parts) => parts.iter().map(AsRef::as_ref).collect(),
        None => vec![element],
    };
    let mut told = Vec::new();
    for element in all.into_iter().filter(|element| !element.reads_back_itself()) {
        told.push(compare(app, element).await?);
    }
    let last = Last { at: app.now(), told };
    app.store.put_mark(MARK, &serde_json::to_string(&last).unwrap_or_default()).await?;
    Ok(last.told)
}

async fn compare(app: &App, element: &dyn Element) -> Result<Told, StoreError> {
    let began = app.now();
    let mut told = Told { element: element.name().to_owned(), ..Told::default() };
    match walk(app, element, began, &mut told).await {
        Ok(()) => {
            app.store.resolve(element.name(), began, app.now()).await?;
        }
        Err(Cannot::Store(error)) => return Err(error),
        Err(Cannot::Tell(why)) => {
            tracing::warn!(element = element.name(), %why, "it could not be compared to its end");
            told.cannot = Some(why);
        }
    }
    Ok(told)
}

/// Why a comparison has no end.
enum Cannot {
    Store(StoreError),
    Tell(String),
}

impl From<StoreError> for Cannot {
    fn from(error: StoreError) -> Self {
        Cannot::Store(error)
    }
}

impl From<Failure> for Cannot {
    fn from(failure: Failure) -> Self {
        Cannot::Tell(failure.to_string())
    }
}

async fn walk(app: &App, element: &dyn Element, began: Timestamp, told: &mut Told) -> Result<(), Cannot> {
    let mut theirs = Theirs { element, page: VecDeque::new(), after: None, over: false };
    let mut ours = Ours { store: &app.store, page: VecDeque::new(), after: String::new(), over: false };
    loop {
        theirs.fill(&mut told.strangers).await?;
        ours.fill().await?;
        let (their, our) = (theirs.page.front().map(|(imsi, _)| imsi), ours.page.front().map(|(imsi, _)| imsi));
        let imsi = match (their, our) {
            (None, None) => return Ok(()),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (Some(their), Some(our)) => their.min(our).clone(),
        };
        let said = theirs.page.pop_front_if(|(held, _)| *held == imsi).map(|(_, observed)| observed);
        let Some((_, cards)) = ours.page.pop_front_if(|(held, _)| *held == imsi) else {
            told.strangers += 1;
            continue;
        };
        told.cards += 1;
        let Some(card) = present(cards) else { continue };
        if differs(card.state, said.unwrap_or(Observed::Gone)).is_some()
            && let Some((card, what)) = confirmed(app, element, &imsi).await?
        {
            told.differences += 1;
            app.store.found(element.name(), &card.subscription(), what, app.now(), began).await?;
        }
    }
}

/// Of the cards that have or had a number, the one that it is about.
fn present(cards: Vec<CardRecord>) -> Option<CardRecord> {
    let rank = |card: &CardRecord| match card.state {
        CardState::Active => 2,
        CardState::Barred => 1,
        CardState::Ceased => 0,
    };
    cards.into_iter().max_by_key(|card| (rank(card), card.changed_at))
}

fn differs(ours: CardState, theirs: Observed) -> Option<Differs> {
    match (ours, theirs) {
        (CardState::Ceased, Observed::Active | Observed::Barred) => Some(Differs::Served),
        (CardState::Active | CardState::Barred, Observed::Gone) => Some(Differs::Unknown),
        (CardState::Active, Observed::Barred) => Some(Differs::Barred),
        (CardState::Barred, Observed::Active) => Some(Differs::Active),
        (CardState::Active, Observed::Active)
        | (CardState::Barred, Observed::Barred)
        | (CardState::Ceased, Observed::Gone) => None,
    }
}

/// Both sides asked again, now. Nothing where they agree, or where the card is on its way.
async fn confirmed(app: &App, element: &dyn Element, imsi: &str) -> Result<Option<(CardRecord, Differs)>, Cannot> {
    let Ok(number) = imsi.parse() else { return Ok(None) };
    let Some(card) = present(app.store.find_cards(&Identifier::Imsi(number)).await?) else { return Ok(None) };
    let now = app.now();
    if now.duration_since(card.changed_at) < GRACE || moving(app, &card).await? {
        return Ok(None);
    }
    let read = element.observe(&of(card.clone()), now).await?;
    Ok(differs(card.state, read.observed).map(|what| (card, what)))
}

/// A case is just telling the network something about it.
async fn moving(app: &App, card: &CardRecord) -> Result<bool, StoreError> {
    let Some(reference) = app.store.open_case_of(card.id).await? else { return Ok(false) };
    let case = app.store.case(reference).await?;
    Ok(case.is_some_and(|case| {
        let owes = case.owed.iter().any(|(_, what)| matches!(what.as_str(), "bar" | "unbar" | "cease"));
        owes || matches!(case.stage, Stage::Ceasing { .. })
    }))
}

/// What an element holds, in order. A list that is in none has no end, and is no list.
struct Theirs<'a> {
    element: &'a dyn Element,
    page: VecDeque<(String, Observed)>,
    after: Option<String>,
    over: bool,
}

impl Theirs<'_> {
    async fn fill(&mut self, strangers: &mut u64) -> Result<(), Cannot> {
        while self.page.is_empty() && !self.over {
            let Some(page) = self.element.held(self.after.as_deref(), PAGE).await? else {
                return Err(Cannot::Tell("it has no list".into()));
            };
            self.over = page.is_empty();
            for Held { imsi, iccid, observed } in page {
                let named = imsi.is_some();
                let number = imsi.or(iccid).unwrap_or_default();
                if self.after.as_ref().is_some_and(|after| number <= *after) || number.is_empty() {
                    return Err(Cannot::Tell("its list is not in the order of its numbers".into()));
                }
                self.after = Some(number.clone());
                if named {
                    self.page.push_back((number, observed));
                } else {
                    *strangers += 1;
                }
            }
        }
        Ok(())
    }
}

/// Our cards, in order, those of one number together.
struct Ours<'a> {
    store: &'a AnyStore,
    page: VecDeque<(String, Vec<CardRecord>)>,
    after: String,
    over: bool,
}

impl Ours<'_> {
    async fn fill(&mut self) -> Result<(), StoreError> {
        if !self.page.is_empty() || self.over {
            return Ok(());
        }
        let cards = self.store.cards_by_imsi(&self.after, PAGE).await?;
        self.over = cards.is_empty();
        for card in cards {
            let Some(imsi) = card.imsi.clone() else { continue };
            match self.page.back_mut() {
                Some((held, same)) if *held == imsi => same.push(card),
                Some(_) | None => self.page.push_back((imsi.clone(), vec![card])),
            }
            self.after = imsi;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
