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
/// How long certificates may still be signed with the old key while the manifest with the new one is under way.
const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);

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

pub fn certificate_path(dir: &Path) -> PathBuf {
    dir.join("keys").join("certificate.key")
}

/// The manifest in force as a file: what `cease verify` believes on this machine.
pub fn manifest_path(dir: &Path) -> PathBuf {
    dir.join("log").join("manifest")
}

/// The log's name as the configuration has it.
pub fn origin(app: &App) -> String {
    match app.config.log.origin.as_str() {
        "" => format!("{}/log", crate::startup::host(&app.config.desk.url)),
        named => named.to_owned(),
    }
}

/// Where the key that will follow this one waits until a manifest has it.
pub fn next_path(path: &Path) -> PathBuf {
    path.with_extension("key.next")
}

/// Takes the keys that wait into use where the manifest has them.
fn take_next(dir: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    for (role, path) in [(Role::Log, log_path(dir)), (Role::Certificate, certificate_path(dir))] {
        let next = next_path(&path);
        if next.exists() && manifest.find(role, &verifier(&named_key(&next, &manifest.origin)?)).is_some() {
            std::fs::rename(&next, path).with_context(|| format!("cannot put {} into use", next.display()))?;
        }
    }
    Ok(())
}

/// Lays the manifest in force beside the database.
pub fn lay_out(dir: &Path, file: &str) -> anyhow::Result<()> {
    let path = manifest_path(dir);
    if std::fs::read_to_string(&path).is_ok_and(|there| there == file) {
        return Ok(());
    }
    let parent = dir.join("log");
    std::fs::create_dir_all(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
    super::keep::replace(&path, file.as_bytes())
}

/// Whether this desk's key may sign certificates today. Where the manifest has a newer one that lies in the data
/// directory by now, that is taken into use.
pub async fn may_certify(app: &App) -> Result<bool, StoreError> {
    let Some(InForce { manifest, .. }) = read(app).await? else { return Ok(true) };
    let good = || manifest.of(Role::Certificate).filter(|tenure| tenure.good_at(app.now()));
    let own = || verifier(&app.keys.signing());
    if good().max_by_key(|tenure| tenure.from).is_none_or(|newest| newest.key != own())
        && let Err(error) = app.keys.take_signing(&certificate_path(&app.log.dir))
    {
        // The one in hand may still do, and else no certificate is signed.
        tracing::debug!(error = format!("{error:#}"), "the key of certificates was not read again");
    }
    let own = own();
    Ok(good().any(|tenure| tenure.key == own))
}

/// The key that signs checkpoints, made where there is none.
pub fn log_key(dir: &Path, origin: &str) -> anyhow::Result<SigningKey> {
    named_key(&log_path(dir), origin)
}

/// Reads a key, or makes one of this name.
pub fn named_key(path: &Path, name: &str) -> anyhow::Result<SigningKey> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    // Before any file: what cannot be a key's name leaves none behind.
    let fresh = new_key(name).with_context(|| format!("“{name}” cannot be the name of a key"))?;
    let line = read_or_make(path, || fresh.to_line())?;
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
        ..tenure(Role::Certificate, VerifierKey::new(Kind::Note, app.keys.signing().public()), now)
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
    add(Role::Certificate, VerifierKey::new(Kind::Note, app.keys.signing().public()));
    for witness in &app.config.log.witnesses {
        add(Role::Witness, witness.verifier()?);
    }
    let issued = now.max(before.issued);
    Ok(Manifest { version: before.version + 1, issued, quorum: app.config.log.quorum, keys, ..before.clone() })
}

/// The next version with a new key for the log; whatever signed until then ends with it. Where that is lost, the new one
/// takes its place at once.
pub fn rotated(app: &App, before: &Manifest) -> anyhow::Result<Manifest> {
    let path = log_path(&app.log.dir);
    let new = if path.exists() { next_path(&path) } else { path };
    let new = verifier(&named_key(&new, &before.origin)?);
    let mut made = next(app, before)?;
    let issued = made.issued;
    let all: Vec<_> = made.of(Role::Log).map(|tenure| tenure.key.clone()).filter(|key| *key != new).collect();
    for old in all {
        follow(&mut made, Role::Log, &old, new.clone(), issued);
    }
    Ok(made)
}

/// The next version with a new key for certificates. The old one ends a week later: it signs until the manifest is in
/// force, which may take a walk to where the root key is.
pub fn recertified(app: &App, before: &Manifest) -> anyhow::Result<Manifest> {
    let mut made = next(app, before)?;
    let old = verifier(&app.keys.signing());
    let new = verifier(&named_key(&next_path(&certificate_path(&app.log.dir)), old.name())?);
    let end = made.issued.saturating_add(WEEK).unwrap_or(Timestamp::MAX);
    follow(&mut made, Role::Certificate, &old, new, end);
    Ok(made)
}

/// Ends a key at that time, and puts another beside it.
fn follow(made: &mut Manifest, role: Role, old: &VerifierKey, new: VerifierKey, end: Timestamp) {
    for tenure in made.keys.iter_mut().filter(|tenure| tenure.key == *old) {
        tenure.until = tenure.until.min(end);
    }
    if made.find(role, &new).is_none() {
        made.keys.push(tenure(role, new, made.issued));
    }
}

/// The next version, in which every key that is in use and has not ended is good for two years from now.
pub fn renewed(app: &App, before: &Manifest) -> anyhow::Result<Manifest> {
    let mut made = next(app, before)?;
    let mut used = vec![verifier(&log_key(&app.log.dir, &before.origin)?), verifier(&app.keys.signing())];
    for witness in &app.config.log.witnesses {
        used.push(witness.verifier()?);
    }
    let (now, until) = (made.issued, made.issued.saturating_add(YEARS_TWO).unwrap_or(Timestamp::MAX));
    for tenure in made.keys.iter_mut().filter(|tenure| used.contains(&tenure.key) && tenure.good_at(now)) {
        tenure.until = tenure.until.max(until);
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
    let mut made = if which.key == verifier(&log_key(&app.log.dir, &before.origin)?) {
        rotated(app, before)?
    } else if which.key == verifier(&app.keys.signing()) {
        recertified(app, before)?
    } else {
        next(app, before)?
    };
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
    lay_out(&app.log.dir, file)?;
    Ok(manifest)
}
