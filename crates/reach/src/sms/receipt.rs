//! Delivery receipts (SMPP 3.4, 5.2.12 and appendix B): what has become of a message, by its optional
//! parameters where they are there, and by the text that most servers still send. Both come from
//! outside and are read with suspicion; nothing of them but the id, the state and the error is kept.

use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    Rejected,
    /// Under way, accepted, or unknown to the server itself: nothing that lasts.
    Pending,
}

impl State {
    /// It will never arrive.
    pub fn failed(self) -> bool {
        match self {
            State::Expired | State::Deleted | State::Undeliverable | State::Rejected => true,
            State::Delivered | State::Pending => false,
        }
    }

    /// As SMPP's texts name it.
    pub fn name(self) -> &'static str {
        match self {
            State::Delivered => "DELIVRD",
            State::Expired => "EXPIRED",
            State::Deleted => "DELETED",
            State::Undeliverable => "UNDELIV",
            State::Rejected => "REJECTD",
            State::Pending => "ENROUTE",
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        Some(match number {
            2 => State::Delivered,
            3 => State::Expired,
            4 => State::Deleted,
            5 => State::Undeliverable,
            8 => State::Rejected,
            0 | 1 | 6 | 7 | 9 => State::Pending,
            _ => return None,
        })
    }

    /// From the seven letters, or as many as a server gives.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let begins = |with: &str| name.starts_with(with);
        Some(match name.as_str() {
            _ if begins("DELIV") => State::Delivered,
            _ if begins("EXPIR") => State::Expired,
            _ if begins("DELET") => State::Deleted,
            _ if begins("UNDEL") => State::Undeliverable,
            _ if begins("REJ") => State::Rejected,
            _ if begins("ENROU") || begins("ACCEP") || begins("UNKNO") || begins("SCHED") => State::Pending,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// As [`plain_id`] writes it.
    pub message_id: String,
    /// The digits of the number it was for; empty where the server does not say.
    pub to: String,
    pub state: State,
    /// The network's or server's own number for why; empty where there is none.
    pub error: String,
}

impl Receipt {
    /// Such as `UNDELIV 027`.
    pub fn status(&self) -> String {
        [self.state.name(), &self.error].join(" ").trim_end().to_owned()
    }
}

/// Octets of a receipt's text that are looked at.
const TEXT: usize = 512;

/// None: it is no receipt, or names no message or no state.
pub fn read(pdu: &DeliverSm) -> Option<Receipt> {
    // Bits 5 to 2 of esm_class: 0001 is a receipt, 1000 a notification on the way.
    if u8::from(pdu.esm_class) & 0b0011_1100 != 0b0000_0100 {
        return None;
    }
    let (mut id, mut state, mut network) = (None, None, None);
    for value in pdu.tlvs().iter().filter_map(|tlv| tlv.value()) {
        if let TlvValue::ReceiptedMessageId(name) = value {
            id = plain_id(name.as_str());
        } else if let TlvValue::MessageState(number) = value {
            state = State::of_number(u8::from(*number));
        } else if let TlvValue::NetworkErrorCode(code) = value {
            network = Some(code.error_code.to_string());
        }
    }
    let text = text(pdu.short_message());
    let id = id.or_else(|| plain_id(field(&text, "id")?))?;
    let state = state.or_else(|| State::of_name(field(&text, "stat")?))?;
    let told = field(&text, "err").filter(|e| e.len() <= 8 && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    let error = told.map(str::to_owned).or(network).filter(|e| e.bytes().any(|b| b != b'0')).unwrap_or_default();
    let to = pdu.source_addr.as_str().chars().filter(char::is_ascii_digit).collect();
    Some(Receipt { message_id: id, to, state, error })
}

/// The text's head in lower case, without the zeros that UTF-16 would put between.
fn text(octets: &[u8]) -> String {
    let plain = octets.iter().take(TEXT).filter(|b| **b != 0).map(|b| if b.is_ascii() { char::from(*b) } else { ' ' });
    let text = plain.collect::<String>().to_ascii_lowercase();
    // What follows is the message's own first words, in which its sender may have written anything.
    let own = text.match_indices("text:").map(|(at, _)| at).find(|at| *at == 0 || text.as_bytes()[at - 1] == b' ');
    text[..own.unwrap_or(text.len())].to_owned()
}

/// What stands after `name:`, which begins the text or follows white space.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let separates = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | ';');
    let at = text.match_indices(name).find_map(|(at, _)| {
        let free = text[..at].chars().next_back().is_none_or(separates);
        text[at + name.len()..].strip_prefix(':').filter(|_| free)
    })?;
    let value = at.strip_prefix(' ').unwrap_or(at);
    value.split(separates).next().filter(|value| !value.is_empty())
}

/// An id as it is compared: lower case, without zeros that lead. None: it cannot be one.
pub fn plain_id(id: &str) -> Option<String> {
    let id = id.trim();
    if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let short = id.trim_start_matches('0');
    Some(if short.is_empty() { "0".to_owned() } else { short.to_ascii_lowercase() })
}

/// What else an id may have been called: servers name a message in hexadecimal when they take it and in
/// decimal when it has arrived, or the other way round. Itself first.
pub fn also(id: &str) -> Vec<String> {
    let mut all = vec![id.to_owned()];
    if let Ok(number) = id.parse::<u64>() {
        all.push(format!("{number:x}"));
    }
    if let Ok(number) = u64::from_str_radix(id, 16) {
        all.push(number.to_string());
    }
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Value;
    use rusmpp::types::{COctetString, OctetString};
    use rusmpp::values::{EsmClass, MessageState};

    use super::*;

    fn receipt(text: &[u8]) -> Option<Receipt> {
        let text = OctetString::from_slice(&text[..text.len().min(255)]).unwrap();
        read(&DeliverSm::builder().esm_class(EsmClass::from(0x04)).short_message(text).build())
    }

    fn told(text: &str) -> Option<(String, State, String)> {
        receipt(text.as_bytes()).map(|r| (r.message_id, r.state, r.error))
    }

    #[test]
    fn the_text_form_is_read_as_servers_write_it() {
        let is = |id: &str, state, error: &str| Some((id.to_owned(), state, error.to_owned()));
        let long =
            "id:0A1B2C sub:001 dlvrd:000 submit date:2611260401 done date:2611260402 stat:UNDELIV err:027 text:Hi";
        assert_eq!(told(long), is("a1b2c", State::Undeliverable, "027"));
        assert_eq!(told("id:7 stat:DELIVRD err:000 Text:"), is("7", State::Delivered, ""));
        assert_eq!(told("ID: 7 STAT: expired ERR:1f"), is("7", State::Expired, "1f"));
        assert_eq!(told("id:9;stat:REJECTD"), is("9", State::Rejected, ""));
        assert_eq!(told("id:9 stat:DELETED"), is("9", State::Deleted, ""));
        assert_eq!(told("id:9 stat:UNKNOWN"), is("9", State::Pending, ""));
        let wide: Vec<u8> = "id:7 stat:UNDELIV".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(receipt(&wide).map(|r| r.state), Some(State::Undeliverable));
    }

    #[test]
    fn what_the_message_said_decides_nothing() {
        assert_eq!(told("id:7 sub:001 text:stat:UNDELIV id:8"), None);
        assert_eq!(told("id:7 stat:DELIVRD text: id:8 stat:REJECTD"), told("id:7 stat:DELIVRD"));
        assert_eq!(told("text:id:7 stat:UNDELIV"), None);
        for hostile in [
            "",
            "id: stat:",
            "id:",
            "stat:UNDELIV",
            "grid:7 stat:UNDELIV",
            "id:7 stat:WHATEVER",
            "id:\u{7f} stat:UNDELIV",
        ] {
            assert_eq!(told(hostile), None, "{hostile:?}");
        }
        let long = format!("id:{} stat:UNDELIV", "9".repeat(65));
        assert_eq!(told(&long), None, "no server's id is that long");
        assert_eq!(told("id:7 stat:UNDELIV err:<script>").map(|t| t.2), Some(String::new()));
    }

    #[test]
    fn optional_parameters_go_before_the_text() {
        let pdu = |esm: u8| {
            DeliverSm::builder()
                .esm_class(EsmClass::from(esm))
                .short_message(OctetString::from_slice(b"id:1 stat:DELIVRD err:000").unwrap())
                .push_tlv(Value::ReceiptedMessageId(COctetString::from_slice(b"00FF\0").unwrap()))
                .push_tlv(Value::MessageState(MessageState::Undeliverable))
                .build()
        };
        let read_of = |esm| read(&pdu(esm)).map(|r| (r.message_id, r.state));
        assert_eq!(read_of(0x04), Some(("ff".to_owned(), State::Undeliverable)));
        assert_eq!(read_of(0x44), read_of(0x04), "with a user data header too");
        assert_eq!(read_of(0x00), None, "a person's message is no receipt, whatever it says");
        assert_eq!(read_of(0x20), None, "nor is news from the way");
    }

    #[test]
    fn an_id_is_known_in_both_notations() {
        assert_eq!(plain_id(" 00A1b "), Some("a1b".to_owned()));
        assert_eq!(plain_id("000"), Some("0".to_owned()));
        assert_eq!(also("a1b"), ["a1b", "2587"]);
        assert_eq!(also("2587"), ["2587", "a1b", "9607"]);
        assert_eq!(also("msg-7"), ["msg-7"]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(octets in proptest::collection::vec(any::<u8>(), 0..255)) {
            receipt(&octets);
        }

        #[test]
        fn pieces_of_receipts_in_any_order_give_sound_ids(pieces in proptest::collection::vec("id:|stat:|err:|text:|UNDELIV|DELIVRD|[0-9a-fA-F]{1,70}| |\u{0}|\n|;|é", 0..20)) {
            if let Some(receipt) = receipt(pieces.concat().as_bytes()) {
                prop_assert_eq!(plain_id(&receipt.message_id), Some(receipt.message_id.clone()));
                prop_assert!(receipt.status().len() <= 16 && receipt.status().is_ascii());
            }
        }

        #[test]
        fn no_frame_breaks_the_decoder(octets in proptest::collection::vec(any::<u8>(), 0..300), id in prop_oneof![Just(5u32), Just(0x8000_0004u32), any::<u32>()]) {
            use rusmpp::tokio_codec::CommandCodec;
            use tokio_util::bytes::BytesMut;
            use tokio_util::codec::Decoder;
            let mut frame = BytesMut::new();
            frame.extend_from_slice(&(octets.len() as u32 + 16).to_be_bytes());
            frame.extend_from_slice(&id.to_be_bytes());
            frame.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]);
            frame.extend_from_slice(&octets);
            if let Ok(Some(command)) = CommandCodec::new().with_max_length(4096).decode(&mut frame)
                && let Some(rusmpp::Pdu::DeliverSm(pdu)) = command.pdu()
            {
                read(pdu);
            }
        }
    }
}
