//! Every way through the built-in menu, at random and by hand.

use super::super::draw::svg;
use super::*;
use crate::menu::{BUILT_IN, DEEDS, Prompts, prompts};

fn words() -> Prompts {
    Prompts::load("prompts.toml", prompts::BUILT_IN, &[("operator", ["Laika", "莱卡"])]).unwrap()
}

fn menu() -> Menu {
    Menu::load("menu.toml", BUILT_IN, &words(), DEEDS).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A call that says nothing of its own: what is to be done comes out as `outcome` says.
struct Call<'a> {
    menu: &'a Menu,
    state: State,
    actions: Vec<Action>,
    heard: Vec<String>,
    done: Vec<String>,
}

impl<'a> Call<'a> {
    fn new(menu: &'a Menu) -> Self {
        let state = State::new(menu, Lang::En);
        let mut call = Self { menu, state, actions: Vec::new(), heard: Vec::new(), done: Vec::new() };
        call.give(Event::Begin);
        call
    }

    fn give(&mut self, event: Event) {
        let (state, actions) = step(self.menu, self.state.clone(), event);
        self.state = state;
        for action in &actions {
            match action {
                Action::Say(prompts) => self.heard.extend(prompts.iter().map(|(name, _)| name.clone())),
                Action::Do(deed) => self.done.push(deed.clone()),
                Action::Hush | Action::Wait(_) | Action::Abandon | Action::HangUp => {}
            }
        }
        self.actions = actions;
    }

    /// Keys, with everything said before and every deed coming out like this.
    fn keys(&mut self, keys: &str, outcomes: &[(&str, &str)]) {
        self.settle(outcomes);
        for key in keys.chars() {
            self.give(Event::Key(key));
            self.settle(outcomes);
        }
    }

    fn settle(&mut self, outcomes: &[(&str, &str)]) {
        for _ in 0..50 {
            match self.state.phase {
                Phase::Saying => self.give(Event::Said),
                Phase::Doing => {
                    let deed = self.done.last().cloned().unwrap_or_default();
                    let Some((_, outcome)) = outcomes.iter().find(|(name, _)| *name == deed) else { return };
                    self.give(Event::Done { outcome: (*outcome).to_owned(), values: Vec::new() });
                }
                Phase::Waiting | Phase::Over => return,
            }
        }
        panic!("it goes on for ever at {}", self.state.node);
    }
}

const GOOD: &[(&str, &str)] = &[
    ("read-number", "read"),
    ("send-code-text", "sent"),
    ("try-code", "right"),
    ("saved", "noted"),
    ("quote", "fixed"),
    ("may-record", "no"),
    ("declare", "proven"),
    ("hours", "open"),
    ("place", "first"),
];

#[test]
fn a_card_is_cancelled_by_keys() {
    let menu = menu();
    let mut call = Call::new(&menu);
    call.keys("118944770000000000101#11", GOOD);
    assert_eq!(call.state.node, "code");
    assert!(call.state.is_secret(&menu));
    call.keys("1234561", GOOD);
    assert_eq!(call.state.node, "declare");
    assert_eq!(call.state.keyed["code"], "123456");
    assert!(!call.state.values.contains_key("code") && call.state.lang == Lang::Zh);
    assert!(!call.done.contains(&"declare".to_owned()));
    call.keys("1", GOOD);
    assert_eq!(call.done.last().unwrap(), "declare");
    assert!(call.heard.ends_with(&[
        "declared".into(),
        "reference-again".into(),
        "written-too".into(),
        "anything-else".into()
    ]));
    call.keys("2", GOOD);
    assert!(call.state.is_over() && call.actions == [Action::HangUp]);
}

