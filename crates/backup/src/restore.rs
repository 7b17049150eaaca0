//! Brings a backup back into a folder: every file hashed on its way and put under its name only where it is what was
//! saved, never over anything, and never outside the folder, whatever the manifest says or somebody has put there.

use std::io::{self, Read, Write};
use std::path::Path;

use rustix::fs::AtFlags;

use crate::copy::set_time;
use crate::lock::{Keys, Lock, reads};
use crate::manifest::{Entry, What};
use crate::place::{Part, Places, Put, Stranger};
use crate::tree::{Cursor, Root, create, open_file};
use crate::verify::Backup;
use crate::{Error, Problem, Progress, Why, names};

#[derive(Debug)]
pub struct Restored {
    pub files: u64,
    pub bytes: u64,
    /// Files that got another name than they had, because the place cannot hold it: old and new.
    pub renamed: Vec<(Vec<u8>, Vec<u8>)>,
    pub problems: Vec<Problem>,
}

/// What of a restore is under way; in the folder itself, so that a rename suffices.
const PART: &[u8] = b".cease-restoring";

pub fn restore(dest: &Path, to: &Path, tick: &mut dyn FnMut(&Progress)) -> Result<Restored, Error> {
    locked(dest, to, &Keys::default(), tick)
}

/// The same with keys, for a backup that is encrypted.
pub fn locked(dest: &Path, to: &Path, keys: &Keys, tick: &mut dyn FnMut(&Progress)) -> Result<Restored, Error> {
    let backup = Backup::open(dest, keys)?;
    let cannot = |why| Error::Dest { path: to.to_owned(), why };
    let to = Root::make(to).map_err(cannot)?;
    let need = backup.manifest.entries.iter().map(Entry::size).fold(0, u64::saturating_add);
    let free = to.free().map_err(cannot)?;
    let (_, there) = to.list(b"").map_err(cannot)?;
    // What an interrupted run brought back already needs no room again, and is not counted here.
    if there.is_empty() && need > free {
        return Err(Error::NoRoom { need, free });
    }
    let work = to.sub(PART).map_err(cannot)?;
    let places = Places::new(&work).map_err(cannot)?;
    let mut restoring = Restoring {
        from: Cursor::new(&backup.files, false),
        to: Cursor::new(&to, true),
        work: &work,
        lock: backup.lock.as_ref(),
        places: &places,
        buffer: vec![0; 1 << 20],
        done: Restored { files: 0, bytes: 0, renamed: Vec::new(), problems: Vec::new() },
    };
    let all = Progress { files_total: backup.receipt.files.total(), bytes_total: need, ..Progress::default() };
    for entry in &backup.manifest.entries {
        restoring
            .one(entry)
            .map_err(|e| if e.kind() == io::ErrorKind::StorageFull { Error::Full } else { cannot(e) })?;
        tick(&Progress { files: restoring.done.files, bytes: restoring.done.bytes, ..all });
    }
    let done = restoring.done;
    rustix::fs::syncfs(to.fd()).map_err(|e| cannot(e.into()))?;
    let _ = rustix::fs::unlinkat(to.fd(), PART, AtFlags::REMOVEDIR);
    Ok(done)
}

struct Restoring<'a> {
    from: Cursor<'a>,
    to: Cursor<'a>,
    work: &'a Root,
    lock: Option<&'a Lock>,
    places: &'a Places,
    buffer: Vec<u8>,
    done: Restored,
}

impl Restoring<'_> {
    /// An error is one of the place that is written to; what is wrong with the file is a problem of its own.
    fn one(&mut self, entry: &Entry) -> io::Result<()> {
        if !names::is_inside(&entry.path) || entry.path.starts_with(PART) {
            self.wrong(entry, Why::BadPath);
            return Ok(());
        }
        let What::File { hash, size, .. } = entry.what else {
            if let Err(e) = self.to.enter(&names::join(&entry.path, b"x")) {
                self.wrong(entry, Why::Unstorable(e.to_string()));
            }
            return Ok(());
        };
        let opened = self.from.enter(entry.at()).and_then(|(folder, name)| open_file(folder, name));
        let read = match opened {
            Ok((file, _)) => match reads(self.lock, file) {
                Ok(mut file) => self.copy(&mut *file, entry)?,
                Err(_) => Err(Why::Differs),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Why::Missing),
            Err(e) => Err(Why::Unreadable(e.to_string())),
        };
        match read {
            Ok(read) if read == (hash, size) => {}
            Ok(_) => return self.dropped(entry, Why::Differs),
            Err(why) => return self.dropped(entry, why),
        }
        let part = Part { folder: self.work.fd(), name: b"part", hash, size };
        match self.places.put(&mut self.to, &part, &entry.path, Stranger::Leave)? {
            Put::At(at) => {
                self.done.files += 1;
                self.done.bytes = self.done.bytes.saturating_add(size);
                if at != entry.path {
                    self.done.renamed.push((entry.path.clone(), at));
                }
                Ok(())
            }
            Put::InTheWay => self.dropped(entry, Why::InTheWay),
            Put::Nowhere(errno) => self.dropped(entry, Why::Unstorable(io::Error::from(errno).to_string())),
        }
    }

    fn copy(&mut self, from: &mut dyn Read, entry: &Entry) -> io::Result<Result<(blake3::Hash, u64), Why>> {
        let mut part = create(self.work.fd(), b"part")?;
        let (mut hasher, mut size) = (blake3::Hasher::new(), 0u64);
        loop {
            match from.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(n) => {
                    hasher.update(&self.buffer[..n]);
                    part.write_all(&self.buffer[..n])?;
                    size += n as u64;
                }
                Err(e) => return Ok(Err(Why::Unreadable(e.to_string()))),
            }
        }
        set_time(&part, entry.time);
        Ok(Ok((hasher.finalize(), size)))
    }

    fn dropped(&mut self, entry: &Entry, why: Why) -> io::Result<()> {
        let _ = rustix::fs::unlinkat(self.work.fd(), b"part".as_slice(), AtFlags::empty());
        self.wrong(entry, why);
        Ok(())
    }

    fn wrong(&mut self, entry: &Entry, why: Why) {
        self.done.problems.push(Problem { path: entry.path.clone(), why });
    }
}
