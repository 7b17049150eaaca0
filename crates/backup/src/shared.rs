//! What the workers of a run share: what is saved so far, where content is kept, and whether to stop.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Condvar, Mutex, MutexGuard};

use crate::dest::Dest;
use crate::journal::Journal;
use crate::lock::Lock;
use crate::manifest::{Entry, What};
use crate::place::Places;
use crate::run::{Plan, Tally};
use crate::scan::Found;
use crate::tree::Root;
use crate::{Problem, Why};

/// With less than this free, a name that is refused for want of room is refused because the place is full.
const ROOM_MIN: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Copied,
    Known,
    Same,
}

/// Why workers stop before the end.
#[derive(Debug)]
pub(crate) enum Stop {
    Full,
    Gone,
    Dest(io::Error),
    /// Another has stopped.
    Asked,
}

/// What the workers share.
pub(crate) struct Shared<'a> {
    pub src: &'a Root,
    pub files: &'a Root,
    pub work: &'a Root,
    pub places: &'a Places,
    pub lock: Option<&'a Lock>,
    pub bytes: AtomicU64,
    pub count: AtomicU64,
    pub next: AtomicUsize,
    pub stop: AtomicBool,
    hashes: Mutex<Hashes>,
    hashed: Condvar,
    pub priors: HashMap<Vec<u8>, Entry>,
    pub journal: Mutex<Journal>,
    pub saved: Mutex<(Vec<Entry>, Tally, Vec<Problem>)>,
}

/// Where content is kept, and which of it is being put there now.
#[derive(Default)]
struct Hashes {
    kept: HashMap<blake3::Hash, Vec<u8>>,
    under_way: HashSet<blake3::Hash>,
}

/// Content that one worker is about to keep: another with the same waits for it rather than keeping it twice.
pub(crate) struct Keeping<'a> {
    shared: &'a Shared<'a>,
    hash: blake3::Hash,
    at: Option<Vec<u8>>,
}

impl Keeping<'_> {
    pub fn done(mut self, at: &[u8]) {
        self.at = Some(at.to_vec());
    }
}

impl Drop for Keeping<'_> {
    fn drop(&mut self) {
        let mut hashes = held(&self.shared.hashes);
        hashes.under_way.remove(&self.hash);
        if let Some(at) = self.at.take() {
            hashes.kept.insert(self.hash, at);
        }
        self.shared.hashed.notify_all();
    }
}

pub(crate) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl<'a> Shared<'a> {
    pub fn stopping(&self) -> bool {
        self.stop.load(Relaxed)
    }

    pub fn src_is_there(&self) -> bool {
        self.src.is_still_there()
    }

    pub fn is_full(&self) -> bool {
        self.files.free().is_ok_and(|free| free < ROOM_MIN)
    }

    /// Where this content is kept already; otherwise the right to keep it.
    pub fn keep(&'a self, hash: blake3::Hash) -> Result<Keeping<'a>, Vec<u8>> {
        let mut hashes = held(&self.hashes);
        loop {
            if let Some(at) = hashes.kept.get(&hash) {
                return Err(at.clone());
            }
            if hashes.under_way.insert(hash) {
                return Ok(Keeping { shared: self, hash, at: None });
            }
            hashes = self.hashed.wait(hashes).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }

    pub fn done(&self, found: &Found, entry: Entry, how: How) -> Result<(), Stop> {
        if let Some(prior) = self.priors.get(&found.path)
            && prior.at() != entry.at()
        {
            self.places.release(prior.at());
        }
        held(&self.journal).add(&entry, self.lock).map_err(|e| self.dest(e))?;
        let mut saved = held(&self.saved);
        let (entries, tally, _) = &mut *saved;
        entries.push(entry);
        match how {
            How::Copied => tally.copied += 1,
            How::Known => tally.known += 1,
            How::Same => tally.same += 1,
        }
        self.counted(found);
        Ok(())
    }

    pub fn dest(&self, e: io::Error) -> Stop {
        if e.kind() == io::ErrorKind::StorageFull { Stop::Full } else { Stop::Dest(e) }
    }

    pub fn failed(&self, found: &Found, why: Why) -> Result<(), Stop> {
        self.note(Problem { path: found.path.clone(), why });
        self.counted(found);
        Ok(())
    }

    pub fn note(&self, problem: Problem) {
        held(&self.saved).2.push(problem);
    }

    fn counted(&self, found: &Found) {
        self.count.fetch_add(1, Relaxed);
        self.bytes.fetch_add(found.size, Relaxed);
    }
}

impl<'a> Shared<'a> {
    pub fn new(
        src: &'a Root,
        dest: &'a Dest,
        places: &'a Places,
        journal: Journal,
        priors: HashMap<Vec<u8>, Entry>,
        plan: &Plan,
    ) -> Self {
        let bytes = plan.reused.iter().map(Entry::size).fold(0, u64::saturating_add);
        let hashes = plan.reused.iter().filter_map(|entry| match entry.what {
            What::File { hash, .. } => Some((hash, entry.at().to_vec())),
            What::Folder => None,
        });
        Self {
            src,
            files: &dest.files,
            work: &dest.work,
            places,
            lock: dest.lock.as_ref(),
            bytes: bytes.into(),
            count: (plan.reused.len() as u64).into(),
            next: 0.into(),
            stop: false.into(),
            hashes: Mutex::new(Hashes { kept: hashes.collect(), under_way: HashSet::new() }),
            hashed: Condvar::new(),
            priors,
            journal: Mutex::new(journal),
            saved: Mutex::default(),
        }
    }
}
