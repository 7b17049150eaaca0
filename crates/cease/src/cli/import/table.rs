//! A CSV file as a table whose every fault has its line and column: what the columns of holders and cards share.

use std::collections::BTreeMap;

use case::identify::identify;
use case::{Money, Policy};
use jiff::civil::Date;

const CELL_MAX: usize = 1_000;

/// What is wrong, and where: lines and columns count from one, as editors and spreadsheets do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) column: usize,
    pub(super) name: String,
    pub(super) says: String,
}

pub(super) struct Table {
    /// Column name to its place.
    places: BTreeMap<String, usize>,
    /// Line, cells.
    rows: Vec<(u64, Vec<String>)>,
    /// Rows that are none, which keep nobody from looking at the others.
    pub(super) ragged: Vec<Fault>,
}

impl Table {
    /// The error is what makes a table of nothing; of single rows that are none, see [`Table::ragged`].
    pub(super) fn read(bytes: &[u8], known: &[(&str, bool)]) -> Result<Self, Vec<Fault>> {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if let Err(e) = std::str::from_utf8(text) {
            let line = text[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() as u64 + 1;
            let says = "is not UTF-8; save the file as “CSV UTF-8”".to_owned();
            return Err(vec![Fault { line, column: 1, name: "file".into(), says }]);
        }
        let delimiter = delimiter(text);
        if let Some((line, column)) = unclosed(text, delimiter) {
            let says = "a quotation mark opens here and never closes".to_owned();
            return Err(vec![Fault { line, column, name: "row".into(), says }]);
        }
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.flexible(true).trim(csv::Trim::All).delimiter(delimiter).from_reader(text);
        let fault = |line, column, name: &str, says: String| Fault { line, column, name: name.to_owned(), says };
        let header = reader.headers().cloned().map_err(|e| vec![fault(1, 1, "header", e.to_string())])?;
        let mut faults = Vec::new();
        let mut places = BTreeMap::new();
        for (i, name) in header.iter().enumerate() {
            let name = name.to_ascii_lowercase();
            if !known.iter().any(|(known, _)| *known == name) {
                let all: Vec<&str> = known.iter().map(|(n, _)| *n).collect();
                faults.push(fault(1, i + 1, &name, format!("unknown column; known are {}", all.join(", "))));
            } else if places.insert(name.clone(), i).is_some() {
                faults.push(fault(1, i + 1, &name, "column given twice".into()));
            }
        }
        for (name, needed) in known {
            if *needed && !places.contains_key(*name) {
                faults.push(fault(1, 1, name, "column missing".into()));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(e) => {
                    let line = e.position().map_or(0, csv::Position::line);
                    faults.push(fault(line, 1, "row", e.to_string()));
                    break;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != header.len() {
                let says = format!("{} cells where the header has {}", record.len(), header.len());
                faults.push(fault(line, record.len().min(header.len()) + 1, "row", says));
                continue;
            }
            if let Some(long) = record.iter().position(|c| c.len() > CELL_MAX) {
                faults.push(fault(line, long + 1, &header[long], format!("longer than {CELL_MAX} bytes")));
                continue;
            }
            // What turns the direction of writing makes a name read as another.
            let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            let hidden = |c: char| turns(c) || c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            if let Some(at) = record.iter().position(|cell| cell.contains(hidden)) {
                faults.push(fault(line, at + 1, &header[at], "holds a control character".into()));
                continue;
            }
            rows.push((line, record.iter().map(str::to_owned).collect()));
        }
        Ok(Self { places, rows, ragged: faults })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { places: &self.places, line: *line, cells })
    }
}

/// What parts the cells, as the header has it: spreadsheets of half the world write semicolons.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let many = |delimiter: u8| header.iter().filter(|b| **b == delimiter).count();
    // Of as many the last is taken: a header without any is parted by commas.
    [b'\t', b';', b','].into_iter().max_by_key(|d| many(*d)).unwrap_or(b',')
}

/// Line and column of the cell whose quotation mark (RFC 4180) swallows the rest of the file.
fn unclosed(text: &[u8], delimiter: u8) -> Option<(u64, usize)> {
    let (mut line, mut column, mut fresh, mut opened) = (1, 1, true, None);
    for byte in text {
        match (byte, opened) {
            (b'"', None) if fresh => (opened, fresh) = (Some((line, column)), false),
            // A doubled one closes, and opens again as the cell's next character.
            (b'"', Some(_)) => (opened, fresh) = (None, true),
            (byte, None) if *byte == delimiter => (column, fresh) = (column + 1, true),
            (b'\n', None) => (line, column, fresh) = (line + 1, 1, true),
            (b'\n', Some(_)) => line += 1,
            (b'\r', None) => {}
            (_, _) => fresh = false,
        }
    }
    opened
}

/// A number with the label that says which kind is meant where digits alone could be several.
pub(super) fn labelled(name: &str, text: &str) -> String {
    match name {
        "serial" | "msisdn" => text.to_owned(),
        _ => format!("{name} {text}"),
    }
}

pub(super) struct Row<'a> {
    places: &'a BTreeMap<String, usize>,
    pub(super) line: u64,
    cells: &'a [String],
}

