//! What both sides of a call say of their sound (SDP, RFC 8866; offer and answer, RFC 3264): which of the two G.711
//! they speak, how keys come (RFC 4733), where to send, and who may.

use std::net::{IpAddr, SocketAddr};

use crate::media::g711::Law;

/// Which way sound goes, as its sender sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Both,
    /// They send and do not listen: we are on hold.
    SendOnly,
    ReceiveOnly,
    Neither,
}

impl Way {
    fn named(name: &str) -> Option<Self> {
        match name {
            "sendrecv" => Some(Way::Both),
            "sendonly" => Some(Way::SendOnly),
            "recvonly" => Some(Way::ReceiveOnly),
            "inactive" => Some(Way::Neither),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Way::Both => "sendrecv",
            Way::SendOnly => "sendonly",
            Way::ReceiveOnly => "recvonly",
            Way::Neither => "inactive",
        }
    }

    /// What the other side says of the same.
    pub fn reversed(self) -> Self {
        match self {
            Way::SendOnly => Way::ReceiveOnly,
            Way::ReceiveOnly => Way::SendOnly,
            same @ (Way::Both | Way::Neither) => same,
        }
    }
}

/// What was agreed on, from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Where to send to.
    pub remote: SocketAddr,
    pub law: Law,
    /// The payload type of keys, where they come as events.
    pub keys: Option<u8>,
    /// Which way, as the far end sees it.
    pub way: Way,
}

impl Sound {
    /// Whether the far end wants to hear us.
    pub fn listens(&self) -> bool {
        matches!(self.way, Way::Both | Way::ReceiveOnly)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("there is no sound by RTP/AVP in it")]
    NoAudio,
    #[error("it speaks neither G.711 µ-law nor A-law")]
    NoCodec,
    #[error("its address cannot be read")]
    Address,
}

/// Longest description that is looked at.
const MOST: usize = 16_384;

/// Reads an offer or an answer: its first stream of sound.
pub fn read(body: &[u8]) -> Result<Sound, Bad> {
    let text = std::str::from_utf8(body.get(..body.len().min(MOST)).unwrap_or_default()).map_err(|_| Bad::NoAudio)?;
    let (mut session, mut own) = (Part::default(), None::<(Part, u16, Vec<u8>)>);
    for line in text.lines() {
        let Some((kind, value)) = line.trim_end().split_once('=') else { continue };
        if kind == "m" {
            if own.is_some() {
                break;
            }
            own = audio(value).map(|(port, formats)| (Part::default(), port, formats));
            if own.is_none() {
                // Another kind of stream: its lines are not the session's.
                session.closed = true;
            }
            continue;
        }
        match &mut own {
            Some((part, ..)) => part.line(kind, value),
            None if !session.closed => session.line(kind, value),
            None => {}
        }
    }
    let (part, port, formats) = own.ok_or(Bad::NoAudio)?;
    let address = part.address.or(session.address).ok_or(Bad::Address)?;
    let way = part.way.or(session.way).unwrap_or(Way::Both);
    // The old way to hold somebody (RFC 3264, 8.4).
    let way = if address.is_unspecified() { Way::SendOnly } else { way };
    let law = formats.iter().find_map(|format| part.law(*format)).ok_or(Bad::NoCodec)?;
    let keys = formats.iter().copied().find(|format| part.is(*format, "telephone-event/8000"));
    Ok(Sound { remote: SocketAddr::new(address, port), law, keys, way })
}

#[derive(Default)]
struct Part {
    address: Option<IpAddr>,
    way: Option<Way>,
    maps: Vec<(u8, String)>,
    closed: bool,
}

impl Part {
    fn line(&mut self, kind: &str, value: &str) {
        match kind {
            "c" => {
                let mut words = value.split_ascii_whitespace();
                let address = words.nth(2).and_then(|text| text.split('/').next()?.parse().ok());
                self.address = address.or(self.address);
            }
            "a" => {
                if let Some(way) = Way::named(value.trim()) {
                    self.way = Some(way);
                } else if let Some((format, name)) = value.strip_prefix("rtpmap:").and_then(|v| v.split_once(' '))
                    && let Ok(format) = format.trim().parse()
                    && self.maps.len() < 64
                {
                    self.maps.push((format, name.trim().to_ascii_lowercase()));
                }
            }
            _ => {}
        }
    }

