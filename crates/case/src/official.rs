//! Is this really us? Whoever got a message, a call or an address pastes it here, and is told whether
//! each channel in it is one that the operator has registered. The answer is about the channel, never
//! about the message: a sender's name or number can be forged, so nothing is ever called safe.
//!
//! What is not registered is unknown, which is to be treated as not us. It is certainly not us where it
//! is a known fake, imitates a registered channel, or is an account with a messenger: of those the register
//! lists every one there is.

pub mod change;
mod find;
mod links;
mod postal;
mod signs;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

pub use self::signs::Sign;
use crate::identify::{Identifier, IdentifyRules, identify};

/// What sort of channel something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A host and all below it: `laika.example`.
    Domain,
    /// An address, or `@` and a domain of which every address is ours.
    Mail,
    /// In full: `+44…`.
    Phone,
    /// Three to six digits.
    ShortCode,
    /// The name under which texts are sent: `Laika`.
    Sender,
    /// An account with a messenger: `telegram:laika`.
    Handle,
    Courier,
    /// Where cards are posted back to.
    Address,
    /// A case's reference. Never registered: anybody may copy one.
    Reference,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Domain,
        Kind::Mail,
        Kind::Phone,
        Kind::ShortCode,
        Kind::Sender,
        Kind::Handle,
        Kind::Courier,
        Kind::Address,
        Kind::Reference,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Domain => "domain",
            Kind::Mail => "mail",
            Kind::Phone => "phone",
            Kind::ShortCode => "short-code",
            Kind::Sender => "sender",
            Kind::Handle => "handle",
            Kind::Courier => "courier",
            Kind::Address => "address",
            Kind::Reference => "reference",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A line of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub kind: Kind,
    pub value: String,
    /// As people read it, on one line: `value` is brought into the form in which it is compared.
    #[serde(skip)]
    pub shown: String,
    /// First and last day on which it is ours; none: always, for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// The register of official channels, and of known fakes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    #[serde(default)]
    pub official: Vec<Entry>,
    #[serde(default)]
    pub fake: Vec<Entry>,
}

/// An entry that cannot stand in a register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {kind}: {why}")]
pub struct BadEntry {
    pub value: String,
    pub kind: &'static str,
    pub why: &'static str,
}

impl Register {
    /// Brings every value into the form in which it is compared.
    pub fn checked(mut self, rules: &IdentifyRules) -> Result<Self, BadEntry> {
        let checked = |list: Vec<Entry>| list.into_iter().map(|entry| entry.checked(rules)).collect::<Result<_, _>>();
        self.official = checked(self.official)?;
        self.fake = checked(self.fake)?;
        Ok(self)
    }

    fn official_of(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.official.iter().filter(move |e| e.kind == kind)
    }

    /// The fake that this is.
    pub fn known_fake(&self, kind: Kind, value: &str) -> Option<&Entry> {
        self.fake.iter().find(|e| e.kind == kind && covers(e, value))
    }

    /// The line by which this is ours today.
    pub fn ours(&self, kind: Kind, value: &str, today: Date) -> Option<&Entry> {
        self.official_of(kind).find(|e| covers(e, value) && e.in_force(today))
    }

    /// What of ours an entry would be about, today or from some day on: nothing of it may be called a fake.
    pub fn ours_within(&self, entry: &Entry, today: Date) -> Option<&Entry> {
        let touches = |e: &&Entry| covers(e, &entry.value) || covers(entry, &e.value);
        self.official_of(entry.kind).filter(|e| e.until.is_none_or(|until| until >= today)).find(touches)
    }
}

impl Entry {
    pub fn new(kind: Kind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into(), shown: String::new(), from: None, until: None }
    }

    /// Brings the value into the form in which it is compared, and keeps what people read.
    pub fn checked(mut self, rules: &IdentifyRules) -> Result<Self, BadEntry> {
        let bad = |why| BadEntry { value: self.value.clone(), kind: self.kind.name(), why };
        let value = normal(self.kind, &self.value, rules).map_err(bad)?;
        if self.from.zip(self.until).is_some_and(|(from, until)| from > until) {
            return Err(bad("it ends before it begins"));
        }
        self.shown = match self.kind {
            Kind::Phone | Kind::Sender | Kind::Courier | Kind::Address => one_line(&self.value),
            Kind::Domain | Kind::Mail | Kind::ShortCode | Kind::Handle | Kind::Reference => value.clone(),
        };
        self.value = value;
        Ok(self)
    }

    /// Whether there is a day on which both are in force.
    pub fn meets(&self, other: &Entry) -> bool {
        let after = |a: &Entry, b: &Entry| a.from.zip(b.until).is_some_and(|(from, until)| from > until);
        !after(self, other) && !after(other, self)
    }

    pub fn in_force(&self, today: Date) -> bool {
        self.from.is_none_or(|day| day <= today) && self.until.is_none_or(|day| day >= today)
    }
}

