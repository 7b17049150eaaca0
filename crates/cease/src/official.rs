//! The register of official channels as this desk has it: what its own configuration says, the operator's file with
//! the rest, and what two people at the desk have signed for since.
//!
//! The last is read anew whenever there is more of it, which costs one small question each time: so another process,
//! on whichever machine, never answers by a register that is over.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::Context;
use case::official::change::{Step, in_force};
use case::official::{Entry, Found, Kind, Reason, Register, Verdict, check};
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

/// What the configuration says of itself: the key, what sort of channel it is, which.
fn own(config: &Config) -> impl Iterator<Item = (&'static str, Kind, String)> {
    let from =
        config.mail.from.rsplit_once('<').map_or(&*config.mail.from, |(_, address)| address.trim_end_matches('>'));
    let own = [
        ("desk.url", Kind::Domain, host(&config.desk.url)),
        ("desk.mailbox", Kind::Mail, config.desk.mailbox.clone()),
        ("mail.from", Kind::Mail, from.to_owned()),
        ("mail.inbox.address", Kind::Mail, config.mail.inbox.address.clone()),
        ("desk.hotline", Kind::Phone, config.desk.hotline.clone()),
        ("desk.return_address", Kind::Address, config.desk.return_address.clone()),
    ];
    own.into_iter().filter(|(.., value)| !value.trim().is_empty())
}

/// What the configuration says of itself and people are answered is unknown: in that form it is no line of the register,
/// and the lines that are there do not name it. Each as a sentence, with the way out.
pub fn unknown(config: &Config, policy: &Policy, register: &Register, today: Date) -> Vec<String> {
    let rules = &policy.identify;
    // A trial on this machine has no host that anybody could be sent to.
    let trial = |key: &str| key == "desk.url" && !config.secure();
    let unknown = own(config).filter_map(|(key, kind, value)| {
        let wrong = Entry::new(kind, value.clone()).checked(rules).err().filter(|_| !trial(key))?;
        let known = check(&value, register, today, rules).verdict == Verdict::Official;
        let value = value.lines().collect::<Vec<_>>().join(", ");
        (!known).then(|| format!("{key}: “{value}” is not in the register of official channels: {}", wrong.why))
    });
    unknown.collect()
}

/// Reads the file and adds what the configuration says of itself. What is not well formed in the file is named.
fn fixed(config: &Config, policy: &Policy) -> anyhow::Result<Register> {
    let rules = &policy.identify;
    let file = &config.desk.channels;
    let mut register = if file.as_os_str().is_empty() { Register::default() } else { read(file, policy)? };
    for (_, kind, value) in own(config) {
        // A hotline may be given with words around it: it stands in the file, or doctor names it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_line_of_the_register_is_named_until_a_line_names_it() {
        let policy = Config::default().policy().unwrap();
        let today = jiff::civil::date(2026, 11, 26);
        let unknown = |change: &dyn Fn(&mut Config), lines: &[(Kind, &str)]| {
            let mut config = Config::default();
            change(&mut config);
            let mut register = fixed(&config, &policy).unwrap();
            let entry = |(kind, value): &(Kind, &str)| Entry::new(*kind, *value).checked(&policy.identify).unwrap();
            register.official.extend(lines.iter().map(entry));
            super::unknown(&config, &policy, &register, today)
        };
        assert!(unknown(&|_| {}, &[]).is_empty(), "a trial on this machine");
        assert!(unknown(&|c| c.desk.hotline = "+44 113 496 0999".into(), &[]).is_empty());
        for (hotline, kind, line) in
            [("10086", Kind::ShortCode, "10086"), ("+44 113 496 0999 (Mon-Fri)", Kind::Phone, "+44 113 496 0999")]
        {
            let set = |c: &mut Config| c.desk.hotline = hotline.into();
            let said = unknown(&set, &[]);
            assert!(said.len() == 1 && said[0].starts_with(&format!("desk.hotline: “{hotline}”")), "{said:?}");
            assert!(unknown(&set, &[(kind, line)]).is_empty(), "{hotline}");
        }
        let said = unknown(
            &|c| {
                c.desk.hotline = "0800 123".into();
                c.desk.mailbox = "notmail".into();
                c.mail.from = "Desk <desk@co.uk>".into();
                c.desk.return_address = "1\n2".into();
            },
            &[],
        );
        let keys: Vec<_> = said.iter().map(|line| line.split(": ").next().unwrap()).collect();
        assert_eq!(keys, ["desk.mailbox", "mail.from", "desk.hotline", "desk.return_address"], "{said:?}");
    }
}
