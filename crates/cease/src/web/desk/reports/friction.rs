//! How much each journey asks of a holder, as the tests count it from the real pages, against a budget
//! (`rules/friction.toml`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::web::Page;

/// What has been counted, and how much may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    pub is: u32,
    pub most: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Friction {
    pub pages: Count,
    pub clicks: Count,
    pub fields: Count,
}

pub const FILE: &str = include_str!("../../../../../../rules/friction.toml");

/// The journeys there are, the first of them the one that matters most.
pub const JOURNEYS: [&str; 4] = ["declare", "signed-in", "withdraw", "contest"];

pub fn counted() -> BTreeMap<String, Friction> {
    toml::from_str(FILE).unwrap_or_default()
}

/// None where the file has been broken; the tests say so.
pub fn figure(p: &Page) -> Option<Figure> {
    let (l, counted) = (p.l, counted());
    let declare = counted.get(JOURNEYS[0])?;
    let of = |count: Count| fl!(l, "rules-friction-of", is = count.is, most = count.most);
    let row = |name: &str| {
        let one = counted.get(name)?;
        Some(vec![p.t(&format!("rules-friction-{name}")), of(one.pages), of(one.clicks), of(one.fields)])
    };
    Some(Figure {
        name: "friction",
        title: fl!(l, "rules-friction"),
        says: fl!(
            l,
            "rules-friction-says",
            pages = declare.pages.is,
            clicks = declare.clicks.is,
            fields = declare.fields.is,
            pages_most = declare.pages.most,
            clicks_most = declare.clicks.most,
            fields_most = declare.fields.most
        ),
        pictures: Vec::new(),
        head: vec![
            fl!(l, "rules-friction-journey"),
            fl!(l, "rules-friction-pages"),
            fl!(l, "rules-friction-clicks"),
            fl!(l, "rules-friction-fields"),
        ],
        rows: JOURNEYS.iter().filter_map(|name| row(name)).collect(),
        links: Vec::new(),
        note: fl!(l, "rules-friction-note"),
    })
}
