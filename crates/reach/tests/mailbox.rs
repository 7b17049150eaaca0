//! The fake mailbox obeys the laws of mailboxes.

mod mailbox_laws;

use async_trait::async_trait;
use mailbox_laws::Place;
use reach::mail::inbox::{Away, FakePost, Post};

struct Fake(FakePost);

#[async_trait]
impl Place for Fake {
    fn post(&self) -> &dyn Post {
        &self.0
    }

    async fn deliver(&self, raw: &[u8]) {
        self.0.deliver(raw);
    }

    async fn away(&self, to: Away) -> usize {
        self.0.away().iter().filter(|(folder, _)| *folder == to).count()
    }
}

#[tokio::test]
async fn what_waits_is_read_whole_and_stays_until_it_is_put_away() {
    mailbox_laws::what_waits_is_read_whole_and_stays_until_it_is_put_away(&Fake(FakePost::default())).await;
}

#[tokio::test]
async fn what_comes_ends_the_waiting() {
    mailbox_laws::what_comes_ends_the_waiting(&Fake(FakePost::default())).await;
}
