//! A message as the desk works with it: who says they sent it, where it went, what a person wrote, and
//! whether a person wrote it. Nothing in a message is proof of anything, and none of it can make this fail.

use mail_parser::MessageParser;
use mail_parser::decoders::html::html_to_text;

use super::mime::{self, Leaf};
pub use super::mime::{BYTES, DEPTH, HEADER_BYTES, HEADER_FIELDS, PARTS, TooMuch};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// As the sender gives it; empty where there is none.
    pub from_name: String,
    pub from: String,
    /// Every address it says it went to, in any field.
    pub to: Vec<String>,
    pub subject: String,
    pub message_id: String,
    /// What the sender wrote, quotations and signature included: plain text, or HTML made into plain text.
    pub text: String,
    pub html_only: bool,
    /// File names and bytes; believe neither.
    pub files: Vec<(String, Vec<u8>)>,
    /// Messages inside it, which are not opened.
    pub closed: usize,
    pub automatic: Option<Automatic>,
    /// Its own server says that the sender's domain disowns it.
    pub disowned: bool,
    pub report: Option<Report>,
    pub too_much: Option<TooMuch>,
}

/// Why a message needs and gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// RFC 3834: a holiday note, a ticket system.
    Reply,
    /// A list or a newsletter.
    Bulk,
    Spam,
    /// Without a sender who could be answered (`<>`), or from an address that says it is not read.
    Robot,
}

/// A server's report of a message of ours (RFC 3464).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// For good; otherwise it is only late, or something else.
    pub failed: bool,
    pub delayed: bool,
    /// Such as `5.1.1`; empty where it has none.
    pub status: String,
    pub recipient: String,
    /// The Message-ID of what was returned.
    pub about: String,
}

/// Reads a message. Total: whatever the bytes are, there is an answer.
pub fn read(raw: &[u8]) -> Read {
    let head = &raw[..mime::body_at(raw).min(HEADER_BYTES)];
    let fields = mime::fields(head);
    let parts = mime::parts(raw);
    let mut read = Read { too_much: parts.too_much, ..headers(head, &fields) };
    let report = field(&fields, "content-type").to_lowercase();
    let report = report.starts_with("multipart/report") && report.contains("delivery-status");
    let (mut plain, mut html) = (Vec::new(), Vec::new());
    for leaf in parts.leaves {
        match leaf {
            Leaf::Text { text, html: false, .. } => plain.push(text),
            Leaf::Text { text, html: true, alternative } => html.push((alternative, html_to_text(&text))),
            Leaf::File { name, bytes } => read.files.push((name, bytes)),
            Leaf::Closed { media, body } => {
                read.closed += 1;
                if report {
                    let report = read.report.get_or_insert_default();
                    closed(report, &media, body);
                }
            }
        }
    }
    read.html_only = plain.iter().all(|text| text.trim().is_empty()) && !html.is_empty();
    let html = html.into_iter().filter(|(alternative, _)| read.html_only || !alternative);
    let text: Vec<String> = plain.into_iter().chain(html.map(|(_, text)| text)).map(|text| tidy(&text)).collect();
    read.text = text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    read
}

