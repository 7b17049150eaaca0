//! The chat's queue: who waits before whom, how many take chats, and how long it took lately. Counted
//! and measured, never promised: where there is too little to measure, it says so.

use case::CaseRef;
use jiff::SignedDuration;
use store::StoreError;

use crate::app::App;

/// Waiting chats that are counted.
const COUNTED: u32 = 200;
/// Recent first answers that the measure is taken of, and how few are too few.
const RECENT: u32 = 50;
const TOO_FEW: usize = 5;

pub struct Queue {
    /// Staff who take chats now.
    pub there: usize,
    /// This case's place, from one, while its holder waits.
    pub place: Option<usize>,
    /// Others who wait and are still here.
    pub others: usize,
    /// Half of the recent chats had their first answer within this.
    pub half_within: Option<SignedDuration>,
}

pub async fn queue(app: &App, case: Option<CaseRef>) -> Result<Queue, StoreError> {
    let now = app.now();
    let waiting = app.store.chats(true, COUNTED).await?;
    let chatting = app.live.chatting(now);
    // Whoever has left has their answer by letter and is in nobody's way.
    let line: Vec<CaseRef> =
        waiting.iter().map(|chat| chat.case).filter(|c| Some(*c) == case || chatting.contains(c)).collect();
    let place = line.iter().position(|c| Some(*c) == case).map(|at| at + 1);
    let half_within = median(app.store.chat_waits(RECENT).await?);
    Ok(Queue { there: app.live.takers(now), place, others: line.len() - usize::from(place.is_some()), half_within })
}

fn median(mut waits: Vec<SignedDuration>) -> Option<SignedDuration> {
    waits.sort();
    (waits.len() >= TOO_FEW).then(|| waits[waits.len() / 2])
}

/// Whole minutes, rounded up.
pub fn minutes(wait: SignedDuration) -> i64 {
    (wait.as_secs() + 59) / 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_of_too_few_is_none() {
        let seconds = |s: &[i64]| s.iter().map(|s| SignedDuration::from_secs(*s)).collect::<Vec<_>>();
        assert_eq!(median(seconds(&[1, 2, 3, 4])), None);
        assert_eq!(median(seconds(&[900, 10, 70, 20, 80])), Some(SignedDuration::from_secs(70)));
        assert_eq!([0, 1, 60, 61].map(|s| minutes(SignedDuration::from_secs(s))), [0, 1, 1, 2]);
    }
}
