//! What becomes of a message. First it is kept, sealed; then somebody looks at it, perhaps again after a
//! crash, and every step may be made twice: a declaration carries the message's id as its form token, and
//! a case's journal names the messages that went into it.

use axum::body::Bytes;
use case::identify::{Check, Identifier};
use case::redact::redact;
use case::way::{Kind, may_withdraw};
use case::{Actor, Assurance, CaseRef, Channel, Command, Declaration, Event, FileId, Flag, Lang, Person};
use jiff::SignedDuration;
use reach::mail::read::{self, Automatic, Read};
use store::{Mail, MailFate, MailHead, StoreError, StoredFile};

use super::{address, number};
use crate::act::{ActError, act_on, declare};
use crate::app::{App, Shared};
use crate::files::{self, Limits, is_unseen};
use crate::keys::{hex_of, sha256};

/// Files of one message that are taken.
const FILES: usize = 20;
/// Messages an hour from one address, beyond which they are suspect.
const PER_HOUR: u32 = 20;
/// Characters of the text that the desk's list shows.
const EXCERPT: usize = 300;

/// Keeps a message as it came, and answers by what it is known from then on. Kept once, however often it
/// comes. `bytes` is its whole size, of which `raw` may be the beginning.
pub async fn keep(app: &App, raw: Vec<u8>, bytes: usize) -> Result<[u8; 32], StoreError> {
    let id = identity(&raw);
    let sealed = app.keys.seal("mail", &id, &raw);
    let head = MailHead { bytes: bytes.max(raw.len()) as u64, ..MailHead::default() };
    let mail = Mail { id, seq: 0, at: app.now(), fate: MailFate::Pending, case: None, head };
    app.store.put_mail(mail, sealed).await?;
    Ok(id)
}

/// What makes a message this one: what its sender wrote, and not the way it took. One that has no name of its own, or no
/// head at all, is every byte of it: two people may write the same few words.
fn identity(raw: &[u8]) -> [u8; 32] {
    let end = raw.windows(2).position(|w| w == b"\n\n").map(|at| at + 2);
    let end = end.into_iter().chain(raw.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)).min();
    let (head, body) = raw.split_at(end.unwrap_or(raw.len()));
    let (mut parts, mut field, mut named) = (sha256(body).to_vec(), Vec::new(), false);
    for line in head.split(|b| *b == b'\n').chain([&b""[..]]) {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = field.split(|b| *b == b':').next().unwrap_or_default().to_ascii_lowercase();
            if [&b"message-id"[..], b"date", b"from", b"to", b"cc", b"subject"].contains(&name.as_slice()) {
                parts.extend(sha256(&field));
                named |= name == b"message-id";
            }
            field.clear();
        }
        field.extend_from_slice(line);
    }
    if named && end.is_some() { sha256(&parts) } else { sha256(raw) }
}

/// Looks at everything that nobody has looked at.
pub async fn pending(app: &Shared) -> Result<(), ActError> {
    for id in app.store.mails_pending(1_000).await? {
        if let Err(error) = process(app, &id).await {
            tracing::error!(%error, "a mail is kept and will be looked at again");
        }
    }
    Ok(())
}

/// A message in clear, as it came.
pub async fn original(app: &App, id: &[u8; 32]) -> Result<Option<(Mail, Vec<u8>)>, StoreError> {
    // Of one that was erased, the line is left.
    let found = app.store.mail(id).await?.filter(|(_, sealed)| !sealed.is_empty());
    Ok(found.map(|(mail, sealed)| (app.keys.seal("mail", &mail.id, &sealed), mail)).map(|(raw, mail)| (mail, raw)))
}

