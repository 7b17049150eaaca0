//! One change asked of the network. What became of a try that was never answered is observed, not guessed:
//! whoever tries again first asks what is so, and only then asks for the change, under the same key.

use case::Subscription;
use reach::{Failure, Line, Observed, ReadBack};
use store::Claimed;

use super::breaker::Far;
use super::outage::ask;
use crate::app::App;
use crate::network::line;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Barred,
    Active,
    Gone,
}

impl Wanted {
    /// Gone fits always: another case has ended the card meanwhile, and there is nothing to bar or put back.
    fn is(self, observed: Observed) -> bool {
        match self {
            Wanted::Barred => observed == Observed::Barred || observed == Observed::Gone,
            Wanted::Active => observed == Observed::Active || observed == Observed::Gone,
            Wanted::Gone => observed == Observed::Gone,
        }
    }
}

/// Observe, change, observe again. Our own record, which reads back itself, is asked once.
pub async fn change(
    app: &App,
    claim: &Claimed,
    subscription: &Subscription,
    wanted: Wanted,
) -> Result<ReadBack, Failure> {
    let Some(line) = line(app, subscription).await? else {
        return Ok(ReadBack::new(Observed::Gone, "no such activation", app.now()));
    };
    let read = ask(app, Far::Network, claim.id, steps(app, claim, &line, wanted)).await?;
    // Done means read back: a change that cannot be seen has not happened.
    if wanted.is(read.observed) {
        Ok(read)
    } else {
        Err(Failure::Retry(format!("read back {:?}: {}", read.observed, read.evidence)))
    }
}

/// What is so, and nothing changed.
pub async fn look(app: &App, claim: &Claimed, subscription: &Subscription) -> Result<ReadBack, Failure> {
    match line(app, subscription).await? {
        Some(line) => ask(app, Far::Network, claim.id, app.element.observe(&line, app.now())).await,
        None => Ok(ReadBack::new(Observed::Gone, "no such activation", app.now())),
    }
}

async fn steps(app: &App, claim: &Claimed, line: &Line, wanted: Wanted) -> Result<ReadBack, Failure> {
    let (element, key) = (&app.element, claim.id);
    let now = || app.now();
    if claim.attempts > 0 || !element.reads_back_itself() {
        let seen = element.observe(line, now()).await?;
        // Putting a card back harms nobody twice, and a bar may still be on its way: that is always asked for.
        // Nor is an end of which a look does not tell all, such as that a profile is left on a device.
        let unseen = wanted == Wanted::Gone && element.tells_only_when_asked();
        if wanted.is(seen.observed) && seen.observed != Observed::Active && !unseen {
            return Ok(ReadBack { evidence: format!("observed: {}", seen.evidence), ..seen });
        }
    }
    let read = match wanted {
        Wanted::Barred => element.bar(line, key, now()).await?,
        Wanted::Active => element.unbar(line, key, now()).await?,
        Wanted::Gone => element.cease(line, key, now()).await?,
    };
    if element.reads_back_itself() {
        return Ok(read);
    }
    let seen = element.observe(line, now()).await?;
    // Both agree: what the change itself was told says more, such as that a profile is left on a device.
    if wanted.is(read.observed) && wanted.is(seen.observed) { Ok(ReadBack { at: seen.at, ..read }) } else { Ok(seen) }
}

#[cfg(test)]
mod tests;
