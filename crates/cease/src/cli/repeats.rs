//! A warning that would be word for word one of the last minute is not written. What asks for work every second would
//! otherwise fill the log while a store or a mailbox is away, and hide what else happens.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// As many lines as are remembered; more different ones within a minute are no repeats.
const MANY: usize = 1_000;

/// By where it is said and what it says: when it was last written.
pub(super) struct Repeats {
    apart: Duration,
    written: Mutex<HashMap<(Identifier, String), Instant>>,
}

impl Repeats {
    pub(super) fn apart(apart: Duration) -> Self {
        Self { apart, written: Mutex::default() }
    }

    fn is_new(&self, event: &Event<'_>) -> bool {
        let mut says = Says(String::new());
        event.record(&mut says);
        let (line, now) = ((event.metadata().callsite(), says.0), Instant::now());
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let recent = |at: &Instant| now.duration_since(*at) < self.apart;
        if written.get(&line).is_some_and(recent) {
            return false;
        }
        if written.len() >= MANY {
            written.retain(|_, at| recent(at));
        }
        if written.len() < MANY {
            written.insert(line, now);
        }
        true
    }
}

/// A layer over all others, and not a filter of one: a filter that lets an event go after it was wanted trips over a check
/// of `tracing-subscriber` itself.
impl<S: Subscriber> Layer<S> for Repeats {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        *event.metadata().level() > Level::WARN || self.is_new(event)
    }
}

struct Says(String);

impl Visit for Says {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::testing::Lines;

    /// What stands in the log of `say`, line by line.
    fn written(apart: Duration, say: impl FnOnce()) -> Vec<String> {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).without_time();
        let filter = tracing_subscriber::EnvFilter::new("info");
        let all = tracing_subscriber::registry()
            .with(filter)
            .with(Repeats::apart(apart))
            .with(layer.with_target(false).with_ansi(false));
        tracing::subscriber::with_default(all, say);
        lines.text().lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn the_same_warning_is_written_once_a_minute_and_others_beside_it() {
        let say = || {
            for case in [1, 1, 2, 1] {
                tracing::error!(case, "a deadline could not be kept");
            }
            for _ in 0..2 {
                tracing::debug!("nobody wants to know");
                tracing::info!("a desk listens");
            }
            tracing::warn!(case = 1, "a deadline could not be kept");
        };
        let [one, two] = [1, 2].map(|case| format!("ERROR a deadline could not be kept case={case}"));
        let rest = ["INFO a desk listens", "INFO a desk listens", "WARN a deadline could not be kept case=1"];
        let whole = |first: &[&str]| first.iter().chain(&rest).map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(written(Duration::from_secs(60), say), whole(&[&one, &two]));
        assert_eq!(written(Duration::ZERO, say), whole(&[&one, &one, &two, &one]));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let say = || {
            for case in (0..=MANY).chain(0..=MANY) {
                tracing::error!(case, "a deadline could not be kept");
            }
        };
        let last = format!("ERROR a deadline could not be kept case={MANY}");
        let written = written(Duration::from_secs(60), say);
        assert_eq!(written.len(), MANY + 2, "those that are remembered once, the last both times");
        assert_eq!(written[MANY..], [last.clone(), last]);
    }
}
