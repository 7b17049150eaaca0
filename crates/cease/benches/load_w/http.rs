//! A client as thin as HTTP/1.1 allows, so that on a shared machine the server is what is measured:
//! one connection kept alive, one write a request, bodies counted and thrown away.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    out: Vec<u8>,
}

pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024), out: Vec::with_capacity(4096) })
    }

    pub async fn get(&mut self, path: &str, cookie: &str) -> anyhow::Result<Answer> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: bench\r\ncookie: cease={cookie}\r\n\r\n"), "").await
    }

    /// Posts a form whose body is already encoded.
    pub async fn post(&mut self, path: &str, cookie: &str, body: &str) -> anyhow::Result<Answer> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncookie: cease={cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.ask(&head, body).await
    }

    /// The last body, for saying what went wrong.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }

    async fn ask(&mut self, head: &str, body: &str) -> anyhow::Result<Answer> {
        self.out.clear();
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        let end = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(at) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..end])?;
        let status = head.get(9..12).context("no status")?.parse()?;
        let length: usize = field(head, "content-length").map_or(Ok(0), str::parse)?;
        let location = field(head, "location").map(str::to_owned);
        while self.buffer.len() < end + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
        }
        Ok(Answer { status, location })
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().filter_map(|l| l.split_once(':')).find_map(|(n, v)| n.eq_ignore_ascii_case(name).then(|| v.trim()))
}

/// Form fields, encoded.
pub fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
