//! Checking a pack, one thing after another; the first that is wrong is named.

use jiff::Timestamp;
use proof::judge::{self, Judged, Kind, State, Trusted, Word};
use proof::log::Bundle;
use proof::{Certificate, Document, PublicKey, WhyNot};
use sha2::{Digest, Sha256};

use crate::manifest::{BadManifest, Manifest};
use crate::{BUNDLE, CERTIFICATE, DECLARATION, Entry, JOURNAL, MANIFEST, RECEIPT, archive, journal};

/// What is looked at, in this order.
const CHECKS: [&str; 10] = [
    "archive",
    "manifest",
    "files",
    "receipt",
    "declaration",
    "journal",
    "certificate",
    "journal-head",
    "proof",
    "trust",
];

/// The certificate, and its key where nobody who is known has it.
type Certified = (Box<Certificate>, Option<PublicKey>);

/// What is wrong, and with which check.
type Wrong = (&'static str, String);

/// Checks all that is in a pack, at the time `now`.
pub fn verify(bytes: &[u8], trusted: &Trusted, now: Timestamp) -> Judged {
    let entries = match archive::read(bytes) {
        Ok(entries) => entries,
        Err(bad) => return failed(("archive", bad.to_string())),
    };
    match Pack(&entries).check(trusted, now) {
        Ok(found) => found,
        Err(wrong) => failed(wrong),
    }
}

fn failed((check, why): Wrong) -> Judged {
    Judged::refused(Kind::Pack, judge::until(CHECKS.into_iter(), check, State::Failed), format!("{check}: {why}"))
}

struct Pack<'a>(&'a [Entry]);

