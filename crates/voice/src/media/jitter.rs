//! What comes in has gaps, doubles and another order. Frames wait here a little and leave one at each beat. The wait
//! grows where frames come too late, up to a fifth of a second, and shrinks where it was not needed for long.

use std::collections::VecDeque;

use super::FRAME;

const LEAST: usize = 2;
const MOST: usize = 10;
/// Beats without trouble after which the wait is one frame shorter.
const CALM: u32 = 500;

#[derive(Debug)]
pub struct Buffer {
    /// The next to leave first; none where it has not come.
    frames: VecDeque<Option<Vec<i16>>>,
    next: Option<u16>,
    wait: usize,
    playing: bool,
    calm: u32,
    /// Frames that came when their time was over.
    pub late: u64,
}

impl Default for Buffer {
    fn default() -> Self {
        Self { frames: VecDeque::new(), next: None, wait: LEAST, playing: false, calm: 0, late: 0 }
    }
}

impl Buffer {
    pub fn push(&mut self, seq: u16, samples: Vec<i16>) {
        let next = *self.next.get_or_insert(seq);
        let ahead = seq.wrapping_sub(next) as i16;
        if ahead < 0 && ahead > -50 {
            self.late += 1;
            self.calm = 0;
            self.wait = (self.wait + 1).min(MOST);
            return;
        }
        // Another stream, or one that has been away: from here on.
        if !(-50..50).contains(&ahead) {
            self.frames.clear();
            (self.next, self.playing) = (Some(seq), false);
        }
        let at = seq.wrapping_sub(self.next.unwrap_or(seq)) as usize;
        while self.frames.len() <= at {
            self.frames.push_back(None);
        }
        self.frames[at] = Some(samples);
        while self.frames.len() > MOST + LEAST {
            self.skip();
        }
    }

    fn skip(&mut self) -> Option<Vec<i16>> {
        self.next = self.next.map(|next| next.wrapping_add(1));
        self.frames.pop_front().flatten()
    }

    /// The next 20 ms; none where there is nothing to hear.
    pub fn pop(&mut self) -> Option<Vec<i16>> {
        if !self.playing {
            if self.frames.len() < self.wait {
                return None;
            }
            self.playing = true;
        }
        if self.frames.is_empty() {
            self.playing = false;
            return None;
        }
        self.calm += 1;
        if self.calm >= CALM && self.wait > LEAST {
            (self.wait, self.calm) = (self.wait - 1, 0);
            if self.frames.len() > self.wait {
                self.skip();
            }
        }
        Some(self.skip().unwrap_or_else(|| vec![0; FRAME]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(n: u16) -> Vec<i16> {
        vec![n as i16; FRAME]
    }

    #[test]
    fn what_comes_out_of_order_leaves_in_order() {
        let mut buffer = Buffer::default();
        let mut out = Vec::new();
        for seq in [65_534_u16, 0, 65_535, 1, 2, 2, 4, 3] {
            buffer.push(seq, frame(seq));
        }
        while let Some(samples) = buffer.pop() {
            out.push(samples[0] as u16);
        }
        assert_eq!(out, [65_534, 65_535, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_gap_is_silence_and_what_comes_late_lengthens_the_wait() {
        let mut buffer = Buffer::default();
        for seq in [0, 1, 3] {
            buffer.push(seq, frame(seq + 9));
        }
        let heard: Vec<i16> = std::iter::from_fn(|| buffer.pop()).map(|samples| samples[0]).collect();
        assert_eq!(heard, [9, 10, 0, 12]);
        buffer.push(2, frame(2));
        assert_eq!((buffer.late, buffer.wait), (1, LEAST + 1));
    }

    #[test]
    fn it_never_holds_much_whatever_comes() {
        let mut buffer = Buffer::default();
        let mut seed = 3_u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            buffer.push((seed >> 33) as u16, frame(1));
            if seed >> 60 == 0 {
                buffer.pop();
            }
            assert!(buffer.frames.len() <= MOST + LEAST);
        }
    }
}
