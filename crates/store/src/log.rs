//! What the public log is made of: leaves, tiles of hashes, checkpoints, and the keys that tie cases to leaves. Which
//! leaves there are and what their hashes are is calculated elsewhere; here is only that they are appended in one
//! order, by one at a time, and all or nothing.

use case::CaseRef;
use jiff::Timestamp;

use crate::engine::Statement;
use crate::rows::{key, reference};
use crate::value::{Record, Value, corrupt};
use crate::{Result, Store, StoreError};

/// Where the log stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogHead {
    /// The place in the journal up to which it has been followed.
    pub seq: i64,
    /// Leaves.
    pub size: u64,
}

/// A leaf, and which entry of which journal it is of; a key manifest, and a leaf of an erased case, is of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLeaf {
    pub n: u64,
    pub entry: Option<(CaseRef, u64)>,
    pub leaf: String,
}

/// Up to 256 hashes of 32 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTile {
    pub level: u32,
    pub n: u64,
    pub hashes: Vec<u8>,
}

/// A piece by which the log grows.
#[derive(Clone, Debug, Default)]
pub struct LogGrowth {
    /// Where the log stood when this was calculated; anywhere else, nothing is written.
    pub from: LogHead,
    pub to: LogHead,
    pub leaves: Vec<LogLeaf>,
    /// Every tile that is new or has changed, whole.
    pub tiles: Vec<LogTile>,
    /// Keys of cases that had none.
    pub keys: Vec<(CaseRef, Vec<u8>)>,
}

/// A signed head of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCheckpoint {
    pub size: u64,
    /// When it was last signed or cosigned.
    pub at: Timestamp,
    /// Witnesses whose signatures stand in the note.
    pub cosigned: u32,
    pub note: String,
}

pub(crate) const HEAD: &str = "SELECT seq, size FROM log_head WHERE id = 1";
pub(crate) const TILE: &str = "SELECT hashes FROM log_tile WHERE level = $1 AND n = $2";
pub(crate) const LEAVES: &str = "SELECT n, case_id, version, leaf FROM log_leaf WHERE n >= $1 AND n < $2 ORDER BY n";
pub(crate) const OF_CASE: &str =
    "SELECT n, case_id, version, leaf FROM log_leaf WHERE case_id = $1 ORDER BY version, n";
/// The newest of these very words.
pub(crate) const OTHER: &str = "SELECT n, case_id, version, leaf FROM log_leaf \
     WHERE case_id IS NULL AND version IS NULL AND leaf = $1 ORDER BY n DESC LIMIT 1";
pub(crate) const KEY: &str = "SELECT key FROM log_key WHERE case_id = $1";
pub(crate) const FORGET: &str = "DELETE FROM log_key WHERE case_id = $1";
/// The leaves stay, and nothing says whose they were.
pub(crate) const UNTIE: &str = "UPDATE log_leaf SET case_id = NULL, version = 0 WHERE case_id = $1";
pub(crate) const NEWEST: &str = "SELECT size, at_us, cosigned, note FROM log_checkpoint ORDER BY size DESC LIMIT 1";
/// The newest that at least `$1` witnesses have cosigned.
pub(crate) const COSIGNED: &str = "SELECT size, at_us, cosigned, note FROM log_checkpoint \
                                   WHERE cosigned > 0 AND cosigned >= $1 ORDER BY size DESC LIMIT 1";
/// The oldest of more than `$1` leaves.
pub(crate) const OVER: &str = "SELECT size, at_us, cosigned, note FROM log_checkpoint \
                               WHERE size > $1 AND cosigned >= $2 ORDER BY size LIMIT 1";
/// Never with fewer witnesses than stand there.
pub(crate) const SIGN: &str = "INSERT INTO log_checkpoint (size, at_us, cosigned, note) VALUES ($1, $2, $3, $4) \
                               ON CONFLICT (size) DO UPDATE SET at_us = excluded.at_us, \
                               cosigned = excluded.cosigned, note = excluded.note \
                               WHERE log_checkpoint.cosigned <= excluded.cosigned";

