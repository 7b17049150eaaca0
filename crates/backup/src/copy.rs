//! Saves one file: read once, hashed and written in the same pass, under a name for the time being; looked at again,
//! whether it has changed meanwhile; and only then given its own.

use std::io::{self, Read};
use std::sync::atomic::Ordering::Relaxed;

use case::saved::Kind;
use rustix::fs::{Advice, AtFlags, Stat, Timespec, Timestamps};
use rustix::io::Errno;

use crate::class::classify;
use crate::lock::{Out, reads};
use crate::manifest::{Entry, Time, What};
use crate::place::{Part, Put, Stranger, hash_file};
use crate::scan::{Found, time_of};
use crate::shared::{How, Keeping, Shared, Stop};
use crate::tree::{Cursor, create, open_file};
use crate::{Problem, Why, names};

/// What is read at once; a file that fits is hashed before anything of it is written.
const BLOCK: usize = 1 << 20;

pub(crate) struct Worker<'a> {
    shared: &'a Shared<'a>,
    from: Cursor<'a>,
    to: Cursor<'a>,
    buffer: Vec<u8>,
    part: Vec<u8>,
}

/// One attempt at a file.
enum Once {
    Saved(Entry, How),
    /// Saved, but it was another when the reading ended.
    Changed(Entry, How),
    Failed(Why),
}

/// What a file holds.
#[derive(Clone, Copy)]
struct Content {
    hash: blake3::Hash,
    size: u64,
    kind: Kind,
}

enum Kept<'a> {
    New(Option<Keeping<'a>>),
    Saved(Once),
}

