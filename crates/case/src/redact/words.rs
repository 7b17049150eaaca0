//! What only the words around it give away: passwords, PINs, one-time codes, passport numbers, short bank card numbers,
//! keys.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::numbers::short_bank_card;
use super::view::{Glyph, glyphs};
use super::{Found, Kind};

/// What a phrase announces.
#[derive(Clone, Copy)]
enum Announces {
    /// Any word that looks chosen.
    Password,
    /// That many digits; after it, or in front of it ("… is your code").
    Digits(Kind, usize, usize),
    PassportNumber,
    /// Twelve or thirteen digits, which elsewhere are a phone number far more often.
    ShortCard,
    /// The phrase itself is the beginning of a key; so many characters at least are.
    Key(usize),
    PrivateKey,
}

use Announces::{Digits, Key, PassportNumber, Password, PrivateKey, ShortCard};

const CODE: Announces = Digits(Kind::OneTimeCode, 4, 8);
const PIN: Announces = Digits(Kind::Secret, 3, 8);

/// Lower case.
const PHRASES: &[(&str, Announces)] = &[
    ("password", Password),
    ("passwort", Password),
    ("passwd", Password),
    ("passphrase", Password),
    ("passcode", Password),
    ("pwd", Password),
    ("密码", Password),
    ("密碼", Password),
    ("口令", Password),
    ("verification code", CODE),
    ("verify code", CODE),
    ("confirmation code", CODE),
    ("authentication code", CODE),
    ("one-time code", CODE),
    ("one time code", CODE),
    ("one-time password", CODE),
    ("one time password", CODE),
    ("login code", CODE),
    ("sign-in code", CODE),
    ("sms code", CODE),
    ("otp", CODE),
    // As our own mails and texts say it, and whoever quotes them.
    ("your code", CODE),
    ("my code", CODE),
    ("the code is", Digits(Kind::OneTimeCode, 6, 6)),
    ("验证码", CODE),
    ("驗證碼", CODE),
    ("校验码", CODE),
    ("动态码", CODE),
    ("动态密码", CODE),
    ("pin", PIN),
    ("puk", PIN),
    ("cvv2", PIN),
    ("cvv", PIN),
    ("cvc2", PIN),
    ("cvc", PIN),
    ("security code", PIN),
    ("安全码", PIN),
    ("passport", PassportNumber),
    ("护照", PassportNumber),
    ("護照", PassportNumber),
    ("bank card", ShortCard),
    ("bankcard", ShortCard),
    ("debit card", ShortCard),
    ("credit card", ShortCard),
    ("maestro", ShortCard),
    ("银行卡", ShortCard),
    ("银行卡卡", ShortCard),
    ("銀行卡", ShortCard),
    ("储蓄卡", ShortCard),
    ("借记卡", ShortCard),
    ("信用卡", ShortCard),
    ("akia", Key(20)),
    ("ghp_", Key(36)),
    ("gho_", Key(36)),
    ("github_pat_", Key(40)),
    ("glpat-", Key(20)),
    ("sk_live_", Key(24)),
    ("sk-", Key(32)),
    ("xoxb-", Key(24)),
    ("xoxp-", Key(24)),
    ("eyj", Key(60)),
    ("-----begin", PrivateKey),
];

#[cfg(test)]
pub(super) fn phrases() -> impl Iterator<Item = &'static str> {
    PHRASES.iter().map(|(phrase, _)| *phrase)
}

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .match_kind(aho_corasick::MatchKind::LeftmostLongest)
        .build(PHRASES.iter().map(|(phrase, _)| phrase))
        .unwrap_or_else(|_| unreachable!("a few short phrases"))
});

