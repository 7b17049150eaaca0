//! A mailbox by IMAP (RFC 3501, IDLE of RFC 2177, MOVE of RFC 6851): the dozen commands that an inbox
//! wants, with every answer bounded. Messages are named by UID, and UIDs are forgotten with the
//! connection, so that a mailbox made anew under another UIDVALIDITY changes nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::inbox::{Away, Mailbox, Post, Waiting};
use super::{is_here, never};
use crate::Failure;

const CONNECT: Duration = Duration::from_secs(10);
/// For one answer.
const ANSWER: Duration = Duration::from_secs(30);
/// For a message of the largest size.
const MESSAGE: Duration = Duration::from_secs(300);
/// Bytes of one line of an answer.
const LINE: usize = 1 << 20;
/// Messages looked at in one go.
const AT_ONCE: usize = 200;

/// Where the mailbox is.
#[derive(Clone)]
pub struct Imap {
    host: String,
    port: u16,
    security: Security,
    user: String,
    password: String,
    inbox: String,
    done: String,
    failed: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Security {
    Tls,
    StartTls,
    None,
}

trait Wire: AsyncBufRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncBufRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Imap {
    /// `url` is one of
    /// - `imaps://user:password@host[:993]`: TLS from the first byte;
    /// - `imap+starttls://user:password@host[:143]`: TLS by STARTTLS, and nothing without it;
    /// - `imap://user:password@localhost[:143]`: in the clear, therefore to a server on this machine only.
    ///
    /// Special characters in user and password are percent-encoded. Opens no connection.
    pub fn new(url: &str, inbox: &str, done: &str, failed: &str) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|e| never(&format!("the mailbox's address: {e}")))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let (security, port) = match url.scheme() {
            "imaps" => (Security::Tls, 993),
            "imap+starttls" => (Security::StartTls, 143),
            "imap" if is_here(&host) => (Security::None, 143),
            "imap" => {
                return Err(never(
                    "imap:// reads in the clear and is for this machine only; use imaps:// or imap+starttls://",
                ));
            }
            _ => return Err(never("the mailbox's address begins with imaps://, imap+starttls:// or imap://")),
        };
        let plain = |text: &str| {
            let text: Vec<u8> = percent_decoded(text);
            String::from_utf8(text).map_err(|_| never("user and password of the mailbox are not UTF-8"))
        };
        let (user, password) = (plain(url.username())?, plain(url.password().unwrap_or_default())?);
        if host.is_empty() || user.is_empty() || !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err(never("the mailbox's address is of the form imaps://user:password@host"));
        }
        let folder = |name: &str| {
            let sound = !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
            if sound {
                Ok(name.to_owned())
            } else {
                Err(never("a folder's name has ASCII letters, digits and ./-_ only"))
            }
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(port),
            security,
            user,
            password,
            inbox: folder(inbox)?,
            done: folder(done)?,
            failed: folder(failed)?,
        })
    }

    async fn connect(&self) -> Result<Session, Failure> {
        let tcp = timed(CONNECT, TcpStream::connect((self.host.as_str(), self.port))).await?;
        let mut session = match self.security {
            Security::Tls => Session::over(BufReader::new(self.encrypted(tcp).await?)),
            Security::StartTls => {
                let mut bare = BufReader::new(tcp);
                let greeting = timed(ANSWER, line(&mut bare, LINE)).await?;
                timed(ANSWER, bare.write_all(b"s STARTTLS\r\n")).await?;
                let answer = timed(ANSWER, line(&mut bare, LINE)).await?;
                // Anything said before the switch may have been put in by others (RFC 8314, and CVE-2011-0411).
                if !greeting.starts_with(b"* OK") || !answer.starts_with(b"s OK") || !bare.buffer().is_empty() {
                    return Err(Failure::Retry("the mail server does not do STARTTLS as it should".into()));
                }
                let mut session = Session::over(BufReader::new(self.encrypted(bare.into_inner()).await?));
                session.greeted = true;
                session
            }
            Security::None => Session::over(BufReader::new(tcp)),
        };
        if !session.greeted {
            let greeting = session.answer(ANSWER).await?;
            if !greeting.text.starts_with(b"* OK") {
                return Err(Failure::Retry("the mail server does not greet as IMAP does".into()));
            }
        }
        Ok(session)
    }

    async fn encrypted(&self, tcp: TcpStream) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Failure> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| never(&e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|_| never("the mail server's name is not one"))?;
        timed(CONNECT, TlsConnector::from(Arc::new(config)).connect(name, tcp)).await
    }

    async fn signed_in(&self) -> Result<Session, Failure> {
        let mut session = self.connect().await?;
        let (user, password) = (session.quoted(&self.user), session.quoted(&self.password));
        let (Some(user), Some(password)) = (user, password) else {
            return Err(never("user and password of the mailbox may not have control or non-ASCII characters"));
        };
        if !session.run(&format!("LOGIN {user} {password}"), ANSWER).await?.ok {
            return Err(Failure::Retry("the mail server does not take our name and password".into()));
        }
        let told = session.run("CAPABILITY", ANSWER).await?;
        let told = told.lines.iter().map(|l| String::from_utf8_lossy(&l.text).to_uppercase()).collect::<String>();
        session.can_move = told.contains(" MOVE");
        session.can_idle = told.contains(" IDLE");
        session.can_expunge = told.contains(" UIDPLUS");
        Ok(session)
    }

    /// Whether the mailbox can be opened.
    pub async fn probe(&self) -> Result<(), Failure> {
        self.open().await.map(drop)
    }
}

