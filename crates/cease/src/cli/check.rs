//! `check`: is this really us? Whatever was pasted is held against the register of official channels: the
//! configuration's, and, where the desk's database is at hand, what was signed for there.

use std::io::Read;
use std::process::ExitCode;

use case::Policy;
use case::official::{Found, MOST, Register, Verdict, check};
use serde_json::json;
use store::AnyStore;

use super::{Done, Failed, say, say_json, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::official::{Registers, known_fake};

/// Exit code 0: every channel in it is official; 1: one is certainly not us; 2: unknown, to be treated as not us.
pub async fn check_text(config: Config, text: Option<String>, json: bool) -> Done {
    let text = match text.as_deref() {
        None | Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().take(4 * MOST as u64).read_to_end(&mut bytes)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Some(text) => text.to_owned(),
    };
    let policy = config.policy().map_err(|e| Failed::new(78, e))?;
    let registers = Registers::new(&config, &policy).map_err(|e| Failed::new(78, e))?;
    let (store, register) = in_force(&config, &policy, &registers).await;
    let today = Clock::Machine.now().to_zoned(policy.zone()).date();
    let report = check(&text, &register, today, &policy.identify);
    let mut found = Vec::new();
    for one in &report.found {
        found.push(Line { found: one, fake: of_fake(store.as_ref(), &register, one).await });
    }
    if json {
        let found: Vec<_> = found.iter().map(Line::json).collect();
        say_json(&json!({ "verdict": report.verdict.name(), "found": found, "signs": report.signs }))?;
    } else {
        say(match report.verdict {
            Verdict::Official => "official channel",
            Verdict::NotUs => "not us",
            Verdict::Unknown => "unknown: treat as not us",
        });
        found.iter().for_each(|line| tell(&line.text()));
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

/// Without a database that can be read, what the configuration says is all there is; that is said.
async fn in_force(config: &Config, policy: &Policy, registers: &Registers) -> (Option<AnyStore>, Register) {
    let fixed = || (None, registers.fixed().clone());
    // Looking makes no database.
    if config.unmade().is_some() {
        return fixed();
    }
    let read = async {
        let store = config.open_store().await?;
        let register = registers.current(&store, policy, Clock::Machine.now()).await?;
        Ok::<_, store::StoreError>((Some(store), Register::clone(&register)))
    };
    read.await.unwrap_or_else(|error| {
        tell(&format!("cease: the desk's database cannot be read ({error}); only its configuration was asked"));
        fixed()
    })
}

type OfFake = Option<(Option<jiff::civil::Date>, u64)>;

async fn of_fake(store: Option<&AnyStore>, register: &Register, found: &Found) -> OfFake {
    known_fake(store?, register, found).await.ok().flatten()
}

struct Line<'a> {
    found: &'a Found,
    fake: OfFake,
}

impl Line<'_> {
    fn json(&self) -> serde_json::Value {
        let Found { kind, shown, verdict, reasons } = self.found;
        let reasons: Vec<_> = reasons.iter().map(|r| json!({ "reason": r.name(), "of": r.of() })).collect();
        let mut line = json!({ "kind": kind.name(), "shown": shown, "verdict": verdict.name(), "reasons": reasons });
        if let Some((since, reports)) = self.fake {
            line["fake"] = json!({ "since": since, "reports": reports });
        }
        line
    }

    fn text(&self) -> String {
        let Found { kind, shown, verdict, reasons } = self.found;
        let mut why: Vec<String> =
            reasons.iter().map(|r| r.of().map_or(r.name().into(), |of| format!("{} {of}", r.name()))).collect();
        if let Some((since, reports)) = self.fake {
            why.extend(since.map(|day| format!("since {day}")));
            why.push(format!("reports: {reports}"));
        }
        format!("  {} {shown}: {} ({})", kind.name(), verdict.name(), why.join(", "))
    }
}
