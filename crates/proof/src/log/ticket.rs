//! An offline proof that something is in a log (C2SP tlog-proof): the leaf's number, the hashes up to the root, and the
//! signed checkpoint.

use std::fmt;

use super::Checkpoint;
use super::note::{Note, NoteError, Opened, VerifierKey};
use super::text::{decode, encode, hash, number};
use super::tree::{self, Hash};

const FORMAT: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 2^63 leaves needs no more.
const MAX_PATH: usize = 63;

/// Such a proof, nothing of it checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Not vouched for by anybody; ours have none.
    pub extra: Option<Vec<u8>>,
    pub index: u64,
    pub path: Vec<Hash>,
    pub note: Note,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("not a log proof: {0}")]
    Malformed(&'static str),
    #[error("the log is {0:?}, which is another")]
    Origin(String),
    #[error("the checkpoint: {0}")]
    Note(#[from] NoteError),
    #[error("the checkpoint is not signed by the log")]
    Unsigned,
    #[error("the leaf is not in the tree that the checkpoint is of")]
    NotIncluded,
}

impl Ticket {
    pub fn parse(bytes: &[u8]) -> Result<Self, TicketError> {
        let malformed = TicketError::Malformed;
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or(malformed("it has no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FORMAT) {
            return Err(malformed("it is of another format"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(|line| &line["extra ".len()..]);
        let extra = extra.map(|extra| decode(extra).ok_or(malformed("its extra line is not base64"))).transpose()?;
        let index = lines.next().and_then(|line| number(line.strip_prefix("index ")?));
        let index = index.ok_or(malformed("its index line is not one"))?;
        let path: Option<Vec<Hash>> = lines.map(hash).collect();
        let path = path.filter(|path| path.len() <= MAX_PATH).ok_or(malformed("its hashes are not hashes"))?;
        Ok(Self { extra, index, path, note: Note::parse(note.as_bytes())? })
    }

    /// The checkpoint, whoever signed it.
    pub fn checkpoint(&self) -> Result<Checkpoint, TicketError> {
        Checkpoint::parse(self.note.text()).ok_or(TicketError::Malformed("its checkpoint is not one"))
    }

    /// Checks that the log of this origin, by one of these keys, has signed a tree with this leaf; and the cosignatures
    /// of those witnesses, however many there are. How many are wanted is for the caller to say.
    pub fn verify(
        &self,
        leaf: &Hash,
        origin: &str,
        log: &[VerifierKey],
        witnesses: &[VerifierKey],
    ) -> Result<(Checkpoint, Opened), TicketError> {
        let checkpoint = self.checkpoint()?;
        if checkpoint.origin != origin {
            return Err(TicketError::Origin(checkpoint.origin));
        }
        let opened = self.note.open(&[log, witnesses].concat())?;
        if !opened.vouched.iter().any(|vouched| log.contains(&vouched.key)) {
            return Err(TicketError::Unsigned);
        }
        if !tree::includes(self.index, checkpoint.size, leaf, &checkpoint.root, &self.path) {
            return Err(TicketError::NotIncluded);
        }
        Ok((checkpoint, opened))
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests;
