//! An osmo-hlr of the benchmark's own, on a loopback address that nobody listens at.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reach::element::osmo_hlr::Settings;

pub struct RunningHlr {
    child: Child,
    dir: PathBuf,
    address: String,
    pub version: String,
}

impl RunningHlr {
    pub fn start(folder: &str) -> Self {
        let id = std::process::id();
        let taken = |address: &String| {
            [4222, 4258, 4259].iter().any(|port| TcpStream::connect((address.as_str(), *port)).is_ok())
        };
        let address = (0..200).map(|n| format!("127.0.0.{}", 2 + (id + n) % 250)).find(|address| !taken(address));
        let address = address.expect("a free loopback address");
        let dir = PathBuf::from(format!("{folder}/cease-bench-hlr-{id}"));
        std::fs::create_dir_all(&dir).unwrap();
        let config = format!(
            "log stderr\n logging filter all 1\n logging level set-all error\nline vty\n bind {address}\nctrl\n bind {address}\n\
             hlr\n gsup\n  bind ip {address}\n"
        );
        std::fs::write(dir.join("hlr.cfg"), config).unwrap();
        let version = Command::new("osmo-hlr").arg("--version").output().expect("osmo-hlr (Debian's package)");
        let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
        let child = Command::new("osmo-hlr")
            .args(["-c", "hlr.cfg", "-l", "hlr.db"])
            .current_dir(&dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self { child, dir, address, version };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((running.address.as_str(), 4259)).is_err() {
            assert!(Instant::now() < until, "osmo-hlr does not answer");
            std::thread::yield_now();
        }
        running
    }

    /// Seconds of CPU: the element's and ours.
    pub fn cpu(&self) -> (f64, f64) {
        (cpu(&self.child.id().to_string()), cpu("self"))
    }

    /// Its database.
    pub fn db(&self) -> PathBuf {
        self.dir.join("hlr.db")
    }

    pub fn settings(&self) -> Settings {
        let door = |port: u16| format!("{}:{port}", self.address);
        Settings { ctrl: door(4259), vty: door(4258), gsup: door(4222), timeout_ms: 15_000, ..Settings::default() }
    }
}

/// Seconds of CPU that a process (`self`, or a number) has had.
pub fn cpu(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // User and system time, in hundredths.
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

impl Drop for RunningHlr {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
