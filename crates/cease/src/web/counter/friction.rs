//! The friction meter: each journey walked as a browser without script walks it, and counted. A page that asks for
//! more than its journey's budget fails here.

use std::collections::BTreeSet;

use case::Stage;
use jiff::SignedDuration;

use crate::app::Shared;
use crate::testing::{self, Browser, Got, PASSWORD};
use crate::web::desk::reports::friction::{Count, FILE, Friction, JOURNEYS, Klm, counted};

/// Somebody on their way.
struct Walk {
    browser: Browser,
    /// The page before them, and its address.
    got: Got,
    at: String,
    pages: u32,
    clicks: u32,
    fields: u32,
    klm: Klm,
}

fn plain(text: &str) -> String {
    text.replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// The value of an attribute in a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(plain)
}

impl Walk {
    async fn from(browser: Browser, path: &str) -> Self {
        let got = Got { status: Default::default(), headers: Default::default(), body: String::new() };
        let mut walk = Self { browser, got, at: String::new(), pages: 0, clicks: 0, fields: 0, klm: Klm::default() };
        walk.arrive(path).await;
        walk
    }

    /// Where an address leads in the end.
    async fn arrive(&mut self, path: &str) {
        let mut path = path.to_owned();
        loop {
            self.got = self.browser.get(path.split('#').next().unwrap_or_default()).await;
            if self.got.location().is_empty() {
                break;
            }
            path = self.got.location().to_owned();
        }
        assert_eq!(self.got.status.as_u16(), 200, "{path}");
        self.at = path;
        self.pages += 1;
    }

    /// A link that is on the page.
    async fn follow(&mut self, href: &str) {
        let there = self.got.body.contains(&format!("href=\"{href}\""));
        assert!(there, "no way to {href} on {}", self.at);
        self.clicks += 1;
        self.klm.click();
        self.arrive(href).await;
    }

    /// The button of a form that is on the page, with what has to be filled in; what is hidden goes along.
    async fn press(&mut self, action: &str, filled: &[(&str, &str)]) {
        let (forms, at) = (self.got.body.clone(), self.at.clone());
        let form = forms
            .split("<form")
            .skip(1)
            .filter_map(|form| form.split("</form>").next())
            .find(|form| form.split('>').next().is_some_and(|tag| attribute(tag, "action").as_deref() == Some(action)))
            .unwrap_or_else(|| panic!("no form for {action} on {at}"));
        let tags = |kind: &str| form.split(kind).skip(1).filter_map(|tag| tag.split('>').next()).collect::<Vec<_>>();
        let inputs = tags("<input");
        let hidden = |tag: &&&str| attribute(tag, "type").as_deref() == Some("hidden");
        let mut sent: Vec<(String, String)> = inputs
            .iter()
            .filter(hidden)
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
            .filter(|(name, _)| name != "csrf")
            .collect();
        let visible: BTreeSet<String> = inputs
            .iter()
            .filter(|tag| !hidden(tag))
            .chain(&tags("<textarea"))
            .chain(&tags("<select"))
            .filter_map(|tag| attribute(tag, "name"))
            .collect();
        // What is chosen takes a click; what is typed, its keys.
        let choice = |tag: &&&str| matches!(attribute(tag, "type").as_deref(), Some("radio" | "checkbox"));
        let chosen_from: BTreeSet<String> =
            inputs.iter().filter(choice).chain(&tags("<select")).filter_map(|tag| attribute(tag, "name")).collect();
        let buttons: BTreeSet<String> = tags("<button").iter().filter_map(|tag| attribute(tag, "name")).collect();
        for (name, value) in filled {
            assert!(visible.contains(*name) || buttons.contains(*name), "{at} has no field {name}");
            if !buttons.contains(*name) {
                self.fields += 1;
                match chosen_from.contains(*name) {
                    true => self.klm.click(),
                    false => self.klm.field(value.chars().count()),
                }
            }
            sent.push(((*name).to_owned(), (*value).to_owned()));
        }
        // What stands chosen or filled in already is sent by a browser without anybody's doing.
        let chosen = |tag: &&&str| match attribute(tag, "type").as_deref() {
            Some("radio" | "checkbox") => tag.contains(" checked"),
            Some("hidden" | "file") => false,
            Some(_) | None => true,
        };
        for tag in inputs.iter().filter(chosen) {
            if let Some((name, value)) = attribute(tag, "name").zip(attribute(tag, "value"))
                && !sent.iter().any(|(known, _)| *known == name)
            {
                sent.push((name, value));
            }
        }
        let fields: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let to =
            if action.is_empty() { at.split('#').next().unwrap_or_default().to_owned() } else { action.to_owned() };
        self.clicks += 1;
        self.klm.click();
        let got = self.browser.post(&to, &fields).await;
        assert!(got.status.is_redirection(), "{to}: {} {}", got.status, got.body);
        let next = got.location().to_owned();
        self.arrive(&next).await;
    }

