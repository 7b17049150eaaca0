//! What somebody would try who wants another's session, account, case or signature.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::actor::{Assurance, Level};
use case::identify::identify;
use case::{Actor, Case, Declaration, Role};
use tower::ServiceExt;

use crate::account::{self, Door, NotSignedIn};
use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser, Got, PASSWORD};
use crate::web::{Trouble, Visit};

fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

async fn sign_in(browser: &mut Browser, login: &str) {
    let got = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    assert_eq!(browser.visit("/").await.account.as_ref().map(|a| a.login.as_str()), Some(login));
}

#[tokio::test]
async fn a_slow_request_does_not_bring_an_ended_session_back() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    sign_in(&mut browser, "mei").await;
    let slow = browser.visit("/cancel").await;
    testing::advance(&app, jiff::SignedDuration::from_mins(3));
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    let kept = slow.change(&app, |session| session.draft = Some("{}".into())).await;
    assert!(matches!(kept, Err(Trouble::StaleForm)), "{kept:?}");
    assert!(matches!(slow.renew(&app, |_| {}).await, Err(Trouble::StaleForm)));
    assert_eq!(app.store.session(&slow.session.unwrap().id).await.unwrap(), None);
}

/// Somebody shows who they are in the moment in which all sessions of the account are ended: whichever comes first, none
/// is left that was there before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_slips_through_while_all_are_ended() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    for n in 0..400 {
        let mut browser = Browser::new(&app).await;
        browser.sign_in(mei.id, Level::SignedIn).await;
        let visit = browser.visit("/account").await;
        let renews = tokio::spawn({
            let app = app.clone();
            async move { visit.renew(&app, |_| {}).await.map(drop) }
        });
        for _ in 0..n % 40 {
            tokio::task::yield_now().await;
        }
        account::end_all(&app, mei.id).await.unwrap();
        let renewed = renews.await.unwrap();
        assert_eq!(app.store.sessions_of(mei.id).await.unwrap(), [], "{n}: {renewed:?}");
    }
}

#[tokio::test]
async fn what_two_requests_change_at_once_is_all_kept() {
    let (app, _dir) = testing::app().await;
    let browser = Browser::new(&app).await;
    let (one, other) = (browser.visit("/").await, browser.visit("/").await);
    let (a, b) = (case::CaseRef::from_bits(1), case::CaseRef::from_bits(2));
    let (left, right) =
        tokio::join!(one.change(&app, |s| Visit::grant(s, a)), other.change(&app, |s| Visit::grant(s, b)));
    left.unwrap();
    right.unwrap();
    let mut cases = browser.visit("/").await.session.unwrap().cases;
    cases.sort();
    assert_eq!(cases, [a.min(b), a.max(b)]);
}

#[tokio::test]
async fn a_planted_cookie_is_worth_nothing_once_somebody_has_shown_who_they_are() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    for by_code in [false, true] {
        let mut victim = Browser::new(&app).await;
        victim.cookie = format!("cease={}", "A".repeat(43));
        let planted = victim.cookie.clone();
        let token = victim.visit("/").await.csrf(&app);
        victim.post("/cancel", &[("number", "8944770000000000017")]).await;
        if by_code {
            victim.prove(mei.id).await
        } else {
            sign_in(&mut victim, "mei").await
        }
        assert_ne!(victim.cookie, planted);
        let attacker = testing::visit(&app, "/", &planted).await;
        assert!(attacker.session.is_none() && attacker.account.is_none());
        assert!(!victim.visit("/").await.csrf_is(&app, &token));
    }
}

#[tokio::test]
async fn who_signs_in_while_the_password_changes_is_out_again() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let other = app.hasher.hash("another password of mei 7").await.unwrap();
    let visit = Browser::new(&app).await.visit("/sign-in").await;
    // The old password is being hashed while the new one is stored.
    let (signed_in, ()) = tokio::join!(account::sign_in(&app, &visit, Door::Counter, "mei", PASSWORD, ""), async {
        let changed = store::Account { password: Some(other), ..mei.clone() };
        while app.store.acts(1).await.unwrap().is_empty() && app.hasher.idle() {
            tokio::task::yield_now().await;
        }
        app.store.put_account(changed).await.unwrap();
    });
    assert!(matches!(signed_in, Err(NotSignedIn::Wrong)), "{signed_in:?}");
    assert_eq!(app.store.sessions_of(mei.id).await.unwrap(), []);
}

