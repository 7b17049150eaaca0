//! Under which name a file is kept. Its own, wherever the place can hold it; where it cannot (FAT and what it forbids,
//! capitals that are not told apart, names in no alphabet), the nearest that it can, and the manifest says both.

use std::collections::HashMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard};

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use crate::names;
use crate::tree::{Cursor, Root, open_file};

/// Which names are taken, by whom.
pub struct Places {
    /// The place does not tell capitals apart.
    folds: bool,
    claims: Mutex<HashMap<Vec<u8>, Claim>>,
}

/// A name that is kept under, and how many files of the backup are kept by it: the same content is kept once.
struct Claim {
    path: Vec<u8>,
    owners: u32,
}

/// What is done where something lies under a name that nobody claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// What an earlier run left half done: it is replaced.
    Replace,
    /// Somebody's: it is left alone.
    Leave,
}

/// Where a file has come to lie.
#[derive(Debug, PartialEq, Eq)]
pub enum Put {
    At(Vec<u8>),
    /// A stranger lies there and is left alone.
    InTheWay,
    /// Under no name at all.
    Nowhere(Errno),
}

/// A file whole under a name for the time being, and what it holds.
pub struct Part<'a> {
    pub folder: BorrowedFd<'a>,
    pub name: &'a [u8],
    pub hash: blake3::Hash,
    pub size: u64,
}

impl Places {
    /// Tries it out: whether a file is found under the same name in capitals.
    pub fn new(work: &Root) -> io::Result<Self> {
        drop(crate::tree::create(work.fd(), b"capitals")?);
        let folds = rustix::fs::statat(work.fd(), "CAPITALS", AtFlags::SYMLINK_NOFOLLOW).is_ok();
        rustix::fs::unlinkat(work.fd(), "capitals", AtFlags::empty())?;
        Ok(Self { folds, claims: Mutex::default() })
    }

    fn claims(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Claim>> {
        self.claims.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn key(&self, at: &[u8]) -> Vec<u8> {
        if self.folds { folded(at) } else { at.to_vec() }
    }

    /// One more that is kept there, as a journal or the same content says.
    pub fn share(&self, at: &[u8], path: &[u8]) {
        let key = self.key(at);
        self.claims().entry(key).or_insert_with(|| Claim { path: path.to_vec(), owners: 0 }).owners += 1;
    }

    /// Whether it may be kept there: the name is free, or was its own alone.
    fn claim(&self, at: &[u8], path: &[u8]) -> bool {
        let key = self.key(at);
        match self.claims().entry(key).or_insert_with(|| Claim { path: path.to_vec(), owners: 0 }) {
            claim if claim.owners == 0 => {
                *claim = Claim { path: path.to_vec(), owners: 1 };
                true
            }
            claim => claim.owners == 1 && claim.path == path,
        }
    }

    pub fn release(&self, at: &[u8]) {
        let key = self.key(at);
        if let Some(claim) = self.claims().get_mut(&key) {
            claim.owners = claim.owners.saturating_sub(1);
            // Whose it was first may be the one that has left.
            claim.path.clear();
        }
    }

    /// Puts a part under the first name that holds it. An error is one of the whole place, not of a name.
    pub fn put(&self, to: &mut Cursor<'_>, part: &Part<'_>, path: &[u8], stranger: Stranger) -> io::Result<Put> {
        let mut why = Errno::INVAL;
        for at in candidates(path) {
            if !self.claim(&at, path) {
                continue;
            }
            match self.try_at(to, part, &at, stranger) {
                Ok(true) => return Ok(Put::At(at)),
                Ok(false) if stranger == Stranger::Leave => {
                    self.release(&at);
                    return Ok(Put::InTheWay);
                }
                Ok(false) => self.release(&at),
                Err(e) => {
                    self.release(&at);
                    why = Errno::from_io_error(&e).filter(|errno| is_of_the_name(*errno)).ok_or(e)?;
                }
            }
        }
        Ok(Put::Nowhere(why))
    }

    /// Whether it lies there now; not where a stranger does.
    fn try_at(&self, to: &mut Cursor<'_>, part: &Part<'_>, at: &[u8], stranger: Stranger) -> io::Result<bool> {
        let (folder, name) = to.enter(at)?;
        // Where capitals are not told apart, what lies there may be another's under a name that folds to ours in a
        // way that is not ours: nothing is replaced unseen.
        let careful = self.folds || stranger == Stranger::Leave;
        if !careful {
            rustix::fs::renameat(part.folder, part.name, folder, name)?;
            return Ok(true);
        }
        let moved = match rustix::fs::renameat_with(part.folder, part.name, folder, name, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Err(Errno::EXIST),
                Err(_) => rustix::fs::renameat(part.folder, part.name, folder, name),
            },
            moved => moved,
        };
        match moved {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) if is_the_same(folder, name, part) => {
                rustix::fs::unlinkat(part.folder, part.name, AtFlags::empty())?;
                Ok(true)
            }
            Err(Errno::EXIST) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// A second name for what lies at `from`, where the place knows such; none of it where it does not.
    pub fn link(&self, to: &mut Cursor<'_>, from: (BorrowedFd<'_>, &[u8]), path: &[u8]) -> io::Result<bool> {
        if self.folds || !self.claim(path, path) {
            return Ok(false);
        }
        let (folder, name) = to.enter(path).inspect_err(|_| self.release(path))?;
        let link = || rustix::fs::linkat(from.0, from.1, folder, name, AtFlags::empty());
        let linked = match link() {
            // Its own, from an earlier run.
            Err(Errno::EXIST) => rustix::fs::unlinkat(folder, name, AtFlags::empty()).and_then(|()| link()),
            linked => linked,
        };
        if linked.is_err() {
            self.release(path);
        }
        Ok(linked.is_ok())
    }
}

/// How a place that tells no capitals apart may spell a name.
pub(crate) fn folded(at: &[u8]) -> Vec<u8> {
    let part = |part: &str| part.trim_end_matches(['.', ' ']).to_lowercase();
    String::from_utf8_lossy(at).split('/').map(part).collect::<Vec<_>>().join("/").into_bytes()
}

/// Another name may do better.
fn is_of_the_name(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::INVAL
            | Errno::ILSEQ
            | Errno::NAMETOOLONG
            | Errno::NOTDIR
            | Errno::ISDIR
            | Errno::LOOP
            | Errno::EXIST
            | Errno::NOTEMPTY
            // What exFAT by FUSE says of a colon.
            | Errno::NOENT
            | Errno::PROTO
            // A folder of FAT holds so many names and no more.
            | Errno::NOSPC
    )
}

