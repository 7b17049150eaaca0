use std::collections::BTreeSet;
use std::pin::Pin;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::{Actor, Assurance, Case, Command, Declaration, Level, Person, Role};
use jiff::SignedDuration;
use tower::ServiceExt;

use super::pulse::{Pulse, beat};
use super::{Full, Hub, Place, Room, Topic, session_key};
use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser};
use crate::web::Visit;

/// A case that somebody declared with a card of their own.
async fn case_of(app: &Shared, n: u64) -> Case {
    let account = testing::holder(app, n, &format!("mei{n}")).await;
    let card = testing::card(app, n, account.id).await;
    let number = case::identify::identify(card.iccid.as_deref().unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: number.check,
        consent: true,
        backup: true,
        ..Declaration::of(number.id, Person { name: "Mei Lin".into(), ..Person::default() }, app.now())
    };
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act::declare(app, &nobody, declaration, Vec::new(), None).await.unwrap()
}

/// A browser that may see the case.
async fn follower(app: &Shared, case: &Case) -> Browser {
    let browser = Browser::new(app).await;
    let reference = case.reference;
    browser.visit("/").await.change(app, |session| Visit::grant(session, reference)).await.unwrap();
    browser
}

async fn worker(app: &Shared, n: u64, role: Role) -> Browser {
    let (account, _) = testing::staff(app, n, &format!("staff{n}"), role).await;
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, Level::SecondFactor).await;
    browser
}

/// What `/live` answers: the status, and what comes line by line.
async fn listen(app: &Shared, browser: &Browser, path: &str) -> (StatusCode, Body) {
    let request = Request::get(path).header(header::COOKIE, &browser.cookie).body(Body::empty()).unwrap();
    let response = crate::web::router(app.clone()).oneshot(request).await.unwrap();
    (response.status(), response.into_body())
}

/// The next piece of a stream; none when it has ended.
async fn piece(body: &mut Body) -> Option<String> {
    let frame = std::future::poll_fn(|cx| hyper::body::Body::poll_frame(Pin::new(body), cx)).await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

/// The topics of the next hint, whatever stands before it.
async fn topics(body: &mut Body) -> Vec<String> {
    loop {
        let text = piece(body).await.expect("the stream has ended");
        let topics: Vec<_> = text.lines().filter_map(|l| l.strip_prefix("data: ")).map(str::to_owned).collect();
        if !topics.is_empty() {
            return topics;
        }
    }
}

async fn say(app: &Shared, case: &Case, text: &str) {
    let nobody = Actor::Holder { account: None, assurance: Assurance::nothing() };
    act::act(app, case.reference, &nobody, &Command::say(text)).await.unwrap();
}

#[tokio::test]
async fn a_stranger_hears_nothing_of_another_s_case_whatever_they_ask_for() {
    let (app, _dir) = testing::app().await;
    let (mine, theirs) = (case_of(&app, 1).await, case_of(&app, 2).await);
    let me = follower(&app, &mine).await;
    let path = format!("/live?case={0}&topic=thread%20{0}&last=1", theirs.reference);
    let (status, mut body) = listen(&app, &me, &path).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(topics(&mut body).await, ["all"], "whoever comes again looks again");
    say(&app, &theirs, "secret").await;
    say(&app, &mine, "a message of 17 Mill Road").await;
    let heard = piece(&mut body).await.unwrap();
    assert!(heard.contains(&format!("data: thread {}", mine.reference)), "{heard}");
    assert!(!heard.contains(&theirs.reference.to_string()) && !heard.contains("desk"), "{heard}");
    // A number, a kind, a topic: no data.
    for line in heard.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        assert!(
            matches!((name, value), ("event", "hint"))
                || (name == "id" && value.parse::<u64>().is_ok())
                || name == "data",
            "{line}"
        );
    }
    assert!(!heard.contains("Mill Road"));
}

