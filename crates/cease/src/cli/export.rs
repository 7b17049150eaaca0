//! `export`: all that the desk has of a holder, as one archive.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use super::making::Making;
use super::{Done, Failed, say, say_json, tell};
use crate::config::Config;
use crate::export;

pub async fn export(config: Config, asked: &str, out: &Path, json: bool) -> Done {
    let app = Arc::new(super::built(config).await?);
    let account = super::account_of(&app, asked).await?;
    if account.role.is_some() {
        return Err(Failed::new(4, anyhow::anyhow!("{asked} is of the staff, and no holder")));
    }
    let mut making = Making::begin(out)?;
    // Only now, as it is recorded that somebody has it.
    let mut made = export::of(&app, &account).await?;
    making.write(&mut made.file)?;
    making.done();
    for case in &made.left_out {
        tell(&format!("cease: case {case} had no room: take its evidence by itself"));
    }
    if json {
        say_json(&json!({ "account": account.id, "file": out, "bytes": made.bytes, "left_out": made.left_out }))?;
    } else {
        say(&format!("{}\t{} bytes", out.display(), made.bytes));
    }
    Ok(if made.left_out.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
