//! The single steps from which the connector makes its changes, and what the element says in words.

use std::time::Duration;

use case::Timestamp;
use tokio::time::timeout;

use super::ctrl::client::{Address, Answer, Ask as CtrlAsk};
use super::ctrl::{self, Info};
use super::gsup::client::{Ask, Auth, Last, Peer, Server};
use super::gsup::{CS, IMSI_UNKNOWN, PS};
use super::imsi::Imsi;
use super::read_back;
use super::settings::Settings;
use super::vty::Vty;
use super::wire::Lane;
use crate::{Failure, Observed, ReadBack};

pub(super) struct Hlr {
    /// One for all, so that what is asked about a subscriber stays in order.
    ctrl: Lane<Address>,
    pub(super) gsup: Lane<Peer>,
    vty: tokio::sync::Mutex<Option<Vty>>,
    vty_address: String,
    pub(super) patience: Duration,
}

/// What was told to whom, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub at: usize,
    pub absent: usize,
    pub auth: Option<Auth>,
}

impl Told {
    /// For the evidence; names of machines stay inside.
    pub fn says(&self) -> String {
        let mut says = String::new();
        if self.at > 0 {
            says += &format!("; location cancelled at {}", self.at);
        }
        if self.absent > 0 {
            says += &format!("; not connected and not told: {}", self.absent);
        }
        says
    }
}

impl Info {
    pub(super) fn servers(&self) -> Vec<Server> {
        let served = |name: &Option<String>, domain| {
            name.as_ref().map(|name| Server { name: [name.as_bytes(), b"\0"].concat(), domain })
        };
        [served(&self.vlr, CS), served(&self.sgsn, PS)].into_iter().flatten().collect()
    }
}

impl Hlr {
    pub(super) fn new(settings: &Settings) -> Self {
        let patience = Duration::from_millis(settings.timeout_ms);
        let peer = Peer { address: settings.gsup.clone(), name: settings.name.clone() };
        Self {
            ctrl: Lane::new(Address(settings.ctrl.clone()), patience),
            gsup: Lane::new(peer, patience),
            vty: tokio::sync::Mutex::new(None),
            vty_address: settings.vty.clone(),
            patience,
        }
    }

    /// The subscriber as the element has it; none where it says that there is none.
    pub(super) async fn info(&self, imsi: &Imsi) -> Result<Option<Info>, Failure> {
        read_info(self.ask("GET", info_of(imsi)).await?, imsi)
    }

    /// Deletes, and answers who served the subscriber just before, if that is wanted. A refusal may have
    /// any reason, which shows when the subscriber is read afterwards.
    pub(super) async fn delete(&self, imsi: &Imsi, look: bool) -> Result<Vec<Server>, Failure> {
        let delete = self.ask("SET", format!("subscriber.delete {}", imsi.as_str()));
        if !look {
            let _ = delete.await?;
            return Ok(Vec::new());
        }
        // Asked in this order over one connection, in one flight.
        let (before, deleted) = tokio::join!(biased; self.ask("GET", info_of(imsi)), delete);
        let _ = deleted?;
        Ok(read_info(before?, imsi)?.map(|info| info.servers()).unwrap_or_default())
    }

    /// Cancels the location at each server, and asks for the last.
    pub(super) async fn cancel(&self, imsi: &Imsi, servers: &[Server], last: Last) -> Result<Told, Failure> {
        if servers.is_empty() && last == Last::Echo {
            return Ok(Told::default());
        }
        let ask = |tell| Ask { imsi: imsi.clone(), cancel: servers.to_vec(), last, tell };
        let heard = self.gsup.exchange(ask).await?;
        let absent = heard.absent.len();
        Ok(Told { at: servers.len().saturating_sub(absent), absent, auth: heard.auth })
    }

    /// Sets the access mode by the VTY, which tells the visited network too.
    pub(super) async fn access(&self, imsi: &Imsi, mode: &str) -> Result<(), Failure> {
        let said =
            self.command(&format!("subscriber imsi {} update network-access-mode {mode}", imsi.as_str())).await?;
        // Silent where it is done. What it says names the subscriber, and whether it is done is read next.
        let gone = said.starts_with("% No subscriber for imsi");
        if said.starts_with('%') && !gone {
            return Err(Failure::NotYet("VTY: the access mode is refused".into()));
        }
        Ok(())
    }

