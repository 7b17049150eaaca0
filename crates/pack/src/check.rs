//! Checking a pack, one thing after another; the first that is wrong is named.

use std::collections::BTreeSet;

use jiff::Timestamp;
use proof::judge::{self, Judged, Kind, State, Trusted, Word};
use proof::log::Bundle;
use proof::{Certificate, Document, PublicKey, WhyNot};
use sha2::{Digest, Sha256};

use crate::manifest::{BadManifest, Manifest, Of};
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
    let (entries, made) = match archive::read_made(bytes) {
        Ok(read) => read,
        Err(bad) => return failed(("archive", bad.to_string())),
    };
    match (Pack { entries: &entries, folder: String::new() }).check(made, trusted, now) {
        Ok(found) => found,
        Err(wrong) => failed(wrong),
    }
}

fn failed((check, why): Wrong) -> Judged {
    Judged::refused(Kind::Pack, judge::until(CHECKS.into_iter(), check, State::Failed), format!("{check}: {why}"))
}

/// The entries of a pack, and in an account's pack the folder of the case that is looked at.
struct Pack<'a> {
    entries: &'a [Entry],
    folder: String,
}

/// What was found of one case.
struct Found {
    certificate: Option<Certified>,
    proof: Option<Judged>,
    withheld: usize,
}

