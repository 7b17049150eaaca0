//! The proof of a certificate, as one file (see [`proof::log::bundle`]). Final once the manifest's quorum of witnesses
//! has cosigned a tree with its leaf; before that, the same file with fewer cosignatures.

use case::Case;
use proof::log::{Bundle, Leaf, Manifest, Mark, Note, Role, Standing, Ticket, Trust, Verdict, tree};
use store::{LogCheckpoint, StoreError};

use super::{follow, keys};
use crate::app::App;

/// The bundle of a case; none before its certificate stands in a signed tree. Of the heads that prove it, the one by
/// which the judge says most.
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
    let quorum = u32::try_from(in_force.manifest.quorum).unwrap_or(u32::MAX);
    // A key that is revoked later harms no proof that witnesses had seen before: so the oldest head with a quorum.
    let heads = [
        if quorum > 0 { app.store.log_checkpoint_over(leaf.n, quorum).await? } else { None },
        app.store.log_checkpoint(quorum).await?.filter(|head| head.size > leaf.n),
        app.store.log_checkpoint(0).await?.filter(|head| head.size > leaf.n),
    ];
    let trust = Trust { roots: vec![in_force.manifest.root.clone()], ..Trust::default() };
    let mut best = None;
    for head in heads.into_iter().flatten() {
        let proof = ticket(app, leaf.n, &head, &in_force.manifest).await?.to_string();
        let (certificate, leaf, manifest) = (certificate.clone(), leaf.leaf.clone(), in_force.file.clone());
        let bundle = Bundle { certificate, key, leaf, proof, manifest };
        let worth = match bundle.verify(&trust, app.now()) {
            Verdict::Valid(proven) if matches!(proven.standing, Standing::Witnessed { .. }) => 3,
            Verdict::Valid(_) => 2,
            Verdict::CannotTell(_) => 1,
            Verdict::NotValid(..) => 0,
        };
        if best.as_ref().is_none_or(|(other, _)| worth > *other) {
            best = Some((worth, bundle));
        }
    }
    Ok(best.map(|(_, bundle)| bundle))
}

/// The same as a file.
pub async fn file(app: &App, case: &Case) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(of(app, case).await?.map(|bundle| bundle.to_file()))
}

/// The proof that a leaf is in the log, by this head.
pub async fn ticket(app: &App, n: u64, head: &LogCheckpoint, manifest: &Manifest) -> Result<Ticket, StoreError> {
    let damaged = |why: &str| StoreError::Corrupt { what: "log", why: why.to_owned() };
    let path = tree::inclusion(n, head.size).ok_or_else(|| damaged("a head is smaller than it was"))?;
    let path = super::prove(&app.store, &path).await?.ok_or_else(|| damaged("hashes are missing"))?;
    let note = Note::parse(head.note.as_bytes()).map_err(|why| damaged(&why.to_string()))?;
    // Only what the manifest vouches for is handed out.
    let known: Vec<_> = [Role::Log, Role::Witness].into_iter().flat_map(|role| manifest.verifiers(role)).collect();
    let lines = note.signatures().iter().filter(|line| known.iter().any(|key| line.names(key))).cloned().collect();
    Ok(Ticket { extra: None, index: n, path, note: Note::new(note.text().to_owned(), lines) })
}