pub(crate) fn head(record: &Record) -> Result<LogHead> {
    Ok(LogHead { seq: record.int(0)?, size: unsigned(record.int(1)?)? })
}

pub(crate) fn bytes(record: &Record) -> Result<Vec<u8>> {
    Ok(record.blob(0)?.to_vec())
}

pub(crate) fn leaf(record: &Record) -> Result<LogLeaf> {
    let entry = match record.opt_int(1)? {
        Some(id) => Some((reference(&Record(vec![id.into()]))?, unsigned(record.int(2)?)?)),
        None => None,
    };
    Ok(LogLeaf { n: unsigned(record.int(0)?)?, entry, leaf: record.text(3)?.to_owned() })
}

pub(crate) fn checkpoint(record: &Record) -> Result<LogCheckpoint> {
    Ok(LogCheckpoint {
        size: unsigned(record.int(0)?)?,
        at: record.time(1)?,
        cosigned: crate::rows::small(record.int(2)?)?,
        note: record.text(3)?.to_owned(),
    })
}

pub(crate) fn signed(checkpoint: &LogCheckpoint) -> Vec<Value> {
    let LogCheckpoint { size, at, cosigned, note } = checkpoint;
    vec![(*size as i64).into(), (*at).into(), i64::from(*cosigned).into(), note.as_str().into()]
}

fn unsigned(n: i64) -> Result<u64> {
    u64::try_from(n).map_err(|why| corrupt("number", why))
}

/// Every statement asks where the log stands, and the first holds that line until the last has moved it: of two who
/// calculated from the same place one writes, and the other finds that the log has moved on.
pub(crate) fn grow(growth: LogGrowth) -> Vec<Statement> {
    let LogGrowth { from, to, leaves, tiles, keys } = growth;
    let stood = || [Value::from(from.seq), Value::from(from.size as i64)];
    let hold = "UPDATE log_head SET size = size WHERE id = 1 AND seq = $1 AND size = $2";
    let mut statements = vec![Statement::new(hold, stood().to_vec())];
    for LogLeaf { n, entry, leaf } in leaves {
        let sql = "INSERT INTO log_leaf (n, case_id, version, leaf) \
                   SELECT $1, $2, $3, $4 FROM log_head WHERE id = 1 AND seq = $5 AND size = $6";
        let (case, version) = entry.map_or((Value::Null, Value::Null), |(c, v)| (key(c), (v as i64).into()));
        let [seq, size] = stood();
        statements.push(Statement::new(sql, vec![(n as i64).into(), case, version, leaf.into(), seq, size]));
    }
    for LogTile { level, n, hashes } in tiles {
        let sql = "INSERT INTO log_tile (level, n, hashes) \
                   SELECT $1, $2, $3 FROM log_head WHERE id = 1 AND seq = $4 AND size = $5 \
                   ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes";
        let [seq, size] = stood();
        statements
            .push(Statement::new(sql, vec![i64::from(level).into(), (n as i64).into(), hashes.into(), seq, size]));
    }
    for (case, bytes) in keys {
        let sql = "INSERT INTO log_key (case_id, key) \
                   SELECT $1, $2 FROM log_head WHERE id = 1 AND seq = $3 AND size = $4 ON CONFLICT DO NOTHING";
        let [seq, size] = stood();
        statements.push(Statement::new(sql, vec![key(case), bytes.into(), seq, size]));
    }
    let go = "UPDATE log_head SET seq = $1, size = $2 WHERE id = 1 AND seq = $3 AND size = $4 RETURNING 1";
    let [seq, size] = stood();
    statements.push(Statement::new(go, vec![to.seq.into(), (to.size as i64).into(), seq, size]));
    statements
}

/// The journal entry at a place; none where the place is empty.
pub async fn entry_at(store: &dyn Store, seq: i64) -> Result<Option<case::Entry>, StoreError> {
    let found = store.journal_after(seq - 1, 1).await?;
    Ok(found.into_iter().find(|(place, _)| *place == seq).map(|(_, entry)| entry))
}
