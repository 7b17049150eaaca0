//! G.711: sixteen bits to eight and back, by the segments of ITU-T G.711.

/// The two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    Mu,
    A,
}

impl Law {
    /// The static payload type (RFC 3551).
    pub fn format(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    /// What silence is.
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => mu(sample),
            Law::A => a(sample),
        }
    }

    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Law::Mu => from_mu(byte),
            Law::A => from_a(byte),
        }
    }
}

fn mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let size = (i32::from(sample).abs().min(32_635) + 132) as u16;
    let segment = 15 - size.leading_zeros() as u16;
    let exponent = segment - 7;
    let mantissa = size >> (exponent + 3) & 0x0f;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

fn from_mu(byte: u8) -> i16 {
    let byte = !byte;
    let (exponent, mantissa) = (byte >> 4 & 7, i16::from(byte & 0x0f));
    let size = (((mantissa << 3) + 132) << exponent) - 132;
    if byte & 0x80 == 0 { size } else { -size }
}

fn a(sample: i16) -> u8 {
    let negative = sample < 0;
    // Twelve bits and sign; the negative side begins one below zero.
    let size = (if negative { !sample } else { sample }) >> 4;
    let value = if size < 32 {
        size
    } else {
        // The first two segments are sixteen steps each, every further one twice as long.
        let exponent = 12 - (size as u16).leading_zeros() as i16;
        exponent << 4 | size >> (exponent - 1) & 0x0f
    };
    (value as u8 | if negative { 0 } else { 0x80 }) ^ 0x55
}

fn from_a(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = (i16::from(byte >> 4 & 7), i16::from(byte & 0x0f));
    let size = if exponent == 0 { (mantissa << 4) + 8 } else { ((mantissa << 4) + 0x108) << (exponent - 1) };
    if byte & 0x80 == 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tables of ITU-T G.711: code, and the value it stands for (14 and 13 bits, as 16).
    #[test]
    fn the_standard_s_values_come_out() {
        for (code, value) in
            [(0xff, 0), (0x7f, 0), (0x80, 32_124), (0x00, -32_124), (0xfe, 8), (0x7e, -8), (0xe7, 260), (0xef, 132)]
        {
            assert_eq!(Law::Mu.decode(code), value, "{code:02x}");
        }
        for (code, value) in
            [(0xd5, 8), (0x55, -8), (0xaa, 32_256), (0x2a, -32_256), (0xd4, 24), (0x54, -24), (0x85, 4_224)]
        {
            let code: u8 = code;
            assert_eq!(Law::A.decode(code), value, "{code:02x}");
        }
        assert_eq!((Law::Mu.silence(), Law::A.silence()), (0xff, 0xd5));
    }

    #[test]
    fn every_code_is_its_own() {
        for law in [Law::Mu, Law::A] {
            for code in 0..=255 {
                // µ-law has two zeros.
                if !(law == Law::Mu && code == 0x7f) {
                    assert_eq!(law.encode(law.decode(code)), code, "{law:?} {code:02x}");
                }
            }
        }
    }

    #[test]
    fn no_sample_is_far_off() {
        for law in [Law::Mu, Law::A] {
            for sample in i16::MIN..=i16::MAX {
                let off = (i32::from(law.decode(law.encode(sample))) - i32::from(sample)).abs();
                assert!(off <= 16 + i32::from(sample).abs() / 28, "{law:?} {sample} {off}");
            }
        }
    }
}
