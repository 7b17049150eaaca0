//! Which case a text message belongs to, by the name that its carrier gave it: needed when the carrier
//! says what became of it, days later perhaps and to another process. The number it went to is not kept.

use case::{CaseRef, Timestamp};

use crate::Result;
use crate::engine::{Statement, Work};
use crate::rows;
use crate::value::Record;

/// A text message, or one of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// As the carrier calls it.
    pub id: String,
    pub case: CaseRef,
    /// Which text it was; its parts have this in common.
    pub text: String,
    /// When it is forgotten.
    pub until: Timestamp,
}

pub(crate) const OF_ID: &str = "SELECT case_id, id, text, until_us FROM text_sent WHERE id = $1";

/// A carrier that begins to count anew means the later message.
pub(crate) fn put(texts: Vec<SentText>) -> Work {
    let sql = "INSERT INTO text_sent (id, case_id, text, until_us) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE \
               SET case_id = excluded.case_id, text = excluded.text, until_us = excluded.until_us";
    let put = |sent: SentText| {
        let SentText { id, case, text, until } = sent;
        Statement::new(sql, vec![id.into(), rows::key(case), text.into(), until.into()])
    };
    Work::Statements(texts.into_iter().map(put).collect())
}

pub(crate) fn sent(record: &Record) -> Result<SentText> {
    Ok(SentText {
        case: rows::reference(record)?,
        id: record.text(1)?.to_owned(),
        text: record.text(2)?.to_owned(),
        until: record.time(3)?,
    })
}
