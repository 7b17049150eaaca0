//! The core of Cease: what a cancellation is, and what may happen to it.
//!
//! Pure calculation. There is no I/O here, no async, no clock, no randomness, no SQL and no text
//! for humans: the present, the rules and what the records say come in as arguments, so that every
//! decision can be replayed, enumerated and argued about. Start with [`decide`](decide::decide).

pub mod actor;
pub mod agency;
pub mod assure;
pub mod bill;
pub mod calendar;
pub mod card;
pub mod case;
pub mod command;
pub mod deadline;
pub mod decide;
pub mod declaration;
pub mod effect;
pub mod erasure;
pub mod eta;
pub mod event;
pub mod evolve;
pub mod id;
pub mod identify;
pub mod mask;
pub mod matching;
pub mod money;
pub mod need;
pub mod official;
pub mod parcel;
pub mod quote;
pub mod redact;
pub mod refusal;
pub mod risk;
pub mod rules;
pub mod saved;
pub mod sla;
pub mod thread;
pub mod tracking;
pub mod watch;
pub mod way;

pub use actor::{Actor, Assurance, Level, Role};
pub use agency::Agency;
pub use assure::{Deed, Needed};
pub use bill::{Bill, Charge, Statement};
pub use card::{CardRecord, CardState, Contract, Record, Subscription};
pub use case::{Case, Stage, Times};
pub use command::{Command, ProfileSeen};
pub use decide::{Decision, World, decide};
pub use declaration::{Channel, Declaration, Lang};
pub use effect::{Effect, Letter, Outcome, Owed};
pub use event::{Entry, Event};
pub use id::{AccountId, CardId, CaseRef, EffectId, FileId, MacroId, PendingId};
pub use matching::{Field, Person};
pub use money::{Money, MoneyError};
pub use need::{Cause, Flag, Need};
pub use quote::Quote;
pub use refusal::Refusal;
pub use risk::{Fact, Known, Seen};
pub use rules::Policy;
pub use saved::Saved;

pub use jiff::Timestamp;
