//! The machine's own limit, measured beside every run: what a durable write costs here and now.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::figures::Latencies;

const BLOCK: usize = 4096;

/// `fdatasync` of 4 KiB, one after the other.
pub struct Limits {
    /// At the end of a growing file.
    pub appends: f64,
    /// Over bytes that are there already, as SQLite's log does.
    pub overwrites: f64,
    /// Half of the overwrites took less.
    pub overwrite_p50_ms: f64,
}

impl Limits {
    pub fn measure(dir: &Path, each: Duration) -> anyhow::Result<Self> {
        let path = dir.join("limit.raw");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        let block = [0x5a; BLOCK];
        let mut at = 0;
        let start = Instant::now();
        while start.elapsed() < each {
            file.write_all_at(&block, at)?;
            file.sync_data()?;
            at += BLOCK as u64;
        }
        let (written, took) = (at / BLOCK as u64, start.elapsed());
        let mut latencies = Latencies::default();
        let start = Instant::now();
        while start.elapsed() < each {
            let begun = Instant::now();
            file.write_all_at(&block, (latencies.len() as u64 % written) * BLOCK as u64)?;
            file.sync_data()?;
            latencies.add(begun.elapsed());
        }
        let overwrites = latencies.len() as f64 / start.elapsed().as_secs_f64();
        std::fs::remove_file(path)?;
        Ok(Self {
            appends: written as f64 / took.as_secs_f64(),
            overwrites,
            overwrite_p50_ms: latencies.percentile(50.0),
        })
    }

    /// The mean of before and after.
    pub fn between(&self, other: &Self) -> Self {
        Self {
            appends: f64::midpoint(self.appends, other.appends),
            overwrites: f64::midpoint(self.overwrites, other.overwrites),
            overwrite_p50_ms: f64::midpoint(self.overwrite_p50_ms, other.overwrite_p50_ms),
        }
    }
}
