//! What must not be shown: a text in the configuration, or the file that has it. Neither printing nor
//! `cease config show` tells more than that there is one.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

/// `"text"`, or `{ file = "/run/secrets/name" }`, whose last line end does not count.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a text, or { file = \"…\" }")]
pub enum Secret {
    Text(String),
    File(InFile),
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFile {
    file: PathBuf,
}

impl Secret {
    /// Read once, when the desk starts.
    pub fn read(&self) -> Result<String, String> {
        match self {
            Secret::Text(text) => Ok(text.clone()),
            Secret::File(InFile { file }) => {
                let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
                let text = text.strip_suffix('\n').unwrap_or(&text);
                Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
            }
        }
    }

    fn shown(&self) -> String {
        match self {
            Secret::Text(_) => "•••".to_owned(),
            Secret::File(InFile { file }) => format!("••• in {}", file.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_prints_a_secret_shows_it() {
        let text: Secret = serde_json::from_str(r#""Bearer hunter2""#).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "hunter2\r\n").unwrap();
        let file: Secret = serde_json::from_value(serde_json::json!({ "file": path })).unwrap();
        assert_eq!((text.read().unwrap(), file.read().unwrap()), ("Bearer hunter2".into(), "hunter2".into()));
        for secret in [text, file] {
            assert!(!format!("{secret:?}").contains("hunter2"));
            assert!(!serde_json::to_string(&secret).unwrap().contains("hunter2"));
        }
        let gone: Secret = serde_json::from_str(r#"{"file":"/nowhere/key"}"#).unwrap();
        assert!(gone.read().unwrap_err().contains("/nowhere/key"));
        assert!(serde_json::from_str::<Secret>(r#"{"path":"x"}"#).is_err());
    }
}
