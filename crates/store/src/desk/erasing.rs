//! What is erased of cases that are over, and what must not be.

use async_trait::async_trait;
use case::rules::Class;

use super::*;
use crate::erasing::{self, LegalHold};

/// What is erased of cases that are over, and what must not be.
#[async_trait]
pub trait Erasing: Send + Sync {
    /// Cases after `after` of which this class is to be erased: over, still since `still`, not held, not erased yet.
    async fn erasable(&self, class: Class, still: Timestamp, after: Option<CaseRef>, limit: u32) -> Result<Vec<Case>>;
    /// How many are kept only because they are held.
    async fn kept_back(&self, class: Class, still: Timestamp) -> Result<u64>;
    /// Erases a class of a case, with the files that the case names; false, and nothing erased, where it may not be or
    /// has been.
    async fn erase(
        &self,
        case: CaseRef,
        class: Class,
        files: &[FileId],
        still: Timestamp,
        at: Timestamp,
    ) -> Result<bool>;
    /// Lets what has been deleted leave the disk too, as far as the engine can.
    async fn shed(&self) -> Result<()>;
    /// Holds that stand, newest first.
    async fn legal_holds(&self, limit: u32) -> Result<Vec<LegalHold>>;
    async fn legal_hold(&self, case: CaseRef) -> Result<Option<LegalHold>>;
    /// Holds a case, from now on; false where it is held, or there is none.
    async fn put_legal_hold(&self, case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> Result<bool>;
    /// The second person's word; false where it has one, or is theirs.
    async fn sign_legal_hold(&self, case: CaseRef, by: AccountId, at: Timestamp) -> Result<bool>;
    /// Somebody wants it ended; false where somebody does already.
    async fn want_legal_hold_ended(&self, case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> Result<bool>;
    /// Ends it, where somebody else wants that.
    async fn end_legal_hold(&self, case: CaseRef, by: AccountId, at: Timestamp) -> Result<bool>;
    /// It stays; whoever wants it ended has to ask again.
    async fn stay_legal_hold(&self, case: CaseRef) -> Result<bool>;
}

#[async_trait]
impl<E: Engine> Erasing for Desk<E> {
    async fn erasable(&self, class: Class, still: Timestamp, after: Option<CaseRef>, limit: u32) -> Result<Vec<Case>> {
        let after = after.map_or(Value::Int(-1), rows::key);
        let args = vec![still.into(), after, class.name().into(), i64::from(limit).into()];
        self.many(erasing::DUE, args, rows::case).await
    }

    async fn kept_back(&self, class: Class, still: Timestamp) -> Result<u64> {
        let args = vec![still.into(), class.name().into()];
        Ok(self.one(erasing::KEPT_BACK, args, |record| record.int(0)).await?.unwrap_or(0) as u64)
    }

    async fn erase(
        &self,
        case: CaseRef,
        class: Class,
        files: &[FileId],
        still: Timestamp,
        at: Timestamp,
    ) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(erasing::erase(case, class, files, still, at))).await?;
        Ok(answer.first().is_some_and(|marked| !marked.is_empty()))
    }

    async fn shed(&self) -> Result<()> {
        self.engine.shed().await
    }

    async fn legal_holds(&self, limit: u32) -> Result<Vec<LegalHold>> {
        self.many(erasing::HOLDS, vec![i64::from(limit).into()], erasing::hold).await
    }

    async fn legal_hold(&self, case: CaseRef) -> Result<Option<LegalHold>> {
        self.one(erasing::HOLD_OF, vec![rows::key(case)], erasing::hold).await
    }

    async fn put_legal_hold(&self, case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> Result<bool> {
        let args = vec![reason.into(), by.key().into(), at.into(), rows::key(case)];
        Ok(!self.write(erasing::PUT_HOLD, args).await?.is_empty())
    }

    async fn sign_legal_hold(&self, case: CaseRef, by: AccountId, at: Timestamp) -> Result<bool> {
        Ok(!self.write(erasing::SIGN_HOLD, vec![by.key().into(), at.into(), rows::key(case)]).await?.is_empty())
    }

    async fn want_legal_hold_ended(&self, case: CaseRef, reason: &str, by: AccountId, at: Timestamp) -> Result<bool> {
        let args = vec![by.key().into(), at.into(), reason.into(), rows::key(case)];
        Ok(!self.write(erasing::WANT_END, args).await?.is_empty())
    }

    async fn end_legal_hold(&self, case: CaseRef, by: AccountId, at: Timestamp) -> Result<bool> {
        Ok(!self.write(erasing::END_HOLD, vec![by.key().into(), at.into(), rows::key(case)]).await?.is_empty())
    }

    async fn stay_legal_hold(&self, case: CaseRef) -> Result<bool> {
        Ok(!self.write(erasing::STAY, vec![rows::key(case)]).await?.is_empty())
    }
}
