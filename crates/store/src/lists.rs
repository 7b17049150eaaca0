//! Lists: a page of the cases that a filter asks for, and how many there are. A stage's list comes
//! straight from the cases; everything else from the index that follows them (`index`), whose rows are
//! held against the cases before they are shown. However many cases there are, a page looks at a
//! bounded number of them: where that is not enough, it says from where to go on.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use case::{CaseRef, Stage};

use crate::desk::Desk;
use crate::engine::Engine;
use crate::filter::facets::{Masks, SECOND};
use crate::filter::{Asker, Claim, Filter, Order, Snoozed};
use crate::value::{Record, Value};
use crate::{Count, Cursor, Listed, Result, Start, Summary, View, rows};

/// Rows of the index that a page looks at, for each stage.
const LOOKED_AT: i64 = 10_000;
/// The same for a count, of which a list of views wants many.
const COUNTED: i64 = 5_000;
/// Rows that are read where they are asked for.
const FEW: u32 = 4;

/// Where the rows of a list are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// The cases themselves, by stage.
    Cases,
    /// The index, by stage.
    Facets,
    /// Those of the index with a flag or cause, by stage.
    Marked,
    Mine,
    Claimed,
    Snoozed,
    /// Those of the agency whose staff asks.
    Agency,
}

impl Source {
    const ALL: [Source; 7] =
        [Source::Cases, Source::Facets, Source::Marked, Source::Mine, Source::Claimed, Source::Snoozed, Source::Agency];

    fn of(filter: &Filter, masks: &Masks, agency: bool) -> Self {
        if agency {
            return Source::Agency;
        }
        match (filter.claim, filter.snoozed) {
            (Some(Claim::Mine), _) => Source::Mine,
            (Some(Claim::Anyone), _) => Source::Claimed,
            (None | Some(Claim::Nobody), Snoozed::Only) => Source::Snoozed,
            (None | Some(Claim::Nobody), Snoozed::Hidden | Snoozed::Shown) => {
                if filter.order == Order::Due {
                    Source::Facets
                } else if masks.rare() {
                    Source::Marked
                } else if masks.plain() && filter.due_by.is_none() {
                    Source::Cases
                } else {
                    Source::Facets
                }
            }
        }
    }

    /// Whether each stage is looked through by itself.
    fn by_stage(self) -> bool {
        matches!(self, Source::Cases | Source::Facets | Source::Marked)
    }

    /// Whether it may stop before it has looked at everything.
    fn bounded(self) -> bool {
        matches!(self, Source::Facets | Source::Marked)
    }
}

struct Sql {
    page: String,
    count: String,
    /// Where a page that was not filled stopped looking; none where it has seen all.
    edge: String,
}

/// What a list is asked of: a source, and of one that goes by stage those of a built-in view; in an order and a
/// direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shape {
    source: Source,
    view: View,
    order: Order,
    back: bool,
}

/// One for each shape, written out when it is first asked for.
static SQL: LazyLock<HashMap<Shape, OnceLock<Sql>>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for source in Source::ALL {
        for view in View::ALL {
            for order in Order::ALL {
                for back in [false, true] {
                    all.insert(Shape { source, view, order, back }, OnceLock::new());
                }
            }
        }
    }
    all
});

impl Shape {
    /// However the stages are mixed: those of a built-in view are the only ones that are looked for by themselves.
    fn new(source: Source, filter: &Filter, back: bool) -> Self {
        let view = if source.by_stage() { filter.stage_view() } else { None };
        Self { source, view: view.unwrap_or(View::All), order: filter.order, back }
    }

    fn sql(self) -> &'static Sql {
        SQL[&self].get_or_init(|| {
            let page = page(self);
            let count = format!("SELECT COUNT(*) FROM ({page}) AS counted");
            Sql { page, count, edge: edge(self) }
        })
    }
}

/// Names the arguments in their order: cursor (1, 2), rows (3), received from and until (4, 5), masks
/// (6 to 11), who asks (12), claim (13), snoozed (14), now (15), due (16), rows to look at (17), agency (18).
fn arguments() -> String {
    let each: Vec<String> = (1..=18).map(|n| format!("CAST(${n} AS BIGINT) AS a{n}")).collect();
    format!("WITH asked AS (SELECT {})", each.join(", "))
}

