//! The VTY, OsmoHLR's command line by telnet: for the access mode, because only what is changed here
//! reaches the visited network too, and for the list of all subscribers. One command at a time: an
//! answer ends where the prompt stands again. Lines end with `\n` alone; `\r\n` would be two commands.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::imsi::Imsi;
use super::ipa::Bad;
use super::wire::connect;
use crate::Failure;

/// Of an answer that is kept whole.
const ANSWER: usize = 64 << 10;
/// Of a line in one that is not.
const LINE: usize = 1 << 10;

/// Takes telnet's own bytes out of what comes (RFC 854).
#[derive(Default)]
pub struct Telnet(State);

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Text,
    Command,
    Option,
    Sub,
    SubCommand,
}

impl Telnet {
    /// A byte of text, if it is one. Carriage returns are not.
    pub fn text(&mut self, byte: u8) -> Option<u8> {
        const IAC: u8 = 0xff;
        let (next, text) = match (self.0, byte) {
            (State::Text, IAC) => (State::Command, None),
            (State::Text, b'\r' | 0) => (State::Text, None),
            (State::Text, byte) => (State::Text, Some(byte)),
            (State::Command, 0xfb..=0xfe) => (State::Option, None),
            (State::Command, 0xfa) => (State::Sub, None),
            (State::Command | State::Option, _) => (State::Text, None),
            (State::Sub, IAC) => (State::SubCommand, None),
            (State::SubCommand, 0xf0) => (State::Text, None),
            (State::Sub | State::SubCommand, _) => (State::Sub, None),
        };
        self.0 = next;
        text
    }
}

/// What came of a command: the lines between its echo and the next prompt; none until that stands there.
pub fn answer<'a>(text: &'a str, command: &str, prompt: &str) -> Result<Option<&'a str>, Bad> {
    let Some(body) = text.strip_suffix(prompt).filter(|body| body.ends_with('\n')) else { return Ok(None) };
    let (echo, said) = body.split_once('\n').ok_or(Bad("VTY: no echo"))?;
    if echo == command { Ok(Some(said)) } else { Err(Bad("VTY: another command's answer")) }
}

/// One line of `show subscribers all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Subscriber {
        imsi: Imsi,
        may_attach: bool,
    },
    /// A subscriber without an IMSI.
    Nameless,
    /// How many there were, at the end.
    Shown(usize),
    Heading,
}

pub fn row(line: &str) -> Result<Row, Bad> {
    let bad = Bad("VTY: a line that is none of the list");
    if let Some(shown) = line.trim_start().strip_prefix("Subscribers Shown: ") {
        return shown.trim().parse().map(Row::Shown).map_err(|_| bad);
    }
    if line == "% No matching subscriber(s)" {
        return Ok(Row::Shown(0));
    }
    if line.trim().is_empty() || line.starts_with("ID  ") || line.starts_with("-----") {
        return Ok(Row::Heading);
    }
    let mut words = line.split_whitespace();
    let sound = |word: &str| word == "none" || word.bytes().all(|b| b.is_ascii_digit());
    let (Some(id), Some(msisdn), Some(imsi)) = (words.next(), words.next(), words.next()) else { return Err(bad) };
    if !(sound(id) && sound(msisdn) && sound(imsi)) {
        return Err(bad);
    }
    if imsi == "none" {
        return Ok(Row::Nameless);
    }
    let imsi = Imsi::new(imsi).ok_or(bad)?;
    // The device's number or dashes; then the access mode, empty where there is none.
    words.next().ok_or(bad)?;
    Ok(Row::Subscriber { imsi, may_attach: words.any(|word| matches!(word, "CS" | "PS" | "CSPS")) })
}

/// A session in which changes may be made.
pub struct Vty {
    stream: TcpStream,
    telnet: Telnet,
    prompt: String,
}

