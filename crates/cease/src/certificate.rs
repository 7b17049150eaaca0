//! What stands on a certificate, wherever it is shown: as a page, as a PDF, in a letter.

use case::identify::{IdentifyRules, identify};
use case::{Case, Event, Lang, Outcome, Timestamp};
use jiff::tz::TimeZone;
use proof::log::{Manifest, Trust, bundle};
use proof::{Certificate, Document, Hidden, PublicKey, code};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use store::StoreError;

use crate::app::App;
use crate::{log, words};

/// Hex digits of a digest that a link in a QR code carries: 128 bits.
pub const DIGITS: usize = 32;

pub fn file_name(case: &Case) -> String {
    format!("cease-certificate-{}.json", case.reference)
}

/// The certificate's file from the journal, exactly as it was signed; none before.
pub async fn file(app: &App, case: &Case) -> Result<Option<String>, StoreError> {
    let Some(wanted) = case.stage.certificate() else { return Ok(None) };
    let entries = app.store.journal(case.reference).await?;
    let file = entries.into_iter().rev().flat_map(|entry| entry.events).find_map(|event| {
        if let Event::Settled { outcome: Outcome::Certified { file, digest }, .. } = event {
            (digest == wanted).then_some(file)
        } else {
            None
        }
    });
    Ok(file)
}

/// How far a certificate's proof has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not in the log yet: that takes a minute at most.
    Pending,
    /// In the log; fewer witnesses have seen it than the operator wants.
    Provisional,
    /// In the log, for which the operator names no witnesses.
    Unwitnessed,
    /// Seen by so many witnesses.
    Witnessed(usize),
}

/// What a paper's QR code carries: all of the proof where it is final and has room, and else a link.
pub struct Carried {
    pub standing: Standing,
    pub text: String,
}

pub async fn carried(app: &App, case: &Case) -> Result<Carried, StoreError> {
    let link = verify_url(app, &case.reference.to_string(), case.stage.certificate().unwrap_or_default());
    let standing = |standing, text| Ok(Carried { standing, text });
    let Some(bundle) = log::bundle::of(app, case).await? else { return standing(Standing::Pending, link) };
    let root = Manifest::parse(bundle.manifest.as_bytes()).map(|manifest| manifest.root);
    let trust = Trust { roots: root.into_iter().collect(), ..Trust::default() };
    let bundle::Verdict::Valid(proven) = bundle.verify(&trust, app.now()) else {
        // A proof of ours that does not hold is not handed out on paper.
        tracing::warn!(case.r#ref = %case.reference, "the certificate's own proof does not hold");
        return standing(Standing::Pending, link);
    };
    let code = format!("{}/verify#{}", app.config.desk.url.trim_end_matches('/'), code::encode(&bundle));
    let code = if qr(&code).is_some() { code } else { link.clone() };
    match proven.standing {
        bundle::Standing::Witnessed { by, .. } => standing(Standing::Witnessed(by.len()), code),
        bundle::Standing::Unwitnessed => standing(Standing::Unwitnessed, code),
        bundle::Standing::Provisional { .. } => standing(Standing::Provisional, link),
    }
}

/// The same in a sentence.
pub fn standing_in_words(lang: Lang, carried: &Carried) -> String {
    let l = words::words(lang);
    let standing = match carried.standing {
        Standing::Pending => fl!(l, "certificate-pending"),
        Standing::Provisional => fl!(l, "certificate-provisional"),
        Standing::Unwitnessed => fl!(l, "certificate-unwitnessed"),
        Standing::Witnessed(n) => fl!(l, "certificate-witnessed", n = n),
    };
    match (code::is_code(&carried.text), lang) {
        (false, _) => standing,
        (true, Lang::En) => format!("{standing} {}", fl!(l, "certificate-whole")),
        (true, Lang::ZhCn) => format!("{standing}{}", fl!(l, "certificate-whole")),
    }
}

/// What the file says, and the key that has signed it: not today's, where that is another. The desk's own files are not
/// checked again.
pub fn read(file: &str) -> Option<(Certificate, PublicKey)> {
    #[derive(Deserialize)]
    struct File {
        document: Document,
        key: PublicKey,
    }
    match serde_json::from_str(file).ok()? {
        File { document: Document::Certificate(certificate), key } => Some((*certificate, key)),
        File { document: Document::Receipt(_) | Document::Erasure(_), .. } => None,
    }
}

/// Whether a document is about the card that somebody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    This,
    Other,
    /// A card has numbers of several kinds, and the certificate names it by another one than they typed.
    OtherKind,
    /// What they typed is no number of a card.
    Unread,
    /// A receipt, a certificate of erasure.
    NoCard,
}