/// In a list's order: the column, the comparison, and the direction.
fn order_of(order: Order, back: bool) -> (&'static str, &'static str, &'static str) {
    match (order, back) {
        (Order::Oldest, false) | (Order::Newest, true) => ("received_us", ">", ""),
        (Order::Newest, false) | (Order::Oldest, true) => ("received_us", "<", " DESC"),
        (Order::Due, false) => ("due_us", ">", ""),
        (Order::Due, true) => ("due_us", "<", " DESC"),
    }
}

const SNOOZED: &str = "EXISTS (SELECT 1 FROM snooze AS z LEFT JOIN case_facet AS g ON g.id = z.case_id \
    WHERE z.case_id = f.id AND (z.until_us IS NULL OR z.until_us > $15) \
    AND (z.until_reply = 0 OR COALESCE(g.holder_us, 0) <= z.at_us))";

/// What stands beside the case in the desk's memory.
fn beside() -> String {
    format!(
        "($13 <> 2 OR NOT EXISTS (SELECT 1 FROM claim AS k WHERE k.case_id = f.id)) \
         AND ($14 = 1 OR ($14 = 0 AND NOT {SNOOZED}) OR ($14 = 2 AND {SNOOZED}))"
    )
}

fn asked() -> String {
    format!(
        "(f.bits & $6) <> 0 AND (f.bits & $7) <> 0 AND (f.bits & $8) <> 0 AND (f.bits & $9) <> 0 \
         AND (f.bits & $10) <> 0 AND (f.bits & $11) = $11 AND (($11 & {SECOND}) = 0 OR f.signer <> $12) \
         AND f.received_us >= $4 AND f.received_us < $5 AND f.due_us <= $16 AND {}",
        beside()
    )
}

fn page(shape: Shape) -> String {
    let Shape { source, view, order, back } = shape;
    let (key, beyond, dir) = order_of(order, back);
    let by = format!("{key}{dir}, id{dir}");
    let after = format!("(f.{key}, f.id) {beyond} ($1, $2)");
    let joined = |from: &str, whose: &str| {
        format!(
            "SELECT f.id AS id, f.{key} AS at FROM {from} AS c CROSS JOIN case_facet AS f \
             WHERE f.id = c.case_id AND {whose}{after} AND {}",
            asked()
        )
    };
    let found = match source {
        Source::Cases => {
            let part = |where_: &str| {
                format!(
                    "SELECT f.id AS id, f.received_us AS at FROM case_ AS f WHERE {where_} AND {after} \
                     AND f.received_us >= $4 AND f.received_us < $5 AND {} ORDER BY f.received_us{dir}, f.id{dir} LIMIT $3",
                    beside()
                )
            };
            by_stage(view, part)
        }
        Source::Facets => by_stage(view, |where_| looked_at(where_, order, back)),
        Source::Marked => by_stage(view, |where_| looked_at(&format!("f.marked = 1 AND {where_}"), order, back)),
        Source::Mine => joined("claim", "c.staff = $12 AND "),
        Source::Claimed => joined("claim", ""),
        Source::Snoozed => joined("snooze", ""),
        Source::Agency => joined(
            "case_agency",
            "c.agency = $18 AND ($13 <> 1 OR EXISTS (SELECT 1 FROM claim AS k WHERE k.case_id = f.id AND k.staff = $12)) \
             AND ($13 <> 3 OR EXISTS (SELECT 1 FROM claim AS k WHERE k.case_id = f.id)) AND ",
        ),
    };
    let by = by.replace(key, "at");
    format!("{} SELECT id, at FROM ({found}) AS found ORDER BY {by} LIMIT $3", arguments())
}

/// Some rows of the index, of which those that are asked for.
fn looked_at(where_: &str, order: Order, back: bool) -> String {
    format!(
        "SELECT f.id AS id, f.at AS at FROM ({} LIMIT $17) AS f WHERE {} LIMIT $3",
        stretch(where_, order, back),
        asked()
    )
}

/// The rows of the index from the cursor on.
fn stretch(where_: &str, order: Order, back: bool) -> String {
    let (key, beyond, dir) = order_of(order, back);
    // Only in its own order does the time of receipt bound what is looked at.
    let within = if key == "received_us" { "AND f.received_us >= $4 AND f.received_us < $5 " } else { "" };
    format!(
        "SELECT f.id, f.{key} AS at, f.received_us, f.due_us, f.bits, f.signer FROM case_facet AS f \
         WHERE {where_} AND (f.{key}, f.id) {beyond} ($1, $2) {within}ORDER BY f.{key}{dir}, f.id{dir}"
    )
}

