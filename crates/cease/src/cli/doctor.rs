//! `doctor` and `config`: whether everything the desk stands on is there, and how to mend it.

mod here;
mod peers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::{Done, Failed, say, say_json, tell};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::keys::Keys;
use crate::official::{self, Registers};
use crate::work::breaker::{Far, Out};
use crate::work::outage;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Ok,
    Warn,
    Fail,
}

#[derive(Serialize)]
struct Check {
    check: &'static str,
    result: Health,
    says: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    mend: &'static str,
}

fn check(check: &'static str, result: Health, says: impl Into<String>, mend: &'static str) -> Check {
    Check { check, result, says: says.into(), mend: if result == Health::Ok { "" } else { mend } }
}

pub async fn doctor(file: Option<PathBuf>, json: bool) -> Done {
    let mut checks = Vec::new();
    let config = match Config::load(file.as_deref()) {
        Ok(config) => {
            let says = format!("{}; rules: {}", Config::read_from(file.as_deref()), config.rules.pack);
            checks.push(check("configuration", Health::Ok, says, ""));
            Some(config)
        }
        Err(e) => {
            checks.push(check("configuration", Health::Fail, format!("{e:#}"), "see: cease config check"));
            None
        }
    };
    if let Some(config) = &config {
        checks.push(here::address(config));
        checks.extend(here::tls(config));
        checks.push(here::data(config));
        let store = here::store(config).await;
        let there = store.result == Health::Ok;
        let lost = if there { here::lost(config).await } else { None };
        checks.extend(here::keys(config, lost.is_some()));
        checks.push(store);
        checks.extend(lost);
        if there {
            checks.extend(outages(config).await);
        }
        let joined = joined(config).await;
        checks.push(public_log(joined.as_ref()).await);
        checks.push(mail(config).await);
        checks.push(texts(config).await);
        checks.push(rules_of(config));
        checks.extend(started_with(joined.as_ref()).await);
        checks.push(calendar(config));
        checks.extend(here::channels(config).await);
        checks.extend(signatures(config));
        checks.push(mailbox(config).await);
        checks.extend(hlr(config).await);
        checks.extend(provider(config).await);
        checks.push(network(config));
        checks.extend(peers::billing(config).await);
        checks.extend(peers::carriers(config).await);
        checks.extend(peers::porting(config));
        checks.extend(hotline(config));
        checks.push(paper());
    }
    checks.push(built());
    let failed = checks.iter().any(|c| c.result == Health::Fail);
    if json {
        say_json(&json!({ "ok": !failed, "checks": checks }))?;
    } else {
        for c in &checks {
            let mark = match c.result {
                Health::Ok => "ok  ",
                Health::Warn => "warn",
                Health::Fail => "FAIL",
            };
            let mend = if c.mend.is_empty() { String::new() } else { format!(" → {}", c.mend) };
            say(&format!("{mark}  {:<14} {}{mend}", c.check, c.says));
        }
    }
    Ok(ExitCode::from(u8::from(failed)))
}

/// Whether it was built to serve, or in a hurry to be tried out.
fn built() -> Check {
    let (result, says) = match env!("CEASE_OPT_LEVEL") {
        "0" | "1" => (Health::Warn, "to be tried out: a desk that serves is several times as fast"),
        _ => (Health::Ok, "to serve"),
    };
    check("build", result, says, "cargo build --profile production")
}

/// Which elements must let go of a card, in their order. They are not asked: not all have a question that changes
/// nothing.
fn network(config: &Config) -> Check {
    let mend = "see docs/network.md";
    match crate::network::elements(config) {
        Ok(elements) => {
            let names: Vec<_> = elements.iter().map(|element| element.name().to_owned()).collect();
            let before = if names.is_empty() { String::new() } else { format!("{}, then ", names.join(", ")) };
            check("network", Health::Ok, format!("{before}the record of cards"), mend)
        }
        Err(e) => check("network", Health::Fail, format!("{e:#}"), mend),
    }
}

/// Whether the packs lie well over each other, and whether the day of an expected rule has come.
fn rules_of(config: &Config) -> Check {
    let book = match config.book() {
        Ok(book) => book,
        Err(e) => return check("rules", Health::Fail, format!("{e:#}"), "see: cease rules check"),
    };
    let layers: Vec<&str> = book.layers.iter().map(|pack| pack.name.as_str()).collect();
    let overdue = book.overdue(book.day(Clock::Machine.now()));
    let overdue: Vec<&str> = overdue.iter().map(|told| told.rule.id.as_str()).collect();
    if overdue.is_empty() {
        return check("rules", Health::Ok, format!("{}, the topmost last", layers.join(", ")), "");
    }
    let says = format!("expected, and their day has come: {}", overdue.join(", "));
    check("rules", Health::Warn, says, "look whether they are in force; then rules.adopt, or their status")
}

