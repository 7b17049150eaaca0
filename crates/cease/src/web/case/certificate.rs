//! The certificate: the page worth keeping, and the file, byte for byte as it was signed.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::{Case, Event, Outcome, Stage};
use proof::{Certificate, Document};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use store::StoreError;

use super::receipt::attachment;
use super::{Seen, keys};
use crate::app::{App, Shared};
use crate::web::{Answer, Page, Visit, html};

const SEAL: &str = include_str!("../../../assets/pictures/seal.svg");
const GUILLOCHE: &str = include_str!("../../../assets/pictures/guilloche.svg");

#[derive(Template)]
#[template(path = "case/certificate.html")]
struct CertificatePage {
    p: Page,
    reference: String,
    operator: String,
    number_kind: String,
    number: String,
    holder: Option<String>,
    rows: Vec<(String, String)>,
    file_name: String,
    digest: String,
    fingerprint: String,
    verify: String,
    qr: String,
    seal: &'static str,
    top: &'static str,
    bottom: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let Some(file) = file(&app, &case).await? else {
        return Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response());
    };
    let Some(certificate) = read(&file) else {
        return Err(StoreError::Corrupt { what: "certificate", why: "not a certificate".into() }.into());
    };
    let p = Page::new(&app, &visit);
    let digest = digest(&case).unwrap_or_default().to_owned();
    let verify = verify_url(&app, &certificate.reference, &digest);
    let page = CertificatePage {
        rows: rows(&p, &certificate),
        number_kind: p.t(&keys::number(&certificate.card.kind)),
        number: masked(&certificate.card.number.masked),
        holder: certificate.holder.as_ref().map(|h| h.masked.clone()),
        operator: p.operator.clone(),
        reference: certificate.reference.clone(),
        file_name: file_name(&case),
        digest: fours(digest.get(..32).unwrap_or_default()),
        fingerprint: app.keys.signing.public().fingerprint(),
        qr: qr(&verify),
        verify,
        seal: SEAL,
        top: GUILLOCHE,
        bottom: GUILLOCHE.replace("guilloche-t", "guilloche-b"),
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The signed file, exactly as it stands in the journal.
pub async fn json(State(app): State<Shared>, Seen(case): Seen) -> Answer {
    match file(&app, &case).await? {
        Some(file) => Ok(attachment(file.into_bytes(), &file_name(&case))),
        None => Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response()),
    }
}

pub fn file_name(case: &Case) -> String {
    format!("cease-certificate-{}.json", case.reference)
}

/// The digest of a case's certificate, once it is signed.
pub fn digest(case: &Case) -> Option<&str> {
    match &case.stage {
        Stage::Ceased { certificate, .. } | Stage::Closed { certificate, .. } => certificate.as_deref(),
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. }
        | Stage::Contested { .. } => None,
    }
}

/// The certificate's file from the journal; none before it is signed.
pub async fn file(app: &App, case: &Case) -> Result<Option<String>, StoreError> {
    let Some(wanted) = digest(case) else { return Ok(None) };
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

/// What a paper leads back to: the reference and the beginning of the file's digest.
pub fn verify_url(app: &App, reference: &str, digest: &str) -> String {
    let start = digest.get(..super::verify::DIGITS).unwrap_or(digest);
    format!("{}/verify?ref={reference}&sha256={start}", app.config.desk.url.trim_end_matches('/'))
}

fn read(file: &str) -> Option<Certificate> {
    #[derive(Deserialize)]
    struct File {
        document: Document,
    }
    match serde_json::from_str(file).ok()? {
        File { document: Document::Certificate(certificate) } => Some(*certificate),
        File { document: Document::Receipt(_) } => None,
    }
}

fn rows(p: &Page, c: &Certificate) -> Vec<(String, String)> {
    let l = p.l;
    let fees = c.fees.as_ref().map_or_else(
        || fl!(l, "certificate-no-fee"),
        |fees| {
            let minor: i64 = fees.amount.replace('.', "").parse().unwrap_or_default();
            if minor == 0 { fl!(l, "certificate-no-fee") } else { p.money(&case::Money::new(minor, &fees.currency)) }
        },
    );
    let mut rows = vec![(fl!(l, "certificate-declared"), p.moment(&c.declared_at))];
    if super::apart(c.declared_at, c.received_at) {
        rows.push((fl!(l, "certificate-received"), p.moment(&c.received_at)));
    }
    rows.push((fl!(l, "certificate-contract-end"), p.moment(&c.contract_end)));
    if let Some(end) = &c.billing_end {
        rows.push((fl!(l, "certificate-billing-end"), p.moment(end)));
    }
    rows.push((fl!(l, "certificate-ceased"), p.moment(&c.ceased_at)));
    rows.push((fl!(l, "certificate-read-back"), format!("{} · {}", c.element, c.evidence)));
    rows.push((fl!(l, "certificate-fees"), fees));
    rows.push((fl!(l, "certificate-issued"), p.moment(&c.issued_at)));
    rows
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

/// A QR code as a drawing: one path, a module per unit, four of quiet zone all round.
fn qr(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let width = code.width();
    let mut path = String::new();
    for (i, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", i % width + 4, i / width + 4));
        }
    }
    let side = width + 8;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img" aria-label="QR"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
    )
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
}
