//! RTP and RTCP (RFC 3550), and keys as events (RFC 4733).

/// The version, in the first two bits of every packet.
const V2: u8 = 0x80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub format: u8,
    pub marker: bool,
    pub seq: u16,
    pub time: u32,
    pub source: u32,
    pub payload: &'a [u8],
}

/// Takes a packet apart; none where it is no RTP of version 2, or is cut short.
pub fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    let first = *bytes.first()?;
    if first & 0xc0 != V2 || bytes.len() < 12 {
        return None;
    }
    let mut from = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = bytes.get(from + 2..from + 4)?;
        from += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    let mut to = bytes.len();
    if first & 0x20 != 0 {
        to = to.checked_sub(usize::from(*bytes.last()?).max(1))?;
    }
    let payload = bytes.get(from..to)?;
    Some(Packet {
        format: bytes[1] & 0x7f,
        marker: bytes[1] & 0x80 != 0,
        seq: u16::from_be_bytes([bytes[2], bytes[3]]),
        time: u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
        source: u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]),
        payload,
    })
}

/// Writes a packet over `out`.
pub fn write(packet: &Packet<'_>, out: &mut Vec<u8>) {
    out.clear();
    out.extend([V2, packet.format | if packet.marker { 0x80 } else { 0 }]);
    out.extend(packet.seq.to_be_bytes());
    out.extend(packet.time.to_be_bytes());
    out.extend(packet.source.to_be_bytes());
    out.extend_from_slice(packet.payload);
}

/// Events of keys, once each, however often they are said: an event is known by its source and time, for as long as it
/// goes on. Afterwards the same again is another press, as recorded keys are played again.
#[derive(Debug, Default)]
pub struct Keys {
    last: Option<(u32, u32)>,
    /// When it was last heard.
    at: u64,
}

/// Beats without a word of it after which an event is over: half a second.
const OVER: u64 = 25;

impl Keys {
    /// The key that this packet is the first to tell of. `beat` is when it came.
    pub fn hear(&mut self, packet: &Packet<'_>, beat: u64) -> Option<char> {
        let [event, ..] = packet.payload.first_chunk::<4>()?;
        let key = match event {
            0..=9 => char::from(b'0' + event),
            10 => '*',
            11 => '#',
            _ => return None,
        };
        if let Some((source, time)) = self.last
            && source == packet.source
            && beat.saturating_sub(self.at) < OVER
        {
            let later = packet.time.wrapping_sub(time) as i32;
            if later == 0 {
                self.at = beat;
            }
            // One that comes late is an old one.
            if later <= 0 {
                return None;
            }
        }
        (self.last, self.at) = (Some((packet.source, packet.time)), beat);
        Some(key)
    }
}

/// What is counted of what comes in (RFC 3550, appendix A).
#[derive(Clone, Debug, Default)]
pub struct Received {
    source: u32,
    base: u32,
    highest: u32,
    pub packets: u64,
    before: (u32, u64),
    jitter: f64,
    transit: Option<i64>,
    /// The middle of the last sender report's time, and when it came.
    report: Option<(u32, u64)>,
}

impl Received {
    /// `at` is when it came, in samples of our own clock.
    pub fn count(&mut self, packet: &Packet<'_>, at: u64) {
        if self.packets == 0 || packet.source != self.source {
            *self = Self {
                source: packet.source,
                base: u32::from(packet.seq),
                highest: u32::from(packet.seq),
                packets: self.packets,
                ..Self::default()
            };
            self.before = (0, self.packets);
        }
        self.packets += 1;
        let ahead = packet.seq.wrapping_sub(self.highest as u16) as i16;
        if ahead > 0 {
            self.highest = self.highest.wrapping_add(ahead as u32);
        }
        let transit = at as i64 - i64::from(packet.time);
        if let Some(before) = self.transit {
            // A jump is another clock, and no jitter.
            let off = (transit - before).unsigned_abs().min(8_000) as f64;
            self.jitter += (off - self.jitter) / 16.0;
        }
        self.transit = Some(transit);
    }

    pub fn expected(&self) -> u64 {
        if self.packets == 0 { 0 } else { u64::from(self.highest.wrapping_sub(self.base)) + 1 }
    }

    /// Reads what the far end says in RTCP, as far as it concerns us: when it sent.
    pub fn hear(&mut self, bytes: &[u8], at: u64) {
        if let Some(head) = bytes.get(..20)
            && head[0] & 0xc0 == V2
            && head[1] == 200
        {
            self.report = Some((u32::from_be_bytes([head[10], head[11], head[12], head[13]]), at));
        }
    }
}

/// What we have sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    pub packets: u32,
    pub octets: u32,
    pub time: u32,
}