#[test]
fn keys_cut_in_are_repeated_taken_back_and_go_back() {
    let menu = menu();
    let mut call = Call::new(&menu);
    call.give(Event::Key('2'));
    assert_eq!(call.actions[0], Action::Hush);
    call.settle(&[]);
    assert_eq!(call.state.node, "main");
    call.keys("*", &[]);
    assert_eq!((call.state.node.as_str(), call.heard.last().unwrap().as_str()), ("main", "main"));
    call.keys("1", &[]);
    call.keys("123", &[]);
    call.give(Event::Key('*'));
    call.keys("4477009002#", &[]);
    assert_eq!((call.state.node.as_str(), call.state.keyed["number"].as_str()), ("read-back", "4477009002"));
    call.keys("#", &[]);
    assert_eq!(call.state.node, "number");
    call.keys("**", &[]);
    assert_ne!(call.state.node, "number");
}

#[test]
fn three_failed_tries_lead_to_a_person() {
    let menu = menu();
    let mut call = Call::new(&menu);
    call.keys("2", &[]);
    for _ in 0..2 {
        call.give(Event::Timeout);
        call.settle(GOOD);
        assert_eq!(call.state.node, "main");
    }
    call.keys("9", GOOD);
    assert_eq!((call.state.node.as_str(), call.done.last().unwrap().as_str()), ("hold-line", "wait"));
    // Instead of waiting, a call back.
    call.give(Event::Key('1'));
    assert_eq!(call.actions, [Action::Abandon, Action::Do("slot".into())]);
    let mut unread = Call::new(&menu);
    unread.keys("21", &[("read-number", "unreadable")]);
    for _ in 0..3 {
        unread.keys("1234567#1", &[("read-number", "unreadable"), ("hours", "closed"), ("slot", "none")]);
    }
    assert!(unread.done.contains(&"hours".to_owned()), "{:?}", unread.done);
}

/// A hundred thousand steps of callers who do anything, everything coming out in every way; and after each of them,
/// what a hang-up does: it never asks for anything.
#[test]
fn whatever_happens_there_is_a_way_on_and_a_hang_up_asks_for_nothing() {
    let menu = menu();
    let mut seed = 5_u64;
    let mut dice = move |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % most
    };
    let mut ends = 0;
    let mut seen = std::collections::BTreeSet::new();
    let mut call = Call::new(&menu);
    for _ in 0..100_000 {
        let (_, after) = step(&menu, call.state.clone(), Event::HungUp);
        assert!(after.iter().all(|action| *action == Action::Abandon), "{after:?}");
        seen.insert(call.state.node.clone());
        let collects = menu.nodes[&call.state.node].collect.as_ref().filter(|_| call.state.phase == Phase::Waiting);
        if let Some(collect) = collects.filter(|_| dice(3) == 0) {
            (0..collect.least).for_each(|_| call.give(Event::Key('1')));
            continue;
        }
        let event = match call.state.phase {
            Phase::Over => {
                ends += 1;
                call = Call::new(&menu);
                continue;
            }
            Phase::Doing => {
                let deed = DEEDS.iter().find(|deed| Some(deed.name) == call.done.last().map(String::as_str)).unwrap();
                let outcome = deed.outcomes[dice(deed.outcomes.len())].to_owned();
                Event::Done { outcome, values: Vec::new() }
            }
            Phase::Saying if dice(4) > 0 => Event::Said,
            Phase::Waiting if dice(12) == 0 => Event::Timeout,
            Phase::Saying | Phase::Waiting => {
                let known: Vec<char> =
                    menu.nodes[&call.state.node].keys.keys().filter_map(|key| key.chars().next()).collect();
                Event::Key(if known.is_empty() || dice(5) == 0 {
                    "0123456789*#".chars().nth(dice(12)).unwrap()
                } else {
                    known[dice(known.len())]
                })
            }
        };
        call.give(event);
        assert!(menu.nodes.contains_key(&call.state.node));
        // Nothing stands still: something is said, waited for, done, or it is over.
        let moves = |action: &Action| !matches!(action, Action::Hush | Action::Abandon);
        assert!(call.actions.is_empty() || call.actions.iter().any(moves), "{:?}", call.actions);
    }
    assert!(ends > 100);
    // All but those that are gone through.
    let unseen: Vec<&String> = menu.nodes.keys().filter(|name| !seen.contains(*name)).collect();
    assert_eq!(unseen, ["chinese", "english"]);
}

