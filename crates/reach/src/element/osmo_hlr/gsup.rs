//! GSUP, which MSCs and SGSNs speak with OsmoHLR: a byte of message type, then elements of tag, length
//! and value. OsmoHLR passes a message on to the peer that it names, which is how a desk reaches the
//! visited network. Only what this needs is read; other elements are passed over.

pub(super) mod client;

use super::imsi::Imsi;
use super::ipa::{self, Bad};

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub u8);

impl Kind {
    pub const UPDATE_LOCATION: Self = Self(0x04);
    pub const UPDATE_LOCATION_ERROR: Self = Self(0x05);
    pub const UPDATE_LOCATION_RESULT: Self = Self(0x06);
    pub const AUTH_INFO: Self = Self(0x08);
    pub const AUTH_INFO_ERROR: Self = Self(0x09);
    pub const AUTH_INFO_RESULT: Self = Self(0x0a);
    pub const INSERT_DATA: Self = Self(0x10);
    pub const INSERT_DATA_RESULT: Self = Self(0x12);
    pub const DELETE_DATA: Self = Self(0x14);
    pub const LOCATION_CANCEL: Self = Self(0x1c);
    pub const LOCATION_CANCEL_RESULT: Self = Self(0x1e);
    pub const ROUTING_ERROR: Self = Self(0x4e);
}

/// Why a location is cancelled: the subscription is withdrawn, not moved.
pub const WITHDRAWN: u8 = 1;
pub const PS: u8 = 1;
pub const CS: u8 = 2;
/// 3GPP TS 24.008, 10.5.5.14: the HLR does not know this IMSI.
pub const IMSI_UNKNOWN: u8 = 2;

const IE_IMSI: u8 = 0x01;
const IE_CAUSE: u8 = 0x02;
const IE_AUTH_TUPLE: u8 = 0x03;
const IE_CANCEL_TYPE: u8 = 0x06;
const IE_DOMAIN: u8 = 0x28;
const IE_SOURCE: u8 = 0x60;
const IE_DESTINATION: u8 = 0x61;

/// The elements that matter here. Names end with a NUL on the wire and here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub imsi: Imsi,
    pub cause: Option<u8>,
    pub cancel: Option<u8>,
    pub domain: Option<u8>,
    pub source: Option<Vec<u8>>,
    pub destination: Option<Vec<u8>>,
    /// How many sets of authentication data came along. What is in them is not kept.
    pub vectors: usize,
}

impl Message {
    pub fn new(kind: Kind, imsi: &Imsi) -> Self {
        let imsi = imsi.clone();
        Self { kind, imsi, cause: None, cancel: None, domain: None, source: None, destination: None, vectors: 0 }
    }

    /// From one name to another.
    pub fn between(self, source: &[u8], destination: &[u8]) -> Self {
        Self { source: Some(source.to_vec()), destination: Some(destination.to_vec()), ..self }
    }

    /// Appends the message in its frame.
    pub fn put(&self, out: &mut Vec<u8>) {
        let mut bytes = vec![ipa::EXT_GSUP, self.kind.0];
        let mut element = |tag: u8, value: &[u8]| {
            // Names of more than 255 bytes do not exist: the settings and the decoder see to that.
            let value = &value[..value.len().min(255)];
            bytes.extend_from_slice(&[tag, value.len() as u8]);
            bytes.extend_from_slice(value);
        };
        element(IE_IMSI, &self.imsi.bcd());
        for (tag, value) in [(IE_CAUSE, self.cause), (IE_CANCEL_TYPE, self.cancel), (IE_DOMAIN, self.domain)] {
            if let Some(value) = value {
                element(tag, &[value]);
            }
        }
        for _ in 0..self.vectors {
            element(IE_AUTH_TUPLE, &[]);
        }
        for (tag, value) in [(IE_SOURCE, &self.source), (IE_DESTINATION, &self.destination)] {
            if let Some(value) = value {
                element(tag, value);
            }
        }
        ipa::put(out, ipa::OSMO, &[&bytes]);
    }

