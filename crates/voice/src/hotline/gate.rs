//! How often one address is heard. A flood from one is not looked at, and nobody else notices.

use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses remembered: when there are more, those that have been quiet are forgotten.
const MOST: usize = 20_000;

pub struct Gate {
    a_second: u32,
    seen: HashMap<IpAddr, (f64, u64)>,
}

impl Gate {
    pub fn new(a_second: u32) -> Self {
        Self { a_second, seen: HashMap::new() }
    }

    /// Counts a message; false where it is one too many. Two seconds' worth may come at once.
    pub fn lets(&mut self, from: IpAddr, now: u64) -> bool {
        let rate = f64::from(self.a_second);
        if self.seen.len() >= MOST {
            self.seen.retain(|_, (_, last)| now.saturating_sub(*last) < 2_000);
            if self.seen.len() >= MOST {
                return false;
            }
        }
        let (left, last) = self.seen.entry(from).or_insert((rate * 2.0, now));
        *left = (*left + now.saturating_sub(*last) as f64 * rate / 1_000.0).min(rate * 2.0);
        *last = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_shuts_out_itself_only() {
        let mut gate = Gate::new(50);
        let (flood, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let let_in = (0..10_000).filter(|n| gate.lets(flood, n / 10)).count();
        assert!((100..=151).contains(&let_in), "{let_in}");
        assert!(gate.lets(other, 1_000));
        assert!(gate.lets(flood, 5_000));
        for n in 0..60_000_u32 {
            gate.lets(IpAddr::from(n.to_be_bytes()), 5_000);
        }
        assert!(gate.seen.len() <= MOST);
        assert!(gate.lets(other, 90_000));
    }
}
