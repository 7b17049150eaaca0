//! How fast texts go: so many a second, and fewer when the SMSC says that it is too much.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The first pause after "too much", and the longest; each in a row is twice the last.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

pub(super) struct Pace {
    every: Duration,
    turn: Mutex<Turn>,
}

struct Turn {
    /// When the next may go.
    next: Instant,
    /// Nothing goes before, whatever turn it has.
    held: Instant,
    /// How long everything was held the last time; none since it went well.
    paused: Option<Duration>,
}

impl Pace {
    pub fn new(a_second: u32) -> Self {
        let (every, now) = (Duration::from_secs(1) / a_second.max(1), Instant::now());
        Self { every, turn: Mutex::new(Turn { next: now, held: now, paused: None }) }
    }

    /// Waits for its turn; false, and no turn taken, where that would not come in time.
    pub async fn turn(&self, until: Instant) -> bool {
        loop {
            let at = {
                let mut turn = self.lock();
                let at = turn.next.max(turn.held).max(Instant::now());
                if at > until {
                    return false;
                }
                turn.next = at + self.every;
                at
            };
            // Timers are no finer than this.
            if at > Instant::now() + Duration::from_millis(1) {
                sleep_until(at).await;
            }
            if self.lock().held <= Instant::now() {
                return true;
            }
        }
    }

    /// The SMSC wants less: nothing goes for a while. Answers that were under way when it said so are one with it.
    pub fn slower(&self) {
        let (mut turn, now) = (self.lock(), Instant::now());
        if turn.held > now {
            return;
        }
        let pause = turn.paused.map_or(PAUSE, |last| (last * 2).min(LONGEST));
        (turn.paused, turn.held) = (Some(pause), now + pause);
    }

    pub fn well(&self) {
        let mut turn = self.lock();
        if turn.held <= Instant::now() {
            turn.paused = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_at_the_rate_and_not_beyond_their_deadline() {
        let (pace, began) = (Pace::new(10), Instant::now());
        for _ in 0..21 {
            assert!(pace.turn(began + Duration::from_secs(10)).await);
        }
        assert_eq!(began.elapsed().as_millis() / 10, 200, "the first at once, twenty more in two seconds");
        assert!(!pace.turn(Instant::now() + Duration::from_millis(50)).await, "its turn would come later");
        assert!(pace.turn(Instant::now() + Duration::from_millis(150)).await, "and was left to the next");
    }

    #[tokio::test(start_paused = true)]
    async fn too_much_is_answered_by_longer_and_longer_pauses() {
        let pace = Pace::new(1_000);
        let far = Instant::now() + Duration::from_secs(1_000);
        for seconds in [1, 2, 4] {
            pace.slower();
            // What else was under way is told the same, once.
            pace.slower();
            let began = Instant::now();
            assert!(pace.turn(far).await);
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
        pace.well();
        pace.slower();
        let began = Instant::now();
        assert!(pace.turn(far).await);
        assert_eq!(began.elapsed().as_secs(), 1, "what went well is forgotten");
    }
}
