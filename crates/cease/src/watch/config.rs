//! `[watch]`: where records come from.

use std::path::PathBuf;

use anyhow::bail;
use serde::{Deserialize, Serialize};

use crate::keys::unhex32;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchConfig {
    /// A folder whose files of records are taken in and moved to `done` or `failed` in it. Empty: none.
    pub inbox: PathBuf,
    /// Who may send records to `/api/watch`: the SHA-256 of each one's token, in hex
    /// (`printf %s TOKEN | sha256sum`). None: nobody may.
    pub tokens: Vec<String>,
    /// Bytes of one batch by HTTP.
    pub batch_bytes: Option<usize>,
}

impl WatchConfig {
    const BATCH: usize = 64 << 20;

    pub fn batch_bytes(&self) -> usize {
        self.batch_bytes.unwrap_or(Self::BATCH)
    }

    /// The hashes of the tokens that are let in.
    pub fn hashes(&self) -> impl Iterator<Item = [u8; 32]> {
        self.tokens.iter().filter_map(|token| unhex32(token))
    }

    pub fn check(&self) -> anyhow::Result<()> {
        if self.hashes().count() != self.tokens.len() {
            bail!("watch.tokens are SHA-256 hashes of tokens, 64 hex digits each: printf %s TOKEN | sha256sum");
        }
        let inbox = &self.inbox;
        if !inbox.as_os_str().is_empty() && !inbox.is_dir() {
            bail!("watch.inbox: {} is no folder", inbox.display());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_clear_is_no_hash_and_a_folder_must_be_there() {
        let with = |token: &str| WatchConfig { tokens: vec![token.into()], ..WatchConfig::default() };
        assert!(with("secret").check().is_err() && with(&"g".repeat(64)).check().is_err());
        assert!(with(&"a0".repeat(32)).check().is_ok() && WatchConfig::default().check().is_ok());
        assert!(WatchConfig { inbox: "/no/such/folder".into(), ..WatchConfig::default() }.check().is_err());
    }
}
