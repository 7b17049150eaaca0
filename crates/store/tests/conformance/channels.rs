//! Which channels are ours, and what is reported as a fake.

use case::official::change::{Change, List, Standing};
use case::official::{Entry, Kind};
use case::{AccountId, Lang};
use store::{AnyStore, ChannelText, FakeReport, FakeState};

use super::world::at;

fn who(n: u64) -> AccountId {
    AccountId::from_bits(n)
}

fn domain(value: &str) -> Change {
    Change::Add { list: List::Official, entry: Entry::new(Kind::Domain, value), why: "it's \"ours\"".into() }
}

pub async fn a_channel_wants_two_people_and_is_decided_once(store: AnyStore) {
    assert_eq!(store.channel_revision().await.unwrap().waiting(), 0);
    let first = store.propose_channel(who(1), at(1), &domain("laika.example")).await.unwrap();
    let second = store.propose_channel(who(2), at(2), &domain("laika.net")).await.unwrap();
    assert!(first < second);
    assert_eq!(store.channel_revision().await.unwrap().waiting(), 2);
    // Never by whoever proposed it, whatever a page lets through.
    for approve in [true, false] {
        assert!(!store.decide_channel(first, who(1), at(3), approve).await.unwrap());
    }
    assert!(!store.decide_channel(99, who(2), at(3), true).await.unwrap());
    assert_eq!(store.channel_steps().await.unwrap()[0].step.standing, Standing::Proposed);
    // Of many who decide at once, one does.
    let rivals: Vec<_> = (2..12)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.decide_channel(first, who(n), at(4), n % 2 == 0).await.unwrap() })
        })
        .collect();
    let mut decided = 0;
    for rival in rivals {
        decided += u32::from(rival.await.unwrap());
    }
    assert_eq!(decided, 1);
    assert!(store.decide_channel(second, who(1), at(5), false).await.unwrap());
    let steps = store.channel_steps().await.unwrap();
    assert_eq!(steps.iter().map(|s| s.step.seq).collect::<Vec<_>>(), [first, second]);
    let (by, when) = steps[0].decided.unwrap();
    assert!(by != who(1) && when == at(4));
    assert_eq!(steps[0].step.standing == Standing::Approved, by.key() % 2 == 0);
    assert_eq!(
        (steps[1].by, steps[1].step.standing, &steps[1].step.change),
        (who(2), Standing::Declined, &domain("laika.net"))
    );
    let revision = store.channel_revision().await.unwrap();
    assert_eq!((revision.proposed, revision.decided), (2, 2));
    // What nobody has decided on is taken back, once.
    let third = store.propose_channel(who(1), at(6), &domain("laika.org")).await.unwrap();
    assert!(!store.withdraw_channel(second, at(7)).await.unwrap());
    assert!(store.withdraw_channel(third, at(7)).await.unwrap());
    assert!(!store.withdraw_channel(third, at(8)).await.unwrap());
    assert!(!store.decide_channel(third, who(2), at(8), true).await.unwrap());
    let step = store.channel_steps().await.unwrap().remove(2);
    assert_eq!((step.step.standing, step.decided), (Standing::Declined, None));
    assert_eq!(store.channel_revision().await.unwrap().waiting(), 0);
}

pub async fn a_channel_text_keeps_its_version(store: AnyStore) {
    let text = |version, text: &str| ChannelText { version, at: at(1), text: text.into() };
    assert_eq!(store.channel_text(None).await.unwrap(), None);
    assert!(store.put_channel_text(text(1, "a")).await.unwrap());
    assert!(!store.put_channel_text(text(1, "b")).await.unwrap());
    assert!(store.put_channel_text(text(2, "c")).await.unwrap());
    assert_eq!(store.channel_text(None).await.unwrap(), Some(text(2, "c")));
    assert_eq!(store.channel_text(Some(1)).await.unwrap(), Some(text(1, "a")));
    assert_eq!(store.channel_text(Some(3)).await.unwrap(), None);
}

fn report(id: u64, seconds: i64, channels: &[&str]) -> FakeReport {
    FakeReport {
        id,
        at: at(seconds),
        how: "text".into(),
        from: "Laika".into(),
        text: "请 \"立即\" pay".into(),
        channels: channels.iter().map(|value| (Kind::Domain, (*value).to_owned())).collect(),
        signs: vec!["hurries".into()],
        file: None,
        many: false,
        urgent: false,
        known: false,
        lang: Lang::ZhCn,
    }
}

async fn count(store: &AnyStore, value: &str) -> u64 {
    store.fake_of(Kind::Domain, value).await.unwrap().map_or(0, |fake| fake.reports)
}