/// The same answer on the page and in the shell; `assets/proof.js` says no more than this.
pub fn about(rules: &IdentifyRules, document: &Document, typed: &str) -> About {
    let Document::Certificate(certificate) = document else { return About::NoCard };
    let hidden = &certificate.card.number;
    match identify(typed, rules) {
        // A serial of an operator whose rules are not at hand.
        _ if hidden.matches(typed.trim()) => About::This,
        Ok(found) if is_hidden(hidden, found.id.normalised()) => About::This,
        Ok(found) if found.id.kind() == certificate.card.kind => About::Other,
        Ok(_) => About::OtherKind,
        Err(_) => About::Unread,
    }
}

/// Cards and records write an ICCID with its check digit or without.
fn is_hidden(hidden: &Hidden, number: &str) -> bool {
    let shorter = number.get(..number.len().saturating_sub(1)).filter(|n| n.len() >= 18);
    let longer = (0..10).map(|digit| format!("{number}{digit}")).filter(|n| n.len() >= 19 && n.starts_with("89"));
    hidden.matches(number)
        || shorter.is_some_and(|n| hidden.matches(n))
        || longer.into_iter().any(|n| hidden.matches(&n))
}

/// What a paper leads back to where it cannot carry the proof: the reference and the beginning of the file's digest.
pub fn verify_url(app: &App, reference: &str, digest: &str) -> String {
    let start = digest.get(..DIGITS).unwrap_or(digest);
    format!("{}/verify?ref={reference}&sha256={start}", app.config.desk.url.trim_end_matches('/'))
}

/// All the times, what was read back, and the fee, in a language. When the number is free again stands in the case, not
/// in the certificate: it may be decided later.
pub fn rows(lang: Lang, zone: &TimeZone, c: &Certificate, released: Option<Timestamp>) -> Vec<(String, String)> {
    let l = words::words(lang);
    let moment = |at: Timestamp| words::moment(lang, at, zone);
    let fees = c.fees.as_ref().map_or_else(
        || fl!(l, "certificate-no-fee"),
        |fees| {
            let sum =
                case::Money::parse(&fees.amount, &fees.currency).unwrap_or_else(|_| case::Money::zero(&fees.currency));
            if sum.is_zero() { fl!(l, "certificate-no-fee") } else { crate::fees::amount(lang, &sum) }
        },
    );
    let mut rows = vec![(fl!(l, "certificate-declared"), moment(c.declared_at))];
    if apart(c.declared_at, c.received_at) {
        rows.push((fl!(l, "certificate-received"), moment(c.received_at)));
    }
    rows.push((fl!(l, "certificate-contract-end"), moment(c.contract_end)));
    if let Some(end) = c.billing_end {
        rows.push((fl!(l, "certificate-billing-end"), moment(end)));
    }
    rows.push((fl!(l, "certificate-ceased"), moment(c.ceased_at)));
    if apart(c.ceased_at, c.read_back_at) {
        rows.push((fl!(l, "certificate-read-back-at"), moment(c.read_back_at)));
    }
    let read = if is_own_record(c) {
        fl!(l, "certificate-own-record")
    } else {
        format!("{} · {}", c.element, shortened(&c.evidence))
    };
    rows.push((fl!(l, "certificate-read-back"), read));
    rows.push((fl!(l, "certificate-fees"), fees));
    if let Some(at) = released {
        rows.push((fl!(l, "certificate-number-free"), moment(at)));
    }
    rows.push((fl!(l, "certificate-issued"), moment(c.issued_at)));
    rows
}

/// Our own record is no network's word, and is not called so.
fn is_own_record(c: &Certificate) -> bool {
    c.element == "inventory" && c.evidence == "state=ceased"
}

/// The sentence above all others: that it has ended, and by whose word. A key of the locales.
pub fn saying(c: &Certificate) -> &'static str {
    if is_own_record(c) { "certificate-saying-own" } else { "certificate-saying" }
}

