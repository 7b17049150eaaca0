//! Finds what in a text is a channel: links, hosts, mail addresses, numbers, accounts, names.

use super::{Kind, Register, Seen, links, plain, postal};
use crate::id::CaseRef;
use crate::identify::{Identifier, IdentifyRules, identify};

/// Words before an account's name, with the platform.
const NAMED: &[(&str, &str)] = &[
    ("telegram", "telegram"),
    ("tg", "telegram"),
    ("电报", "telegram"),
    ("纸飞机", "telegram"),
    ("whatsapp", "whatsapp"),
    ("wechat", "wechat"),
    ("weixin", "wechat"),
    ("微信号", "wechat"),
    ("微信", "wechat"),
    ("qq", "qq"),
    ("line", "line"),
    ("signal", "signal"),
];

pub(super) fn channels(text: &str, register: &Register, rules: &IdentifyRules) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut tokens = text.split(breaks).map(trimmed).filter(|t| !t.is_empty()).peekable();
    while let Some(token) = tokens.next() {
        match tokens.peek().and_then(|next| code_for(token, next)) {
            Some(host) => seen.extend(links::seen(&format!("https://{host}"))),
            None => token_of(token, register, &mut seen),
        }
    }
    named(text, &mut seen);
    numbers(text, register, rules, &mut seen);
    let whole = plain(text);
    let found = |kind, value: &str| Seen { kind, value: value.to_owned(), reasons: Vec::new() };
    for entry in &register.official {
        match entry.kind {
            Kind::Address if whole.contains(&entry.value) => seen.push(found(Kind::Address, &entry.value)),
            // Where ours stands in it as well, that is what was copied.
            Kind::Address => seen.extend(postal::near(&entry.shown, text).map(|near| found(Kind::Address, &near))),
            // In a sentence a courier's name says nothing: anybody may write it.
            Kind::Courier if whole == entry.value || links::alike(&entry.value, &whole) => {
                seen.push(found(Kind::Courier, &whole));
            }
            Kind::Domain
            | Kind::Mail
            | Kind::Phone
            | Kind::ShortCode
            | Kind::Sender
            | Kind::Handle
            | Kind::Courier
            | Kind::Reference => {}
        }
    }
    // A bare word is the name above a text message; a bare number of few digits its short code.
    if seen.is_empty() && (3..=11).contains(&text.trim().chars().count()) {
        if (3..=6).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit()) {
            seen.push(found(Kind::ShortCode, &whole));
        } else if whole.chars().count() >= 3 && whole.chars().any(char::is_alphabetic) {
            seen.push(found(Kind::Sender, &whole));
        }
    }
    seen
}

fn breaks(c: char) -> bool {
    c.is_whitespace() || "()[]{}<>\"“”‘’「」『』【】（）《》，。；！？、｜|*`".contains(c)
}

fn trimmed(token: &str) -> &str {
    token.trim_matches(['.', ',', ';', '!', '?', '\'', ':'])
}

/// A character that a host's name may be written with, where no spaces divide words.
fn in_host(c: char) -> bool {
    let ideographs =
        matches!(u32::from(c), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x20000..);
    (c.is_alphanumeric() && !ideographs) || matches!(c, '.' | '-')
}