impl<'a> Pack<'a> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, bytes)| bytes.as_slice())
    }

    fn check(&self, trusted: &Trusted, now: Timestamp) -> Result<Judged, Wrong> {
        let manifest = self.manifest()?;
        // What the signer of the manifest has signed must hold, whether or not the reader trusts the signer.
        let theirs = Trusted { keys: vec![manifest.key.clone()], ..trusted.clone() };
        let keys = Trusted { keys: [trusted.keys.as_slice(), &theirs.keys].concat(), ..trusted.clone() };
        self.receipt(&manifest, &keys)?;
        let journal = match self.get(JOURNAL) {
            Some(file) => journal::read(file).map_err(|why| ("journal", format!("{JOURNAL}: {why}")))?,
            None => return Err(("journal", format!("{JOURNAL} is not there"))),
        };
        let certificate = self.certificate(&manifest, &keys)?;
        if let Some((certificate, _)) = &certificate
            && !journal.chains.contains(&hex::encode(certificate.journal_head))
        {
            return Err(("journal-head", "the certificate is of another journal than this one".to_owned()));
        }
        let proof = self.proof(trusted, now)?;
        let proven = proof.as_ref().and_then(|judged| judged.proven.clone());
        // Who does not know the certificate's key may have its proof.
        let stranger_s = certificate.as_ref().and_then(|(_, stranger)| stranger.clone()).filter(|_| proven.is_none());
        let known = trusted.keys.contains(&manifest.key);
        let held = |there: bool, holds: bool| match (there, holds) {
            (false, _) => State::NotReached,
            (true, true) => State::Passed,
            (true, false) => State::Unknown,
        };
        let mut found = Judged::passed(Kind::Pack, judge::until(CHECKS.into_iter(), "trust", held(true, known)));
        for checked in &mut found.checks {
            match checked.check {
                "certificate" => checked.state = held(certificate.is_some(), stranger_s.is_none()),
                "journal-head" => checked.state = held(certificate.is_some(), true),
                "proof" => checked.state = held(proof.is_some(), proven.is_some()),
                _ => {}
            }
        }
        let mut why = Vec::new();
        if !known {
            why.push(stranger(&manifest.key));
        }
        why.extend(stranger_s.as_ref().map(|key| format!("{CERTIFICATE}: {}", stranger(key))));
        if !why.is_empty() {
            found.word = Word::CannotTell;
        }
        why.extend(proof.filter(|_| proven.is_none()).and_then(|judged| Some(format!("{BUNDLE}: {}", judged.why?))));
        if known && journal.withheld > 0 {
            why.push(format!("{} entries of the journal are withheld: the staff's own", journal.withheld));
        }
        found.why = (!why.is_empty()).then(|| why.join("; "));
        let vouched = certificate.filter(|_| found.word == Word::Valid);
        found.document = vouched.map(|(certificate, _)| Document::Certificate(certificate));
        found.key = Some(manifest.key.clone());
        found.proven = proven;
        Ok(found)
    }

    /// The manifest holds, and all that is there is in it, unchanged.
    fn manifest(&self) -> Result<Manifest, Wrong> {
        let file = self.get(MANIFEST).ok_or(("manifest", format!("{MANIFEST} is not there")))?;
        let manifest = Manifest::parse(file).map_err(|bad| match bad {
            BadManifest::Form => ("manifest", format!("{MANIFEST} cannot be read")),
            BadManifest::Signature => {
                ("manifest", format!("{MANIFEST} has been changed: its signature does not match"))
            }
        })?;
        for (name, digest) in &manifest.entries {
            let bytes = self.get(name).ok_or_else(|| ("files", format!("{name} is missing")))?;
            if <[u8; 32]>::from(Sha256::digest(bytes)) != *digest {
                return Err(("files", format!("{name} has been changed")));
            }
        }
        let listed = |name: &str| name == MANIFEST || manifest.entries.iter().any(|(n, _)| n == name);
        match self.0.iter().find(|(name, _)| !listed(name)) {
            Some((name, _)) => Err(("files", format!("{name} has been added"))),
            None => Ok(manifest),
        }
    }

    /// The receipt holds, and the declaration is the one it was given for.
    fn receipt(&self, manifest: &Manifest, keys: &Trusted) -> Result<(), Wrong> {
        let file = self.get(RECEIPT).ok_or(("receipt", format!("{RECEIPT} is not there")))?;
        let receipt = match document(file, keys) {
            Ok(Document::Receipt(receipt)) => receipt,
            Ok(Document::Certificate(_)) => return Err(("receipt", format!("{RECEIPT} is a certificate"))),
            Err(why) => return Err(("receipt", format!("{RECEIPT}: {why}"))),
        };
        if receipt.reference != manifest.reference {
            return Err(("receipt", format!("{RECEIPT} is of case {}", receipt.reference)));
        }
        let declared = self.get(DECLARATION).ok_or(("declaration", format!("{DECLARATION} is not there")))?;
        if <[u8; 32]>::from(Sha256::digest(declared)) != receipt.content {
            return Err(("declaration", format!("{DECLARATION} is not what the receipt was given for")));
        }
        Ok(())
    }

    /// The certificate holds; and whose it is, where that is nobody who is known.
    fn certificate(&self, manifest: &Manifest, keys: &Trusted) -> Result<Option<Certified>, Wrong> {
        let Some(file) = self.get(CERTIFICATE) else { return Ok(None) };
        let (stranger, read) = match proof::verify(file, &keys.keys) {
            proof::Verdict::CannotTell(WhyNot::UnknownKey { key }) => {
                let own = Trusted { keys: vec![key.clone()], ..Trusted::default() };
                (Some(key), document(file, &own))
            }
            proof::Verdict::Valid { .. } | proof::Verdict::NotValid(_) | proof::Verdict::CannotTell(_) => {
                (None, document(file, keys))
            }
        };
        match read {
            Ok(Document::Certificate(c)) if c.reference == manifest.reference => Ok(Some((c, stranger))),
            Ok(Document::Certificate(c)) => Err(("certificate", format!("{CERTIFICATE} is of case {}", c.reference))),
            Ok(Document::Receipt(_)) => Err(("certificate", format!("{CERTIFICATE} is a receipt"))),
            Err(why) => Err(("certificate", format!("{CERTIFICATE}: {why}"))),
        }
    }

    /// The bundle is of this certificate, and nothing is wrong with it.
    fn proof(&self, trusted: &Trusted, now: Timestamp) -> Result<Option<Judged>, Wrong> {
        let Some(file) = self.get(BUNDLE) else { return Ok(None) };
        let bundle = Bundle::parse(file).ok_or_else(|| ("proof", format!("{BUNDLE} cannot be read")))?;
        if Some(bundle.certificate.as_bytes()) != self.get(CERTIFICATE) {
            return Err(("proof", format!("{BUNDLE} is of another certificate")));
        }
        let judged = judge::judge(file, trusted, now);
        match judged.word {
            Word::NotValid => Err(("proof", format!("{BUNDLE}: {}", judged.why.unwrap_or_default()))),
            Word::Valid | Word::CannotTell => Ok(Some(judged)),
        }
    }
}

fn document(file: &[u8], keys: &Trusted) -> Result<Document, String> {
    match proof::verify(file, &keys.keys) {
        proof::Verdict::Valid { document, .. } => Ok(document),
        proof::Verdict::NotValid(why) => Err(why.to_string()),
        proof::Verdict::CannotTell(why) => Err(why.to_string()),
    }
}

fn stranger(key: &PublicKey) -> String {
    format!("nothing is wrong with it, but {} ({}) is not trusted here", key.name(), key.fingerprint())
}
