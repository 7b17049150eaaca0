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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_find_their_question_in_any_order() {
        let (mut ctrl, mut out) = (Ctrl::default(), Vec::new());
        let mut ask = |what: &str| {
            let (tell, told) = oneshot::channel();
            ctrl.ask(Ask { word: "GET", what: what.into(), tell }, &mut out);
            told
        };
        let (mut one, mut two, three) = (ask("a"), ask("b"), ask("c"));
        let (frame, _) = ipa::split(&out).unwrap();
        assert_eq!(frame.osmo(ipa::EXT_CTRL), Some(&b"GET 1 a"[..]));
        let mut hear = |text: &str| {
            let payload = [&[ipa::EXT_CTRL], text.as_bytes()].concat();
            ctrl.hear(Frame { protocol: ipa::OSMO, payload: &payload }, &mut Vec::new())
        };
        hear("ERROR 2 No such subscriber.").unwrap();
        assert!(one.try_recv().is_err());
        hear("TRAP 0 something else").unwrap();
        hear("GET_REPLY 1 a x y").unwrap();
        assert_eq!((one.try_recv(), two.try_recv()), (Ok(Ok("x y".into())), Ok(Err("No such subscriber.".into()))));
        // Whoever asked has gone; nobody ever asked; another protocol.
        drop(three);
        hear("GET_REPLY 3 c 1").unwrap();
        assert!(hear("GET_REPLY 3 c 1").is_err());
        assert!(ctrl.hear(Frame { protocol: ipa::OSMO, payload: &[ipa::EXT_GSUP, 8] }, &mut Vec::new()).is_err());
    }
}
