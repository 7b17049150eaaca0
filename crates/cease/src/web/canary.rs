//! Everything that must not be kept is typed into every field there is, and then looked for in every byte
//! of the data directory, the write-ahead log included.

use std::path::Path;

use axum::http::StatusCode;
use case::actor::Level;
use case::redact::redact;
use case::{CaseRef, Role};

use crate::app::Shared;
use crate::testing::{self, Browser, Got};
use crate::web::desk::act::Deed;

/// As typed, and what would give it away on the disk.
const SECRETS: [(&str, &str); 8] = [
    ("4012 8888 8888 1881", "8888 8888"),
    ("6205500000000000004", "0550000000000000"),
    ("５１０５１０５１０５１０５１００", "５１０５１０５１"),
    ("5&#49;05105105105100", "05105105105100"),
    ("440524188001010014", "4052418800101"),
    ("GB82 WEST 1234 5698 7654 32", "5698 7654"),
    ("my password is Correct-Horse7", "Correct-Horse7"),
    ("验证码：739184", "739184"),
];

fn every_byte(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(every_byte(&path));
        } else {
            out.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    out
}

fn assert_gone(dir: &Path, after: &str) {
    let files = every_byte(dir);
    assert!(
        files.iter().any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty()),
        "no write-ahead log to look at"
    );
    for (typed, trace) in SECRETS {
        for (name, bytes) in &files {
            let there = bytes.windows(trace.len()).any(|w| w == trace.as_bytes());
            assert!(!there, "{typed:?} is in {name} after {after}");
        }
    }
}

fn declaration<'a>(words: &'a str, token: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("do", "declare"),
        ("words", words),
        ("number", "8931070820307245732"),
        ("email", "mei@example.com"),
        ("token", token),
    ]
}

/// Posts a form and, where the page shows what would be struck out of a field, posts what it shows.
async fn send_shown(browser: &mut Browser, path: &str, field: &str, fields: &[(&str, &str)]) -> Got {
    let got = browser.post(path, fields).await;
    let typed = fields.iter().find(|(name, _)| *name == field).unwrap().1;
    let (shown, struck) = redact(typed);
    if got.status == StatusCode::SEE_OTHER {
        return got;
    }
    assert!(struck.is_empty() || got.status == StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", got.status);
    let again: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, if *name == field { shown.as_str() } else { *value })).collect();
    browser.post(path, &again).await
}

