//! `erase --due`: what the rules say is to be erased by now.

use std::process::ExitCode;

use serde_json::json;

use super::{Done, say, say_json, tell};
use crate::config::Config;
use crate::keeping;

pub async fn erase(config: Config, dry_run: bool, json: bool) -> Done {
    let app = super::built(config).await?;
    let told = if dry_run { keeping::due(&app).await? } else { keeping::erase(&app, u64::MAX).await? };
    if json {
        say_json(&json!({ "erased": !dry_run, "classes": told }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if told.is_empty() {
        tell("cease: the rules name nothing that is erased by its own date ([keeping])");
    }
    for one in told {
        let (class, days, cases, held) = (one.class.name(), one.days, one.cases, one.held);
        let what = if dry_run { "due" } else { "erased" };
        say(&format!("{class}\t{cases} {what}\t{held} held\tafter {days} days"));
    }
    Ok(ExitCode::SUCCESS)
}
