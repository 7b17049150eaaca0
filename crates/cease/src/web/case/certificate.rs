//! The certificate: the page worth keeping, the file, byte for byte as it was signed, and the PDF.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use store::StoreError;

use super::receipt::attachment;
use super::{Seen, keys};
use crate::app::Shared;
use crate::certificate::{self, Standing, file, file_name, fours, masked, verify_url};
use crate::paper;
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
    saying: String,
    rows: Vec<(String, String)>,
    next: [String; 3],
    file_name: String,
    digest: String,
    fingerprint: String,
    verify: String,
    qr: String,
    /// The code carries all of the proof.
    large: bool,
    /// How far the proof has come, whether that is all there is to wait for, and whether there is one to save.
    standing: String,
    settled: bool,
    logged: bool,
    seal: &'static str,
    top: &'static str,
    bottom: String,
    /// Whether this machine can draw the PDF.
    pdf: bool,
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    let Some(file) = file(&app, &case).await? else {
        return Ok(Redirect::to(&format!("/case/{}", case.reference)).into_response());
    };
    let Some((certificate, key)) = certificate::read(&file) else {
        return Err(StoreError::Corrupt { what: "certificate", why: "not a certificate".into() }.into());
    };
    let p = Page::new(&app, &visit);
    let digest = case.stage.certificate().unwrap_or_default().to_owned();
    let verify = verify_url(&app, &certificate.reference, &digest);
    let carried = certificate::carried(&app, &case).await?;
    let page = CertificatePage {
        saying: p.t(certificate::saying(&certificate)),
        rows: certificate::rows(p.language, &app.policy.zone(), &certificate, case.times.number_release),
        next: certificate::next(&app, p.language, &certificate),
        number_kind: p.t(&keys::number(&certificate.card.kind)),
        number: masked(&certificate.card.number.masked),
        holder: certificate.holder.as_ref().map(|h| h.masked.clone()),
        operator: p.operator.clone(),
        reference: certificate.reference.clone(),
        file_name: file_name(&case),
        digest: fours(digest.get(..32).unwrap_or_default()),
        fingerprint: key.fingerprint(),
        standing: certificate::standing_in_words(p.language, &carried),
        settled: !matches!(carried.standing, Standing::Pending | Standing::Provisional),
        logged: carried.standing != Standing::Pending,
        large: proof::code::is_code(&carried.text),
        qr: qr(&carried.text),
        verify,
        seal: SEAL,
        top: GUILLOCHE,
        bottom: GUILLOCHE.replace("guilloche-t", "guilloche-b"),
        pdf: paper::ready().await,
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

/// The PDF, in the page's language; where none can be drawn, the page that can be printed.
pub async fn pdf(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    match paper::certificate(&app, &case, visit.lang).await? {
        Some(bytes) => {
            let mut answer = attachment(bytes, &paper::file_name(&case));
            answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/pdf"));
            Ok(answer)
        }
        None => Ok(Redirect::to(&format!("/case/{}/certificate", case.reference)).into_response()),
    }
}

/// A QR code as a drawing: one path, a module per unit, four of quiet zone all round.
pub(super) fn qr(text: &str) -> String {
    let Some((width, dark)) = certificate::qr(text) else { return String::new() };
    let mut path = String::new();
    for (i, _) in dark.iter().enumerate().filter(|(_, dark)| **dark) {
        path.push_str(&format!("M{} {}h1v1h-1z", i % width + 4, i / width + 4));
    }
    let side = width + 8;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" aria-hidden="true"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
    )
}
