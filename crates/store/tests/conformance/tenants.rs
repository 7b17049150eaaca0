use std::time::Duration;

use case::{AccountId, Agency, Case, CaseRef, FileId, MacroId};
use jiff::SignedDuration;
use store::{Account, AnyStore, Asker, Beside, Commit, Filter, LetterDraft, Macro, SavedView, Start};

use super::lists::{index, me};
use super::world::{account, at, declared};

fn agency(name: &str) -> Agency {
    name.parse().unwrap()
}

/// As an agency's member of staff.
fn of(name: &str) -> Asker {
    Asker { agency: Some(agency(name)), ..me(1) }
}

async fn put(store: &AnyStore, n: u64, through: Option<&str>) -> Case {
    let commit = declared(n, at(n as i64));
    let beside = Beside { agency: through.map(agency), ..Beside::default() };
    let case = commit.case.clone();
    store.commit(Commit { beside, ..commit }).await.unwrap();
    case
}

async fn listed(store: &AnyStore, query: &str, asker: &Asker) -> Vec<CaseRef> {
    let filter = Filter::parse(query);
    let found = store.filtered(&filter, asker, Start::First, 50).await.unwrap();
    let count = store.count(&filter, asker, Duration::ZERO).await.unwrap();
    assert_eq!((count.many as usize, count.more), (found.rows.len(), false), "{query}");
    found.rows.into_iter().map(|(_, summary)| summary.case.reference).collect()
}

pub async fn an_agency_sees_its_own_cases_and_no_others(store: AnyStore) {
    let ours = put(&store, 1, None).await.reference;
    let north = put(&store, 2, Some("north")).await.reference;
    let south = put(&store, 3, Some("south")).await.reference;
    index(&store).await;
    for (asker, sees) in [(me(1), vec![south, north, ours]), (of("north"), vec![north]), (of("east"), vec![])] {
        for query in ["view=all", "view=all&claim=nobody", "channel=web", "language=en", "sort=newest"] {
            assert_eq!(listed(&store, query, &asker).await, sees, "{query}");
        }
        let whose = asker.agency.as_ref();
        for case in [ours, north, south] {
            let there = store.case_for(case, whose).await.unwrap().is_some();
            assert_eq!(there, sees.contains(&case));
            let near = store.near_for(&case.to_string(), whose).await.unwrap();
            assert_eq!(near.iter().any(|c| c.reference == case), sees.contains(&case));
        }
        let found = store.search_for("ada lim", whose, None, 50).await.unwrap();
        assert_eq!(found.rows.len(), sees.len());
    }
    // Who does not see a case any more has it in hand no more; who sees all keeps it.
    let south_s = Account { agency: Some(agency("south")), ..account(7) };
    store.put_account(south_s.clone()).await.unwrap();
    store.put_account(account(8)).await.unwrap();
    for (staff, to, keeps) in [
        (7, Some("south"), true),
        (7, Some("north"), false),
        (7, None, false),
        (8, Some("north"), true),
        (8, None, true),
        (8, Some("south"), true),
    ] {
        let staff = AccountId::from_bits(staff);
        assert!(store.put_claim(store::Claim { case: south, staff, at: at(9) }, None).await.unwrap());
        store.give(south, to.map(agency).as_ref()).await.unwrap();
        assert_eq!(store.claim_of(south).await.unwrap().is_some(), keeps, "{staff} {to:?}");
        store.end_claims(staff).await.unwrap();
        assert_eq!(store.claim_of(south).await.unwrap(), None);
    }
    // Claims are those of their cases.
    for case in [ours, north] {
        let claim = store::Claim { case, staff: case::AccountId::from_bits(1), at: at(9) };
        assert!(store.put_claim(claim, None).await.unwrap());
    }
    assert_eq!(listed(&store, "claim=me", &of("north")).await, [north]);
    assert_eq!(listed(&store, "claim=anyone", &of("south")).await, []);
    assert_eq!(listed(&store, "claim=nobody", &of("north")).await, []);
    // Chats, and what is tried in vain.
    for case in [ours, north, south] {
        store.chat_asked(case, at(20)).await.unwrap();
    }
    let chats = store.chats_for(Some(&agency("north")), true, 9).await.unwrap();
    assert_eq!(chats.iter().map(|chat| chat.case).collect::<Vec<_>>(), [north]);
    store.chat_answered(north, at(21)).await.unwrap();
    assert_eq!(store.chats_for(Some(&agency("north")), false, 9).await.unwrap().len(), 1);
    assert_eq!(store.chats_for(None, true, 9).await.unwrap().len(), 2);
    let claimed = store.claim(at(100), SignedDuration::from_secs(10), 50).await.unwrap();
    let later = |c: store::Claimed| {
        let (kind, not_before, why) = (c.effect.kind(), at(500), "no answer".to_owned());
        store::PutOff { id: c.id, kind, not_before, why, tried: true }
    };
    store.put_off(claimed.into_iter().map(later).collect()).await.unwrap();
    let failing = store.failing_for(Some(&agency("south")), &["notify"], None, 9).await.unwrap();
    assert!(!failing.is_empty() && failing.iter().all(|one| one.id.case == south));
}

