//! The connectors that speak HTTP, against counterparts on this machine: peers that mean no good, and
//! fakes of a core network, of PyHSS and of an SM-DP+, written from what is known of them. One suite of
//! laws for all ([`laws`]).

mod client;
mod core;
mod laws;
mod oidc;
mod peer;
mod pyhss;
mod sim_swap;
mod smdp;
