//! Codes of ours in what somebody wants to know about: the check code of a message, and the code of somebody who
//! works here. The answer has nothing personal in it, and never says that what was pasted is the message we sent.

use std::ops::Range;

use store::StoreError;

use crate::app::App;
use crate::hallmark::code::{self, By};
use crate::hallmark::{self, agent};
use crate::words::{self, Words};

/// What we say of one code.
pub struct Line {
    pub code: String,
    pub verdict: String,
    /// As `parts::status` knows it.
    pub kind: &'static str,
    pub text: String,
}

/// The codes in a text, and the text without them, which are no channels. What only looks like one is passed over,
/// unless it is all that was asked about.
pub async fn found(app: &App, l: &Words, lang: case::Lang, text: &str) -> Result<(Vec<Line>, String), StoreError> {
    let alone = text.chars().filter(|c| !c.is_whitespace()).count() <= 24;
    let (mut lines, mut places) = (Vec::new(), Vec::new());
    let mut tell = |code: String, at: Range<usize>, kind, verdict, text| {
        lines.push(Line { code: grouped(code), verdict, kind, text });
        places.push(at);
    };
    for found in code::find(&app.keys, text, alone) {
        // What we write before it would be taken for a sender's name.
        let at = code::labelled(text, found.at.start)..found.at.end;
        match found.sent {
            Some(sent) => {
                let by = match sent.by {
                    By::Mail => fl!(l, "hallmark-by-mail"),
                    By::Text => fl!(l, "hallmark-by-text"),
                    By::Print => fl!(l, "hallmark-by-print"),
                };
                let (about, day) = (sent.about.says(l), words::day(lang, sent.day));
                let text = fl!(l, "hallmark-known-text", about = about, by = by, day = day);
                tell(found.code, at, "active", fl!(l, "hallmark-known"), text);
            }
            None => {
                tell(found.code, at, "problem", fl!(l, "hallmark-unknown"), fl!(l, "hallmark-unknown-text"));
            }
        }
    }
    for (code, at, has) in agent::find(app, text).await? {
        if has {
            tell(code, at, "active", fl!(l, "hallmark-agent"), fl!(l, "hallmark-agent-text"));
        } else if alone {
            tell(code, at, "problem", fl!(l, "hallmark-agent-unknown"), fl!(l, "hallmark-agent-unknown-text"));
        }
    }
    for (code, at) in crate::returns::codes(text) {
        let known = app.store.back_of(&code).await?.is_some();
        let (kind, verdict, says) = match known {
            true => ("active", fl!(l, "back-code-known"), fl!(l, "back-code-known-text")),
            false => ("problem", fl!(l, "back-code-unknown"), fl!(l, "back-code-unknown-text")),
        };
        lines.push(Line { code, verdict, kind, text: says });
        places.push(at);
    }
    let rest = hallmark::without(text, &places);
    Ok((lines, rest))
}

/// As we write it: twelve characters in fours, six in threes.
fn grouped(code: String) -> String {
    let size = if code.len() > 6 { 4 } else { 3 };
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(size).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
