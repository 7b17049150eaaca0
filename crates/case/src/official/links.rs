//! Links and hosts: what belongs to whom, and what is written to be taken for something else.

use std::net::Ipv4Addr;

use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;
use url::{Host, Url};

use super::{Kind, Reason, Seen};

/// Services that hide where a link leads.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "tinyurl.com",
    "t.co",
    "goo.gl",
    "is.gd",
    "v.gd",
    "ow.ly",
    "buff.ly",
    "rebrand.ly",
    "cutt.ly",
    "rb.gy",
    "shorturl.at",
    "t.cn",
    "dwz.cn",
    "url.cn",
    "suo.im",
    "u.nu",
    "tiny.cc",
    "s.id",
    "lnkd.in",
    "qr.ae",
];

/// Hosts of messengers, with the platform's name; an account's name follows in the path.
const MESSENGERS: &[(&str, &str)] = &[
    ("t.me", "telegram"),
    ("telegram.me", "telegram"),
    ("telegram.dog", "telegram"),
    ("wa.me", "whatsapp"),
    ("api.whatsapp.com", "whatsapp"),
    ("chat.whatsapp.com", "whatsapp"),
    ("m.me", "messenger"),
    ("line.me", "line"),
    ("signal.me", "signal"),
    ("u.wechat.com", "wechat"),
    ("weixin.qq.com", "wechat"),
];

/// The host in the form in which it is compared: lower case, Punycode, no dot at the end.
pub(super) fn host(text: &str) -> Option<String> {
    match Host::parse(text.trim().trim_end_matches('.')) {
        Ok(Host::Domain(domain)) => Some(domain),
        Ok(Host::Ipv4(ip)) => Some(ip.to_string()),
        Ok(Host::Ipv6(ip)) => Some(format!("[{ip}]")),
        Err(_) => None,
    }
}

/// The part of a host that somebody has registered (public suffix list).
pub(super) fn registrable(text: &str) -> Result<String, &'static str> {
    let host = host(text).ok_or("it is not a host's name")?;
    if tried_out(&host) {
        return Ok(host);
    }
    if host.parse::<Ipv4Addr>().is_ok() || host.starts_with('[') {
        return Err("it is an address, not a name");
    }
    suffix::registrable(&host).map(str::to_owned).ok_or("nobody can own it: names are registered below it")
}

/// The reader's own machine: a desk that is tried out there has no other name, and some port or other.
fn tried_out(host: &str) -> bool {
    host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// What is known of a link, or of a host's name without one.
pub(super) fn seen(link: &str) -> Option<Seen> {
    let Some((url, host)) = Url::parse(link).ok().and_then(|url| host(url.host_str()?).map(|host| (url, host))) else {
        // No browser would open it either; it is named all the same.
        let raw = link.split_once("://")?.1.split(['/', '?', '#', '\\']).next().unwrap_or_default().to_lowercase();
        let seen = Seen { kind: Kind::Domain, value: raw, reasons: vec![Reason::StrangeLetters] };
        return (!seen.value.is_empty()).then_some(seen);
    };
    if let Some(handle) = account(&url, &host) {
        return Some(Seen { kind: Kind::Handle, value: handle, reasons: Vec::new() });
    }
    let mut reasons = Vec::new();
    if !url.username().is_empty() || url.password().is_some() {
        reasons.push(Reason::BeforeTheAt);
    }
    if !tried_out(&host) {
        if url.port().is_some() {
            reasons.push(Reason::Port);
        }
        if matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) {
            reasons.push(Reason::BareAddress);
        }
    }
    if strange(&idna::domain_to_unicode(&host).0) {
        reasons.push(Reason::StrangeLetters);
    }
    if SHORTENERS.contains(&host.trim_start_matches("www.")) {
        reasons.push(Reason::Hidden);
    }
    let onward = url.query_pairs().filter_map(|(_, value)| leads_to(&value)).find(|to| *to != host);
    reasons.extend(onward.map(Reason::LeadsOn));
    Some(Seen { kind: Kind::Domain, value: host, reasons })
}

/// The host that a parameter's value leads to, if it is an address.
fn leads_to(value: &str) -> Option<String> {
    let value = value.trim_start();
    let absolute = match value.strip_prefix("//").or_else(|| value.strip_prefix("\\\\")) {
        Some(rest) => format!("https://{rest}"),
        None => value.to_owned(),
    };
    let url = Url::parse(&absolute).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    host(url.host_str()?)
}

/// The account that a messenger's link is about.
fn account(url: &Url, host: &str) -> Option<String> {
    let (_, platform) = MESSENGERS.iter().find(|(known, _)| *known == host.trim_start_matches("www."))?;
    let mut parts = url.path_segments()?.filter(|part| !part.is_empty() && *part != "s" && *part != "send");
    let name = match parts.next() {
        Some(name) => name.to_owned(),
        None => {
            url.query_pairs().find(|(key, _)| key == "phone").map(|(_, value)| value.into_owned()).unwrap_or_default()
        }
    };
    Some(format!("{platform}:{}", name.trim_start_matches(['@', '+']).to_lowercase()))
}

/// Letters of several scripts in one label, or of another that look like Latin ones throughout.
fn strange(host: &str) -> bool {
    host.split('.').any(|label| {
        let mixed = AugmentedScriptSet::for_str(label).is_empty();
        let foreign = !label.is_ascii() && skeleton(label).all(|c| c.is_ascii());
        mixed || foreign
    })
}

/// The domain of ours that this host is written to be taken for.
pub(super) fn imitates<'a>(value: &str, ours: impl Iterator<Item = &'a str>) -> Option<Reason> {
    let shown = idna::domain_to_unicode(value).0;
    let theirs = registrable(value).unwrap_or_else(|_| value.to_owned());
    let label = idna::domain_to_unicode(&theirs).0.split('.').next().unwrap_or_default().to_owned();
    let (words, eye): (Vec<&str>, _) = (shown.split(['.', '-']).collect(), skeleton_of(&shown));
    for ours in ours {
        // Of the register's own names the form is known.
        let own = suffix::registrable(ours).unwrap_or(ours);
        let name = own.split('.').next().unwrap_or_default();
        if theirs == own {
            // A neighbour below the same registered name: not ours to vouch for, and no imitation.
            continue;
        }
        if alike(name, &label) || eye == skeleton_of(ours) {
            return Some(Reason::LooksLike(ours.to_owned()));
        }
        let inside =
            shown.contains(ours) || name.len() >= 4 && words.iter().any(|word| alike(name, word) || *word == name);
        if inside || name.len() >= 5 && label.contains(name) {
            return Some(Reason::OurNameIn(ours.to_owned()));
        }
    }
    None
}

fn skeleton_of(text: &str) -> String {
    // Pairs that are read as one letter, which the confusables of single characters leave out.
    skeleton(&text.to_lowercase())
        .collect::<String>()
        .replace("rn", "m")
        .replace("vv", "w")
        .replace('0', "o")
        .replace(['1', 'l'], "i")
}

/// Whether two names are taken for each other: the same to the eye, or one letter apart.
pub(super) fn alike(ours: &str, theirs: &str) -> bool {
    ours.chars().count() >= 4 && (ours == theirs || one_apart(ours, theirs) || skeleton_of(ours) == skeleton_of(theirs))
}

/// One letter put in, left out, changed, or two swapped.
pub(super) fn one_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[same..], &long[same..]);
    if short.len() < long.len() {
        return s == &l[1..];
    }
    s.get(1..) == l.get(1..) || s.len() >= 2 && s[0] == l[1] && s[1] == l[0] && s[2..] == l[2..]
}
