//! A pack from its text. Everything that is wrong with it is found at once, each with its line, so that nobody has to
//! mend a file one error a start.

use std::collections::BTreeMap;

use jiff::civil::Date;
use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::pack::{Fault, Pack, Rule, Source, Status, Words};
use crate::{line_at, syntax};

/// What a pack has beside the policy's own keys.
pub(crate) const HEAD: [&str; 4] = ["country", "title", "extends", "rule"];
/// What pages and cases have to agree on, whatever the day.
const WHOLE: [&str; 5] = ["name", "time_zone", "identify", "assurance", "staff"];
const RULE: [&str; 11] =
    ["id", "title", "from", "until", "status", "source", "doubt", "does", "replaces", "falls_back", "set"];

/// Reads a pack, as far as it can be read, and says what is wrong with it. `file` is what it is called in errors.
pub fn read(file: &str, text: &str) -> (Option<Pack>, Vec<Fault>) {
    let whole = |line, why: String| Fault { place: crate::Place { file: file.into(), line }, rule: None, why };
    let (spans, wrong) = DeTable::parse_recoverable(text);
    if !wrong.is_empty() {
        let fault = |why: &toml::de::Error| {
            let (line, why) = syntax(text, why);
            whole(line, why)
        };
        return (None, wrong.iter().map(fault).collect());
    }
    let mut table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(why) => {
            let (line, why) = syntax(text, &why);
            return (None, vec![whole(line, why)]);
        }
    };
    let mut lines = BTreeMap::new();
    of_table(text, spans.get_ref(), &mut Vec::new(), &mut lines);
    let pack = Pack {
        name: String::new(),
        country: String::new(),
        title: Words::default(),
        extends: None,
        base: toml::Table::new(),
        rules: Vec::new(),
        file: file.into(),
        lines,
    };
    let mut reading = Reading { pack, faults: Vec::new(), rule: None };
    let head: toml::Table = HEAD.iter().filter_map(|key| table.remove_entry(*key)).collect();
    reading.head(&head);
    match table.get("name").map(|name| name.as_str().unwrap_or_default()) {
        Some(name) if plain(name, "-") => reading.pack.name = name.to_owned(),
        Some(_) => reading.wrong(&["name"], "the name has small letters, digits and hyphens only"),
        None => reading.wrong(&[], "the pack has no name; write name = \"…\""),
    }
    reading.pack.base = table;
    (Some(reading.pack), reading.faults)
}

/// Small letters, digits, and what else may be between them.
fn plain(text: &str, also: &str) -> bool {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || also.contains(c);
    !text.is_empty() && text.len() <= 80 && text.chars().all(sound)
}

fn of_table(text: &str, table: &DeTable<'_>, path: &mut Vec<String>, lines: &mut BTreeMap<Vec<String>, usize>) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        lines.entry(path.clone()).or_insert_with(|| line_at(text, key.span().start));
        of_value(text, value.get_ref(), path, lines);
        path.pop();
    }
}

fn of_value(text: &str, value: &DeValue<'_>, path: &mut Vec<String>, lines: &mut BTreeMap<Vec<String>, usize>) {
    if let DeValue::Table(table) = value {
        of_table(text, table, path, lines);
    } else if let DeValue::Array(array) = value {
        for (n, one) in array.iter().enumerate() {
            path.push(n.to_string());
            lines.entry(path.clone()).or_insert_with(|| line_at(text, one.span().start));
            of_value(text, one.get_ref(), path, lines);
            path.pop();
        }
    }
}

struct Reading {
    pack: Pack,
    faults: Vec<Fault>,
    /// Its number and id, while one is read.
    rule: Option<(usize, String)>,
}

impl Reading {
    fn wrong(&mut self, path: &[&str], why: impl Into<String>) {
        let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let (place, rule) = match &self.rule {
            Some((n, id)) => (self.pack.place_in(*n, &path), Some(id.clone()).filter(|id| !id.is_empty())),
            None => (self.pack.place(&path), None),
        };
        self.faults.push(Fault { place, rule, why: why.into() });
    }

    fn head(&mut self, head: &toml::Table) {
        self.pack.country = self.text(head, "country").unwrap_or_default();
        if head.contains_key("title") {
            self.pack.title = self.words(head, "title");
        }
        self.pack.extends = self.text(head, "extends");
        let Some(rules) = head.get("rule") else { return };
        let Some(rules) = rules.as_array().filter(|rules| rules.iter().all(Value::is_table)) else {
            return self.wrong(&["rule"], "rules are a list of tables; write each beneath [[rule]]");
        };
        for (n, rule) in rules.iter().enumerate() {
            if let Some(table) = rule.as_table() {
                self.rule(n, table);
            }
        }
    }

