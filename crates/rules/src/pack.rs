//! What a pack is once it has been read, and what can be wrong with it.

use std::collections::BTreeMap;
use std::fmt;

use case::Lang;
use jiff::civil::Date;
use serde::Serialize;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    pub en: String,
    pub zh: String,
}

impl Words {
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::ZhCn => &self.zh,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read in its source; it holds on its days.
    InForce,
    /// Made, or announced, and not in force: it holds from its day only once somebody says so.
    Expected,
    /// Known from memory, and not confirmed: it holds on its days, and is shown as such.
    Recalled,
}

impl Status {
    pub const ALL: [Self; 3] = [Self::InForce, Self::Expected, Self::Recalled];

    pub fn name(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Expected => "expected",
            Self::Recalled => "recalled",
        }
    }
}

/// Where a rule can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    pub text: String,
    /// Empty where there is none.
    pub url: String,
}

/// A place in a file; line 0 is the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str(&self.file) } else { write!(f, "{}:{}", self.file, self.line) }
    }
}

/// One dated patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub id: String,
    pub title: Words,
    /// The first day on which it holds.
    pub from: Option<Date>,
    /// The last.
    pub until: Option<Date>,
    pub status: Status,
    pub sources: Vec<Source>,
    /// What is not certain about it: sources that contradict each other, words that nobody has seen.
    pub doubt: Words,
    /// What this desk does because of it. `{key}` stands for what the rules of the day say there.
    pub does: Words,
    /// Rules that end where this one begins.
    pub replaces: Vec<String>,
    /// After its last day the pack beneath holds again, on purpose.
    pub falls_back: bool,
    /// What it sets, as a table of the policy's own keys.
    pub set: toml::Table,
    pub place: Place,
}

/// A file with rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    pub name: String,
    /// ISO 3166, with a state where that is meant; empty where it is no country's.
    pub country: String,
    pub title: Words,
    /// The pack beneath it.
    pub extends: Option<String>,
    /// What it sets on every day.
    pub base: toml::Table,
    pub rules: Vec<Rule>,
    pub file: String,
    /// On which line each key stands, by its path.
    pub(crate) lines: BTreeMap<Vec<String>, usize>,
}

impl Pack {
    /// Where a key stands, or the nearest thing that it stands in.
    pub(crate) fn place(&self, path: &[String]) -> Place {
        let line = (0..=path.len()).rev().find_map(|n| self.lines.get(&path[..n]).copied());
        Place { file: self.file.clone(), line: line.unwrap_or(1) }
    }

    /// Where a key of the `n`th rule stands.
    pub(crate) fn place_in(&self, n: usize, path: &[String]) -> Place {
        let mut whole = vec!["rule".to_owned(), n.to_string()];
        whole.extend_from_slice(path);
        self.place(&whole)
    }

    /// Where the `n`th rule, or the pack itself, sets a key.
    pub(crate) fn place_of(&self, rule: Option<usize>, key: &[String]) -> Place {
        match rule {
            Some(n) => self.place_in(n, &[&["set".to_owned()], key].concat()),
            None => self.place(key),
        }
    }
}

/// Something that is wrong with a pack, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    #[serde(flatten)]
    pub place: Place,
    /// The rule's id; none where it is about the whole file.
    pub rule: Option<String>,
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "{}: {rule}: {}", self.place, self.why),
            None => write!(f, "{}: {}", self.place, self.why),
        }
    }
}

/// Everything that is wrong, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
