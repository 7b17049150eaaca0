//! How a case's own data goes, and its holder's after the last of them: one transaction each, so that a case is there or
//! erased and never half. The first statement holds the row, every other asks whether it is still the one that was
//! meant, and the last changes it.

use case::{AccountId, CardRecord, Case, CaseRef, Entry, FileId, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::erasing::{HELD, OVER};
use crate::rows::{account_id, key, reference};
use crate::value::{Record, Value, json};

/// A case that is due to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub case: CaseRef,
    /// When it is looked at again.
    pub next: Timestamp,
    /// What keeps it.
    pub why: Option<String>,
}

/// A holder who goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    pub account: AccountId,
    /// When a case of theirs was last erased.
    pub since: Option<Timestamp>,
    /// When they asked for it.
    pub asked: Option<Timestamp>,
}

/// A case and all that is written in its place.
#[derive(Clone, Debug)]
pub struct Erased {
    /// As it was; at any other version nothing is erased.
    pub before: Case,
    pub after: Case,
    /// The one entry that stays.
    pub entry: Entry,
    pub files: Vec<FileId>,
}

pub(crate) const PLAN: &str = concat!(
    "INSERT INTO erasing (case_id, next_us) SELECT id, CAST($1 AS BIGINT) FROM case_ \
     WHERE id = $2 AND ",
    OVER!(),
    " AND NOT ",
    HELD!(),
    " AND NOT EXISTS (SELECT 1 FROM erased WHERE erased.case_id = case_.id AND class = 'case') \
     ON CONFLICT DO NOTHING RETURNING 1"
);
pub(crate) const PLANNED: &str =
    "SELECT case_id, next_us, why FROM erasing WHERE next_us <= $1 ORDER BY next_us, case_id LIMIT $2";
pub(crate) const PLAN_OF: &str = "SELECT case_id, next_us, why FROM erasing WHERE case_id = $1";
pub(crate) const WAITING: &str = "SELECT case_id, next_us, why FROM erasing ORDER BY next_us, case_id LIMIT $1";
pub(crate) const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM erasing WHERE why IS NULL), \
     (SELECT COUNT(*) FROM erasing WHERE why IS NOT NULL), (SELECT COUNT(*) FROM erased WHERE class = 'case')";
pub(crate) const PUT_OFF: &str = "UPDATE erasing SET next_us = $1, why = $2 WHERE case_id = $3 RETURNING 1";
pub(crate) const UNPLAN: &str = "DELETE FROM erasing WHERE case_id = $1 RETURNING 1";
pub(crate) const GONE: &str =
    "SELECT case_id, at_us, NULL FROM erased WHERE class = 'case' ORDER BY at_us DESC, case_id LIMIT $1";

pub(crate) fn due(record: &Record) -> Result<Due> {
    Ok(Due { case: reference(record)?, next: record.time(1)?, why: record.opt_text(2)?.map(str::to_owned) })
}

/// Holds the row for as long as the transaction runs.
const HOLD: &str = "UPDATE case_ SET version = version WHERE id = $1 AND version = $2 RETURNING 1";
/// Answers a row where it may be erased, and had not been.
const MARK: &str = concat!(
    "INSERT INTO erased (case_id, class, at_us) SELECT id, 'case', CAST($1 AS BIGINT) FROM case_ \
     WHERE id = $2 AND version = $3 AND ",
    OVER!(),
    " AND NOT ",
    HELD!(),
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.case_id = case_.id) ON CONFLICT DO NOTHING RETURNING 1"
);
/// It has been marked by this transaction, whose last statement moves the version on.
macro_rules! DOOMED {
    ($id:literal, $version:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM erased JOIN case_ ON case_.id = erased.case_id WHERE case_.id = ",
            $id,
            " AND case_.version = ",
            $version,
            " AND erased.class = 'case')"
        )
    };
}
macro_rules! gone {
    ($($table:literal)*) => {
        [$(concat!("DELETE FROM ", $table, " WHERE case_id = $1 AND ", DOOMED!("$1", "$2")),)*]
    };
}

