//! A set of a few named things, as bits: it is copied as easily as a number, and so is a filter.

use std::fmt;
use std::marker::PhantomData;

use super::facets::Named;

#[derive(Clone, Copy)]
pub struct Few<T>(u32, PhantomData<T>);

impl<T: Named> Few<T> {
    pub fn contains(self, one: T) -> bool {
        self.0 & Self::bit(one) != 0
    }

    pub fn insert(&mut self, one: T) {
        self.0 |= Self::bit(one);
    }

    pub fn remove(&mut self, one: T) {
        self.0 &= !Self::bit(one);
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In the order of their names' list.
    pub fn iter(self) -> impl Iterator<Item = T> {
        T::NAMES.iter().map(|(one, _)| *one).filter(move |one| self.contains(*one))
    }

    /// One bit each, in the order of the list.
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    fn bit(one: T) -> u32 {
        T::NAMES.iter().position(|(named, _)| *named == one).map_or(0, |at| 1 << at)
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<T> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Few<T> {}

impl<T: Named> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(ones: I) -> Self {
        let mut few = Self::default();
        ones.into_iter().for_each(|one| few.insert(one));
        few
    }
}

impl<T: Named, const N: usize> From<[T; N]> for Few<T> {
    fn from(ones: [T; N]) -> Self {
        ones.into_iter().collect()
    }
}

impl<T: Named> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Named::name)).finish()
    }
}
