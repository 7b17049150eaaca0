use std::collections::BTreeSet;

use case::Stage;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

fn named<T: Named + std::fmt::Debug>() -> impl Strategy<Value = Few<T>> {
    let all: Vec<T> = T::NAMES.iter().map(|(one, _)| *one).collect();
    let many = all.len();
    subsequence(all, 0..=many).prop_map(|some| some.into_iter().collect())
}

fn day() -> impl Strategy<Value = Option<Date>> {
    proptest::option::of((1990i16..2100, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap()))
}

fn any() -> impl Strategy<Value = Filter> {
    let sets = (
        subsequence(Stage::NAMES.to_vec(), 0..=9),
        named::<Cause>(),
        named::<Flag>(),
        named::<Channel>(),
        named::<Lang>(),
    );
    let rest = (
        proptest::option::of(select(Claim::ALL.to_vec())),
        any_bool(),
        any_bool(),
        (day(), day(), day()),
        select(Snoozed::ALL.to_vec()),
        select(Order::ALL.to_vec()),
    );
    (sets, rest).prop_map(
        |((stages, causes, flags, channels, langs), (claim, second, unread, days, snoozed, order))| {
            let (since, until) = match (days.1, days.2) {
                (Some(since), Some(until)) if since > until => (Some(until), Some(since)),
                in_order => in_order,
            };
            Filter {
                stages: stages.into_iter().collect(),
                causes,
                flags,
                channels,
                langs,
                claim,
                second,
                unread,
                due_by: days.0,
                since,
                until,
                snoozed,
                order,
            }
        },
    )
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

proptest! {
    #[test]
    fn a_filter_survives_the_address(filter in any()) {
        let text = filter.to_string();
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-,=&".contains(&b)), "{text}");
        prop_assert_eq!(Filter::parse(&text), filter, "{}", text);
        prop_assert_eq!(Filter::parse(&format!("view={}", filter.compact())), filter, "{}", text);
    }

    #[test]
    fn any_text_is_a_filter_and_settles(text in "(view|stage|sort|since|flag|x|=|&|%|,|[a-z0-9%&=+-]|\\PC){0,40}") {
        let filter = Filter::parse(&text);
        prop_assert_eq!(Filter::parse(&filter.to_string()), filter);
    }
}

#[test]
fn a_view_is_its_name_and_more_is_added_to_it() {
    for view in View::ALL {
        let filter = Filter::from(view);
        assert_eq!(filter.to_string(), format!("view={}", view.name()));
        assert_eq!((filter.view(), filter.base()), (Some(view), Some(view)));
    }
    let filter = Filter { flags: [Flag::Overdue].into(), unread: true, ..Filter::from(View::Review) };
    assert_eq!(filter.to_string(), "view=review&flag=overdue&unread=yes");
    assert_eq!((filter.view(), filter.base()), (None, Some(View::Review)));
    assert_eq!(Filter::parse("stage=review,contested&sort=oldest&flag=overdue&flag=nonsense&unread=yes"), filter);
    assert_eq!(Filter::parse(""), Filter::from(View::All));
    assert_eq!(Filter::parse("stage=review,contested&sort=due").to_string(), "stage=review,contested&sort=due");
    assert_eq!(Filter::parse("since=2026-02-30&until=yesterday&due-by=-9999-01-01"), Filter::default());
}

#[test]
fn days_are_the_operators() {
    let turned = Filter::parse("since=2026-11-30&until=2026-11-01&due-by=2026-12-01");
    let filter = Filter::parse("since=2026-11-01&until=2026-11-30&due-by=2026-12-01");
    assert_eq!(turned, filter);
    let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    assert_eq!(filter.received(&zone), (at("2026-10-31T16:00:00Z"), at("2026-11-30T16:00:00Z")));
    assert_eq!(filter.due_before(&zone), at("2026-12-01T16:00:00Z"));
    assert_eq!(Filter::default().received(&zone), (i64::MIN, i64::MAX));
    assert_eq!(Filter::parse("until=9999-12-31").received(&zone).1, i64::MAX, "no day comes after");
}

#[test]
fn every_flag_cause_and_channel_has_a_name_of_its_own() {
    fn distinct<T: Named + Ord + std::fmt::Debug>() {
        let names: BTreeSet<_> = T::NAMES.iter().map(|(_, name)| *name).collect();
        let ones: BTreeSet<_> = T::NAMES.iter().map(|(one, _)| *one).collect();
        assert_eq!((names.len(), ones.len()), (T::NAMES.len(), T::NAMES.len()));
        assert!(T::NAMES.iter().all(|(one, name)| T::named(name) == Some(*one) && one.name() == *name));
    }
    distinct::<Flag>();
    distinct::<Cause>();
    distinct::<Channel>();
    distinct::<Lang>();
    assert_eq!(Channel::NAMES.len(), Channel::ALL.len());
    assert_eq!(Lang::NAMES.len(), Lang::ALL.len());
    assert!(<&str>::NAMES.iter().map(|(stage, _)| *stage).eq(Stage::NAMES));
}
