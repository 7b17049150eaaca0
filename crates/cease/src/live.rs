//! Hints that something has changed, for pages that are open. A hint carries no data: it names a topic,
//! and whoever hears it reads the store again. So a lost hint costs time and never a message, and what
//! a reader may see is decided where it is read.
//!
//! Within this process a commit wakes its readers at once. Between processes each tells the others by a
//! row of the store about once a second ([`pulse`]).

mod here;
pub mod pulse;
pub mod stream;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use case::{AccountId, CaseRef, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

pub use here::{AtCase, Place};

use crate::chance;
use here::Here;

/// What a hint may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Something was missed, or too much has happened: read everything again.
    All,
    /// The desk's lists.
    Desk,
    /// The queue of the chat.
    Chats,
    /// A case and its thread.
    Thread(CaseRef),
    /// Who has a case open, and who is typing.
    Here(CaseRef),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::All => f.write_str("all"),
            Topic::Desk => f.write_str("desk"),
            Topic::Chats => f.write_str("chats"),
            Topic::Thread(case) => write!(f, "thread {case}"),
            Topic::Here(case) => write!(f, "here {case}"),
        }
    }
}

/// A session, as presence and streams name it: the beginning of its id, which is a hash already.
pub type SessionKey = u64;

pub fn session_key(id: &[u8; 32]) -> SessionKey {
    let mut first = [0; 8];
    first.copy_from_slice(&id[..8]);
    u64::from_be_bytes(first)
}

/// Moves remembered for other processes. Beyond that they are told to read everything again.
const MOVES: usize = 512;
/// Posts of one session in a minute: a dozen tabs that say they are here, somebody typing, and a list gone through fast.
const POSTS: u32 = 600;

/// How often the queue of the chat is told.
const QUEUE: Duration = Duration::from_millis(900);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

pub struct Hub {
    /// This process, to the others.
    process: String,
    /// Numbers hints and streams; begins with the time, so that it grows over restarts too.
    next: AtomicU64,
    open: AtomicUsize,
    /// Whether another process has to be told what moves here.
    told: AtomicBool,
    stopped: watch::Sender<bool>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    listeners: HashMap<u64, Listener>,
    networks: HashMap<String, usize>,
    here: Here,
    moved: VecDeque<(u64, CaseRef)>,
    /// The newest move that was forgotten for want of room.
    lost: u64,
    posts: (i64, HashMap<SessionKey, u32>),
    queue_told: Option<Instant>,
    queue_owed: bool,
}

struct Listener {
    session: SessionKey,
    network: String,
    topics: BTreeSet<Topic>,
    /// What to tell next. It holds no more than `topics` does, however slow the reader.
    dirty: BTreeSet<Topic>,
    wake: Arc<Notify>,
}

impl Inner {
    /// Everybody at the chat hears of its queue, so it is told once in a while: at once, and what comes soon
    /// after with the next beat of the pulse.
    fn tells_queue(&mut self) -> bool {
        let now = Instant::now();
        let tells = self.queue_told.is_none_or(|told| now.duration_since(told) >= QUEUE);
        self.queue_owed = !tells;
        if tells {
            self.queue_told = Some(now);
        }
        tells
    }

    /// Tells a move, and those before it, no more.
    fn forget(&mut self, until: u64) {
        while let Some((n, _)) = self.moved.front().copied().filter(|(n, _)| *n <= until) {
            self.lost = n;
            self.moved.pop_front();
        }
    }

    fn hint(&mut self, topics: &[Topic]) {
        let queue = topics.contains(&Topic::Chats) && self.tells_queue();
        let topics = topics.iter().filter(|topic| **topic != Topic::Chats || queue);
        for listener in self.listeners.values_mut() {
            for topic in topics.clone() {
                if (*topic == Topic::All || listener.topics.contains(topic)) && listener.dirty.insert(*topic) {
                    listener.wake.notify_one();
                }
            }
        }
    }
}

