//! A desk that is rung by real phones: SIPp plays captured keys, baresip presses its own and records what it hears.
//! What was heard is held against the sound that the desk has for it. The counterparts are ./test --only voice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn var(name: &str) -> String {
    std::env::var(name).expect("run ./test --only voice")
}

/// Killed when it goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The demonstration with its hotline.
struct Desk {
    _running: Running,
    said: Value,
    dir: tempfile::TempDir,
}

impl Desk {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // What was said once is kept between tests: making it takes half a minute.
        let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("voice");
        std::fs::create_dir_all(&kept).unwrap();
        std::os::unix::fs::symlink(&kept, dir.path().join("voice")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cease"))
            .args(["demo", "--port", "0", "--json", "--voice", "--no-history", "--data"])
            .arg(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { _running: Running(child), said: serde_json::from_str(&line).unwrap(), dir }
    }

    fn sip(&self) -> String {
        self.said["sip"].as_str().unwrap().to_owned()
    }

    /// A page of the desk, as text.
    fn page(&self, path: &str) -> String {
        let host = self.said["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The newest one-time code that was sent.
    fn code(&self) -> Option<String> {
        let page = self.page("/demo");
        let runs = page.split(|c: char| !c.is_ascii_digit());
        runs.into_iter().find(|run| run.len() == 6 && *run != "000000").map(str::to_owned)
    }

    fn cases(&self) -> Vec<Value> {
        let out = Command::new(env!("CARGO_BIN_EXE_cease"))
            .env("CEASE_DESK__DATA", self.dir.path())
            .args(["case", "list", "--json"])
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn card(&self, n: usize) -> String {
        self.said["cards"][n]["iccid"].as_str().unwrap().to_owned()
    }

    /// What the desk has for a prompt, at 8 kHz.
    fn clip(&self, name: &str) -> Vec<f32> {
        let out = self.dir.path().join("clips");
        if !out.exists() {
            let made = Command::new(env!("CARGO_BIN_EXE_cease"))
                .env("CEASE_DESK__DATA", self.dir.path())
                .args(["voice", "prompts", "--make"])
                .arg(&out)
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(made.success());
        }
        wav(&out.join(format!("{name}.wav")))
    }
}

fn wav(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let samples = bytes.get(44..).unwrap_or_default().chunks_exact(2);
    samples.map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]]))).collect()
}

/// How well a clip fits at its best place in what was heard: 1 is the same. Its first second is enough.
fn fit(heard: &[f32], clip: &[f32]) -> f32 {
    let clip = &clip[..clip.len().min(8_000)];
    let own: f32 = clip.iter().map(|s| s * s).sum::<f32>().sqrt();
    let mut best = 0.0_f32;
    for from in 0..heard.len().saturating_sub(clip.len()) {
        let part = &heard[from..from + clip.len()];
        let power: f32 = part.iter().map(|s| s * s).sum::<f32>().sqrt();
        if power > own / 4.0 {
            best = best.max(part.iter().zip(clip).map(|(a, b)| a * b).sum::<f32>() / (power * own));
        }
    }
    best
}

fn until<T>(what: &str, seconds: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        // Nothing tells us: the next look is as good as the last.
        let (socket, wait) = (UdpSocket::bind("127.0.0.1:0").unwrap(), Some(Duration::from_millis(200)));
        socket.set_read_timeout(wait).unwrap();
        let _ = socket.recv(&mut [0]);
    }
}

/// A softphone of its own, without a window, that keeps what it hears.
struct Phone {
    _running: Running,
    control: TcpStream,
    heard: PathBuf,
    _dir: tempfile::TempDir,
}

impl Phone {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let free = |tcp: bool| match tcp {
            true => TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(),
            false => UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(),
        };
        let (control, sip) = (free(true), free(false));
        let (heard, quiet) = (dir.path().join("heard.wav"), dir.path().join("quiet.wav"));
        std::fs::write(&quiet, voice::media::wav::write(&vec![0; 8_000 * 600])).unwrap();
        let config = format!(
            "module_path {}\nmodule g711.so\nmodule aufile.so\nmodule_app account.so\nmodule_app menu.so\n\
             module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\nsip_listen 127.0.0.1:{sip}\n\
             audio_player aufile,{}\naudio_source aufile,{}\naudio_alert aufile,/dev/null\n\
             rtp_ports 41000-42000\ncall_max_calls 1\n",
            var("CEASE_TEST_BARESIP"),
            heard.display(),
            quiet.display(),
        );
        std::fs::write(dir.path().join("config"), config).unwrap();
        std::fs::write(dir.path().join("accounts"), "<sip:caller@127.0.0.1>;regint=0;audio_codecs=PCMA,PCMU\n")
            .unwrap();
        std::fs::write(dir.path().join("contacts"), "").unwrap();
        let child = Command::new("baresip")
            .arg("-f")
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let running = Running(child);
        let control = until("the phone starts", 20, || TcpStream::connect(("127.0.0.1", control)).ok());
        Self { _running: running, control, heard, _dir: dir }
    }

    fn tell(&mut self, command: &str, params: &str) {
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\",\"token\":\"t\"}}");
        write!(self.control, "{}:{json},", json.len()).unwrap();
        // What it answers must be read, or it stops.
        self.control.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut bytes = [0; 4_096];
        while self.control.read(&mut bytes).is_ok_and(|n| n == bytes.len()) {}
    }

    /// Waits until a prompt has been heard after `from`; answers where what is heard next begins.
    fn hears(&self, desk: &Desk, prompt: &str, from: usize) -> usize {
        let clip = desk.clip(prompt);
        assert!(clip.len() > 3_000, "{prompt}");
        let best = std::cell::Cell::new(0.0);
        until(&format!("{prompt} is never heard ({})", best.get()), 60, || {
            let heard = wav(&self.heard);
            let part = heard.get(from..)?;
            best.set(fit(part, &clip));
            (best.get() > 0.8).then_some(heard.len())
        })
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.tell("sndcode", &key.to_string());
        }
    }
}

