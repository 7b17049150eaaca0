//! The register of official channels as this desk has it: what its own configuration says, and the
//! operator's file with the rest.

use anyhow::Context;
use case::Policy;
use case::official::{Entry, Kind, Register};

use crate::config::Config;
use crate::startup::host;

/// Reads the file and adds what the configuration says of itself. What is not well formed is named.
pub fn register(config: &Config, policy: &Policy) -> anyhow::Result<Register> {
    let rules = &policy.identify;
    let mut register = Register::default();
    if !config.desk.channels.as_os_str().is_empty() {
        let file = &config.desk.channels;
        let text = std::fs::read_to_string(file).with_context(|| format!("desk.channels: {}", file.display()))?;
        register = toml::from_str(&text).with_context(|| format!("desk.channels: {}", file.display()))?;
        register = register.checked(rules).with_context(|| format!("desk.channels: {}", file.display()))?;
    }
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
        let entry = Entry { kind, value, from: None, until: None };
        // A hotline may be given with words around it, a desk be tried out at an address: those stand in the file.
        if let Ok(one) = (Register { official: vec![entry], fake: Vec::new() }).checked(rules) {
            register.official.extend(one.official);
        }
    }
    Ok(register)
}