#[tokio::test]
async fn who_may_see_nothing_gets_no_stream() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1).await;
    let mut stranger = Browser::new(&app).await;
    assert_eq!(listen(&app, &stranger, "/live").await.0, StatusCode::NO_CONTENT);
    let admin = worker(&app, 9, Role::Admin).await;
    assert_eq!(listen(&app, &admin, "/live").await.0, StatusCode::NO_CONTENT, "an admin sees no cases");
    assert_eq!(app.live.streams(), 0);
    // Nor can a stranger say that they are at somebody's case.
    let reference = case.reference.to_string();
    let got = stranger.post("/live/here", &[("case", &reference), ("typing", "yes")]).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    let other = case_of(&app, 2).await;
    let mut holder = follower(&app, &other).await;
    let got = holder.post("/live/here", &[("case", &reference)]).await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
    assert_eq!(app.live.at(case.reference, app.now()), super::AtCase::default());
    assert_eq!(stranger.get("/desk/here").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_foreign_page_cannot_post_in_our_name() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1).await;
    let browser = follower(&app, &case).await;
    for (path, body) in [
        ("/live/here", format!("case={}", case.reference)),
        (&*format!("/case/{}/chat", case.reference), "do=say&said=hello&csrf=0000".to_owned()),
    ] {
        let request = Request::post(path)
            .header(header::COOKIE, &browser.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        let got = crate::web::router(app.clone()).oneshot(request.unwrap()).await.unwrap();
        assert_eq!(got.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(!app.live.at(case.reference, app.now()).holder);
    assert_eq!(app.store.case(case.reference).await.unwrap().unwrap().version, case.version);
}

#[tokio::test]
async fn a_session_that_ends_hears_no_more() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1).await;
    let mut agent = worker(&app, 9, Role::Agent).await;
    let (_, mut body) = listen(&app, &agent, "/live").await;
    piece(&mut body).await.unwrap();
    say(&app, &case, "one").await;
    app.live.listed();
    assert_eq!(topics(&mut body).await, ["desk"], "of a case that is not open only that lists have changed");
    agent.post("/live/here", &[("case", &case.reference.to_string())]).await;
    topics(&mut body).await;
    say(&app, &case, "two").await;
    assert_eq!(topics(&mut body).await, [format!("thread {}", case.reference)]);
    agent.post("/desk/sign-out", &[]).await;
    let mut text = String::new();
    while let Some(piece) = piece(&mut body).await {
        text.push_str(&piece);
    }
    assert!(text.contains("event: end\n"), "{text}");
    assert_eq!(app.live.streams(), 0);
}

#[tokio::test]
async fn a_case_that_is_granted_later_is_heard_without_a_new_stream() {
    let (app, _dir) = testing::app().await;
    let (first, second) = (case_of(&app, 1).await, case_of(&app, 2).await);
    let browser = follower(&app, &first).await;
    let (_, mut body) = listen(&app, &browser, "/live").await;
    piece(&mut body).await.unwrap();
    let reference = second.reference;
    browser.visit("/").await.change(&app, |session| Visit::grant(session, reference)).await.unwrap();
    let heard = topics(&mut body).await;
    assert!(heard.contains(&format!("thread {reference}")), "{heard:?}");
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1).await;
    let browser = follower(&app, &case).await;
    let (_, mut body) = listen(&app, &browser, "/live").await;
    app.live.stop();
    let mut text = String::new();
    while let Some(piece) = piece(&mut body).await {
        text.push_str(&piece);
    }
    assert!(text.contains("retry: ") && text.ends_with("\n\n"), "{text}");
    assert_eq!(listen(&app, &browser, "/live").await.0, StatusCode::SERVICE_UNAVAILABLE, "and opens no more");
}

#[tokio::test]
async fn a_browser_that_goes_leaves_nothing_behind() {
    let (app, _dir) = testing::app().await;
    let case = case_of(&app, 1).await;
    let browser = follower(&app, &case).await;
    let mut open = Vec::new();
    for _ in 0..6 {
        let (status, body) = listen(&app, &browser, "/live").await;
        assert_eq!(status, StatusCode::OK);
        open.push(body);
    }
    assert_eq!(
        listen(&app, &browser, "/live").await.0,
        StatusCode::SERVICE_UNAVAILABLE,
        "a session has room for a few"
    );
    drop(open);
    while app.live.streams() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(listen(&app, &browser, "/live").await.0, StatusCode::OK);
}

