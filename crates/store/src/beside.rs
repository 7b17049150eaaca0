//! What is written beside a commit asks whether that has landed. SQLite would not come to it otherwise; PostgreSQL is sent
//! a whole group at once, and says of none in it whether it has landed before all else has been done.

use case::Case;

use crate::engine::Statement;
use crate::rows;
use crate::value::Value;

/// Only then is this very entry, known by its place in the chain, in the journal: the chain value is what an entry ends with.
macro_rules! LANDED {
    ($case:literal, $version:literal, $chain:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM journal WHERE case_id = ",
            $case,
            " AND version = ",
            $version,
            " AND substr(body, length(body) - length(CAST(",
            $chain,
            " AS TEXT)) - 10) = '\"chain\":\"' || ",
            $chain,
            " || '\"}')"
        )
    };
}
pub(crate) use LANDED;

/// A statement that ends by asking [`LANDED`], whose arguments come after its own.
pub(crate) fn beside(case: &Case, sql: &'static str, mut args: Vec<Value>) -> Statement {
    args.extend([rows::key(case.reference), Value::Int(case.version as i64), case.chain.as_str().into()]);
    Statement::new(sql, args)
}
