//! Which cases a list shows, and in which order. A filter is what stands after the `?` of a list's
//! address, so that a list can be linked to, saved and shared. It can be read from any text: what
//! means nothing is left out, and never fails a page.

use std::fmt;

use case::{AccountId, Agency, Case, Cause, Channel, Flag, Lang, Timestamp};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::View;

pub mod facets;
mod few;

use facets::Named;
pub use few::Few;

/// Every part is optional; an empty set asks for nothing. Parts are joined by *and*, the members of
/// a set by *or*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of [`Stage::NAMES`].
    pub stages: Few<&'static str>,
    pub causes: Few<Cause>,
    pub flags: Few<Flag>,
    /// How it was declared.
    pub channels: Few<Channel>,
    pub langs: Few<Lang>,
    pub claim: Option<Claim>,
    /// Signed once, and waiting for a second signature that the one who asks may give.
    pub second: bool,
    /// The holder has written, and nobody at the desk has done anything since.
    pub unread: bool,
    /// The clock looks at it on this day or before; what is overdue too.
    pub due_by: Option<Date>,
    /// Received on this day or later, in the operator's zone.
    pub since: Option<Date>,
    /// Received on this day or earlier, in the operator's zone.
    pub until: Option<Date>,
    pub snoozed: Snoozed,
    pub order: Order,
}

/// Who has claimed the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Mine,
    Nobody,
    Anyone,
}

/// Whether to show what has been put aside until later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Snoozed {
    #[default]
    Hidden,
    Shown,
    Only,
}

/// By receipt, or by when the clock next looks at the case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    Oldest,
    #[default]
    Newest,
    /// Soonest first; cases without a deadline last.
    Due,
}

/// Who asks for a list, and when and where: "mine" and "on this day" mean nothing without.
#[derive(Clone, Debug)]
pub struct Asker {
    pub staff: AccountId,
    /// Whose cases they see; none sees all.
    pub agency: Option<Agency>,
    /// May give a second signature.
    pub seconds: bool,
    pub now: Timestamp,
    /// The operator's.
    pub zone: TimeZone,
}

impl Claim {
    pub const ALL: [Claim; 3] = [Claim::Mine, Claim::Nobody, Claim::Anyone];

    pub fn name(self) -> &'static str {
        match self {
            Claim::Mine => "me",
            Claim::Nobody => "nobody",
            Claim::Anyone => "anyone",
        }
    }
}

impl Snoozed {
    pub const ALL: [Snoozed; 3] = [Snoozed::Hidden, Snoozed::Shown, Snoozed::Only];

    pub fn name(self) -> &'static str {
        match self {
            Snoozed::Hidden => "hidden",
            Snoozed::Shown => "shown",
            Snoozed::Only => "only",
        }
    }
}

impl Order {
    pub const ALL: [Order; 3] = [Order::Oldest, Order::Newest, Order::Due];

    pub fn name(self) -> &'static str {
        match self {
            Order::Oldest => "oldest",
            Order::Newest => "newest",
            Order::Due => "due",
        }
    }
}

impl View {
    pub const ALL: [View; 5] = [View::Review, View::Waiting, View::Moving, View::Done, View::All];

    pub fn name(self) -> &'static str {
        match self {
            View::Review => "review",
            View::Waiting => "waiting",
            View::Moving => "moving",
            View::Done => "done",
            View::All => "all",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    pub fn stages(self) -> &'static [&'static str] {
        match self {
            View::Review => &["review", "contested"],
            View::Waiting => &["received"],
            View::Moving => &["scheduled", "ceasing"],
            View::Done => &["ceased", "closed", "refused", "withdrawn"],
            View::All => &[],
        }
    }

    pub fn order(self) -> Order {
        match self {
            View::Review | View::Waiting | View::Moving => Order::Oldest,
            View::Done | View::All => Order::Newest,
        }
    }
}

impl From<View> for Filter {
    fn from(view: View) -> Self {
        Self { stages: view.stages().iter().copied().collect(), order: view.order(), ..Self::default() }
    }
}

