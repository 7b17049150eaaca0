//! What the index would keep of a case, for those who fill a store without going through it (the
//! benchmark of a million cases).

use case::{CardRecord, Case, Entry};

use crate::filter::facets;
use crate::index::{self, Facets};
use crate::terms;

/// The columns of `case_facet` without the id, and the terms of `case_term`.
#[derive(Clone, Debug)]
pub struct Row {
    pub version: i64,
    pub stage: i64,
    pub received_us: i64,
    pub due_us: i64,
    pub bits: i64,
    pub marked: i64,
    pub signer: Option<i64>,
    pub day: i64,
    pub terms: Vec<i64>,
}

pub fn row(case: &Case, journal: &[Entry], card: Option<&CardRecord>, due_us: Option<i64>) -> Row {
    let Facets { version, stage, received_us, due_us, bits, signer, holder_us: _ } = Facets::of(case, journal, due_us);
    let terms = terms::of(case, journal, card).into_iter().collect();
    let marked = i64::from(bits & facets::RARE != 0);
    Row { version, stage, received_us, due_us, bits, marked, signer, day: index::day_of(received_us), terms }
}

/// The version that an index of these rows has.
pub const VERSION: i64 = terms::VERSION;
