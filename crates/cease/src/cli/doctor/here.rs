//! What the desk stands on in its own house: its door, folder, keys and store. All of it is looked at and nothing made,
//! so that a doctor who is asked before the first start, or as another user, leaves no keys behind.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Check, Health, check};
use crate::clock::Clock;
use crate::config::{Config, writable};
use crate::keys::Keys;
use crate::official::{self, Registers};
use crate::{log, startup};

pub(super) fn address(config: &Config) -> Check {
    let mend = "put the desk behind TLS and set desk.url to its https:// address";
    let health = if config.secure() { Health::Ok } else { Health::Warn };
    check("address", health, config.desk.url.clone(), mend)
}

/// Whether the desk's own door can be opened.
pub(super) fn tls(config: &Config) -> Option<Check> {
    if config.tls.cert.as_os_str().is_empty() {
        return None;
    }
    let mend =
        "check tls.cert and tls.key: one belongs to the other, and the key is not for everybody; see docs/hardening.md";
    Some(match crate::web::server::tls::check(&config.tls) {
        Ok(()) => check("TLS", Health::Ok, "the certificate and its key belong together", ""),
        Err(e) => check("TLS", Health::Fail, format!("{e:#}"), mend),
    })
}

/// Whether the register of official channels can be read, and has what the configuration says of itself.
pub(super) async fn channels(config: &Config) -> Vec<Check> {
    let now = Clock::Machine.now();
    let read = config.policy().and_then(|policy| Registers::new(config, &policy).map(|registers| (policy, registers)));
    let (policy, registers) = match read {
        Ok(read) => read,
        Err(e) => {
            return vec![check(
                "channels",
                Health::Fail,
                format!("{e:#}"),
                "check desk.channels; see docs/channels.md",
            )];
        }
    };
    // What two people at the desk have signed for counts; where that cannot be read, other checks say so.
    let store = if config.unmade().is_some() { None } else { config.open_store().await.ok() };
    let signed = match store {
        Some(store) => registers.current(&store, &policy, now).await.ok(),
        None => None,
    };
    let register = signed.as_deref().unwrap_or(registers.fixed());
    let unknown = official::unknown(config, &policy, register, now.to_zoned(policy.zone()).date());
    let file = config.desk.channels.display().to_string();
    if unknown.is_empty() && !file.is_empty() {
        return vec![check("channels", Health::Ok, file, "")];
    }
    unknown.into_iter().map(|line| check("channels", Health::Warn, line, super::REGISTER)).collect()
}

/// Whether keys and database have a place where something can be kept.
pub(super) fn data(config: &Config) -> Check {
    let dir = &config.desk.data;
    let mend = "make room, or give desk.data a folder that this user may write";
    // What is signed is kept in a folder of its own, and nothing is signed where that cannot be written.
    for dir in [dir, &dir.join("log")] {
        if let Err(e) = writable(dir) {
            return check("data", Health::Fail, format!("{} cannot be written: {e}", dir.display()), mend);
        }
    }
    match dir.exists() {
        true => check("data", Health::Ok, format!("{} can be written", dir.display()), ""),
        false => check("data", Health::Warn, format!("{} is not there yet", dir.display()), "cease migrate makes it"),
    }
}

/// Whether what a file says is a key.
type Sound = fn(&str) -> bool;

/// The desk's own secrets. They are only read: a desk that has none makes them when it starts.
/// `lost` says of one that is not there that it should be.
pub(super) fn keys(config: &Config, lost: bool) -> Vec<Check> {
    let dir = &config.desk.data;
    let signs: Sound = |text| proof::SigningKey::from_line(text).is_ok();
    let derives: Sound = |text| crate::keys::unhex32(text).is_some();
    let files: [(PathBuf, Sound); 3] = [
        (dir.join("keys").join("desk.key"), derives),
        (log::keys::certificate_path(dir), signs),
        (log::keys::log_path(dir), signs),
    ];
    files.into_iter().filter(|(path, _)| !lost || path.exists()).map(|(path, sound)| key(&path, sound)).collect()
}

