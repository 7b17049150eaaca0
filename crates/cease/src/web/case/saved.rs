//! What the holder did about what is on the card: a receipt of `cease backup`, pasted or as its file; saved by other means;
//! or left to be lost, which is theirs to choose and is written down as chosen. And how all of it reads afterwards.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use case::saved::{Kind, Receipt, Saved};
use case::{Case, Command, Deed, Refusal};

use super::{KEPT, Seen, Wrongs, ask, show_first, status_of, wrong};
use crate::app::Shared;
use crate::web::{Answer, Page, Posted, Visit, html};

/// A receipt's file is shorter by far.
const RECEIPT_MAX: usize = 4_096;

#[derive(Template)]
#[template(path = "case/saved.html")]
struct SavedPage {
    p: Page,
    reference: String,
    /// What stands in the case already.
    now: String,
    open: bool,
    how: String,
    /// As typed.
    line: String,
    errors: Wrongs,
}

fn build(p: Page, case: &Case, (how, line): (&str, &str), errors: Wrongs) -> SavedPage {
    let now = match (&case.saved, case.backup) {
        (Some(saved), _) => self::line(&p, saved),
        (None, true) => fl!(p.l, "saved-own-word"),
        (None, false) => String::new(),
    };
    SavedPage {
        reference: case.reference.to_string(),
        now,
        open: case.stage.is_open(),
        how: how.to_owned(),
        line: line.chars().take(RECEIPT_MAX).collect(),
        errors,
        p,
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit, Seen(case): Seen) -> Answer {
    Ok(html(StatusCode::OK, &build(Page::new(&app, &visit), &case, ("", ""), Wrongs::default())))
}

pub async fn save(State(app): State<Shared>, visit: Visit, Seen(case): Seen, posted: Posted) -> Answer {
    let p = Page::new(&app, &visit);
    let (how, line) = (posted.get("how"), posted.get("line"));
    let command = match how {
        "receipt" => match receipt(&posted) {
            Ok(receipt) => Command::Save { saved: Saved::Receipt { receipt } },
            Err(why) => {
                let errors = wrong("line", p.t(why));
                return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &build(p, &case, (how, line), errors)));
            }
        },
        "saved" => Command::Agree { consent: false, backup: true },
        "skip" => Command::Save { saved: Saved::Skipped },
        _ => {
            let errors = wrong("how", fl!(p.l, "saved-how-empty"));
            return Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &build(p, &case, (how, line), errors)));
        }
    };
    match ask(&app, &visit, &case, &command).await? {
        Ok(case) => Ok(Redirect::to(&format!("/case/{}?{KEPT}", case.reference)).into_response()),
        // What it still waits for is its holder's to say.
        Err(Refusal::NotProven) => Ok(show_first(&app, Deed::Cease, &case)),
        Err(refusal) => {
            let errors = wrong("how", p.t(refusal.key()));
            Ok(html(status_of(&refusal), &build(p, &case, (how, line), errors)))
        }
    }
}

/// The file where there is one, and the text otherwise; the word for what is wrong with it.
fn receipt(posted: &Posted) -> Result<Receipt, &'static str> {
    let file = posted.files.iter().find(|file| file.field == "file");
    let text = match file {
        Some(file) if file.bytes.len() > RECEIPT_MAX => return Err("saved-line-bad"),
        Some(file) => String::from_utf8_lossy(&file.bytes).into_owned(),
        None => posted.get("line").to_owned(),
    };
    if text.is_empty() {
        return Err("saved-line-empty");
    }
    Receipt::read(&text).map_err(|_| "saved-line-bad")
}

/// One sentence of numbers, for the case's page, its history and the desk.
pub fn line(p: &Page, saved: &Saved) -> String {
    let l = p.l;
    let receipt = match saved {
        Saved::Skipped => return fl!(l, "saved-skipped"),
        Saved::Receipt { receipt } => receipt,
    };
    let one = |kind| {
        let n = receipt.files.of(kind);
        match kind {
            Kind::Photo => fl!(l, "saved-photo", n = n),
            Kind::Document => fl!(l, "saved-document", n = n),
            Kind::Message => fl!(l, "saved-message", n = n),
            Kind::Contact => fl!(l, "saved-contact", n = n),
            Kind::Media => fl!(l, "saved-media", n = n),
            Kind::Other => fl!(l, "saved-other", n = n),
        }
    };
    let some = Kind::ALL.into_iter().filter(|kind| receipt.files.of(*kind) > 0).map(one);
    let what = match some.collect::<Vec<_>>() {
        none if none.is_empty() => fl!(l, "saved-nothing"),
        some => some.join(&fl!(l, "saved-and")),
    };
    let (size, day, mark) = (size(receipt.bytes), p.day(&receipt.made), receipt.manifest[..8].to_owned());
    let mut line = fl!(l, "saved-receipt", what = what, size = size, day = day, mark = mark);
    if receipt.unreadable > 0 {
        line.push_str(&fl!(l, "saved-unreadable", n = receipt.unreadable));
    }
    line
}

fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    use case::saved::Counts;
    use case::{Actor, Assurance, Declaration, Need, Person, Stage};

    use super::*;
    use crate::act;
    use crate::testing::{self, Browser};

    fn receipt() -> Receipt {
        Receipt {
            made: "2026-11-26T12:00:00Z".parse().unwrap(),
            files: Counts { photo: 1_204, contact: 1, ..Counts::default() },
            bytes: 7_516_192_768,
            unreadable: 2,
            seconds: 641,
            manifest: "9f".repeat(32),
        }
    }

    /// A case that lacks a word on what is on the card, and the browser of its holder.
    async fn lacking() -> (Shared, tempfile::TempDir, Case, Browser) {
        let (app, dir) = testing::app_with(|policy| policy.backup_required = true).await;
        let account = testing::holder(&app, 1, "mei1").await;
        let card = testing::card(&app, 1, account.id).await;
        let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
        let person = Person { name: "Mei Lin".into(), ..account.person.clone() };
        let declaration = Declaration { consent: true, ..Declaration::of(number.id, person, app.now()) };
        let holder = Actor::Holder { account: None, assurance: Assurance::nothing() };
        let case = act::declare(&app, &holder, declaration, Vec::new(), None).await.unwrap();
        assert!(lacks(&case));
        let mut browser = Browser::new(&app).await;
        browser.post("/case", &[("ref", &case.reference.to_string()), ("fact", "MEI1@example.com")]).await;
        (app, dir, case, browser)
    }

    fn lacks(case: &Case) -> bool {
        matches!(&case.stage, Stage::Received { needs, .. } if needs.contains(&Need::Backup))
    }

    async fn again(app: &Shared, case: &Case) -> Case {
        app.store.case(case.reference).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_receipt_pasted_or_uploaded_ticks_the_need_and_stands_in_the_case() {
        for upload in [false, true] {
            let (app, _dir, case, mut browser) = lacking().await;
            let root = format!("/case/{}", case.reference);
            assert!(browser.get(&root).await.body.contains(&format!("href=\"{root}/saved\"")));
            let (line, json) = (receipt().to_string(), receipt().to_json());
            let got = match upload {
                true => {
                    let files = [("file", "RECEIPT.json", json.as_bytes())];
                    browser.upload(&format!("{root}/saved"), &[("how", "receipt"), ("line", "")], &files).await
                }
                false => browser.post(&format!("{root}/saved"), &[("how", "receipt"), ("line", &line)]).await,
            };
            assert_eq!(got.location(), format!("{root}?kept=yes"), "{}", got.body);
            let case = again(&app, &case).await;
            assert_eq!(case.saved, Some(Saved::Receipt { receipt: receipt() }));
            assert!(!lacks(&case) && case.backup);
            let page = browser.get(&root).await.body;
            assert!(page.contains("1204 photos") && page.contains("7.5 GB") && page.contains("9f9f9f9f"), "{page}");
        }
    }

    #[tokio::test]
    async fn skipping_is_a_choice_that_is_written_down_and_asks_for_nothing() {
        let (app, _dir, case, mut browser) = lacking().await;
        let path = format!("/case/{}/saved", case.reference);
        browser.post(&path, &[("how", "skip")]).await;
        let case = again(&app, &case).await;
        assert_eq!(case.saved, Some(Saved::Skipped));
        assert!(!lacks(&case));
        let journal = app.store.journal(case.reference).await.unwrap();
        assert_eq!(journal.last().unwrap().command, "save");
        assert!(browser.get(&path).await.body.contains("knows that what is on the card is lost"));
    }

    #[tokio::test]
    async fn what_is_no_receipt_is_said_and_kept_as_typed() {
        let (app, _dir, case, mut browser) = lacking().await;
        let path = format!("/case/{}/saved", case.reference);
        let line = receipt().to_string();
        let huge = "x".repeat(20_000);
        for bad in [&line[..60], "<script>", "", &huge, &line.replace("p1204", "p9999")] {
            let got = browser.post(&path, &[("how", "receipt"), ("line", bad)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert!(got.body.contains("href=\"#f-line\"") && !got.body.contains("<script>"));
        }
        let got = browser.post(&path, &[("how", "receipt"), ("line", &line[..60])]).await;
        assert!(got.body.contains(line[..60].trim()), "what was typed is kept: {}", got.body);
        let files = [("file", "RECEIPT.json", &[0xff_u8; 5_000][..])];
        let got = browser.upload(&path, &[("how", "receipt")], &files).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.post(&path, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(again(&app, &case).await.version, case.version, "nothing was done");
    }
}
