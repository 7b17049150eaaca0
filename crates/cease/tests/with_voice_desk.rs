//! A desk that is rung by real phones: SIPp plays captured keys, baresip presses its own and records what it hears.
//! What was heard is held against the sound that the desk has for it. All ring one desk, side by side. The
//! counterparts are ./test --only voice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::Value;

/// One that is free by UDP and TCP: a phone listens by both, and at the next one by TLS. It is taken a while later, by
/// another process, so it lies below the range from which the kernel lends ports to clients, and none is given twice.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let (n, start) = (NEXT.fetch_add(1, Ordering::Relaxed), (std::process::id() % 1_300) as u16);
        let port = 30_000 + 2 * ((start + n) % 1_300);
        let free =
            |port| UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 1) {
            return port;
        }
    }
}

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
    /// Where the phone of its agent is to be.
    phone: u16,
    /// Who waits for a code that was sent; of two that wait nobody could tell whose it is.
    code: Mutex<()>,
}

/// What was said once is kept between tests: making it takes a while.
fn kept() -> PathBuf {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("voice");
    std::fs::create_dir_all(&kept).unwrap();
    kept
}

static DESK: Mutex<Weak<Desk>> = Mutex::new(Weak::new());

impl Desk {
    /// The one that others ring already, or one that is opened now. It goes with the last of them.
    fn shared() -> Arc<Self> {
        let mut there = DESK.lock().unwrap_or_else(PoisonError::into_inner);
        there.upgrade().unwrap_or_else(|| {
            let desk = Arc::new(Self::open());
            *there = Arc::downgrade(&desk);
            desk
        })
    }

    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // A demonstration's, as its folder says: no other is taken with something in it.
        std::fs::write(dir.path().join("made-up"), "").unwrap();
        std::os::unix::fs::symlink(kept(), dir.path().join("voice")).unwrap();
        // Somebody is there at any hour.
        let rules = dir.path().join("always.toml");
        std::fs::write(&rules, "name = \"always\"\nextends = \"uk\"\ncalendar = \"always\"\n").unwrap();
        let phone = free_port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cease"))
            .args(["demo", "--port", "0", "--json", "--voice", "--no-history"])
            .args(["--phone", &format!("sip:lin@127.0.0.1:{phone}")])
            .args([Path::new("--rules"), &rules, Path::new("--data"), dir.path()])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_cease"))
            .env("CEASE_DESK__DATA", dir.path())
            .args(["voice", "prompts", "--make"])
            .arg(dir.path().join("clips"))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        let said = serde_json::from_str(&line).unwrap();
        Self { _running: Running(child), said, dir, phone, code: Mutex::new(()) }
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

    /// The one-time codes that were sent by text, as the line has them by which browsers fill them in.
    fn codes(&self) -> Vec<String> {
        let page = self.page("/demo");
        let lines = page.split("@127.0.0.1").skip(1).filter_map(|rest| rest.split_once('#'));
        let found = lines.map(|(_, rest)| rest.chars().take(6).collect::<String>());
        found.filter(|code| code.chars().all(|c| c.is_ascii_digit())).collect()
    }

    /// The cases about a card, of which a list shows the end of its number.
    fn cases(&self, card: &str) -> Vec<Value> {
        let out = Command::new(env!("CARGO_BIN_EXE_cease"))
            .env("CEASE_DESK__DATA", self.dir.path())
            .args(["case", "list", "--json"])
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let end = &card[card.len() - 4..];
        all.filter(|case| case["card"]["number"].as_str().is_some_and(|number| number.ends_with(end))).collect()
    }

    fn card(&self, n: usize) -> String {
        self.said["cards"][n]["iccid"].as_str().unwrap().to_owned()
    }

    /// What the desk has for a prompt, at 8 kHz.
    fn clip(&self, name: &str) -> Vec<f32> {
        let clip = wav(&self.dir.path().join("clips").join(format!("{name}.wav")));
        assert!(!clip.is_empty(), "there is no {name}");
        clip
    }
}

fn wav(path: &Path) -> Vec<f32> {
    let read = std::fs::read(path).ok().and_then(|bytes| voice::media::wav::read(&bytes).ok());
    read.unwrap_or_default().into_iter().map(f32::from).collect()
}

/// Samples of a step in which loudness is looked at first.
const STEP: usize = 80;