impl Hub {
    pub fn new(now: Timestamp) -> Self {
        Self {
            process: chance::token(),
            next: AtomicU64::new(u64::try_from(now.as_microsecond()).unwrap_or(1)),
            open: AtomicUsize::new(0),
            told: AtomicBool::new(false),
            stopped: watch::Sender::new(false),
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A case has been changed, and the change is on disk. Costs next to nothing where nobody listens.
    /// Lists show it only when they are [`Self::listed`].
    pub fn moved(&self, case: CaseRef) {
        let told = self.told.load(Ordering::Relaxed);
        if !told && self.open.load(Ordering::Relaxed) == 0 {
            return;
        }
        let n = self.number();
        let mut inner = self.lock();
        inner.hint(&[Topic::Thread(case)]);
        if told {
            inner.moved.push_back((n, case));
            if inner.moved.len() > MOVES {
                let first = inner.moved.front().map_or(0, |(n, _)| *n);
                inner.forget(first);
            }
        }
    }

    /// The index has moved: lists show something else than before.
    pub fn listed(&self) {
        if self.open.load(Ordering::Relaxed) > 0 {
            self.lock().hint(&[Topic::Desk]);
        }
    }

    /// The chat's queue has changed.
    pub fn queued(&self) {
        self.lock().hint(&[Topic::Chats]);
    }

    /// Opens a stream; its number.
    fn listen(
        &self,
        session: SessionKey,
        network: &str,
        topics: BTreeSet<Topic>,
        limits: Room,
    ) -> Result<(u64, Arc<Notify>), Full> {
        let mut inner = self.lock();
        let of_network = inner.networks.get(network).copied().unwrap_or(0);
        let of_session = inner.listeners.values().filter(|l| l.session == session).count();
        let room = inner.listeners.len() < limits.all && of_network < limits.network && of_session < limits.session;
        if !room || *self.stopped.borrow() {
            return Err(Full);
        }
        let (n, wake) = (self.number(), Arc::new(Notify::new()));
        *inner.networks.entry(network.to_owned()).or_default() += 1;
        let listener =
            Listener { session, network: network.to_owned(), topics, dirty: BTreeSet::new(), wake: wake.clone() };
        inner.listeners.insert(n, listener);
        self.open.store(inner.listeners.len(), Ordering::Relaxed);
        Ok((n, wake))
    }

    fn hear(&self, stream: u64) -> BTreeSet<Topic> {
        self.lock().listeners.get_mut(&stream).map(|l| std::mem::take(&mut l.dirty)).unwrap_or_default()
    }

    fn retune(&self, stream: u64, topics: BTreeSet<Topic>) {
        if let Some(listener) = self.lock().listeners.get_mut(&stream) {
            let fresh: Vec<Topic> = topics.difference(&listener.topics).copied().collect();
            listener.topics = topics;
            listener.dirty.retain(|topic| *topic == Topic::All || listener.topics.contains(topic));
            if !fresh.is_empty() {
                listener.dirty.extend(fresh);
                listener.wake.notify_one();
            }
        }
    }

    fn close(&self, stream: u64) {
        let mut inner = self.lock();
        if let Some(listener) = inner.listeners.remove(&stream)
            && let Some(count) = inner.networks.get_mut(&listener.network)
        {
            *count -= 1;
            if *count == 0 {
                inner.networks.remove(&listener.network);
            }
        }
        self.open.store(inner.listeners.len(), Ordering::Relaxed);
    }

    /// Open streams.
    pub fn streams(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Ends every stream, so that a server that stops can be done.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Whether this session may post one more of the small things that pages post by themselves.
    pub fn allows(&self, session: SessionKey, now: Timestamp) -> bool {
        let minute = now.as_second() / 60;
        let mut inner = self.lock();
        if inner.posts.0 != minute {
            inner.posts = (minute, HashMap::new());
        }
        let count = inner.posts.1.entry(session).or_default();
        *count += 1;
        *count <= POSTS
    }

    /// Somebody is at a place; whether they are typing, where that is known.
    pub fn sit(
        &self,
        session: SessionKey,
        place: Place,
        staff: Option<AccountId>,
        typing: Option<bool>,
        now: Timestamp,
    ) {
        let mut inner = self.lock();
        let topics = inner.here.sit(session, place, staff, typing, now);
        // Staff hear of a case for as long as they have it open.
        if staff.is_some()
            && let Some(case) = place.case()
        {
            let of_case = [Topic::Thread(case), Topic::Here(case)];
            inner.listeners.values_mut().filter(|l| l.session == session).for_each(|l| l.topics.extend(of_case));
        }
        inner.hint(&topics);
    }

    pub fn leave(&self, session: SessionKey, place: Place) {
        let mut inner = self.lock();
        let topics = inner.here.leave(session, place);
        inner.hint(&topics);
    }

    /// A page of the desk is open: where its agent takes chats, they still do.
    pub fn still_takes(&self, session: SessionKey, staff: AccountId, now: Timestamp) {
        let mut inner = self.lock();
        if inner.here.takes(session, now) {
            inner.here.sit(session, Place::Takes, Some(staff), None, now);
        }
    }

    pub fn takes(&self, session: SessionKey, now: Timestamp) -> bool {
        self.lock().here.takes(session, now)
    }

    /// Staff who take chats now.
    pub fn takers(&self, now: Timestamp) -> usize {
        self.lock().here.takers(now)
    }

    /// Cases whose holder has the chat open.
    pub fn chatting(&self, now: Timestamp) -> BTreeSet<CaseRef> {
        self.lock().here.chatting(now)
    }

    pub fn at(&self, case: CaseRef, now: Timestamp) -> AtCase {
        self.lock().here.at(case, now)
    }

    /// Cases that staff have open, with who and whether they are typing.
    pub fn open_cases(&self, now: Timestamp) -> Vec<(CaseRef, AccountId, bool)> {
        self.lock().here.open_cases(now)
    }

    fn cases_of(&self, session: SessionKey, now: Timestamp) -> Vec<CaseRef> {
        self.lock().here.cases_of(session, now)
    }
}

/// How many streams there may be.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub all: usize,
    pub network: usize,
    pub session: usize,
}

#[cfg(test)]
mod tests;
