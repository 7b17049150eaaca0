//! What somebody at the desk sees of a person. Personal data is masked by the rules (`staff.mask`) until its holder has
//! shown who they are, or this member of staff has said why they must see it. Whoever typed an application in sees the
//! application, and for the record they say why as everybody does; a partner's staff do not see the record at all until
//! the case is proven. Every page asks here; none decides.

use std::collections::BTreeMap;

use case::mask::Mask;
use case::rules::Masking;
use case::{Actor, Case, CaseRef, Entry, Person, Timestamp};
use jiff::SignedDuration;

use super::{agency, staff};
use crate::app::App;
use crate::keys::hex_of;
use crate::web::{Trouble, Visit};

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
    /// A partner's, who otherwise would see all of it, since they have said why until then: what was sent, and not the
    /// record.
    Sent(Option<Timestamp>),
    /// They have typed the application in, and see it, and no more, until then.
    Typed(Timestamp),
    Masked,
}

/// How much of a case is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// As it was received.
    Application,
    /// What whoever applied has sent since, too.
    Sent,
    /// The record, too.
    Whole,
}

impl Sight {
    /// None: nothing but masked.
    fn part(self) -> Option<Part> {
        match self {
            Sight::Open | Sight::Verified | Sight::Revealed(_) => Some(Part::Whole),
            Sight::Sent(_) => Some(Part::Sent),
            Sight::Typed(_) => Some(Part::Application),
            Sight::Masked => None,
        }
    }

    pub fn shows(self, part: Part) -> bool {
        self.part() >= Some(part)
    }
}

/// Under what it is kept that somebody has typed a case's application in.
pub fn typed(case: CaseRef) -> String {
    format!("typed:{case}")
}

/// The eyes of one member of staff, now.
pub struct Eyes {
    masking: Masking,
    partner: bool,
    revealed: BTreeMap<String, Timestamp>,
    now: Timestamp,
}

impl Eyes {
    pub async fn of(app: &App, visit: &Visit) -> Result<Self, Trouble> {
        let now = app.now();
        let ((staff, _), partner) = (staff(visit)?, agency(visit)?.is_some());
        let masking = app.policy.staff.mask;
        let reveals = match masking {
            Masking::Off => Vec::new(),
            Masking::Unverified | Masking::Always => app.store.reveals(staff, now).await?,
        };
        Ok(Self {
            masking,
            partner,
            revealed: reveals.into_iter().map(|reveal| (reveal.of, reveal.until)).collect(),
            now,
        })
    }

    /// Of a case in a list.
    pub fn sight(&self, case: &Case) -> Sight {
        self.within(case, self.lifted(case))
    }

    /// Of a case that is open, whose thread may have a proof in it.
    pub fn sight_of(&self, case: &Case, journal: &[Entry]) -> Sight {
        let lifted = self.lifted(case);
        let verified =
            !lifted.shows(Part::Whole) && self.masking == Masking::Unverified && self.in_contact(case, journal);
        self.within(case, if verified { Sight::Verified } else { lifted })
    }

    fn lifted(&self, case: &Case) -> Sight {
        match self.masking {
            Masking::Off => return Sight::Open,
            Masking::Unverified if case.proven => return Sight::Verified,
            Masking::Unverified | Masking::Always => {}
        }
        let until = |of: String| self.revealed.get(&of).copied();
        // What has been mended since is no longer what they typed.
        let as_typed = case.person == case.declaration.person && case.number == case.declaration.number;
        until(case.reference.to_string())
            .map(Sight::Revealed)
            .or_else(|| until(typed(case.reference)).filter(|_| as_typed).map(Sight::Typed))
            .unwrap_or(Sight::Masked)
    }

    /// Whether the record stays masked for them whatever they say.
    pub fn no_record(&self, case: &Case) -> bool {
        self.partner && !case.proven
    }

    fn within(&self, case: &Case, sight: Sight) -> Sight {
        match sight {
            _ if !self.no_record(case) => sight,
            Sight::Revealed(until) => Sight::Sent(Some(until)),
            Sight::Open | Sight::Verified => Sight::Sent(None),
            Sight::Sent(_) | Sight::Typed(_) | Sight::Masked => sight,
        }
    }

    /// Whether the holder's last word came with a proof that they are it, and not long ago.
    fn in_contact(&self, case: &Case, journal: &[Entry]) -> bool {
        let last = journal.iter().rev().find_map(|entry| match &entry.actor {
            Actor::Holder { assurance, .. } => Some((entry.at, assurance)),
            Actor::Agent { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => None,
        });
        last.is_some_and(|(at, assurance)| assurance.proves(case.account, at) && self.now.duration_since(at) <= CONTACT)
    }

    /// What lies over a case in a list, which shows of its application only.
    pub fn over(&self, case: &Case) -> Mask {
        application(self.sight(case), case, None)
    }

    /// What lies over all else of a case, and over what its holder's record says wherever it stands.
    pub fn beyond(&self, case: &Case, record: Option<&Person>) -> Mask {
        mask(self.sight(case), case, record)
    }

    /// Whether they see a mail that belongs to no case.
    pub fn sees_mail(&self, id: &[u8; 32]) -> bool {
        self.masking == Masking::Off || self.revealed.contains_key(&hex_of(id))
    }
}

/// What lies over a case's application.
pub fn application(sight: Sight, case: &Case, record: Option<&Person>) -> Mask {
    over(Part::Application, sight, case, record)
}

/// What lies over all else of a case, and over its holder's record.
pub fn mask(sight: Sight, case: &Case, record: Option<&Person>) -> Mask {
    over(Part::Whole, sight, case, record)
}

fn over(part: Part, sight: Sight, case: &Case, record: Option<&Person>) -> Mask {
    if sight.shows(part) { Mask::clear() } else { Mask::over(case, record) }
}
