//! Signing and checking. The signature is checked over the file's raw bytes before anything is
//! parsed, and what it vouches for must then be the one spelling that we would write ourselves: two
//! readers can never take one file for two things.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Serialize;

use crate::document::FORMATS;
use crate::{Document, KeyError, PublicKey, SigningKey};

/// Larger files are not read, in bytes.
pub const MAX_FILE: usize = 64 * 1024;

/// Keeps our signatures apart from all others that the same key may make.
const DOMAIN: &[u8] = b"cease/document/v1\n";

const DOCUMENT: &str = "{\n  \"document\": ";
const KEY: &str = ",\n  \"key\": \"";
const BEFORE_SIGNATURE: &str = "\",\n";
const SIGNATURE: &str = "  \"signature\": \"";
const END: &str = "\"\n}\n";

/// A document with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    document: Document,
    key: PublicKey,
    file: String,
}

/// The signed file would be larger than [`MAX_FILE`], so that nobody could verify it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signed file would have {0} bytes, more than 65536")]
pub struct TooLarge(pub usize);

/// What can be said about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exactly as it was issued, under a key that the caller trusts.
    Valid {
        document: Document,
        /// Which of the trusted keys it was.
        key: PublicKey,
    },
    /// Not as issued by the key that it names.
    NotValid(Why),
    /// Nothing is wrong with it, but that alone vouches for nothing: its content is not given.
    CannotTell(WhyNot),
}

/// Why a file is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("the file has {0} bytes; no document has more than 65536")]
    TooLarge(usize),
    #[error("the file is not UTF-8 text")]
    NotText,
    /// Line and column count from 1.
    #[error("the file is not JSON (line {line}, column {column})")]
    NotJson { line: usize, column: usize },
    #[error("the file is JSON, but not a document of this desk software")]
    NotADocument,
    /// Reformatted, or something added or left out: what remains cannot be relied on.
    #[error("the file is not laid out as it was issued: it has been edited or reformatted")]
    Altered,
    #[error("the key in the file is damaged: {0}")]
    Key(KeyError),
    #[error("the signature in the file is damaged")]
    SignatureText,
    #[error("the signature does not match: the text or the signature has been changed")]
    Signature,
    /// Signed like this, so the fault is the signer's.
    #[error("the document is signed but does not follow its format")]
    BadDocument,
}

/// Why nothing can be said about a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    /// Unchanged since it was signed, but whose key that is, nobody has told us.
    #[error("signed by {}, a key that is not trusted here (fingerprint {})", .key.name(), .key.fingerprint())]
    UnknownKey { key: PublicKey },
    #[error("of format {format:?}, which this version does not know; a newer one may")]
    NewerFormat { format: String },
    /// Only of a newer format: those known here are signed with Ed25519, so that another algorithm is a change.
    #[error("signed with algorithm {0}, which this version does not know; a newer one may")]
    NewerAlgorithm(u8),
}

/// Signs a certificate or receipt. The same document and key give the same bytes.
pub fn sign(document: impl Into<Document>, key: &SigningKey) -> Result<Signed, TooLarge> {
    let document = document.into();
    let public = key.public();
    let body = body(&document, &public);
    let signature = BASE64.encode(key.sign(&message(&body)));
    let file = body + SIGNATURE + &signature + END;
    if file.len() > MAX_FILE {
        return Err(TooLarge(file.len()));
    }
    Ok(Signed { document, key: public, file })
}

