//! The contact there is now between the desk and a case's holder, and the phrase a holder has chosen. Neither
//! codes nor phrases stand here in clear.

use case::{AccountId, CaseRef, Channel, Timestamp};

use crate::Result;
use crate::engine::Statement;
use crate::rows::{self, account_id, key, small};
use crate::value::{Record, corrupt};

/// Somebody at the desk talks to a case's holder. A case has one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Drawn anew for each; what both sides read out follows from it.
    pub id: [u8; 16],
    pub case: CaseRef,
    pub staff: AccountId,
    pub way: Way,
    pub opened: Timestamp,
    /// When it is over, unless it is said before that it goes on.
    pub until: Timestamp,
    /// Wrong codes that may still be tried.
    pub tries_left: u32,
    /// The last turn whose code was used, and when.
    pub used: Option<(u64, Timestamp)>,
}

/// How they talk, and who began it: to somebody who was rung it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Chat,
    /// The holder rang us.
    RangUs,
    /// We rang the holder, as promised.
    WeRang,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Chat, Way::RangUs, Way::WeRang];

    pub fn name(self) -> &'static str {
        match self {
            Way::Chat => "chat",
            Way::RangUs => "rang-us",
            Way::WeRang => "we-rang",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    pub fn channel(self) -> Channel {
        match self {
            Way::Chat => Channel::Chat,
            Way::RangUs | Way::WeRang => Channel::Voice,
        }
    }
}

macro_rules! contact {
    ($rest:literal) => {
        concat!(
            "SELECT case_id, id, staff, way, opened_us, until_us, tries_left, used_turn, used_us FROM contact ",
            $rest
        )
    };
}

pub(crate) const OF_CASE: &str = contact!("WHERE case_id = $1 AND until_us > $2");
pub(crate) const NOW: &str = contact!("WHERE until_us > $1 ORDER BY opened_us, case_id LIMIT $2");
pub(crate) const SWEEP: &str = "DELETE FROM contact WHERE until_us <= $1 RETURNING 1";

/// Takes the place of one that is over.
pub(crate) fn open(contact: &Contact) -> Statement {
    let sql = "INSERT INTO contact (case_id, id, staff, way, opened_us, until_us, tries_left) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id) DO UPDATE SET id = excluded.id, \
               staff = excluded.staff, way = excluded.way, opened_us = excluded.opened_us, \
               until_us = excluded.until_us, tries_left = excluded.tries_left, used_turn = NULL, used_us = NULL \
               WHERE contact.until_us <= excluded.opened_us RETURNING 1";
    let args = vec![
        key(contact.case),
        contact.id.as_slice().into(),
        contact.staff.key().into(),
        contact.way.name().into(),
        contact.opened.into(),
        contact.until.into(),
        i64::from(contact.tries_left).into(),
    ];
    Statement::new(sql, args)
}

pub(crate) const STAY: &str =
    "UPDATE contact SET until_us = $1 WHERE case_id = $2 AND staff = $3 AND until_us > $4 RETURNING 1";
pub(crate) const END: &str = "DELETE FROM contact WHERE case_id = $1 AND id = $2 RETURNING 1";
/// Counted before anything is compared, so that tries at the same moment are all counted.
pub(crate) const TRY: &str = "UPDATE contact SET tries_left = tries_left - 1 \
                              WHERE id = $1 AND until_us > $2 AND tries_left > 0 RETURNING tries_left";
/// A right one costs no try. The turn is spent with it, and all before it.
pub(crate) const USE: &str = "UPDATE contact SET used_turn = $1, used_us = $2, tries_left = tries_left + 1 \
                              WHERE id = $3 AND (used_turn IS NULL OR used_turn < $1) RETURNING 1";

pub(crate) fn contact(record: &Record) -> Result<Contact> {
    let way = record.text(3)?;
    let used = match (record.opt_int(7)?, record.opt_time(8)?) {
        (Some(turn), Some(at)) => Some((turn as u64, at)),
        (_, _) => None,
    };
    Ok(Contact {
        case: rows::reference(record)?,
        id: record.blob(1)?.try_into().map_err(|_| corrupt("contact", "its id has another length"))?,
        staff: account_id(record.int(2)?),
        way: Way::named(way).ok_or_else(|| corrupt("way", way))?,
        opened: record.time(4)?,
        until: record.time(5)?,
        tries_left: small(record.int(6)?)?,
        used,
    })
}

/// A holder's phrase as it is kept: sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub sealed: Vec<u8>,
    pub at: Timestamp,
}

pub(crate) const PHRASE: &str = "SELECT sealed, at_us FROM phrase WHERE account = $1";
pub(crate) const END_PHRASE: &str = "DELETE FROM phrase WHERE account = $1";

pub(crate) fn put_phrase(account: AccountId, phrase: &Phrase) -> Statement {
    let sql = "INSERT INTO phrase (account, sealed, at_us) VALUES ($1, $2, $3) \
               ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, at_us = excluded.at_us";
    Statement::new(sql, vec![account.key().into(), phrase.sealed.as_slice().into(), phrase.at.into()])
}

pub(crate) fn phrase(record: &Record) -> Result<Phrase> {
    Ok(Phrase { sealed: record.blob(0)?.to_vec(), at: record.time(1)? })
}
