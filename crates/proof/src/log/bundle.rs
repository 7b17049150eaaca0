//! One file that proves a cancellation to a stranger: the certificate, byte for byte; the key that ties it to its leaf;
//! the leaf; the proof that it stands in the log, with the witnesses' cosignatures; and the manifest of the keys that
//! may speak for the operator. Who trusts the operator's root key needs nothing else.
//!
//! JSON, two-space indent, LF, one LF at the end, in exactly the order of [`Bundle`]'s fields. A file in any other
//! spelling is not valid, and no signature in it may be one that nobody knows: there is no bit that could be changed
//! without its showing.
//!
//! # Old proofs
//!
//! Once the witnesses' cosignatures reach the quorum, their times say by when the certificate stood in the log. A key
//! that ends or is revoked after that time harms nothing; one revoked at or before it makes the proof worthless. Where
//! no witness has seen the log, there is no such time, and a revoked key is worth nothing at all. The times of keys are
//! those of the newest manifest that the verifier knows, and so is the quorum for every certificate issued since that
//! manifest; an older certificate goes by the quorum in the bundle's own. Either is more where the verifier wants more.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::leaf::{self, Leaf, Mark};
use super::manifest::{Manifest, Role};
use super::note::{Kind, VerifierKey};
use super::text::{decode, encode};
use super::ticket::{Ticket, TicketError};
use super::{Checkpoint, Opened};
use crate::{Certificate, Document, PublicKey, WhyNot};

/// Larger files are not read, in bytes.
pub const MAX_BUNDLE: usize = 256 * 1024;
const FORMAT: &str = "cease/bundle/v1";
/// How far the clocks of honest people differ.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The parts, none of them checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The signed certificate's file.
    pub certificate: String,
    /// The case's key in the log.
    pub key: [u8; 32],
    pub leaf: String,
    /// `c2sp.org/tlog-proof@v1`.
    pub proof: String,
    pub manifest: String,
}

/// Whom the verifier believes.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Root keys of operators.
    pub roots: Vec<PublicKey>,
    /// What is known otherwise than from the file, one for each root key: see [`Trust::learn`]. It counts where it is
    /// of the same root key and no older.
    pub manifests: Vec<Manifest>,
    /// At least so many witnesses, whatever the operator's manifest asks for.
    pub quorum: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Valid(Box<Proven>),
    /// Which check failed, and how.
    NotValid(Check, String),
    CannotTell(Doubt),
}

/// What is checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The file is one of ours, in its one spelling.
    Form,
    /// The manifest is signed by the root key it names.
    Manifest,
    /// The leaf says that a cancellation was effected.
    Leaf,
    /// The leaf was made from this certificate.
    Commitment,
    /// The log has signed the checkpoint, and no signature under it is false or unknown.
    Checkpoint,
    /// The leaf is in the tree of that checkpoint.
    Inclusion,
    /// The certificate is intact.
    Certificate,
    /// The key that signed the certificate was good then.
    CertificateKey,
    /// The key that signed the checkpoint was good then.
    LogKey,
    /// Nothing was done in the future, and nothing before what it follows from.
    Times,
}

/// Nothing is wrong with it, but that alone vouches for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nobody has told us whose root key that is.
    UnknownRoot(PublicKey),
    /// The certificate is of a format that this version does not know.
    Newer(WhyNot),
}

/// What a valid bundle proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    pub certificate: Certificate,
    /// The operator's root key.
    pub root: PublicKey,
    pub origin: String,
    pub index: u64,
    /// Leaves in the log when it was signed.
    pub size: u64,
    /// The hour in which it was effected.
    pub hour: Timestamp,
    /// The manifest that was gone by.
    pub manifest: u64,
    pub standing: Standing,
}

/// Who has seen that the log only grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As many as are wanted; by then.
    Witnessed { at: Timestamp, by: Vec<Cosigned> },
    /// Fewer, so far.
    Provisional { want: u64, by: Vec<Cosigned> },
    /// The operator names no witnesses: it could show others another log.
    Unwitnessed,
}

/// A witness, and when it cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    pub name: String,
    pub at: Timestamp,
}

