//! `check`: is this really us? Whatever was pasted is held against the register of official channels.

use std::io::Read;
use std::process::ExitCode;

use case::official::{MOST, Verdict, check};
use serde_json::json;

use super::{Done, Failed, say, say_json, tell};
use crate::clock::Clock;
use crate::config::Config;

/// Exit code 0: every channel in it is official; 1: one is certainly not us; 2: unknown, to be treated as not us.
pub fn check_text(config: &Config, text: Option<&str>, json: bool) -> Done {
    let text = match text {
        None | Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().take(4 * MOST as u64).read_to_end(&mut bytes)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Some(text) => text.to_owned(),
    };
    let policy = config.policy().map_err(|e| Failed::new(78, e))?;
    let register = crate::official::register(config, &policy).map_err(|e| Failed::new(78, e))?;
    let today = Clock::Machine.now().to_zoned(policy.zone()).date();
    let report = check(&text, &register, today, &policy.identify);
    if json {
        let found: Vec<_> = report
            .found
            .iter()
            .map(|f| {
                let reasons: Vec<_> = f.reasons.iter().map(|r| json!({ "reason": r.name(), "of": r.of() })).collect();
                json!({ "kind": f.kind.name(), "shown": f.shown, "verdict": f.verdict.name(), "reasons": reasons })
            })
            .collect();
        say_json(&json!({ "verdict": report.verdict.name(), "found": found, "signs": report.signs }))?;
    } else {
        say(match report.verdict {
            Verdict::Official => "official channel",
            Verdict::NotUs => "not us",
            Verdict::Unknown => "unknown: treat as not us",
        });
        for f in &report.found {
            let reasons: Vec<_> =
                f.reasons.iter().map(|r| r.of().map_or(r.name().into(), |of| format!("{} {of}", r.name()))).collect();
            tell(&format!("  {} {}: {} ({})", f.kind.name(), f.shown, f.verdict.name(), reasons.join(", ")));
        }
        if !report.signs.is_empty() {
            let signs: Vec<_> = report.signs.iter().map(|s| s.name()).collect();
            tell(&format!("  typical of fraud: {}", signs.join(", ")));
        }
        tell("This is about the channels, not about the message: a sender's name and number can be forged.");
    }
    Ok(ExitCode::from(match report.verdict {
        Verdict::Official => 0,
        Verdict::NotUs => 1,
        Verdict::Unknown => 2,
    }))
}
