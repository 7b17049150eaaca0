//! `identify`: what needs no store.

use std::io::Read;
use std::process::ExitCode;

use case::tracking::Untracked;
use serde_json::json;

use super::{Done, Failed, say, say_json};
use crate::config::Config;

/// A carrier's number.
fn tracking(tracked: &case::tracking::Tracked, json: bool) -> Done {
    let check = serde_json::to_value(tracked.check)?;
    let (carrier, number) = (&tracked.tracking.carrier, &tracked.tracking.number);
    if json {
        say_json(&json!({ "kind": "tracking", "normalised": number, "carrier": carrier, "check": check }))?;
    } else {
        say(&format!("tracking\t{number}\t{carrier}\tcheck {}", check.as_str().unwrap_or("none")));
    }
    Ok(ExitCode::SUCCESS)
}

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
            let why = match case::tracking::track(&text, &policy.returns.carriers) {
                Ok(tracked) => return tracking(&tracked, json),
                Err(slip @ Untracked::CheckDigit { .. }) => {
                    format!(
                        "{why}; as a tracking number: {slip}. Look at the receipt: one character is not as printed there"
                    )
                }
                Err(Untracked::Empty | Untracked::Shape | Untracked::Secret) => why.to_string(),
            };
            if json {
                say_json(&json!({ "kind": null, "normalised": null, "check": "none" }))?;
            }
            return Err(Failed::new(4, anyhow::anyhow!("this is not a number Cease knows: {why}")));
        }
    }
    Ok(ExitCode::SUCCESS)
}
