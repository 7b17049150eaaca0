//! The desk's own memory: drafts, what can still be taken back, claims, snoozes, macros.

use async_trait::async_trait;

use super::*;
use crate::memory;

/// The desk's own memory: drafts, what can still be taken back, claims, snoozes, macros.
#[async_trait]
pub trait Memory: Send + Sync {
    /// What `staff`, and nobody else, is writing in this case.
    async fn draft(&self, case: CaseRef, staff: AccountId, kind: Writing) -> Result<Option<Draft>>;
    /// Keeps a draft in the place of the one before; an empty one is forgotten. A form that has been
    /// sent ([`put_pending`](Self::put_pending)) keeps nothing any more, however late it comes.
    async fn save_draft(&self, draft: Draft) -> Result<()>;
    /// Keeps a message until its time, once per id. Where a form was sent, its draft goes with it.
    async fn put_pending(&self, pending: Pending, form: bool) -> Result<()>;
    /// What `staff`, and nobody else, can still take back in this case.
    async fn pending_of(&self, case: CaseRef, staff: AccountId) -> Result<Vec<Pending>>;
    /// Leases up to `limit` messages whose time has come.
    async fn due_pending(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Pending>>;
    /// Remembers the case's version a message is about to be sent on; false where it is no longer there.
    /// From then on it cannot be taken back.
    async fn try_pending(&self, id: PendingId, version: u64) -> Result<bool>;
    /// A message that has been sent is forgotten.
    async fn end_pending(&self, id: PendingId) -> Result<()>;
    /// Turns a message back into a draft, before what was written since; none where it is gone, of
    /// another, or being sent.
    async fn take_back(&self, id: PendingId, staff: AccountId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>>;
    /// The same for a message that could not be sent.
    async fn give_back(&self, id: PendingId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>>;
    /// Who has the case in hand.
    async fn claim_of(&self, case: CaseRef) -> Result<Option<Claim>>;
    /// Takes a case in hand that is free, one's own, or in the hand of `from`; false where another was quicker.
    async fn put_claim(&self, claim: Claim, from: Option<AccountId>) -> Result<bool>;
    /// False where it was not in this hand.
    async fn end_claim(&self, case: CaseRef, staff: AccountId) -> Result<bool>;
    /// Lets go of every case that they have in hand.
    async fn end_claims(&self, staff: AccountId) -> Result<()>;
    async fn snooze_of(&self, case: CaseRef) -> Result<Option<Snooze>>;
    async fn put_snooze(&self, snooze: Snooze) -> Result<()>;
    /// Ends the snooze that was begun at `at`; false where that is over already.
    async fn end_snooze(&self, case: CaseRef, at: Timestamp) -> Result<bool>;
    /// Remembers that the journal has been looked through up to `seen` for the snooze begun at `at`.
    async fn see_snooze(&self, case: CaseRef, at: Timestamp, seen: u64) -> Result<()>;
    /// Snoozes whose time has come, or whose case has changed since they were looked at.
    async fn due_snoozes(&self, now: Timestamp, limit: u32) -> Result<Vec<Snooze>>;
    /// A member of staff's own macros, and those that others who work for the same, the house or one agency, share.
    async fn macros(&self, staff: AccountId) -> Result<Vec<Macro>>;
    async fn put_macro(&self, made: Macro) -> Result<()>;
    async fn end_macro(&self, id: MacroId) -> Result<()>;
    /// Whether single keys act for this member of staff; they do until switched off.
    async fn keys(&self, staff: AccountId) -> Result<bool>;
    async fn put_keys(&self, staff: AccountId, on: bool) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Memory for Desk<E> {
    async fn draft(&self, case: CaseRef, staff: AccountId, kind: Writing) -> Result<Option<Draft>> {
        memory::draft(&self.engine, case, staff, kind).await
    }

    async fn save_draft(&self, draft: Draft) -> Result<()> {
        memory::save_draft(&self.engine, draft).await
    }

    async fn put_pending(&self, pending: Pending, form: bool) -> Result<()> {
        memory::put_pending(&self.engine, pending, form).await
    }

    async fn pending_of(&self, case: CaseRef, staff: AccountId) -> Result<Vec<Pending>> {
        memory::pending_of(&self.engine, case, staff).await
    }

    async fn due_pending(&self, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Pending>> {
        memory::due_pending(&self.engine, now, lease, limit).await
    }

    async fn try_pending(&self, id: PendingId, version: u64) -> Result<bool> {
        memory::try_pending(&self.engine, id, version).await
    }

    async fn end_pending(&self, id: PendingId) -> Result<()> {
        memory::end_pending(&self.engine, id).await
    }

    async fn take_back(&self, id: PendingId, staff: AccountId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>> {
        memory::take_back(&self.engine, id, staff, now).await
    }

    async fn give_back(&self, id: PendingId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>> {
        memory::give_back(&self.engine, id, now).await
    }

    async fn claim_of(&self, case: CaseRef) -> Result<Option<Claim>> {
        memory::claim_of(&self.engine, case).await
    }

    async fn put_claim(&self, claim: Claim, from: Option<AccountId>) -> Result<bool> {
        memory::put_claim(&self.engine, claim, from).await
    }

    async fn end_claim(&self, case: CaseRef, staff: AccountId) -> Result<bool> {
        memory::end_claim(&self.engine, case, staff).await
    }

    async fn end_claims(&self, staff: AccountId) -> Result<()> {
        memory::end_claims(&self.engine, staff).await
    }

    async fn snooze_of(&self, case: CaseRef) -> Result<Option<Snooze>> {
        memory::snooze_of(&self.engine, case).await
    }

    async fn put_snooze(&self, snooze: Snooze) -> Result<()> {
        memory::put_snooze(&self.engine, snooze).await
    }

    async fn end_snooze(&self, case: CaseRef, at: Timestamp) -> Result<bool> {
        memory::end_snooze(&self.engine, case, at).await
    }

    async fn see_snooze(&self, case: CaseRef, at: Timestamp, seen: u64) -> Result<()> {
        memory::see_snooze(&self.engine, case, at, seen).await
    }

    async fn due_snoozes(&self, now: Timestamp, limit: u32) -> Result<Vec<Snooze>> {
        memory::due_snoozes(&self.engine, now, limit).await
    }

    async fn macros(&self, staff: AccountId) -> Result<Vec<Macro>> {
        memory::macros(&self.engine, staff).await
    }

    async fn put_macro(&self, made: Macro) -> Result<()> {
        memory::put_macro(&self.engine, made).await
    }

    async fn end_macro(&self, id: MacroId) -> Result<()> {
        memory::end_macro(&self.engine, id).await
    }

    async fn keys(&self, staff: AccountId) -> Result<bool> {
        memory::keys(&self.engine, staff).await
    }

    async fn put_keys(&self, staff: AccountId, on: bool) -> Result<()> {
        memory::put_keys(&self.engine, staff, on).await
    }
}
