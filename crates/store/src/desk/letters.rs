//! Letters that are being written down.

use async_trait::async_trait;

use super::*;

/// Letters that are being written down.
#[async_trait]
pub trait Letters: Send + Sync {
    /// Keeps a letter that is being written down, new or as it is now.
    async fn put_letter(&self, letter: LetterDraft) -> Result<bool>;
    async fn letter(&self, id: FileId) -> Result<Option<LetterDraft>>;
    /// The open ones, newest first.
    async fn letters(&self, limit: u32) -> Result<Vec<LetterDraft>>;
    /// Throws a letter away, with what was scanned for it.
    async fn drop_letter(&self, letter: LetterDraft, files: Vec<FileId>) -> Result<()>;
}

#[async_trait]
impl<E: Engine> Letters for Desk<E> {
    async fn put_letter(&self, letter: LetterDraft) -> Result<bool> {
        let answer = self.engine.write(Work::Statements(vec![crate::letters::put(&letter)])).await?;
        Ok(answer.first().is_some_and(|taken| !taken.is_empty()))
    }

    async fn letter(&self, id: FileId) -> Result<Option<LetterDraft>> {
        self.one(crate::letters::ONE, vec![id.key().into()], crate::letters::read).await
    }

    async fn letters(&self, limit: u32) -> Result<Vec<LetterDraft>> {
        self.many(crate::letters::OPEN, vec![i64::from(limit).into()], crate::letters::read).await
    }

    async fn drop_letter(&self, letter: LetterDraft, files: Vec<FileId>) -> Result<()> {
        self.engine.write(Work::Statements(crate::letters::forget(&letter, &files))).await.map(drop)
    }
}
