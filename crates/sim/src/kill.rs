//! What the desk that is killed and the test that kills it must agree on: who declares which card.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use case::identify::{Check, Identifier};
use case::{Actor, CardRecord, Declaration, Timestamp};
use cease::app::Shared;
use cease::config::Config;
use reach::element::All;
use store::Import;

use crate::far::Far;
use crate::people::{self, holder, person, proven};

/// A real desk on SQLite in `dir`, as `serve` builds it, with one holder.
pub async fn app(dir: &Path) -> anyhow::Result<Shared> {
    app_before(dir, Before::Record).await
}

/// What lets go of the cards.
pub enum Before {
    /// The operator's own record alone.
    Record,
    /// An element in another process, and then the record.
    Far(SocketAddr),
    /// Whatever the `[network]` of this configuration names.
    Config(PathBuf),
}

impl Before {
    /// `-`, an address, or the path of a configuration.
    pub fn named(name: &str) -> Self {
        match (name, name.parse()) {
            ("-", _) => Before::Record,
            (_, Ok(address)) => Before::Far(address),
            (path, Err(_)) => Before::Config(path.into()),
        }
    }
}

pub async fn app_before(dir: &Path, before: Before) -> anyhow::Result<Shared> {
    let mut config = match &before {
        Before::Record | Before::Far(_) => Config::default(),
        Before::Config(path) => Config::load(Some(path))?,
    };
    config.desk.data = dir.to_owned();
    let mut app = cease::startup::app(config, None).await?;
    if let Before::Far(address) = before {
        app.element = Arc::new(All::new(vec![Arc::new(Far::new(address)), app.element.clone()]));
    }
    app.store.migrate().await?;
    let accounts = people::Cast::new(app.now()).import(app.now()).accounts;
    app.store.import(Import { accounts, cards: Vec::new() }).await?;
    Ok(Arc::new(app))
}

/// MCC 001, MNC 01: the test network.
pub fn imsi(n: u64) -> String {
    format!("00101{n:010}")
}

/// Card `n`, of holder 1, who may end it without anybody else.
pub fn card(n: u64, now: Timestamp) -> CardRecord {
    let (iccid, imsi) = (Some(format!("8944{n:015}")), Some(imsi(n)));
    CardRecord { iccid, imsi, msisdn: None, ..people::card(1000 + n, 1, 1, 1, now) }
}

pub fn who(now: Timestamp) -> Actor {
    proven(holder(1), now)
}

pub fn declaration(n: u64, now: Timestamp) -> Declaration {
    let number = format!("8944{n:015}").parse().map(Identifier::Iccid);
    Declaration {
        check: Check::None,
        consent: true,
        backup: true,
        ..Declaration::of(number.expect("nineteen digits that begin with 89"), person(1), now)
    }
}

pub fn token(n: u64) -> String {
    format!("form-{n}")
}