/// What else is kept by case. The index follows the journal, and takes its part by itself.
const BESIDE: [&str; 15] = gone!("draft" "pending" "claim" "snooze" "chat" "contact" "report_case" "measured" "text_sent"
    "watch_card" "watch_record" "case_agency" "back" "log_key" "card_sole");
/// The leaves stay, and nothing says whose they were.
const UNTIE: &str =
    concat!("UPDATE log_leaf SET case_id = NULL, version = 0 WHERE case_id = $1 AND ", DOOMED!("$1", "$2"));
/// Made once for each key, which is an effect's: nothing is owed any more that could ask for one again.
/// (The reference and its stroke; an order of texts is another on every server.)
const SWITCHES: &str = concat!("DELETE FROM card_switch WHERE substr(key, 1, 12) = $1 AND ", DOOMED!("$2", "$3"));
const DONE: &str = concat!("DELETE FROM erasing WHERE case_id = $1 AND ", DOOMED!("$1", "$2"));
const MAIL: &str = concat!("UPDATE mail SET head = '{}', bytes = $1 WHERE case_id = $2 AND ", DOOMED!("$2", "$3"));
const FILE: &str = concat!("DELETE FROM file WHERE id = $1 AND ", DOOMED!("$2", "$3"));
const LETTER: &str = concat!("DELETE FROM letter WHERE id = $1 AND ", DOOMED!("$2", "$3"));
const LETTER_AGENCY: &str = concat!("DELETE FROM letter_agency WHERE id = $1 AND ", DOOMED!("$2", "$3"));
const PARTS: &str = concat!(
    "INSERT INTO parting (account, since_us) SELECT account, CAST($1 AS BIGINT) FROM case_ \
     WHERE id = $2 AND account IS NOT NULL AND ",
    DOOMED!("$2", "$3"),
    " ON CONFLICT (account) DO UPDATE SET since_us = excluded.since_us"
);
/// That the others went with it.
const ALSO: &str = concat!(
    "INSERT INTO erased (case_id, class, at_us) SELECT id, CAST($1 AS TEXT), CAST($2 AS BIGINT) FROM case_ \
     WHERE id = $3 AND ",
    DOOMED!("$3", "$4"),
    " ON CONFLICT DO NOTHING"
);
/// Every entry keeps its place; the version stands between two halves of its text.
const WITHHOLD: &str = concat!(
    "UPDATE journal SET body = CAST($1 AS TEXT) || CAST(version AS TEXT) || CAST($2 AS TEXT) \
     WHERE case_id = $3 AND version <= $4 AND ",
    DOOMED!("$3", "$4")
);
const ENTRY: &str = concat!(
    "INSERT INTO journal (case_id, version, body) SELECT id, CAST($1 AS BIGINT), CAST($2 AS TEXT) FROM case_ \
     WHERE id = $3 AND ",
    DOOMED!("$3", "$4")
);
const ROW: &str = concat!(
    "UPDATE case_ SET version = $1, body = $2, changed_us = $3, due_us = NULL, open_card = NULL, account = NULL, \
     token = NULL WHERE id = $4 AND version = $5 AND ",
    DOOMED!("$4", "$5")
);

/// The second of them answers whether.
pub(crate) fn erase(erased: &Erased) -> Result<Vec<Statement>> {
    let Erased { before, after, entry, files } = erased;
    let (id, version, at) = (key(before.reference), Value::Int(before.version as i64), Value::from(entry.at));
    let with =
        |sql, more: Vec<Value>| Statement::new(sql, more.into_iter().chain([id.clone(), version.clone()]).collect());
    let mut all = vec![with(HOLD, vec![]), with(MARK, vec![at.clone()])];
    all.extend(BESIDE.map(|sql| with(sql, vec![])));
    all.push(with(SWITCHES, vec![format!("{}/", before.reference).into()]));
    all.push(with(MAIL, vec![Value::Blob(Vec::new())]));
    all.push(with(UNTIE, vec![]));
    for file in files {
        all.extend([FILE, LETTER, LETTER_AGENCY].map(|sql| with(sql, vec![file.key().into()])));
    }
    all.extend(["files", "originals", "proof"].map(|class| with(ALSO, vec![class.into(), at.clone()])));
    all.push(with(PARTS, vec![at.clone()]));
    let withheld = json(&Entry::withheld(entry.case, 0, entry.at))?;
    let (head, tail) = withheld.split_once("\"version\":0").unwrap_or((&withheld, ""));
    all.push(with(WITHHOLD, vec![format!("{head}\"version\":").into(), tail.into()]));
    all.push(with(ENTRY, vec![(entry.version as i64).into(), json(entry)?.into()]));
    all.push(with(DONE, vec![]));
    all.push(with(ROW, vec![(after.version as i64).into(), json(after)?.into(), at]));
    Ok(all)
}

