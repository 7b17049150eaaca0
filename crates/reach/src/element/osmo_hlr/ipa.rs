//! IPA, the framing under CTRL and GSUP: two bytes of length (big-endian), one of protocol, the payload.
//! Osmocom's own protocols begin their payload with one more byte that says which. Connections are
//! looked after by a third, CCM: pings, and who is calling.

/// Connection management.
pub const CCM: u8 = 0xfe;
/// Osmocom's own, told apart by the first byte of the payload.
pub const OSMO: u8 = 0xee;
pub const EXT_CTRL: u8 = 0x00;
pub const EXT_GSUP: u8 = 0x05;

pub const PING: u8 = 0x00;
pub const PONG: u8 = 0x01;
pub const ID_GET: u8 = 0x04;
pub const ID_RESPONSE: u8 = 0x05;

const HEAD: usize = 3;
const TAG_SERIAL: u8 = 0x00;
const TAG_UNIT: u8 = 0x08;

/// What cannot be read, and why. Never the bytes themselves: they name people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Bad(pub &'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub protocol: u8,
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The payload of this Osmocom protocol, if it is one.
    pub fn osmo(&self, ext: u8) -> Option<&'a [u8]> {
        let (first, rest) = self.payload.split_first()?;
        (self.protocol == OSMO && *first == ext).then_some(rest)
    }

    /// The type of a connection management message.
    pub fn ccm(&self) -> Option<u8> {
        if self.protocol == CCM { self.payload.first().copied() } else { None }
    }
}

/// The first frame and how many bytes it took; none until all of it is there. A frame has 64 KiB at
/// most, so whoever waits for the rest need not hold more.
pub fn split(bytes: &[u8]) -> Option<(Frame<'_>, usize)> {
    let head = bytes.first_chunk::<HEAD>()?;
    let end = HEAD + usize::from(u16::from_be_bytes([head[0], head[1]]));
    Some((Frame { protocol: head[2], payload: bytes.get(HEAD..end)? }, end))
}

/// Appends a frame. One that would be too long for its length field is left out whole: nothing of ours
/// comes near it.
pub fn put(out: &mut Vec<u8>, protocol: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let Ok(length) = u16::try_from(length) else { return };
    out.extend_from_slice(&length.to_be_bytes());
    out.push(protocol);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// The answer to "who are you?": the name by which GSUP finds us, ended by a NUL.
pub fn identity(out: &mut Vec<u8>, name: &str) {
    let mut says = vec![ID_RESPONSE];
    for (tag, value) in [(TAG_UNIT, "0/0/0"), (TAG_SERIAL, name)] {
        says.extend_from_slice(&(value.len() as u16 + 2).to_be_bytes());
        says.push(tag);
        says.extend_from_slice(value.as_bytes());
        says.push(0);
    }
    put(out, CCM, &[&says]);
}

/// The name in such an answer, with its NUL, as GSUP's routes go by it.
pub fn named(payload: &[u8]) -> Option<&[u8]> {
    let mut rest = payload.strip_prefix(&[ID_RESPONSE])?;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if let Some((&TAG_SERIAL, value)) = entry.split_first() {
            return Some(value);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_once_all_of_it_is_there() {
        let mut bytes = Vec::new();
        put(&mut bytes, OSMO, &[&[EXT_CTRL], b"GET 1 x"]);
        assert_eq!(&bytes[..4], [0, 8, 0xee, 0]);
        for end in 0..bytes.len() {
            assert_eq!(split(&bytes[..end]), None);
        }
        bytes.push(9);
        let (frame, used) = split(&bytes).unwrap();
        assert_eq!((frame.osmo(EXT_CTRL), frame.osmo(EXT_GSUP), used), (Some(&b"GET 1 x"[..]), None, bytes.len() - 1));
        // As OsmoHLR asks who is there.
        let asks = [0, 0x11, 0xfe, 4, 1, 8, 1, 7, 1, 2, 1, 3, 1, 4, 1, 5, 1, 1, 1, 0];
        assert_eq!(split(&asks).unwrap().0.ccm(), Some(ID_GET));
        assert_eq!(split(&[0, 0, 0xfe]).unwrap(), (Frame { protocol: CCM, payload: &[] }, 3));
    }

    #[test]
    fn a_frame_that_does_not_fit_is_not_written() {
        let mut out = Vec::new();
        put(&mut out, CCM, &[&vec![0; 65_536]]);
        assert!(out.is_empty());
    }

    #[test]
    fn the_name_comes_back_as_it_was_given() {
        let mut out = Vec::new();
        identity(&mut out, "CEASE-DESK");
        assert_eq!(named(split(&out).unwrap().0.payload), Some(&b"CEASE-DESK\0"[..]));
        assert_eq!(named(&[ID_RESPONSE, 0, 9, 0, b'x']), None);
    }
}
