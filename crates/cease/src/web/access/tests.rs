//! Every address, as everybody.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use case::{Agency, CaseRef, Level};
use store::Account;

use super::*;
use crate::app::Shared;
use crate::testing::{self, Browser, Got};

/// What the router has: path, and whether it is read and posted to. From its source, as the router cannot be asked.
fn routes() -> BTreeMap<String, (bool, bool)> {
    let source = include_str!("../routes.rs");
    let mut found = BTreeMap::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).unwrap().to_owned();
        let handlers: String = part.chars().take_while(|c| *c != '\n').collect();
        let both = (handlers.contains("get("), handlers.contains("post("));
        assert!(both.0 || both.1, "{path}: a route is written on one line, with get( or post(");
        assert!(
            !["put(", "delete(", "patch(", "any("].iter().any(|m| handlers.contains(m)),
            "{path}: no line for that"
        );
        assert!(found.insert(path.clone(), both).is_none(), "{path} stands twice");
    }
    found
}

#[test]
fn every_route_has_its_line_and_every_line_its_route() {
    let routes = routes();
    assert!(routes.len() > 90, "{}", routes.len());
    for (path, (get, post)) in &routes {
        for (there, method) in [(*get, Method::GET), (*post, Method::POST)] {
            let line = of(path, &method);
            assert!(line.is_some(), "{path} has no line in the table of access");
            assert_eq!(line != Some(Nobody), there, "{method} {path}");
        }
    }
    for (path, ..) in TABLE {
        assert!(routes.contains_key(*path), "{path} is in the table and leads nowhere");
    }
}

/// The language link of a page that answered a form leads to where the form was sent, and so does whoever loads it again.
#[tokio::test]
async fn an_address_for_forms_says_so_and_leads_to_the_page_above() {
    use crate::web::trouble::opened;
    let shown = [
        ("/account/lock", "/account"),
        ("/account/data/erasure", "/account/data"),
        ("/desk/chat/PHAE-TYH5-F", "/desk"),
        ("/case/PHAE-TYH5-F/correct", "/case/PHAE-TYH5-F/correct"),
        ("/sign-out", "/"),
        ("/demo/mail", "/demo"),
    ];
    assert_eq!(shown.map(|(path, _)| opened(path)), shown.map(|(_, above)| above));
    for (path, ..) in TABLE {
        assert!(is_shown(&opened(path)), "{path}");
    }
    let (app, _dir) = testing::app().await;
    let mut browser = Browser::new(&app).await;
    let got = browser.get("/confirm/without?lang=zh-CN").await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(got.body.contains("此网址没有可显示的内容") && got.body.contains("href=\"/confirm\""), "{}", got.body);
}

struct Person {
    name: &'static str,
    role: Option<Role>,
    agency: bool,
    /// Signed in at the counter.
    holder: bool,
    browser: Browser,
}

async fn at_the_desk(app: &Shared, n: u64, name: &'static str, role: Role, agency: Option<&str>) -> Person {
    let (mut account, _): (Account, _) = testing::staff(app, n, name, role).await;
    account.agency = agency.map(|agency| agency.parse().unwrap());
    app.store.put_account(account.clone()).await.unwrap();
    let browser = signed_in(app, &account, Level::SecondFactor).await;
    Person { name, role: Some(role), agency: agency.is_some(), holder: true, browser }
}

async fn signed_in(app: &Shared, account: &Account, level: Level) -> Browser {
    let mut browser = Browser::new(app).await;
    browser.sign_in(account.id, level).await;
    browser
}

async fn everybody(app: &Shared) -> Vec<Person> {
    let other = testing::holder(app, 50, "tom").await;
    // A member of staff who has shown no second factor is nobody at the desk.
    let (half, _) = testing::staff(app, 60, "half", Role::Approver).await;
    vec![
        Person { name: "nobody", role: None, agency: false, holder: false, browser: Browser::new(app).await },
        Person {
            name: "another holder",
            role: None,
            agency: false,
            holder: true,
            browser: signed_in(app, &other, Level::SecondFactor).await,
        },
        Person {
            name: "half signed in",
            role: None,
            agency: false,
            holder: true,
            browser: signed_in(app, &half, Level::SignedIn).await,
        },
        at_the_desk(app, 91, "partner", Role::Agent, Some("south")).await,
        at_the_desk(app, 92, "partner-lead", Role::Approver, Some("south")).await,
        at_the_desk(app, 93, "agent", Role::Agent, None).await,
        at_the_desk(app, 94, "approver", Role::Approver, None).await,
        at_the_desk(app, 95, "admin", Role::Admin, None).await,
    ]
}

