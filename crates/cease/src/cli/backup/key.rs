//! Where a backup's passphrase or identity comes from: a file, the environment, or whoever sits at the terminal, who does
//! not see what is typed. Never from an argument, which everybody on the machine can read.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use backup::lock::{self, Keys, ask_hidden, is_locked, wants_passphrase};

use super::super::Failed;

const ENV: &str = "CEASE_BACKUP_PASSPHRASE";

#[derive(clap::Args)]
pub struct Key {
    /// The passphrase is the first line of this file; otherwise CEASE_BACKUP_PASSPHRASE, or it is asked for
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A file with the identity (AGE-SECRET-KEY-1…) that opens what is encrypted to its recipient
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Key {
    /// For a backup that is encrypted from now on, or is so already.
    pub fn locks(&self, dest: &Path, recipients: Vec<String>) -> Result<Keys, Failed> {
        able()?;
        let there = wants_passphrase(dest);
        let asks = recipients.is_empty() && (there || self.identity.is_none());
        let passphrase = if asks { Some(self.passphrase(!there)?) } else { None };
        Ok(Keys { passphrase, recipients, identities: self.identities()? })
    }

    /// For a backup that is gone on with as it is: what is meant to lock or open one that is not encrypted would else be
    /// taken for its lock.
    pub fn goes_on(&self, dest: &Path) -> Result<Keys, Failed> {
        let given = match (&self.passphrase_file, &self.identity, std::env::var_os(ENV).filter(|text| !text.is_empty()))
        {
            (Some(_), ..) => "--passphrase-file",
            (None, Some(_), _) => "--identity",
            (None, None, Some(_)) => ENV,
            (None, None, None) => return self.opens(dest),
        };
        if is_locked(dest) {
            return self.opens(dest);
        }
        let how = "and nothing would be encrypted: add --encrypt (or --recipient), or leave it out";
        Err(Failed::new(2, anyhow::anyhow!("{given} is given, {how}")))
    }

    /// For a backup as it is.
    pub fn opens(&self, dest: &Path) -> Result<Keys, Failed> {
        if is_locked(dest) {
            able()?;
        }
        let asks = wants_passphrase(dest) && self.identity.is_none();
        let passphrase = if asks { Some(self.passphrase(false)?) } else { None };
        Ok(Keys { passphrase, recipients: Vec::new(), identities: self.identities()? })
    }

    fn identities(&self) -> Result<Option<String>, Failed> {
        self.identity.as_deref().map(read).transpose()
    }

    /// A new one is asked for twice.
    fn passphrase(&self, new: bool) -> Result<String, Failed> {
        let no = |why: &str| Failed::new(2, anyhow::anyhow!("{why}"));
        if let Some(file) = &self.passphrase_file {
            let text = read(file)?;
            let line = some(text.lines().next().unwrap_or_default());
            return line.ok_or_else(|| no("the passphrase's file begins with an empty line"));
        }
        if let Ok(passphrase) = std::env::var(ENV) {
            return some(&passphrase).ok_or_else(|| no("CEASE_BACKUP_PASSPHRASE is empty"));
        }
        if !std::io::stdin().is_terminal() {
            return Err(no("a passphrase is wanted: --passphrase-file FILE, or CEASE_BACKUP_PASSPHRASE"));
        }
        let ask = |text: &str| ask_hidden(text).map_err(|e| Failed::new(2, e));
        let passphrase = some(&ask("Passphrase of the backup: ")?).ok_or_else(|| no("a passphrase is wanted"))?;
        if new && ask("The same once more (without it nobody can open the backup): ")? != passphrase {
            return Err(no("the two are not the same"));
        }
        Ok(passphrase)
    }
}

/// Said before anything is asked for or made.
fn able() -> Result<(), Failed> {
    if lock::BUILT_IN { Ok(()) } else { Err(Failed::new(2, lock::Bad::Absent)) }
}

fn some(text: &str) -> Option<String> {
    Some(text.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty())
}

fn read(file: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(file).map_err(|e| Failed::new(2, anyhow::anyhow!("{}: {e}", file.display())))
}
