//! What every mailbox does, told to the real one and to the fake.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use reach::mail::inbox::{Away, Mailbox, Post, Waiting};

#[async_trait]
pub trait Place: Send + Sync {
    fn post(&self) -> &dyn Post;
    /// A message is delivered, and there once this returns.
    async fn deliver(&self, raw: &[u8]);
    /// How many lie in that folder.
    async fn away(&self, to: Away) -> usize;
}

pub fn message(n: usize) -> Vec<u8> {
    format!("From: a@example.com\r\nSubject: {n}\r\n\r\nbody {n} {{5}} ) \" 注销\r\n.\r\n").into_bytes()
}

async fn all(mailbox: &mut dyn Mailbox) -> Vec<(Waiting, Vec<u8>)> {
    let mut all = Vec::new();
    for waiting in mailbox.waiting().await.unwrap() {
        all.push((waiting, mailbox.fetch(waiting.number, 1 << 20).await.unwrap()));
    }
    all
}

pub async fn what_waits_is_read_whole_and_stays_until_it_is_put_away(it: &impl Place) {
    for n in 0..3 {
        it.deliver(&message(n)).await;
    }
    let mut mailbox = it.post().open().await.unwrap();
    let first = all(&mut *mailbox).await;
    assert_eq!(first.len(), 3);
    for (waiting, raw) in &first {
        assert_eq!(waiting.bytes, raw.len());
        let text = String::from_utf8_lossy(raw);
        assert!(text.contains("{5} ) \" 注销"), "{text}");
        let beginning = mailbox.fetch(waiting.number, 20).await.unwrap();
        assert_eq!(beginning, raw[..20]);
    }
    // Somebody was killed here: nothing is remembered, and all of it is there again.
    drop(mailbox);
    let mut mailbox = it.post().open().await.unwrap();
    let again = all(&mut *mailbox).await;
    assert_eq!(
        again.iter().map(|(_, raw)| raw).collect::<Vec<_>>(),
        first.iter().map(|(_, raw)| raw).collect::<Vec<_>>()
    );
    mailbox.put_away(again[0].0.number, Away::Done).await.unwrap();
    mailbox.put_away(again[1].0.number, Away::Failed).await.unwrap();
    mailbox.put_away(again[0].0.number, Away::Done).await.unwrap();
    assert_eq!((it.away(Away::Done).await, it.away(Away::Failed).await), (1, 1));
    assert_eq!(all(&mut *mailbox).await.len(), 1);
    assert!(mailbox.fetch(again[0].0.number, 10).await.is_err(), "it is gone");
}

pub async fn what_comes_ends_the_waiting(it: &impl Place) {
    let mut mailbox = it.post().open().await.unwrap();
    assert!(mailbox.waiting().await.unwrap().is_empty());
    mailbox.wait(Duration::from_millis(50)).await.unwrap();
    let begun = Instant::now();
    let one = message(1);
    let (waited, ()) = tokio::join!(mailbox.wait(Duration::from_secs(60)), it.deliver(&one));
    waited.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30), "it was told, and did not wait it out");
    // What comes between looking and waiting may be told at the next look only.
    let until = Instant::now() + Duration::from_secs(30);
    while mailbox.waiting().await.unwrap().is_empty() {
        assert!(Instant::now() < until, "it never came");
    }
}
