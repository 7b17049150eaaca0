//! Packs laid over each other: read with all that they extend, checked, and worked out for every day on which
//! anything changes.

use std::collections::BTreeSet;
use std::path::Path;

use case::Policy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::{Table, Value};

use crate::book::{Book, Holds, Period};
use crate::check;
use crate::pack::{Fault, Faults, Pack, Place};
use crate::{BUILT_IN, Reading, Wanted, calendar, policy, read};

/// Reads, checks and composes. The error is everything that is wrong.
pub fn compose(wanted: &Wanted, reading: Reading<'_>) -> Result<Book, Faults> {
    let mut loading = Loading { reading, layers: Vec::new(), stack: Vec::new(), faults: Vec::new() };
    loading.load(&wanted.pack, None);
    for also in &wanted.also {
        loading.load(also, None);
    }
    let Loading { layers, mut faults, .. } = loading;
    let whole = faults.is_empty();
    for pack in &layers {
        faults.extend(check::values(pack));
    }
    if layers.is_empty() || !whole {
        return Err(sorted(faults));
    }
    faults.extend(check::ids(&layers, &wanted.adopt));
    // As it is, and as it will be once everything expected has come: adopting a rule may not be what breaks it.
    let every: Vec<String> = layers.iter().flat_map(|pack| &pack.rules).map(|rule| rule.id.clone()).collect();
    let now = days(&layers, &wanted.adopt, reading, &mut faults);
    days(&layers, &every, reading, &mut faults);
    let Some((holds, periods)) = now.filter(|_| faults.is_empty()) else { return Err(sorted(faults)) };
    let zone = periods[0].policy.zone();
    let book = Book { layers, holds, periods, zone };
    let faults = check::words(&book);
    if faults.is_empty() { Ok(book) } else { Err(sorted(faults)) }
}

type Days = (Vec<Vec<Holds>>, Vec<Period>);

/// Works out every day with these rules adopted. What is wrong with a value has been said where it stands.
fn days(layers: &[Pack], adopt: &[String], reading: Reading<'_>, faults: &mut Vec<Fault>) -> Option<Days> {
    let holds = holds(layers, adopt);
    for (pack, holds) in layers.iter().zip(&holds) {
        faults.extend(check::overlaps(pack, holds));
        faults.extend(check::gaps(pack, holds));
    }
    match periods(layers, &holds, reading) {
        Ok(periods) => Some((holds, periods)),
        Err(more) => {
            let known: Vec<String> = faults.iter().map(|fault| fault.why.clone()).collect();
            faults.extend(more.into_iter().filter(|new| !known.iter().any(|old| new.why.ends_with(old.as_str()))));
            None
        }
    }
}

fn sorted(mut faults: Vec<Fault>) -> Faults {
    faults.sort();
    faults.dedup();
    Faults(faults)
}

struct Loading<'a> {
    reading: Reading<'a>,
    layers: Vec<Pack>,
    /// The files that are being read, each because of the one before it.
    stack: Vec<String>,
    faults: Vec<Fault>,
}

impl Loading<'_> {
    /// Reads a pack and what it extends, the lowest first. `by` is the pack that extends it.
    fn load(&mut self, name: &str, by: Option<&Pack>) {
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
        let file = match (built_in, by) {
            (Some(_), _) => format!("rules/{name}.toml"),
            (None, Some(by)) => beside(&by.file, name),
            (None, None) => name.to_owned(),
        };
        if self.layers.iter().any(|pack| pack.file == file) {
            return;
        }
        let here = by.map_or(Place { file: file.clone(), line: 0 }, |by| by.place(&["extends".to_owned()]));
        if self.stack.contains(&file) {
            let way = format!("{} → {file}", self.stack.join(" → "));
            self.faults.push(Fault { place: here, rule: None, why: format!("the pack extends itself: {way}") });
            return;
        }
        let text = match built_in {
            Some((_, text)) => Ok((*text).to_owned()),
            None => (self.reading)(&file),
        };
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                let known = BUILT_IN.map(|(name, _)| name).join(", ");
                let why = format!("{name} is neither built in ({known}) nor a file that can be read: {why}");
                self.faults.push(Fault { place: here, rule: None, why });
                return;
            }
        };
        let (pack, faults) = read(&file, &text);
        self.faults.extend(faults);
        if let Some(pack) = pack {
            self.stack.push(file);
            if let Some(beneath) = &pack.extends {
                self.load(beneath, Some(&pack));
            }
            self.stack.pop();
            self.layers.push(pack);
        }
    }
}

