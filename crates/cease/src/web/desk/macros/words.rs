//! The variables of a macro. Braces hold a name that we know; anything else in braces is a mistake that is
//! told when the macro is saved, never something that a holder reads.

use case::case::Stage;
use case::{Case, Lang, Policy, Timestamp, deadline, sla};

use crate::words::{self, Words};

const NAMES: [&str; 5] = ["{name}", "{reference}", "{card}", "{due}", "{agent}"];

/// Each variable with what it stands for.
pub fn explained(l: &Words) -> Vec<(&'static str, String)> {
    let meanings = [
        fl!(l, "desk-variable-name"),
        fl!(l, "desk-variable-reference"),
        fl!(l, "desk-variable-card"),
        fl!(l, "desk-variable-due"),
        fl!(l, "desk-variable-agent"),
    ];
    NAMES.into_iter().zip(meanings).collect()
}

/// What stands in braces and is no variable of ours.
pub fn unknown(text: &str) -> Vec<String> {
    pieces(text).filter(|piece| piece.starts_with('{') && !NAMES.contains(piece)).map(str::to_owned).collect()
}

/// Those whose values are the holder's own.
pub const PERSONAL: [&str; 2] = ["{name}", "{card}"];

/// The text for this case, in the holder's language where `lang` is theirs; variables that are not `known` stay. Whoever
/// has given no name is spoken to all the same.
pub fn fill(text: &str, case: &Case, policy: &Policy, lang: Lang, agent: &str, known: impl Fn(&str) -> bool) -> String {
    let value = |piece: &str| match piece {
        variable if variable.starts_with('{') && !known(variable) => variable.to_owned(),
        "{name}" if case.person.name.trim().is_empty() => words::words(lang).get("desk-macro-nameless"),
        "{name}" => case.person.name.clone(),
        "{reference}" => case.reference.to_string(),
        "{card}" => case.number.grouped(),
        "{due}" => due(case, policy, lang),
        "{agent}" => agent.to_owned(),
        other => other.to_owned(),
    };
    pieces(text).map(value).collect()
}

/// A text cut at its braces: what is in them, with them, and what is between.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.starts_with('{') { rest.find('}').map(|close| close + 1) } else { rest.find('{') };
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(piece)
    })
}

/// The day on which whoever acts next must have acted; a dash where no clock runs.
fn due(case: &Case, policy: &Policy, lang: Lang) -> String {
    let of = |at: Timestamp| at.to_zoned(policy.zone()).date();
    let day = match &case.stage {
        Stage::Received { .. } => deadline::of_holder(case, policy).map(of),
        Stage::Review { .. } | Stage::Contested { .. } => sla::run(case, policy).map(|run| of(run.due)),
        Stage::Scheduled { cease_at, .. } => Some(words::last_day(*cease_at, &policy.zone())),
        Stage::Ceasing { .. }
        | Stage::Ceased { .. }
        | Stage::Closed { .. }
        | Stage::Refused { .. }
        | Stage::Withdrawn { .. } => None,
    };
    day.map_or_else(|| "–".to_owned(), |day| words::day(lang, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_hold_a_name_we_know_or_are_a_mistake() {
        let all = |text: &str| pieces(text).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(all("Dear {name}, {due}."), ["Dear ", "{name}", ", ", "{due}", "."]);
        assert_eq!(all("您好{name}！"), ["您好", "{name}", "！"]);
        assert_eq!(all("open { brace"), ["open ", "{ brace"]);
        assert_eq!(all("}{"), ["}", "{"]);
        assert_eq!(all(""), Vec::<String>::new());
        assert_eq!(unknown("Dear {nmae}, {reference} {Due"), ["{nmae}", "{Due"]);
        assert_eq!(unknown("a } alone is a sign"), Vec::<String>::new());
    }
}
