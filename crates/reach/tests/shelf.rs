//! The fake carrier obeys the laws of the real one.

mod mail_laws;

use std::sync::Arc;

use async_trait::async_trait;
use mail_laws::{Post, Received};
use reach::Mailer;
use reach::shelf::{Shelf, ShelfMail};

#[derive(Default)]
struct OnShelf(Arc<Shelf>);

#[async_trait]
impl Post for OnShelf {
    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(ShelfMail(self.0.clone()))
    }

    async fn received(&self, to: &str, _at_least: usize) -> Vec<Received> {
        let mine = self.0.messages().into_iter().map(|s| s.message).filter(|m| m.to == to);
        mine.map(|m| Received { id: m.key, subject: m.subject, text: m.text, html: m.html, attachments: m.attachments })
            .collect()
    }
}

const TO: &str = "holder@test.example";

#[tokio::test]
async fn a_message_arrives_intact() {
    mail_laws::a_message_arrives_intact(&OnShelf::default(), TO).await;
}

#[tokio::test]
async fn the_same_key_is_the_same_message() {
    mail_laws::the_same_key_is_the_same_message(&OnShelf::default(), TO).await;
}

#[tokio::test]
async fn of_five_hundred_none_is_lost() {
    mail_laws::of_five_hundred_none_is_lost(&OnShelf::default(), TO).await;
}

#[tokio::test]
async fn nothing_can_be_slipped_into_the_header() {
    mail_laws::nothing_can_be_slipped_into_the_header(&OnShelf::default(), TO).await;
}

#[tokio::test]
async fn what_is_no_address_is_given_up() {
    mail_laws::what_is_no_address_is_given_up(&OnShelf::default()).await;
}
