use std::time::Duration;

use case::declaration::Channel;
use case::{AccountId, CaseRef, Command, Flag, Lang, Person, Timestamp};
use jiff::tz::TimeZone;
use store::filter::Order;
use store::{AnyStore, Asker, Commit, Count, Cursor, Filter, Import, Indexed, SavedView, Start, View};

use super::world::{account, agent, at, card, declaration, declared, holder, policy, proven, said, step};

/// Indexes until nothing is left; answers how many times a case was.
pub async fn settle(store: &AnyStore) -> u32 {
    let mut cases = 0;
    loop {
        let done = index(store).await;
        cases += done.cases;
        if !done.held_up {
            return cases;
        }
        tokio::task::yield_now().await;
    }
}

/// Indexes what can be.
pub async fn index(store: &AnyStore) -> Indexed {
    let mut cases = 0;
    loop {
        let done = store.index(7, &due).await.unwrap();
        cases += done.cases;
        if !done.more {
            return Indexed { cases, ..done };
        }
    }
}

/// As the desk shows it.
pub fn due(case: &case::Case) -> Option<Timestamp> {
    case::deadline::shown(case, &policy())
}

pub fn me(n: u64) -> Asker {
    Asker { staff: AccountId::from_bits(n), agency: None, seconds: true, now: at(0), zone: TimeZone::UTC }
}

fn varied(n: u64, now: Timestamp, vary: impl FnOnce(&mut case::Declaration, &mut Vec<Flag>)) -> Commit {
    let Command::Declare { reference, mut declaration, mut flags } = declaration(n, now) else { unreachable!() };
    vary(&mut declaration, &mut flags);
    step(None, &holder(None, now), &Command::Declare { reference, declaration, flags }, None, now)
}

async fn listed(store: &AnyStore, query: &str) -> Vec<CaseRef> {
    let found = store.filtered(&Filter::parse(query), &me(1), Start::First, 100).await.unwrap();
    assert_eq!(found.on, None);
    found.rows.into_iter().map(|(_, summary)| summary.case.reference).collect()
}

fn named(n: u64) -> CaseRef {
    declared(n, at(0)).case.reference
}

pub async fn a_filter_is_answered_from_the_index(store: AnyStore) {
    let by_mail = |d: &mut case::Declaration, _: &mut Vec<Flag>| d.channel = Channel::Mail;
    let suspect = |d: &mut case::Declaration, f: &mut Vec<Flag>| {
        d.lang = Lang::ZhCn;
        f.push(Flag::Suspect);
    };
    store.commit(declared(1, at(0))).await.unwrap();
    store.commit(varied(2, at(86_400), by_mail)).await.unwrap();
    store.commit(varied(3, at(2 * 86_400), suspect)).await.unwrap();
    assert!(settle(&store).await >= 3);
    assert_eq!(listed(&store, "").await, [named(3), named(2), named(1)]);
    assert_eq!(listed(&store, "view=waiting").await, [named(1), named(2), named(3)]);
    assert_eq!(listed(&store, "view=review").await, []);
    assert_eq!(listed(&store, "channel=mail").await, [named(2)]);
    assert_eq!(listed(&store, "channel=mail,web&sort=oldest").await, [named(1), named(2), named(3)]);
    assert_eq!(listed(&store, "flag=suspect,stuck").await, [named(3)]);
    assert_eq!(listed(&store, "flag=suspect&language=en").await, []);
    assert_eq!(listed(&store, "flag=suspect&language=zh-CN&stage=received").await, [named(3)]);
    assert_eq!(listed(&store, "flag=suspect&stage=review").await, []);
    let day = |days: i64| at(days * 86_400).to_zoned(TimeZone::UTC).date();
    assert_eq!(listed(&store, &format!("since={}", day(1))).await, [named(3), named(2)]);
    assert_eq!(listed(&store, &format!("since={}&until={}&channel=mail,web", day(1), day(1))).await, [named(2)]);
    assert_eq!(listed(&store, &format!("until={}&flag=suspect", day(1))).await, []);
    let due = due(&declared(1, at(0)).case).unwrap().to_zoned(TimeZone::UTC).date();
    assert_eq!(listed(&store, &format!("due-by={due}")).await, [named(1)]);
    assert_eq!(listed(&store, "sort=due").await, [named(1), named(2), named(3)]);
    let counted = |query| {
        let (store, filter) = (store.clone(), Filter::parse(query));
        async move { store.count(&filter, &me(1), Duration::ZERO).await.unwrap() }
    };
    assert_eq!(counted("").await, Count { many: 3, more: false });
    assert_eq!(counted("channel=mail").await, Count { many: 1, more: false });
    assert_eq!(counted("flag=stuck").await, Count::default());
}

