//! Asks over CTRL: many questions under way at once, each answered under its number.

use std::collections::HashMap;

use tokio::sync::oneshot;

use super::{Said, reply};
use crate::Failure;
use crate::element::osmo_hlr::ipa::{self, Bad, Frame};
use crate::element::osmo_hlr::wire::{Dial, Live, Talk, connect};

/// The value, or the element's words for why there is none.
pub type Answer = Result<String, String>;

pub(in crate::element::osmo_hlr) struct Ask {
    /// `GET` or `SET`.
    pub word: &'static str,
    /// The variable, and for `SET` its value.
    pub what: String,
    pub tell: oneshot::Sender<Answer>,
}

#[derive(Default)]
pub(in crate::element::osmo_hlr) struct Ctrl {
    last: u64,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
}

impl Talk for Ctrl {
    type Ask = Ask;

    fn ask(&mut self, ask: Ask, out: &mut Vec<u8>) {
        self.last += 1;
        let text = format!("{} {} {}", ask.word, self.last, ask.what);
        ipa::put(out, ipa::OSMO, &[&[ipa::EXT_CTRL], text.as_bytes()]);
        self.waiting.insert(self.last, ask.tell);
    }

    fn hear(&mut self, frame: Frame<'_>, out: &mut Vec<u8>) -> Result<(), Bad> {
        if let Some(ccm) = frame.ccm() {
            if ccm == ipa::PING {
                ipa::put(out, ipa::CCM, &[&[ipa::PONG]]);
            }
            return Ok(());
        }
        let text = frame.osmo(ipa::EXT_CTRL).ok_or(Bad("CTRL: another protocol"))?;
        let Some(reply) = reply(text)? else { return Ok(()) };
        let tell = self.waiting.remove(&reply.id).ok_or(Bad("CTRL: an answer that nobody asked for"))?;
        // Whoever asked may have gone meanwhile.
        let _ = tell.send(match reply.said {
            Said::Value(value) => Ok(value.to_owned()),
            Said::Refused(why) => Err(why.to_owned()),
        });
        Ok(())
    }
}

/// Where CTRL listens.
pub(in crate::element::osmo_hlr) struct Address(pub String);

impl Dial for Address {
    type Talk = Ctrl;
    const NAME: &'static str = "CTRL";

    async fn dial(&self) -> Result<Live<Ctrl>, Failure> {
        Ok(Live::start(connect(Self::NAME, &self.0).await?, Ctrl::default()))
    }
}
