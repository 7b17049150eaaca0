//! A call back at a time of its own, promised in the case like every call of the desk.

use case::{Actor, Command, Timestamp};
use jiff::SignedDuration;

use super::{Caller, Came, plain};
use crate::act;
use crate::app::Shared;
use crate::web::Trouble;

/// A promised call may be made within an hour; so far ahead is looked for a free one.
const SLOT: SignedDuration = SignedDuration::from_hours(1);
const AHEAD: u32 = 60;

impl Caller {
    /// The next hour in which the desk is open and a call can still be promised.
    pub(super) async fn slot(&mut self, app: &Shared) -> Result<Came, Trouble> {
        if self.case.is_none() {
            return Ok(plain("no-case"));
        }
        let (calendar, now) = (&app.policy.desk_hours, app.now());
        let hour = SLOT.as_secs();
        let first = (now.as_second() / hour + 2) * hour;
        for n in 0..AHEAD {
            let Ok(from) = Timestamp::from_second(first + i64::from(n) * hour) else { break };
            let until = from.saturating_add(SLOT).unwrap_or(Timestamp::MAX);
            let inside = until.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(from);
            if calendar.is_open(from)
                && calendar.is_open(inside)
                && app.store.uses(&slot_key(from), now).await? < calls_an_hour(app)
            {
                self.slot = Some((from, until));
                return Ok(("free", self.slot_values(app, from, until)));
            }
        }
        Ok(plain("none"))
    }

    pub(super) async fn promise(&mut self, app: &Shared) -> Result<Came, Trouble> {
        let (Some((from, until)), Some(reference)) = (self.slot.take(), self.case) else { return Ok(plain("failed")) };
        let now = app.now();
        let life = until.duration_since(now).max(SLOT);
        if !app.store.hit(&slot_key(from), now, life, calls_an_hour(app)).await?.allowed {
            return Ok(plain("failed"));
        }
        let hotline = Actor::Api { client: "hotline".into() };
        act::act(app, reference, &hotline, &Command::Promise { from, until }).await?;
        self.acted = true;
        Ok(plain("promised"))
    }
}

fn slot_key(from: Timestamp) -> String {
    format!("voice:slot:{}", from.as_second())
}

/// Calls that the desk can make in an hour: four for each phone, and four where none is named.
fn calls_an_hour(app: &Shared) -> u32 {
    let phones = app.config.voice.as_ref().map_or(0, |voice| voice.agents.len());
    4 * u32::try_from(phones.max(1)).unwrap_or(1)
}
