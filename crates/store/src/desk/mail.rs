//! Mail that came in, and whom it may be answered.

use async_trait::async_trait;

use super::*;
use crate::mail;

/// Mail that came in, and whom it may be answered.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Keeps a message with its sealed bytes; false where it is here already.
    async fn put_mail(&self, mail: Mail, sealed: Vec<u8>) -> Result<bool>;
    /// A message, and its sealed bytes.
    async fn mail(&self, id: &[u8; 32]) -> Result<Option<(Mail, Vec<u8>)>>;
    /// Messages of this fate, newest first, that came before the one with this `seq`.
    async fn mails(&self, fate: MailFate, before: Option<i64>, limit: u32) -> Result<Vec<Mail>>;
    /// The messages that a case came from or got, newest first.
    async fn mails_of(&self, case: CaseRef) -> Result<Vec<Mail>>;
    /// Messages that nobody has looked at yet, oldest first.
    async fn mails_pending(&self, limit: u32) -> Result<Vec<[u8; 32]>>;
    /// Says what became of a message.
    async fn settle_mail(&self, mail: &Mail) -> Result<()>;
    /// Whether this message's sender (hashed) may have an automatic answer: one until `until`, however
    /// often it is asked for the same message.
    async fn may_answer(&self, sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Mails for Desk<E> {
    async fn put_mail(&self, mail: Mail, sealed: Vec<u8>) -> Result<bool> {
        Ok(!self.write(mail::PUT, mail::put(&mail, sealed)?).await?.is_empty())
    }

    async fn mail(&self, id: &[u8; 32]) -> Result<Option<(Mail, Vec<u8>)>> {
        let whole = |record: &Record| Ok((mail::row(record)?, record.blob(6)?.to_vec()));
        self.one(mail::ONE, vec![id.as_slice().into()], whole).await
    }

    async fn mails(&self, fate: MailFate, before: Option<i64>, limit: u32) -> Result<Vec<Mail>> {
        let args = vec![fate.number().into(), before.unwrap_or(i64::MAX).into(), i64::from(limit).into()];
        self.many(mail::LIST, args, mail::row).await
    }

    async fn mails_of(&self, case: CaseRef) -> Result<Vec<Mail>> {
        self.many(mail::OF_CASE, vec![rows::key(case)], mail::row).await
    }

    async fn mails_pending(&self, limit: u32) -> Result<Vec<[u8; 32]>> {
        let found = self.engine.read(mail::PENDING, vec![i64::from(limit).into()]).await?;
        found.iter().map(mail::id).collect()
    }

    async fn settle_mail(&self, mail: &Mail) -> Result<()> {
        self.write(mail::SETTLE, mail::settled(mail)?).await.map(drop)
    }

    async fn may_answer(&self, sender: &[u8; 32], mail: &[u8; 32], now: Timestamp, until: Timestamp) -> Result<bool> {
        let args = vec![sender.as_slice().into(), mail.as_slice().into(), until.into(), now.into()];
        Ok(!self.write(mail::MAY_ANSWER, args).await?.is_empty())
    }
}