#[test]
fn what_is_wrong_with_a_menu_is_told_with_its_line() {
    let words = words();
    let head = "start = \"a\"\ngive_up = \"p\"\nanswer_seconds = 5\nkey_seconds = 3\nwrong = \"wrong-key\"\nnothing = \"no-key\"\n\
                everywhere = { repeat = \"*\", back = \"#\", person = \"0\" }\n\
                [node.p]\ndo = \"wait\"\non = { talked = \"z\", nobody = \"z\" }\n[node.z]\nsay = [\"goodbye\"]\nend = true\n";
    for (rest, line, says) in [
        ("[node.a]\nkeys = { 1 = \"b\" }\n", 14, "“b”, which is no node"),
        ("[node.a]\nsay = [\"hello\"]\nkeys = { 1 = \"z\" }\n", 15, "no prompt “hello”"),
        ("[node.a]\nsay = [\"main@fr\"]\nkeys = { 1 = \"z\" }\n", 15, "language"),
        ("[node.a]\nkeys = { 1 = \"z\" }\n[node.b]\nnext = \"z\"\n", 16, "nothing leads to “b”"),
        ("[node.a]\nnext = \"b\"\n[node.b]\nnext = \"a\"\n", 14, "comes back to itself"),
        ("[node.a]\nnext = \"a\"\n", 14, "no way to an end"),
        ("[node.a]\nkeys = { 1 = \"z\" }\nend = true\n", 14, "a node has keys, or"),
        ("[node.a]\n", 14, "a node has keys, or"),
        ("[node.a]\nkeys = { x = \"z\" }\n", 15, "“x” is no key"),
        ("[node.a]\nkeys = { \"#\" = \"z\" }\n", 15, "means the same everywhere"),
        ("[node.a]\ndo = \"fly\"\non = { up = \"z\" }\n", 15, "nothing called “fly”"),
        ("[node.a]\ndo = \"hours\"\non = { open = \"z\" }\n", 15, "may come out as “closed”"),
        (
            "[node.a]\ndo = \"hours\"\non = { open = \"z\", closed = \"z\", late = \"z\" }\n",
            16,
            "never comes out as “late”",
        ),
        ("[node.a]\nsay = [\"read-back\"]\nkeys = { 1 = \"z\" }\n", 15, "says {number}, which nothing gives"),
        ("[node.a]\nkees = { 1 = \"z\" }\n", 15, "unknown field"),
        ("[node.a]\ncollect = { into = \"n\", least = 9, most = 3 }\nnext = \"z\"\n", 14, "1 to 40 digits"),
    ] {
        let faults = Menu::load("my.toml", &format!("{head}{rest}"), &words, DEEDS).map(|_| ()).unwrap_err();
        let found =
            faults.iter().any(|fault| fault.line == line && fault.says.contains(says) && fault.file == "my.toml");
        assert!(found, "{rest}: {faults:#?}");
    }
    // Where failing leads to no person, a caller never comes to one.
    let lonely = head.replace("do = \"wait\"\non = { talked = \"z\", nobody = \"z\" }", "next = \"z\"");
    let faults =
        Menu::load("my.toml", &format!("{lonely}[node.a]\nkeys = {{ 1 = \"z\" }}\n"), &words, DEEDS).unwrap_err();
    assert!(faults.iter().any(|fault| fault.says.contains("no way to a person")), "{faults:#?}");
}

#[test]
fn the_picture_has_every_node_and_is_well_formed() {
    let (menu, words) = (menu(), words());
    for lang in Lang::ALL {
        let picture = svg(&menu, &words, lang);
        for name in menu.nodes.keys() {
            assert!(picture.contains(&format!(">{name}</text>")), "{name}");
        }
        assert_eq!(picture.matches("<g>").count(), picture.matches("</g>").count());
    }
}