/// Whether the hotline has a menu that holds, and can be heard.
fn hotline(config: &Config) -> Option<Check> {
    config.voice.as_ref()?;
    let mend = "see docs/voice.md, and: cease voice menu --check, cease voice prompts --check";
    let words = match crate::voice::menu(config) {
        Ok((_, words)) => words,
        Err(e) => return Some(check("hotline", Health::Fail, format!("{e:#}"), mend)),
    };
    let missing = crate::voice::sources(config).missing(&words);
    Some(match (missing.len(), voice::sound::has_speaker()) {
        (0, _) => check("hotline", Health::Ok, "everything that it says can be heard", mend),
        (n, true) => check("hotline", Health::Ok, format!("espeak-ng will say {n} pieces at the next start"), mend),
        (n, false) => check(
            "hotline",
            Health::Fail,
            format!("{n} pieces can be heard by nobody: there is neither a recording nor espeak-ng"),
            "apt-get install espeak-ng, or record them: docs/voice.md",
        ),
    })
}

/// How far ahead the holidays are known: a desk wants them before the year begins.
fn calendar(config: &Config) -> Check {
    let mend = "add the next year's days to the calendar that the rule pack names, with their source";
    let calendar = match config.policy() {
        Ok(policy) => policy.desk_hours,
        Err(e) => return check("calendar", Health::Fail, format!("{e:#}"), mend),
    };
    let Some((_, last)) = calendar.covers else {
        return check("calendar", Health::Ok, "always open: no holidays to know", "");
    };
    let today = calendar.date(Clock::Machine.now());
    let ahead = today.until(last).map_or(0, |span| span.get_days());
    let says = format!("{}: holidays are known until {last}", calendar.name);
    check("calendar", if ahead < 45 { Health::Warn } else { Health::Ok }, says, mend)
}

/// Who answers nobody, as the workers have found it, and what has not got on. Nothing where the store cannot tell.
async fn outages(config: &Config) -> Vec<Check> {
    let Ok(store) = config.open_store().await else { return Vec::new() };
    let (Ok(out), Ok((failing, findings))) = (outage::known(&store).await, store.stuck().await) else {
        return Vec::new();
    };
    // A store that no newer desk has been started on has none.
    let (_, given_up) = store.notices().await.unwrap_or_default();
    let mend = "its effects wait and are kept; see /desk/stuck";
    let says = |(far, out): (Far, Out)| format!("{} answers nobody since {}: {}", far.name(), out.since, out.why);
    let mut checks: Vec<Check> = out.into_iter().map(|one| check("far end", Health::Fail, says(one), mend)).collect();
    if failing + findings > 0 {
        let says = format!("{failing} effects are tried again, {findings} cards differ from the network");
        checks.push(check("stuck", Health::Warn, says, "see /desk/stuck"));
    }
    if given_up > 0 {
        let says = format!("{given_up} notices about accounts reached nobody in the last thirty days");
        checks.push(check(
            "notices",
            Health::Warn,
            says,
            "tell those people otherwise: notice-given-up in the audit trail",
        ));
    }
    checks
}

/// The desk as its next start would make it; none before its first.
async fn joined(config: &Config) -> Option<anyhow::Result<App>> {
    if config.unmade().is_some() || Keys::missing(&config.desk.data.join("keys")).is_some() {
        return None;
    }
    // Without the letters, whose key is made where there is none.
    let mut config = config.clone();
    config.mail.smtp.clear();
    Some(crate::startup::app(config, None).await)
}

/// Whether the desk that runs has other rules than those that the configuration has by now.
async fn started_with(joined: Option<&anyhow::Result<App>>) -> Option<Check> {
    let app = joined?.as_ref().ok()?;
    let says = "the desk was last started with other rules than this configuration and release have";
    let other = crate::clocks::others(app).await.ok()?;
    other.then(|| {
        check("rules", Health::Warn, says, "restart every process, and give all the same cease.toml and packs")
    })
}

