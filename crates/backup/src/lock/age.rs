//! By the crate `age`.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::iter;

use age::secrecy::{ExposeSecret, SecretString};
use age::{Decryptor, Encryptor, Identity, Recipient, scrypt, stream::StreamWriter, x25519};

use super::{Bad, Keys, Sealing};

/// What a passphrase may cost at most to try: twenty times what is asked of it here. A file that wants more is a trap.
const MOST_WORK: u8 = 22;

pub(super) struct Key {
    to: Vec<x25519::Recipient>,
    with: Vec<x25519::Identity>,
}

impl Key {
    /// For a new backup; with the identity, where it is kept there, locked by the passphrase.
    pub fn new(keys: &Keys) -> Result<(Self, Option<Vec<u8>>), Bad> {
        let recipient = |text: &String| text.trim().parse().map_err(|_| Bad::Recipient(text.clone()));
        let mut to: Vec<x25519::Recipient> = keys.recipients.iter().map(recipient).collect::<Result<_, _>>()?;
        let mut with = keys.identities.as_deref().map(identities).transpose()?.unwrap_or_default();
        let Some(passphrase) = &keys.passphrase else { return Ok((Self { to, with }, None)) };
        let identity = x25519::Identity::generate();
        let text = format!("# public key: {}\n{}\n", identity.to_public(), identity.to_string().expose_secret());
        let locked = encrypt(&scrypt::Recipient::new(SecretString::from(passphrase.clone())), text.as_bytes())?;
        to.push(identity.to_public());
        with.push(identity);
        Ok((Self { to, with }, Some(locked)))
    }

    /// With what opens `sealed`, and what stands in it.
    pub fn open(keys: &Keys, identity: Option<&[u8]>, sealed: &[u8]) -> Result<(Self, Vec<u8>), Bad> {
        let mut with = keys.identities.as_deref().map(identities).transpose()?.unwrap_or_default();
        if let (Some(passphrase), Some(identity)) = (&keys.passphrase, identity) {
            let mut opens = scrypt::Identity::new(SecretString::from(passphrase.clone()));
            opens.set_max_work_factor(MOST_WORK);
            let mut text = String::new();
            let decryptor = Decryptor::new_buffered(identity).map_err(|_| Bad::Wrong)?;
            let opened = decryptor.decrypt(iter::once(&opens as &dyn Identity)).map_err(|_| Bad::Wrong)?;
            opened.take(super::SMALL).read_to_string(&mut text)?;
            with.extend(identities(&text)?);
        }
        if with.is_empty() {
            return Err(Bad::NoKey);
        }
        let key = Self { to: Vec::new(), with };
        let mut text = Vec::new();
        key.unseal(sealed).and_then(|mut opened| opened.read_to_end(&mut text)).map_err(|_| Bad::Wrong)?;
        Ok((key, text))
    }

    pub fn encrypts_to(&mut self, to: &[&str]) -> Result<(), Bad> {
        let recipient = |text: &&str| text.parse().map_err(|_| Bad::Recipient((*text).to_owned()));
        self.to = to.iter().map(recipient).collect::<Result<_, _>>()?;
        Ok(())
    }

    pub fn recipients(&self) -> Vec<String> {
        self.to.iter().map(ToString::to_string).collect()
    }

    fn encryptor(&self) -> io::Result<Encryptor> {
        Encryptor::with_recipients(self.to.iter().map(|to| to as &dyn Recipient)).map_err(io::Error::other)
    }

    pub fn seal(&self, file: File) -> io::Result<Box<dyn Sealing>> {
        Ok(Box::new(self.encryptor()?.wrap_output(file)?))
    }

    pub fn unseal<'a>(&self, from: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        let bad = |e| io::Error::new(io::ErrorKind::InvalidData, e);
        let decryptor = Decryptor::new_buffered(BufReader::new(from)).map_err(bad)?;
        let with = self.with.iter().map(|identity| identity as &dyn Identity);
        Ok(Box::new(decryptor.decrypt(with).map_err(bad)?))
    }

    pub fn seal_bytes(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = self.encryptor()?.wrap_output(Vec::new())?;
        out.write_all(bytes)?;
        out.finish()
    }
}

fn encrypt(to: &dyn Recipient, bytes: &[u8]) -> Result<Vec<u8>, Bad> {
    let encryptor = Encryptor::with_recipients(iter::once(to)).map_err(|e| Bad::Io(e.to_string()))?;
    let mut out = encryptor.wrap_output(Vec::new())?;
    out.write_all(bytes)?;
    Ok(out.finish()?)
}

fn identities(text: &str) -> Result<Vec<x25519::Identity>, Bad> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let all = lines.map(|line| line.parse().map_err(|_| Bad::Identity)).collect::<Result<Vec<_>, _>>()?;
    if all.is_empty() { Err(Bad::Identity) } else { Ok(all) }
}

impl Sealing for StreamWriter<File> {
    fn end(self: Box<Self>) -> io::Result<File> {
        self.finish()
    }
}

/// From the same source as keys.
pub(super) fn chance() -> Result<[u8; 32], Bad> {
    Ok(*blake3::hash(x25519::Identity::generate().to_string().expose_secret().as_bytes()).as_bytes())
}
