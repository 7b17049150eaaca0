//! An encrypted backup: every file of it, its manifest and what an unfinished one remembers are files in the age format
//! (age-encryption.org/v1), which the program `age` opens as well. Names, times and kinds are inside; outside are only
//! sizes, and how many there are.
//!
//! A passphrase costs a second to try, which is what makes it worth something and is too long for each of many files.
//! So it opens one file, `IDENTITY.age`, and the identity in it opens all others. Whoever gives recipients instead keeps
//! the identity elsewhere: then a backup can be begun without it, and gone on with, checked and restored only with it.

#[cfg(feature = "encrypt")]
#[path = "lock/age.rs"]
mod imp;
#[cfg(not(feature = "encrypt"))]
#[path = "lock/none.rs"]
mod imp;

use std::fs::File;
use std::io::{self, Read, Write};

use crate::tree::Root;

/// Opened by the passphrase alone.
pub const IDENTITY: &[u8] = b"IDENTITY.age";
/// To whom the backup is encrypted, and by what its names are hidden.
pub const LOCK: &[u8] = b"LOCK.age";
pub const MANIFEST: &[u8] = b"MANIFEST.age";

/// Small files of ours are no larger.
const SMALL: u64 = 64 * 1024;
const HEAD: &str = "cease-backup-lock/1";

/// What somebody has to lock or open a backup with. Nothing at all: a backup that is not encrypted.
#[derive(Clone, Default)]
pub struct Keys {
    pub passphrase: Option<String>,
    /// `age1…`: who can open it.
    pub recipients: Vec<String>,
    /// What stands in an identity file: lines with `AGE-SECRET-KEY-1…`.
    pub identities: Option<String>,
}

impl Keys {
    fn lock(&self) -> bool {
        self.passphrase.is_some() || !self.recipients.is_empty()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("it is encrypted: give its passphrase, or the file with its identity")]
    NoKey,
    #[error("this passphrase or identity does not open it")]
    Wrong,
    #[error("what is there already is not encrypted: choose another folder")]
    Open,
    #[error("“{0}” is no recipient: they begin with age1")]
    Recipient(String),
    #[error("the file has no identity in it: a line that begins with AGE-SECRET-KEY-1")]
    Identity,
    #[error("this cease cannot encrypt: build it with --features encrypt")]
    Absent,
    #[error("{0}")]
    Io(String),
}

impl From<io::Error> for Bad {
    fn from(e: io::Error) -> Self {
        Bad::Io(e.to_string())
    }
}

/// What encrypts and opens one backup.
pub struct Lock {
    key: imp::Key,
    names: [u8; 32],
}

/// A file that is being encrypted; it is none before its end.
pub trait Sealing: Write {
    fn end(self: Box<Self>) -> io::Result<File>;
}

/// Whether this build can encrypt and open what is encrypted; [`Bad::Absent`] says how one is made that can.
pub const BUILT_IN: bool = cfg!(feature = "encrypt");

/// Whether a backup is encrypted.
pub fn is_locked(dest: &std::path::Path) -> bool {
    dest.join("LOCK.age").exists()
}

/// Whether a backup asks for a passphrase.
pub fn wants_passphrase(dest: &std::path::Path) -> bool {
    dest.join("IDENTITY.age").exists()
}

/// Asks on the terminal for something that is not shown while it is typed.
pub fn ask_hidden(text: &str) -> io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let (stdin, mut stderr) = (io::stdin(), io::stderr());
    write!(stderr, "{text}")?;
    stderr.flush()?;
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let mut line = String::new();
    let read = stdin.read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    writeln!(stderr)?;
    read.map(|_| line.trim_end_matches(['\r', '\n']).to_owned())
}

impl Lock {
    /// Opens the lock of a backup that is there; none where it has none.
    pub fn open(root: &Root, keys: &Keys) -> Result<Option<Self>, Bad> {
        let Some(sealed) = root.read(LOCK, SMALL)? else { return Ok(None) };
        let identity = root.read(IDENTITY, SMALL)?;
        let (key, text) = imp::Key::open(keys, identity.as_deref(), &sealed)?;
        Self::read(key, &text).map(Some)
    }

