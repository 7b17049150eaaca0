//! Texts from people, as an SMSC brings them (SMPP 3.4, `deliver_sm` of the default type): from which number, to which, and
//! the words. What is longer than one message is read as its pieces: a request to switch is one word.

use rusmpp::pdus::DeliverSm;

use super::gsm7;

/// Characters that are kept.
const MOST: usize = 160;
/// Type of number: international (5.2.5).
const INTERNATIONAL: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The digits of the number it came from, with a + where the network says that it is international.
    pub from: String,
    /// The digits of the number it went to, such as a short code.
    pub to: String,
    pub words: String,
}

/// None: it is no person's text, or no number sent it.
pub fn read(pdu: &DeliverSm) -> Option<Text> {
    let esm = u8::from(pdu.esm_class);
    // Bits 5 to 2: 0000 is an ordinary message.
    if esm & 0b0011_1100 != 0 {
        return None;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let from = pdu.source_addr.as_str();
    let (bare, to) = (digits(from), digits(pdu.destination_addr.as_str()));
    if bare.len() < 3 || bare.len() > 15 || from.chars().any(|c| !c.is_ascii_digit() && c != '+') {
        return None;
    }
    let plus = from.starts_with('+') || u8::from(pdu.source_addr_ton) == INTERNATIONAL;
    let octets: &[u8] = pdu.short_message();
    // Before the words may stand what joins the parts of a long text.
    let head = if esm & 0x40 != 0 { 1 + usize::from(octets.first().copied().unwrap_or_default()) } else { 0 };
    let words = words(u8::from(pdu.data_coding), octets.get(head..).unwrap_or_default());
    Some(Text { from: if plus { format!("+{bare}") } else { bare }, to, words })
}

fn words(coding: u8, octets: &[u8]) -> String {
    let text = match coding {
        0x00 => gsm7::decode(octets),
        0x08 => {
            let units: Vec<u16> = octets.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => octets.iter().map(|octet| char::from(*octet)).collect(),
    };
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.collect::<String>().trim().chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::types::{COctetString, OctetString};
    use rusmpp::values::{DataCoding, EsmClass, Ton};

    use super::*;

    fn brought(esm: u8, coding: u8, from: &str, octets: &[u8]) -> Option<Text> {
        let address = |text: &str| COctetString::from_string(text.to_owned()).unwrap();
        read(
            &DeliverSm::builder()
                .esm_class(EsmClass::from(esm))
                .data_coding(DataCoding::from(coding))
                .source_addr_ton(Ton::International)
                .source_addr(address(from))
                .destination_addr(address("65075"))
                .short_message(OctetString::from_slice(octets).unwrap())
                .build(),
        )
    }

    #[test]
    fn a_text_is_read_in_the_alphabet_it_came_in() {
        let is = |words: &str| Some(Text { from: "+447700900201".into(), to: "65075".into(), words: words.into() });
        let from = "447700900201";
        assert_eq!(brought(0, 0, from, b" PAC\n"), is("PAC"));
        assert_eq!(brought(0, 3, from, b"pac"), is("pac"));
        let wide: Vec<u8> = "转网 PAC".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(brought(0, 8, from, &wide), is("转网 PAC"));
        // A piece of a longer one has a head of its own.
        assert_eq!(brought(0x40, 0, from, &[&[5, 0, 3, 7, 2, 1], &b"STAC"[..]].concat()), is("STAC"));
        assert_eq!(brought(0x40, 0, from, &[200, 0]), is(""));
    }

    #[test]
    fn what_no_phone_has_sent_is_none() {
        assert_eq!(brought(0x04, 0, "447700900201", b"PAC"), None, "a receipt");
        assert_eq!(brought(0x20, 0, "447700900201", b"PAC"), None, "news from the way");
        for from in ["", "12", "Laika", "4477009002011234567", "44 7700"] {
            assert_eq!(brought(0, 0, from, b"PAC"), None, "{from:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(esm in any::<u8>(), coding in any::<u8>(), octets in proptest::collection::vec(any::<u8>(), 0..255)) {
            if let Some(text) = brought(esm, coding, "447700900201", &octets) {
                prop_assert!(text.words.chars().count() <= MOST && !text.words.chars().any(char::is_control));
            }
        }
    }
}
