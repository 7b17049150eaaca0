//! What can be said of a file that somebody shows: a certificate or receipt, a bundle with its proof, or the text of a
//! QR code. One judge for the command line, the page without script and the evidence pack; `assets/proof.js` is a
//! second one that must agree with it (`tests/browser/verify.test.mjs`).

use jiff::Timestamp;
use serde::Serialize;

use crate::log::bundle::{self, Doubt, Proven};
use crate::log::channels::{self, Published};
use crate::log::{Check, Manifest, Role, Trust};
use crate::{Document, PublicKey, Verdict, Why, WhyNot, code};

/// Whom the reader believes.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    /// Keys that sign certificates and receipts.
    pub keys: Vec<PublicKey>,
    /// Root keys, for bundles.
    pub log: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Certificate,
    Receipt,
    /// A certificate of erasure.
    Erasure,
    Bundle,
    Code,
    Pack,
    /// A published register of channels.
    Channels,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Valid,
    NotValid,
    CannotTell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Passed,
    Failed,
    /// Nothing is wrong, but it vouches for nothing here.
    Unknown,
    /// An earlier check has failed, or there is nothing of it in the file.
    NotReached,
}

/// One thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub check: &'static str,
    pub state: State,
}

/// Why, for whoever puts it into words.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    Document(Why),
    Unknown(WhyNot),
    /// A check of the bundle or the code, or of the times.
    Check(&'static str),
    UnknownRoot(PublicKey),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Judged {
    pub kind: Kind,
    pub word: Word,
    pub checks: Vec<Checked>,
    pub reason: Option<Reason>,
    /// In English, with details.
    pub why: Option<String>,
    /// What it says; only where it is valid.
    pub document: Option<Document>,
    /// The certificate's key or the operator's root key.
    pub key: Option<PublicKey>,
    pub proven: Option<Box<Proven>>,
    /// Of a register; only where it is valid.
    pub published: Option<Box<Published>>,
}

/// What is looked at in a certificate or receipt, in this order.
const OF_DOCUMENT: [&str; 6] = ["form", "key", "signature", "content", "trust", "times"];

impl Trusted {
    /// A manifest that the reader has from a place they trust speaks for its root key, and for the keys of certificates:
    /// those that it revokes are trusted no more, whoever named them, before or after.
    pub fn believe(&mut self, manifest: Manifest) {
        self.log.roots.push(manifest.root.clone());
        self.log.learn(manifest);
        let Self { keys, log } = self;
        let tenures = || log.manifests.iter().flat_map(|manifest| manifest.of(Role::Certificate));
        for key in tenures().map(|tenure| tenure.key.public()) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys.retain(|key| !tenures().any(|tenure| tenure.key.public() == key && tenure.revoked.is_some()));
    }

    /// Whether a key was good when it signed, by the manifests that have it. One that none has is the reader's own word.
    ///
    /// A desk signs a receipt anew whenever it is asked for, and as of when the declaration came: a receipt may be from
    /// before its key, but not from after the key's end.
    pub fn timely(&self, document: &Document, key: &PublicKey) -> Result<(), String> {
        let tenures = self.log.manifests.iter().flat_map(|manifest| manifest.of(Role::Certificate));
        let mut found = Ok(());
        for tenure in tenures.filter(|tenure| tenure.key.public() == key) {
            let at = match document {
                Document::Receipt(_) => document.signed_at().max(tenure.from),
                Document::Certificate(_) | Document::Erasure(_) => document.signed_at(),
            };
            found = tenure.within(at);
            if found.is_ok() {
                break;
            }
        }
        found
    }
}

/// Judges a file or a text by what is in it, whatever it is called.
pub fn judge(file: &[u8], trusted: &Trusted, now: Timestamp) -> Judged {
    if let Ok(text) = std::str::from_utf8(file)
        && code::is_code(text)
    {
        return of_code(text, trusted, now);
    }
    if channels::is_channels(file) {
        return of_channels(file, trusted, now);
    }
    if is_bundle(file) { of_bundle(file, trusted, now) } else { of_document(file, trusted) }
}

/// Whether a file means to be a bundle.
fn is_bundle(file: &[u8]) -> bool {
    file.len() <= bundle::MAX_BUNDLE
        && serde_json::from_slice(file).is_ok_and(|json: serde_json::Value| {
            json.get("format").and_then(|format| format.as_str()).is_some_and(|f| f.starts_with("cease/bundle/"))
        })
}

fn of_code(text: &str, trusted: &Trusted, now: Timestamp) -> Judged {
    let names = || std::iter::once("code").chain(of_log());
    match code::decode(text) {
        Ok(file) => {
            let mut judged = of_bundle(&file, trusted, now);
            judged.kind = Kind::Code;
            judged.checks.insert(0, Checked { check: "code", state: State::Passed });
            judged
        }
        Err(error) => Judged {
            checks: until(names(), "code", State::Failed),
            reason: Some(Reason::Check("code")),
            why: Some(error.to_string()),
            ..empty(Kind::Code, Word::NotValid)
        },
    }
}

fn of_log() -> impl Iterator<Item = &'static str> {
    Check::ALL.into_iter().map(Check::name).chain(["trust"])
}

