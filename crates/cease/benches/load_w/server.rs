//! The server as a process of its own, and what the kernel says of it.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::http::Client;

pub struct Server {
    child: Child,
    /// From exec to the first "ready".
    pub ready_in: Duration,
}

impl Server {
    /// Starts `cease serve` with the configuration in `dir`, on one core where `core` names it.
    pub async fn start(dir: &Path, address: SocketAddr, core: Option<usize>) -> anyhow::Result<Self> {
        let exe = env!("CARGO_BIN_EXE_cease");
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string(), exe]);
                command
            }
            None => Command::new(exe),
        };
        let log = File::options().create(true).append(true).open(dir.join("server.log"))?;
        command.arg("serve").arg("--config").arg(dir.join("cease.toml"));
        command.env_remove("CEASE_CONFIG").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let begun = Instant::now();
        let mut child = command.spawn().context("cease serve")?;
        loop {
            if let Ok(mut client) = Client::connect(address).await
                && client.get("/readyz", "").await.is_ok_and(|a| a.status == 200)
            {
                return Ok(Self { child, ready_in: begun.elapsed() });
            }
            if let Some(status) = child.try_wait()? {
                bail!("cease serve ended with {status}; see {}", dir.join("server.log").display());
            }
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("cease serve is not ready");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    }

    /// A field of /proc/PID/status in MiB, such as `VmHWM`.
    pub fn memory(&self, field: &str) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(':')).context("no such field")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// Processor seconds used so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after = text.rsplit_once(") ").context("stat")?.1;
        let fields: Vec<&str> = after.split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        // USER_HZ is 100 wherever Linux runs.
        Ok(ticks as f64 / 100.0)
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > Duration::from_secs(15) {
                self.child.kill()?;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already where it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody uses now.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