fn key(path: &Path, sound: Sound) -> Check {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return check(
                "key",
                Health::Warn,
                format!("{name} is not there yet"),
                "cease serve makes it on first start",
            );
        }
        Err(e) => return check("key", Health::Fail, format!("{name}: {e}"), "let this user read the folder of keys"),
    };
    if meta.permissions().mode() & 0o077 != 0 {
        return check("key", Health::Fail, format!("{name} can be read by others"), "chmod 600 it");
    }
    match std::fs::read_to_string(path) {
        Ok(text) if sound(text.trim()) => check("key", Health::Ok, format!("{name}, mode 0600"), ""),
        Ok(_) => check("key", Health::Fail, format!("{name} is damaged"), "put it back from your backup"),
        Err(e) => check("key", Health::Fail, format!("{name}: {e}"), "let this user read it, or put it back"),
    }
}

/// A key that is not there under a desk that has worked: it does not start, and another would read nothing of it.
pub(super) async fn lost(config: &Config) -> Option<Check> {
    let dir = &config.desk.data;
    if let Some(key) = Keys::missing(&dir.join("keys")) {
        let store = config.open_store().await.ok()?;
        let says = format!("{key} is gone, and what the store holds was sealed or signed with it");
        let used = startup::in_use(&store).await.unwrap_or(true);
        return used.then(|| check("key", Health::Fail, says, "put it back from your backup"));
    }
    if let Ok(keys) = Keys::load_or_make(&dir.join("keys"), "")
        && let Ok(store) = config.open_store().await
        && let Ok(Some(theirs)) = store.mark(startup::DESK_KEY).await
        && theirs != keys.name()
    {
        let says = "desk.key is not the one by which this store is worked".to_owned();
        return Some(check("key", Health::Fail, says, "copy the folder keys from the machine that has it"));
    }
    if log::keys::log_path(dir).exists() {
        return None;
    }
    config.open_store().await.ok()?.log_checkpoint(0).await.ok()??;
    let mend = "put it back from your backup; where there is none: cease log rotate --root FILE";
    Some(check("key", Health::Fail, "log.key is gone, and the public log was signed with it", mend))
}

/// Where the database is, if it is a file.
fn database(config: &Config) -> Option<PathBuf> {
    config.store_url().strip_prefix("sqlite:").map(PathBuf::from)
}

