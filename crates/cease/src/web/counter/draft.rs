//! What a person has typed of a declaration so far. It lives in their browser's session on the
//! server, so that closing the page, going back or two tabs lose nothing and make no second case.

use case::identify::{Identified, Unrecognised, identify};
use case::{FileId, Person};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Session;

use crate::app::App;
use crate::chance;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// Makes the declaration one, however often it is sent.
    pub token: String,
    /// The card's number, as typed.
    pub number: String,
    pub person: Person,
    /// Their own words; empty where they said none.
    pub statement: String,
    /// Files kept so far, with the names they came under.
    pub files: Vec<(FileId, String)>,
    pub wanted_end: Option<Date>,
    /// They went on without confirming who they are.
    pub unconfirmed: bool,
    pub consent: bool,
    pub backup: bool,
    /// When the first page was sent: a person needs some seconds from there to the last.
    pub started_at: case::Timestamp,
}

impl Draft {
    pub fn new(app: &App) -> Self {
        Self {
            token: chance::token(),
            number: String::new(),
            person: Person::default(),
            statement: String::new(),
            files: Vec::new(),
            wanted_end: None,
            unconfirmed: false,
            consent: false,
            backup: false,
            started_at: app.now(),
        }
    }

    pub fn of(session: &Session) -> Option<Self> {
        serde_json::from_str(session.draft.as_deref()?).ok()
    }

    pub fn keep(&self, session: &mut Session) {
        session.draft = serde_json::to_string(self).ok();
    }

    /// The number as typed, read.
    pub fn identified(&self, app: &App) -> Result<Identified, Unrecognised> {
        identify(&self.number, &app.policy.identify)
    }
}
