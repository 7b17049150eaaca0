//! A witness for other people's logs (C2SP tlog-witness): it cosigns a checkpoint once it has seen the proof that the
//! log only grew since the last one it cosigned, and remembers that on disk before it answers. So nobody gets its
//! signature under two histories of one log. What is inconsistent, and signed by the log, is kept as evidence.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use proof::SigningKey;
use proof::log::note::cosign;
use proof::log::{Checkpoint, Kind, Note, NoteError, VerifierKey, tree};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::keep::replace;
use crate::clock::Clock;
use crate::keys::hex_of;

/// A request has a checkpoint and at most 63 hashes.
const MOST_BYTES: usize = 64 * 1024;
const MOST_HASHES: usize = 63;
/// More evidence says nothing new.
const MOST_EVIDENCE: usize = 1_000;
const CONNECTIONS: usize = 256;
const HEADER: Duration = Duration::from_secs(10);
const REQUEST: Duration = Duration::from_secs(15);

/// A witness.
pub struct Cosigner {
    key: SigningKey,
    dir: PathBuf,
    /// Locked for as long as this one lives: two over one directory would each sign its own history.
    _lock: File,
    clock: Clock,
    /// The keys of the logs it looks at, by origin.
    logs: BTreeMap<String, Vec<VerifierKey>>,
    /// The last checkpoint cosigned, by origin. Held while the next is checked and put on disk.
    seen: Mutex<BTreeMap<String, Checkpoint>>,
}

/// Why a checkpoint is not cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a request as the protocol has it.
    Malformed(&'static str),
    /// A log that this witness does not look at.
    UnknownLog,
    /// Not signed by the log, or falsely.
    Unsigned,
    /// The last checkpoint cosigned is of this size, and not of the one that was said.
    Conflict(u64),
    /// It does not extend what was cosigned last.
    Inconsistent,
    /// What was cosigned could not be put on disk.
    Disk(String),
}

impl Cosigner {
    /// Opens a witness over a directory; its key is made there on the first start.
    pub fn open(dir: &Path, name: &str, logs: &[(String, VerifierKey)], clock: Clock) -> anyhow::Result<Self> {
        let lock = locked(dir)?;
        let key = super::keys::named_key(&dir.join("witness.key"), name)?;
        if key.public().name() != name {
            bail!("the key in {} is called {}", dir.display(), key.public().name());
        }
        let mut by_origin: BTreeMap<String, Vec<VerifierKey>> = BTreeMap::new();
        for (origin, key) in logs {
            by_origin.entry(origin.clone()).or_default().push(key.clone());
        }
        let mut seen = BTreeMap::new();
        for origin in by_origin.keys() {
            if let Some(note) = read(&file(dir, origin))? {
                let checkpoint = Checkpoint::parse(note.text()).filter(|c| c.origin == *origin);
                let checkpoint = checkpoint.with_context(|| format!("what was seen of {origin} is damaged"))?;
                seen.insert(origin.clone(), checkpoint);
            }
        }
        Ok(Self { key, dir: dir.to_owned(), _lock: lock, clock, logs: by_origin, seen: Mutex::new(seen) })
    }

    /// The key by which its cosignatures are checked.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(Kind::Cosignature, self.key.public())
    }

    /// `add-checkpoint`: the signature's line.
    pub fn add(&self, body: &[u8]) -> Result<String, Refused> {
        let Request { old, proof, note, checkpoint } = Request::parse(body)?;
        let keys = self.logs.get(&checkpoint.origin).ok_or(Refused::UnknownLog)?;
        match note.open(keys) {
            Ok(_) => {}
            Err(NoteError::Signature(_) | NoteError::Nobody | NoteError::Malformed(_)) => {
                return Err(Refused::Unsigned);
            }
        }
        if old > checkpoint.size {
            return Err(Refused::Malformed("the old size is the larger"));
        }
        let mut seen = self.seen.lock().unwrap_or_else(|e| e.into_inner());
        let empty = Checkpoint::new(&checkpoint.origin, 0, tree::root(&[]));
        let last = seen.get(&checkpoint.origin).unwrap_or(&empty);
        // Two heads of one size, both signed by the log: that is evidence, whatever size the request speaks of.
        let forked = last.size == checkpoint.size && last.root != checkpoint.root;
        if forked {
            self.keep_evidence(&checkpoint.origin, body);
        }
        if last.size != old {
            return Err(Refused::Conflict(last.size));
        }
        if forked || !tree::extends((last.size, &last.root), (checkpoint.size, &checkpoint.root), &proof) {
            self.keep_evidence(&checkpoint.origin, body);
            return Err(Refused::Inconsistent);
        }
        let line = cosign(note.text(), &self.key, self.clock.now().as_second().unsigned_abs());
        let mut kept = Note::new(note.text().to_owned(), Vec::new());
        note.signatures().iter().filter(|s| keys.iter().any(|key| s.names(key))).for_each(|s| kept.add(s.clone()));
        kept.add(line.clone());
        replace(&file(&self.dir, &checkpoint.origin), kept.to_string().as_bytes())
            .map_err(|e| Refused::Disk(format!("{e:#}")))?;
        seen.insert(checkpoint.origin.clone(), checkpoint);
        Ok(format!("{line}\n"))
    }

    /// What was cosigned last of the log whose origin has this SHA-256.
    pub fn seen(&self, origin_hash: &str) -> anyhow::Result<Option<String>> {
        let ours = self.logs.keys().find(|origin| hex_of(&Sha256::digest(origin)) == origin_hash);
        let Some(origin) = ours else { return Ok(None) };
        Ok(read(&file(&self.dir, origin))?.map(|note| note.to_string()))
    }

    /// Keeps what a log has signed though it fits nothing, under the name of its own hash.
    fn keep_evidence(&self, origin: &str, body: &[u8]) {
        let dir = self.dir.join("evidence");
        let path = dir.join(format!("{}.txt", hex_of(&Sha256::digest(body))));
        let kept = std::fs::create_dir_all(&dir).map_err(anyhow::Error::from).and_then(|()| {
            if path.exists() || std::fs::read_dir(&dir)?.count() >= MOST_EVIDENCE {
                return Ok(());
            }
            replace(&path, body)
        });
        match kept {
            Ok(()) => tracing::error!(%origin, evidence = %path.display(), "a log has signed what fits nothing"),
            Err(error) => tracing::error!(%origin, %error, "a log has signed what fits nothing; not kept"),
        }
    }
}

