use proof::log::tree::leaf_hash;
use proof::log::{Checkpoint, Note};

use crate::log::tests::{desk, ended, followed};
use crate::testing::Browser;
use crate::web::Visit;

#[tokio::test]
async fn the_page_says_what_the_log_is_in_both_languages_and_before_it_begins() {
    let (app, _dir) = desk().await;
    let mut browser = Browser::new(&app).await;
    assert!(browser.get("/log/").await.body.contains("has not begun yet"));
    ended(&app, 1).await;
    followed(&app).await;
    let page = browser.get("/log").await;
    assert_eq!(page.status, 200);
    let size = app.store.log_head().await.unwrap().size;
    for part in ["The public log", &format!(">{size}<"), "No independent witness", "localhost/log", "/log/checkpoint"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let chinese = browser.get("/log?lang=zh-CN").await.body;
    assert!(chinese.contains("公开日志") && chinese.contains("见证方"));
}

#[tokio::test]
async fn whoever_watches_gets_head_hashes_and_leaves_and_nothing_that_is_not_there() {
    let (app, _dir) = desk().await;
    let mut browser = Browser::new(&app).await;
    assert_eq!(browser.get("/log/checkpoint").await.status, 404);
    ended(&app, 1).await;
    followed(&app).await;
    let head = browser.get("/log/checkpoint").await;
    assert_eq!((head.headers["content-type"].to_str().unwrap(), head.status.as_u16()), (super::TEXT, 200));
    assert_eq!(head.headers["cache-control"], super::A_MOMENT);
    assert!(!head.headers.contains_key("set-cookie"));
    let note = Note::parse(head.body.as_bytes()).unwrap();
    let size = Checkpoint::parse(note.text()).unwrap().size;
    let hashes = super::read_tile(&app, "0", &format!("000.p/{size}")).await.unwrap().unwrap();
    let entries = super::read_tile(&app, "entries", &format!("000.p/{size}")).await.unwrap().unwrap();
    let mut rest = entries.as_slice();
    for hash in hashes.chunks(32) {
        let (length, more) = rest.split_first_chunk::<2>().unwrap();
        let (leaf, more) = more.split_at(usize::from(u16::from_be_bytes(*length)));
        assert_eq!(leaf_hash(leaf).as_slice(), hash);
        rest = more;
    }
    assert!(rest.is_empty());
    let got = browser.get(&format!("/log/tile/0/000.p/{size}")).await;
    assert_eq!((got.status.as_u16(), got.headers["cache-control"].to_str().unwrap()), (200, super::FOR_GOOD));
    for bad in [
        "0/000".to_owned(),
        format!("0/000.p/{}", size + 1),
        "0/001".into(),
        "1/000".into(),
        "63/000.p/1".into(),
        "64/000.p/1".into(),
        "00/000.p/1".into(),
        "+0/000.p/1".into(),
        "x/000.p/1".into(),
        "0/0.p/1".into(),
        "0/000.p/0".into(),
        "entries/x999/x999/x999/x999/x999/999".into(),
    ] {
        assert_eq!(browser.get(&format!("/log/tile/{bad}")).await.status, 404, "{bad}");
    }
    assert!(browser.get("/log/manifest").await.body.starts_with("cease/manifest/v1\n"));
}

#[tokio::test]
async fn a_proof_is_given_to_who_may_see_the_case_only() {
    let (app, _dir) = desk().await;
    let case = ended(&app, 1).await;
    followed(&app).await;
    let path = format!("/log/proof/{}", case.reference);
    let mut stranger = Browser::new(&app).await;
    assert_ne!(stranger.get(&path).await.status, 200);
    let mut holder = Browser::new(&app).await;
    let mut session = holder.visit("/").await.session(&app);
    Visit::grant(&mut session, case.reference);
    app.store.put_session(session).await.unwrap();
    let got = holder.get(&path).await;
    assert_eq!(got.status, 200);
    assert!(got.body.starts_with("{\n  \"format\": \"cease/bundle/v1\""));
    assert_eq!(got.headers["cache-control"], "no-store");
}
