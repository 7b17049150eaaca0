//! How long which class of data is kept after an end, and why.

use serde::{Deserialize, Serialize};

/// Retention by class of data, in days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeping {}
