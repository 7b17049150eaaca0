//! A backup from beginning to end: look at everything, see what an earlier run has, save the rest with two workers,
//! write the manifest. Durable at the end by one flush of the whole file system, and about twice a minute before.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use case::Timestamp;
use case::saved::{Counts, Receipt};
use rustix::fs::AtFlags;

use crate::copy::Worker;
use crate::dest::{Dest, apart, apart_before};
use crate::journal::{Journal, Known};
use crate::lock::Keys;
use crate::manifest::{Entry, Manifest, What};
use crate::place::Places;
use crate::scan::{Found, Scan, Skipped, scan};
use crate::shared::{Shared, Stop, held};
use crate::sim::out::seal;
use crate::tree::{Cursor, Root};
use crate::{Error, Problem, Progress, Why};

/// One reads while the other writes; a card's reader serves no more.
const WORKERS: usize = 2;
const TICK: Duration = Duration::from_millis(200);
/// Until it is first told, so that even a small card shows that something moves.
const FIRST_TICK: Duration = Duration::from_millis(10);
const FLUSH: Duration = Duration::from_secs(1);
const SYNC: Duration = Duration::from_secs(30);

/// What a finished run has done.
#[derive(Debug)]
pub struct Done {
    pub receipt: Receipt,
    pub tally: Tally,
    pub problems: Vec<Problem>,
    pub skipped: Vec<Skipped>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub copied: u64,
    /// Saved by an earlier run.
    pub known: u64,
    /// Of the same content as another; kept once.
    pub same: u64,
    /// Saved by an earlier run, and no longer on the card.
    pub gone: u64,
}

/// What is left to do, and what is not.
pub(crate) struct Plan {
    todo: Vec<(Found, Option<Entry>)>,
    pub reused: Vec<Entry>,
    /// Saved earlier, and not on the card now.
    gone: Vec<Entry>,
    need: u64,
}

fn plan(dest: &Dest, scan: &Scan, known: &Known, places: &Places) -> Plan {
    let mut plan = Plan { todo: Vec::new(), reused: Vec::new(), gone: Vec::new(), need: 0 };
    let mut cursor = Cursor::new(&dest.files, false);
    for saved in known.entries.values() {
        places.share(saved.entry.at(), &saved.entry.path);
    }
    for found in &scan.files {
        let prior = known.entries.get(&found.path).filter(|saved| {
            let same = matches!(saved.entry.what, What::File { size, .. } if size == found.size);
            same && saved.entry.time == found.time
        });
        match prior {
            Some(saved) if saved.safe && dest.has(&mut cursor, &saved.entry) => plan.reused.push(saved.entry.clone()),
            Some(saved) => plan.todo.push((found.clone(), Some(saved.entry.clone()))),
            None => {
                // What an earlier run left there without a line is replaced, and gives its room.
                let there = dest.size(&mut cursor, &found.path).unwrap_or_default();
                plan.need = plan.need.saturating_add(found.size.saturating_sub(there));
                plan.todo.push((found.clone(), None));
            }
        }
    }
    let here: HashSet<&[u8]> = scan.files.iter().map(|found| found.path.as_slice()).collect();
    let is_file = |entry: &Entry| matches!(entry.what, What::File { .. });
    let gone = known.entries.values().map(|saved| &saved.entry);
    plan.gone = gone.filter(|entry| is_file(entry) && !here.contains(entry.path.as_slice())).cloned().collect();
    plan
}

/// Saves what is in `src` to `dest`. `tick` hears some five times a second how far it is.
pub fn backup(
    src: &Path,
    dest: &Path,
    now: &dyn Fn() -> Timestamp,
    tick: &mut dyn FnMut(&Progress),
) -> Result<Done, Error> {
    locked(src, dest, &Keys::default(), now, tick)
}

