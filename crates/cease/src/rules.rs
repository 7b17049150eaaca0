//! The rules that a running desk has in its hands: today's for pages, each case's own for its clocks
//! (`rules` says which and why). Looking them up costs a comparison; nothing is parsed or copied.

use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use case::{Case, Command, Policy, Timestamp};
use rules::{Book, Faults, Wanted};

use crate::config::Config;

/// The book of rules. It reads as today's [`Policy`]; what belongs to a case asks for that [case's](Rules::of).
#[derive(Debug)]
pub struct Rules {
    book: Book,
    /// The period that the last look at the clock fell into.
    now: AtomicUsize,
}

impl Rules {
    pub fn new(book: Book, now: Timestamp) -> Self {
        Self { now: AtomicUsize::new(book.period(now)), book }
    }

    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The rules by which a case runs: those of the day from which it counts.
    pub fn of(&self, case: &Case) -> &Policy {
        self.book.on(case.counts_from())
    }

    /// The same for a case that `command` may only be about to open.
    pub fn by(&self, case: Option<&Case>, command: &Command, now: Timestamp) -> &Policy {
        match (case, command) {
            (Some(case), _) => self.of(case),
            (None, Command::Declare { declaration, .. }) => self.book.on(declaration.counts_from(now)),
            (None, _) => self.book.on(now),
        }
    }

    pub fn on(&self, at: Timestamp) -> &Policy {
        self.book.on(at)
    }

    /// The rules of a complaint: those of the day on which it was made, today's for one that is only being made.
    pub fn of_complaint(&self, case: &Case, now: Timestamp) -> &Policy {
        let open = case.complaint();
        self.book.on(open.map_or(now, |complaint| complaint.since))
    }

    /// What is so on every day, whatever the packs say.
    pub fn amend(&mut self, change: impl Fn(&mut Policy)) {
        self.book.amend(change);
    }

    /// Turns the page where a day has come on which other rules begin.
    pub fn turn(&self, now: Timestamp) {
        let period = self.book.period(now);
        if self.now.load(Ordering::Relaxed) != period {
            self.now.store(period, Ordering::Relaxed);
        }
    }
}

/// Today's.
impl Deref for Rules {
    type Target = Policy;

    fn deref(&self) -> &Policy {
        self.book.policy(self.now.load(Ordering::Relaxed))
    }
}

impl Clone for Rules {
    fn clone(&self) -> Self {
        Self { book: self.book.clone(), now: AtomicUsize::new(self.now.load(Ordering::Relaxed)) }
    }
}

/// One policy for every day, which no pack has made.
impl From<Policy> for Rules {
    fn from(policy: Policy) -> Self {
        Self { book: Book::of(policy), now: AtomicUsize::new(0) }
    }
}

#[cfg(test)]
impl std::ops::DerefMut for Rules {
    fn deref_mut(&mut self) -> &mut Policy {
        let now = *self.now.get_mut();
        self.book.policy_mut(now)
    }
}

/// Reads a file that a configuration or a pack names.
pub fn from_disk(path: &str) -> Result<String, String> {
    std::fs::read_to_string(Path::new(path)).map_err(|why| why.to_string())
}

/// Composes what is wanted from what is built in and from files.
pub fn compose(wanted: &Wanted) -> Result<Book, Faults> {
    rules::compose(wanted, &from_disk)
}

impl Config {
    /// What the configuration names, laid over each other.
    pub fn book(&self) -> anyhow::Result<Book> {
        compose(&self.wanted()).with_context(|| format!("rule pack {}", self.rules.pack))
    }

    pub fn wanted(&self) -> Wanted {
        let crate::config::Rules { pack, also, adopt } = self.rules.clone();
        Wanted { pack, also, adopt }
    }

    /// Today's rules.
    pub fn policy(&self) -> anyhow::Result<Policy> {
        Ok(self.book()?.on(crate::clock::Clock::Machine.now()).clone())
    }
}

#[cfg(test)]
mod tests;