/// Whether the database still is what was signed, as far as a look at its newest part tells.
async fn public_log(joined: Option<&anyhow::Result<App>>) -> Check {
    let Some(joined) = joined else {
        return check("log", Health::Warn, "the log has not begun yet", "the desk's first start does that");
    };
    let found = async {
        let app = joined.as_ref().map_err(|e| anyhow::anyhow!("{e:#}"))?;
        app.store.log_head().await?;
        if let (Err(_), Some(wrong)) = (crate::log::start(app).await, app.log.wrong()) {
            return Ok::<_, anyhow::Error>(Err(wrong));
        }
        let advice = super::log::advice(app).await.unwrap_or_else(|failed| vec![failed.error.to_string()]);
        Ok(Ok((app.store.log_head().await?.size, advice)))
    };
    match found.await {
        Ok(Ok((size, advice))) => match advice.first() {
            None => check("log", Health::Ok, format!("{size} leaves, as they were signed"), ""),
            Some(first) => check("log", Health::Warn, first.clone(), "cease log check says all of it"),
        },
        Ok(Err(wrong)) => check("log", Health::Fail, wrong.to_string(), "restore the newest database; cease log check"),
        Err(e) => check("log", Health::Fail, format!("{e:#}"), "see the other lines; the desk does not start with it"),
    }
}

async fn mail(config: &Config) -> Check {
    if config.mail.smtp.is_empty() {
        return check("mail", Health::Warn, "no mail is sent", "set mail.smtp and mail.from");
    }
    let mend = "check mail.smtp and that the server answers";
    match reach::mail::Smtp::new(&config.mail.smtp, &config.mail.from) {
        Ok(smtp) => match tokio::time::timeout(Duration::from_secs(10), smtp.probe()).await {
            Ok(Ok(())) => check("mail", Health::Ok, "the mail server answers", ""),
            Ok(Err(e)) => check("mail", Health::Fail, e.why(), mend),
            Err(_) => check("mail", Health::Fail, "no answer in ten seconds", mend),
        },
        Err(e) => check("mail", Health::Fail, e.why(), mend),
    }
}

async fn texts(config: &Config) -> Check {
    let settings = match config.sms.settings() {
        Ok(Some(settings)) => settings,
        Ok(None) => return check("texts", Health::Warn, "no text messages are sent", "set sms.smpp and sms.sender"),
        Err(e) => return check("texts", Health::Fail, format!("{e:#}"), "see: cease config check"),
    };
    // It has deadlines of its own.
    match reach::sms::Smpp::probe(&settings).await {
        Ok(()) if settings.in_the_clear() => {
            let mend = "use ssmpp://, or a network of your own that nobody reads along";
            check("texts", Health::Warn, "the SMSC takes our bind, in the clear", mend)
        }
        Ok(()) => check("texts", Health::Ok, "the SMSC takes our bind", ""),
        Err(e) => check("texts", Health::Fail, e.why(), "check sms.smpp and that the SMSC answers"),
    }
}

/// Whether what is sent is signed, in a way that receivers verify.
fn signatures(config: &Config) -> Option<Check> {
    if config.mail.smtp.is_empty() {
        return None;
    }
    if !config.mail.dkim.is_empty() && !config.desk.data.join("keys").join("dkim.key").exists() {
        let says = "dkim.key is not there yet";
        return Some(check(
            "mail signature",
            Health::Warn,
            says,
            "cease serve makes it; cease mail dns says what to publish",
        ));
    }
    Some(match crate::mail::dkim::load(config) {
        Ok(dkim) => match dkim.records().len() {
            0 => check(
                "mail signature",
                Health::Warn,
                "letters are not signed here",
                "set mail.dkim, or sign at the server",
            ),
            1 => check("mail signature", Health::Warn, super::mail::NO_RSA, "cease mail dns says how"),
            _ => check("mail signature", Health::Ok, "Ed25519 and RSA; cease mail dns prints the records", ""),
        },
        Err(e) => check("mail signature", Health::Fail, format!("{e:#}"), "see data/keys/dkim.key and dkim-rsa.pem"),
    })
}

async fn mailbox(config: &Config) -> Check {
    if config.mail.inbox.url.is_empty() {
        return check("mailbox", Health::Warn, "no mail is read", "set mail.inbox.url and mail.inbox.address");
    }
    let mend = "check mail.inbox and that the server answers";
    match config.imap() {
        Ok(imap) => match tokio::time::timeout(Duration::from_secs(20), imap.probe()).await {
            Ok(Ok(())) => check("mailbox", Health::Ok, "the mailbox can be read", ""),
            Ok(Err(e)) => check("mailbox", Health::Fail, e.why(), mend),
            Err(_) => check("mailbox", Health::Fail, "no answer in twenty seconds", mend),
        },
        Err(e) => check("mailbox", Health::Fail, format!("{e:#}"), mend),
    }
}

