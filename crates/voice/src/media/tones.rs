//! Keys as tones in the sound itself (ITU-T Q.23 and Q.24), found by Goertzel's filter; for phones and gateways that
//! send no events. A key counts when it was heard in two blocks, is of one row and one column that stand out from
//! everything else, and is told once.

use super::RATE;

const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f32; 3] = [1_209.0, 1_336.0, 1_477.0];
const KEYS: [[char; 3]; 4] = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['*', '0', '#']];
/// Samples looked at together: 13 ms, which tells the rows apart.
const BLOCK: usize = 104;
/// The least that a tone is: about -33 dBm0.
const LEAST: f32 = 300.0 * 300.0;
/// The most by which one tone may be stronger than the other (Q.24: 8 dB, and some room).
const TWIST: f32 = 10.0;
/// How much of all that is heard the two must be.
const SHARE: f32 = 0.65;

#[derive(Debug, Default)]
pub struct Ear {
    block: Vec<f32>,
    /// What the last block had, and for how many blocks.
    held: Option<(char, u32)>,
    told: bool,
    gap: u32,
}

impl Ear {
    /// Listens on; answers the keys that were pressed in it.
    pub fn hear(&mut self, samples: &[i16]) -> Option<char> {
        let mut found = None;
        for sample in samples {
            self.block.push(f32::from(*sample));
            if self.block.len() == BLOCK {
                let key = key(&self.block);
                self.block.clear();
                found = found.or(self.step(key));
            }
        }
        found
    }

    fn step(&mut self, key: Option<char>) -> Option<char> {
        match (key, self.held) {
            (Some(key), Some((held, blocks))) if key == held => {
                (self.held, self.gap) = (Some((key, blocks + 1)), 0);
                if blocks + 1 >= 2 && !self.told {
                    self.told = true;
                    return Some(key);
                }
                None
            }
            (Some(key), _) => {
                (self.held, self.told, self.gap) = (Some((key, 1)), false, 0);
                None
            }
            // A short dropout within a tone is no second press.
            (None, Some(_)) if self.gap < 2 => {
                self.gap += 1;
                None
            }
            (None, _) => {
                (self.held, self.told, self.gap) = (None, false, 0);
                None
            }
        }
    }
}

fn key(block: &[f32]) -> Option<char> {
    let total: f32 = block.iter().map(|s| s * s).sum::<f32>() / block.len() as f32;
    if total < LEAST {
        return None;
    }
    let rows = ROWS.map(|hz| power(block, hz));
    let columns = COLUMNS.map(|hz| power(block, hz));
    let (row, column) = (strongest(&rows), strongest(&columns));
    let (low, high) = (rows[row], columns[column]);
    if low > high * TWIST || high > low * TWIST || low + high < total * SHARE {
        return None;
    }
    let others = |powers: &[f32], best: usize, least: f32| {
        powers.iter().enumerate().all(|(at, power)| at == best || *power * 4.0 < least)
    };
    (others(&rows, row, low) && others(&columns, column, high)).then(|| KEYS[row][column])
}

fn strongest(powers: &[f32]) -> usize {
    powers.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at)
}

/// The mean power that is at this frequency.
fn power(block: &[f32], hz: f32) -> f32 {
    let turn = 2.0 * (std::f32::consts::TAU * hz / RATE as f32).cos();
    let (mut one, mut two) = (0.0_f32, 0.0_f32);
    for sample in block {
        (one, two) = (sample + turn * one - two, one);
    }
    let n = block.len() as f32;
    (one * one + two * two - turn * one * two) * 2.0 / (n * n)
}

/// A key as a tone of so many samples; for tests, and for a phone that only hears.
pub fn tone(key: char, samples: usize, loud: f32) -> Vec<i16> {
    let at = (0..4).flat_map(|row| (0..3).map(move |column| (row, column))).find(|(r, c)| KEYS[*r][*c] == key);
    let Some((row, column)) = at else { return vec![0; samples] };
    let wave = |hz: f32, n: usize| (std::f32::consts::TAU * hz * n as f32 / RATE as f32).sin();
    (0..samples).map(|n| (loud * (wave(ROWS[row], n) + wave(COLUMNS[column], n))) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::g711::Law;

    fn heard(samples: &[i16]) -> String {
        let mut ear = Ear::default();
        samples.chunks(160).filter_map(|frame| ear.hear(frame)).collect()
    }

    #[test]
    fn every_key_is_heard_once_at_every_level_and_phase() {
        for law in [Law::Mu, Law::A] {
            for loud in [600.0, 3_000.0, 15_000.0] {
                for shift in [0, 17, 51, 88, 103] {
                    let mut sound = vec![0_i16; shift];
                    for key in "1234567890*#5".chars() {
                        sound.extend(tone(key, 480, loud));
                        sound.extend([0; 480]);
                    }
                    let through: Vec<i16> = sound.iter().map(|s| law.decode(law.encode(*s))).collect();
                    assert_eq!(heard(&through), "1234567890*#5", "{law:?} {loud} {shift}");
                }
            }
        }
    }

    #[test]
    fn the_same_key_twice_is_two() {
        let mut sound = tone('5', 800, 4_000.0);
        sound.extend([0; 640]);
        sound.extend(tone('5', 800, 4_000.0));
        assert_eq!(heard(&sound), "55");
    }

    #[test]
    fn noise_speech_like_sounds_and_single_tones_are_no_keys() {
        let mut seed = 7_u64;
        let noise: Vec<i16> = (0..400_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 50) as i16 - 8_192
            })
            .collect();
        assert_eq!(heard(&noise), "");
        for hz in (200..3_400).step_by(13) {
            let single: Vec<i16> = (0..1_600)
                .map(|n| (9_000.0 * (std::f32::consts::TAU * hz as f32 * n as f32 / 8_000.0).sin()) as i16)
                .collect();
            assert_eq!(heard(&single), "", "{hz}");
        }
        // A voiced sound has many harmonics.
        for pitch in 80..260 {
            let voiced: Vec<i16> = (0..1_600)
                .map(|n| {
                    let t = std::f32::consts::TAU * pitch as f32 * n as f32 / 8_000.0;
                    (1..14).map(|h| 9_000.0 / h as f32 * (t * h as f32).sin()).sum::<f32>() as i16
                })
                .collect();
            assert_eq!(heard(&voiced), "", "{pitch}");
        }
    }
}
