//! Asks the witnesses (C2SP tlog-witness): shows each the newest head, with the proof that it extends what that witness
//! saw last, and keeps the cosignature under it. A witness that is away delays the proofs and nothing else. It is asked
//! again about a head that stays, to hear whether it knows of more; its first cosignature under that head is the one
//! that is kept, because proofs are as old as that.
//!
//! A witness that has seen more than we have, signed by our own key, proves that this database was rolled back.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proof::log::{Checkpoint, Manifest, Note, NoteSignature, Role, VerifierKey, tree};
use reach::http::{Ask, Method};
use sha2::{Digest, Sha256};
use store::{LogCheckpoint, StoreError};

use super::settings::Witness;
use super::{Wrong, keys};
use crate::app::App;
use crate::keys::hex_of;

/// A cosignature under the same head is asked for again after this.
const STALE: SignedDuration = SignedDuration::from_hours(1);
/// A witness that did not answer, or not well, is asked again after this.
const AGAIN: SignedDuration = SignedDuration::from_secs(20);

/// Carries a request to a witness; answers status and body.
#[async_trait::async_trait]
pub trait Courier: Send + Sync {
    async fn post(&self, url: &str, body: String) -> Result<(u16, String), String>;
    async fn get(&self, url: &str) -> Result<(u16, String), String>;
}

/// What the witnesses are known to have seen, and when to ask again.
#[derive(Default)]
pub struct Known {
    courier: Option<Arc<dyn Courier>>,
    sizes: BTreeMap<String, u64>,
    /// When each last cosigned, and a head of how many leaves.
    cosigned: BTreeMap<String, (u64, Timestamp)>,
    not_before: BTreeMap<String, Timestamp>,
}

impl Known {
    pub fn by(courier: Arc<dyn Courier>) -> Self {
        Self { courier: Some(courier), ..Self::default() }
    }
}

/// By HTTP, to where the operator said and nowhere else.
struct Http(reach::http::Client);

/// The way to the witnesses that are configured.
pub fn known(settings: &super::settings::Settings) -> anyhow::Result<Known> {
    if settings.witnesses.is_empty() {
        return Ok(Known::default());
    }
    let client = reach::http::Client::new(&settings.link).map_err(|why| anyhow::anyhow!("log.{why}"))?;
    Ok(Known::by(Arc::new(Http(client))))
}

impl Http {
    async fn send(&self, method: Method, url: &str, body: String) -> Result<(u16, String), String> {
        let url = self.0.checked(url)?;
        let answer = self.0.send(Ask { method, url, headers: Vec::new(), body }).await.map_err(|e| e.to_string())?;
        Ok((answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned()))
    }
}

#[async_trait::async_trait]
impl Courier for Http {
    async fn post(&self, url: &str, body: String) -> Result<(u16, String), String> {
        self.send(Method::POST, url, body).await
    }

    async fn get(&self, url: &str) -> Result<(u16, String), String> {
        self.send(Method::GET, url, String::new()).await
    }
}

/// What came of asking one witness.
enum Came {
    Cosigned(NoteSignature),
    /// It has seen this much.
    Seen(u64),
    Not(String),
}

/// Asks every witness that has not cosigned the newest head lately.
pub async fn round(app: &App) {
    if app.config.log.witnesses.is_empty() || app.log.halted() {
        return;
    }
    if let Err(error) = ask_all(app).await {
        tracing::warn!(%error, "the witnesses could not be asked");
    }
}

