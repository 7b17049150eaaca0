//! What a person has typed of a declaration so far. It lives in their browser's session on the
//! server, so that closing the page, going back or two tabs lose nothing and make no second case.

use case::identify::{Identified, Unrecognised, identify};
use case::rules::Shape;
use case::way::Way;
use case::{FileId, Money, Person, Saved};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Session;

use crate::app::App;
use crate::chance;
use crate::keys::{hex_of, sha256};

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
    /// They have been asked when and why, even if they left all of it as it was.
    #[serde(default)]
    pub stated: bool,
    /// The sum they agreed to pay at most.
    #[serde(default)]
    pub agreed: Option<Money>,
    /// Of `backup`: nothing was there to save.
    #[serde(default)]
    pub nothing_to_save: bool,
    /// Of `backup`: they let it be lost.
    #[serde(default)]
    pub skipped: bool,
    /// A field that no person sees was filled in.
    #[serde(default)]
    pub trapped: bool,
    /// The furthest page they have come to, by its number; each is counted once.
    #[serde(default)]
    pub reached: usize,
    /// What kind of end it is, where it is no ordinary one.
    #[serde(default)]
    pub way: Way,
}

/// The pages in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Find,
    You,
    Statement,
    Before,
    Check,
}

impl Step {
    pub fn path(self) -> &'static str {
        match self {
            Step::Find => "/cancel",
            Step::You => "/cancel/you",
            Step::Statement => "/cancel/statement",
            Step::Before => "/cancel/before",
            Step::Check => "/cancel/check",
        }
    }
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
            stated: false,
            agreed: None,
            nothing_to_save: false,
            skipped: false,
            trapped: false,
            reached: 0,
            way: Way::default(),
        }
    }

    pub fn of(session: &Session) -> Option<Self> {
        serde_json::from_str(session.draft.as_deref()?).ok()
    }

    pub fn keep(&self, session: &mut Session) {
        session.draft = serde_json::to_string(self).ok();
    }

    /// Whether anything was typed or sent of it.
    pub fn is_begun(&self) -> bool {
        let typed = [&self.number, &self.statement].into_iter().any(|text| !text.is_empty());
        typed || !self.files.is_empty() || self.person != Person::default()
    }

    /// The number as typed, read.
    pub fn identified(&self, app: &App) -> Result<Identified, Unrecognised> {
        identify(&self.number, &app.policy.identify)
    }

    /// The first page whose answer is still missing; the last one where none is.
    pub fn lacks(&self, app: &App) -> Step {
        let reachable = self.person.email.is_some() || self.person.phone.is_some();
        let known = !self.person.name.is_empty() && reachable;
        match app.policy.journey.shape {
            Shape::Steps => {}
            Shape::OnePage => return Step::Find,
            Shape::ThreeClicks => {
                let whole = self.identified(app).is_ok() && known && self.stated && self.agreed.is_some();
                return if whole { Step::Check } else { Step::Find };
            }
        }
        if self.identified(app).is_err() {
            Step::Find
        } else if !known {
            Step::You
        } else if !self.stated {
            Step::Statement
        } else if !self.consent || self.agreed.is_none() || (app.policy.backup_required && !self.backup) {
            Step::Before
        } else {
            Step::Check
        }
    }

    /// What they did about what is on the card, where that is more than a tick.
    pub fn saved(&self) -> Option<Saved> {
        (self.backup && self.skipped).then_some(Saved::Skipped)
    }

    /// A short mark of all answers: a form that was filled in from other answers is told by it.
    pub fn mark(&self) -> String {
        hex_of(&sha256(serde_json::to_string(self).unwrap_or_default().as_bytes())[..8])
    }
}
