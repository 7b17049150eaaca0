//! What can be wrong with packs beside their form: keys and values that no policy has, rules that contradict each
//! other, days on which nothing is said by mistake, words about keys that do not exist.

use std::collections::BTreeMap;

use jiff::civil::Date;
use toml::{Table, Value};

use crate::book::{Book, Holds};
use crate::compose::merge;
use crate::explain::{filled, leaves};
use crate::pack::{Fault, Pack, Place};
use crate::read::HEAD;
use crate::{BUILT_IN, policy};

type Path = Vec<String>;

/// Ids that stand for two rules or for none.
pub(crate) fn ids(layers: &[Pack], adopt: &[String]) -> Vec<Fault> {
    let mut first: BTreeMap<&str, &Place> = BTreeMap::new();
    let mut faults = Vec::new();
    for rule in layers.iter().flat_map(|pack| &pack.rules) {
        if let Some(place) = first.get(rule.id.as_str()) {
            let why = format!("another rule has this id: {place}");
            faults.push(Fault { place: rule.place.clone(), rule: Some(rule.id.clone()), why });
        } else {
            first.insert(&rule.id, &rule.place);
        }
    }
    for pack in layers {
        for (n, rule) in pack.rules.iter().enumerate() {
            for old in rule.replaces.iter().filter(|old| !first.contains_key(old.as_str()) || **old == rule.id) {
                let place = pack.place_in(n, &["replaces".to_owned()]);
                let why = format!("it replaces {old}, and there is no such rule in it or beneath it");
                faults.push(Fault { place, rule: Some(rule.id.clone()), why });
            }
        }
    }
    for id in adopt.iter().filter(|id| !first.contains_key(id.as_str())) {
        let place = Place { file: "rules.adopt in the configuration".into(), line: 0 };
        faults.push(Fault { place, rule: None, why: format!("there is no rule {id}") });
    }
    faults
}

/// Keys that no policy has, and values that are none of theirs: each pack is laid over the generic one alone, key by
/// key, so that what is wrong is found where it stands, whatever lies above or beneath.
pub(crate) fn values(pack: &Pack) -> Vec<Fault> {
    let ground = match toml::from_str::<Table>(BUILT_IN[0].1) {
        Ok(ground) => Table::from_iter(ground.into_iter().filter(|(key, _)| !HEAD.contains(&key.as_str()))),
        Err(why) => {
            let place = Place { file: "rules/generic.toml".into(), line: 0 };
            return vec![Fault { place, rule: None, why: why.message().to_owned() }];
        }
    };
    let mut faults = Vec::new();
    let of = |rule: Option<usize>, set: &Table, faults: &mut Vec<Fault>| {
        for (path, why) in wrong(&ground, set, &[]) {
            let id = rule.map(|n| pack.rules[n].id.clone());
            faults.push(Fault { place: pack.place_of(rule, &path), rule: id, why });
        }
    };
    of(None, &pack.base, &mut faults);
    for (n, rule) in pack.rules.iter().enumerate() {
        of(Some(n), &rule.set, &mut faults);
    }
    faults
}

/// The smallest parts of a patch that make no policy, and why not.
fn wrong(ground: &Table, patch: &Table, beneath: &[String]) -> Vec<(Path, String)> {
    let laid = |patch: &Table| {
        let mut whole = ground.clone();
        merge(&mut whole, &within(beneath, patch));
        policy(&whole)
    };
    let Err(all) = laid(patch) else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in patch {
        let one = Table::from_iter([(key.clone(), value.clone())]);
        let Err(why) = laid(&one) else { continue };
        let path = [beneath, std::slice::from_ref(key)].concat();
        let deeper = value.as_table().map(|table| wrong(ground, table, &path)).unwrap_or_default();
        if deeper.is_empty() {
            found.push((path, why));
        } else {
            found.extend(deeper);
        }
    }
    if found.is_empty() {
        found.push((beneath.to_vec(), all));
    }
    found
}

