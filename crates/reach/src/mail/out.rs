//! Outgoing mail by SMTP (RFC 5321). The server that takes a message answers for it from then on;
//! what it says is sorted here into *later* and *never*, and nobody's address is repeated in why.
//!
//! Delivery is at least once: after a lost answer the same message goes again, under the same
//! Message-ID, which is how mailboxes recognise it.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use case::Timestamp;
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use ring::hmac;
use url::Url;

use super::dkim::Dkim;
use super::{is_here, never};
use crate::{Boxed, Failure, Mailer, Message};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// To reach the server.
const CONNECT: Duration = Duration::from_secs(10);
/// For one message, all told. Four of them fit into a worker's lease.
const MESSAGE: Duration = Duration::from_secs(25);
/// Connections kept open.
const CONNECTIONS: u32 = 8;

/// A mail server that takes what we send.
pub struct Smtp {
    transport: Transport,
    from: Mailbox,
    dkim: Dkim,
    names: [u8; 32],
}

impl Smtp {
    /// `from` is `Name <address>`; `url` one of
    /// - `smtps://user:password@host[:465]`: TLS from the first byte;
    /// - `smtp+starttls://user:password@host[:587]`: TLS by STARTTLS, and nothing without it;
    /// - `smtp://localhost[:25]`: in the clear, therefore to a server on this machine only.
    ///
    /// User and password are left out where the server wants none; special characters in them are
    /// percent-encoded. Opens no connection.
    pub fn new(url: &str, from: &str) -> Result<Self, Failure> {
        let from = sender(from)?;
        let builder = Transport::from_url(&address(url)?).map_err(|e| never(&format!("the server's address: {e}")))?;
        let pool = PoolConfig::new().max_size(CONNECTIONS);
        Ok(Self {
            transport: builder.timeout(Some(CONNECT)).pool_config(pool).build(),
            from,
            dkim: Dkim::default(),
            names: [0; 32],
        })
    }

    /// The same, signing what it sends.
    pub fn signing(self, dkim: Dkim) -> Self {
        Self { dkim, ..self }
    }

    /// The same, naming what it sends under a secret: without one of ours anybody can name our letters.
    pub fn naming(self, names: [u8; 32]) -> Self {
        Self { names, ..self }
    }

    /// Whether both are of a form that [`Smtp::new`] takes; unlike it, wants no runtime.
    pub fn check(url: &str, from: &str) -> Result<(), Failure> {
        sender(from)?;
        address(url)?;
        Ok(())
    }

    /// Whether the server answers, and takes our name and password where there are any.
    pub fn probe(&self) -> Boxed<'_, Result<(), Failure>> {
        Box::pin(async {
            match tokio::time::timeout(MESSAGE, self.transport.test_connection()).await {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) => Err(Failure::Retry("the mail server hung up".into())),
                Ok(Err(e)) => Err(failure(&e)),
                Err(_) => Err(late()),
            }
        })
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, message: &Message, now: Timestamp) -> Result<(), Failure> {
        let to = sound(message)?;
        let bytes = written(message, &to, &self.from, &self.names, now)?;
        let bytes = self.dkim.sign(bytes, now);
        // What cannot be handed over comes back to where the case is known.
        let sender = message.reply_to.as_deref().and_then(|a| a.parse().ok()).unwrap_or(self.from.email.clone());
        let envelope =
            Envelope::new(Some(sender), vec![to.clone()]).map_err(|_| never("the message has no recipient"))?;
        match tokio::time::timeout(MESSAGE, self.transport.send_raw(&envelope, &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            // A server that cannot take such an address today will not tomorrow.
            Ok(Err(e)) if e.is_client() && !to.to_string().is_ascii() => {
                Err(never("the mail server takes no addresses beyond ASCII"))
            }
            Ok(Err(e)) => Err(failure(&e)),
            Err(_) => Err(late()),
        }
    }
}

fn sender(from: &str) -> Result<Mailbox, Failure> {
    from.parse().map_err(|_| never("the sender is not of the form Name <address>"))
}

/// The URL as lettre reads it, once it is sure that nothing leaves this machine in the clear.
fn address(url: &str) -> Result<String, Failure> {
    let mut parsed = Url::parse(url).map_err(|e| never(&format!("the server's address: {e}")))?;
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(never("the server's address ends after host and port"));
    }
    match parsed.scheme() {
        "smtps" => {}
        "smtp+starttls" => {
            parsed.set_query(Some("tls=required"));
            return Ok(parsed.as_str().replacen("smtp+starttls:", "smtp:", 1));
        }
        "smtp" if !parsed.host_str().is_some_and(is_here) => {
            return Err(never(
                "smtp:// sends in the clear and is for this machine only; use smtps:// or smtp+starttls://",
            ));
        }
        "smtp" if parsed.port().is_none() => {
            parsed.set_port(Some(25)).map_err(|()| never("the server's address has no host"))?;
        }
        "smtp" => {}
        _ => return Err(never("the server's address begins with smtps://, smtp+starttls:// or smtp://")),
    }
    Ok(parsed.into())
}