/// By a proven holder, in both languages, listened to from beginning to end.
#[test]
fn a_softphone_cancels_a_card_in_chinese_and_in_english() {
    let desk = Desk::open();
    for (n, (key, tag)) in [("1", "zh-CN"), ("2", "en")].into_iter().enumerate() {
        let mut phone = Phone::new();
        phone.tell("dial", &desk.sip());
        let prompt = |name: &str| format!("{tag}/{name}");
        let mut at = phone.hears(&desk, &format!("{}/welcome", if n == 0 { "zh-CN" } else { "en" }), 0);
        phone.keys(key);
        at = phone.hears(&desk, &prompt("never-ask"), at.saturating_sub(8_000));
        phone.keys("9");
        at = phone.hears(&desk, &prompt("main"), at.saturating_sub(8_000));
        phone.keys("1");
        at = phone.hears(&desk, &prompt("ask-number"), at.saturating_sub(8_000));
        let before = desk.code();
        phone.keys(&desk.card(n));
        phone.keys("#");
        at = phone.hears(&desk, &prompt("read-back-1"), at);
        phone.keys("1");
        at = phone.hears(&desk, &prompt("ask-proof"), at);
        phone.keys("1");
        at = phone.hears(&desk, &prompt("ask-code"), at);
        let code = until("the code is never sent", 20, || desk.code().filter(|code| Some(code) != before.as_ref()));
        phone.keys(&code);
        at = phone.hears(&desk, &prompt("ask-backup"), at);
        phone.keys("1");
        at = phone.hears(&desk, &prompt("press-to-declare"), at);
        let count = desk.cases().len();
        phone.keys("1");
        phone.hears(&desk, &prompt("declared-1"), at);
        let cases = desk.cases();
        assert_eq!(cases.len(), count + 1);
        let heard = wav(&phone.heard);
        let loudest = heard.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
        let speech = heard.chunks(160).filter(|frame| frame.iter().any(|s| s.abs() > 600.0)).count();
        assert!((8_000.0..32_000.0).contains(&loudest), "it is neither faint nor cut off: {loudest}");
        assert!(speech * 3 > heard.len() / 160, "it is speech for a good part of the call: {speech}");
        phone.tell("hangup", "");
    }
}

/// Keys as a network has sent them, each a capture of its own.
#[test]
fn captured_keys_declare_without_a_code() {
    let desk = Desk::open();
    let before = desk.cases().len();
    // A key into an announcement cuts it short and means nothing else.
    let keys = format!("2 9 1 {} # 1 3 9 1 9 1", desk.card(2).chars().map(|c| format!("{c} ")).collect::<String>());
    let dir = tempfile::tempdir().unwrap();
    let captures = var("CEASE_TEST_CAPTURES");
    let played: String = keys
        .split_whitespace()
        .map(|key| {
            let name = if key == "#" { "pound" } else { key };
            format!(
                "<nop><action><exec play_pcap_audio=\"{captures}/dtmf_2833_{name}.pcap\"/></action></nop>\n<pause milliseconds=\"1200\"/>\n"
            )
        })
        .collect();
    let scenario = include_str!("voice/caller.xml").replace("<!-- keys -->", &played);
    let file = dir.path().join("caller.xml");
    std::fs::write(&file, scenario).unwrap();
    let target = desk.sip().trim_start_matches("sip:hotline@").to_owned();
    let out = Command::new("sipp")
        .current_dir(dir.path())
        .args([target.as_str(), "-sf", file.to_str().unwrap(), "-m", "1", "-i", "127.0.0.1", "-mi", "127.0.0.1"])
        .args(["-timeout", "120", "-nostdin"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    let cases = until("no case was declared", 20, || Some(desk.cases()).filter(|cases| cases.len() > before));
    assert_eq!(cases.len(), before + 1);
}