    /// Runs a command that may be run twice, in the session that is open or in a new one.
    pub(super) async fn command(&self, command: &str) -> Result<String, Failure> {
        let run = async {
            let mut slot = self.vty.lock().await;
            // One that has been idle may have ended meanwhile. It is put back only after a whole answer.
            if let Some(mut vty) = slot.take()
                && let Ok(said) = vty.run(command).await
            {
                *slot = Some(vty);
                return Ok(said);
            }
            let mut vty = Vty::open(&self.vty_address).await?;
            let said = vty.run(command).await?;
            *slot = Some(vty);
            Ok(said)
        };
        timeout(self.patience, run).await.unwrap_or_else(|_| Err(self.vty_silent()))
    }

    pub(super) fn vty_silent(&self) -> Failure {
        Failure::Retry(format!("VTY: no answer in {} ms", self.patience.as_millis()))
    }

    /// A session of its own, for what takes long.
    pub(super) async fn session(&self) -> Result<Vty, Failure> {
        timeout(self.patience, Vty::open(&self.vty_address)).await.unwrap_or_else(|_| Err(self.vty_silent()))
    }

    async fn ask(&self, word: &'static str, what: String) -> Result<Answer, Failure> {
        self.ctrl.exchange(|tell| CtrlAsk { word, what, tell }).await
    }
}

fn info_of(imsi: &Imsi) -> String {
    format!("subscriber.by-imsi-{}.info", imsi.as_str())
}

fn read_info(answer: Answer, imsi: &Imsi) -> Result<Option<Info>, Failure> {
    match answer {
        Ok(text) => Info::read(&text, imsi).map(Some).map_err(|bad| Failure::Retry(bad.to_string())),
        Err(why) if why == ctrl::UNKNOWN => Ok(None),
        Err(_) => Err(Failure::Retry("CTRL: the subscriber cannot be read".into())),
    }
}

/// What a subscriber's info says of the card.
pub(super) fn standing(info: Option<&Info>, now: Timestamp) -> ReadBack {
    let Some(info) = info else { return read_back(Observed::Gone, "CTRL: No such subscriber", now) };
    let on = |switch: bool| if switch { "on" } else { "off" };
    let observed = if info.may_attach() { Observed::Active } else { Observed::Barred };
    read_back(observed, format!("CTRL: cs {}, ps {}", on(info.cs), on(info.ps)), now)
}

/// The element's refusal of authentication data, in words. Which cause it gives for an IMSI that it does
/// not know is its operator's choice; one for trouble of its own proves nothing.
pub(super) fn refused(auth: Option<Auth>) -> Result<String, Failure> {
    match auth {
        Some(Auth::Refused(IMSI_UNKNOWN)) => Ok("GSUP auth info: cause 2 (IMSI unknown)".into()),
        // 3GPP TS 24.008: illegal MS, illegal ME, GPRS (and non-GPRS) services, PLMN, location area,
        // roaming, GPRS in this PLMN, no suitable cells.
        Some(Auth::Refused(cause @ (3 | 6 | 7 | 8 | 11..=15))) => {
            Ok(format!("GSUP auth info: cause {cause} (refused)"))
        }
        Some(Auth::Refused(cause)) => Err(Failure::NotYet(format!("GSUP auth info: cause {cause}"))),
        Some(Auth::Given) => Err(Failure::NotYet("GSUP auth info: still given after the deletion".into())),
        None => Err(Failure::Retry("GSUP auth info: no answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_of_the_subscriber_is_proof() {
        assert_eq!(refused(Some(Auth::Refused(2))).unwrap(), "GSUP auth info: cause 2 (IMSI unknown)");
        assert_eq!(refused(Some(Auth::Refused(11))).unwrap(), "GSUP auth info: cause 11 (refused)");
        // Network failure, congestion, an answer that was not asked for.
        for auth in [Some(Auth::Refused(17)), Some(Auth::Refused(22)), Some(Auth::Given), None] {
            assert!(matches!(refused(auth), Err(Failure::Retry(_) | Failure::NotYet(_))), "{auth:?}");
        }
    }
}
