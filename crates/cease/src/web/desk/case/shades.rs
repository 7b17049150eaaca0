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
    /// Until when the application is shown to this reader, who typed it in.
    pub typed: String,
    pub verified: bool,
    /// The record stays masked for this reader, whatever they say.
    pub no_record: bool,
    /// The page of its looks; empty for who does not read them.
    pub looks_href: String,
}

impl Shades {
    pub fn of(app: &App, p: &Page, case: &Case, (sight, no_record): (Sight, bool), row: &Row) -> Self {
        let looks_href = if p.leads { format!("/desk/looks?case={}", case.reference) } else { String::new() };
        Self {
            form: matches!(sight, Sight::Masked | Sight::Typed(_))
                .then(|| reveal::Form::of_case(app, p.l, case.reference, row.href.clone())),
            until: match sight {
                Sight::Revealed(until) | Sight::Sent(Some(until)) => stamp(p, &until),
                Sight::Open | Sight::Verified | Sight::Sent(None) | Sight::Typed(_) | Sight::Masked => String::new(),
            },
            typed: if let Sight::Typed(until) = sight { stamp(p, &until) } else { String::new() },
            no_record,
            verified: sight == Sight::Verified,
            looks_href,
        }
    }
}
