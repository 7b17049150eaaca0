//! How the way through the counter looks: what the buttons say, what may be asked, what stands in front of the
//! declaration. Law differs in this most of all (§ 312k BGB, L215-1-1 code de la consommation, Ofcom C1 and C7), so
//! that it is data.

use serde::{Deserialize, Serialize};

/// What the pages of the counter must and may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journey {}