async fn ask(browser: &mut Browser, method: &Method, path: &str) -> Got {
    if *method == Method::GET { browser.get(path).await } else { browser.post(path, &[]).await }
}

/// Turned away, as the table has it.
fn turned_away(person: &Person, whom: For, got: &Got, nothing: &Got) -> Result<bool, String> {
    let same = |what: &str| {
        // Answered as for a case that there is not.
        if (got.status, got.location().split('?').next()) == (nothing.status, nothing.location().split('?').next()) {
            Ok(true)
        } else {
            Err(format!(
                "{what}: {} {:?} beside {} {:?}",
                got.status,
                got.location(),
                nothing.status,
                nothing.location()
            ))
        }
    };
    let sign_in = |to: &str| {
        let away = got.status == StatusCode::SEE_OTHER && got.location().starts_with(to);
        if away { Ok(true) } else { Err(format!("not sent to sign in: {} {:?}", got.status, got.location())) }
    };
    let forbidden = || match got.status {
        StatusCode::FORBIDDEN => Ok(true),
        other => Err(format!("not forbidden: {other}")),
    };
    match whom {
        Anyone | Machine | Nobody => Ok(false),
        OwnCase => same("somebody else's case"),
        Holder if !person.holder => sign_in("/sign-in"),
        Holder => Ok(false),
        Desk(roles) | House(roles) | Case(roles) => match person.role {
            None => sign_in("/desk/sign-in"),
            Some(role) if !roles.contains(&role) => forbidden(),
            Some(_) if person.agency && matches!(whom, House(_)) => forbidden(),
            Some(_) if person.agency && matches!(whom, Case(_)) => same("another agency's case"),
            Some(_) => Ok(false),
        },
    }
}

#[tokio::test]
async fn every_address_lets_in_whom_the_table_names_and_nobody_else() {
    let (app, _dir) = testing::app().await;
    let mut mei = testing::account(&app, 1, "mei").await;
    mei.person.name = "Mei Lindqvist".into();
    app.store.put_account(mei.clone()).await.unwrap();
    let case = testing::ending(&app, 1, &mei).await;
    let north: Agency = "north".parse().unwrap();
    app.store.give(case.reference, Some(&north)).await.unwrap();
    let none = CaseRef::from_bits(4711).to_string();
    let fill = |path: &str, reference: &str| {
        path.replace("{reference}", reference)
            .replace("{id}", "file_zz")
            .replace("{file}", "file_zz")
            .replace("{what}", "claim")
            .replace("{deed}", "note")
            .replace("{name}", "depth.csv")
            .replace("{far}", "mail")
            .replace("{seq}", "1")
            .replace("{version}", "1.txt")
            .replace("{token}", "AAAAAAAAAAAAAAAAAAAAAAAA")
            .replace("{level}", "0")
            .replace("{*n}", "000")
            .replace("{*name}", "cease.css")
    };
    let version = async || app.store.case(case.reference).await.unwrap().unwrap().version;
    for mut person in everybody(&app).await {
        let before = version().await;
        for (path, (get, post)) in routes() {
            // These end the session that the others are asked with; that one is a stream, which does not end.
            if path.ends_with("/sign-out") || path.starts_with("/account/sessions") || path == "/live" {
                continue;
            }
            for method in [get.then_some(Method::GET), post.then_some(Method::POST)].into_iter().flatten() {
                let whom = of(&path, &method).unwrap();
                let got = ask(&mut person.browser, &method, &fill(&path, &case.reference.to_string())).await;
                let nothing = ask(&mut person.browser, &method, &fill(&path, &none)).await;
                let what = format!("{} · {method} {path}", person.name);
                let away = turned_away(&person, whom, &got, &nothing).unwrap_or_else(|why| panic!("{what}: {why}"));
                if !away && matches!(whom, Desk(_) | House(_) | Case(_)) {
                    let shut = got.location().starts_with("/desk/sign-in");
                    assert!(!shut && got.status != StatusCode::INTERNAL_SERVER_ERROR, "{what}: {}", got.status);
                    let masked = got.body.contains("/reveal");
                    assert!(got.status != StatusCode::FORBIDDEN || masked, "{what} is shut");
                }
                // To a partner, and to a stranger, there is nothing of it anywhere.
                let sees = person.role.is_some() && !person.agency;
                assert!(sees || !got.body.contains("Lindqvist"), "{what} shows the holder");
                let echo = path.contains("{reference}");
                assert!(sees || echo || !got.body.contains(&case.reference.to_string()), "{what} names the case");
            }
        }
        // Who works the case has just locked its account, for which nothing has to be filled in.
        let works = !person.agency && matches!(person.role, Some(Role::Agent | Role::Approver));
        assert!(works || version().await == before, "{} has moved it", person.name);
    }
}
