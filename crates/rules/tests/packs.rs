//! Packs that cannot be meant: each is an error that names file, line and rule, and all of them are said at once.

use std::collections::BTreeMap;

use case::{Lang, Policy};
use jiff::civil::date;
use rules::{BUILT_IN, Book, Faults, State, Wanted, compose, no_files};

/// Composes packs that stand in memory, under the names they are given.
fn composed(wanted: &Wanted, files: &[(&str, &str)]) -> Result<Book, Faults> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    compose(wanted, &|path| files.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".into()))
}

/// What is wrong with one pack, a line each.
fn wrong(text: &str) -> Vec<String> {
    let faults = composed(&Wanted::of("my.toml"), &[("my.toml", text)]).unwrap_err();
    faults.0.iter().map(ToString::to_string).collect()
}

const HEAD: &str = "name = \"my\"\nextends = \"generic\"\n";

/// A rule beneath the head, whose first line is the third of the file.
fn rule(id: &str, more: &str, set: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\ntitle = {{ en = \"A\", zh = \"甲\" }}\nstatus = \"in-force\"\nsource = \"the law\"\n\
         {more}\n[rule.set]\n{set}\n"
    )
}

#[test]
fn every_pack_that_is_built_in_composes_alone_and_with_everything_expected() {
    for (name, text) in BUILT_IN {
        let book = compose(&Wanted::of(name), &no_files).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
        assert_eq!(book.on_day(date(2026, 11, 26)).name, name);
        assert_eq!(book.top().unwrap().name, name);
        let expected: Vec<String> = book.layers.iter().flat_map(|p| &p.rules).map(|rule| rule.id.clone()).collect();
        let adopt = Wanted { adopt: expected, ..Wanted::of(name) };
        compose(&adopt, &no_files).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
        for told in book.rules(date(2026, 11, 26)) {
            let rule = told.rule;
            assert!(rule.id.starts_with(&format!("{}.", told.pack.name)), "{}", rule.id);
            for lang in [Lang::En, Lang::ZhCn] {
                assert!(!rule.title.of(lang).is_empty(), "{}", rule.id);
                assert!(!rule.does.of(lang).is_empty(), "{} does not say what we do", rule.id);
                assert!(!rule.does(lang, book.on_day(date(2026, 11, 26))).contains('{'), "{}", rule.id);
            }
            let sure = rule.status == rules::Status::InForce;
            assert!(sure || !rule.doubt.is_empty(), "{} does not say what is not certain", rule.id);
        }
        for word in ["compliant", "complies", "合规"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn the_generic_pack_is_what_it_is_without_any_packs() {
    let flat: Policy = toml::from_str(&BUILT_IN[0].1.replace("title = {", "# title = {")).unwrap();
    let book = compose(&Wanted::of("generic"), &no_files).unwrap();
    let mut composed = book.on_day(date(2026, 11, 26)).clone();
    assert_eq!(composed.desk_hours.name, "uk");
    composed.desk_hours = Default::default();
    assert_eq!(composed, flat);
    assert_eq!(book.policies().count(), 1);
}

#[test]
fn a_plain_file_with_every_key_works_as_it_always_has() {
    let mine =
        BUILT_IN[0].1.replace("name = \"generic\"", "name = \"mine\"").replace("notice_days = 0", "notice_days = 30");
    let book = composed(&Wanted::of("/etc/cease/mine.toml"), &[("/etc/cease/mine.toml", &mine)]).unwrap();
    let policy = book.on_day(date(2026, 1, 1));
    assert_eq!((policy.name.as_str(), policy.notice_days), ("mine", 30));
}

#[test]
fn the_operator_lies_over_the_country_and_the_country_over_the_generic_pack() {
    let mine = "name = \"mine\"\nextends = \"uk\"\nnotice_days = 30\n[clocks]\nrefund_days = 5\n";
    let on =
        |wanted: &Wanted, files: &[(&str, &str)]| composed(wanted, files).unwrap().on_day(date(2026, 11, 26)).clone();
    let policy = on(&Wanted::of("mine.toml"), &[("mine.toml", mine)]);
    assert_eq!((policy.notice_days, policy.clocks.refund_days, policy.clocks.codes.days), (30, 5, 30));
    assert_eq!((policy.quarantine_days, policy.name.as_str()), (90, "mine"), "what nobody else says is generic");
    // The same said in the configuration, and a topmost one over it.
    let plain = mine.replace("extends = \"uk\"\n", "");
    let top = "name = \"top\"\nnotice_days = 14\n";
    let wanted = Wanted { also: vec!["mine.toml".into(), "top.toml".into()], ..Wanted::of("uk") };
    let policy = on(&wanted, &[("mine.toml", &plain), ("top.toml", top)]);
    assert_eq!((policy.notice_days, policy.clocks.refund_days), (14, 5));
    let book = composed(&wanted, &[("mine.toml", &plain), ("top.toml", top)]).unwrap();
    let refund = book.explain(date(2026, 11, 26), Some("clocks.refund_days")).pop().unwrap();
    let by: Vec<String> = refund.by.iter().map(|s| format!("{} {}", s.place, s.value)).collect();
    assert_eq!(by[0], "mine.toml:4 5");
    assert!(by[1].starts_with("rules/uk.toml:") && by[1].ends_with(" 14"), "{by:?}");
    let state = |id: &str| book.rules(date(2026, 11, 26)).into_iter().find(|t| t.rule.id == id).unwrap().state;
    assert_eq!(state("uk.ccr.refund"), State::Overridden);
    assert_eq!(state("uk.ccr.cooling-off"), State::Holds);
    assert_eq!((state("uk.adr.8-weeks"), state("uk.dmcc.end-notice")), (State::Over, State::Expected));
}

/// A tax, an address and a price are a country's or an operator's own, and nobody inherits another's.
#[test]
fn no_pack_has_anothers_tax_or_prices() {
    for (name, _) in BUILT_IN {
        let policy = compose(&Wanted::of(name), &no_files).unwrap().on_day(date(2026, 11, 26)).clone();
        let (vat, address) = if name == "uk" { ("20", "GB") } else { ("0", "") };
        assert_eq!(policy.tariff.vat_on(date(2026, 11, 26)).to_string(), vat, "{name}");
        assert_eq!(policy.returns.country, address, "{name}");
        assert_eq!((policy.returns.router.charge, policy.returns.handset.charge), (None, None), "{name}");
    }
}

#[test]
fn an_expected_rule_waits_for_somebody_to_say_so_even_on_its_day() {
    let spring = date(2027, 5, 1);
    let book = compose(&Wanted::of("uk"), &no_files).unwrap();
    assert_eq!(book.on_day(spring).clocks.end_notice.online_hours, 0);
    let overdue: Vec<&str> = book.overdue(spring).iter().map(|told| told.rule.id.as_str()).collect();
    assert_eq!(overdue, ["uk.dmcc.end-notice", "uk.dmcc.cooling-off"]);
    assert!(book.overdue(date(2026, 11, 26)).is_empty());
    let adopt = Wanted { adopt: vec!["uk.dmcc.end-notice".into()], ..Wanted::of("uk") };
    let book = compose(&adopt, &no_files).unwrap();
    assert_eq!(book.on_day(date(2027, 3, 31)).clocks.end_notice.online_hours, 0);
    assert_eq!(book.on_day(spring).clocks.end_notice.online_hours, 24);
    let change = &book.changes(date(2026, 11, 26))[0];
    assert_eq!(change.day, date(2027, 4, 1));
    assert!(
        change
            .keys
            .iter()
            .any(|(key, before, after)| { key == "clocks.end_notice.online_hours" && before == 0 && after == 24 })
    );
    // Written into the file, it needs nobody.
    let made = BUILT_IN[1].1.replace("status = \"expected\"", "status = \"in-force\"");
    let book = composed(&Wanted::of("uk.toml"), &[("uk.toml", &made)]).unwrap();
    assert_eq!(book.on_day(spring).clocks.renewal_withdrawal_days, 14);
}

#[test]
fn a_day_begins_where_the_pack_is_at_home() {
    let book = compose(&Wanted::of("uk"), &no_files).unwrap();
    // British summer time: midnight in London is 23:00 of the day before.
    let weeks = |at: &str| book.on(at.parse().unwrap()).complaint.adr_weeks;
    assert_eq!((weeks("2026-04-07T22:59:59Z"), weeks("2026-04-07T23:00:00Z")), (8, 6));
    assert_eq!(book.period("0001-01-01T00:00:00Z".parse().unwrap()), 0);
    assert_eq!(book.on(jiff::Timestamp::MAX).complaint.adr_weeks, 6);
}

#[test]
fn keys_that_no_policy_has_and_values_of_the_wrong_kind_are_named_all_at_once() {
    let text = format!(
        "{HEAD}notice_dayz = 3\nfour_eyes = \"yes\"\n{}{}",
        rule("my.a", "from = 2026-01-01", "clocks.refund_day = 3\nnotice_days = -1"),
        rule("my.b", "", "complaint = 7\n[rule.set.risk]\nhold_hours = \"long\""),
    );
    let all = wrong(&text);
    let has = |says: &str| assert!(all.iter().any(|line| line.starts_with(says)), "{says} in {all:#?}");
    has("my.toml:3: unknown key notice_dayz; did you mean notice_days?");
    has("my.toml:4: invalid type: string \"yes\", expected a boolean");
    has("my.toml:12: my.a: unknown key refund_day; did you mean refund_days?");
    has("my.toml:13: my.a: invalid value: integer `-1`");
    has("my.toml:21: my.b: invalid type: integer `7`");
    has("my.toml:23: my.b: invalid type: string \"long\"");
    assert_eq!(all.len(), 6, "{all:#?}");
    // What a rule lacks is said beside it.
    let all = wrong(&format!("{HEAD}notice_dayz = 3\n[[rule]]\nid = \"my.a\"\nset = {{ watch_dayz = 1 }}\n"));
    for says in ["3: unknown key notice_dayz", "4: my.a: the rule has no title", "6: my.a: unknown key watch_dayz"] {
        assert!(all.iter().any(|line| line.contains(says)), "{says}: {all:#?}");
    }
}

#[test]
fn a_rule_without_what_makes_it_one_is_no_rule() {
    let all = wrong(&format!("{HEAD}[[rule]]\nfro = 2026-01-01\n[rule.set]\nnotice_days = 1\n"));
    for says in ["no id", "unknown key fro", "no title", "no source", "status is one of in-force, expected, recalled"] {
        assert!(all.iter().any(|line| line.starts_with("my.toml:") && line.contains(says)), "{says}: {all:#?}");
    }
    let bad = |more: &str, says: &str| {
        let all = wrong(&format!("{HEAD}{}", rule("my.a", more, "notice_days = 1")));
        assert!(all.len() == 1 && all[0].contains(says), "{says}: {all:#?}");
    };
    bad("from = \"2026-02-30\"", "my.toml:8: my.a: from is a day of the calendar");
    bad("from = 2026-01-01T10:00:00Z", "from is a day of the calendar");
    bad("from = 2026-03-01\nuntil = 2026-02-01", "my.toml:8: my.a: it begins on 2026-03-01, after it has ended");
    bad("replaces = [\"my.gone\"]", "it replaces my.gone, and there is no such rule");
    bad("replaces = 3", "replaces is a list of ids");
    bad("falls_back = \"yes\"", "falls_back is true or false");
    bad("doubt = \"who knows\"", "doubt is a text in both languages");
    bad("does = { en = \"{clocks.nowhere}\", zh = \"x\" }", "my.toml:8: my.a: {clocks.nowhere} is no key with a value");
    bad("does = { en = \"{notice_days\", zh = \"x\" }", "{notice_days} is no key");
    let whole = wrong(&format!("{HEAD}{}", rule("my.a", "from = 2026-01-01", "time_zone = \"Asia/Tokyo\"")));
    assert!(whole[0].contains("my.toml:10: my.a: time_zone is the whole pack's"), "{whole:#?}");
    let source = rule("my.a", "", "notice_days = 1").replace("\"the law\"", "{ text = \"x\", url = \"http://x\" }");
    assert!(wrong(&format!("{HEAD}{source}"))[0].contains("begins with https://"));
}

#[test]
fn what_is_no_toml_is_said_with_its_line() {
    for (text, line) in
        [("name = \"my\"\nfrom = 2026-02-30\n", 2), ("name = \"my\"\n\n[[rule]\n", 3), ("name = 1\nname = 2\n", 2)]
    {
        let all = wrong(text);
        assert!(all[0].starts_with(&format!("my.toml:{line}: ")), "{all:#?}");
    }
    assert!(wrong("notice_days = 1\n")[0].contains("the pack has no name"));
    assert!(wrong("name = \"My Pack\"\n")[0].contains("small letters"));
    assert!(wrong("")[0].contains("no name"));
}

#[test]
fn two_rules_about_one_key_on_one_day_are_a_contradiction() {
    let two = |first: &str, second: &str| {
        let text =
            format!("{HEAD}{}{}", rule("my.a", first, "notice_days = 1"), rule("my.b", second, "notice_days = 2"));
        composed(&Wanted::of("my.toml"), &[("my.toml", &text)])
    };
    let why = two("from = 2026-01-01", "from = 2026-06-01").unwrap_err().to_string();
    assert!(
        why.starts_with("my.toml:18: my.b: notice_days is set by my.a too (my.toml:10), and both hold on 2026-06-01"),
        "{why}"
    );
    assert!(two("", "").is_err());
    assert!(two("until = 2026-06-01", "from = 2026-06-01").is_err(), "the last day is a day");
    let book = two("until = 2026-05-31", "from = 2026-06-01").unwrap();
    let days = |month, day| book.on_day(date(2026, month, day)).notice_days;
    assert_eq!((days(5, 31), days(6, 1)), (1, 2));
    // The newer may say that it takes the older's place.
    let book = two("from = 2026-01-01", "from = 2026-06-01\nreplaces = [\"my.a\"]").unwrap();
    assert_eq!(book.on_day(date(2026, 5, 31)).notice_days, 1);
    assert_eq!(book.on_day(date(2026, 6, 1)).notice_days, 2);
    let over = book.rules(date(2026, 6, 1)).into_iter().find(|told| told.rule.id == "my.a").unwrap();
    assert_eq!((over.state, over.until), (State::Over, Some(date(2026, 5, 31))));
    // An expected rule would contradict as soon as it is adopted; that is said now.
    let text = format!(
        "{HEAD}{}{}",
        rule("my.a", "", "notice_days = 1"),
        rule("my.b", "from = 2030-01-01", "notice_days = 2").replace("in-force", "expected")
    );
    let why = composed(&Wanted::of("my.toml"), &[("my.toml", &text)]).unwrap_err().to_string();
    assert!(why.contains("my.b: notice_days is set by my.a too"), "{why}");
}

#[test]
fn days_on_which_nothing_is_said_by_mistake_are_a_gap() {
    let with = |more: &str| {
        let text = format!(
            "{HEAD}{}{}",
            rule("my.a", &format!("until = 2026-03-31\n{more}"), "notice_days = 1"),
            rule("my.b", "from = 2026-06-01", "notice_days = 2")
        );
        composed(&Wanted::of("my.toml"), &[("my.toml", &text)])
    };
    let why = with("").unwrap_err().to_string();
    assert!(why.contains("my.b: notice_days is said by no rule from 2026-04-01 to 2026-05-31, after my.a"), "{why}");
    let book = with("falls_back = true").unwrap();
    assert_eq!(book.on_day(date(2026, 5, 1)).notice_days, 0, "as the pack beneath says");
}

#[test]
fn packs_that_go_in_circles_or_lead_nowhere_are_named() {
    let a = "name = \"a\"\nextends = \"b.toml\"\n";
    let b = "name = \"b\"\nextends = \"c.toml\"\n";
    let c = "name = \"c\"\n\nextends = \"a.toml\"\n";
    let files = [("a.toml", a), ("b.toml", b), ("c.toml", c)];
    let why = composed(&Wanted::of("a.toml"), &files).unwrap_err().to_string();
    assert_eq!(why, "c.toml:3: the pack extends itself: a.toml → b.toml → c.toml → a.toml");
    let why = composed(&Wanted::of("a.toml"), &files[..2]).unwrap_err().to_string();
    assert!(
        why.starts_with("b.toml:2: c.toml is neither built in (generic, uk, eu, de, fr, us-ca, cn) nor a file"),
        "{why}"
    );
    // Beside the file that names it.
    let files = [("/etc/cease/my.toml", "name = \"my\"\nextends = \"base.toml\"\n"), ("/etc/cease/base.toml", HEAD)];
    composed(&Wanted::of("/etc/cease/my.toml"), &files).unwrap();
    let why = composed(&Wanted { adopt: vec!["uk.dmc".into()], ..Wanted::of("uk") }, &[]).unwrap_err().to_string();
    assert_eq!(why, "rules.adopt in the configuration: there is no rule uk.dmc");
}

#[test]
fn an_id_stands_for_one_rule() {
    let text = format!("{HEAD}{}{}", rule("my.a", "", "notice_days = 1"), rule("my.a", "", "watch_days = 2"));
    let all = wrong(&text);
    assert!(all[0].contains("my.toml:11: my.a: another rule has this id: my.toml:3"), "{all:#?}");
}

#[test]
fn a_result_that_is_no_policy_is_said_with_the_day_s_rule() {
    let all = wrong("name = \"my\"\nnotice_days = 3\n");
    assert!(all[0].contains("missing field") && all[0].contains("write extends = \"generic\""), "{all:#?}");
    let all = wrong(&format!("{HEAD}{}", rule("my.a", "from = 2026-01-01", "risk.hold_hours = 2")));
    assert_eq!(all, ["my.toml:10: my.a: risk.hold_hours must be from 24 to 72, and is 2"]);
    let all = wrong(&format!("{HEAD}calendar = \"/nowhere.toml\"\n"));
    assert!(
        all[0].starts_with("my.toml:3: /nowhere.toml is neither always, uk, de, fr, us, cn, nor a file"),
        "{all:#?}"
    );
    let all = wrong(&format!("{HEAD}time_zone = \"Europe/Lundun\"\n"));
    assert!(all[0].starts_with("my.toml:3: this machine knows no time zone \"Europe/Lundun\""), "{all:#?}");
}
