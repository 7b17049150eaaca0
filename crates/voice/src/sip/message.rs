//! SIP messages as they are on the wire (RFC 3261, section 7): read within bounds, written in one form. What is read
//! was written by anybody; nothing here panics, and nothing is kept that is longer than it may be.

use std::fmt;

/// Bytes of a message.
pub const MOST: usize = 65_535;
const MOST_HEADERS: usize = 128;
const MOST_LINE: usize = 8_192;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Request { method: String, uri: String },
    Response { code: u16, reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub start: Start,
    /// Names in lower case, never in their compact form.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("the message is too long")]
    TooLong,
    #[error("the message breaks off")]
    Short,
    #[error("the first line is no SIP/2.0")]
    Start,
    #[error("a header has no name or too many characters, or there are too many")]
    Header,
    #[error("the text is not UTF-8")]
    Text,
}

impl Message {
    pub fn request(method: &str, uri: &str) -> Self {
        let start = Start::Request { method: method.to_owned(), uri: uri.to_owned() };
        Self { start, headers: Vec::new(), body: Vec::new() }
    }

    /// Answers a request with what every answer repeats of it (8.2.6).
    pub fn answer(&self, code: u16, to_tag: &str) -> Self {
        let start = Start::Response { code, reason: reason(code).to_owned() };
        let mut answer = Self { start, headers: Vec::new(), body: Vec::new() };
        for (name, value) in &self.headers {
            match name.as_str() {
                "to" if code != 100 && !to_tag.is_empty() && param(value, "tag").is_none() => {
                    answer.add("to", format!("{value};tag={to_tag}"));
                }
                "via" | "from" | "to" | "call-id" | "cseq" | "timestamp" => answer.add(name, value),
                "record-route" if code < 300 && code > 100 => answer.add(name, value),
                _ => {}
            }
        }
        answer
    }

    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.add(name, value);
        self
    }

    pub fn with_body(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.add("content-type", kind);
        self.body = body;
        self
    }

    /// The first header of a name; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n == name)
    }

    /// Every value of a header, those joined by commas apart.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of = |(n, value): &'_ (String, String)| (n == name).then_some(()).map(|()| value.len());
        let values = self.headers.iter().filter(|header| of(header).is_some());
        values.flat_map(|(_, value)| split(value)).collect()
    }

    /// Whether a list of tokens (`Supported`, `Require`) names one.
    pub fn names(&self, header: &str, token: &str) -> bool {
        self.all(header).iter().any(|one| one.eq_ignore_ascii_case(token))
    }

    pub fn method(&self) -> &str {
        match &self.start {
            Start::Request { method, .. } => method,
            Start::Response { .. } => self.cseq().1,
        }
    }

    pub fn code(&self) -> u16 {
        match self.start {
            Start::Response { code, .. } => code,
            Start::Request { .. } => 0,
        }
    }

    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// Number and method; zero where it cannot be read.
    pub fn cseq(&self) -> (u32, &str) {
        let mut parts = self.get("cseq").split_ascii_whitespace();
        let number = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        (number, parts.next().unwrap_or(""))
    }

    pub fn branch(&self) -> &str {
        self.all("via").first().and_then(|via| param(via, "branch")).unwrap_or("")
    }

    pub fn tag(&self, header: &str) -> &str {
        param(self.get(header), "tag").unwrap_or("")
    }

    /// A request that can be answered at all has these.
    pub fn is_whole(&self) -> bool {
        let (number, method) = self.cseq();
        let named = ["via", "from", "to", "call-id"].iter().all(|name| !self.get(name).is_empty());
        named && number > 0 && method == self.method() && !self.tag("from").is_empty() && !self.branch().is_empty()
    }

    /// Reads one datagram.
    pub fn read(bytes: &[u8]) -> Result<Self, Bad> {
        if bytes.len() > MOST {
            return Err(Bad::TooLong);
        }
        let (head, body) = cut(bytes).ok_or(Bad::Short)?;
        let head = std::str::from_utf8(head).map_err(|_| Bad::Text)?;
        let mut message = read_head(head)?;
        let length = message.get("content-length").trim().parse::<usize>().ok();
        let length = length.unwrap_or(body.len());
        message.body = body.get(..length).ok_or(Bad::Short)?.to_vec();
        Ok(message)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut text = match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            Start::Response { code, reason } => format!("SIP/2.0 {code} {reason}\r\n"),
        };
        for (name, value) in &self.headers {
            if name != "content-length" {
                text.push_str(&format!("{}: {value}\r\n", Written(name)));
            }
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Head and body, at the first empty line.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // A sender may put empty lines before a message (7.5).
    let from = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
    let bytes = &bytes[from..];
    let crlf = bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4));
    let lf = bytes.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2));
    let (end, next) = crlf.into_iter().chain(lf).min()?;
    Some((&bytes[..end], &bytes[next..]))
}

