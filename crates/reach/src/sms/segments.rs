//! A text as the messages that carry it: 160 septets or 70 UTF-16 units in one, 153 or 67 in each of
//! several that a phone joins by their user data header (3GPP TS 23.040, 9.2.3.24.1).

use unicode_segmentation::UnicodeSegmentation;

use super::gsm7;

/// More parts than this are no text message any more.
pub const MOST: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// GSM 03.38, one septet an octet.
    Gsm7,
    /// UTF-16, big endian; surrogate pairs as phones take them.
    Ucs2,
}

impl Coding {
    /// Units in a message of its own, and in one of several.
    fn room(self) -> (usize, usize) {
        match self {
            Coding::Gsm7 => (160, 153),
            Coding::Ucs2 => (70, 67),
        }
    }
}

/// A text, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    pub coding: Coding,
    /// What each message carries, without its header.
    pub parts: Vec<Vec<u8>>,
}

impl Cut {
    /// The octets of one message: where there are several, after the header that joins them under a reference.
    pub fn message(&self, part: usize, reference: u8) -> Vec<u8> {
        let body = self.parts.get(part).map_or(&[][..], Vec::as_slice);
        if self.parts.len() < 2 {
            return body.to_vec();
        }
        // Header of five octets: concatenation, 8 bits, three octets: reference, how many, which.
        let mut out = vec![5, 0, 3, reference, self.parts.len() as u8, part as u8 + 1];
        out.extend_from_slice(body);
        out
    }
}

/// Cuts a text. A character is never cut in two, nor what a reader sees as one, where one part can hold it.
pub fn cut(text: &str) -> Cut {
    let septets = gsm7::encode(text);
    let coding = if septets.is_some() { Coding::Gsm7 } else { Coding::Ucs2 };
    let (alone, joined) = coding.room();
    let whole = septets.unwrap_or_else(|| utf16(text));
    let octets = if coding == Coding::Gsm7 { 1 } else { 2 };
    if whole.len() <= alone * octets {
        return Cut { coding, parts: vec![whole] };
    }
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    let encoded =
        |text: &str| if coding == Coding::Gsm7 { gsm7::encode(text).unwrap_or_default() } else { utf16(text) };
    for seen in text.graphemes(true) {
        let one = encoded(seen);
        let whole = one.len() <= joined * octets;
        // Marks upon marks without end are cut between characters.
        let pieces =
            if whole { vec![one] } else { seen.chars().map(|c| encoded(c.encode_utf8(&mut [0; 4]))).collect() };
        for piece in pieces {
            if part.len() + piece.len() > joined * octets {
                parts.push(std::mem::take(&mut part));
            }
            part.extend(piece);
        }
    }
    parts.push(part);
    Cut { coding, parts }
}

/// How many messages a text takes.
pub fn count(text: &str) -> usize {
    cut(&plain(text)).parts.len()
}

/// What a phone makes of the parts.
pub fn join(cut: &Cut) -> String {
    let whole: Vec<u8> = cut.parts.concat();
    match cut.coding {
        Coding::Gsm7 => gsm7::decode(&whole),
        Coding::Ucs2 => {
            let units = whole.chunks(2).map(|two| u16::from_be_bytes([two[0], two.get(1).copied().unwrap_or(0)]));
            char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
        }
    }
}

