//! The place to save to: not within the card nor around it, nobody else's, and for one run at a time.

use std::path::Path;

use rustix::fs::{AtFlags, FlockOperation};

use crate::lock::{self, Keys, Lock};
use crate::manifest::{Entry, Manifest, SIZE_MAX, What};
use crate::tree::{Cursor, Root};
use crate::{Error, FILES, MANIFEST, WAY_OUT, WORK};

/// Two names for places that must not lie in each other.
pub(crate) fn apart(src: &Root, dest: &Root) -> Result<(), Error> {
    let same = |path: &Path, other: &Root| {
        let (Ok(a), Ok(b)) = (rustix::fs::stat(path), other.stat()) else { return false };
        (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
    };
    for (inner, outer) in [(dest, src), (src, dest)] {
        let path = inner.path.canonicalize().unwrap_or_else(|_| inner.path.clone());
        if path.ancestors().any(|folder| same(folder, outer)) {
            return Err(Error::Inside { inner: inner.path.clone(), outer: outer.path.clone() });
        }
    }
    Ok(())
}

/// Before a folder for the backup is made: not within the card, where making it would already write to it.
pub(crate) fn apart_before(src: &Root, dest: &Path) -> Result<(), Error> {
    let absolute = std::path::absolute(dest).unwrap_or_else(|_| dest.to_owned());
    let there = absolute.ancestors().find(|folder| folder.exists()).and_then(|folder| folder.canonicalize().ok());
    let inside = there.is_some_and(|there| {
        there.ancestors().any(|folder| {
            let (Ok(a), Ok(b)) = (rustix::fs::stat(folder), src.stat()) else { return false };
            (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino)
        })
    });
    if inside { Err(Error::Inside { inner: dest.to_owned(), outer: src.path.clone() }) } else { Ok(()) }
}

/// What may lie beside a backup at the top of a disk.
const NOBODYS: [&[u8]; 3] = [b"lost+found", b"System Volume Information", b".Trashes"];

/// The place to save to: the folder itself, `files/` and the work folder, locked for this run alone.
pub(crate) struct Dest {
    pub root: Root,
    pub files: Root,
    pub work: Root,
    pub lock: Option<Lock>,
}

impl Dest {
    /// Whether nothing was ever saved there.
    pub fn is_fresh(path: &Path) -> bool {
        let names = Root::open(path).and_then(|root| root.list(b""));
        names.map_or(!path.exists(), |(_, names)| names.iter().all(|name| NOBODYS.contains(&name.as_slice())))
    }

    /// Opens it for this run alone, and says what a finished backup there holds.
    pub fn open(path: &Path, keys: &Keys) -> Result<(Self, Manifest), Error> {
        let cannot = |why| Error::Dest { path: path.to_owned(), why };
        let root = Root::make(path).map_err(cannot)?;
        let (_, names) = root.list(b"").map_err(cannot)?;
        let ours = |name: &Vec<u8>| [WORK, MANIFEST, lock::LOCK, lock::IDENTITY].contains(&name.as_slice());
        if !names.iter().any(ours) && names.iter().any(|name| !NOBODYS.contains(&name.as_slice())) {
            return Err(Error::Foreign { path: path.to_owned() });
        }
        let work = root.sub(WORK).map_err(cannot)?;
        let alone = FlockOperation::NonBlockingLockExclusive;
        rustix::fs::flock(work.fd(), alone).map_err(|_| Error::Busy { path: path.to_owned() })?;
        let nothing = !names.iter().any(|name| [WORK, MANIFEST].contains(&name.as_slice()));
        let lock = Lock::of(&root, keys, nothing).map_err(|why| {
            // It goes where nothing is in it: nothing was begun.
            let _ = rustix::fs::unlinkat(root.fd(), WORK, AtFlags::REMOVEDIR);
            Error::Lock { path: path.to_owned(), why }
        })?;
        let damaged = |why: String| {
            let _ = rustix::fs::unlinkat(root.fd(), WORK, AtFlags::REMOVEDIR);
            Error::NoBackup { path: path.to_owned(), why: format!("{why}; {WAY_OUT}") }
        };
        let finished = match manifest(&root, lock.as_ref()) {
            Ok(Some(bytes)) => Manifest::read(&bytes).map_err(damaged)?,
            Ok(None) => Manifest::default(),
            // What was locked and opens no more is no other manifest's key: that was told above.
            Err(why) if lock.is_some() => return Err(damaged(why.to_string())),
            Err(why) => return Err(cannot(why)),
        };
        let files = root.sub(FILES).map_err(cannot)?;
        Ok((Self { root, files, work, lock }, finished))
    }

    /// Nothing is under way any more.
    pub fn close(&self) {
        let _ = rustix::fs::unlinkat(self.root.fd(), WORK, AtFlags::REMOVEDIR);
    }

    /// Bytes of what lies there, if anything does.
    pub fn size(&self, cursor: &mut Cursor<'_>, at: &[u8]) -> Option<u64> {
        let (folder, name) = cursor.enter(at).ok()?;
        let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        u64::try_from(stat.st_size).ok()
    }

    /// Whether what is known of a file is still so at its place.
    pub fn has(&self, cursor: &mut Cursor<'_>, entry: &Entry) -> bool {
        let What::File { size, .. } = entry.what else { return false };
        let Ok((folder, name)) = cursor.enter(entry.at()) else { return false };
        rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
            let now = u64::try_from(stat.st_size);
            if self.lock.is_some() {
                // Longer by what age adds; its time says nothing.
                return now.is_ok_and(|now| now > size);
            }
            now.is_ok_and(|now| now == size) && (crate::scan::time_of(&stat).is_about(entry.time) || stat.st_nlink > 1)
        })
    }
}

/// The manifest of a finished backup, opened; none where there is none.
pub(crate) fn manifest(root: &Root, lock: Option<&Lock>) -> std::io::Result<Option<Vec<u8>>> {
    match lock {
        Some(lock) => root.read(lock::MANIFEST, SIZE_MAX)?.map(|sealed| lock.unseal_bytes(&sealed)).transpose(),
        None => root.read(MANIFEST, SIZE_MAX),
    }
}
