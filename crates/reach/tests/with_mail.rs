//! The real carrier against a real Postfix and Dovecot, which `./test --only mail` starts.

mod mail_laws;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use mail_laws::{Post, Received, message, now};
use mail_parser::{MessageParser, MimeHeaders};
use reach::mail::Smtp;
use reach::{Failure, Mailer};

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only mail")
}

struct Real {
    smtp: Arc<Smtp>,
    maildir: PathBuf,
}

fn real() -> Real {
    let smtp = Smtp::new(&format!("smtp://{}", var("CEASE_TEST_SMTP")), "Laika 莱卡 <desk@test.example>").unwrap();
    Real { smtp: Arc::new(smtp), maildir: var("CEASE_TEST_MAILDIR").into() }
}

#[async_trait]
impl Post for Real {
    fn mailer(&self) -> Arc<dyn Mailer> {
        self.smtp.clone()
    }

    async fn received(&self, to: &str, at_least: usize) -> Vec<Received> {
        let (new, until) = (self.maildir.join(to).join("new"), Instant::now() + Duration::from_secs(60));
        loop {
            let files: Vec<_> = std::fs::read_dir(&new).map(|d| d.flatten().collect()).unwrap_or_default();
            if files.len() >= at_least {
                return files.iter().map(|f| read(&std::fs::read(f.path()).unwrap())).collect();
            }
            assert!(Instant::now() < until, "{} of {at_least} messages for {to} after a minute", files.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn read(bytes: &[u8]) -> Received {
    let mail = MessageParser::default().parse(bytes).unwrap();
    let lines = |t: std::borrow::Cow<'_, str>| t.replace("\r\n", "\n");
    let attachments = mail.attachments().map(|a| {
        let media = a.content_type().unwrap();
        let media = format!("{}/{}", media.ctype(), media.subtype().unwrap_or_default());
        (a.attachment_name().unwrap_or_default().to_owned(), media, a.contents().to_vec())
    });
    Received {
        id: mail.message_id().unwrap().to_owned(),
        subject: mail.subject().unwrap().to_owned(),
        text: mail.body_text(0).map(lines).unwrap(),
        html: mail.body_html(0).map(lines),
        attachments: attachments.collect(),
    }
}

#[tokio::test]
async fn a_message_arrives_intact() {
    mail_laws::a_message_arrives_intact(&real(), "intact@test.example").await;
}

#[tokio::test]
async fn the_same_key_is_the_same_message() {
    mail_laws::the_same_key_is_the_same_message(&real(), "twice@test.example").await;
}

#[tokio::test]
async fn of_five_hundred_none_is_lost() {
    mail_laws::of_five_hundred_none_is_lost(&real(), "bulk@test.example").await;
}

#[tokio::test]
async fn nothing_can_be_slipped_into_the_header() {
    mail_laws::nothing_can_be_slipped_into_the_header(&real(), "slip@test.example").await;
}

#[tokio::test]
async fn what_is_no_address_is_given_up() {
    mail_laws::what_is_no_address_is_given_up(&real()).await;
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_and_a_late_one_tried_again() {
    let send = async |to: &str| real().smtp.send(&message("sorted/1", to), now()).await.unwrap_err();
    let Failure::GiveUp(why) = send("refused@test.example").await else { panic!("550 is for good") };
    assert_eq!(why, "the mail server answered 550 5.1.1", "no address in why");
    let Failure::Retry(why) = send("later@test.example").await else { panic!("451 is for later") };
    assert_eq!(why, "the mail server answered 451 4.3.0");
}

#[tokio::test]
async fn a_refusal_does_not_spoil_the_connection() {
    let post = real();
    for n in 0..20 {
        post.smtp.send(&message(&format!("spoil/{n}"), "refused@test.example"), now()).await.unwrap_err();
        post.smtp.send(&message(&format!("spoil/{n}"), "unspoilt@test.example"), now()).await.unwrap();
    }
    assert_eq!(post.received("unspoilt@test.example", 20).await.len(), 20);
}

#[tokio::test]
async fn a_server_that_answers_is_told_from_one_that_does_not() {
    real().smtp.probe().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let dead = Smtp::new(&dead, "desk@test.example").unwrap();
    assert!(matches!(dead.probe().await, Err(Failure::Retry(_))));
    assert!(matches!(dead.send(&message("dead/1", "a@test.example"), now()).await, Err(Failure::Retry(_))));
}

#[tokio::test]
async fn tls_is_not_given_up_for_a_server_that_has_none() {
    let url = format!("smtp+starttls://{}", var("CEASE_TEST_SMTP"));
    let smtp = Smtp::new(&url, "desk@test.example").unwrap();
    let answer = smtp.send(&message("plain/1", "plain@test.example"), now()).await;
    assert!(matches!(answer, Err(Failure::Retry(_))), "{answer:?}");
}
