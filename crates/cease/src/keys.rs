//! The desk's secrets: one file of key material in the data directory, made on first start with
//! mode 0600, from which every other key is derived; and the certificate key beside it.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::RwLock;

use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use proof::SigningKey;
use sha2::{Digest, Sha256};

use crate::chance;

/// Bytes of the nonce before a sealed text.
const NONCE: usize = 16;

pub struct Keys {
    root: [u8; 32],
    /// What signs certificates and receipts; another may take its place while the desk runs.
    signing: RwLock<SigningKey>,
}

impl Keys {
    /// Reads the keys, or makes them where there are none. Refuses a file that others can read.
    pub fn load_or_make(dir: &Path, name: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let root_text = read_or_make(&dir.join("desk.key"), || hex_of(&chance::bytes::<32>()))?;
        let root = unhex32(root_text.trim()).context("desk.key is damaged")?;
        let signing = read_or_make(&dir.join("certificate.key"), || {
            // Any name a key may have will do where the operator's cannot be one.
            let key = SigningKey::from_seed(name, &chance::bytes())
                .or_else(|_| SigningKey::from_seed("cease", &chance::bytes()));
            key.map(|k| k.to_line()).unwrap_or_default()
        })?;
        let signing = SigningKey::from_line(signing.trim()).context("certificate.key is damaged")?;
        Ok(Self { root, signing: RwLock::new(signing) })
    }

    /// Which key is not there; none where all are.
    pub fn missing(dir: &Path) -> Option<&'static str> {
        ["desk.key", "certificate.key"].into_iter().find(|name| !dir.join(name).exists())
    }

    /// By what the desk key is known, which tells nothing of it.
    pub fn name(&self) -> String {
        hex_of(&self.mac("name of this key", &[])[..16])
    }

    /// For tests and the bench: keys that live only here.
    pub fn in_memory(seed: u8) -> anyhow::Result<Self> {
        Ok(Self { root: [seed; 32], signing: RwLock::new(SigningKey::from_seed("test", &[seed; 32])?) })
    }

    /// What signs certificates and receipts.
    pub fn signing(&self) -> SigningKey {
        self.signing.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Takes the key that lies at this path into use, if there is one.
    pub fn take_signing(&self, path: &Path) -> anyhow::Result<()> {
        if path.exists() {
            let line = read_or_make(path, String::new)?;
            let key = SigningKey::from_line(line.trim()).with_context(|| format!("{} is damaged", path.display()))?;
            *self.signing.write().unwrap_or_else(|e| e.into_inner()) = key;
        }
        Ok(())
    }

    /// HMAC-SHA-256 under a key derived for `purpose`.
    pub fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.root).unwrap_or_else(|_| unreachable!("any key length"));
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// By what an address is counted and never known: without the key, all addresses that somebody has a list of could
    /// be tried against a hash.
    pub fn address(&self, address: &str) -> [u8; 32] {
        self.mac("address", &[address.to_lowercase().as_bytes()])
    }

    /// Hides a short secret (a TOTP seed) from who reads the database but not the key file:
    /// XOR with a keystream derived for this id, which is used for no other text.
    pub fn seal(&self, purpose: &str, id: &[u8], text: &[u8]) -> Vec<u8> {
        let mut out = text.to_vec();
        for (i, chunk) in out.chunks_mut(32).enumerate() {
            let stream = self.mac(purpose, &[id, &(i as u64).to_be_bytes()]);
            chunk.iter_mut().zip(stream).for_each(|(b, k)| *b ^= k);
        }
        out
    }

    /// Hides a short text as [`seal`](Self::seal) does, under a nonce of its own each time; in hexadecimal, the nonce
    /// first.
    pub fn seal_text(&self, purpose: &str, text: &str) -> String {
        let nonce = chance::bytes::<NONCE>();
        hex_of(&[&nonce, self.seal(purpose, &nonce, text.as_bytes()).as_slice()].concat())
    }

    /// The text again; none where it is damaged beyond reading.
    pub fn open_text(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = unhex(sealed)?;
        let (nonce, text) = bytes.split_at_checked(NONCE)?;
        String::from_utf8(self.seal(purpose, nonce, text)).ok()
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// 32 bytes in hexadecimal.
pub(crate) fn unhex32(text: &str) -> Option<[u8; 32]> {
    unhex(text)?.try_into().ok()
}

pub(crate) fn read_or_make(path: &Path, make: impl FnOnce() -> String) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                bail!("{} can be read by others (mode {mode:o}); run: chmod 600 {0}", path.display());
            }
            Ok(text)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            // Written aside and linked: a key is there whole or not at all, and of two processes that
            // start at once, such as `serve` and `work`, both end up with the first one's.
            let mut file = tempfile::Builder::new()
                .permissions(std::fs::Permissions::from_mode(0o600))
                .tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
            file.write_all(make().as_bytes())?;
            file.as_file().sync_all()?;
            if let Err(e) = file.persist_noclobber(path)
                && e.error.kind() != std::io::ErrorKind::AlreadyExists
            {
                return Err(e.error).with_context(|| format!("cannot write {}", path.display()));
            }
            Ok(std::fs::read_to_string(path)?)
        }
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{Keys, hex_of};

    #[test]
    fn a_sealed_text_is_not_to_be_read_and_never_sealed_the_same_twice() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_make(dir.path(), "desk.example").unwrap();
        for text in ["ABC123456", "", "Mei 林 Lindqvist, longer than the thirty-two bytes of one round of keys"] {
            let (one, two) = (keys.seal_text("porting", text), keys.seal_text("porting", text));
            assert_eq!(keys.open_text("porting", &one).as_deref(), Some(text));
            assert_eq!(keys.open_text("porting", &two).as_deref(), Some(text));
            assert_ne!(one, two);
            assert!(text.is_empty() || !one.contains(&hex_of(text.as_bytes())));
            assert!(text.is_empty() || keys.open_text("sought", &one).as_deref() != Some(text));
        }
        for damaged in ["", "00", "not hex", "+1", "林", &"0".repeat(33)] {
            assert_eq!(keys.open_text("porting", damaged), None, "{damaged}");
        }
    }

    #[test]
    fn desks_that_start_at_once_share_one_set_of_keys() {
        let dir = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(8);
        let macs: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let load = || {
                start.wait();
                Keys::load_or_make(dir.path(), "desk.example").unwrap().mac("test", &[])
            };
            let started: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(macs.iter().all(|mac| *mac == macs[0]));
        let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(files.len(), 2);
        assert!(files.iter().all(|file| file.metadata().unwrap().permissions().mode() & 0o777 == 0o600));
    }
}