fn by_stage(view: View, part: impl Fn(&str) -> String) -> String {
    let names = view.stages();
    let stages = (0..).zip(Stage::NAMES).filter(|(_, name)| names.is_empty() || names.contains(name));
    let stages = stages.map(|(stage, _): (usize, _)| {
        let part = part(&format!("f.stage = {stage} AND ($6 & {}) <> 0", 1 << stage));
        format!("SELECT * FROM ({part}) AS s{stage}")
    });
    stages.collect::<Vec<_>>().join(" UNION ALL ")
}

fn edge(shape: Shape) -> String {
    let Shape { source, view, order, back } = shape;
    let (_, _, dir) = order_of(order, back);
    let last =
        |where_: &str| format!("SELECT id, at FROM ({} LIMIT 1 OFFSET $17) AS last", stretch(where_, order, back));
    let ends = match source {
        Source::Marked => by_stage(view, |where_| last(&format!("f.marked = 1 AND {where_}"))),
        Source::Facets | Source::Cases | Source::Mine | Source::Claimed | Source::Snoozed | Source::Agency => {
            by_stage(view, last)
        }
    };
    format!("{} SELECT id, at FROM ({ends}) AS ends ORDER BY at{dir}, id{dir} LIMIT 1", arguments())
}

/// Numbers of views that were counted a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<HashMap<String, (Instant, Count)>>);

impl Counted {
    const MANY: usize = 4_096;

    fn get(&self, key: &str, age: Duration) -> Option<Count> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(at, _)| at.elapsed() < age).map(|(_, count)| *count)
    }

    fn put(&self, key: String, count: Count) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MANY {
            known.clear();
        }
        known.insert(key, (Instant::now(), count));
    }
}

struct Ask<'a> {
    filter: &'a Filter,
    asker: &'a Asker,
    masks: Masks,
    source: Source,
}

impl<'a> Ask<'a> {
    /// None where nobody has to look: the second signature is not theirs to give.
    fn new(filter: &'a Filter, asker: &'a Asker) -> Option<Self> {
        let masks = Masks::of(filter);
        let source = Source::of(filter, &masks, asker.agency.is_some());
        (!filter.second || asker.seconds).then_some(Self { filter, asker, masks, source })
    }

    fn sql(&self, back: bool) -> &'static Sql {
        Shape::new(self.source, self.filter, back).sql()
    }

    fn args(&self, from: Start, limit: i64, looked_at: i64) -> Vec<Value> {
        let (key, id) = match from {
            Start::First => {
                let (_, beyond, _) = order_of(self.filter.order, false);
                let first = if beyond == ">" { i64::MIN } else { i64::MAX };
                (first, first)
            }
            Start::After(c) | Start::Before(c) => (c.at_us, c.reference.bits() as i64),
        };
        let Masks { stages, channels, langs, flags, causes, every } = self.masks;
        let (since, until) = self.filter.received(&self.asker.zone);
        let claim = match self.filter.claim {
            None => 0,
            Some(Claim::Mine) => 1,
            Some(Claim::Nobody) => 2,
            Some(Claim::Anyone) => 3,
        };
        let snoozed = match self.filter.snoozed {
            Snoozed::Hidden => 0,
            Snoozed::Shown => 1,
            Snoozed::Only => 2,
        };
        let due = match self.filter.due_before(&self.asker.zone) {
            i64::MAX => i64::MAX,
            before => before - 1,
        };
        let now = self.asker.now.as_microsecond();
        let me = self.asker.staff.key();
        let args = [
            key,
            id,
            limit,
            since,
            until,
            stages,
            channels,
            langs,
            flags,
            causes,
            every,
            me,
            claim,
            snoozed,
            now,
            due,
            looked_at,
            self.asker.agency.as_ref().map_or(0, crate::tenants::key),
        ];
        args.into_iter().map(Value::Int).collect()
    }
}

fn cursor(record: &Record) -> Result<Cursor> {
    Ok(Cursor { at_us: record.int(1)?, reference: rows::reference(record)? })
}

impl<E: Engine> Desk<E> {
    pub(crate) async fn page_of(&self, filter: &Filter, asker: &Asker, from: Start, limit: u32) -> Result<Listed> {
        let Some(ask) = Ask::new(filter, asker) else { return Ok(Listed::default()) };
        let (keys, on) = self.places(&ask, from, limit).await?;
        let mut rows = self.summaries(keys).await?;
        if ask.source != Source::Cases {
            rows.retain(|(_, summary)| filter.admits(&summary.case, asker));
        }
        if matches!(from, Start::Before(_)) {
            rows.reverse();
        }
        Ok(Listed { rows, on })
    }