#[async_trait]
impl Post for Imap {
    async fn open(&self) -> Result<Box<dyn Mailbox>, Failure> {
        let mut session = self.signed_in().await?;
        for folder in [&self.done, &self.failed] {
            // There already, mostly.
            session.run(&format!("CREATE \"{folder}\""), ANSWER).await?;
        }
        if !session.run(&format!("SELECT \"{}\"", self.inbox), ANSWER).await?.ok {
            return Err(Failure::Retry(format!("the mailbox has no folder {}", self.inbox)));
        }
        Ok(Box::new(Open { session, done: self.done.clone(), failed: self.failed.clone() }))
    }
}

struct Open {
    session: Session,
    done: String,
    failed: String,
}

#[async_trait]
impl Mailbox for Open {
    async fn waiting(&mut self) -> Result<Vec<Waiting>, Failure> {
        let found = self.session.run("UID SEARCH UNDELETED", ANSWER).await?.must("search")?;
        let numbers = found.lines.iter().filter_map(|l| l.text.strip_prefix(b"* SEARCH"));
        let mut numbers: Vec<u32> =
            numbers.flat_map(|l| l.split(|b| *b == b' ')).filter_map(|n| ascii(n).parse().ok()).collect();
        numbers.sort_unstable();
        numbers.truncate(AT_ONCE);
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let set: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let sizes = self.session.run(&format!("UID FETCH {} (UID RFC822.SIZE)", set.join(",")), ANSWER).await?;
        let sizes = sizes.must("fetch")?;
        let size = |l: &Line| {
            Some(Waiting {
                number: after(&l.text, "UID ")?,
                bytes: usize::try_from(after(&l.text, "RFC822.SIZE ")?).ok()?,
            })
        };
        let mut waiting: Vec<Waiting> = sizes.lines.iter().filter_map(size).collect();
        waiting.sort_by_key(|w| w.number);
        Ok(waiting)
    }

    async fn fetch(&mut self, number: u32, most: usize) -> Result<Vec<u8>, Failure> {
        self.session.literal = most;
        let answer = self.session.run(&format!("UID FETCH {number} (UID BODY.PEEK[]<0.{most}>)"), MESSAGE).await?;
        let answer = answer.must("fetch")?;
        let line = answer.lines.into_iter().find(|l| after(&l.text, "UID ") == Some(number));
        let line = line.ok_or_else(|| Failure::GiveUp("the message is gone".into()))?;
        match line.literals.into_iter().next() {
            Some(bytes) => Ok(bytes),
            None => quoted_after(&line.text, b"BODY[]").ok_or_else(|| never("the message has no content")),
        }
    }

