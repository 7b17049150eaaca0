//! Whose cases are a partner agency's. It stands beside the case, in a row of its own that only such cases have, so
//! that nothing is paid for it where there are no agencies; it is written with the declaration that came through one.

use case::{Agency, Case, CaseRef, FileId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::beside::{LANDED, beside};
use crate::engine::Statement;
use crate::value::{Record, Value, parse};
use crate::{Result, rows};

/// An agency as a number, by which lists are joined: the first bytes of its name's SHA-256.
pub(crate) fn key(agency: &Agency) -> i64 {
    let hash = Sha256::digest(format!("cease/agency/v1/{agency}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}

pub(crate) fn key_of(agency: Option<&Agency>) -> Value {
    agency.map(key).into()
}

/// The case came through them; it stays theirs where it has been given to another since.
pub(crate) fn came(case: &Case, agency: &Agency) -> Statement {
    let sql = concat!(
        "INSERT INTO case_agency (agency, name, case_id) \
         SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS BIGINT) WHERE ",
        LANDED!("$3", "$4", "$5"),
        " ON CONFLICT (case_id) DO NOTHING"
    );
    beside(case, sql, vec![key(agency).into(), agency.as_str().into()])
}

pub(crate) fn give(case: CaseRef, agency: Option<&Agency>) -> Statement {
    match agency {
        Some(agency) => {
            let sql = "INSERT INTO case_agency (case_id, agency, name) VALUES ($1, $2, $3) \
                       ON CONFLICT (case_id) DO UPDATE SET agency = excluded.agency, name = excluded.name";
            Statement::new(sql, vec![rows::key(case), key(agency).into(), agency.as_str().into()])
        }
        None => Statement::new("DELETE FROM case_agency WHERE case_id = $1", vec![rows::key(case)]),
    }
}

pub(crate) const NAME: &str = "SELECT name FROM case_agency WHERE case_id = $1";

/// For nobody's staff in particular all are theirs.
pub(crate) const CASE: &str = "SELECT body FROM case_ WHERE id = $1 AND (CAST($2 AS BIGINT) IS NULL \
    OR EXISTS (SELECT 1 FROM case_agency AS a WHERE a.case_id = case_.id AND a.agency = $2))";

pub(crate) const CHATS_WAITING: &str = "SELECT c.case_id, c.asked_us, c.answered_us FROM chat AS c \
    JOIN case_agency AS a ON a.case_id = c.case_id AND a.agency = $1 \
    WHERE c.answered_us IS NULL ORDER BY c.asked_us, c.case_id LIMIT $2";
pub(crate) const CHATS_ANSWERED: &str = "SELECT c.case_id, c.asked_us, c.answered_us FROM chat AS c \
    JOIN case_agency AS a ON a.case_id = c.case_id AND a.agency = $1 \
    WHERE c.answered_us IS NOT NULL ORDER BY c.last_us DESC, c.case_id LIMIT $2";

pub(crate) const FAILING: &str = "SELECT o.case_id, o.n, o.owed_us, o.try_at_us, o.attempts, o.why, o.effect \
    FROM outbox AS o JOIN case_agency AS a ON a.case_id = o.case_id \
    WHERE o.failing IS NOT NULL AND (o.owed_us, o.case_id, o.n) > ($1, $2, $3) AND $4 LIKE '%,' || o.failing || ',%' \
    AND a.agency = $5 ORDER BY o.owed_us, o.case_id, o.n LIMIT $6";

pub(crate) fn letter(id: FileId, agency: &Agency) -> Statement {
    let sql = "INSERT INTO letter_agency (id, agency) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    Statement::new(sql, vec![id.key().into(), key(agency).into()])
}

pub(crate) const LETTER: &str = "SELECT id, at_us, open, body FROM letter WHERE id = $1 AND (CAST($2 AS BIGINT) IS NULL \
    OR EXISTS (SELECT 1 FROM letter_agency AS a WHERE a.id = letter.id AND a.agency = $2))";
pub(crate) const LETTERS: &str = "SELECT l.id, l.at_us, l.open, l.body FROM letter AS l \
    JOIN letter_agency AS a ON a.id = l.id AND a.agency = $1 WHERE l.open = 1 ORDER BY l.at_us DESC, l.id LIMIT $2";

/// Of an account, for whom it works.
#[derive(PartialEq, Deserialize)]
struct WorksFor {
    #[serde(default)]
    agency: Option<Agency>,
}

/// Whether what the account in column `owner` shares is there for the one in column `reader`: who works for the house
/// shares with the house, and who works for an agency with that agency. Of an account that is gone nothing is shared.
pub(crate) fn shares(record: &Record, owner: usize, reader: usize) -> Result<bool> {
    let works_for = |column| record.opt_text(column)?.map(|body| parse::<WorksFor>("account", body)).transpose();
    let (owner, reader) = (works_for(owner)?, works_for(reader)?);
    Ok(owner.is_some() && owner == reader)
}
