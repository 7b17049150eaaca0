//! Where texts go and under which name, read once and refused with a reason where it cannot work.

use std::path::Path;
use std::sync::Arc;

use rusmpp::values::{Npi, Ton};
use tokio_rustls::rustls::RootCertStore;
use url::Url;

use super::gsm7;
use crate::Failure;
use crate::mail::{is_here, never, percent_decoded};

/// Messages a second, at most, that anybody may ask for.
const RATE: u32 = 100_000;
/// Messages at once that may wait for an answer.
const WINDOW: u32 = 1_000;

#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    /// For TLS: the authorities that the SMSC is known by.
    pub(super) tls: Option<Arc<RootCertStore>>,
    pub(super) system_id: String,
    pub(super) password: String,
    pub(super) sender: Sender,
    pub(super) rate: u32,
    pub(super) window: u32,
}

impl Settings {
    /// `url` is one of
    /// - `ssmpp://system_id:password@host[:3550]`: TLS from the first byte, by a certificate of a public authority (see
    ///   [`Settings::known_by`]);
    /// - `smpp://system_id:password@host[:2775]`: in the clear, as in most operators' own networks.
    ///
    /// Special characters in the two are percent-encoded. `rate` is in messages a second, `window` in
    /// messages that wait for an answer. Opens no connection.
    pub fn new(url: &str, sender: &str, rate: u32, window: u32) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|e| never(&format!("the SMSC's address: {e}")))?;
        let (tls, port) = match url.scheme() {
            "ssmpp" | "smpps" => (true, 3550),
            "smpp" => (false, 2775),
            _ => return Err(never("the SMSC's address begins with smpp:// or ssmpp://")),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let plain = |text: &str, what: &str, most: usize| {
            let text = percent_decoded(text);
            match String::from_utf8(text) {
                Ok(text) if text.len() <= most && text.bytes().all(|b| (0x20..0x7F).contains(&b)) => Ok(text),
                Ok(_) | Err(_) => Err(never(&format!("SMPP has room for {most} ASCII characters of {what}"))),
            }
        };
        let system_id = plain(url.username(), "system_id", 15)?;
        let password = plain(url.password().unwrap_or_default(), "password", 8)?;
        if host.is_empty() || system_id.is_empty() || !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(never("the SMSC's address is of the form smpp://system_id:password@host:port"));
        }
        if !(1..=RATE).contains(&rate) {
            return Err(never(&format!("the rate is from 1 to {RATE} messages a second")));
        }
        if !(1..=WINDOW).contains(&window) {
            return Err(never(&format!("the window is from 1 to {WINDOW} messages")));
        }
        let tls = if tls { Some(authorities(None)?) } else { None };
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, tls, system_id, password, sender: Sender::new(sender)?, rate, window })
    }

    /// Known by a certificate of one of the authorities in a file (PEM), and of no other.
    pub fn known_by(self, ca: &Path) -> Result<Self, Failure> {
        if self.tls.is_none() {
            return Err(never("authorities are for an SMSC that speaks TLS: ssmpp://"));
        }
        Ok(Self { tls: Some(authorities(Some(ca))?), ..self })
    }

    /// Whether names, passwords and texts cross a network that can be read along.
    pub fn in_the_clear(&self) -> bool {
        self.tls.is_none() && !is_here(&self.host)
    }
}

fn authorities(ca: Option<&Path>) -> Result<Arc<RootCertStore>, Failure> {
    crate::tls::roots(ca, "ca").map(Arc::new).map_err(|why| never(&why))
}

/// Who a text is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub ton: Ton,
    pub npi: Npi,
    pub address: String,
}

