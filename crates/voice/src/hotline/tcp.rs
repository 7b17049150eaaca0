//! SIP over TCP: connections that come in and go out, each a task that reads whole messages and writes what it is
//! given. A connection that says nothing for long, or nothing that can be read, is closed.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::sip::Peer;
use crate::sip::message::{Message, Stream};

/// Connections at once, and messages that wait to be written to one.
const MOST: usize = 256;
const WAITING: usize = 64;
/// RFC 5626 wants a sign of life every two minutes.
const SILENT: Duration = Duration::from_secs(300);

type Open = Arc<Mutex<HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>>>;

pub struct Connections {
    open: Open,
    messages: mpsc::Sender<(Peer, Message)>,
}

impl Connections {
    pub fn start(
        listener: TcpListener,
        messages: mpsc::Sender<(Peer, Message)>,
        peers: Vec<IpNet>,
        strangers: bool,
    ) -> Self {
        let open = Open::default();
        let all = open.clone();
        let to = messages.clone();
        tokio::spawn(async move {
            // Whoever waits for messages is gone when the hotline is.
            while !to.is_closed() {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = to.closed() => return,
                };
                let Ok((stream, from)) = accepted else { continue };
                if strangers || peers.iter().any(|net| net.contains(&from.ip())) {
                    serve(stream, from, &all, to.clone());
                }
            }
        });
        Self { open, messages }
    }

    /// Writes to a connection, which is made where there is none.
    pub fn send(&self, to: SocketAddr, bytes: Vec<u8>) {
        let known = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&to).cloned();
        if let Some(writer) = known {
            if writer.try_send(bytes).is_err() {
                tracing::debug!("a SIP connection does not take what is written to it");
            }
            return;
        }
        let (open, messages) = (self.open.clone(), self.messages.clone());
        tokio::spawn(async move {
            let stream = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(to)).await;
            if let Ok(Ok(stream)) = stream
                && let Some(writer) = serve(stream, to, &open, messages)
            {
                let _ = writer.send(bytes).await;
            }
        });
    }
}

fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    open: &Open,
    messages: mpsc::Sender<(Peer, Message)>,
) -> Option<mpsc::Sender<Vec<u8>>> {
    let (writer, mut out) = mpsc::channel::<Vec<u8>>(WAITING);
    {
        let mut all = open.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            return None;
        }
        all.insert(peer, writer.clone());
    }
    let open = open.clone();
    tokio::spawn(async move {
        let (mut reads, mut writes) = stream.into_split();
        let writing = tokio::spawn(async move {
            while let Some(bytes) = out.recv().await {
                if tokio::time::timeout(Duration::from_secs(10), writes.write_all(&bytes)).await.is_err() {
                    return;
                }
            }
        });
        let (mut stream, mut bytes) = (Stream::default(), vec![0_u8; 8_192]);
        'reading: while let Ok(Ok(read)) = tokio::time::timeout(SILENT, reads.read(&mut bytes)).await {
            if read == 0 {
                break;
            }
            stream.push(&bytes[..read]);
            loop {
                match stream.whole() {
                    Ok(Some(message)) => {
                        if messages.send((Peer { tcp: true, addr: peer }, message)).await.is_err() {
                            break 'reading;
                        }
                    }
                    Ok(None) => break,
                    Err(_) => break 'reading,
                }
            }
        }
        open.lock().unwrap_or_else(PoisonError::into_inner).remove(&peer);
        writing.abort();
    });
    Some(writer)
}
