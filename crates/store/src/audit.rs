//! The audit's chain: each act carries the hash of all before it. A place in the chain is taken by
//! inserting its number, so two processes cannot both take it, and no lock is held between calls.

use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::engine::{Engine, Statement, Work};
use crate::value::json;
use crate::{Act, Result, StoreError};

/// The chain value of an act: SHA-256, in hex, over domain, previous value (empty for the first), and the act's JSON.
pub fn act_chain(previous: &str, act: &Act) -> String {
    let act = serde_json::to_string(act).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in ["cease/audit/v1", previous, &act] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The head of the chain as this process last saw it: number and chain value.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    head: Mutex<Option<(i64, String)>>,
}

impl Audit {
    /// How often another process may take the place first.
    const TRIES: u32 = 32;

    pub async fn add(&self, engine: &impl Engine, act: &Act) -> Result<()> {
        let mut head = self.head.lock().await;
        for _ in 0..Self::TRIES {
            // Taken out, so that a call that is cut short leaves nothing stale behind.
            let (last, previous) = match head.take() {
                Some(known) => known,
                None => read_head(engine).await?,
            };
            let (seq, chain) = (last + 1, act_chain(&previous, act));
            let sql = "INSERT INTO act (seq, body, chain) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING seq";
            let args = vec![seq.into(), json(act)?.into(), chain.as_str().into()];
            let answer = engine.write(Work::Statements(vec![Statement::new(sql, args)])).await?;
            if answer.iter().any(|rows| !rows.is_empty()) {
                *head = Some((seq, chain));
                return Ok(());
            }
        }
        Err(StoreError::Conflict)
    }
}

async fn read_head(engine: &impl Engine) -> Result<(i64, String)> {
    let found = engine.read("SELECT seq, chain FROM act ORDER BY seq DESC LIMIT 1", vec![]).await?;
    match found.first() {
        Some(record) => Ok((record.int(0)?, record.text(1)?.to_owned())),
        None => Ok((0, String::new())),
    }
}
