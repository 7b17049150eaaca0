//! The few statements of lists and search that the engines say differently: a list of numbers as one
//! argument, how far the journal has grown, and a search that goes back day by day.

#[derive(Debug)]
pub(crate) struct Dialect {
    /// Up to where the journal can be followed now.
    pub end: &'static str,
    /// Entries after `$1`, at least `$2` where there are as many: case and place. Entries of one place
    /// come together.
    pub changed: &'static str,
    /// Whether there are entries after `$1`, even such as cannot be followed yet.
    pub beyond: &'static str,
    /// By the numbers in `$1`.
    pub cases: &'static str,
    pub journals: &'static str,
    pub facets: &'static str,
    pub cards: &'static str,
    pub summaries: &'static str,
    /// The terms `$4` of case `$3`, received at `$2` on day `$1`, where it is indexed as of version `$5`.
    pub add: &'static str,
    pub remove: &'static str,
    /// Cases of the term `$1`, newest first, from before (`$2`, `$3`) on day `$4`, and whether each has the
    /// terms `$6` to `$10` too.
    pub found: &'static str,
    pub found_many: &'static str,
}

macro_rules! also {
    ($($n:literal)*) => {
        concat!(
            "CASE WHEN 1 = 1",
            $(" AND (CAST($", $n, " AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM case_term AS x WHERE x.day = t.day \
              AND x.term = $", $n, " AND x.received_us = t.received_us AND x.case_id = t.case_id))",)*
            " THEN 1 ELSE 0 END"
        )
    };
}

macro_rules! dialect {
    ($(#[$doc:meta])* $name:ident: one of $of:expr, each of $each:expr, terms $terms:literal, end $end:expr, changed $changed:expr, beyond $beyond:expr, found $found:expr) => {
        $(#[$doc])*
        pub(crate) const $name: Dialect = Dialect {
            end: $end,
            changed: $changed,
            beyond: $beyond,
            cases: concat!("SELECT id, version, body FROM case_ WHERE id ", $of),
            journals: concat!("SELECT body, case_id FROM journal WHERE case_id ", $of, " ORDER BY case_id, version"),
            facets: concat!("SELECT id, version, terms FROM case_facet WHERE id ", $of),
            cards: concat!("SELECT body, state, changed_us FROM card WHERE id ", $of),
            summaries: concat!("SELECT body, changed_us, due_us FROM case_ WHERE id ", $of),
            add: concat!(
                "INSERT INTO case_term (day, term, received_us, case_id) \
                 SELECT CAST($1 AS BIGINT), ", $each, ", CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM ",
                $terms,
                " WHERE EXISTS (SELECT 1 FROM case_facet WHERE id = $3 AND version = $5) ON CONFLICT DO NOTHING"
            ),
            remove: concat!(
                "DELETE FROM case_term WHERE day = $1 AND received_us = $2 AND case_id = $3 AND term IN (SELECT ",
                $each, " FROM ", $terms,
                ") AND EXISTS (SELECT 1 FROM case_facet WHERE id = $3 AND version = $5)"
            ),
            found: $found,
            found_many: concat!("SELECT COUNT(*) FROM (", $found, ") AS f"),
        };
    };
}

dialect! {
    SQLITE: one of "IN (SELECT value FROM json_each('[' || $1 || ']'))",
    each of "e.value",
    terms "json_each('[' || $4 || ']') AS e",
    end "SELECT COALESCE(MAX(seq), 0) FROM journal",
    changed "SELECT case_id, seq FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2",
    beyond "SELECT 1 FROM journal WHERE seq > $1 LIMIT 1",
    found concat!(
        "WITH asked AS (SELECT $1, $2, $3, $4, $5) SELECT t.received_us, t.case_id, ",
        also!("6" "7" "8" "9" "10"),
        " FROM term_day AS d CROSS JOIN case_term AS t WHERE d.day <= $4 AND t.day = d.day AND t.term = $1 \
         AND (t.received_us, t.case_id) < ($2, $3) \
         ORDER BY d.day DESC, t.received_us DESC, t.case_id DESC LIMIT $5"
    )
}

dialect! {
    /// Whatever a transaction below the oldest running one has written is there to be seen.
    POSTGRES: one of "= ANY (string_to_array($1, ',')::bigint[])",
    each of "e.value",
    terms "unnest(string_to_array($4, ',')::bigint[]) AS e (value)",
    end "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1",
    changed "SELECT case_id, xact FROM journal WHERE xact > $1 \
             AND xact < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint \
             ORDER BY xact FETCH FIRST $2 ROWS WITH TIES",
    beyond "SELECT 1 FROM journal WHERE xact > $1 LIMIT 1",
    found concat!(
        "WITH asked AS (SELECT $1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bigint) \
         SELECT t.received_us, t.case_id, ",
        also!("6" "7" "8" "9" "10"),
        " FROM (SELECT day FROM term_day WHERE day <= $4 ORDER BY day DESC) AS d CROSS JOIN LATERAL \
         (SELECT day, received_us, case_id FROM case_term WHERE day = d.day AND term = $1 \
         AND (received_us, case_id) < ($2, $3) ORDER BY received_us DESC, case_id DESC LIMIT $5) AS t \
         ORDER BY d.day DESC, t.received_us DESC, t.case_id DESC LIMIT $5"
    )
}
