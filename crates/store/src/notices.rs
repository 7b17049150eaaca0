//! What the contacts of an account have still to be told of it, each by a row of its own. What is kept says what happened
//! and not in which words: those are found when it is sent.

use case::{AccountId, Timestamp};
use jiff::SignedDuration;

use crate::Result;
use crate::engine::Statement;
use crate::guard::{self, Guard};
use crate::rows::{account_id, later, small};
use crate::value::{Record, Value};

/// How long one that was given up is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One contact of an account, who has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeOwed {
    /// The letter's key, and which of its recipients this is.
    pub key: String,
    pub n: u32,
    pub account: AccountId,
    /// What happened, by its name.
    pub what: String,
    /// It goes by text message, or else by mail.
    pub by_text: bool,
    /// To whom, in a form that nobody reads without the desk's key.
    pub sealed: String,
    pub at: Timestamp,
    /// Tries before this one.
    pub attempts: u32,
}

/// The condition stands twice: of two processes that pick the same, the second finds it leased.
pub(crate) const CLAIM: &str = "UPDATE notice SET try_at_us = $1, attempts = attempts + 1, leased = 1 WHERE (key, n) IN \
     (SELECT key, n FROM notice WHERE gave_up_us IS NULL AND try_at_us <= $2 ORDER BY try_at_us LIMIT $3) \
     AND gave_up_us IS NULL AND try_at_us <= $2 \
     RETURNING key, n, account, what, by_text, sealed, at_us, attempts - 1";
pub(crate) const DUE: &str = "SELECT 1 FROM notice WHERE gave_up_us IS NULL AND try_at_us <= $1 LIMIT 1";
pub(crate) const END: &str = "DELETE FROM notice WHERE key = $1 AND n = $2";
pub(crate) const PUT_OFF: &str = "UPDATE notice SET try_at_us = $1, leased = 0, \
     attempts = CASE WHEN attempts > $2 THEN attempts - $2 ELSE 0 END WHERE key = $3 AND n = $4";
/// Whom it was for is forgotten.
pub(crate) const GIVE_UP: &str = "UPDATE notice SET gave_up_us = $1, sealed = '' WHERE key = $2 AND n = $3";
/// Of those that nobody has in hand; asked twice, as above.
pub(crate) const HASTEN: &str = "UPDATE notice SET try_at_us = $1 WHERE (key, n) IN (SELECT key, n FROM notice \
     WHERE gave_up_us IS NULL AND by_text = $2 AND try_at_us > $1 AND leased = 0 ORDER BY at_us, key, n LIMIT 1) \
     AND gave_up_us IS NULL AND try_at_us > $1 AND leased = 0";
pub(crate) const WAITING: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM notice WHERE gave_up_us IS NULL LIMIT 100000) AS w";
pub(crate) const GIVEN_UP: &str =
    "SELECT COUNT(*) FROM (SELECT 1 FROM notice WHERE gave_up_us IS NOT NULL LIMIT 100000) AS g";

macro_rules! OWE {
    () => {
        "INSERT INTO notice (key, n, account, what, by_text, sealed, at_us, try_at_us, attempts, leased) "
    };
}

/// In the hands of who writes it until then, as if it had been claimed.
fn args(owed: NoticeOwed, until: Timestamp) -> Vec<Value> {
    vec![
        owed.key.into(),
        i64::from(owed.n).into(),
        owed.account.key().into(),
        owed.what.into(),
        i64::from(owed.by_text).into(),
        owed.sealed.into(),
        owed.at.into(),
        until.into(),
    ]
}

pub(crate) fn put(owed: Vec<NoticeOwed>, until: Timestamp) -> Vec<Statement> {
    let sql = concat!(OWE!(), "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 1) ON CONFLICT (key, n) DO NOTHING");
    owed.into_iter().map(|one| Statement::new(sql, args(one, until))).collect()
}

/// What is owed because of a guard, and that it is, by whoever comes first; the first of them answers whether.
pub(crate) fn told(guard: &Guard, owed: Vec<NoticeOwed>, until: Timestamp) -> Vec<Statement> {
    let sql = concat!(
        OWE!(),
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, 1, 1 WHERE EXISTS (SELECT 1 FROM account_guard \
         WHERE account = $9 AND kind = $10 AND which = $11 AND untold = 2) ON CONFLICT (key, n) DO NOTHING"
    );
    let with = |owed| Statement::new(sql, args(owed, until).into_iter().chain(guard::id(guard)).collect());
    let telling = Statement::new(guard::TELLING, guard::id(guard));
    let told = Statement::new(guard::TOLD, guard::id(guard));
    std::iter::once(telling).chain(owed.into_iter().map(with)).chain([told]).collect()
}

pub(crate) fn sweep(now: Timestamp) -> Statement {
    let since = now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    Statement::new("DELETE FROM notice WHERE gave_up_us <= $1 RETURNING 1", vec![since.into()])
}

pub(crate) fn claim(now: Timestamp, lease: SignedDuration, limit: u32) -> Vec<Value> {
    vec![later(now, lease).into(), now.into(), i64::from(limit).into()]
}

pub(crate) fn owed(record: &Record) -> Result<NoticeOwed> {
    Ok(NoticeOwed {
        key: record.text(0)?.to_owned(),
        n: small(record.int(1)?)?,
        account: account_id(record.int(2)?),
        what: record.text(3)?.to_owned(),
        by_text: record.int(4)? == 1,
        sealed: record.text(5)?.to_owned(),
        at: record.time(6)?,
        attempts: small(record.int(7)?)?,
    })
}
