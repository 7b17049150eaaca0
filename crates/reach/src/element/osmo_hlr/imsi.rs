//! The one number by which an HLR knows a subscriber.

/// Six to fifteen digits (3GPP TS 23.003, as OsmoHLR takes them).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imsi(String);

/// It names a person: not for logs.
impl std::fmt::Debug for Imsi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Imsi(…)")
    }
}

impl Imsi {
    pub fn new(digits: &str) -> Option<Self> {
        let sound = (6..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| Self(digits.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two digits a byte, the first in the low half; an odd one out is followed by 0xf.
    pub fn bcd(&self) -> Vec<u8> {
        let digit = |b: &u8| b - b'0';
        self.0.as_bytes().chunks(2).map(|pair| digit(&pair[0]) | pair.get(1).map_or(0xf, digit) << 4).collect()
    }

    pub fn from_bcd(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > 8 {
            return None;
        }
        let mut digits = String::with_capacity(16);
        for (n, byte) in bytes.iter().enumerate() {
            for half in [byte & 0xf, byte >> 4] {
                match half {
                    0..=9 => digits.push(char::from(b'0' + half)),
                    // Only the very last half may be a filler.
                    0xf if n + 1 == bytes.len() && digits.len() == 2 * n + 1 => {}
                    _ => return None,
                }
            }
        }
        Self::new(&digits)
    }
}

#[cfg(test)]
mod tests {
    use super::Imsi;

    #[test]
    fn digits_go_there_and_back() {
        for digits in ["001010000000001", "00101000000001", "123456"] {
            let imsi = Imsi::new(digits).unwrap();
            assert_eq!(Imsi::from_bcd(&imsi.bcd()).unwrap().as_str(), digits);
        }
        let odd = Imsi::new("001010000000100").unwrap();
        assert_eq!(odd.bcd(), [0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x01, 0xf0]);
    }

    #[test]
    fn what_is_no_imsi_is_none() {
        for digits in ["", "12345", "1234567890123456", "00101000000000x", "００１０１０"] {
            assert!(Imsi::new(digits).is_none(), "{digits}");
        }
        assert!(Imsi::from_bcd(&[0x21, 0x43, 0xa5]).is_none());
        assert!(Imsi::from_bcd(&[0x21, 0xf3, 0x65, 0x87]).is_none(), "a filler in the middle");
        assert!(Imsi::from_bcd(&[0x21, 0x43, 0x65, 0xff]).is_none());
        assert!(Imsi::from_bcd(&[0x11; 9]).is_none());
    }
}
