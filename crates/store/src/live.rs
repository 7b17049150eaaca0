//! What live pages need to be remembered: who waits at the chat, and what each process tells the
//! others. Nothing of it is the truth about a case; that is its journal.

use case::{CaseRef, Timestamp};
use jiff::SignedDuration;

use crate::Result;
use crate::engine::{Engine, Statement, Work};
use crate::rows;
use crate::value::{Record, Value};

/// A case that is talked about by chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chat {
    pub case: CaseRef,
    /// Since when its holder waits, or waited the last time.
    pub asked_at: Timestamp,
    /// None while they wait.
    pub answered_at: Option<Timestamp>,
}

pub(crate) fn chat_of(record: &Record) -> Result<Chat> {
    Ok(Chat { case: rows::reference(record)?, asked_at: record.time(1)?, answered_at: record.opt_time(2)? })
}

pub fn chat_asked(case: CaseRef, at: Timestamp) -> Statement {
    // Whoever waits already has waited since they first asked.
    let sql = "INSERT INTO chat (case_id, asked_us, last_us) VALUES ($1, $2, $2) ON CONFLICT (case_id) DO UPDATE SET \
               asked_us = CASE WHEN chat.answered_us IS NULL THEN chat.asked_us ELSE excluded.asked_us END, \
               answered_us = NULL, last_us = excluded.last_us";
    Statement::new(sql, vec![rows::key(case), at.into()])
}

pub fn chat_answered(case: CaseRef, at: Timestamp) -> Statement {
    let sql = "UPDATE chat SET answered_us = $1, last_us = $1, first_wait_us = COALESCE(first_wait_us, $1 - asked_us) \
               WHERE case_id = $2 AND answered_us IS NULL";
    Statement::new(sql, vec![at.into(), rows::key(case)])
}

pub async fn chats<E: Engine>(engine: &E, waiting: bool, limit: u32) -> Result<Vec<Chat>> {
    let sql = if waiting {
        "SELECT case_id, asked_us, answered_us FROM chat WHERE answered_us IS NULL ORDER BY asked_us, case_id LIMIT $1"
    } else {
        "SELECT case_id, asked_us, answered_us FROM chat WHERE answered_us IS NOT NULL \
         ORDER BY last_us DESC, case_id LIMIT $1"
    };
    engine.read(sql, vec![i64::from(limit).into()]).await?.iter().map(chat_of).collect()
}

pub async fn chat_waits<E: Engine>(engine: &E, limit: u32) -> Result<Vec<SignedDuration>> {
    let sql = "SELECT first_wait_us FROM chat WHERE first_wait_us IS NOT NULL ORDER BY last_us DESC LIMIT $1";
    let waits = engine.read(sql, vec![i64::from(limit).into()]).await?;
    waits.iter().map(|record| record.int(0).map(SignedDuration::from_micros)).collect()
}

/// Sweeps away what a process that is gone has left.
pub fn put_pulse(process: &str, body: &str, now: Timestamp, until: Timestamp) -> Work {
    Work::Statements(vec![
        Statement::new(
            "INSERT INTO pulse (process, body, until_us) VALUES ($1, $2, $3) ON CONFLICT (process) DO UPDATE SET \
             body = excluded.body, until_us = excluded.until_us",
            vec![process.into(), body.into(), until.into()],
        ),
        Statement::new("DELETE FROM pulse WHERE until_us <= $1", vec![now.into()]),
    ])
}

pub async fn pulses<E: Engine>(engine: &E, now: Timestamp) -> Result<Vec<(String, String)>> {
    let sql = "SELECT process, body FROM pulse WHERE until_us > $1 ORDER BY process";
    let args: Vec<Value> = vec![now.into()];
    let rows = engine.read(sql, args).await?;
    rows.iter().map(|record| Ok((record.text(0)?.to_owned(), record.text(1)?.to_owned()))).collect()
}
