//! Chance from a seed: the same history on every machine.

use jiff::SignedDuration;

/// SplitMix64: small, fast, and good enough to make up a history with.
#[derive(Clone, Debug)]
pub struct Lots(u64);

impl Lots {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `n` - 1; zero where `n` is.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.bits() % n as u64) as usize }
    }

    pub fn percent(&mut self, n: usize) -> bool {
        self.below(100) < n
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// The place of a weight, as often as the weights say.
    pub fn weighed(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum::<u32>() as usize) as u32;
        for (at, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return at;
            }
            rest -= weight;
        }
        0
    }

    pub fn minutes(&mut self, from: i64, to: i64) -> SignedDuration {
        let seconds = (to - from).max(0) as usize * 60;
        SignedDuration::from_mins(from) + SignedDuration::from_secs(self.below(seconds + 1) as i64)
    }

    pub fn hours(&mut self, from: i64, to: i64) -> SignedDuration {
        self.minutes(from * 60, to * 60)
    }

    /// As people's work takes: half within `median` minutes, one in ten more than three and a half times that.
    pub fn work(&mut self, median: f64) -> SignedDuration {
        // Twelve draws are as good as a normal distribution here.
        let normal: f64 = (0..12).map(|_| self.below(10_000) as f64 / 10_000.0).sum::<f64>() - 6.0;
        SignedDuration::from_secs((median * 60.0 * normal.exp()) as i64)
    }
}