impl Filter {
    /// From a query string, or as much of it as means something. `view` names where to begin; without
    /// it, all cases, newest first; it may be a [`compact`](Filter::compact) filter, and is then all.
    /// Other parameters are left alone.
    pub fn parse(query: &str) -> Self {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().take(Self::PARAMETERS).collect();
        let last = |key: &str| pairs.iter().rev().find(|(k, _)| k == key).map_or("", |(_, value)| value.trim());
        let all = |key: &'static str| {
            let values = pairs.iter().filter(move |(k, _)| k == key).flat_map(|(_, value)| value.split(','));
            values.map(str::trim)
        };
        let view = last("view");
        if view.contains(':') && !view.contains(['=', '&']) {
            return Self::parse(&view.replace(';', "&").replace(':', "="));
        }
        let mut filter = Self::from(View::named(view).unwrap_or(View::All));
        let stages: Few<_> = all("stage").filter_map(Named::named).collect();
        if !stages.is_empty() {
            filter.stages = stages;
        }
        if let Some(order) = Order::ALL.into_iter().find(|order| order.name() == last("sort")) {
            filter.order = order;
        }
        filter.causes = all("cause").filter_map(Cause::named).collect();
        filter.flags = all("flag").filter_map(Flag::named).collect();
        filter.channels = all("channel").filter_map(Channel::named).collect();
        filter.langs = all("language").filter_map(Lang::named).collect();
        filter.claim = Claim::ALL.into_iter().find(|claim| claim.name() == last("claim"));
        filter.second = last("second") == "me";
        filter.unread = last("unread") == "yes";
        let day = |key| last(key).parse::<Date>().ok().filter(|day| day.year() > 0);
        (filter.due_by, filter.since, filter.until) = (day("due-by"), day("since"), day("until"));
        // Between two days is between them, whichever was said first.
        if filter.until.is_some_and(|until| filter.since.is_some_and(|since| since > until)) {
            (filter.since, filter.until) = (filter.until, filter.since);
        }
        filter.snoozed = Snoozed::ALL.into_iter().find(|snoozed| snoozed.name() == last("snoozed")).unwrap_or_default();
        filter
    }

    /// Parameters that are read, so that an absurd address costs little.
    const PARAMETERS: usize = 100;
    /// The parameters that say which cases; what else stands in a list's address is about the page.
    pub const KEYS: [&'static str; 13] = [
        "view", "stage", "cause", "flag", "channel", "language", "claim", "second", "unread", "due-by", "since",
        "until", "snoozed",
    ];

    /// The built-in view that has these stages in this order, whatever else is asked.
    pub fn base(&self) -> Option<View> {
        self.stage_view().filter(|view| view.order() == self.order)
    }

    /// The built-in view that has these stages, whatever else is asked and in whatever order.
    pub fn stage_view(&self) -> Option<View> {
        View::ALL.into_iter().find(|view| view.stages().iter().copied().collect::<Few<_>>() == self.stages)
    }

    /// The built-in view that this is, with nothing added.
    pub fn view(&self) -> Option<View> {
        self.base().filter(|view| Self::from(*view) == *self)
    }

    /// As the value of one parameter: the name of the view that it is, or all of it with `:` and `;`.
    pub fn compact(&self) -> String {
        match self.view() {
            Some(view) => view.name().to_owned(),
            None => self.to_string().replace('=', ":").replace('&', ";"),
        }
    }

    /// Whether a case whose row has moved on since it was indexed is still one of these, as far as
    /// the row says.
    pub fn admits(&self, case: &Case, asker: &Asker) -> bool {
        let (bits, signer) = facets::of(case);
        let masks = facets::Masks::of(self);
        masks.admit(bits | facets::UNREAD, signer, asker.staff)
    }

    /// The days as moments, from the first included to the first excluded.
    pub(crate) fn received(&self, zone: &TimeZone) -> (i64, i64) {
        let from = self.since.map_or(i64::MIN, |day| start(day, zone));
        (from, self.until.map_or(i64::MAX, |day| day.tomorrow().map_or(i64::MAX, |day| start(day, zone))))
    }

    pub(crate) fn due_before(&self, zone: &TimeZone) -> i64 {
        self.due_by.map_or(i64::MAX, |day| day.checked_add(1.day()).map_or(i64::MAX, |day| start(day, zone)))
    }
}

fn start(day: Date, zone: &TimeZone) -> i64 {
    day.to_zoned(zone.clone()).map_or(i64::MAX, |zoned| zoned.timestamp().as_microsecond())
}

/// As it stands in an address, always the same for the same filter. Every character of it may stand
/// in an address as it is.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<(&str, String)> = Vec::new();
        match self.base() {
            Some(view) => parts.push(("view", view.name().to_owned())),
            None => {
                parts.push(("stage", names(self.stages)));
                let usual = self.order == Order::default();
                parts.push(("sort", if usual { String::new() } else { self.order.name().to_owned() }));
            }
        }
        parts.push(("cause", names(self.causes)));
        parts.push(("flag", names(self.flags)));
        parts.push(("channel", names(self.channels)));
        parts.push(("language", names(self.langs)));
        parts.push(("claim", self.claim.map_or("", Claim::name).to_owned()));
        parts.push(("second", if self.second { "me" } else { "" }.to_owned()));
        parts.push(("unread", if self.unread { "yes" } else { "" }.to_owned()));
        for (key, day) in [("due-by", self.due_by), ("since", self.since), ("until", self.until)] {
            parts.push((key, day.map(|day| day.to_string()).unwrap_or_default()));
        }
        let hidden = self.snoozed == Snoozed::Hidden;
        parts.push(("snoozed", if hidden { String::new() } else { self.snoozed.name().to_owned() }));
        let mut first = true;
        for (key, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            let joint = if std::mem::take(&mut first) { "" } else { "&" };
            write!(f, "{joint}{key}={value}")?;
        }
        Ok(())
    }
}

fn names<T: Named>(set: Few<T>) -> String {
    set.iter().map(Named::name).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
