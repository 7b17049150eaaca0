//! The one word for where a parcel stands.

use serde::{Deserialize, Serialize};

/// In what state it is, in one word, for lists and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Asked,
    Label,
    Late,
    Posted,
    InTransit,
    Delivered,
    Lost,
    /// Received, not looked at yet.
    Received,
    Done,
    /// Looked at, and not as agreed.
    Faulty,
    /// What came was another card's.
    Another,
    Disputed,
    /// Disputed rightly, and nothing has happened since.
    Upheld,
    Waived,
}

impl State {
    pub const ALL: [State; 14] = [
        State::Asked,
        State::Label,
        State::Late,
        State::Posted,
        State::InTransit,
        State::Delivered,
        State::Lost,
        State::Received,
        State::Done,
        State::Faulty,
        State::Another,
        State::Disputed,
        State::Upheld,
        State::Waived,
    ];

    pub fn name(self) -> &'static str {
        match self {
            State::Asked => "asked",
            State::Label => "label",
            State::Late => "late",
            State::Posted => "posted",
            State::InTransit => "in-transit",
            State::Delivered => "delivered",
            State::Lost => "lost",
            State::Received => "received",
            State::Done => "done",
            State::Faulty => "faulty",
            State::Another => "another",
            State::Disputed => "disputed",
            State::Upheld => "upheld",
            State::Waived => "waived",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}
