//! The register of official channels as this desk has it: what its own configuration says, the operator's file with
//! the rest, and what two people at the desk have signed for since.
//!
//! The last is read anew whenever there is more of it, which costs one small question each time: so another process,
//! on whichever machine, never answers by a register that is over.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::Context;
use case::official::change::{Step, in_force};
use case::official::{Entry, Found, Kind, Reason, Register};
use case::{Policy, Timestamp};
use jiff::civil::Date;
use proof::log::Channel;
use store::{AnyStore, ChannelRevision, StoreError};

use crate::config::Config;
use crate::startup::host;

/// The register, as one process knows it.
#[derive(Default)]
pub struct Registers {
    fixed: Register,
    read: RwLock<Option<Read>>,
    /// What this process has last published of it, and the revision with which nothing was left to do.
    pub(crate) published: Mutex<(Option<Vec<Channel>>, Option<ChannelRevision>)>,
}

struct Read {
    revision: ChannelRevision,
    /// When time alone makes it another.
    again: Option<Timestamp>,
    from: Timestamp,
    register: Arc<Register>,
}

impl Registers {
    pub fn new(config: &Config, policy: &Policy) -> anyhow::Result<Self> {
        Ok(Self { fixed: fixed(config, policy)?, ..Self::default() })
    }

    /// Another process's, of the same configuration.
    pub fn beside(&self) -> Self {
        Self { fixed: self.fixed.clone(), ..Self::default() }
    }

    /// What the configuration says; at the desk nobody changes it.
    pub fn fixed(&self) -> &Register {
        &self.fixed
    }

    /// The register in force.
    pub async fn current(
        &self,
        store: &AnyStore,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Arc<Register>, StoreError> {
        let revision = store.channel_revision().await?;
        if let Some(known) = self.known(revision, now) {
            return Ok(known);
        }
        let steps: Vec<Step> = store.channel_steps().await?.into_iter().map(|step| step.step).collect();
        let (register, again) = in_force(&self.fixed, &steps, now, &policy.zone(), &policy.identify);
        let register = Arc::new(register);
        let read = Read { revision, again, from: now, register: register.clone() };
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(register)
    }

    fn known(&self, revision: ChannelRevision, now: Timestamp) -> Option<Arc<Register>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        let read = read.as_ref().filter(|read| read.revision == revision && read.from <= now)?;
        read.again.is_none_or(|again| now < again).then(|| read.register.clone())
    }
}

/// What is known of a fake: since when it is on the list, and how often it was reported.
pub async fn known_fake(
    store: &AnyStore,
    register: &Register,
    found: &Found,
) -> Result<Option<(Option<Date>, u64)>, StoreError> {
    if !found.reasons.contains(&Reason::KnownFake) {
        return Ok(None);
    }
    let Some(entry) = register.known_fake(found.kind, &found.shown) else { return Ok(None) };
    let mut reports = 0;
    // Of a host both the name itself and the one on the list may have been reported.
    for value in std::collections::BTreeSet::from([entry.value.as_str(), found.shown.as_str()]) {
        reports += store.fake_of(entry.kind, value).await?.map_or(0, |fake| fake.reports);
    }
    Ok(Some((entry.from, reports)))
}

/// Reads the file and adds what the configuration says of itself. What is not well formed is named.
fn fixed(config: &Config, policy: &Policy) -> anyhow::Result<Register> {
    let rules = &policy.identify;
    let file = &config.desk.channels;
    let mut register = if file.as_os_str().is_empty() { Register::default() } else { read(file, policy)? };
    let from =
        config.mail.from.rsplit_once('<').map_or(&*config.mail.from, |(_, address)| address.trim_end_matches('>'));
    let own = [
        (Kind::Domain, host(&config.desk.url)),
        (Kind::Mail, config.desk.mailbox.clone()),
        (Kind::Mail, from.to_owned()),
        (Kind::Mail, config.mail.inbox.address.clone()),
        (Kind::Phone, config.desk.hotline.clone()),
        (Kind::Address, config.desk.return_address.clone()),
    ];
    for (kind, value) in own {
        // A hotline may be given with words around it: it stands in the file.
        let Ok(entry) = Entry::new(kind, value).checked(rules) else { continue };
        if !register.official.iter().any(|known| (known.kind, &known.value) == (kind, &entry.value)) {
            register.official.push(entry);
        }
    }
    Ok(register)
}

fn read(file: &Path, policy: &Policy) -> anyhow::Result<Register> {
    let about = || format!("desk.channels: {}", file.display());
    let text = std::fs::read_to_string(file).with_context(about)?;
    let register: Register = toml::from_str(&text).with_context(about)?;
    register.checked(&policy.identify).with_context(about)
}
