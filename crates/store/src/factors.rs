//! Passkeys and recovery codes, by account and beside its document: an import that writes the document anew leaves them
//! alone.

use case::{AccountId, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::rows;
use crate::value::Record;

/// A passkey, as the WebAuthn standard calls a credential record what is needed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The credential's id.
    pub id: Vec<u8>,
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// The public key (COSE).
    pub key: Vec<u8>,
    /// The authenticator's count of signatures at its last use; zero where it keeps none.
    pub count: u32,
    pub added_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

pub(crate) const OF_ACCOUNT: &str =
    "SELECT id, account, name, key, count, added_us, used_us FROM passkey WHERE account = $1 ORDER BY added_us, id";
pub(crate) const ONE: &str = "SELECT id, account, name, key, count, added_us, used_us FROM passkey WHERE id = $1";
/// A count that has not grown is a copy's, or was used already; where the authenticator keeps none, both are zero.
pub(crate) const USE: &str = "UPDATE passkey SET count = $1, used_us = $2 \
     WHERE id = $3 AND (count < $1 OR (count = 0 AND $1 = 0)) RETURNING 1";
pub(crate) const RENAME: &str = "UPDATE passkey SET name = $1 WHERE id = $2 AND account = $3 RETURNING 1";
pub(crate) const REMOVE: &str = "DELETE FROM passkey WHERE id = $1 AND account = $2 RETURNING 1";
pub(crate) const REMOVE_BUT_LAST: &str = "DELETE FROM passkey WHERE id = $1 AND account = $2 \
     AND EXISTS (SELECT 1 FROM passkey AS other WHERE other.account = $2 AND other.id <> $1) RETURNING 1";
pub(crate) const SPEND: &str = "DELETE FROM recovery_code WHERE account = $1 AND hash = $2 RETURNING 1";
pub(crate) const LEFT: &str = "SELECT COUNT(*) FROM recovery_code WHERE account = $1";

pub(crate) fn put(passkey: Passkey, most: u32) -> Statement {
    let sql = "INSERT INTO passkey (id, account, name, key, count, added_us, used_us) SELECT $1, $2, $3, $4, $5, $6, $7 \
               WHERE (SELECT COUNT(*) FROM passkey WHERE account = $2) < $8 ON CONFLICT DO NOTHING RETURNING 1";
    let Passkey { id, account, name, key, count, added_at, used_at } = passkey;
    let used = used_at.map(Timestamp::as_microsecond);
    let (account, count) = (account.key(), i64::from(count));
    let args = vec![
        id.into(),
        account.into(),
        name.into(),
        key.into(),
        count.into(),
        added_at.into(),
        used.into(),
        i64::from(most).into(),
    ];
    Statement::new(sql, args)
}

pub(crate) fn codes(account: AccountId, hashes: Vec<[u8; 32]>) -> Vec<Statement> {
    let account = account.key();
    let forget = Statement::new("DELETE FROM recovery_code WHERE account = $1", vec![account.into()]);
    let add = "INSERT INTO recovery_code (account, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let added = hashes.into_iter().map(|hash| Statement::new(add, vec![account.into(), hash.as_slice().into()]));
    std::iter::once(forget).chain(added).collect()
}

pub(crate) fn forget(account: AccountId) -> Vec<Statement> {
    ["DELETE FROM passkey WHERE account = $1", "DELETE FROM recovery_code WHERE account = $1"]
        .into_iter()
        .map(|sql| Statement::new(sql, vec![account.key().into()]))
        .collect()
}

pub(crate) fn passkey(record: &Record) -> Result<Passkey> {
    Ok(Passkey {
        id: record.blob(0)?.to_vec(),
        account: rows::account_id(record.int(1)?),
        name: record.text(2)?.to_owned(),
        key: record.blob(3)?.to_vec(),
        count: rows::small(record.int(4)?)?,
        added_at: record.time(5)?,
        used_at: record.opt_time(6)?,
    })
}
