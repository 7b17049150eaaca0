//! The register of official channels as it is published: a text of one spelling, its digest as a leaf of the log, and
//! after the text what proves that.
//!
//! ```text
//! cease/channels/v1
//! operator Laika Mobile
//! origin desk.example/log
//! version 3
//! since 2026-11-26T04:00:00Z
//!
//! domain - - laika.example
//! handle 2026-12-01 - wechat:laika_desk
//! sender - 2025-12-31 Laika
//! ```
//!
//! A line is a channel's kind, the first and the last day on which it is the operator's (`-`: always, for now), and the
//! channel. Then, once the log has it, a line `== proof` and the proof (`c2sp.org/tlog-proof@v1`), and a line `== keys`
//! and the key manifest. The leaf is not repeated: it follows from the text.

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::bundle::{self, Check, Failed, Standing, Trust, failed};
use super::text::{number, time};
use super::{Leaf, Manifest};
use crate::PublicKey;

const FORMAT: &str = "cease/channels/v1";
const PROOF: &str = "\n== proof\n";
const KEYS: &str = "\n== keys\n";
/// Longer files are not read.
pub const MAX: usize = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub kind: String,
    pub from: Option<Date>,
    pub until: Option<Date>,
    pub value: String,
}

/// The register, as of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    pub operator: String,
    /// The log that has it.
    pub origin: String,
    pub version: u64,
    pub since: Timestamp,
    /// In the order of the alphabet, each once.
    pub channels: Vec<Channel>,
}

/// What a good file proves.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub register: Channels,
    pub root: PublicKey,
    pub index: u64,
    pub size: u64,
    pub standing: Standing,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Valid(Box<Published>),
    NotValid(Check, String),
    /// Nothing is wrong with it, but nobody has told us whose root key that is.
    UnknownRoot(PublicKey),
    /// It is a register, but nothing in the file proves that it was logged.
    Unproven,
}

/// What is looked at, in this order.
pub const CHECKS: [Check; 6] =
    [Check::Form, Check::Manifest, Check::Checkpoint, Check::Inclusion, Check::LogKey, Check::Times];

impl Channel {
    fn text(&self) -> String {
        let day = |day: Option<Date>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        format!("{} {} {} {}\n", self.kind, day(self.from), day(self.until), self.value)
    }

    fn parse(line: &str) -> Option<Self> {
        let day = |text: &str| if text == "-" { Some(None) } else { text.parse().ok().map(Some) };
        let mut parts = line.splitn(4, ' ');
        let (kind, from, until, value) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(Self { kind: kind.to_owned(), from: day(from)?, until: day(until)?, value: value.to_owned() })
    }
}

impl Channels {
    /// The same lines in their one order.
    pub fn sorted(mut channels: Vec<Channel>) -> Vec<Channel> {
        channels.sort_by_key(Channel::text);
        channels.dedup();
        channels
    }

    /// The canonical text.
    pub fn text(&self) -> String {
        let Self { operator, origin, version, since, channels } = self;
        let lines: String = channels.iter().map(Channel::text).collect();
        format!("{FORMAT}\noperator {operator}\norigin {origin}\nversion {version}\nsince {since}\n\n{lines}")
    }

    /// Reads such a text; none for any other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, lines) = text.split_once("\n\n")?;
        let mut head = head.split('\n');
        if text.len() > MAX || head.next()? != FORMAT {
            return None;
        }
        let mut field = |name: &str| head.next()?.strip_prefix(name)?.strip_prefix(' ');
        let (operator, origin) = (field("operator")?.to_owned(), field("origin")?.to_owned());
        let (version, since) = (number(field("version")?)?, time(field("since")?)?);
        let channels = lines.lines().map(Channel::parse).collect::<Option<Vec<_>>>()?;
        let read = Self { operator, origin, version, since, channels: Self::sorted(channels) };
        (read.text() == text).then_some(read)
    }

    /// What stands in the log.
    pub fn leaf(version: u64, text: &str) -> Leaf {
        Leaf::Channels { version, digest: Sha256::digest(text).into() }
    }
}

/// The text with what proves it.
pub fn file(text: &str, proof: &str, manifest: &str) -> String {
    format!("{text}{PROOF}{proof}{KEYS}{manifest}")
}

/// Whether a file means to be such a text.
pub fn is_channels(file: &[u8]) -> bool {
    file.starts_with(b"cease/channels/")
}

