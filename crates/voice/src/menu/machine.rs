//! Walking through a menu: a state, what happens, and what is to be done about it. Nothing here waits, speaks or looks
//! anything up; so every way through a menu can be tried, and a hang-up at every point of it.

use std::collections::BTreeMap;

use super::{Menu, Node, target};
use crate::speak::{Lang, Value};

/// What happens in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Begin,
    Key(char),
    /// Nothing was keyed in time.
    Timeout,
    /// Everything has been said.
    Said,
    /// What was to be done is done.
    Done {
        outcome: String,
        values: Vec<(String, Value)>,
    },
    HungUp,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Prompts, one after the other.
    Say(Vec<(String, Lang)>),
    /// Says no more.
    Hush,
    /// A key within so many seconds.
    Wait(u32),
    Do(String),
    /// What is being done is not wanted any more, as far as it can be left.
    Abandon,
    HangUp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Saying,
    Waiting,
    Doing,
    Over,
}

/// Where a caller is. `seen` is what was said, keyed and learnt, for whoever does things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub node: String,
    pub lang: Lang,
    pub values: BTreeMap<String, Value>,
    /// What was collected, by name.
    pub keyed: BTreeMap<String, String>,
    phase: Phase,
    /// Keys that led nowhere, and deeds that failed, in a row.
    tries: u32,
    failed: u32,
    digits: String,
    trail: Vec<String>,
}

impl State {
    pub fn new(menu: &Menu, lang: Lang) -> Self {
        Self {
            node: menu.start.clone(),
            lang,
            values: BTreeMap::new(),
            keyed: BTreeMap::new(),
            phase: Phase::Saying,
            tries: 0,
            failed: 0,
            digits: String::new(),
            trail: Vec::new(),
        }
    }

    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Whether what is keyed now is a secret.
    pub fn is_secret(&self, menu: &Menu) -> bool {
        menu.nodes.get(&self.node).and_then(|node| node.collect.as_ref()).is_some_and(|collect| collect.secret)
    }
}

/// Nodes that are gone through without asking, at most; a checked menu has no ring of them.
const MOST: u32 = 64;
/// Steps that can be taken back.
const TRAIL: usize = 20;

pub fn step(menu: &Menu, mut state: State, event: Event) -> (State, Vec<Action>) {
    let mut out = Vec::new();
    let walk = Walk { menu, state: &mut state, out: &mut out };
    walk.on(event);
    (state, out)
}

struct Walk<'a> {
    menu: &'a Menu,
    state: &'a mut State,
    out: &'a mut Vec<Action>,
}

