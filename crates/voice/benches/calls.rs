//! How many calls at once: `cargo bench -p voice -- [calls] [seconds]`. A hotline that talks all the time is rung by
//! SIPp (sip-tester), each call with sound of its own. Said at the end: packets sent, late (more than 5 ms behind their
//! time) and lost, and what share of one core the thread for sound took.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use voice::hotline::{Happening, Hotline, Settings};
use voice::media::engine::Stats;
use voice::media::tones::tone;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let (calls, seconds) = (numbers.first().copied().unwrap_or(500), numbers.get(1).copied().unwrap_or(20));
    let settings = Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        advertise: "127.0.0.1".parse().expect("an address"),
        user: "hotline".into(),
        peers: vec!["127.0.0.0/8".parse().expect("a network")],
        logins: Vec::new(),
        registrar: None,
        ports: 40_000..=49_999,
        most_calls: calls * 2,
        most_from_one: calls * 2,
        messages_a_second: 10_000,
        secret: [7; 32],
    };
    let mut seed = 1_u64;
    let chance = Box::new(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed
    });
    let (hotline, mut happenings) = Hotline::start(settings, chance).await.expect("it starts");
    let scenario = std::env::temp_dir().join(format!("cease-calls-{}.xml", std::process::id()));
    std::fs::write(&scenario, caller(seconds)).expect("a file");
    let mut sipp = Command::new("sipp")
        .arg(hotline.at.to_string())
        .args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-r", "50", "-sf"])
        .arg(&scenario)
        .args(["-m", &calls.to_string(), "-l", &calls.to_string(), "-timeout", &(seconds * 4 + 60).to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("SIPp is installed");
    let speech: Arc<[i16]> = tone('5', 8_000, 3_000.0).into();
    let (mut most, mut over, mut keys, mut watched) = (0, 0, 0_u64, None);
    let began = Instant::now();
    while over < calls && began.elapsed() < Duration::from_secs((seconds * 4 + 60) as u64) {
        let Ok(Some(happening)) = tokio::time::timeout(Duration::from_secs(1), happenings.recv()).await else {
            continue;
        };
        match happening {
            Happening::Rings { call, .. } => {
                hotline.take(call);
                hotline.round(call, speech.clone());
            }
            Happening::Ended { .. } => over += 1,
            Happening::Key { .. } => keys += 1,
            Happening::Said { .. }
            | Happening::Taken { .. }
            | Happening::Held { .. }
            | Happening::Referred { .. }
            | Happening::Recorded { .. }
            | Happening::Registered { .. } => {}
        }
        most = most.max(hotline.calls());
        if hotline.calls() >= calls && watched.is_none() {
            watched = Some((Instant::now(), Stats::get(&hotline.stats().work)));
        }
    }
    let failed = !sipp.wait().expect("SIPp ends").success();
    let _ = std::fs::remove_file(&scenario);
    let stats = hotline.stats();
    let (sent, late) = (Stats::get(&stats.sent), Stats::get(&stats.late));
    let share = watched.map_or(0.0, |(from, work)| {
        (Stats::get(&stats.work) - work) as f64 / from.elapsed().as_micros() as f64 * 100.0
    });
    let line = format!(
        "{most} calls at once, {over} ended{}; {sent} packets sent, {late} late ({:.3} %), the latest by {:.1} ms; \
         {} received, {} lost, {} from elsewhere; {keys} keys heard; sound took {share:.0} % of a core",
        if failed { ", and SIPp says that some failed" } else { "" },
        late as f64 * 100.0 / sent.max(1) as f64,
        Stats::get(&stats.worst) as f64 / 1_000.0,
        Stats::get(&stats.received),
        Stats::get(&stats.lost),
        Stats::get(&stats.dropped),
    );
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A caller who says something for so long; the capture that SIPp brings is eight seconds.
fn caller(seconds: usize) -> String {
    let text = include_str!("../../cease/tests/voice/caller.xml");
    let sound = "<nop><action><exec play_pcap_audio=\"/usr/share/sip-tester/g711a.pcap\"/></action></nop>\n\
                 <pause milliseconds=\"8000\"/>\n";
    text.replace("RTP/AVP 0 101", "RTP/AVP 8 101").replace("<!-- keys -->", &sound.repeat(seconds.div_ceil(8)))
}
