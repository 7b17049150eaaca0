//! OsmoHLR, a home location register: where a network looks up whether a card may be used.
//!
//! Its three doors do different things, found out by trying and by reading it:
//! - CTRL reads and deletes. A deletion tells nobody: a phone that is attached stays so.
//! - GSUP is what MSCs and SGSNs speak. OsmoHLR passes a Location Cancellation on to the one it names, and
//!   the phone is detached. It is also how a network asks for authentication data, so a refusal there is
//!   the proof that nothing can attach any more.
//! - The VTY sets the access mode, and only this tells the visited network. CTRL's switch does not.
//!
//! The order of a cease: read who serves the card; cancel there, while the names are still known; delete;
//! cancel again, for whoever attached in between; be refused authentication data; and read that there is
//! no such subscriber. This last comes last for a reason: an HLR set to make subscribers on demand makes
//! one when it is asked for authentication data, and its refusal looks the same (cause 2) as for one that
//! exists without keys. Every step may be run again, and a try begins with reading what is there.
//!
//! Subscribers are known by IMSI alone. The HLR's own ids are given away again after a deletion.

mod ctrl;
pub mod fake;
#[cfg(test)]
mod fuzz;
mod gsup;
mod imsi;
mod ipa;
mod listing;
mod settings;
mod steps;
mod trying;
mod vty;
mod wire;

use async_trait::async_trait;
use case::{EffectId, Timestamp};

pub use self::settings::Settings;
use self::steps::{Hlr, refused, standing};
use self::trying::Trying;
use crate::{Boxed, Element, Failure, Held, Line, Observed, ReadBack};
use gsup::client::{Last, Server};
use imsi::Imsi;

/// The connector. Connects when it is first asked something, and again whenever a connection has ended.
pub struct OsmoHlr {
    hlr: Hlr,
    listing: listing::Listing,
    trying: Trying,
    others_elsewhere: bool,
}

/// What [`OsmoHlr::probe`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    pub says: String,
    /// Subscribers come into being when someone asks for them: nothing that is deleted stays so.
    pub makes_on_demand: bool,
}

impl OsmoHlr {
    pub fn new(settings: &Settings) -> Result<Self, String> {
        settings.check()?;
        Ok(Self {
            hlr: Hlr::new(settings),
            listing: listing::Listing::default(),
            trying: Trying::new(settings.absent_minutes),
            others_elsewhere: settings.cards_without_imsi_are_elsewhere,
        })
    }

    /// None for an activation that is over: its numbers may be another's by now.
    fn imsi(&self, line: &Line) -> Result<Option<Imsi>, Failure> {
        let give_up = |why: &str| Err(Failure::GiveUp(why.into()));
        match line.imsi.as_deref().map(Imsi::new) {
            Some(Some(imsi)) => Ok(Some(imsi)),
            Some(None) => give_up("the IMSI on record is none: 6 to 15 digits"),
            None if self.others_elsewhere || (line.iccid.is_none() && line.eid.is_none()) => Ok(None),
            None => give_up("there is no IMSI on record, and whether this HLR has the card cannot be known without"),
        }
    }

    /// Whether all three doors answer.
    pub fn probe(&self) -> Boxed<'_, Result<Probe, Failure>> {
        Box::pin(async {
            let version = self.hlr.command("show version").await?;
            let config = self.hlr.command("show running-config").await?;
            self.hlr.info(&gsup::nobody()).await?;
            self.hlr.gsup.reach().await?;
            let version: String = version.lines().next().unwrap_or_default().chars().take(60).collect();
            let on_demand = |line: &str| line.trim_start().starts_with("subscriber-create-on-demand");
            Ok(Probe { says: version, makes_on_demand: config.lines().any(on_demand) })
        })
    }
}

fn add(servers: &mut Vec<Server>, more: Vec<Server>) {
    for server in more {
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
}

fn read_back(observed: Observed, evidence: impl Into<String>, at: Timestamp) -> ReadBack {
    ReadBack::new(observed, evidence, at)
}

fn no_such_activation(now: Timestamp) -> ReadBack {
    read_back(Observed::Gone, "no such activation", now)
}

#[async_trait]
impl Element for OsmoHlr {
    fn name(&self) -> &str {
        "osmo-hlr"
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = self.imsi(line)? else { return Ok(no_such_activation(now)) };
        Ok(standing(self.hlr.info(&imsi).await?.as_ref(), now))
    }

    /// No access to either domain; and whoever serves the card is told to detach it, as some take no
    /// notice of the change alone.
    async fn bar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = self.imsi(line)? else { return Ok(no_such_activation(now)) };
        let Some(info) = self.hlr.info(&imsi).await? else { return Ok(standing(None, now)) };
        if info.may_attach() {
            self.hlr.access(&imsi, "none").await?;
        }
        let told = self.hlr.cancel(&imsi, &info.servers(), Last::Echo).await?;
        let mut read = standing(self.hlr.info(&imsi).await?.as_ref(), now);
        read.evidence += &told.says();
        Ok(read)
    }

    async fn unbar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = self.imsi(line)? else { return Ok(no_such_activation(now)) };
        let info = self.hlr.info(&imsi).await?;
        if info.is_none_or(|info| info.cs && info.ps) {
            return Ok(standing(self.hlr.info(&imsi).await?.as_ref(), now));
        }
        self.hlr.access(&imsi, "cs+ps").await?;
        Ok(standing(self.hlr.info(&imsi).await?.as_ref(), now))
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        let Some(imsi) = self.imsi(line)? else { return Ok(no_such_activation(now)) };
        let mut servers = self.trying.served(key);
        if let Some(info) = self.hlr.info(&imsi).await? {
            add(&mut servers, info.servers());
            if !servers.is_empty() {
                self.trying.remember(key, &servers);
                let told = self.hlr.cancel(&imsi, &servers, Last::Echo).await?;
                self.trying.may_delete(key, &told, now)?;
            }
            // Where it may have attached in between, who serves it is read once more, just before.
            add(&mut servers, self.hlr.delete(&imsi, info.may_attach()).await?);
        }
        let told = self.hlr.cancel(&imsi, &servers, Last::AuthInfo).await?;
        let proof = refused(told.auth)?;
        if self.hlr.info(&imsi).await?.is_some() {
            let why = "the subscriber is there again after its deletion: \
                is subscriber-create-on-demand set in the HLR's configuration?";
            return Err(Failure::NotYet(why.into()));
        }
        self.trying.forget(key);
        Ok(read_back(Observed::Gone, format!("CTRL: No such subscriber; {proof}{}", told.says()), now))
    }

    async fn held(&self, after: Option<&str>, limit: u32) -> Result<Option<Vec<Held>>, Failure> {
        self.listing.page(&self.hlr, after, limit).await.map(Some)
    }
}
