//! What every mail carrier owes us. The real one and the fake obey the same laws, so that what a
//! test or the demo shows is what would have been delivered.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use case::Timestamp;
use reach::{Failure, Mailer, Message};

/// A message as its recipient has it.
#[derive(Debug)]
pub struct Received {
    pub id: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<(String, String, Vec<u8>)>,
}

/// A mailer, and the mailboxes behind it.
#[async_trait]
pub trait Post {
    fn mailer(&self) -> Arc<dyn Mailer>;
    /// What stands in the mailbox of `to` once there are `at_least` messages.
    async fn received(&self, to: &str, at_least: usize) -> Vec<Received>;
}

pub fn now() -> Timestamp {
    "2026-11-22T14:03:20Z".parse().unwrap()
}

pub fn message(key: &str, to: &str) -> Message {
    Message {
        key: key.into(),
        to: to.into(),
        subject: "注销凭证：尾号 •••• 0101 的卡已注销，单号 C7K4-M2QX-D（欧阳龘收）".into(),
        text: "您好！\n\n.\n..\nFrom 这一行以 From 开头。\n龘 𠮷 é\n".into(),
        html: Some("<p>您好！</p>\n<p>龘 𠮷 é</p>\n".into()),
        // Line endings of every kind, and every byte: a signed file must arrive as it was signed.
        attachments: vec![
            ("certificate-C7K4-M2QX-D.json".into(), "application/json".into(), b"{\"a\": 1}\n\r\n\r.\n".to_vec()),
            ("凭证.bin".into(), "application/octet-stream".into(), (0..=255).collect()),
        ],
        ..Message::default()
    }
}

pub async fn a_message_arrives_intact(post: &impl Post, to: &str) {
    let sent = message("C7K4-M2QX-D/1", to);
    post.mailer().send(&sent, now()).await.unwrap();
    let received = post.received(to, 1).await;
    let [one] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(one.subject, sent.subject);
    assert_eq!(one.text, sent.text);
    assert_eq!(one.html, sent.html);
    assert_eq!(one.attachments, sent.attachments);
}

pub async fn the_same_key_is_the_same_message(post: &impl Post, to: &str) {
    for key in ["C7K4-M2QX-D/1", "C7K4-M2QX-D/1", "C7K4-M2QX-D/2"] {
        post.mailer().send(&message(key, to), now()).await.unwrap();
    }
    post.mailer().send(&message("C7K4-M2QX-D/last", to), now()).await.unwrap();
    let mut ids = BTreeSet::new();
    for at_least in 1.. {
        ids = post.received(to, at_least).await.into_iter().map(|m| m.id).collect();
        if ids.len() >= 3 {
            break;
        }
    }
    assert_eq!(ids.len(), 3, "{ids:?}");
}

pub async fn of_five_hundred_none_is_lost(post: &impl Post, to: &str) {
    let mut hands = tokio::task::JoinSet::new();
    for n in 0..500 {
        let (mailer, to) = (post.mailer(), to.to_owned());
        hands.spawn(async move { mailer.send(&message(&format!("bulk/{n}"), &to), now()).await });
        // As many as the workers have in hand.
        if hands.len() >= 64 {
            hands.join_next().await.unwrap().unwrap().unwrap();
        }
    }
    while let Some(done) = hands.join_next().await {
        done.unwrap().unwrap();
    }
    let ids: BTreeSet<String> = post.received(to, 500).await.into_iter().map(|m| m.id).collect();
    assert_eq!(ids.len(), 500);
}

pub async fn nothing_can_be_slipped_into_the_header(post: &impl Post, to: &str) {
    let slip = "x\r\nBcc: everybody@test.example";
    let bad: [fn(&mut Message, String); 7] = [
        |m, s| m.subject = s,
        |m, s| m.key = s,
        |m, s| m.to = s,
        |m, s| m.to = format!("{}, {s}", m.to),
        |m, s| m.attachments[0].0 = s,
        |m, s| m.attachments[0].1 = s,
        |m, s| m.text = s,
    ];
    for (i, change) in bad.into_iter().enumerate() {
        for slip in [slip, &slip.replace("\r\n", "\r"), &slip.replace("\r\n", "\n")] {
            let mut message = message("slip/1", to);
            change(&mut message, slip.to_owned());
            let text = message.text == slip && !slip.contains('\r');
            let answer = post.mailer().send(&message, now()).await;
            assert!(text || matches!(answer, Err(Failure::GiveUp(_))), "field {i}: {answer:?}");
        }
    }
}

pub async fn what_is_no_address_is_given_up(post: &impl Post) {
    for to in
        ["", "nobody", "a@b@c", "two@test.example, three@test.example", "<x@test.example>", "Ann <a@test.example>"]
    {
        let answer = post.mailer().send(&message("bad/1", to), now()).await;
        assert!(matches!(answer, Err(Failure::GiveUp(_))), "{to}: {answer:?}");
    }
}
