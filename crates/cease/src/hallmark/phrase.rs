//! The phrase that a holder has chosen, which stands in what we write to contacts known to be theirs. Kept sealed,
//! by account, and read by nothing but what writes to its holder.

use case::AccountId;
use case::redact;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::{Account, AnyStore, Phrase, StoreError};
use unicode_normalization::UnicodeNormalization;

use crate::account;
use crate::app::App;
use crate::chance;
use crate::web::Trouble;

/// Characters, as people count them in either language.
pub const LEAST: usize = 4;
pub const MOST: usize = 20;
/// What is sealed is as long as the longest phrase, so that its length does not show.
const ROOM: usize = MOST * 4;
const NONCE: usize = 8;

/// Why a phrase is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    Length,
    /// Line breaks, invisible characters, links.
    Characters,
    /// A number or a code, such as people should never write down for others to read.
    Number,
    /// Something secret or personal: it would stand in every message.
    Secret,
    /// Our name, or theirs: whoever pretends to be us would guess it.
    Known,
}

/// Reads phrases. It has what it needs, so that it can go where a message is written.
#[derive(Clone)]
pub struct Phrases {
    store: AnyStore,
    key: [u8; 32],
}

impl Phrases {
    pub fn of(app: &App) -> Self {
        Self { store: app.store.clone(), key: app.keys.mac("phrase", &[]) }
    }

    pub async fn get(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        let Some(kept) = self.store.phrase(account).await? else { return Ok(None) };
        let opened = kept.sealed.split_at_checked(NONCE).and_then(|(nonce, text)| {
            let bytes = self.turn(account, nonce, text);
            String::from_utf8(bytes.into_iter().take_while(|byte| *byte != 0).collect()).ok()
        });
        if opened.is_none() {
            tracing::warn!("a phrase cannot be opened: it was sealed with another key, or is damaged");
        }
        Ok(opened)
    }

    fn seal(&self, account: AccountId, phrase: &str) -> Vec<u8> {
        let nonce: [u8; NONCE] = chance::bytes();
        let mut text = phrase.as_bytes().to_vec();
        text.resize(ROOM, 0);
        [nonce.to_vec(), self.turn(account, &nonce, &text)].concat()
    }

    /// There and back: under a stream that is used for no other text.
    fn turn(&self, account: AccountId, nonce: &[u8], text: &[u8]) -> Vec<u8> {
        let stream = (0_u64..).flat_map(|block| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap_or_else(|_| unreachable!("any key length"));
            for part in [&account.key().to_be_bytes()[..], nonce, &block.to_be_bytes()] {
                mac.update(part);
            }
            mac.finalize().into_bytes()
        });
        text.iter().zip(stream).map(|(byte, key)| byte ^ key).collect()
    }
}

/// The phrase as it is kept, or why it is not taken.
pub fn check(typed: &str, account: &Account, names: &[&str]) -> Result<String, Bad> {
    let phrase: String = typed.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let count = phrase.chars().count();
    if !(LEAST..=MOST).contains(&count) || phrase.len() > ROOM {
        return Err(Bad::Length);
    }
    // Also what turns the direction of writing, or is not seen; and what a mail program would make a link of.
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '/' | '@' | '\\' | '<' | '>' | '[' | ']' | '█')
    };
    let dotted = phrase.split_whitespace().any(|word| {
        let parts: Vec<&str> = word.split(['.', '。', '．']).collect();
        parts.windows(2).any(|two| two.iter().all(|part| part.chars().next_back().is_some_and(char::is_alphanumeric)))
            && word.is_ascii()
    });
    if typed.contains(['\n', '\r']) || phrase.chars().any(odd) || dotted {
        return Err(Bad::Characters);
    }
    if !redact::find(&phrase).is_empty() {
        return Err(Bad::Secret);
    }
    let digits = phrase.chars().filter(|c| c.is_numeric()).count();
    let letters = phrase.chars().filter(|c| c.is_alphabetic()).count();
    if digits >= 6 || letters < 2 {
        return Err(Bad::Number);
    }
    let low = phrase.to_lowercase();
    let mut own = vec![account.login.as_str(), account.person.name.as_str()];
    own.extend(account.person.email.as_deref().and_then(|mail| mail.split('@').next()));
    let known = names.iter().copied().chain(own).flat_map(words_of).any(|word| low.contains(&word));
    if known || repeats(&low) {
        return Err(Bad::Known);
    }
    Ok(phrase)
}

/// A name and its longer words, as somebody would guess them.
fn words_of(name: &str) -> Vec<String> {
    let low = name.trim().to_lowercase();
    let long = |word: &str| if word.is_ascii() { word.len() >= 4 } else { word.chars().count() >= 2 };
    let mut all: Vec<String> = low.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    all.push(low);
    all.retain(|word| long(word) && !matches!(word.as_str(), "mobile" | "data" | "card"));
    all
}

/// One character over and over.
fn repeats(text: &str) -> bool {
    let mut chars = text.chars().filter(|c| !c.is_whitespace());
    let first = chars.next();
    chars.all(|c| Some(c) == first)
}

/// What came of setting a phrase.
#[derive(Debug, PartialEq, Eq)]
pub enum Set {
    /// It was so already: nobody was told anything.
    Same,
    /// There was none before.
    First,
    /// Changed or forgotten.
    Changed,
    Bad(Bad),
}

/// Sets the phrase, changes it, or forgets it where nothing is typed: for who has just shown who they are. All
/// contacts are told, by a notice that still carries the old one.
pub async fn set(app: &App, account: &Account, typed: &str) -> Result<Set, Trouble> {
    let phrases = Phrases::of(app);
    let old = phrases.get(account.id).await?;
    let new = if typed.trim().is_empty() {
        None
    } else {
        let desk = &app.config.desk;
        match check(typed, account, &[&desk.name, &desk.name_zh]) {
            Err(bad) => return Ok(Set::Bad(bad)),
            Ok(new) => Some(new),
        }
    };
    if let Some(new) = &new
        && app.hasher.verify(new, account.password.as_deref()).await
    {
        return Ok(Set::Bad(Bad::Secret));
    }
    if new == old {
        return Ok(Set::Same);
    }
    let kept = new.as_ref().map(|new| Phrase { sealed: phrases.seal(account.id, new), at: app.now() });
    app.store.put_phrase(account.id, kept).await?;
    let done = if old.is_none() { Set::First } else { Set::Changed };
    account::phrase_changed(app, account, old, new.is_some()).await?;
    Ok(done)
}