/// The text with typographic characters as the alphabet has them, where those were all that it lacked:
/// one narrow space would more than halve what fits.
pub fn plain(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{2032}' => "'".to_owned(),
            '\u{201C}' | '\u{201D}' | '\u{2033}' => "\"".to_owned(),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => "-".to_owned(),
            '\u{2026}' => "...".to_owned(),
            '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' => " ".to_owned(),
            c => c.to_string(),
        })
        .collect();
    if gsm7::encode(&plain).is_some() { plain } else { text.to_owned() }
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        let cut = cut(text);
        let octets = if cut.coding == Coding::Gsm7 { 1 } else { 2 };
        cut.parts.iter().map(|part| part.len() / octets).collect()
    }

    #[test]
    fn lengths_are_the_standard_s() {
        assert_eq!(lengths(""), [0]);
        assert_eq!(lengths(&"a".repeat(160)), [160]);
        assert_eq!(lengths(&"a".repeat(161)), [153, 8]);
        assert_eq!(lengths(&"a".repeat(307)), [153, 153, 1]);
        assert_eq!(lengths(&"卡".repeat(70)), [70]);
        assert_eq!(lengths(&"卡".repeat(71)), [67, 4]);
        assert_eq!(lengths(&"€".repeat(80)), [160]);
        assert_eq!(lengths(&"€".repeat(81)), [152, 10], "an escape is not cut from what it escapes");
        assert_eq!(lengths(&"😀".repeat(36)), [66, 6], "nor a surrogate from its pair");
        let family = "👨‍👩‍👧‍👦"; // 11 units that are one picture
        assert_eq!(lengths(&format!("{}{family}{}", "字".repeat(60), "字".repeat(20))), [60, 31]);
        assert_eq!(lengths(&format!("{}e\u{301}{}", "字".repeat(66), "字".repeat(9))), [66, 11]);
    }

    #[test]
    fn the_header_names_reference_number_and_part() {
        let cut = cut(&"a".repeat(161));
        assert_eq!(cut.message(0, 0xC7)[..6], [5, 0, 3, 0xC7, 2, 1]);
        assert_eq!(cut.message(1, 0xC7), [&[5, 0, 3, 0xC7, 2, 2][..], b"aaaaaaaa"].concat());
        let alone = super::cut("a");
        assert_eq!(alone.message(0, 0xC7), b"a", "one message alone has no header");
    }

    #[test]
    fn typography_does_not_cost_half_the_room() {
        assert_eq!(plain("It’s “2:03\u{202F}PM” – wait…"), "It's \"2:03 PM\" - wait...");
        assert_eq!(plain("卡’"), "卡’", "where the alphabet will not do anyway, nothing is changed");
    }

    /// Texts that are hard to cut: escapes, surrogates, marks upon marks, joined pictures, flags.
    fn hard() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            Just("a".to_owned()),
            Just("€".to_owned()),
            Just("卡".to_owned()),
            Just("😀".to_owned()),
            Just("👨‍👩‍👧‍👦".to_owned()),
            Just("🇨🇳".to_owned()),
            Just("e\u{301}".to_owned()),
            Just("\u{301}".repeat(90)),
            any::<char>().prop_map(|c| c.to_string()),
            "[ -~]{1,40}",
        ];
        proptest::collection::vec(pieces, 0..120).prop_map(|pieces| pieces.concat())
    }

    fn text_has(cut: &Cut) -> bool {
        join(cut).contains(char::REPLACEMENT_CHARACTER)
    }

    proptest! {
        #[test]
        fn what_is_cut_is_joined_again_and_every_part_fits(text in hard()) {
            let cut = cut(&text);
            prop_assert_eq!(join(&cut), text);
            let (alone, joined) = cut.coding.room();
            let octets = if cut.coding == Coding::Gsm7 { 1 } else { 2 };
            let room = if cut.parts.len() == 1 { alone } else { joined };
            for (n, part) in cut.parts.iter().enumerate() {
                prop_assert!(part.len() <= room * octets);
                prop_assert!(cut.parts.len() == 1 || !part.is_empty());
                // Each part alone is whole characters.
                let one = join(&Cut { coding: cut.coding, parts: vec![part.clone()] });
                let broken = one.contains(char::REPLACEMENT_CHARACTER) && !text_has(&cut);
                prop_assert!(!broken, "cut within a character");
                let packed = (cut.message(n, 1).len() - part.len()) + if octets == 1 { (part.len() * 7).div_ceil(8) } else { part.len() };
                prop_assert!(packed <= 140, "{} octets on the air", packed);
            }
        }

        #[test]
        fn septets_go_there_and_back(text in "[ -_a-~€äöüÄÖÑ§ΔΦ£\n]{0,400}") {
            prop_assert_eq!(gsm7::encode(&text).map(|s| gsm7::decode(&s)), Some(text));
        }

        #[test]
        fn no_octets_break_the_reading(octets in proptest::collection::vec(any::<u8>(), 0..400)) {
            gsm7::decode(&octets);
            join(&Cut { coding: Coding::Ucs2, parts: vec![octets] });
        }
    }
}
