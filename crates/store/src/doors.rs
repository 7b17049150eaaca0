//! By what else than a secret somebody is known: the word of an identity provider, and a browser that they have been in
//! before. By account and beside its document, which an import writes anew.

use case::{AccountId, Timestamp};
use jiff::SignedDuration;

use crate::Result;
use crate::engine::Statement;
use crate::rows;
use crate::value::Record;

/// Whom an identity provider means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federated {
    /// A hash of issuer and subject.
    pub key: [u8; 32],
    pub account: AccountId,
    pub issuer: String,
    pub at: Timestamp,
}

/// A browser as an account knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browsers {
    /// They have shown in it who they are before.
    pub known: bool,
    /// In how many others they have.
    pub others: u32,
}

/// After so long without use a browser is forgotten: as long as its cookie lives.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How stale `seen_us` may be before it is written again.
pub(crate) const STALE: SignedDuration = SignedDuration::from_hours(24);

pub(crate) const BY_KEY: &str = "SELECT key, account, issuer, at_us FROM federated WHERE key = $1";
pub(crate) const BY_ACCOUNT: &str = "SELECT key, account, issuer, at_us FROM federated WHERE account = $1";
pub(crate) const PUT: &str = "INSERT INTO federated (key, account, issuer, at_us) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const BROWSERS: &str = "SELECT mark, seen_us FROM browser WHERE account = $1";
pub(crate) const SEEN: &str = "INSERT INTO browser (account, mark, first_us, seen_us) VALUES ($1, $2, $3, $3) \
     ON CONFLICT (account, mark) DO UPDATE SET seen_us = excluded.seen_us";

pub(crate) fn federated(record: &Record) -> Result<Federated> {
    Ok(Federated {
        key: rows::hash(record.blob(0)?)?,
        account: rows::account_id(record.int(1)?),
        issuer: record.text(2)?.to_owned(),
        at: record.time(3)?,
    })
}

pub(crate) fn sweep(now: Timestamp) -> Statement {
    let before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    Statement::new("DELETE FROM browser WHERE seen_us <= $1 RETURNING 1", vec![before.into()])
}
