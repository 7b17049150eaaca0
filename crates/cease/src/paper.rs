//! The certificate as a PDF, in words and pictures; how it is drawn is the crate `paper`'s.
//!
//! Fonts are looked for once. Where the machine has none with Chinese in it, or a name has characters that no font has,
//! there is no PDF: the page prints as well.

use std::sync::LazyLock;

use case::{Case, Lang};
use paper::{Attached, Both, Fonts, Moment, NoFont, NotDrawn, Part, Qr, Row, Sheet};
use proof::{Certificate, PublicKey};
use store::StoreError;

use crate::app::{App, Shared};
use crate::certificate::{self, fours, masked};
use crate::words;

static FONTS: LazyLock<Result<Fonts, NoFont>> = LazyLock::new(Fonts::find);

/// Whether this machine can draw a PDF, and with which family of fonts.
pub fn font() -> Result<&'static str, NoFont> {
    FONTS.as_ref().map(Fonts::chinese).map_err(|e| *e)
}

/// The same, off the threads that serve pages: the first one to ask waits for the fonts to be looked through.
pub async fn ready() -> bool {
    tokio::task::spawn_blocking(|| font().is_ok()).await.unwrap_or(false)
}

pub fn file_name(case: &Case) -> String {
    format!("cease-certificate-{}.pdf", case.reference)
}

/// The certificate of a case as a PDF; none before it is signed, and none where it cannot be drawn.
pub async fn certificate(app: &Shared, case: &Case, lang: Lang) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = certificate::file(app, case).await? else { return Ok(None) };
    Ok(draw(app, case, file, lang).await)
}

/// The same for a certificate that is in hand.
pub async fn draw(app: &App, case: &Case, file: String, lang: Lang) -> Option<Vec<u8>> {
    if !app.draws {
        return None;
    }
    let (certificate, key) = certificate::read(&file)?;
    let carried = certificate::carried(app, case).await.ok()?;
    let sheet = sheet(app, case, &certificate, Held { file, key, carried }, lang)?;
    print(app, case, move |fonts| paper::draw(&sheet, fonts)).await
}

/// Draws something with this machine's fonts, off the threads that serve pages.
pub(crate) async fn print(
    app: &App,
    case: &Case,
    draw: impl FnOnce(&Fonts) -> Result<Vec<u8>, NotDrawn> + Send + 'static,
) -> Option<Vec<u8>> {
    if !app.draws {
        return None;
    }
    let drawn = tokio::task::spawn_blocking(move || match &*FONTS {
        Ok(fonts) => draw(fonts).map_err(|e| e.to_string()),
        Err(none) => Err(none.to_string()),
    });
    match drawn.await {
        Ok(Ok(bytes)) => Some(bytes),
        Ok(Err(error)) => {
            // What is wrong may quote a name.
            tracing::debug!(error, "no PDF");
            tracing::warn!(case.r#ref = %case.reference, "a PDF was not drawn; its page prints");
            None
        }
        Err(_) => None,
    }
}

/// What the page is made from, beside the case.
struct Held {
    file: String,
    key: PublicKey,
    carried: certificate::Carried,
}

/// All that stands on the page.
fn sheet(app: &App, case: &Case, c: &Certificate, held: Held, lang: Lang) -> Option<Sheet> {
    let other = match lang {
        Lang::En => Lang::ZhCn,
        Lang::ZhCn => Lang::En,
    };
    let both = |text: &dyn Fn(Lang) -> String| Both { main: text(lang), second: text(other) };
    let say = |key: &str| both(&|lang| words::words(lang).get(key));
    let digest = case.stage.certificate().unwrap_or_default();
    let Held { file, key, carried } = held;
    let (width, dark) = certificate::qr(&carried.text)?;
    let link = certificate::verify_url(app, &c.reference, digest);
    let standing = both(&|lang| certificate::standing_in_words(lang, &carried));
    let l = words::words(lang);
    Some(Sheet {
        lang: match lang {
            Lang::En => paper::Lang::En,
            Lang::ZhCn => paper::Lang::ZhCn,
        },
        issuer: both(&|lang| app.config.desk.name_in(lang).to_owned()),
        title: say("certificate-title"),
        saying: say(certificate::saying(c)),
        kind: say(&format!("kind-{}", c.card.kind)),
        number: masked(&c.card.number.masked),
        rows: rows(app, case, c, lang, other),
        next: Part {
            heading: say("certificate-next"),
            items: pairs(&|lang| certificate::next(app, lang, c).to_vec(), lang, other),
        },
        check: Part { heading: say("certificate-check"), items: vec![say("certificate-pdf-check"), standing] },
        prints: vec![
            (fl!(l, "certificate-key"), key.fingerprint()),
            ("SHA-256".to_owned(), fours(digest.get(..32).unwrap_or_default())),
        ],
        fine: say("certificate-pdf-fine"),
        seal: fl!(l, "certificate-seal"),
        qr: Qr { width, dark, alt: fl!(l, "certificate-check-online"), link },
        attached: Attached {
            name: certificate::file_name(case),
            media: "application/json".to_owned(),
            about: fl!(l, "certificate-attached"),
            bytes: file.into_bytes(),
        },
        issued: utc(c.issued_at),
    })
}

fn rows(app: &App, case: &Case, c: &Certificate, lang: Lang, other: Lang) -> Vec<Row> {
    let all = |lang: Lang| {
        let l = words::words(lang);
        let holder = c.holder.as_ref().map(|h| (fl!(l, "certificate-holder"), h.masked.clone()));
        let mut rows: Vec<(String, String)> = holder.into_iter().collect();
        rows.push((fl!(l, "case-reference"), c.reference.clone()));
        rows.extend(certificate::rows(lang, &app.policy.zone(), c, case.times.number_release));
        rows
    };
    let rows = all(lang).into_iter().zip(all(other));
    let row = |((label, value), (label2, value2))| Row {
        label: Both { main: label, second: label2 },
        value: Both { main: value, second: value2 },
    };
    rows.map(row).collect()
}

fn pairs(texts: &dyn Fn(Lang) -> Vec<String>, lang: Lang, other: Lang) -> Vec<Both> {
    texts(lang).into_iter().zip(texts(other)).map(|(main, second)| Both { main, second }).collect()
}

pub(crate) fn utc(at: case::Timestamp) -> Moment {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |n: i8| u8::try_from(n).unwrap_or_default();
    Moment {
        year: u16::try_from(at.year()).unwrap_or_default(),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
    }
}