pub(super) async fn store(config: &Config) -> Check {
    let mend = "check store.url, that the server runs and that this user may write";
    if let Some(dir) = database(config).as_deref().and_then(Path::parent)
        && let Err(e) = writable(dir)
    {
        return check("store", Health::Fail, format!("{} cannot be written: {e}", dir.display()), mend);
    }
    if config.unmade().is_some() {
        return check("store", Health::Warn, "the database is not there yet", "cease migrate makes it");
    }
    match config.open_store().await {
        Ok(store) => match store.health().await {
            Ok(says) => check("store", Health::Ok, says, ""),
            Err(e) => check("store", Health::Fail, e.to_string(), mend),
        },
        Err(e) => check("store", Health::Fail, e.to_string(), mend),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dir: &Path) -> Config {
        let mut config = Config::default();
        config.desk.data = dir.to_owned();
        config
    }

    fn write(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    }

    #[test]
    fn a_key_is_read_and_not_only_there() {
        let dir = tempfile::tempdir().unwrap();
        let seen = || keys(&of(dir.path()), false).iter().map(|c| c.result).collect::<Vec<_>>();
        use Health::{Fail, Ok, Warn};
        assert!(seen() == [Warn, Warn, Warn]);
        assert!(!dir.path().join("keys").exists(), "a look makes none");
        crate::keys::Keys::load_or_make(&dir.path().join("keys"), "desk.example").unwrap();
        log::keys::log_key(dir.path(), "desk.example/log").unwrap();
        assert!(seen() == [Ok, Ok, Ok]);
        for (nth, name) in ["desk.key", "certificate.key", "log.key"].into_iter().enumerate() {
            let path = dir.path().join("keys").join(name);
            let was = std::fs::read_to_string(&path).unwrap();
            for damaged in ["garbage", "", &was[..was.len() / 2]] {
                write(&path, damaged);
                assert!(seen()[nth] == Fail, "{name}: {damaged}");
            }
            write(&path, &was);
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
            assert!(seen()[nth] == Fail, "{name} is everybody's");
            write(&path, &was);
        }
        assert!(seen() == [Ok, Ok, Ok]);
    }

    #[tokio::test]
    async fn a_key_that_is_gone_under_a_desk_that_has_worked_is_no_fresh_start() {
        let dir = tempfile::tempdir().unwrap();
        let config = of(dir.path());
        let app = std::sync::Arc::new(startup::app(config.clone(), None).await.unwrap());
        app.store.migrate().await.unwrap();
        std::fs::remove_file(dir.path().join("keys/desk.key")).unwrap();
        assert!(lost(&config).await.is_none(), "nobody has worked here");
        crate::testing::staff(&app, 2, "lin", case::Role::Agent).await;
        assert!(lost(&config).await.is_some_and(|check| check.result == Health::Fail));
        crate::keys::Keys::load_or_make(&dir.path().join("keys"), "desk.example").unwrap();
        assert!(lost(&config).await.is_none(), "the log has not begun");
        let head = store::LogCheckpoint { size: 0, at: app.now(), cosigned: 0, note: String::new() };
        app.store.log_sign(head).await.unwrap();
        assert!(lost(&config).await.is_some_and(|check| check.says.contains("log.key")));
        log::keys::log_key(dir.path(), "desk.example/log").unwrap();
        assert!(lost(&config).await.is_none());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_one_is_not_simply_not_there_yet() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = of(&dir.path().join("fresh"));
        assert!(data(&fresh).result == Health::Warn && store(&fresh).await.result == Health::Warn);
        assert!(!fresh.desk.data.exists(), "a look makes none");
        std::fs::write(dir.path().join("file"), "").unwrap();
        for no in [dir.path().join("file"), dir.path().join("file/sub"), "/proc/nope".into()] {
            let config = of(&no);
            assert!(data(&config).result == Health::Fail, "{}", no.display());
            assert!(store(&config).await.result == Health::Fail, "{}", no.display());
        }
        let folder = dir.path().join("desk");
        std::fs::create_dir(&folder).unwrap();
        assert!(data(&of(&folder)).result == Health::Ok);
        std::fs::write(folder.join("log"), "").unwrap();
        let found = data(&of(&folder));
        assert!(found.result == Health::Fail && found.says.contains("desk/log cannot be written"), "{}", found.says);
    }

    #[tokio::test]
    async fn rules_that_were_changed_under_a_desk_that_runs_are_said() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = of(dir.path());
        let app = startup::app(config.clone(), None).await.unwrap();
        startup::migrate(&app).await.unwrap();
        let said = async |config: &Config| {
            let joined = super::super::joined(config).await;
            super::super::started_with(joined.as_ref()).await.map(|check| check.result == Health::Warn)
        };
        assert_eq!(said(&config).await, None, "no worker has started");
        crate::clocks::redue(&app).await.unwrap();
        assert_eq!(said(&config).await, None);
        config.rules.pack = "uk".into();
        assert_eq!(said(&config).await, Some(true));
    }

    #[tokio::test]
    async fn what_was_only_migrated_gets_no_keys_from_a_look() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = of(dir.path());
        (config.mail.smtp, config.mail.from) = ("smtp://localhost".into(), "Desk <desk@desk.example>".into());
        config.open_store().await.unwrap().migrate().await.unwrap();
        assert!(store(&config).await.result == Health::Ok);
        assert!(super::super::joined(&config).await.is_none());
        assert!(super::super::public_log(None).await.result == Health::Warn);
        assert!(super::super::signatures(&config).unwrap().result == Health::Warn);
        assert!(!dir.path().join("keys").exists());
        // What should be there is not said to be made.
        assert!(keys(&config, true).is_empty() && keys(&config, false).len() == 3);
        // And one that cannot be read is no detail.
        crate::keys::Keys::load_or_make(&dir.path().join("keys"), "desk.example").unwrap();
        write(&dir.path().join("keys").join("desk.key"), "garbage");
        let joined = super::super::joined(&config).await;
        assert!(super::super::public_log(joined.as_ref()).await.result == Health::Fail);
        assert!(!dir.path().join("keys").join("dkim.key").exists());
    }
}