impl Trust {
    /// Takes in a manifest. In whatever order they come, the newest of a root key counts; but what any of them revokes
    /// stays revoked.
    pub fn learn(&mut self, mut manifest: Manifest) {
        let Some(known) = self.manifests.iter_mut().find(|known| known.root == manifest.root) else {
            self.manifests.push(manifest);
            return;
        };
        if manifest.version > known.version {
            std::mem::swap(known, &mut manifest);
        }
        for other in manifest.keys {
            match known.keys.iter_mut().find(|tenure| tenure.role == other.role && tenure.key == other.key) {
                Some(tenure) => tenure.revoked = tenure.revoked.into_iter().chain(other.revoked).min(),
                None => known.keys.push(other),
            }
        }
    }

    /// The newest of a manifest from a file and what is known of its root key.
    pub(super) fn newest<'a>(&'a self, own: &'a Manifest) -> &'a Manifest {
        self.manifests.iter().find(|known| known.root == own.root && known.version >= own.version).unwrap_or(own)
    }
}

impl Check {
    pub const ALL: [Check; 10] = [
        Check::Form,
        Check::Manifest,
        Check::Leaf,
        Check::Commitment,
        Check::Checkpoint,
        Check::Inclusion,
        Check::Certificate,
        Check::CertificateKey,
        Check::LogKey,
        Check::Times,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Check::Form => "form",
            Check::Manifest => "manifest",
            Check::Leaf => "leaf",
            Check::Commitment => "commitment",
            Check::Checkpoint => "checkpoint",
            Check::Inclusion => "inclusion",
            Check::Certificate => "certificate",
            Check::CertificateKey => "certificate-key",
            Check::LogKey => "log-key",
            Check::Times => "times",
        }
    }
}

/// The file's own order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    certificate: String,
    key: String,
    leaf: String,
    proof: String,
    manifest: String,
}

/// Checks a bundle's file at the time `now`.
pub fn verify(file: &[u8], trust: &Trust, now: Timestamp) -> Verdict {
    match Bundle::parse(file) {
        Some(bundle) => bundle.verify(trust, now),
        None => Verdict::NotValid(Check::Form, "not a bundle, or not in its one spelling".to_owned()),
    }
}

impl Bundle {
    /// Reads a file; none where it is not one, or not as [`Bundle::to_file`] writes it.
    pub fn parse(file: &[u8]) -> Option<Self> {
        if file.len() > MAX_BUNDLE {
            return None;
        }
        let read: File = serde_json::from_slice(file).ok()?;
        let key = decode(&read.key)?.try_into().ok()?;
        let File { format, certificate, leaf, proof, manifest, .. } = read;
        let bundle = Self { certificate, key, leaf, proof, manifest };
        (format == FORMAT && bundle.to_file() == file).then_some(bundle)
    }

    /// The file, to be kept and handed out byte for byte.
    pub fn to_file(&self) -> Vec<u8> {
        let Self { certificate, key, leaf, proof, manifest } = self.clone();
        let file = File { format: FORMAT.to_owned(), certificate, key: encode(&key), leaf, proof, manifest };
        let mut text = serde_json::to_vec_pretty(&file).expect("strings always serialise");
        text.push(b'\n');
        text
    }

    /// Checks the parts, at the time `now`.
    pub fn verify(&self, trust: &Trust, now: Timestamp) -> Verdict {
        match self.prove(trust, now) {
            Ok(Ok(proven)) => Verdict::Valid(Box::new(proven)),
            Ok(Err(doubt)) => Verdict::CannotTell(doubt),
            Err((check, why)) => Verdict::NotValid(check, why),
        }
    }

