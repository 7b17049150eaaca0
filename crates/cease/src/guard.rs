//! What holds a card back, as far as it is found out here and not decided: facts of an account, of who acts and
//! from where, gathered for [`case::decide`]; and everybody told of what has become known.
//!
//! What happens to an account is remembered with it ([`store::Guards`]) in one write. Telling its contacts, old
//! and new, and its open cases comes after, by a worker, and again after a crash; a case looks by itself before it
//! does anything that cannot be undone.

pub mod stop;

use case::risk::{self, Bearing};
use case::{AccountId, Actor, Case, CaseRef, Channel, Command, Fact, Known, Person, Record, Seen, Timestamp};
use reach::sim_swap::Swap;
use store::{Account, Guard, Guarded, StoreError};

use crate::account;
use crate::act::{self, ActError};
use crate::app::App;
use crate::web::Visit;

/// Told of in one go.
const AT_ONCE: u32 = 32;

/// Everything that the decision on this command may need to know. One read where there is an account; two more
/// where a member of staff decides.
pub async fn known(
    app: &App,
    case: Option<&Case>,
    record: Option<&Record>,
    actor: &Actor,
    command: &Command,
    more: &[Seen],
) -> Result<Known, StoreError> {
    let number_given = command.wants_record();
    let account = if number_given { record.map(|r| r.card.account) } else { case.and_then(|case| case.account) };
    let mut known = Known { facts: more.to_vec(), locked: false };
    let Some(account) = account else { return Ok(known) };
    let close = async {
        let decides = matches!(command, Command::Approve { .. } | Command::Resume { .. } | Command::LiftHold { .. });
        match actor {
            Actor::Agent { staff, .. } if decides => is_close(app, *staff, account, case).await,
            Actor::Holder { .. } | Actor::Agent { .. } | Actor::Clock | Actor::Network | Actor::Api { .. } => Ok(false),
        }
    };
    let (guards, elsewhere, close) =
        tokio::try_join!(app.store.guards(account, app.now()), other_channel(app, account, command), close)?;
    for guard in guards {
        match guard.what {
            Guarded::Locked => known.locked = true,
            Guarded::Unlocked => {}
            Guarded::Happened(fact) => known.facts.push(Seen { fact, at: guard.at }),
        }
    }
    if elsewhere {
        known.facts.push(Seen { fact: Fact::OtherChannel, at: app.now() });
    }
    if close {
        known.facts.push(Seen { fact: Fact::OwnCase, at: app.now() });
    }
    Ok(known)
}

/// Whether who acts at the desk is the holder, or close to them.
async fn is_close(app: &App, staff: AccountId, account: AccountId, case: Option<&Case>) -> Result<bool, StoreError> {
    if staff == account {
        return Ok(true);
    }
    let (me, holder) = tokio::try_join!(app.store.account(staff), app.store.account(account))?;
    let (Some(me), Some(holder)) = (me, holder) else { return Ok(false) };
    let region = app.policy.identify.default_region;
    let close = |person: &Person| risk::close(&me.person, person, region);
    Ok(close(&holder.person) || case.is_some_and(|case| close(&case.person)))
}

/// Remembers that something happened to an account, with the contacts it had before, and hurries the worker.
pub async fn happened(app: &App, before: &Account, fact: Fact) -> Result<(), StoreError> {
    let Person { email, phone, .. } = before.person.clone();
    app.store.put_guard(Guard { email, phone, ..Guard::happened(before.id, fact, app.now()) }).await?;
    app.owed.notify_one();
    Ok(())
}

/// Before a code that came by text, or a text itself, is believed: whether the SIM behind that number of an account is
/// still the one it was. Nothing of it stops anybody here; what it means is decided with the case.
pub async fn sim(app: &App, account: AccountId, phone: &str) -> Result<(), StoreError> {
    let Some(network) = &app.sim_swap else { return Ok(()) };
    let Some(phone) = crate::work::letters::e164(phone, &app.policy) else { return Ok(()) };
    let hours = app.config.sim_swap.as_ref().map_or(72, |settings| settings.max_age_hours);
    let (fact, at) = match network.within(&phone, hours).await {
        Swap::Same => return Ok(()),
        Swap::Swapped(at) => (Fact::SimSwapped, at.unwrap_or(app.now()).min(app.now())),
        Swap::Unknown(why) => {
            tracing::warn!(%why, "nobody could say whether a SIM was swapped");
            (Fact::SimUnknown, app.now())
        }
    };
    // That something is not known is for the desk to see and for nobody to be told.
    let untold = fact == Fact::SimSwapped;
    app.store.put_guard(Guard { untold, ..Guard::happened(account, fact, at) }).await?;
    Ok(())
}