/// Checks a file against the keys that the caller trusts: first whether it is intact, then whether
/// anybody vouches for its key, then whether this version can read it.
pub fn verify(file: &[u8], trusted: &[PublicKey]) -> Verdict {
    if file.len() > MAX_FILE {
        return Verdict::NotValid(Why::TooLarge(file.len()));
    }
    let Ok(text) = std::str::from_utf8(file) else {
        return Verdict::NotValid(Why::NotText);
    };
    let Some(parts) = Parts::of(text) else {
        return unlike_ours(text);
    };
    let key: PublicKey = match parts.key.parse() {
        Ok(key) => key,
        // The formats we know are signed with Ed25519 and nothing else.
        Err(KeyError::Algorithm(other)) if format_of(parts.document).is_some_and(|f| is_newer(&f)) => {
            return Verdict::CannotTell(WhyNot::NewerAlgorithm(other));
        }
        Err(error) => return Verdict::NotValid(Why::Key(error)),
    };
    let signature = BASE64.decode(parts.signature).ok();
    let Some(signature) = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
        return Verdict::NotValid(Why::SignatureText);
    };
    if !key.vouches(&message(parts.body), &signature) {
        return Verdict::NotValid(Why::Signature);
    }
    let read = match read(&parts, &key) {
        Ok(read) => read,
        Err(why) => return Verdict::NotValid(why),
    };
    if !trusted.contains(&key) {
        return Verdict::CannotTell(WhyNot::UnknownKey { key });
    }
    match read {
        Read::Known(document) => Verdict::Valid { document, key },
        Read::Newer(format) => Verdict::CannotTell(WhyNot::NewerFormat { format }),
    }
}

impl Signed {
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The file, to be kept and handed out byte for byte.
    pub fn to_file(&self) -> Vec<u8> {
        self.file.clone().into_bytes()
    }
}

/// A file cut along our layout. JSON strings hold no raw line feed and key and signature no quote,
/// so each cut can fall in one place only.
struct Parts<'a> {
    /// All that is signed.
    body: &'a str,
    document: &'a str,
    key: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(file: &'a str) -> Option<Self> {
        let (body, signature) = file.strip_suffix(END)?.rsplit_once(SIGNATURE)?;
        let (document, key) = body.strip_suffix(BEFORE_SIGNATURE)?.rsplit_once(KEY)?;
        Some(Self { body, document: document.strip_prefix(DOCUMENT)?, key, signature })
    }
}

enum Read {
    Known(Document),
    Newer(String),
}

/// Reads a document whose signature holds.
fn read(parts: &Parts, key: &PublicKey) -> Result<Read, Why> {
    let format = format_of(parts.document).ok_or(Why::BadDocument)?;
    if is_newer(&format) {
        return Ok(Read::Newer(format));
    }
    let document = serde_json::from_str(parts.document).map_err(|_| Why::BadDocument)?;
    if body(&document, key) != parts.body {
        return Err(Why::BadDocument);
    }
    Ok(Read::Known(document))
}

fn format_of(document: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(document).ok()?;
    json.get("format")?.as_str().map(str::to_owned)
}

/// What a file is that does not have our layout.
fn unlike_ours(text: &str) -> Verdict {
    let json: serde_json::Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            return Verdict::NotValid(Why::NotJson { line: error.line(), column: error.column() });
        }
    };
    match json.pointer("/document/format").and_then(|f| f.as_str()) {
        Some(format) if is_newer(format) => Verdict::CannotTell(WhyNot::NewerFormat { format: format.to_owned() }),
        Some(format) if FORMATS.contains(&format) => Verdict::NotValid(Why::Altered),
        Some(_) | None => Verdict::NotValid(Why::NotADocument),
    }
}

fn is_newer(format: &str) -> bool {
    format.starts_with("cease/") && !FORMATS.contains(&format)
}

/// The file up to the signature's line.
fn body(document: &Document, key: &PublicKey) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        document: &'a Document,
        key: String,
    }
    let key = key.to_string();
    let mut body =
        serde_json::to_string_pretty(&Body { document, key }).expect("strings, times and hex always serialise");
    body.truncate(body.len() - "\n}".len());
    body.push_str(",\n");
    body
}

fn message(body: &str) -> Vec<u8> {
    [DOMAIN, body.as_bytes()].concat()
}

#[cfg(test)]
pub(crate) mod tests;