/// What the holder does with it: three sentences.
pub fn next(app: &App, lang: Lang, c: &Certificate) -> [String; 3] {
    let l = words::words(lang);
    let end = c.billing_end.unwrap_or(c.contract_end);
    let day = words::day(lang, end.to_zoned(app.policy.zone()).date());
    let address = c.desk.trim_end_matches('/').trim_start_matches("https://").trim_start_matches("http://");
    [
        fl!(l, "certificate-next-stop"),
        fl!(l, "certificate-next-bill", day = day),
        fl!(l, "certificate-next-report", address = format!("{address}/case")),
    ]
}

/// An element may have said much; the signed file has all of it.
fn shortened(evidence: &str) -> String {
    const SHOWN: usize = 160;
    let mut shown: String = evidence.chars().take(SHOWN).collect();
    if evidence.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether two times are worth telling apart to the minute: a letter's postmark is, a form's seconds are not.
pub fn apart(one: Timestamp, other: Timestamp) -> bool {
    other.duration_since(one).unsigned_abs() >= std::time::Duration::from_secs(60)
}

/// In groups of four.
pub fn fours(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A masked number in groups of four from the right, so that the digits that are shown stay together.
pub fn masked(text: &str) -> String {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut groups: Vec<String> = chars.rchunks(4).map(|group| group.iter().collect()).collect();
    groups.reverse();
    groups.join(" ")
}

/// A text as a QR code: modules a side, and which of them are dark. A link has room for the middle level of correction;
/// a whole proof has not.
pub fn qr(text: &str) -> Option<(usize, Vec<bool>)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .ok()
        .filter(|code| text.len() < 400 || code.width() < 120)
        .or_else(|| QrCode::with_error_correction_level(text, EcLevel::L).ok())?;
    let width = code.width();
    Some((width, code.to_colors().into_iter().map(|color| color == Color::Dark).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_number_stays_together() {
        assert_eq!(masked("•••••••••••••••0019"), "••• •••• •••• •••• 0019");
        assert_eq!(masked("8944 •••• 0019"), "8944 •••• 0019");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn a_number_matches_with_and_without_its_check_digit_and_no_other_does() {
        let about = |kept: &str, typed: &str| {
            let number = Hidden::new(kept, "", [1; 16]);
            let read = include_str!("../../proof/golden/certificate.json");
            let (mut certificate, _) = read_of(read);
            certificate.card.number = number;
            certificate.card.kind = if kept.starts_with('+') { "msisdn" } else { "iccid" }.to_owned();
            about(&IdentifyRules::default(), &Document::from(certificate), typed)
        };
        for (kept, typed, said) in [
            ("8944110068450000019", "8944 1100 6845 0000 019", About::This),
            ("8944110068450000019", "ICCID: 894411006845000001", About::This),
            ("894411006845000001", "8944110068450000019", About::This),
            ("8944110068450000019", "8944110068450000027", About::Other),
            ("+447700900123", "+44 7700 900123", About::This),
            ("+447700900123", "+44 7700 900456", About::Other),
            // One card has an ICCID and a phone number.
            ("8944110068450000019", "+44 7700 900123", About::OtherKind),
            ("+447700900123", "8944110068450000019", About::OtherKind),
            ("QX-77/a", " QX-77/a ", About::This),
            ("8944110068450000019", "?", About::Unread),
        ] {
            assert_eq!(about(kept, typed), said, "{kept} {typed}");
        }
    }

    #[test]
    fn a_fee_below_zero_comes_back() {
        let (certificate, _) = read_of(include_str!("../../proof/golden/certificate.json"));
        let fees = |amount: &str| {
            let fees = Some(proof::Fees { amount: amount.into(), currency: "GBP".into() });
            let all = rows(Lang::En, &TimeZone::UTC, &Certificate { fees, ..certificate.clone() }, None);
            all.into_iter().find(|(name, _)| name == "Fee for ending").unwrap().1
        };
        assert_eq!([fees("-8.70"), fees("0.00"), fees("8.70")], ["£8.70 back to you", "None", "£8.70"]);
    }

    fn read_of(file: &str) -> (Certificate, PublicKey) {
        read(file).unwrap()
    }

    #[test]
    fn evidence_without_end_is_shown_with_one() {
        assert_eq!(shortened("state=ceased"), "state=ceased");
        assert_eq!(shortened(&"龘".repeat(500)).chars().count(), 161);
    }
}