impl Row<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let text = self.cells.get(*self.places.get(name)?)?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// Whether the file says anything of it, be it that it is empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Keeps what was, where the file says nothing of it.
    pub(super) fn keeps<T>(&self, name: &str, now: &mut T, was: T) {
        if !self.has(name) {
            *now = was;
        }
    }

    pub(super) fn fault(&self, name: &str, says: impl Into<String>) -> Fault {
        let column = self.places.get(name).map_or(1, |i| i + 1);
        Fault { line: self.line, column, name: name.to_owned(), says: says.into() }
    }

    /// The cell as a number of this kind, in its normal form.
    pub(super) fn number(&self, name: &'static str, policy: &Policy, faults: &mut Vec<Fault>) -> Option<String> {
        let text = self.get(name)?;
        match identify(&labelled(name, text), &policy.identify) {
            Ok(found) if found.id.kind() == name => Some(found.id.normalised().to_owned()),
            Ok(found) => {
                faults.push(self.fault(name, format!("reads as {}, not {name}", found.id.kind())));
                None
            }
            Err(why) => {
                faults.push(self.fault(name, why.to_string()));
                None
            }
        }
    }

    /// The cell as an amount of the operator's currency that somebody may owe.
    pub(super) fn sum(&self, name: &'static str, policy: &Policy, faults: &mut Vec<Fault>) -> Option<Money> {
        let read = Money::parse(self.get(name)?, &policy.currency).and_then(Money::owed);
        read.map_err(|why| faults.push(self.fault(name, why.to_string()))).ok()
    }

    pub(super) fn day(&self, name: &'static str, faults: &mut Vec<Fault>) -> Option<Date> {
        let day = self.get(name)?.parse::<Date>();
        day.map_err(|_| faults.push(self.fault(name, "must be a date like 2026-11-27"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLDERS: &[(&str, bool)] = &[("login", true), ("name", true)];

    fn faults(text: &str, known: &[(&str, bool)]) -> Vec<(u64, usize, String)> {
        let faults = Table::read(text.as_bytes(), known).map_or_else(|faults| faults, |table| table.ragged);
        faults.into_iter().map(|f| (f.line, f.column, f.name)).collect()
    }

    #[test]
    fn faults_are_named_by_line_and_column() {
        assert_eq!(faults("login,name\nli,Li\n", HOLDERS), []);
        assert_eq!(faults("login,nmae\nli,Li\n", HOLDERS), [(1, 2, "nmae".into()), (1, 1, "name".into())]);
        assert_eq!(faults("login,name\nli\n", HOLDERS), [(2, 2, "row".into())]);
        assert_eq!(faults("login,login,name\n", HOLDERS), [(1, 2, "login".into())]);
        assert_eq!(faults("login,name\nli,\"Li\nwei,Wei\n", HOLDERS), [(2, 2, "row".into())]);
        assert_eq!(faults("login,name\r\n\"li\",\"5\"\" L\ni\"\r\nwei,5\" Wei\r\n", HOLDERS), []);
        assert_eq!(faults("login,name\nli,L\0i\n", HOLDERS), [(2, 2, "name".into())]);
        assert_eq!(faults("login,name\nli,L\u{202E}i\n", HOLDERS), [(2, 2, "name".into())]);
        let text = "login;name\nli;\"Li; Na\"\nwei;Wei;more\nmei;\"Mei\n";
        assert_eq!(faults(text, HOLDERS), [(4, 2, "row".into())]);
        let table = Table::read(text.replace("\"Mei", "Mei").as_bytes(), HOLDERS).unwrap_or_else(|f| panic!("{f:?}"));
        let names: Vec<_> = table.rows().map(|row| row.get("name").unwrap_or_default().to_owned()).collect();
        assert_eq!((names, table.ragged[0].line), (vec!["Li; Na".to_owned(), "Mei".to_owned()], 3));
        assert_eq!(faults("login\tname\nli\tLi, Na\n", HOLDERS), []);
        let latin1 = Table::read(b"login,name\nli,M\xFCller\n", HOLDERS);
        assert!(matches!(latin1, Err(f) if f[0].line == 2));
    }
}