/// A file that was opened, and what it was then.
struct Source {
    file: std::fs::File,
    before: Stat,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a Shared<'a>, n: usize) -> Self {
        Self {
            shared,
            from: Cursor::new(shared.src, false),
            to: Cursor::new(shared.files, true),
            buffer: vec![0; BLOCK],
            part: format!("part-{n}").into_bytes(),
        }
    }

    /// Saves it, or says why not; stops where nothing more can be saved.
    pub fn save(&mut self, found: &Found, prior: Option<&Entry>) -> Result<(), Stop> {
        if let Some(prior) = prior
            && self.is_whole(prior)
        {
            self.shared.done(found, prior.clone(), How::Known)?;
            return Ok(());
        }
        match self.once(found)? {
            Once::Saved(entry, how) => self.shared.done(found, entry, how),
            Once::Failed(why) => self.shared.failed(found, why),
            Once::Changed(entry, how) => {
                self.shared.places.release(entry.at());
                match self.once(found)? {
                    Once::Saved(entry, how) => self.shared.done(found, entry, how),
                    Once::Failed(why) => {
                        // What the first attempt saved is better than nothing.
                        self.shared.places.share(entry.at(), &entry.path);
                        self.shared.done(found, entry, how)?;
                        self.shared.note(Problem { path: found.path.clone(), why });
                        Ok(())
                    }
                    Once::Changed(entry, how) => {
                        self.shared.done(found, entry, how)?;
                        self.shared.note(Problem { path: found.path.clone(), why: Why::Changed });
                        Ok(())
                    }
                }
            }
        }
    }

    /// Whether what an interrupted run saved is all there.
    fn is_whole(&mut self, prior: &Entry) -> bool {
        let What::File { hash, size, .. } = &prior.what else { return false };
        let Ok((folder, name)) = self.to.enter(prior.at()) else { return false };
        let Ok((file, _)) = open_file(folder, name) else { return false };
        let read = reads(self.shared.lock, file).and_then(hash_file);
        read.is_ok_and(|read| read == (*hash, *size))
    }

    fn once(&mut self, found: &Found) -> Result<Once, Stop> {
        let opened = self.from.enter(&found.path).and_then(|(folder, name)| open_file(folder, name));
        let mut source = match opened {
            Ok((file, before)) => Source { file, before },
            Err(e) => return self.unreadable(e),
        };
        let whole = match fill(&mut source.file, &mut self.buffer) {
            Ok(n) => n,
            Err(e) => return self.unreadable(e),
        };
        let (_, name) = names::split(&found.path);
        let kind = classify(name, &self.buffer[..whole]);
        if whole < BLOCK {
            // All of it has been read, and nothing is written of what is kept already.
            let what = Content { hash: blake3::hash(&self.buffer[..whole]), size: whole as u64, kind };
            let keeping = match self.keep(found, &source, what)? {
                Kept::New(keeping) => keeping,
                Kept::Saved(saved) => return Ok(saved),
            };
            return match self.write_small(&source, whole)? {
                Ok(()) => self.put(found, &source, what, keeping),
                Err(why) => Ok(Once::Failed(why)),
            };
        }
        let (hash, size) = match self.write_large(&mut source)? {
            Ok(written) => written,
            Err(why) => return Ok(Once::Failed(why)),
        };
        let what = Content { hash, size, kind };
        match self.keep(found, &source, what)? {
            Kept::New(keeping) => self.put(found, &source, what, keeping),
            Kept::Saved(saved) => {
                let _ = rustix::fs::unlinkat(self.shared.work.fd(), &self.part, AtFlags::empty());
                Ok(saved)
            }
        }
    }

    /// Gives the part its name.
    fn put(
        &mut self,
        found: &Found,
        source: &Source,
        what: Content,
        keeping: Option<Keeping<'_>>,
    ) -> Result<Once, Stop> {
        let Content { hash, size, kind } = what;
        let part = Part { folder: self.shared.work.fd(), name: &self.part, hash, size };
        let path = self.shared.lock.map_or_else(|| found.path.clone(), |lock| lock.hidden(&found.path));
        match self.shared.places.put(&mut self.to, &part, &path, Stranger::Replace) {
            Ok(Put::At(at)) => {
                let elsewhere = (at != found.path).then(|| at.clone());
                let saved = ended(found, source, What::File { hash, size, kind, at: elsewhere }, How::Copied);
                // What has changed is saved again, in the same place: no other may rely on this content.
                if let (Once::Saved(..), Some(keeping)) = (&saved, keeping) {
                    keeping.done(&at);
                }
                Ok(saved)
            }
            Ok(Put::InTheWay) => Ok(Once::Failed(Why::InTheWay)),
            Ok(Put::Nowhere(Errno::NOSPC)) if self.shared.is_full() => Err(Stop::Full),
            Ok(Put::Nowhere(errno)) => Ok(Once::Failed(Why::Unstorable(words(&errno.into())))),
            Err(e) => self.unwritable(e).map(Once::Failed),
        }
    }

    /// The right to keep this content (none is needed for nothing at all), or it is kept already.
    fn keep(&mut self, found: &Found, source: &Source, what: Content) -> Result<Kept<'a>, Stop> {
        if what.size == 0 {
            return Ok(Kept::New(None));
        }
        match self.shared.keep(what.hash) {
            Ok(keeping) => Ok(Kept::New(Some(keeping))),
            Err(kept) => Ok(match self.again(found, source, what, kept)? {
                Some(saved) => Kept::Saved(saved),
                None => Kept::New(None),
            }),
        }
    }

    /// The same content is kept already: a second name for it, or only a line in the manifest.
    fn again(&mut self, found: &Found, source: &Source, what: Content, kept: Vec<u8>) -> Result<Option<Once>, Stop> {
        let Content { hash, size, kind } = what;
        if kept == found.path || self.shared.lock.is_some_and(|lock| kept == lock.hidden(&found.path)) {
            return Ok(None);
        }
        let mut other = Cursor::new(self.shared.files, false);
        let Ok((folder, name)) = other.enter(&kept) else { return Ok(None) };
        if rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_err() {
            return Ok(None);
        }
        let linked = match self.shared.lock {
            // A second name would show that two are the same.
            Some(_) => false,
            None => match self.shared.places.link(&mut self.to, (folder, name), &found.path) {
                Ok(linked) => linked,
                Err(e) if e.kind() == io::ErrorKind::StorageFull => return Err(Stop::Full),
                Err(_) => false,
            },
        };
        if !linked {
            self.shared.places.share(&kept, &found.path);
        }
        let at = (!linked).then_some(kept);
        Ok(Some(ended(found, source, What::File { hash, size, kind, at }, How::Same)))
    }

    fn write_small(&mut self, source: &Source, whole: usize) -> Result<Result<(), Why>, Stop> {
        let write = || {
            let mut file = Out::new(self.shared.lock, create(self.shared.work.fd(), &self.part)?)?;
            file.write_all(&self.buffer[..whole])?;
            file.end(&source.before)
        };
        match write() {
            Ok(()) => Ok(Ok(())),
            Err(e) => self.unwritable(e).map(Err),
        }
    }

    /// The first block is in the buffer. The answer is what was written, as it was read.
    fn write_large(&mut self, source: &mut Source) -> Result<Result<(blake3::Hash, u64), Why>, Stop> {
        let _ = rustix::fs::fadvise(&source.file, 0, None, Advice::Sequential);
        let part = create(self.shared.work.fd(), &self.part).and_then(|part| Out::new(self.shared.lock, part));
        let mut out = match part {
            Ok(out) => out,
            Err(e) => return self.unwritable(e).map(Err),
        };
        let (mut hasher, mut n, mut size) = (blake3::Hasher::new(), BLOCK, 0u64);
        while n > 0 {
            hasher.update(&self.buffer[..n]);
            if let Err(e) = out.write_all(&self.buffer[..n]) {
                return self.unwritable(e).map(Err);
            }
            size += n as u64;
            self.shared.bytes.fetch_add(n as u64, Relaxed);
            if self.shared.stopping() {
                return Err(Stop::Asked);
            }
            n = match fill(&mut source.file, &mut self.buffer) {
                Ok(n) => n,
                Err(e) => {
                    self.shared.bytes.fetch_sub(size, Relaxed);
                    return match self.unreadable(e)? {
                        Once::Failed(why) => Ok(Err(why)),
                        Once::Saved(..) | Once::Changed(..) => Err(Stop::Gone),
                    };
                }
            };
        }
        // It counts as a whole once it has its name.
        self.shared.bytes.fetch_sub(size, Relaxed);
        if let Err(e) = out.end(&source.before) {
            return self.unwritable(e).map(Err);
        }
        Ok(Ok((hasher.finalize(), size)))
    }

    /// One file that cannot be read is named; a card that is not there any more is another matter.
    fn unreadable(&self, e: io::Error) -> Result<Once, Stop> {
        let gone = matches!(
            Errno::from_io_error(&e),
            Some(Errno::NODEV | Errno::NXIO | Errno::NOMEDIUM | Errno::NOTCONN | Errno::STALE | Errno::SHUTDOWN)
        );
        if gone || !self.shared.src_is_there() { Err(Stop::Gone) } else { Ok(Once::Failed(Why::Unreadable(words(&e)))) }
    }

    fn unwritable(&self, e: io::Error) -> Result<Why, Stop> {
        match Errno::from_io_error(&e) {
            Some(Errno::NOSPC | Errno::DQUOT) => Err(Stop::Full),
            Some(Errno::FBIG) => Ok(Why::Unstorable("too large for that file system".to_owned())),
            Some(_) | None => Err(Stop::Dest(e)),
        }
    }
}

/// The system's word without its number.
fn words(e: &io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

fn ended(found: &Found, source: &Source, what: What, how: How) -> Once {
    let saved = Entry { path: found.path.clone(), time: time_of(&source.before), what };
    let size = saved.size();
    let stable = rustix::fs::fstat(&source.file).is_ok_and(|after| {
        let same =
            |a: &Stat, b: &Stat| (a.st_size, a.st_mtime, a.st_mtime_nsec) == (b.st_size, b.st_mtime, b.st_mtime_nsec);
        same(&after, &source.before) && u64::try_from(after.st_size).is_ok_and(|now| now == size)
    });
    if stable { Once::Saved(saved, how) } else { Once::Changed(saved, how) }
}

/// As much as there is, up to the buffer's end.
fn fill(file: &mut std::fs::File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match file.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}

/// A time that the place cannot hold stands in the manifest all the same.
pub(crate) fn keep_times(file: &std::fs::File, stat: &Stat) {
    set_time(file, time_of(stat));
}

pub(crate) fn set_time(file: impl std::os::fd::AsFd, time: Time) {
    let time = Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() };
    let _ = rustix::fs::futimens(file, &Timestamps { last_access: time, last_modification: time });
}
