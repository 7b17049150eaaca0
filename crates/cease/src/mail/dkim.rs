//! The keys that sign outgoing mail, beside the desk's other keys: one that is made on first start, and an
//! RSA key where the operator has put one.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, bail};
use reach::mail::dkim::Dkim;

use crate::chance;
use crate::config::Config;
use crate::keys::{hex_of, read_or_make, unhex32};

/// Where the operator puts an RSA key.
pub fn rsa_path(config: &Config) -> PathBuf {
    config.desk.data.join("keys").join("dkim-rsa.pem")
}

/// The domain of who sends.
pub fn domain(config: &Config) -> &str {
    config.mail.from.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('>').trim())
}

/// What signs; nothing where signing is switched off.
pub fn load(config: &Config) -> anyhow::Result<Dkim> {
    let (selector, domain) = (config.mail.dkim.as_str(), domain(config));
    if selector.is_empty() || domain.is_empty() {
        return Ok(Dkim::default());
    }
    let dir = config.desk.data.join("keys");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let text = read_or_make(&dir.join("dkim.key"), || hex_of(&chance::bytes::<32>()))?;
    let seed = unhex32(text.trim()).context("dkim.key is damaged")?;
    let dkim = Dkim::new(domain).ed25519(selector, &seed)?;
    let path = rsa_path(config);
    match std::fs::read_to_string(&path) {
        Ok(pem) => {
            if std::fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
                bail!("{} can be read by others; run: chmod 600 {0}", path.display());
            }
            Ok(dkim.rsa(&format!("{selector}-rsa"), &pem)?)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(dkim),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}