/// The same with keys: encrypted, where they say so or what is there is.
pub fn locked(
    src: &Path,
    dest: &Path,
    keys: &Keys,
    now: &dyn Fn() -> Timestamp,
    tick: &mut dyn FnMut(&Progress),
) -> Result<Done, Error> {
    let began = Instant::now();
    let no_source = |why| Error::Source { path: src.to_owned(), why };
    let cannot = |why| Error::Dest { path: dest.to_owned(), why };
    let src = Root::open(src).map_err(no_source)?;
    apart_before(&src, dest)?;
    // Where nothing was saved before, nothing is made for nothing either.
    let early = if Dest::is_fresh(dest) { Some(scan(&src).map_err(no_source)?) } else { None };
    if let Some(scan) = early.as_ref().filter(|scan| scan.is_nothing()) {
        return Err(nothing(&src, scan));
    }
    let (dest, finished) = Dest::open(dest, keys)?;
    apart(&src, &dest.root)?;
    let mut scan = early.map_or_else(|| scan(&src), Ok).map_err(no_source)?;
    let (journal, known) = Journal::open(&dest.work, finished, dest.lock.as_ref()).map_err(cannot)?;
    if scan.is_nothing() && known.entries.is_empty() {
        return Err(nothing(&src, &scan));
    }
    let places = Places::new(&dest.work).map_err(cannot)?;
    let plan = plan(&dest, &scan, &known, &places);
    let free = dest.root.free().map_err(cannot)?;
    if plan.need > free {
        return Err(Error::NoRoom { need: plan.need, free });
    }
    let priors = known.entries.into_iter().map(|(path, saved)| (path, saved.entry)).collect();
    let shared = Shared::new(&src, &dest, &places, journal, priors, &plan);
    let stopped = run(&shared, &plan.todo, &scan, (began, known.seconds), tick);
    let seconds = known.seconds + began.elapsed().as_secs();
    if let Some(stop) = stopped {
        return Err(stop_as_error(stop, &dest.root.path, &shared, seconds));
    }
    let unsaved = std::mem::take(&mut scan.unreadable);
    let ended = Ended { dest: &dest, shared, plan, empty: std::mem::take(&mut scan.empty), unsaved, seconds };
    let (receipt, tally, problems) = finish(ended, now()).map_err(cannot)?;
    Ok(Done { receipt, tally, problems, skipped: scan.skipped })
}

fn nothing(src: &Root, scan: &Scan) -> Error {
    Error::Nothing { path: src.path.clone(), skipped: !scan.skipped.is_empty() }
}

