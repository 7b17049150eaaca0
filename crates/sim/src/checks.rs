//! The second opinion: what a desk promises, worked out from what people did and what the world
//! shows, not from what the desk thinks of itself.

use std::collections::BTreeSet;

use case::case::Step;
use case::event::chain;
use case::evolve::fold;
use case::{Actor, CardState, Case, CaseRef, Entry, Event, Outcome, Stage, Subscription, Timestamp};
use store::View;

use crate::fate::{Deed, Fate};
use crate::world::{KEY, World};

/// A broken promise, in words.
pub type Checked = Result<(), String>;

/// No card ends without a fresh proof from its holder, or two people at the desk.
pub fn may_end(fate: &Fate, case: &Case, subscription: &Subscription) -> Checked {
    let allowed = fate.with(|n| {
        let declared = n.declared.get(&case.declaration.declared_at);
        let deeds: Vec<&Deed> = declared.into_iter().chain(n.deeds.get(&case.reference)).flatten().collect();
        let owner = n.owners.get(&subscription.card).copied();
        let contested = deeds.iter().any(|d| d.command == "contest" && d.version.is_some());
        let proof = deeds.iter().any(|d| {
            let Actor::Holder { assurance, .. } = &d.actor else { return false };
            let age = assurance.at.map(|at| d.at.duration_since(at).as_secs());
            let fresh = age.is_some_and(|s| (-30..=600).contains(&s));
            fresh
                && owner.is_some()
                && assurance.account == owner
                && ["declare", "correct", "prove"].contains(&d.command)
        });
        let anew = |d: &Deed| ["correct", "contest"].contains(&d.command);
        let reset = deeds.iter().filter(|d| anew(d)).filter_map(|d| d.version).max();
        let signed: BTreeSet<_> = deeds
            .iter()
            .filter(|d| d.command == "approve" && (d.version.is_none() || d.version > reset))
            .filter_map(|d| if let Actor::Agent { staff, .. } = &d.actor { Some(*staff) } else { None })
            .collect();
        signed.len() >= 2 || (proof && !contested)
    });
    if allowed { Ok(()) } else { Err("a card was ended without proof and without two people".into()) }
}

/// What must hold of one case at any time.
pub async fn case(world: &World, reference: CaseRef) -> Checked {
    let nth = world.fate.nth(reference);
    let row = world.raw.case(reference).await.map_err(|why| format!("case {nth} cannot be read: {why}"))?;
    let journal = world.raw.journal(reference).await.map_err(|why| format!("journal {nth}: {why}"))?;
    let about = |what: String| format!("case {nth}: {what}");
    promised(world, reference, row.as_ref(), &journal).map_err(about)?;
    let Some(row) = row else { return Ok(()) };
    let given = world.given.get(&row.declaration.declared_at);
    if given != Some(&*row.declaration) {
        return Err(about("the declaration is not as it was given".into()));
    }
    chained(&journal).map_err(about)?;
    match fold(reference, &journal) {
        Some(folded) if folded == row => {}
        Some(_) | None => return Err(about("the journal gives another row".into())),
    }
    waited(world, &row, &journal).map_err(about)?;
    stands(world, &row).await.map_err(about)
}