pub(super) fn find(text: &str, found: &mut Vec<Found>) {
    bound(text, found);
    let (mut key_until, mut no_key_until) = (0, 0);
    for hit in FINDER.find_iter(text) {
        if hit.start() < key_until {
            continue;
        }
        let inside_a_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let announces = PHRASES[hit.pattern().as_usize()].1;
        let begun = inside_a_word(text[..hit.start()].chars().next_back());
        let goes_on = inside_a_word(text[hit.end()..].chars().next());
        let struck = match announces {
            Key(least) if !begun && hit.start() >= no_key_until => {
                let (end, random) = key_like(text, hit.start());
                if !random {
                    no_key_until = end;
                }
                (random && end - hit.start() >= least).then(|| (Kind::Secret, hit.start()..end))
            }
            PrivateKey => private_key(text, hit.start()),
            Key(_) => None,
            Password | Digits(..) | PassportNumber | ShortCard if begun || goes_on => None,
            Password => password(text, hit.end()).map(|at| (Kind::Secret, at)),
            Digits(kind, least, most) => after(text, hit.end(), least, most)
                .or_else(|| before(text, hit.start(), least, most))
                .map(|at| (kind, at)),
            PassportNumber => passport_number(text, hit.end()).map(|at| (Kind::Passport, at)),
            ShortCard => card_number(text, hit.end()).map(|at| (Kind::BankCard, at)),
        };
        if let Some((kind, at)) = struck {
            if matches!(announces, Key(_) | PrivateKey) {
                key_until = at.end;
            }
            found.push(Found { kind, at });
        }
    }
}

/// The last line of a text with a code, from which browsers fill it in: `@cease.example #482913`.
fn bound(text: &str, found: &mut Vec<Found>) {
    for (at, _) in text.match_indices(" #") {
        let host = text[..at].rsplit(char::is_whitespace).next().unwrap_or_default();
        let start = at + 2;
        let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
        if host.len() > 1 && host.starts_with('@') && (4..=8).contains(&digits) {
            found.push(Found { kind: Kind::OneTimeCode, at: start..start + digits });
        }
    }
}

/// What joins a phrase and its value; answers where the value begins and whether anything joined them.
fn joined(text: &str, from: usize) -> (usize, bool) {
    const WORDS: [&str; 15] =
        ["number", "no.", "nr.", "is", "was", "no", "code", "就是", "号码", "號碼", "是", "为", "為", "号", "码"];
    let (mut at, mut any) = (from, false);
    loop {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\u{A0}', '\u{3000}']).len();
        let rest = &rest[skipped..];
        if let Some(c) = rest.chars().next().filter(|c| ":：=＝#\"'“‘「『(（[<".contains(*c)) {
            any = true;
            at += skipped + c.len_utf8();
            continue;
        }
        let word = WORDS.iter().find(|w| {
            let whole = || rest[w.len()..].chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
            rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w)) && (!w.is_ascii() || whole())
        });
        match word {
            Some(word) => {
                any = true;
                at += skipped + word.len();
            }
            None => return (at + skipped, any),
        }
    }
}

/// Characters of a password at most. No word is looked at beyond them: where a text without blanks says "password" over
/// and over, each would be read to the text's end.
const PASSWORD_MOST: usize = 128;

/// A word after "password is", that looks like one: with a digit or a sign in it, or a capital inside. After
/// a colon or an equals sign, or in quotes, any word.
fn password(text: &str, from: usize) -> Option<Range<usize>> {
    let (start, any) = joined(text, from);
    let between = &text[from..start];
    let named = between.contains([':', '：', '=', '＝', '"', '“', '「', '\'', '‘']);
    let ends = |c: char| c.is_whitespace() || "\"”’」』，。；、！？)）]>".contains(c);
    let near = text[start..].char_indices().nth(2 * PASSWORD_MOST).map_or(text.len(), |(at, _)| start + at);
    let length = text[start..near].find(ends).unwrap_or(near - start);
    let word = text[start..start + length].trim_end_matches(['.', ',', ';', '!', '?', '\'']);
    let mut chars = word.chars();
    chars.next();
    let chosen = word.chars().any(|c| c.is_ascii_digit())
        || word.chars().any(|c| c.is_ascii_punctuation() && !"'-/".contains(c))
        || chars.any(|c| c.is_uppercase()) && word.chars().any(char::is_lowercase);
    let long = (4..=PASSWORD_MOST).contains(&word.chars().count());
    // A password in Chinese text is where Latin letters begin.
    let latin = word.is_ascii();
    (any && long && latin && (named || chosen) || long && latin && chosen && starts_apart(between))
        .then(|| start..start + word.len())
}

/// "密码 abc123", "password hunter2": nothing but a space in between.
fn starts_apart(between: &str) -> bool {
    !between.is_empty() && between.chars().all(char::is_whitespace)
}