    fn prove(&self, trust: &Trust, now: Timestamp) -> Result<Result<Proven, Doubt>, Failed> {
        let manifest = Manifest::parse(self.manifest.as_bytes()).map_err(failed(Check::Manifest))?;
        let (hour, leaf) = self.leaf()?;
        let (ticket, checkpoint, opened) = logged(&self.proof, &leaf, &manifest)?;
        let certificate = match self.certified(&manifest)? {
            Ok(certificate) => certificate,
            Err(newer) => return Ok(Err(Doubt::Newer(newer))),
        };
        let newest = trust.newest(&manifest);
        let (certificate, signer) = certificate;
        // An old manifest with a smaller quorum is no way round the one in force.
        let quorum = if certificate.issued_at >= newest.issued { newest.quorum } else { manifest.quorum };
        let standing = standing(&opened, newest, quorum.max(trust.quorum))?;
        let anchor = if let Standing::Witnessed { at, .. } = &standing { Some(*at) } else { None };
        let signer = VerifierKey::new(Kind::Note, signer);
        good(newest, Role::Certificate, &signer, certificate.issued_at, anchor)
            .map_err(failed(Check::CertificateKey))?;
        log_key(&opened, newest, hour, anchor).map_err(failed(Check::LogKey))?;
        in_order(&manifest, &certificate, hour, &standing, now).map_err(failed(Check::Times))?;
        if !trust.roots.contains(&manifest.root) {
            return Ok(Err(Doubt::UnknownRoot(manifest.root)));
        }
        Ok(Ok(Proven {
            certificate,
            root: manifest.root.clone(),
            origin: checkpoint.origin,
            index: ticket.index,
            size: checkpoint.size,
            hour,
            manifest: newest.version,
            standing,
        }))
    }

    fn leaf(&self) -> Result<(Timestamp, Leaf), Failed> {
        let leaf = Leaf::parse(&self.leaf).ok_or("it cannot be read").map_err(failed(Check::Leaf))?;
        match leaf {
            Leaf::Case { mark: Mark::Effected, hour, commitment } => {
                if leaf::commit(&self.key, self.certificate.as_bytes()) != commitment {
                    return Err((Check::Commitment, "the leaf was not made from this certificate and key".to_owned()));
                }
                Ok((hour, leaf))
            }
            Leaf::Case { .. } | Leaf::Manifest { .. } | Leaf::Channels { .. } => {
                Err((Check::Leaf, "it is of something else".to_owned()))
            }
        }
    }

    fn certified(&self, manifest: &Manifest) -> Result<Result<(Certificate, PublicKey), WhyNot>, Failed> {
        let trusted: Vec<PublicKey> = manifest.of(Role::Certificate).map(|t| t.key.public().clone()).collect();
        match crate::verify(self.certificate.as_bytes(), &trusted) {
            crate::Verdict::Valid { document: Document::Certificate(certificate), key } => Ok(Ok((*certificate, key))),
            crate::Verdict::Valid { document: Document::Receipt(_) | Document::Erasure(_), .. } => {
                Err((Check::Certificate, "it is a receipt".to_owned()))
            }
            crate::Verdict::NotValid(why) => Err((Check::Certificate, why.to_string())),
            crate::Verdict::CannotTell(why @ WhyNot::UnknownKey { .. }) => {
                Err((Check::CertificateKey, why.to_string()))
            }
            crate::Verdict::CannotTell(why @ (WhyNot::NewerFormat { .. } | WhyNot::NewerAlgorithm(_))) => Ok(Err(why)),
        }
    }
}

/// The leaf is in a tree that the log has signed, by this proof.
pub(super) fn logged(proof: &str, leaf: &Leaf, manifest: &Manifest) -> Result<(Ticket, Checkpoint, Opened), Failed> {
    let ticket = Ticket::parse(proof.as_bytes()).map_err(failed(Check::Checkpoint))?;
    if ticket.extra.is_some() || ticket.to_string() != proof {
        return Err((Check::Form, "the proof is not in its one spelling".to_owned()));
    }
    let (log, witnesses) = (manifest.verifiers(Role::Log), manifest.verifiers(Role::Witness));
    let verified = ticket.verify(&leaf.hash(), &manifest.origin, &log, &witnesses);
    let (checkpoint, opened) = verified.map_err(|error| {
        let check = if error == TicketError::NotIncluded { Check::Inclusion } else { Check::Checkpoint };
        (check, error.to_string())
    })?;
    if opened.ignored > 0 || !checkpoint.extensions.is_empty() {
        return Err((Check::Checkpoint, "it has lines that nobody vouches for".to_owned()));
    }
    Ok((ticket, checkpoint, opened))
}

