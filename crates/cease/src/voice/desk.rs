//! Those who wait for a person, and the phones of those who answer. A caller hears music until somebody has taken the
//! phone, and is joined with them then: a phone that rings in vain loses nobody.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use case::CaseRef;
use store::Way;
use tokio::sync::{Notify, mpsc};
use voice::hotline::{Happening, Hotline};
use voice::sip::CallId;

use super::Line;
use super::config::{AgentPhone, Transfer};
use crate::contact;

/// How long a phone rings before the next one does.
const RINGS: Duration = Duration::from_secs(25);
/// How long somebody waits before they are offered something else.
const WAITS: Duration = Duration::from_secs(600);
/// What an agent has for writing it down, before the next call.
const WRAP_UP: Duration = Duration::from_secs(15);
/// Talks that tell how long one takes.
const TALKS: usize = 50;

pub struct Desk {
    hotline: Hotline,
    phones: Vec<AgentPhone>,
    transfer: Transfer,
    inner: Mutex<Inner>,
    /// Somebody has gone from the line, or a phone is free.
    moved: Notify,
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<CallId>,
    busy: BTreeSet<usize>,
    talks: VecDeque<Duration>,
    /// Whose turn it is to be rung.
    next: usize,
    /// Who waits to hear what became of a transfer.
    referred: BTreeMap<CallId, mpsc::UnboundedSender<u16>>,
}

/// What one in the line can be told.
pub enum Place {
    First,
    /// So many before, and what that has been measured to take, in minutes.
    Behind {
        ahead: u64,
        minutes: Option<u64>,
    },
    Nobody,
}

impl Desk {
    pub fn new(hotline: Hotline, phones: Vec<AgentPhone>, transfer: Transfer) -> Self {
        Self { hotline, phones, transfer, inner: Mutex::default(), moved: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where somebody would stand who waits from now on; who is told so stands there.
    pub fn place(&self, call: CallId) -> Place {
        if self.phones.is_empty() {
            return Place::Nobody;
        }
        let mut inner = self.lock();
        if !inner.waiting.contains(&call) {
            inner.waiting.push_back(call);
        }
        let ahead = inner.waiting.iter().position(|one| *one == call).unwrap_or(0) as u64;
        if ahead == 0 {
            return Place::First;
        }
        let mean = (inner.talks.len() >= 3).then(|| inner.talks.iter().sum::<Duration>() / inner.talks.len() as u32);
        let minutes = mean.map(|mean| ((mean.as_secs() * (ahead + 1)).div_ceil(60 * self.phones.len() as u64)).max(1));
        Place::Behind { ahead, minutes }
    }

    pub fn leave(&self, call: CallId) {
        self.lock().waiting.retain(|one| *one != call);
        self.moved.notify_waiters();
    }

    /// A phone for the first in the line.
    fn phone(&self, call: CallId, tried: &BTreeSet<usize>) -> Option<usize> {
        let mut inner = self.lock();
        if inner.waiting.front() != Some(&call) {
            return None;
        }
        let count = self.phones.len();
        let all = (0..count).map(|n| (inner.next + n) % count);
        let free = all.into_iter().find(|phone| !inner.busy.contains(phone) && !tried.contains(phone))?;
        inner.busy.insert(free);
        inner.next = free + 1;
        Some(free)
    }

    /// How a transfer that the far end was asked for stands.
    pub fn referred(&self, call: CallId, code: u16) {
        if let Some(tell) = self.lock().referred.get(&call) {
            // Who has stopped waiting does not need it.
            let _ = tell.send(code);
        }
    }

    fn free(&self, phone: usize) {
        self.lock().busy.remove(&phone);
        self.moved.notify_waiters();
    }
}

/// Waits for a person and talks to them. Ends when the talk does, or nobody came; who drops it hangs up.
pub async fn wait(line: &Line, call: CallId, from: &str, case: Option<CaseRef>) -> &'static str {
    let desk = &line.desk;
    desk.place(call);
    let _leaves = Leaves { desk, call };
    desk.hotline.round(call, line.sounds.music());
    let until = Instant::now() + WAITS;
    let mut tried = BTreeSet::new();
    while Instant::now() < until {
        let moved = desk.moved.notified();
        let Some(phone) = desk.phone(call, &tried) else {
            // All have been rung in vain: once more from the beginning.
            if tried.len() >= desk.phones.len() {
                tried.clear();
            }
            let _ = tokio::time::timeout(Duration::from_secs(5), moved).await;
            continue;
        };
        if talk(line, call, from, case, phone).await {
            return "talked";
        }
        tried.insert(phone);
    }
    desk.hotline.hush(call);
    "nobody"
}

struct Leaves<'a> {
    desk: &'a Desk,
    call: CallId,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.desk.leave(self.call);
    }
}