#[tokio::test]
async fn cookies_are_bound_to_host_and_tls() {
    let (mut app, _dir) = testing::app().await;
    Arc::get_mut(&mut app).unwrap().config.desk.url = "https://desk.example".into();
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    let set = |got: &Got| got.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    for got in [
        browser.get("/").await,
        Browser::new(&app).await.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await,
    ] {
        if got.headers.contains_key(header::SET_COOKIE) {
            let cookie = set(&got);
            assert!(cookie.starts_with("__Host-cease="), "{cookie}");
            for part in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        assert_eq!(got.headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000; includeSubDomains");
    }
    // The name without the binding is nobody's.
    let plain = pair(&browser.cookie).replace("__Host-", "");
    assert_ne!(testing::visit(&app, "/", &plain).await.csrf(&app), browser.visit("/").await.csrf(&app));
}

const POSTS: [&str; 28] = [
    "/cancel",
    "/cancel/you",
    "/cancel/statement",
    "/cancel/before",
    "/cancel/check",
    "/account/cancel",
    "/account/second-factor/off",
    "/account/second-factor/on",
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/confirm",
    "/confirm/code",
    "/confirm/without",
    "/recover",
    "/recover/new",
    "/sign-in",
    "/sign-out",
    "/desk/sign-in",
    "/desk/sign-out",
    "/desk/case/C7K4-M2QX-D/approve",
    "/passkey",
    "/sign-in/passkey",
    "/desk/sign-in/passkey",
    "/account/confirm",
    "/account/passkeys/new",
    "/account/passkeys/remove",
    "/account/passkeys/rename",
    "/account/recovery-codes",
];

#[tokio::test]
async fn no_form_is_taken_without_its_own_token() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    sign_in(&mut browser, "mei").await;
    let foreign = Browser::new(&app).await.visit("/").await.csrf(&app);
    // Whoever is not staff comes to no form of the desk's at all.
    let (lead, _) = testing::staff(&app, 9, "lead", Role::Approver).await;
    let mut desk = Browser::new(&app).await;
    let cookie = desk.visit("/desk").await.sign_in(&app, lead.id, Level::SecondFactor).await.unwrap();
    desk.cookie = pair(cookie.to_str().unwrap());
    for path in POSTS {
        let browser = if path.starts_with("/desk/case") { &desk } else { &browser };
        let own = browser.visit("/").await.csrf(&app);
        for token in ["", &foreign, &own[..31], &own.to_uppercase().replace(|c: char| c.is_ascii_digit(), "0")] {
            let request = Request::post(path)
                .header(header::COOKIE, &browser.cookie)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(format!("csrf={token}&login=mei&password={PASSWORD}")));
            let got = crate::web::router(app.clone()).oneshot(request.unwrap()).await.unwrap();
            assert_eq!(got.status(), StatusCode::FORBIDDEN, "{path}");
            assert!(!got.headers().contains_key(header::SET_COOKIE), "{path}");
        }
    }
    assert!(browser.visit("/").await.account.is_some(), "and nobody was signed out");
}

/// A body without what is different in every answer: tokens, ids of codes, what was typed.
fn masked(app: &Shared, browser: &Visit, got: &Got, typed: &str) -> String {
    let ids = |text: &str| {
        let hex = |c: char| c.is_ascii_hexdigit();
        text.split_inclusive(|c: char| !hex(c))
            .map(|run| if run.trim_end_matches(|c| !hex(c)).len() >= 32 { "#" } else { run })
            .collect::<String>()
    };
    let text = format!("{}\n{}\n{}", got.status, got.location(), got.body);
    ids(&text.replace(&browser.csrf(app), "CSRF").replace(typed, "TYPED"))
}

