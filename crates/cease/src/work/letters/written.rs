//! A letter that has been written, and how it is set: plain text always, and the same sentences as
//! simple HTML that fetches nothing.

use askama::Template;
use case::Lang;

/// A letter in one language. `sms` says in one breath what the blocks say at length.
pub struct Written {
    pub lang: Lang,
    pub operator: String,
    pub subject: String,
    pub blocks: Vec<Block>,
    pub sms: String,
}

pub enum Block {
    Say(String),
    List(Vec<String>),
    /// What it is, and its value.
    Table(Vec<(String, String)>),
    Link {
        say: String,
        url: String,
    },
    Small(String),
    /// What a person wrote, as they wrote it.
    Words(String),
}

impl Written {
    /// The plain text, which is the letter; the HTML only sets it.
    pub fn text(&self) -> String {
        let block = |block: &Block| match block {
            Block::Say(text) | Block::Small(text) | Block::Words(text) => text.clone(),
            Block::List(items) => items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
            Block::Table(rows) => {
                let row = |(what, value): &(String, String)| crate::words::labelled(self.lang, what, value);
                rows.iter().map(row).collect::<Vec<_>>().join("\n")
            }
            Block::Link { say, url } => format!("{say}\n{url}"),
        };
        self.blocks.iter().map(block).collect::<Vec<_>>().join("\n\n") + "\n"
    }

    pub fn html(&self) -> Option<String> {
        let page = LetterPage { lang: self.lang.tag(), letter: self };
        page.render().inspect_err(|error| tracing::error!(%error, "a letter could not be rendered")).ok()
    }
}

#[derive(Template)]
#[template(path = "letters/letter.html")]
struct LetterPage<'a> {
    lang: &'static str,
    letter: &'a Written,
}
