//! Letters on their way into a case: what was scanned, and what has been written down of it so far.

use case::{FileId, Timestamp};
use jiff::SignedDuration;

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

/// From when it was begun.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(crate) const ONE: &str = "SELECT id, at_us, open, body FROM letter WHERE id = $1";
pub(crate) const OPEN: &str =
    "SELECT id, at_us, open, body FROM letter WHERE open = 1 ORDER BY at_us DESC, id LIMIT $1";

/// One that is finished, or thrown away, is written in no more; that a case has taken it up counts before that somebody
/// threw it away meanwhile. Answers whether it was taken.
pub(crate) fn put(letter: &LetterDraft) -> Statement {
    let sql = "INSERT INTO letter (id, at_us, open, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body \
               WHERE letter.open = 1 OR excluded.open = 0 RETURNING 1";
    let open = i64::from(letter.open);
    Statement::new(sql, vec![letter.id.key().into(), letter.at.into(), open.into(), letter.body.as_str().into()])
}

/// Only while it is open, and no file that a case has taken up. What is left of it is what `letter` says of its end.
pub(crate) fn forget(letter: &LetterDraft, files: &[FileId]) -> Vec<Statement> {
    let id = letter.id;
    let file = |file: &FileId| {
        let sql = "DELETE FROM file WHERE id = $1 AND draft_until_us IS NOT NULL \
                   AND EXISTS (SELECT 1 FROM letter WHERE id = $2 AND open = 1)";
        Statement::new(sql, vec![file.key().into(), id.key().into()])
    };
    let sql = "UPDATE letter SET open = 0, body = $1 WHERE id = $2 AND open = 1";
    let end = Statement::new(sql, vec![letter.body.as_str().into(), id.key().into()]);
    files.iter().map(file).chain([end]).collect()
}

/// What is left of letters that are finished, or were thrown away, long since.
pub(crate) fn sweep(now: Timestamp) -> [Statement; 2] {
    let before = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    let of = "DELETE FROM letter_agency WHERE id IN (SELECT id FROM letter WHERE open = 0 AND at_us <= $1) RETURNING 1";
    let letters = "DELETE FROM letter WHERE open = 0 AND at_us <= $1 RETURNING 1";
    [of, letters].map(|sql| Statement::new(sql, vec![before.into()]))
}

pub(crate) fn read(record: &Record) -> Result<LetterDraft> {
    Ok(LetterDraft {
        id: FileId::from_bits(record.int(0)? as u64),
        at: record.time(1)?,
        open: record.int(2)? == 1,
        body: record.text(3)?.to_owned(),
    })
}