    fn rule(&mut self, n: usize, table: &toml::Table) {
        let id = table.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.rule = Some((n, id.clone()));
        match table.get("id") {
            Some(_) if plain(&id, "-.") => {}
            Some(_) => {
                self.wrong(&["id"], "an id has small letters, digits, hyphens and dots, such as uk.ccr.cooling-off")
            }
            None => self.wrong(&[], "the rule has no id"),
        }
        for key in table.keys().filter(|key| !RULE.contains(&key.as_str())) {
            let why = format!("unknown key {key} of a rule; the policy's own keys stand beneath [rule.set]");
            self.wrong(&[key], why);
        }
        let title = self.words(table, "title");
        if title.is_empty() && !table.contains_key("title") {
            self.wrong(&[], "the rule has no title; write title = { en = \"…\", zh = \"…\" }");
        }
        let (from, until) = (self.date(table, "from"), self.date(table, "until"));
        if let Some((from, until)) = from.zip(until).filter(|(from, until)| from > until) {
            self.wrong(&["from"], format!("it begins on {from}, after it has ended on {until}"));
        }
        let status = self.status(table);
        if status == Status::Expected && from.is_none() {
            self.wrong(&["status"], "an expected rule needs the day from which it is expected; write from = …");
        }
        let sources = self.sources(table);
        let set = table.get("set").map(Value::as_table);
        if set == Some(None) {
            self.wrong(&["set"], "what a rule sets is a table; write the keys beneath [rule.set]");
        }
        let set = set.flatten().cloned().unwrap_or_default();
        let dated = from.is_some() || until.is_some();
        for key in WHOLE.iter().filter(|key| set.contains_key(**key) && (dated || **key == "name")) {
            let why = format!("{key} is the whole pack's: it cannot change from one day to the next");
            self.wrong(&["set", key], why);
        }
        let rule = Rule {
            title,
            from,
            until,
            status,
            sources,
            doubt: self.words(table, "doubt"),
            does: self.words(table, "does"),
            replaces: self.list(table, "replaces"),
            falls_back: self.yes(table, "falls_back"),
            set,
            place: self.pack.place_in(n, &[]),
            id,
        };
        self.rule = None;
        self.pack.rules.push(rule);
    }

    fn status(&mut self, table: &toml::Table) -> Status {
        let known = Status::ALL.map(Status::name).join(", ");
        let status = table.get("status").and_then(Value::as_str);
        let status = status.and_then(|name| Status::ALL.into_iter().find(|one| one.name() == name));
        if status.is_none() {
            self.wrong(&["status"], format!("a rule's status is one of {known}"));
        }
        status.unwrap_or(Status::Recalled)
    }

    fn text(&mut self, table: &toml::Table, key: &str) -> Option<String> {
        let text = table.get(key)?.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.wrong(&[key], format!("{key} is a text"));
        }
        text.map(str::to_owned)
    }

    fn yes(&mut self, table: &toml::Table, key: &str) -> bool {
        let Some(value) = table.get(key) else { return false };
        if !value.is_bool() {
            self.wrong(&[key], format!("{key} is true or false"));
        }
        value.as_bool() == Some(true)
    }

    fn list(&mut self, table: &toml::Table, key: &str) -> Vec<String> {
        let texts = |list: &Vec<Value>| list.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>();
        match table.get(key) {
            None => Vec::new(),
            Some(value) => match value.as_array().and_then(texts) {
                Some(list) => list,
                None => {
                    self.wrong(&[key], format!("{key} is a list of ids"));
                    Vec::new()
                }
            },
        }
    }

    fn words(&mut self, table: &toml::Table, key: &str) -> Words {
        let Some(value) = table.get(key) else { return Words::default() };
        let of = |lang: &str| value.as_table().and_then(|words| words.get(lang)).and_then(Value::as_str);
        match (of("en"), of("zh"), value.as_table().map_or(0, toml::Table::len)) {
            (Some(en), Some(zh), 2) => Words { en: en.to_owned(), zh: zh.to_owned() },
            _ => {
                self.wrong(
                    &[key],
                    format!("{key} is a text in both languages; write {key} = {{ en = \"…\", zh = \"…\" }}"),
                );
                Words::default()
            }
        }
    }

    fn date(&mut self, table: &toml::Table, key: &str) -> Option<Date> {
        let value = table.get(key)?;
        let text = value.as_datetime().map(ToString::to_string);
        let text = text.or_else(|| value.as_str().map(str::to_owned)).unwrap_or_default();
        match text.parse::<Date>() {
            Ok(day) if text.len() == 10 => Some(day),
            Ok(_) | Err(_) => {
                self.wrong(&[key], format!("{key} is a day of the calendar, such as {key} = 2026-04-08"));
                None
            }
        }
    }

    fn sources(&mut self, table: &toml::Table) -> Vec<Source> {
        let all: Vec<&Value> = match table.get("source") {
            None => Vec::new(),
            Some(Value::Array(all)) => all.iter().collect(),
            Some(one) => vec![one],
        };
        let mut sources = Vec::new();
        for one in &all {
            match source(one) {
                Ok(source) => sources.push(source),
                Err(why) => self.wrong(&["source"], why),
            }
        }
        if all.is_empty() {
            self.wrong(&[], "the rule has no source: say where it can be read, or who remembers it");
        }
        sources
    }
}

fn source(value: &Value) -> Result<Source, &'static str> {
    const FORM: &str = "a source is a text, or { text = \"…\", url = \"https://…\" }";
    if let Value::String(text) = value {
        return if text.trim().is_empty() { Err(FORM) } else { Ok(Source { text: text.clone(), url: String::new() }) };
    }
    let table = value.as_table().ok_or(FORM)?;
    let of = |key: &str| table.get(key).and_then(Value::as_str).map(str::trim);
    let text = of("text").filter(|text| !text.is_empty()).ok_or(FORM)?;
    let url = of("url").unwrap_or_default();
    if table.keys().any(|key| !["text", "url"].contains(&key.as_str())) {
        return Err(FORM);
    }
    if !url.is_empty() && !url.starts_with("https://") {
        return Err("the address of a source begins with https://");
    }
    Ok(Source { text: text.to_owned(), url: url.to_owned() })
}
