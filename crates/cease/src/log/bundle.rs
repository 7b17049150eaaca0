//! The proof of a certificate, as one file (see [`proof::log::bundle`]). Final once the manifest's quorum of witnesses
//! has cosigned a tree with its leaf; before that, the same file with fewer cosignatures.

use case::Case;
use proof::log::{Bundle, Leaf, Mark, Note, Role, Ticket, tree};
use store::{LogCheckpoint, StoreError};

use super::{follow, keys};
use crate::app::App;

/// The bundle of a case; none before its certificate stands in a signed tree.
pub async fn of(app: &App, case: &Case) -> Result<Option<Bundle>, StoreError> {
    let Some(certificate) = crate::certificate::file(app, case).await? else { return Ok(None) };
    let Some(key) = follow::case_key(app, case.reference).await? else { return Ok(None) };
    let leaves = app.store.log_leaves_of(case.reference).await?;
    let wanted = proof::log::leaf::commit(&key, certificate.as_bytes());
    let effected = |text: &str| match Leaf::parse(text) {
        Some(Leaf::Case { mark: Mark::Effected, commitment, .. }) => commitment == wanted,
        Some(Leaf::Case { .. } | Leaf::Manifest { .. } | Leaf::Channels { .. }) | None => false,
    };
    let Some(leaf) = leaves.into_iter().find(|leaf| effected(&leaf.leaf)) else { return Ok(None) };
    let Some(in_force) = keys::read(app).await? else { return Ok(None) };
    let Some(ticket) = ticket(app, leaf.n, &in_force.manifest).await? else { return Ok(None) };
    let proof = ticket.to_string();
    Ok(Some(Bundle { certificate, key, leaf: leaf.leaf, proof, manifest: in_force.file }))
}

/// The same as a file.
pub async fn file(app: &App, case: &Case) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(of(app, case).await?.map(|bundle| bundle.to_file()))
}

/// The proof that a leaf is in the log, by the newest tree that the quorum has seen, or else by the newest.
pub async fn ticket(app: &App, n: u64, manifest: &proof::log::Manifest) -> Result<Option<Ticket>, StoreError> {
    let quorum = u32::try_from(manifest.quorum).unwrap_or(u32::MAX);
    let with = |checkpoint: Option<LogCheckpoint>| checkpoint.filter(|checkpoint| checkpoint.size > n);
    let checkpoint = match with(app.store.log_checkpoint(quorum).await?) {
        Some(seen) => Some(seen),
        None => with(app.store.log_checkpoint(0).await?),
    };
    let Some(checkpoint) = checkpoint else { return Ok(None) };
    let Some(path) = tree::inclusion(n, checkpoint.size) else { return Ok(None) };
    let damaged = |why: &str| StoreError::Corrupt { what: "log", why: why.to_owned() };
    let path = super::prove(&app.store, &path).await?.ok_or_else(|| damaged("hashes are missing"))?;
    let note = Note::parse(checkpoint.note.as_bytes()).map_err(|why| damaged(&why.to_string()))?;
    // Only what the manifest vouches for is handed out.
    let known: Vec<_> = [Role::Log, Role::Witness].into_iter().flat_map(|role| manifest.verifiers(role)).collect();
    let lines = note.signatures().iter().filter(|line| known.iter().any(|key| line.names(key))).cloned().collect();
    Ok(Some(Ticket { extra: None, index: n, path, note: Note::new(note.text().to_owned(), lines) }))
}
