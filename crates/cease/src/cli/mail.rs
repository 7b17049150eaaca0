//! `mail`: the DNS records that let receivers know our letters, and taking in messages from files, for
//! who delivers mail to a program.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{Done, Failed, asked, say, say_json, tell};
use crate::config::Config;
use crate::mail;

#[derive(Subcommand)]
pub enum What {
    /// The DNS records to publish, so that receivers can tell our letters from others
    Dns,
    /// Take in one message as the mailbox would have brought it; 75: not now, offer it again later
    Take {
        /// The message as it came; `-` reads standard input
        file: PathBuf,
    },
}

pub async fn mail(config: Result<Config, Failed>, what: What, json: bool) -> Done {
    match what {
        What::Dns => dns(&config?, json),
        What::Take { file } => take(config, file, json).await,
    }
}

fn dns(config: &Config, json: bool) -> Done {
    let domain = mail::dkim::domain(config);
    let mut records = mail::dkim::load(config)?.records();
    if !domain.is_empty() {
        records.push((format!("_dmarc.{domain}"), "v=DMARC1; p=reject; adkim=s".to_owned()));
    }
    if json {
        let records: Vec<_> = records.iter().map(|(name, value)| json!({ "name": name, "txt": value })).collect();
        say_json(&json!({ "records": records }))?;
    } else {
        for (name, value) in &records {
            // A character string of the DNS has 255 bytes at most.
            let strings: Vec<String> =
                value.as_bytes().chunks(250).map(|s| format!("\"{}\"", String::from_utf8_lossy(s))).collect();
            say(&format!("{name}. IN TXT {}", strings.join(" ")));
        }
    }
    if records.is_empty() {
        tell("cease: mail.from is not set, or mail.dkim is empty: nothing is signed");
        return Ok(ExitCode::FAILURE);
    }
    if !mail::dkim::rsa_path(config).exists() {
        tell(&format!("cease: {}", NO_RSA));
        tell(&format!(
            "  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out {0} && chmod 600 {0}",
            mail::dkim::rsa_path(config).display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

pub const NO_RSA: &str = "many receivers verify RSA signatures only; add an RSA key and publish it too";

/// What a mail server takes for “later” (`EX_TEMPFAIL`); by any other number it gives the message back to its sender.
const LATER: u8 = 75;

/// What keeps the desk from taking it, from a full disk to a slip in its configuration, is no fault of the message.
fn later(failed: Failed) -> Failed {
    Failed { code: LATER, ..failed }
}

async fn take(config: Result<Config, Failed>, file: PathBuf, json: bool) -> Done {
    let most = reach::mail::read::BYTES as u64 + 1;
    let mut raw = Vec::new();
    let piped = file.as_os_str() == "-";
    // What breaks off on its way from a mail server comes whole another time.
    let broken = |why: std::io::Error| if piped { later(why.into()) } else { asked::unreadable(&file, why) };
    asked::input(&file)?.take(most).read_to_end(&mut raw).map_err(broken)?;
    keep(config.map_err(later)?, raw, json).await.map_err(later)
}

async fn keep(config: Config, raw: Vec<u8>, json: bool) -> Done {
    let app = Arc::new(super::built(config).await?);
    crate::startup::migrate(&app).await?;
    let bytes = raw.len();
    let id = mail::keep(&app, raw, bytes).await?;
    if let Err(why) = mail::process(&app, &id).await {
        // It is the desk's now, which looks at it again.
        tell(&format!("cease: it is kept, and cannot be looked at yet: {why}"));
    }
    let kept = app.store.mail(&id).await?.map(|(mail, _)| mail).context("it was not kept")?;
    let case = kept.case.map(|case| case.to_string());
    if json {
        say_json(&json!({ "fate": kept.fate, "case": case, "why": kept.head.why }))?;
    } else {
        say(&case.unwrap_or_else(|| format!("held: {}", kept.head.why)));
    }
    Ok(ExitCode::SUCCESS)
}