pub async fn every_list_pages_forwards_and_back_without_gaps(store: AnyStore) {
    for n in 0..60 {
        // Three at each moment and at each deadline, so that the reference has to break ties.
        let commit = varied(n, at(n as i64 / 3), |d, flags| {
            d.channel = if n % 2 == 0 { Channel::Mail } else { Channel::Web };
            flags.extend((n % 4 == 0).then_some(Flag::Suspect));
        });
        store.commit(commit).await.unwrap();
    }
    settle(&store).await;
    let queries = [
        "view=all",
        "view=waiting",
        "stage=received,review",
        "channel=mail",
        "flag=suspect",
        "channel=mail&sort=oldest",
    ];
    let by_due = ["sort=due", "sort=due&channel=web", "sort=due&flag=suspect", "flag=suspect&sort=oldest"];
    for query in queries.into_iter().chain(by_due) {
        let filter = Filter::parse(query);
        let whole = store.filtered(&filter, &me(1), Start::First, 100).await.unwrap().rows;
        assert_eq!(
            whole.len(),
            if query.contains("flag") {
                15
            } else if query.contains("ch") {
                30
            } else {
                60
            }
        );
        let keys: Vec<Cursor> = whole.iter().map(|(key, _)| *key).collect();
        assert!(keys.is_sorted_by(|a, b| if filter.order == Order::Newest { a > b } else { a < b }), "{query}");
        let next = async |start, than: Cursor| store.next(&filter, &me(1), start, than.reference).await.unwrap();
        assert_eq!(next(Start::First, keys[1]).await, Some(keys[0].reference), "{query}");
        assert_eq!(next(Start::First, keys[0]).await, Some(keys[1].reference), "{query}");
        assert_eq!(next(Start::After(keys[3]), keys[3]).await, Some(keys[4].reference), "{query}");
        assert_eq!(next(Start::After(keys[keys.len() - 2]), keys[keys.len() - 1]).await, None, "{query}");
        let mut seen = Vec::new();
        let mut start = Start::First;
        loop {
            let page = store.filtered(&filter, &me(1), start, 7).await.unwrap();
            seen.extend(page.rows.iter().map(|(key, _)| *key));
            let Some(on) = page.on else { break };
            start = Start::After(on);
        }
        assert_eq!(seen, keys, "{query}");
        let mut back = vec![*keys.last().unwrap()];
        while let Some(first) = back.first().copied() {
            let page = store.filtered(&filter, &me(1), Start::Before(first), 7).await.unwrap();
            back.splice(..0, page.rows.iter().map(|(key, _)| *key));
            if page.on.is_none() {
                break;
            }
        }
        assert_eq!(back, keys, "{query}, backwards");
        assert_eq!(store.count(&filter, &me(1), Duration::ZERO).await.unwrap().many as usize, keys.len());
    }
}

pub async fn a_stale_index_shows_nothing_that_is_not_so(store: AnyStore) {
    let first = varied(1, at(0), |_, flags| flags.push(Flag::Suspect));
    store.commit(first.clone()).await.unwrap();
    store.commit(varied(2, at(1), |_, flags| flags.push(Flag::Suspect))).await.unwrap();
    settle(&store).await;
    store.commit(step(Some(&first.case), &agent(900), &Command::Withdraw, None, at(2))).await.unwrap();
    store.commit(varied(3, at(3), |_, flags| flags.push(Flag::Suspect))).await.unwrap();
    assert_eq!(listed(&store, "stage=received&flag=suspect").await, [named(2)], "withdrawn, and not there yet");
    assert_eq!(listed(&store, "view=waiting").await, [named(2), named(3)], "a stage is as it is now");
    assert!(settle(&store).await >= 2);
    assert_eq!(listed(&store, "stage=received&flag=suspect").await, [named(3), named(2)]);
    assert_eq!(listed(&store, "stage=withdrawn&flag=suspect").await, [named(1)]);
}

