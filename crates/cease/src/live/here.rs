//! Who is here: which case somebody has open, who is typing, who takes chats. Kept in memory, each entry
//! for a short time after its page last said so; nothing depends on it but what pages say of each other
//! and by which way an answer goes.

use std::collections::{BTreeMap, BTreeSet};

use case::{AccountId, CaseRef, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{SessionKey, Topic};

/// How long a page is believed to be open after it last said so.
pub const STAYS: SignedDuration = SignedDuration::from_secs(45);
/// How long somebody is believed to be typing.
pub const TYPES: SignedDuration = SignedDuration::from_secs(6);
/// Entries of this process; beyond that newcomers are not seen until others go.
const ROOM: usize = 20_000;

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A holder at the chat of their case.
    Chat(CaseRef),
    /// A member of staff at a case.
    Case(CaseRef),
    /// A member of staff who takes chats.
    Takes,
}

impl Place {
    pub fn case(self) -> Option<CaseRef> {
        match self {
            Place::Chat(case) | Place::Case(case) => Some(case),
            Place::Takes => None,
        }
    }

    /// What is different where somebody comes, goes or types. The chat's queue is about who is there, and
    /// every holder hears of it: typing is no reason to wake them all.
    fn topics(self, moves: bool) -> Vec<Topic> {
        match self {
            Place::Chat(case) if moves => vec![Topic::Here(case), Topic::Chats],
            Place::Chat(case) => vec![Topic::Here(case)],
            Place::Case(case) => vec![Topic::Here(case), Topic::Desk],
            Place::Takes => vec![Topic::Chats],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub staff: Option<AccountId>,
    pub until: Timestamp,
    pub typing_until: Option<Timestamp>,
}

impl Seat {
    fn types(&self, now: Timestamp) -> bool {
        self.typing_until.is_some_and(|until| until > now)
    }
}

pub type Key = (SessionKey, Place);

/// Who is at a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtCase {
    /// Staff, and whether they are typing.
    pub staff: Vec<(AccountId, bool)>,
    /// The holder has the chat open.
    pub holder: bool,
    pub holder_types: bool,
}

impl AtCase {
    /// Whether somebody at the desk is typing.
    pub fn desk_types(&self) -> bool {
        self.staff.iter().any(|(_, types)| *types)
    }
}

#[derive(Default)]
pub struct Here {
    ours: BTreeMap<Key, Seat>,
    others: BTreeMap<Key, Seat>,
}

impl Here {
    /// Answers what is different now for those who look.
    pub fn sit(
        &mut self,
        session: SessionKey,
        place: Place,
        staff: Option<AccountId>,
        typing: Option<bool>,
        now: Timestamp,
    ) -> Vec<Topic> {
        let key = (session, place);
        if self.ours.len() >= ROOM && !self.ours.contains_key(&key) {
            return Vec::new();
        }
        let before = self.seen(&key, now);
        let typing_until = match typing {
            Some(typing) => typing.then(|| later(now, TYPES)),
            None => self.ours.get(&key).and_then(|seat| seat.typing_until),
        };
        self.ours.insert(key, Seat { staff, until: later(now, STAYS), typing_until });
        if before.is_some() && before == self.seen(&key, now) { Vec::new() } else { place.topics(before.is_none()) }
    }

    pub fn leave(&mut self, session: SessionKey, place: Place) -> Vec<Topic> {
        let gone = self.ours.remove(&(session, place)).is_some() | self.others.remove(&(session, place)).is_some();
        if gone { place.topics(true) } else { Vec::new() }
    }

    /// Whether somebody sits there, and then whether they type.
    fn seen(&self, key: &Key, now: Timestamp) -> Option<bool> {
        let seats = [self.ours.get(key), self.others.get(key)];
        let mut there = seats.into_iter().flatten().filter(|seat| seat.until > now).peekable();
        there.peek()?;
        Some(there.any(|seat| seat.types(now)))
    }

    fn all(&self, now: Timestamp) -> impl Iterator<Item = (&Key, &Seat)> {
        self.ours.iter().chain(&self.others).filter(move |(_, seat)| seat.until > now)
    }

    pub fn takes(&self, session: SessionKey, now: Timestamp) -> bool {
        self.seen(&(session, Place::Takes), now).is_some()
    }

    pub fn takers(&self, now: Timestamp) -> usize {
        let takers = self.all(now).filter(|((_, place), _)| *place == Place::Takes);
        takers.filter_map(|(_, seat)| seat.staff).collect::<BTreeSet<_>>().len()
    }

    pub fn chatting(&self, now: Timestamp) -> BTreeSet<CaseRef> {
        let chats = self.all(now).filter(|((_, place), _)| matches!(place, Place::Chat(_)));
        chats.filter_map(|((_, place), _)| place.case()).collect()
    }

    pub fn at(&self, case: CaseRef, now: Timestamp) -> AtCase {
        let mut at = AtCase::default();
        let mut staff = BTreeMap::new();
        for ((_, place), seat) in self.all(now) {
            if *place == Place::Chat(case) {
                at.holder = true;
                at.holder_types |= seat.types(now);
            } else if *place == Place::Case(case)
                && let Some(account) = seat.staff
            {
                *staff.entry(account).or_default() |= seat.types(now);
            }
        }
        at.staff = staff.into_iter().collect();
        at
    }

    pub fn open_cases(&self, now: Timestamp) -> Vec<(CaseRef, AccountId, bool)> {
        let mut open = BTreeMap::new();
        for ((_, place), seat) in self.all(now) {
            if let (Place::Case(case), Some(account)) = (place, seat.staff) {
                *open.entry((*case, account)).or_default() |= seat.types(now);
            }
        }
        open.into_iter().map(|((case, account), types)| (case, account, types)).collect()
    }

    /// The cases a session of staff has open.
    pub fn cases_of(&self, session: SessionKey, now: Timestamp) -> Vec<CaseRef> {
        self.all(now)
            .filter(|((of, place), _)| *of == session && matches!(place, Place::Case(_)))
            .filter_map(|((_, place), _)| place.case())
            .collect()
    }

    /// Forgets who has gone and who has stopped typing; answers what is different for those who look.
    pub fn pass(&mut self, now: Timestamp) -> Vec<Topic> {
        let mut topics = Vec::new();
        for seats in [&mut self.ours, &mut self.others] {
            seats.retain(|(_, place), seat| {
                let stays = seat.until > now;
                if !stays || (seat.typing_until.is_some() && !seat.types(now)) {
                    topics.extend(place.topics(!stays));
                    seat.typing_until = None;
                }
                stays
            });
        }
        topics
    }

    pub fn ours(&self) -> Vec<(Key, Seat)> {
        self.ours.iter().map(|(key, seat)| (*key, *seat)).collect()
    }

    /// What the other processes tell; answers what is different for those who look.
    pub fn set_others(&mut self, others: BTreeMap<Key, Seat>, now: Timestamp) -> Vec<Topic> {
        let keys: BTreeSet<Key> = self.others.keys().chain(others.keys()).copied().collect();
        let before: Vec<_> = keys.iter().map(|key| self.seen(key, now)).collect();
        self.others = others;
        let now = |key| self.seen(key, now);
        let different = keys.iter().zip(before).filter(|(key, before)| now(key) != *before);
        different.flat_map(|(key, before)| key.1.topics(before.is_some() != now(key).is_some())).collect()
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