    pub(crate) async fn next_of(
        &self,
        filter: &Filter,
        asker: &Asker,
        from: Start,
        than: CaseRef,
    ) -> Result<Option<CaseRef>> {
        let Some(ask) = Ask::new(filter, asker) else { return Ok(None) };
        let others = |keys: Vec<Cursor>| keys.into_iter().map(|key| key.reference).find(|found| *found != than);
        if ask.source == Source::Cases {
            let (keys, _) = self.places(&ask, from, 2).await?;
            return Ok(others(keys));
        }
        // What the index finds may have moved on: that is seen in the cases.
        let page = self.page_of(filter, asker, from, 2).await?;
        Ok(others(page.rows.into_iter().map(|(key, _)| key).collect()))
    }

    /// The places of a page, in the order they are found; and from where to go on.
    async fn places(&self, ask: &Ask<'_>, from: Start, limit: u32) -> Result<(Vec<Cursor>, Option<Cursor>)> {
        let back = matches!(from, Start::Before(_));
        let sql = ask.sql(back);
        let args = ask.args(from, i64::from(limit) + 1, LOOKED_AT);
        // A few rows are sooner read than handed to another thread.
        let found = match ask.source {
            Source::Cases if limit <= FEW => self.engine.read(&sql.page, args).await?,
            Source::Cases
            | Source::Facets
            | Source::Marked
            | Source::Mine
            | Source::Claimed
            | Source::Snoozed
            | Source::Agency => self.engine.scan(&sql.page, args).await?,
        };
        let mut keys = found.iter().map(cursor).collect::<Result<Vec<_>>>()?;
        let mut on = None;
        if keys.len() > limit as usize {
            keys.truncate(limit as usize);
            on = keys.last().copied();
        } else if ask.source.bounded()
            && let Some(edge) = self.engine.scan(&sql.edge, ask.args(from, 0, LOOKED_AT - 1)).await?.first()
        {
            let edge = cursor(edge)?;
            let (_, beyond, _) = order_of(ask.filter.order, back);
            // What another stage has beyond the edge will come again.
            keys.retain(|key| if beyond == ">" { *key <= edge } else { *key >= edge });
            on = Some(edge);
        }
        Ok((keys, on))
    }

    /// The cases of these places, in their order; what is gone is left out.
    pub(crate) async fn summaries(&self, keys: Vec<Cursor>) -> Result<Vec<(Cursor, Summary)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let ids = list_of(keys.iter().map(|key| key.reference.bits() as i64));
        let few = keys.len() <= FEW as usize;
        let args = vec![ids.into()];
        let found = match few {
            true => self.engine.read(E::DIALECT.summaries, args).await?,
            false => self.engine.scan(E::DIALECT.summaries, args).await?,
        };
        let found = found.iter().map(rows::summary).collect::<Result<Vec<_>>>()?;
        let mut by_reference: HashMap<CaseRef, Summary> = found.into_iter().map(|s| (s.case.reference, s)).collect();
        Ok(keys.into_iter().filter_map(|key| by_reference.remove(&key.reference).map(|s| (key, s))).collect())
    }

    pub(crate) async fn count_of(&self, filter: &Filter, asker: &Asker, age: Duration) -> Result<Count> {
        let Some(ask) = Ask::new(filter, asker) else { return Ok(Count::default()) };
        let key = format!("{} {filter}", asker.staff.key());
        if let Some(known) = self.counted.get(&key, age) {
            return Ok(known);
        }
        let sql = ask.sql(false);
        let many = ask.args(Start::First, i64::from(Count::MOST) + 1, COUNTED);
        let found = self.engine.scan(&sql.count, many).await?;
        let many = found.first().map_or(Ok(0), |record| record.int(0))?.unsigned_abs();
        let mut count = Count { many: many.min(u64::from(Count::MOST)) as u32, more: many > u64::from(Count::MOST) };
        if !count.more && ask.source.bounded() {
            count.more = !self.engine.scan(&sql.edge, ask.args(Start::First, 0, COUNTED - 1)).await?.is_empty();
        }
        self.counted.put(key, count);
        Ok(count)
    }
}

/// Numbers as one argument, see [`Dialect`](crate::dialect::Dialect).
pub(crate) fn list_of(numbers: impl IntoIterator<Item = i64>) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&number.to_string());
    }
    text
}
