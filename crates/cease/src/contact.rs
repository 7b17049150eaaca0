//! A contact: somebody at the desk talks to the holder of a case now, by chat or by phone, and both can tell.
//!
//! The holder's page of the case says so, with the agent's name and who rang whom; where nobody talks to them it
//! says to hang up. On the phone the two then compare codes: the holder reads out four digits that their page
//! shows, the agent types them, and only then are both shown four others, which the agent reads back. So whoever
//! pretends to be the holder gets nothing from the agent, and whoever pretends to be the agent can say nothing that
//! the holder's page shows.
//!
//! | | |
//! |---|---|
//! | a code | is shown for a minute and a half and taken for two; then there is another |
//! | | is used once, and in this contact of this case only |
//! | wrong codes | five in a contact, twelve a day in a case |
//! | a contact | lasts while its agent has the case open, and two hours at most |
//! | ringing the holder | only within a time that was promised, which their page shows beforehand |
//!
//! Codes are not stored, not even hashed: they follow from the contact's id and the desk's key, so that every
//! process and both pages have the same, and a stolen database none. A code read out shows that somebody sees the
//! holder's page. It is no proof of identity, and the core makes nothing of it but an entry in the journal.

use case::{AccountId, Actor, CaseRef, Command, Entry, Event, Timestamp};
use jiff::SignedDuration;
use store::{Act, Contact, StoreError, Way};
use subtle::ConstantTimeEq;

use crate::act::{ActError, act};
use crate::app::App;
use crate::chance;

/// How long a code is shown, and for how much longer it is still taken.
const SHOWN: SignedDuration = SignedDuration::from_secs(90);
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// How long what the agent reads back is shown.
const ANSWER: SignedDuration = SignedDuration::from_secs(120);
const TRIES: u32 = 5;
const WRONG_A_DAY: u32 = 12;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A contact goes on for so long after its agent was last seen at the case…
const STAYS: SignedDuration = SignedDuration::from_mins(10);
/// …and for so long after they closed it…
const LEAVES: SignedDuration = SignedDuration::from_mins(2);
/// …but never longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(2);

/// How early or late a promised call may be.
const AROUND: SignedDuration = SignedDuration::from_mins(5);

/// What the two sides are shown at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// What the holder reads out, and for how long it stays.
    Theirs { code: String, left: SignedDuration },
    /// Theirs was right: what the agent reads back.
    Ours { code: String, left: SignedDuration },
}

fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// Which turn it is, and for how long it has been. A use begins the next one.
fn turn(contact: &Contact, now: Timestamp) -> (u64, SignedDuration) {
    let (base, from) = contact.used.map_or((0, contact.opened), |(turn, at)| (turn + 1, at));
    let passed = now.duration_since(from).max(SignedDuration::ZERO);
    let turns = passed.as_secs() / SHOWN.as_secs();
    (base + turns as u64, passed - SHOWN * turns as i32)
}

/// Four digits of this turn, for one side. That of the other side is another in any case.
fn digits(app: &App, contact: &Contact, turn: u64, side: &str) -> String {
    let of = |side: &str| {
        let mac = app.keys.mac("contact-code", &[&contact.id, &turn.to_be_bytes(), side.as_bytes()]);
        mac[..8].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) % 10_000
    };
    let theirs = of("theirs");
    let ours = of("ours");
    let ours = if ours == theirs { (ours + 1) % 10_000 } else { ours };
    format!("{:04}", if side == "theirs" { theirs } else { ours })
}

pub fn codes(app: &App, contact: &Contact) -> Codes {
    let now = app.now();
    if let Some((used, at)) = contact.used {
        let left = ANSWER - now.duration_since(at);
        if left > SignedDuration::ZERO {
            return Codes::Ours { code: digits(app, contact, used, "ours"), left };
        }
    }
    let (turn, shown) = turn(contact, now);
    Codes::Theirs { code: digits(app, contact, turn, "theirs"), left: SHOWN - shown }
}

/// Why nothing came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// A colleague talks to them.
    Taken,
    /// No call was promised for now.
    NotPromised,
    /// There is no contact, or it is somebody else's.
    Gone,
    Wrong {
        left: u32,
    },
    /// Too many were wrong.
    NoMore,
}

/// Opens a contact. Ringing the holder needs a promise that they can see.
pub async fn open(app: &App, case: CaseRef, staff: AccountId, way: Way) -> Result<Result<(), No>, StoreError> {
    let now = app.now();
    if way == Way::WeRang && !promised(&app.store.journal(case).await?, now).is_some_and(|call| call.covers(now)) {
        return Ok(Err(No::NotPromised));
    }
    let (id, until) = (chance::bytes(), plus(now, STAYS));
    let contact = Contact { id, case, staff, way, opened: now, until, tries_left: TRIES, used: None };
    if !app.store.open_contact(contact).await? {
        return Ok(Err(No::Taken));
    }
    note(app, staff, &format!("contact-opened-{}", way.name()), case).await?;
    app.live.moved(case);
    Ok(Ok(()))
}

