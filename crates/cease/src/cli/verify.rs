//! `cease verify`: what can be said of a file, offline.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::identify::{IdentifyRules, identify};
use proof::judge::{Judged, Kind, State, Trusted, Word, judge};
use proof::log::Manifest;
use proof::{Document, PublicKey};
use serde_json::{Value, json};

use super::{Done, Failed, asked, say, say_json, tell};
use crate::certificate::{About, about};
use crate::clock::Clock;
use crate::config::Config;

/// Far more than any certificate or bundle has: a device or a log given by mistake is not read to its end.
const DOCUMENT_MAX: u64 = 4 << 20;
/// How an evidence pack begins.
const PACK: &[u8] = b"PK\x03\x04";

/// What was asked for.
pub struct Asked<'a> {
    pub file: &'a Path,
    pub keys: &'a [String],
    pub trust: &'a [String],
    pub quorum: u64,
    pub card: Option<&'a str>,
    pub json: bool,
}

pub fn verify(config: &Config, asked: &Asked) -> Done {
    let trusted = trusted(config, asked)?;
    let rules = config.policy().map(|p| p.identify).unwrap_or_default();
    if let Some(number) = asked.card {
        is_a_number(&rules, number)?;
    }
    let now = Clock::Machine.now();
    let bytes = whole(asked.file)?;
    let judged = if bytes.starts_with(PACK) {
        pack::verify(&bytes, &trusted, now)
    } else {
        if bytes.starts_with(b"%PDF-") {
            let how = "a PDF: the signed file is attached to it; save that (pdfdetach -saveall FILE) and verify it";
            return Err(Failed::new(2, anyhow::anyhow!("{how}")));
        }
        judge(&bytes, &trusted, now)
    };
    let about = asked.card.map(|number| of_card(&rules, &judged, number));
    answer(asked, &judged, about)
}

