//! How a life ends: the storm is over, people do what is theirs to do, and time passes until nothing
//! is left to be done. What then still hangs would hang for ever.

use case::{Actor, CardState, Case, Command, Need, Refusal, Role, Stage};
use cease::act::ActError;
use jiff::SignedDuration;

use crate::checks::{Checked, rows};
use crate::people::staff;
use crate::world::{World, noted};

/// Days after which everything must have come to its end: forty of minimum term, forty wanted, thirty of
/// watch, two weeks of patience and two of tries, one after the other.
const DAYS: u32 = 160;
/// Rounds at one moment after which the workers run in circles.
const ROUNDS: u32 = 60;

/// Lives on in calm weather until everything is done.
pub async fn drain(world: &mut World) -> Checked {
    world.fate.with(|n| {
        n.storm = 0;
        (n.element_out, n.mail_out) = Default::default();
    });
    world.element.deliver_late(world.fate.now());
    for _ in 0..DAYS {
        rest(world).await?;
        people(world).await?;
        rest(world).await?;
        let rows = rows(world).await?;
        if rows.iter().all(over) {
            return Ok(());
        }
        world.fate.pass(SignedDuration::from_hours(24));
    }
    let rows = rows(world).await?;
    match rows.iter().find(|row| !over(row)) {
        Some(row) => {
            let (nth, stage) = (world.fate.nth(row.reference), row.stage.name());
            Err(format!("case {nth}: it did not come to its end: {stage}, owes {:?}, {:?}", row.owed, row.flags))
        }
        None => Ok(()),
    }
}

fn over(row: &Case) -> bool {
    let last = match &row.stage {
        Stage::Closed { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. } => true,
        Stage::Received { .. }
        | Stage::Review { .. }
        | Stage::Scheduled { .. }
        | Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Contested { .. } => false,
    };
    last && row.owed.is_empty()
}

/// Until the workers find nothing more at this moment.
pub async fn rest(world: &World) -> Checked {
    let mut leased = false;
    for _ in 0..ROUNDS {
        match cease::work::round(&world.app).await {
            // What a lost worker held is free again after two minutes.
            Ok(0) if !leased => {
                leased = true;
                world.fate.pass(SignedDuration::from_secs(121));
            }
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(why) => return Err(format!("the workers failed in calm weather: {why}")),
        }
    }
    Err("the workers run in circles: a round always finds something to do".into())
}

/// The desk does its work.
async fn people(world: &World) -> Checked {
    for row in rows(world).await? {
        let stuck = row.flags.contains(&case::Flag::Stuck);
        match &row.stage {
            Stage::Received { needs, .. } if needs.contains(&Need::Card) => {
                one(world, &row, 1, Command::ReceiveCard).await?;
            }
            Stage::Review { .. } => decide(world, &row).await?,
            _ if stuck && !gone(world, &row).await? => {
                one(world, &row, 1, Command::Resume { reason: "try again".into() }).await?;
            }
            Stage::Contested { .. } => {
                one(world, &row, 1, refusal()).await?;
            }
            Stage::Received { .. }
            | Stage::Scheduled { .. }
            | Stage::Ceasing { .. }
            | Stage::Ceased { .. }
            | Stage::Closed { .. }
            | Stage::Refused { .. }
            | Stage::Withdrawn { .. } => {}
        }
    }
    Ok(())
}

fn refusal() -> Command {
    Command::Refuse { reason: "it was not the holder".into(), way_out: "come with papers".into() }
}

/// Two people sign; what cannot be signed is refused.
async fn decide(world: &World, row: &Case) -> Checked {
    for who in [1, 2] {
        let no = one(world, row, who, Command::Approve { evidence: "papers seen".into() }).await?;
        if matches!(no, Some(Refusal::StillLacking | Refusal::AlreadyCeased | Refusal::Rival)) {
            one(world, row, who, refusal()).await?;
        }
    }
    Ok(())
}

async fn one(world: &World, row: &Case, who: u64, command: Command) -> Result<Option<Refusal>, String> {
    let actor: Actor = staff(who, Role::Approver);
    match noted(&world.app, &world.fate, row.reference, actor, &command).await {
        Ok(_) => Ok(None),
        Err(ActError::Refused(refusal)) => Ok(Some(refusal)),
        Err(why) => Err(format!("case {}: {} in calm weather: {why}", world.fate.nth(row.reference), command.name())),
    }
}

/// Ended by another case: there is nothing to put back.
async fn gone(world: &World, row: &Case) -> Result<bool, String> {
    let Some(subscription) = &row.subscription else { return Ok(false) };
    let card = world.raw.card(subscription.card).await.map_err(|why| why.to_string())?;
    let undo = matches!(row.stage, Stage::Contested { .. } | Stage::Refused { .. } | Stage::Withdrawn { .. });
    Ok(undo && card.is_some_and(|card| card.state == CardState::Ceased))
}
