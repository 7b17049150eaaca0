//! Text messages under way.

use async_trait::async_trait;

use super::*;
use crate::texts;

/// Text messages under way.
#[async_trait]
pub trait Texts: Send + Sync {
    /// Remembers under which names a carrier has taken them.
    async fn put_texts(&self, texts: Vec<SentText>) -> Result<()>;
    async fn text_sent(&self, id: &str) -> Result<Option<SentText>>;
}

#[async_trait]
impl<E: Engine> Texts for Desk<E> {
    async fn put_texts(&self, texts: Vec<SentText>) -> Result<()> {
        self.engine.write(texts::put(texts)).await.map(drop)
    }

    async fn text_sent(&self, id: &str) -> Result<Option<SentText>> {
        self.one(texts::OF_ID, vec![id.into()], texts::sent).await
    }
}