#[tokio::test]
async fn nothing_tells_whether_there_is_such_an_account_or_card() {
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "mei").await;
    let card = testing::card(&app, 1, mei.id).await;
    let known = card.iccid.unwrap();
    // A card of another operator.
    let (elsewhere, _theirs) = testing::app().await;
    let unknown = testing::card(&elsewhere, 2, mei.id).await.iccid.unwrap();
    let mut answers = Vec::new();
    for (login, number) in [("mei", known.as_str()), ("nob", unknown.as_str())] {
        let mut browser = Browser::new(&app).await;
        let mut seen = Vec::new();
        let person = [("name", "Mei Lin"), ("email", "mei@example.com"), ("address", "1 Mill Road, Leeds LS1 5AB")];
        let steps: [(&str, Vec<(&str, &str)>); 8] = [
            ("/sign-in", vec![("login", login), ("password", "not the password 1")]),
            ("/desk/sign-in", vec![("login", login), ("password", PASSWORD)]),
            ("/recover", vec![("login", login)]),
            ("/cancel", vec![("number", number)]),
            ("/cancel/you", person.to_vec()),
            ("/confirm", vec![("by", "email"), ("next", "/cancel/statement")]),
            ("/confirm", vec![("by", "phone"), ("next", "/cancel/statement")]),
            ("/confirm/code", vec![("sent", "SENT"), ("code", "000000"), ("next", "/cancel/statement")]),
        ];
        let mut sent = String::new();
        for (path, fields) in steps {
            let fields: Vec<(&str, &str)> =
                fields.into_iter().map(|(n, v)| (n, if v == "SENT" { sent.as_str() } else { v })).collect();
            let got = browser.post(path, &fields).await;
            let typed = if path.starts_with("/cancel") || path.starts_with("/confirm") { number } else { login };
            seen.push(masked(&app, &browser.visit("/").await, &got, typed));
            if let Some((_, id)) = got.location().split_once("sent=") {
                sent = id.split('&').next().unwrap().to_owned();
            }
            for page in [got.location().to_owned(), path.to_owned()] {
                if page.starts_with('/') {
                    let got = browser.get(&page).await;
                    seen.push(masked(&app, &browser.visit("/").await, &got, typed));
                }
            }
        }
        answers.push(seen);
    }
    for (known, unknown) in answers[0].iter().zip(&answers[1]) {
        let differs = known.lines().zip(unknown.lines()).find(|(a, b)| a != b);
        assert!(known == unknown, "{differs:?}");
    }
    assert_eq!(answers[0].len(), answers[1].len());
}

#[tokio::test]
async fn no_page_of_ours_leads_to_another_site() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    for path in ["//evil.example/x", "///evil.example/x", "/\\evil.example"] {
        let mut browser = Browser::new(&app).await;
        for got in [browser.get(path).await, browser.post(path, &[]).await] {
            for link in ["href=\"//", "href=\"/\\", "action=\"//"] {
                assert!(!got.body.contains(link), "{path}: {link}");
            }
        }
    }
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:x", "javascript:x"] {
        let mut browser = Browser::new(&app).await;
        let got = browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD), ("next", next)]).await;
        assert!(["/account", next].contains(&got.location()) && !got.location().contains("//"), "{next}");
    }
}