pub async fn the_index_is_the_same_however_it_was_made(store: AnyStore) {
    let mut last = Vec::new();
    for n in 0..20 {
        let commit = varied(n, at(n as i64), |d, _| d.person.name = format!("Ada{n} Lim"));
        store.commit(commit.clone()).await.unwrap();
        last.push(commit);
        settle(&store).await;
    }
    for commit in last {
        store.commit(said(&commit.case, "We found the parcel.", at(100))).await.unwrap();
    }
    settle(&store).await;
    let look = || async {
        let found = store.search("parcel", None, 50).await.unwrap();
        (listed(&store, "channel=web").await, found, store.search("ada7 lim", None, 9).await.unwrap())
    };
    let before = look().await;
    assert_eq!((before.0.len(), before.1.rows.len(), before.2.rows.len()), (20, 20, 1));
    assert_eq!(settle(&store).await, 0, "nothing is left");
    store.reindex().await.unwrap();
    assert_eq!(look().await, before, "it serves while it is made anew");
    assert!(settle(&store).await >= 20);
    assert_eq!(look().await, before);
}

pub async fn two_indexers_at_once_lose_nothing(store: AnyStore) {
    let mut commits = Vec::new();
    for n in 0..40 {
        let commit = declared(n, at(n as i64));
        store.commit(commit.clone()).await.unwrap();
        commits.push(commit);
    }
    let indexer = || {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..60 {
                store.index(5, &due).await.unwrap();
                tokio::task::yield_now().await;
            }
        })
    };
    let running = [indexer(), indexer()];
    for commit in commits {
        store.commit(said(&commit.case, "zebra crossing", at(100))).await.unwrap();
    }
    for one in running {
        one.await.unwrap();
    }
    settle(&store).await;
    assert_eq!(store.search("zebra", None, 100).await.unwrap().rows.len(), 40);
    assert_eq!(listed(&store, "channel=web").await.len(), 40);
}

pub async fn a_second_signature_waits_for_those_who_may_give_it(store: AnyStore) {
    let first = proven(1, &card(1, AccountId::from_bits(1)), at(0));
    store.commit(first.clone()).await.unwrap();
    let four_eyes = case::Policy { four_eyes: true, ..super::world::policy() };
    let world = case::World { now: at(1), policy: &four_eyes, record: None, duplicate: false, known: None };
    let approve = Command::Approve { evidence: "seen".to_owned() };
    let signed = case::decide(Some(&first.case), &agent(900), &approve, &world).unwrap();
    let mut second = said(&first.case, "x", at(1));
    second.case = case::Case { version: 2, chain: second.case.chain, ..signed.case };
    second.entries[0].events = signed.events;
    second.entries[0].command = "approve".to_owned();
    second.effects = signed.effects;
    store.commit(second).await.unwrap();
    settle(&store).await;
    let waiting = |asker: Asker| {
        let store = store.clone();
        async move {
            let filter = Filter::parse("second=me");
            let many = store.count(&filter, &asker, Duration::ZERO).await.unwrap().many;
            let rows = store.filtered(&filter, &asker, Start::First, 9).await.unwrap().rows;
            assert_eq!(rows.len(), many as usize);
            many
        }
    };
    assert_eq!(waiting(me(901)).await, 1);
    assert_eq!(waiting(me(900)).await, 0, "who signed first");
    assert_eq!(waiting(Asker { seconds: false, ..me(901) }).await, 0, "who may not");
}

pub async fn who_wrote_last_is_known(store: AnyStore) {
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    settle(&store).await;
    assert_eq!(listed(&store, "unread=yes").await, [], "a statement is no message");
    let second = step(Some(&first.case), &holder(None, at(1)), &Command::say("Hello?"), None, at(1));
    store.commit(second.clone()).await.unwrap();
    settle(&store).await;
    assert_eq!(listed(&store, "unread=yes").await, [named(1)]);
    store.commit(said(&second.case, "We are on it.", at(2))).await.unwrap();
    settle(&store).await;
    assert_eq!(listed(&store, "unread=yes").await, []);
}