/// Nothing that cannot be undone begins within a hold, unless two people have ended it since; nor while the account is
/// locked or after "that wasn't me", unless two people have signed since. What was under way before goes on.
fn waited(world: &World, row: &Case, journal: &[Entry]) -> Checked {
    let hold = world.app.policy.risk.hold();
    let (holds, locks) = world.fate.with(|n| {
        let locks = n.locks.iter().filter(|(who, ..)| Some(*who) == row.account).map(|(_, at, on)| (*at, *on));
        let holds = row.account.and_then(|account| n.holds.get(&account)).cloned();
        (holds.unwrap_or_default(), locks.collect::<Vec<_>>())
    });
    let (mut lifted, mut deleting, mut stopped) = (None, false, false);
    let mut signed = BTreeSet::new();
    for entry in journal {
        for event in &entry.events {
            if matches!(event, Event::HoldLifted { .. }) {
                lifted = Some(entry.at);
            }
            let contested = matches!(event, Event::Moved { to: Stage::Contested { .. }, .. });
            if contested || matches!(event, Event::LockSeen { locked: true }) {
                stopped |= contested;
                signed.clear();
            }
        }
        // A second signature may be what begins it.
        if let (Actor::Agent { staff, .. }, "approve") = (&entry.actor, entry.command.as_str()) {
            signed.insert(*staff);
        }
        for event in &entry.events {
            let Event::Moved { to, .. } = event else { continue };
            let was = std::mem::replace(&mut deleting, matches!(to, Stage::Ceasing { step: Step::Deleting, .. }));
            if was || !deleting {
                continue;
            }
            let ended = |at: &Timestamp| lifted.is_some_and(|lifted| lifted >= *at);
            let begun = format!("its deletion began at {}", entry.at);
            if holds.iter().any(|at| *at < entry.at && entry.at < *at + hold && !ended(at)) {
                return Err(format!("{begun} within a hold"));
            }
            // What waited goes on in the instant in which the lock is taken off.
            let opened = locks.iter().any(|(at, on)| *at == entry.at && !on);
            let locked = !opened && locks.iter().rev().find(|(at, _)| *at < entry.at).is_some_and(|(_, on)| *on);
            if locked && signed.len() < 2 {
                return Err(format!("{begun} while its account was locked"));
            }
            if stopped && signed.len() < 2 {
                return Err(format!("{begun} although somebody had stopped it"));
            }
        }
    }
    Ok(())
}

/// What was acknowledged is there, each version as it was answered.
fn promised(world: &World, reference: CaseRef, row: Option<&Case>, journal: &[Entry]) -> Checked {
    for (version, chain) in world.promises.get(&reference).into_iter().flatten() {
        let kept = row.is_some_and(|row| row.version >= *version)
            && journal.iter().any(|entry| entry.version == *version && entry.chain == *chain);
        if !kept {
            return Err(format!("version {version} was acknowledged and is not there"));
        }
    }
    Ok(())
}

fn chained(journal: &[Entry]) -> Checked {
    let mut previous: Option<&Entry> = None;
    for (i, entry) in journal.iter().enumerate() {
        if entry.version != i as u64 + 1 {
            return Err(format!("the journal's chain is broken: entry {} is {}", i + 1, entry.version));
        }
        let json = serde_json::to_string(&entry.events).map_err(|why| why.to_string())?;
        let before = previous.map_or("", |p| p.chain.as_str());
        if entry.chain != chain(before, entry.at, &entry.actor, &entry.command, entry.version, &json) {
            return Err(format!("the journal's chain is broken at {}", entry.version));
        }
        if previous.is_some_and(|p| p.at > entry.at) {
            return Err(format!("the journal goes back in time at {}", entry.version));
        }
        previous = Some(entry);
    }
    Ok(())
}

/// What a case says of the world is so.
async fn stands(world: &World, row: &Case) -> Checked {
    let over = row.stage.has_ended();
    if let (true, Some(subscription)) = (over, &row.subscription) {
        let card = world.raw.card(subscription.card).await.map_err(|why| why.to_string())?;
        let state = card.filter(|c| c.generation == subscription.generation).map(|c| c.state);
        if state != Some(CardState::Ceased) {
            return Err(format!("it has ceased, but its card is {state:?}"));
        }
    }
    if over && row.subscription.is_none() {
        return Err("it has ceased without a card".into());
    }
    Ok(())
}