/// Lines are parted by commas; nothing in it can break a line of a text.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let words: Vec<String> =
            line.split_whitespace().map(|w| w.chars().filter(|c| !c.is_control()).collect()).collect();
        words.join(" ")
    });
    let lines: Vec<String> =
        lines.map(|line| line.trim_end_matches(',').to_owned()).filter(|l| !l.is_empty()).collect();
    lines.join(", ")
}

fn normal(kind: Kind, value: &str, rules: &IdentifyRules) -> Result<String, &'static str> {
    match kind {
        Kind::Domain => links::registrable(value).map(|_| links::host(value).unwrap_or_default()),
        Kind::Mail => {
            let (name, domain) = value.trim().rsplit_once('@').ok_or("it has no @")?;
            links::registrable(domain)?;
            Ok(format!("{}@{}", name.to_lowercase(), links::host(domain).unwrap_or_default()))
        }
        Kind::Phone => match identify(value, rules).map(|found| found.id) {
            Ok(Identifier::Msisdn(number)) => Ok(number.as_str().to_owned()),
            Ok(_) | Err(_) => Err("write it with + and the country code"),
        },
        Kind::ShortCode => Some(value.trim().to_owned())
            .filter(|v| (3..=6).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_digit()))
            .ok_or("it has three to six digits"),
        Kind::Handle => {
            let (platform, name) = value.split_once(':').ok_or("write it as platform:name")?;
            let name = name.trim().trim_start_matches('@').to_lowercase();
            if name.is_empty() {
                Err("it has no name")
            } else {
                Ok(format!("{}:{name}", platform.trim().to_lowercase()))
            }
        }
        Kind::Sender | Kind::Courier | Kind::Address => {
            let plain = plain(value);
            if plain.chars().count() < 3 { Err("it is too short to tell anything apart") } else { Ok(plain) }
        }
        Kind::Reference => Err("references are not registered: anybody may copy one"),
    }
}

/// Letters and digits alone, as they are compared: compatibility forms, case and spacing do not count.
fn plain(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// What is said of a channel, and of all that was pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Official,
    /// Treat as not us.
    Unknown,
    /// Certainly not us.
    NotUs,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Official => "official",
            Verdict::Unknown => "unknown",
            Verdict::NotUs => "not-us",
        }
    }
}

/// Why. Where another channel is meant by it, that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason", content = "of")]
pub enum Reason {
    Registered,
    NotRegistered,
    KnownFake,
    /// It was ours, or will be.
    NotToday,
    /// Written to be taken for this one.
    LooksLike(String),
    /// Has this name of ours in it, and belongs to somebody else.
    OurNameIn(String),
    /// What stands before an `@` in a link is not where it leads.
    BeforeTheAt,
    /// Letters of several scripts, or disguised ones.
    StrangeLetters,
    Port,
    BareAddress,
    /// A shortener: where it leads cannot be seen.
    Hidden,
    /// On our own page, but leads on to this host.
    LeadsOn(String),
    /// The register lists every account that we have with a messenger, and this is none.
    NoSuchAccount,
    /// It has the form of a case's reference, which proves nothing about who sent it.
    OnlyAForm,
}

impl Reason {
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Registered => "registered",
            Reason::NotRegistered => "not-registered",
            Reason::KnownFake => "known-fake",
            Reason::NotToday => "not-today",
            Reason::LooksLike(_) => "looks-like",
            Reason::OurNameIn(_) => "our-name-in",
            Reason::BeforeTheAt => "before-the-at",
            Reason::StrangeLetters => "strange-letters",
            Reason::Port => "port",
            Reason::BareAddress => "bare-address",
            Reason::Hidden => "hidden",
            Reason::LeadsOn(_) => "leads-on",
            Reason::NoSuchAccount => "no-such-account",
            Reason::OnlyAForm => "only-a-form",
        }
    }

    /// The channel or host that is meant.
    pub fn of(&self) -> Option<&str> {
        match self {
            Reason::LooksLike(of) | Reason::OurNameIn(of) | Reason::LeadsOn(of) => Some(of),
            Reason::Registered
            | Reason::NotRegistered
            | Reason::KnownFake
            | Reason::NotToday
            | Reason::BeforeTheAt
            | Reason::StrangeLetters
            | Reason::Port
            | Reason::BareAddress
            | Reason::Hidden
            | Reason::NoSuchAccount
            | Reason::OnlyAForm => None,
        }
    }
}

/// One channel in what was pasted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    pub kind: Kind,
    /// As it is compared: of a link, the host.
    pub shown: String,
    pub verdict: Verdict,
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    pub found: Vec<Found>,
    /// What in the words is typical of fraud. Advice beside the verdict, never a part of it.
    pub signs: BTreeSet<Sign>,
}

/// Longer texts are not read to their end, in characters.
pub const MOST: usize = 20_000;

