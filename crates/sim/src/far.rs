//! A network element in another process: it speaks lines over TCP, counts what it really did for each
//! subscriber, and now and then does what it is told and does not say so.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use reach::{Element, Failure, Line, Observed, ReadBack};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

use crate::lots::Lots;

/// What became of one subscriber.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subscriber {
    pub deleted: u32,
    /// Deletes that found nothing.
    pub in_vain: u32,
}

pub type Subscribers = Arc<Mutex<BTreeMap<String, Subscriber>>>;

/// Serves all subscribers there may be until the process ends.
pub fn serve() -> std::io::Result<(SocketAddr, Subscribers)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (address, all) = (listener.local_addr()?, Subscribers::default());
    let shared = all.clone();
    std::thread::spawn(move || {
        for (n, stream) in (0..).zip(listener.incoming()) {
            let Ok(stream) = stream else { continue };
            let all = shared.clone();
            std::thread::spawn(move || {
                // Whoever was there has been killed.
                let _ = talk(stream, &all, Lots::new(n));
            });
        }
    });
    Ok((address, all))
}

fn talk(stream: TcpStream, all: &Subscribers, mut lots: Lots) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (Some(what), Some(imsi)) = (words.next(), words.next()) else { return Ok(()) };
        if lots.percent(1) {
            return Ok(());
        }
        let gone = {
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            let subscriber = all.entry(imsi.to_owned()).or_default();
            if what == "cease" {
                let count = if subscriber.deleted == 0 { &mut subscriber.deleted } else { &mut subscriber.in_vain };
                *count += 1;
            }
            subscriber.deleted > 0
        };
        // Done, and nobody is told.
        if lots.percent(2) {
            return Ok(());
        }
        out.write_all(if gone { b"gone\n" } else { b"active\n" })?;
    }
    Ok(())
}

/// The connector to it.
pub struct Far {
    address: SocketAddr,
    idle: Mutex<Vec<tokio::io::BufReader<tokio::net::TcpStream>>>,
}

impl Far {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default() }
    }

    async fn ask(&self, what: &str, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        let imsi = line.imsi.as_deref().ok_or_else(|| Failure::GiveUp("no IMSI".into()))?;
        let asked = tokio::time::timeout(Duration::from_secs(5), self.exchange(format!("{what} {imsi}\n")));
        let said = match asked.await {
            Ok(Ok(said)) => said,
            Ok(Err(why)) => return Err(Failure::Retry(why.to_string())),
            Err(_) => return Err(Failure::Retry("timed out".into())),
        };
        let observed = match said.trim() {
            "gone" => Observed::Gone,
            "active" => Observed::Active,
            _ => return Err(Failure::Retry("the connection was closed".into())),
        };
        Ok(ReadBack::new(observed, said.trim(), now))
    }

    async fn exchange(&self, line: String) -> std::io::Result<String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => tokio::io::BufReader::new(tokio::net::TcpStream::connect(self.address).await?),
        };
        stream.write_all(line.as_bytes()).await?;
        let mut said = String::new();
        stream.read_line(&mut said).await?;
        if !said.is_empty() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
        }
        Ok(said)
    }
}

#[async_trait]
impl Element for Far {
    fn name(&self) -> &str {
        "far"
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        self.ask("observe", line, now).await
    }

    async fn bar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.ask("bar", line, now).await
    }

    async fn unbar(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.ask("unbar", line, now).await
    }

    async fn cease(&self, line: &Line, _: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.ask("cease", line, now).await
    }
}