impl Sender {
    /// A name of at most 11 characters, a number that begins with +, or a short code.
    fn new(sender: &str) -> Result<Self, Failure> {
        let made = |ton, npi, address: &str| Ok(Self { ton, npi, address: address.to_owned() });
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if let Some(number) = sender.strip_prefix('+') {
            return match number.len() {
                7..=15 if digits(number) && !number.starts_with('0') => made(Ton::International, Npi::Isdn, number),
                _ => Err(never("a sender that begins with + is a number such as +447700900123")),
            };
        }
        if !sender.is_empty() && digits(sender) {
            return match sender.len() {
                3..=8 => made(Ton::NetworkSpecific, Npi::Unknown, sender),
                _ => Err(never("a sender of digits is a short code of 3 to 8, or a number that begins with +")),
            };
        }
        // What both alphabets have under one code.
        let same = |c: char| c.is_ascii() && gsm7::septets(c) == Some(([c as u8, 0], 1));
        let name = sender.chars().any(|c| c.is_ascii_alphabetic()) && sender.trim() == sender;
        if name && sender.len() <= 11 && sender.chars().all(|c| same(c) && !c.is_ascii_control()) {
            return made(Ton::Alphanumeric, Npi::Unknown, sender);
        }
        Err(never(
            "the sender of texts is a name of at most 11 Latin letters and digits, a number with +, or a short code",
        ))
    }
}

/// The digits of a number as it is dialled from abroad.
pub(super) fn number(to: &str) -> Result<String, Failure> {
    let digits: String = to.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '+')).collect();
    let sound = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if sound && (5..=15).contains(&digits.len()) {
        Ok(digits)
    } else {
        Err(never("the phone number is not an international one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(url: &str) -> Result<Settings, Failure> {
        Settings::new(url, "Laika", 10, 10)
    }

    #[test]
    fn where_it_may_send() {
        let smsc = made("smpp://cease:p%40ss@smsc.example").unwrap();
        assert_eq!((smsc.password.as_str(), smsc.port, smsc.tls.is_some()), ("p@ss", 2775, false));
        assert!(smsc.in_the_clear() && !made("smpp://c:p@127.0.0.1").unwrap().in_the_clear());
        let smsc = made("ssmpp://cease:pw@[::1]:9999/").unwrap();
        assert_eq!((smsc.host.as_str(), smsc.port, smsc.tls.is_some()), ("::1", 9999, true));
        for (bad, why) in [
            ("http://c:p@smsc.example", "smpp://"),
            ("smpp://smsc.example", "system_id:password@"),
            ("smpp://c:p@smsc.example/x", "system_id:password@"),
            ("smpp://sixteen-letters!:p@smsc.example", "15"),
            ("smpp://c:ninechars@smsc.example", "8 ASCII"),
            ("smpp://c:%E5%8D%A1@smsc.example", "8 ASCII"),
            ("smpp://c:a%00b@smsc.example", "8 ASCII"),
            ("", "address"),
        ] {
            let Err(Failure::GiveUp(said)) = made(bad) else { panic!("{bad}") };
            assert!(said.contains(why) && !said.contains("ninechars"), "{bad}: {said}");
        }
        assert!(Settings::new("smpp://c:p@localhost", "Laika", 0, 1).is_err());
        assert!(Settings::new("smpp://c:p@localhost", "Laika", 1, 0).is_err());
    }

    #[test]
    fn a_sender_is_a_name_a_number_or_a_short_code() {
        let kind = |s: &str| Sender::new(s).map(|s| (s.ton, s.npi, s.address)).ok();
        let is = |ton, npi, address: &str| Some((ton, npi, address.to_owned()));
        assert_eq!(kind("Laika Mobil"), is(Ton::Alphanumeric, Npi::Unknown, "Laika Mobil"));
        assert_eq!(kind("+447700900123"), is(Ton::International, Npi::Isdn, "447700900123"));
        assert_eq!(kind("10086"), is(Ton::NetworkSpecific, Npi::Unknown, "10086"));
        for bad in [
            "",
            "Laika Mobile",
            "莱卡",
            "07700900123",
            "+",
            "+12",
            "+0123456789",
            "A@B",
            "L_K",
            "L$K",
            " Laika",
            "-",
            "A\nB",
        ] {
            assert_eq!(kind(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_number_is_international_or_not_written_to() {
        assert_eq!(number("+44 (7700) 900-123").ok().as_deref(), Some("447700900123"));
        for bad in ["", "07700900123", "+44 77OO", "1234567890123456", "desk@example.com", "+1\u{0}2345"] {
            assert!(
                matches!(number(bad), Err(Failure::GiveUp(ref why)) if bad.is_empty() || !why.contains(bad)),
                "{bad:?}"
            );
        }
    }
}
