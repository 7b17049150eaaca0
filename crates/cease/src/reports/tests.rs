use case::{Actor, Assurance, Command, Declaration, Level, Role};

use super::*;
use crate::act::{act, declare};
use crate::testing;

async fn sums(app: &App) -> BTreeMap<(String, i64), i64> {
    let mut sums = BTreeMap::new();
    for count in app.store.report_days(0, 100_000).await.unwrap() {
        *sums.entry((count.measure, count.bucket)).or_default() += count.count;
    }
    sums.retain(|_, count| *count != 0);
    sums
}

/// A holder with a card who declares, proven or not.
async fn declared(app: &Shared, n: u64, proven: bool, statement: Option<&str>) -> case::Case {
    let holder = testing::holder(app, n, &format!("holder{n}")).await;
    let card = testing::card(app, n, holder.id).await;
    let found = case::identify::identify(&card.iccid.unwrap(), &app.policy.identify).unwrap();
    let assurance = if proven { Assurance::shown(Level::Code, holder.id, app.now()) } else { Assurance::nothing() };
    let declaration = Declaration {
        check: found.check,
        statement: statement.map(str::to_owned),
        consent: true,
        backup: true,
        ..Declaration::of(found.id, holder.person, app.now())
    };
    declare(app, &Actor::Holder { account: None, assurance }, declaration, Vec::new(), None).await.unwrap()
}

#[tokio::test]
async fn what_happened_is_counted_once_and_the_same_afresh() {
    let (app, _dir) = testing::app().await;
    let (agent, _) = testing::staff(&app, 90, "jo", Role::Agent).await;
    let agent = Actor::Agent { staff: agent.id, role: Role::Agent };
    declared(&app, 1, true, None).await;
    let written = declared(&app, 2, true, Some("Please.")).await;
    declared(&app, 3, false, None).await;
    while crate::work::round(&app).await.unwrap() > 0 {}
    testing::advance(&app, SignedDuration::from_hours(25));
    while crate::work::round(&app).await.unwrap() > 0 {}
    act(&app, written.reference, &agent, &Command::say("We are late; sorry.")).await.unwrap();
    act(&app, written.reference, &agent, &Command::Approve { evidence: "Read it.".into() }).await.unwrap();
    while crate::work::round(&app).await.unwrap() > 0 {}
    catch_up(&app).await.unwrap();
    let once = sums(&app).await;
    let of = |measure: Measure, bucket: i64| once.get(&(measure.name().to_owned(), bucket)).copied().unwrap_or(0);
    assert_eq!(of(Measure::Declared, 0), 3);
    assert_eq!((of(Measure::Straight, 0), of(Measure::Late, 1)), (1, 1));
    let late = tally::bucket(SignedDuration::from_hours(25));
    assert_eq!((of(Measure::Desk, late), of(Measure::Whole, late), of(Measure::Whole, 0)), (1, 1, 1));
    assert_eq!((of(Measure::Contacts, 0), of(Measure::Contacts, 1)), (1, 1));
    assert_eq!(of(Measure::Ended, 4), 2);
    // Open: one that waits for its holder, and nothing else.
    let depth: Vec<_> = once.iter().filter(|((m, _), _)| m == "depth").map(|((_, b), n)| (*b, *n)).collect();
    assert_eq!(depth, [(0, 1)]);

    // Again is nothing more; afresh is the same, and what no journal holds stays.
    app.steps.reached(1);
    keep_steps(&app).await;
    assert_eq!(count(&app).await.unwrap(), 0);
    app.store.count_afresh("other rules").await.unwrap();
    assert_eq!(sums(&app).await.len(), 1, "only the steps");
    catch_up(&app).await.unwrap();
    let mut again = sums(&app).await;
    assert_eq!(again.remove(&("step".to_owned(), 1)), Some(1));
    assert_eq!(again, once);
}

#[tokio::test]
async fn an_empty_place_is_waited_for_and_then_skipped() {
    let (app, _dir) = testing::app().await;
    let case = declared(&app, 1, true, None).await;
    let entry = app.store.journal(case.reference).await.unwrap().remove(0);
    let gaps = Gaps::default();
    let places = |from: i64, seqs: &[i64], now: Timestamp| {
        let entries = seqs.iter().map(|seq| (*seq, entry.clone())).collect();
        gaps.contiguous(from, entries, now).into_iter().map(|(seq, _)| seq).collect::<Vec<_>>()
    };
    // Written by a process whose clock is ten minutes late: its own says nothing of when the place was drawn.
    let soon = entry.at + SignedDuration::from_mins(10);
    let later = soon + SignedDuration::from_secs(90);
    assert_eq!(places(4, &[5, 6, 7], soon), [5, 6, 7]);
    assert_eq!(places(4, &[5, 7, 9], soon), [5], "six may be a commit under way");
    assert_eq!(places(4, &[6], soon), Vec::<i64>::new());
    assert_eq!(places(4, &[5, 7, 9], later), [5, 7, 9], "both have been waited for, at once");
    assert_eq!(places(9, &[11], later), Vec::<i64>::new(), "this one is new");
    let afresh = entry.at + SignedDuration::from_hours(25);
    assert_eq!(Gaps::default().contiguous(4, vec![(6, entry.clone())], afresh).len(), 1, "left empty long since");
}

#[test]
fn a_time_lies_in_its_bucket() {
    for minutes in [0, 1, 2, 5, 17, 60, 61, 1_440, 20_160, 100_000] {
        let bucket = tally::bucket(SignedDuration::from_mins(minutes));
        assert!((minutes as f64) < minutes_below(bucket), "{minutes}");
        assert!(bucket == 0 || minutes as f64 >= minutes_below(bucket - 1) - 1e-6, "{minutes}");
    }
    assert_eq!(date_of(number_of(date(2026, 11, 26))), date(2026, 11, 26));
}
