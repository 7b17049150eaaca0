//! Who is here, who waits for a chat, and what processes tell each other.

use async_trait::async_trait;

use super::*;
use crate::live;

/// Who is here, who waits for a chat, and what processes tell each other.
#[async_trait]
pub trait Presence: Send + Sync {
    /// The holder of a case waits for an answer by chat since `at`, where they do not wait already.
    async fn chat_asked(&self, case: CaseRef, at: Timestamp) -> Result<()>;
    /// They have one; nothing where nobody waits.
    async fn chat_answered(&self, case: CaseRef, at: Timestamp) -> Result<()>;
    /// Chats that wait, longest first; or those that do not, latest first.
    async fn chats(&self, waiting: bool, limit: u32) -> Result<Vec<Chat>>;
    /// How long the latest chats waited for their first answer.
    async fn chat_waits(&self, limit: u32) -> Result<Vec<SignedDuration>>;
    /// What one process tells the others (who is here, what has moved); forgotten by itself at `until`.
    async fn put_pulse(&self, process: &str, body: &str, now: Timestamp, until: Timestamp) -> Result<()>;
    /// What every process tells, by its name.
    async fn pulses(&self, now: Timestamp) -> Result<Vec<(String, String)>>;
}

#[async_trait]
impl<E: Engine> Presence for Desk<E> {
    async fn chat_asked(&self, case: CaseRef, at: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(vec![live::chat_asked(case, at)])).await.map(drop)
    }

    async fn chat_answered(&self, case: CaseRef, at: Timestamp) -> Result<()> {
        self.engine.write(Work::Statements(vec![live::chat_answered(case, at)])).await.map(drop)
    }

    async fn chats(&self, waiting: bool, limit: u32) -> Result<Vec<Chat>> {
        live::chats(&self.engine, waiting, limit).await
    }

    async fn chat_waits(&self, limit: u32) -> Result<Vec<SignedDuration>> {
        live::chat_waits(&self.engine, limit).await
    }

    async fn put_pulse(&self, process: &str, body: &str, now: Timestamp, until: Timestamp) -> Result<()> {
        self.engine.write(live::put_pulse(process, body, now, until)).await.map(drop)
    }

    async fn pulses(&self, now: Timestamp) -> Result<Vec<(String, String)>> {
        live::pulses(&self.engine, now).await
    }
}