impl Walk<'_> {
    fn node(&self) -> Option<&Node> {
        self.menu.nodes.get(&self.state.node)
    }

    fn on(mut self, event: Event) {
        match (event, self.state.phase) {
            (_, Phase::Over) => {}
            (Event::HungUp, phase) => {
                if phase == Phase::Doing {
                    self.out.push(Action::Abandon);
                }
                self.state.phase = Phase::Over;
            }
            (Event::Begin, _) => self.enter(self.menu.start.clone(), &[]),
            (Event::Said, Phase::Saying) => self.go_on(0),
            (Event::Said, Phase::Waiting | Phase::Doing) => {}
            (Event::Timeout, Phase::Waiting) => self.timeout(),
            (Event::Timeout, Phase::Saying | Phase::Doing) => {}
            (Event::Done { outcome, values }, Phase::Doing) => self.done(&outcome, values),
            (Event::Done { .. }, Phase::Saying | Phase::Waiting) => {}
            (Event::Key(key), Phase::Saying) => {
                // What must be heard is; and where nothing is asked there is nothing to answer.
                let cut = self.node().filter(|node| node.barge && (node.asks() || node.next.is_some()));
                // Where something is done after it, a key that leads nowhere means: get on with it.
                let leads = |node: &Node| node.deed.is_none() || node.keys.contains_key(&key.to_string());
                let Some(asks) = cut.map(|node| node.asks() && leads(node)) else { return };
                self.out.push(Action::Hush);
                if asks { self.key(key) } else { self.go_on(0) }
            }
            (Event::Key(key), Phase::Waiting) => self.key(key),
            (Event::Key(key), Phase::Doing) => {
                let to = self.node().and_then(|node| node.keys.get(&key.to_string())).map(|to| to.get_ref().clone());
                if let Some(to) = to {
                    self.out.push(Action::Abandon);
                    self.enter(to, &[]);
                }
            }
        }
    }

    /// Goes to a node; `first` is said before what it says.
    fn enter(&mut self, name: String, first: &[String]) {
        self.enter_at(name, first, 0);
    }

    fn enter_at(&mut self, name: String, first: &[String], deep: u32) {
        self.state.node = name;
        self.state.digits.clear();
        let Some(node) = self.node().filter(|_| deep < MOST) else { return self.over() };
        let lang = node.lang.unwrap_or(self.state.lang);
        let prompts = first.iter().map(String::as_str).chain(node.say.iter().map(|prompt| prompt.get_ref().as_str()));
        let said: Vec<(String, Lang)> = prompts
            .map(|prompt| {
                let (name, own) = Menu::named(prompt);
                (name.to_owned(), own.unwrap_or(lang))
            })
            .collect();
        self.state.lang = lang;
        self.state.phase = Phase::Saying;
        if said.is_empty() { self.go_on(deep + 1) } else { self.out.push(Action::Say(said)) }
    }

    /// After everything has been said.
    fn go_on(&mut self, deep: u32) {
        let Some(node) = self.node() else { return self.over() };
        if let Some(deed) = node.deed.as_ref().map(|deed| deed.get_ref().clone()) {
            self.state.phase = Phase::Doing;
            self.out.push(Action::Do(deed));
        } else if node.asks() {
            self.wait(self.menu.answer_seconds);
        } else if let Some(next) = node.next.as_ref().map(|next| next.get_ref().clone()) {
            self.enter_at(next, &[], deep);
        } else {
            self.over();
        }
    }

    fn wait(&mut self, seconds: u32) {
        self.state.phase = Phase::Waiting;
        self.out.push(Action::Wait(seconds));
    }

    fn over(&mut self) {
        self.state.phase = Phase::Over;
        self.out.push(Action::HangUp);
    }

    fn key(&mut self, key: char) {
        let Some(node) = self.node() else { return self.over() };
        if node.collect.is_some() {
            return self.collect(key);
        }
        let everywhere = self.menu.everywhere;
        if let Some(to) = node.keys.get(&key.to_string()).map(|to| to.get_ref().clone()) {
            self.state.tries = 0;
            self.forward(to);
        } else if key == everywhere.repeat {
            self.enter(self.state.node.clone(), &[]);
        } else if key == everywhere.back {
            let to = self.state.trail.pop().unwrap_or_else(|| self.menu.start.clone());
            self.enter(to, &[]);
        } else if key == everywhere.person {
            self.give_up();
        } else {
            self.again(self.menu.wrong.clone());
        }
    }

    fn forward(&mut self, to: String) {
        self.state.trail.push(self.state.node.clone());
        if self.state.trail.len() > TRAIL {
            self.state.trail.remove(0);
        }
        self.enter(to, &[]);
    }

    fn collect(&mut self, key: char) {
        let everywhere = self.menu.everywhere;
        let Some(most) = self.node().and_then(|node| node.collect.as_ref()).map(|collect| collect.most) else { return };
        if key == everywhere.back {
            return self.collected();
        }
        if key == everywhere.repeat {
            // The first takes back what was keyed, the second the question.
            return if self.state.digits.is_empty() {
                let to = self.state.trail.pop().unwrap_or_else(|| self.menu.start.clone());
                self.enter(to, &[])
            } else {
                self.state.digits.clear();
                self.enter(self.state.node.clone(), &[])
            };
        }
        if self.state.digits.len() < most {
            self.state.digits.push(key);
        }
        if self.state.digits.len() == most { self.collected() } else { self.wait(self.menu.key_seconds) }
    }

    fn collected(&mut self) {
        let digits = std::mem::take(&mut self.state.digits);
        let Some(node) = self.node() else { return self.over() };
        let (Some(collect), Some(next)) = (&node.collect, &node.next) else { return self.over() };
        let (into, secret, next) = (collect.into.clone(), collect.secret, next.get_ref().clone());
        if digits.len() < collect.least {
            let says = if digits.is_empty() { &self.menu.nothing } else { &self.menu.wrong };
            return self.again(says.clone());
        }
        if !secret {
            self.state.values.insert(into.clone(), Value::Digits(digits.clone()));
        }
        self.state.keyed.insert(into, digits);
        self.forward(next);
    }

    fn timeout(&mut self) {
        // Who has keyed some of it and stops is done.
        if !self.state.digits.is_empty() {
            return self.collected();
        }
        self.again(self.menu.nothing.clone());
    }

    /// A failed try: the same once more, or somebody who can help.
    fn again(&mut self, says: String) {
        self.state.tries += 1;
        if self.state.tries >= self.menu.tries {
            self.give_up();
        } else {
            self.enter(self.state.node.clone(), &[says]);
        }
    }

    fn give_up(&mut self) {
        (self.state.tries, self.state.failed) = (0, 0);
        let own = self.node().and_then(|node| node.give_up.as_ref()).map(|to| to.get_ref().clone());
        self.forward(own.unwrap_or_else(|| self.menu.give_up.clone()));
    }

    fn done(&mut self, outcome: &str, values: Vec<(String, Value)>) {
        self.state.values.extend(values);
        let Some(to) = self.node().and_then(|node| node.on.get(outcome)).map(|to| to.get_ref().clone()) else {
            return self.give_up();
        };
        self.state.failed = if to.starts_with('!') { self.state.failed + 1 } else { 0 };
        if self.state.failed >= self.menu.tries {
            return self.give_up();
        }
        self.enter(target(&to).to_owned(), &[]);
    }
}

#[cfg(test)]
mod tests;
