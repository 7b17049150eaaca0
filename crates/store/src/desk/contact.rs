//! How the desk and a holder know each other: the contact there is now, and the holder's phrase.

use async_trait::async_trait;

use super::*;
use crate::contact;

/// How the desk and a holder know each other: the contact there is now, and the holder's phrase.
#[async_trait]
pub trait Mutual: Send + Sync {
    /// The contact with a case's holder that is not over.
    async fn contact(&self, case: CaseRef, now: Timestamp) -> Result<Option<Contact>>;
    /// All that are not over, oldest first.
    async fn contacts(&self, now: Timestamp, limit: u32) -> Result<Vec<Contact>>;
    /// False, and nothing written, where there is one already.
    async fn open_contact(&self, contact: Contact) -> Result<bool>;
    /// It goes on until then, for whoever opened it; one that is over stays so.
    async fn stay_contact(&self, case: CaseRef, staff: AccountId, until: Timestamp, now: Timestamp) -> Result<bool>;
    /// Ends this very contact; false where it has ended before.
    async fn end_contact(&self, case: CaseRef, id: &[u8; 16]) -> Result<bool>;
    /// Counts a try at its code, before the code is looked at; answers how many are left then, or none where
    /// no more may be tried.
    async fn try_contact(&self, id: &[u8; 16], now: Timestamp) -> Result<Option<u32>>;
    /// The try was right: it costs none, and its turn is spent. False where that turn or a later one was spent before.
    async fn use_contact(&self, id: &[u8; 16], turn: u64, now: Timestamp) -> Result<bool>;

    async fn phrase(&self, account: AccountId) -> Result<Option<Phrase>>;
    /// Sets it, or forgets it where there is none.
    async fn put_phrase(&self, account: AccountId, phrase: Option<Phrase>) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Mutual for Desk<E> {
    async fn contact(&self, case: CaseRef, now: Timestamp) -> Result<Option<Contact>> {
        self.one(contact::OF_CASE, vec![rows::key(case), now.into()], contact::contact).await
    }

    async fn contacts(&self, now: Timestamp, limit: u32) -> Result<Vec<Contact>> {
        self.many(contact::NOW, vec![now.into(), i64::from(limit).into()], contact::contact).await
    }

    async fn open_contact(&self, contact: Contact) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(vec![contact::open(&contact)])).await?;
        Ok(answer.first().is_some_and(|rows| !rows.is_empty()))
    }

    async fn stay_contact(&self, case: CaseRef, staff: AccountId, until: Timestamp, now: Timestamp) -> Result<bool> {
        let args = vec![until.into(), rows::key(case), staff.key().into(), now.into()];
        Ok(!self.write(contact::STAY, args).await?.is_empty())
    }

    async fn end_contact(&self, case: CaseRef, id: &[u8; 16]) -> Result<bool> {
        Ok(!self.write(contact::END, vec![rows::key(case), id.as_slice().into()]).await?.is_empty())
    }

    async fn try_contact(&self, id: &[u8; 16], now: Timestamp) -> Result<Option<u32>> {
        let left = self.write(contact::TRY, vec![id.as_slice().into(), now.into()]).await?;
        left.first().map(|record| rows::small(record.int(0)?)).transpose()
    }

    async fn use_contact(&self, id: &[u8; 16], turn: u64, now: Timestamp) -> Result<bool> {
        let args = vec![(turn as i64).into(), now.into(), id.as_slice().into()];
        Ok(!self.write(contact::USE, args).await?.is_empty())
    }

    async fn phrase(&self, account: AccountId) -> Result<Option<Phrase>> {
        self.one(contact::PHRASE, vec![account.key().into()], contact::phrase).await
    }

    async fn put_phrase(&self, account: AccountId, phrase: Option<Phrase>) -> Result<()> {
        let statement = match &phrase {
            Some(phrase) => contact::put_phrase(account, phrase),
            None => Statement::new(contact::END_PHRASE, vec![account.key().into()]),
        };
        self.engine.write(Work::Statements(vec![statement])).await.map(drop)
    }
}
