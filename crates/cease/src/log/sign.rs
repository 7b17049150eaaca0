//! The signer. It signs a tree only where that extends what was last signed, as kept outside the database, and keeps
//! the new one there, on disk, before anybody sees it.

use jiff::SignedDuration;
use proof::log::{Checkpoint, Note, Role, note};
use store::{LogCheckpoint, StoreError};

use super::keep::{self, Kept};
use super::{Fault, Wrong, check, keys};
use crate::app::App;

/// What is new stands under a signed head after this at the latest,
const SOON: SignedDuration = SignedDuration::from_secs(5);
/// and a head is signed and shown to the witnesses this often, though nothing is new.
const HEARTBEAT: SignedDuration = SignedDuration::from_hours(1);

/// Signs the head where it is time.
pub(super) async fn round(app: &App) -> Result<(), Fault> {
    let (head, newest) = (app.store.log_head().await?, app.store.log_checkpoint(0).await?);
    let age = newest.as_ref().map(|checkpoint| app.now().duration_since(checkpoint.at));
    let due = match (&newest, age) {
        (Some(newest), Some(age)) => newest.size < head.size && age >= SOON || age >= HEARTBEAT,
        _ => true,
    };
    if !due {
        return Ok(());
    }
    // Another would be made, which no manifest has.
    if newest.is_some() && !keys::log_path(&app.log.dir).exists() {
        let why = "keys/log.key is missing: put it back from your backup, or give the log another: cease log rotate";
        return Err(StoreError::Engine(why.into()).into());
    }
    let wanted = |e: anyhow::Error| StoreError::Engine(format!("{e:#}"));
    let in_force = keys::in_force(app).await.map_err(wanted)?;
    let key = keys::log_key(&app.log.dir, &in_force.manifest.origin).map_err(wanted)?;
    let good = in_force.manifest.find(Role::Log, &keys::verifier(&key)).is_some_and(|t| t.good_at(app.now()));
    if !good {
        let why = "the manifest does not let this machine's keys/log.key sign today: copy it from the machine on which it was \
                   changed, or, where there is none: cease log rotate";
        return Err(StoreError::Engine(why.into()).into());
    }
    // Only what extends the last, by a fresh look, and not by what the check of this round saw.
    check::quick(app).await?;
    let root = super::root_of(&app.store, head.size).await?.ok_or(Wrong::Tiles)?;
    let checkpoint = Checkpoint::new(&in_force.manifest.origin, head.size, root);
    let text = checkpoint.text();
    let note = Note::new(text.clone(), vec![note::sign(&text, &key)]);
    let chain = check::chain_at(app, head.seq).await?.ok_or(Wrong::Journal { seq: head.seq })?;
    keep(app, Kept { seq: head.seq, chain, note: note.clone(), checkpoint }).await?;
    // The cosignatures under the same tree are asked for anew; until then those there are stay.
    let (cosigned, note) = match newest.filter(|n| n.size == head.size) {
        Some(same) => (same.cosigned, same.note),
        None => (0, note.to_string()),
    };
    app.store.log_sign(LogCheckpoint { size: head.size, at: app.now(), cosigned, note }).await?;
    Ok(())
}

/// Keeps it outside the database; on disk when this returns.
pub(super) async fn keep(app: &App, kept: Kept) -> Result<(), StoreError> {
    let dir = app.log.dir.clone();
    let saved = tokio::task::spawn_blocking(move || keep::save(&dir, &kept)).await;
    match saved {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(StoreError::Engine(format!("{error:#}"))),
        Err(error) => Err(StoreError::Engine(error.to_string())),
    }
}
