use case::{Actor, CaseRef, Command, FileId, Outcome};
use store::{AnyStore, Commit, DayCount, DayCounts, LIVE, LetterDraft, StoredFile};

use super::world::{at, declared, said, step};

/// A case that was declared, written about and settled, as one change.
fn past(n: u64) -> Commit {
    let first = declared(n, at(0));
    let second = said(&first.case, "looked at", at(60));
    let done = Command::Report { n: 0, outcome: Outcome::Delivered };
    let third = step(Some(&second.case), &Actor::Network, &done, None, at(90));
    let entries = [first.entries, second.entries, third.entries].concat();
    Commit { expected: 0, entries, settles: None, ..third }
}

fn count(measure: &str, day: i64, bucket: i64, count: i64) -> DayCount {
    DayCount { measure: measure.to_owned(), day, bucket, count }
}

pub async fn the_journal_is_followed_in_the_order_it_was_written(store: AnyStore) {
    assert_eq!(store.journal_after(0, 10).await.unwrap().len(), 0);
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    store.commit(past(2)).await.unwrap();
    store.commit(said(&first.case, "later", at(100))).await.unwrap();
    let all = store.journal_after(0, 100).await.unwrap();
    let versions: Vec<u64> = all.iter().map(|(_, entry)| entry.version).collect();
    assert_eq!(versions, [1, 1, 2, 3, 2]);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    // A stretch at a time is the same.
    let (mut seq, mut again) = (0, Vec::new());
    loop {
        let next = store.journal_after(seq, 2).await.unwrap();
        let Some((last, _)) = next.last() else { break };
        assert!(next.len() <= 2);
        seq = *last;
        again.extend(next);
    }
    assert_eq!(again.len(), all.len());
}

pub async fn a_stretch_is_counted_once(store: AnyStore) {
    assert_eq!(store.report_cursor().await.unwrap(), (0, String::new()));
    store.count_afresh("rules").await.unwrap();
    let reference = CaseRef::from_bits(9);
    let stretch = |from, to, state: Option<&str>| DayCounts {
        from,
        to,
        counts: vec![count("declared", 7, 0, 3), count("depth", 7, 1, -1)],
        cases: vec![(reference, state.map(str::to_owned))],
    };
    // Many count the same stretch; one of them writes.
    let rivals: Vec<_> = (0..16)
        .map(|_| {
            let (store, stretch) = (store.clone(), stretch(0, 5, Some("{}")));
            tokio::spawn(async move { store.put_counted(stretch).await.unwrap() })
        })
        .collect();
    let mut written = 0;
    for rival in rivals {
        written += usize::from(rival.await.unwrap());
    }
    assert_eq!(written, 1);
    assert_eq!(store.report_cursor().await.unwrap(), (5, "rules".to_owned()));
    assert_eq!(store.report_case(reference).await.unwrap().as_deref(), Some("{}"));
    assert!(!store.put_counted(stretch(3, 9, Some("stale"))).await.unwrap());
    assert!(store.put_counted(stretch(5, 9, None)).await.unwrap());
    assert_eq!(store.report_case(reference).await.unwrap(), None);
    store.add_counts(vec![count(LIVE, 7, 2, 1), count(LIVE, 8, 2, 4), count(LIVE, 8, 2, 1)]).await.unwrap();
    let day = store.report_days(7, 7).await.unwrap();
    assert_eq!(day, [count("declared", 7, 0, 6), count("depth", 7, 1, -2), count(LIVE, 7, 2, 1)]);
    assert_eq!(store.report_before("depth", 8).await.unwrap(), [count("depth", 0, 1, -2)]);
    assert_eq!(store.report_before("depth", 7).await.unwrap(), []);
    store.count_afresh("other rules").await.unwrap();
    assert_eq!(store.report_days(0, 99).await.unwrap(), [count(LIVE, 7, 2, 1), count(LIVE, 8, 2, 5)]);
    assert_eq!(store.report_cursor().await.unwrap(), (0, "other rules".to_owned()));
}

pub async fn a_letter_is_kept_until_it_is_finished(store: AnyStore) {
    let id = FileId::from_bits(1);
    let letter = |body: &str, open| LetterDraft { id, at: at(0), open, body: body.to_owned() };
    let scan = |id| StoredFile { id, media: "image/png".into(), name: "a.png".into(), bytes: vec![1], at: at(0) };
    assert_eq!(store.letter(id).await.unwrap(), None);
    store.put_file(scan(id)).await.unwrap();
    assert!(store.put_letter(letter("{}", true)).await.unwrap());
    assert!(store.put_letter(letter("{more}", true)).await.unwrap());
    assert_eq!(store.letters(9).await.unwrap(), [letter("{more}", true)]);
    store.put_letter(letter("{done}", false)).await.unwrap();
    assert_eq!(store.letters(9).await.unwrap(), []);
    // What a case has taken up is not thrown away.
    store.drop_letter(letter("{gone}", true), vec![id]).await.unwrap();
    assert!(store.file(id).await.unwrap().is_some());
    assert_eq!(store.letter(id).await.unwrap(), Some(letter("{done}", false)));
    let (other, named) = (FileId::from_bits(2), FileId::from_bits(3));
    store.put_draft_file(scan(other), at(9_000)).await.unwrap();
    store.put_file(scan(named)).await.unwrap();
    let other_letter = |body: &str, open| LetterDraft { id: other, ..letter(body, open) };
    store.put_letter(other_letter("{}", true)).await.unwrap();
    store.drop_letter(other_letter("{gone}", true), vec![other, named]).await.unwrap();
    // Nor does it come back with what somebody else still writes in it, who is told.
    assert!(!store.put_letter(other_letter("{more}", true)).await.unwrap());
    assert!(store.file(other).await.unwrap().is_none());
    assert!(store.file(named).await.unwrap().is_some(), "a case has taken it up meanwhile");
    assert_eq!(store.letter(other).await.unwrap(), Some(other_letter("{gone}", false)));
    // That a case has taken it up is what counts.
    assert!(store.put_letter(other_letter("{done}", false)).await.unwrap());
    assert_eq!(store.letter(other).await.unwrap(), Some(other_letter("{done}", false)));
    // What is left of those that are over goes with time.
    let third = LetterDraft { id: named, ..letter("{open}", true) };
    store.put_letter(third.clone()).await.unwrap();
    store.sweep(at(0) + jiff::SignedDuration::from_hours(91 * 24)).await.unwrap();
    assert_eq!((store.letter(id).await.unwrap(), store.letter(other).await.unwrap()), (None, None));
    assert_eq!(store.letter(named).await.unwrap(), Some(third));
}
