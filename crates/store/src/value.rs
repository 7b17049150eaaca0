//! What goes into a statement and what comes out of it, the same for both engines.

use case::Timestamp;

use crate::{Result, StoreError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Value::Int(at.as_microsecond())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::from(text.to_owned())
    }
}

impl From<String> for Value {
    /// PostgreSQL has no NUL in a text, so neither engine keeps one.
    fn from(text: String) -> Self {
        Value::Text(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text })
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Value::Blob(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Blob(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Record(pub Vec<Value>);

impl Record {
    pub fn int(&self, at: usize) -> Result<i64> {
        self.opt_int(at)?.ok_or_else(|| wrong("number", at))
    }

    pub fn opt_int(&self, at: usize) -> Result<Option<i64>> {
        match self.0.get(at) {
            Some(Value::Int(int)) => Ok(Some(*int)),
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_) | Value::Blob(_)) | None => Err(wrong("number", at)),
        }
    }

    pub fn time(&self, at: usize) -> Result<Timestamp> {
        self.opt_time(at)?.ok_or_else(|| wrong("time", at))
    }

    pub fn opt_time(&self, at: usize) -> Result<Option<Timestamp>> {
        let time = |us| Timestamp::from_microsecond(us).map_err(|why| corrupt("time", why));
        self.opt_int(at)?.map(time).transpose()
    }

    pub fn text(&self, at: usize) -> Result<&str> {
        self.opt_text(at)?.ok_or_else(|| wrong("text", at))
    }

    pub fn opt_text(&self, at: usize) -> Result<Option<&str>> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            Some(Value::Int(_) | Value::Blob(_)) | None => Err(wrong("text", at)),
        }
    }

    pub fn blob(&self, at: usize) -> Result<&[u8]> {
        match self.0.get(at) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            Some(Value::Null | Value::Int(_) | Value::Text(_)) | None => Err(wrong("bytes", at)),
        }
    }
}

fn wrong(what: &'static str, at: usize) -> StoreError {
    corrupt(what, format!("column {at} holds something else"))
}

pub(crate) fn corrupt(what: &'static str, why: impl ToString) -> StoreError {
    StoreError::Corrupt { what, why: why.to_string() }
}

/// As stored; what the domain keeps can always be written.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|why| StoreError::Engine(why.to_string()))
}

pub(crate) fn parse<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|why| corrupt(what, why))
}
