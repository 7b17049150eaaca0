use case::Level;
use jiff::SignedDuration;

use super::*;
use crate::testing::{self, Browser, advance};

async fn worker(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

const ORBIT: [(&str, &str); 4] =
    [("list", "official"), ("kind", "domain"), ("value", "orbit-desk.net"), ("why", "bought on 1 November <b>")];

async fn verdict(app: &Shared, text: &str) -> String {
    let got = Browser::new(app).await.post("/check", &[("text", text)]).await;
    let title = got.body.split("<h1>").nth(1).unwrap_or_default();
    title.split("</h1>").next().unwrap_or_default().to_owned()
}

async fn acts(app: &Shared) -> Vec<String> {
    let acts = app.store.acts(20).await.unwrap().into_iter().rev();
    acts.filter(|(act, _)| act.what.starts_with("channel"))
        .map(|(act, _)| format!("{} {}", act.what, act.detail))
        .collect()
}

#[tokio::test]
async fn two_people_make_a_channel_ours_and_end_it_and_another_process_knows_at_once() {
    let (app, _dir) = testing::app().await;
    let other = testing::beside(&app);
    let mut agent = worker(&app, 90, Role::Agent).await;
    let mut lead = worker(&app, 91, Role::Approver).await;
    assert!(verdict(&other, "https://orbit-desk.net/").await.starts_with("Unknown"));
    let got = agent.post("/desk/channels/new", &ORBIT).await;
    assert_eq!(got.location(), "/desk/channels?view=waiting&done=proposed", "{}", got.body);
    let page = agent.get("/desk/channels?view=waiting").await.body;
    assert!(page.contains("orbit-desk.net") && page.contains("You proposed this") && page.contains("&#60;b&#62;"));
    assert!(page.contains("<span class=\"bar-count\">1</span>"), "counted in the bar");
    assert!(verdict(&app, "orbit-desk.net").await.starts_with("Unknown"), "one alone makes nothing ours");
    let page = lead.get("/desk/channels?view=waiting").await.body;
    assert!(page.contains("value=\"approve\""), "{page}");
    let got = lead.post("/desk/channels/1", &[("deed", "approve")]).await;
    assert_eq!(got.location(), "/desk/channels?view=waiting&done=approved", "{}", got.body);
    for app in [&app, &other] {
        assert_eq!(verdict(app, "https://help.orbit-desk.net/").await, "An official channel");
    }
    let page = agent.get("/desk/channels").await.body;
    assert!(
        page.contains("approved by") && page.contains("from configuration") && page.contains("/desk/channels/1/end")
    );
    // Decided is decided.
    assert_eq!(lead.post("/desk/channels/1", &[("deed", "decline")]).await.status, StatusCode::CONFLICT);
    // Its end takes two as well.
    assert_eq!(agent.get("/desk/channels/1/end").await.status, StatusCode::OK);
    let end = [("until", "2026-11-22"), ("why", "sold")];
    assert_eq!(agent.post("/desk/channels/1/end", &end).await.status, StatusCode::SEE_OTHER);
    assert_eq!(verdict(&app, "orbit-desk.net").await, "An official channel");
    lead.post("/desk/channels/2", &[("deed", "approve")]).await;
    assert_eq!(verdict(&other, "orbit-desk.net").await, "An official channel", "until its last day is over");
    advance(&app, SignedDuration::from_hours(24));
    for app in [&app, &other] {
        assert!(verdict(app, "orbit-desk.net").await.starts_with("Unknown"));
    }
    let (mut lead, page) = (worker(&app, 91, Role::Approver).await, "/desk/channels?view=past");
    assert!(lead.get(page).await.body.contains("orbit-desk.net"));
    assert_eq!(
        acts(&app).await,
        [
            "channel-proposed 1 official domain orbit-desk.net",
            "channel-approved 1 official domain orbit-desk.net",
            "channel-proposed 2 end of 1 after 2026-11-22",
            "channel-approved 2 end of 1 after 2026-11-22",
        ]
    );
}

#[tokio::test]
async fn nobody_signs_for_what_they_proposed_and_no_agent_signs_at_all() {
    let (app, _dir) = testing::app().await;
    let (mut agent, mut other) = (worker(&app, 90, Role::Agent).await, worker(&app, 92, Role::Agent).await);
    let mut lead = worker(&app, 91, Role::Approver).await;
    let mut admin = worker(&app, 93, Role::Admin).await;
    lead.post("/desk/channels/new", &ORBIT).await;
    for deed in ["approve", "decline"] {
        let got = lead.post("/desk/channels/1", &[("deed", deed)]).await;
        assert_eq!(got.status, StatusCode::CONFLICT);
        assert!(got.body.contains("You proposed this"), "{}", got.body);
        for one in [&mut agent, &mut other, &mut admin] {
            assert_eq!(one.post("/desk/channels/1", &[("deed", deed)]).await.status, StatusCode::FORBIDDEN);
        }
    }
    // Past the page: the store itself.
    let step = app.store.channel_steps().await.unwrap().remove(0);
    assert!(!app.store.decide_channel(1, step.by, app.now(), true).await.unwrap());
    assert!(verdict(&app, "orbit-desk.net").await.starts_with("Unknown"));
    assert_eq!(acts(&app).await, ["channel-proposed 1 official domain orbit-desk.net"]);
    for path in ["/desk/channels", "/desk/channels/new", "/desk/fakes"] {
        assert_eq!(admin.get(path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(Browser::new(&app).await.get(path).await.status, StatusCode::SEE_OTHER, "sign in first");
    }
}

#[tokio::test]
async fn what_cannot_stand_in_a_register_is_said_and_what_was_typed_is_kept() {
    let (app, _dir) = testing::app().await;
    let mut agent = worker(&app, 90, Role::Agent).await;
    let with = |name: &'static str, value: &'static str| {
        let mut all: Vec<(&str, &str)> = ORBIT.to_vec();
        all.retain(|(n, _)| *n != name);
        all.push((name, value));
        all
    };
    for (fields, says) in [
        (with("value", "co.uk"), "that somebody can own"),
        (with("value", ""), "that somebody can own"),
        (with("kind", "reference"), "Choose the kind"),
        (with("kind", "phone"), "country code"),
        (with("list", ""), "ours or a fake"),
        (with("why", " "), "Say why"),
        (with("from", "yesterday"), "Give the day"),
        ([with("from", "2026-12-02"), vec![("until", "2026-12-01")]].concat(), "ends before it begins"),
        (
            [with("list", "fake"), vec![]]
                .concat()
                .into_iter()
                .map(|(n, v)| (n, if n == "value" { "localhost" } else { v }))
                .collect(),
            "a channel of ours",
        ),
    ] {
        let got = agent.post("/desk/channels/new", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(got.body.contains(says), "{fields:?}: {}", got.body);
    }
    assert_eq!(app.store.channel_revision().await.unwrap().proposed, 0);
    for path in ["/desk/channels/9/end", "/desk/channels/1"] {
        assert!(!agent.post(path, &[("deed", "approve"), ("why", "x")]).await.status.is_success());
    }
}

#[tokio::test]
async fn nothing_stands_or_waits_twice_however_it_is_written() {
    let (app, _dir) = testing::app().await;
    let mut agent = worker(&app, 90, Role::Agent).await;
    let mut lead = worker(&app, 91, Role::Approver).await;
    let propose = async |agent: &mut Browser, list: &str, kind: &str, value: &str, from: &str| {
        let fields = [("list", list), ("kind", kind), ("value", value), ("from", from), ("why", "a letter")];
        let got = agent.post("/desk/channels/new", &fields).await;
        assert_eq!(got.status != StatusCode::SEE_OTHER, got.body.contains("in the register already"), "{}", got.body);
        got.status == StatusCode::SEE_OTHER
    };
    // The address of the desk stands in the configuration.
    assert!(!propose(&mut agent, "official", "domain", "localhost", "").await);
    assert!(propose(&mut agent, "official", "phone", "07700900100", "").await);
    assert!(!propose(&mut agent, "official", "phone", "+44 7700 900100", "").await, "it waits");
    lead.post("/desk/channels/1", &[("deed", "approve")]).await;
    assert!(!propose(&mut agent, "official", "phone", "+44 7700 900100", "").await, "it stands");
    assert!(propose(&mut agent, "fake", "domain", "orbit-refund.net", "").await);
    assert!(!propose(&mut agent, "fake", "domain", "Orbit-Refund.NET", "").await);
    lead.post("/desk/channels/2", &[("deed", "decline")]).await;
    assert!(propose(&mut agent, "fake", "domain", "orbit-refund.net", "").await, "what was declined may come again");
    // It goes on from the day after its last.
    agent.post("/desk/channels/1/end", &[("until", "2026-12-01"), ("why", "sold")]).await;
    lead.post("/desk/channels/4", &[("deed", "approve")]).await;
    assert!(!propose(&mut agent, "official", "phone", "07700900100", "2026-12-01").await);
    assert!(propose(&mut agent, "official", "phone", "07700900100", "2026-12-02").await);
}