/// The host in "@host #code", the last line of a text message whose code a browser fills in there and nowhere else.
/// Without such a code behind it, what follows an `@` is an account: they have dots in their names too.
fn code_for(token: &str, next: &str) -> Option<String> {
    let (name, code) = (token.strip_prefix('@')?, next.strip_prefix('#')?);
    let is_code = (4..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    links::host(name).filter(|host| is_code && (name.contains('.') || host == "localhost"))
}

fn token_of(token: &str, register: &Register, seen: &mut Vec<Seen>) {
    // However many slashes, and whichever way they lean: a browser opens it.
    let lower = token.to_lowercase();
    if let Some((at, scheme)) = ["https:", "http:"].iter().find_map(|s| lower.find(s).map(|at| (at, s)))
        && lower.is_char_boundary(at)
        && token.is_char_boundary(at + scheme.len())
    {
        let rest = token[at + scheme.len()..].trim_start_matches(['/', '\\']);
        seen.extend(links::seen(&format!("{scheme}//{rest}")));
        return;
    }
    if let Some(at) = token.find("://") {
        let scheme = token[..at].bytes().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
        seen.extend(links::seen(&token[at - scheme..]));
        return;
    }
    for (scheme, kind) in
        [("mailto:", Kind::Mail), ("tel:", Kind::Phone), ("sms:", Kind::Phone), ("smsto:", Kind::Phone)]
    {
        if let Some(rest) = lower.strip_prefix(scheme) {
            let rest = rest.split(['?', ';', '&']).next().unwrap_or_default();
            if kind == Kind::Mail {
                mail(rest, seen);
            }
            // Numbers are found in the text as a whole.
            return;
        }
    }
    if let Some(at) = token.find('@') {
        if at > 0 && token[at + 1..].contains('.') {
            mail(token, seen);
        } else {
            let name: String =
                token[at + 1..].chars().take_while(|c| c.is_alphanumeric() || "_.-".contains(*c)).collect();
            if name.chars().count() >= 3 {
                seen.push(handle("telegram", &name));
            }
        }
        return;
    }
    if token.parse::<CaseRef>().is_ok_and(|r| r.to_string() == token.to_uppercase()) {
        seen.push(Seen { kind: Kind::Reference, value: token.to_uppercase(), reasons: Vec::new() });
        return;
    }
    let known = |host: &str| {
        let suffix = suffix::is_known(host);
        // A register may have names that no public list knows.
        let ours = || register.official_of(Kind::Domain).any(|e| e.value.rsplit('.').next() == host.rsplit('.').next());
        links::registrable(host).is_ok() && (suffix || ours())
    };
    // The whole token where the name is written in ideographs, otherwise what stands in it between them.
    let path = token.find(['/', '\\', '?', '#']).unwrap_or(token.len());
    let unicode = links::host(&token[..path]).filter(|host| !token.is_ascii() && host.contains('.') && known(host));
    let runs = token[..path].split(|c| !in_host(c)).map(trimmed).filter(|run| run.contains('.') && run.len() >= 4);
    match unicode {
        Some(_) if !token.chars().any(|c| !in_host(c)) => seen.extend(links::seen(&format!("https://{token}"))),
        Some(_) | None => {
            for run in runs {
                let Some(host) = links::host(run).filter(|host| known(host)) else { continue };
                let ends_it = token[..path].ends_with(run);
                let link = if ends_it { format!("https://{run}{}", &token[path..]) } else { format!("https://{host}") };
                seen.extend(links::seen(&link));
            }
        }
    }
}

fn mail(token: &str, seen: &mut Vec<Seen>) {
    let Some((name, domain)) = token.rsplit_once('@') else { return };
    let start = name
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || "._%+-".contains(c)))
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    let domain: String = domain.chars().take_while(|c| in_host(*c)).collect();
    if let Some(host) = links::host(trimmed(&domain)).filter(|_| start < name.len()) {
        let mut reasons = links::seen(&format!("https://{host}")).map(|s| s.reasons).unwrap_or_default();
        reasons.retain(|r| *r == super::Reason::StrangeLetters);
        // What follows a + is the mailbox's own affair.
        let name = name[start..].split('+').next().unwrap_or_default().to_lowercase();
        seen.push(Seen { kind: Kind::Mail, value: format!("{name}@{host}"), reasons });
    }
}

fn handle(platform: &str, name: &str) -> Seen {
    Seen { kind: Kind::Handle, value: format!("{platform}:{}", name.to_lowercase()), reasons: Vec::new() }
}

/// "Telegram: laika_help", "加微信号abc123".
fn named(text: &str, seen: &mut Vec<Seen>) {
    let lower = text.to_lowercase();
    for (word, platform) in NAMED {
        for (at, _) in lower.match_indices(word) {
            let before = lower[..at].chars().next_back();
            if word.is_ascii() && before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == '/') {
                continue;
            }
            let rest = &lower[at + word.len()..];
            let joined = rest.trim_start_matches([' ', ':', '：', '@', '=', '是', '号', '\u{3000}']);
            let apart = rest.len() > joined.len() || !word.is_ascii();
            let name: String = joined.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect();
            // A word of the sentence is no name: one has a digit or a low line in it, or follows a colon.
            let marked = rest[..rest.len() - joined.len()].contains([':', '：', '@', '=', '是']);
            let odd = name.chars().any(|c| c.is_ascii_digit() || c == '_');
            if apart && name.len() >= 4 && (odd || marked) && !joined[name.len()..].starts_with(['.', ':', '/']) {
                seen.push(handle(platform, &name));
            }
        }
    }
    seen.dedup_by(|a, b| a.kind == b.kind && a.value == b.value);
}

/// Telephone numbers, in every way to write them that the identifiers know.
fn numbers(text: &str, register: &Register, rules: &IdentifyRules, seen: &mut Vec<Seen>) {
    let part = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c) || "+＋ ()（）-.\u{A0}".contains(c);
    for run in text.split(|c| !part(c)) {
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        if !(7..=17).contains(&digits) {
            continue;
        }
        if let Ok(Identifier::Msisdn(number)) =
            identify(run.trim_matches([' ', '.', '-', '\u{A0}']), rules).map(|f| f.id)
        {
            seen.push(Seen { kind: Kind::Phone, value: number.as_str().to_owned(), reasons: Vec::new() });
            continue;
        }
        // What no country gives out is named where it is a digit from ours.
        let typed: String =
            run.chars().filter_map(|c| c.to_digit(10).or_else(|| wide(c))).map(|d| d.to_string()).collect();
        let typed = format!("+{typed}");
        if register.official_of(Kind::Phone).any(|e| links::one_apart(&e.value, &typed)) {
            seen.push(Seen { kind: Kind::Phone, value: typed, reasons: Vec::new() });
        }
    }
}

/// A full-width digit.
fn wide(c: char) -> Option<u32> {
    u32::from(c).checked_sub(u32::from('０')).filter(|digit| *digit < 10)
}