/// Somebody at the desk and the holder are both at the chat: that is a contact, unless there is one.
pub async fn chatting(app: &App, case: CaseRef, staff: AccountId) -> Result<(), StoreError> {
    if !stays(app, case, staff).await? {
        open(app, case, staff, Way::Chat).await?.ok();
    }
    Ok(())
}

/// Its agent is at the case: it goes on. False where they have none.
pub async fn stays(app: &App, case: CaseRef, staff: AccountId) -> Result<bool, StoreError> {
    let now = app.now();
    let Some(contact) = app.store.contact(case, now).await?.filter(|contact| contact.staff == staff) else {
        return Ok(false);
    };
    let until = plus(now, STAYS).min(plus(contact.opened, LONGEST));
    // Not with every beat of an open page.
    if until.duration_since(contact.until) > SignedDuration::from_mins(1) {
        return app.store.stay_contact(case, staff, until, now).await;
    }
    Ok(true)
}

/// Its agent has closed the case, and may be back in a moment.
pub async fn leaves(app: &App, case: CaseRef, staff: AccountId) -> Result<(), StoreError> {
    let now = app.now();
    if let Some(contact) = app.store.contact(case, now).await?.filter(|contact| contact.staff == staff) {
        app.store.stay_contact(case, staff, plus(now, LEAVES).min(contact.until), now).await?;
    }
    Ok(())
}

/// Ends it, whoever of the desk opened it: one that was forgotten would tell its holder something untrue.
pub async fn end(app: &App, case: CaseRef, staff: AccountId) -> Result<Result<(), No>, StoreError> {
    let Some(contact) = app.store.contact(case, app.now()).await? else { return Ok(Err(No::Gone)) };
    if !app.store.end_contact(case, &contact.id).await? {
        return Ok(Err(No::Gone));
    }
    note(app, staff, "contact-ended", case).await?;
    app.live.moved(case);
    Ok(Ok(()))
}

/// The agent types what the holder read out. A right code stands in the journal from then on, without its digits.
pub async fn confirm(app: &App, case: CaseRef, actor: &Actor, typed: &str) -> Result<Result<(), No>, ActError> {
    let now = app.now();
    let Actor::Agent { staff, .. } = actor else { return Ok(Err(No::Gone)) };
    let contact = app.store.contact(case, now).await?.filter(|contact| contact.staff == *staff);
    let Some(contact) = contact else { return Ok(Err(No::Gone)) };
    let wrong = format!("contact-wrong:{case}");
    if app.store.uses(&wrong, now).await? >= WRONG_A_DAY {
        return Ok(Err(No::NoMore));
    }
    let Some(left) = app.store.try_contact(&contact.id, now).await? else { return Ok(Err(No::NoMore)) };
    let (turn, shown) = turn(&contact, now);
    let before = contact.used.map_or(0, |(used, _)| used + 1);
    let mut right = same(&digits(app, &contact, turn, "theirs"), typed);
    // What was shown until a moment ago may still be on its way through the phone.
    right |= turn > before && shown < GRACE && same(&digits(app, &contact, turn - 1, "theirs"), typed);
    if right && app.store.use_contact(&contact.id, turn, now).await? {
        act(app, case, actor, &Command::Confirm { channel: contact.way.channel() }).await?;
        app.live.moved(case);
        return Ok(Ok(()));
    }
    app.store.hit(&wrong, now, DAY, WRONG_A_DAY).await?;
    Ok(Err(if left == 0 { No::NoMore } else { No::Wrong { left } }))
}

fn same(code: &str, typed: &str) -> bool {
    code.as_bytes().ct_eq(typed.as_bytes()).into()
}

/// The digits of what was typed, full-width ones too.
pub fn typed(text: &str) -> String {
    let digit = |c: char| match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        c => Some(c).filter(char::is_ascii_digit),
    };
    text.chars().take(32).filter_map(digit).take(9).collect()
}

/// A call that the desk has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Who of the desk promised it; none where the telephone did by itself.
    pub by: Option<AccountId>,
}

impl Promised {
    /// Whether the call may be made now.
    pub fn covers(&self, now: Timestamp) -> bool {
        now >= self.from.saturating_sub(AROUND).unwrap_or(Timestamp::MIN) && now <= plus(self.until, AROUND)
    }
}

/// The last promise of a case, where its time has not passed.
pub fn promised(journal: &[Entry], now: Timestamp) -> Option<Promised> {
    let of = |entry: &Entry| {
        let by = if let Actor::Agent { staff, .. } = &entry.actor { Some(*staff) } else { None };
        let promised = |event: &Event| {
            let Event::Promised { from, until } = event else { return None };
            Some(Promised { from: *from, until: *until, by })
        };
        entry.events.iter().rev().find_map(promised)
    };
    let last = journal.iter().rev().find_map(of);
    last.filter(|call| now <= plus(call.until, AROUND))
}

async fn note(app: &App, staff: AccountId, what: &str, case: CaseRef) -> Result<(), StoreError> {
    let act = Act { at: app.now(), account: Some(staff), what: what.to_owned(), detail: case.to_string() };
    app.store.audit(act).await
}

#[cfg(test)]
mod tests;
