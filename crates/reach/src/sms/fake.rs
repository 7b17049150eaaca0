//! A fake SMSC for tests and benchmarks: it listens on this machine, takes texts as a real one does,
//! and delivers them to nobody. It reads SMPP with a few lines of its own, so that what the library
//! writes is looked at by something else than the library.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

const BIND: u32 = 0x09;
const SUBMIT: u32 = 0x04;
const DELIVER: u32 = 0x05;
const UNBIND: u32 = 0x06;
const ENQUIRE: u32 = 0x15;
const ANSWER: u32 = 0x8000_0000;

/// Type of number, numbering plan, address.
pub type Address = (u8, u8, String);

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub id: String,
    pub source: Address,
    pub dest: Address,
    pub esm_class: u8,
    pub registered: u8,
    pub data_coding: u8,
    pub octets: Vec<u8>,
}

/// How a message is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    Taken,
    Status(u32),
    /// Taken, and never answered.
    Silence,
    /// Taken, and the line goes dead before an answer.
    HangUp,
}

#[derive(Default)]
struct State {
    taken: Mutex<Vec<Taken>>,
    met: Mutex<HashMap<String, VecDeque<Met>>>,
    sessions: Mutex<Vec<mpsc::UnboundedSender<Say>>>,
    binds: AtomicU32,
    ids: AtomicU32,
}

enum Say {
    Bring(Vec<u8>, oneshot::Sender<u32>),
    HangUp,
}

pub struct FakeSmsc {
    port: u16,
    login: (String, String),
    state: Arc<State>,
    listening: AbortHandle,
}