impl Vty {
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let stream = connect("VTY", address).await?;
        let mut vty = Self { stream, telnet: Telnet::default(), prompt: String::new() };
        let greeting = vty.until(|text| text.ends_with("> ") || text.ends_with("# ")).await?;
        if last_line(&greeting).ends_with("> ") {
            vty.send("enable").await?;
            let said = vty.until(|text| text.ends_with("# ") && text.contains('\n')).await?;
            vty.prompt = last_line(&said).to_owned();
        } else {
            vty.prompt = last_line(&greeting).to_owned();
        }
        // Without pauses for a reader.
        vty.run("terminal length 0").await?;
        Ok(vty)
    }

    /// Runs a command and answers what it says.
    pub async fn run(&mut self, command: &str) -> Result<String, Failure> {
        self.send(command).await?;
        let prompt = self.prompt.clone();
        let text = self.until(|text| answer(text, command, &prompt) != Ok(None)).await?;
        Ok(answer(&text, command, &prompt).map_err(retry)?.unwrap_or_default().to_owned())
    }

    /// Runs a command whose answer is long, and takes it line by line.
    pub async fn lines(&mut self, command: &str, mut take: impl FnMut(&str) -> Result<(), Bad>) -> Result<(), Failure> {
        self.send(command).await?;
        let (mut line, mut many, mut chunk) = (Vec::new(), 0, vec![0; 16 << 10]);
        loop {
            let got = self.read(&mut chunk).await?;
            for byte in &chunk[..got] {
                match self.telnet.text(*byte) {
                    Some(b'\n') => {
                        let text = std::str::from_utf8(&line).map_err(|_| retry(Bad("VTY: not text")))?;
                        // The first is the echo.
                        match many {
                            0 if text == command => {}
                            0 => return Err(retry(Bad("VTY: another command's answer"))),
                            _ => take(text).map_err(retry)?,
                        }
                        many += 1;
                        line.clear();
                    }
                    Some(_) if line.len() == LINE => return Err(retry(Bad("VTY: a line without end"))),
                    Some(byte) => line.push(byte),
                    None => {}
                }
            }
            if many > 0 && line == self.prompt.as_bytes() {
                return Ok(());
            }
        }
    }

    async fn send(&mut self, command: &str) -> Result<(), Failure> {
        self.stream.write_all(format!("{command}\n").as_bytes()).await.map_err(|e| broken(&e))
    }

    async fn read(&mut self, chunk: &mut [u8]) -> Result<usize, Failure> {
        match self.stream.read(chunk).await {
            Ok(0) => Err(Failure::Retry("VTY: the connection was closed".into())),
            Ok(got) => Ok(got),
            Err(error) => Err(broken(&error)),
        }
    }

    async fn until(&mut self, there: impl Fn(&str) -> bool) -> Result<String, Failure> {
        let (mut text, mut chunk) = (Vec::new(), [0; 4 << 10]);
        loop {
            let got = self.read(&mut chunk).await?;
            text.extend(chunk[..got].iter().filter_map(|byte| self.telnet.text(*byte)));
            if text.len() > ANSWER {
                return Err(retry(Bad("VTY: an answer without end")));
            }
            let so_far = std::str::from_utf8(&text).map_err(|_| retry(Bad("VTY: not text")))?;
            if there(so_far) {
                return Ok(so_far.to_owned());
            }
            if so_far.ends_with("Password: ") {
                return Err(Failure::GiveUp("VTY: it asks for a password; give its line no login".into()));
            }
        }
    }
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

fn retry(bad: Bad) -> Failure {
    Failure::Retry(bad.to_string())
}

fn broken(error: &std::io::Error) -> Failure {
    Failure::Retry(format!("VTY: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8]) -> String {
        let mut telnet = Telnet::default();
        String::from_utf8(bytes.iter().filter_map(|b| telnet.text(*b)).collect()).unwrap()
    }

    #[test]
    fn telnet_is_taken_out() {
        assert_eq!(plain(b"a\r\n\xff\xfb\x01\xff\xfe\x22OsmoHLR> "), "a\nOsmoHLR> ");
        assert_eq!(plain(b"\xff\xfa\x1f\x00\xff\xffx\xff\xf0ok\xff\xf1!"), "ok!");
    }

    #[test]
    fn an_answer_ends_where_the_prompt_stands() {
        let (command, prompt) = ("subscriber imsi 001010000000001 show", "OsmoHLR# ");
        let text = format!("{command}\n    ID: 1\n    IMSI: 001010000000001\n{prompt}");
        let read = |text: &str| answer(text, command, prompt).map(|said| said.map(str::to_owned));
        assert_eq!(read(&text), Ok(Some("    ID: 1\n    IMSI: 001010000000001\n".into())));
        assert_eq!(read(&format!("{command}\n{prompt}")), Ok(Some(String::new())));
        for end in 0..text.len() {
            assert_eq!(read(&text[..end]), Ok(None), "{end}");
        }
        assert!(read(&format!("subscriber imsi 2 show\n{prompt}")).is_err());
    }

    /// Taken down from a real OsmoHLR.
    #[test]
    fn the_list_is_read_line_by_line() {
        let active = |imsi: &str, may_attach| Row::Subscriber { imsi: Imsi::new(imsi).unwrap(), may_attach };
        for (line, wanted) in [
            ("ID     MSISDN        IMSI              IMEI              NAM", Row::Heading),
            ("-----  ------------  ----------------  ----------------  -----", Row::Heading),
            ("1      491710000001  001010000000001    -------------          ", active("001010000000001", false)),
            ("2      none          001010000000100    -------------    CSPS  ", active("001010000000100", true)),
            ("3      none          001010000000101    -------------      PS  ", active("001010000000101", true)),
            ("4      none          001010000000102   35393803564380 9   CS    ", active("001010000000102", true)),
            (
                "5      none          00101000000013    353938 (INVALID LENGTH!)   CSPS   (3h2s ago)",
                active("00101000000013", true),
            ),
            ("6      none          none              -------------    CSPS  ", Row::Nameless),
            (" Subscribers Shown: 4", Row::Shown(4)),
            ("% No matching subscriber(s)", Row::Shown(0)),
        ] {
            assert_eq!(row(line), Ok(wanted), "{line}");
        }
        for line in ["% Error", "x", "1", "1 2", "1 2 3", "1 none 001010000000001", "Subscribers Shown: x"] {
            assert!(row(line).is_err(), "{line}");
        }
    }
}
