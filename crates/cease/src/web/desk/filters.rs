//! A list's filter as people see it: the form that asks for it, and what of it is in force, each part
//! with the way to be rid of it.

use case::{Cause, Channel, Flag, Lang};
use jiff::civil::Date;
use store::filter::facets::Named;
use store::filter::{Claim, Few, Filter, Order, Snoozed};

use super::say;
use crate::web::Page;
use crate::words::Words;

/// A part of the filter in force.
pub struct Chip {
    pub text: String,
    /// The list without it.
    pub href: String,
}

pub struct Form {
    pub groups: Vec<Group>,
    pub choices: Vec<Group>,
    pub ticks: Vec<Tick>,
    pub days: Vec<(&'static str, String, String)>,
}

/// Checkboxes, or the options of a select.
pub struct Group {
    pub name: &'static str,
    pub legend: String,
    pub ticks: Vec<Tick>,
}

pub struct Tick {
    pub name: &'static str,
    pub value: &'static str,
    pub text: String,
    pub on: bool,
}

pub fn href(filter: &Filter) -> String {
    format!("/desk?{filter}")
}

pub fn chips(p: &Page, filter: Filter) -> Vec<Chip> {
    let l = p.l;
    let mut chips = Vec::new();
    let mut add = |what: String, value: String, without: Filter| {
        let text = if value.is_empty() { what } else { fl!(l, "desk-chip", what = what, value = value) };
        chips.push(Chip { text, href: href(&without) });
    };
    let view = filter.stage_view();
    if view.is_none() {
        for stage in filter.stages.iter() {
            add(
                fl!(l, "desk-col-stage"),
                stage_name(l, stage),
                Filter { stages: without(filter.stages, stage), ..filter },
            );
        }
    }
    for cause in filter.causes.iter() {
        add(
            fl!(l, "desk-filter-cause"),
            say::cause(l, cause),
            Filter { causes: without(filter.causes, cause), ..filter },
        );
    }
    for flag in filter.flags.iter() {
        add(fl!(l, "desk-filter-flag"), say::flag(l, flag), Filter { flags: without(filter.flags, flag), ..filter });
    }
    for channel in filter.channels.iter() {
        let rest = Filter { channels: without(filter.channels, channel), ..filter };
        add(fl!(l, "desk-col-channel"), say::channel(l, channel), rest);
    }
    for lang in filter.langs.iter() {
        let rest = Filter { langs: without(filter.langs, lang), ..filter };
        add(fl!(l, "desk-filter-language"), say::lang(lang).to_owned(), rest);
    }
    if let Some(claim) = filter.claim {
        add(fl!(l, "desk-filter-claim"), claim_name(l, claim), Filter { claim: None, ..filter });
    }
    if filter.second {
        add(fl!(l, "desk-filter-second"), String::new(), Filter { second: false, ..filter });
    }
    if filter.unread {
        add(fl!(l, "desk-filter-unread"), String::new(), Filter { unread: false, ..filter });
    }
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    if let Some(since) = day(filter.since) {
        add(fl!(l, "desk-filter-since"), since, Filter { since: None, ..filter });
    }
    if let Some(until) = day(filter.until) {
        add(fl!(l, "desk-filter-until"), until, Filter { until: None, ..filter });
    }
    if let Some(due_by) = day(filter.due_by) {
        add(fl!(l, "desk-filter-due-by"), due_by, Filter { due_by: None, ..filter });
    }
    if filter.snoozed != Snoozed::Hidden {
        let rest = Filter { snoozed: Snoozed::Hidden, ..filter };
        add(fl!(l, "desk-filter-snoozed"), snoozed_name(l, filter.snoozed), rest);
    }
    let usual = view.map_or(Order::default(), |view| view.order());
    if filter.order != usual {
        add(fl!(l, "desk-filter-sort"), order_name(l, filter.order), Filter { order: usual, ..filter });
    }
    chips
}

fn without<T: Named>(mut set: Few<T>, one: T) -> Few<T> {
    set.remove(one);
    set
}

pub fn form(p: &Page, filter: Filter, seconds: bool) -> Form {
    let l = p.l;
    let stages = group("stage", fl!(l, "desk-col-stage"), filter.stages, |stage| stage_name(l, stage));
    let causes = group("cause", fl!(l, "desk-filter-cause"), filter.causes, |cause: Cause| say::cause(l, cause));
    let flags = group("flag", fl!(l, "desk-filter-flag"), filter.flags, |flag: Flag| say::flag(l, flag));
    let channels =
        group("channel", fl!(l, "desk-col-channel"), filter.channels, |channel: Channel| say::channel(l, channel));
    let langs =
        group("language", fl!(l, "desk-filter-language"), filter.langs, |lang: Lang| say::lang(lang).to_owned());
    let option = |name, value, text, on| Tick { name, value, text, on };
    let any = option("claim", "", fl!(l, "desk-claim-any"), filter.claim.is_none());
    let claims = Claim::ALL
        .into_iter()
        .map(|claim| option("claim", claim.name(), claim_name(l, claim), filter.claim == Some(claim)));
    let sorts =
        Order::ALL.into_iter().map(|order| option("sort", order.name(), order_name(l, order), filter.order == order));
    let snoozed = Snoozed::ALL
        .into_iter()
        .map(|snoozed| option("snoozed", snoozed.name(), snoozed_name(l, snoozed), filter.snoozed == snoozed));
    let choice = |name, legend, ticks| Group { name, legend, ticks };
    let mut ticks = vec![option("unread", "yes", fl!(l, "desk-filter-unread"), filter.unread)];
    if seconds {
        ticks.push(option("second", "me", fl!(l, "desk-filter-second"), filter.second));
    }
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    Form {
        groups: vec![stages, causes, flags, channels, langs],
        choices: vec![
            choice("sort", fl!(l, "desk-filter-sort"), sorts.collect()),
            choice("claim", fl!(l, "desk-filter-claim"), std::iter::once(any).chain(claims).collect()),
            choice("snoozed", fl!(l, "desk-filter-snoozed"), snoozed.collect()),
        ],
        ticks,
        days: vec![
            ("since", fl!(l, "desk-filter-since"), day(filter.since)),
            ("until", fl!(l, "desk-filter-until"), day(filter.until)),
            ("due-by", fl!(l, "desk-filter-due-by"), day(filter.due_by)),
        ],
    }
}

fn group<T: Named>(name: &'static str, legend: String, set: Few<T>, text: impl Fn(T) -> String) -> Group {
    let tick = |(one, value): &(T, &'static str)| Tick { name, value, text: text(*one), on: set.contains(*one) };
    Group { name, legend, ticks: T::NAMES.iter().map(tick).collect() }
}

fn stage_name(l: &Words, name: &str) -> String {
    let at = case::Stage::NAMES.iter().position(|stage| *stage == name).unwrap_or_default();
    say::stages(l).into_iter().nth(at).unwrap_or_default()
}

fn claim_name(l: &Words, claim: Claim) -> String {
    match claim {
        Claim::Mine => fl!(l, "desk-claim-me"),
        Claim::Nobody => fl!(l, "desk-claim-nobody"),
        Claim::Anyone => fl!(l, "desk-claim-anyone"),
    }
}

fn order_name(l: &Words, order: Order) -> String {
    match order {
        Order::Oldest => fl!(l, "desk-sort-oldest"),
        Order::Newest => fl!(l, "desk-sort-newest"),
        Order::Due => fl!(l, "desk-sort-due"),
    }
}

fn snoozed_name(l: &Words, snoozed: Snoozed) -> String {
    match snoozed {
        Snoozed::Hidden => fl!(l, "desk-snoozed-hidden"),
        Snoozed::Shown => fl!(l, "desk-snoozed-shown"),
        Snoozed::Only => fl!(l, "desk-snoozed-only"),
    }
}
