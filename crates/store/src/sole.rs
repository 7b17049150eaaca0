//! The one case by which a card may end with nobody looking: of two that are declared at the same moment, one is
//! a duplicate, and a person looks at it. Otherwise one card would end twice, each time with a certificate and a refund.
//!
//! The row comes with the commit that finds the card, and stays with the case, ended or not, until it is taken back,
//! refused or led to another card. Two cannot be there: the later commit is a lost race, and is decided again.

use case::{CardId, Case, Event, Flag, Stage};

use crate::Commit;
use crate::beside::{LANDED, beside};
use crate::engine::Statement;

pub(crate) const RIVAL: &str = "SELECT id FROM case_ WHERE open_card = $1 AND id <> $2 UNION ALL \
    SELECT case_id FROM card_sole WHERE card_id = $1 AND generation = $3 AND case_id <> $2 LIMIT 1";

pub(crate) fn of(commit: &Commit) -> Vec<Statement> {
    let case = &commit.case;
    let events = || commit.entries.iter().flat_map(|entry| &entry.events);
    let found = events().any(|event| matches!(event, Event::Attributed { .. }));
    let moved = events().any(|event| matches!(event, Event::Moved { .. }));
    let over = moved && matches!(case.stage, Stage::Withdrawn { .. } | Stage::Refused { .. });
    let mut statements = Vec::new();
    if over || found && commit.expected > 0 {
        let sql = concat!("DELETE FROM card_sole WHERE case_id = $1 AND ", LANDED!("$1", "$2", "$3"));
        statements.push(beside(case, sql, vec![]));
    }
    if found
        && !over
        && let Some((card, generation)) = alone(case)
    {
        let sql = concat!(
            "INSERT INTO card_sole (card_id, generation, case_id) \
             SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) WHERE ",
            LANDED!("$3", "$4", "$5")
        );
        statements.push(beside(case, sql, vec![card.key().into(), i64::from(generation).into()]));
    }
    statements
}

/// What has ended already, and what another case is about, is no one's to end alone.
fn alone(case: &Case) -> Option<(CardId, u32)> {
    let others = case.flags.contains(&Flag::Duplicate) || case.flags.contains(&Flag::AlreadyCeased);
    case.subscription.as_ref().filter(|_| !others).map(|s| (s.card, s.generation))
}