pub async fn a_case_is_given_and_taken_back(store: AnyStore) {
    let case = put(&store, 1, Some("north")).await.reference;
    assert_eq!(store.agency_of(case).await.unwrap(), Some(agency("north")));
    store.give(case, Some(&agency("south"))).await.unwrap();
    assert_eq!(store.agency_of(case).await.unwrap(), Some(agency("south")));
    assert!(store.case_for(case, Some(&agency("north"))).await.unwrap().is_none());
    assert!(store.case_for(case, Some(&agency("south"))).await.unwrap().is_some());
    store.give(case, None).await.unwrap();
    assert_eq!(store.agency_of(case).await.unwrap(), None);
    assert!(store.case_for(case, Some(&agency("south"))).await.unwrap().is_none());
    assert!(store.case_for(case, None).await.unwrap().is_some());
}

pub async fn a_letter_is_its_agency_s(store: AnyStore) {
    let draft = |n| LetterDraft { id: FileId::from_bits(n), at: at(n as i64), open: true, body: "{}".into() };
    for n in [1, 2] {
        store.put_letter(draft(n)).await.unwrap();
    }
    store.letter_is(FileId::from_bits(2), &agency("north")).await.unwrap();
    let north = agency("north");
    assert_eq!(store.letters_for(Some(&north), 9).await.unwrap(), [draft(2)]);
    assert_eq!(store.letters_for(None, 9).await.unwrap().len(), 2);
    assert_eq!(store.letter_for(FileId::from_bits(1), Some(&north)).await.unwrap(), None);
    assert_eq!(store.letter_for(FileId::from_bits(2), Some(&agency("south"))).await.unwrap(), None);
    assert_eq!(store.letter_for(FileId::from_bits(2), Some(&north)).await.unwrap(), Some(draft(2)));
}

pub async fn what_is_shared_is_shared_within_one_agency(store: AnyStore) {
    // Two of the house, two of one agency, one of another; the last has no account any more.
    let people = [(1, None), (2, None), (3, Some("north")), (4, Some("north")), (5, Some("south"))];
    for (n, works_for) in people {
        store.put_account(Account { agency: works_for.map(agency), ..account(n) }).await.unwrap();
    }
    for owner in 1..=6 {
        for (id, shared) in [(owner * 10, true), (owner * 10 + 1, false)] {
            let (staff, name, texts) = (AccountId::from_bits(owner), format!("{owner}"), String::new);
            let made = Macro {
                id: MacroId::from_bits(id),
                owner: staff,
                shared,
                name: name.clone(),
                text_en: texts(),
                text_zh: texts(),
                needs: Vec::new(),
                note: texts(),
                take_up: true,
                snooze_days: None,
                snooze_reply: false,
            };
            store.put_macro(made).await.unwrap();
            let query = "view=all".to_owned();
            assert!(store.put_view(SavedView { id, staff, shared, name, query, at: at(1) }).await.unwrap());
        }
    }
    let sees = [
        (1, vec![10, 11, 20]),
        (2, vec![10, 20, 21]),
        (3, vec![30, 31, 40]),
        (4, vec![30, 40, 41]),
        (5, vec![50, 51]),
        (6, vec![60, 61]),
    ];
    for (n, ids) in sees {
        let me = AccountId::from_bits(n);
        let macros: Vec<_> = store.macros(me).await.unwrap().into_iter().map(|made| made.id).collect();
        assert_eq!(macros, ids.iter().map(|id| MacroId::from_bits(*id)).collect::<Vec<_>>(), "macros of {n}");
        let mut views: Vec<_> = store.views(me).await.unwrap().into_iter().map(|view| view.id).collect();
        views.sort_unstable();
        assert_eq!(views, ids, "views of {n}");
    }
    // Who goes to another agency takes what they share along.
    store.put_account(Account { agency: Some(agency("south")), ..account(4) }).await.unwrap();
    let of = async |n| store.macros(AccountId::from_bits(n)).await.unwrap().len();
    assert_eq!((of(3).await, of(4).await, of(5).await), (2, 3, 3));
}