fn of_bundle(file: &[u8], trusted: &Trusted, now: Timestamp) -> Judged {
    match bundle::verify(file, &trusted.log, now) {
        bundle::Verdict::Valid(proven) => Judged {
            checks: of_log().map(|check| Checked { check, state: State::Passed }).collect(),
            document: Some(Document::from(proven.certificate.clone())),
            key: Some(proven.root.clone()),
            proven: Some(proven),
            ..empty(Kind::Bundle, Word::Valid)
        },
        bundle::Verdict::NotValid(check, why) => Judged {
            checks: until(of_log(), check.name(), State::Failed),
            reason: Some(Reason::Check(check.name())),
            why: Some(format!("{}: {why}", check.name())),
            ..empty(Kind::Bundle, Word::NotValid)
        },
        bundle::Verdict::CannotTell(Doubt::UnknownRoot(root)) => Judged {
            checks: until(of_log(), "trust", State::Unknown),
            why: Some(unknown_root(&root)),
            reason: Some(Reason::UnknownRoot(root)),
            ..empty(Kind::Bundle, Word::CannotTell)
        },
        bundle::Verdict::CannotTell(Doubt::Newer(why)) => Judged {
            checks: until(of_log(), "certificate", State::Unknown),
            why: Some(why.to_string()),
            reason: Some(Reason::Unknown(why)),
            ..empty(Kind::Bundle, Word::CannotTell)
        },
    }
}

fn of_channels(file: &[u8], trusted: &Trusted, now: Timestamp) -> Judged {
    let names = || channels::CHECKS.into_iter().map(Check::name).chain(["trust"]);
    match channels::verify(file, &trusted.log, now) {
        channels::Verdict::Valid(published) => Judged {
            checks: names().map(|check| Checked { check, state: State::Passed }).collect(),
            key: Some(published.root.clone()),
            published: Some(published),
            ..empty(Kind::Channels, Word::Valid)
        },
        channels::Verdict::NotValid(check, why) => Judged {
            checks: until(names(), check.name(), State::Failed),
            reason: Some(Reason::Check(check.name())),
            why: Some(format!("{}: {why}", check.name())),
            ..empty(Kind::Channels, Word::NotValid)
        },
        channels::Verdict::UnknownRoot(root) => Judged {
            checks: until(names(), "trust", State::Unknown),
            why: Some(unknown_root(&root)),
            reason: Some(Reason::UnknownRoot(root)),
            ..empty(Kind::Channels, Word::CannotTell)
        },
        channels::Verdict::Unproven => Judged {
            checks: until(names(), Check::Manifest.name(), State::Unknown),
            why: Some("nothing in it proves that it was logged: save the whole of /channels.txt".to_owned()),
            ..empty(Kind::Channels, Word::CannotTell)
        },
    }
}

