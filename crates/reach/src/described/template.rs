//! Texts with places for a card's numbers. A place is checked when the configuration is read; a number
//! that a card lacks is said before anything is sent.

use crate::Line;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Iccid,
    Imsi,
    Eid,
    Generation,
    Key,
    /// One that only this kind of peer has.
    Own(&'static str),
}

impl Place {
    const ALL: [(&'static str, Place); 5] = [
        ("iccid", Place::Iccid),
        ("imsi", Place::Imsi),
        ("eid", Place::Eid),
        ("generation", Place::Generation),
        ("key", Place::Key),
    ];
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Place),
}

/// How a number is written where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// Percent-encoded (RFC 3986): all but letters, digits, `-`, `.`, `_` and `~`.
    Url,
    /// As inside of a JSON text.
    Json,
    /// As it is.
    Bare,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
    dress: Dress,
}

/// The numbers to put in.
pub struct Numbers<'a> {
    pub line: &'a Line,
    /// None where nothing is changed.
    pub key: Option<String>,
    /// What its own places stand for.
    pub own: &'a [(&'static str, String)],
}

impl Template {
    /// `{word}` is a place; any other brace stands for itself, so that JSON needs no escaping. `key`: whether
    /// there is an idempotency key. `own`: places beside the card's.
    pub fn new(text: &str, dress: Dress, key: bool, own: &[&'static str]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut plain = String::new();
        while let Some(at) = rest.find('{') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            plain.push_str(before);
            let word = after.split_once('}').map(|(word, _)| word);
            match word.filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
                Some(word) => {
                    let own = own.iter().map(|name| (*name, Place::Own(name)));
                    let mut places = Place::ALL.into_iter().chain(own);
                    let Some((_, place)) = places.clone().find(|(name, _)| *name == word) else {
                        let names: Vec<_> = places.by_ref().map(|(name, _)| format!("{{{name}}}")).collect();
                        return Err(format!("has {{{word}}}, and there are only {}", names.join(", ")));
                    };
                    if place == Place::Key && !key {
                        return Err("has {key}, and there is none where nothing is changed".into());
                    }
                    parts.extend([Part::Text(std::mem::take(&mut plain)), Part::Place(place)]);
                    rest = &after[word.len() + 1..];
                }
                None => {
                    plain.push('{');
                    rest = after;
                }
            }
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self { parts, dress })
    }

    /// Whether a place stands before the third `/`, where host and port are.
    pub fn moves_host(&self) -> bool {
        let mut slashes = 0;
        for part in &self.parts {
            match part {
                Part::Text(text) => slashes += text.matches('/').count(),
                Part::Place(_) => return slashes < 3,
            }
        }
        false
    }

    /// Whether any of the card's own numbers is in it, or a place of `naming`.
    pub fn names_card(&self, naming: &[&str]) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Place(Place::Iccid | Place::Imsi | Place::Eid) => true,
            Part::Place(Place::Own(name)) => naming.contains(name),
            Part::Place(Place::Generation | Place::Key) | Part::Text(_) => false,
        })
    }

    /// With a digit in every place, to be looked at before there is a card.
    pub fn bare(&self) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Place(_) => "0".to_owned(),
        };
        self.parts.iter().map(text).collect()
    }

    /// The text with its numbers, or the name of the one that the card lacks.
    pub fn fill(&self, numbers: &Numbers<'_>) -> Result<String, &'static str> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Place(place) => self.put(&mut out, &value(*place, numbers)?),
            }
        }
        Ok(out)
    }

    fn put(&self, out: &mut String, value: &str) {
        match self.dress {
            Dress::Bare => out.push_str(value),
            Dress::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
            Dress::Url => {
                for byte in value.bytes() {
                    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                        out.push(char::from(byte));
                    } else {
                        out.push_str(&format!("%{byte:02X}"));
                    }
                }
            }
        }
    }
}

fn value(place: Place, numbers: &Numbers<'_>) -> Result<String, &'static str> {
    let line = numbers.line;
    match place {
        Place::Iccid => line.iccid.clone().ok_or("ICCID"),
        Place::Imsi => line.imsi.clone().ok_or("IMSI"),
        Place::Eid => line.eid.clone().ok_or("EID"),
        Place::Generation => Ok(line.subscription.generation.to_string()),
        Place::Key => numbers.key.clone().ok_or("key"),
        Place::Own(name) => {
            numbers.own.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone()).ok_or(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use case::{CardId, CaseRef, EffectId, Subscription};

    use super::*;

    #[test]
    fn numbers_are_dressed_for_where_they_go() {
        let line = Line {
            imsi: Some("001/..\"?#&\\\n".into()),
            ..Line::bare(Subscription { card: CardId::from_bits(1), generation: 3 })
        };
        let key = EffectId { case: CaseRef::from_bits(7), n: 2 }.to_string();
        let numbers = Numbers { line: &line, key: Some(key), own: &[] };
        let filled = |text, dress| Template::new(text, dress, true, &[]).unwrap().fill(&numbers);
        let url = filled("https://core.example/s/{imsi}/{generation}", Dress::Url).unwrap();
        assert_eq!(url, "https://core.example/s/001%2F..%22%3F%23%26%5C%0A/3");
        let json = filled(r#"{"imsi":"{imsi}","a":{"b":{}}}"#, Dress::Json).unwrap();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["imsi"].as_str(), line.imsi.as_deref());
        assert!(read["a"]["b"].is_object());
        assert!(filled("{key}", Dress::Url).unwrap().ends_with("%2F2"));
        assert_eq!(filled("{eid}", Dress::Bare), Err("EID"));
    }

    #[test]
    fn a_place_nobody_knows_is_refused() {
        let wrong = |text, key| Template::new(text, Dress::Url, key, &[]).unwrap_err();
        assert!(wrong("https://x/{msisdn}", true).contains("has {msisdn}"));
        assert!(wrong("https://x/{key}", false).contains("has {key}"));
        assert!(Template::new("https://{imsi}.example/", Dress::Url, true, &[]).unwrap().moves_host());
        assert!(Template::new("https://core.example:{imsi}/", Dress::Url, true, &[]).unwrap().moves_host());
        assert!(!Template::new("https://core.example/{imsi}", Dress::Url, true, &[]).unwrap().moves_host());
    }
}