/// Looks at everything in a text that is a channel.
pub fn check(text: &str, register: &Register, today: Date, rules: &IdentifyRules) -> Report {
    let text: String = text.chars().take(MOST).collect();
    // As Chinese keyboards, and phones that read screenshots, write it.
    let text = find::folded(&text).replace("：//", "://");
    let mut found: Vec<Found> = Vec::new();
    for seen in find::channels(&text, register, rules) {
        let judged = judge(seen, register, today);
        if !found.iter().any(|f| f.kind == judged.kind && f.shown == judged.shown && f.reasons == judged.reasons) {
            found.push(judged);
        }
    }
    let told = found.iter().filter(|f| f.kind != Kind::Reference);
    let verdict = told.map(|f| f.verdict).max().unwrap_or(Verdict::Unknown);
    let signs = signs::of(&text, found.iter().any(|f| f.kind == Kind::Address && f.verdict == Verdict::Official));
    Report { verdict, found, signs }
}

/// A channel as it was found, with what the way of writing it already says.
struct Seen {
    kind: Kind,
    value: String,
    reasons: Vec<Reason>,
}

fn judge(seen: Seen, register: &Register, today: Date) -> Found {
    let Seen { kind, value, mut reasons } = seen;
    let verdict = if kind == Kind::Reference {
        reasons.push(Reason::OnlyAForm);
        Verdict::Unknown
    } else if register.known_fake(kind, &value).is_some() {
        reasons.push(Reason::KnownFake);
        Verdict::NotUs
    } else if register.official_of(kind).any(|e| covers(e, &value)) {
        let today = register.ours(kind, &value, today).is_some();
        reasons.push(if today { Reason::Registered } else { Reason::NotToday });
        // Our own page that leads elsewhere, or an odd way to write it: the channel is ours, the link need not be.
        let plain = reasons.iter().all(|r| matches!(r, Reason::Registered));
        if plain { Verdict::Official } else { Verdict::Unknown }
    } else {
        reasons.extend(imitates(kind, &value, register));
        if kind == Kind::Handle {
            reasons.push(Reason::NoSuchAccount);
        }
        let caught = reasons.iter().any(|r| {
            matches!(r, Reason::LooksLike(_) | Reason::OurNameIn(_) | Reason::NoSuchAccount | Reason::BeforeTheAt)
        });
        if !caught {
            reasons.push(Reason::NotRegistered);
        }
        if caught { Verdict::NotUs } else { Verdict::Unknown }
    };
    Found { kind, shown: value, verdict, reasons }
}

/// Whether an entry is about this value: equal, or below a domain.
fn covers(entry: &Entry, value: &str) -> bool {
    let below = |domain: &str| value == domain || value.strip_suffix(domain).is_some_and(|v| v.ends_with('.'));
    match entry.kind {
        Kind::Domain => below(&entry.value),
        Kind::Mail => entry.value == value || entry.value.starts_with('@') && value.ends_with(&entry.value),
        Kind::Phone
        | Kind::ShortCode
        | Kind::Sender
        | Kind::Handle
        | Kind::Courier
        | Kind::Address
        | Kind::Reference => entry.value == value,
    }
}

/// The registered channel that this one is made to be taken for.
fn imitates(kind: Kind, value: &str, register: &Register) -> Option<Reason> {
    match kind {
        Kind::Domain => links::imitates(value, register.official_of(Kind::Domain).map(|e| e.value.as_str())),
        Kind::Mail => {
            let domain = value.rsplit_once('@')?.1;
            let ours =
                register.official_of(Kind::Mail).filter_map(|e| e.value.rsplit_once('@').map(|(_, domain)| domain));
            let ours = ours.chain(register.official_of(Kind::Domain).map(|e| e.value.as_str()));
            links::imitates(domain, ours.filter(|ours| *ours != domain))
        }
        Kind::Phone => {
            let alike = |ours: &&Entry| {
                let national = |n: &str| n.chars().rev().take(9).collect::<String>();
                let differ = ours.value.bytes().zip(value.bytes()).filter(|(a, b)| a != b).count();
                let length = ours.value.len() == value.len();
                length && differ <= 2
                    || national(&ours.value) == national(value)
                    || links::one_apart(&ours.value, value)
            };
            register.official_of(Kind::Phone).find(alike).map(|e| Reason::LooksLike(e.value.clone()))
        }
        Kind::Handle => {
            let name = |handle: &str| handle.split_once(':').map_or("", |(_, name)| name).to_owned();
            let alike = |e: &&Entry| links::alike(&name(&e.value), &name(value));
            register.official_of(Kind::Handle).find(alike).map(|e| Reason::LooksLike(e.value.clone()))
        }
        Kind::Sender => {
            let alike = |e: &&Entry| links::alike(&e.value, value);
            register.official_of(Kind::Sender).find(alike).map(|e| Reason::LooksLike(e.value.clone()))
        }
        Kind::ShortCode => {
            let alike = |e: &&Entry| links::one_apart(&e.value, value);
            register.official_of(Kind::ShortCode).find(alike).map(|e| Reason::LooksLike(e.value.clone()))
        }
        Kind::Courier => {
            let alike = |e: &&Entry| links::alike(&e.value, value);
            register.official_of(Kind::Courier).find(alike).map(|e| Reason::LooksLike(e.shown.clone()))
        }
        Kind::Address => {
            let alike = |e: &&Entry| postal::alike(&e.shown, value);
            register.official_of(Kind::Address).find(alike).map(|e| Reason::LooksLike(e.shown.clone()))
        }
        Kind::Reference => None,
    }
}