    /// The lock that is there, a new one, or none, as the keys say.
    pub fn of(root: &Root, keys: &Keys, is_empty: bool) -> Result<Option<Self>, Bad> {
        match Self::open(root, keys)? {
            Some(lock) => Ok(Some(lock)),
            None if !keys.lock() => Ok(None),
            None if !is_empty => Err(Bad::Open),
            None => Self::make(root, keys).map(Some),
        }
    }

    fn make(root: &Root, keys: &Keys) -> Result<Self, Bad> {
        let (key, identity) = imp::Key::new(keys)?;
        let names = imp::chance()?;
        let to = key.recipients().into_iter().map(|to| format!("to {to}\n")).collect::<String>();
        let text = format!("{HEAD}\nnames {}\n{to}", blake3::Hash::from_bytes(names).to_hex());
        if let Some(identity) = identity {
            root.write(IDENTITY, &identity)?;
        }
        root.write(LOCK, &key.seal_bytes(text.as_bytes())?)?;
        Ok(Self { key, names })
    }

    fn read(mut key: imp::Key, text: &[u8]) -> Result<Self, Bad> {
        let bad = || Bad::Io("LOCK.age cannot be read".into());
        let mut lines = std::str::from_utf8(text).map_err(|_| bad())?.lines();
        let (Some(HEAD), Some(names)) = (lines.next(), lines.next()) else { return Err(bad()) };
        let names = names.strip_prefix("names ").and_then(|hex| blake3::Hash::from_hex(hex).ok()).ok_or_else(bad)?;
        let to: Vec<&str> = lines.filter_map(|line| line.strip_prefix("to ")).collect();
        key.encrypts_to(&to)?;
        Ok(Self { key, names: *names.as_bytes() })
    }

    /// Under which name a file is kept: the same for the same path, and nobody else can tell of what.
    pub fn hidden(&self, path: &[u8]) -> Vec<u8> {
        let name = blake3::keyed_hash(&self.names, path).to_hex();
        format!("{}/{}.age", &name[..2], &name[2..34]).into_bytes()
    }

    pub fn seal(&self, file: File) -> io::Result<Box<dyn Sealing>> {
        self.key.seal(file)
    }

    pub fn unseal<'a>(&self, from: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        self.key.unseal(from)
    }

    pub fn seal_bytes(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.key.seal_bytes(bytes)
    }

    pub fn unseal_bytes(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.unseal(bytes)?.read_to_end(&mut out)?;
        Ok(out)
    }
}

/// What is read, as it is or opened.
pub(crate) fn reads(lock: Option<&Lock>, file: File) -> io::Result<Box<dyn Read>> {
    match lock {
        Some(lock) => lock.unseal(file),
        None => Ok(Box::new(file)),
    }
}

/// A file that is written, as it is or encrypted.
pub(crate) enum Out {
    Plain(File),
    Sealed(Box<dyn Sealing>),
}

impl Out {
    pub fn new(lock: Option<&Lock>, file: File) -> io::Result<Self> {
        Ok(match lock {
            Some(lock) => Out::Sealed(lock.seal(file)?),
            None => Out::Plain(file),
        })
    }

    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Out::Plain(file) => file.write_all(bytes),
            Out::Sealed(file) => file.write_all(bytes),
        }
    }

    /// All of it is written. When what is in it was last changed is nobody's business where it is encrypted.
    pub fn end(self, of: &rustix::fs::Stat) -> io::Result<()> {
        match self {
            Out::Plain(file) => crate::copy::keep_times(&file, of),
            Out::Sealed(file) => drop(file.end()?),
        }
        Ok(())
    }
}

/// The lines of a journal, encrypted: pieces with their length before them, the last of which may be torn. Answers also
/// how many bytes are whole.
pub(crate) fn pieces(lock: &Lock, bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut text, mut at) = (Vec::new(), 0);
    while let Some((length, rest)) = bytes.get(at..).and_then(|rest| rest.split_first_chunk::<4>()) {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(piece) = rest.get(..length).and_then(|piece| lock.unseal_bytes(piece).ok()) else { break };
        text.extend(piece);
        at += 4 + length;
    }
    (text, at)
}

pub(crate) fn piece(lock: &Lock, text: &[u8]) -> io::Result<Vec<u8>> {
    let sealed = lock.seal_bytes(text)?;
    let length = u32::try_from(sealed.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    Ok([&length.to_be_bytes()[..], &sealed].concat())
}
