//! Authenticator data (section 6.1) and the attestation object around it (section 6.5.4). Read to the last byte: what
//! is left over is an error.

use minicbor::Decoder;
use minicbor::decode::Error;

use crate::{ID_MAX, Party, Wrong, sha256};

const PRESENT: u8 = 1 << 0;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

pub struct AuthData<'a> {
    party: &'a [u8; 32],
    flags: u8,
    pub count: u32,
    pub new: Option<Attested<'a>>,
}

/// The credential that was made.
pub struct Attested<'a> {
    pub id: &'a [u8],
    pub key: &'a [u8],
}

impl<'a> AuthData<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Wrong> {
        let (party, rest) = bytes.split_first_chunk::<32>().ok_or(Wrong::Unreadable)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(Wrong::Unreadable)?;
        let (&count, mut rest) = rest.split_first_chunk::<4>().ok_or(Wrong::Unreadable)?;
        let mut new = None;
        if flags & CREDENTIAL != 0 {
            let (_aaguid, after) = rest.split_first_chunk::<16>().ok_or(Wrong::Unreadable)?;
            let (&length, after) = after.split_first_chunk::<2>().ok_or(Wrong::Unreadable)?;
            let length = usize::from(u16::from_be_bytes(length));
            let (id, after) = after.split_at_checked(length).ok_or(Wrong::Unreadable)?;
            if id.is_empty() || id.len() > ID_MAX {
                return Err(Wrong::Unreadable);
            }
            let (key, after) = item(after)?;
            new = Some(Attested { id, key });
            rest = after;
        }
        if flags & EXTENSIONS != 0 {
            let (map, after) = item(rest)?;
            Decoder::new(map).map()?;
            rest = after;
        }
        if rest.is_empty() {
            Ok(Self { party, flags, count: u32::from_be_bytes(count), new })
        } else {
            Err(Wrong::Unreadable)
        }
    }

    /// Whose it is, and that somebody was there whom the authenticator knows.
    pub fn check(&self, party: &Party) -> Result<(), Wrong> {
        if *self.party != sha256(party.id.as_bytes()) {
            return Err(Wrong::Party);
        }
        if self.flags & PRESENT == 0 {
            return Err(Wrong::NotPresent);
        }
        if self.flags & VERIFIED == 0 {
            return Err(Wrong::NotVerified);
        }
        if self.flags & BACKED_UP != 0 && self.flags & BACKUP_ELIGIBLE == 0 {
            return Err(Wrong::Flags);
        }
        Ok(())
    }
}

/// The first item of CBOR, and what stands after it.
fn item(bytes: &[u8]) -> Result<(&[u8], &[u8]), Wrong> {
    let mut decoder = Decoder::new(bytes);
    decoder.skip()?;
    bytes.split_at_checked(decoder.position()).ok_or(Wrong::Unreadable)
}

/// The authenticator data in an attestation object of format `none`.
pub fn attested(bytes: &[u8]) -> Result<&[u8], Wrong> {
    let mut decoder = Decoder::new(bytes);
    if decoder.map()? != Some(3) {
        return Err(Wrong::Unreadable);
    }
    let (mut none, mut empty, mut data) = (None, None, None);
    for _ in 0..3 {
        match decoder.str()? {
            "fmt" if none.is_none() => none = Some(decoder.str()? == "none"),
            "attStmt" if empty.is_none() => {
                let start = decoder.position();
                decoder.skip()?;
                empty = Some(bytes.get(start..decoder.position()) == Some(&[0xa0]));
            }
            "authData" if data.is_none() => data = Some(decoder.bytes()?),
            _ => return Err(Wrong::Unreadable),
        }
    }
    if decoder.position() != bytes.len() {
        return Err(Wrong::Unreadable);
    }
    if none != Some(true) || empty != Some(true) {
        return Err(Wrong::Attestation);
    }
    data.ok_or(Wrong::Unreadable)
}

impl From<Error> for Wrong {
    fn from(_: Error) -> Self {
        Wrong::Unreadable
    }
}
