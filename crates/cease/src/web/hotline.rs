//! The hotline on paper: its number, when a person answers, and where each key leads, so that nobody has to listen to
//! find out. Only where there is one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::{Answer, Page, Trouble, Visit, html};

#[derive(Template)]
#[template(path = "hotline.html")]
struct Hotline {
    p: Page,
    hotline: String,
    answers: String,
    /// What a call costs.
    charge: String,
    keys: Vec<(&'static str, String)>,
    everywhere: Vec<(&'static str, String)>,
}

impl Hotline {
    fn tel(&self) -> String {
        self.hotline.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    // The keys are those of the menu that is built in; an own one is the operator's to describe.
    let built_in = app.config.voice.as_ref().is_some_and(|voice| voice.menu.as_os_str().is_empty());
    if !built_in {
        return Err(Trouble::NotFound);
    }
    let p = Page::new(&app, &visit);
    let l = p.l;
    let desk = &app.config.desk;
    let page = Hotline {
        hotline: desk.hotline.clone(),
        answers: desk.hours_in(visit.lang).to_owned(),
        charge: match desk.hotline_charge_in(visit.lang) {
            "" => fl!(l, "hotline-charge"),
            charge => charge.to_owned(),
        },
        keys: vec![
            ("1", fl!(l, "hotline-key-cancel")),
            ("2", fl!(l, "hotline-key-where")),
            ("3", fl!(l, "hotline-key-us")),
            ("4", fl!(l, "hotline-key-stop")),
            ("0", fl!(l, "hotline-key-person")),
        ],
        everywhere: vec![("*", fl!(l, "hotline-key-again")), ("#", fl!(l, "hotline-key-back"))],
        p,
    };
    Ok(html(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::official::Registers;
    use crate::testing::{Browser, app, configured};

    #[tokio::test]
    async fn the_keys_are_shown_where_there_is_a_hotline() {
        let (app, _dir) = app().await;
        assert_eq!(Browser::new(&app).await.get("/help/hotline").await.status, StatusCode::NOT_FOUND);
        let app = configured(&app, |config| {
            config.voice = Some(Default::default());
            config.desk.hotline = "0800 000 0000".into();
        });
        for lang in ["en", "zh-CN"] {
            let got = Browser::new(&app).await.get(&format!("/help/hotline?lang={lang}")).await;
            assert!(got.status == StatusCode::OK && got.body.contains("tel:08000000000"), "{}", got.body);
        }
        assert!(Browser::new(&app).await.get("/").await.body.contains("/help/hotline"));
    }

    /// Wherever the number stands, whoever answers it.
    #[tokio::test]
    async fn what_a_call_costs_stands_with_the_number() {
        let (app, _dir) = app().await;
        let app = configured(&app, |config| {
            config.desk.hotline = "0113 496 0999".into();
            config.desk.hotline_charge = "Calls cost 13p a minute plus your network’s access charge.".into();
            config.desk.hotline_charge_zh = "通话费为每分钟13便士，另加您所用网络的接入费。".into();
        });
        let mut app = Arc::into_inner(app).unwrap();
        app.register = Registers::new(&app.config, &app.policy).unwrap();
        let app = Arc::new(app);
        for (lang, says) in [("en", "13p a minute plus"), ("zh-CN", "每分钟13便士")] {
            for path in ["/", "/channels"] {
                let got = Browser::new(&app).await.get(&format!("{path}?lang={lang}")).await.body;
                assert!(got.contains(says), "{path}: {got}");
            }
        }
        let app = configured(&app, |config| config.voice = Some(Default::default()));
        let keys = Browser::new(&app).await.get("/help/hotline").await.body;
        assert!(keys.contains("13p a minute plus") && !keys.contains("We charge nothing"), "{keys}");
    }
}
