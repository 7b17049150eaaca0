//! Sends what the contacts of accounts have still to be told, where that was not done beside the answer
//! ([`account::notice`](crate::account) writes it down, and tries it first): with the pauses of letters, past the same
//! outages, and for as long. A row is whoever's claimed it, and goes when its carrier has taken the message.

use std::sync::Arc;

use case::Timestamp;
use reach::{Failure, Mailer, Texter};
use store::{Act, AnyStore, NoticeOwed, StoreError};
use tokio::task::{JoinHandle, JoinSet};

use super::breaker::{Far, Whose, spread};
use super::{LEASE, back_off, finished, outage};
use crate::account;
use crate::app::{App, Shared};
use crate::keys::sha256;

/// Sent side by side.
const MANY: u32 = 32;

/// The part of a worker that sends them: one round at a time, for which nothing else waits.
#[derive(Default)]
pub struct Post(Option<JoinHandle<()>>);

impl Post {
    pub fn tick(&mut self, app: &Shared) {
        if self.0.as_ref().is_some_and(|round| !round.is_finished()) {
            return;
        }
        let app = Arc::clone(app);
        self.0 = Some(tokio::spawn(async move {
            if let Err(error) = round(&app).await {
                tracing::error!(%error, "notices about accounts are not sent");
            }
        }));
    }

    /// What is in hand is finished first.
    pub async fn stop(self) {
        if let Some(round) = self.0 {
            finished(round.await);
        }
    }
}

/// Sends what is due. Answers how much there was.
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    outage::take_over(app).await?;
    // The world is not touched where what came of it could not be written.
    crate::log::admit(app).await?;
    let due = app.store.claim_notices(app.now(), LEASE, MANY).await?;
    let many = due.len();
    let mut sending = JoinSet::new();
    for owed in due {
        let app = Arc::clone(app);
        sending.spawn(async move {
            if let Err(error) = send(&app, &owed).await {
                tracing::error!(key = %owed.key, %error, "a notice was not seen to; its lease will end");
            }
        });
    }
    while let Some(done) = sending.join_next().await {
        finished(done);
    }
    Ok(many)
}

async fn send(app: &App, owed: &NoticeOwed) -> Result<(), StoreError> {
    // Whose account is gone has nothing to be told of.
    let Some(account) = app.store.account(owed.account).await? else {
        return app.store.end_notice(&owed.key, owed.n).await;
    };
    let whose = whose(owed);
    let (mailer, texter) = outage::carriers(app, whose);
    let sent = match account::word(app, &account, owed) {
        Some(worded) => {
            let message = worded.message().await;
            match (owed.by_text, mailer, texter) {
                (false, Some(mailer), _) => mailer.send(&message, app.now()).await,
                (true, _, Some(texter)) => texter.send(&message, app.now()).await.map(drop),
                (false, None, _) | (true, _, None) => Err(Failure::Retry("nobody carries it any more".into())),
            }
        }
        None => Err(Failure::GiveUp("it cannot be read: it was sealed with another key, or is damaged".into())),
    };
    let far = if owed.by_text { Far::Sms } else { Far::Mail };
    let again = || outage::pause(app, &[far], whose, owed.attempts, owed.at, owed.n);
    settle(&app.store, owed, app.now(), sent, again).await
}

fn whose(owed: &NoticeOwed) -> Whose {
    let [a, b, c, d, e, f, g, h, ..] = sha256(format!("{}/{}", owed.key, owed.n).as_bytes());
    Whose::Notice(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

/// When it is tried again after the first try.
pub fn next(owed: &NoticeOwed, now: Timestamp) -> Timestamp {
    now.saturating_add(spread(back_off(0), owed.at, owed.n)).unwrap_or(Timestamp::MAX)
}

/// What comes of a try: it goes, or is put back until `again` and counts as a try or not; none gives it up.
pub async fn settle(
    store: &AnyStore,
    owed: &NoticeOwed,
    now: Timestamp,
    sent: Result<(), Failure>,
    again: impl FnOnce() -> Option<(Timestamp, bool)>,
) -> Result<(), StoreError> {
    let (key, n) = (&owed.key, owed.n);
    let why = match sent {
        Ok(()) => return store.end_notice(key, n).await,
        Err(Failure::Retry(why) | Failure::NotYet(why)) => match again() {
            Some((not_before, tried)) => {
                tracing::warn!(%key, %why, "a notice about an account will be tried again");
                return store.put_off_notice(key, n, not_before, tried).await;
            }
            None => why,
        },
        Err(Failure::GiveUp(why)) => why,
    };
    tracing::error!(%key, %why, "a notice about an account was not sent");
    store.give_up_notice(key, n, now).await?;
    let way = if owed.by_text { "sms" } else { "mail" };
    let detail = format!("{} by {way}", owed.what);
    store.audit(Act { at: now, account: Some(owed.account), what: "notice-given-up".into(), detail }).await
}

#[cfg(test)]
mod tests;