struct Request {
    old: u64,
    proof: Vec<tree::Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

impl Request {
    fn parse(body: &[u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(body).map_err(|_| Refused::Malformed("not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or(Refused::Malformed("no checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.filter(|old| old.bytes().all(|b| b.is_ascii_digit()) && (*old == "0" || !old.starts_with('0')));
        let old = old.and_then(|old| old.parse().ok()).ok_or(Refused::Malformed("no old size"))?;
        let proof: Option<Vec<tree::Hash>> = lines.map(|line| BASE64.decode(line).ok()?.try_into().ok()).collect();
        let proof = proof.filter(|proof| proof.len() <= MOST_HASHES).ok_or(Refused::Malformed("not a proof"))?;
        let note = Note::parse(note.as_bytes()).map_err(|_| Refused::Malformed("not a signed note"))?;
        let checkpoint = Checkpoint::parse(note.text()).ok_or(Refused::Malformed("not a checkpoint"))?;
        Ok(Self { old, proof, note, checkpoint })
    }
}

/// The directory for one witness alone; the system lets go of it however that one ends.
fn locked(dir: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path = dir.join("lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = opened.with_context(|| format!("cannot open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another witness is at work in {}", dir.display()),
        Err(TryLockError::Error(e)) => Err(e).with_context(|| format!("cannot lock {}", path.display())),
    }
}

fn file(dir: &Path, origin: &str) -> PathBuf {
    dir.join(format!("{}.checkpoint", hex_of(&Sha256::digest(origin))))
}

fn read(path: &Path) -> anyhow::Result<Option<Note>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(Note::parse(&bytes).with_context(|| format!("{} is damaged", path.display()))?)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Malformed(why) => (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
            Refused::UnknownLog => (StatusCode::NOT_FOUND, "not a log of mine\n").into_response(),
            Refused::Unsigned => (StatusCode::FORBIDDEN, "not signed by the log\n").into_response(),
            Refused::Conflict(size) => {
                (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n"))
                    .into_response()
            }
            Refused::Inconsistent => {
                (StatusCode::UNPROCESSABLE_ENTITY, "it does not extend what was cosigned\n").into_response()
            }
            Refused::Disk(why) => {
                tracing::error!(%why, "a checkpoint could not be kept, and is not cosigned");
                (StatusCode::INTERNAL_SERVER_ERROR, "it could not be kept\n").into_response()
            }
        }
    }
}

/// Its addresses.
pub fn router(cosigner: Arc<Cosigner>) -> Router {
    let add = |State(cosigner): State<Arc<Cosigner>>, body: Bytes| async move {
        // Waits for the disk.
        match tokio::task::spawn_blocking(move || cosigner.add(&body)).await {
            Ok(Ok(line)) => line.into_response(),
            Ok(Err(refused)) => refused.into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let seen = |State(cosigner): State<Arc<Cosigner>>, UrlPath(hash): UrlPath<String>| async move {
        match cosigner.seen(&hash) {
            Ok(Some(note)) => ([(header::CACHE_CONTROL, "max-age=5")], note).into_response(),
            Ok(None) => StatusCode::NOT_FOUND.into_response(),
            Err(error) => {
                tracing::error!(%error, "what was seen cannot be read");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{origin}/checkpoint", get(seen))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(cosigner)
}

/// Serves until `stop` resolves.
pub async fn serve(cosigner: Arc<Cosigner>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let service = hyper_util::service::TowerToHyperService::new(router(cosigner));
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER);
    tokio::pin!(stop);
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let (builder, service) = (builder.clone(), service.clone());
        tokio::spawn(async move {
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            // Whoever is not done by then comes again.
            let _ = tokio::time::timeout(REQUEST, connection).await;
            drop(permit);
        });
    }
}

#[cfg(test)]
mod tests;