/// A serial may be of an operator whose forms are not at hand: of what has a digit in it, the file tells.
fn is_a_number(rules: &IdentifyRules, typed: &str) -> Result<(), Failed> {
    match identify(typed, rules) {
        Err(why) if !typed.chars().any(char::is_numeric) => {
            Err(Failed::new(2, anyhow::anyhow!("--card {typed}: this is no card's number: {why}")))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// What no document vouches for names no card: the pack of a case that is open, the archive of an account.
fn of_card(rules: &IdentifyRules, judged: &Judged, number: &str) -> About {
    judged.document.as_ref().map_or(About::NoCard, |document| about(rules, document, number))
}

fn verdict(quorum: u64, judged: &Judged, about: Option<About>) -> (u8, &'static str, Option<String>) {
    let open = |why: &str| (2, "cannot tell", Some(why.to_owned()));
    match (judged.word, about) {
        (Word::Valid, Some(About::Other)) => (1, "not valid", Some("it is about another card".to_owned())),
        (Word::Valid, Some(About::OtherKind)) => {
            open("the certificate names its card by another kind of number: give the one whose last digits it shows")
        }
        (Word::Valid, Some(About::NoCard)) => open(no_card(judged.kind)),
        (Word::Valid, Some(About::Unread)) => open("the card's number that was given cannot be read"),
        (Word::Valid, Some(About::This) | None) => match too_few(quorum, judged) {
            Some(why) => (2, "cannot tell", Some(why)),
            None => (0, "valid", judged.why.clone()),
        },
        (Word::NotValid, _) => (1, "not valid", judged.why.clone()),
        (Word::CannotTell, _) => (2, "cannot tell", judged.why.clone()),
    }
}

/// Why a file that is genuine says nothing of a card.
fn no_card(kind: Kind) -> &'static str {
    match kind {
        Kind::Receipt => "it is genuine, but a receipt carries no card's number: verify the certificate",
        Kind::Erasure => "it is genuine, but a certificate of erasure carries no card's number",
        Kind::Channels => "it is genuine, but a list of channels is about no card",
        Kind::Pack => {
            "it is genuine, but has no one certificate that names a card: \
             where a case in it has ended, verify the certificate.json of that case"
        }
        Kind::Certificate | Kind::Bundle | Kind::Code | Kind::Unknown => "it is genuine, but carries no card's number",
    }
}

fn answer(asked: &Asked, judged: &Judged, about: Option<About>) -> Done {
    let (code, word, why) = verdict(asked.quorum, judged, about);
    let mut shown = shown(judged);
    if let (Some(about), Some(shown)) = (about, shown.as_object_mut()) {
        shown.insert("is_this_card".into(), is_this_card(judged.word, about).into());
    }
    if asked.json {
        let mut out = json!({ "verdict": word, "why": why, "checks": judged.checks });
        if let (Some(out), Some(more)) = (out.as_object_mut(), shown.as_object()) {
            out.extend(more.clone());
        }
        say_json(&out)?;
    } else {
        say(word);
        for (name, value) in shown.as_object().into_iter().flatten() {
            tell(&format!("  {name}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        }
        let of = |state| judged.checks.iter().filter(move |c| c.state == state).map(|c| c.check).collect::<Vec<_>>();
        tell(&format!("  checks passed: {}", of(State::Passed).join(", ")));
        for (state, word) in [(State::Failed, "failed"), (State::Unknown, "open"), (State::NotReached, "not made")] {
            for check in of(state) {
                tell(&format!("  check {word}: {check}"));
            }
        }
        if let Some(why) = why {
            tell(&format!("  {why}"));
        }
        if judged.word == Word::CannotTell {
            let how = match judged.kind {
                Kind::Bundle | Kind::Code | Kind::Channels => {
                    "name the operator's root key, or its key manifest, with --trust"
                }
                Kind::Certificate | Kind::Receipt | Kind::Erasure | Kind::Pack | Kind::Unknown => {
                    "name the operator's key with --key, as the operator publishes it at /verify/key.txt"
                }
            };
            tell(&format!("  {how}"));
        }
    }
    Ok(ExitCode::from(code))
}

/// Only a file that is valid says anything of a card.
fn is_this_card(word: Word, about: About) -> Option<bool> {
    match (word, about) {
        (Word::Valid, About::This) => Some(true),
        (Word::Valid, About::Other) => Some(false),
        (Word::Valid, About::OtherKind | About::Unread | About::NoCard) | (Word::NotValid | Word::CannotTell, _) => {
            None
        }
    }
}

/// What keeps a valid file from having as many witnesses as were asked for.
fn too_few(quorum: u64, judged: &Judged) -> Option<String> {
    use proof::log::Standing;
    let standing = judged.proven.as_ref().map(|proven| &proven.standing);
    let seen = match standing.or(judged.published.as_ref().map(|published| &published.standing)) {
        Some(Standing::Witnessed { by, .. } | Standing::Provisional { by, .. }) => by.len() as u64,
        Some(Standing::Unwitnessed) | None => 0,
    };
    (seen < quorum).then(|| format!("fewer witnesses vouch for it than --quorum asks for: {seen} of {quorum}"))
}

fn shown(judged: &Judged) -> Value {
    let mut out = json!({ "kind": judged.kind });
    let mut add = |more: Value| {
        if let (Some(out), Some(more)) = (out.as_object_mut(), more.as_object()) {
            out.extend(more.clone());
        }
    };
    match &judged.document {
        Some(Document::Certificate(c)) => add(json!({
            "operator": c.operator, "reference": c.reference, "card": c.card.number.masked,
            "ceased_at": c.ceased_at, "issued_at": c.issued_at, "element": c.element, "evidence": c.evidence,
        })),
        Some(Document::Receipt(r)) => add(json!({
            "operator": r.operator, "reference": r.reference, "received_at": r.received_at, "deadline": r.deadline,
        })),
        Some(Document::Erasure(e)) => add(json!({
            "operator": e.operator, "case": e.case.masked, "ended": e.ended, "told_at": e.told_at,
            "erased_at": e.erased_at, "rule": e.rule, "erased": e.erased, "left": e.left,
        })),
        None => {}
    }
    if let Some(key) = &judged.key {
        add(json!({ "key": key.to_string(), "fingerprint": key.fingerprint() }));
    }
    if let Some(proven) = &judged.proven {
        add(
            json!({ "log": proven.origin, "leaf": proven.index, "size": proven.size, "standing": standing(&proven.standing) }),
        );
    }
    if let Some(published) = &judged.published {
        let register = &published.register;
        add(json!({
            "operator": register.operator, "version": register.version, "since": register.since,
            "channels": register.channels.len(), "log": register.origin, "leaf": published.index,
            "size": published.size, "standing": standing(&published.standing),
        }));
    }
    out
}

fn standing(standing: &proof::log::Standing) -> Value {
    use proof::log::Standing;
    let names = |by: &[proof::log::bundle::Cosigned]| by.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    match standing {
        Standing::Witnessed { at, by } => json!({ "final": true, "witnessed_at": at, "witnesses": names(by) }),
        Standing::Provisional { want, by } => json!({ "final": false, "wants": want, "witnesses": names(by) }),
        Standing::Unwitnessed => json!({ "final": false, "wants": 0, "witnesses": [] }),
    }
}

/// A file to its end, or to where it is too large for what it begins as: standard input cannot be looked at twice.
fn whole(file: &Path) -> Result<Vec<u8>, Failed> {
    let mut open = asked::input(file)?;
    let broken = |why: std::io::Error| asked::unreadable(file, why);
    let mut bytes = Vec::new();
    open.by_ref().take(PACK.len() as u64).read_to_end(&mut bytes).map_err(broken)?;
    let (most, what) = match bytes == PACK {
        true => (pack::MAX_PACK as u64, "an evidence pack"),
        false => (DOCUMENT_MAX, "a certificate or receipt"),
    };
    open.take(most + 1 - bytes.len() as u64).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > most {
        return Err(asked::unreadable(file, format!("it is too large to be {what}")));
    }
    Ok(bytes)
}

/// Keys and manifests named on the command line, keys of desks this machine has run, and this desk's own with its
/// manifest.
fn trusted(config: &Config, asked: &Asked) -> Result<Trusted, Failed> {
    let mut trusted = Trusted::default();
    let bad = |name: &str, option: &str| {
        let why = if Path::new(name).exists() { "the file has" } else { "there is no such file, and it is" };
        Failed::new(2, anyhow::anyhow!("{option} {name}: {why} no public key"))
    };
    let text = |name: &String| if Path::new(name).exists() { asked::text(Path::new(name)) } else { Ok(name.clone()) };
    for name in asked.keys {
        trusted.keys.push(text(name)?.trim().parse().map_err(|_| bad(name, "--key"))?);
    }
    let lines = known_keys().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    trusted.keys.extend(lines.lines().filter_map(|line| line.trim().parse().ok()));
    if let Ok(line) = std::fs::read_to_string(crate::log::keys::certificate_path(&config.desk.data))
        && let Ok(key) = proof::SigningKey::from_line(line.trim())
    {
        trusted.keys.push(key.public());
    }
    // Manifests at the end: they may revoke what was named before.
    let path = crate::log::keys::manifest_path(&config.desk.data);
    match std::fs::read_to_string(&path) {
        Ok(text) => trusted.believe(Manifest::parse(text.as_bytes()).map_err(|why| unknown_revocations(&path, why))?),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
        Err(why) => return Err(unknown_revocations(&path, why)),
    }
    for name in asked.trust {
        let text = text(name)?;
        if let Ok(manifest) = Manifest::parse(text.as_bytes()) {
            trusted.believe(manifest);
        } else {
            trusted.log.roots.push(text.trim().parse().map_err(|_| bad(name, "--trust"))?);
        }
    }
    trusted.log.quorum = asked.quorum;
    Ok(trusted)
}

/// A key that its manifest may have revoked vouches for nothing while the manifest cannot be read.
fn unknown_revocations(manifest: &Path, why: impl std::fmt::Display) -> Failed {
    Failed::new(2, anyhow::anyhow!("{}: the keys this desk has revoked cannot be read: {why}", manifest.display()))
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
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_desk_s_own_key_is_trusted_until_its_manifest_revokes_it() {
        let dir = tempfile::tempdir().unwrap();
        let key = |name: &str, seed| proof::SigningKey::from_seed(name, &[seed; 32]).unwrap();
        let (own, log, root) = (key("desk.example", 41), key("desk.example/log", 42), key("desk.example/root", 43));
        for place in ["keys", "log"] {
            std::fs::create_dir(dir.path().join(place)).unwrap();
        }
        std::fs::write(crate::log::keys::certificate_path(dir.path()), own.to_line()).unwrap();
        let mut config = Config::default();
        config.desk.data = dir.path().to_owned();
        let named = [own.public().to_string()];
        let trusts = |keys: &[String]| {
            let asked = Asked { file: Path::new("-"), keys, trust: &[], quorum: 0, card: None, json: false };
            let trusted = trusted(&config, &asked).ok().unwrap();
            (trusted.keys.contains(&own.public()), trusted.log.roots.len())
        };
        assert_eq!(trusts(&[]), (true, 0));
        for (revoked, expected) in [(None, true), (Some(Timestamp::UNIX_EPOCH), false)] {
            let tenure = |role, key: &proof::SigningKey, revoked| proof::log::Tenure {
                role,
                key: crate::log::keys::verifier(key),
                from: Timestamp::UNIX_EPOCH,
                until: Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1 << 20),
                revoked,
            };
            let manifest = Manifest {
                root: root.public(),
                origin: "desk.example/log".into(),
                version: 1,
                issued: Timestamp::UNIX_EPOCH,
                quorum: 0,
                keys: vec![
                    tenure(proof::log::Role::Log, &log, None),
                    tenure(proof::log::Role::Certificate, &own, revoked),
                ],
            };
            crate::log::keys::lay_out(dir.path(), &manifest.sign(&root).unwrap()).unwrap();
            assert_eq!(trusts(&[]), (expected, 1));
            assert_eq!(trusts(&named), (expected, 1));
        }
        // What may revoke it and cannot be read is no reason to trust it again.
        std::fs::write(crate::log::keys::manifest_path(dir.path()), "garbage").unwrap();
        let asked = Asked { file: Path::new("-"), keys: &named, trust: &[], quorum: 0, card: None, json: false };
        assert_eq!(trusted(&config, &asked).err().unwrap().code, 2);
    }

    #[test]
    fn fewer_witnesses_than_were_asked_for_are_not_enough() {
        use proof::log::{Standing, bundle::Cosigned, channels};
        let at = Timestamp::UNIX_EPOCH;
        let root = proof::SigningKey::from_seed("desk.example/root", &[43; 32]).unwrap().public();
        let register = channels::Channels {
            operator: "Laika Mobile".into(),
            origin: "desk.example/log".into(),
            version: 1,
            since: at,
            channels: Vec::new(),
        };
        let judged = |standing| {
            let published =
                channels::Published { register: register.clone(), root: root.clone(), index: 0, size: 1, standing };
            let published = Some(Box::new(published));
            Judged { published, ..Judged::passed(Kind::Channels, Vec::new()) }
        };
        let by = vec![Cosigned { name: "witness.example".into(), at }];
        let code = |judged: &Judged, quorum| {
            let asked = Asked { file: Path::new("-"), keys: &[], trust: &[], quorum, card: None, json: true };
            answer(&asked, judged, None).ok().unwrap()
        };
        let receipt = Judged::passed(Kind::Receipt, Vec::new());
        let none = judged(Standing::Unwitnessed);
        let fewer = judged(Standing::Provisional { want: 2, by: by.clone() });
        let enough = judged(Standing::Witnessed { at, by });
        for (judged, quorum, expected) in [
            (&receipt, 0, 0),
            (&receipt, 1, 2),
            (&none, 0, 0),
            (&none, 1, 2),
            (&fewer, 0, 0),
            (&fewer, 2, 2),
            (&enough, 1, 0),
        ] {
            assert_eq!(code(judged, quorum), ExitCode::from(expected), "{judged:?}, {quorum}");
        }
        assert!(too_few(2, &fewer).unwrap().contains("1 of 2"));
    }

    /// Valid, as the judge has it where a document of this kind, or none, was read.
    fn valid(kind: Kind, document: Option<Document>) -> Judged {
        Judged { document, ..Judged::passed(kind, Vec::new()) }
    }

    #[test]
    fn only_a_certificate_s_number_says_whether_it_is_this_card() {
        let (own, other) = ("8944110068450000019", "8944110068450000027");
        let read = include_str!("../../../proof/golden/certificate.json");
        let (mut certificate, _) = crate::certificate::read(read).unwrap();
        certificate.card = proof::CardLine { kind: "iccid".into(), number: proof::Hidden::new(own, "", [1; 16]) };
        let certified = valid(Kind::Certificate, Some(Document::from(certificate.clone())));
        let pack = valid(Kind::Pack, Some(Document::from(certificate)));
        let at = Timestamp::UNIX_EPOCH;
        let receipt = serde_json::from_value(json!({
            "format": "cease/receipt/v1", "operator": "Laika Mobile", "desk": "https://desk.example", "reference": "R",
            "content": "00".repeat(32), "declared_at": at, "received_at": at, "deadline": at, "issued_at": at,
        }))
        .unwrap();
        let receipt = valid(Kind::Receipt, Some(receipt));
        let open_pack = valid(Kind::Pack, None);
        let channels = valid(Kind::Channels, None);
        let refused = Judged::refused(Kind::Pack, Vec::new(), "files: a.txt has been changed".into());
        for (judged, number, code, word, is_this) in [
            (&certified, own, 0, "valid", Some(true)),
            (&certified, other, 1, "not valid", Some(false)),
            (&certified, "+44 7700 900123", 2, "cannot tell", None),
            (&certified, "?", 2, "cannot tell", None),
            (&pack, own, 0, "valid", Some(true)),
            (&pack, other, 1, "not valid", Some(false)),
            (&receipt, own, 2, "cannot tell", None),
            (&open_pack, own, 2, "cannot tell", None),
            (&channels, own, 2, "cannot tell", None),
            (&refused, own, 1, "not valid", None),
        ] {
            let about = of_card(&IdentifyRules::default(), judged, number);
            let (found, said, why) = verdict(0, judged, Some(about));
            assert_eq!((found, said), (code, word), "{judged:?}, {number}");
            assert_eq!(is_this_card(judged.word, about), is_this, "{judged:?}, {number}");
            assert!(code == 0 || why.is_some_and(|why| !why.is_empty()), "{judged:?}, {number}: no reason");
        }
        assert!(verdict(0, &receipt, Some(About::NoCard)).2.unwrap().contains("a receipt carries no card's number"));
        assert_eq!(verdict(0, &receipt, None).0, 0, "nobody has asked for a card");
    }

    #[test]
    fn a_file_without_end_is_not_read_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("long");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(whole(&path).err().unwrap().error.to_string().contains("too large"));
        std::fs::write(&path, b"{}").unwrap();
        assert_eq!(whole(&path).ok().unwrap(), b"{}");
        assert!(whole(dir.path()).is_err());
        let pack = [PACK, &vec![0; DOCUMENT_MAX as usize]].concat();
        std::fs::write(&path, &pack).unwrap();
        assert!(whole(&path).ok().unwrap() == pack, "a pack may be larger");
    }
}
