//! `log`: keys by command, the look through everything, and proofs from a shell.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use proof::log::{Manifest, Role, Tenure};
use proof::{PublicKey, SigningKey};
use serde_json::json;

use super::{Done, Failed, say, say_json, tell};
use crate::app::App;
use crate::config::Config;
use crate::log::{Fault, bundle, check, keys};
use crate::startup;

/// A key that ends sooner than this is named.
const SOON: SignedDuration = SignedDuration::from_hours(60 * 24);

#[derive(clap::Subcommand)]
pub enum What {
    /// Make a root key, on a machine that is not the desk's; prints its public half
    KeygenRoot {
        /// The key's name, such as desk.example/log/root
        #[arg(long)]
        name: String,
        /// Where the secret goes (mode 0600); must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a draft, where the root key is; prints the manifest
    Sign {
        draft: PathBuf,
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
    },
    /// The key manifest: print the one in force, or make the next from the configuration
    Manifest {
        #[command(flatten)]
        how: How,
        /// Put a signed manifest in force
        #[arg(long, value_name = "FILE", conflicts_with_all = ["draft", "root"])]
        put: Option<PathBuf>,
        /// Before the first start: the root key (public) that will sign the draft
        #[arg(long, value_name = "KEY", requires = "draft")]
        root_key: Option<PublicKey>,
    },
    /// Give the log a new key; the old one ends
    Rotate {
        #[command(flatten)]
        how: How,
    },
    /// Say that a key is not to be trusted from a time on; proofs that witnesses had seen before stay good
    Revoke {
        /// The beginning of the key, as it stands in the manifest
        key: String,
        /// From when, such as 2026-11-26T04:00:00Z
        #[arg(long)]
        from: Timestamp,
        #[command(flatten)]
        how: How,
    },
    /// Look through everything: is the database what was signed? 0 yes, 1 no
    Check,
    /// The proof of a case, as one file on stdout
    Prove { reference: String },
}

/// What becomes of the next manifest.
#[derive(clap::Args)]
pub struct How {
    /// Print it unsigned, to be signed where the root key is
    #[arg(long)]
    draft: bool,
    /// Sign it with this root key and put it in force
    #[arg(long, value_name = "FILE", conflicts_with = "draft")]
    root: Option<PathBuf>,
}

/// What needs neither configuration nor store; none where it does.
pub fn alone(what: &What, json: bool) -> Result<Option<ExitCode>, Failed> {
    match what {
        What::KeygenRoot { name, out } => {
            if out.exists() {
                return Err(anyhow::anyhow!("{} is there already", out.display()).into());
            }
            let key = keys::named_key(out, name)?.public();
            if json {
                say_json(&json!({ "key": key.to_string(), "fingerprint": key.fingerprint() }))?;
            } else {
                say(&key.to_string());
                tell(&format!("cease: the secret is in {}; fingerprint {}", out.display(), key.fingerprint()));
            }
        }
        What::Sign { draft, root } => {
            let text = std::fs::read_to_string(draft).with_context(|| format!("cannot read {}", draft.display()))?;
            let manifest = Manifest::from_draft(&text).context("this is not the draft of a manifest")?;
            shown(&manifest, &manifest.sign(&root_key(root)?)?, json)?;
        }
        What::Manifest { .. } | What::Rotate { .. } | What::Revoke { .. } | What::Check | What::Prove { .. } => {
            return Ok(None);
        }
    }
    Ok(Some(ExitCode::SUCCESS))
}

fn root_key(path: &Path) -> anyhow::Result<SigningKey> {
    let line = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    SigningKey::from_line(&line).with_context(|| format!("{} is not a key of ours", path.display()))
}

fn shown(manifest: &Manifest, file: &str, json: bool) -> Result<(), Failed> {
    if json {
        return say_json(&json!({ "version": manifest.version, "origin": manifest.origin, "manifest": file }));
    }
    say(file.trim_end());
    Ok(())
}

pub async fn log(config: Config, what: What, json: bool) -> Done {
    let app = startup::app(config, None).await?;
    app.store.migrate().await?;
    match what {
        What::KeygenRoot { .. } | What::Sign { .. } => Ok(ExitCode::SUCCESS),
        What::Manifest { put: Some(file), .. } => {
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let manifest = keys::put(&app, &text).await?;
            tell(&format!("cease: version {} is in force", manifest.version));
            Ok(ExitCode::SUCCESS)
        }
        What::Manifest { how: How { draft: false, root: None }, .. } => match keys::read(&app).await? {
            Some(found) => shown(&found.manifest, &found.file, json).map(|()| ExitCode::SUCCESS),
            None => Err(Failed::new(4, anyhow::anyhow!("there is no manifest yet; the first start makes one"))),
        },
        What::Manifest { root_key: Some(root), .. } if keys::read(&app).await?.is_none() => {
            let first = keys::first(&app, &keys::origin(&app), &root)?;
            shown(&first, &first.draft(), json).map(|()| ExitCode::SUCCESS)
        }
        What::Manifest { how, .. } => {
            let before = keys::in_force(&app).await?.manifest;
            become_(&app, keys::next(&app, &before)?, &how, json).await
        }
        What::Rotate { how } => {
            let before = keys::in_force(&app).await?.manifest;
            become_(&app, keys::rotated(&app, &before)?, &how, json).await
        }
        What::Revoke { key, from, how } => {
            let before = keys::in_force(&app).await?.manifest;
            become_(&app, keys::revoked(&app, &before, &key, from)?, &how, json).await
        }
        What::Check => checked(&app, json).await,
        What::Prove { reference } => prove(&app, &reference).await,
    }
}

/// Prints the draft, or signs it and puts it in force.
async fn become_(app: &App, next: Manifest, how: &How, json: bool) -> Done {
    match &how.root {
        None if how.draft => shown(&next, &next.draft(), json)?,
        None => {
            return Err(Failed::new(2, anyhow::anyhow!("say --draft, or --root FILE where the root key is at hand")));
        }
        Some(root) => {
            let file = next.sign(&root_key(root)?)?;
            let manifest = keys::put(app, &file).await?;
            shown(&manifest, &file, json)?;
            tell(&format!("cease: version {} is in force", manifest.version));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn checked(app: &App, json: bool) -> Done {
    let mut told = 0;
    let found = check::everything(app, |seen, all| {
        if seen / 100_000 > told {
            told = seen / 100_000;
            tell(&format!("cease: {seen} of {all} leaves"));
        }
    });
    let (leaves, wrong) = match found.await {
        Ok(leaves) => (leaves, None),
        Err(Fault::Store(error)) => return Err(error.into()),
        Err(Fault::Wrong(wrong)) => (app.store.log_head().await?.size, Some(wrong.to_string())),
    };
    let advice = advice(app).await?;
    if json {
        say_json(&json!({ "ok": wrong.is_none(), "leaves": leaves, "wrong": wrong, "advice": advice }))?;
    } else {
        match &wrong {
            None => say(&format!("the database is what was signed: {leaves} leaves")),
            Some(wrong) => say(&format!("WRONG: {wrong}")),
        }
        advice.iter().for_each(|line| say(&format!("note: {line}")));
    }
    Ok(ExitCode::from(u8::from(wrong.is_some())))
}

/// What works, and should be better.
pub async fn advice(app: &App) -> Result<Vec<String>, Failed> {
    let mut advice = Vec::new();
    let Some(found) = keys::read(app).await? else {
        return Ok(vec!["the log has not begun; the desk's first start does that".into()]);
    };
    let (manifest, dir, now) = (found.manifest, app.log.dir(), app.now());
    if keys::root_path(dir).exists() {
        let path = keys::root_path(dir);
        advice.push(format!("the root key lies on this machine: move {} to one that is offline", path.display()));
    }
    if manifest.of(Role::Witness).all(|t| !t.good_at(now)) {
        advice.push("no witness cosigns the log: set log.witnesses and log.quorum, then cease log manifest".into());
    }
    let missing = |w: &&crate::log::settings::Witness| {
        w.verifier().ok().is_none_or(|key| manifest.find(Role::Witness, &key).is_none())
    };
    for witness in app.config.log.witnesses.iter().filter(missing) {
        advice.push(format!("{} is configured but not in the manifest: cease log manifest", witness.url));
    }
    let signing = keys::verifier(&keys::log_key(dir, &manifest.origin)?);
    match manifest.find(Role::Log, &signing) {
        Some(tenure) if !tenure.good_at(now) => {
            advice.push("the log's key may not sign any more: cease log rotate".into())
        }
        Some(Tenure { until, .. }) if *until < now + SOON => {
            advice.push(format!("the log's key ends at {until}: cease log rotate"));
        }
        Some(_) => {}
        None => advice.push("the log's key is not in the manifest: cease log manifest".into()),
    }
    Ok(advice)
}

async fn prove(app: &App, reference: &str) -> Done {
    let Ok(reference) = reference.parse::<case::CaseRef>() else {
        return Err(Failed::new(2, anyhow::anyhow!("{reference} is not the reference of a case")));
    };
    let not_there =
        || Failed::new(4, anyhow::anyhow!("no signed head of the log has a certificate of {reference} yet"));
    let case = app.store.case(reference).await?.ok_or_else(not_there)?;
    let file = bundle::file(app, &case).await?.ok_or_else(not_there)?;
    let text = String::from_utf8(file).context("the proof is not text")?;
    say(text.trim_end());
    Ok(ExitCode::SUCCESS)
}
