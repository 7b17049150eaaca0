//! The alphabets of a SIM: GSM 7 bit with its extension (3GPP TS 23.038, 6.2.1), packed in messages and one an octet in
//! names; UCS-2; and the three ways to write UCS-2 in a name (ETSI TS 102 221, annex A: 0x80, 0x81, 0x82).

/// What each septet means; the escape is no character.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE: u8 = 0x1b;
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// One septet an octet; an escaped one that the extension lacks is the basic table's, as on a telephone.
pub fn gsm7(septets: impl IntoIterator<Item = u8>) -> String {
    let basic: Vec<char> = BASIC.chars().collect();
    let (mut out, mut escaped) = (String::new(), false);
    for septet in septets {
        let septet = septet & 0x7f;
        let extended = EXTENSION.iter().find(|(code, _)| escaped && *code == septet).map(|(_, c)| *c);
        if septet == ESCAPE {
            // Twice is reserved for a further table, and shown as a space.
            if escaped {
                out.push(' ');
            }
            escaped = !escaped;
            continue;
        }
        escaped = false;
        out.extend(extended.or_else(|| basic.get(usize::from(septet)).copied()));
    }
    out
}

/// Septets out of octets, from a bit on: a user data header is filled up to the next septet.
pub fn unpack(octets: &[u8], from: usize, many: usize) -> Vec<u8> {
    let bit = |n: usize| octets.get(n / 8).map(|octet| octet >> (n % 8) & 1);
    let septet =
        |n: usize| (0..7).map_while(|i| bit(from + n * 7 + i).map(|bit| bit << i)).fold(0, |all, bit| all | bit);
    (0..many).take_while(|n| from + (n + 1) * 7 <= octets.len() * 8).map(septet).collect()
}

/// Big-endian pairs; also what is beyond UCS-2, as telephones write it (UTF-16). A half pair is dropped.
pub fn ucs2(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A name, as an alpha identifier holds it, with 0xFF after its end.
pub fn alpha(octets: &[u8]) -> Result<String, &'static str> {
    match octets {
        [0x80, rest @ ..] => {
            let end = rest.chunks_exact(2).position(|pair| pair == [0xff, 0xff]).unwrap_or(rest.len() / 2);
            Ok(ucs2(&rest[..end * 2]))
        }
        [0x81, len, base, rest @ ..] => based(u32::from(*base) << 7, *len, rest),
        [0x82, len, high, low, rest @ ..] => based(u32::from(*high) << 8 | u32::from(*low), *len, rest),
        [0x81 | 0x82, ..] => Err("a name that is cut off"),
        plain => Ok(gsm7(plain.iter().copied().take_while(|octet| *octet != 0xff))),
    }
}

/// Octets below 0x80 are GSM 7 bit, those above count from a base.
fn based(base: u32, len: u8, octets: &[u8]) -> Result<String, &'static str> {
    let octets = octets.get(..usize::from(len)).ok_or("a name that is longer than its record")?;
    let mut out = String::new();
    for part in octets.chunk_by(|a, b| a < &0x80 && b < &0x80) {
        match part {
            [octet @ (0x80..)] => out.push(char::from_u32(base + u32::from(octet & 0x7f)).unwrap_or('\u{fffd}')),
            plain => out.push_str(&gsm7(plain.iter().copied())),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_septets_are_read_with_and_without_a_header_before_them() {
        // TS 23.038, 6.1.2.1.1: the bits as they lie.
        let hello = [0xe8, 0x32, 0x9b, 0xfd, 0x46, 0x97, 0xd9, 0xec, 0x37];
        assert_eq!(gsm7(unpack(&hello, 0, 10)), "hellohello");
        assert_eq!(gsm7(unpack(&hello, 0, 99)), "hellohello", "no more than there is");
        assert_eq!(gsm7(unpack(&hello, 7, 4)), "ello");
        assert_eq!(gsm7([0x1b, 0x65, 0x1b, 0x41, 0x1b, 0x1b, 0x11]), "€A _");
        assert_eq!(BASIC.chars().count(), 128);
        assert!(unpack(&[], 3, 160).is_empty());
    }

    #[test]
    fn names_are_read_in_all_four_ways() {
        // ETSI TS 102 221, annex A: the examples of 0x81 and 0x82.
        assert_eq!(alpha(&[0x81, 0x03, 0x13, 0x53, 0x95, 0xa6, 0xff, 0xff]).unwrap(), "Sকদ");
        assert_eq!(alpha(&[0x82, 0x05, 0x05, 0x30, 0x2d, 0x82, 0xd3, 0x2d, 0x31]).unwrap(), "-\u{532}\u{583}-1");
        assert_eq!(alpha(&[0x80, 0x5f, 0x20, 0x4e, 0x09, 0xff, 0xff, 0xff]).unwrap(), "张三");
        assert_eq!(alpha(b"Mum\xff\xff\xff").unwrap(), "Mum");
        assert_eq!(alpha(&[0x1b, 0x65, 0xff]).unwrap(), "€");
        assert_eq!(alpha(&[]).unwrap(), "");
        assert!(alpha(&[0x81, 0x09, 0x13, 0x53]).is_err() && alpha(&[0x82, 1]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_octets_are_read_or_not(octets: Vec<u8>, from in 0usize..2_000, many in 0usize..400) {
            let _ = (alpha(&octets), ucs2(&octets), gsm7(unpack(&octets, from, many)));
        }
    }
}
