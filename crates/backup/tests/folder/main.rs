//! Backups of folders: made, interrupted, attacked, checked, brought back.

mod attacks;
mod card;
mod copying;
mod locked;
mod pulled;