pub(crate) const PARTING: &str = "SELECT account, since_us, asked_us FROM parting WHERE account = $1";
pub(crate) const ASK: &str = "INSERT INTO parting (account, asked_us) SELECT id, CAST($1 AS BIGINT) FROM account \
     WHERE id = $2 AND staff = 0 ON CONFLICT (account) DO UPDATE SET asked_us = excluded.asked_us \
     WHERE parting.asked_us IS NULL RETURNING 1";
pub(crate) const STAY: &str =
    "UPDATE parting SET asked_us = NULL WHERE account = $1 AND asked_us IS NOT NULL RETURNING 1";

/// Nothing of theirs is left: no case that has not been erased, no card that has not ended. Never staff.
macro_rules! FREE {
    () => {
        "staff = 0 AND NOT EXISTS (SELECT 1 FROM case_ WHERE case_.account = account.id) \
         AND NOT EXISTS (SELECT 1 FROM card WHERE card.account = account.id AND card.state <> 'ceased')"
    };
}

/// Theirs since `$1`, or asked for before `$2`.
pub(crate) const PARTED: &str = concat!(
    "SELECT parting.account, since_us, asked_us FROM parting JOIN account ON account.id = parting.account \
     WHERE (since_us <= $1 OR asked_us <= $2) AND ",
    FREE!(),
    " ORDER BY parting.account LIMIT $3"
);

pub(crate) fn parting(record: &Record) -> Result<Parting> {
    Ok(Parting { account: account_id(record.int(0)?), since: record.opt_time(1)?, asked: record.opt_time(2)? })
}

const LEAVE: &str = concat!("DELETE FROM account WHERE id = $1 AND ", FREE!(), " RETURNING 1");
macro_rules! left {
    ($($table:literal)*) => {
        [$(concat!("DELETE FROM ", $table, " WHERE account = $1 AND NOT EXISTS (SELECT 1 FROM account WHERE id = $1)"),)*]
    };
}
const OF_ACCOUNT: [&str; 10] = left!("session" "code" "passkey" "recovery_code" "federated" "browser" "account_guard" "phrase"
    "parting" "notice");
/// A card that has ended stays ended, whatever is imported later; whose and which it was goes.
const CARD: &str = "UPDATE card SET account = 0, iccid_reversed = NULL, eid = NULL, imsi = NULL, imei = NULL, \
     msisdn = NULL, serial = NULL, body = $1 WHERE id = $2 AND account = $3 \
     AND NOT EXISTS (SELECT 1 FROM account WHERE account.id = $3)";

/// The first of them answers whether.
pub(crate) fn erase_account(account: AccountId, cards: &[CardRecord]) -> Result<Vec<Statement>> {
    let id = || Value::from(account.key());
    let mut all = vec![Statement::new(LEAVE, vec![id()])];
    all.extend(OF_ACCOUNT.map(|sql| Statement::new(sql, vec![id()])));
    for card in cards {
        let nobody = AccountId::from_bits(0);
        let bare = CardRecord {
            generation: card.generation,
            state: card.state,
            ..CardRecord::of(card.id, nobody, String::new(), card.changed_at)
        };
        all.push(Statement::new(CARD, vec![json(&bare)?.into(), card.id.key().into(), id()]));
    }
    Ok(all)
}