/// A compound report: sender's report with a block about what came in, and our name. `ntp` is our clock in seconds
/// since 1900, with its fraction; `at` the same in samples.
pub fn report(source: u32, sent: Sent, received: &mut Received, ntp: u64, at: u64, out: &mut Vec<u8>) {
    out.clear();
    let heard = received.packets > 0;
    let kind = if sent.packets > 0 { 200 } else { 201 };
    let words = (if kind == 200 { 6 } else { 1 }) + if heard { 6 } else { 0 };
    out.extend([V2 | u8::from(heard), kind]);
    out.extend((words as u16).to_be_bytes());
    out.extend(source.to_be_bytes());
    if kind == 200 {
        out.extend(ntp.to_be_bytes());
        out.extend(sent.time.to_be_bytes());
        out.extend(sent.packets.to_be_bytes());
        out.extend(sent.octets.to_be_bytes());
    }
    if heard {
        let (expected, got) = (received.expected(), received.packets);
        let interval = (expected as u32).wrapping_sub(received.before.0);
        let lost = u64::from(interval).saturating_sub(got - received.before.1);
        let fraction = if interval == 0 { 0 } else { (lost * 256 / u64::from(interval)).min(255) as u8 };
        received.before = (expected as u32, got);
        let missing = expected.saturating_sub(got).min(0x7f_ffff) as u32;
        out.extend(received.source.to_be_bytes());
        out.extend((u32::from(fraction) << 24 | missing).to_be_bytes());
        out.extend(received.highest.to_be_bytes());
        out.extend((received.jitter as u32).to_be_bytes());
        let (last, since) = received.report.map_or((0, 0), |(middle, came)| (middle, at.saturating_sub(came)));
        out.extend(last.to_be_bytes());
        // In units of 1/65536 s.
        out.extend(((since * 65_536 / 8_000) as u32).to_be_bytes());
    }
    // CNAME, and padding to whole words.
    let name = b"cease";
    out.extend([V2 | 1, 202]);
    out.extend(4_u16.to_be_bytes());
    out.extend(source.to_be_bytes());
    out.extend([1, name.len() as u8]);
    out.extend(name);
    out.extend([0; 5]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u16, time: u32, payload: &[u8]) -> Packet<'_> {
        Packet { format: 101, marker: false, seq, time, source: 7, payload }
    }

    #[test]
    fn a_packet_is_what_was_written() {
        let mut bytes = Vec::new();
        let packet = Packet { format: 8, marker: true, seq: 65_535, time: 1, source: 0xdead_beef, payload: &[1, 2, 3] };
        write(&packet, &mut bytes);
        assert_eq!(read(&bytes), Some(packet));
        // With a contributing source, an extension and padding.
        let mut odd = bytes.clone();
        odd[0] |= 0x31;
        odd.splice(12..12, [9, 9, 9, 9, 0, 0, 0, 1, 5, 5, 5, 5]);
        odd.extend([0, 2]);
        assert_eq!(read(&odd).unwrap().payload, [1, 2, 3]);
    }

    #[test]
    fn no_bytes_are_too_odd() {
        let mut seed = 1_u64;
        let mut byte = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as u8
        };
        for length in (0..400).cycle().take(200_000) {
            let bytes: Vec<u8> = (0..length % 80).map(|_| byte()).collect();
            if let Some(packet) = read(&bytes) {
                Keys::default().hear(&packet, 1);
                let mut received = Received::default();
                received.count(&packet, u64::from(packet.seq));
                received.hear(&bytes, 3);
            }
        }
    }

    /// RFC 4733, section 5: three packets at the end of each event.
    #[test]
    fn a_key_is_heard_once() {
        let mut keys = Keys::default();
        let mut heard = String::new();
        for (seq, (time, event)) in
            [(0, 1), (0, 1), (0, 1), (0, 1), (800, 1), (800, 1), (1_600, 11), (800, 1), (2_400, 10), (3_200, 16)]
                .iter()
                .enumerate()
        {
            let payload = [*event, 0x8a, 3, 0x20];
            heard.extend(keys.hear(&packet(seq as u16, *time, &payload), seq as u64));
        }
        assert_eq!(heard, "11#*");
        // Played again from a recording, much later.
        assert_eq!(keys.hear(&packet(1, 0, &[1, 0x8a, 3, 0x20]), 200), Some('1'));
        assert_eq!(Keys::default().hear(&packet(1, 1, &[1, 2]), 1), None);
    }

    #[test]
    fn losses_are_reported() {
        let mut received = Received::default();
        for seq in (0..200_u32).filter(|seq| seq % 4 != 3) {
            let seq = seq.wrapping_add(65_500) as u16;
            received.count(&packet(seq, u32::from(seq) * 160, &[]), 0);
        }
        // The last that was lost is not known to have been sent.
        assert_eq!((received.expected(), received.packets), (199, 150));
        let mut out = Vec::new();
        let sent = Sent { packets: 5, octets: 800, time: 800 };
        report(1, sent, &mut received, 0, 0, &mut out);
        assert_eq!((out[0], out[1], out.len() % 4), (0x81, 200, 0));
        assert_eq!(out.len(), 4 * (usize::from(u16::from_be_bytes([out[2], out[3]])) + 1) + 20);
        assert_eq!(out[32], 63);
        assert_eq!(u32::from_be_bytes([0, out[33], out[34], out[35]]), 49);
    }
}
