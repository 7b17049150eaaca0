//! Reads the mailbox for as long as the desk runs: what waits is kept, put away, and looked at; then it
//! waits for more. Whatever breaks is begun again, at longer and longer intervals.

use std::sync::Arc;
use std::time::Duration;

use reach::Failure;
use reach::mail::inbox::{Away, Post};
use reach::mail::read::{BYTES, HEADER_BYTES};

use super::intake;
use crate::app::Shared;

/// Without a word from the server we look ourselves.
const LOOK: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Reads until told to stop. Stopping anywhere loses nothing.
pub async fn run(app: Shared, post: Arc<dyn Post>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::select! {
            () = &mut stop => return,
            why = session(&app, &*post, &mut pause) => {
                tracing::warn!(%why, seconds = pause.as_secs(), "the mailbox will be opened again");
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// One connection, until it breaks; answers why it did.
async fn session(app: &Shared, post: &dyn Post, pause: &mut Duration) -> Failure {
    let lasting = async {
        look(app).await?;
        let mut mailbox = post.open().await?;
        loop {
            let waiting = mailbox.waiting().await?;
            for message in &waiting {
                let whole = message.bytes <= BYTES;
                let raw = mailbox.fetch(message.number, if whole { BYTES } else { HEADER_BYTES }).await?;
                let id = intake::keep(app, raw, message.bytes).await.map_err(|e| Failure::Retry(e.to_string()))?;
                mailbox.put_away(message.number, if whole { Away::Done } else { Away::Failed }).await?;
                if let Err(error) = intake::process(app, &id).await {
                    tracing::error!(%error, "a mail is kept and will be looked at again");
                }
            }
            *pause = FIRST_PAUSE;
            if waiting.is_empty() {
                mailbox.wait(LOOK).await?;
                look(app).await?;
            }
        }
    };
    let done: Result<(), Failure> = lasting.await;
    done.err().unwrap_or_else(|| Failure::Retry("the mailbox ended".into()))
}

/// What was kept, and not looked at before somebody or something stopped us.
async fn look(app: &Shared) -> Result<(), Failure> {
    intake::pending(app).await.map_err(|e| Failure::Retry(e.to_string()))
}