fn unknown_root(root: &PublicKey) -> String {
    let (name, fingerprint) = (root.name(), root.fingerprint());
    format!("nothing is wrong with it, but the root key {name} ({fingerprint}) is not trusted here")
}

fn of_document(file: &[u8], trusted: &Trusted) -> Judged {
    let checks = |check, state| until(OF_DOCUMENT.into_iter(), check, state);
    match crate::verify(file, &trusted.keys) {
        Verdict::Valid { document, key } => match trusted.timely(&document, &key) {
            Ok(()) => Judged {
                checks: OF_DOCUMENT.into_iter().map(|check| Checked { check, state: State::Passed }).collect(),
                key: Some(key),
                ..empty(kind(&document), Word::Valid)
            }
            .with(document),
            Err(why) => Judged {
                checks: checks("times", State::Failed),
                reason: Some(Reason::Check("times")),
                why: Some(format!("times: {why}")),
                ..empty(kind(&document), Word::NotValid)
            },
        },
        Verdict::NotValid(why) => Judged {
            checks: checks(failed(&why), State::Failed),
            why: Some(why.to_string()),
            reason: Some(Reason::Document(why)),
            ..empty(Kind::Unknown, Word::NotValid)
        },
        Verdict::CannotTell(why) => Judged {
            checks: checks(doubted(&why), State::Unknown),
            why: Some(why.to_string()),
            reason: Some(Reason::Unknown(why)),
            ..empty(Kind::Unknown, Word::CannotTell)
        },
    }
}

fn kind(document: &Document) -> Kind {
    match document {
        Document::Certificate(_) => Kind::Certificate,
        Document::Receipt(_) => Kind::Receipt,
        Document::Erasure(_) => Kind::Erasure,
    }
}

/// Which check a reason belongs to.
fn failed(why: &Why) -> &'static str {
    match why {
        Why::TooLarge(_) | Why::NotText | Why::NotJson { .. } | Why::NotADocument | Why::Altered => "form",
        Why::Key(_) => "key",
        Why::SignatureText | Why::Signature => "signature",
        Why::BadDocument => "content",
    }
}

fn doubted(why: &WhyNot) -> &'static str {
    match why {
        WhyNot::UnknownKey { .. } => "trust",
        WhyNot::NewerFormat { .. } => "content",
        WhyNot::NewerAlgorithm(_) => "key",
    }
}

/// The states of checks: all before `check` passed; what comes after was not looked at.
pub fn until(names: impl Iterator<Item = &'static str>, check: &str, state: State) -> Vec<Checked> {
    let mut reached = false;
    let of = |name| {
        let state = match (reached, name == check) {
            (false, false) => State::Passed,
            (false, true) => state,
            (true, _) => State::NotReached,
        };
        reached |= name == check;
        Checked { check: name, state }
    };
    names.map(of).collect()
}

fn empty(kind: Kind, word: Word) -> Judged {
    Judged {
        kind,
        word,
        checks: Vec::new(),
        reason: None,
        why: None,
        document: None,
        key: None,
        proven: None,
        published: None,
    }
}

impl Judged {
    fn with(self, document: Document) -> Self {
        Self { document: Some(document), ..self }
    }

    /// What was judged cannot be read at all.
    pub fn refused(kind: Kind, checks: Vec<Checked>, why: String) -> Self {
        Self { checks, why: Some(why), ..empty(kind, Word::NotValid) }
    }

    pub fn passed(kind: Kind, checks: Vec<Checked>) -> Self {
        Self { checks, ..empty(kind, Word::Valid) }
    }
}

