//! The register of official channels in the public log: each time it becomes another, its text is kept under the next
//! version, and the text's digest becomes a leaf.
//!
//! Known fakes are not in it: a list of live traps helps nobody, and a number that was borrowed for one may be
//! somebody's own. What is asked about is answered at `/check`.

use case::official::Register;
use proof::log::{Channel, Channels, Leaf, channels};
use store::{ChannelText, LogLeaf, StoreError};

use super::{Fault, Wrong, bundle, keys};
use crate::app::App;

/// As it is published, in its one order.
pub fn lines(register: &Register) -> Vec<Channel> {
    let line = |entry: &case::official::Entry| Channel {
        kind: entry.kind.name().to_owned(),
        from: entry.from,
        until: entry.until,
        value: entry.shown.clone(),
    };
    Channels::sorted(register.official.iter().map(line).collect())
}

/// The leaf of the register in force, where it is not in the log yet.
pub(super) async fn leaf(app: &App, origin: &str) -> Result<Option<Leaf>, StoreError> {
    let revision = app.store.channel_revision().await?;
    let published = || app.register.published.lock().unwrap_or_else(|e| e.into_inner());
    let (mine, settled) = published().clone();
    if settled == Some(revision) {
        return Ok(None);
    }
    let register = app.register.current(&app.store, &app.policy, app.now()).await?;
    let wanted = lines(&register);
    let newest = app.store.channel_text(None).await?;
    let read = newest.as_ref().and_then(|newest| Channels::parse(&newest.text));
    let same = read.is_some_and(|read| read.channels == wanted && read.origin == origin);
    let text = match newest {
        Some(newest) if same => newest,
        // What this process has published already, another has replaced: they are configured differently, and
        // would go on doing so for ever.
        Some(newest) if mine.as_ref() == Some(&wanted) => {
            let version = newest.version;
            tracing::warn!(version, "another process has published another register: is desk.channels the same?");
            newest
        }
        newest => publish(app, newest.map_or(1, |newest| newest.version + 1), origin, &wanted).await?,
    };
    *published() = (Some(wanted), None);
    let leaf = Channels::leaf(text.version, &text.text);
    if app.store.log_other_leaf(&leaf.text()).await?.is_some() {
        published().1 = Some(revision);
        return Ok(None);
    }
    Ok(Some(leaf))
}

/// Keeps the next version; that of another process, where that was quicker.
async fn publish(app: &App, version: u64, origin: &str, lines: &[Channel]) -> Result<ChannelText, StoreError> {
    let operator = app.config.desk.name.split_whitespace().collect::<Vec<_>>().join(" ");
    let since = keys::second(app.now());
    let register = Channels { operator, origin: origin.to_owned(), version, since, channels: lines.to_vec() };
    let text = ChannelText { version, at: since, text: register.text() };
    if app.store.put_channel_text(text.clone()).await? {
        tracing::info!(version, "the register of channels has changed");
        return Ok(text);
    }
    Ok(app.store.channel_text(Some(version)).await?.unwrap_or(text))
}

/// The text of a version, or the newest, and what proves it, where a signed head of the log has it.
pub async fn file(app: &App, version: Option<u64>) -> Result<Option<String>, StoreError> {
    let Some(text) = app.store.channel_text(version).await? else { return Ok(None) };
    let leaf = Channels::leaf(text.version, &text.text);
    let logged = app.store.log_other_leaf(&leaf.text()).await?;
    let (Some(logged), Some(in_force)) = (logged, keys::read(app).await?) else { return Ok(Some(text.text)) };
    // By a head with a quorum, or until there is one by the log's own.
    let quorum = u32::try_from(in_force.manifest.quorum).unwrap_or(u32::MAX);
    for wanted in [quorum, 0] {
        if let Some(head) = app.store.log_checkpoint(wanted).await?.filter(|head| head.size > logged.n) {
            let ticket = bundle::ticket(app, logged.n, &head, &in_force.manifest).await?;
            return Ok(Some(channels::file(&text.text, &ticket.to_string(), &in_force.file)));
        }
    }
    Ok(Some(text.text))
}

/// The text that is kept is the one that was logged.
pub(super) async fn told(app: &App, leaf: &LogLeaf) -> Result<(), Fault> {
    let Some(Leaf::Channels { version, .. }) = Leaf::parse(&leaf.leaf) else { return Ok(()) };
    let kept = app.store.channel_text(Some(version)).await?;
    if kept.is_some_and(|kept| Channels::leaf(version, &kept.text).text() == leaf.leaf) {
        return Ok(());
    }
    Err(Wrong::Channels { version, n: leaf.n }.into())
}
