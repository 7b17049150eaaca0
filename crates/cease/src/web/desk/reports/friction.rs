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
    /// Estimated, by [`Klm`].
    pub seconds: Count,
}

/// The Keystroke-Level Model (Card, Moran, Newell: The keystroke-level model for user performance time with interactive
/// systems, CACM 23(7), 1980), in hundredths of a second: what practised hands take without a mistake. Reading, looking for
/// papers and waiting for an answer are not in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Klm(u32);

impl Klm {
    /// One key, by an average typist of 40 words a minute.
    const KEY: u32 = 28;
    /// Pointing at something with a mouse.
    const POINT: u32 = 110;
    /// Pressing its button and letting go.
    const BUTTON: u32 = 20;
    /// A hand from the mouse to the keyboard, or back.
    const HOME: u32 = 40;
    /// Making up one's mind.
    const MIND: u32 = 135;

    /// A link, a button, or a choice among several.
    pub fn click(&mut self) {
        self.0 += Self::MIND + Self::POINT + Self::BUTTON;
    }

    /// A field into which so many characters are typed.
    pub fn field(&mut self, characters: usize) {
        self.click();
        self.0 += 2 * Self::HOME + Self::KEY * u32::try_from(characters).unwrap_or(u32::MAX / Self::KEY);
    }

    /// Whole seconds, rounded up.
    pub fn seconds(self) -> u32 {
        self.0.div_ceil(100)
    }
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
        Some(vec![
            p.t(&format!("rules-friction-{name}")),
            of(one.pages),
            of(one.clicks),
            of(one.fields),
            of(one.seconds),
        ])
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
            fields_most = declare.fields.most,
            seconds = declare.seconds.is
        ),
        pictures: Vec::new(),
        head: vec![
            fl!(l, "rules-friction-journey"),
            fl!(l, "rules-friction-pages"),
            fl!(l, "rules-friction-clicks"),
            fl!(l, "rules-friction-fields"),
            fl!(l, "rules-friction-seconds"),
        ],
        rows: JOURNEYS.iter().filter_map(|name| row(name)).collect(),
        links: Vec::new(),
        note: fl!(l, "rules-friction-note"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 1.35 + 1.10 + 0.20 for a click; with both hands moved and ten keys 2.65 + 0.80 + 2.80.
    #[test]
    fn seconds_are_the_model_s() {
        let mut klm = Klm::default();
        klm.click();
        assert_eq!((klm.0, klm.seconds()), (265, 3));
        klm.field(10);
        assert_eq!((klm.0, klm.seconds()), (265 + 625, 9));
        assert_eq!(Klm::default().seconds(), 0);
    }
}
