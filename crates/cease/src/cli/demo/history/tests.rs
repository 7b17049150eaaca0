use std::collections::{BTreeMap, BTreeSet};

use case::event::chain;
use case::evolve::fold;
use case::{CaseRef, Entry, Stage};
use store::View;

use super::*;
use crate::testing;

async fn all(app: &App) -> Vec<store::Summary> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = app.store.list(View::All, after, 500).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = Some(last.cursor());
        all.extend(page);
    }
}

fn assert_chained(reference: CaseRef, journal: &[Entry]) {
    let mut before = String::new();
    for entry in journal {
        let events = serde_json::to_string(&entry.events).unwrap();
        let value = chain(&before, entry.at, &entry.actor, &entry.command, entry.version, &events);
        assert_eq!(entry.chain, value, "{reference} at {}", entry.version);
        before = value;
    }
}

/// The whole of it: what a visitor will meet, and that it is what the core would have made.
#[tokio::test]
async fn the_history_is_whole_and_nothing_of_it_is_owed() {
    let (app, _dir) = testing::app().await;
    let now = app.now();
    write(&app).await.unwrap();
    let cases = all(&app).await;
    assert_eq!(cases.len(), MANY);
    assert_eq!(app.store.outbox().await.unwrap().waiting, 0, "nobody is written to");
    assert_eq!(app.store.due(now, 10).await.unwrap(), [], "no clock of the past rings now");
    assert_eq!(testing::shelf(&app).messages().len(), 0);
    let mut stages: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut languages, mut channels, mut staff) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for summary in &cases {
        let (case, reference) = (&summary.case, summary.case.reference);
        let journal = app.store.journal(reference).await.unwrap();
        assert_chained(reference, &journal);
        assert_eq!(fold(reference, &journal).as_ref(), Some(case), "{reference}");
        assert!(journal.windows(2).all(|pair| pair[0].at <= pair[1].at), "{reference}: time runs forward");
        assert!(journal.last().unwrap().at <= now && summary.due.is_none_or(|due| due > now), "{reference}");
        *stages.entry(case.stage.name()).or_default() += 1;
        languages.insert(case.lang());
        channels.extend(case::thread::messages(&journal).map(|m| m.channel));
        staff.extend(
            journal
                .iter()
                .filter_map(|e| if let case::Actor::Agent { staff, .. } = &e.actor { Some(*staff) } else { None }),
        );
        if let Stage::Ceased { certificate, .. } | Stage::Closed { certificate, .. } = &case.stage {
            assert!(certificate.is_some(), "{reference}");
        }
    }
    // Most are done, some dozens are open, and every stage is there to be seen.
    let of = |stage: &str| stages.get(stage).copied().unwrap_or_default();
    assert!(of("ceased") + of("closed") > 2_500, "{stages:?}");
    assert!((5..45).contains(&of("review")), "the demo's own cases stay on the first page: {stages:?}");
    assert!((10..49).contains(&of("received")), "{stages:?}");
    for stage in Stage::NAMES {
        assert!(of(stage) > 0, "nothing is {stage}: {stages:?}");
    }
    assert!(cases.iter().any(|s| s.case.stage.is_open() && s.case.flags.contains(&case::Flag::Overdue)));
    assert_eq!((languages.len(), staff.len()), (2, 8));
    for channel in
        [case::Channel::Web, case::Channel::Mail, case::Channel::Chat, case::Channel::Voice, case::Channel::Letter]
    {
        assert!(channels.contains(&channel), "{channel:?}");
    }
}

/// Every plot asks only for what the core allows, and the same seed gives the same people and cases.
#[tokio::test]
async fn every_plot_plays_and_plays_the_same_again() {
    let (app, _dir) = testing::app().await;
    let (now, staff) = (app.now(), staff());
    let mut references = BTreeSet::new();
    for (n, at) in arrivals(&app, now) {
        let made = one(&app, &staff, n, at, now).unwrap();
        assert_eq!(made.refused, Vec::<String>::new(), "case {n}");
        assert!(references.insert(made.past.case.reference), "a reference twice");
        if n % 100 == 0 {
            let again = one(&app, &staff, n, at, now).unwrap();
            assert_eq!(again.past.case.declaration, made.past.case.declaration);
            assert_eq!(again.past.entries.len(), made.past.entries.len());
            let email = made.account.and_then(|account| account.person.email);
            assert!(email.is_none_or(|email| email.is_ascii()));
        }
    }
    assert_eq!(references.len(), MANY);
}