pub(super) type Failed = (Check, String);

pub(super) fn failed<E: ToString>(check: Check) -> impl Fn(E) -> Failed {
    move |why| (check, why.to_string())
}

/// How many witnesses, as far as their keys were good when they cosigned. Each counts once, whatever keys it has.
pub(super) fn standing(opened: &Opened, newest: &Manifest, want: u64) -> Result<Standing, Failed> {
    let mut by: Vec<Cosigned> = Vec::new();
    for vouched in &opened.vouched {
        let (Some(seconds), Some(tenure)) = (vouched.at, newest.find(Role::Witness, &vouched.key)) else { continue };
        let at = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
        let at = at.ok_or((Check::Times, "a cosignature's time is none".to_owned()))?;
        if tenure.good_at(at) && by.iter().all(|other| other.name != vouched.key.name()) {
            by.push(Cosigned { name: vouched.key.name().to_owned(), at });
        }
    }
    by.sort_by_key(|cosigned| cosigned.at);
    if want == 0 {
        return Ok(Standing::Unwitnessed);
    }
    Ok(match by.get(want as usize - 1) {
        Some(last) => Standing::Witnessed { at: last.at, by },
        None => Standing::Provisional { want, by },
    })
}

/// Whether one of the log's keys that signed was good then. Without witnesses there is no telling when that was, and the
/// hour of the leaf has to do.
pub(super) fn log_key(
    opened: &Opened,
    newest: &Manifest,
    hour: Timestamp,
    anchor: Option<Timestamp>,
) -> Result<(), String> {
    let mut found = Err("the newest manifest does not know the log's key".to_owned());
    for tenure in opened.vouched.iter().filter_map(|v| newest.find(Role::Log, &v.key)) {
        let used = anchor.unwrap_or(hour.max(tenure.from));
        found = found.or_else(|_| good(newest, Role::Log, &tenure.key, used, anchor));
    }
    found
}

/// Whether a key's use counts: it was within its time, and if the key was revoked, witnesses had seen it before.
fn good(
    newest: &Manifest,
    role: Role,
    key: &VerifierKey,
    used: Timestamp,
    anchor: Option<Timestamp>,
) -> Result<(), String> {
    let Some(tenure) = newest.find(role, key) else {
        return Err("the newest manifest does not know the key".to_owned());
    };
    match (tenure.revoked, anchor) {
        (Some(revoked), Some(anchor)) if anchor < revoked => {}
        (Some(revoked), _) => {
            return Err(format!("the key is revoked from {revoked}, and no quorum had seen it before"));
        }
        (None, _) => {}
    }
    tenure.within(used)
}

fn in_order(
    manifest: &Manifest,
    certificate: &Certificate,
    hour: Timestamp,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), &'static str> {
    let issued = certificate.issued_at;
    if issued > now.saturating_add(SLACK).unwrap_or(Timestamp::MAX) {
        return Err("the certificate, its leaf or the manifest is from the future");
    }
    seen_in_order(hour, manifest, standing, now)?;
    if hour < leaf::hour(issued) || hour > issued.saturating_add(HOUR).unwrap_or(Timestamp::MAX) {
        return Err("the leaf is of another time than the certificate");
    }
    Ok(())
}

/// Nothing is from the future, and nobody cosigned a leaf before its time.
pub(super) fn seen_in_order(
    leaf: Timestamp,
    manifest: &Manifest,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), &'static str> {
    let latest = now.saturating_add(SLACK).unwrap_or(Timestamp::MAX);
    if leaf > latest || manifest.issued > latest {
        return Err("the certificate, its leaf or the manifest is from the future");
    }
    let by = match standing {
        Standing::Witnessed { by, .. } | Standing::Provisional { by, .. } => by.as_slice(),
        Standing::Unwitnessed => &[],
    };
    if by.iter().any(|cosigned| cosigned.at > latest) {
        return Err("a cosignature is from the future");
    }
    // A witness' clock may be behind.
    let earliest = leaf.saturating_sub(SLACK).unwrap_or(Timestamp::MIN);
    if by.iter().any(|cosigned| cosigned.at < earliest) {
        return Err("a cosignature is older than what it vouches for");
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