/// Whether the HLR answers at all three doors, and lets a card stay deleted.
async fn hlr(config: &Config) -> Option<Check> {
    let settings = config.network.osmo_hlr.as_ref()?;
    let mend =
        "check network.osmo_hlr, that the HLR runs, and that it listens there (bind, in its line vty, ctrl and gsup)";
    let on_demand = "take subscriber-create-on-demand out of the HLR's configuration";
    Some(match reach::element::OsmoHlr::new(settings) {
        Ok(hlr) => match hlr.probe().await {
            Ok(found) if found.makes_on_demand => {
                let says = "the HLR makes a subscriber whenever one is asked for, so that nothing stays deleted";
                check("osmo-hlr", Health::Fail, says, on_demand)
            }
            Ok(found) => check("osmo-hlr", Health::Ok, format!("CTRL, VTY and GSUP answer: {}", found.says), ""),
            Err(e) => check("osmo-hlr", Health::Fail, e.to_string(), mend),
        },
        Err(e) => check("osmo-hlr", Health::Fail, e, mend),
    })
}

/// Whether the identity provider is who it should be, can do what is needed, and has keys that can be used.
async fn provider(config: &Config) -> Option<Check> {
    use reach::oidc::Provider;
    let oidc = config.oidc.as_ref()?;
    let mend = "check oidc.issuer and oidc.link; see docs/oidc.md";
    let connector = match oidc.connector(&config.desk.url) {
        Ok(connector) => connector,
        Err(e) => return Some(check("sign-in", Health::Fail, format!("{e:#}"), "see: cease config check")),
    };
    // The same question first asks what the provider says of itself.
    Some(match connector.keys(Clock::Machine.now(), false).await {
        Ok(keys) => {
            let back = config::Oidc::redirect(&config.desk.url);
            check(
                "sign-in",
                Health::Ok,
                format!("{} answers with {} keys; it must know {back}", oidc.name, keys.many()),
                "",
            )
        }
        Err(failed) => check("sign-in", Health::Fail, failed.to_string(), mend),
    })
}

/// Whether certificates can be drawn as PDF.
fn paper() -> Check {
    let mend = "install fonts-noto-cjk; until then the certificate's page prints";
    match crate::paper::font() {
        Ok(family) => check("PDF", Health::Ok, format!("certificates are set in {family}"), ""),
        Err(none) => check("PDF", Health::Warn, none.to_string(), mend),
    }
}

pub fn config_show(file: Option<&Path>, json: bool) -> Done {
    let (figment, config) = Config::in_force(file).map_err(|e| Failed::new(78, e))?;
    let mut shown = serde_json::to_value(&config)?;
    config::mask(&mut shown);
    if json {
        say_json(&shown)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (section, values) in shown.as_object().into_iter().flatten() {
        say(&format!("[{section}]"));
        for (name, value) in values.as_object().into_iter().flatten() {
            let set_by = figment.find_metadata(&format!("{section}.{name}"));
            // The defaults are the one source that stands in code.
            let set_by = set_by.filter(|m| !matches!(m.source, Some(figment::Source::Code(_))));
            let file =
                values.get(format!("{name}_file")).and_then(|file| file.as_str()).filter(|file| !file.is_empty());
            let from = match (set_by, file) {
                (Some(set_by), _) => set_by.name.to_string(),
                (None, Some(file)) => file.to_owned(),
                (None, None) => "default".to_owned(),
            };
            say(&format!("{name} = {value}  # {from}"));
        }
        say("");
    }
    Ok(ExitCode::SUCCESS)
}

pub fn config_check(file: Option<&Path>, json: bool) -> Done {
    let read = Config::read_from(file);
    let opened = Config::load(file).and_then(|config| config.open_named().map(|()| config));
    let config = match opened {
        Ok(config) => config,
        Err(e) => {
            if json {
                say_json(&json!({ "ok": false, "read": read, "why": format!("{e:#}") }))?;
                return Ok(ExitCode::from(78));
            }
            // One that is not there names itself.
            let there = file.is_none_or(Path::exists);
            return Err(Failed::new(78, if there { e.context(read) } else { e }));
        }
    };
    let (policy, now) = (config.policy()?, Clock::Machine.now());
    let register = Registers::new(&config, &policy)?;
    let unknown = official::unknown(&config, &policy, register.fixed(), now.to_zoned(policy.zone()).date());
    if json {
        say_json(&json!({ "ok": true, "read": read, "unknown_channels": unknown }))?;
    } else {
        say(&format!("{read}: the configuration can be used"));
        unknown.iter().for_each(|line| tell(&format!("cease: {line}; {REGISTER}")));
    }
    Ok(ExitCode::SUCCESS)
}

/// What mends a channel of the desk's own that people are answered is unknown.
const REGISTER: &str = "write it into the file of channels (desk.channels); see docs/channels.md";