/// Whether a message can be one: a single address, and no field that could begin another line of
/// the header. Answers the address. Every mail carrier asks this, the fake too.
pub(crate) fn sound(message: &Message) -> Result<Address, Failure> {
    let files = message.attachments.iter().flat_map(|(name, media, _)| [name, media]);
    let thread = message.reply_to.iter().chain(&message.follows);
    let fields = [&message.key, &message.to, &message.subject].into_iter().chain(files).chain(thread);
    if fields.into_iter().any(|f| f.chars().any(char::is_control)) || message.key.is_empty() {
        return Err(never("a field of the message has a line break or another control character"));
    }
    let text = [Some(&message.text), message.html.as_ref()];
    if text.into_iter().flatten().any(|t| t.contains(['\r', '\0'])) {
        return Err(never("the text of the message has a carriage return or a zero"));
    }
    message.to.parse().map_err(|_| never("the recipient's address is not one"))
}

/// The message as it travels. Nothing in it but the MIME boundaries differs from one try to the next.
fn written(
    message: &Message,
    to: &Address,
    from: &Mailbox,
    names: &[u8; 32],
    now: Timestamp,
) -> Result<Vec<u8>, Failure> {
    let mut text = MultiPart::alternative().singlepart(SinglePart::plain(message.text.clone()));
    if let Some(html) = &message.html {
        text = text.singlepart(SinglePart::html(html.clone()));
    }
    let body = if message.attachments.is_empty() {
        text
    } else {
        let mut mixed = MultiPart::mixed().multipart(text);
        for (name, media, bytes) in &message.attachments {
            let media = ContentType::parse(media).map_err(|_| never("an attachment's media type is not one"))?;
            // Base64 and nothing else: a signed file must not lose a line ending on the way.
            let bytes = Body::new_with_encoding(bytes.clone(), ContentTransferEncoding::Base64)
                .map_err(|_| never("an attachment cannot be written"))?;
            mixed = mixed.singlepart(Attachment::new(name.clone()).body(bytes, media));
        }
        mixed
    };
    let mut mail = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(message.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(message_id(names, &message.key, &message.to, from.email.domain())));
    if let Some(reply_to) = &message.reply_to {
        let address = reply_to.parse().map_err(|_| never("the address for replies is not one"))?;
        mail = mail.reply_to(Mailbox::new(None, address));
    }
    if let Some(first) = &message.follows {
        let first = message_id(names, first, &message.to, from.email.domain());
        mail = mail.in_reply_to(first.clone()).references(first);
    }
    let mut mail = mail.multipart(body).map_err(|_| never("the message cannot be written"))?;
    if !message.by_person {
        // RFC 3834: no holiday note answers this.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".into()));
    }
    Ok(mail.formatted())
}

/// `<key.hash@domain>`; the hash over key and recipient keeps two recipients' copies apart, and is the same at every try.
/// Only who has the secret can make it, which is how a letter that came back is told from a report that somebody made up.
pub fn message_id(names: &[u8; 32], key: &str, to: &str, domain: &str) -> String {
    let mut hash = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, names));
    for part in [key.as_bytes(), &[0], to.to_lowercase().as_bytes()] {
        hash.update(part);
    }
    let hash: String = hash.sign().as_ref().iter().take(8).map(|b| format!("{b:02x}")).collect();
    let key: String = key.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("<{key}.{hash}@{domain}>")
}

fn late() -> Failure {
    Failure::Retry("the mail server did not answer in time".into())
}

