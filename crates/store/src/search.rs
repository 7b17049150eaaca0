//! One box: a reference, even mistyped, a number's first digits, a phone number's last, a name, an
//! e-mail address, a word of the thread. Newest cases first; a search looks at a bounded number of
//! cases and then says from where to go on.

use case::{Case, CaseRef};

use crate::desk::Desk;
use crate::engine::Engine;
use crate::index::day_of;
use crate::value::Value;
use crate::{Cursor, Listed, Result, near, rows, terms};

/// Cases that a search looks at, in two strides.
const STRIDES: [i64; 2] = [250, 2_500];
/// Up to where it is worth knowing which word is the rarer.
const RARE: i64 = 200;

impl<E: Engine> Desk<E> {
    /// Cases whose reference was probably meant.
    pub(crate) async fn nearest(&self, text: &str) -> Result<Vec<Case>> {
        let mut found = Vec::new();
        for reference in near::references(text) {
            let row = self.engine.read("SELECT body FROM case_ WHERE id = $1", vec![rows::key(reference)]).await?;
            found.extend(row.first().map(rows::case).transpose()?);
        }
        Ok(found)
    }

    pub(crate) async fn search_for(&self, text: &str, after: Option<Cursor>, limit: u32) -> Result<Listed> {
        for way in terms::asked(text) {
            let listed = self.by_terms(self.rarest_first(way).await?, after, limit).await?;
            if !listed.rows.is_empty() || listed.on.is_some() {
                return Ok(listed);
            }
        }
        Ok(Listed::default())
    }

    /// Where only one can be there, its cases are the ones to look at.
    async fn rarest_first(&self, mut terms: Vec<i64>) -> Result<Vec<i64>> {
        if terms.len() < 2 {
            return Ok(terms);
        }
        let mut rarest = (i64::MAX, 0);
        for (at, term) in terms.iter().enumerate() {
            let args = arguments(&[*term], None, RARE);
            let found = self.engine.scan(E::DIALECT.found_many, args).await?;
            let many = found.first().map_or(Ok(0), |record| record.int(0))?;
            rarest = rarest.min((many, at));
        }
        terms.swap(0, rarest.1);
        Ok(terms)
    }

    async fn by_terms(&self, terms: Vec<i64>, after: Option<Cursor>, limit: u32) -> Result<Listed> {
        let limit = limit as usize;
        let (mut keys, mut from, mut more) = (Vec::new(), after, false);
        for stride in if terms.len() == 1 { [limit as i64 + 1, 0] } else { STRIDES } {
            if stride == 0 || keys.len() > limit {
                break;
            }
            let found = self.engine.scan(E::DIALECT.found, arguments(&terms, from, stride)).await?;
            more = found.len() as i64 == stride;
            for record in &found {
                let key = Cursor { at_us: record.int(0)?, reference: CaseRef::from_bits(record.int(1)? as u64) };
                from = Some(key);
                if record.int(2)? == 1 {
                    keys.push(key);
                }
            }
            if !more {
                break;
            }
        }
        let on = if keys.len() > limit {
            keys.truncate(limit);
            keys.last().copied()
        } else {
            from.filter(|_| more)
        };
        Ok(Listed { rows: self.summaries(keys).await?, on })
    }
}

fn arguments(terms: &[i64], after: Option<Cursor>, limit: i64) -> Vec<Value> {
    let (at, id) = after.map_or((i64::MAX, i64::MAX), |c| (c.at_us, c.reference.bits() as i64));
    let also = (1..terms::MOST).map(|n| terms.get(n).map_or(Value::Null, |term| Value::Int(*term)));
    [terms[0], at, id, day_of(at), limit].map(Value::Int).into_iter().chain(also).collect()
}
