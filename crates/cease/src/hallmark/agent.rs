//! The code of whoever talks to a holder, as the holder's page gives it: six characters, of this one contact and
//! for as long as it lasts. `/check` says that somebody who works here has it now; with whom they talk it does
//! not know, and neither does whoever asks.

use std::ops::Range;

use store::{Contact, StoreError};

use super::{candidates, letters, mixed};
use crate::app::App;
use crate::keys::Keys;

/// Contacts that are looked through: more than there are people at any desk.
const LOOKED: u32 = 1_000;

/// Such as `A7K-M2Q`.
pub fn of(keys: &Keys, contact: &Contact) -> String {
    let mac = keys.mac("agent-code", &[&contact.id]);
    // Thirty bits; where they come out as a word or a number, the next thirty.
    let mut all = mac.chunks(4).map(|some| letters(some.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)), 6));
    let six = all.find(|six| mixed(six)).unwrap_or_else(|| "A0A0A0".to_owned());
    format!("{}-{}", &six[..3], &six[3..])
}

/// What looks like one in a text, where, and whether somebody has it now.
pub async fn find(app: &App, text: &str) -> Result<Vec<(String, Range<usize>, bool)>, StoreError> {
    let found = candidates(text, &[3, 3]);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let contacts = app.store.contacts(app.now(), LOOKED).await?;
    let given: Vec<u64> = contacts.iter().filter_map(|c| super::bits(&of(&app.keys, c).replace('-', ""))).collect();
    let has = |code: &str| super::bits(code).is_some_and(|bits| given.contains(&bits));
    Ok(found.into_iter().map(|c| (c.code.to_uppercase(), c.at, has(&c.code))).collect())
}
