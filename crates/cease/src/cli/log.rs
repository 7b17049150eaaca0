//! `log`: keys by command, the look through everything, and proofs from a shell.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use proof::log::{Manifest, Role, Tenure, VerifierKey};
use proof::{PublicKey, SigningKey};
use serde_json::json;

use super::{Done, Failed, asked, say, say_json, tell};
use crate::app::App;
use crate::config::Config;
use crate::log::{Fault, bundle, check, keys};

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
        /// What `manifest --draft`, `rotate --draft` and the like have printed
        draft: PathBuf,
        /// The root key, as `keygen-root` has made it
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
        /// Give certificates a new key instead; the old one ends a week later
        #[arg(long)]
        certificate: bool,
        #[command(flatten)]
        how: How,
    },
    /// Let the keys that are in use, also the witnesses', go on for two years from now
    Renew {
        #[command(flatten)]
        how: How,
    },
    /// Say that a key is not to be trusted from a time on; proofs that witnesses had seen before stay good
    Revoke {
        /// The beginning of the key, as it stands in the manifest
        key: String,
        /// From when, such as 2026-11-26T04:00:00Z
        #[arg(long, value_name = "TIME", value_parser = asked::moment)]
        from: Timestamp,
        #[command(flatten)]
        how: How,
    },
    /// Look through everything: is the database what was signed? 0 yes, 1 no
    Check,
    /// The proof of a case, as one file on stdout
    Prove {
        #[arg(value_parser = asked::reference)]
        reference: case::CaseRef,
    },
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
            let manifest = Manifest::from_draft(&asked::text(draft)?).context("this is not the draft of a manifest")?;
            shown(&manifest, &manifest.sign(&root_key(root)?)?, json)?;
        }
        What::Manifest { .. }
        | What::Rotate { .. }
        | What::Renew { .. }
        | What::Revoke { .. }
        | What::Check
        | What::Prove { .. } => return Ok(None),
    }
    Ok(Some(ExitCode::SUCCESS))
}

fn root_key(path: &Path) -> Result<SigningKey, Failed> {
    let key = SigningKey::from_line(&asked::text(path)?);
    Ok(key.with_context(|| format!("{} is not a key of ours", path.display()))?)
}

fn shown(manifest: &Manifest, file: &str, json: bool) -> Result<(), Failed> {
    if json {
        return say_json(&json!({ "version": manifest.version, "origin": manifest.origin, "manifest": file }));
    }
    say(file.trim_end());
    Ok(())
}

