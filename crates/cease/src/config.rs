//! What an operator sets. Defaults, then a TOML file, then `CEASE_…__…` in the environment; a key
//! nobody knows is an error. Secrets are shown masked.

mod layers;
mod named;
mod oidc;
mod secret;
mod security;

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use axum::http::Uri;
use case::Lang;
use ipnet::IpNet;
use reach::element::{Es2plus, Http, Pyhss, osmo_hlr};
use reach::mail::Smtp;
use reach::mail::imap::Imap;
use serde::{Deserialize, Serialize};

pub use self::named::writable;
pub use self::oidc::{Group, Oidc};
pub(crate) use self::secret::{mask, masked};
pub use self::security::Security;
use crate::watch::WatchConfig;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub desk: Desk,
    pub store: StoreConfig,
    pub rules: Rules,
    pub mail: Mail,
    #[serde(default)]
    pub network: Network,
    /// Who bills (docs/money.md); none where nothing is billed from here.
    #[serde(default)]
    pub billing: BillingConfig,
    pub sms: crate::sms::SmsConfig,
    /// Who knows whether a SIM became another (docs/risk.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sim_swap: Option<reach::sim_swap::Settings>,
    /// Who carries what comes back by post (docs/returns.md).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<reach::carrier::Settings>,
    /// Who gives the codes with which a number moves to another network (docs/ways.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub porting: Option<reach::porting::Settings>,
    pub limits: Limits,
    /// Where records of what moves after an end come from.
    pub watch: Option<WatchConfig>,
    /// The hotline (docs/voice.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<crate::voice::VoiceConfig>,
    /// The public log.
    pub log: crate::log::settings::Settings,
    #[serde(default)]
    pub tls: TlsConfig,
    #[serde(default)]
    pub security: Security,
    /// The identity provider that staff sign in with (docs/oidc.md).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<Oidc>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// The operator's name to an English reader, and to a Chinese one.
    pub name: String,
    pub name_zh: String,
    /// Where people reach the desk; `https://…` outside of a trial on this machine.
    pub url: String,
    pub listen: String,
    /// Keys, and the database where it is SQLite.
    pub data: PathBuf,
    /// Shown as other ways to reach the desk.
    pub hotline: String,
    pub mailbox: String,
    /// A file with the register of official channels and known fakes (docs/channels.md); empty: only what
    /// this configuration says of itself.
    pub channels: PathBuf,
    /// Where cards are posted back to, line by line; empty where none has to be.
    pub return_address: String,
    /// When a person answers, in words of the operator's own.
    pub hours: String,
    pub hours_zh: String,
    /// What a call of the hotline costs, in words of the operator's own.
    #[serde(default)]
    pub hotline_charge: String,
    #[serde(default)]
    pub hotline_charge_zh: String,
    /// How a last bill is paid, in words of the operator's own.
    #[serde(default)]
    pub pay: String,
    #[serde(default)]
    pub pay_zh: String,
    /// Networks, or single addresses, of proxies in front of the desk: what they say in `X-Forwarded-For` is believed.
    #[serde(default, deserialize_with = "networks")]
    pub proxies: Vec<IpNet>,
}

/// What it says of itself in one of its languages; empty where nothing was said.
impl Desk {
    pub fn name_in(&self, lang: Lang) -> &str {
        in_one(lang, &self.name, &self.name_zh)
    }

    pub fn hours_in(&self, lang: Lang) -> &str {
        in_one(lang, &self.hours, &self.hours_zh)
    }

    pub fn hotline_charge_in(&self, lang: Lang) -> &str {
        in_one(lang, &self.hotline_charge, &self.hotline_charge_zh)
    }

    pub fn pay_in(&self, lang: Lang) -> &str {
        in_one(lang, &self.pay, &self.pay_zh)
    }
}

fn in_one<'a>(lang: Lang, english: &'a str, chinese: &'a str) -> &'a str {
    match lang {
        Lang::En => english,
        Lang::ZhCn => chinese,
    }
}

