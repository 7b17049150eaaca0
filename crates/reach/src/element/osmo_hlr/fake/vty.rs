//! The fake's VTY. As on a real one, `\r` ends a line as well as `\n` does.

use tokio::net::TcpStream;

use super::super::gsup::{Kind, Message};
use super::super::imsi::Imsi;
use super::{Door, Shared, World, more};

const GREETING: &[u8] = b"A fake OsmoHLR, not a real one\r\n\xff\xfb\x01\xff\xfb\x03\xff\xfe\x22\xff\xfd\x1fFakeHLR> ";

pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) {
    if shared.say(Door::Vty, &mut stream, GREETING).await.is_break() {
        return;
    }
    let (mut heard, mut enabled) = (Vec::new(), false);
    while more(&mut stream, &mut heard).await {
        while let Some(end) = heard.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let line: Vec<u8> = heard.drain(..=end).collect();
            let command = String::from_utf8_lossy(&line[..end]).into_owned();
            enabled |= command == "enable";
            let said = run(&mut shared.world(), &command, enabled);
            let said =
                format!("{command}\r\n{}FakeHLR{} ", said.replace('\n', "\r\n"), if enabled { '#' } else { '>' });
            if shared.say(Door::Vty, &mut stream, said.as_bytes()).await.is_break() {
                return;
            }
        }
    }
}

fn run(world: &mut World, command: &str, enabled: bool) -> String {
    let words: Vec<_> = command.split_whitespace().collect();
    match words[..] {
        [] | ["enable"] | ["terminal", "length", "0"] => String::new(),
        ["show", "version"] => "FakeHLR, in memory.\n".into(),
        ["show", "running-config"] => {
            let on_demand = if world.on_demand { " subscriber-create-on-demand no-msisdn cs+ps\n" } else { "" };
            format!("!\nhlr\n gsup\n  bind ip 127.0.0.1\n{on_demand}end\n")
        }
        ["show", "subscribers", "all"] => list(world),
        ["subscriber", "imsi", imsi, "update", "network-access-mode", mode] if enabled => access(world, imsi, mode),
        _ => "% Unknown command.\n".into(),
    }
}

fn list(world: &World) -> String {
    let heading = "ID     MSISDN        IMSI              IMEI              NAM\n\
        -----  ------------  ----------------  ----------------  -----\n";
    let mut said = heading.to_owned();
    // In the order of their ids, not of their numbers.
    let mut all: Vec<_> = world.subscribers.iter().collect();
    all.sort_by_key(|(_, s)| s.id);
    for (imsi, s) in &all {
        let (cs, ps) = (if s.cs { "CS" } else { "  " }, if s.ps { "PS" } else { "  " });
        said += &format!("{:<5}  {:<12}  {imsi:<16}    -------------    {cs}{ps}  \n", s.id, "none");
    }
    match all.len() {
        0 => said + "% No matching subscriber(s)\n",
        many => said + &format!(" Subscribers Shown: {many}\n"),
    }
}

/// Says nothing where it is done, and tells who serves the subscriber, once for each switch that goes off.
fn access(world: &mut World, imsi: &str, mode: &str) -> String {
    let Some(s) = world.subscribers.get_mut(imsi) else { return format!("% No subscriber for imsi = '{imsi}'\n") };
    let (cs, ps) = (mode.contains("cs"), mode.contains("ps"));
    let off = usize::from(s.cs && !cs) + usize::from(s.ps && !ps);
    (s.cs, s.ps) = (cs, ps);
    let told: Vec<_> = [s.vlr.clone(), s.sgsn.clone()].into_iter().flatten().collect();
    let Some(imsi) = Imsi::new(imsi) else { return String::new() };
    for name in told {
        for _ in 0..off {
            let mut bytes = Vec::new();
            Message::new(Kind::DELETE_DATA, &imsi).put(&mut bytes);
            world.send(&[name.as_bytes(), b"\0"].concat(), bytes);
        }
    }
    String::new()
}
