//! The log's own keys and the manifest that vouches for them. The manifest in force stands in the store, where every
//! process reads the same one; it is signed, so that the store cannot change it.
//!
//! On the first start there is no manifest, and the desk makes one with a root key of its own, so that there is a log
//! at once. That root key belongs on a machine that is not the desk's: `cease log check` and `doctor` say so until it
//! has been moved away.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use proof::log::{Kind, Manifest, Role, Tenure, VerifierKey};
use proof::{PublicKey, SigningKey};
use store::StoreError;

use crate::app::App;
use crate::chance;
use crate::keys::read_or_make;

/// Under which name the store keeps the manifest in force.
const MARK: &str = "log-manifest";
/// How long a new key is good for.
const YEARS_TWO: SignedDuration = SignedDuration::from_hours(24 * 365 * 2);

/// The manifest in force, and its file.
pub struct InForce {
    pub manifest: Manifest,
    pub file: String,
}

pub fn root_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("log-root.key")
}

pub fn log_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("log.key")
}

/// The log's name as the configuration has it.
pub fn origin(app: &App) -> String {
    match app.config.log.origin.as_str() {
        "" => format!("{}/log", crate::startup::host(&app.config.desk.url)),
        named => named.to_owned(),
    }
}

/// Where the next key waits until a manifest has it.
pub fn next_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("log.key.next")
}

/// Makes the next key that will sign checkpoints, or finds the one that waits already.
pub fn next_key(dir: &Path, origin: &str) -> anyhow::Result<SigningKey> {
    named_key(&next_path(dir), origin)
}

/// Takes the next key into use where the manifest has it.
pub fn take_next(dir: &Path, manifest: &Manifest) -> anyhow::Result<bool> {
    let path = next_path(dir);
    if !path.exists() {
        return Ok(false);
    }
    let next = verifier(&next_key(dir, &manifest.origin)?);
    if manifest.find(Role::Log, &next).is_none() {
        return Ok(false);
    }
    std::fs::rename(&path, log_path(dir)).with_context(|| format!("cannot put {} into use", path.display()))?;
    Ok(true)
}

/// The key that signs checkpoints, made where there is none.
pub fn log_key(dir: &Path, origin: &str) -> anyhow::Result<SigningKey> {
    named_key(&log_path(dir), origin)
}

/// Reads a key, or makes one of this name.
pub fn named_key(path: &Path, name: &str) -> anyhow::Result<SigningKey> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let line = read_or_make(path, || new_key(name).map(|key| key.to_line()).unwrap_or_default())?;
    SigningKey::from_line(line.trim()).with_context(|| format!("{} is damaged", path.display()))
}

pub fn new_key(name: &str) -> anyhow::Result<SigningKey> {
    Ok(SigningKey::from_seed(name, &chance::bytes())?)
}

/// To the second, as times stand in a manifest.
pub fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// A key that is good from now on.
pub fn tenure(role: Role, key: VerifierKey, from: Timestamp) -> Tenure {
    Tenure { role, key, from, until: from.saturating_add(YEARS_TWO).unwrap_or(Timestamp::MAX), revoked: None }
}

pub fn verifier(key: &SigningKey) -> VerifierKey {
    VerifierKey::new(Kind::Note, key.public())
}

/// Reads the manifest in force; none before the first start.
pub async fn read(app: &App) -> Result<Option<InForce>, StoreError> {
    let Some(file) = app.store.mark(MARK).await? else { return Ok(None) };
    let manifest = Manifest::parse(file.as_bytes())
        .map_err(|why| StoreError::Corrupt { what: "key manifest", why: why.to_string() })?;
    Ok(Some(InForce { manifest, file }))
}

/// The manifest in force; the first, signed by a root key of the desk's own, where there is none.
pub async fn in_force(app: &App) -> anyhow::Result<InForce> {
    if let Some(found) = read(app).await? {
        return Ok(found);
    }
    let origin = origin(app);
    let root = named_key(&root_path(&app.log.dir), &format!("{origin}/root"))?;
    let manifest = first(app, &origin, &root.public())?;
    put(app, &manifest.sign(&root)?).await?;
    tracing::warn!(%origin, "the log begins, with a root key that lies on this machine: move it away (cease log check)");
    read(app).await?.context("the manifest could not be read back")
}