#[cfg(test)]
mod verdicts;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> crate::SigningKey {
        crate::SigningKey::from_seed("desk.example", &[seed; 32]).unwrap()
    }

    fn file(seed: u8) -> String {
        let at: Timestamp = "2026-11-26T04:00:00Z".parse().unwrap();
        let receipt = crate::Receipt {
            operator: "Laika Mobile".into(),
            desk: "https://desk.example".into(),
            reference: "C7K4-M2QX-D".into(),
            content: [3; 32],
            declared_at: at,
            received_at: at,
            deadline: at,
            issued_at: at,
        };
        String::from_utf8(crate::sign(receipt, &key(seed)).unwrap().to_file()).unwrap()
    }

    fn said(file: &[u8]) -> (Kind, Word, String) {
        let trusted = Trusted { keys: vec![key(1).public()], ..Trusted::default() };
        let judged = judge(file, &trusted, "2026-11-27T00:00:00Z".parse().unwrap());
        let at = judged.checks.iter().find(|c| c.state != State::Passed).map_or("", |c| c.check);
        (judged.kind, judged.word, at.to_owned())
    }

    #[test]
    fn a_key_that_a_manifest_revokes_is_trusted_no_more() {
        use crate::log::bundle::tests::world;
        let mut manifest = world().manifest;
        let own = manifest.of(Role::Certificate).next().unwrap().key.public().clone();
        let mut trusted = Trusted { keys: vec![key(1).public(), own.clone()], ..Trusted::default() };
        trusted.believe(manifest.clone());
        assert_eq!(trusted.keys, [key(1).public(), own]);
        manifest.keys[1].revoked = Some("2026-12-01T00:00:00Z".parse().unwrap());
        trusted.believe(Manifest { version: 4, ..manifest });
        assert_eq!(trusted.keys, [key(1).public()]);
    }

    #[test]
    fn manifests_count_by_their_version_in_any_order() {
        use crate::log::bundle::tests::{at, world};
        let old = world().manifest;
        let own = old.of(Role::Certificate).next().unwrap().key.public().clone();
        let later = |version, change: &dyn Fn(&mut crate::log::Tenure)| {
            let mut manifest = Manifest { version, ..old.clone() };
            change(&mut manifest.keys[1]);
            manifest
        };
        let at = at("2026-12-01T00:00:00Z");
        let revoked = later(4, &|tenure| tenure.revoked = Some(at));
        let ended = later(5, &|tenure| tenure.until = at);
        let other = Manifest { root: key(9).public(), version: 99, keys: vec![old.keys[0].clone()], ..old.clone() };
        for manifests in [
            vec![old.clone(), revoked.clone(), ended.clone(), other.clone()],
            vec![other, ended.clone(), revoked.clone(), old.clone()],
            vec![revoked.clone(), old.clone(), ended.clone()],
        ] {
            let mut trusted = Trusted { keys: vec![own.clone()], ..Trusted::default() };
            manifests.into_iter().for_each(|manifest| trusted.believe(manifest));
            assert!(trusted.keys.is_empty());
            let newest = trusted.log.manifests.iter().find(|manifest| manifest.root == old.root).unwrap();
            assert_eq!((newest.version, newest.keys[1].until, newest.keys[1].revoked), (5, at, Some(at)));
        }
    }

    #[test]
    fn says_which_check_a_file_fails() {
        let good = file(1);
        let bundle = "{\"format\": \"cease/bundle/v9\"}";
        for (text, kind, word, at) in [
            (good.clone(), Kind::Receipt, Word::Valid, ""),
            (file(2), Kind::Unknown, Word::CannotTell, "trust"),
            (good.replace("Laika", "Leika"), Kind::Unknown, Word::NotValid, "signature"),
            (good.replace("\"key\": \"d", "\"key\": \"e"), Kind::Unknown, Word::NotValid, "key"),
            (good.replace("  ", " "), Kind::Unknown, Word::NotValid, "form"),
            (String::new(), Kind::Unknown, Word::NotValid, "form"),
            (bundle.to_owned(), Kind::Bundle, Word::NotValid, "form"),
            ("https://desk.example/verify#CEASE1-AAAA".to_owned(), Kind::Code, Word::NotValid, "code"),
        ] {
            assert_eq!(said(text.as_bytes()), (kind, word, at.to_owned()), "{text}");
        }
        assert_eq!(said(b"\xff\xfe").1, Word::NotValid);
        assert_eq!(said(b"%PDF-1.7").1, Word::NotValid);
    }
}
