//! What can be wrong with a menu that is well-formed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deed, Menu, Name, Node, Prompts, Raw, target};

/// A place in the text, and what is wrong there.
type Found = Vec<(usize, String)>;

pub(super) fn check(raw: &Raw, prompts: &Prompts, deeds: &[Deed]) -> Found {
    let mut found = Found::new();
    let nodes: BTreeMap<&str, (usize, &Node)> =
        raw.node.iter().map(|(name, node)| (name.get_ref().as_str(), (name.span().start, node))).collect();
    for (name, what) in [(&raw.start, "start"), (&raw.give_up, "give_up")] {
        if !nodes.contains_key(name.get_ref().as_str()) {
            found.push((name.span().start, format!("{what} names no node")));
        }
    }
    for prompt in [&raw.wrong, &raw.nothing] {
        said(prompt, prompts, &mut found);
    }
    if !(1..=10).contains(&raw.tries) || raw.answer_seconds == 0 || raw.key_seconds == 0 {
        found.push((0, "tries are from 1 to 10, and answer_seconds and key_seconds at least 1".into()));
    }
    for (at, node) in nodes.values() {
        shape(*at, node, raw, prompts, deeds, &mut found);
        for edge in node.edges().filter(|edge| !nodes.contains_key(edge.to)) {
            found.push((*at, format!("it leads to “{}”, which is no node", edge.to)));
        }
        if let Some(name) = node.give_up.as_ref().filter(|name| !nodes.contains_key(name.get_ref().as_str())) {
            found.push((name.span().start, "give_up names no node".into()));
        }
    }
    if found.is_empty() {
        ways(raw, &nodes, deeds, &mut found);
        values(&nodes, prompts, deeds, &mut found);
    }
    found.sort();
    found
}

fn said(prompt: &Name, prompts: &Prompts, found: &mut Found) {
    let (name, lang) = Menu::named(prompt.get_ref());
    if prompt.get_ref().contains('@') && lang.is_none() {
        found.push((prompt.span().start, format!("“{}” is in a language that is none of ours", prompt.get_ref())));
    }
    if !prompts.has(name) {
        found.push((prompt.span().start, format!("there is no prompt “{name}”")));
    }
}

/// Each node by itself.
fn shape(at: usize, node: &Node, raw: &Raw, prompts: &Prompts, deeds: &[Deed], found: &mut Found) {
    for prompt in &node.say {
        said(prompt, prompts, found);
    }
    let asks = node.asks();
    let ways = [node.next.is_some(), node.end, node.deed.is_some(), asks].iter().filter(|is| **is).count();
    let waits = node.deed.is_some() && !node.keys.is_empty() && node.collect.is_none();
    let collects = node.collect.is_some() && node.next.is_some() && node.deed.is_none() && node.keys.is_empty();
    if !(ways == 1 && node.collect.is_none() || waits && ways == 2 || collects && ways == 2 && !node.end) {
        found.push((at, "a node has keys, or collect with next, or do, or next, or end".into()));
    }
    for (key, to) in &node.keys {
        let mut chars = key.chars();
        let one = chars.next().filter(|_| chars.next().is_none());
        match one {
            Some('0'..='9' | '*' | '#') => {}
            Some(_) | None => found.push((to.span().start, format!("“{key}” is no key"))),
        }
        if one.is_some_and(|c| [raw.everywhere.repeat, raw.everywhere.back].contains(&c)) {
            found.push((to.span().start, format!("{key} means the same everywhere, and cannot lead elsewhere here")));
        }
    }
    if let Some(collect) = &node.collect
        && !(1 <= collect.least && collect.least <= collect.most && collect.most <= 40)
    {
        found.push((at, "collect takes from 1 to 40 digits, least first".into()));
    }
    let Some(deed) = &node.deed else {
        if !node.on.is_empty() {
            found.push((at, "there are outcomes and nothing is done".into()));
        }
        return;
    };
    let Some(known) = deeds.iter().find(|known| known.name == deed.get_ref()) else {
        found.push((deed.span().start, format!("nothing called “{}” can be done", deed.get_ref())));
        return;
    };
    for outcome in known.outcomes.iter().filter(|outcome| !node.on.contains_key(**outcome)) {
        found.push((deed.span().start, format!("“{}” may come out as “{outcome}”, which leads nowhere", known.name)));
    }
    for (outcome, to) in node.on.iter().filter(|(outcome, _)| !known.outcomes.contains(&outcome.as_str())) {
        found.push((to.span().start, format!("“{}” never comes out as “{outcome}”", known.name)));
    }
}

