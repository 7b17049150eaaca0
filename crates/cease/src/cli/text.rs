//! `identify` and `verify`: what needs no store.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use proof::{Document, PublicKey, Verdict};
use serde_json::json;

use super::{Done, Failed, say, say_json, tell};
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

/// Far more than any certificate has: a device or a log given by mistake is not read to its end.
const DOCUMENT_MAX: u64 = 4 << 20;

fn whole(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(DOCUMENT_MAX + 1).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() as u64 <= DOCUMENT_MAX, "it is too large to be a certificate or receipt");
    Ok(bytes)
}

pub fn verify(config: Option<&Path>, file: &Path, keys: &[String], card: Option<&str>, json: bool) -> Done {
    let bytes = whole(file).with_context(|| format!("cannot read {}", file.display()));
    let bytes = bytes.map_err(|e| Failed::new(2, e))?;
    let config = Config::load(config).unwrap_or_default();
    let trusted = trusted(&config, keys)?;
    let (code, verdict, why) = match proof::verify(&bytes, &trusted) {
        Verdict::Valid { document, key } => {
            let about = card.map(|number| about_card(&config, &document, number));
            let result = shown(&document, &key, about);
            if about == Some(false) {
                (1, result, Some("it is about another card".to_owned()))
            } else {
                (0, result, None)
            }
        }
        Verdict::NotValid(why) => (1, json!({}), Some(why.to_string())),
        Verdict::CannotTell(why) => (2, json!({}), Some(why.to_string())),
    };
    let word = ["valid", "not valid", "cannot tell"][usize::from(code)];
    if json {
        let mut out = json!({ "verdict": word, "why": why });
        if let (Some(out), Some(more)) = (out.as_object_mut(), verdict.as_object()) {
            out.extend(more.clone());
        }
        say_json(&out)?;
    } else {
        say(word);
        for (name, value) in verdict.as_object().into_iter().flatten() {
            tell(&format!("  {name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        }
        if let Some(why) = why {
            tell(&format!("  {why}"));
        }
        if code == 2 {
            tell("  name the operator's key with --key, as the operator publishes it at /verify/key.txt");
        }
    }
    Ok(ExitCode::from(code))
}

fn shown(document: &Document, key: &PublicKey, about: Option<bool>) -> serde_json::Value {
    let signed = json!({ "key": key.to_string(), "fingerprint": key.fingerprint() });
    let mut out = match document {
        Document::Certificate(c) => json!({
            "kind": "certificate", "operator": c.operator, "reference": c.reference, "card": c.card.number.masked,
            "ceased_at": c.ceased_at, "issued_at": c.issued_at, "element": c.element, "evidence": c.evidence,
        }),
        Document::Receipt(r) => json!({
            "kind": "receipt", "operator": r.operator, "reference": r.reference,
            "received_at": r.received_at, "deadline": r.deadline,
        }),
    };
    if let (Some(out), Some(signed)) = (out.as_object_mut(), signed.as_object()) {
        out.extend(signed.clone());
        if let Some(about) = about {
            out.insert("is_this_card".into(), about.into());
        }
    }
    out
}

fn about_card(config: &Config, document: &Document, number: &str) -> bool {
    let Document::Certificate(certificate) = document else { return false };
    let rules = config.policy().map(|p| p.identify).unwrap_or_default();
    let read = case::identify::identify(number, &rules);
    certificate.card.number.matches(number.trim())
        || read.is_ok_and(|n| certificate.card.number.matches(n.id.normalised()))
}

/// Keys named on the command line, those of desks this machine has run, and this desk's own.
fn trusted(config: &Config, named: &[String]) -> Result<Vec<PublicKey>, Failed> {
    let mut keys = Vec::new();
    for name in named {
        let text = if Path::new(name).is_file() { std::fs::read_to_string(name)? } else { name.clone() };
        let key = text.trim().parse().map_err(|_| Failed::new(2, anyhow::anyhow!("--key {name}: not a public key")))?;
        keys.push(key);
    }
    let lines = known_keys().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    keys.extend(lines.lines().filter_map(|line| line.trim().parse().ok()));
    if let Ok(line) = std::fs::read_to_string(config.desk.data.join("keys").join("certificate.key"))
        && let Ok(key) = proof::SigningKey::from_line(line.trim())
    {
        keys.push(key.public());
    }
    Ok(keys)
}

/// Where the public keys of desks this machine has run are kept, so that `cease verify` knows them.
fn known_keys() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CEASE_KNOWN_KEYS") {
        return Some(path.into());
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/share"));
    Some(data.or_else(home)?.join("cease").join("known-keys"))
}

/// Adds a desk's key to those this machine knows. Where that cannot be written, `--key` still works.
pub fn remember_key(key: &PublicKey) {
    let Some(path) = known_keys() else { return };
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let line = key.to_string();
    if known.lines().any(|l| l == line) {
        return;
    }
    let kept: Vec<&str> =
        known.lines().rev().take(99).collect::<Vec<_>>().into_iter().rev().chain([line.as_str()]).collect();
    let written = path
        .parent()
        .map(std::fs::create_dir_all)
        .transpose()
        .and_then(|_| std::fs::write(&path, kept.join("\n") + "\n"));
    if let Err(error) = written {
        tracing::debug!(%error, "the desk's key was not added to the keys this machine knows");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_not_read_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(whole(&path).unwrap_err().to_string().contains("too large"));
        std::fs::write(&path, b"{}").unwrap();
        assert_eq!(whole(&path).unwrap(), b"{}");
        assert!(whole(dir.path()).is_err());
    }
}