fn loudness(samples: &[f32]) -> Vec<f32> {
    samples.chunks(STEP).map(|step| step.iter().map(|s| s * s).sum::<f32>().sqrt()).collect()
}

/// How alike two pieces of the same length are: 1 is the same.
fn alike(one: &[f32], other: &[f32]) -> f32 {
    let power = |of: &[f32]| of.iter().map(|s| s * s).sum::<f32>().sqrt();
    one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>() / (power(one) * power(other)).max(1.0)
}

/// Samples that are left out where many places are compared.
const SPARSE: usize = 8;

/// How well a clip fits at its best place in what was heard. Where it may be is found by loudness, then by some of its
/// samples, and the best of those places are looked at sample by sample.
fn fit(heard: &[f32], clip: &[f32]) -> f32 {
    let (all, own) = (loudness(heard), loudness(clip));
    let places = 0..all.len().saturating_sub(own.len());
    let mut places: Vec<(usize, f32)> = places.map(|at| (at, alike(&all[at..at + own.len()], &own))).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let sparse = |of: &[f32]| of.iter().step_by(SPARSE).copied().collect::<Vec<_>>();
    let few = sparse(clip);
    let near = places.iter().take(40).flat_map(|(at, _)| {
        let at = at * STEP;
        at.saturating_sub(STEP)..at + STEP
    });
    let part = |from: usize| heard.get(from..from + clip.len());
    let mut best: Vec<(usize, f32)> =
        near.filter_map(|from| part(from).map(|part| (from, alike(&sparse(part), &few)))).collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    best.into_iter().take(20).filter_map(|(from, _)| part(from)).map(|part| alike(part, clip)).fold(0.0, f32::max)
}

/// A second of a prompt is enough to know it.
fn beginning(clip: &[f32]) -> &[f32] {
    &clip[..clip.len().min(8_000)]
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
    running: Running,
    control: TcpStream,
    /// What it has said of itself.
    said: String,
    commands: usize,
    dir: tempfile::TempDir,
}

/// Between two keys: a thumb is no quicker, and the phone has to have sent the first.
const THUMB: Duration = Duration::from_millis(180);

impl Phone {
    /// A caller's: it says nothing.
    fn new() -> Self {
        Self::at(free_port(), "caller", &[0; 8_000])
    }

    /// One at this port that says this over and over, and, but for a caller's, answers whoever rings.
    fn at(sip: u16, user: &str, says: &[i16]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let control = free_port();
        let mouth = dir.path().join("mouth.wav");
        let ten_minutes: Vec<i16> = says.iter().copied().cycle().take(8_000 * 600).collect();
        std::fs::write(&mouth, voice::media::wav::write(&ten_minutes)).unwrap();
        let config = format!(
            "module_path {}\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
             module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n\
             sip_listen 127.0.0.1:{sip}\naudio_player aubridge,nil\naudio_source aufile,{}\nsnd_path {}\n\
             rtp_ports 41000-42000\n",
            var("CEASE_TEST_BARESIP"),
            mouth.display(),
            dir.path().display(),
        );
        std::fs::write(dir.path().join("config"), config).unwrap();
        let answers = if user == "caller" { "manual" } else { "auto" };
        let account = format!("<sip:{user}@127.0.0.1>;regint=0;audio_codecs=PCMA,PCMU;answermode={answers}\n");
        std::fs::write(dir.path().join("accounts"), account).unwrap();
        std::fs::write(dir.path().join("contacts"), "").unwrap();
        let log = dir.path().join("log");
        let told = std::fs::File::create(&log).unwrap();
        let child = Command::new("baresip")
            .arg("-f")
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(told.try_clone().unwrap())
            .stderr(told)
            .spawn()
            .unwrap();
        let mut running = Running(child);
        let control = until("the phone starts", 60, || {
            let ended = running.0.try_wait().unwrap();
            assert!(ended.is_none(), "{user}'s phone: {ended:?}\n{}", std::fs::read_to_string(&log).unwrap());
            TcpStream::connect(("127.0.0.1", control)).ok()
        });
        control.set_read_timeout(Some(THUMB)).unwrap();
        Self { running, control, said: String::new(), commands: 0, dir }
    }

