//! Passwords: which are acceptable, and their Argon2id hashes (19 MiB, two passes, one lane: the
//! OWASP minimum). Hashing takes tens of milliseconds and never runs on a request's thread; a few
//! at a time, so that a flood of sign-ins cannot take every core.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Characters for a password that is the only factor (NIST SP 800-63B-4 §3.1.1.2).
pub const MIN_ALONE: usize = 15;
/// Characters where a second factor stands beside it.
pub const MIN_WITH_FACTOR: usize = 8;
/// Longer ones are refused, to bound the work.
pub const MAX: usize = 256;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    TooShort {
        min: usize,
    },
    TooLong,
    Common,
    /// It contains the sign-in name or the operator's, or is little more than names.
    Guessable,
    /// It is the one that was to be replaced.
    Same,
}

#[derive(Clone)]
pub struct Hasher {
    argon: Argon2<'static>,
    room: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self { argon, room: Arc::new(Semaphore::new(2)) }
    }
}

impl Hasher {
    pub async fn hash(&self, password: &str) -> anyhow::Result<String> {
        let (argon, password) = (self.argon.clone(), password.to_owned());
        let salt: [u8; 16] = crate::chance::bytes();
        let _room = self.room.acquire().await?;
        let hash = tokio::task::spawn_blocking(move || {
            argon.hash_password_with_salt(password.as_bytes(), &salt).map(|h| h.to_string())
        });
        hash.await?.map_err(|e| anyhow::anyhow!("hashing failed: {e}"))
    }

    /// Whether nothing is being hashed.
    #[cfg(test)]
    pub fn idle(&self) -> bool {
        self.room.available_permits() == 2
    }

    /// Whether the password is right. With no hash to compare (no such account) it does the same
    /// work and says no, so that time tells nothing.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let (argon, password) = (self.argon.clone(), password.to_owned());
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let Ok(_room) = self.room.acquire().await else { return false };
        let right = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok())
        });
        right.await.unwrap_or(false) && known
    }
}

/// The hash of nothing anyone knows, with the same cost.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YWJjZGVmZ2hpamtsbW5vcA$Lm2xWcJ1M1tTtT5K1lM2o0h8Wm6b4gF2VbS8l0bX6mE";

/// Whether a new password will do. `names` are words it must not contain.
pub fn check(password: &str, min: usize, names: &[&str]) -> Result<(), Weak> {
    let count = password.chars().count();
    if count < min {
        return Err(Weak::TooShort { min });
    }
    if count > MAX {
        return Err(Weak::TooLong);
    }
    let low = password.to_lowercase();
    let bare: String = low.chars().filter(|c| c.is_alphanumeric()).collect();
    if COMMON.lines().any(|c| c == low || c == bare) || repeats(&low) {
        return Err(Weak::Common);
    }
    let long = |name: &&str| name.chars().count() >= NAME;
    if names.iter().copied().filter(long).any(|name| low.contains(&name.to_lowercase())) {
        return Err(Weak::Guessable);
    }
    // What is left once all words of the names are taken out has to stand for itself.
    let words = names.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric())).filter(long);
    let left = words.fold(bare, |left, word| left.replace(&word.to_lowercase(), ""));
    if left.chars().count() < MIN_WITH_FACTOR { Err(Weak::Guessable) } else { Ok(()) }
}

/// Shorter names stand in too many words.
const NAME: usize = 4;

/// `aaaaaaaa`, `abcabcabc`: a short piece over and over.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=4).any(|n| chars.len() >= 2 * n && chars.iter().enumerate().all(|(i, c)| *c == chars[i % n]))
}

const COMMON: &str = include_str!("password/common.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_s_hash_costs_what_anybody_s_does() {
        let hasher = Hasher::default();
        let real = hasher.hash("a password nobody has").await.unwrap();
        let (real, nobody) = (PasswordHash::new(&real).unwrap(), PasswordHash::new(NOBODY).unwrap());
        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.version, real.version);
        assert_eq!(Params::try_from(&nobody).unwrap(), Params::try_from(&real).unwrap());
        let bytes = |h: &PasswordHash| (h.salt.as_ref().map(|s| s.len()), h.hash.as_ref().map(|h| h.len()));
        assert_eq!(bytes(&nobody), bytes(&real));
        assert!(!hasher.verify("", None).await && !hasher.verify("a password nobody has", None).await);
    }

    #[test]
    fn common_guessable_and_short_passwords_are_refused() {
        assert_eq!(check("orbit kettle march 27", MIN_ALONE, &["mei.lin"]), Ok(()));
        assert_eq!(check("正确的马电池订书钉你好世界春天", MIN_ALONE, &[]), Ok(()));
        assert_eq!(check("fourteen chars", MIN_ALONE, &[]), Err(Weak::TooShort { min: MIN_ALONE }));
        assert_eq!(check("kettle27", MIN_WITH_FACTOR, &[]), Ok(()));
        assert_eq!(check(&"x1".repeat(200), MIN_ALONE, &[]), Err(Weak::TooLong));
        for common in ["PasswordPassword", "qwertyuiopasdfgh", "woaini5201314", "Wo-Ai-Ni-5201314", "abcabcabcabcabc"] {
            assert_eq!(check(common, MIN_WITH_FACTOR, &[]), Err(Weak::Common), "{common}");
        }
        assert_eq!(check("I am Mei.Lin of Leeds", MIN_ALONE, &["mei.lin"]), Err(Weak::Guessable));
        let names = &["emma.clarke", "Emma Clarke", "Laika Mobile"];
        for named in ["emmaclarkeemmaclarke", "Emma Clarke Emma Clarke", "emma emma emma emma", "laikalaikalaika1"] {
            assert_eq!(check(named, MIN_ALONE, names), Err(Weak::Guessable), "{named}");
        }
        assert_eq!(check("emma orbits a kettle", MIN_ALONE, names), Ok(()));
    }

    #[test]
    fn the_list_can_refuse() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() >= 300);
        assert!(lines.iter().all(|l| l.chars().count() >= MIN_WITH_FACTOR && *l == l.to_lowercase()));
    }
}