impl<'a> Pack<'a> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        let at = |n: &str| n.strip_prefix(self.folder.as_str()) == Some(name);
        self.entries.iter().find(|(n, _)| at(n)).map(|(_, bytes)| bytes.as_slice())
    }

    /// Where the cases are that are in it, with the reference of each.
    fn cases(&self, manifest: &Manifest) -> Vec<(String, String)> {
        match manifest.of {
            Of::Case => vec![(String::new(), manifest.reference.clone())],
            Of::Account => {
                let folder = |name: &'a str| name.split_once('/').map(|(folder, _)| folder);
                let all: BTreeSet<&str> = self.entries.iter().filter_map(|(name, _)| folder(name)).collect();
                all.into_iter().map(|folder| (format!("{folder}/"), folder.to_owned())).collect()
            }
        }
    }

    fn check(&self, made: Timestamp, trusted: &Trusted, now: Timestamp) -> Result<Judged, Wrong> {
        let manifest = self.manifest()?;
        if manifest.made != made {
            return Err(("archive", "its entries are dated otherwise than its manifest".to_owned()));
        }
        let mut found = Vec::new();
        for (folder, reference) in self.cases(&manifest) {
            let within = |(check, why): Wrong| match manifest.of {
                Of::Case => (check, why),
                Of::Account => (check, format!("{folder}: {why}")),
            };
            let case = Pack { entries: self.entries, folder: folder.clone() };
            found.push(case.case(&reference, &manifest, trusted, now).map_err(within)?);
        }
        Ok(judged(&manifest, found, trusted))
    }

    fn case(&self, reference: &str, manifest: &Manifest, trusted: &Trusted, now: Timestamp) -> Result<Found, Wrong> {
        // What the signer of the manifest has signed must hold, whether or not the reader trusts the signer.
        let theirs = Trusted { keys: vec![manifest.key.clone()], ..trusted.clone() };
        let keys = Trusted { keys: [trusted.keys.as_slice(), &theirs.keys].concat(), ..trusted.clone() };
        self.receipt(reference, &keys)?;
        let journal = match self.get(JOURNAL) {
            Some(file) => journal::read(file).map_err(|why| ("journal", format!("{JOURNAL}: {why}")))?,
            None => return Err(("journal", format!("{JOURNAL} is not there"))),
        };
        let certificate = self.certificate(reference, &keys)?;
        if let Some((certificate, _)) = &certificate
            && !journal.chains.contains(&hex::encode(certificate.journal_head))
        {
            return Err(("journal-head", "the certificate is of another journal than this one".to_owned()));
        }
        let proof = self.proof(trusted, now)?;
        Ok(Found { certificate, proof, withheld: journal.withheld })
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
        match self.entries.iter().find(|(name, _)| !listed(name)) {
            Some((name, _)) => Err(("files", format!("{name} has been added"))),
            None => Ok(manifest),
        }
    }

    /// The receipt holds, and the declaration is the one it was given for.
    fn receipt(&self, reference: &str, keys: &Trusted) -> Result<(), Wrong> {
        let file = self.get(RECEIPT).ok_or(("receipt", format!("{RECEIPT} is not there")))?;
        let receipt = match document(file, keys) {
            Ok(Document::Receipt(receipt)) => receipt,
            Ok(Document::Certificate(_) | Document::Erasure(_)) => {
                return Err(("receipt", format!("{RECEIPT} is a certificate")));
            }
            Err(why) => return Err(("receipt", format!("{RECEIPT}: {why}"))),
        };
        if receipt.reference != reference {
            return Err(("receipt", format!("{RECEIPT} is of case {}", receipt.reference)));
        }
        let declared = self.get(DECLARATION).ok_or(("declaration", format!("{DECLARATION} is not there")))?;
        if <[u8; 32]>::from(Sha256::digest(declared)) != receipt.content {
            return Err(("declaration", format!("{DECLARATION} is not what the receipt was given for")));
        }
        Ok(())
    }

    /// The certificate holds; and whose it is, where that is nobody who is known.
    fn certificate(&self, reference: &str, keys: &Trusted) -> Result<Option<Certified>, Wrong> {
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
            Ok(Document::Certificate(c)) if c.reference == reference => Ok(Some((c, stranger))),
            Ok(Document::Certificate(c)) => Err(("certificate", format!("{CERTIFICATE} is of case {}", c.reference))),
            Ok(Document::Receipt(_) | Document::Erasure(_)) => {
                Err(("certificate", format!("{CERTIFICATE} is none of an end")))
            }
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

/// What all that was found comes to. A certificate is told of only where there is one case.
fn judged(manifest: &Manifest, cases: Vec<Found>, trusted: &Trusted) -> Judged {
    let known = trusted.keys.contains(&manifest.key);
    let held = |there: bool, holds: bool| match (there, holds) {
        (false, _) => State::NotReached,
        (true, true) => State::Passed,
        (true, false) => State::Unknown,
    };
    let proven = |case: &Found| case.proof.as_ref().and_then(|judged| judged.proven.clone());
    // Who does not know a certificate's key may have its proof.
    let strangers: Vec<&PublicKey> = cases
        .iter()
        .filter(|case| proven(case).is_none())
        .filter_map(|case| case.certificate.as_ref()?.1.as_ref())
        .collect();
    let certified = cases.iter().any(|case| case.certificate.is_some());
    let proofs = cases.iter().filter(|case| case.proof.is_some()).count();
    let any = !cases.is_empty();
    let mut found = Judged::passed(Kind::Pack, judge::until(CHECKS.into_iter(), "trust", held(true, known)));
    for checked in &mut found.checks {
        match checked.check {
            "receipt" | "declaration" | "journal" => checked.state = held(any, true),
            "certificate" => checked.state = held(certified, strangers.is_empty()),
            "journal-head" => checked.state = held(certified, true),
            "proof" => checked.state = held(proofs > 0, cases.iter().filter_map(proven).count() == proofs),
            _ => {}
        }
    }
    let mut why = Vec::new();
    if !known {
        why.push(stranger(&manifest.key));
    }
    why.extend(strangers.iter().map(|key| format!("{CERTIFICATE}: {}", stranger(key))));
    if !why.is_empty() {
        found.word = Word::CannotTell;
    }
    let unproven = cases.iter().filter(|case| proven(case).is_none()).filter_map(|case| case.proof.as_ref());
    why.extend(unproven.filter_map(|judged| Some(format!("{BUNDLE}: {}", judged.why.as_ref()?))));
    let withheld: usize = cases.iter().map(|case| case.withheld).sum();
    if known && withheld > 0 {
        let entries = if withheld == 1 { "entry of the journal is" } else { "entries of the journal are" };
        why.push(format!("{withheld} {entries} withheld: the staff's own"));
    }
    found.why = (!why.is_empty()).then(|| why.join("; "));
    found.key = Some(manifest.key.clone());
    if let (Of::Case, Some(case)) = (manifest.of, cases.into_iter().next()) {
        found.proven = proven(&case);
        let vouched = case.certificate.filter(|_| found.word == Word::Valid);
        found.document = vouched.map(|(certificate, _)| Document::Certificate(certificate));
    }
    found
}

fn document(file: &[u8], keys: &Trusted) -> Result<Document, String> {
    match proof::verify(file, &keys.keys) {
        proof::Verdict::Valid { document, key } => keys.timely(&document, &key).map(|()| document),
        proof::Verdict::NotValid(why) => Err(why.to_string()),
        proof::Verdict::CannotTell(why) => Err(why.to_string()),
    }
}

fn stranger(key: &PublicKey) -> String {
    format!("nothing is wrong with it, but {} ({}) is not trusted here", key.name(), key.fingerprint())
}
