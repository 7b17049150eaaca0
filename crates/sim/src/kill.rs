//! What the desk that is killed and the test that kills it must agree on: who declares which card.

use std::path::Path;
use std::sync::Arc;

use case::identify::{Check, Identifier};
use case::{Actor, CardRecord, Channel, Declaration, Lang, Timestamp};
use cease::app::Shared;
use cease::config::Config;
use store::Import;

use crate::people::{self, holder, person, proven};

/// A real desk on SQLite in `dir`, as `serve` builds it, with one holder.
pub async fn app(dir: &Path) -> anyhow::Result<Shared> {
    let mut config = Config::default();
    config.desk.data = dir.to_owned();
    let app = cease::startup::app(config, None).await?;
    app.store.migrate().await?;
    let accounts = people::Cast::new(app.now()).import(app.now()).accounts;
    app.store.import(Import { accounts, cards: Vec::new() }).await?;
    Ok(Arc::new(app))
}

/// Card `n`, of holder 1, who may end it without anybody else.
pub fn card(n: u64, now: Timestamp) -> CardRecord {
    let iccid = Some(format!("8944{n:015}"));
    CardRecord { iccid, msisdn: None, ..people::card(1000 + n, 1, 1, 1, now) }
}

pub fn who(now: Timestamp) -> Actor {
    proven(holder(1), now)
}

pub fn declaration(n: u64, now: Timestamp) -> Declaration {
    let number = format!("8944{n:015}").parse().map(Identifier::Iccid);
    Declaration {
        channel: Channel::Web,
        lang: Lang::En,
        number: number.expect("nineteen digits that begin with 89"),
        check: Check::None,
        person: person(1),
        statement: None,
        files: Vec::new(),
        wanted_end: None,
        consent: true,
        backup: true,
        declared_at: now,
    }
}

pub fn token(n: u64) -> String {
    format!("form-{n}")
}
