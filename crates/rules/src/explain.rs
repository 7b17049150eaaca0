//! Which rule has set what, and what it was laid over.

use case::Policy;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use toml::Table;

use crate::book::Book;
use crate::pack::{Pack, Place, Rule};

/// Somebody who says something about a key.
#[derive(Clone, Debug)]
pub struct Setter<'a> {
    pub pack: &'a Pack,
    /// None where the pack says it of every day.
    pub rule: Option<&'a Rule>,
    pub value: Value,
    pub place: Place,
}

/// A key on a day.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    pub key: String,
    pub value: Value,
    /// The first is who has set it, the others are whom it lies over; none where it is as it is without being set.
    pub by: Vec<Setter<'a>>,
}

/// The keys that a table gives a value, each by its path. A list is one value.
pub(crate) fn leaves(table: &Table) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (key, value) in table {
        match value.as_table() {
            Some(inner) => all.extend(leaves(inner).into_iter().map(|path| [vec![key.clone()], path].concat())),
            None => all.push(vec![key.clone()]),
        }
    }
    all
}

/// Every key of a policy with its value, as it is written in a pack.
pub(crate) fn flat(policy: &Policy) -> Vec<(String, Value)> {
    fn walk(prefix: &str, value: Value, all: &mut Vec<(String, Value)>) {
        if let Value::Object(map) = value {
            for (key, value) in map {
                walk(&if prefix.is_empty() { key } else { format!("{prefix}.{key}") }, value, all);
            }
        } else {
            all.push((prefix.to_owned(), value));
        }
    }
    let mut all = Vec::new();
    walk("", of(policy), &mut all);
    all
}

fn of(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// A text with `{key}` filled in from a policy. The error is the key that has no plain value.
pub(crate) fn filled(text: &str, policy: &Policy) -> Result<String, String> {
    if !text.contains('{') {
        return Ok(text.to_owned());
    }
    let all = of(policy);
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        let pointer = format!("/{}", key.replace('.', "/"));
        let value = match all.pointer(&pointer) {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
                return Err(key.to_owned());
            }
        };
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

impl Rule {
    /// What we do because of it, under the rules of the day.
    pub fn does(&self, lang: case::Lang, policy: &Policy) -> String {
        // It was checked when the book was composed.
        filled(self.does.of(lang), policy).unwrap_or_default()
    }
}

impl Book {
    /// Every key on a day, or those that are this one or stand in it.
    pub fn explain(&self, day: Date, key: Option<&str>) -> Vec<Explained<'_>> {
        let policy = self.on_day(day);
        let wanted = |name: &String| {
            key.is_none_or(|key| name == key || name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        };
        let explained = |(key, value): (String, Value)| {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            Explained { by: self.setters(day, &path), key, value }
        };
        flat(policy).into_iter().filter(|(name, _)| wanted(name)).map(explained).collect()
    }

    /// Who says something about a key on a day, the one that counts first.
    fn setters(&self, day: Date, path: &[String]) -> Vec<Setter<'_>> {
        let mut found = Vec::new();
        for (pack, holds) in self.layers.iter().zip(&self.holds).rev() {
            for (n, rule) in pack.rules.iter().enumerate().rev().filter(|(n, _)| holds[*n].on(day)) {
                if let Some(value) = at(&rule.set, path) {
                    let place = pack.place_of(Some(n), path);
                    found.push(Setter { pack, rule: Some(rule), value: of(value), place });
                }
            }
            if let Some(value) = at(&pack.base, path) {
                found.push(Setter { pack, rule: None, value: of(value), place: pack.place(path) });
            }
        }
        found
    }

    /// Whether nothing of what a rule sets is what counts.
    pub(crate) fn overridden(&self, layer: usize, n: usize, day: Date) -> bool {
        let rule = &self.layers[layer].rules[n];
        let keys = leaves(&rule.set);
        let counts = |path: &Vec<String>| {
            let first = self.setters(day, path).into_iter().next();
            first.and_then(|setter| setter.rule).is_some_and(|winner| winner.id == rule.id)
        };
        !keys.is_empty() && !keys.iter().any(counts)
    }
}

fn at<'a>(table: &'a Table, path: &[String]) -> Option<&'a toml::Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(first)?, |value, key| value.as_table()?.get(key))
}