#[test]
fn streams_are_counted_in_all_by_network_and_by_session() {
    let hub = Hub::new(jiff::Timestamp::UNIX_EPOCH);
    let room = Room { all: 4, network: 2, session: 1 };
    let open =
        |session, network: &str| hub.listen(session, network, BTreeSet::from([Topic::Desk]), room).map(|(n, _)| n);
    let one = open(1, "a").unwrap();
    assert_eq!(open(1, "a"), Err(Full), "a second of one session");
    open(2, "a").unwrap();
    assert_eq!(open(3, "a"), Err(Full), "a third of one network");
    open(3, "b").unwrap();
    open(4, "b").unwrap();
    assert_eq!(open(5, "c"), Err(Full), "a fifth in all");
    hub.close(one);
    open(5, "a").unwrap();
}

#[test]
fn a_reader_who_reads_nothing_makes_us_keep_nothing() {
    let hub = Hub::new(jiff::Timestamp::UNIX_EPOCH);
    let case = case::CaseRef::from_bits(1);
    let room = Room { all: 9, network: 9, session: 9 };
    let topics = BTreeSet::from([Topic::Thread(case), Topic::Here(case)]);
    let (n, _) = hub.listen(1, "a", topics, room).unwrap();
    for bits in 0..100_000 {
        hub.moved(case::CaseRef::from_bits(bits % 50));
        hub.sit(bits, Place::Chat(case), None, Some(bits % 2 == 0), jiff::Timestamp::UNIX_EPOCH);
    }
    assert!(hub.lock().moved.is_empty(), "nobody is told");
    assert_eq!(hub.hear(n), BTreeSet::from([Topic::Thread(case), Topic::Here(case)]));
    assert_eq!(hub.hear(n), BTreeSet::new());
    assert!(hub.lock().here.ours().len() <= 20_000);
}

#[test]
fn the_queue_is_told_once_in_a_while_to_everybody() {
    let hub = Hub::new(jiff::Timestamp::UNIX_EPOCH);
    let room = Room { all: 9, network: 9, session: 9 };
    let (n, _) = hub.listen(1, "a", BTreeSet::from([Topic::Chats]), room).unwrap();
    hub.queued();
    assert_eq!(hub.hear(n), BTreeSet::from([Topic::Chats]), "at once");
    for _ in 0..100 {
        hub.queued();
    }
    assert_eq!(hub.hear(n), BTreeSet::new());
    assert!(hub.lock().queue_owed, "the pulse tells it");
}

#[test]
fn who_stops_typing_and_who_goes_is_noticed_in_time() {
    let hub = Hub::new(jiff::Timestamp::UNIX_EPOCH);
    let (case, at) = (case::CaseRef::from_bits(1), |s| jiff::Timestamp::from_second(s).unwrap());
    let li = case::AccountId::from_bits(5);
    hub.sit(1, Place::Case(case), Some(li), Some(true), at(0));
    hub.sit(2, Place::Chat(case), None, None, at(0));
    assert_eq!(hub.at(case, at(5)).staff, [(li, true)]);
    hub.sit(1, Place::Case(case), Some(li), None, at(5));
    assert!(hub.at(case, at(5)).desk_types(), "being here does not end the typing");
    assert_eq!(hub.lock().here.pass(at(7)), [Topic::Here(case), Topic::Desk], "the typing has ended");
    assert_eq!(hub.at(case, at(7)), super::AtCase { staff: vec![(li, false)], holder: true, holder_types: false });
    assert_eq!(hub.lock().here.pass(at(8)), []);
    assert_eq!(hub.at(case, at(46)).staff, [(li, false)], "said so at 5");
    assert!(!hub.at(case, at(46)).holder, "45 seconds after the last word");
    hub.leave(1, Place::Case(case));
    assert!(hub.at(case, at(46)).staff.is_empty());
}

/// Told any sooner, it would look before there is anything to see, and hear no more of it.
#[tokio::test]
async fn a_list_is_told_when_it_shows_the_case_by_whichever_process_indexed_it() {
    let (one, _dir) = testing::app().await;
    let two = testing::beside(&one);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        // Whatever comes, it is over.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let mut agent = worker(&two, 9, Role::Agent).await;
    let (_, mut body) = listen(&two, &agent, "/live").await;
    piece(&mut body).await.unwrap();
    let running = [&one, &two].map(|app| tokio::spawn(crate::index::run(app.clone(), until(stopped.clone()))));
    for n in 1..=3 {
        let case = case_of(&one, n).await;
        let told = async {
            // What the other process had told before this case came is told again when it is there.
            while !agent.get("/desk?view=all").await.body.contains(&case.reference.to_string()) {
                assert_eq!(topics(&mut body).await, ["desk"]);
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), told).await.expect("the list is never told");
    }
    stop.send(true).unwrap();
    for running in running {
        running.await.unwrap();
    }
}

