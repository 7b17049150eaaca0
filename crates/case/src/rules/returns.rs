//! Whether and how a card or device comes back: by when, at whose cost, and what happens when it does not.

use serde::{Deserialize, Serialize};

/// What the operator wants back, and how long it waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {}
