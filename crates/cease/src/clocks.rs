//! What follows from time beside the cases: deadlines set anew when the rules have changed, and the
//! measuring of the desk that estimates are made from. All of it runs behind the commits and never in
//! them; what is lost in a crash is a sample.

mod gauge;
mod redue;

use std::sync::Arc;

use tokio::task::JoinHandle;

pub use gauge::{Gauge, estimate, measure};
pub use redue::redue;

use crate::app::Shared;

/// The part of a worker that minds the clocks; at most one thing at a time.
pub struct Clocks(JoinHandle<()>);

impl Clocks {
    /// Begins with what other rules may have changed, and with what is not measured yet.
    pub fn start(app: &Shared) -> Self {
        let app = Arc::clone(app);
        Self(tokio::spawn(async move {
            if let Err(error) = redue(&app).await {
                tracing::error!(%error, "deadlines could not be set anew under the present rules");
            }
            if let Err(error) = gauge::look_back(&app).await {
                tracing::warn!(%error, "the desk's past could not be measured");
            }
        }))
    }

    /// Measures what has moved since, unless the last time is not over.
    pub fn tick(&mut self, app: &Shared) {
        if self.0.is_finished() && app.gauge.has_hints() {
            let app = Arc::clone(app);
            self.0 = tokio::spawn(async move {
                if let Err(error) = measure(&app).await {
                    tracing::warn!(%error, "the desk could not be measured");
                }
            });
        }
    }

    pub async fn stop(self) {
        self.0.abort();
        // Its end, whichever: nothing it does is half done.
        let _ = self.0.await;
    }
}

#[cfg(test)]
mod tests;
