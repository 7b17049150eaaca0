//! Letters on their way into a case: what was scanned, and what has been written down of it so far.

use case::{FileId, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::value::Record;

/// A letter that somebody at the desk is writing down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterDraft {
    /// That of its first page.
    pub id: FileId,
    pub at: Timestamp,
    /// Still to be finished.
    pub open: bool,
    /// What the desk keeps of it (JSON).
    pub body: String,
}

pub(crate) const ONE: &str = "SELECT id, at_us, open, body FROM letter WHERE id = $1";
pub(crate) const OPEN: &str =
    "SELECT id, at_us, open, body FROM letter WHERE open = 1 ORDER BY at_us DESC, id LIMIT $1";

/// One that is finished, or thrown away, stays so.
pub(crate) fn put(letter: &LetterDraft) -> Statement {
    let sql = "INSERT INTO letter (id, at_us, open, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body WHERE letter.open = 1";
    let open = i64::from(letter.open);
    Statement::new(sql, vec![letter.id.key().into(), letter.at.into(), open.into(), letter.body.as_str().into()])
}

/// Only while it is open: what a case has taken up stays. What is left of it is what `letter` says of its end.
pub(crate) fn forget(letter: &LetterDraft, files: &[FileId]) -> Vec<Statement> {
    let id = letter.id;
    let file = |file: &FileId| {
        let sql = "DELETE FROM file WHERE id = $1 AND EXISTS (SELECT 1 FROM letter WHERE id = $2 AND open = 1)";
        Statement::new(sql, vec![file.key().into(), id.key().into()])
    };
    let sql = "UPDATE letter SET open = 0, body = $1 WHERE id = $2 AND open = 1";
    let end = Statement::new(sql, vec![letter.body.as_str().into(), id.key().into()]);
    files.iter().map(file).chain([end]).collect()
}

pub(crate) fn read(record: &Record) -> Result<LetterDraft> {
    Ok(LetterDraft {
        id: FileId::from_bits(record.int(0)? as u64),
        at: record.time(1)?,
        open: record.int(2)? == 1,
        body: record.text(3)?.to_owned(),
    })
}
