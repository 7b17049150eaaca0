//! `rules`: which packs there are, whether one can be used, and which rule says what on which day.

use std::path::Path;
use std::process::ExitCode;

use case::{CaseRef, Lang};
use jiff::civil::Date;
use rules::{Book, Explained, Pack, Setter, Told, Wanted};
use serde_json::{Value, json};

use super::{Done, Failed, asked, say, say_json, tell};
use crate::clock::Clock;
use crate::config::Config;
use crate::rules::compose;
use crate::web::desk::rules::value;
use crate::web::rules::{pack_title, state, status};
use crate::words::words;

#[derive(clap::Args)]
pub struct Asked {
    /// In which language rules are named: en or zh-CN
    #[arg(long, global = true, default_value = "en", value_parser = asked::lang)]
    lang: Lang,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The packs that are built in, and what the configuration makes of them
    List,
    /// The rules of a pack and of all beneath it, as they stand today
    Show {
        /// A pack that is built in, or a path
        pack: String,
    },
    /// Whether packs can be used: 0 all, 1 not; everything that is wrong is said, with file, line and rule
    Check {
        /// Packs by name or path. One that neither extends another nor has every key itself is checked over the pack that
        /// the configuration names, as `rules.also` lays it
        #[arg(required = true)]
        files: Vec<String>,
        /// Check them over this pack
        #[arg(long, value_name = "PACK")]
        over: Option<String>,
    },
    /// Which rule has set what on a day, why, and what it was laid over
    Explain {
        /// The day; today without it, or the day on which the case was received
        #[arg(long, value_name = "DATE", value_parser = asked::day)]
        on: Option<Date>,
        /// By the rules of this case
        #[arg(long, value_name = "REFERENCE", value_parser = asked::reference, conflicts_with_all = ["pack", "on"])]
        case: Option<CaseRef>,
        /// By this pack rather than by what the configuration names
        #[arg(long, value_name = "PACK")]
        pack: Option<String>,
        /// This key, or all that stand in it
        #[arg(long)]
        key: Option<String>,
    },
}

pub async fn rules(config: Result<Config, Failed>, asked: Asked, json: bool) -> Done {
    let lang = asked.lang;
    match asked.what {
        What::List => list(&config?, lang, json),
        What::Show { pack } => show(&pack, lang, json),
        What::Check { files, over } => {
            let named = || config.map_or_else(|_| Config::default().rules.pack, |config| config.rules.pack);
            check(&files, over.as_deref(), &named(), json)
        }
        What::Explain { on, case, pack, key } => {
            let (book, day) = match (case, &pack) {
                (Some(case), _) => of_case(config?, case).await?,
                (None, Some(pack)) => (named(pack)?, None),
                (None, None) => (composed(&config?.wanted())?, None),
            };
            let day = on.or(day).unwrap_or_else(|| book.day(Clock::Machine.now()));
            explain(&book, day, key.as_deref(), lang, json)
        }
    }
}

fn composed(wanted: &Wanted) -> Result<Book, Failed> {
    compose(wanted).map_err(|faults| Failed::new(78, faults))
}

/// The pack that is named on the command line, rather than in the configuration.
fn named(pack: &str) -> Result<Book, Failed> {
    there(pack)?;
    composed(&Wanted::of(pack))
}

/// What is neither built in nor a file is a slip of whoever typed it, and no fault of any rule.
fn there(pack: &str) -> Result<(), Failed> {
    if rules::BUILT_IN.iter().any(|(known, _)| *known == pack) {
        return Ok(());
    }
    asked::text(Path::new(pack)).map(drop).map_err(|failed| {
        let known = rules::BUILT_IN.map(|(name, _)| name).join(", ");
        Failed { error: failed.error.context(format!("no pack of this name is built in ({known})")), ..failed }
    })
}

async fn of_case(config: Config, reference: CaseRef) -> Result<(Book, Option<Date>), Failed> {
    let app = super::built(config).await?;
    let case = asked::case(&app, reference).await?;
    let book = app.policy.book().clone();
    let day = book.day(case.counts_from());
    tell(&format!("Case {reference} counts from {day} and keeps the rules of that day."));
    Ok((book, Some(day)))
}

