//! What the configuration names, opened as a start opens it. [`Config::check`] reads what is written; this looks whether
//! it is there, too, so that `config check` says no other than `serve`, and `serve` says it before it says that it listens.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::{Config, nowhere};
use crate::clock::Clock;
use crate::official::Registers;
use crate::web::server::tls;

impl Config {
    /// Opens all of it and makes nothing.
    pub fn open_named(&self) -> anyhow::Result<()> {
        tls::check(&self.tls)?;
        if !nowhere(&self.store.ca) {
            store::check_ca(&self.store.ca).context("store.ca")?;
        }
        self.open_channels()?;
        if self.voice.is_some() {
            crate::voice::menu(self).context("voice")?;
        }
        self.open_billing()?;
        crate::returns::carriers::Carriers::new(&self.carriers)?;
        Ok(())
    }

    /// The register of official channels.
    fn open_channels(&self) -> anyhow::Result<()> {
        let book = self.book()?;
        Registers::new(self, book.on(Clock::Machine.now())).map(drop)
    }

    fn open_billing(&self) -> anyhow::Result<()> {
        let settings = &self.billing;
        if let Some(csv) = &settings.csv {
            let about = || format!("billing.csv.directory: {} cannot be written", csv.directory.display());
            writable(&csv.directory).with_context(about)?;
        }
        // The connector of files makes its folders, which a look does not; that there is only one is its business.
        if settings.csv.is_none() || settings.http.is_some() || settings.killbill.is_some() {
            crate::work::billing::connector(self)?;
        }
        Ok(())
    }
}

/// Whether something can be kept in a folder, or in one that would be made there: a small file is written, flushed and
/// gone again. A full disk shows only so.
pub fn writable(dir: &Path) -> io::Result<()> {
    let here = |dir: &Path| if nowhere(dir) { Path::new(".") } else { dir }.to_owned();
    let gone = |dir: &Path| std::fs::metadata(dir).is_err_and(|e| e.kind() == io::ErrorKind::NotFound);
    let there = dir.ancestors().map(here).find(|dir| !gone(dir)).unwrap_or_else(|| here(dir));
    let mut file = tempfile::tempfile_in(there)?;
    file.write_all(&[0; 16 * 1024])?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn why(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.open_named().map_or_else(|e| format!("{e:#}"), |()| "fine".into())
    }

    #[test]
    fn a_file_that_is_named_and_not_there_is_said_with_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("nofile");
        assert_eq!(why(|_| {}), "fine");
        assert!(why(|c| c.desk.channels = gone.clone()).starts_with("desk.channels: "));
        assert!(why(|c| c.store.ca = gone.clone()).starts_with("store.ca: "));
        let menu = |menu: &Path| {
            let voice = crate::voice::VoiceConfig { menu: menu.to_owned(), ..Default::default() };
            why(|c| c.voice = Some(voice))
        };
        assert!(menu(&gone).starts_with("voice: "), "{}", menu(&gone));
        let faulty = dir.path().join("menu.toml");
        std::fs::write(&faulty, "start = 'nowhere'\n").unwrap();
        assert!(menu(&faulty).contains("menu.toml:"), "{}", menu(&faulty));
        let csv = |directory: &Path| {
            let csv = reach::billing::Csv { directory: directory.to_owned() };
            why(|c| c.billing.csv = Some(csv))
        };
        assert_eq!(csv(&gone), "fine", "it is made at the start");
        assert!(!gone.exists(), "and not by a look");
        assert!(csv(&faulty.join("orders")).starts_with("billing.csv.directory: "), "{}", csv(&faulty));
    }

    #[test]
    fn a_certificate_is_held_against_its_key_before_anything_listens() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        let tls = || why(|c| (c.tls.cert, c.tls.key) = (cert.clone(), key.clone()));
        assert!(tls().contains("cert.pem"), "{}", tls());
        let pair = || rcgen::generate_simple_self_signed(["desk.example".to_owned()]).unwrap();
        let (one, other) = (pair(), pair());
        std::fs::write(&cert, one.cert.pem()).unwrap();
        std::fs::write(&key, one.signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(tls().contains("chmod 640"), "{}", tls());
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(tls(), "fine");
        std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
        assert!(tls().contains("do not belong together"), "{}", tls());
    }

    #[test]
    fn a_folder_that_is_none_cannot_be_written_to() {
        let dir = tempfile::tempdir().unwrap();
        assert!(writable(dir.path()).is_ok() && writable(&dir.path().join("a/b")).is_ok());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
        std::fs::write(dir.path().join("file"), "").unwrap();
        for no in ["file", "file/sub"] {
            assert!(writable(&dir.path().join(no)).is_err(), "{no}");
        }
        assert!(writable(Path::new("/proc/nope")).is_err());
    }
}
