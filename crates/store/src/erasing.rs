//! What is erased of a case by its own date, and what stops it. A case is erased a class at a time, each once; while
//! somebody has put a legal hold on it, nothing is, whoever asks: the statements that delete say so themselves.

use case::rules::Class;
use case::{AccountId, CaseRef, FileId, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::rows::{account_id, key, reference};
use crate::value::{Record, Value};

/// Why nothing of a case is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalHold {
    pub case: CaseRef,
    /// Never personal data.
    pub reason: String,
    pub by: AccountId,
    pub at: Timestamp,
    /// The second person, once there is one. It holds from the first on.
    pub signed: Option<(AccountId, Timestamp)>,
    /// Who wants it ended, and why; it holds until somebody else agrees.
    pub ending: Option<(AccountId, Timestamp, String)>,
}

/// The tests for a hold that stands, of the case whose id is `case_.id`.
macro_rules! HELD {
    () => {
        "EXISTS (SELECT 1 FROM legal_hold WHERE legal_hold.case_id = case_.id AND legal_hold.ended_us IS NULL)"
    };
}
/// Closed, refused, withdrawn: their places in [`case::Stage::NAMES`].
macro_rules! OVER {
    () => {
        "case_.stage IN (5, 6, 7)"
    };
}
pub(crate) use {HELD, OVER};

/// What is due of a class, in the order of their ids.
pub(crate) const DUE: &str = concat!(
    "SELECT body FROM case_ WHERE ",
    OVER!(),
    " AND changed_us <= $1 AND id > $2 AND NOT ",
    HELD!(),
    " AND NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = case_.id AND erased.class = $3) \
     AND NOT ($3 = 'case' AND EXISTS (SELECT 1 FROM erasing WHERE erasing.case_id = case_.id)) ORDER BY id LIMIT $4"
);

/// What would be due, were it not held.
pub(crate) const KEPT_BACK: &str = concat!(
    "SELECT COUNT(*) FROM legal_hold JOIN case_ ON case_.id = legal_hold.case_id WHERE legal_hold.ended_us IS NULL AND ",
    OVER!(),
    " AND case_.changed_us <= $1 \
     AND NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = case_.id AND erased.class = $2)"
);

/// Answers a row where it may be, and had not been, erased: what follows in the same transaction asks for it.
const MARK: &str = concat!(
    "INSERT INTO erased (case_id, class, at_us) SELECT id, CAST($1 AS TEXT), CAST($2 AS BIGINT) FROM case_ \
     WHERE id = $3 AND changed_us <= $4 AND ",
    OVER!(),
    " AND NOT ",
    HELD!(),
    " ON CONFLICT DO NOTHING RETURNING 1"
);

macro_rules! MARKED {
    ($class:literal) => {
        concat!(" AND EXISTS (SELECT 1 FROM erased WHERE erased.case_id = $2 AND erased.class = '", $class, "')")
    };
}

/// Erases a class of a case that has been still since `still`; the first of them answers whether.
pub(crate) fn erase(case: CaseRef, class: Class, files: &[FileId], still: Timestamp, at: Timestamp) -> Vec<Statement> {
    let mark = vec![class.name().into(), at.into(), key(case), still.into()];
    let mut all = vec![Statement::new(MARK, mark)];
    match class {
        Class::Files => {
            let sql = concat!("DELETE FROM file WHERE id = $1", MARKED!("files"));
            all.extend(files.iter().map(|file| Statement::new(sql, vec![file.key().into(), key(case)])));
        }
        // These go whole, by statements of their own.
        Class::Case | Class::Account => return Vec::new(),
        // The line stays, so that the same mail does not come in a second time; nothing of the mail does.
        Class::Originals => {
            let sql = concat!("UPDATE mail SET head = '{}', bytes = $1 WHERE case_id = $2", MARKED!("originals"));
            all.push(Statement::new(sql, vec![Value::Blob(Vec::new()), key(case)]));
        }
        Class::Proof => {
            let marked = |sql| Statement::new(sql, vec![key(case), key(case)]);
            all.push(marked(concat!("DELETE FROM log_key WHERE case_id = $1", MARKED!("proof"))));
            // The leaves stay, and nothing says whose they were.
            let untie = concat!("UPDATE log_leaf SET case_id = NULL, version = 0 WHERE case_id = $1", MARKED!("proof"));
            all.push(marked(untie));
        }
    }
    all
}

macro_rules! HOLD {
    () => {
        "SELECT case_id, reason, by_id, at_us, signed_by, signed_us, ending_by, ending_us, ending_reason \
         FROM legal_hold WHERE ended_us IS NULL"
    };
}

pub(crate) const HOLDS: &str = concat!(HOLD!(), " ORDER BY at_us DESC, seq DESC LIMIT $1");
pub(crate) const HOLD_OF: &str = concat!(HOLD!(), " AND case_id = $1");

pub(crate) const PUT_HOLD: &str = "INSERT INTO legal_hold (case_id, reason, by_id, at_us) \
     SELECT id, CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM case_ WHERE id = $4 \
     ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const SIGN_HOLD: &str = "UPDATE legal_hold SET signed_by = $1, signed_us = $2 \
     WHERE case_id = $3 AND ended_us IS NULL AND signed_by IS NULL AND by_id <> $1 RETURNING 1";
pub(crate) const WANT_END: &str = "UPDATE legal_hold SET ending_by = $1, ending_us = $2, ending_reason = $3 \
     WHERE case_id = $4 AND ended_us IS NULL AND ending_by IS NULL RETURNING 1";
pub(crate) const END_HOLD: &str = "UPDATE legal_hold SET ended_by = $1, ended_us = $2 \
     WHERE case_id = $3 AND ended_us IS NULL AND ending_by IS NOT NULL AND ending_by <> $1 RETURNING 1";
pub(crate) const STAY: &str = "UPDATE legal_hold SET ending_by = NULL, ending_us = NULL, ending_reason = NULL \
     WHERE case_id = $1 AND ended_us IS NULL AND ending_by IS NOT NULL RETURNING 1";

pub(crate) fn hold(record: &Record) -> Result<LegalHold> {
    let who = |by: usize| -> Result<Option<(AccountId, Timestamp)>> {
        Ok(record.opt_int(by)?.map(account_id).zip(record.opt_time(by + 1)?))
    };
    let ending = who(6)?.map(|(by, at)| (by, at, record.opt_text(8).ok().flatten().unwrap_or_default().to_owned()));
    Ok(LegalHold {
        case: reference(record)?,
        reason: record.text(1)?.to_owned(),
        by: account_id(record.int(2)?),
        at: record.time(3)?,
        signed: who(4)?,
        ending,
    })
}
