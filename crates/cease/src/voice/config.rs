//! `[voice]`: where the hotline listens, from whom it takes calls, whom it rings at the desk.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, bail};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::config::masked;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VoiceConfig {
    /// Address and port for SIP, UDP and TCP; empty: no calls are taken here (webhooks may be).
    pub listen: String,
    /// Our address as others reach it, where `listen` does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertise: Option<IpAddr>,
    /// The part of our SIP address before the `@`.
    pub user: String,
    /// Networks from which calls are taken without a password: a trunk, an exchange.
    pub peers: Vec<IpNet>,
    /// Who may ring from anywhere, by name and password.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trunk: Option<TrunkConfig>,
    /// UDP ports for sound, first and last: two for each call.
    pub ports: [u16; 2],
    /// Calls at once, and from one address.
    pub calls: usize,
    pub calls_from_one: usize,
    /// SIP messages a second from one address.
    pub messages_a_second: u32,
    /// An own menu and own sentences; empty: those that are built in.
    pub menu: PathBuf,
    pub prompts: PathBuf,
    /// Recordings in place of what a machine says.
    pub recordings: PathBuf,
    /// Voices of `espeak-ng`.
    pub voice_en: String,
    pub voice_zh: String,
    /// Whether callers are asked if their own declaration may be recorded.
    pub record: bool,
    /// Phones at the desk.
    pub agents: Vec<AgentPhone>,
    pub transfer: Transfer,
    /// The secret by which webhooks are signed; empty: none are taken.
    #[serde(skip_serializing_if = "Secret::is_empty")]
    pub webhook_token: Secret,
}

impl Default for VoiceConfig {
    fn default() -> Self {
        Self {
            listen: String::new(),
            advertise: None,
            user: "hotline".into(),
            peers: Vec::new(),
            users: Vec::new(),
            trunk: None,
            ports: [20_000, 21_999],
            calls: 500,
            calls_from_one: 500,
            messages_a_second: 400,
            menu: PathBuf::new(),
            prompts: PathBuf::new(),
            recordings: PathBuf::new(),
            voice_en: String::new(),
            voice_zh: String::new(),
            record: false,
            agents: Vec::new(),
            transfer: Transfer::default(),
            webhook_token: Secret::default(),
        }
    }
}

/// A text that is not shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::ops::Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(if self.0.is_empty() { "" } else { "•••" })
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "•••" })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    pub password: Secret,
}

/// The trunk that brings calls.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkConfig {
    /// `host:port`.
    pub address: String,
    /// As it stands in our address there.
    pub domain: String,
    pub user: String,
    pub password: Secret,
    #[serde(default)]
    pub tcp: bool,
    /// Seconds.
    #[serde(default = "hour")]
    pub expires: u32,
}

fn hour() -> u32 {
    3_600
}

/// A phone at the desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPhone {
    /// `sip:lin@192.0.2.20:5060`.
    pub uri: String,
    /// Whose it is, as they sign in at the desk: their screen hears of the call.
    #[serde(default)]
    pub login: String,
}

/// How a caller comes to a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transfer {
    /// We ring the phone and join the two.
    #[default]
    Bridge,
    /// We ask the far end to ring it, and join the two where it does not.
    Refer,
}

masked!(TrunkConfig);

impl VoiceConfig {
    /// Our address, where one is said.
    pub fn advertised(&self) -> anyhow::Result<IpAddr> {
        let listen: SocketAddr = self.listen.parse().context("voice.listen is an address and a port")?;
        match self.advertise {
            Some(ip) => Ok(ip),
            None if listen.ip().is_unspecified() => bail!("voice.advertise must say by which address others reach us"),
            None => Ok(listen.ip()),
        }
    }

    pub fn check(&self) -> anyhow::Result<()> {
        if !self.listen.is_empty() {
            self.advertised()?;
            if self.peers.is_empty() && self.users.is_empty() && self.trunk.is_none() {
                bail!("voice.peers, voice.users or voice.trunk must say who may ring");
            }
        }
        let [first, last] = self.ports;
        if first < 1_024 || last <= first || usize::from(last - first + 1) < self.calls.min(10) * 2 {
            bail!("voice.ports are a first and a last port from 1024 on, two for each call");
        }
        for (name, value, most) in [
            ("calls", self.calls, 10_000),
            ("calls_from_one", self.calls_from_one, 10_000),
            ("messages_a_second", self.messages_a_second as usize, 100_000),
        ] {
            if !(1..=most).contains(&value) {
                bail!("voice.{name} must be from 1 to {most}");
            }
        }
        if let Some(agent) = self.agents.iter().find(|agent| !agent.uri.starts_with("sip:")) {
            bail!("voice.agents: {} is no sip: address", agent.uri);
        }
        if self.users.iter().any(|user| user.name.is_empty() || user.password.len() < 8) {
            bail!("voice.users have a name and a password of at least 8 characters");
        }
        Ok(())
    }
}