/// The desk's own certificate; none where a proxy in front of it has one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// The chain, the desk's own certificate first (PEM).
    pub cert: PathBuf,
    /// Its key (PEM), which not everybody may read.
    pub key: PathBuf,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite:PATH` (relative to the data directory) or `postgres://…`. A server on another machine is
    /// spoken to by TLS only, unless the address ends with `?sslmode=disable`.
    pub url: String,
    /// Or the file that has it.
    #[serde(default, skip_serializing_if = "nowhere")]
    pub url_file: PathBuf,
    /// Certificates (PEM) by which that server is known; empty: the public authorities.
    pub ca: PathBuf,
}

/// At most one of these.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BillingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<reach::billing::Csv>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<reach::billing::Http>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub killbill: Option<reach::billing::KillBill>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// A pack that is built in, or a path to a TOML file.
    pub pack: String,
    /// Packs that lie over it, the topmost last: an operator's own, by path.
    #[serde(default)]
    pub also: Vec<String>,
    /// Ids of expected rules that apply from their day all the same.
    #[serde(default)]
    pub adopt: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtps://user:password@host`, `smtp+starttls://user:password@host`, `smtp://localhost` (in the
    /// clear, so on this machine only), or empty: no mail is sent.
    pub smtp: String,
    /// Or the file that has it.
    #[serde(default, skip_serializing_if = "nowhere")]
    pub smtp_file: PathBuf,
    /// `Name <address>`.
    pub from: String,
    /// Under which name the keys are published that sign what is sent: `NAME._domainkey` and, for an RSA key,
    /// `NAME-rsa._domainkey`. Empty: nothing is signed here.
    pub dkim: String,
    pub inbox: Inbox,
}

/// The mailbox that is read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// `imaps://user:password@host`, `imap+starttls://user:password@host`, `imap://user:password@localhost`
    /// (in the clear, so on this machine only), or empty: no mail is read.
    pub url: String,
    /// Or the file that has it.
    #[serde(default, skip_serializing_if = "nowhere")]
    pub url_file: PathBuf,
    /// The address whose mail arrives there, with whatever stands after a `+`: answers go to
    /// `desk+REFERENCE.CODE@…`. Empty: letters give no address to answer to.
    pub address: String,
    pub folder: String,
    /// Where mail goes that is stored here.
    pub done: String,
    /// Where mail goes that is too large to be stored.
    pub failed: String,
}

/// The elements that must let go of a card, besides the operator's own record; `docs/network.md` describes each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub es2plus: Option<Es2plus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub osmo_hlr: Option<osmo_hlr::Settings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<Http>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pyhss: Option<Pyhss>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections at once; more wait.
    pub connections: usize,
    /// The same from one address (IPv6: /64); more are hung up on.
    pub connections_per_address: usize,
    /// Bytes of one upload.
    pub upload_bytes: usize,
    /// Seconds a client has for the head of a request.
    pub header_seconds: u64,
    /// Seconds a request may take.
    pub request_seconds: u64,
    /// Seconds of silence in the middle of a request or its answer.
    pub silence_seconds: u64,
    /// Browsers that may have an open stream of hints at once; the others ask every few seconds.
    pub streams: usize,
    /// The same for one network (IPv4 /24, IPv6 /48).
    pub streams_per_network: usize,
    /// Milliseconds of which every answer that must not tell who there is takes a whole multiple.
    pub even_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            desk: Desk {
                name: "Laika Mobile".into(),
                name_zh: "莱卡移动".into(),
                url: "http://localhost:8080".into(),
                listen: "127.0.0.1:8080".into(),
                data: "data".into(),
                hotline: String::new(),
                mailbox: String::new(),
                channels: PathBuf::new(),
                return_address: String::new(),
                hours: String::new(),
                hours_zh: String::new(),
                hotline_charge: String::new(),
                hotline_charge_zh: String::new(),
                pay: String::new(),
                pay_zh: String::new(),
                proxies: Vec::new(),
            },
            store: StoreConfig { url: SQLITE.into(), url_file: PathBuf::new(), ca: PathBuf::new() },
            rules: Rules { pack: "generic".into(), also: Vec::new(), adopt: Vec::new() },
            mail: Mail {
                smtp: String::new(),
                smtp_file: PathBuf::new(),
                from: String::new(),
                dkim: "cease".into(),
                inbox: Inbox {
                    url: String::new(),
                    url_file: PathBuf::new(),
                    address: String::new(),
                    folder: "INBOX".into(),
                    done: "Done".into(),
                    failed: "Failed".into(),
                },
            },
            sms: Default::default(),
            sim_swap: None,
            carriers: Vec::new(),
            porting: None,
            limits: Limits {
                connections: 4_096,
                connections_per_address: 256,
                upload_bytes: 8 << 20,
                header_seconds: 10,
                request_seconds: 30,
                silence_seconds: 10,
                streams: 2_048,
                streams_per_network: 256,
                even_ms: 100,
            },
            network: Network::default(),
            billing: BillingConfig::default(),
            watch: None,
            voice: None,
            log: Default::default(),
            tls: TlsConfig::default(),
            security: Security::default(),
            oidc: None,
        }
    }
}

