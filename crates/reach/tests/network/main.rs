//! The connectors that speak HTTP, against counterparts on this machine: peers that mean no good, and
//! fakes of a core network, of PyHSS, of an SM-DP+ and of billing, written from what is known of them. One suite of
//! laws for all ([`laws`]).

mod billing;
mod client;
mod core;
mod killbill;
mod laws;
mod oidc;
mod peer;
mod pyhss;
mod sim_swap;
mod smdp;
