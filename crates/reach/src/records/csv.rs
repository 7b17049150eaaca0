//! A line of CSV: cells between commas, semicolons or tabs, as the header has them; a cell may stand in quotation
//! marks, and a mark inside is doubled. No cell goes over the end of its line: a mark that is never closed spoils
//! one record, and not all that follow.

use std::borrow::Cow;

use case::Timestamp;

use super::{Fields, Record, Wrong};

/// The columns that are read; others may be there.
const COLUMNS: [&str; 8] = ["id", "kind", "at", "iccid", "imsi", "msisdn", "amount", "units"];
/// Cells of a line.
const CELLS: usize = 256;

pub(super) struct Header {
    delimiter: u8,
    /// The cell of each of [`COLUMNS`].
    cells: [Option<usize>; COLUMNS.len()],
    /// Which of [`COLUMNS`] each cell is.
    columns: Vec<Option<usize>>,
}

impl Header {
    pub fn read(line: &str) -> Result<Self, Wrong> {
        let many = |delimiter: u8| line.bytes().filter(|b| *b == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| many(*d)).unwrap_or(b',');
        let mut header = Self { delimiter, cells: [None; COLUMNS.len()], columns: Vec::new() };
        let mut names = Vec::new();
        header.split(line, |_, cell| names.push(cell.trim().to_ascii_lowercase()))?;
        for (at, name) in names.iter().enumerate() {
            let column = COLUMNS.iter().position(|column| column == name);
            header.columns.push(column);
            if let Some(column) = column
                && header.cells[column].replace(at).is_some()
            {
                return Err((at + 1, COLUMNS[column], "is there twice in the header"));
            }
        }
        if let Some(missing) = (0..3).find(|column| header.cells[*column].is_none()) {
            return Err((1, COLUMNS[missing], "is missing from the header"));
        }
        if header.cells[3..6].iter().all(Option::is_none) {
            return Err((1, "iccid", "is missing from the header, and so are imsi and msisdn"));
        }
        Ok(header)
    }

    pub fn record<'a>(&self, line: &'a str, latest: Timestamp) -> Result<Record<'a>, Wrong> {
        let mut fields = Fields::default();
        let mut cells = 0;
        self.split(line, |at, cell| {
            cells = at + 1;
            let place = match self.columns.get(at).copied().flatten() {
                Some(0) => &mut fields.id,
                Some(1) => &mut fields.kind,
                Some(2) => &mut fields.at,
                Some(which @ 3..=5) => &mut fields.numbers[which - 3],
                Some(6) => &mut fields.amount,
                Some(7) => &mut fields.units,
                Some(_) | None => return,
            };
            *place = cell;
        })?;
        if cells != self.columns.len() {
            return Err((cells.min(self.columns.len()), "", "the line has more or fewer cells than the header"));
        }
        let place = |name: &'static str| {
            let column = COLUMNS.iter().position(|column| *column == name);
            column.and_then(|column| self.cells[column]).map_or(1, |cell| cell + 1)
        };
        fields.record(latest, place)
    }

    /// Hands each cell to `take`, from 0.
    fn split<'a>(&self, line: &'a str, mut take: impl FnMut(usize, Cow<'a, str>)) -> Result<(), Wrong> {
        let mut rest = line;
        for at in 0..CELLS {
            let end = if rest.starts_with('"') {
                let (cell, end) = quoted(rest).ok_or((at + 1, "", "a quotation mark opens and never closes"))?;
                take(at, cell);
                if rest.as_bytes().get(end).is_some_and(|b| *b != self.delimiter) {
                    return Err((at + 1, "", "something stands behind a quotation mark that closes"));
                }
                end
            } else {
                let end = memchr::memchr(self.delimiter, rest.as_bytes()).unwrap_or(rest.len());
                take(at, Cow::Borrowed(&rest[..end]));
                end
            };
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Ok(()),
            }
        }
        Err((CELLS, "", "the line has more than 256 cells"))
    }
}

/// A cell in quotation marks, and where it ends; none where it never does.
fn quoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let inside = &text[1..];
    let mut from = 0;
    loop {
        let mark = from + inside[from..].find('"')?;
        if inside[mark + 1..].starts_with('"') {
            from = mark + 2;
            continue;
        }
        let cell = &inside[..mark];
        let cell = if cell.contains('"') { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) };
        return Some((cell, mark + 2));
    }
}
