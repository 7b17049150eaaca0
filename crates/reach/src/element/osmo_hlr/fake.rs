//! A fake OsmoHLR, for tests and trials: three doors on loopback ports of its own, behind them subscribers
//! in memory. It answers as a real one was seen to answer, the surprising parts included, and can be told
//! to misbehave at any door. It keeps no keys and proves nothing about a network.

mod ctrl;
mod gsup;
mod hand;
mod visited;
mod vty;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

pub use self::hand::Hand;
pub use self::visited::{Cancelled, Visited};
use super::Settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Ctrl,
    Vty,
    Gsup,
}

/// How a door answers the desk. In each, what was asked has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Well,
    /// No answer, and the connection stays.
    Silent,
    /// Answers are held back until [`FakeHlr::let_go`].
    Late,
    /// The connection ends before the answer.
    Closes,
    /// The connection ends in the middle of the answer.
    CutsShort,
    /// Bytes that mean nothing.
    Garbage,
    /// CTRL only: as [`Mood::Closes`], when something has been deleted; well otherwise.
    LosesDeletions,
}

#[derive(Clone, Debug, Default)]
struct Subscriber {
    id: u64,
    keys: bool,
    cs: bool,
    ps: bool,
    vlr: Option<String>,
    sgsn: Option<String>,
}

/// A route to a GSUP peer: the first connection of a name has it.
struct Route {
    name: Vec<u8>,
    conn: u64,
    to: mpsc::UnboundedSender<Vec<u8>>,
}

#[derive(Default)]
struct World {
    subscribers: BTreeMap<String, Subscriber>,
    routes: Vec<Route>,
    on_demand: bool,
    moods: Vec<(Door, Mood)>,
    conns: u64,
    tasks: Vec<AbortHandle>,
}

impl World {
    fn create(&mut self, imsi: &str) -> u64 {
        // The lowest that is free: ids are given away again, as a real one does.
        let id = (1..).find(|id| self.subscribers.values().all(|s| s.id != *id)).unwrap_or_default();
        self.subscribers.insert(imsi.to_owned(), Subscriber { id, cs: true, ps: true, ..Subscriber::default() });
        id
    }

    fn send(&self, name: &[u8], bytes: Vec<u8>) -> bool {
        let route = self.routes.iter().find(|route| route.name == name);
        route.is_some_and(|route| route.to.send(bytes).is_ok())
    }
}

#[derive(Default)]
struct Shared {
    world: Mutex<World>,
    let_go: Notify,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mood(&self, door: Door) -> Mood {
        self.world().moods.iter().find(|(at, _)| *at == door).map(|(_, mood)| *mood).unwrap_or_default()
    }

    /// Gives an answer in the door's mood; a break ends the connection.
    async fn say(&self, door: Door, to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> ControlFlow<()> {
        let said = match self.mood(door) {
            Mood::Well | Mood::LosesDeletions => to.write_all(bytes).await,
            Mood::Silent => Ok(()),
            Mood::Late => {
                self.let_go.notified().await;
                to.write_all(bytes).await
            }
            Mood::Closes => return ControlFlow::Break(()),
            Mood::CutsShort => {
                let _ = to.write_all(&bytes[..bytes.len() / 2]).await;
                return ControlFlow::Break(());
            }
            // A whole frame to IPA, and no text to telnet.
            Mood::Garbage => to.write_all(&[0, 6, 0xee, 0x05, 0xde, 0xad, 0xc0, 0xde, 0x80]).await,
        };
        if said.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// The fake, until it is dropped.
pub struct FakeHlr {
    shared: Arc<Shared>,
    settings: Settings,
    doors: Vec<AbortHandle>,
}

impl FakeHlr {
    pub async fn start() -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let (mut addresses, mut doors) = (Vec::new(), Vec::new());
        for door in [Door::Ctrl, Door::Vty, Door::Gsup] {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            addresses.push(listener.local_addr()?.to_string());
            doors.push(tokio::spawn(open(listener, door, Arc::clone(&shared))).abort_handle());
        }
        let [ctrl, vty, gsup] = addresses.try_into().unwrap_or_default();
        Ok(Self { shared, settings: Settings { ctrl, vty, gsup, ..Settings::default() }, doors })
    }

    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    pub fn mood(&self, door: Door, mood: Mood) {
        let mut world = self.shared.world();
        world.moods.retain(|(at, _)| *at != door);
        world.moods.push((door, mood));
    }

    /// Lets the answers go that are held back.
    pub fn let_go(&self) {
        self.shared.let_go.notify_waiters();
    }

    /// As a restart would: every connection ends.
    pub fn hang_up(&self) {
        let mut world = self.shared.world();
        world.routes.clear();
        world.tasks.drain(..).for_each(|task| task.abort());
    }

    /// `subscriber-create-on-demand` in a real one's configuration.
    pub fn make_on_demand(&self, on: bool) {
        self.shared.world().on_demand = on;
    }
}

impl Drop for FakeHlr {
    fn drop(&mut self) {
        self.doors.iter().for_each(AbortHandle::abort);
        self.hang_up();
    }
}

async fn open(listener: TcpListener, door: Door, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inside = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            match door {
                Door::Ctrl => ctrl::serve(stream, &inside).await,
                Door::Vty => vty::serve(stream, &inside).await,
                Door::Gsup => gsup::serve(stream, &inside).await,
            }
        });
        let mut world = shared.world();
        world.tasks.retain(|task| !task.is_finished());
        world.tasks.push(task.abort_handle());
    }
}

/// Reads more into the buffer; false at the end.
async fn more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> bool {
    use tokio::io::AsyncReadExt;
    matches!(stream.read_buf(buffer).await, Ok(1..))
}
