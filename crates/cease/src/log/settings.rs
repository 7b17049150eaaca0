//! `[log]` in the configuration.

use anyhow::{Context, bail};
use proof::log::{Kind, VerifierKey};
use serde::{Deserialize, Serialize};

/// What an operator says of its log. Which keys and witnesses count is for the key manifest, which the root key signs:
/// what stands here is what the next manifest is made of, and where the witnesses are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The log's name for good, such as `desk.example/log`; empty: the desk's host and `/log`.
    pub origin: String,
    /// How many witnesses must have seen the log before a certificate's proof is final.
    pub quorum: u64,
    pub witnesses: Vec<Witness>,
    /// How they are reached.
    pub link: reach::http::Link,
}

/// A witness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Where it takes checkpoints: `https://witness.example`, without `/add-checkpoint`.
    pub url: String,
    /// Its key, as `cease witness` prints it.
    pub key: String,
}

impl Settings {
    pub fn check(&self) -> anyhow::Result<()> {
        let name = |c: char| c.is_ascii_alphanumeric() || ".-_/:".contains(c);
        if self.origin.len() > 100 || !self.origin.chars().all(name) {
            bail!("log.origin has letters, digits and .-_/: only, 100 at most");
        }
        for witness in &self.witnesses {
            witness.verifier().with_context(|| format!("log.witnesses: the key of {}", witness.url))?;
        }
        let client = reach::http::Client::new(&self.link).map_err(|why| anyhow::anyhow!("log.{why}"))?;
        for Witness { url, .. } in &self.witnesses {
            client.checked(url).map_err(|why| anyhow::anyhow!("log.witnesses: {url} {why}"))?;
        }
        if self.quorum > self.witnesses.len() as u64 {
            bail!("log.quorum is {}, but there are {} witnesses", self.quorum, self.witnesses.len());
        }
        Ok(())
    }
}

impl Witness {
    /// The key by which its cosignatures are checked.
    pub fn verifier(&self) -> anyhow::Result<VerifierKey> {
        let key: VerifierKey = self.key.parse()?;
        if key.kind() != Kind::Cosignature {
            bail!("it is not a key that cosigns: a witness prints its own at the start");
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use proof::SigningKey;

    use super::*;

    #[test]
    fn what_cannot_work_is_named() {
        let key = SigningKey::from_seed("witness.example", &[1; 32]).unwrap().public();
        let cosigner = VerifierKey::new(Kind::Cosignature, key.clone()).to_string();
        let why = |change: &dyn Fn(&mut Settings)| {
            let witness = Witness { url: "https://witness.example".into(), key: cosigner.clone() };
            let mut settings = Settings { quorum: 1, witnesses: vec![witness], ..Settings::default() };
            change(&mut settings);
            settings.check().map_or_else(|e| format!("{e:#}"), |()| "fine".into())
        };
        assert_eq!(why(&|_| {}), "fine");
        assert!(why(&|s| s.quorum = 2).contains("there are 1"));
        assert!(why(&|s| s.origin = "a b".into()).starts_with("log.origin"));
        assert!(why(&|s| s.witnesses[0].url = "witness.example".into()).contains("is no address"));
        assert!(why(&|s| s.witnesses[0].url = "http://10.0.0.1".into()).contains("link.allow"));
        let allowed = |s: &mut Settings| {
            s.witnesses[0].url = "http://127.0.0.1:8081".into();
            s.link.allow = vec!["127.0.0.1".into()];
        };
        assert_eq!(why(&allowed), "fine");
        assert!(why(&|s| s.witnesses[0].key = key.to_string()).contains("cosigns"));
        assert!(why(&|s| s.witnesses[0].key = "x".into()).contains("the key of https://witness.example"));
    }
}