    /// Takes down what the phone says, which must be read or it stops; for no longer than a thumb takes.
    fn listen(&mut self) {
        let mut bytes = [0; 4_096];
        if let Ok(n) = self.control.read(&mut bytes) {
            self.said.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    }

    fn tell(&mut self, command: &str, params: &str) {
        self.commands += 1;
        let token = format!("t{}", self.commands);
        let json = format!("{{\"command\":\"{command}\",\"params\":\"{params}\",\"token\":\"{token}\"}}");
        write!(self.control, "{}:{json},", json.len()).unwrap();
        let answer = format!("\"{token}\"");
        until("the phone does not obey", 20, || {
            self.listen();
            self.said.contains(&answer).then_some(())
        });
    }

    fn says(&mut self, what: &str, seconds: u64) {
        until(what, seconds, || {
            self.listen();
            self.said.contains(what).then_some(())
        });
    }

    fn rings(&mut self, sip: &str) {
        self.tell("dial", sip);
        self.says("CALL_ESTABLISHED", 20);
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.tell("sndcode", &key.to_string());
            let end = Instant::now() + THUMB;
            while Instant::now() < end {
                self.listen();
            }
        }
    }

    /// What is being recorded of what it hears, in its newest call.
    fn recording(&self) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        let heard = files.filter(|path| path.to_string_lossy().ends_with("-dec.wav"));
        heard.max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok())
    }

    /// Waits until that prompt is being said.
    fn hears(&mut self, desk: &Desk, prompt: &str) {
        self.hears_sound(prompt, &desk.clip(prompt));
    }

    fn hears_sound(&mut self, what: &str, clip: &[f32]) {
        until(&format!("{what} is never said"), 60, || {
            self.listen();
            // A file that is still written has no length in its head: samples stand behind 44 bytes.
            let bytes = std::fs::read(self.recording()?).ok()?;
            let samples = bytes.get(44..)?.chunks_exact(2);
            let heard: Vec<f32> = samples.map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]]))).collect();
            let last = &heard[heard.len().saturating_sub(8_000 * 4)..];
            (fit(last, beginning(clip)) > 0.85).then_some(())
        });
    }

    /// Stays until the desk hangs up; answers everything that was heard.
    fn stays(mut self) -> Vec<f32> {
        self.says("CALL_CLOSED", 180);
        let recording = self.recording().unwrap();
        drop(self.running);
        wav(&recording)
    }
}

/// A proven holder cancels, listened to by a phone.
fn cancels(tag: &str, key: &str, n: usize) {
    let desk = Desk::shared();
    let card = desk.card(n);
    let before = desk.cases(&card).len();
    let mut phone = Phone::new();
    phone.rings(&desk.sip());
    // A key into an announcement (9) cuts it short and means nothing else.
    phone.keys(key);
    phone.keys("91");
    phone.keys(&card);
    phone.keys("#1");
    phone.hears(&desk, &format!("{tag}/ask-proof"));
    let code = {
        let _alone = desk.code.lock().unwrap_or_else(PoisonError::into_inner);
        let old = desk.codes();
        phone.keys("1");
        until("the code is never sent", 30, || desk.codes().into_iter().find(|code| !old.contains(code)))
    };
    phone.hears(&desk, &format!("{tag}/ask-code"));
    phone.keys(&code);
    phone.hears(&desk, &format!("{tag}/proven"));
    phone.keys("91");
    phone.hears(&desk, &format!("{tag}/earliest-1"));
    phone.keys("9");
    phone.hears(&desk, &format!("{tag}/press-to-declare"));
    phone.keys("1");
    let case = until("no case was declared", 30, || Some(desk.cases(&card)).filter(|cases| cases.len() > before));
    assert_eq!(case.len(), before + 1);
    phone.hears(&desk, &format!("{tag}/anything-else"));
    phone.keys("2");
    let heard = phone.stays();
    let loudest = heard.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
    let speech = heard.chunks(160).filter(|frame| frame.iter().any(|s| s.abs() > 600.0)).count();
    assert!((8_000.0..32_000.0).contains(&loudest), "it is neither faint nor cut off: {loudest}");
    assert!(speech > 50 * 10 && speech * 4 > heard.len() / 160, "it is speech: {speech} of {}", heard.len() / 160);
    let reference = case[0]["reference"].as_str().unwrap().to_owned();
    for prompt in ["declared-1", "reference-again-1", "written-too", "anything-else", "goodbye"] {
        let fit = fit(&heard, beginning(&desk.clip(&format!("{tag}/{prompt}"))));
        assert!(fit > 0.85, "{tag}/{prompt} is not what was heard: {fit}");
    }
    // And nothing that was not said, to its end: many sentences begin alike.
    for prompt in ["not-stored", "unreadable", "no-case"] {
        let fit = fit(&heard, &desk.clip(&format!("{tag}/{prompt}")));
        assert!(fit < 0.6, "{tag}/{prompt} was never said: {fit}");
    }
    // The reference, character by character.
    let lang = voice::speak::Lang::from_tag(tag).unwrap();
    for word in voice::speak::words(lang, &voice::speak::Value::Spelt(reference)) {
        if let voice::speak::Word::Say(text) = word {
            let fit = fit(&heard, &desk.clip(&format!("{tag}/words/{text}")));
            assert!(fit > 0.85, "{tag}/words/{text} is not what was heard: {fit}");
        }
    }
}

