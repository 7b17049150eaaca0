//! How to delete the profile of an eSIM that has ended: nobody but the holder of the device can. For
//! everybody, and without a word about anybody's card.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::Shared;
use crate::web::{Answer, Page, Visit, html};

#[derive(Template)]
#[template(path = "case/esim.html")]
struct Esim {
    p: Page,
    families: Vec<Family>,
}

/// Devices whose menus are alike.
struct Family {
    /// Its place on the page.
    id: &'static str,
    name: String,
    picture: &'static str,
    steps: Vec<String>,
    note: String,
}

pub async fn page(State(app): State<Shared>, visit: Visit) -> Answer {
    let p = Page::new(&app, &visit);
    Ok(html(StatusCode::OK, &Esim { families: families(&p), p }))
}

fn families(p: &Page) -> Vec<Family> {
    let l = p.l;
    let family = |id, name, picture, steps: &[String], note| Family { id, name, picture, steps: steps.to_vec(), note };
    vec![
        family(
            "apple",
            fl!(l, "esim-apple"),
            include_str!("../../../assets/pictures/esim-apple.svg"),
            &[fl!(l, "esim-apple-1"), fl!(l, "esim-apple-2"), fl!(l, "esim-apple-3")],
            fl!(l, "esim-apple-note"),
        ),
        family(
            "android",
            fl!(l, "esim-android"),
            include_str!("../../../assets/pictures/esim-android.svg"),
            &[fl!(l, "esim-android-1"), fl!(l, "esim-android-2"), fl!(l, "esim-android-3")],
            fl!(l, "esim-android-note"),
        ),
        family(
            "samsung",
            fl!(l, "esim-samsung"),
            include_str!("../../../assets/pictures/esim-samsung.svg"),
            &[fl!(l, "esim-samsung-1"), fl!(l, "esim-samsung-2"), fl!(l, "esim-samsung-3")],
            fl!(l, "esim-samsung-note"),
        ),
        family(
            "windows",
            fl!(l, "esim-windows"),
            include_str!("../../../assets/pictures/esim-windows.svg"),
            &[fl!(l, "esim-windows-1"), fl!(l, "esim-windows-2"), fl!(l, "esim-windows-3")],
            fl!(l, "esim-windows-note"),
        ),
        family(
            "router",
            fl!(l, "esim-router"),
            include_str!("../../../assets/pictures/esim-router.svg"),
            &[fl!(l, "esim-router-1"), fl!(l, "esim-router-2"), fl!(l, "esim-router-3")],
            fl!(l, "esim-router-note"),
        ),
    ]
}