pub(super) async fn holders_fields(app: &Shared, secret: &str) -> CaseRef {
    let mut browser = Browser::new(app).await;
    for path in ["/cancel", "/case", "/confirm", "/recover"] {
        browser.post(path, &[("number", secret), ("reference", secret), ("login", secret), ("fact", secret)]).await;
    }
    browser.post("/sign-in", &[("login", secret), ("password", secret)]).await;
    browser.post("/cancel", &[("number", "8931070820307245732")]).await;
    let you =
        |name, address, phone| [("name", name), ("email", "mei@example.com"), ("address", address), ("phone", phone)];
    browser.post("/cancel/you", &you(secret, "", "")).await;
    browser.post("/cancel/you", &you("Mei Lin", secret, "")).await;
    browser.post("/cancel/you", &you("Mei Lin", "", secret)).await;
    browser.post("/cancel/you", &you("Mei Lin", "", "")).await;
    browser.post("/cancel/statement", &[("when", "soon"), ("statement", secret)]).await;
    let words = format!("Please end it. {secret}");
    let token = format!("t{}", secret.len());
    let got = send_shown(&mut browser, "/chat", "words", &declaration(&words, &token)).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let reference: CaseRef = got.location().split('/').nth(2).unwrap().parse().unwrap();
    for (n, text) in [secret, "and another thing"].into_iter().enumerate() {
        let token = format!("{n}{}", secret.len());
        let fields = [("do", "say"), ("said", text), ("token", &token), ("after", "0")];
        send_shown(&mut browser, &format!("/case/{reference}/chat"), "said", &fields).await;
    }
    send_shown(&mut browser, &format!("/case/{reference}"), "said", &[("do", "say"), ("said", secret)]).await;
    let after = [("what", "billed"), ("on", "2026-03-02"), ("amount", secret), ("text", secret)];
    taken(browser.post(&format!("/case/{reference}/after"), &after).await);
    let picture = (0..2_u8).map(|n| image::Rgb([n; 3])).fold(image::RgbImage::new(2, 2), |mut all, dot| {
        all.put_pixel(0, 0, dot);
        all
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    let file = format!("{secret}.png");
    taken(browser.upload(&format!("/case/{reference}/file"), &[], &[("file", &file, bytes.get_ref())]).await);
    beside_the_case(&mut browser, reference, secret, bytes.get_ref()).await;
    reference
}

/// Every other form of the counter that has room for words.
async fn beside_the_case(browser: &mut Browser, reference: CaseRef, secret: &str, picture: &[u8]) {
    let at = |page: &str| format!("/case/{reference}/{page}");
    for tracking in [secret, "3622 7206 2716 67"] {
        taken(browser.post(&at("return"), &[("do", "post"), ("tracking", tracking)]).await);
    }
    let dispute = [("do", "dispute"), ("over", "other"), ("text", secret)];
    taken(send_shown(browser, &at("return"), "text", &dispute).await);
    let name = format!("{secret}.png");
    taken(browser.upload(&at("return"), &dispute, &[("evidence", &name, picture)]).await);
    taken(send_shown(browser, &at("complaint"), "said", &[("said", secret)]).await);
    let all = ["number", "name", "address", "phone", "statement", "holder", "certificate", "registrar", "contract"];
    let mut fields: Vec<(&str, &str)> = all.iter().map(|field| (*field, secret)).collect();
    fields.extend([("capacity", "estate"), ("email", "mei@example.com"), ("when", "soon")]);
    for path in ["/cancel/behalf", &at("correct")] {
        taken(browser.post(path, &fields).await);
    }
    fields[0].1 = "8931070820307245732";
    for path in ["/cancel/behalf", &at("correct")] {
        taken(browser.upload(path, &fields, &[("files", &name, picture)]).await);
    }
    let report = [("how", "text"), ("from", secret), ("text", secret), ("contact", "mei@example.com")];
    taken(send_shown(browser, "/check/report", "text", &report).await);
    taken(browser.upload("/check/report", &report, &[("picture", &name, picture)]).await);
}

/// What a signed-in holder gives a name to.
async fn names_of_theirs(app: &Shared, n: u8, secret: &str) {
    let account = testing::holder(app, u64::from(n), &format!("holder{n}")).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SignedIn).await;
    let mut key = testing::authenticator(app, n);
    taken(browser.add_passkey(&mut key).await);
    let passkey = testing::b64(&key.id);
    taken(browser.post("/account/passkeys/rename", &[("passkey", &passkey), ("name", secret)]).await);
    taken(browser.post("/account/phrase", &[("phrase", secret)]).await);
}

/// Looked at: done, or sent back to be mended. An address that is not there would prove nothing.
#[track_caller]
fn taken(got: Got) {
    use StatusCode as S;
    let looked_at = [S::OK, S::SEE_OTHER, S::CONFLICT, S::UNPROCESSABLE_ENTITY];
    assert!(looked_at.contains(&got.status), "{} {}", got.status, got.body);
}

pub(super) async fn staffs_fields(app: &Shared, lin: &mut Browser, reference: CaseRef, secret: &str) {
    let to = format!("/desk/case/{reference}");
    for (kind, field) in [("reply", "reply-text"), ("note", "note-text")] {
        taken(lin.post(&format!("{to}/draft"), &[("kind", kind), (field, secret)]).await);
    }
    for deed in Deed::ALL {
        let version = app.store.case(reference).await.unwrap().unwrap().version.to_string();
        let mut fields = vec![
            ("version", version.as_str()),
            ("view", "all"),
            ("ask-need", "document"),
            ("hand-over-name", "lin"),
            ("close-alarm-kind", "usage"),
            ("close-alarm-why", "ours"),
            ("snooze-days", "1"),
        ];
        fields.extend(deed.texts().iter().map(|field| (*field, secret)));
        taken(lin.post(&format!("{to}/{}", deed.name()), &fields).await);
    }
    taken(lin.post(&format!("/desk/chat/{reference}"), &[("chat-text", secret)]).await);
    let version = app.store.case(reference).await.unwrap().unwrap().version.to_string();
    let hand_over = [("version", version.as_str()), ("hand-over-name", secret), ("hand-over-text", secret)];
    taken(lin.post(&format!("{to}/hand-over"), &hand_over).await);
    for deed in ["inspect", "uphold", "dismiss", "waive", "receive"] {
        let fields = [("do", deed), ("found", "as-agreed"), ("text", secret), ("reason", secret), ("scan", secret)];
        taken(lin.post(&format!("{to}/return"), &fields).await);
    }
    for deed in ["complain", "deadlock", "settle"] {
        taken(lin.post(&format!("{to}/way/{deed}"), &[("text", secret)]).await);
    }
    let reference = reference.to_string();
    let words = [("case", reference.as_str()), ("deed", "hold"), ("reason", secret), ("reveal-reason", "other")];
    for path in ["/desk/keeping", &format!("{to}/reveal")] {
        taken(lin.post(path, &[&words[..], &[("reveal-text", secret)]].concat()).await);
    }
    taken(lin.post("/desk/returns", &[("do", "stray"), ("scan", secret), ("note", secret)]).await);
    taken(lin.post("/desk/returns", &[("scan", secret)]).await);
    taken(lin.post("/desk/views", &[("query", "view=all"), ("view-name", secret)]).await);
    let channel = [("list", "fake"), ("kind", "domain"), ("value", "laika.example.net"), ("why", secret)];
    taken(lin.post("/desk/channels/new", &channel).await);
    let made = [("name", secret), ("text-en", secret), ("text-zh", secret), ("note", secret)];
    taken(lin.post("/desk/macros/new", &made).await);
    let found = lin.post("/desk", &[("q", secret)]).await;
    let to = found.location().to_owned();
    assert!(!to.contains(secret));
    taken(found);
    taken(lin.get(&to).await);
}

#[tokio::test]
async fn what_must_not_be_kept_reaches_no_byte_of_the_disk() {
    let (app, dir) = testing::app().await;
    let (account, _) = testing::staff(&app, 9, "lin", Role::Agent).await;
    let mut lin = Browser::new(&app).await;
    lin.sign_in(account.id, Level::SecondFactor).await;
    for (n, (secret, _)) in (50..).zip(SECRETS) {
        let reference = holders_fields(&app, secret).await;
        assert_gone(dir.path(), "what a holder typed");
        names_of_theirs(&app, n, secret).await;
        assert_gone(dir.path(), "what a holder called things");
        staffs_fields(&app, &mut lin, reference, secret).await;
        while crate::work::round(&app).await.unwrap() > 0 {}
        assert_gone(dir.path(), "what staff typed");
    }
    // What is looked for would be found: the words around it are there.
    let there = every_byte(dir.path()).iter().any(|(_, bytes)| bytes.windows(14).any(|w| w == b"Please end it."));
    assert!(there);
}

#[tokio::test]
async fn a_number_begun_in_one_message_and_ended_in_the_next_is_not_whole_anywhere() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let fields = declaration("card 4012 8888", "t");
    let got = browser.post("/chat", &fields).await;
    let reference: CaseRef = got.location().split('/').nth(2).unwrap().parse().unwrap();
    let path = format!("/case/{reference}/chat");
    let say = |said| [("do", "say"), ("said", said), ("token", "u"), ("after", "0")];
    // It is shown first, and what is shown is what goes.
    let shown = browser.post(&path, &say("8888 1881 ok")).await;
    assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(shown.body.contains("We struck out a bank card number.") && shown.body.contains("\n█████ ok</textarea>"));
    assert_eq!(browser.post(&path, &say("█████ ok")).await.status, StatusCode::SEE_OTHER);
    let journal = app.store.journal(reference).await.unwrap();
    let texts: Vec<_> = case::thread::messages(&journal).map(|m| m.text.to_string()).collect();
    assert_eq!(texts.last().map(String::as_str), Some("█████ ok"), "{texts:?}");
}
