//! The public log: an RFC 6962 tree whose heads are signed notes, served as tiles, witnessed by others.
//!
//! The formats are C2SP's: [signed notes](note), [checkpoints](checkpoint) and their cosignatures (Ed25519,
//! `cosignature/v1`), [tiles](tile) of height 8, and [proofs](ticket) as text (`c2sp.org/tlog-proof@v1`), so that the
//! tools of other logs read ours. Ours alone are the [leaf](leaf), the [key manifest](manifest) and the
//! [bundle](bundle) that joins a certificate with all that proves it, and the published [register of
//! channels](channels).
//!
//! Nothing here knows a clock, a disk or a network.

pub mod bundle;
pub mod channels;
pub mod checkpoint;
pub mod leaf;
pub mod manifest;
pub mod note;
mod text;
pub mod ticket;
pub mod tile;
pub mod tree;

pub use bundle::{Bundle, Check, Proven, Standing, Trust, Verdict};
pub use channels::{Channel, Channels, Published};
pub use checkpoint::Checkpoint;
pub use leaf::{Leaf, Mark};
pub use manifest::{Manifest, ManifestError, Role, Tenure};
pub use note::{Kind, Note, NoteError, NoteSignature, Opened, VerifierKey, Vouched};
pub use ticket::{Ticket, TicketError};
pub use tile::{Edge, TileAt, Tiles};
pub use tree::{Hash, Subtree, Subtrees};