    fn counted(&self, name: &str) -> Friction {
        let old = counted().get(name).copied();
        let most = |of: fn(Friction) -> Count| old.map_or(0, |old| of(old).most);
        Friction {
            pages: Count { is: self.pages, most: most(|f| f.pages) },
            clicks: Count { is: self.clicks, most: most(|f| f.clicks) },
            fields: Count { is: self.fields, most: most(|f| f.fields) },
            seconds: Count { is: self.klm.seconds(), most: most(|f| f.seconds) },
        }
    }
}

async fn declared_without_an_account(app: &Shared) -> Walk {
    let mut walk = Walk::from(Browser::new(app).await, "/").await;
    walk.follow("/cancel").await;
    walk.press("/cancel", &[("number", "8931070820307245732")]).await;
    walk.press("/cancel/you", &[("name", "Mei Lin"), ("email", "mei@example.com")]).await;
    walk.press("/confirm/without", &[]).await;
    walk.press("/cancel/statement", &[]).await;
    walk.press("/cancel/before", &[("backup", "saved")]).await;
    testing::advance(app, SignedDuration::from_secs(60));
    walk.press("/cancel/check", &[]).await;
    assert!(walk.at.ends_with("/receipt"), "{}", walk.at);
    walk
}

/// From the list of one's cards, signed in already.
async fn declared_with_an_account(app: &Shared) -> Walk {
    let holder = testing::holder(app, 1, "mei").await;
    let card = testing::card(app, 1, holder.id).await;
    let mut browser = Browser::new(app).await;
    browser.post("/sign-in", &[("login", "mei"), ("password", PASSWORD)]).await;
    let mut walk = Walk::from(browser, "/").await;
    walk.press("/cancel", &[("own", &card.id.to_string())]).await;
    if walk.at.starts_with("/cancel/you") {
        walk.press("/cancel/you", &[]).await;
    }
    walk.press("/cancel/statement", &[]).await;
    walk.press("/cancel/before", &[("backup", "saved")]).await;
    testing::advance(app, SignedDuration::from_secs(60));
    walk.press("/cancel/check", &[]).await;
    assert!(walk.at.ends_with("/receipt"), "{}", walk.at);
    walk
}

/// From the case's page, on which somebody is already.
async fn undone(app: &Shared, n: u64, what: &str) -> Walk {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let case = testing::ending(app, n, &holder).await;
    let mut browser = Browser::new(app).await;
    let session = crate::web::Visit::grant;
    browser.visit("/").await.change(app, |s| session(s, case.reference)).await.unwrap();
    browser.post("/sign-in", &[("login", &format!("holder{n}")), ("password", PASSWORD)]).await;
    let mut walk = Walk::from(browser, &format!("/case/{}", case.reference)).await;
    walk.follow(&format!("/case/{}/{what}", case.reference)).await;
    walk.press("", &[]).await;
    let case = app.store.case(case.reference).await.unwrap().unwrap();
    let done = matches!(case.stage, Stage::Withdrawn { .. } | Stage::Contested { .. });
    assert!(done, "{what}: {:?}", case.stage);
    walk
}

#[tokio::test]
async fn no_journey_asks_for_more_than_its_budget() {
    let mut found = Vec::new();
    for name in JOURNEYS {
        // What can still be taken back has notice to run.
        let (app, _dir) = testing::app_with(|policy| policy.notice_days = 30).await;
        let walk = match name {
            "declare" => declared_without_an_account(&app).await,
            "signed-in" => declared_with_an_account(&app).await,
            _ => undone(&app, 7, name).await,
        };
        found.push((name, walk.counted(name)));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let head: String = FILE.lines().take_while(|line| line.starts_with('#')).map(|l| format!("{l}\n")).collect();
        let of = |what: &str, c: Count| format!("{what} = {{ is = {}, most = {} }}\n", c.is, c.most);
        let table = |(name, f): &(&str, Friction)| {
            let lines =
                [of("pages", f.pages), of("clicks", f.clicks), of("fields", f.fields), of("seconds", f.seconds)]
                    .concat();
            format!("\n[{name}]\n{lines}")
        };
        let text = found.iter().map(table).collect::<String>();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules/friction.toml");
        std::fs::write(path, format!("{head}{text}")).unwrap();
        return;
    }
    let known = counted();
    for (name, friction) in &found {
        for (what, count) in [
            ("pages", friction.pages),
            ("clicks", friction.clicks),
            ("fields", friction.fields),
            ("seconds", friction.seconds),
        ] {
            assert!(count.is <= count.most, "{name} takes {} {what}; the budget is {}", count.is, count.most);
        }
        assert_eq!(
            known.get(*name),
            Some(friction),
            "{name}: rules/friction.toml is old; UPDATE_GOLDEN=1 makes it anew"
        );
    }
    assert_eq!(known.len(), JOURNEYS.len());
}
