//! Where each value comes from: defaults, then the file, then the environment.
//!
//! What the environment says is read as TOML first, by which `08001234567` and `+441134960000` are numbers, and what a number
//! is made into again is no longer what was dialled. So where a key wants a text, it gets what was written there.

use std::path::Path;

use anyhow::{Context, bail};
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Dict;
use figment::{Figment, Metadata};
use serde::Deserialize;

use super::Config;

const PREFIX: &str = "CEASE_";

impl Config {
    /// Where each value may come from, weakest first.
    pub fn figment(file: Option<&Path>) -> Figment {
        let figment = Figment::from(Serialized::defaults(Config::default()));
        let figment = match file {
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment.merge(Toml::file("cease.toml")),
        };
        figment.merge(Env::prefixed(PREFIX).filter(|key| key.as_str().contains("__")).split("__"))
    }

    /// The file that is read, for people to be told; figment looks for one in the folders above, too.
    pub fn read_from(file: Option<&Path>) -> String {
        let figment = Self::figment(file);
        let found = figment.metadata().find_map(|of| of.source.as_ref()?.file_path());
        match file.or(found) {
            Some(file) => file.display().to_string(),
            None => "there is no cease.toml here, so the defaults hold".to_owned(),
        }
    }

    /// What all layers make, with what stands in files of its own, whether it can work or not; and the layers.
    pub fn in_force(file: Option<&Path>) -> anyhow::Result<(Figment, Self)> {
        if let Some(file) = file {
            std::fs::metadata(file).with_context(|| format!("configuration file {}", file.display()))?;
        }
        let figment = Self::figment(file);
        let mut config = Self::of(&figment).context("the configuration cannot be read")?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        if let Some((name, meant)) = toml::Table::try_from(&config).ok().and_then(|table| slip(&table, names)) {
            bail!("{name}: nothing reads it; a section and its key have two low lines between them: {meant}");
        }
        config.read_secrets()?;
        Ok((figment, config))
    }

    /// What the layers make together, by way of one table: read from figment itself, every section is compiled six
    /// times over, a tenth of this crate.
    pub fn of(figment: &Figment) -> anyhow::Result<Self> {
        let mut table = toml::Table::try_from(figment.extract::<Dict>()?)?;
        loop {
            let said = match Self::deserialize(table.clone()) {
                Ok(config) => return Ok(config),
                Err(error) => error.to_string(),
            };
            let mut lines = said.lines();
            let what = lines.next().unwrap_or_default();
            let mut key: Vec<&str> = lines.filter_map(|line| line.strip_prefix("in `")?.strip_suffix('`')).collect();
            key.extend(what.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()));
            let key = key.join(".");
            // What looks like a number there may be a telephone's.
            let written = what.ends_with("expected a string").then(|| text(&key)).flatten();
            if written.is_some_and(|text| put(&mut table, &key, text)) {
                continue;
            }
            let place = |from: &Metadata| match from.source.as_ref().and_then(|source| source.file_path()) {
                Some(file) => format!(" (from {})", file.display()),
                None => format!(" (from {})", from.name),
            };
            let from = figment.find_metadata(&key).map(place).unwrap_or_default();
            let how = if what.ends_with("expected a string") { ": put it in quotes" } else { "" };
            let which = carrier(&table).filter(|_| key == "carriers").unwrap_or(key);
            bail!("{which}: {what}{from}{how}");
        }
    }
}

/// A name of the environment that was meant for a key and is none, as one low line is missing; and what was meant.
fn slip(config: &toml::Table, mut names: impl Iterator<Item = String>) -> Option<(String, String)> {
    names.find_map(|name| {
        let rest = name.strip_prefix(PREFIX).filter(|rest| !rest.contains("__"))?;
        let within = |section: &&String| {
            rest.to_lowercase().strip_prefix(section.as_str()).is_some_and(|key| key.starts_with('_'))
        };
        let (section, key) = rest.split_at(config.keys().find(within)?.len());
        let meant = format!("{PREFIX}{section}_{key}");
        Some((name, meant))
    })
}

/// Which of `[[carriers]]` cannot be read: a list's own faults name the list alone.
fn carrier(table: &toml::Table) -> Option<String> {
    let bad = |one: &toml::Value| reach::carrier::Settings::deserialize(one.clone()).is_err();
    let (n, one) = table.get("carriers")?.as_array()?.iter().enumerate().find(|(_, one)| bad(one))?;
    let name = one.get("name").and_then(toml::Value::as_str).map(|name| format!(" ({name})")).unwrap_or_default();
    Some(format!("carriers[{n}]{name}"))
}

/// What the environment says of a key, to the letter.
fn text(key: &str) -> Option<String> {
    let name = format!("{PREFIX}{}", key.replace('.', "__"));
    std::env::vars_os().find(|(known, _)| known.eq_ignore_ascii_case(&name))?.1.into_string().ok()
}

/// Puts a text where something else stood; false where nothing did, or a text already.
fn put(table: &mut toml::Table, key: &str, text: String) -> bool {
    let (way, last) = key.rsplit_once('.').unwrap_or_default();
    let within = way.split('.').try_fold(table, |table, part| table.get_mut(part)?.as_table_mut());
    let place = within.and_then(|table| table.get_mut(last)).filter(|value| !value.is_str());
    place.map(|place| *place = text.into()).is_some()
}

#[cfg(test)]
mod tests {
    use super::{put, slip};

    #[test]
    fn a_name_with_one_low_line_too_few_is_not_passed_over() {
        let table: toml::Table = toml::from_str("store.url = ''\nlog.quorum = 1").unwrap();
        let slips = |names: &[&str]| slip(&table, names.iter().map(|name| (*name).to_owned())).map(|(_, meant)| meant);
        assert_eq!(slips(&["CEASE_STORE_URL"]).as_deref(), Some("CEASE_STORE__URL"));
        assert_eq!(slips(&["PATH", "CEASE_LOG", "CEASE_STORE__URL", "CEASE_CONFIG", "CEASE_KNOWN_KEYS"]), None);
    }

    #[test]
    fn only_what_is_there_and_no_text_is_replaced() {
        let mut table: toml::Table = toml::from_str("a.b = 7\na.c = 'x'").unwrap();
        assert!(put(&mut table, "a.b", "+7".into()));
        for key in ["a.b", "a.c", "a.d", "a.b.c", "e", "a", ""] {
            assert!(!put(&mut table, key, "y".into()), "{key}");
        }
        assert_eq!(table.to_string(), "[a]\nb = \"+7\"\nc = \"x\"\n");
    }
}
