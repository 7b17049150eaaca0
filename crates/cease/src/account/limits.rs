//! Limits on guessing, counted in the store so that they hold across restarts and machines.

use std::time::Duration;

use jiff::SignedDuration;

use super::Login;
use crate::app::App;
use crate::clock::Clock;
use crate::keys::hex_of;
use crate::web::{Trouble, Visit};

pub const QUARTER: SignedDuration = SignedDuration::from_mins(15);
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Counts one use and refuses beyond `max`.
pub async fn within(app: &App, key: &str, window: SignedDuration, max: u32) -> Result<(), Trouble> {
    let now = app.now();
    let hit = app.store.hit(key, now, window, max).await?;
    if hit.allowed { Ok(()) } else { Err(Trouble::TooMany { seconds: hit.until.duration_since(now).as_secs().max(1) }) }
}

/// Counts one use and says whether it is within `max`.
pub async fn quietly(app: &App, key: &str, window: SignedDuration, max: u32) -> Result<bool, Trouble> {
    Ok(app.store.hit(key, app.now(), window, max).await?.allowed)
}

/// A try to sign in: counted before the password is looked at, so that tries at the same moment
/// are all counted.
pub async fn sign_in(app: &App, visit: &Visit, login: &str) -> Result<(), Trouble> {
    let now = app.now();
    // Counted as it is looked up: another spelling of a number is no other name. It is hashed, for it may be an e-mail
    // address, or a password in the wrong field.
    let name = hex_of(&app.keys.mac("login", &[Login::read(app, login).contact.as_bytes()])[..12]);
    within(app, &format!("sign-in:net:{}", visit.network), QUARTER, 100).await?;
    let pair = app.store.hit(&format!("sign-in:pair:{name}:{}", visit.network), now, QUARTER, 10).await?;
    if !pair.allowed {
        return Err(Trouble::TooMany { seconds: pair.until.duration_since(now).as_secs().max(1) });
    }
    let everywhere = app.store.hit(&format!("sign-in:name:{name}"), now, HOUR, 100).await?;
    wait(app, delay(pair.count) + if everywhere.allowed { Duration::ZERO } else { Duration::from_secs(2) }).await;
    Ok(())
}

/// From the fourth try on: a quarter of a second, doubling to two.
fn delay(tries: u32) -> Duration {
    if tries <= 3 { Duration::ZERO } else { Duration::from_millis((250 << (tries - 4).min(3)).min(2_000)) }
}

async fn wait(app: &App, time: Duration) {
    // A clock that a test holds does not pass.
    if matches!(app.clock, Clock::Machine) && !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slips_cost_nothing_and_later_ones_a_little() {
        let steps: Vec<u128> = (1..=9).map(|n| delay(n).as_millis()).collect();
        assert_eq!(steps, [0, 0, 0, 250, 500, 1000, 2000, 2000, 2000]);
        assert_eq!(delay(u32::MAX).as_millis(), 2000);
    }
}