/// The first manifest, by this root key.
pub fn first(app: &App, origin: &str, root: &PublicKey) -> anyhow::Result<Manifest> {
    let now = second(app.now());
    let certificate = Tenure {
        // It may have signed before there was a log.
        from: Timestamp::UNIX_EPOCH,
        ..tenure(Role::Certificate, VerifierKey::new(Kind::Note, app.keys.signing.public()), now)
    };
    let mut keys = vec![tenure(Role::Log, verifier(&log_key(&app.log.dir, origin)?), now), certificate];
    for witness in &app.config.log.witnesses {
        keys.push(tenure(Role::Witness, witness.verifier()?, now));
    }
    let quorum = app.config.log.quorum;
    Ok(Manifest { root: root.clone(), origin: origin.to_owned(), version: 1, issued: now, quorum, keys })
}

/// The next version: what the configuration says today, added to what was. Keys are ended by commands only.
pub fn next(app: &App, before: &Manifest) -> anyhow::Result<Manifest> {
    let now = second(app.now());
    let mut keys = before.keys.clone();
    let mut add = |role, key: VerifierKey| {
        if keys.iter().all(|tenure| tenure.key != key) {
            keys.push(tenure(role, key, now));
        }
    };
    add(Role::Log, verifier(&log_key(&app.log.dir, &before.origin)?));
    add(Role::Certificate, VerifierKey::new(Kind::Note, app.keys.signing.public()));
    for witness in &app.config.log.witnesses {
        add(Role::Witness, witness.verifier()?);
    }
    let issued = now.max(before.issued);
    Ok(Manifest { version: before.version + 1, issued, quorum: app.config.log.quorum, keys, ..before.clone() })
}

/// The next version with a new key for the log; the one that signs today ends with it.
pub fn rotated(app: &App, before: &Manifest) -> anyhow::Result<Manifest> {
    let mut made = next(app, before)?;
    let old = verifier(&log_key(&app.log.dir, &before.origin)?);
    let new = verifier(&next_key(&app.log.dir, &before.origin)?);
    let issued = made.issued;
    for tenure in made.keys.iter_mut().filter(|t| t.key == old && t.until > issued) {
        tenure.until = issued;
    }
    if made.find(Role::Log, &new).is_none() {
        made.keys.push(tenure(Role::Log, new, issued));
    }
    Ok(made)
}

/// The next version with a key revoked from a time on. Where that is the key that signs today, another takes its place.
pub fn revoked(app: &App, before: &Manifest, key: &str, from: Timestamp) -> anyhow::Result<Manifest> {
    let named = |tenure: &Tenure| tenure.key.to_string().starts_with(key);
    let mut found = before.keys.iter().filter(|tenure| named(tenure));
    let (Some(which), None) = (found.next().cloned(), found.next()) else {
        bail!("{key} is not the beginning of exactly one key in the manifest");
    };
    let own = which.key == verifier(&log_key(&app.log.dir, &before.origin)?);
    let mut made = if own { rotated(app, before)? } else { next(app, before)? };
    let from = second(from);
    for tenure in made.keys.iter_mut().filter(|tenure| tenure.key == which.key) {
        tenure.revoked = Some(tenure.revoked.map_or(from, |old| old.min(from)));
    }
    Ok(made)
}

/// Puts a manifest in force, which must follow the one before.
pub async fn put(app: &App, file: &str) -> anyhow::Result<Manifest> {
    let manifest = Manifest::parse(file.as_bytes())?;
    if let Some(before) = read(app).await? {
        if before.file == file {
            take_next(&app.log.dir, &manifest)?;
            return Ok(manifest);
        }
        manifest.succeeds(&before.manifest)?;
    } else if manifest.version == 0 {
        bail!("a manifest's version is 1 or more");
    }
    app.store.put_mark(MARK, file).await?;
    // Only now: what signs must be in the manifest.
    take_next(&app.log.dir, &manifest)?;
    Ok(manifest)
}
