//! Answers that must not tell whether there is somebody. They say the same in the same number of bytes, and still one
//! needs a third of a millisecond more: a row was found and read, a letter was sent. No amount of care for equal steps
//! ends that, since rows differ in size, so such an answer says of itself that it must not tell, and leaves only at a whole
//! multiple of `limits.even_ms` after its request began. Nobody who has what they asked for waits.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use crate::app::Shared;

#[derive(Clone, Copy)]
struct Even;

/// Marks an answer that must not tell by its time what it does not say.
pub fn even(mut answer: Response) -> Response {
    answer.extensions_mut().insert(Even);
    answer
}

/// Runs outside of everything that takes a different time for one and the other.
pub async fn around(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let mut answer = next.run(request).await;
    let step = Duration::from_millis(app.config.limits.even_ms);
    if answer.extensions_mut().remove::<Even>().is_some() && !step.is_zero() {
        tokio::time::sleep_until(begun + whole(begun.elapsed(), step)).await;
    }
    answer
}

/// The next multiple of a step that is not over yet.
fn whole(spent: Duration, step: Duration) -> Duration {
    step.saturating_mul(u32::try_from(spent.as_nanos().div_ceil(step.as_nanos()).max(1)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_a_little_longer_leaves_at_the_same_time() {
        let (ms, step) = (Duration::from_millis, Duration::from_millis(100));
        for spent in [0, 1, 7, 99, 100] {
            assert_eq!(whole(ms(spent), step), step, "{spent}");
        }
        assert_eq!(whole(ms(101), step), 2 * step);
    }
}
