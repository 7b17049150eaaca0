//! The sentences, in both languages. A sentence with places for values is cut at them, so that what stays the same is
//! one recording each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Fault, line};
use crate::speak::Lang;

/// The sentences that are built in.
pub const BUILT_IN: &str = include_str!("../../../../voice/prompts.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Both {
    en: String,
    zh: String,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The name of its recording, and the words.
    Fixed {
        name: String,
        text: String,
    },
    Value(String),
}

#[derive(Clone, Debug, Default)]
pub struct Prompts {
    all: BTreeMap<String, [Vec<Part>; 2]>,
}

impl Prompts {
    /// Reads the sentences; `names` are put in place of `{operator}` and whatever else is the same in every call.
    pub fn load(file: &str, text: &str, names: &[(&str, [&str; 2])]) -> Result<Self, Vec<Fault>> {
        let fault = |at: usize, says: String| Fault { file: file.to_owned(), line: line(text, at), says };
        let read: BTreeMap<toml::Spanned<String>, Both> = toml::from_str(text)
            .map_err(|error| vec![fault(error.span().map_or(0, |span| span.start), error.message().to_owned())])?;
        let (mut all, mut found) = (BTreeMap::new(), Vec::new());
        for (name, both) in read {
            let at = name.span().start;
            let name = name.into_inner();
            let mut texts = [both.en, both.zh];
            for (n, text) in texts.iter_mut().enumerate() {
                for (key, value) in names {
                    *text = text.replace(&format!("{{{key}}}"), value[n]);
                }
            }
            let parts = texts.map(|text| cut(&name, &text));
            match parts {
                [Ok(en), Ok(zh)] => {
                    if values(&en) != values(&zh) {
                        found.push(fault(at, format!("“{name}” does not say the same in both languages")));
                    }
                    all.insert(name, [en, zh]);
                }
                [Err(says), _] | [_, Err(says)] => found.push(fault(at, says)),
            }
        }
        if found.is_empty() { Ok(Self { all }) } else { Err(found) }
    }

    pub fn has(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    pub fn parts(&self, name: &str, lang: Lang) -> &[Part] {
        self.all.get(name).map_or(&[], |both| &both[if lang == Lang::En { 0 } else { 1 }])
    }

    /// The values that a sentence says.
    pub fn values(&self, name: &str) -> BTreeSet<String> {
        values(self.parts(name, Lang::En))
    }
}

fn values(parts: &[Part]) -> BTreeSet<String> {
    let of = |part: &Part| if let Part::Value(name) = part { Some(name.clone()) } else { None };
    parts.iter().filter_map(of).collect()
}

fn cut(name: &str, text: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    let fixed = |text: &str, parts: &mut Vec<Part>| {
        // What cannot be heard is no part.
        if text.chars().any(char::is_alphanumeric) {
            parts.push(Part::Fixed { name: String::new(), text: text.trim().to_owned() });
        }
    };
    while let Some((before, after)) = rest.split_once('{') {
        let (value, behind) = after.split_once('}').ok_or_else(|| format!("“{name}” has a {{ without its }}"))?;
        fixed(before, &mut parts);
        parts.push(Part::Value(value.to_owned()));
        rest = behind;
    }
    fixed(rest, &mut parts);
    if parts.is_empty() {
        return Err(format!("“{name}” says nothing"));
    }
    let one = parts.len() == 1;
    let mut n = 0;
    for part in &mut parts {
        if let Part::Fixed { name: own, .. } = part {
            n += 1;
            *own = if one { name.to_owned() } else { format!("{name}-{n}") };
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_cut_at_what_differs() {
        let text = "[ref]\nen = \"{operator}: your reference is {reference}. Again: {reference}.\"\n\
                    zh = \"{operator}：您的单号是{reference}。再说一遍：{reference}。\"\n";
        let prompts = Prompts::load("p", text, &[("operator", ["Laika", "莱卡"])]).unwrap();
        let fixed = |name: &str, text: &str| Part::Fixed { name: name.into(), text: text.into() };
        let value = || Part::Value("reference".into());
        let parts = [fixed("ref-1", "Laika: your reference is"), value(), fixed("ref-2", ". Again:"), value()];
        assert_eq!(prompts.parts("ref", Lang::En), parts);
        assert_eq!(prompts.parts("ref", Lang::Zh)[0], fixed("ref-1", "莱卡：您的单号是"));
    }

    #[test]
    fn what_is_not_in_both_languages_is_found_with_its_line() {
        for (text, line, says) in [
            ("[a]\nen = \"x\"\n", 1, "missing field `zh`"),
            ("[a]\nen = \"x\"\nzh = \"y\"\n\n[b]\nen = \"{n} x\"\nzh = \"y\"\n", 5, "does not say the same"),
            ("[a]\nen = \"{n\"\nzh = \"y\"\n", 1, "without its }"),
            ("[a]\nen = \"…\"\nzh = \"y\"\n", 1, "says nothing"),
        ] {
            let faults = Prompts::load("p", text, &[]).unwrap_err();
            assert!(faults[0].line == line && faults[0].says.contains(says), "{faults:?}");
        }
    }
}