/// Lets the workers work, and meanwhile tells how far they are and marks what is safe. Says why it stopped, if it did.
fn run(
    shared: &Shared<'_>,
    todo: &[(Found, Option<Entry>)],
    scan: &Scan,
    (began, before): (Instant, u64),
    tick: &mut dyn FnMut(&Progress),
) -> Option<Stop> {
    std::thread::scope(|scope| {
        let (ended, workers) = mpsc::channel();
        for n in 0..WORKERS {
            let ended = ended.clone();
            scope.spawn(move || {
                let stop = work(shared, todo, n);
                if stop.is_some() {
                    shared.stop.store(true, Relaxed);
                }
                let _ = ended.send(stop);
            });
        }
        drop(ended);
        let (mut flushed, mut synced, mut why) = (began, began, None);
        let mut wait = FIRST_TICK;
        loop {
            match workers.recv_timeout(std::mem::replace(&mut wait, TICK)) {
                // The other stops because it was asked to.
                Ok(Some(Stop::Asked) | None) => {}
                Ok(Some(stop)) => why = why.or(Some(stop)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            tick(&Progress {
                files: shared.count.load(Relaxed),
                files_total: scan.files.len() as u64,
                bytes: shared.bytes.load(Relaxed),
                bytes_total: scan.bytes,
            });
            let marked = if synced.elapsed() >= SYNC {
                (synced, flushed) = (Instant::now(), Instant::now());
                mark(shared, before + began.elapsed().as_secs())
            } else if flushed.elapsed() >= FLUSH {
                flushed = Instant::now();
                held(&shared.journal).flush(shared.lock)
            } else {
                Ok(())
            };
            if let Err(e) = marked {
                shared.stop.store(true, Relaxed);
                why = why.or_else(|| Some(shared.dest(e)));
            }
        }
        why
    })
}

fn work(shared: &Shared<'_>, todo: &[(Found, Option<Entry>)], n: usize) -> Option<Stop> {
    let mut worker = Worker::new(shared, n);
    while !shared.stopping() {
        let (found, prior) = todo.get(shared.next.fetch_add(1, Relaxed))?;
        if let Err(stop) = worker.save(found, prior.as_ref()) {
            return Some(stop);
        }
    }
    Some(Stop::Asked)
}

/// All that stands in the journal now is on disk from here on.
fn mark(shared: &Shared<'_>, seconds: u64) -> io::Result<()> {
    let lines = {
        let mut journal = held(&shared.journal);
        journal.flush(shared.lock)?;
        journal.lines()
    };
    rustix::fs::syncfs(shared.work.fd())?;
    held(&shared.journal).mark(lines, seconds, shared.lock)
}

/// What was saved until then is kept as well as may be: where the place is gone, there is nothing to keep it at.
fn stop_as_error(stop: Stop, dest: &Path, shared: &Shared<'_>, seconds: u64) -> Error {
    for n in 0..WORKERS {
        let _ = rustix::fs::unlinkat(shared.work.fd(), format!("part-{n}"), AtFlags::empty());
    }
    let _ = Journal::use_reserve(shared.work);
    let _ = mark(shared, seconds);
    match stop {
        Stop::Full => Error::Full,
        Stop::Gone => Error::Gone,
        Stop::Dest(why) => Error::Dest { path: dest.to_owned(), why },
        Stop::Asked => Error::Dest { path: PathBuf::from(dest), why: io::ErrorKind::Interrupted.into() },
    }
}

struct Ended<'a> {
    dest: &'a Dest,
    shared: Shared<'a>,
    plan: Plan,
    empty: Vec<(Vec<u8>, crate::manifest::Time)>,
    unsaved: Vec<Problem>,
    seconds: u64,
}

fn finish(ended: Ended<'_>, made: Timestamp) -> io::Result<(Receipt, Tally, Vec<Problem>)> {
    let Ended { dest, shared, plan, empty, unsaved, seconds } = ended;
    let (mut entries, mut tally, failed) = shared.saved.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    tally.known += plan.reused.len() as u64;
    tally.gone = plan.gone.len() as u64;
    // What could not be read now and was saved before stays as it was.
    let lost: HashSet<&[u8]> = failed.iter().map(|problem| problem.path.as_slice()).collect();
    let has: HashSet<Vec<u8>> = entries.iter().map(|entry| entry.path.clone()).collect();
    let earlier = shared.priors.into_values();
    entries.extend(earlier.filter(|entry| lost.contains(entry.path.as_slice()) && !has.contains(&entry.path)));
    entries.extend(plan.reused);
    entries.extend(plan.gone);
    entries.extend(empty.into_iter().map(|(path, time)| Entry { path, time, what: What::Folder }));
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.dedup_by(|a, b| a.path == b.path);
    let mut problems = unsaved;
    problems.extend(failed);
    problems.sort_by(|a, b| a.path.cmp(&b.path));
    let manifest = Manifest { entries };
    let text = manifest.text();
    let receipt = receipt(&manifest, &text, &problems, seconds, made);
    if dest.lock.is_some() {
        sweep(dest, &manifest)?;
    }
    // Everything that the manifest speaks of, before it speaks.
    rustix::fs::syncfs(dest.root.fd())?;
    seal(dest, &manifest, &text, &receipt)?;
    Journal::remove(&dest.work)?;
    dest.close();
    Ok((receipt, tally, problems))
}

/// Takes away what runs that were killed left under hidden names: nobody could tell any more what it is.
fn sweep(dest: &Dest, manifest: &Manifest) -> io::Result<()> {
    let kept: HashSet<&[u8]> = manifest.entries.iter().map(Entry::at).collect();
    let mut cursor = Cursor::new(&dest.files, false);
    for found in crate::scan::scan(&dest.files)?.files {
        if !kept.contains(found.path.as_slice()) {
            let (folder, name) = cursor.enter(&found.path)?;
            rustix::fs::unlinkat(folder, name, AtFlags::empty())?;
        }
    }
    Ok(())
}

fn receipt(manifest: &Manifest, text: &str, problems: &[Problem], seconds: u64, made: Timestamp) -> Receipt {
    let (mut files, mut bytes) = (Counts::default(), 0u64);
    for entry in &manifest.entries {
        if let What::File { size, kind, .. } = entry.what {
            files.add(kind, 1);
            bytes = bytes.saturating_add(size);
        }
    }
    let unreadable = problems.iter().filter(|problem| problem.why != Why::Changed).count() as u64;
    let made = Timestamp::from_second(made.as_second()).unwrap_or(made);
    Receipt { made, files, bytes, unreadable, seconds, manifest: blake3::hash(text.as_bytes()).to_hex().to_string() }
}
