//! What is on the card: every regular file, every empty folder, and by name whatever is neither and is left out.

use std::collections::BTreeSet;

use rustix::fs::{AtFlags, FileType, Stat};

use crate::manifest::Time;
use crate::tree::Root;
use crate::{Problem, Why, names};

/// A file, as it was when it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: Vec<u8>,
    pub size: u64,
    pub time: Time,
}

/// What is no file and no folder, or a folder that was seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub path: Vec<u8>,
    pub what: &'static str,
}

#[derive(Debug, Default)]
pub struct Scan {
    pub files: Vec<Found>,
    pub empty: Vec<(Vec<u8>, Time)>,
    pub skipped: Vec<Skipped>,
    pub unreadable: Vec<Problem>,
    pub bytes: u64,
}

/// How deep folders may lie in each other.
const DEPTH_MAX: usize = 1_000;

pub fn time_of(stat: &Stat) -> Time {
    Time { seconds: stat.st_mtime, nanos: u32::try_from(stat.st_mtime_nsec).unwrap_or_default() }
}

/// Walks the whole of it. An error only where the folder itself cannot be read; all else is named in the answer.
pub fn scan(root: &Root) -> std::io::Result<Scan> {
    let mut scan = Scan::default();
    let top = root.stat()?;
    let mut seen = BTreeSet::from([(top.st_dev, top.st_ino)]);
    root.list(b"")?;
    let mut todo: Vec<(Vec<u8>, Time)> = vec![(Vec::new(), time_of(&top))];
    while let Some((folder, time)) = todo.pop() {
        let (fd, names) = match root.list(&folder) {
            Ok(listed) => listed,
            Err(e) => {
                scan.unreadable.push(Problem { path: folder, why: Why::Unreadable(e.to_string()) });
                continue;
            }
        };
        if names.is_empty() && !folder.is_empty() {
            scan.empty.push((folder, time));
            continue;
        }
        let mut folders = Vec::new();
        for name in names {
            let path = names::join(&folder, &name);
            match rustix::fs::statat(&fd, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => scan.sort(path, &stat, &mut seen, &mut folders),
                Err(e) => scan.unreadable.push(Problem { path, why: Why::Unreadable(e.to_string()) }),
            }
        }
        // The last is taken next.
        todo.extend(folders.into_iter().rev());
    }
    scan.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(scan)
}

impl Scan {
    /// What could not be read may be anything, and is named by a run.
    pub fn is_nothing(&self) -> bool {
        self.files.is_empty() && self.empty.is_empty() && self.unreadable.is_empty()
    }

    fn sort(
        &mut self,
        path: Vec<u8>,
        stat: &Stat,
        seen: &mut BTreeSet<(u64, u64)>,
        folders: &mut Vec<(Vec<u8>, Time)>,
    ) {
        let mut skip = |path, what| self.skipped.push(Skipped { path, what });
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let size = u64::try_from(stat.st_size).unwrap_or_default();
                self.bytes = self.bytes.saturating_add(size);
                self.files.push(Found { path, size, time: time_of(stat) });
            }
            FileType::Directory if path.iter().filter(|b| **b == b'/').count() >= DEPTH_MAX => {
                skip(path, "a folder that lies too deep")
            }
            FileType::Directory if !seen.insert((stat.st_dev, stat.st_ino)) => {
                skip(path, "a folder that was there before: a loop")
            }
            FileType::Directory => folders.push((path, time_of(stat))),
            FileType::Symlink => skip(path, "a symbolic link"),
            FileType::Fifo => skip(path, "a pipe"),
            FileType::Socket => skip(path, "a socket"),
            FileType::CharacterDevice | FileType::BlockDevice => skip(path, "a device"),
            FileType::Unknown => skip(path, "neither file nor folder"),
        }
    }
}
