//! What must not be shown: passwords inside addresses, which may come from files, and are masked wherever the
//! configuration is printed.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

/// Puts in what the file has, but for its last line end. `default` is what the text is where nobody has set it.
pub fn read(name: &str, text: &mut String, file: &Path, default: &str) -> anyhow::Result<()> {
    if file.as_os_str().is_empty() {
        return Ok(());
    }
    if text != default {
        bail!("{name} and {name}_file are both set; leave one out");
    }
    let found = std::fs::read_to_string(file).with_context(|| format!("{name}_file: {}", file.display()))?;
    let found = found.strip_suffix('\n').unwrap_or(&found);
    *text = found.strip_suffix('\r').unwrap_or(found).to_owned();
    Ok(())
}

/// Passwords inside addresses are not shown.
pub fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(mask),
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::String(text) => *text = address(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let rest = match rest.rsplit_once('@') {
        Some((user, host)) => format!("{}:•••@{host}", user.split(':').next().unwrap_or_default()),
        None => rest.to_owned(),
    };
    let pairs = query.map(|query| {
        let shown = |pair: &str| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=•••"),
            Some(_) | None => pair.to_owned(),
        };
        query.split('&').map(shown).collect::<Vec<_>>().join("&")
    });
    pairs.map_or_else(|| format!("{scheme}://{rest}"), |query| format!("{scheme}://{rest}?{query}"))
}

/// `Debug` as JSON, masked.
macro_rules! masked {
    ($($of:ty),*) => {$(
        impl std::fmt::Debug for $of {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = serde_json::to_value(self).map_err(|_| std::fmt::Error)?;
                $crate::config::mask(&mut shown);
                write!(f, "{shown}")
            }
        }
    )*};
}
pub(crate) use masked;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::address;
    use crate::config::Config;

    #[test]
    fn passwords_in_addresses_are_masked_wherever_they_stand() {
        for (address_, shown) in [
            ("smtps://desk:hunter2@mail.example", "smtps://desk:•••@mail.example"),
            ("smtps://desk:hun@ter2@mail.example", "smtps://desk:•••@mail.example"),
            ("postgres://cease:hunter2@a,b/cease?sslmode=disable", "postgres://cease:•••@a,b/cease?sslmode=disable"),
            ("postgres://a/cease?user=x&password=hunter2", "postgres://a/cease?user=x&password=•••"),
            ("https://desk.example", "https://desk.example"),
            ("sqlite:cease.db", "sqlite:cease.db"),
        ] {
            assert_eq!(address(address_), shown);
        }
    }

    /// Every secret that there is, by every way in; and everything that prints the configuration.
    #[test]
    fn no_way_of_printing_the_configuration_shows_a_secret() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let files = [
            ("store.url", "postgres://cease:hunter2@db.example/cease?password=hunter2"),
            ("mail.smtp", "smtps://desk:hunter2@mail.example"),
            ("mail.inbox.url", "imaps://desk:hunter2@mail.example"),
            ("sms.smpp", "smpp://cease:hunter2@smsc.example:2775"),
        ];
        let rest = r#"
            mail.from = "Desk <desk@mail.example>"
            mail.inbox.address = "desk@mail.example"
            sms.sender = "Laika"
            [network.es2plus]
            url = "https://smdp.example"
            requester = "1.3.6.1.4.1.99999.1"
            [network.es2plus.notifications]
            header = "authorization"
            value = "Bearer hunter2hunter2"
            [network.pyhss]
            url = "https://pyhss.example"
            provisioning_key = "hunter2"
        "#;
        let (mut plain, mut by_file) = (String::new(), String::new());
        for (name, text) in files {
            plain += &format!("{name} = \"{text}\"\n");
            by_file += &format!("{name}_file = \"{}\"\n", write(name, &format!("{text}\r\n")).display());
        }
        for (name, text) in [("plain.toml", plain + rest), ("file.toml", by_file + rest)] {
            let file = write(name, &text);
            let config = Config::load(Some(&file)).unwrap();
            assert!(config.mail.smtp.ends_with("hunter2@mail.example"), "it is there, and whole");
            let mut json = serde_json::to_value(&config).unwrap();
            super::mask(&mut json);
            for shown in [format!("{config:?}"), format!("{config:#?}"), json.to_string()] {
                assert!(shown.contains("smsc.example") && !shown.contains("hunter2"), "{shown}");
            }
            // Whatever is wrong with it, what is said of it keeps the secret.
            for (from, to) in [("smtps:", "smtpx:"), ("smpp:", "smpx:"), ("imaps:", "imapx:"), ("postgres:", "mysql:")]
            {
                let broken: Vec<PathBuf> = std::iter::once(&file)
                    .cloned()
                    .chain(files.iter().map(|(name, _)| dir.path().join(name)))
                    .collect();
                let was: Vec<String> = broken.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
                for (path, text) in broken.iter().zip(&was) {
                    std::fs::write(path, text.replace(from, to)).unwrap();
                }
                let why = format!("{:#}", Config::load(Some(&file)).unwrap_err());
                assert!(!why.contains("hunter2"), "{why}");
                for (path, text) in broken.iter().zip(&was) {
                    std::fs::write(path, text).unwrap();
                }
            }
        }
        let both = "mail.smtp = 'smtps://u:hunter2@a.example'\nmail.smtp_file = '/nowhere'\n".to_owned();
        let why = format!("{:#}", Config::load(Some(&write("both.toml", &both))).unwrap_err());
        assert!(why.contains("both set") && !why.contains("hunter2"), "{why}");
        let gone = write("gone.toml", "store.url_file = '/nowhere/store'");
        let why = format!("{:#}", Config::load(Some(&gone)).unwrap_err());
        assert!(why.starts_with("store.url_file: /nowhere/store"), "{why}");
    }
}
