//! The clock as a picture: one bar on the time of the wall, cut where the turn changes and where the
//! desk opens and closes. The table beside it says the same.

use case::sla::{Account, Turn};
use case::{Policy, Timestamp};

use super::super::row::stamp;
use super::whose;
use crate::web::Page;

/// Widths are in thousandths of the bar.
const WIDE: f64 = 1_000.0;
/// Pieces beyond which nights are no longer cut out.
const PIECES: usize = 400;

pub struct Bar {
    pub pieces: Vec<Piece>,
    pub now: String,
    /// None while it stands.
    pub due: Option<String>,
    pub from: String,
    pub to: String,
    /// What the picture says, for who does not see it.
    pub desc: String,
}

pub struct Piece {
    pub class: &'static str,
    pub x: String,
    pub width: String,
    pub title: String,
}

impl Bar {
    pub fn of(p: &Page, policy: &Policy, account: &Account) -> Self {
        let now = p.now();
        let first = account.spans.first().map_or(now, |s| s.from);
        let due = account.run.map(|run| run.due);
        let ended = account.spans.last().filter(|s| s.turn == Turn::Over).map(|s| s.from);
        let last = ended.unwrap_or_else(|| due.map_or(now, |due| due.max(now)));
        let scale = Scale { first, length: last.duration_since(first).as_secs_f64().max(60.0) };
        let mut pieces = Vec::new();
        for one in account.spans.iter().filter(|s| s.turn != Turn::Over) {
            let (class, _, title) = whose(p, one.turn);
            let to = one.to.unwrap_or(now).min(last);
            if one.turn == Turn::Desk {
                scale.desk(p, policy, (one.from, to), ["is-counted", "is-closed"], &mut pieces);
            } else {
                pieces.push(scale.piece(class, one.from, to, title));
            }
        }
        if let Some(due) = due.filter(|due| *due > now) {
            scale.desk(p, policy, (now, due), ["is-ahead", "is-closed"], &mut pieces);
        }
        Self {
            pieces,
            now: scale.x(now.min(last)),
            due: due.map(|due| scale.x(due)),
            from: stamp(p, &first),
            to: stamp(p, &last),
            desc: match due {
                Some(due) => {
                    fl!(p.l, "clock-bar-due", from = stamp(p, &first), now = stamp(p, &now), due = stamp(p, &due))
                }
                None => fl!(p.l, "clock-bar-stands", from = stamp(p, &first), now = stamp(p, &now)),
            },
        }
    }
}

struct Scale {
    first: Timestamp,
    /// In seconds.
    length: f64,
}

impl Scale {
    fn at(&self, time: Timestamp) -> f64 {
        (time.duration_since(self.first).as_secs_f64() / self.length * WIDE).clamp(0.0, WIDE)
    }

    fn x(&self, time: Timestamp) -> String {
        format!("{:.1}", self.at(time))
    }

    fn piece(&self, class: &'static str, from: Timestamp, to: Timestamp, title: String) -> Piece {
        Piece { class, x: self.x(from), width: format!("{:.1}", (self.at(to) - self.at(from)).max(0.6)), title }
    }

    /// A turn of the desk: what counts, on top of what does not.
    fn desk(
        &self,
        p: &Page,
        policy: &Policy,
        whole: (Timestamp, Timestamp),
        class: [&'static str; 2],
        to: &mut Vec<Piece>,
    ) {
        let [open, closed] = class;
        let (_, _, title) = whose(p, Turn::Desk);
        if policy.review_open_hours.is_none() {
            return to.push(self.piece(open, whole.0, whole.1, title));
        }
        to.push(self.piece(closed, whole.0, whole.1, fl!(p.l, "clock-closed")));
        for (start, end) in policy.desk_hours.openings(whole.0).take(PIECES) {
            if start >= whole.1 {
                break;
            }
            to.push(self.piece(open, start, end.min(whole.1), title.clone()));
        }
    }
}
