//! `cease watch`: takes in records from files or standard input, and decides on them at once.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use serde_json::json;

use super::{Done, Failed, asked, many, say, say_json, tell};
use crate::config::Config;
use crate::watch::decide;
use crate::watch::inbox::{Problem, read, read_from};
use crate::watch::intake::{Stop, Summary};

/// Lines between two words of progress.
const TELL: u64 = 1_000_000;

pub async fn watch(config: Config, files: Vec<PathBuf>, json: bool) -> Done {
    // Before any of them is read: a list with a slip in it changes nothing.
    for file in files.iter().filter(|file| file.as_os_str() != "-") {
        asked::input(file)
            .map_err(|failed| Failed { error: failed.error.context("nothing was taken in"), ..failed })?;
    }
    let app = Arc::new(super::built(config).await?);
    crate::startup::migrate(&app).await?;
    let mut bad = 0;
    for file in files {
        let name = file.display().to_string();
        let mut told = 0;
        let progress = |so_far: &Summary| {
            if so_far.lines / TELL > told {
                told = so_far.lines / TELL;
                tell(&format!("cease: {} lines read, {} of watched cards", so_far.lines, so_far.matched));
            }
        };
        let done = match name.as_str() {
            "-" => read_from(&app, tokio::io::stdin(), None, progress).await,
            _ => read(&app, &file, progress).await,
        };
        let summary = match done {
            Ok(summary) => summary,
            Err(Problem::Stop(Stop::Store(error))) => return Err(error.into()),
            Err(Problem::Stop(Stop::Header(fault))) => return Err(Failed::new(1, anyhow!("{name}: {fault}"))),
            Err(Problem::Io(error)) => return Err(asked::unreadable(&file, error)),
        };
        bad += summary.bad;
        if json {
            say_json(&json!({ "file": name, "summary": summary }))?;
        } else {
            report(&name, &summary);
        }
    }
    decide(&app).await?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn report(name: &str, summary: &Summary) {
    for fault in &summary.faults {
        tell(&format!("{name}: {fault}"));
    }
    let untold = summary.bad - summary.faults.len() as u64;
    if untold > 0 {
        tell(&format!("{name}: and {} that cannot be read", many(untold, "more line")));
    }
    let Summary { records, matched, new, bad, .. } = summary;
    say(&format!(
        "{name}: {}, {matched} of watched cards, {new} of them new; {} cannot be read",
        many(*records, "record"),
        many(*bad, "line")
    ));
}
