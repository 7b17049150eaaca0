//! What an unfinished backup remembers. A line is written once its file lies whole under its own name, and a mark once
//! the file system has put on disk what the lines before it speak of. After a crash or a pulled plug, what stands before
//! the last mark is believed where size and time agree; what stands after it is read again; a file without a line is
//! saved anew. A line that was torn or never reached the disk is no line.

use std::collections::HashMap;
use std::io::{self, Write};

use rustix::fs::{AtFlags, Mode, OFlags};

use crate::lock::{Lock, piece, pieces};
use crate::manifest::{Entry, Manifest};
use crate::tree::{Root, create};

const NAME: &[u8] = b"journal";
/// Room that is held for its last lines: where the place is full, they are what the next run goes on from.
const RESERVE: &[u8] = b"reserve";
const RESERVED: usize = 256 * 1024;
/// Bytes gathered before they are written.
const GATHER: usize = 64 * 1024;

/// What is known to be saved, by path.
#[derive(Default)]
pub struct Known {
    pub entries: HashMap<Vec<u8>, Saved>,
    /// How long the runs before this one took.
    pub seconds: u64,
}

pub struct Saved {
    pub entry: Entry,
    /// The disk has it: size and time are enough to believe it.
    pub safe: bool,
}

pub struct Journal {
    file: std::fs::File,
    gathered: String,
    lines: u64,
}

impl Journal {
    /// Opens it, and says what it and the manifest of an earlier, finished run know.
    pub fn open(work: &Root, finished: Manifest, lock: Option<&Lock>) -> io::Result<(Self, Known)> {
        let before = work.read(NAME, crate::manifest::SIZE_MAX)?.unwrap_or_default();
        let (before, whole) = match lock {
            Some(lock) => pieces(lock, &before),
            None => (before, 0),
        };
        let mut known = Known::default();
        for entry in finished.entries {
            known.entries.insert(entry.path.clone(), Saved { entry, safe: true });
        }
        let lines = known.learn(&before);
        let how = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(work.fd(), NAME, how, Mode::RUSR | Mode::WUSR)?;
        create(work.fd(), RESERVE)?.write_all(&vec![b'\n'; RESERVED])?;
        let mut journal = Self { file: fd.into(), gathered: String::new(), lines };
        if lock.is_some() {
            // A piece that was torn would hide those after it.
            journal.file.set_len(whole as u64)?;
        }
        if before.last().is_some_and(|last| *last != b'\n') {
            journal.gathered.push('\n');
        }
        Ok((journal, known))
    }

    pub fn add(&mut self, entry: &Entry, lock: Option<&Lock>) -> io::Result<()> {
        self.gathered.push_str(&entry.line());
        self.lines += 1;
        if self.gathered.len() >= GATHER { self.flush(lock) } else { Ok(()) }
    }

    /// Hands to the system what is gathered, and says how many lines there are.
    pub fn flush(&mut self, lock: Option<&Lock>) -> io::Result<()> {
        match lock.filter(|_| !self.gathered.is_empty()) {
            Some(lock) => self.file.write_all(&piece(lock, self.gathered.as_bytes())?)?,
            None => self.file.write_all(self.gathered.as_bytes())?,
        }
        self.gathered.clear();
        Ok(())
    }

    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The first `lines` are on disk, with their files.
    pub fn mark(&mut self, lines: u64, seconds: u64, lock: Option<&Lock>) -> io::Result<()> {
        self.gathered.push_str(&format!("=safe\t{lines}\t{seconds}\n"));
        self.flush(lock)
    }

    /// Gives up the room that was held.
    pub fn use_reserve(work: &Root) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(work.fd(), RESERVE, AtFlags::empty())?)
    }

    pub fn remove(work: &Root) -> io::Result<()> {
        Self::use_reserve(work)?;
        Ok(rustix::fs::unlinkat(work.fd(), NAME, AtFlags::empty())?)
    }
}

impl Known {
    /// Reads a journal's lines, and says how many there are.
    fn learn(&mut self, journal: &[u8]) -> u64 {
        let (mut read, mut safe) = (Vec::new(), 0);
        let whole = journal.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        for line in journal[..whole].split(|b| *b == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else { continue };
            if let Some(mark) = line.strip_prefix("=safe\t") {
                let Some((lines, seconds)) = mark.split_once('\t') else { continue };
                let (Ok(lines), Ok(seconds)) = (lines.parse::<u64>(), seconds.parse()) else { continue };
                // A mark can speak only of what stands before it; where a line was lost it speaks of one less.
                safe = safe.max(lines.min(read.len() as u64));
                self.seconds = self.seconds.max(seconds);
            } else if let Some(entry) = Entry::read(line) {
                read.push(entry);
            }
        }
        for (n, entry) in (0u64..).zip(read.iter()) {
            self.entries.insert(entry.path.clone(), Saved { entry: entry.clone(), safe: n < safe });
        }
        read.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Time, What};
    use case::saved::Kind;

    fn entry(path: &str) -> Entry {
        let what = What::File { hash: blake3::hash(path.as_bytes()), size: 9, kind: Kind::Other, at: None };
        Entry { path: path.into(), time: Time { seconds: 7, nanos: 0 }, what }
    }

    #[test]
    fn what_stands_before_the_last_mark_is_believed_and_a_torn_line_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let work = Root::open(dir.path()).unwrap();
        let (mut journal, known) = Journal::open(&work, Manifest { entries: vec![entry("old")] }, None).unwrap();
        assert!(known.entries[&b"old"[..]].safe);
        journal.add(&entry("a"), None).unwrap();
        journal.add(&entry("b"), None).unwrap();
        journal.mark(1, 12, None).unwrap();
        journal.add(&entry("c"), None).unwrap();
        journal.flush(None).unwrap();
        let path = dir.path().join("journal");
        let whole = std::fs::read(&path).unwrap();
        let marked = whole.windows(5).position(|w| w == b"=safe").unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (_, known) = Journal::open(&work, Manifest::default(), None).unwrap();
            let has = |name: &str| known.entries.get(name.as_bytes()).map(|saved| saved.safe);
            let [a, b, c] = ["a", "b", "c"].map(|name| entry(name).line().len());
            assert_eq!(has("a"), (cut >= a).then_some(cut >= whole.len() - c), "{cut}");
            assert_eq!(has("b"), (cut >= a + b).then_some(false), "{cut}");
            assert_eq!(has("c"), (cut == whole.len()).then_some(false), "{cut}");
            assert!(marked == a + b);
        }
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let work = Root::open(dir.path()).unwrap();
        std::fs::write(dir.path().join("journal"), b"\xff\0 torn").unwrap();
        let (mut journal, _) = Journal::open(&work, Manifest::default(), None).unwrap();
        journal.add(&entry("a"), None).unwrap();
        journal.flush(None).unwrap();
        assert!(Journal::open(&work, Manifest::default(), None).unwrap().1.entries.contains_key(&b"a"[..]));
    }
}
