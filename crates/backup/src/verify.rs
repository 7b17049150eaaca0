//! Whether a backup is still what its manifest says, byte for byte.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use case::saved::Receipt;

use crate::dest::manifest;
use crate::lock::{Keys, Lock, reads};
use crate::manifest::{Manifest, SIZE_MAX, What};
use crate::place::{folded, hash_file};
use crate::scan::scan;
use crate::tree::{Cursor, Root, open_file};
use crate::{Error, FILES, MANIFEST_JSON, Problem, Progress, RECEIPT_JSON, WAY_OUT, Why};

/// A finished backup, opened.
pub struct Backup {
    pub root: Root,
    pub files: Root,
    pub manifest: Manifest,
    pub receipt: Receipt,
    pub(crate) lock: Option<Lock>,
}

impl Backup {
    /// Manifest and receipt agree, or it is none.
    pub fn open(path: &Path, keys: &Keys) -> Result<Self, Error> {
        let none = |why: String| Error::NoBackup { path: path.to_owned(), why };
        let damaged = |why: String| none(format!("{why}; {WAY_OUT}"));
        let root = Root::open(path).map_err(|e| none(e.to_string()))?;
        let read = |name| root.read(name, SIZE_MAX).map_err(|e| none(e.to_string()));
        let lock = Lock::open(&root, keys).map_err(|why| Error::Lock { path: path.to_owned(), why })?;
        let text = manifest(&root, lock.as_ref()).map_err(|e| none(e.to_string()))?;
        let text = text.ok_or_else(|| none("there is no MANIFEST; an unfinished backup has none yet".into()))?;
        let receipt = read(RECEIPT_JSON)?.ok_or_else(|| none("there is no RECEIPT.json".into()))?;
        let receipt = String::from_utf8(receipt).ok().and_then(|text| Receipt::read(&text).ok());
        let receipt = receipt.ok_or_else(|| damaged("RECEIPT.json cannot be read".into()))?;
        if blake3::hash(&text).to_hex().as_str() != receipt.manifest {
            return Err(damaged("the manifest is not the one that the receipt names".into()));
        }
        let manifest = Manifest::read(&text).map_err(damaged)?;
        let files = root.sub(FILES).map_err(|e| none(e.to_string()))?;
        Ok(Self { root, files, manifest, receipt, lock })
    }
}

/// What was found; whole where it is empty.
#[derive(Debug)]
pub struct Verified {
    pub receipt: Receipt,
    pub files: u64,
    pub problems: Vec<Problem>,
}

/// Reads everything again.
pub fn verify(dest: &Path, tick: &mut dyn FnMut(&Progress)) -> Result<Verified, Error> {
    locked(dest, &Keys::default(), tick)
}

/// The same with keys, for a backup that is encrypted.
pub fn locked(dest: &Path, keys: &Keys, tick: &mut dyn FnMut(&Progress)) -> Result<Verified, Error> {
    let backup = Backup::open(dest, keys)?;
    // By where they lie: content that is kept once is read once.
    let mut lying: BTreeMap<&[u8], Vec<&crate::Entry>> = BTreeMap::new();
    for entry in &backup.manifest.entries {
        match entry.what {
            What::File { .. } => lying.entry(entry.at()).or_default().push(entry),
            What::Folder => {}
        }
    }
    let lying: Vec<_> = lying.into_iter().collect();
    let mut problems = check(&backup, &lying, tick);
    let known: HashSet<&[u8]> = lying.iter().map(|(at, _)| *at).collect();
    let there = scan(&backup.files).map_err(|why| Error::Source { path: dest.to_owned(), why })?;
    let skipped = there.skipped.into_iter().map(|skipped| skipped.path);
    let listed: HashSet<Vec<u8>> = there.files.into_iter().map(|found| found.path).chain(skipped).collect();
    // What was read and is not listed is listed as the place spells it, where it tells no capitals apart.
    let spelt: HashSet<Vec<u8>> = known.iter().filter(|at| !listed.contains(**at)).map(|at| folded(at)).collect();
    let extra = listed.into_iter().filter(|path| !known.contains(path.as_slice()) && !spelt.contains(&folded(path)));
    problems.extend(extra.map(|path| Problem { path, why: Why::Extra }));
    problems.extend(there.unreadable);
    let json = backup.root.read(MANIFEST_JSON, SIZE_MAX).ok().flatten();
    if json.is_some_and(|json| json != backup.manifest.json().as_bytes()) {
        problems.push(Problem { path: MANIFEST_JSON.to_vec(), why: Why::Differs });
    }
    problems.sort_by(|a, b| a.path.cmp(&b.path));
    problems.dedup();
    Ok(Verified { files: backup.receipt.files.total(), receipt: backup.receipt, problems })
}

type Lying<'a> = (&'a [u8], Vec<&'a crate::Entry>);

fn check(backup: &Backup, lying: &[Lying<'_>], tick: &mut dyn FnMut(&Progress)) -> Vec<Problem> {
    let (next, count, bytes) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let problems = Mutex::new(Vec::new());
    let sizes = lying.iter().flat_map(|(_, entries)| entries.first()).map(|entry| entry.size());
    let all = sizes.fold(0, u64::saturating_add);
    std::thread::scope(|scope| {
        let (ended, workers) = mpsc::channel::<()>();
        for _ in 0..2 {
            let (ended, next, count, bytes, problems) = (ended.clone(), &next, &count, &bytes, &problems);
            scope.spawn(move || {
                let mut cursor = Cursor::new(&backup.files, false);
                while let Some((at, entries)) = lying.get(next.fetch_add(1, Relaxed)) {
                    let opened = cursor.enter(at).and_then(|(folder, name)| Ok(open_file(folder, name)?.0));
                    let read = opened.and_then(|file| hash_file(reads(backup.lock.as_ref(), file)?));
                    let found = entries.iter().filter_map(|entry| wrong(entry, &read));
                    problems.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).extend(found);
                    count.fetch_add(1, Relaxed);
                    bytes.fetch_add(read.map_or(0, |(_, size)| size), Relaxed);
                }
                drop(ended);
            });
        }
        drop(ended);
        while workers.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
            let (files, bytes) = (count.load(Relaxed), bytes.load(Relaxed));
            tick(&Progress { files, files_total: lying.len() as u64, bytes, bytes_total: all });
        }
    });
    problems.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn wrong(entry: &crate::Entry, read: &io::Result<(blake3::Hash, u64)>) -> Option<Problem> {
    let What::File { hash, size, .. } = entry.what else { return None };
    let why = match read {
        Ok(read) if *read == (hash, size) => return None,
        Ok(_) => Why::Differs,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Why::Missing,
        // What age refuses to open is not what was encrypted.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => Why::Differs,
        Err(e) => Why::Unreadable(e.to_string()),
    };
    Some(Problem { path: entry.path.clone(), why })
}