/// An agent's call, which ends when its owner does, and leaves the phone free.
struct Rung<'a> {
    line: &'a Line,
    call: Option<CallId>,
    phone: usize,
}

impl Drop for Rung<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.line.forget(call);
            self.line.hotline.hang_up(call);
        }
        self.line.desk.free(self.phone);
    }
}

/// Rings a phone and joins the two when it is taken; false where it is not.
async fn talk(line: &Line, call: CallId, from: &str, case: Option<CaseRef>, phone: usize) -> bool {
    let desk = &line.desk;
    let Some(agent) = desk.phones.get(phone) else { return false };
    let mut rung = Rung { line, call: None, phone };
    if desk.transfer == Transfer::Refer && handed_over(desk, call, &agent.uri).await {
        desk.leave(call);
        opened(line, case, &agent.login).await;
        return true;
    }
    let (tell, mut told) = mpsc::unbounded_channel();
    let calls = line.calls.clone();
    let known = move |call| super::told(&calls, call, tell);
    let Some(other) = desk.hotline.dial(&agent.uri, from, known).await else { return false };
    rung.call = Some(other);
    let taken = tokio::time::timeout(RINGS, async {
        while let Some(happening) = told.recv().await {
            match happening {
                Happening::Taken { .. } => return true,
                Happening::Ended { why, .. } => {
                    tracing::debug!(?why, "a phone at the desk was not taken");
                    return false;
                }
                Happening::Rings { .. }
                | Happening::Key { .. }
                | Happening::Said { .. }
                | Happening::Held { .. }
                | Happening::Referred { .. }
                | Happening::Recorded { .. }
                | Happening::Registered { .. } => {}
            }
        }
        false
    });
    if !taken.await.unwrap_or(false) {
        return false;
    }
    desk.leave(call);
    let began = Instant::now();
    opened(line, case, &agent.login).await;
    desk.hotline.hush(call);
    desk.hotline.join(call, other);
    while let Some(happening) = told.recv().await {
        match happening {
            // The agent puts the caller on hold: they hear music, and are not gone.
            Happening::Held { held: true, .. } => {
                desk.hotline.part(call);
                desk.hotline.round(call, line.sounds.music());
            }
            Happening::Held { held: false, .. } => {
                desk.hotline.hush(call);
                desk.hotline.join(call, other);
            }
            Happening::Ended { .. } => break,
            Happening::Rings { .. }
            | Happening::Key { .. }
            | Happening::Said { .. }
            | Happening::Taken { .. }
            | Happening::Referred { .. }
            | Happening::Recorded { .. }
            | Happening::Registered { .. } => {}
        }
    }
    desk.hotline.part(call);
    {
        let mut inner = desk.lock();
        inner.talks.push_back(began.elapsed() + WRAP_UP);
        if inner.talks.len() > TALKS {
            inner.talks.pop_front();
        }
    }
    true
}

/// Asks the far end to ring a phone, and waits for what becomes of it. Until the phone is taken the caller is ours and
/// hears music; where it is not, or the far end knows no transfers, nothing has happened to them.
async fn handed_over(desk: &Desk, call: CallId, phone: &str) -> bool {
    let (tell, mut told) = mpsc::unbounded_channel();
    desk.lock().referred.insert(call, tell);
    desk.hotline.refer(call, phone);
    let taken = tokio::time::timeout(RINGS, async {
        while let Some(code) = told.recv().await {
            if code >= 200 {
                return code < 300;
            }
        }
        false
    });
    let taken = taken.await.unwrap_or(false);
    desk.lock().referred.remove(&call);
    taken
}

/// The desk's screen hears of it: a contact is open, and both pages show what to compare.
async fn opened(line: &Line, case: Option<CaseRef>, login: &str) {
    let (Some(case), false) = (case, login.is_empty()) else { return };
    let app = &line.app;
    let staff = match app.store.account_by_login(login).await {
        Ok(Some(account)) if account.role.is_some() && !account.disabled => account.id,
        Ok(_) => return tracing::warn!("a phone at the desk belongs to nobody who works there"),
        Err(error) => return tracing::error!(%error, "a contact could not be opened"),
    };
    if let Err(error) = contact::open(app, case, staff, Way::RangUs).await {
        tracing::error!(case.r#ref = %case, %error, "a contact could not be opened");
    }
}

#[cfg(test)]
mod tests;