#[test]
fn a_softphone_cancels_a_card_in_chinese() {
    cancels("zh-CN", "1", 0);
}

#[test]
fn a_softphone_cancels_a_card_in_english() {
    cancels("en", "2", 1);
}

/// Two people who talk to each other: each hears what the other says, until the caller hangs up. Answers the
/// caller's phone.
fn talk(desk: &Desk, sip: &str, agent: u16) -> Phone {
    let (agent_says, caller_says) = (desk.clip("en/reference-again-1"), desk.clip("zh-CN/reference-again-1"));
    let samples = |of: &[f32]| of.iter().map(|s| *s as i16).collect::<Vec<_>>();
    let mut agent = Phone::at(agent, "lin", &samples(&agent_says));
    let mut caller = Phone::at(free_port(), "caller", &samples(&caller_says));
    caller.rings(sip);
    caller.keys("290");
    agent.says("CALL_ESTABLISHED", 60);
    caller.hears_sound("what the agent says", &agent_says);
    agent.hears_sound("what the caller says", &caller_says);
    caller.tell("hangup", "");
    agent.says("CALL_CLOSED", 20);
    caller
}

#[test]
fn a_softphone_at_the_desk_takes_a_call() {
    let desk = Desk::shared();
    let caller = talk(&desk, &desk.sip(), desk.phone);
    assert!(!caller.said.contains("TRANSFER"), "{}", caller.said);
}

/// The caller's own phone rings the desk's, because it was asked to (REFER), and lets go of the hotline.
#[test]
fn a_caller_s_phone_is_handed_over_to_the_desk_s() {
    let desk = Desk::shared();
    let (sip, agent, dir) = (free_port(), free_port(), tempfile::tempdir().unwrap());
    let config = format!(
        "[desk]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[rules]\npack = {:?}\n\
         [voice]\nlisten = \"127.0.0.1:{sip}\"\npeers = [\"127.0.0.1/32\"]\ntransfer = \"refer\"\n\
         [[voice.agents]]\nuri = \"sip:lin@127.0.0.1:{agent}\"\n",
        dir.path(),
        desk.dir.path().join("always.toml"),
    );
    let file = dir.path().join("cease.toml");
    std::fs::write(&file, config).unwrap();
    std::os::unix::fs::symlink(kept(), dir.path().join("voice")).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cease"));
        command.arg("--config").arg(&file).args(args).stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    assert!(run(&["migrate"]).status().unwrap().success());
    let _serving = Running(run(&["voice", "serve"]).spawn().unwrap());
    // It is there once nobody else can be.
    until("the hotline listens", 60, || UdpSocket::bind(("127.0.0.1", sip)).is_err().then_some(()));
    let caller = talk(&desk, &format!("sip:hotline@127.0.0.1:{sip}"), agent);
    assert!(caller.said.contains("TRANSFER"), "it was put through here: {}", caller.said);
}

/// Keys as a network has sent them, each a capture of its own.
#[test]
fn captured_keys_declare_without_a_code() {
    let desk = Desk::shared();
    let card = desk.card(2);
    let before = desk.cases(&card).len();
    // A key into an announcement cuts it short and means nothing else.
    let keys = format!("2 9 1 {} # 1 3 9 1 9 1", card.chars().map(|c| format!("{c} ")).collect::<String>());
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
    let cases = until("no case was declared", 20, || Some(desk.cases(&card)).filter(|cases| cases.len() > before));
    assert_eq!(cases.len(), before + 1);
}
