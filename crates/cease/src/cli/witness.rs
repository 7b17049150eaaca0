//! `witness`: a service of its own, which needs no desk.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use proof::log::VerifierKey;
use serde_json::json;
use tokio::net::TcpListener;

use super::run::Signals;
use super::{Done, Failed, say, say_json, tell};
use crate::clock::Clock;
use crate::log::cosigner::{self, Cosigner};

#[derive(clap::Args)]
pub struct Args {
    /// Address and port; put TLS before it
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: String,
    /// Its key, what it has cosigned, and evidence against logs
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Its name, such as the host it is reached under
    #[arg(long)]
    name: String,
    /// A log to look at: its key, as the log's manifest has it (the key's name is the log's, or ORIGIN=KEY)
    #[arg(long = "log", value_name = "KEY", required = true)]
    logs: Vec<String>,
}

pub async fn witness(args: Args, json: bool) -> Done {
    let mut logs = Vec::new();
    for text in &args.logs {
        logs.push(log_of(text).map_err(|e| Failed::new(78, e))?);
    }
    let cosigner = Cosigner::open(&args.data, &args.name, &logs, Clock::Machine).map_err(|e| Failed::new(78, e))?;
    let signals = Signals::heard()?;
    let listener =
        TcpListener::bind(&args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
    let (address, key) = (listener.local_addr()?, cosigner.verifier().to_string());
    if json {
        say_json(&json!({ "listen": address.to_string(), "key": key }))?;
    } else {
        say(&key);
        tell(&format!("cease: the witness listens on {address}; above is its key"));
    }
    cosigner::serve(Arc::new(cosigner), listener, signals.stop()).await;
    Ok(ExitCode::SUCCESS)
}

/// A base64 key may have `=` in it too, but only at its end.
fn log_of(text: &str) -> anyhow::Result<(String, VerifierKey)> {
    let (origin, key) = match text.split_once('=') {
        Some((origin, key)) if !key.trim_matches('=').is_empty() => (Some(origin.to_owned()), key),
        Some(_) | None => (None, text),
    };
    let key: VerifierKey = key.parse().with_context(|| format!("--log {text}"))?;
    Ok((origin.unwrap_or_else(|| key.name().to_owned()), key))
}

#[cfg(test)]
mod tests {
    use proof::SigningKey;
    use proof::log::Kind;

    use super::*;

    #[test]
    fn a_log_is_called_as_its_key_or_as_is_said() {
        for seed in 0..20 {
            let key = SigningKey::from_seed("desk.example/log", &[seed; 32]).unwrap();
            let key = VerifierKey::new(Kind::Note, key.public());
            assert_eq!(log_of(&key.to_string()).unwrap(), ("desk.example/log".to_owned(), key.clone()));
            assert_eq!(log_of(&format!("other={key}")).unwrap(), ("other".to_owned(), key));
        }
        assert!(log_of("x").is_err());
    }
}