/// A path as it is meant in a file.
fn beside(file: &str, name: &str) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    folder.join(name).display().to_string()
}

/// On which days each rule of each pack holds.
pub(crate) fn holds(layers: &[Pack], adopt: &[String]) -> Vec<Vec<Holds>> {
    let of = |rule: &crate::Rule| Holds {
        applies: rule.status != crate::Status::Expected || adopt.contains(&rule.id),
        from: rule.from,
        until: rule.until,
    };
    let mut all: Vec<Vec<Holds>> = layers.iter().map(|pack| pack.rules.iter().map(of).collect()).collect();
    let place = |id: &String| {
        let mut all = layers.iter().enumerate();
        all.find_map(|(l, pack)| Some((l, pack.rules.iter().position(|rule| rule.id == *id)?)))
    };
    for (l, pack) in layers.iter().enumerate() {
        for (n, rule) in pack.rules.iter().enumerate().filter(|(n, _)| all[l][*n].applies).collect::<Vec<_>>() {
            for (tl, tn) in rule.replaces.iter().filter_map(place) {
                let eve = all[l][n].from.and_then(|from| from.yesterday().ok());
                let old = &mut all[tl][tn];
                match eve {
                    Some(eve) => old.until = Some(old.until.map_or(eve, |until| until.min(eve))),
                    None => old.applies = false,
                }
            }
        }
    }
    all
}

/// The keys of all packs on a day; the earliest day there is stands for all before the first change.
fn merged(layers: &[Pack], holds: &[Vec<Holds>], on: Date) -> Table {
    let mut table = Table::new();
    for (pack, holds) in layers.iter().zip(holds) {
        merge(&mut table, &pack.base);
        for (rule, _) in pack.rules.iter().zip(holds).filter(|(_, holds)| holds.on(on)) {
            merge(&mut table, &rule.set);
        }
    }
    table
}

/// Lays one table over another: tables into each other, everything else in place of what was there.
pub(crate) fn merge(under: &mut Table, over: &Table) {
    for (key, value) in over {
        if let (Some(Value::Table(under)), Value::Table(over)) = (under.get_mut(key), value) {
            merge(under, over);
        } else {
            under.insert(key.clone(), value.clone());
        }
    }
}

/// Each stretch of days with one policy, the first from the beginning of time.
fn periods(layers: &[Pack], holds: &[Vec<Holds>], reading: Reading<'_>) -> Result<Vec<Period>, Vec<Fault>> {
    let mut days = BTreeSet::from([Date::MIN]);
    for one in holds.iter().flatten().filter(|one| one.applies) {
        days.extend(one.from);
        days.extend(one.until.and_then(|until| until.tomorrow().ok()));
    }
    let (mut periods, mut faults) = (Vec::new(), Vec::new());
    let mut zone = TimeZone::UTC;
    for day in days {
        match composed(layers, holds, day, reading) {
            Ok(policy) => {
                if day == Date::MIN {
                    zone = policy.zone();
                }
                let from = day.to_zoned(zone.clone()).map_or(Timestamp::MIN, |start| start.timestamp());
                periods.push(Period { day, from: if day == Date::MIN { Timestamp::MIN } else { from }, policy });
            }
            Err(more) => {
                let new: Vec<Fault> = more.into_iter().filter(|new| !faults.contains(new)).collect();
                faults.extend(new);
            }
        }
    }
    if faults.is_empty() { Ok(periods) } else { Err(faults) }
}

/// The policy of a day, whole and sound.
fn composed(layers: &[Pack], holds: &[Vec<Holds>], day: Date, reading: Reading<'_>) -> Result<Policy, Vec<Fault>> {
    let blame = |key: &str, why: String| {
        let key: Vec<String> = key.split('.').map(str::to_owned).collect();
        let (place, rule) = check::setter(layers, holds, day, &key);
        Fault { place, rule, why }
    };
    let mut policy = policy(&merged(layers, holds, day)).map_err(|why| {
        let lowest = &layers[0];
        let hint = if why.starts_with("missing field") && lowest.name != "generic" {
            "; write extends = \"generic\" if the rest is to be as it is there"
        } else {
            ""
        };
        let place = Place { file: lowest.file.clone(), line: 1 };
        vec![Fault { place, rule: None, why: format!("{why}{hint}") }]
    })?;
    let mut faults: Vec<Fault> =
        policy.check().into_iter().map(|(key, why)| blame(&key, format!("{key} {why}"))).collect();
    match calendar(&policy.calendar, reading) {
        Ok(hours) => policy.desk_hours = hours,
        Err(why) => faults.push(blame("calendar", why)),
    }
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}