pub(crate) async fn found(store: &AnyStore, text: &str) -> Vec<CaseRef> {
    let listed = store.search(text, None, 50).await.unwrap();
    listed.rows.into_iter().map(|(_, summary)| summary.case.reference).collect()
}

pub async fn a_case_is_found_by_what_is_typed_of_it(store: AnyStore) {
    let known = card(2, AccountId::from_bits(1));
    store.import(Import { accounts: vec![account(1)], cards: vec![known.clone()] }).await.unwrap();
    let chinese = varied(1, at(0), |d, _| {
        d.person = Person { name: "欧阳𠮷龘".to_owned(), email: None, phone: None, ..d.person.clone() };
        d.statement = Some("请尽快注销，谢谢。 Danke für alles!".to_owned());
    });
    store.commit(chinese.clone()).await.unwrap();
    store.commit(proven(2, &known, at(1))).await.unwrap();
    store.commit(said(&chinese.case, "The parcel came, ＩＭＥＩ unread.", at(2))).await.unwrap();
    settle(&store).await;
    for (text, n) in [
        ("欧阳", 1),
        ("𠮷", 1),
        ("龘", 1),
        ("尽快注销", 1),
        ("FUR parcel", 1),
        ("imei", 1),
        ("ada", 2),
        ("lim AD", 2),
        ("Ada.Lim@EXAMPLE.org", 2),
        ("0123", 2),
        ("07700 900123", 2),
        (known.serial.as_deref().unwrap(), 2),
        ("lk-0000", 2),
        (known.msisdn.as_deref().unwrap(), 2),
        (known.iccid.as_deref().unwrap(), 2),
    ] {
        assert_eq!(found(&store, text).await, [named(n)], "{text}");
    }
    for text in
        ["", "a", "吉", "parcels", "ada parcel", "ada.lim@example.com", "99999", "'; DROP TABLE case_; --", "%", "*"]
    {
        assert_eq!(found(&store, text).await, [], "{text}");
    }
}

pub async fn a_search_pages_newest_first(store: AnyStore) {
    for n in 0..60 {
        let day = at(n as i64 * 40_000);
        let commit = varied(n, day, |d, _| {
            d.statement = Some(if n % 3 == 0 { "a zebra and a lion" } else { "a lion" }.to_owned());
        });
        store.commit(commit).await.unwrap();
    }
    settle(&store).await;
    for (text, many) in [("lion", 60), ("zebra", 20), ("lion zebra", 20), ("ada zebra lion", 20)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.search(text, after, 7).await.unwrap();
            seen.extend(page.rows.iter().map(|(key, _)| *key));
            after = page.on;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), many, "{text}");
        assert!(seen.is_sorted_by(|a, b| a > b), "{text}");
    }
}

pub async fn a_case_taken_out_of_the_index_is_found_by_nothing(store: AnyStore) {
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    store.commit(declared(2, at(1))).await.unwrap();
    settle(&store).await;
    assert_eq!(found(&store, "ada").await, [named(2), named(1)]);
    store.unindex(named(1)).await.unwrap();
    store.unindex(named(3)).await.unwrap();
    for text in ["ada", "lim", "ada.lim@example.org", "0123", "please", "8944"] {
        assert!(!found(&store, text).await.contains(&named(1)), "{text}");
    }
    assert_eq!(listed(&store, "channel=web").await, [named(2)]);
    store.commit(said(&first.case, "again", at(2))).await.unwrap();
    settle(&store).await;
    assert_eq!(found(&store, "again").await, [named(1)]);
}

pub async fn a_mistyped_reference_leads_to_its_case(store: AnyStore) {
    let first = declared(1, at(0));
    store.commit(first.clone()).await.unwrap();
    let right = first.case.reference.to_string();
    let mut wrong = right.clone();
    wrong.pop();
    for text in [right.clone(), right.to_lowercase().replace('-', " "), format!("{wrong}u"), wrong] {
        let near: Vec<CaseRef> = store.near(&text).await.unwrap().into_iter().map(|case| case.reference).collect();
        assert_eq!(near, [first.case.reference], "{text}");
    }
    assert_eq!(store.near("mei lin").await.unwrap(), []);
}