async fn ask_all(app: &App) -> Result<(), StoreError> {
    let (Some(newest), Some(in_force)) = (app.store.log_checkpoint(0).await?, keys::read(app).await?) else {
        return Ok(());
    };
    let damaged = |why: String| StoreError::Corrupt { what: "checkpoint", why };
    let mut note = Note::parse(newest.note.as_bytes()).map_err(|why| damaged(why.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).ok_or_else(|| damaged("it is none".into()))?;
    let mut known = app.log.witnesses.lock().await;
    let mut new = false;
    for witness in &app.config.log.witnesses {
        let Ok(verifier) = witness.verifier() else { continue };
        let wait = known.not_before.get(&witness.url).is_some_and(|at| app.now() < *at);
        let stands = cosigned_at(&note, &verifier);
        let again = known.cosigned.get(&witness.url).filter(|(size, _)| *size == checkpoint.size).map(|(_, at)| *at);
        let fresh = stands.map(|at| app.now().duration_since(again.map_or(at, |again| again.max(at))) < STALE);
        if wait || fresh == Some(true) {
            continue;
        }
        match ask(app, &mut known, witness, &verifier, &checkpoint, &note, &in_force.manifest).await? {
            Ok(Some(line)) => {
                known.cosigned.insert(witness.url.clone(), (checkpoint.size, app.now()));
                if stands.is_none() {
                    let others = note.signatures().iter().filter(|other| !other.names(&verifier)).cloned().collect();
                    note = Note::new(note.text().to_owned(), others);
                    note.add(line);
                    new = true;
                }
            }
            // The newer head is asked about in the next round.
            Ok(None) => {}
            Err(why) => {
                tracing::warn!(witness = witness.url, %why, "a witness did not cosign");
                known.not_before.insert(witness.url.clone(), app.now() + AGAIN);
            }
        }
    }
    if new {
        let cosigned = note.open(&in_force.manifest.verifiers(Role::Witness)).map_or(0, |opened| opened.vouched.len());
        let signed = LogCheckpoint { cosigned: cosigned as u32, note: note.to_string(), ..newest };
        app.store.log_sign(signed).await?;
    }
    Ok(())
}

/// When this witness cosigned it.
fn cosigned_at(note: &Note, verifier: &VerifierKey) -> Option<Timestamp> {
    let opened = note.open(std::slice::from_ref(verifier)).ok()?;
    Timestamp::from_second(i64::try_from(opened.vouched.first()?.at?).ok()?).ok()
}

/// Asks one witness, twice where it has seen something else than we thought; nothing where another process of this desk
/// has shown it a newer head meanwhile.
async fn ask(
    app: &App,
    known: &mut Known,
    witness: &Witness,
    verifier: &VerifierKey,
    checkpoint: &Checkpoint,
    note: &Note,
    manifest: &Manifest,
) -> Result<Result<Option<NoteSignature>, String>, StoreError> {
    let Some(courier) = known.courier.clone() else { return Ok(Err("there is no way to it".into())) };
    for _ in 0..2 {
        let old = known.sizes.get(&witness.url).copied().unwrap_or(0);
        if old > checkpoint.size {
            let has = app.store.log_head().await?.size;
            if old <= has {
                return Ok(Ok(None));
            }
            rolled_back(app, courier.as_ref(), witness, manifest).await?;
            return Ok(Err(format!("it has seen {old} leaves, and there are {has}")));
        }
        let path = tree::consistency(old, checkpoint.size).unwrap_or_default();
        let Some(proof) = super::prove(&app.store, &path).await? else {
            return Ok(Err("hashes of the log are missing".into()));
        };
        match submit(courier.as_ref(), witness, verifier, old, &proof, note).await {
            Came::Cosigned(line) => {
                known.sizes.insert(witness.url.clone(), checkpoint.size);
                return Ok(Ok(Some(line)));
            }
            Came::Seen(size) => drop(known.sizes.insert(witness.url.clone(), size)),
            Came::Not(why) => return Ok(Err(why)),
        }
    }
    Ok(Err("it does not say the same twice".into()))
}

async fn submit(
    courier: &dyn Courier,
    witness: &Witness,
    verifier: &VerifierKey,
    old: u64,
    proof: &[tree::Hash],
    note: &Note,
) -> Came {
    // Only what the log itself has signed is shown.
    let own = note.signatures().iter().filter(|line| !line.names(verifier)).cloned().collect();
    let body = request(old, proof, &Note::new(note.text().to_owned(), own));
    let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
    let (status, answer) = match courier.post(&url, body).await {
        Ok(answered) => answered,
        Err(why) => return Came::Not(why),
    };
    match status {
        200 => {
            let lines = answer.lines().filter_map(|line| line.parse::<NoteSignature>().ok());
            for line in lines.filter(|line| line.names(verifier)) {
                let signed = Note::new(note.text().to_owned(), vec![line.clone()]);
                if signed.open(std::slice::from_ref(verifier)).is_ok() {
                    return Came::Cosigned(line);
                }
            }
            Came::Not("its answer is not a cosignature by its key".into())
        }
        409 => match answer.trim_end().parse() {
            Ok(size) => Came::Seen(size),
            Err(_) => Came::Not("it has seen another size, and does not say which".into()),
        },
        other => Came::Not(format!("it answered {other}")),
    }
}

/// The body of `add-checkpoint`.
pub fn request(old: u64, proof: &[tree::Hash], note: &Note) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
    let hashes: String = proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
    format!("old {old}\n{hashes}\n{note}")
}

/// Where a witness keeps what it has seen of a log.
pub fn seen_path(origin: &str) -> String {
    format!("{}/checkpoint", hex_of(&Sha256::digest(origin)))
}

/// A witness says that it has seen more than there is. Only what our own key has signed is believed.
async fn rolled_back(
    app: &App,
    courier: &dyn Courier,
    witness: &Witness,
    manifest: &Manifest,
) -> Result<(), StoreError> {
    let url = format!("{}/{}", witness.url.trim_end_matches('/'), seen_path(&manifest.origin));
    let Ok((200, answer)) = courier.get(&url).await else { return Ok(()) };
    let Ok(note) = Note::parse(answer.as_bytes()) else { return Ok(()) };
    let ours = note.open(&manifest.verifiers(Role::Log)).is_ok();
    let Some(seen) = Checkpoint::parse(note.text()).filter(|seen| ours && seen.origin == manifest.origin) else {
        return Ok(());
    };
    let has = app.store.log_head().await?.size;
    if seen.size > has {
        app.log.halt(Wrong::Witness { name: witness.url.clone(), seen: seen.size, has });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
