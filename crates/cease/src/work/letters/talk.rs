//! What people said, for letters that carry it, and codes. Only recipients known to be the holder get to see it.

use case::{Case, EffectId, Event, Lang, Letter, thread};
use store::StoreError;

use crate::app::App;
use crate::watch;
use crate::words;
use crate::work::port;

/// Headings and words: of a reply what the agent wrote, of an alarm what came of it, of a kind of end why it was decided so,
/// of a transcript the whole conversation.
pub(super) async fn of(
    app: &App,
    key: EffectId,
    case: &Case,
    letter: Letter,
    lang: Lang,
) -> Result<Vec<(String, String)>, StoreError> {
    if letter == Letter::SwitchCode {
        return Ok(port::told(app, case));
    }
    let weighed = matches!(letter, Letter::NotUpheld | Letter::Upheld);
    if !weighed && !matches!(letter, Letter::Reply | Letter::Cleared | Letter::Transcript) {
        return Ok(Vec::new());
    }
    let journal = app.store.journal(case.reference).await?;
    let owes = |event: &Event| matches!(event, Event::Owed { n, .. } if *n == key.n);
    let owed_by = journal.iter().find(|entry| entry.events.iter().any(owes));
    let said_with = owed_by.map(|entry| entry.version);
    if weighed {
        let reason =
            |event: &Event| if let Event::Weighed { reason, .. } = event { Some(reason.clone()) } else { None };
        let reason = owed_by.and_then(|entry| entry.events.iter().find_map(reason));
        return Ok(reason.map(|reason| (String::new(), reason)).into_iter().collect());
    }
    let messages = thread::messages(&journal).filter(|message| !message.note);
    if letter == Letter::Reply {
        let said = messages.filter(|message| Some(message.version) == said_with);
        return Ok(said.map(|message| (String::new(), message.text.to_owned())).collect());
    }
    let (l, zone) = (words::words(lang), app.policy.zone());
    if letter == Letter::Cleared {
        let closed = |event: &Event| {
            let Event::AlarmClosed { kind, why } = event else { return None };
            Some(words::labelled(lang, &watch::kind_to_holder(l, *kind), &watch::came_of_it(l, *why)))
        };
        let heading = owed_by.and_then(|entry| entry.events.iter().find_map(closed)).unwrap_or_default();
        let mut said = messages.filter(|message| Some(message.version) == said_with);
        return Ok(vec![(heading, said.next().map_or_else(String::new, |message| message.text.to_owned()))]);
    }
    let heading = |message: &thread::Message| {
        let at = words::moment(lang, message.at, &zone);
        if message.by_holder() { fl!(l, "letter-talk-you", at = at) } else { fl!(l, "letter-talk-us", at = at) }
    };
    Ok(messages.map(|message| (heading(&message), message.text.to_owned())).collect())
}