/// What must hold of the desk as a whole, at rest.
pub async fn desk(world: &World) -> Checked {
    let rows = rows(world).await?;
    let mut forms = BTreeSet::new();
    for row in &rows {
        case(world, row.reference).await?;
        if !forms.insert(row.declaration.declared_at) {
            return Err("one form became two cases".into());
        }
    }
    for reference in world.promises.keys() {
        if !rows.iter().any(|row| row.reference == *reference) {
            return Err(format!("case {}: a declaration was acknowledged and is gone", world.fate.nth(*reference)));
        }
    }
    let owed: usize = rows.iter().map(|row| row.owed.len()).sum();
    let outbox = world.raw.outbox().await.map_err(|why| why.to_string())?;
    if outbox.waiting != owed as u64 {
        return Err(format!("the outbox holds {} and {owed} are owed", outbox.waiting));
    }
    let counts = world.raw.counts().await.map_err(|why| why.to_string())?;
    for (name, count) in Stage::NAMES.into_iter().zip(counts) {
        let there = rows.iter().filter(|row| row.stage.name() == name).count();
        if there as u64 != count {
            return Err(format!("{count} cases are counted as {name}, and {there} are"));
        }
    }
    Ok(())
}

pub async fn rows(world: &World) -> Result<Vec<Case>, String> {
    let found = world.raw.list(View::All, None, 1000).await.map_err(|why| why.to_string())?;
    let mut rows: Vec<Case> = found.into_iter().map(|summary| summary.case).collect();
    rows.sort_by_key(|row| world.fate.nth(row.reference));
    Ok(rows)
}

/// What must hold when every fault has stopped and time has passed.
pub async fn end(world: &World) -> Checked {
    let rows = rows(world).await?;
    for row in &rows {
        if matches!(row.stage, Stage::Closed { .. } | Stage::Ceased { .. }) {
            certificate(world, row).await.map_err(|why| format!("case {}: {why}", world.fate.nth(row.reference)))?;
        }
    }
    for card in &world.cast.cards {
        let subscription = card.subscription();
        let now = world.raw.card(card.id).await.map_err(|why| why.to_string())?.map(|c| c.state);
        let ending = rows.iter().any(|row| {
            let deleting = matches!(
                row.stage,
                Stage::Ceased { .. } | Stage::Closed { .. } | Stage::Ceasing { step: Step::Deleting, .. }
            );
            deleting && row.subscription.as_ref() == Some(&subscription)
        });
        let meant = if ending { CardState::Ceased } else { CardState::Active };
        if now != Some(meant) {
            let id = card.id.key();
            return Err(match meant {
                CardState::Ceased => format!("card {id} was to be ended and is {now:?}"),
                CardState::Active | CardState::Barred => format!("nobody ended this card ({id}), and it is {now:?}"),
            });
        }
    }
    Ok(())
}

/// Exactly one, signed by the desk, about this case and this card.
async fn certificate(world: &World, row: &Case) -> Checked {
    let journal = world.raw.journal(row.reference).await.map_err(|why| why.to_string())?;
    let files: Vec<(&String, &String)> = journal.iter().flat_map(|entry| &entry.events).filter_map(certified).collect();
    let [(file, digest)] = files.as_slice() else {
        return Err(format!("it has {} certificates", files.len()));
    };
    let real = cease::keys::hex_of(&cease::keys::sha256(file.as_bytes()));
    if row.stage.certificate() != Some(digest.as_str()) || **digest != real {
        return Err("its certificate has another digest".into());
    }
    let published = cease::keys::Keys::in_memory(KEY).map_err(|why| why.to_string())?;
    let key = published.signing().public();
    let proof::Verdict::Valid { document: proof::Document::Certificate(document), .. } =
        proof::verify(file.as_bytes(), &[key])
    else {
        return Err("its certificate does not verify".into());
    };
    let card = match &row.subscription {
        Some(s) => world.raw.card(s.card).await.map_err(|why| why.to_string())?,
        None => None,
    };
    let number = card.as_ref().map_or("", |card| card.number().1);
    let head = cease::keys::hex_of(&document.journal_head);
    let fits = document.reference == row.reference.to_string()
        && document.received_at == row.times.received
        && Some(document.ceased_at) == row.times.network_cease
        && document.card.number.matches(number)
        && journal.iter().any(|entry| entry.chain == head);
    if fits { Ok(()) } else { Err("its certificate is about something else".into()) }
}

fn certified(event: &Event) -> Option<(&String, &String)> {
    if let Event::Settled { outcome: Outcome::Certified { file, digest }, .. } = event {
        Some((file, digest))
    } else {
        None
    }
}