    async fn put_away(&mut self, number: u32, to: Away) -> Result<(), Failure> {
        let folder = match to {
            Away::Done => &self.done,
            Away::Failed => &self.failed,
        };
        let session = &mut self.session;
        if session.can_move {
            return session.run(&format!("UID MOVE {number} \"{folder}\""), ANSWER).await?.must("move").map(drop);
        }
        session.run(&format!("UID COPY {number} \"{folder}\""), ANSWER).await?.must("copy")?;
        session.run(&format!("UID STORE {number} +FLAGS.SILENT (\\Deleted)"), ANSWER).await?.must("store")?;
        let expunge = if session.can_expunge { format!("UID EXPUNGE {number}") } else { "EXPUNGE".to_owned() };
        session.run(&expunge, ANSWER).await?.must("expunge").map(drop)
    }

    async fn wait(&mut self, most: Duration) -> Result<(), Failure> {
        let session = &mut self.session;
        if !session.can_idle {
            tokio::time::sleep(most).await;
            return session.run("NOOP", ANSWER).await?.must("noop").map(drop);
        }
        let tag = session.send("IDLE").await?;
        let began = session.answer(ANSWER).await?;
        if !began.text.starts_with(b"+") {
            return Err(Failure::Retry("the mail server does not idle".into()));
        }
        let until = tokio::time::Instant::now() + most;
        // "Still here" says nothing; EXISTS does.
        while let Ok(line) = tokio::time::timeout_at(until, session.answer(MESSAGE + most)).await {
            let line = line?;
            if line.text.ends_with(b"EXISTS") || line.text.ends_with(b"RECENT") {
                break;
            }
        }
        timed(ANSWER, session.wire.write_all(b"DONE\r\n")).await?;
        session.until(&tag, ANSWER).await?.must("idle").map(drop)
    }
}

/// One connection.
struct Session {
    wire: Box<dyn Wire>,
    tags: u32,
    greeted: bool,
    can_move: bool,
    can_idle: bool,
    can_expunge: bool,
    /// The largest literal that is taken.
    literal: usize,
    /// Read so far of an answer whose reader was stopped.
    begun: Vec<u8>,
}

/// A line of an answer, and the literals that stood in it.
struct Line {
    text: Vec<u8>,
    literals: Vec<Vec<u8>>,
}

struct Answer {
    ok: bool,
    lines: Vec<Line>,
}

impl Answer {
    fn must(self, what: &str) -> Result<Self, Failure> {
        if self.ok { Ok(self) } else { Err(Failure::Retry(format!("the mail server refused to {what}"))) }
    }
}

impl Session {
    fn over(wire: impl Wire + 'static) -> Self {
        Self {
            wire: Box::new(wire),
            tags: 0,
            greeted: false,
            can_move: false,
            can_idle: false,
            can_expunge: false,
            literal: LINE,
            begun: Vec::new(),
        }
    }

    /// A quoted string; none where it cannot be one.
    fn quoted(&self, text: &str) -> Option<String> {
        let sound = text.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
        sound.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
    }

    async fn send(&mut self, command: &str) -> Result<String, Failure> {
        self.tags += 1;
        let tag = format!("c{}", self.tags);
        timed(ANSWER, self.wire.write_all(format!("{tag} {command}\r\n").as_bytes())).await?;
        timed(ANSWER, self.wire.flush()).await?;
        Ok(tag)
    }

    async fn run(&mut self, command: &str, within: Duration) -> Result<Answer, Failure> {
        let tag = self.send(command).await?;
        self.until(&tag, within).await
    }

    async fn until(&mut self, tag: &str, within: Duration) -> Result<Answer, Failure> {
        let mut lines = Vec::new();
        loop {
            let line = self.answer(within).await?;
            if let Some(rest) = line.text.strip_prefix(tag.as_bytes()).and_then(|r| r.strip_prefix(b" ")) {
                return Ok(Answer { ok: rest.starts_with(b"OK"), lines });
            }
            if line.text.starts_with(b"* BYE") {
                return Err(Failure::Retry("the mail server hung up".into()));
            }
            lines.push(line);
            if lines.len() > 100_000 {
                return Err(Failure::Retry("the mail server does not come to an end".into()));
            }
        }
    }

