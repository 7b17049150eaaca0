//! A carrier that is sometimes out, sometimes refuses for good, and sometimes takes a message and
//! then loses its own answer.

use async_trait::async_trait;
use case::Timestamp;
use reach::{Failure, Mailer, Message};

use crate::fate::Fate;
use crate::lots::pause;

pub struct FaultyMail(pub Fate);

#[async_trait]
impl Mailer for FaultyMail {
    async fn send(&self, _message: &Message, now: Timestamp) -> Result<(), Failure> {
        pause(self.0.below(3)).await;
        if self.0.with(|n| n.mail_out > now) {
            self.0.count("mail out");
            return Err(Failure::Retry("451 come back later".into()));
        }
        if self.0.strikes("mail refused") {
            return Err(Failure::GiveUp("550 no such mailbox".into()));
        }
        if self.0.strikes("mail answer lost") {
            return Err(Failure::Retry("the connection was lost after the end of data".into()));
        }
        Ok(())
    }
}