pub async fn log(config: Config, what: What, json: bool) -> Done {
    let app = super::built(config).await?;
    crate::startup::migrate(&app).await?;
    match what {
        What::KeygenRoot { .. } | What::Sign { .. } => Ok(ExitCode::SUCCESS),
        What::Manifest { put: Some(file), .. } => {
            let manifest = keys::put(&app, &asked::text(&file)?).await?;
            if json {
                say_json(&json!({ "version": manifest.version, "origin": manifest.origin }))?;
            }
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
        What::Rotate { certificate, how } => {
            let before = keys::in_force(&app).await?.manifest;
            let next = if certificate { keys::recertified(&app, &before) } else { keys::rotated(&app, &before) };
            become_(&app, next?, &how, json).await
        }
        What::Renew { how } => {
            let before = keys::in_force(&app).await?.manifest;
            become_(&app, keys::renewed(&app, &before)?, &how, json).await
        }
        What::Revoke { key, from, how } => {
            let before = keys::in_force(&app).await?.manifest;
            become_(&app, keys::revoked(&app, &before, &key, from)?, &how, json).await
        }
        What::Check => checked(&app, json).await,
        What::Prove { reference } => prove(&app, reference).await,
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
    // Only looked at: asked for, it would be made.
    let log = match keys::log_path(dir) {
        path if path.exists() => Some(keys::verifier(&keys::log_key(dir, &manifest.origin)?)),
        path => {
            advice.push(format!(
                "the log's key is not here: put {} back from your backup, or, where it is lost, cease log rotate",
                path.display()
            ));
            None
        }
    };
    let certificate = keys::verifier(&app.keys.signing());
    let ends = |role, key: &VerifierKey, what: &str, mend: &str| match manifest.find(role, key) {
        None => Some(format!("{what} is not in the manifest: cease log manifest --root FILE")),
        Some(tenure) if !tenure.good_at(now) => Some(format!("{what} counts no more: {mend}")),
        Some(Tenure { until, .. }) if *until < now + SOON => Some(format!("{what} ends at {until}: cease log renew")),
        Some(_) => None,
    };
    // What stops something first.
    advice.extend(log.and_then(|log| {
        ends(Role::Log, &log, "the log's key", "copy keys/log.key from where it was changed, or cease log rotate")
    }));
    advice.extend(ends(
        Role::Certificate,
        &certificate,
        "the key of certificates",
        "copy keys/certificate.key from where it was changed, or cease log rotate --certificate",
    ));
    for witness in &app.config.log.witnesses {
        let what = format!("the key of {}", witness.url);
        match witness.verifier() {
            Ok(key) => advice.extend(ends(Role::Witness, &key, &what, "ask the witness for a new one")),
            Err(error) => advice.push(format!("{what} cannot be read: {error:#}")),
        }
    }
    if keys::root_path(dir).exists() {
        let path = keys::root_path(dir);
        advice.push(format!("the root key lies on this machine: move {} to one that is offline", path.display()));
    }
    if manifest.of(Role::Witness).all(|t| !t.good_at(now)) {
        advice.push(
            "no witness cosigns the log: set log.witnesses and log.quorum, then cease log manifest --root FILE".into(),
        );
    }
    Ok(advice)
}

async fn prove(app: &App, reference: case::CaseRef) -> Done {
    let not_there =
        || Failed::new(4, anyhow::anyhow!("no signed head of the log has a certificate of {reference} yet"));
    let case = asked::case(app, reference).await?;
    let file = bundle::file(app, &case).await?.ok_or_else(not_there)?;
    let text = String::from_utf8(file).context("the proof is not text")?;
    say(text.trim_end());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::settings::{Settings, Witness};
    use crate::testing;

    #[tokio::test]
    async fn every_key_that_ends_is_named_in_time_and_goes_on_once_it_is_renewed() {
        let (app, dir) = testing::app().await;
        let witness = SigningKey::from_seed("witness.example", &[4; 32]).unwrap().public();
        let key = VerifierKey::new(proof::log::Kind::Cosignature, witness).to_string();
        let witnesses = vec![Witness { url: "https://witness.example".into(), key }];
        let app = testing::configured(&app, |config| {
            config.log = Settings { quorum: 1, witnesses, ..Settings::default() };
        });
        let advice = async || advice(&app).await.ok().unwrap();
        let before = keys::in_force(&app).await.unwrap().manifest;
        assert!(advice().await[0].contains("root key"));
        testing::advance(&app, SignedDuration::from_hours(24 * (730 - 59)));
        let soon = advice().await;
        for (line, what) in
            soon.iter().zip(["the log's key ends", "the key of certificates ends", "witness.example ends"])
        {
            assert!(line.contains(what) && line.ends_with("cease log renew"), "{line}");
        }
        let file =
            keys::renewed(&app, &before).unwrap().sign(&root_key(&keys::root_path(dir.path())).ok().unwrap()).unwrap();
        keys::put(&app, &file).await.unwrap();
        assert!(advice().await[0].contains("root key"));
        testing::advance(&app, SignedDuration::from_hours(24 * 731));
        let over = advice().await;
        for (line, mend) in
            over.iter().zip(["cease log rotate", "cease log rotate --certificate", "ask the witness for a new one"])
        {
            assert!(line.ends_with(mend), "{line}");
        }
    }
}
