//! Codes of ours in what somebody wants to know about: the check code of a message, and the code of somebody who
//! works here. The answer has nothing personal in it, and never says that what was pasted is the message we sent.

use store::StoreError;

use crate::app::App;
use crate::hallmark::agent;
use crate::hallmark::code::{self, By};
use crate::words::{self, Words};

/// What we say of one code.
pub struct Line {
    pub code: String,
    pub verdict: String,
    /// As `parts::status` knows it.
    pub kind: &'static str,
    pub text: String,
}

/// The codes in a text. What only looks like one is passed over, unless it is all that was asked about.
pub async fn found(app: &App, l: &Words, lang: case::Lang, text: &str) -> Result<Vec<Line>, StoreError> {
    let alone = text.chars().filter(|c| !c.is_whitespace()).count() <= 24;
    let mut lines = Vec::new();
    for (code, sent) in code::find(&app.keys, text, alone) {
        match sent {
            Some(sent) => {
                let by = match sent.by {
                    By::Mail => fl!(l, "hallmark-by-mail"),
                    By::Text => fl!(l, "hallmark-by-text"),
                    By::Print => fl!(l, "hallmark-by-print"),
                };
                let (about, day) = (sent.about.says(l), words::day(lang, sent.day));
                let text = fl!(l, "hallmark-known-text", about = about, by = by, day = day);
                lines.push(Line { code, verdict: fl!(l, "hallmark-known"), kind: "active", text });
            }
            None => lines.push(Line {
                code,
                verdict: fl!(l, "hallmark-unknown"),
                kind: "problem",
                text: fl!(l, "hallmark-unknown-text"),
            }),
        }
    }
    for (code, has) in agent::find(app, text).await? {
        if has {
            let (verdict, text) = (fl!(l, "hallmark-agent"), fl!(l, "hallmark-agent-text"));
            lines.push(Line { code, verdict, kind: "active", text });
        } else if alone {
            let (verdict, text) = (fl!(l, "hallmark-agent-unknown"), fl!(l, "hallmark-agent-unknown-text"));
            lines.push(Line { code, verdict, kind: "problem", text });
        }
    }
    Ok(lines)
}
