//! From a configured URL to a store.

use std::sync::Arc;

use crate::desk::Desk;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{AnyStore, Options, Result, StoreError};

/// Opens the store that `url` names: `sqlite:PATH`, `sqlite::memory:` (gone with the store), or
/// `postgres://…` (several hosts and `target_session_attrs` work). The schema is left as it is, see
/// [`Store::migrate`](crate::Store::migrate); one that is newer than this program is an error.
pub async fn open(url: &str) -> Result<AnyStore> {
    open_with(url, Options::default()).await
}

pub async fn open_with(url: &str, options: Options) -> Result<AnyStore> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        Ok(Arc::new(Desk::new(Sqlite::open(path, options.clone()).await?, options)))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Ok(Arc::new(Desk::new(Postgres::open(url, options.clone()).await?, options)))
    } else {
        // The URL may hold a password, so it is not repeated.
        Err(StoreError::Engine("a store is sqlite:PATH or postgres://…".to_owned()))
    }
}
