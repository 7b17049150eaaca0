//! Mail that came in, as it is kept: what the desk lists of a message, and the message itself, sealed.

use case::{CaseRef, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::value::{Record, Value, corrupt, json, parse};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailFate {
    /// Stored, and not looked at yet.
    Pending,
    /// It opened a case, or went into one.
    Taken,
    /// It opened nothing; the desk has it before it.
    Held,
    /// The desk has seen that there is nothing to do.
    Aside,
}

impl MailFate {
    pub const ALL: [MailFate; 4] = [MailFate::Pending, MailFate::Taken, MailFate::Held, MailFate::Aside];

    pub(crate) fn number(self) -> i64 {
        match self {
            MailFate::Pending => 0,
            MailFate::Taken => 1,
            MailFate::Held => 2,
            MailFate::Aside => 3,
        }
    }
}

/// A message, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// SHA-256 over what makes it this message and no other.
    pub id: [u8; 32],
    /// Its place in the order of arrival; given by the store.
    pub seq: i64,
    pub at: Timestamp,
    pub fate: MailFate,
    pub case: Option<CaseRef>,
    pub head: MailHead,
}

/// What the desk lists of it. Nothing in it is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailHead {
    pub from: String,
    pub name: String,
    pub subject: String,
    /// How its text begins, with what we never keep struck out.
    pub text: String,
    /// A word for why it is held.
    pub why: String,
    pub bytes: u64,
    /// Files that stay in the original only.
    pub left_out: u32,
}

macro_rules! MAIL {
    () => {
        "SELECT id, seq, at_us, fate, case_id, head"
    };
}

pub(crate) const PUT: &str = "INSERT INTO mail (id, at_us, fate, case_id, head, bytes) VALUES ($1, $2, $3, $4, $5, $6) \
                              ON CONFLICT (id) DO NOTHING RETURNING 1";
pub(crate) const ONE: &str = concat!(MAIL!(), ", bytes FROM mail WHERE id = $1");
pub(crate) const LIST: &str = concat!(MAIL!(), " FROM mail WHERE fate = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
pub(crate) const OF_CASE: &str = concat!(MAIL!(), " FROM mail WHERE case_id = $1 ORDER BY seq + 0 DESC LIMIT 200");
pub(crate) const PENDING: &str = "SELECT id FROM mail WHERE fate = 0 ORDER BY seq LIMIT $1";
pub(crate) const SETTLE: &str = "UPDATE mail SET fate = $1, case_id = $2, head = $3 WHERE id = $4";
pub(crate) const MAY_ANSWER: &str = "INSERT INTO mail_answer (sender, mail, until_us) VALUES ($1, $2, $3) ON CONFLICT (sender) DO UPDATE SET \
     mail = excluded.mail, until_us = CASE WHEN mail_answer.until_us <= $4 THEN excluded.until_us \
     ELSE mail_answer.until_us END WHERE mail_answer.until_us <= $4 OR mail_answer.mail = excluded.mail RETURNING 1";

pub(crate) fn put(mail: &Mail, sealed: Vec<u8>) -> Result<Vec<Value>> {
    let case = mail.case.map(|c| c.bits() as i64);
    let head = json(&mail.head)?;
    Ok(vec![
        mail.id.as_slice().into(),
        mail.at.into(),
        mail.fate.number().into(),
        case.into(),
        head.into(),
        sealed.into(),
    ])
}

pub(crate) fn settled(mail: &Mail) -> Result<Vec<Value>> {
    let case = mail.case.map(|c| c.bits() as i64);
    Ok(vec![mail.fate.number().into(), case.into(), json(&mail.head)?.into(), mail.id.as_slice().into()])
}

pub(crate) fn id(record: &Record) -> Result<[u8; 32]> {
    record.blob(0)?.try_into().map_err(|why| corrupt("mail", why))
}

pub(crate) fn row(record: &Record) -> Result<Mail> {
    let fate = record.int(3)?;
    Ok(Mail {
        id: id(record)?,
        seq: record.int(1)?,
        at: record.time(2)?,
        fate: MailFate::ALL.into_iter().find(|f| f.number() == fate).ok_or_else(|| corrupt("mail", fate))?,
        case: record.opt_int(4)?.map(|bits| CaseRef::from_bits(bits as u64)),
        head: parse("mail", record.text(5)?)?,
    })
}