const SQLITE: &str = "sqlite:cease.db";

/// What is wrong with a setting, as people read it.
pub(crate) fn plain(failure: reach::Failure) -> anyhow::Error {
    anyhow::anyhow!(failure.why().to_owned())
}

fn nowhere(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

/// An address alone is the network of one.
fn networks<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse::<IpNet>().or_else(|_| address()).map_err(|_| {
            serde::de::Error::custom(format!("“{text}” is neither an address nor a network such as 10.0.0.0/8"))
        })
    };
    Vec::<String>::deserialize(from)?.iter().map(network).collect()
}

impl Config {
    pub fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut config = Self::in_force(file)?.1;
        // Paths are appended to it.
        config.desk.url.truncate(config.desk.url.trim_end_matches('/').len());
        config.check()?;
        Ok(config)
    }

    /// Addresses with a password in them may stand in files of their own.
    fn read_secrets(&mut self) -> anyhow::Result<()> {
        let Self { store, mail, sms, .. } = self;
        secret::read("store.url", &mut store.url, &store.url_file, SQLITE)?;
        secret::read("mail.smtp", &mut mail.smtp, &mail.smtp_file, "")?;
        secret::read("mail.inbox.url", &mut mail.inbox.url, &mail.inbox.url_file, "")?;
        secret::read("sms.smpp", &mut sms.smpp, &sms.smpp_file, "")
    }

    /// What cannot work is said at once, with the way to mend it.
    pub fn check(&self) -> anyhow::Result<()> {
        self.watch.as_ref().map_or(Ok(()), WatchConfig::check)?;
        for (key, name) in [("desk.name", &self.desk.name), ("desk.name_zh", &self.desk.name_zh)] {
            if name.trim().is_empty() {
                bail!("{key} must be the operator's name: it stands on every page and certificate");
            }
        }
        let here = |uri: &Uri| matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match self.desk.url.parse::<Uri>() {
            Ok(uri) if uri.scheme_str() == Some("https") || uri.scheme_str() == Some("http") && here(&uri) => {
                if uri.path() != "/" || uri.query().is_some() {
                    bail!("desk.url ends after host and port");
                }
            }
            Ok(_) | Err(_) => {
                bail!("desk.url must begin with https:// (plain http is for trials on this machine only)")
            }
        }
        if !self
            .desk
            .listen
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        {
            bail!("desk.listen must be an address and a port, such as 127.0.0.1:8080");
        }
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| self.store.url.starts_with(scheme)) {
            bail!("store.url must begin with sqlite: or postgres://");
        }
        store::check_url(&self.store.url).context("store.url")?;
        if !self.mail.smtp.is_empty() && self.mail.from.is_empty() {
            bail!("mail.from must be set where mail.smtp is");
        }
        if !self.mail.smtp.is_empty() {
            Smtp::check(&self.mail.smtp, &self.mail.from).map_err(plain).context("mail")?;
        }
        self.check_inbox()?;
        crate::network::elements(self)?;
        self.sms.settings()?;
        self.sms.check_switching()?;
        if let Some(settings) = &self.sim_swap {
            reach::sim_swap::Camara::new(settings).map_err(|why| anyhow::anyhow!("sim_swap.{why}"))?;
        }
        if let Some(settings) = &self.porting {
            reach::porting::Http::new(settings).map_err(|why| anyhow::anyhow!("porting.{why}"))?;
            reach::porting::Hook::new(settings).map_err(|why| anyhow::anyhow!("porting.{why}"))?;
        }
        self.log.check()?;
        if let Some(voice) = &self.voice {
            voice.check()?;
        }
        if nowhere(&self.tls.cert) != nowhere(&self.tls.key) {
            bail!("tls.cert and tls.key belong together");
        }
        if !nowhere(&self.tls.cert) && !self.secure() {
            bail!("desk.url must begin with https:// where tls.cert is set");
        }
        self.security.check()?;
        if let Some(oidc) = &self.oidc {
            oidc.connector(&self.desk.url)?;
        }
        self.check_limits()?;
        self.book()?;
        Ok(())
    }

    fn check_limits(&self) -> anyhow::Result<()> {
        let Limits { connections, connections_per_address, upload_bytes, .. } = self.limits;
        let Limits { header_seconds, request_seconds, silence_seconds, .. } = self.limits;
        let Limits { streams, streams_per_network, even_ms, .. } = self.limits;
        for (name, value, most) in [
            ("connections", connections as u64, 1_000_000),
            ("connections_per_address", connections_per_address as u64, 1_000_000),
            ("silence_seconds", silence_seconds, 3_600),
            ("upload_bytes", upload_bytes as u64, 1 << 30),
            ("header_seconds", header_seconds, 3_600),
            ("request_seconds", request_seconds, 3_600),
            ("even_ms", even_ms, 2_000),
            ("streams", streams as u64, 1_000_000),
            ("streams_per_network", streams_per_network as u64, 1_000_000),
        ] {
            if !(1..=most).contains(&value) {
                bail!("limits.{name} must be from 1 to {most}");
            }
        }
        Ok(())
    }

    fn check_inbox(&self) -> anyhow::Result<()> {
        let Mail { dkim, inbox, .. } = &self.mail;
        if !dkim.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || dkim.len() > 40 {
            bail!("mail.dkim has letters, digits and hyphens only");
        }
        if !inbox.address.is_empty() {
            let (local, domain) = inbox.address.split_once('@').unwrap_or_default();
            let sound = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
            // What is added to it has to fit into the 64 characters of RFC 5321.
            if local.is_empty() || local.len() > 30 || !sound(local) || domain.is_empty() || !sound(domain) {
                bail!("mail.inbox.address is an address such as desk@example.com, without a +");
            }
        }
        if !inbox.url.is_empty() {
            if inbox.address.is_empty() {
                bail!("mail.inbox.address must be set where mail.inbox.url is");
            }
            self.imap().context("mail.inbox")?;
        }
        Ok(())
    }

    /// The mailbox that is read.
    pub fn imap(&self) -> anyhow::Result<Imap> {
        let Inbox { url, folder, done, failed, .. } = &self.mail.inbox;
        Imap::new(url, folder, done, failed).map_err(plain)
    }

    /// Whether cookies can be bound to this host and to TLS.
    pub fn secure(&self) -> bool {
        self.desk.url.starts_with("https://")
    }

    /// Opens the store; its schema is left as it is.
    pub async fn open_store(&self) -> store::Result<store::AnyStore> {
        let ca = Some(self.store.ca.clone()).filter(|ca| !ca.as_os_str().is_empty());
        store::open_with(&self.store_url(), store::Options { ca, ..store::Options::default() }).await
    }

    /// The database, where it is a file that is not there yet. One that cannot be looked at is no such.
    pub fn unmade(&self) -> Option<PathBuf> {
        let path = PathBuf::from(self.store_url().strip_prefix("sqlite:")?);
        std::fs::metadata(&path).is_err_and(|why| why.kind() == ErrorKind::NotFound).then_some(path)
    }

    /// The store's address with the data directory put in.
    pub fn store_url(&self) -> String {
        match self.store.url.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", self.desk.data.join(path).display()),
            None => self.store.url.clone(),
        }
    }
}

masked!(StoreConfig, Mail, Inbox);

#[cfg(test)]
mod tests;