fn read_head(head: &str) -> Result<Message, Bad> {
    let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let start = read_start(lines.next().unwrap_or_default())?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.len() > MOST_LINE || headers.len() >= MOST_HEADERS || line.contains(['\0', '\r']) {
            return Err(Bad::Header);
        }
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers.last_mut().ok_or(Bad::Header)?;
            value.push(' ');
            value.push_str(line.trim());
            if value.len() > MOST_LINE {
                return Err(Bad::Header);
            }
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(Bad::Header)?;
        let name = name.trim_end().to_ascii_lowercase();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Bad::Header);
        }
        headers.push((long(name), value.trim().to_owned()));
    }
    Ok(Message { start, headers, body: Vec::new() })
}

fn read_start(line: &str) -> Result<Start, Bad> {
    if line.len() > MOST_LINE || line.contains(['\0', '\r']) {
        return Err(Bad::Start);
    }
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let code = code.parse().ok().filter(|code| (100..700).contains(code)).ok_or(Bad::Start)?;
        return Ok(Start::Response { code, reason: reason.to_owned() });
    }
    let mut parts = line.split(' ');
    let (method, uri, version) = (parts.next(), parts.next(), parts.next());
    match (method, uri, version, parts.next()) {
        (Some(method), Some(uri), Some("SIP/2.0"), None)
            if !method.is_empty() && method.bytes().all(is_token) && !uri.is_empty() =>
        {
            Ok(Start::Request { method: method.to_owned(), uri: uri.to_owned() })
        }
        _ => Err(Bad::Start),
    }
}

fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

/// A compact name written out (7.3.3).
fn long(name: String) -> String {
    let long = match name.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "l" => "content-length",
        "c" => "content-type",
        "k" => "supported",
        "s" => "subject",
        "x" => "session-expires",
        "r" => "refer-to",
        "b" => "referred-by",
        "o" => "event",
        _ => return name,
    };
    long.to_owned()
}

/// A name as it is commonly written, which some peers insist on.
struct Written<'a>(&'a str);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "call-id" => return f.write_str("Call-ID"),
            "cseq" => return f.write_str("CSeq"),
            "www-authenticate" => return f.write_str("WWW-Authenticate"),
            "min-se" => return f.write_str("Min-SE"),
            _ => {}
        }
        let mut up = true;
        for c in self.0.chars() {
            let c = if up { c.to_ascii_uppercase() } else { c };
            up = c == '-';
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

/// The parts of a list, split at commas outside of quotes and angle brackets.
pub fn split(value: &str) -> Vec<&str> {
    let (mut parts, mut from, mut quoted, mut angled, mut escaped) = (Vec::new(), 0, false, false, false);
    for (at, b) in value.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => angled = true,
            b'>' if !quoted => angled = false,
            b',' if !quoted && !angled => {
                parts.push(value[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(value[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// A parameter of a header's value, outside of its address: `tag`, `branch`.
pub fn param<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let rest = match value.rfind('>') {
        Some(at) => &value[at + 1..],
        None => value,
    };
    rest.split(';').skip(1).find_map(|pair| {
        let (key, given) = pair.split_once('=').unwrap_or((pair, ""));
        key.trim().eq_ignore_ascii_case(name).then(|| given.trim().trim_matches('"'))
    })
}

/// The address of a `From`, `To` or `Contact`, without its name and parameters.
pub fn address(value: &str) -> &str {
    match (value.rfind('<'), value.rfind('>')) {
        (Some(from), Some(to)) if from < to => &value[from + 1..to],
        _ => value.split(';').next().unwrap_or(value).trim(),
    }
}

/// The part of an address before its `@`: who rings, as far as that is said.
pub fn user(value: &str) -> &str {
    let address = address(value);
    let rest = ["sips:", "sip:", "tel:"].iter().find_map(|scheme| address.strip_prefix(scheme)).unwrap_or(address);
    match rest.split_once('@') {
        Some((user, _)) => user.split([';', ':']).next().unwrap_or(user),
        None if address.starts_with("tel:") => rest.split(';').next().unwrap_or(rest),
        None => "",
    }
}

fn reason(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        415 => "Unsupported Media Type",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        603 => "Decline",
        _ if code < 200 => "Session Progress",
        _ if code < 300 => "OK",
        _ => "Failed",
    }
}

/// What has come on a connection and is not a whole message yet.
#[derive(Debug, Default)]
pub struct Stream {
    bytes: Vec<u8>,
}

impl Stream {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message; on a stream each must say how long its body is (18.3).
    pub fn whole(&mut self) -> Result<Option<Message>, Bad> {
        let from = self.bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(self.bytes.len());
        self.bytes.drain(..from);
        let Some((head, body)) = cut(&self.bytes) else {
            return if self.bytes.len() > MOST { Err(Bad::TooLong) } else { Ok(None) };
        };
        let at = self.bytes.len() - body.len();
        let head = std::str::from_utf8(head).map_err(|_| Bad::Text)?;
        let mut message = read_head(head)?;
        let length: usize = message.get("content-length").trim().parse().map_err(|_| Bad::Header)?;
        if at + length > MOST {
            return Err(Bad::TooLong);
        }
        if body.len() < length {
            return Ok(None);
        }
        message.body = body[..length].to_vec();
        self.bytes.drain(..at + length);
        Ok(Some(message))
    }
}
