//! A file of personal data in the making: nobody else on this machine reads it, and where it does not become whole (a full
//! disk) nothing of it stays.

use std::fs::{File, OpenOptions};
use std::io::{Read, copy};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

pub(super) struct Making<'a> {
    path: &'a Path,
    file: File,
    whole: bool,
}

impl<'a> Making<'a> {
    /// Begins a file that is not there yet.
    pub fn begin(path: &'a Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let named = || format!("cannot make {} (what is there already is left alone)", path.display());
        Ok(Self { path, file: file.with_context(named)?, whole: false })
    }

    pub fn write(&mut self, mut from: impl Read) -> anyhow::Result<()> {
        let written = copy(&mut from, &mut self.file).and_then(|_| self.file.sync_all());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    pub fn done(mut self) {
        self.whole = true;
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if !self.whole {
            // That this cannot be removed says less than why it was not made.
            let _ = std::fs::remove_file(self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Breaks off after a while, as a disk does that is full.
    struct Full;

    impl Read for Full {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn what_breaks_off_leaves_nothing_and_what_is_there_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.zip");
        let mut making = Making::begin(&path).unwrap();
        assert!(making.write((&b"half"[..]).chain(Full)).unwrap_err().to_string().contains("cannot write"));
        drop(making);
        assert!(!path.exists());
        let mut making = Making::begin(&path).unwrap();
        making.write(&b"whole"[..]).unwrap();
        making.done();
        assert!(Making::begin(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