fn is_the_same(folder: BorrowedFd, name: &[u8], part: &Part) -> bool {
    let Ok((file, stat)) = open_file(folder, name) else { return false };
    u64::try_from(stat.st_size).is_ok_and(|size| size == part.size)
        && hash_file(file).is_ok_and(|(hash, _)| hash == part.hash)
}

/// The hash of a whole file, and its length.
pub fn hash_file(mut file: impl io::Read) -> io::Result<(blake3::Hash, u64)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hasher.finalize(), size)),
            n => {
                hasher.update(&buffer[..n]);
                size += n as u64;
            }
        }
    }
}

/// Its own name; the same with what FAT forbids written out; that with a number; and one that any place can hold.
fn candidates(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let safe = safe(path);
    let plain = (safe != path).then(|| safe.clone());
    let numbered = (2..10).map(move |n| numbered(&safe, n));
    let odd = format!("odd-names/{}", &blake3::hash(path).to_hex()[..32]).into_bytes();
    std::iter::once(path.to_vec()).chain(plain).chain(numbered).chain(std::iter::once(odd))
}

fn safe(path: &[u8]) -> Vec<u8> {
    let part = |part: &[u8]| {
        let mut out = String::new();
        for chunk in part.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '%' => out.push_str(&format!("%{:02X}", c as u32)),
                    c if c.is_control() => out.push_str(&format!("%{:02X}", c as u32)),
                    c => out.push(c),
                }
            }
            chunk.invalid().iter().for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        }
        match out.pop() {
            Some(last @ ('.' | ' ')) => out + &format!("%{:02X}", last as u32),
            Some(last) => out + &String::from(last),
            None => out,
        }
    };
    path.split(|b| *b == b'/').map(part).collect::<Vec<_>>().join("/").into_bytes()
}

/// `a/b~2.jpg`
fn numbered(path: &[u8], n: u32) -> Vec<u8> {
    let (folder, name) = names::split(path);
    let dot = name.iter().rposition(|b| *b == b'.').filter(|at| *at > 0).unwrap_or(name.len());
    names::join(folder, &[&name[..dot], format!("~{n}").as_bytes(), &name[dot..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_kept_is_kept_under_the_nearest_that_can() {
        let names = |path: &[u8]| candidates(path).take(3).map(|at| names::shown(&at)).collect::<Vec<_>>();
        assert_eq!(names(b"DCIM/a.jpg"), ["DCIM/a.jpg", "DCIM/a~2.jpg", "DCIM/a~3.jpg"]);
        assert_eq!(names(b"a:b?/c. "), ["a:b?/c. ", "a%3Ab%3F/c.%20", "a%3Ab%3F/c~2.%20"]);
        assert_eq!(candidates(b"\xd5\xd5.jpg").nth(1).unwrap(), b"%D5%D5.jpg");
        assert!(candidates(b".hidden").nth(1).unwrap() == b".hidden~2");
        for at in candidates(&[b'x'; 255]) {
            assert!(crate::names::is_inside(&at) || at.len() > 255);
        }
    }

    #[test]
    fn capitals_trailing_dots_and_shared_content_are_collisions_where_they_are() {
        let places = |folds| Places { folds, claims: Mutex::default() };
        let fat = places(true);
        assert!(fat.claim(b"A.txt", b"A.txt") && !fat.claim(b"a.TXT", b"a.TXT") && !fat.claim(b"a.txt. ", b"x"));
        assert!(fat.claim(b"A.txt", b"A.txt"), "its own again");
        let ext4 = places(false);
        assert!(ext4.claim(b"A", b"A") && ext4.claim(b"a", b"a"));
        ext4.share(b"A", b"B");
        assert!(!ext4.claim(b"A", b"A"), "B is kept there too: it must not be replaced");
        ext4.release(b"A");
        assert!(!ext4.claim(b"A", b"A"), "one of them is left, and it may be B");
        ext4.release(b"A");
        assert!(ext4.claim(b"A", b"A"));
    }
}
