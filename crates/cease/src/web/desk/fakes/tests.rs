use case::{Level, Role};
use jiff::SignedDuration;

use super::*;
use crate::testing::{self, Browser, advance, shelf};

async fn worker(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

async fn report(app: &Shared, text: &str, contact: &str) -> String {
    let mut browser = Browser::new(app).await;
    let got = browser.post("/check/report", &[("how", "text"), ("text", text), ("contact", contact)]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.location().to_owned()
}

async fn answer(app: &Shared, text: &str) -> String {
    Browser::new(app).await.post("/check", &[("text", text)]).await.body
}

#[tokio::test]
async fn a_fake_is_blocked_at_once_confirmed_by_another_and_its_reporter_hears_of_it() {
    let (app, _dir) = testing::app().await;
    let mut agent = worker(&app, 90, Role::Agent).await;
    assert!(agent.get("/desk/fakes").await.body.contains("No new reports"));
    let receipt = report(&app, "see https://orbit-refund.net/ <i>now</i>", "li@example.com").await;
    report(&app, "https://orbit-refund.net/b", "").await;
    let list = agent.get("/desk/fakes").await.body;
    assert!(list.contains("orbit-refund.net") && list.contains("2 reports"), "{list}");
    assert!(list.contains("<span class=\"bar-count\">1</span>"));
    let page = agent.get("/desk/fakes/1").await.body;
    assert!(page.contains("&#60;i&#62;now") && page.contains("data-key=\"f\""), "{page}");
    for fact in ["suspend the domain", "请暂停该域名", "orbit-refund.net", "2 times"] {
        assert!(page.contains(fact), "{fact}");
    }
    assert!(!page.contains("li@example.com"), "nothing of who reported it");
    let letters = page.split("Have it taken down").nth(1).unwrap();
    assert!(!letters.contains("&#60;i"), "nothing that a stranger wrote");
    let got = agent.post("/desk/fakes/1", &[("deed", "fake")]).await;
    assert_eq!(got.location(), "/desk/fakes?view=new&done=fake");
    let told = answer(&app, "http://www.orbit-refund.net/").await;
    assert!(told.contains("<h1>Not us</h1>") && told.contains("22 November 2026; 2 people have reported it"), "{told}");
    assert!(Browser::new(&app).await.get(&receipt).await.body.contains("Whoever checks it is warned"));
    // One mail, with nothing in it that a stranger wrote; then the address is gone.
    crate::fakes::round(&app).await.unwrap();
    crate::fakes::round(&app).await.unwrap();
    let sent = shelf(&app).messages();
    assert_eq!(sent.iter().filter(|s| s.message.to == "li@example.com").count(), 1);
    let mail = &sent.iter().find(|s| s.message.to == "li@example.com").unwrap().message;
    assert!(mail.text.contains(receipt.rsplit('/').next().unwrap()) && !mail.text.contains("orbit"), "{}", mail.text);
    assert!(app.store.untold_reports(9).await.unwrap().is_empty());
    // Alone for a day; approved, for good.
    advance(&app, SignedDuration::from_hours(25));
    assert!(!answer(&app, "orbit-refund.net").await.contains("<h1>Not us</h1>"));
    let mut lead = worker(&app, 91, Role::Approver).await;
    lead.post("/desk/channels/1", &[("deed", "approve")]).await;
    assert!(answer(&app, "orbit-refund.net").await.contains("<h1>Not us</h1>"));
    // The next report of it needs nobody.
    report(&app, "orbit-refund.net", "").await;
    assert_eq!(app.store.new_fakes().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_ours_is_never_blocked_and_a_refused_fake_is_put_aside() {
    let (app, _dir) = testing::app().await;
    let (mut agent, mut lead) = (worker(&app, 90, Role::Agent).await, worker(&app, 91, Role::Approver).await);
    report(&app, "http://localhost:8080/case", "").await;
    // Any stranger may name our own address: nobody is asked to take it down.
    let got = agent.get("/desk/fakes/1").await;
    assert!(got.body.contains("in our register as ours") && !got.body.contains("f-takedown"), "{}", got.body);
    let got = agent.post("/desk/fakes/1", &[("deed", "fake")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("a channel of ours"), "{}", got.body);
    assert!(got.body.contains("<span class=\"bar-count\">1</span>"), "the bar counts on what answers a post too");
    assert_eq!(agent.post("/desk/fakes/1", &[("deed", "ours")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.store.channel_revision().await.unwrap().proposed, 0);
    report(&app, "honest-shop.net", "").await;
    assert!(agent.get("/desk/fakes/2").await.body.contains("f-takedown"));
    agent.post("/desk/fakes/2", &[("deed", "fake")]).await;
    assert!(answer(&app, "honest-shop.net").await.contains("<h1>Not us</h1>"));
    lead.post("/desk/channels/1", &[("deed", "decline")]).await;
    assert!(!answer(&app, "honest-shop.net").await.contains("<h1>Not us</h1>"));
    assert_eq!(app.store.fake(2).await.unwrap().unwrap().state, FakeState::Nothing);
    for (path, deed) in [("/desk/fakes/2", "new"), ("/desk/fakes/2", "x"), ("/desk/fakes/99", "fake")] {
        assert!(agent.post(path, &[("deed", deed)]).await.status.is_client_error());
    }
}

#[tokio::test]
async fn a_corrected_decision_takes_it_off_the_list_again() {
    let (app, _dir) = testing::app().await;
    let (mut agent, mut lead) = (worker(&app, 90, Role::Agent).await, worker(&app, 91, Role::Approver).await);
    let mut other = worker(&app, 92, Role::Agent).await;
    let blocked = async || answer(&app, "honest-shop.net").await.contains("<h1>Not us</h1>");
    report(&app, "honest-shop.net", "").await;
    // Whoever said so, and whoever else: nobody has signed.
    for worker in [&mut agent, &mut other] {
        decided(worker, "fake").await;
        assert!(blocked().await);
        assert_eq!(decided(worker, "nothing").await, "/desk/fakes?view=new&done=nothing");
        assert!(!blocked().await);
        assert_eq!(app.store.channel_revision().await.unwrap().waiting(), 0);
    }
    assert!(app.store.acts(9).await.unwrap().iter().any(|(act, _)| act.what == "channel-withdrawn"));
    // Two have: it ends with two.
    decided(&mut agent, "fake").await;
    lead.post("/desk/channels/3", &[("deed", "approve")]).await;
    for _ in 0..2 {
        assert_eq!(decided(&mut agent, "nothing").await, "/desk/fakes?view=new&done=ending");
        assert_eq!(app.store.channel_revision().await.unwrap().waiting(), 1, "proposed once");
    }
    assert!(blocked().await);
    lead.post("/desk/channels/4", &[("deed", "approve")]).await;
    assert!(!blocked().await);
}

/// Pressed on the page as it is now.
async fn decided(worker: &mut Browser, deed: &str) -> String {
    let page = worker.get("/desk/fakes/1").await.body;
    let seen = page.split(r#"name="seen" value=""#).nth(1).unwrap().split('"').next().unwrap();
    worker.post("/desk/fakes/1", &[("deed", deed), ("seen", seen)]).await.location().to_owned()
}

/// Two have the same report open: the second reads what the first has decided, and undoes nothing of it unseen.
#[tokio::test]
async fn a_page_that_is_out_of_date_undoes_nothing() {
    let (app, _dir) = testing::app().await;
    let (mut first, mut second) = (worker(&app, 90, Role::Agent).await, worker(&app, 91, Role::Agent).await);
    report(&app, "honest-shop.net", "").await;
    assert_eq!(decided(&mut first, "fake").await, "/desk/fakes?view=new&done=fake");
    for seen in ["", "fake.1", "nothing.0"] {
        let got = second.post("/desk/fakes/1?lang=en", &[("deed", "nothing"), ("seen", seen)]).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{seen}");
        assert!(got.body.contains("was quicker, 2026-11-22 12:00: “Listed as fakes”"), "{}", got.body);
    }
    assert_eq!(app.store.fake(1).await.unwrap().unwrap().state, FakeState::Fake);
    assert!(answer(&app, "honest-shop.net").await.contains("<h1>Not us</h1>"));
    assert_eq!(decided(&mut second, "nothing").await, "/desk/fakes?view=new&done=nothing");
}

#[tokio::test]
async fn nobody_alone_has_reporters_told_that_a_channel_is_ours() {
    let (app, _dir) = testing::app().await;
    let (mut agent, mut lead) = (worker(&app, 90, Role::Agent).await, worker(&app, 91, Role::Approver).await);
    report(&app, "orbit-desk.net", "").await;
    let line = [("list", "official"), ("kind", "domain"), ("value", "orbit-desk.net"), ("why", "bought")];
    agent.post("/desk/channels/new", &line).await;
    let got = agent.post("/desk/fakes/1", &[("deed", "ours")]).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    assert!(got.body.contains("not in the register"), "{}", got.body);
    assert_eq!(app.store.fake(1).await.unwrap().unwrap().state, FakeState::New);
    lead.post("/desk/channels/1", &[("deed", "approve")]).await;
    assert_eq!(agent.post("/desk/fakes/1", &[("deed", "ours")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.store.fake(1).await.unwrap().unwrap().state, FakeState::Ours);
}

#[tokio::test]
async fn leads_hear_of_a_wave_and_of_what_asks_for_cards_once() {
    let (app, _dir) = testing::app().await;
    worker(&app, 91, Role::Approver).await;
    worker(&app, 92, Role::Admin).await;
    worker(&app, 90, Role::Agent).await;
    for n in 0..2 {
        report(&app, &format!("https://slow-wave.net/{n}"), "").await;
    }
    crate::fakes::round(&app).await.unwrap();
    assert_eq!(shelf(&app).messages().len(), 0);
    report(&app, "https://slow-wave.net/2", "").await;
    report(&app, "send us the code at https://orbit-codes.net", "").await;
    for _ in 0..3 {
        crate::fakes::round(&app).await.unwrap();
    }
    let sent = shelf(&app).messages();
    let to: Vec<_> = sent.iter().map(|s| s.message.to.as_str()).collect();
    assert_eq!(to, ["staff91@example.com"], "who may open the page");
    assert!(sent[0].message.text.contains("2 new fakes") && !sent[0].message.text.contains("orbit"));
}

#[tokio::test]
async fn taking_a_picture_is_a_look() {
    let (app, _dir) = testing::app().await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(4, 4).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let fields = [("how", "chat"), ("text", "orbit-refund.net")];
    let got = Browser::new(&app).await.upload("/check/report", &fields, &[("picture", "x.png", png.get_ref())]).await;
    let reference = got.location().rsplit('/').next().unwrap().to_owned();
    let mut agent = worker(&app, 90, Role::Agent).await;
    let got = agent.get(&format!("/desk/fakes/picture/{reference}")).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let looks = app.store.looks(&store::LooksOf::default(), None, 9).await.unwrap();
    let [(_, look)] = &looks[..] else { panic!("{looks:?}") };
    assert_eq!((look.staff, look.what, look.case), (case::AccountId::from_bits(90), Looked::File, None));
    assert!(look.detail.starts_with(&reference), "{}", look.detail);
    assert_eq!(agent.get("/desk/fakes/picture/F-0000").await.status, StatusCode::NOT_FOUND);
}
