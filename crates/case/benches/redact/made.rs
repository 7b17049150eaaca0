//! Made-up numbers of every kind that must go and every kind that must stay, and the ways in which
//! people (and those who tell them to) write them. Seeded: the same seed makes the same texts.

use case::CaseRef;
use case::identify::with_luhn;
use case::redact::Kind;

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn digits(&mut self, start: &str, length: usize) -> String {
        let mut out = start.to_owned();
        while out.len() < length {
            out.push(char::from(b'0' + self.below(10) as u8));
        }
        out
    }

    /// With a last digit that makes it Luhn.
    fn luhn(&mut self, start: &str, length: usize) -> String {
        with_luhn(&self.digits(start, length - 1))
    }
}

type Make = fn(&mut Dice) -> String;

/// What must go: its name, kind, and whether its digits may be disguised.
pub const POSITIVES: &[(&str, Kind, Make)] = &[
    ("Visa 16", Kind::BankCard, |d| d.luhn("4", 16)),
    ("Visa 19", Kind::BankCard, |d| d.luhn("4", 19)),
    ("Mastercard 5x", Kind::BankCard, |d| {
        let start = d.one(&["51", "52", "53", "54", "55"]);
        d.luhn(start, 16)
    }),
    ("Mastercard 2-series", Kind::BankCard, |d| {
        let start = (2221 + d.below(500)).to_string();
        d.luhn(&start, 16)
    }),
    ("American Express", Kind::BankCard, |d| {
        let start = d.one(&["34", "37"]);
        d.luhn(start, 15)
    }),
    ("UnionPay 16", Kind::BankCard, |d| d.luhn("62", 16)),
    ("UnionPay 19", Kind::BankCard, |d| d.luhn("62", 19)),
    ("JCB", Kind::BankCard, |d| {
        let start = (3528 + d.below(62)).to_string();
        d.luhn(&start, 16)
    }),
    ("Discover", Kind::BankCard, |d| {
        let start = d.one(&["6011", "644", "649", "65"]);
        d.luhn(start, 16)
    }),
    ("Diners 14", Kind::BankCard, |d| {
        let start = d.one(&["300", "305", "36", "38"]);
        d.luhn(start, 14)
    }),
    ("Mir", Kind::BankCard, |d| {
        let start = (2200 + d.below(5)).to_string();
        d.luhn(&start, 16)
    }),
    ("Maestro 16", Kind::BankCard, |d| {
        let start = d.one(&["5018", "5893", "6304", "6759"]);
        d.luhn(start, 16)
    }),
    ("Chinese resident ID", Kind::ResidentId, resident),
    ("UK NINO", Kind::Nino, |d| {
        let (a, b) =
            (d.one(&["A", "C", "E", "H", "J", "L", "M", "P", "W"]), d.one(&["A", "B", "E", "J", "M", "P", "R"]));
        let body = d.digits("", 6);
        format!("{a}{b}{body}{}", d.one(&["A", "B", "C", "D"]))
    }),
    ("IBAN", Kind::Iban, iban),
];

fn resident(d: &mut Dice) -> String {
    let region = d.one(&["110105", "310104", "440524", "510104", "330106", "820000"]);
    let body =
        format!("{region}{:04}{:02}{:02}{:03}", 1930 + d.below(90), 1 + d.below(12), 1 + d.below(28), d.below(1000));
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

fn iban(d: &mut Dice) -> String {
    let (country, bank, length) =
        [("GB", "WEST", 22), ("DE", "", 22), ("FR", "", 27), ("NL", "ABNA", 18)][d.below(4) as usize];
    let body = d.digits(bank, length - 4);
    let rest = format!("{body}{country}00").bytes().fold(0_u32, |r, b| {
        let v = if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b - b'A') + 10 };
        (r * if v < 10 { 10 } else { 100 } + v) % 97
    });
    format!("{country}{:02}{body}", 98 - rest)
}

