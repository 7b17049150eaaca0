//! What a partner agency's staff may see. Every question takes whose staff asks: none is the house's own, who see all.

use async_trait::async_trait;

use super::*;
use crate::{live, memory, stuck, tenants};

/// What a partner agency's staff may see. Every question takes whose staff asks: none is the house's own, who see all.
/// Lists and their numbers ask it of [`Asker::agency`].
#[async_trait]
pub trait Tenants: Send + Sync {
    /// The case, where it is theirs.
    async fn case_for(&self, reference: CaseRef, agency: Option<&Agency>) -> Result<Option<Case>>;
    async fn agency_of(&self, case: CaseRef) -> Result<Option<Agency>>;
    /// Gives a case to an agency, or takes it back into the house; it is in nobody's hand who does not see it then.
    async fn give(&self, case: CaseRef, agency: Option<&Agency>) -> Result<()>;
    /// See [`Lists::near`].
    async fn near_for(&self, text: &str, agency: Option<&Agency>) -> Result<Vec<Case>>;
    /// See [`Lists::search`]. A page may be shorter by what is not theirs.
    async fn search_for(
        &self,
        text: &str,
        agency: Option<&Agency>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Listed>;
    /// See [`Presence::chats`].
    async fn chats_for(&self, agency: Option<&Agency>, waiting: bool, limit: u32) -> Result<Vec<Chat>>;
    /// See [`Stuck::failing`].
    async fn failing_for(
        &self,
        agency: Option<&Agency>,
        kinds: &[&str],
        after: Option<(Cursor, u32)>,
        limit: u32,
    ) -> Result<Vec<Failing>>;
    /// A letter that is being written down is an agency's from its first page on.
    async fn letter_is(&self, id: FileId, agency: &Agency) -> Result<()>;
    /// See [`Letters::letter`].
    async fn letter_for(&self, id: FileId, agency: Option<&Agency>) -> Result<Option<LetterDraft>>;
    /// See [`Letters::letters`].
    async fn letters_for(&self, agency: Option<&Agency>, limit: u32) -> Result<Vec<LetterDraft>>;
}

#[async_trait]
impl<E: Engine> Tenants for Desk<E> {
    async fn case_for(&self, reference: CaseRef, agency: Option<&Agency>) -> Result<Option<Case>> {
        self.one(tenants::CASE, vec![rows::key(reference), tenants::key_of(agency)], rows::case).await
    }

    async fn agency_of(&self, case: CaseRef) -> Result<Option<Agency>> {
        let name = |record: &Record| record.text(0)?.parse().map_err(|why| crate::value::corrupt("agency", why));
        self.one(tenants::NAME, vec![rows::key(case)], name).await
    }

    async fn give(&self, case: CaseRef, agency: Option<&Agency>) -> Result<()> {
        let mut statements = vec![tenants::give(case, agency)];
        if let Some(claim) = self.claim_of(case).await?
            && let Some(works_for) = self.account(claim.staff).await?.and_then(|account| account.agency)
            && agency != Some(&works_for)
        {
            statements.push(memory::unclaim(case, claim.staff));
        }
        self.engine.write(Work::Statements(statements)).await.map(drop)
    }

    async fn near_for(&self, text: &str, agency: Option<&Agency>) -> Result<Vec<Case>> {
        let mut found = Vec::new();
        for case in self.nearest(text).await? {
            found.extend(self.case_for(case.reference, agency).await?);
        }
        Ok(found)
    }

    async fn search_for(
        &self,
        text: &str,
        agency: Option<&Agency>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Listed> {
        let mut listed = self.search(text, after, limit).await?;
        if agency.is_some() {
            let mut rows = Vec::new();
            for row in listed.rows {
                if self.case_for(row.1.case.reference, agency).await?.is_some() {
                    rows.push(row);
                }
            }
            listed.rows = rows;
        }
        Ok(listed)
    }

    async fn chats_for(&self, agency: Option<&Agency>, waiting: bool, limit: u32) -> Result<Vec<Chat>> {
        let Some(agency) = agency else { return self.chats(waiting, limit).await };
        let sql = if waiting { tenants::CHATS_WAITING } else { tenants::CHATS_ANSWERED };
        self.many(sql, vec![tenants::key(agency).into(), i64::from(limit).into()], live::chat_of).await
    }

    async fn failing_for(
        &self,
        agency: Option<&Agency>,
        kinds: &[&str],
        after: Option<(Cursor, u32)>,
        limit: u32,
    ) -> Result<Vec<Failing>> {
        let Some(agency) = agency else { return self.failing(kinds, after, limit).await };
        let [at, case, n] = stuck::after(after);
        let args = vec![at, case, n, stuck::kinds(kinds).into(), tenants::key(agency).into(), i64::from(limit).into()];
        self.many(tenants::FAILING, args, stuck::failing).await
    }

    async fn letter_is(&self, id: FileId, agency: &Agency) -> Result<()> {
        self.engine.write(Work::Statements(vec![tenants::letter(id, agency)])).await.map(drop)
    }

    async fn letter_for(&self, id: FileId, agency: Option<&Agency>) -> Result<Option<LetterDraft>> {
        self.one(tenants::LETTER, vec![id.key().into(), tenants::key_of(agency)], crate::letters::read).await
    }

    async fn letters_for(&self, agency: Option<&Agency>, limit: u32) -> Result<Vec<LetterDraft>> {
        let Some(agency) = agency else { return self.letters(limit).await };
        self.many(tenants::LETTERS, vec![tenants::key(agency).into(), i64::from(limit).into()], crate::letters::read)
            .await
    }
}
