//! The sound of calls: G.711 in RTP, keys as events and as tones, and one thread that sends for all calls at the
//! same beat. What reads hostile bytes is pure; sockets are in [`engine`] only.

pub mod engine;
pub mod g711;
pub mod jitter;
mod leg;
pub mod rtp;
pub mod tones;
pub mod wav;

/// Samples a second, and in a packet of 20 ms.
pub const RATE: u32 = 8_000;
pub const FRAME: usize = 160;
