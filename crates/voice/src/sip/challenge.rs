//! Asking who rings for a password. Nothing is remembered for a question: a nonce says by itself when it was given and
//! that we gave it; what is remembered is which have been used.

use sha2::{Digest, Sha256};

use super::digest::{self, Shown};
use super::server::Key;
use super::{Endpoint, Message, Millis};

/// How long a nonce is taken, and how many used ones are remembered.
const NONCE: Millis = 60_000;
const SPENT: usize = 4_096;

impl Endpoint {
    pub(super) fn challenge(&mut self, now: Millis, key: &Key, request: &Message) {
        let nonce = self.nonce(now);
        let mut answer = request.answer(401, &self.token());
        for challenge in digest::challenges(&self.setup.realm, &nonce) {
            answer.add("www-authenticate", challenge);
        }
        self.reply(now, key, answer);
    }

    /// A nonce says when it was given, and that we gave it.
    fn nonce(&mut self, now: Millis) -> String {
        let salt = self.token();
        format!("{now:x}.{salt}.{}", self.seal(now, &salt))
    }

    fn seal(&self, at: Millis, salt: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.setup.secret);
        hash.update(at.to_be_bytes());
        hash.update(salt.as_bytes());
        digest::hex(&hash.finalize()[..16])
    }

    /// Whether who rings has shown a password, with a nonce of ours that is fresh and was not used so before.
    pub(super) fn is_shown(&mut self, now: Millis, request: &Message) -> bool {
        let (realm, logins) = (self.setup.realm.clone(), self.setup.logins.clone());
        let given: Vec<String> =
            request.headers.iter().filter(|(name, _)| name == "authorization").map(|h| h.1.clone()).collect();
        for header in &given {
            let Some(Shown { nonce, count }) = digest::check(header, &logins, &realm, request.method()) else {
                continue;
            };
            let mut parts = nonce.split('.');
            let (Some(at), Some(salt), Some(seal)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let Ok(at) = u64::from_str_radix(at, 16) else { continue };
            let use_of = format!("{nonce}/{count}");
            let ours = digest::same(self.seal(at, salt).as_bytes(), seal.as_bytes());
            if ours && at <= now && now - at <= NONCE && !self.spent.contains(&use_of) {
                self.spent.push_back(use_of);
                if self.spent.len() > SPENT {
                    self.spent.pop_front();
                }
                return true;
            }
        }
        false
    }
}
