//! stand-in until the branch lands
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identifier {
    Iccid(String),
}
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    Ok,
    Failed,
    None,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentifyRules {
    pub default_region: String,
}