#[tokio::test]
async fn answers_are_kept_by_nobody_and_framed_by_nobody() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let mut browser = Browser::new(&app).await;
    sign_in(&mut browser, "mei").await;
    for path in ["/", "/account", "/cancel", "/cancel/you", "/confirm", "/desk", "/case", "/nothing"] {
        let got = browser.get(path).await;
        assert_eq!(got.headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert_eq!(got.headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
        assert_eq!(got.headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        let csp = got.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{path}");
    }
}

#[tokio::test]
async fn a_link_in_a_mail_is_to_us_whatever_host_was_asked() {
    let (app, _dir) = testing::app().await;
    testing::holder(&app, 1, "mei").await;
    let browser = Browser::new(&app).await;
    let token = browser.visit("/").await.csrf(&app);
    let request = Request::post("http://evil.example/recover")
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header(header::COOKIE, &browser.cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("csrf={token}&login=mei")));
    crate::web::router(app.clone()).oneshot(request.unwrap()).await.unwrap();
    let mail = &testing::sent(&app, 1).await[0].message;
    assert!(mail.text.contains("http://localhost:8080/recover/new?") && !mail.text.contains("evil"));
}

#[tokio::test]
async fn nobody_s_data_is_in_the_log_or_in_an_address() {
    let log = testing::Lines::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (app, _dir) = testing::app().await;
    let mei = testing::holder(&app, 1, "canary").await;
    let card = testing::card(&app, 1, mei.id).await;
    let number = card.iccid.unwrap();
    let mut browser = Browser::new(&app).await;
    let mut addresses = String::new();
    let person = [("name", "Mei Lin"), ("email", "canary@example.com"), ("address", "1 Mill Road, Leeds LS1 5AB")];
    let steps: [(&str, Vec<(&str, &str)>); 7] = [
        ("/sign-in", vec![("login", "canary"), ("password", "wrong canary words")]),
        ("/recover", vec![("login", "canary")]),
        ("/cancel", vec![("number", &number)]),
        ("/cancel/you", person.to_vec()),
        ("/confirm", vec![("by", "email"), ("next", "/cancel/statement")]),
        ("/cancel/statement", vec![("when", "soon"), ("statement", "my canary words")]),
        ("/sign-in", vec![("login", "canary"), ("password", PASSWORD)]),
    ];
    for (path, fields) in steps {
        addresses += browser.post(path, &fields).await.location();
    }
    while crate::work::round(&app).await.unwrap() > 0 {}
    let messages = testing::sent(&app, 2).await;
    let codes = messages.iter().filter_map(|m| {
        m.message.text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).map(str::to_owned)
    });
    let mut canaries: Vec<String> = codes.collect();
    assert!(!canaries.is_empty(), "a code was sent");
    canaries.extend(["canary", "Mei Lin", "Mill Road", "7700900101", PASSWORD, number.as_str()].map(str::to_owned));
    tracing::trace!("the log is being read");
    let log = log.text();
    assert!(log.contains("the log is being read"));
    for canary in canaries {
        assert!(!log.contains(&canary), "{canary} in the log");
        assert!(!addresses.contains(&canary), "{canary} in {addresses}");
    }
}

/// A case in review that two people have to sign.
async fn unproven(app: &Shared) -> Case {
    let holder = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 1, holder.id).await;
    let found = identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let declaration = Declaration {
        check: found.check,
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.person, app.now())
    };
    let actor = Actor::Holder { account: None, assurance: Assurance::nothing() };
    let case = act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    act::act(app, case.reference, &actor, &case::Command::WantPerson).await.unwrap()
}

async fn worker(app: &Shared, account: &store::Account) -> Browser {
    let mut browser = Browser::new(app).await;
    let cookie = browser.visit("/desk").await.sign_in(app, account.id, Level::SecondFactor).await.unwrap();
    browser.cookie = pair(cookie.to_str().unwrap());
    browser
}

async fn approve(browser: &mut Browser, case: &Case, version: u64) -> Got {
    let version = version.to_string();
    let fields = [("version", version.as_str()), ("approve-evidence", "Called the number on record.")];
    browser.post(&format!("/desk/case/{}/approve", case.reference), &fields).await
}

async fn stage(app: &Shared, case: &Case) -> (&'static str, u64) {
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    (case.stage.name(), case.version)
}

