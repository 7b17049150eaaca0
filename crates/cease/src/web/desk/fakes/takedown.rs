//! A text for whoever can take a fake down: registrar or host, carrier, registry of senders' names, mail provider,
//! messenger, courier. Facts only, and nothing of the people who reported it; in both languages, whoever copies it
//! knows which one is read there.

use case::Lang;
use case::official::{Kind, Sign};
use store::{Fake, FakeReport};

use crate::app::App;
use crate::web::check;
use crate::words::{Words, words};

pub struct Letter {
    pub lang: &'static str,
    pub name: String,
    /// Whom it is for.
    pub to: String,
    pub text: String,
}

/// None of a report without a channel.
pub fn letters(app: &App, fake: &Fake, reports: &[FakeReport]) -> Vec<Letter> {
    if fake.kind == Kind::Reference {
        return Vec::new();
    }
    [Lang::En, Lang::ZhCn].map(|lang| letter(app, lang, fake, reports)).into()
}

fn letter(app: &App, lang: Lang, fake: &Fake, reports: &[FakeReport]) -> Letter {
    let (l, desk) = (words(lang), &app.config.desk);
    let operator = desk.name_in(lang);
    let at = |at: &case::Timestamp| crate::words::moment(lang, *at, &app.policy.zone());
    let what = check::kind(l, fake.kind);
    let mut lines = vec![
        fl!(l, "takedown-what", operator = operator, kind = what.as_str(), value = fake.value.as_str()),
        fl!(l, "takedown-reports", n = fake.reports, first = at(&fake.first), last = at(&fake.last)),
    ];
    let seen = |sign: &Sign| reports.iter().any(|r| r.signs.iter().any(|name| name == sign.name()));
    let signs: Vec<String> = Sign::ALL.into_iter().filter(seen).map(|sign| format!("- {}", told(l, sign))).collect();
    if !signs.is_empty() {
        lines.push(format!("{}\n{}", fl!(l, "takedown-signs"), signs.join("\n")));
    }
    lines.push(ask(l, fake.kind));
    lines.push(fl!(l, "takedown-register", url = format!("{}/channels", desk.url)));
    let reach = if desk.mailbox.is_empty() { desk.url.clone() } else { desk.mailbox.clone() };
    lines.push(fl!(l, "takedown-us", operator = operator, reach = reach, number = fake.seq));
    let name = match lang {
        Lang::En => "English",
        Lang::ZhCn => "中文",
    };
    Letter { lang: lang.tag(), name: name.into(), to: to(l, fake.kind), text: lines.join("\n\n") }
}

/// What it does, as a fact about the messages.
fn told(l: &Words, sign: Sign) -> String {
    match sign {
        Sign::AsksForSecrets => fl!(l, "takedown-asks-for-secrets"),
        Sign::AsksForCode => fl!(l, "takedown-asks-for-code"),
        Sign::Hurries => fl!(l, "takedown-hurries"),
        Sign::FeeForRefund => fl!(l, "takedown-fee-for-refund"),
        Sign::SendElsewhere => fl!(l, "takedown-send-elsewhere"),
        Sign::ElsewhereToTalk => fl!(l, "takedown-elsewhere-to-talk"),
        Sign::RemoteControl => fl!(l, "takedown-remote-control"),
        Sign::OddPayment => fl!(l, "takedown-odd-payment"),
    }
}

fn to(l: &Words, kind: Kind) -> String {
    match kind {
        Kind::Domain => fl!(l, "takedown-to-domain"),
        Kind::Mail => fl!(l, "takedown-to-mail"),
        Kind::Phone | Kind::ShortCode => fl!(l, "takedown-to-phone"),
        Kind::Sender => fl!(l, "takedown-to-sender"),
        Kind::Handle => fl!(l, "takedown-to-handle"),
        Kind::Courier | Kind::Address | Kind::Reference => fl!(l, "takedown-to-address"),
    }
}

fn ask(l: &Words, kind: Kind) -> String {
    match kind {
        Kind::Domain => fl!(l, "takedown-ask-domain"),
        Kind::Mail => fl!(l, "takedown-ask-mail"),
        Kind::Phone | Kind::ShortCode => fl!(l, "takedown-ask-phone"),
        Kind::Sender => fl!(l, "takedown-ask-sender"),
        Kind::Handle => fl!(l, "takedown-ask-handle"),
        Kind::Courier | Kind::Address | Kind::Reference => fl!(l, "takedown-ask-address"),
    }
}
