//! Rule packs: which law and which habits apply on which day, as dated data with sources.
//!
//! A *pack* is a TOML file: some keys of [`Policy`] that always hold, and *rules*, each a patch over such keys with
//! its days, its source and how sure we are of it. Packs lie over each other (operator over country over generic)
//! and make a [`Book`]; the book has one `Policy` for every day, worked out when it is composed, so that looking one
//! up parses and allocates nothing.
//!
//! **Which day's rules.** A case keeps those of the day on which its declaration was received, for all of its clocks,
//! letters and signatures: who has declared relied on them, and a deadline that has been promised is not moved by a
//! law that came later (nor by one that has ended). Pages that belong to no case go by today's. What begins later has
//! the day of its own beginning: a complaint goes by the rules of the day on which it is made. A withdrawal goes by its
//! declaration's, as no record says when its contract was made. Who must have shown what, what staff see and how numbers are read is the
//! same on every day (a dated rule cannot set it), so that a page and the case behind it never differ.
//!
//! **What applies.** `in-force` and `recalled` rules apply on their days; a recalled one is known from memory only
//! and is shown as such, because leaving out a duty that does exist is worse for the holder than keeping one that
//! does not. An `expected` rule never applies by itself, not even on its day: laws slip, and a desk that is not
//! updated must not begin to follow a draft. It applies from its day once its `status` has become `in-force` in the
//! file, or once the operator says so by its id (`[rules] adopt`).
//!
//! Where a pack says nothing, the pack beneath it holds. Nothing here claims that anybody complies with anything:
//! "this is the rule, this is its source, this is what we do".

mod book;
mod check;
mod compose;
mod explain;
mod pack;
mod read;

use case::calendar::Calendar;

pub use case::Policy;

pub use self::book::{Book, Change, State, Told};
pub use self::compose::compose;
pub use self::explain::{Explained, Setter};
pub use self::pack::{Fault, Faults, Pack, Place, Rule, Source, Status, Words};
pub use self::read::read;

/// The packs that are built in.
pub const BUILT_IN: [(&str, &str); 7] = [
    ("generic", include_str!("../../../rules/generic.toml")),
    ("uk", include_str!("../../../rules/uk.toml")),
    ("eu", include_str!("../../../rules/eu.toml")),
    ("de", include_str!("../../../rules/de.toml")),
    ("fr", include_str!("../../../rules/fr.toml")),
    ("us-ca", include_str!("../../../rules/us-ca.toml")),
    ("cn", include_str!("../../../rules/cn.toml")),
];

const CALENDARS: [(&str, &str); 5] = [
    ("uk", include_str!("../../../rules/calendars/uk.toml")),
    ("de", include_str!("../../../rules/calendars/de.toml")),
    ("fr", include_str!("../../../rules/calendars/fr.toml")),
    ("us", include_str!("../../../rules/calendars/us.toml")),
    ("cn", include_str!("../../../rules/calendars/cn.toml")),
];

/// How a file is read that is not built in.
pub type Reading<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// What an operator wants composed.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// A pack that is built in, or a path to one.
    pub pack: String,
    /// Packs that lie over it, the topmost last.
    pub also: Vec<String>,
    /// Ids of expected rules that apply from their day all the same.
    pub adopt: Vec<String>,
}

impl Wanted {
    pub fn of(pack: &str) -> Self {
        Self { pack: pack.into(), ..Self::default() }
    }
}

/// Reads what is built in and nothing else.
pub fn no_files(path: &str) -> Result<String, String> {
    Err(format!("{path} is not built in"))
}

/// A desk's hours by name, or from a file.
pub fn calendar(name: &str, reading: Reading<'_>) -> Result<Calendar, String> {
    if name == "always" {
        return Ok(Calendar::always());
    }
    let text = match CALENDARS.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => (*text).to_owned(),
        None => reading(name).map_err(|why| {
            format!("{name} is neither always, uk, de, fr, us, cn, nor a file that can be read: {why}")
        })?,
    };
    toml::from_str(&text).map_err(|why| format!("calendar {name}: {}", why.message()))
}

/// A whole policy from a table of its keys.
fn policy(table: &toml::Table) -> Result<Policy, String> {
    serde::Deserialize::deserialize(toml::Value::Table(table.clone()))
        .map_err(|why: toml::de::Error| tidy(why.message()))
}

/// An unknown key with the one that may have been meant, rather than with all there are.
fn tidy(why: &str) -> String {
    let Some((unknown, known)) = why.split_once(", expected ") else { return why.to_owned() };
    let Some(typed) = unknown.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`')) else {
        return why.to_owned();
    };
    let near = known.split('`').skip(1).step_by(2).map(|name| (apart(typed, name), name)).min();
    match near {
        Some((far, name)) if far <= 2 + typed.len() / 4 => format!("unknown key {typed}; did you mean {name}?"),
        Some(_) | None => format!("unknown key {typed}"),
    }
}

/// Letters by which two words differ (Levenshtein).
fn apart(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swap = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Where each line begins, to tell on which one a byte stands.
fn line_at(text: &str, byte: usize) -> usize {
    1 + text.as_bytes()[..byte.min(text.len())].iter().filter(|b| **b == b'\n').count()
}

/// An error of the parser without the picture it draws.
fn syntax(text: &str, why: &toml::de::Error) -> (usize, String) {
    (why.span().map_or(1, |span| line_at(text, span.start)), why.message().to_owned())
}
