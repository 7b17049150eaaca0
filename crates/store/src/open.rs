//! From a configured URL to a store.

use std::pin::Pin;
use std::sync::Arc;

use crate::desk::Desk;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{AnyStore, Options, Result, StoreError};

/// A store that is being opened. Boxed, so that both engines are compiled here, and not anew in each crate that
/// opens one: an `async fn` is compiled where it is awaited, with all that it builds.
pub type Opening = Pin<Box<dyn Future<Output = Result<AnyStore>> + Send>>;

/// Opens the store that `url` names: `sqlite:PATH`, `sqlite::memory:` (gone with the store), or
/// `postgres://…` (several hosts and `target_session_attrs` work). The schema is left as it is, see
/// [`Store::migrate`](crate::Store::migrate); one that is newer than this program is an error.
pub fn open(url: &str) -> Opening {
    open_with(url, Options::default())
}

pub fn open_with(url: &str, options: Options) -> Opening {
    let url = url.to_owned();
    Box::pin(async move {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            Ok(Arc::new(Desk::new(Sqlite::open(path, options.clone()).await?, options)) as AnyStore)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Arc::new(Desk::new(Postgres::open(&url, options.clone()).await?, options)) as AnyStore)
        } else {
            // The URL may hold a password, so it is not repeated.
            Err(StoreError::Engine("a store is sqlite:PATH or postgres://…".to_owned()))
        }
    })
}

/// Whether this names a database; without its password in what is said.
pub fn check_url(url: &str) -> Result<()> {
    if url.starts_with("sqlite:") { Ok(()) } else { crate::postgres::link::config(url).map(drop) }
}

/// Whether certificates can be read from a file that [`Options::ca`] names.
pub fn check_ca(file: &std::path::Path) -> Result<()> {
    crate::postgres::tls::connector(Some(file)).map(drop)
}