    fn is(&self, format: u8, name: &str) -> bool {
        self.maps.iter().any(|(f, n)| *f == format && n.trim_end_matches("/1") == name)
    }

    fn law(&self, format: u8) -> Option<Law> {
        match format {
            0 => Some(Law::Mu),
            8 => Some(Law::A),
            _ => None,
        }
    }
}

/// Port and formats of a stream of sound; none of a refused or another one.
fn audio(value: &str) -> Option<(u16, Vec<u8>)> {
    let mut words = value.split_ascii_whitespace();
    let (kind, port, protocol) = (words.next()?, words.next()?, words.next()?);
    if kind != "audio" || protocol != "RTP/AVP" {
        return None;
    }
    let port = port.split('/').next()?.parse().ok().filter(|port| *port != 0)?;
    Some((port, words.take(64).filter_map(|word| word.parse().ok()).filter(|format| *format < 128).collect()))
}

/// Describes our side. With `agreed`, what that has and nothing else, as an answer must.
pub fn write(local: SocketAddr, session: u64, version: u64, agreed: Option<&Sound>, way: Way) -> Vec<u8> {
    let family = if local.is_ipv4() { "IP4" } else { "IP6" };
    let (laws, keys) = match agreed {
        Some(sound) => (vec![sound.law], sound.keys),
        None => (vec![Law::Mu, Law::A], Some(101)),
    };
    let mut formats: Vec<String> = laws.iter().map(|law| law.format().to_string()).collect();
    formats.extend(keys.map(|keys| keys.to_string()));
    let mut text = format!(
        "v=0\r\no=cease {session} {version} IN {family} {ip}\r\ns=Cease\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP {formats}\r\n",
        ip = local.ip(),
        port = local.port(),
        formats = formats.join(" "),
    );
    for law in laws {
        text.push_str(&format!("a=rtpmap:{} {}/8000\r\n", law.format(), law.name()));
    }
    if let Some(keys) = keys {
        text.push_str(&format!("a=rtpmap:{keys} telephone-event/8000\r\na=fmtp:{keys} 0-15\r\n"));
    }
    text.push_str(&format!("a=ptime:20\r\na={}\r\n", way.name()));
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARESIP: &str = "v=0\r\no=- 3 4 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\na=tool:baresip\r\n\
        m=video 9 RTP/AVP 97\r\na=sendonly\r\nm=audio 14234 RTP/AVP 9 8 0 101\r\na=rtpmap:9 G722/8000\r\n\
        a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
        a=sendrecv\r\nm=audio 9000 RTP/AVP 0\r\n";

    #[test]
    fn an_offer_is_read_and_answered_with_what_it_has() {
        let sound = read(BARESIP.as_bytes()).unwrap();
        let wanted = Sound { remote: "10.0.0.9:14234".parse().unwrap(), law: Law::A, keys: Some(101), way: Way::Both };
        assert_eq!(sound, wanted);
        let answer = write("192.0.2.1:10000".parse().unwrap(), 1, 1, Some(&sound), Way::Both);
        let back = read(&answer).unwrap();
        assert_eq!((back.law, back.keys, back.remote), (Law::A, Some(101), "192.0.2.1:10000".parse().unwrap()));
        assert!(!String::from_utf8(answer).unwrap().contains("PCMU"));
    }

    #[test]
    fn hold_is_seen_in_both_ways() {
        let held = BARESIP.replace("a=sendrecv", "a=sendonly");
        assert!(!read(held.as_bytes()).unwrap().listens());
        let old = BARESIP.replace("c=IN IP4 10.0.0.9", "c=IN IP4 0.0.0.0");
        assert!(!read(old.as_bytes()).unwrap().listens());
        assert_eq!(Way::SendOnly.reversed(), Way::ReceiveOnly);
    }

    #[test]
    fn what_cannot_be_served_is_said() {
        assert_eq!(read(b""), Err(Bad::NoAudio));
        assert_eq!(read(&[0xff; 99]), Err(Bad::NoAudio));
        assert_eq!(read(b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 9 RTP/SAVP 0\r\n"), Err(Bad::NoAudio));
        assert_eq!(read(b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP 18\r\n"), Err(Bad::NoCodec));
        assert_eq!(read(b"v=0\r\nc=IN IP4 example.com\r\nm=audio 9 RTP/AVP 0\r\n"), Err(Bad::Address));
        assert_eq!(read(b"m=audio 0 RTP/AVP 0\r\n"), Err(Bad::NoAudio));
    }
}
