//! Finds what in a text is a channel: links, hosts, mail addresses, numbers, accounts, names.

use unicode_normalization::UnicodeNormalization;

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

/// A text as whoever follows it types it: full-width letters and digits are the narrow ones, a line in the middle is a
/// hyphen whichever it is, what cannot be seen is not there, and a dot of another alphabet, or one with a space before
/// it, is the dot that a browser makes of it. What parts the words of a Chinese sentence stays.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '－' => folded.push('-'),
            '｡' => folded.push('。'),
            _ if c.is_whitespace() && c != '\n' && c != '\r' => folded.push(' '),
            _ if breaks(c) || c == '：' => folded.push(c),
            _ => folded.extend(std::iter::once(c).nfkc()),
        }
    }
    let within = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    let chars: Vec<char> = folded.chars().collect();
    let mut out = String::with_capacity(folded.len());
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let latin = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
        match c {
            '。' if latin(before) && latin(chars.get(at + 1)) => out.push('.'),
            ' ' if within(before) && chars.get(at + 1) == Some(&'.') && latin(chars.get(at + 2)) => {}
            _ => out.push(*c),
        }
    }
    out
}

fn breaks(c: char) -> bool {
    c.is_whitespace() || "()[]{}<>\"“”‘’「」『』【】（）《》，。；！？、｜|*`".contains(c)
}

fn trimmed(token: &str) -> &str {
    token.trim_matches(['.', ',', ';', '!', '?', '\'', ':'])
}

/// A character that a host's name may be written with, where no spaces divide words.
fn in_host(c: char) -> bool {
    (c.is_alphanumeric() && !ideograph(c)) || matches!(c, '.' | '-')
}

fn ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0xFF00..=0xFFEF | 0x20000..)
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
                mail(rest, register, seen);
            }
            // Numbers are found in the text as a whole.
            return;
        }
    }
    if let Some(at) = token.find('@') {
        if at > 0 && token[at + 1..].contains('.') {
            mail(token, register, seen);
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
    let path = token.find(['/', '\\', '?', '#']).unwrap_or(token.len());
    // Four numbers are an address, with nothing of it a name.
    let address = |run: &str| run.split('.').count() == 4 && run.parse::<std::net::Ipv4Addr>().is_ok();
    if let Some(whole) = written_in_ideographs(&token[..path], register) {
        seen.extend(links::seen(&format!("https://{whole}")));
        return;
    }
    let runs = token[..path].split(|c| !in_host(c)).map(trimmed).filter(|run| run.contains('.') && run.len() >= 4);
    for run in runs {
        let Some(host) = links::host(run).filter(|host| known(host, register) || address(run)) else { continue };
        let ends_it = token[..path].ends_with(run);
        let link = if ends_it { format!("https://{run}{}", &token[path..]) } else { format!("https://{host}") };
        seen.extend(links::seen(&link));
    }
}

/// Whether somebody can have registered it.
fn known(host: &str, register: &Register) -> bool {
    // A register may have names that no public list knows.
    let ours = || register.official_of(Kind::Domain).any(|e| e.value.rsplit('.').next() == host.rsplit('.').next());
    links::registrable(host).is_ok() && (suffix::is_known(host) || ours())
}

/// A host of which an ideograph is part, in front of a dot or behind the last one; the words of a sentence before it
/// cannot be told from it. Words behind it can: without them it is a name that there is.
fn written_in_ideographs<'a>(token: &'a str, register: &Register) -> Option<&'a str> {
    const BEHIND: usize = 24;
    let before_a_dot = token.as_bytes().windows(2).enumerate().any(|(at, pair)| {
        pair[1] == b'.'
            && token[..=at].ends_with(ideograph)
            && token[at + 2..].starts_with(|c| in_host(c) || ideograph(c))
    });
    let last = token.rfind('.')?;
    if !before_a_dot && !token[last + 1..].contains(ideograph) {
        return None;
    }
    let mut ends = token.char_indices().map(|(at, c)| at + c.len_utf8()).rev().take(BEHIND);
    let end = ends.find(|end| {
        let whole = &token[..*end];
        *end > last
            && (before_a_dot || whole[last + 1..].contains(ideograph))
            && links::host(whole).is_some_and(|host| host.contains('.') && known(&host, register))
    })?;
    Some(&token[..end])
}

fn mail(token: &str, register: &Register, seen: &mut Vec<Seen>) {
    let Some((name, domain)) = token.rsplit_once('@') else { return };
    let start = name
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || "._%+-".contains(c)))
        .map_or(0, |at| at + name[at..].chars().next().map_or(1, char::len_utf8));
    let narrow = domain.find(|c| !in_host(c)).map_or(domain, |end| &domain[..end]);
    let domain = written_in_ideographs(domain, register).unwrap_or(narrow);
    if let Some(host) = links::host(trimmed(domain)).filter(|_| start < name.len()) {
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
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=17;
    let part = |c: char| c.is_ascii_digit() || "+ ()（）-.·•/_".contains(c);
    let digits = |run: &str| run.bytes().filter(u8::is_ascii_digit).count();
    let mut number = |run: &str| {
        let run = run.replace(['·', '•', '/', '_'], "-");
        if let Ok(Identifier::Msisdn(number)) = identify(run.trim_matches([' ', '.', '-']), rules).map(|f| f.id) {
            seen.push(Seen { kind: Kind::Phone, value: number.as_str().to_owned(), reasons: Vec::new() });
            return;
        }
        // What no country gives out is named where it is a digit from ours.
        let typed: String = run.chars().filter(char::is_ascii_digit).collect();
        let typed = format!("+{typed}");
        if register.official_of(Kind::Phone).any(|e| links::one_apart(&e.value, &typed)) {
            seen.push(Seen { kind: Kind::Phone, value: typed, reasons: Vec::new() });
        }
    };
    for run in text.split(|c| !part(c)) {
        let many = digits(run);
        if DIGITS.contains(&many) {
            number(run);
        } else if many > *DIGITS.end() && identify(run.trim(), rules).is_err() {
            // Several with a space between them: each group with those behind it, as far as one number goes.
            let groups: Vec<&str> = run.split(' ').filter(|group| digits(group) > 0).collect();
            for from in 0..groups.len() {
                for to in from + 1..=groups.len().min(from + 6) {
                    let piece = groups[from..to].join(" ");
                    if DIGITS.contains(&digits(&piece)) {
                        number(&piece);
                    }
                }
            }
        }
    }
}