/// What a message leads to.
enum Way {
    Declare,
    Say(CaseRef),
    Bounce { case: CaseRef, hard: bool, status: String },
    Hold(&'static str, Option<CaseRef>),
}

/// Looks at one message, if nobody has yet.
pub async fn process(app: &Shared, id: &[u8; 32]) -> Result<(), ActError> {
    let Some((mail, sealed)) = app.store.mail(id).await? else { return Ok(()) };
    if mail.fate != MailFate::Pending {
        return Ok(());
    }
    if sealed.is_empty() {
        return settle(app, mail, &Read::default(), Way::Hold("empty", None)).await;
    }
    let raw = app.keys.seal("mail", &mail.id, &sealed);
    let cut = mail.head.bytes > raw.len() as u64;
    // Off the threads that serve pages; and what reads hostile bytes takes only its own thread down.
    let Ok(read) = tokio::task::spawn_blocking(move || read::read(&raw)).await else {
        return settle(app, mail, &Read::default(), Way::Hold("unreadable", None)).await;
    };
    let way = if cut { Way::Hold("too-much-bytes", None) } else { way(app, &read).await? };
    settle(app, mail, &read, way).await
}

async fn way(app: &App, read: &Read) -> Result<Way, ActError> {
    let known = match address::case_of(app, &read.to) {
        Some(case) => app.store.case(case).await?.map(|case| case.reference),
        None => None,
    };
    if let Some(report) = &read.report {
        let about = known.or_else(|| returned(app, report));
        return Ok(match about {
            Some(case) if report.failed || report.delayed => {
                Way::Bounce { case, hard: report.failed, status: report.status.clone() }
            }
            about => Way::Hold("report", about),
        });
    }
    let held = if read.too_much.is_some() {
        Some("too-much")
    } else if address::is_ours(app, &read.from) {
        Some("loop")
    } else {
        read.automatic.map(|automatic| match automatic {
            Automatic::Reply => "automatic",
            Automatic::Bulk => "bulk",
            Automatic::Spam => "spam",
            Automatic::Robot => "robot",
        })
    };
    Ok(match (held, known) {
        (Some(why), _) => Way::Hold(why, known),
        (None, _) if read.text.is_empty() && read.files.is_empty() => Way::Hold("empty", known),
        (None, Some(case)) => Way::Say(case),
        (None, None) => Way::Declare,
    })
}

/// The case of a letter that came back elsewhere than to its case's address: known by its Message-ID, which only this
/// desk can make. Those of versions before could be made by anybody, and say nothing.
fn returned(app: &App, report: &read::Report) -> Option<CaseRef> {
    let domain = super::dkim::domain(&app.config);
    let (key, _) = report.about.split_once('.')?;
    let (reference, n) = key.rsplit_once('-')?;
    let case: CaseRef = reference.parse().ok()?;
    let id = reach::mail::message_id(&super::names(&app.keys), &format!("{case}/{n}"), &report.recipient, domain);
    (id == format!("<{}>", report.about)).then_some(case)
}

/// Goes the way, and says of the message that it was gone.
async fn settle(app: &Shared, mut mail: Mail, read: &Read, way: Way) -> Result<(), ActError> {
    mail.head.from = shown(&read.from);
    mail.head.name = redact(&shown(&read.from_name)).0;
    mail.head.subject = redact(&shown(&read.subject)).0;
    mail.head.text = words(read, false).chars().take(EXCERPT).collect();
    let gone = match way {
        Way::Hold(why, case) => Err((why, case)),
        Way::Bounce { case, hard, status } => {
            let id = hex_of(&mail.id);
            let command = Command::Bounce { mail: id.clone(), hard, status, channel: Channel::Mail };
            once(app, case, &id, &Actor::Network, &command).await?
        }
        Way::Say(case) => {
            let (files, left_out) = take_files(app, &mail, read).await?;
            mail.head.left_out = left_out;
            let id = hex_of(&mail.id);
            let command = Command::Receive { mail: id.clone(), text: words(read, false), files };
            once(app, case, &id, &nobody(), &command).await?
        }
        Way::Declare => Ok(open(app, &mut mail, read).await?),
    };
    match gone {
        Ok(case) => (mail.fate, mail.case) = (MailFate::Taken, Some(case)),
        Err((why, case)) => {
            (mail.fate, mail.case) = (MailFate::Held, case);
            mail.head.why = why.to_owned();
        }
    }
    Ok(app.store.settle_mail(&mail).await?)
}

fn nobody() -> Actor {
    Actor::Holder { account: None, assurance: Assurance::nothing() }
}

/// Gives a case a command for the message or report of this id, unless it had it before: the journal is read after the row,
/// and nothing may have come between.
pub(crate) async fn once(
    app: &Shared,
    reference: CaseRef,
    id: &str,
    actor: &Actor,
    command: &Command,
) -> Result<Result<CaseRef, (&'static str, Option<CaseRef>)>, ActError> {
    let known = |event: &Event| matches!(event, Event::Mailed { mail } | Event::Bounced { mail, .. } if *mail == id);
    loop {
        let Some(case) = app.store.case(reference).await? else { return Ok(Err(("no-case", None))) };
        let journal = app.store.journal(reference).await?;
        if journal.iter().any(|entry| entry.events.iter().any(known)) {
            return Ok(Ok(reference));
        }
        match act_on(app, &case, actor, command).await {
            Ok(_) => return Ok(Ok(reference)),
            Err(ActError::Store(StoreError::Conflict)) => continue,
            Err(ActError::Refused(_)) => return Ok(Err(("refused", Some(reference)))),
            Err(error) => return Err(error),
        }
    }
}

/// Opens a case from a message that the desk has before it, whatever held it back. Its sender gets no
/// automatic answer: a person has looked, and can write. `kind` is how they have read it.
pub async fn open_from(app: &Shared, id: &[u8; 32], kind: &str) -> Result<Option<CaseRef>, ActError> {
    let Some((mut mail, raw)) = original(app, id).await? else { return Ok(None) };
    if mail.fate == MailFate::Taken {
        return Ok(mail.case);
    }
    let Ok(read) = tokio::task::spawn_blocking(move || read::read(&raw)).await else { return Ok(None) };
    let reference = declared(app, &mut mail, &read, vec![Flag::NoAnswer], Some(kind)).await?;
    (mail.fate, mail.case) = (MailFate::Taken, Some(reference));
    app.store.settle_mail(&mail).await?;
    Ok(Some(reference))
}

async fn open(app: &Shared, mail: &mut Mail, read: &Read) -> Result<CaseRef, ActError> {
    let sender = app.keys.address(&read.from);
    let (hour, day) = (SignedDuration::from_hours(1), SignedDuration::from_hours(24));
    let mut flags = Vec::new();
    let hit = app.store.hit(&format!("mail:{}", hex_of(&sender)), app.now(), hour, PER_HOUR).await?;
    if !hit.allowed {
        flags.push(Flag::Suspect);
    }
    let until = app.now().saturating_add(day).unwrap_or(case::Timestamp::MAX);
    // Who is disowned by their own domain is somebody else, who has not written to us.
    let answered = hit.allowed && !read.disowned && app.store.may_answer(&sender, &mail.id, app.now(), until).await?;
    if !answered {
        flags.push(Flag::NoAnswer);
    }
    declared(app, mail, read, flags, None).await
}

async fn declared(
    app: &Shared,
    mail: &mut Mail,
    read: &Read,
    mut flags: Vec<Flag>,
    kind: Option<&str>,
) -> Result<CaseRef, ActError> {
    let (files, left_out) = take_files(app, mail, read).await?;
    mail.head.left_out = left_out;
    let text = words(read, true);
    let found = number::in_text(&format!("{}\n{}", read.subject, read.text), &app.policy.identify);
    let (number, check) = found.map_or((Identifier::NotGiven, Check::None), |found| (found.id, found.check));
    // A machine takes nothing for a withdrawal, and says so; a person has read it.
    if kind.is_none() && may_withdraw(&app.policy, &text) {
        flags.push(Flag::MayWithdraw);
    }
    let kind = Kind::chosen(&app.policy.journey, kind.unwrap_or_default(), &text);
    let chinese = text.chars().any(|c| ('\u{3400}'..='\u{9FFF}').contains(&c));
    let email = shown(&read.from);
    let declaration = Declaration {
        channel: Channel::Mail,
        lang: if chinese { Lang::ZhCn } else { Lang::En },
        number,
        check,
        person: Person {
            name: redact(&shown(&read.from_name)).0,
            address: String::new(),
            email: email.contains('@').then_some(email),
            phone: None,
        },
        statement: Some(text),
        files: files.into_iter().map(|(id, _)| id).collect(),
        agreed: None,
        wanted_end: None,
        consent: false,
        backup: false,
        saved: None,
        declared_at: app.now(),
        way: case::way::Way { kind, ..Default::default() },
    };
    let token = format!("mail:{}", hex_of(&mail.id));
    Ok(declare(app, &nobody(), declaration, flags, Some(&token)).await?.reference)
}

/// No number that has to go is longer, in characters, as somebody writes it.
const HALVED: usize = 64;

/// What they wrote, without what was quoted, struck and cut as every text is. With its subject where it
/// opens a case, or where there is nothing else.
fn words(read: &Read, opens: bool) -> String {
    let joins = |c: char| matches!(c, '\u{200C}' | '\u{200D}');
    let fresh = read::fresh(&read.text);
    let text = if opens || fresh.is_empty() { format!("{}\n\n{fresh}", read.subject) } else { fresh };
    let seen: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || joins(*c) || !is_unseen(*c)).collect();
    let most = case::declaration::STATEMENT_MAX;
    // A mail may be of many megabytes: no more is looked at than can be kept, and what the cut may have halved goes.
    let (seen, cut) = match seen.trim().char_indices().nth(4 * most) {
        Some((at, _)) => (&seen.trim()[..at], true),
        None => (seen.trim(), false),
    };
    let (mut text, _) = redact(seen);
    if cut {
        let kept = text.chars().count().saturating_sub(HALVED);
        text = text.chars().take(kept).collect();
    }
    let text = if text.chars().count() > most { text.chars().take(most - 1).chain(['…']).collect() } else { text };
    if text.is_empty() { "–".to_owned() } else { text }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !is_unseen(*c)).take(200).collect::<String>().trim().to_owned()
}

/// Files by the rules for all files; how many stay in the original only. Their ids follow from the
/// message's, so that the same message brings the same files.
async fn take_files(app: &App, mail: &Mail, read: &Read) -> Result<(Vec<(FileId, String)>, u32), StoreError> {
    let mut taken = Vec::new();
    let limits = Limits::of(app.config.limits.upload_bytes);
    for (n, (name, bytes)) in read.files.iter().enumerate().take(FILES) {
        let Ok(clean) = files::accept(name, Bytes::copy_from_slice(bytes), limits).await else { continue };
        let id = sha256(&[&mail.id[..], &[n as u8]].concat());
        let bits = id.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let id = FileId::from_bits(bits);
        let name = clean.name.clone();
        let media = clean.media.to_owned();
        app.store.put_file(StoredFile { id, media, name: clean.name, bytes: clean.bytes, at: mail.at }).await?;
        taken.push((id, name));
    }
    let left_out = read.files.len() + read.closed - taken.len();
    Ok((taken, u32::try_from(left_out).unwrap_or(u32::MAX)))
}