/// Somebody has just shown in this browser that they are the holder. The first browser of an account is none that is
/// new to it; a further one is a fact of the account for as long as any rules hold a card.
pub async fn browser(app: &App, visit: &Visit, account: AccountId) -> Result<(), StoreError> {
    let now = app.now();
    let browsers = app.store.note_browser(account, &visit.browser_of(app, account), now).await?;
    if browsers.known || browsers.others == 0 {
        return Ok(());
    }
    // Contacts are told where it holds something.
    let untold = app.policy.risk.new_device == Bearing::Hold;
    app.store.put_guard(Guard { untold, ..Guard::happened(account, Fact::NewDevice, now) }).await?;
    Ok(())
}

/// Whether somebody who has declared before has never done so by this channel. Asked of what comes past the counter
/// only: who is there has shown more than a channel tells.
async fn other_channel(app: &App, account: AccountId, command: &Command) -> Result<bool, StoreError> {
    let Command::Declare { declaration, .. } = command else { return Ok(false) };
    if declaration.channel == Channel::Web {
        return Ok(false);
    }
    let before = app.store.cases_of(account).await?;
    Ok(!before.is_empty() && before.iter().all(|one| one.case.declaration.channel != declaration.channel))
}

/// Locks an account against cancellation; false where it is locked.
pub async fn lock(app: &App, account: AccountId) -> Result<bool, StoreError> {
    let new = app.store.put_guard(Guard::lock(account, app.now())).await?;
    look(app).await?;
    Ok(new)
}

/// Locks it at the desk: the case at which somebody did says who, and the others of the account follow by themselves.
pub async fn lock_at(app: &App, account: AccountId, at: CaseRef, by: &Actor) -> Result<(), ActError> {
    app.store.put_guard(Guard::lock(account, app.now())).await?;
    match act::act(app, at, by, &Command::Heed).await {
        Ok(_) | Err(ActError::Refused(_)) => {}
        Err(other @ (ActError::NoSuchCase | ActError::Store(_))) => return Err(other),
    }
    look(app).await?;
    Ok(())
}

pub async fn unlock(app: &App, account: AccountId) -> Result<bool, StoreError> {
    let was = app.store.unlock(account, app.now()).await?;
    look(app).await?;
    Ok(was)
}

/// What holds the cards of an account now, as its page shows it.
#[derive(Debug, Default)]
pub struct Standing {
    pub locked: Option<Timestamp>,
    /// What holds, and until when.
    pub holds: Vec<(Fact, Timestamp)>,
}

pub async fn standing(app: &App, account: AccountId) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    for guard in app.store.guards(account, app.now()).await? {
        match guard.what {
            Guarded::Locked => standing.locked = Some(guard.at),
            Guarded::Unlocked => {}
            Guarded::Happened(fact) if app.policy.risk.of(fact) == Bearing::Hold => {
                let until = guard.at.saturating_add(app.policy.risk.hold()).unwrap_or(Timestamp::MAX);
                if until > app.now() {
                    standing.holds.push((fact, until));
                }
            }
            Guarded::Happened(_) => {}
        }
    }
    Ok(standing)
}

/// Contacts that were known before and may not be any more: they hear of everything while it counts.
pub async fn former(app: &App, account: AccountId) -> Result<Vec<Person>, StoreError> {
    let guards = app.store.guards(account, app.now()).await?;
    let known = guards.into_iter().filter(|guard| guard.email.is_some() || guard.phone.is_some());
    Ok(known.map(|g| Person { email: g.email, phone: g.phone, ..Person::default() }).collect())
}

/// Tells what has not been told. Answers how much there was.
pub async fn look(app: &App) -> Result<usize, StoreError> {
    let untold = app.store.untold(AT_ONCE).await?;
    for guard in &untold {
        tell(app, guard).await?;
    }
    Ok(untold.len())
}

/// The cases first: they are what is at stake. What is to be told is written down with the word that it is told,
/// and each letter has a name of its own.
async fn tell(app: &App, guard: &Guard) -> Result<(), StoreError> {
    for summary in app.store.cases_of(guard.account).await? {
        let reference = summary.case.reference;
        match act::act(app, reference, &Actor::Clock, &Command::Heed).await {
            Ok(_) | Err(ActError::Refused(_) | ActError::NoSuchCase) => {}
            Err(ActError::Store(error)) => return Err(error),
        }
    }
    let Some(account) = app.store.account(guard.account).await? else {
        return app.store.told(guard, Vec::new(), app.now()).await.map(drop);
    };
    let former = former(app, account.id).await?;
    account::guarded(app, &account, &former, guard).await
}

#[cfg(test)]
mod tests;