/// The menu as a whole: what can be reached, and what can be left.
fn ways(raw: &Raw, nodes: &BTreeMap<&str, (usize, &Node)>, deeds: &[Deed], found: &mut Found) {
    let gives_up = |node: &Node| node.give_up.as_ref().unwrap_or(&raw.give_up).get_ref().clone();
    let is_person = |node: &Node| {
        let deed = node.deed.as_ref().map(|deed| deed.get_ref().as_str());
        deeds.iter().any(|known| known.person && Some(known.name) == deed)
    };
    // Everywhere a caller is asked, failing leads to where one gives up, and so does the key for a person.
    let all = |name: &str| -> Vec<String> {
        let Some((_, node)) = nodes.get(name) else { return Vec::new() };
        let failing = node.asks() || node.on.values().any(|to| to.get_ref().starts_with('!'));
        let edges = node.edges().map(|edge| edge.to.to_owned());
        edges.chain(failing.then(|| gives_up(node))).collect()
    };
    let mut reached = BTreeSet::from([raw.start.get_ref().clone(), raw.give_up.get_ref().clone()]);
    let mut open: Vec<String> = reached.iter().cloned().collect();
    while let Some(name) = open.pop() {
        for to in all(&name) {
            if reached.insert(to.clone()) {
                open.push(to);
            }
        }
    }
    let towards = |goal: &dyn Fn(&Node) -> bool| {
        let mut good: BTreeSet<&str> =
            nodes.iter().filter(|(_, (_, node))| goal(node)).map(|(name, _)| *name).collect();
        loop {
            let more: Vec<&str> = nodes
                .keys()
                .filter(|name| !good.contains(*name) && all(name).iter().any(|to| good.contains(to.as_str())))
                .copied()
                .collect();
            if more.is_empty() {
                return good;
            }
            good.extend(more);
        }
    };
    let (ends, people) = (towards(&|node| node.end), towards(&is_person));
    for (name, (at, node)) in nodes {
        if !reached.contains(*name) {
            found.push((*at, format!("nothing leads to “{name}”")));
        }
        if !ends.contains(name) {
            found.push((*at, format!("from “{name}” there is no way to an end")));
        }
        if node.asks() && !people.contains(name) && node.give_up.is_none() {
            found.push((*at, format!("from “{name}” there is no way to a person")));
        }
        if alone(name, nodes) {
            found.push((*at, format!("“{name}” comes back to itself without anybody being asked")));
        }
    }
}

/// Whether a node leads back to itself with nobody having a say.
fn alone(from: &str, nodes: &BTreeMap<&str, (usize, &Node)>) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        let Some((_, node)) = nodes.get(name) else { continue };
        if node.asks() {
            continue;
        }
        for edge in node.edges() {
            if edge.to == from {
                return true;
            }
            if seen.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    false
}

/// What is said must be known by then: something must give it, somewhere.
fn values(nodes: &BTreeMap<&str, (usize, &Node)>, prompts: &Prompts, deeds: &[Deed], found: &mut Found) {
    let collected = nodes.values().filter_map(|(_, node)| node.collect.as_ref());
    let used = |node: &Node| node.deed.as_ref().map(|deed| deed.get_ref().clone());
    let done: Vec<String> = nodes.values().filter_map(|(_, node)| used(node)).collect();
    let given = deeds.iter().filter(|deed| done.iter().any(|name| name == deed.name)).flat_map(|deed| deed.gives);
    let known: BTreeSet<&str> =
        collected.filter(|c| !c.secret).map(|c| c.into.as_str()).chain(given.copied()).collect();
    for (_, node) in nodes.values() {
        for prompt in &node.say {
            for value in prompts.values(Menu::named(prompt.get_ref()).0) {
                if !known.contains(target(&value)) {
                    let says = format!("“{}” says {{{value}}}, which nothing gives", prompt.get_ref());
                    found.push((prompt.span().start, says));
                }
            }
        }
    }
}