/// What must stay.
pub const NEGATIVES: &[(&str, Make)] = &[
    ("ICCID", |d| {
        let (start, length) =
            [("8944", 19), ("8986", 20), ("8949", 19), ("89331", 20), ("8901", 19)][d.below(5) as usize];
        d.luhn(start, length)
    }),
    ("ICCID, in fours", |d| {
        let number = d.luhn("8944", 19);
        by(&number, &[4, 4, 4, 4, 3], " ")
    }),
    ("ICCID out of spec", |d| d.digits("8986", 20)),
    ("EID", |d| {
        let body = d.digits("8904", 30);
        let rest = format!("{body}00").bytes().fold(0_u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97);
        format!("{body}{:02}", 98 - rest)
    }),
    ("IMEI", |d| {
        let start = d.one(&["35", "86", "01", "99", "49"]);
        d.luhn(start, 15)
    }),
    ("IMEI, as phones show it", |d| {
        let number = d.luhn("35", 15);
        by(&number, &[2, 6, 6, 1], " ")
    }),
    ("IMSI", |d| {
        let start = d.one(&["23410", "23415", "26201", "46000", "46001", "20801", "310260", "00101"]);
        d.digits(start, 15)
    }),
    ("phone number", |d| {
        let (start, length) =
            [("447", 12), ("8613", 13), ("4917", 13), ("3361", 11), ("1212", 11)][d.below(5) as usize];
        let number = d.digits(start, length);
        match d.below(3) {
            0 => format!("+{number}"),
            1 => number,
            _ => format!("+{} {} {}", &number[..2], &number[2..6], &number[6..]),
        }
    }),
    ("case reference", |d| CaseRef::from_bits(d.below(1 << 40)).to_string()),
    ("tracking number", |d| {
        let n = d.digits("", 8);
        match d.below(4) {
            0 => format!("RA{n}9GB"),
            1 => d.digits("SF1", 15),
            2 => d.digits("1Z999AA1", 18),
            _ => d.digits("9400", 22),
        }
    }),
    ("order number", |d| {
        let n = d.digits("20261", 14);
        format!("ORD-{n}")
    }),
    ("dates and amounts", |d| {
        format!(
            "2026-{:02}-{:02} {:02}:{:02}:{:02}, £{}.{:02}",
            1 + d.below(12),
            1 + d.below(28),
            d.below(24),
            d.below(60),
            d.below(60),
            d.below(1000),
            d.below(100)
        )
    }),
];

fn by(number: &str, sizes: &[usize], gap: &str) -> String {
    let mut from = 0;
    let parts: Vec<_> = sizes
        .iter()
        .map(|size| {
            let part = &number[from..number.len().min(from + size)];
            from = number.len().min(from + size);
            part
        })
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(gap)
}

fn fours(number: &str, gap: &str) -> String {
    by(number, &[4; 8], gap)
}

fn each(number: &str, f: impl Fn(char) -> String) -> String {
    number.chars().map(|c| if c.is_ascii_digit() { f(c) } else { c.to_string() }).collect()
}

fn shifted(number: &str, zero: u32) -> String {
    each(number, |c| char::from_u32(zero + u32::from(c) - 0x30).unwrap_or(c).to_string())
}

fn between(number: &str, gap: &str) -> String {
    number.chars().map(String::from).collect::<Vec<_>>().join(gap)
}

/// A way to write a number.
pub type Disguise = (&'static str, fn(&str) -> String);

pub const PLAIN: Disguise = ("plain", str::to_owned);

pub const DISGUISES: &[Disguise] = &[
    ("in fours", |n| fours(n, " ")),
    ("in fours, hyphens", |n| fours(n, "-")),
    ("in fours, no-break spaces", |n| fours(n, "\u{A0}")),
    ("in fours, thin spaces", |n| fours(n, "\u{2009}")),
    ("in fours, full-width spaces", |n| fours(n, "\u{3000}")),
    ("in fours, over lines", |n| fours(n, "\n")),
    ("in fours, CR LF", |n| fours(n, "\r\n")),
    ("in fours, &nbsp;", |n| fours(n, "&nbsp;")),
    ("in fours, middle dots", |n| fours(n, "·")),
    ("full-width digits", |n| shifted(n, 0xFF10)),
    ("Arabic-Indic digits", |n| shifted(n, 0x660)),
    ("mathematical digits", |n| shifted(n, 0x1D7CE)),
    ("keycaps", |n| each(n, |c| format!("{c}\u{FE0F}\u{20E3}"))),
    ("entities", |n| each(n, |c| format!("&#{};", u32::from(c)))),
    ("hexadecimal entities", |n| each(n, |c| format!("&#x{:X};", u32::from(c)))),
    ("zero-width spaces", |n| between(n, "\u{200B}")),
    ("soft hyphens", |n| between(n, "\u{AD}")),
    ("dots", |n| between(n, ".")),
    ("slashes", |n| between(n, "/")),
    ("spaces between all", |n| between(n, " ")),
    ("a line each", |n| between(n, "\n")),
];

/// Words around a number that say nothing about it.
pub fn sentence(d: &mut Dice, number: &str) -> String {
    match d.below(4) {
        0 => format!("Hello, here it is: {number} thank you"),
        1 => format!("您好，这是{number}，谢谢"),
        2 => number.to_owned(),
        _ => format!("I was told to send you {number}. Please end my card."),
    }
}
