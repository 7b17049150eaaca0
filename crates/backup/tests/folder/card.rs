//! Cards to save, and what tests look at.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use backup::Progress;
use case::Timestamp;

pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_694_400).unwrap()
}

pub fn quiet(_: &Progress) {}

pub struct Card {
    dir: tempfile::TempDir,
}

/// A file of this content and time, with the folders it lies in.
pub fn put(path: &Path, content: &[u8], time: i64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
    let file = fs::File::open(path).unwrap();
    let at = rustix::fs::Timespec { tv_sec: time, tv_nsec: 123_456_789 };
    rustix::fs::futimens(file, &rustix::fs::Timestamps { last_access: at, last_modification: at }).unwrap();
}

impl Card {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn in_memory() -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { dir }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Every name with its kind, size, time and content's hash, in order.
pub fn tree(root: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            let name = backup::names::escape(path.strip_prefix(root).unwrap().as_os_str().as_bytes());
            let (time, nanos) = (meta.mtime(), meta.mtime_nsec());
            if meta.is_dir() {
                lines.push(format!("{name} folder"));
                todo.push(path);
            } else if meta.is_file() {
                let hash = blake3::hash(&fs::read(&path).unwrap());
                lines.push(format!("{name} file {} {time}.{nanos} {hash}", meta.len()));
            } else {
                lines.push(format!("{name} special"));
            }
        }
    }
    lines.sort();
    lines
}