#[tokio::test]
async fn another_process_hears_of_moves_and_sees_who_is_here() {
    let (one, _dir) = testing::app().await;
    let two = testing::beside(&one);
    let (mut pulse_one, mut pulse_two) = (Pulse::default(), Pulse::default());
    let case = case_of(&one, 1).await;
    let browser = follower(&two, &case).await;
    let (_, mut body) = listen(&two, &browser, "/live").await;
    piece(&mut body).await.unwrap();
    // Two has somebody who listens, so one hears of two, and tells it from then on.
    beat(&two, &mut pulse_two).await.unwrap();
    beat(&one, &mut pulse_one).await.unwrap();
    say(&one, &case, "said to another process").await;
    let li = case::AccountId::from_bits(5);
    one.live.sit(7, Place::Takes, Some(li), None, one.now());
    one.live.sit(7, Place::Case(case.reference), Some(li), Some(true), one.now());
    beat(&one, &mut pulse_one).await.unwrap();
    beat(&two, &mut pulse_two).await.unwrap();
    let heard = topics(&mut body).await;
    assert!(heard.contains(&format!("thread {}", case.reference)), "{heard:?}");
    assert!(heard.contains(&format!("here {}", case.reference)), "{heard:?}");
    assert_eq!((two.live.takers(two.now()), two.live.at(case.reference, two.now()).desk_types()), (1, true));
    // Heard once.
    beat(&two, &mut pulse_two).await.unwrap();
    assert!(two.live.lock().listeners.values().all(|l| l.dirty.is_empty()));
    // An agent who goes on at the other process still takes chats there.
    two.live.still_takes(7, li, two.now());
    assert_eq!(two.live.takers(two.now()), 1, "one person, however many processes");
    // Who is gone is forgotten, though their process never said so.
    testing::advance(&one, SignedDuration::from_secs(60));
    beat(&two, &mut pulse_two).await.unwrap();
    assert_eq!(two.live.takers(two.now()), 0);
}

#[tokio::test]
async fn more_moves_than_can_be_told_are_told_as_all() {
    let (one, _dir) = testing::app().await;
    let two = testing::beside(&one);
    let (mut pulse_one, mut pulse_two) = (Pulse::default(), Pulse::default());
    let case = case_of(&one, 1).await;
    let browser = follower(&two, &case).await;
    let (_, mut body) = listen(&two, &browser, "/live").await;
    piece(&mut body).await.unwrap();
    for (app, pulse) in [(&two, &mut pulse_two), (&one, &mut pulse_one)] {
        beat(app, pulse).await.unwrap();
    }
    one.live.moved(case.reference);
    beat(&one, &mut pulse_one).await.unwrap();
    beat(&two, &mut pulse_two).await.unwrap();
    topics(&mut body).await;
    for bits in 0..2_000 {
        one.live.moved(case::CaseRef::from_bits(bits));
    }
    beat(&one, &mut pulse_one).await.unwrap();
    beat(&two, &mut pulse_two).await.unwrap();
    assert_eq!(topics(&mut body).await[0], "all");
}

#[tokio::test]
async fn looking_by_itself_keeps_no_session_alive() {
    let (app, _dir) = testing::app().await;
    let agent = worker(&app, 9, Role::Agent).await;
    let first = agent.visit("/desk").await.session.unwrap();
    testing::advance(&app, SignedDuration::from_mins(20));
    let request = Request::get("/desk")
        .header(header::COOKIE, &agent.cookie)
        .header("x-by-itself", "1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(crate::web::router(app.clone()).oneshot(request).await.unwrap().status(), StatusCode::OK);
    assert_eq!(app.store.session(&first.id).await.unwrap().map(|s| s.seen_at), Some(first.seen_at));
    testing::advance(&app, SignedDuration::from_mins(11));
    assert_eq!(agent.visit("/desk").await.session, None, "nobody was there for half an hour");
}

#[test]
fn a_session_is_named_by_the_beginning_of_its_hash() {
    let mut id = [0; 32];
    id[7] = 9;
    id[8] = 1;
    assert_eq!(session_key(&id), 9);
}
