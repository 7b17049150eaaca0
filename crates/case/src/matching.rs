//! stand-in until the branch lands
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    Name,
}
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub address: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub fields: Vec<Field>,
}
impl Report {
    pub fn differing(&self) -> impl Iterator<Item = Field> + '_ {
        self.fields.iter().copied()
    }
}
pub fn compare(_a: &Person, _b: &Person, _region: &str) -> Report {
    Report::default()
}
