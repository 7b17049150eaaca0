//! How to save what is on a card, for people without a command line: by kind of device, a few steps and a picture each,
//! to be read on a telephone or printed. For everybody, and without a word about anybody's card.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::{Answer, Page, Trouble, Visit, html};

/// Devices whose steps are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Apple,
    Android,
    Router,
    Stick,
    Sim,
}

impl Family {
    pub const ALL: [Family; 5] = [Family::Apple, Family::Android, Family::Router, Family::Stick, Family::Sim];

    /// Its place in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Family::Apple => "iphone",
            Family::Android => "android",
            Family::Router => "router",
            Family::Stick => "stick",
            Family::Sim => "sim",
        }
    }

    fn picture(self) -> &'static str {
        match self {
            Family::Apple => include_str!("../../assets/pictures/backup-iphone.svg"),
            Family::Android => include_str!("../../assets/pictures/backup-android.svg"),
            Family::Router => include_str!("../../assets/pictures/backup-router.svg"),
            Family::Stick => include_str!("../../assets/pictures/backup-stick.svg"),
            Family::Sim => include_str!("../../assets/pictures/backup-sim.svg"),
        }
    }

    fn title(self, p: &Page) -> String {
        let l = p.l;
        match self {
            Family::Apple => fl!(l, "save-iphone"),
            Family::Android => fl!(l, "save-android"),
            Family::Router => fl!(l, "save-router"),
            Family::Stick => fl!(l, "save-stick"),
            Family::Sim => fl!(l, "save-sim"),
        }
    }

    /// What is on it that can be lost.
    fn what(self, p: &Page) -> String {
        let l = p.l;
        match self {
            Family::Apple => fl!(l, "save-iphone-what"),
            Family::Android => fl!(l, "save-android-what"),
            Family::Router => fl!(l, "save-router-what"),
            Family::Stick => fl!(l, "save-stick-what"),
            Family::Sim => fl!(l, "save-sim-what"),
        }
    }

    fn steps(self, p: &Page) -> Vec<String> {
        let l = p.l;
        match self {
            Family::Apple => {
                vec![fl!(l, "save-iphone-1"), fl!(l, "save-iphone-2"), fl!(l, "save-iphone-3"), fl!(l, "save-iphone-4")]
            }
            Family::Android => vec![
                fl!(l, "save-android-1"),
                fl!(l, "save-android-2"),
                fl!(l, "save-android-3"),
                fl!(l, "save-android-4"),
            ],
            Family::Router => {
                vec![fl!(l, "save-router-1"), fl!(l, "save-router-2"), fl!(l, "save-router-3"), fl!(l, "save-router-4")]
            }
            Family::Stick => {
                vec![fl!(l, "save-stick-1"), fl!(l, "save-stick-2"), fl!(l, "save-stick-3"), fl!(l, "save-stick-4")]
            }
            Family::Sim => {
                vec![fl!(l, "save-sim-1"), fl!(l, "save-sim-2"), fl!(l, "save-sim-3"), fl!(l, "save-sim-4")]
            }
        }
    }

    fn note(self, p: &Page) -> String {
        let l = p.l;
        match self {
            Family::Apple => fl!(l, "save-iphone-note"),
            Family::Android => fl!(l, "save-android-note"),
            Family::Router => fl!(l, "save-router-note"),
            Family::Stick => fl!(l, "save-stick-note"),
            Family::Sim => fl!(l, "save-sim-note"),
        }
    }
}

#[derive(Template)]
#[template(path = "help/backup.html")]
struct Index {
    p: Page,
    families: Vec<(&'static str, String, String, &'static str)>,
}

pub async fn index(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    let families = Family::ALL.map(|family| (family.name(), family.title(&p), family.what(&p), family.picture()));
    Ok(html(StatusCode::OK, &Index { families: families.to_vec(), p }))
}

#[derive(Template)]
#[template(path = "help/family.html")]
struct Guide {
    p: Page,
    title: String,
    what: String,
    picture: &'static str,
    steps: Vec<String>,
    note: String,
    /// What a person with a command line types.
    command: &'static str,
    others: Vec<(&'static str, String)>,
}

pub async fn family(State(app): State<Shared>, visit: Visit, Path(name): Path<String>) -> Answer {
    let family = Family::ALL.into_iter().find(|family| family.name() == name).ok_or(Trouble::NotFound)?;
    let p = Page::new(&app, &visit);
    let command = match family {
        Family::Apple | Family::Android => "",
        Family::Router | Family::Stick => "cease backup /media/CARD backup",
        Family::Sim => "cease backup sim backup",
    };
    let others = Family::ALL.into_iter().filter(|other| *other != family);
    let others = others.map(|other| (other.name(), other.title(&p))).collect();
    let (title, what, steps, note) = (family.title(&p), family.what(&p), family.steps(&p), family.note(&p));
    Ok(html(StatusCode::OK, &Guide { title, what, picture: family.picture(), steps, note, command, others, p }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Browser};

    #[tokio::test]
    async fn every_guide_is_there_in_both_languages_and_leads_to_the_others() {
        let (app, _dir) = testing::app().await;
        for (lang, title) in [("en", "Save what is on your card"), ("zh-CN", "备份卡上的内容")] {
            let mut browser = Browser::new(&app).await;
            let index = browser.get(&format!("/help/backup?lang={lang}")).await;
            assert!(index.body.contains(title), "{lang}");
            for family in Family::ALL {
                let path = format!("/help/backup/{}", family.name());
                assert!(index.body.contains(&format!("href=\"{path}\"")), "{path}");
                let page = browser.get(&format!("{path}?lang={lang}")).await;
                assert_eq!(page.status, StatusCode::OK);
                assert_eq!(page.body.matches("<li class=\"step\">").count(), 4, "{path}");
                assert!(page.body.contains("class=\"pic\""));
            }
        }
        let mut browser = Browser::new(&app).await;
        assert_eq!(browser.get("/help/backup/abacus").await.status, StatusCode::NOT_FOUND);
    }
}
