//! The alphabet of text messages: GSM 03.38 (3GPP TS 23.038, 6.2.1), with its extension table. A
//! septet is kept in an octet, as SMPP carries it; who puts it on the air packs it.

/// Leads into the extension table.
const ESCAPE: u8 = 0x1B;

/// What each septet means. The escape stands for itself and is no character.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1B}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// One character: a septet, or the escape and a septet. None: the alphabet does not have it.
pub fn septets(c: char) -> Option<([u8; 2], usize)> {
    // Most are where ASCII has them.
    if u8::try_from(c).is_ok_and(|b| b.is_ascii_alphanumeric() || b == b' ') {
        return Some(([c as u8, 0], 1));
    }
    if c == char::from(ESCAPE) {
        return None;
    }
    if let Some(at) = BASIC.iter().position(|b| *b == c) {
        return Some(([at as u8, 0], 1));
    }
    EXTENSION.iter().find(|(_, e)| *e == c).map(|(septet, _)| ([ESCAPE, *septet], 2))
}

/// One septet an octet; none where a character is beyond the alphabet.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        let (septets, many) = septets(c)?;
        out.extend(septets.into_iter().take(many));
    }
    Some(out)
}

/// What a phone shows: an escaped septet that the extension table lacks is the basic table's (6.2.1.1).
pub fn decode(septets: &[u8]) -> String {
    let mut out = String::with_capacity(septets.len());
    let mut escaped = false;
    for septet in septets.iter().map(|s| s & 0x7F) {
        let extended = EXTENSION.iter().find(|(code, _)| escaped && *code == septet);
        match (extended, septet) {
            (Some((_, c)), _) => out.push(*c),
            (None, ESCAPE) if !escaped => {
                escaped = true;
                continue;
            }
            (None, ESCAPE) => out.push(' '),
            (None, _) => out.push(BASIC[usize::from(septet)]),
        }
        escaped = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_standard_says_of_some_characters() {
        for (text, septets) in [
            ("@", &[0x00][..]),
            ("$", &[0x02]),
            ("\n", &[0x0A]),
            ("_", &[0x11]),
            ("¡", &[0x40]),
            ("§", &[0x5F]),
            ("¿", &[0x60]),
            ("à", &[0x7F]),
            ("Hello", b"Hello"),
            ("€", &[0x1B, 0x65]),
            ("[~]", &[0x1B, 0x3C, 0x1B, 0x3D, 0x1B, 0x3E]),
        ] {
            assert_eq!(encode(text).as_deref(), Some(septets), "{text}");
            assert_eq!(decode(septets), text);
        }
        for beyond in ["卡", "’", "`", "ç", "\u{1B}", "\u{202F}", "á"] {
            assert_eq!(encode(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn every_septet_but_the_escape_goes_there_and_back() {
        for septet in (0..128).filter(|s| *s != ESCAPE) {
            assert_eq!(encode(&decode(&[septet])), Some(vec![septet]));
        }
        assert_eq!(decode(&[ESCAPE, b'A', ESCAPE, ESCAPE, b'B', ESCAPE]), "A B", "as a phone shows it");
    }
}