fn list(config: &Config, lang: Lang, json: bool) -> Done {
    let mut all = Vec::new();
    for (name, _) in rules::BUILT_IN {
        let book = composed(&Wanted::of(name))?;
        let Some(top) = book.top() else { continue };
        all.push((pack_title(lang, top), top.rules.len(), top.name.clone(), top.country.clone()));
    }
    let wanted = config.wanted();
    let layers: Vec<String> = composed(&wanted)?.layers.iter().map(|pack| pack.name.clone()).collect();
    if json {
        let packs: Vec<Value> = all
            .iter()
            .map(|(title, rules, name, country)| {
                json!({ "name": name, "country": country, "title": title, "rules": rules })
            })
            .collect();
        say_json(&json!({ "packs": packs, "in_use": layers, "adopted": wanted.adopt }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (title, rules, name, _) in all {
        say(&format!("{name}\t{rules}\t{title}"));
    }
    tell(&format!("In use here, the lowest first: {}", layers.join(", ")));
    Ok(ExitCode::SUCCESS)
}

fn of_rule(told: &Told<'_>, policy: &rules::Policy) -> Value {
    let rule = told.rule;
    json!({
        "id": rule.id, "pack": told.pack.name, "title": rule.title, "from": told.from, "until": told.until,
        "status": rule.status, "state": told.state, "sources": rule.sources, "doubt": rule.doubt,
        "does": { "en": rule.does(Lang::En, policy), "zh": rule.does(Lang::ZhCn, policy) },
        "sets": rule.set, "place": rule.place,
    })
}

fn say_rule(told: &Told<'_>, lang: Lang) {
    let (rule, l) = (told.rule, words(lang));
    let days = match (told.from, told.until) {
        (None, None) => String::new(),
        (from, until) => {
            let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
            format!(" [{}…{}]", day(from), day(until))
        }
    };
    say(&format!("{}: {}{days}", rule.id, rule.title.of(lang)));
    say(&format!("  {} · {} · {}", state(l, told.state), status(l, rule.status), rule.place));
    for source in &rule.sources {
        say(format!("  {} {}", source.text, source.url).trim_end());
    }
    if !rule.doubt.is_empty() {
        say(&format!("  ({})", rule.doubt.of(lang)));
    }
}

fn show(pack: &str, lang: Lang, json: bool) -> Done {
    let book = named(pack)?;
    let today = book.day(Clock::Machine.now());
    let told = book.rules(today);
    if json {
        let rules: Vec<Value> = told.iter().map(|told| of_rule(told, book.on_day(today))).collect();
        let layers: Vec<&Pack> = book.layers.iter().collect();
        let layers: Vec<Value> = layers.iter().map(|pack| json!({ "name": pack.name, "file": pack.file })).collect();
        say_json(&json!({ "layers": layers, "on": today, "rules": rules, "changes": book.changes(today) }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if told.is_empty() {
        tell("There are no rules in this pack: it only has keys that always hold (cease rules explain --pack …).");
    }
    told.iter().for_each(|told| say_rule(told, lang));
    Ok(ExitCode::SUCCESS)
}

/// Whether a file is meant to lie over whatever there is: it names nothing that it extends.
fn lies_over(file: &str) -> bool {
    let table = std::fs::read_to_string(file).ok().and_then(|text| text.parse::<toml::Table>().ok());
    table.is_some_and(|table| !table.contains_key("extends"))
}

/// Checks each file over a pack: the one that was asked for, or, where it is no whole policy by itself, the one `named` in
/// the configuration. Answers what it was checked over.
fn faults(file: &str, over: Option<&str>, named: &str) -> (Option<String>, Vec<rules::Fault>) {
    let laid = |over: &str| {
        let wanted = Wanted { also: vec![file.to_owned()], ..Wanted::of(over) };
        (Some(over.to_owned()), compose(&wanted).err().map(|faults| faults.0).unwrap_or_default())
    };
    match (over, compose(&Wanted::of(file))) {
        (Some(over), _) => laid(over),
        (None, Ok(_)) => (None, Vec::new()),
        (None, Err(_)) if file != named && lies_over(file) => laid(named),
        (None, Err(faults)) => (None, faults.0),
    }
}

fn check(files: &[String], over: Option<&str>, named: &str, json: bool) -> Done {
    files.iter().map(String::as_str).chain(over).try_for_each(there)?;
    let (mut wrong, mut beneath) = (Vec::new(), Vec::new());
    for file in files {
        let (over, faults) = faults(file, over, named);
        wrong.extend(faults);
        beneath.extend(over.map(|over| (file, over)));
    }
    if json {
        let over: serde_json::Map<String, Value> =
            beneath.into_iter().map(|(file, over)| (file.clone(), over.into())).collect();
        say_json(&json!({ "ok": wrong.is_empty(), "faults": wrong, "over": over }))?;
        return Ok(ExitCode::from(u8::from(!wrong.is_empty())));
    }
    for (file, over) in beneath {
        tell(&format!("{file} is checked over {over}, as rules.also lays it"));
    }
    if wrong.is_empty() {
        say("these rules can be used");
    } else {
        wrong.iter().for_each(|fault| say(&fault.to_string()));
    }
    Ok(ExitCode::from(u8::from(!wrong.is_empty())))
}

fn of_setter(setter: &Setter<'_>) -> Value {
    let rule = setter.rule;
    json!({
        "pack": setter.pack.name, "rule": rule.map(|rule| &rule.id), "title": rule.map(|rule| &rule.title),
        "status": rule.map(|rule| rule.status), "sources": rule.map(|rule| &rule.sources),
        "doubt": rule.map(|rule| &rule.doubt), "value": setter.value, "place": setter.place,
    })
}

fn say_key(one: &Explained<'_>, lang: Lang) {
    let l = words(lang);
    say(&format!("{} = {}", one.key, value(&one.value)));
    for (n, setter) in one.by.iter().enumerate() {
        let says = if n == 0 { String::new() } else { format!("{} {}: ", fl!(l, "rules-over"), value(&setter.value)) };
        match setter.rule {
            None => say(&format!("  {says}{} ({})", pack_title(lang, setter.pack), setter.place)),
            Some(rule) => {
                let (title, sure) = (rule.title.of(lang), status(l, rule.status));
                say(&format!("  {says}{}: {title} · {sure} ({})", rule.id, setter.place));
                for source in &rule.sources {
                    say(format!("    {} {}", source.text, source.url).trim_end());
                }
                if !rule.doubt.is_empty() {
                    say(&format!("    ({})", rule.doubt.of(lang)));
                }
            }
        }
    }
    if one.by.is_empty() {
        say(&format!("  {}", fl!(l, "rules-default")));
    }
}

fn explain(book: &Book, day: Date, key: Option<&str>, lang: Lang, json: bool) -> Done {
    let keys = book.explain(day, key);
    if keys.is_empty() {
        let key = key.unwrap_or_default();
        return Err(Failed::new(4, anyhow::anyhow!("there is no key {key}; without --key all of them are shown")));
    }
    if json {
        let keys: Vec<Value> = keys
            .iter()
            .map(|one| {
                let by: Vec<Value> = one.by.iter().map(of_setter).collect();
                json!({ "key": one.key, "value": one.value, "by": by.first(), "over": by.get(1..).unwrap_or_default() })
            })
            .collect();
        let rules: Vec<Value> = book.rules(day).iter().map(|told| of_rule(told, book.on_day(day))).collect();
        say_json(&json!({ "on": day, "keys": keys, "rules": rules }))?;
        return Ok(ExitCode::SUCCESS);
    }
    tell(&format!("On {day}:"));
    // What nobody has set is only told when it is asked for.
    keys.iter().filter(|one| key.is_some() || !one.by.is_empty()).for_each(|one| say_key(one, lang));
    Ok(ExitCode::SUCCESS)
}
