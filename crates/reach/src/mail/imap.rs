//! A mailbox by IMAP (RFC 3501, IDLE of RFC 2177, MOVE of RFC 6851): the dozen commands that an inbox
//! wants, with every answer bounded. Messages are named by UID, and UIDs are forgotten with the
//! connection, so that a mailbox made anew under another UIDVALIDITY changes nothing.

mod wire;

use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::Url;

use self::wire::{ANSWER, LINE, Line, Session, after, ascii, line, quoted_after, timed};
use super::inbox::{Away, Mailbox, Post, Waiting};
use super::{is_here, never, percent_decoded};
use crate::Failure;

const CONNECT: Duration = Duration::from_secs(10);
/// For a message of the largest size.
const MESSAGE: Duration = Duration::from_secs(300);
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

    async fn encrypted(&self, tcp: TcpStream) -> Result<crate::tls::Stream, Failure> {
        timed(CONNECT, crate::tls::over(&self.host, tcp)).await
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

#[cfg(test)]
mod tests {
    use super::wire::literal;
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