fn within(path: &[String], patch: &Table) -> Table {
    path.iter().rev().fold(patch.clone(), |inner, key| Table::from_iter([(key.clone(), Value::Table(inner))]))
}

/// Whether two keys are the same, or one stands in the other.
fn touches(a: &[String], b: &[String]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

/// Two rules of one pack that say something about the same key on the same day.
pub(crate) fn overlaps(pack: &Pack, holds: &[Holds]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (n, rule) in pack.rules.iter().enumerate() {
        for (m, other) in pack.rules.iter().enumerate().take(n) {
            if !holds[n].meets(&holds[m]) {
                continue;
            }
            let theirs = leaves(&other.set);
            for key in leaves(&rule.set).into_iter().filter(|key| theirs.iter().any(|it| touches(it, key))) {
                let why = format!(
                    "{} is set by {} too ({}), and both hold on {}; end one of them, or let this one replace it",
                    key.join("."),
                    other.id,
                    pack.place_of(Some(m), &key),
                    holds[n].common(&holds[m]),
                );
                faults.push(Fault { place: pack.place_of(Some(n), &key), rule: Some(rule.id.clone()), why });
            }
        }
    }
    faults
}

/// Days between two rules about the same key on which the pack says nothing, and not on purpose.
pub(crate) fn gaps(pack: &Pack, holds: &[Holds]) -> Vec<Fault> {
    let standing = leaves(&pack.base);
    let mut by_key: BTreeMap<Path, Vec<usize>> = BTreeMap::new();
    for (n, rule) in pack.rules.iter().enumerate().filter(|(n, _)| holds[*n].applies && !holds[*n].never()) {
        for key in leaves(&rule.set).into_iter().filter(|key| !standing.iter().any(|it| touches(it, key))) {
            by_key.entry(key).or_default().push(n);
        }
    }
    let mut faults = Vec::new();
    for (key, mut rules) in by_key {
        rules.sort_by_key(|n| holds[*n].from);
        for pair in rules.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            let (Some(until), Some(from)) = (holds[before].until, holds[after].from) else { continue };
            let first = until.tomorrow().unwrap_or(Date::MAX);
            if first < from && !pack.rules[before].falls_back {
                let last = from.yesterday().unwrap_or(from);
                let why = format!(
                    "{} is said by no rule from {first} to {last}, after {}; close the gap, or write there \
                     falls_back = true",
                    key.join("."),
                    pack.rules[before].id,
                );
                let rule = Some(pack.rules[after].id.clone());
                faults.push(Fault { place: pack.place_of(Some(after), &key), rule, why });
            }
        }
    }
    faults
}

/// Who has set a key on a day: the topmost that says something about it, or the topmost pack.
pub(crate) fn setter(layers: &[Pack], holds: &[Vec<Holds>], on: Date, key: &[String]) -> (Place, Option<String>) {
    for (pack, holds) in layers.iter().zip(holds).rev() {
        let sets = |table: &Table| leaves(table).iter().any(|leaf| touches(leaf, key));
        for (n, rule) in pack.rules.iter().enumerate().rev() {
            if holds[n].on(on) && sets(&rule.set) {
                return (pack.place_of(Some(n), key), Some(rule.id.clone()));
            }
        }
        if sets(&pack.base) {
            return (pack.place(key), None);
        }
    }
    let top = &layers[layers.len() - 1];
    (Place { file: top.file.clone(), line: 1 }, None)
}

/// What a rule says of what we do has to be about keys that there are.
pub(crate) fn words(book: &Book) -> Vec<Fault> {
    let mut faults = Vec::new();
    for pack in &book.layers {
        for (n, rule) in pack.rules.iter().enumerate() {
            for text in [&rule.does.en, &rule.does.zh] {
                if let Err(key) = filled(text, &book.periods[0].policy) {
                    let place = pack.place_in(n, &["does".to_owned()]);
                    let why = format!("{{{key}}} is no key with a value; write it like {{clocks.notice_months}}");
                    faults.push(Fault { place, rule: Some(rule.id.clone()), why });
                }
            }
        }
    }
    faults
}