    /// The next line, with its literals. A reader that is stopped on its way loses nothing of a line
    /// without a literal, which is all that comes unasked.
    async fn answer(&mut self, within: Duration) -> Result<Line, Failure> {
        let mut line = Line { text: Vec::new(), literals: Vec::new() };
        loop {
            timed(within, read_line(&mut self.wire, &mut self.begun, LINE)).await?;
            line.text.append(&mut self.begun);
            let Some(length) = literal(&line.text) else { return Ok(line) };
            if length > self.literal.max(LINE) {
                return Err(Failure::Retry("the mail server sends more than was asked for".into()));
            }
            let mut bytes = vec![0; length];
            timed(within, self.wire.read_exact(&mut bytes)).await?;
            line.literals.push(bytes);
        }
    }
}

/// The length of the literal that a line ends with.
fn literal(text: &[u8]) -> Option<usize> {
    let inside = text.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|b| *b == b'{')?;
    ascii(&inside[open + 1..]).trim_end_matches('+').parse().ok()
}

async fn line(wire: &mut (impl AsyncBufRead + Unpin), most: usize) -> std::io::Result<Vec<u8>> {
    let mut line = Vec::new();
    read_line(wire, &mut line, most).await?;
    Ok(line)
}

/// Appends to `line` until its end, which is left out.
async fn read_line(wire: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>, most: usize) -> std::io::Result<()> {
    loop {
        let there = wire.fill_buf().await?;
        if there.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let end = there.iter().position(|b| *b == b'\n');
        let taken = end.map_or(there.len(), |at| at + 1);
        line.extend_from_slice(&there[..taken]);
        wire.consume(taken);
        if line.len() > most {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        if end.is_some() {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(());
        }
    }
}

/// The number after a word.
fn after(text: &[u8], word: &str) -> Option<u32> {
    let at = text.windows(word.len()).position(|w| w.eq_ignore_ascii_case(word.as_bytes()))? + word.len();
    let digits: Vec<u8> = text[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    ascii(&digits).parse().ok()
}

/// What is quoted after a word: how some servers give a message that is short.
fn quoted_after(text: &[u8], word: &[u8]) -> Option<Vec<u8>> {
    let at = text.windows(word.len()).position(|w| w == word)? + word.len();
    let open = at + text[at..].iter().position(|b| *b == b'"')? + 1;
    let mut out = Vec::new();
    let mut bytes = text[open..].iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return Some(out),
            b'\\' => out.extend(bytes.next()),
            _ => out.push(*byte),
        }
    }
    None
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| u8::from_str_radix(ascii(h), 16).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                rest = &after[2..];
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

async fn timed<T, E: std::fmt::Display>(
    within: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(within, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(e)) => Err(Failure::Retry(format!("the mail server: {e}"))),
        Err(_) => Err(Failure::Retry("the mail server did not answer in time".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_may_read() {
        let made = |url: &str| Imap::new(url, "INBOX", "Done", "Failed");
        for good in
            ["imaps://desk:p%40ss@mail.example", "imap+starttls://d:p@m.example:143", "imap://d:p@127.0.0.1:1143"]
        {
            assert!(made(good).is_ok(), "{good}");
        }
        let imap = made("imaps://desk%40a.example:p%40%22ss@mail.example").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((imap.user.as_str(), imap.password.as_str(), imap.port), ("desk@a.example", "p@\"ss", 993));
        for bad in
            ["imap://d:p@mail.example", "imaps://mail.example", "http://d:p@localhost", "imaps://d:p@m.example/x", ""]
        {
            assert!(matches!(made(bad), Err(Failure::GiveUp(_))), "{bad}");
        }
        assert!(Imap::new("imap://d:p@localhost", "IN\"BOX", "Done", "Failed").is_err());
    }

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(literal(b"* 5 FETCH (UID 7 BODY[]<0> {123}"), Some(123));
        assert_eq!(literal(b"* 5 FETCH (UID 7)"), None);
        assert_eq!(after(b"* 5 FETCH (UID 7 RFC822.SIZE 88)", "RFC822.SIZE "), Some(88));
        assert_eq!(quoted_after(br#"* 5 FETCH (UID 7 BODY[]<0> "a\"b")"#, b"BODY[]"), Some(b"a\"b".to_vec()));
    }
}
