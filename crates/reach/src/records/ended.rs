//! Which numbers have ended: a set that answers, in one look at memory, that nearly all of a network's records are
//! none of ours. What it holds is worth asking the store about; once in about half a million times it is wrong.
//!
//! Of each number it keeps 44 bits of a keyed hash: twelve choose one of 4096 tables, the other 32 stand in it,
//! near the place that they themselves name (open addressing). So a table can grow by any amount, on its own, and
//! all together take about six bytes a number.

use std::hash::{BuildHasher, RandomState};

use super::{Number, Which};

const TABLES: usize = 1 << 12;

pub struct Ended {
    key: RandomState,
    tables: Vec<Table>,
    len: usize,
}

#[derive(Clone, Default)]
struct Table {
    /// Zero where there is nothing.
    slots: Box<[u32]>,
    len: usize,
}

impl Default for Ended {
    fn default() -> Self {
        Self { key: RandomState::new(), tables: vec![Table::default(); TABLES], len: 0 }
    }
}

impl Ended {
    pub fn insert(&mut self, which: Which, digits: &str) {
        // As records are read; what is no such number can stand in none.
        if let Some(number) = Number::read(which, digits) {
            let (table, mark) = self.place(&number.short().unwrap_or(number));
            self.len += usize::from(self.tables[table].insert(mark));
        }
    }

    /// An ICCID is held with its check digit and without it.
    pub fn may_hold(&self, number: &Number) -> bool {
        let holds = |number: &Number| {
            let (table, mark) = self.place(number);
            self.tables[table].holds(mark)
        };
        holds(number) || number.short().is_some_and(|short| holds(&short))
    }

    /// Numbers in it.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn place(&self, number: &Number) -> (usize, u32) {
        let hash = self.key.hash_one((number.which, number.digits()));
        ((hash >> 52) as usize, (hash as u32).max(1))
    }
}

impl Table {
    /// Where a mark belongs. The larger, the further back, so that nothing else need be kept to move it.
    fn home(mark: u32, slots: usize) -> usize {
        ((u64::from(mark) * slots as u64) >> 32) as usize
    }

    /// Where it is, or where it would be put.
    fn find(slots: &[u32], mark: u32) -> usize {
        let mut at = Self::home(mark, slots.len());
        while slots[at] != 0 && slots[at] != mark {
            at += 1;
            if at == slots.len() {
                at = 0;
            }
        }
        at
    }

    fn holds(&self, mark: u32) -> bool {
        !self.slots.is_empty() && self.slots[Self::find(&self.slots, mark)] == mark
    }

    fn insert(&mut self, mark: u32) -> bool {
        // Never more than four fifths full: there is always an end to a search.
        if (self.len + 1) * 5 > self.slots.len() * 4 {
            let mut larger = vec![0; (self.slots.len() * 6 / 5).max(8)].into_boxed_slice();
            for mark in self.slots.iter().copied().filter(|mark| *mark != 0) {
                larger[Self::find(&larger, mark)] = mark;
            }
            self.slots = larger;
        }
        let at = Self::find(&self.slots, mark);
        let new = self.slots[at] == 0;
        self.slots[at] = mark;
        self.len += usize::from(new);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_hardly_anything_else() {
        let mut ended = Ended::default();
        assert!(!ended.may_hold(&Number::read(Which::Imsi, "234150000000001").unwrap()));
        let digits = |n: u64| format!("{}", 234_150_000_000_000 + n * 7);
        for n in 0..200_000 {
            ended.insert(Which::Imsi, &digits(n));
            ended.insert(Which::Imsi, &digits(n));
        }
        ended.insert(Which::Imsi, "no number");
        assert!((199_990..=200_000).contains(&ended.len()), "{}", ended.len());
        ended.insert(Which::Iccid, "8988211000000530082");
        ended.insert(Which::Iccid, "898600000000000001");
        for same in ["8988211000000530082", "898821100000053008", "898600000000000001", "8986000000000000013"] {
            assert!(ended.may_hold(&Number::read(Which::Iccid, same).unwrap()), "{same}");
        }
        let holds = |which, n| ended.may_hold(&Number::read(which, &digits(n)).unwrap());
        assert!((0..200_000).all(|n| holds(Which::Imsi, n)));
        let wrong = (200_000..600_000).filter(|n| holds(Which::Imsi, *n)).count();
        // The same digits as another kind of number are another number.
        let kinds = (0..200_000).filter(|n| holds(Which::Iccid, *n)).count();
        assert!(wrong + kinds < 5, "{wrong} and {kinds} of 600,000 were taken for ended");
        let slots: usize = ended.tables.iter().map(|table| table.slots.len()).sum();
        assert!(slots < 200_000 * 2, "{slots} slots");
    }
}
