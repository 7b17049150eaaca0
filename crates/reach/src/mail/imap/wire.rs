//! One connection to an IMAP server: commands go out with a tag, answers come back line by line, each
//! of a bounded length and within a bounded time.

use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Failure;

/// For one answer.
pub(super) const ANSWER: Duration = Duration::from_secs(30);
/// Bytes of one line of an answer.
pub(super) const LINE: usize = 1 << 20;

pub(super) trait Wire: AsyncBufRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncBufRead + AsyncWrite + Send + Unpin> Wire for T {}

/// One connection.
pub(super) struct Session {
    pub wire: Box<dyn Wire>,
    tags: u32,
    pub greeted: bool,
    pub can_move: bool,
    pub can_idle: bool,
    pub can_expunge: bool,
    /// The largest literal that is taken.
    pub literal: usize,
    /// Read so far of an answer whose reader was stopped.
    begun: Vec<u8>,
}

/// A line of an answer, and the literals that stood in it.
pub(super) struct Line {
    pub text: Vec<u8>,
    pub literals: Vec<Vec<u8>>,
}

pub(super) struct Answer {
    pub ok: bool,
    pub lines: Vec<Line>,
}

impl Answer {
    pub fn must(self, what: &str) -> Result<Self, Failure> {
        if self.ok { Ok(self) } else { Err(Failure::Retry(format!("the mail server refused to {what}"))) }
    }
}

impl Session {
    pub fn over(wire: impl Wire + 'static) -> Self {
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
    pub fn quoted(&self, text: &str) -> Option<String> {
        let sound = text.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
        sound.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
    }

    pub async fn send(&mut self, command: &str) -> Result<String, Failure> {
        self.tags += 1;
        let tag = format!("c{}", self.tags);
        timed(ANSWER, self.wire.write_all(format!("{tag} {command}\r\n").as_bytes())).await?;
        timed(ANSWER, self.wire.flush()).await?;
        Ok(tag)
    }

    pub async fn run(&mut self, command: &str, within: Duration) -> Result<Answer, Failure> {
        let tag = self.send(command).await?;
        self.until(&tag, within).await
    }

    pub async fn until(&mut self, tag: &str, within: Duration) -> Result<Answer, Failure> {
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
    pub async fn answer(&mut self, within: Duration) -> Result<Line, Failure> {
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
pub(super) fn literal(text: &[u8]) -> Option<usize> {
    let inside = text.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|b| *b == b'{')?;
    ascii(&inside[open + 1..]).trim_end_matches('+').parse().ok()
}

pub(super) async fn line(wire: &mut (impl AsyncBufRead + Unpin), most: usize) -> std::io::Result<Vec<u8>> {
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
pub(super) fn after(text: &[u8], word: &str) -> Option<u32> {
    let at = text.windows(word.len()).position(|w| w.eq_ignore_ascii_case(word.as_bytes()))? + word.len();
    let digits: Vec<u8> = text[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    ascii(&digits).parse().ok()
}

/// What is quoted after a word: how some servers give a message that is short.
pub(super) fn quoted_after(text: &[u8], word: &[u8]) -> Option<Vec<u8>> {
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

pub(super) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

pub(super) async fn timed<T, E: std::fmt::Display>(
    within: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(within, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(e)) => Err(Failure::Retry(format!("the mail server: {e}"))),
        Err(_) => Err(Failure::Retry("the mail server did not answer in time".into())),
    }
}
