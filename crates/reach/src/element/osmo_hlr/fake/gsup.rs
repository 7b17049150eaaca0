//! The fake's GSUP: routes by name, the first connection of a name first, and answers to the name too.

use std::collections::HashMap;

use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::super::gsup::{CS, IMSI_UNKNOWN, Kind, Message};
use super::super::imsi::Imsi;
use super::super::ipa;
use super::{Door, Route, Shared, World, more};

/// One connection of a peer.
struct Conn {
    n: u64,
    name: Vec<u8>,
    to: mpsc::UnboundedSender<Vec<u8>>,
    /// Who is being attached, and in which domain.
    attaching: HashMap<Imsi, Option<u8>>,
}

pub(super) async fn serve(mut stream: TcpStream, shared: &Shared) {
    let (to, mut out) = mpsc::unbounded_channel();
    let n = {
        let mut world = shared.world();
        world.conns += 1;
        world.conns
    };
    let mut conn = Conn { n, name: Vec::new(), to, attaching: HashMap::new() };
    let mut asks = Vec::new();
    ipa::put(&mut asks, ipa::CCM, &[&[ipa::ID_GET, 1, 8, 1, 7, 1, 2, 1, 3, 1, 4, 1, 5, 1, 1, 1, 0]]);
    let _ = conn.to.send(asks);
    let mut heard = Vec::new();
    loop {
        tokio::select! {
            there = more(&mut stream, &mut heard) => if !there { break },
            Some(bytes) = out.recv() => {
                // The mood is for the desk; the visited networks are served well.
                let ours = conn.name.is_empty() || conn.name.starts_with(b"CEASE");
                let said = if ours {
                    shared.say(Door::Gsup, &mut stream, &bytes).await.is_continue()
                } else {
                    tokio::io::AsyncWriteExt::write_all(&mut stream, &bytes).await.is_ok()
                };
                if !said {
                    break;
                }
            }
        }
        while let Some((frame, used)) = ipa::split(&heard) {
            hear(&mut shared.world(), &mut conn, frame, &heard[..used]);
            heard.drain(..used);
        }
    }
    shared.world().routes.retain(|route| route.conn != conn.n);
}

fn hear(world: &mut World, conn: &mut Conn, frame: ipa::Frame<'_>, whole: &[u8]) {
    match frame.ccm() {
        Some(ipa::PING) => {
            let mut pong = Vec::new();
            ipa::put(&mut pong, ipa::CCM, &[&[ipa::PONG]]);
            let _ = conn.to.send(pong);
        }
        Some(ipa::ID_RESPONSE) => {
            conn.name = ipa::named(frame.payload).unwrap_or_default().to_vec();
            if world.routes.iter().all(|route| route.name != conn.name) {
                world.routes.push(Route { name: conn.name.clone(), conn: conn.n, to: conn.to.clone() });
            }
        }
        Some(_) => {}
        None => {
            if let Some(Ok(message)) = frame.osmo(ipa::EXT_GSUP).map(Message::read) {
                match &message.destination {
                    Some(name) => forward(world, &message, name, whole),
                    None => handle(world, conn, &message),
                }
            }
        }
    }
}

/// Passed on as it came; where nobody has the name, whoever sent it is told.
fn forward(world: &World, message: &Message, name: &[u8], whole: &[u8]) {
    if !world.send(name, whole.to_vec())
        && let Some(source) = &message.source
    {
        let mut bytes = Vec::new();
        Message::new(Kind::ROUTING_ERROR, &message.imsi).between(name, source).put(&mut bytes);
        world.send(source, bytes);
    }
}

fn handle(world: &mut World, conn: &mut Conn, message: &Message) {
    let answer = |world: &World, name: &[u8], kind: Kind, cause: Option<u8>, vectors: usize| {
        let mut bytes = Vec::new();
        Message { cause, vectors, ..Message::new(kind, &message.imsi) }.put(&mut bytes);
        world.send(name, bytes);
    };
    let imsi = message.imsi.as_str();
    let asks = matches!(message.kind, Kind::AUTH_INFO | Kind::UPDATE_LOCATION);
    if asks && world.on_demand && !world.subscribers.contains_key(imsi) {
        world.create(imsi);
    }
    let subscriber = world.subscribers.get_mut(imsi);
    match message.kind {
        // One that is known and has no keys is refused in the same words.
        Kind::AUTH_INFO => match subscriber.filter(|s| s.keys) {
            Some(_) => answer(world, &conn.name, Kind::AUTH_INFO_RESULT, None, 5),
            None => answer(world, &conn.name, Kind::AUTH_INFO_ERROR, Some(IMSI_UNKNOWN), 0),
        },
        Kind::UPDATE_LOCATION => {
            let cs = message.domain == Some(CS);
            let refusal = match subscriber {
                None => Some(IMSI_UNKNOWN),
                Some(s) if cs && !s.cs => Some(0x0b),
                Some(s) if !cs && !s.ps => Some(0x07),
                Some(_) => None,
            };
            match refusal {
                Some(cause) => answer(world, &conn.name, Kind::UPDATE_LOCATION_ERROR, Some(cause), 0),
                None => {
                    conn.attaching.insert(message.imsi.clone(), message.domain);
                    answer(world, &conn.name, Kind::INSERT_DATA, None, 0);
                }
            }
        }
        Kind::INSERT_DATA_RESULT => {
            let Some(domain) = conn.attaching.remove(&message.imsi) else { return };
            if let Some(s) = subscriber {
                let name = String::from_utf8_lossy(conn.name.strip_suffix(b"\0").unwrap_or(&conn.name)).into_owned();
                *(if domain == Some(CS) { &mut s.vlr } else { &mut s.sgsn }) = Some(name);
            }
            answer(world, &conn.name, Kind::UPDATE_LOCATION_RESULT, None, 0);
        }
        Kind(_) => {}
    }
}
