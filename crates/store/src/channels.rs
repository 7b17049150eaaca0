//! The register of channels as a desk changes it: what one person proposes and another decides, and every text that
//! was published of it.

use case::official::change::{Change, Standing, Step};
use case::{AccountId, Timestamp};

use crate::Result;
use crate::value::{Record, parse};

/// A step, with who took it and who decided on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelStep {
    pub step: Step,
    pub by: AccountId,
    pub decided: Option<(AccountId, Timestamp)>,
}

/// How much has been proposed and decided: another number is another register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChannelRevision {
    pub proposed: u64,
    pub decided: u64,
}

impl ChannelRevision {
    pub fn waiting(self) -> u64 {
        self.proposed.saturating_sub(self.decided)
    }
}

/// The register as it was published from some time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelText {
    pub version: u64,
    pub at: Timestamp,
    pub text: String,
}

pub(crate) const PROPOSE: &str = "INSERT INTO channel_step (by_id, at_us, body) VALUES ($1, $2, $3) RETURNING seq";
/// Once, and never by whoever proposed it.
pub(crate) const DECIDE: &str = "UPDATE channel_step SET decided_by = $1, decided_us = $2, approved = $3 \
     WHERE seq = $4 AND decided_us IS NULL AND by_id <> $1 RETURNING 1";
/// By whom is in the audit alone: whoever proposed it may, who never decides on it.
pub(crate) const WITHDRAW: &str =
    "UPDATE channel_step SET decided_us = $1, approved = 0 WHERE seq = $2 AND decided_us IS NULL RETURNING 1";
pub(crate) const STEPS: &str =
    "SELECT seq, by_id, at_us, body, decided_by, decided_us, approved FROM channel_step ORDER BY seq";
pub(crate) const REVISION: &str = "SELECT (SELECT COUNT(*) FROM channel_step), \
     (SELECT COUNT(*) FROM channel_step WHERE decided_us IS NOT NULL)";
pub(crate) const PUT_TEXT: &str =
    "INSERT INTO channel_text (version, at_us, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1";
pub(crate) const NEWEST: &str = "SELECT version, at_us, body FROM channel_text ORDER BY version DESC LIMIT 1";
pub(crate) const OF_VERSION: &str = "SELECT version, at_us, body FROM channel_text WHERE version = $1";

pub(crate) fn account(record: &Record, at: usize) -> Result<Option<AccountId>> {
    Ok(record.opt_int(at)?.map(|bits| AccountId::from_bits(bits as u64)))
}

pub(crate) fn step(record: &Record) -> Result<ChannelStep> {
    let change: Change = parse("channel", record.text(3)?)?;
    let standing = match record.opt_int(6)? {
        None => Standing::Proposed,
        Some(0) => Standing::Declined,
        Some(_) => Standing::Approved,
    };
    let step = Step { seq: record.int(0)?, at: record.time(2)?, change, standing };
    let decided = account(record, 4)?.zip(record.opt_time(5)?);
    Ok(ChannelStep { step, by: AccountId::from_bits(record.int(1)? as u64), decided })
}

pub(crate) fn text(record: &Record) -> Result<ChannelText> {
    Ok(ChannelText { version: record.int(0)? as u64, at: record.time(1)?, text: record.text(2)?.to_owned() })
}

pub(crate) fn revision(record: &Record) -> Result<ChannelRevision> {
    Ok(ChannelRevision { proposed: record.int(0)? as u64, decided: record.int(1)? as u64 })
}
