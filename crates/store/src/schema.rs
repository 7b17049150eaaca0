//! The schema's versions: numbered files for each engine, applied in order, never undone.

use crate::{Result, StoreError};

pub(crate) const SQLITE: &[&str] = &[
    include_str!("../migrations/sqlite/0001_first.sql"),
    include_str!("../migrations/sqlite/0002_conversation.sql"),
    include_str!("../migrations/sqlite/0003_network.sql"),
    include_str!("../migrations/sqlite/0004_log.sql"),
    include_str!("../migrations/sqlite/0005_watch.sql"),
    include_str!("../migrations/sqlite/0006_trust.sql"),
    include_str!("../migrations/sqlite/0007_rules.sql"),
    include_str!("../migrations/sqlite/0008_voice.sql"),
    include_str!("../migrations/sqlite/0011_erasure.sql"),
    include_str!("../migrations/sqlite/0012_indexes.sql"),
    include_str!("../migrations/sqlite/0013_sole.sql"),
    include_str!("../migrations/sqlite/0014_switch.sql"),
    include_str!("../migrations/sqlite/0015_notice.sql"),
];
pub(crate) const POSTGRES: &[&str] = &[
    include_str!("../migrations/postgres/0001_first.sql"),
    include_str!("../migrations/postgres/0002_conversation.sql"),
    include_str!("../migrations/postgres/0003_network.sql"),
    include_str!("../migrations/postgres/0004_log.sql"),
    include_str!("../migrations/postgres/0005_watch.sql"),
    include_str!("../migrations/postgres/0006_trust.sql"),
    include_str!("../migrations/postgres/0007_rules.sql"),
    include_str!("../migrations/postgres/0008_voice.sql"),
    include_str!("../migrations/postgres/0011_erasure.sql"),
    include_str!("../migrations/postgres/0012_indexes.sql"),
    include_str!("../migrations/postgres/0013_sole.sql"),
    include_str!("../migrations/postgres/0014_switch.sql"),
    include_str!("../migrations/postgres/0015_notice.sql"),
];

/// The version this program was written for.
pub(crate) const NEWEST: u32 = SQLITE.len() as u32;

/// Keeps the version; the one table that is there before the first migration.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
pub(crate) const READ: &str = "SELECT MAX(version) FROM schema_version";

/// An older program would write what a newer one no longer understands, so it does not start.
pub(crate) fn refuse_newer(version: Option<u32>) -> Result<()> {
    match version {
        Some(version) if version > NEWEST => Err(StoreError::Engine(format!(
            "the database has schema {version}, this program knows {NEWEST}: it needs a newer program"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The migrations that `version` lacks, each with the version it leads to.
pub(crate) fn missing(all: &[&'static str], version: Option<u32>) -> Vec<(u32, &'static str)> {
    (1..).zip(all.iter().copied()).filter(|(to, _)| *to > version.unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_versions() {
        assert_eq!(SQLITE.len(), POSTGRES.len());
        assert_eq!(missing(SQLITE, Some(NEWEST)), []);
        assert_eq!(missing(SQLITE, None).len(), SQLITE.len());
    }

    #[test]
    fn a_newer_schema_is_refused_and_an_older_one_is_not() {
        assert!(refuse_newer(Some(NEWEST + 1)).is_err());
        assert!(refuse_newer(Some(NEWEST)).is_ok());
        assert!(refuse_newer(None).is_ok());
    }
}