impl FakeSmsc {
    /// Listens on a free port of this machine.
    pub async fn start(system_id: &str, password: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (state, login) = (Arc::new(State::default()), (system_id.to_owned(), password.to_owned()));
        let (theirs, right) = (Arc::clone(&state), login.clone());
        let listening = tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (state, right) = (Arc::clone(&theirs), right.clone());
                // Whatever ends a session is the other side's to notice.
                tokio::spawn(async move { session(tcp, &state, &right).await.ok() });
            }
        });
        Ok(Self { port, login, state, listening: listening.abort_handle() })
    }

    pub fn url(&self) -> String {
        format!("smpp://{}:{}@127.0.0.1:{}", self.login.0, self.login.1, self.port)
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        locked(&self.state.taken).clone()
    }

    pub fn count(&self) -> usize {
        locked(&self.state.taken).len()
    }

    /// How the next messages to a number are met; afterwards they are taken.
    pub fn meet(&self, number: &str, how: impl IntoIterator<Item = Met>) {
        locked(&self.state.met).entry(number.to_owned()).or_default().extend(how);
    }

    /// How often somebody has bound.
    pub fn binds(&self) -> u32 {
        self.state.binds.load(Ordering::Relaxed)
    }

    /// Ends every session without a word.
    pub fn hang_up(&self) {
        for session in locked(&self.state.sessions).drain(..) {
            // One that is gone needs no telling.
            let _ = session.send(Say::HangUp);
        }
    }

    /// Brings a delivery receipt for a message to `number`, as text and as optional parameters (id, state);
    /// answers with what it was told, or none where nobody is bound any more.
    pub async fn bring(&self, number: &str, text: &str, more: Option<(&str, u8)>) -> Option<u32> {
        let mut body = vec![0, 1, 1];
        body.extend(number.bytes().chain([0, 5, 0]).chain("Laika".bytes()).chain([0]));
        // esm_class: a receipt; then protocol, priority, two empty times, and five small numbers.
        body.extend([0x04, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
        body.extend(text.bytes());
        if let Some((id, state)) = more {
            body.extend([0x00, 0x1E, 0x00, id.len() as u8 + 1]);
            body.extend(id.bytes().chain([0]));
            body.extend([0x04, 0x27, 0x00, 0x01, state]);
        }
        self.hand_over(body).await
    }

    /// Brings a person's text from one number to another; answers with what it was told.
    pub async fn bring_text(&self, from: &str, to: &str, text: &str) -> Option<u32> {
        let mut body = vec![0, 1, 1];
        body.extend(from.bytes().chain([0, 0, 1]).chain(to.bytes()).chain([0]));
        body.extend([0x00, 0, 0, 0, 0, 0, 0, 0, 0, text.len() as u8]);
        body.extend(text.bytes());
        self.hand_over(body).await
    }

    async fn hand_over(&self, body: Vec<u8>) -> Option<u32> {
        let (told, answer) = oneshot::channel();
        let session = locked(&self.state.sessions).last().cloned()?;
        session.send(Say::Bring(body, told)).ok()?;
        answer.await.ok()
    }
}

impl Drop for FakeSmsc {
    fn drop(&mut self) {
        self.listening.abort();
        self.hang_up();
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn frame(id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let head = [body.len() as u32 + 16, id, status, sequence];
    head.iter().flat_map(|n| n.to_be_bytes()).chain(body.iter().copied()).collect()
}

async fn session(tcp: TcpStream, state: &State, right: &(String, String)) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let (read, write) = tcp.into_split();
    let (mut read, mut write) = (BufReader::with_capacity(1 << 16, read), BufWriter::new(write));
    let (say, mut told) = mpsc::unbounded_channel();
    let mut brought: HashMap<u32, oneshot::Sender<u32>> = HashMap::new();
    let (mut bound, mut sequence) = (false, 0);
    loop {
        // Answers go out together when nothing more has come in.
        if read.buffer().is_empty() {
            write.flush().await?;
        }
        // Nothing is read while there is a choice, so that no message is left half read.
        let (head, body) = tokio::select! {
            more = read.fill_buf() => match more?.is_empty() {
                true => return Ok(()),
                false => pdu(&mut read).await?,
            },
            Some(say) = told.recv() => match say {
                Say::HangUp => return Ok(()),
                Say::Bring(body, told) => {
                    sequence += 1;
                    brought.insert(sequence, told);
                    write.write_all(&frame(DELIVER, 0, sequence, &body)).await?;
                    write.flush().await?;
                    continue;
                }
            },
        };
        let [id, status, number] = head;
        let answer = match id {
            BIND => match bind(&body, right) {
                // Of another version: dropped without a word, as OsmoMSC does.
                None => continue,
                Some(status) => {
                    state.binds.fetch_add(1, Ordering::Relaxed);
                    if status == 0 {
                        bound = true;
                        locked(&state.sessions).push(say.clone());
                    }
                    frame(id | ANSWER, status, number, if status == 0 { b"fake-smsc\0" } else { b"" })
                }
            },
            SUBMIT if bound => match submit(&body, state) {
                Some((Met::Taken, id)) => frame(SUBMIT | ANSWER, 0, number, &[id.as_bytes(), &[0]].concat()),
                Some((Met::Status(status), _)) => frame(SUBMIT | ANSWER, status, number, &[]),
                Some((Met::Silence, _)) => continue,
                Some((Met::HangUp, _)) => return Ok(()),
                None => frame(ANSWER, 0x02, number, &[]),
            },
            UNBIND | ENQUIRE => frame(id | ANSWER, 0, number, &[]),
            _ if id & ANSWER != 0 => {
                if let Some(told) = brought.remove(&number) {
                    // Whoever asked may have given up.
                    let _ = told.send(status);
                }
                continue;
            }
            _ => frame(ANSWER, 0x03, number, &[]),
        };
        write.write_all(&answer).await?;
    }
}

/// Id, status and sequence number, and what follows.
async fn pdu(read: &mut (impl AsyncRead + Unpin)) -> io::Result<([u32; 3], Vec<u8>)> {
    let length = read.read_u32().await?;
    if !(16..=4096).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut head = [0; 3];
    for number in &mut head {
        *number = read.read_u32().await?;
    }
    let mut body = vec![0; length as usize - 16];
    read.read_exact(&mut body).await?;
    Ok((head, body))
}

/// A string that ends with a zero, and what follows it.
fn string(body: &[u8]) -> Option<(String, &[u8])> {
    let at = body.iter().position(|b| *b == 0)?;
    Some((String::from_utf8_lossy(&body[..at]).into_owned(), &body[at + 1..]))
}

fn bind(body: &[u8], right: &(String, String)) -> Option<u32> {
    let (system_id, rest) = string(body)?;
    let (password, rest) = string(rest)?;
    let (_system_type, rest) = string(rest)?;
    if rest.first() != Some(&0x34) {
        return None;
    }
    Some(if (system_id, password) == *right { 0 } else { 0x0E })
}

fn submit(body: &[u8], state: &State) -> Option<(Met, String)> {
    let (_service, rest) = string(body)?;
    let (source, rest) = address(rest)?;
    let (dest, rest) = address(rest)?;
    let [esm_class, _protocol, _priority, rest @ ..] = rest else { return None };
    let (_schedule, rest) = string(rest)?;
    let (_validity, rest) = string(rest)?;
    let [registered, _replace, data_coding, _canned, length, rest @ ..] = rest else { return None };
    let octets = rest.get(..usize::from(*length))?.to_vec();
    let met = locked(&state.met).get_mut(&dest.2).and_then(VecDeque::pop_front).unwrap_or(Met::Taken);
    let id = format!("{:08X}", state.ids.fetch_add(1, Ordering::Relaxed) + 0x0A00);
    if !matches!(met, Met::Status(_)) {
        let (esm_class, registered, data_coding) = (*esm_class, *registered, *data_coding);
        let taken = Taken { id: id.clone(), source, dest, esm_class, registered, data_coding, octets };
        locked(&state.taken).push(taken);
    }
    Some((met, id))
}

fn address(body: &[u8]) -> Option<(Address, &[u8])> {
    let [ton, npi, rest @ ..] = body else { return None };
    let (text, rest) = string(rest)?;
    Some(((*ton, *npi, text), rest))
}
