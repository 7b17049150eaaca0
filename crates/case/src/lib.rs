pub mod identify;
pub mod matching;
