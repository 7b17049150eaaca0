//! Every address there is, read from `routes.rs` itself, so that a new one is walked too: what stands in the head of
//! every answer, what needs a form token, what a stranger is told, and what becomes of markup that somebody typed.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use case::actor::{Assurance, Level};
use case::identify::identify;
use case::{Actor, Case, Declaration, Person, Role};
use tower::ServiceExt;

use super::canary::{holders_fields, staffs_fields};
use crate::act;
use crate::app::Shared;
use crate::testing::{self, Browser, Got};

/// An address as it is declared, and what it is asked with.
pub(super) struct Route {
    pub path: &'static str,
    pub get: bool,
    pub post: bool,
}

pub(super) fn routes() -> Vec<Route> {
    let found: Vec<Route> = include_str!("routes.rs")
        .split(".route(\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(path, rest)| {
            let handler = rest.split(".route(\"").next().unwrap_or_default().split('\n').next().unwrap_or_default();
            let (get, post) = (handler.contains(" get("), handler.contains("post("));
            Route { path, get, post }
        })
        .collect();
    assert!(found.len() > 80 && found.iter().all(|route| route.get || route.post), "{}", found.len());
    found
}

/// With a case's reference in it, and something plausible in every other place.
fn filled(path: &str, reference: &str) -> String {
    let file = "file_0000000000000001";
    [
        ("{reference}", reference),
        ("{id}", "macro_0000000000000001"),
        ("{file}", file),
        ("{deed}", "approve"),
        ("{what}", "claim"),
        ("{name}", "daily.csv"),
        ("{far}", "network"),
        ("{seq}", "1"),
        ("{version}", "1.txt"),
        ("{token}", "AAAAAAAAAAAAAAAAAAAAAAAA"),
        ("{level}", "0"),
        ("{*n}", "000"),
        ("{*name}", "cease.css"),
    ]
    .iter()
    .fold(path.to_owned(), |path, (place, with)| path.replace(place, with))
}

/// What is the same for everybody and may be kept.
const PUBLIC: [&str; 8] = [
    "/assets/",
    "/channels.txt",
    "/channels/",
    "/log/checkpoint",
    "/log/manifest",
    "/log/tile/",
    "/.well-known/security.txt",
    "/openapi.json",
];
/// What programs call: no session, no form token; each has its own proof of who asks.
const MACHINES: [&str; 6] = [
    "/api/carrier/{name}",
    "/api/porting",
    "/api/watch",
    "/api/voice",
    "/api/voice/{turn}",
    "/gsma/rsp2/es2plus/handleDownloadProgressInfo",
];

async fn declared(app: &Shared, n: u64, person: Option<Person>) -> (Case, store::Account) {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let card = testing::card(app, n, holder.id).await;
    let found = identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let person = person.unwrap_or_else(|| holder.person.clone());
    let declaration =
        Declaration { check: found.check, consent: true, backup: true, ..Declaration::of(found.id, person, app.now()) };
    let actor = Actor::Holder { account: None, assurance: Assurance::shown(Level::Code, holder.id, app.now()) };
    let case = act::declare(app, &actor, declaration, Vec::new(), None).await.unwrap();
    (case, holder)
}

async fn signed_in(app: &Shared, account: &store::Account, level: Level) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, level).await;
    browser
}

/// Nobody, the case's holder, and an agent.
async fn visitors(app: &Shared) -> (Case, [Browser; 3]) {
    let (case, holder) = declared(app, 1, None).await;
    let (agent, _) = testing::staff(app, 90, "jo", Role::Agent).await;
    let holder = signed_in(app, &holder, Level::SignedIn).await;
    let agent = signed_in(app, &agent, Level::SecondFactor).await;
    (case, [Browser::new(app).await, holder, agent])
}

