//! WAV files (PCM, 16 bits, one channel or two), and from the rate of whoever spoke to that of the telephone.

use super::RATE;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("it is no WAV file")]
    NotWav,
    #[error("it is not PCM of 16 bits with one or two channels, at 8,000 to 96,000 Hz")]
    Kind,
    #[error("it has no sound in it")]
    Empty,
}

/// The samples at 8 kHz, both channels made one.
pub fn read(bytes: &[u8]) -> Result<Vec<i16>, Bad> {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(Bad::NotWav);
    }
    let (mut at, mut format) = (12, None);
    while let Some(head) = bytes.get(at..at + 8) {
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let end = at.saturating_add(8).saturating_add(size);
        // What writes to a pipe does not know how much it will be.
        let body = bytes.get(at + 8..end.min(bytes.len())).unwrap_or_default();
        match &head[..4] {
            b"fmt " => format = body.first_chunk::<16>().copied(),
            b"data" => return samples(body, &format.ok_or(Bad::Kind)?),
            _ => {}
        }
        at = end + size % 2;
    }
    Err(Bad::Empty)
}

fn samples(body: &[u8], format: &[u8; 16]) -> Result<Vec<i16>, Bad> {
    let channels = usize::from(u16::from_le_bytes([format[2], format[3]]));
    let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
    let pcm = matches!(u16::from_le_bytes([format[0], format[1]]), 1 | 0xfffe);
    if !pcm || format[14] != 16 || !(1..=2).contains(&channels) || !(8_000..=96_000).contains(&rate) {
        return Err(Bad::Kind);
    }
    let all: Vec<i16> = body.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let one: Vec<f32> = all
        .chunks_exact(channels)
        .map(|sample| sample.iter().map(|s| f32::from(*s)).sum::<f32>() / channels as f32)
        .collect();
    if one.is_empty() { Err(Bad::Empty) } else { Ok(resample(&one, rate)) }
}

/// Half the length of the filter, in samples of the slower rate.
const REACH: f64 = 16.0;

/// To 8 kHz by a windowed sinc, which lets through what a telephone does (up to 3.6 kHz). The places between two
/// samples repeat, and with them the weights.
fn resample(samples: &[f32], from: u32) -> Vec<i16> {
    if from == RATE {
        return samples.iter().map(|s| *s as i16).collect();
    }
    let (step, places) = (from / gcd(from, RATE), RATE / gcd(from, RATE));
    let ratio = f64::from(from) / f64::from(RATE);
    let (pass, reach) = (0.9 / ratio, REACH * ratio);
    let half = reach.ceil() as i64;
    let weight = |off: f64| {
        let x = std::f64::consts::PI * off * pass;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
        let window = if off.abs() > reach { 0.0 } else { 0.5 + 0.5 * (std::f64::consts::PI * off / reach).cos() };
        (sinc * window * pass) as f32
    };
    let weights: Vec<Vec<f32>> = (0..places)
        .map(|place| {
            let between = f64::from(place * step % places) / f64::from(places);
            (-half..=half).map(|n| weight(n as f64 - between)).collect()
        })
        .collect();
    let count = (samples.len() as f64 / ratio) as u64;
    (0..count)
        .map(|n| {
            let middle = (n * u64::from(step) / u64::from(places)) as i64;
            let weights = &weights[(n % u64::from(places)) as usize];
            let (from, skip) = ((middle - half).max(0) as usize, (half - middle).max(0) as usize);
            let near = samples.get(from..).unwrap_or_default();
            let sum: f32 = weights.iter().skip(skip).zip(near).map(|(weight, sample)| weight * sample).sum();
            sum.clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A file of one channel at 8 kHz.
pub fn write(samples: &[i16]) -> Vec<u8> {
    let size = (samples.len() * 2) as u32;
    let mut out = Vec::with_capacity(44 + samples.len() * 2);
    out.extend(b"RIFF");
    out.extend((36 + size).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16_u32.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 2).to_le_bytes());
    out.extend(2_u16.to_le_bytes());
    out.extend(16_u16.to_le_bytes());
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    for sample in samples {
        out.extend(sample.to_le_bytes());
    }
    out
}

/// Without the silence before and after, as pieces are joined; so loud that the loudest is at `peak`.
pub fn trim(samples: &[i16], peak: i16) -> Vec<i16> {
    let heard = |s: &i16| s.unsigned_abs() > 120;
    let from = samples.iter().position(heard).unwrap_or(0).saturating_sub(160);
    let to = samples.iter().rposition(heard).map_or(samples.len(), |at| (at + 400).min(samples.len()));
    let most = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0).max(1);
    let factor = f32::from(peak) / f32::from(most);
    samples[from..to].iter().map(|s| (f32::from(*s) * factor) as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
        let count = (rate as f32 * seconds) as usize;
        (0..count).map(|n| 10_000.0 * (std::f32::consts::TAU * hz * n as f32 / rate as f32).sin()).collect()
    }

    fn level(samples: &[i16]) -> f32 {
        let inner = &samples[400..samples.len() - 400];
        (inner.iter().map(|s| f32::from(*s) * f32::from(*s)).sum::<f32>() / inner.len() as f32).sqrt()
    }

    #[test]
    fn a_tone_keeps_its_level_and_one_too_high_is_gone() {
        for rate in [22_050, 16_000, 44_100, 48_000] {
            let low = resample(&sine(1_000.0, rate, 0.5), rate);
            assert!((level(&low) - 7_071.0).abs() < 150.0, "{rate} {}", level(&low));
            assert!(low.len().abs_diff(4_000) < 3);
            let high = resample(&sine(5_500.0, rate, 0.5), rate);
            assert!(level(&high) < 60.0, "{rate} {}", level(&high));
        }
    }

    #[test]
    fn files_are_read_back_and_others_are_refused() {
        let samples: Vec<i16> = (0..500).map(|n| (n * 37 % 9_000) as i16).collect();
        let file = write(&samples);
        assert_eq!(read(&file).unwrap(), samples);
        assert_eq!(read(b"RIFFxxxxWAVE"), Err(Bad::Empty));
        assert_eq!(read(b"hello"), Err(Bad::NotWav));
        let mut odd = file.clone();
        odd[20] = 3;
        assert_eq!(read(&odd), Err(Bad::Kind));
        for cut in 0..file.len() {
            let _ = read(&file[..cut]);
        }
    }

    #[test]
    fn silence_around_a_word_goes_and_its_level_is_set() {
        let mut word = vec![0_i16; 3_000];
        word.extend([2_000_i16, -2_000].repeat(500));
        word.extend([0; 3_000]);
        let cut = trim(&word, 8_000);
        assert!(cut.len() < 1_700 && cut.contains(&8_000));
        assert_eq!(trim(&[], 8_000), Vec::<i16>::new());
    }
}
