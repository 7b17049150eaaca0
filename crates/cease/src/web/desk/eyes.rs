//! What somebody at the desk sees of a person. Personal data is masked by the rules (`staff.mask`) until its holder has
//! shown who they are, or this member of staff has said why they must see it. Every page asks here; none decides.

use std::collections::BTreeMap;

use case::mask::Mask;
use case::rules::Masking;
use case::{AccountId, Actor, Case, Entry, Person, Timestamp};
use jiff::SignedDuration;
use store::StoreError;

use crate::app::App;
use crate::keys::hex_of;

/// How long a proof shown with a message makes its writer the holder for whoever talks with them.
const CONTACT: SignedDuration = SignedDuration::from_mins(30);

/// Why somebody sees a case as they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The rules mask nothing.
    Open,
    /// Its holder has shown who they are.
    Verified,
    /// They have said why, and see it until then.
    Revealed(Timestamp),
    Masked,
}

/// The eyes of one member of staff, now.
pub struct Eyes {
    masking: Masking,
    revealed: BTreeMap<String, Timestamp>,
    now: Timestamp,
}

impl Eyes {
    pub async fn of(app: &App, staff: AccountId) -> Result<Self, StoreError> {
        let now = app.now();
        let masking = app.policy.staff.mask;
        let reveals = match masking {
            Masking::Off => Vec::new(),
            Masking::Unverified | Masking::Always => app.store.reveals(staff, now).await?,
        };
        Ok(Self { masking, revealed: reveals.into_iter().map(|reveal| (reveal.of, reveal.until)).collect(), now })
    }

    /// Of a case in a list.
    pub fn sight(&self, case: &Case) -> Sight {
        match self.masking {
            Masking::Off => return Sight::Open,
            Masking::Unverified if case.proven => return Sight::Verified,
            Masking::Unverified | Masking::Always => {}
        }
        self.revealed.get(&case.reference.to_string()).map_or(Sight::Masked, |until| Sight::Revealed(*until))
    }

    /// Of a case that is open, whose thread may have a proof in it.
    pub fn sight_of(&self, case: &Case, journal: &[Entry]) -> Sight {
        let sight = self.sight(case);
        let verified = sight == Sight::Masked && self.masking == Masking::Unverified && self.in_contact(case, journal);
        if verified { Sight::Verified } else { sight }
    }

    /// Whether the holder's last word came with a proof that they are it, and not long ago.
    fn in_contact(&self, case: &Case, journal: &[Entry]) -> bool {
        let last = journal.iter().rev().find_map(|entry| match &entry.actor {
            Actor::Holder { assurance, .. } => Some((entry.at, assurance)),
            Actor::Agent { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => None,
        });
        last.is_some_and(|(at, assurance)| assurance.proves(case.account, at) && self.now.duration_since(at) <= CONTACT)
    }

    /// What lies over a case in a list.
    pub fn over(&self, case: &Case) -> Mask {
        mask(self.sight(case), case, None)
    }

    /// Whether they see a mail that belongs to no case.
    pub fn sees_mail(&self, id: &[u8; 32]) -> bool {
        self.masking == Masking::Off || self.revealed.contains_key(&hex_of(id))
    }
}

/// What lies over a case and its holder's record.
pub fn mask(sight: Sight, case: &Case, record: Option<&Person>) -> Mask {
    match sight {
        Sight::Open | Sight::Verified | Sight::Revealed(_) => Mask::clear(),
        Sight::Masked => Mask::over(case, record),
    }
}
