//! A hand at an HLR's controls, for tests: makes subscribers, gives them keys, says whether they are
//! there. It works with the fake and with a real one.

use std::time::Duration;

use super::super::ctrl::client::{Address, Answer, Ask};
use super::super::wire::Lane;
use super::super::{Settings, ctrl};

pub struct Hand(Lane<Address>);

impl Hand {
    pub fn new(settings: &Settings) -> Self {
        Self(Lane::new(Address(settings.ctrl.clone()), Duration::from_secs(20)))
    }

    /// A subscriber who may attach.
    ///
    /// # Panics
    /// Where the HLR does not make one.
    pub async fn create(&self, imsi: &str) {
        self.ask("SET", format!("subscriber.create {imsi}")).await.expect("a new subscriber");
        let keys = "milenage,0102030405060708090a0b0c0d0e0f10,opc,00112233445566778899aabbccddeeff";
        let said = self.ask("SET", format!("subscriber.by-imsi-{imsi}.aud3g {keys}")).await;
        said.expect("keys for it");
    }

    /// # Panics
    /// Where the HLR does not say.
    pub async fn has(&self, imsi: &str) -> bool {
        match self.ask("GET", format!("subscriber.by-imsi-{imsi}.info")).await {
            Ok(_) => true,
            Err(why) if why == ctrl::UNKNOWN => false,
            Err(why) => panic!("{why}"),
        }
    }

    async fn ask(&self, word: &'static str, what: String) -> Answer {
        self.0.exchange(|tell| Ask { word, what, tell }).await.expect("an answer")
    }
}
