//! What is left of a case: that it was erased, when, by which rule, and the certificate of that. It names nobody, and so it
//! is there for whoever has the reference; whether a reference that leads nowhere ever led anywhere is not told.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use case::rules::Class;
use case::{Case, CaseRef};
use jiff::SignedDuration;
use proof::{Document, Erasure};
use serde::Deserialize;
use store::StoreError;

use super::{ask_for, receipt::attachment};
use crate::app::{App, Shared};
use crate::keeping::whole;
use crate::web::{Answer, Page, Trouble, Visit, html};

const WINDOW: SignedDuration = SignedDuration::from_mins(15);
const PER_NETWORK: u32 = 60;

#[derive(Template)]
#[template(path = "case/erased.html")]
struct ErasedPage {
    p: Page,
    said: Said,
}

/// What a certificate of erasure says, in the reader's language.
pub struct Said {
    pub reference: String,
    pub rows: Vec<(String, String)>,
    pub gone: Vec<(String, String)>,
    pub left: Vec<(String, String)>,
    pub file: String,
    pub fingerprint: String,
}

impl Said {
    pub async fn of(app: &App, p: &Page, case: &Case) -> Result<Option<Self>, StoreError> {
        #[derive(Deserialize)]
        struct File {
            document: Document,
            key: proof::PublicKey,
        }
        let Some(file) = whole::certificate(app, case).await? else { return Ok(None) };
        let Ok(File { document: Document::Erasure(said), key }) = serde_json::from_str(&file) else {
            return Err(StoreError::Corrupt { what: "certificate of erasure", why: "it is none".into() });
        };
        // The certificate has the rule's own words; another language's only while the rule is the same.
        let rule = app.policy.keeping.of(Class::Case).filter(|rule| rule.basis == said.rule.basis);
        let basis = rule.map_or(said.rule.basis.as_str(), |rule| rule.basis_in(p.language)).to_owned();
        Ok(Some(Self::from(p, case.reference, &said, basis, key.fingerprint())))
    }

    fn from(p: &Page, reference: CaseRef, said: &Erasure, basis: String, fingerprint: String) -> Self {
        let l = p.l;
        Self {
            reference: reference.to_string(),
            rows: vec![
                (fl!(l, "erasure-erased"), p.moment(&said.erased_at)),
                (fl!(l, "erasure-told"), p.moment(&said.told_at)),
                (fl!(l, "erasure-ended"), p.t(&format!("erasure-ended-{}", said.ended))),
                (fl!(l, "erasure-kept"), fl!(l, "keeping-days", days = said.rule.days)),
                (fl!(l, "erasure-basis"), basis),
                (fl!(l, "erasure-source"), said.rule.source.clone()),
            ],
            gone: said
                .erased
                .iter()
                .map(|gone| (p.t(&format!("erasure-gone-{}", gone.class)), gone.items.to_string()))
                .collect(),
            left: said.left.iter().map(|left| left_in_words(p, &left.what)).collect(),
            file: format!("/erased/{reference}/certificate.json"),
            fingerprint,
        }
    }
}

/// What stays, and why.
fn left_in_words(p: &Page, what: &str) -> (String, String) {
    (p.t(&format!("erasure-left-{what}")), p.t(&format!("erasure-left-{what}-why")))
}

async fn erased(app: &App, visit: &Visit, reference: &str) -> Result<Option<Case>, Trouble> {
    let now = app.now();
    let hit = app.store.hit(&format!("erased:net:{}", visit.network), now, WINDOW, PER_NETWORK).await?;
    if !hit.allowed {
        return Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) });
    }
    let Ok(reference) = reference.parse::<CaseRef>() else { return Ok(None) };
    Ok(app.store.case(reference).await?.filter(|case| case.erasure.done().is_some()))
}

/// `GET /erased/{reference}`
pub async fn page(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    let p = Page::new(&app, &visit);
    let said = match erased(&app, &visit, &reference).await? {
        Some(case) => Said::of(&app, &p, &case).await?,
        None => None,
    };
    match said {
        Some(said) => Ok(html(StatusCode::OK, &ErasedPage { p, said })),
        None => Ok(ask_for(&reference)),
    }
}

/// The signed file, exactly as it stands in the journal.
pub async fn json(State(app): State<Shared>, visit: Visit, Path(reference): Path<String>) -> Answer {
    if let Some(case) = erased(&app, &visit, &reference).await?
        && let Some(file) = whole::certificate(&app, &case).await?
    {
        return Ok(attachment(file.into_bytes(), &format!("erasure-{}.json", case.reference)));
    }
    Ok(ask_for(&reference))
}
