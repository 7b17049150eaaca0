//! A message taken apart, within bounds. What somebody sends is theirs to choose: so it is cut up here,
//! with every limit checked before anything is decoded, and only single parts that hold no others are
//! given to the parser. A message inside a message is not opened.

use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

/// Bytes of one message.
pub const BYTES: usize = 25 << 20;
/// Bytes and fields of one header, of the message or of a part.
pub const HEADER_BYTES: usize = 64 << 10;
pub const HEADER_FIELDS: usize = 1_000;
pub const PARTS: usize = 100;
pub const DEPTH: usize = 10;

/// Which limit a message exceeds. What was found until then is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    Bytes,
    Header,
    Parts,
    Depth,
}

impl TooMuch {
    pub fn name(self) -> &'static str {
        match self {
            TooMuch::Bytes => "bytes",
            TooMuch::Header => "header",
            TooMuch::Parts => "parts",
            TooMuch::Depth => "depth",
        }
    }
}

/// A part that holds no others.
pub enum Leaf<'a> {
    Text {
        text: String,
        html: bool,
        alternative: bool,
    },
    File {
        name: String,
        bytes: Vec<u8>,
    },
    /// Said in full by its media type: a report of delivery, or a message that is not opened.
    Closed {
        media: String,
        body: &'a [u8],
    },
}

#[derive(Default)]
pub struct Parts<'a> {
    pub leaves: Vec<Leaf<'a>>,
    pub too_much: Option<TooMuch>,
    seen: usize,
}

pub fn parts(raw: &[u8]) -> Parts<'_> {
    let mut parts = Parts::default();
    if raw.len() > BYTES {
        parts.too_much = Some(TooMuch::Bytes);
    } else {
        parts.walk(raw, 0, Inside::default());
    }
    parts
}

#[derive(Clone, Copy, Default)]
struct Inside {
    alternative: bool,
    digest: bool,
}

impl<'a> Parts<'a> {
    fn walk(&mut self, part: &'a [u8], depth: usize, inside: Inside) {
        self.seen += 1;
        let body_at = body_at(part);
        let head = &part[..body_at];
        let over = if depth > DEPTH {
            Some(TooMuch::Depth)
        } else if self.seen > PARTS {
            Some(TooMuch::Parts)
        } else if too_long(head) {
            Some(TooMuch::Header)
        } else {
            None
        };
        if over.is_some() {
            self.too_much = self.too_much.or(over);
            return;
        }
        if !head.contains(&b':') && !head.trim_ascii().is_empty() {
            // Not even a header: all of it is what was said.
            let text = String::from_utf8_lossy(part).into_owned();
            self.leaves.push(Leaf::Text { text, html: false, alternative: inside.alternative });
            return;
        }
        let headers = MessageParser::default().parse_headers(head);
        let kind = headers.as_ref().and_then(|h| h.content_type());
        let media = kind.map(|k| format!("{}/{}", k.ctype(), k.subtype().unwrap_or_default()).to_lowercase());
        let media = media.unwrap_or_else(|| if inside.digest { "message/rfc822" } else { "text/plain" }.to_owned());
        let body = &part[body_at..];
        if media.starts_with("multipart/") {
            let boundary = kind.and_then(|k| k.attribute("boundary")).unwrap_or_default();
            let found = split(body, boundary.as_bytes());
            if found.is_empty() {
                let text = String::from_utf8_lossy(body).into_owned();
                self.leaves.push(Leaf::Text { text, html: false, alternative: false });
            }
            let inside = Inside {
                alternative: inside.alternative || media == "multipart/alternative",
                digest: media == "multipart/digest",
            };
            for sub in found {
                if self.too_much.is_some() {
                    return;
                }
                self.walk(sub, depth + 1, inside);
            }
        } else if media.starts_with("message/") || media == "text/rfc822-headers" {
            self.leaves.push(Leaf::Closed { media, body });
        } else {
            self.leaves.extend(decoded(part, inside.alternative));
        }
    }
}

/// One part by itself, decoded by the parser: it is neither a multipart nor a message, so nothing nests.
fn decoded<'a>(part: &[u8], alternative: bool) -> Option<Leaf<'a>> {
    let message = MessageParser::default().parse(part)?;
    let one = message.parts.first()?;
    let attached = one.content_disposition().is_some_and(|d| d.is_attachment());
    let name = one.attachment_name().unwrap_or_default().to_owned();
    match &one.body {
        PartType::Text(text) | PartType::Html(text) if !attached => {
            let html = matches!(one.body, PartType::Html(_));
            Some(Leaf::Text { text: text.clone().into_owned(), html, alternative })
        }
        PartType::Text(_) | PartType::Html(_) | PartType::Binary(_) | PartType::InlineBinary(_) => {
            Some(Leaf::File { name, bytes: one.contents().to_vec() })
        }
        PartType::Message(_) | PartType::Multipart(_) => None,
    }
}

/// Where the body begins: after the first empty line.
pub fn body_at(part: &[u8]) -> usize {
    let mut at = 0;
    for line in part.split_inclusive(|b| *b == b'\n') {
        at += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return at;
        }
        // Longer than any header may be: what follows does not matter any more.
        if at > HEADER_BYTES {
            break;
        }
    }
    at
}

fn too_long(head: &[u8]) -> bool {
    let begins = |line: &&[u8]| !line.starts_with(b" ") && !line.starts_with(b"\t");
    head.len() > HEADER_BYTES || head.split(|b| *b == b'\n').filter(begins).count() > HEADER_FIELDS + 2
}

/// What stands between the lines of a boundary (RFC 2046).
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    if boundary.is_empty() {
        return found;
    }
    let (mut from, mut at) = (None, 0);
    for line in body.split_inclusive(|b| *b == b'\n') {
        let (begin, end) = (at, at + line.len());
        at = end;
        let Some(rest) = line.strip_prefix(b"--").and_then(|l| l.strip_prefix(boundary)) else { continue };
        let last = rest.starts_with(b"--");
        let rest = rest.strip_prefix(b"--").unwrap_or(rest);
        if !rest.iter().all(|b| b.is_ascii_whitespace()) {
            continue;
        }
        if let Some(from) = from {
            found.push(without_end(&body[from..begin]));
        }
        from = if last { None } else { Some(end) };
        // One more than may be is enough to know.
        if last || found.len() > PARTS {
            return found;
        }
    }
    // Cut off on its way: what is there is shown.
    if let Some(from) = from {
        found.push(&body[from..]);
    }
    found
}

/// The line end before a boundary belongs to the boundary.
fn without_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// Every field of a header, unfolded, names in small letters, in order; at most as many as allowed.
pub fn fields(head: &[u8]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in head.split(|b| *b == b'\n') {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = found.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            if found.len() >= HEADER_FIELDS {
                break;
            }
            found.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

/// All addresses in the fields of these names.
pub fn addresses(message: &Message<'_>, names: &[&'static str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        for value in message.header_values(*name) {
            match value {
                HeaderValue::Address(list) => {
                    found.extend(list.iter().filter_map(|a| a.address()).map(str::to_owned));
                }
                HeaderValue::Text(text) => found.push(text.trim().trim_matches(['<', '>']).to_owned()),
                HeaderValue::Received(_)
                | HeaderValue::TextList(_)
                | HeaderValue::DateTime(_)
                | HeaderValue::ContentType(_)
                | HeaderValue::Empty => {}
            }
        }
    }
    found
}