fn headers(head: &[u8], fields: &[(String, String)]) -> Read {
    let mut read = Read { automatic: automatic(fields), disowned: disowned(fields), ..Read::default() };
    let Some(message) = MessageParser::default().parse_headers(head) else { return read };
    if let Some(from) = message.from().and_then(|list| list.first()) {
        read.from_name = line(from.name().unwrap_or_default());
        read.from = line(from.address().unwrap_or_default());
    }
    read.to = mime::addresses(&message, &["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]);
    read.to.truncate(100);
    read.subject = line(message.subject().unwrap_or_default());
    read.message_id = line(message.message_id().unwrap_or_default());
    if read.automatic.is_none() && is_robot(&read.from) {
        read.automatic = Some(Automatic::Robot);
    }
    read
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

fn automatic(fields: &[(String, String)]) -> Option<Automatic> {
    let get = |name| field(fields, name).to_lowercase();
    let has = |name| fields.iter().any(|(n, _)| n == name);
    let spam = get("x-spam-flag").starts_with("yes") || get("x-spam-status").starts_with("yes");
    let submitted = get("auto-submitted");
    let replies = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from"].into_iter().any(has);
    let bulk = matches!(get("precedence").as_str(), "bulk" | "list" | "junk");
    let listed = ["list-id", "list-unsubscribe", "list-post", "list-help", "feedback-id"].into_iter().any(has);
    if spam {
        Some(Automatic::Spam)
    } else if (!submitted.is_empty() && !submitted.starts_with("no")) || replies || get("precedence") == "auto_reply" {
        Some(Automatic::Reply)
    } else if bulk || listed {
        Some(Automatic::Bulk)
    } else if get("return-path") == "<>" {
        Some(Automatic::Robot)
    } else {
        None
    }
}

fn is_robot(address: &str) -> bool {
    let local = address.split(['@', '+']).next().unwrap_or_default().to_lowercase().replace(['-', '_', '.'], "");
    ["mailerdaemon", "postmaster", "noreply", "donotreply", "nobody", "bounce", "bounces"].contains(&local.as_str())
}

/// The first such line was put there by the server nearest to us.
fn disowned(fields: &[(String, String)]) -> bool {
    field(fields, "authentication-results").to_lowercase().contains("dmarc=fail")
}

fn closed(report: &mut Report, media: &str, body: &[u8]) {
    if media.contains("delivery-status") {
        for (name, value) in mime::fields(&body[..body.len().min(HEADER_BYTES)]) {
            let value = value.rsplit_once(';').map_or(value.as_str(), |(_, v)| v).trim();
            match name.as_str() {
                "action" => {
                    report.failed |= value.eq_ignore_ascii_case("failed");
                    report.delayed |= value.eq_ignore_ascii_case("delayed");
                }
                "status" => report.status = status(value),
                "final-recipient" if report.recipient.is_empty() => report.recipient = line(value),
                "original-recipient" => report.recipient = line(value),
                _ => {}
            }
        }
    } else if report.about.is_empty() {
        let head = &body[..mime::body_at(body).min(HEADER_BYTES)];
        report.about = line(field(&mime::fields(head), "message-id").trim_matches(['<', '>']));
    }
}

/// Three numbers with dots, and nothing else that a server may write.
fn status(value: &str) -> String {
    let value = value.split_whitespace().next().unwrap_or_default();
    let sound = value.len() <= 11 && value.chars().all(|c| c.is_ascii_digit() || c == '.');
    if sound { value.to_owned() } else { String::new() }
}

/// One line of at most 300 characters.
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect::<String>().trim().to_owned()
}

/// Line ends as ours, nothing that only a terminal would obey, no more than one empty line at a time.
fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line: String = line.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

/// What is new in a message: without its signature and without what it quotes. All of it, where nothing
/// would be left.
pub fn fresh(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        if *line == "--" || *line == "-- " || introduces(line, lines.get(i + 1).copied().unwrap_or_default()) {
            break;
        }
        kept.push(line);
    }
    let quoted = |line: &&&str| line.trim_start().starts_with('>');
    let said: Vec<&str> = kept.iter().filter(|line| !quoted(line)).copied().collect();
    let said = said.join("\n").trim().to_owned();
    if said.is_empty() { text.trim().to_owned() } else { said }
}

/// The line before a quotation, as mail programs write it; `next` is the line after it.
fn introduces(line: &str, next: &str) -> bool {
    let line = line.trim();
    let low = line.to_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| low.ends_with(end));
    let ruled = line.len() >= 10 && (line.starts_with("-----") || line.starts_with("_____"));
    let words =
        ["original message", "原始邮件", "original-nachricht", "message d'origine", "forwarded message", "转发"];
    (ruled && (words.iter().any(|w| low.contains(w)) || line.chars().all(|c| c == '_')))
        || (low.starts_with("on ") && ends(&["wrote:"]))
        || (low.starts_with("on ") && low.contains('@') && next.trim().to_lowercase().ends_with("wrote:"))
        || ends(&["写道：", "写道:", "寫道：", "寫道:", "schrieb:", "a écrit :"])
}

#[cfg(test)]
mod tests;
