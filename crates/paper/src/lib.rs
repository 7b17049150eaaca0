//! The certificate as a PDF, and the label of a parcel. The certificate is one A4 page in both languages, tagged, with its
//! document language, and archival (PDF/A-3a with the signed file attached, PDF/UA-1), as krilla's own check has it.
//!
//! What is written comes in as words, already in their languages: this crate knows how a page is
//! drawn and nothing of cases. The same [`Sheet`] with the same fonts gives the same bytes; there is
//! no clock here. Fonts are the machine's ([`Fonts::find`]): where it has none with Chinese in it,
//! there is no PDF, and the page with its print style is what people print.
#![forbid(unsafe_code)]

mod bars;
mod fonts;
mod label;
mod page;
mod pen;
mod pictures;
#[cfg(test)]
mod tests;

pub use bars::code128;
pub use fonts::{Fonts, NoFont};
pub use label::{Label, Size, label};
pub use page::draw;

/// The language of a text, so that each is read and drawn as its readers write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    En,
    ZhCn,
}

impl Lang {
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Lang::En => Lang::ZhCn,
            Lang::ZhCn => Lang::En,
        }
    }
}

/// A text in the page's language and in the other one. Where both are the same, it stands once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    pub main: String,
    pub second: String,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: Both,
    pub value: Both,
}

/// A heading and what stands under it.
#[derive(Clone, Debug)]
pub struct Part {
    pub heading: Both,
    pub items: Vec<Both>,
}

/// A QR code, row by row from the top left, without its quiet zone.
#[derive(Clone, Debug)]
pub struct Qr {
    /// Modules a side.
    pub width: usize,
    /// Whether each module is dark: `width` × `width`.
    pub dark: Vec<bool>,
    /// What it is, for those who do not see it.
    pub alt: String,
    /// Where the drawing leads when it is clicked.
    pub link: String,
}

/// The signed file, attached to the PDF as the data that it shows.
#[derive(Clone, Debug)]
pub struct Attached {
    pub name: String,
    pub media: String,
    pub about: String,
    pub bytes: Vec<u8>,
}

/// A moment in UTC, for the PDF's own dates.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// All that stands on the page.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The page's language.
    pub lang: Lang,
    pub issuer: Both,
    pub title: Both,
    pub saying: Both,
    /// What sort of number it is.
    pub kind: Both,
    /// The card's number, masked and in groups.
    pub number: String,
    pub rows: Vec<Row>,
    /// What the holder does now.
    pub next: Part,
    /// How anybody checks this.
    pub check: Part,
    /// Fingerprints: what each is, and its digits.
    pub prints: Vec<(String, String)>,
    pub fine: Both,
    /// What the seal shows, for those who do not see it.
    pub seal: String,
    pub qr: Qr,
    pub attached: Attached,
    pub issued: Moment,
}

/// Why there is no PDF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDrawn {
    /// No installed font has this text's characters.
    #[error("no installed font has all the characters of {0:?}")]
    NoGlyph(String),
    /// It would run over the page: far longer texts than any certificate has.
    #[error("it does not fit on one page")]
    TooLong,
    /// The exporter's own check of PDF/A and PDF/UA refused it, or it could not be written.
    #[error("the PDF could not be written: {0}")]
    Refused(String),
}
