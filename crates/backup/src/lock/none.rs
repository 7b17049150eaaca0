//! Where the crate `age` is not built in: a lock cannot be made, nor opened, and says so.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};

use super::{Bad, Keys, Sealing};

pub(super) struct Key(Infallible);

impl Key {
    pub fn new(_: &Keys) -> Result<(Self, Option<Vec<u8>>), Bad> {
        Err(Bad::Absent)
    }

    pub fn open(_: &Keys, _: Option<&[u8]>, _: &[u8]) -> Result<(Self, Vec<u8>), Bad> {
        Err(Bad::Absent)
    }

    pub fn encrypts_to(&mut self, _: &[&str]) -> Result<(), Bad> {
        match self.0 {}
    }

    pub fn recipients(&self) -> Vec<String> {
        match self.0 {}
    }

    pub fn seal(&self, _: File) -> io::Result<Box<dyn Sealing>> {
        match self.0 {}
    }

    pub fn unseal<'a>(&self, _: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        match self.0 {}
    }

    pub fn seal_bytes(&self, _: &[u8]) -> io::Result<Vec<u8>> {
        match self.0 {}
    }
}

pub(super) fn chance() -> Result<[u8; 32], Bad> {
    Err(Bad::Absent)
}