/// 4xx and everything between us and the server is for later; 5xx about this message is for good.
fn failure(error: &smtp::Error) -> Failure {
    let Some(code) = error.status() else { return Failure::Retry(error.to_string()) };
    // Servers repeat the recipient's address in their text; the two codes say enough.
    let enhanced = error.source().map(ToString::to_string).unwrap_or_default();
    let enhanced = enhanced.split_whitespace().next().filter(|w| w.chars().all(|c| c.is_ascii_digit() || c == '.'));
    let why = format!("the mail server answered {code} {}", enhanced.unwrap_or_default()).trim_end().to_owned();
    // 53x is about our sign-in, which the operator can mend.
    let ours = (530..540).contains(&u16::from(code));
    if error.is_permanent() && !ours { Failure::GiveUp(why) } else { Failure::Retry(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            key: "C7K4-M2QX-D/3".into(),
            to: "Wang.Fang@Example.com".into(),
            subject: "您的注销申请已收到".into(),
            text: "您好！\n.\n单独一个点的行必须留下。\n".into(),
            html: Some("<p>您好！</p>".into()),
            attachments: vec![("凭证.json".into(), "application/json".into(), b"{\n}\n".to_vec())],
            ..Message::default()
        }
    }

    fn from() -> Mailbox {
        "Laika Mobile <desk@laika.example>".parse().unwrap()
    }

    #[test]
    fn a_message_says_who_when_and_that_no_person_wrote_it() {
        let (message, now) = (message(), "2026-11-22T14:03:20Z".parse().unwrap());
        let mail =
            String::from_utf8(written(&message, &sound(&message).unwrap(), &from(), &[7; 32], now).unwrap()).unwrap();
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: \"Laika Mobile\" <desk@laika.example>",
            "To: Wang.Fang@example.com",
            "Date: Sun, 22 Nov 2026 14:03:20 +0000",
            "Message-ID: <C7K4-M2QX-D-3.",
            "Auto-Submitted: auto-generated",
            "Subject: =?utf-8?b?",
        ] {
            assert!(head.to_lowercase().contains(&line.to_lowercase()), "{line} in\n{head}");
        }
        assert!(mail.is_ascii(), "every part is encoded");
    }

    #[test]
    fn letters_of_a_case_hang_together_and_answers_find_it() {
        let reply_to = Some("desk+c7k4m2qxd.abc@laika.example".to_owned());
        let message = Message { reply_to, follows: Some("C7K4-M2QX-D/0".into()), by_person: true, ..message() };
        let now = "2026-11-22T14:03:20Z".parse().unwrap();
        let mail =
            String::from_utf8(written(&message, &sound(&message).unwrap(), &from(), &[7; 32], now).unwrap()).unwrap();
        let first = message_id(&[7; 32], "C7K4-M2QX-D/0", &message.to, "laika.example");
        for line in [
            format!("In-Reply-To: {first}\r\n"),
            format!("References: {first}\r\n"),
            "Reply-To: desk+c7k4m2qxd.abc@laika.example\r\n".to_owned(),
        ] {
            assert!(mail.contains(&line), "{line} in\n{mail}");
        }
        assert!(!mail.contains("Auto-Submitted"), "a person wrote it");
        let broken = Message { reply_to: Some("desk@laika.example\nBcc: x@example.com".into()), ..message };
        assert!(sound(&broken).is_err());
    }

    #[test]
    fn the_same_message_has_the_same_id_and_another_recipient_s_has_not() {
        let one = message();
        let twice = Message { text: "other words".into(), ..message() };
        let other = Message { to: "james@example.com".into(), ..message() };
        let later = Message { key: "C7K4-M2QX-D-3".into(), ..message() };
        let named = |m: &Message, names: [u8; 32]| message_id(&names, &m.key, &m.to, from().email.domain());
        let id = |m: &Message| named(m, [7; 32]);
        assert_eq!(id(&one), id(&twice));
        assert_ne!(id(&one), id(&other));
        assert_ne!(id(&one), id(&later), "two keys that look alike once cleaned");
        assert_ne!(id(&one), named(&one, [8; 32]), "another desk's");
    }

    #[test]
    fn where_it_may_be_sent() {
        for good in [
            "smtps://user:p%40ss@mail.example",
            "smtps://mail.example:465",
            "smtp+starttls://user:pw@mail.example:587",
            "smtp://localhost",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:25",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        assert_eq!(address("smtp://localhost").unwrap(), "smtp://localhost:25");
        assert_eq!(address("smtp+starttls://m.example").unwrap(), "smtp://m.example?tls=required");
        for bad in [
            "",
            "mail.example",
            "smtp://mail.example",
            "smtp://10.0.0.1:25",
            "smtp://localhost.example",
            "http://localhost",
            "smtps://m.example?tls=none",
        ] {
            assert!(matches!(Smtp::new(bad, "desk@laika.example"), Err(Failure::GiveUp(_))), "{bad}");
        }
        assert!(Smtp::new("smtp://localhost", "not an address").is_err());
    }
    /// A server that takes the connection and never says a word.
    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_not_waited_for_for_ever() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let smtp = Smtp::new(&format!("smtp://{}", silent.local_addr().unwrap()), "desk@laika.example").unwrap();
        let answer = smtp.send(&message(), "2026-11-22T14:03:20Z".parse().unwrap()).await;
        assert!(matches!(answer, Err(Failure::Retry(_))), "{answer:?}");
        assert!(matches!(smtp.probe().await, Err(Failure::Retry(_))));
    }
}