#[tokio::test]
async fn one_person_never_gives_both_signatures() {
    let (app, _dir) = testing::app().await;
    let case = unproven(&app).await;
    let (mut jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let (mut one, mut two) = (worker(&app, &jo).await, worker(&app, &jo).await);
    let first = stage(&app, &case).await.1;
    assert_eq!(approve(&mut one, &case, first).await.status, StatusCode::SEE_OTHER);
    let signed = stage(&app, &case).await;
    assert_eq!(signed.0, "review");
    // The same form again, a second session, and a promotion in between.
    assert_eq!(approve(&mut one, &case, first).await.status, StatusCode::CONFLICT);
    assert_eq!(approve(&mut two, &case, signed.1).await.status, StatusCode::CONFLICT);
    jo.role = Some(Role::Approver);
    app.store.put_account(jo.clone()).await.unwrap();
    for browser in [&mut one, &mut two] {
        assert_eq!(approve(browser, &case, signed.1).await.status, StatusCode::CONFLICT);
    }
    assert_eq!(stage(&app, &case).await, signed);
}

#[tokio::test]
async fn two_sessions_of_one_person_at_once_give_one_signature() {
    let (app, _dir) = testing::app().await;
    let case = unproven(&app).await;
    let (jo, _) = testing::staff(&app, 90, "jo", Role::Approver).await;
    let (mut one, mut two) = (worker(&app, &jo).await, worker(&app, &jo).await);
    let seen = stage(&app, &case).await.1;
    let (a, b) = tokio::join!(approve(&mut one, &case, seen), approve(&mut two, &case, seen));
    let mut both = [a.status, b.status];
    both.sort();
    assert_eq!(both, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    assert_eq!(stage(&app, &case).await, ("review", seen + 1));
}

#[tokio::test]
async fn whoever_is_disabled_or_demoted_after_opening_the_page_signs_nothing() {
    let (app, _dir) = testing::app().await;
    let case = unproven(&app).await;
    let (jo, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let (mut ana, _) = testing::staff(&app, 91, "ana", Role::Approver).await;
    let mut agent = worker(&app, &jo).await;
    let seen = stage(&app, &case).await.1;
    assert_eq!(approve(&mut agent, &case, seen).await.status, StatusCode::SEE_OTHER);
    let signed = stage(&app, &case).await;
    let mut approver = worker(&app, &ana).await;
    assert_eq!(approver.get(&format!("/desk/case/{}", case.reference)).await.status, StatusCode::OK);
    ana.role = Some(Role::Agent);
    app.store.put_account(ana.clone()).await.unwrap();
    assert_eq!(approve(&mut approver, &case, signed.1).await.status, StatusCode::CONFLICT);
    ana.role = Some(Role::Approver);
    ana.disabled = true;
    app.store.put_account(ana.clone()).await.unwrap();
    assert!(approve(&mut approver, &case, signed.1).await.location().starts_with("/desk/sign-in"));
    // And enabled again, that session does not come back.
    ana.disabled = false;
    app.store.put_account(ana.clone()).await.unwrap();
    assert!(approve(&mut approver, &case, signed.1).await.location().starts_with("/desk/sign-in"));
    assert_eq!(stage(&app, &case).await, signed);
    let mut fresh = worker(&app, &ana).await;
    assert_eq!(approve(&mut fresh, &case, seen).await.status, StatusCode::CONFLICT, "as it was before");
    assert_eq!(approve(&mut fresh, &case, signed.1).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stage(&app, &case).await.0, "ceasing");
}

#[tokio::test]
async fn what_a_page_fetches_by_itself_does_not_take_back_the_language() {
    let (app, _dir) = testing::app().await;
    for (by_itself, set) in [(false, true), (true, false)] {
        let mut request = Request::get("/?lang=zh-CN");
        if by_itself {
            request = request.header("x-by-itself", "1");
        }
        let response = crate::web::router(app.clone()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let lang = cookies.filter(|c| c.as_bytes().starts_with(b"lang=")).count() > 0;
        assert_eq!((response.status(), lang), (StatusCode::OK, set));
    }
}

/// What a form says in a field of text is not read to its end before it is too large, however it calls its letters.
#[tokio::test]
async fn a_text_of_sixty_megabytes_is_not_read() {
    struct Endless(Arc<AtomicUsize>);
    impl axum::body::HttpBody for Endless {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            let begins = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=windows-1252\r\n\r\n";
            let read = self.0.fetch_add(1, Ordering::Relaxed);
            let piece = if read == 0 { begins.as_bytes().to_vec() } else { vec![0x80; 64 << 10] };
            std::task::Poll::Ready((read < 1_000).then(|| Ok(hyper::body::Frame::data(piece.into()))))
        }
    }
    let (app, _dir) = crate::testing::app().await;
    let read = Arc::new(AtomicUsize::new(0));
    let request = Request::post("/cancel/statement")
        .header("content-type", "multipart/form-data; boundary=X")
        .body(Body::new(Endless(read.clone())))
        .unwrap();
    let answer = tower::ServiceExt::oneshot(crate::web::routes::router(app), request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(read.load(Ordering::Relaxed) < 10, "{read:?} pieces of 64 KiB were read");
}