async fn ask(app: &Shared, browser: &Browser, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
    let mut request = Request::builder().method(method).uri(path).header(header::COOKIE, &browser.cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response =
        crate::web::router(app.clone()).oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    // A stream of hints never ends.
    let body = match parts.headers.get(header::CONTENT_TYPE) {
        Some(media) if media == "text/event-stream" => Vec::new(),
        Some(_) | None => axum::body::to_bytes(body, 8 << 20).await.unwrap().to_vec(),
    };
    Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Everything that a case or the desk could be changed in.
async fn state(app: &Shared) -> String {
    let journal = app.store.journal_after(0, 10_000).await.unwrap();
    format!("{:?} {}", app.store.counts().await.unwrap(), journal.len())
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Held: CSP, nosniff, no framing, no referrer, an opener of its own, and nothing personal kept by any cache.
#[tokio::test]
async fn every_answer_of_every_address_has_its_head_and_is_no_failure() {
    let (app, _dir) = testing::app().await;
    let (case, visitors) = visitors(&app).await;
    for route in routes() {
        let path = filled(route.path, &case.reference.to_string());
        for browser in &visitors {
            for method in ["GET", "POST", "HEAD", "PUT"] {
                let got = ask(&app, browser, method, &path, &[FORM], "").await;
                let at = format!("{method} {path}: {}", got.status);
                assert!(!got.status.is_server_error(), "{at}");
                assert!(route.get || method != "GET" || got.status == StatusCode::METHOD_NOT_ALLOWED, "{at}");
                let has = |name: &str| got.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default();
                let csp = has("content-security-policy");
                for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
                    assert!(csp.contains(part), "{at}: {csp}");
                }
                assert!(!csp.contains("unsafe") && !csp.contains('*'), "{at}: {csp}");
                assert_eq!(has("x-content-type-options"), "nosniff", "{at}");
                assert_eq!(has("referrer-policy"), "no-referrer", "{at}");
                assert_eq!(has("x-frame-options"), "DENY", "{at}");
                assert_eq!(has("cross-origin-opener-policy"), "same-origin", "{at}");
                assert_eq!(has("cross-origin-resource-policy"), "same-origin", "{at}");
                assert!(has("permissions-policy").contains("camera=()"), "{at}");
                let public = PUBLIC.iter().any(|public| path.starts_with(public));
                let kept = has("cache-control");
                assert!(kept.contains("no-store") || public && got.status == StatusCode::OK, "{at}: {kept}");
                assert!(!got.headers.contains_key("server") && !got.headers.contains_key("x-powered-by"), "{at}");
                let text = has("content-type");
                assert!(
                    !text.starts_with("text/") || text.contains("utf-8") || text.contains("event-stream"),
                    "{at}: {text}"
                );
                assert!(has("access-control-allow-origin").is_empty() || public || path.starts_with("/log/"), "{at}");
            }
        }
    }
}

/// Held: no state changes by GET. (A session notes when it was used, which is no state of a case or the desk.)
#[tokio::test]
async fn nothing_changes_by_looking() {
    let (app, _dir) = testing::app().await;
    let (case, visitors) = visitors(&app).await;
    let before = state(&app).await;
    for route in routes().iter().filter(|route| route.get) {
        for browser in &visitors {
            for query in ["", "?do=declare&said=x&approve-evidence=x&token=t&lang=zh-CN"] {
                let path = filled(route.path, &case.reference.to_string()) + query;
                ask(&app, browser, "GET", &path, &[], "").await;
                assert_eq!(state(&app).await, before, "GET {path}");
            }
        }
    }
}

/// Held: the form token, bound to this browser's session; and what the browser says of where a post comes from.
#[tokio::test]
async fn no_post_of_any_address_is_taken_from_a_foreign_page() {
    let (app, _dir) = testing::app().await;
    let (case, mut visitors) = visitors(&app).await;
    let before = state(&app).await;
    let foreign = Browser::new(&app).await.visit("/").await.csrf(&app);
    for route in routes().iter().filter(|route| route.post && !MACHINES.contains(&route.path)) {
        let path = filled(route.path, &case.reference.to_string());
        for browser in &mut visitors {
            let own = browser.visit("/").await.csrf(&app);
            for token in ["", &foreign, &own[..31], &own.to_uppercase().replace(|c: char| c.is_ascii_digit(), "0")] {
                let got = ask(&app, browser, "POST", &path, &[FORM], &format!("csrf={token}&do=x&version=1")).await;
                // Who may not be here at all is led away before the form is read.
                let led_away = got.location().starts_with("/case?ref=") || got.location().contains("sign-in?next=");
                assert!(got.status == StatusCode::FORBIDDEN || led_away, "POST {path} {token:?}: {}", got.status);
            }
            for says in
                [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
            {
                let host = ("host", "desk.example");
                let got = ask(&app, browser, "POST", &path, &[FORM, host, says], &format!("csrf={own}")).await;
                assert_eq!(got.status, StatusCode::FORBIDDEN, "POST {path} {says:?}");
            }
        }
    }
    assert_eq!(state(&app).await, before);
    for browser in &visitors[1..] {
        assert!(browser.visit("/").await.account.is_some(), "and nobody was signed out");
    }
}

/// Held: `Seen`, by which alone a handler of a holder's page gets a case.
#[tokio::test]
async fn another_holder_is_told_nothing_by_any_address_of_a_case() {
    let (app, _dir) = testing::app().await;
    let (case, _) = declared(&app, 1, None).await;
    let (own, other) = declared(&app, 2, None).await;
    let mut browser = signed_in(&app, &other, Level::SecondFactor).await;
    let before = state(&app).await;
    let none = case::CaseRef::from_bits(case.reference.bits() ^ 1);
    let mut walked = 0;
    // The reference of a report of a fake is another.
    let holders = |route: &&Route| {
        let elsewhere = ["/desk", "/check/report"];
        route.path.contains("{reference}") && !elsewhere.iter().any(|start| route.path.starts_with(start))
    };
    for route in routes().iter().filter(holders) {
        walked += 1;
        for reference in [case.reference.to_string(), none.to_string(), "nonsense".into()] {
            let (path, door) = (filled(route.path, &reference), format!("/case?ref={reference}"));
            let mut all = Vec::new();
            if route.get {
                all.push(browser.get(&path).await);
            }
            if route.post {
                all.push(browser.post(&path, &[("do", "say"), ("said", "hello"), ("consent", "yes")]).await);
            }
            for got in all {
                assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, door.as_str()), "{path}");
                assert!(got.body.is_empty(), "{path}");
            }
        }
    }
    assert!(walked > 15, "{walked}");
    assert_eq!(state(&app).await, before);
    assert_eq!(browser.get(&format!("/case/{}", own.reference)).await.status, StatusCode::OK, "theirs is theirs");
    // Nor does a holder's second factor open the desk, whatever the address.
    for route in routes().iter().filter(|route| route.path.starts_with("/desk")) {
        let path = filled(route.path, &case.reference.to_string());
        for got in [browser.get(&path).await, browser.post(&path, &[("version", "1")]).await] {
            let open = ["/desk/sign-in", "/desk/sign-out"].contains(&route.path);
            let shut = got.location().starts_with("/desk/sign-in") || got.status.is_client_error();
            assert!(shut || open, "{path}: {} {}", got.status, got.location());
        }
    }
    assert_eq!(state(&app).await, before);
}

/// Held: nothing that is in an address or a field gets into a header as anything but one value.
#[tokio::test]
async fn no_line_of_ours_is_broken_by_what_somebody_sends() {
    let (app, _dir) = testing::app().await;
    let (case, mut visitors) = visitors(&app).await;
    let evil = "%0d%0aX-Evil:%201%0d%0a%0d%0a%3Cb%3E";
    let typed = "x\r\nX-Evil: 1\r\n\r\n<b>";
    let fields = ["next", "back", "lang", "do", "ref", "fact", "login", "sent", "view", "for", "was", "name", "said"];
    for route in routes() {
        let (good, bad) = (filled(route.path, &case.reference.to_string()), filled(route.path, evil));
        let query: String = fields.map(|field| format!("{field}={evil}")).join("&");
        let some: Vec<(&str, &str)> = fields.iter().map(|field| (*field, typed)).collect();
        for browser in &mut visitors {
            let mut all = Vec::new();
            for path in [format!("{good}?{query}"), format!("{bad}?{query}")] {
                all.push(
                    ask(&app, browser, "GET", &path, &[("x-forwarded-for", "x, y"), ("accept-language", "x")], "")
                        .await,
                );
                if !MACHINES.contains(&route.path) && !route.path.ends_with("/sign-out") {
                    all.push(browser.post(&path, &some).await);
                }
            }
            for got in all {
                assert!(!got.status.is_server_error(), "{good}: {}", got.status);
                assert!(!got.headers.contains_key("x-evil"), "{good}");
                for (name, value) in &got.headers {
                    assert!(!value.as_bytes().iter().any(|b| matches!(b, b'\r' | b'\n')), "{good}: {name}");
                }
                assert!(!got.location().starts_with("//") && !got.location().contains("://"), "{}", got.location());
            }
        }
    }
}

/// Markup for every place where text may land: between tags, inside a quoted attribute, in a script, in a template.
const MARKUP: [(&str, &str); 2] = [
    ("<script>alert(1)</script>\"'><img src=x onerror=alert(1)><!--{{7*7}}${7*7}", "alert(1)"),
    ("注销<svg/onload=警告(1)>「“’><iframe srcdoc=&lt;script&gt;>'-警告(1)-'", "警告(1)"),
];
const RAW: [&str; 6] = ["<script>alert", "<img src=x", "<svg/onload", "<iframe srcdoc", "\"'>", "'-警告"];

/// Held: the templates escape; nothing typed is marked safe, and no page lets a script run that is not ours.
#[tokio::test]
async fn markup_that_somebody_typed_is_text_on_every_page_in_every_letter_and_file() {
    let (app, dir) = testing::app().await;
    let (account, _) = testing::staff(&app, 9, "lin", Role::Agent).await;
    let mut lin = signed_in(&app, &account, Level::SecondFactor).await;
    for (markup, trace) in MARKUP {
        let person =
            Person { name: markup.into(), address: markup.into(), email: Some("x@example.com".into()), phone: None };
        let n = markup.len() as u64;
        let (case, holder) = declared(&app, n, Some(person)).await;
        let typed = holders_fields(&app, markup).await;
        staffs_fields(&app, &mut lin, typed, markup).await;
        staffs_fields(&app, &mut lin, case.reference, markup).await;
        while crate::work::round(&app).await.unwrap() > 0 {}
        let browser = signed_in(&app, &holder, Level::SignedIn).await;
        for reference in [case.reference, typed] {
            browser.visit("/").await.change(&app, |session| super::Visit::grant(session, reference)).await.unwrap();
        }
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(["q", "next", "ref", "lang", "back", "view", "after", "number"].map(|name| (name, markup)))
            .finish();
        let mut met = 0;
        for route in routes().iter().filter(|route| route.get) {
            for reference in [case.reference, typed] {
                for lang in ["en", "zh-CN"] {
                    let path = format!("{}?lang={lang}&{query}", filled(route.path, &reference.to_string()));
                    for browser in [&browser, &lin] {
                        let got = ask(&app, browser, "GET", &path, &[], "").await;
                        met += usize::from(got.body.contains(trace));
                        harmless(&got, &path);
                    }
                }
            }
        }
        assert!(met > 10, "it is met on {met} pages: what is looked for is there");
    }
    // What was posted is shown again.
    for route in routes().iter().filter(|route| route.post && !MACHINES.contains(&route.path)) {
        for (markup, _) in MARKUP {
            let fields =
                ["number", "ref", "fact", "login", "name", "email", "address", "text", "said", "words", "pasted"];
            let fields: Vec<(&str, &str)> = fields.iter().map(|field| (*field, markup)).collect();
            let mut browser = Browser::new(&app).await;
            harmless(&browser.post(&filled(route.path, "C7K4-M2QX-D"), &fields).await, route.path);
        }
    }
    let messages = testing::shelf(&app).messages();
    assert!(messages.len() > 3);
    for message in messages.iter().map(|shelved| &shelved.message) {
        let html = message.html.clone().unwrap_or_default();
        assert!(RAW.iter().all(|raw| !html.contains(raw)), "{html}");
        assert!(!message.subject.contains(['\r', '\n']), "{}", message.subject);
    }
    drop(dir);
}

fn harmless(got: &Got, path: &str) {
    let media = got.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    assert!(!got.status.is_server_error(), "{path}: {}", got.status);
    if media.starts_with("text/html") {
        for raw in RAW {
            assert!(!got.body.contains(raw), "{path}: {raw} stands in\n{}", got.body);
        }
    } else {
        // Whatever is in it, no browser takes it for a page.
        let known = ["", "text/plain", "text/css", "text/csv", "application/", "image/", "text/event-stream"];
        assert!(
            known.iter().any(|kind| media.starts_with(kind) && (!kind.is_empty() || media.is_empty())),
            "{path}: {media}"
        );
        assert_eq!(got.headers["x-content-type-options"], "nosniff", "{path}");
        for script in ["/JavaScript", "/OpenAction", "/Launch"] {
            assert!(media != "application/pdf" || !got.body.contains(script), "{path}: {script}");
        }
    }
    // A formula is one only at the beginning of a cell.
    let cells = got.body.lines().flat_map(|line| line.split(','));
    assert!(
        media != "text/csv" || cells.clone().all(|cell| !cell.trim_matches('"').starts_with(['=', '+', '@'])),
        "{path}"
    );
}

/// Held: a handler reads the fields it knows by name, and who somebody is comes from the session alone.
#[tokio::test]
async fn a_field_that_no_form_has_changes_nothing() {
    let (app, _dir) = testing::app().await;
    let (case, holder) = declared(&app, 1, None).await;
    let mut browser = signed_in(&app, &holder, Level::SignedIn).await;
    let mut stranger = Browser::new(&app).await;
    let other = testing::holder(&app, 2, "other").await;
    let (id, reference) = (holder.id.to_string(), case.reference.to_string());
    let extra = [
        ("role", "admin"),
        ("account", id.as_str()),
        ("account_id", id.as_str()),
        ("proven_account", id.as_str()),
        ("level", "second-factor"),
        ("assurance", "second-factor"),
        ("stage", "ceased"),
        ("cases", reference.as_str()),
        ("disabled", "false"),
        ("totp", "JBSWY3DPEHPK3PXP"),
        ("version", "999"),
        ("consent", ""),
    ];
    for route in routes().iter().filter(|route| route.post && !MACHINES.contains(&route.path)) {
        // Those end a session, as they should.
        if route.path.ends_with("/sign-out") || route.path == "/account/sessions/end-others" {
            continue;
        }
        let path = filled(route.path, &reference);
        stranger.post(&path, &extra).await;
        browser.post(&path, &extra).await;
    }
    let session = stranger.visit("/").await.session;
    if let Some(session) = &session {
        assert_eq!((session.account, session.proven_account, session.level), (None, None, Level::Nothing));
        assert!(session.cases.is_empty());
    }
    let visit = browser.visit("/").await;
    assert_eq!(visit.session.as_ref().map(|s| (s.account, s.level)), Some((Some(holder.id), Level::SignedIn)));
    for was in [&holder, &other] {
        let is = app.store.account(was.id).await.unwrap().unwrap();
        assert_eq!((is.role, &is.totp, is.disabled, &is.password), (was.role, &was.totp, was.disabled, &was.password));
    }
    let is = app.store.case(case.reference).await.unwrap().unwrap();
    assert_eq!((is.stage, is.account), (case.stage, case.account));
}

/// Held: a password is compared as it was typed: not trimmed, cut, or folded; long ones are taken.
#[tokio::test]
async fn a_password_counts_exactly_as_it_was_typed() {
    let (app, _dir) = testing::app().await;
    let password = format!(" Größe 密码 {} ", "x1 ".repeat(20));
    assert!(password.chars().count() > 64);
    let account = testing::account(&app, 1, "mei").await;
    let hash = app.hasher.hash(&password).await.unwrap();
    app.store.put_account(store::Account { password: Some(hash), ..account }).await.unwrap();
    let cut: String = password.chars().take(64).collect();
    for wrong in [password.trim(), &password.to_lowercase(), &password.replace("  ", " "), &cut] {
        let got = Browser::new(&app).await.post("/sign-in", &[("login", "mei"), ("password", wrong)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    let got = Browser::new(&app).await.post("/sign-in", &[("login", "mei"), ("password", &password)]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
}

/// Held: thirty minutes without use, and twelve hours whatever happens, at the server.
#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_when_it_is_old() {
    let (app, _dir) = testing::app().await;
    let holder = testing::holder(&app, 1, "mei").await;
    let minutes = jiff::SignedDuration::from_mins;
    let mut idle = signed_in(&app, &holder, Level::SignedIn).await;
    testing::advance(&app, minutes(29));
    assert_eq!(idle.get("/account").await.status, StatusCode::OK);
    testing::advance(&app, minutes(31));
    assert!(idle.get("/account").await.location().starts_with("/sign-in"));
    let mut busy = signed_in(&app, &holder, Level::SignedIn).await;
    for _ in 0..(12 * 60 / 20 - 1) {
        testing::advance(&app, minutes(20));
        assert_eq!(busy.get("/account").await.status, StatusCode::OK);
    }
    testing::advance(&app, minutes(21));
    assert!(busy.get("/account").await.location().starts_with("/sign-in"));
}

/// Held: each sign-out ends the session at the server and tells the browser to forget what it kept.
#[tokio::test]
async fn who_signs_out_leaves_nothing_behind() {
    let (app, _dir) = testing::app().await;
    let (_, [_, mut holder, mut agent]) = visitors(&app).await;
    for (browser, path) in [(&mut holder, "/sign-out"), (&mut agent, "/desk/sign-out")] {
        let old = browser.cookie.clone();
        let got = browser.post(path, &[]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        assert_eq!(got.headers["clear-site-data"], "\"cache\", \"storage\"");
        assert!(testing::visit(&app, "/", &old).await.session.is_none());
    }
}

/// Held: a name made of look-alikes is another name to whoever compares, and what cannot be seen is in no name at all.
#[tokio::test]
async fn a_name_that_only_looks_like_the_holder_s_is_not_theirs() {
    let (app, _dir) = testing::app().await;
    let with = |name: &str| Person { name: name.into(), ..Person::default() };
    let same = |name: &str| {
        case::matching::compare(&with(name), &with("Mei Lin"), app.policy.identify.default_region).all_match()
    };
    assert!(same("Mei Lin") && same("mei  lin") && same("Ｍｅｉ Ｌｉｎ"), "as people write it");
    // Cyrillic, Greek, Armenian; a digit; letters of mathematics.
    for imitation in ["M\u{435}\u{456} Lin", "\u{39C}ei Lin", "Mei L\u{456}n", "Mei L1n", "Mei \u{53C}in"] {
        assert!(!same(imitation), "{imitation}");
    }
    let mut browser = Browser::new(&app).await;
    browser.post("/cancel", &[("number", "8931070820307245732")]).await;
    let hidden = "Mei\u{202E}niL\u{200B} \u{2066}Lin";
    browser.post("/cancel/you", &[("name", hidden), ("email", "mei@example.com")]).await;
    let page = browser.get("/cancel/you").await.body;
    assert!(page.contains("MeiniL Lin"), "{page}");
    assert!(!page.contains(['\u{202E}', '\u{200B}', '\u{2066}']));
}
