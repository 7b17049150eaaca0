//! The menu is data: nodes in TOML, each of which says something and then waits for a key, collects digits, does
//! something, or goes on. What is loaded has been checked: every node can be reached and left, everything said can be
//! said in both languages, and from everywhere there is a way to a person or to the end. [`machine`] walks through it.

mod check;
mod deeds;
pub mod draw;
pub mod machine;
pub mod prompts;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;

pub use deeds::DEEDS;
pub use prompts::Prompts;

use crate::speak::Lang;

/// The menu that is built in.
pub const BUILT_IN: &str = include_str!("../../../voice/menu.toml");

/// Something that whoever drives the menu can do.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub name: &'static str,
    /// How it can come out; a node names a way for each.
    pub outcomes: &'static [&'static str],
    /// What it lets be said from then on.
    pub gives: &'static [&'static str],
    /// It hands the caller to a person.
    pub person: bool,
}

/// Something wrong with a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// From 1; 0 where it is of no line.
    pub line: usize,
    pub says: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.says)
    }
}

type Name = Spanned<String>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// The name of what is collected.
    pub into: String,
    pub least: usize,
    pub most: usize,
    /// Not shown in transcripts, and not said.
    #[serde(default)]
    pub secret: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Prompts, one after the other; `name@zh-CN` says one in that language.
    #[serde(default)]
    pub say: Vec<Name>,
    /// From here on in this language.
    pub lang: Option<Lang>,
    /// Where each key leads.
    #[serde(default)]
    pub keys: BTreeMap<String, Name>,
    pub collect: Option<Collect>,
    #[serde(rename = "do")]
    pub deed: Option<Name>,
    /// Where each outcome leads; with `!` before it, it was a failed try.
    #[serde(default)]
    pub on: BTreeMap<String, Name>,
    pub next: Option<Name>,
    /// Hangs up when everything is said.
    #[serde(default)]
    pub end: bool,
    /// Whether a key may cut it short.
    #[serde(default = "yes")]
    pub barge: bool,
    /// In place of the menu's own.
    pub give_up: Option<Name>,
}

fn yes() -> bool {
    true
}

/// Keys that mean the same everywhere.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everywhere {
    /// Says it again; while digits are keyed, takes them back.
    pub repeat: char,
    /// One step back; while digits are keyed, their end.
    pub back: char,
    /// A person.
    pub person: char,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    start: Name,
    /// Where the third failed try leads, and the key for a person.
    give_up: Name,
    #[serde(default = "three")]
    tries: u32,
    /// Until the first key, and between two of them.
    answer_seconds: u32,
    key_seconds: u32,
    everywhere: Everywhere,
    /// What is said of a key that leads nowhere, and where no key came.
    wrong: Name,
    nothing: Name,
    node: BTreeMap<Name, Node>,
}

fn three() -> u32 {
    3
}

#[derive(Clone, Debug)]
pub struct Menu {
    pub start: String,
    pub give_up: String,
    pub tries: u32,
    pub answer_seconds: u32,
    pub key_seconds: u32,
    pub everywhere: Everywhere,
    pub wrong: String,
    pub nothing: String,
    pub nodes: BTreeMap<String, Node>,
}

/// A way out of a node, as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge<'a> {
    pub by: String,
    pub to: &'a str,
    /// Without anybody doing anything.
    pub alone: bool,
}

/// A target without the mark of a failed try.
pub fn target(name: &str) -> &str {
    name.strip_prefix('!').unwrap_or(name)
}

impl Node {
    pub fn edges(&self) -> impl Iterator<Item = Edge<'_>> {
        let keys = self.keys.iter().map(|(key, to)| Edge { by: key.clone(), to: to.get_ref(), alone: false });
        let on = self.on.iter().map(|(out, to)| Edge {
            by: out.clone(),
            to: target(to.get_ref()),
            alone: !to.get_ref().starts_with('!'),
        });
        let next = self.next.iter().map(|to| Edge { by: String::new(), to: to.get_ref(), alone: true });
        keys.chain(on).chain(next)
    }

    /// Whether a caller is waited for.
    pub fn asks(&self) -> bool {
        !self.keys.is_empty() || self.collect.is_some()
    }
}

impl Menu {
    /// Reads and checks. All that is wrong is told at once.
    pub fn load(file: &str, text: &str, prompts: &Prompts, deeds: &[Deed]) -> Result<Self, Vec<Fault>> {
        let fault = |at: usize, says: String| Fault { file: file.to_owned(), line: line(text, at), says };
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![fault(at, error.message().to_owned())]
        })?;
        let found: Vec<Fault> =
            check::check(&raw, prompts, deeds).into_iter().map(|(at, says)| fault(at, says)).collect();
        if !found.is_empty() {
            return Err(found);
        }
        Ok(Self {
            start: raw.start.into_inner(),
            give_up: raw.give_up.into_inner(),
            tries: raw.tries,
            answer_seconds: raw.answer_seconds,
            key_seconds: raw.key_seconds,
            everywhere: raw.everywhere,
            wrong: raw.wrong.into_inner(),
            nothing: raw.nothing.into_inner(),
            nodes: raw.node.into_iter().map(|(name, node)| (name.into_inner(), node)).collect(),
        })
    }

    /// What of a prompt's name is its language, if any.
    pub fn named(prompt: &str) -> (&str, Option<Lang>) {
        match prompt.split_once('@') {
            Some((name, tag)) => (name, Lang::from_tag(tag)),
            None => (prompt, None),
        }
    }
}

fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}