pub async fn a_report_is_kept_once_and_counted_for_each_of_its_channels(store: AnyStore) {
    let first = report(1, 1, &["evil.example", "bad.example", "evil.example"]);
    for _ in 0..3 {
        store.put_fake_report(&first, None).await.unwrap();
    }
    assert_eq!(store.fake_report(1).await.unwrap(), Some(first.clone()));
    assert_eq!(store.fake_report(2).await.unwrap(), None);
    let many: Vec<_> = (2..22)
        .map(|id| {
            let (store, report) = (store.clone(), report(id, id as i64, &["bad.example", "evil.example"]));
            tokio::spawn(async move { store.put_fake_report(&report, None).await.unwrap() })
        })
        .collect();
    for one in many {
        one.await.unwrap();
    }
    assert_eq!((count(&store, "evil.example").await, count(&store, "bad.example").await), (21, 21));
    assert_eq!(store.new_fakes().await.unwrap(), 2);
    let listed = store.fakes(FakeState::New, None, 1).await.unwrap();
    let rest = store.fakes(FakeState::New, Some(listed[0].seq), 9).await.unwrap();
    assert_eq!((listed.len(), rest.len()), (1, 1));
    let fake = &rest[0];
    assert_eq!((fake.first, fake.last, fake.state, fake.decided), (at(1), at(21), FakeState::New, None));
    let reports = store.fake_reports(fake.seq, 3).await.unwrap();
    assert_eq!(reports.iter().map(|r| r.id).collect::<Vec<_>>(), [21, 20, 19], "the newest");
    assert!(store.decide_fake(fake.seq, FakeState::Fake, who(7), at(30)).await.unwrap());
    assert!(!store.decide_fake(fake.seq, FakeState::Fake, who(8), at(31)).await.unwrap(), "it is so already");
    let now = store.fake(fake.seq).await.unwrap().unwrap();
    assert_eq!((now.state, now.decided), (FakeState::Fake, Some((who(7), at(30)))));
    // A known one stays known, and goes on counting.
    store.put_fake_report(&report(90, 90, &[&fake.value]), None).await.unwrap();
    let now = store.fake(fake.seq).await.unwrap().unwrap();
    assert_eq!((now.state, now.reports, now.last), (FakeState::Fake, 22, at(90)));
    assert_eq!(store.fake_states(90).await.unwrap(), [FakeState::Fake]);
}

pub async fn what_was_put_aside_comes_back_and_what_is_urgent_or_many_alarms_once(store: AnyStore) {
    let alarms = |store: AnyStore| async move {
        let found = store.unalarmed_fakes(at(0), 3).await.unwrap();
        found.into_iter().map(|fake| (fake.seq, fake.value)).collect::<Vec<_>>()
    };
    store.put_fake_report(&report(1, 1, &["slow.example"]), None).await.unwrap();
    store.put_fake_report(&report(2, 2, &["slow.example"]), None).await.unwrap();
    // A flood from one network alarms nobody.
    for id in 10..20 {
        let flood = FakeReport { many: true, urgent: true, ..report(id, 3, &["flood.example"]) };
        store.put_fake_report(&flood, None).await.unwrap();
    }
    assert_eq!(alarms(store.clone()).await, []);
    assert_eq!(count(&store, "flood.example").await, 10, "and is kept");
    store.put_fake_report(&report(3, 4, &["slow.example"]), None).await.unwrap();
    store.put_fake_report(&FakeReport { urgent: true, ..report(4, 5, &["cards.example"]) }, None).await.unwrap();
    let rung = alarms(store.clone()).await;
    assert_eq!(rung.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["slow.example", "cards.example"]);
    // Three long ago are no wave.
    assert_eq!(store.unalarmed_fakes(at(3), 3).await.unwrap().len(), 1);
    let seqs: Vec<i64> = rung.iter().map(|(seq, _)| *seq).collect();
    store.alarmed_fakes(&seqs, at(6)).await.unwrap();
    assert_eq!(alarms(store.clone()).await, []);
    // What the desk had put aside is new again with the next report, and may alarm again.
    assert!(store.decide_fake(seqs[1], FakeState::Nothing, who(1), at(7)).await.unwrap());
    store.put_fake_report(&report(5, 8, &["cards.example"]), None).await.unwrap();
    assert_eq!(store.fake(seqs[1]).await.unwrap().unwrap().state, FakeState::New);
    assert_eq!(alarms(store.clone()).await.len(), 1);
}

pub async fn who_reported_is_told_once_and_how_to_reach_them_is_forgotten(store: AnyStore) {
    store.put_fake_report(&report(1, 1, &["a.example", "b.example"]), Some("li@example.com")).await.unwrap();
    store.put_fake_report(&report(2, 2, &["b.example"]), None).await.unwrap();
    assert_eq!(store.untold_reports(9).await.unwrap(), []);
    let seq = |fake: Option<store::Fake>| fake.unwrap().seq;
    let a = seq(store.fake_of(Kind::Domain, "a.example").await.unwrap());
    let b = seq(store.fake_of(Kind::Domain, "b.example").await.unwrap());
    store.decide_fake(a, FakeState::Nothing, who(1), at(3)).await.unwrap();
    assert_eq!(store.untold_reports(9).await.unwrap(), [], "the other is still looked at");
    store.decide_fake(b, FakeState::Fake, who(1), at(4)).await.unwrap();
    let untold = store.untold_reports(9).await.unwrap();
    assert_eq!(untold.len(), 1);
    assert_eq!((untold[0].report.id, untold[0].contact.as_str()), (1, "li@example.com"));
    assert_eq!(untold[0].outcome, FakeState::Fake, "the gravest counts");
    store.told_reports(&[1]).await.unwrap();
    assert_eq!(store.untold_reports(9).await.unwrap(), []);
}
