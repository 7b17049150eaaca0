//! `identify`: what needs no store.

use std::io::Read;
use std::process::ExitCode;

use serde_json::json;

use super::{Done, Failed, say, say_json};
use crate::config::Config;

pub fn identify(config: &Config, text: &str, json: bool) -> Done {
    let text = match text {
        "-" => {
            let mut bytes = Vec::new();
            std::io::stdin().take(64 * 1024).read_to_end(&mut bytes)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        text => text.to_owned(),
    };
    let policy = config.policy().map_err(|e| Failed::new(78, e))?;
    match case::identify::identify(&text, &policy.identify) {
        Ok(found) if json => say_json(&found)?,
        Ok(found) => {
            let check = serde_json::to_value(found.check)?;
            say(&format!("{}\t{}\tcheck {}", found.id.kind(), found.id.grouped(), check.as_str().unwrap_or("none")));
        }
        Err(why) => {
            if json {
                say_json(&json!({ "kind": null, "normalised": null, "check": "none" }))?;
            }
            return Err(Failed::new(4, anyhow::anyhow!("this is not a number Cease knows: {why}")));
        }
    }
    Ok(ExitCode::SUCCESS)
}
