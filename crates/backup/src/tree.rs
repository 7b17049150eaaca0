//! A folder, and what is in it, reached one step at a time from an open handle: no step follows a symbolic link, so
//! that no name in a card, a backup or a manifest leads out of it, whatever somebody put there or puts there meanwhile.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::names;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
pub const NEW_FILE: Mode = Mode::RUSR.union(Mode::WUSR).union(Mode::RGRP).union(Mode::ROTH);
const NEW_FOLDER: Mode = Mode::RWXU.union(Mode::RGRP).union(Mode::XGRP).union(Mode::ROTH).union(Mode::XOTH);

/// An open folder.
pub struct Root {
    fd: OwnedFd,
    pub path: PathBuf,
}

impl Root {
    /// The one step that may follow a link is the one its owner names.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, FOLDER, Mode::empty())?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// The same, made where it is not there; only its owner may look in.
    pub fn make(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Self::open(path)
    }

    /// A folder in it, which is made where it is not there.
    pub fn sub(&self, name: &[u8]) -> io::Result<Self> {
        let fd = step(self.fd.as_fd(), name, true)?;
        Ok(Self { fd, path: self.path.join(names::shown(name)) })
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub fn stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.fd)?)
    }

    /// Whether what is named now is still what was opened.
    pub fn is_still_there(&self) -> bool {
        let (Ok(held), Ok(named)) = (self.stat(), rustix::fs::stat(&self.path)) else { return false };
        (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino) && rustix::fs::Dir::read_from(&self.fd).is_ok()
    }

    /// Bytes that can still be written.
    pub fn free(&self) -> io::Result<u64> {
        let fs = rustix::fs::fstatvfs(&self.fd)?;
        Ok(fs.f_bavail.saturating_mul(fs.f_frsize))
    }

    pub fn folder(&self, path: &[u8], make: bool) -> io::Result<OwnedFd> {
        let mut fd = rustix::fs::openat(&self.fd, ".", FOLDER, Mode::empty())?;
        for part in path.split(|b| *b == b'/').filter(|part| !part.is_empty()) {
            fd = step(fd.as_fd(), part, make)?;
        }
        Ok(fd)
    }

    /// The names in a folder of it, in order, without `.` and `..`.
    pub fn list(&self, folder: &[u8]) -> io::Result<(OwnedFd, Vec<Vec<u8>>)> {
        let fd = self.folder(folder, false)?;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&fd)? {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                names.push(entry.file_name().to_bytes().to_vec());
            }
        }
        names.sort_unstable();
        Ok((fd, names))
    }

    /// A small file of it, whole; none where it is not there.
    pub fn read(&self, name: &[u8], most: u64) -> io::Result<Option<Vec<u8>>> {
        use std::io::Read;
        let file = match open_file(self.fd(), name) {
            Ok((file, _)) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(Some(bytes)) }
    }

    /// Puts a small file in its place, whole or not at all, and on disk.
    pub fn write(&self, name: &[u8], bytes: &[u8]) -> io::Result<()> {
        use std::io::Write;
        let part = [name, b".part"].concat();
        let mut file = create(self.fd(), &part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        rustix::fs::renameat(&self.fd, &part, &self.fd, name)?;
        // A folder that cannot be flushed by itself is with the whole file system.
        rustix::fs::fsync(&self.fd).or_else(|_| rustix::fs::syncfs(&self.fd))?;
        Ok(())
    }
}

fn step(at: BorrowedFd, name: &[u8], make: bool) -> io::Result<OwnedFd> {
    let open = || rustix::fs::openat(at, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    match open() {
        Err(Errno::NOENT) if make => {
            match rustix::fs::mkdirat(at, name, NEW_FOLDER) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(e) => return Err(e.into()),
            }
            Ok(open()?)
        }
        opened => Ok(opened?),
    }
}

/// Opens a regular file for reading, without changing the time of its last reading where that is allowed, and without
/// waiting where it has become a pipe meanwhile.
pub fn open_file(at: BorrowedFd, name: &[u8]) -> io::Result<(std::fs::File, Stat)> {
    let how = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(at, name, how | OFlags::NOATIME, Mode::empty()) {
        // For its owner only.
        Err(Errno::PERM) => rustix::fs::openat(at, name, how, Mode::empty()),
        opened => opened,
    }?;
    let stat = rustix::fs::fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file any more"));
    }
    Ok((fd.into(), stat))
}

/// A new file, whatever lay under that name before.
pub fn create(at: BorrowedFd, name: &[u8]) -> io::Result<std::fs::File> {
    let how = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(at, name, how, NEW_FILE) {
        Err(Errno::EXIST) => {
            rustix::fs::unlinkat(at, name, AtFlags::empty())?;
            rustix::fs::openat(at, name, how, NEW_FILE)
        }
        opened => opened,
    }?;
    Ok(fd.into())
}

/// Remembers the folder it was in last: files come folder by folder.
pub struct Cursor<'a> {
    root: &'a Root,
    make: bool,
    held: Option<(Vec<u8>, OwnedFd)>,
}

impl<'a> Cursor<'a> {
    pub fn new(root: &'a Root, make: bool) -> Self {
        Self { root, make, held: None }
    }

    /// The folder that a path lies in, and its name there.
    pub fn enter<'p>(&mut self, path: &'p [u8]) -> io::Result<(BorrowedFd<'_>, &'p [u8])> {
        let (folder, name) = names::split(path);
        if self.held.as_ref().is_none_or(|(held, _)| held != folder) {
            self.held = None;
        }
        let held = match &mut self.held {
            Some(held) => held,
            empty => empty.insert((folder.to_vec(), self.root.folder(folder, self.make)?)),
        };
        Ok((held.1.as_fd(), name))
    }
}