/// Checks a file at the time `now`.
pub fn verify(file: &[u8], trust: &Trust, now: Timestamp) -> Verdict {
    match published(file, trust, now) {
        Ok(Some(published)) if trust.roots.contains(&published.root) => Verdict::Valid(Box::new(published)),
        Ok(Some(published)) => Verdict::UnknownRoot(published.root),
        Ok(None) => Verdict::Unproven,
        Err((check, why)) => Verdict::NotValid(check, why),
    }
}

fn published(file: &[u8], trust: &Trust, now: Timestamp) -> Result<Option<Published>, Failed> {
    let form = || (Check::Form, "not a register of channels, or not in its one spelling".to_owned());
    let file = std::str::from_utf8(file).ok().filter(|file| file.len() <= MAX).ok_or_else(form)?;
    let (text, proven) = file.split_once(PROOF).map_or((file, None), |(text, proven)| (text, Some(proven)));
    let register = Channels::parse(text).ok_or_else(form)?;
    let Some((proof, manifest_text)) = proven.map(|proven| proven.split_once(KEYS).ok_or_else(form)).transpose()?
    else {
        return Ok(None);
    };
    let manifest = Manifest::parse(manifest_text.as_bytes()).map_err(failed(Check::Manifest))?;
    if manifest.origin != register.origin {
        return Err((Check::Manifest, "it is of another log".to_owned()));
    }
    let leaf = Channels::leaf(register.version, text);
    let (ticket, checkpoint, opened) = bundle::logged(proof, &leaf, &manifest)?;
    let newest = trust.newest(&manifest);
    let standing = bundle::standing(&opened, newest, manifest.quorum.max(trust.quorum))?;
    let anchor = if let Standing::Witnessed { at, .. } = &standing { Some(*at) } else { None };
    bundle::log_key(&opened, newest, register.since, anchor).map_err(failed(Check::LogKey))?;
    bundle::seen_in_order(register.since, &manifest, &standing, now).map_err(failed(Check::Times))?;
    let (index, size, root) = (ticket.index, checkpoint.size, manifest.root.clone());
    Ok(Some(Published { register, root, index, size, standing }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> Channels {
        let channel = |kind: &str, until: Option<&str>, value: &str| Channel {
            kind: kind.into(),
            from: None,
            until: until.map(|day| day.parse().unwrap()),
            value: value.into(),
        };
        Channels {
            operator: "Laika Mobile 莱卡移动".into(),
            origin: "desk.example/log".into(),
            version: 3,
            since: "2026-11-26T04:00:00Z".parse().unwrap(),
            channels: Channels::sorted(vec![
                channel("sender", Some("2026-12-31"), "Laika"),
                channel("address", None, "Laika Returns, 1 Orbit Way, Bristol"),
                channel("domain", None, "laika.example"),
                channel("domain", None, "laika.example"),
            ]),
        }
    }

    #[test]
    fn a_text_has_one_spelling() {
        let text = register().text();
        assert_eq!(Channels::parse(&text), Some(register()));
        assert_eq!(text.matches("domain").count(), 1, "{text}");
        for other in [
            text.replace("version 3", "version 03"),
            text.replace("04:00:00Z", "04:00:00.0Z"),
            text.replace("sender - 2026-12-31", "sender - 2026-12-32"),
            text.replace("domain - -", "domain  - -"),
            format!("{text}\n"),
            text.trim_end().to_owned(),
            text.replace("cease/channels/v1", "cease/channels/v2"),
            text.lines().rev().collect::<Vec<_>>().join("\n"),
            String::new(),
        ] {
            assert_eq!(Channels::parse(&other), None, "{other}");
        }
        // Every change of a letter is another leaf, or no register.
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let read = Channels::parse(&changed);
            let leaf = read.map(|read| Channels::leaf(read.version, &changed));
            assert_ne!(leaf, Some(Channels::leaf(3, &text)), "{changed}");
        }
    }

    #[test]
    fn a_text_alone_proves_nothing_and_what_is_none_is_refused() {
        let said = |file: &str| verify(file.as_bytes(), &Trust::default(), Timestamp::UNIX_EPOCH);
        let text = register().text();
        assert_eq!(said(&text), Verdict::Unproven);
        for (file, check) in [
            (format!("{text}x"), Check::Form),
            (format!("{text}{PROOF}x"), Check::Form),
            (super::file(&text, "x", "y"), Check::Manifest),
        ] {
            assert!(matches!(said(&file), Verdict::NotValid(at, _) if at == check), "{file}");
        }
    }
}