pub async fn a_saved_view_is_its_owners_to_change(store: AnyStore) {
    let staff = |n| AccountId::from_bits(n);
    let view = |id, owner, shared, name: &str| SavedView {
        id,
        staff: staff(owner),
        shared,
        name: name.to_owned(),
        query: Filter::from(View::Review).to_string(),
        at: at(id as i64),
    };
    for n in [900, 901] {
        store.put_account(account(n)).await.unwrap();
    }
    let (mine, shared) = (view(1, 900, false, "Mine"), view(2, 900, true, "急件"));
    assert!(store.put_view(mine.clone()).await.unwrap());
    assert!(store.put_view(shared.clone()).await.unwrap());
    assert_eq!(store.views(staff(900)).await.unwrap(), [mine.clone(), shared.clone()]);
    assert_eq!(store.views(staff(901)).await.unwrap(), std::slice::from_ref(&shared));
    assert!(!store.put_view(view(2, 901, false, "Stolen")).await.unwrap());
    assert!(!store.delete_view(2, staff(901)).await.unwrap());
    assert!(store.put_view(SavedView { name: "Renamed".to_owned(), ..shared.clone() }).await.unwrap());
    assert_eq!(store.views(staff(901)).await.unwrap()[0].name, "Renamed");
    assert!(store.delete_view(2, staff(900)).await.unwrap());
    assert!(!store.delete_view(2, staff(900)).await.unwrap());
    assert_eq!(store.views(staff(900)).await.unwrap(), [mine]);
}

/// Claims and snoozes are the desk's to write; `exec` writes them as it would.
pub async fn claims_and_snoozes_are_filtered(store: AnyStore, exec: impl AsyncFn(String)) {
    let mut commits = Vec::new();
    for n in 1..=6 {
        let commit = declared(n, at(n as i64));
        store.commit(commit.clone()).await.unwrap();
        commits.push(commit);
    }
    settle(&store).await;
    let id = |n: u64| named(n).bits();
    let staff = |n: u64| AccountId::from_bits(n).key();
    let us = |seconds: i64| at(seconds).as_microsecond();
    for (n, who) in [(1, 1), (2, 9)] {
        exec(format!("INSERT INTO claim (case_id, staff, at_us) VALUES ({}, {}, 0)", id(n), staff(who))).await;
    }
    for (n, until, reply) in [(3, us(100).to_string(), 0), (4, us(-1).to_string(), 0), (5, "NULL".to_owned(), 1)] {
        let row = format!("{}, 0, {}, {until}, {reply}", id(n), us(50));
        exec(format!("INSERT INTO snooze (case_id, staff, at_us, until_us, until_reply, seen) VALUES ({row}, 0)"))
            .await;
    }
    assert_eq!(listed(&store, "claim=me").await, [named(1)]);
    assert_eq!(listed(&store, "claim=anyone").await, [named(2), named(1)]);
    assert_eq!(listed(&store, "claim=anyone&sort=due").await, [named(1), named(2)]);
    assert_eq!(listed(&store, "claim=anyone&stage=review").await, []);
    assert_eq!(listed(&store, "claim=nobody&view=waiting").await, [named(4), named(6)]);
    assert_eq!(listed(&store, "claim=nobody&channel=web&sort=oldest").await, [named(4), named(6)]);
    assert_eq!(listed(&store, "view=waiting").await, [1, 2, 4, 6].map(named));
    assert_eq!(listed(&store, "view=waiting&snoozed=shown").await, [1, 2, 3, 4, 5, 6].map(named));
    assert_eq!(listed(&store, "snoozed=only").await, [named(5), named(3)]);
    assert_eq!(listed(&store, "snoozed=only&channel=mail").await, []);
    let reply = step(Some(&commits[4].case), &holder(None, at(60)), &Command::say("Here it is"), None, at(60));
    store.commit(reply).await.unwrap();
    settle(&store).await;
    assert_eq!(listed(&store, "snoozed=only").await, [named(3)], "the holder has answered");
    let later = Asker { now: at(100), ..me(1) };
    let found = store.filtered(&Filter::parse("view=waiting"), &later, Start::First, 9).await.unwrap();
    assert_eq!(found.rows.len(), 6, "all are awake again");
}
