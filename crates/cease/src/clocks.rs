//! What follows from time beside the cases: deadlines set anew when the rules have changed, and the
//! measuring of the desk that estimates are made from. All of it runs behind the commits and never in
//! them; what is lost in a crash is a sample.

mod gauge;
mod redue;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

pub use gauge::{Gauge, estimate, measure};
pub use redue::{others, redue};

use crate::app::Shared;

/// How often a process looks whether another has started with other rules.
const LOOK: SignedDuration = SignedDuration::from_mins(5);

/// The part of a worker that minds the clocks; at most one thing at a time.
pub struct Clocks {
    at: JoinHandle<()>,
    looked: Timestamp,
}

impl Clocks {
    /// Begins with what other rules may have changed, and with what is not measured yet.
    pub fn start(app: &Shared) -> Self {
        let (looked, app) = (app.now(), Arc::clone(app));
        let at = tokio::spawn(async move {
            if let Err(error) = redue(&app).await {
                tracing::error!(%error, "deadlines could not be set anew under the present rules");
            }
            if let Err(error) = gauge::look_back(&app).await {
                tracing::warn!(%error, "the desk's past could not be measured");
            }
        });
        Self { at, looked }
    }

    /// Measures what has moved since, and looks at the rules of others, unless the last time is not over.
    pub fn tick(&mut self, app: &Shared) {
        if !self.at.is_finished() {
            return;
        }
        let app = Arc::clone(app);
        if app.now().duration_since(self.looked) >= LOOK {
            self.looked = app.now();
            self.at = tokio::spawn(async move {
                match others(&app).await {
                    Ok(false) => {}
                    Ok(true) => tracing::error!(
                        "another process has started later with other rules than this one: restart the one whose \
                         cease.toml, rule packs or release are older"
                    ),
                    Err(error) => tracing::warn!(%error, "the rules of other processes could not be looked at"),
                }
            });
        } else if app.gauge.has_hints() {
            self.at = tokio::spawn(async move {
                if let Err(error) = measure(&app).await {
                    tracing::warn!(%error, "the desk could not be measured");
                }
            });
        }
    }

    pub async fn stop(self) {
        self.at.abort();
        // Its end, whichever: nothing it does is half done.
        let _ = self.at.await;
    }
}

#[cfg(test)]
mod tests;
