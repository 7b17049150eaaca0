//! What is masked of the case, and the way to see it.

use case::Case;

use super::super::eyes::Sight;
use super::super::reveal;
use super::super::row::{Row, stamp};
use crate::app::App;
use crate::web::Page;

/// What is masked of the case, and how it comes to be shown.
pub struct Shades {
    /// The form, where anything is masked.
    pub form: Option<reveal::Form>,
    /// Until when it is shown to this reader, who has said why.
    pub until: String,
    pub verified: bool,
    /// The page of its looks; empty for who does not read them.
    pub looks_href: String,
}

impl Shades {
    pub fn of(app: &App, p: &Page, case: &Case, sight: Sight, row: &Row) -> Self {
        let looks_href = if p.leads { format!("/desk/looks?case={}", case.reference) } else { String::new() };
        Self {
            form: (sight == Sight::Masked).then(|| reveal::Form::of_case(app, p.l, case.reference, row.href.clone())),
            until: match sight {
                Sight::Revealed(until) => stamp(p, &until),
                Sight::Open | Sight::Verified | Sight::Masked => String::new(),
            },
            verified: sight == Sight::Verified,
            looks_href,
        }
    }
}