    /// Reads what stands behind the extension byte.
    pub fn read(bytes: &[u8]) -> Result<Self, Bad> {
        let (kind, mut rest) = bytes.split_first().ok_or(Bad("GSUP: an empty message"))?;
        let mut imsi = None;
        let mut message = Self::new(Kind(*kind), &nobody());
        while let Some((tag, after)) = rest.split_first() {
            let (length, after) = after.split_first().ok_or(Bad("GSUP: an element without its length"))?;
            let (value, after) =
                after.split_at_checked(usize::from(*length)).ok_or(Bad("GSUP: an element is cut short"))?;
            match *tag {
                IE_IMSI => imsi = Some(Imsi::from_bcd(value).ok_or(Bad("GSUP: no IMSI where one should be"))?),
                IE_CAUSE => message.cause = Some(one(value)?),
                IE_CANCEL_TYPE => message.cancel = Some(one(value)?),
                IE_DOMAIN => message.domain = Some(one(value)?),
                IE_SOURCE => message.source = Some(value.to_vec()),
                IE_DESTINATION => message.destination = Some(value.to_vec()),
                IE_AUTH_TUPLE => message.vectors += 1,
                _ => {}
            }
            rest = after;
        }
        message.imsi = imsi.ok_or(Bad("GSUP: no IMSI"))?;
        Ok(message)
    }
}

/// An IMSI that belongs to nobody: country code 000 is not given out.
pub fn nobody() -> Imsi {
    Imsi::new("000000").expect("six digits")
}

fn one(value: &[u8]) -> Result<u8, Bad> {
    if let [byte] = value { Ok(*byte) } else { Err(Bad("GSUP: an element of one byte has another length")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imsi() -> Imsi {
        Imsi::new("001010000000100").unwrap()
    }

    fn payload(message: &Message) -> Vec<u8> {
        let mut out = Vec::new();
        message.put(&mut out);
        ipa::split(&out).unwrap().0.osmo(ipa::EXT_GSUP).unwrap().to_vec()
    }

    /// Taken down from a real OsmoHLR.
    #[test]
    fn what_osmo_hlr_says_is_read() {
        let unknown = [9, 1, 8, 0, 1, 2, 0, 0, 0x50, 0x99, 0xf9, 2, 1, 2];
        let read = Message::read(&unknown).unwrap();
        assert_eq!((read.kind, read.cause), (Kind::AUTH_INFO_ERROR, Some(IMSI_UNKNOWN)));
        let mut astray = vec![0x4e, 1, 8, 0, 1, 1, 0, 0, 0, 1, 0xf0, 0x60, 6];
        astray.extend(b"MSC-X\0a\x0bCEASE-DESK\0");
        let read = Message::read(&astray).unwrap();
        assert_eq!((read.kind, read.source.as_deref()), (Kind::ROUTING_ERROR, Some(&b"MSC-X\0"[..])));
    }

    #[test]
    fn a_cancel_has_the_bytes_that_reach_a_visited_network() {
        let cancel =
            Message { cancel: Some(WITHDRAWN), domain: Some(CS), ..Message::new(Kind::LOCATION_CANCEL, &imsi()) }
                .between(b"CEASE-DESK\0", b"MSC-1\0");
        let mut wanted = vec![0x1c, 1, 8, 0, 1, 1, 0, 0, 0, 1, 0xf0, 6, 1, 1, 0x28, 1, 2, 0x60, 11];
        wanted.extend(b"CEASE-DESK\0a\x06MSC-1\0");
        assert_eq!(payload(&cancel), wanted);
        assert_eq!(Message::read(&wanted).unwrap(), cancel);
    }

    #[test]
    fn what_is_cut_short_or_wrong_is_an_error() {
        let whole = payload(&Message::new(Kind::AUTH_INFO, &imsi()).between(b"A\0", b"B\0"));
        let ends: Vec<_> = (0..whole.len()).filter(|end| Message::read(&whole[..*end]).is_ok()).collect();
        // After the IMSI, and after the first name: those are messages of their own.
        assert_eq!(ends, [11, 15]);
        assert!(Message::read(&[8]).is_err(), "no IMSI");
        assert!(Message::read(&[8, 1, 8, 0, 1, 1, 0, 0, 0, 1, 0xf0, 2, 2, 0, 0]).is_err(), "a cause of two bytes");
        // What is not known is passed over.
        assert!(Message::read(&[8, 1, 8, 0, 1, 1, 0, 0, 0, 1, 0xf0, 0x77, 2, 0, 0]).is_ok());
    }
}
