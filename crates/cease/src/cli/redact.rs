//! `redact`: what must not be kept is struck out of a text, the same way as everything that comes in.

use std::io::Read;
use std::process::ExitCode;

use anyhow::anyhow;
use case::redact::redact;
use serde_json::json;

use super::{Done, Failed, say_json, write_out};

/// More than any mail or log of a day; a disk given by mistake is not read into memory.
const MOST: u64 = 256 << 20;

/// Reads standard input as UTF-8 (what is not is replaced), writes the text without what was struck out.
/// As JSON: `{"text", "struck": [{"kind", "line", "column", "start", "end"}]}`, lines and columns counted
/// in characters from 1, start and end in bytes of the input.
pub fn redact_stdin(json: bool) -> Done {
    let mut bytes = Vec::new();
    std::io::stdin().take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(Failed::new(
            1,
            anyhow!("the text is longer than 256 MiB: hand it over in parts, cut between lines"),
        ));
    }
    let text = String::from_utf8_lossy(&bytes);
    let (left, found) = redact(&text);
    if !json {
        write_out(left.as_bytes());
        return Ok(ExitCode::SUCCESS);
    }
    // Where the last one was, so that the text is walked through once.
    let (mut at, mut line, mut column) = (0, 1_usize, 1_usize);
    let mut struck = Vec::with_capacity(found.len());
    for f in &found {
        for c in text[at..f.at.start].chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        at = f.at.start;
        struck.push(json!({
            "kind": f.kind.name(), "line": line, "column": column, "start": f.at.start, "end": f.at.end,
        }));
    }
    say_json(&json!({ "text": left, "struck": struck }))?;
    Ok(ExitCode::SUCCESS)
}