/// Digits after a phrase, whatever separates them from it and from each other.
fn after(text: &str, from: usize, least: usize, most: usize) -> Option<Range<usize>> {
    let all = from_the_first_digit(text, from)?;
    let length = length(&all, least, most)?;
    Some(all[0].start..all[length - 1].end)
}

/// What stands after a phrase, from its first digit on; none where anything but separators comes first.
fn from_the_first_digit(text: &str, from: usize) -> Option<Vec<Glyph>> {
    let (start, _) = joined(text, from);
    let end = (start..=text.len().min(start + 64)).rev().find(|end| text.is_char_boundary(*end))?;
    let mut all = glyphs(text, start..end);
    let first = all.iter().position(|g| g.is_digit())?;
    if all[..first].iter().any(|g| !g.separates()) {
        return None;
    }
    Some(all.split_off(first))
}

/// A bank card's twelve or thirteen digits, in whatever groups.
fn card_number(text: &str, from: usize) -> Option<Range<usize>> {
    let all = from_the_first_digit(text, from)?;
    let mut number = String::new();
    for (i, g) in all.iter().enumerate() {
        if g.is_digit() {
            number.push(char::from(g.is));
            let whole = all.get(i + 1).is_none_or(|next| !next.is_digit());
            if whole && short_bank_card(&number) {
                return Some(all[0].start..g.end);
            }
        } else if !g.separates() {
            break;
        }
    }
    None
}

/// The glyphs of so many digits, in one group or two.
fn length(here: &[Glyph], least: usize, most: usize) -> Option<usize> {
    let (mut digits, mut length, mut gaps) = (0, 0, 0);
    for (i, g) in here.iter().enumerate() {
        if g.is_digit() {
            digits += 1;
            length = i + 1;
        } else if g.separates() && gaps == 0 && here.get(i + 1).is_some_and(|n| n.is_digit()) && digits >= 3 {
            gaps += 1;
        } else if g.is_letter() && i == length {
            return None;
        } else {
            break;
        }
    }
    (least..=most).contains(&digits).then_some(length)
}

/// "123456 is your verification code", "123456 是您的验证码".
fn before(text: &str, to: usize, least: usize, most: usize) -> Option<Range<usize>> {
    let head = text[..to].trim_end();
    let joins =
        ["is your", "is the", "is my", "as your", "as the", "is", "是您的", "是你的", "是我的", "为您的", "为", "是"];
    let join = joins.iter().find(|j| {
        head.len().checked_sub(j.len()).and_then(|at| head.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(j))
    })?;
    let head = head[..head.len() - join.len()].trim_end_matches([' ', '"', '“', '”', '(', ')', '*']);
    let digits = head.chars().rev().take_while(|c| super::view::digit(*c).is_some());
    let (many, bytes) = digits.fold((0, 0), |(many, bytes), c| (many + 1, bytes + c.len_utf8()));
    (least..=most).contains(&many).then(|| head.len() - bytes..head.len())
}

fn passport_number(text: &str, from: usize) -> Option<Range<usize>> {
    let (start, _) = joined(text, from);
    let word: usize = text[start..].chars().take_while(|c| c.is_ascii_alphanumeric()).map(char::len_utf8).sum();
    let number = text[start..start + word].trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = word - number.len();
    let fits = letters <= 3 && (6..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| start..start + word)
}

/// Longer than any key or token that is pasted; beyond it a word is not looked at again from every place in it.
const KEY_MOST: usize = 4096;

/// Where what could be a key ends, and whether it has digits and letters both, as one has.
fn key_like(text: &str, start: usize) -> (usize, bool) {
    let of_word = |b: &u8| b.is_ascii_alphanumeric() || b"_-.".contains(b);
    let end = start + text[start..].bytes().take(KEY_MOST).take_while(of_word).count();
    let word = &text.as_bytes()[start..end];
    (end, word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic))
}

fn private_key(text: &str, start: usize) -> Option<(Kind, Range<usize>)> {
    let head: String = text[start..].chars().take(64).take_while(|c| *c != '\n').collect();
    if !head.to_ascii_uppercase().contains("PRIVATE KEY-----") {
        return None;
    }
    // One that is cut off is a key all the same.
    let end = text[start + 5..].find("-----END").map_or(text.len(), |at| {
        let at = start + 5 + at;
        text[at..].find('\n').map_or(text.len(), |line| at + line)
    });
    Some((Kind::Secret, start..end))
}
