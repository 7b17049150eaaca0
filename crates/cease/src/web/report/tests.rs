use case::redact::STRUCK;

use super::*;
use crate::testing::{self, Browser};

const SMS: &str = "Laika: pay a fee to receive your refund, card 4242 4242 4242 4242, at https://orbit-refund.net/x";

fn reference(got: &crate::testing::Got) -> u64 {
    fakes::parse(got.location().rsplit('/').next().unwrap()).unwrap_or_else(|| panic!("{}: {}", got.status, got.body))
}

#[tokio::test]
async fn a_report_is_kept_without_what_must_not_be_and_has_a_reference() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let page = browser.post("/check", &[("text", SMS)]).await.body;
    assert!(page.contains("action=\"/check/report\"") && page.contains("name=\"begin\""), "offered after the answer");
    let page = browser.post("/check/report", &[("begin", "yes"), ("text", SMS)]).await;
    assert!(page.status.is_success() && page.body.contains("orbit-refund.net/x"), "{}", page.body);
    assert_eq!(app.store.new_fakes().await.unwrap(), 0, "nothing is kept before it is sent");
    let fields =
        [("how", "text"), ("from", "+49 171 0000001"), ("text", SMS), ("contact", "li@example.com"), ("token", "t1")];
    let got = browser.post("/check/report", &fields).await;
    let id = reference(&got);
    assert_eq!(reference(&browser.post("/check/report", &fields).await), id, "twice is once");
    let report = app.store.fake_report(id).await.unwrap().unwrap();
    assert!(report.text.contains(STRUCK) && !report.text.contains("4242"), "{}", report.text);
    assert!(report.urgent && !report.known && !report.many);
    let values: Vec<&str> = report.channels.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, ["+491710000001", "orbit-refund.net"]);
    let page = Browser::new(&app).await.get(got.location()).await.body;
    assert!(page.contains(&fakes::reference(id)) && page.contains("We are looking at it"), "{page}");
    for private in ["orbit-refund", "li@example.com", "4242", "171 000"] {
        assert!(!page.contains(private), "{private}");
    }
    for none in ["/check/report/FAKE-0000-0000-0000", "/check/report/x"] {
        assert_eq!(browser.get(none).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_number_at_the_place_where_a_report_is_cut_leaves_no_part_of_itself() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let text = format!("{} 4242 4242 4242 4242", "x ".repeat((MOST - 10) / 2));
    let got = browser.post("/check/report", &[("how", "text"), ("text", &text), ("token", "t1")]).await;
    let report = app.store.fake_report(reference(&got)).await.unwrap().unwrap();
    assert!(report.text.chars().count() <= MOST && !report.text.contains("4242"), "{}", &report.text[MOST - 20..]);
    let number = [("how", "text"), ("text", "x"), ("contact", "4242424242424242@example.com")];
    assert_eq!(browser.post("/check/report", &number).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_flood_is_marked_and_kept_and_each_has_its_receipt() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let mut marked = 0;
    for n in 0..PEOPLE + 5 {
        let (text, token) = (format!("flood{n}.example.net"), n.to_string());
        let got = browser.post("/check/report", &[("how", "page"), ("text", &text), ("token", &token)]).await;
        marked += u32::from(app.store.fake_report(reference(&got)).await.unwrap().unwrap().many);
    }
    assert_eq!(marked, 5);
    assert_eq!(app.store.new_fakes().await.unwrap(), u64::from(PEOPLE) + 5);
}

#[tokio::test]
async fn a_picture_is_drawn_anew_and_what_is_wrong_is_said() {
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    for (fields, says) in [
        (vec![("text", "x")], "Choose how it reached you"),
        (vec![("how", "call")], "at least where it came from"),
        (vec![("how", "call"), ("text", "x"), ("contact", "a@b.example, c@d.example")], "one e-mail address"),
        (vec![("how", "call"), ("text", "x"), ("contact", "nobody")], "one e-mail address"),
    ] {
        let got = browser.post("/check/report", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains(says), "{fields:?}: {}", got.body);
    }
    let got = browser.upload("/check/report", &[("how", "chat")], &[("picture", "x.png", b"<script>")]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut png = Vec::new();
    let picture = image::DynamicImage::new_rgb8(4, 4);
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    let got = browser.upload("/check/report", &[("how", "chat")], &[("picture", "x.png", &png)]).await;
    let report = app.store.fake_report(reference(&got)).await.unwrap().unwrap();
    let file = app.store.file(report.file.unwrap()).await.unwrap().unwrap();
    assert_eq!(file.media, "image/png");
    assert_eq!(report.channels[0].0, official::Kind::Reference, "a report without a channel stands for itself");
}
