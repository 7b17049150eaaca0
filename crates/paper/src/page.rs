//! The one page: from top to bottom what it is, whose it is, what happened when, what to do now, and
//! how anybody checks it.

use std::num::NonZeroU16;

use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings};

use crate::fonts::{Face, Fonts, Setter};
use crate::pen::{BLACK, Block, GREY, HAIR, Pen, Style, TEAL, set};
use crate::pictures::{guilloche, qr, seal};
use crate::{Both, Lang, Moment, NotDrawn, Part, Sheet};

/// A4, in points.
const WIDE: f32 = 595.28;
const HIGH: f32 = 841.89;
/// From the paper's edge to the text.
const LEFT: f32 = 58.0;
const TEXT: f32 = WIDE - 2.0 * LEFT;
/// The QR code with its quiet zone: 58 mm, so that even a full one has modules of a third of a millimetre.
const QR: f32 = 164.0;
const SEAL: f32 = 88.0;
/// Where the block at the foot begins and the text above it must end.
const FOOT: f32 = 554.0;

/// Draws the certificate.
pub fn draw(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<u8>, NotDrawn> {
    let refused = |e: &dyn std::fmt::Debug| NotDrawn::Refused(format!("{e:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish();
    let settings = SerializeSettings {
        configuration: configuration.map_err(|e| refused(&e))?,
        enable_tagging: true,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let size = PageSettings::from_wh(WIDE, HIGH).ok_or_else(|| NotDrawn::Refused("the page has no size".into()))?;
    let mut page = document.start_page_with(size);
    let link = page.add_tagged_annotation(Annotation::new_link(
        LinkAnnotation::new(
            rect(WIDE - LEFT - QR, FOOT + 14.0, QR, QR)?,
            Target::Action(LinkAction::new(sheet.qr.link.clone()).into()),
        ),
        Some(sheet.qr.alt.clone()),
    ));
    // A setter that has panicked once is as good as before: it keeps no state between texts.
    let mut setter = fonts.set.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let tree = write(sheet, page.surface(), &mut setter, link.into())?;
    page.finish();
    document.set_tag_tree(tree.with_lang(Some(sheet.lang.tag().to_owned())));
    about(&mut document, sheet);
    document.finish().map_err(|e| refused(&e))
}

/// Writes the page, and answers what its parts are.
fn write(sheet: &Sheet, surface: Surface<'_>, setter: &mut Setter, link: Node) -> Result<TagTree, NotDrawn> {
    let mut writer = Writer { pen: Pen::new(surface), setter, tree: TagTree::new(), lang: sheet.lang, y: 0.0 };
    writer.frame();
    writer.head(sheet)?;
    writer.rows(sheet)?;
    writer.part(&sheet.next)?;
    if writer.y > FOOT {
        return Err(NotDrawn::TooLong);
    }
    writer.foot(sheet, link)?;
    Ok(writer.tree)
}

/// What the file says of itself, and the signed file within it.
fn about(document: &mut Document, sheet: &Sheet) {
    let issued = date(sheet.issued);
    document.set_metadata(
        Metadata::new()
            .title(format!("{} · {}", sheet.title.main, sheet.number))
            .language(sheet.lang.tag().to_owned())
            .authors(vec![sheet.issuer.main.clone()])
            .description(sheet.saying.main.clone())
            .creator("Cease".to_owned())
            .creation_date(issued)
            .document_id(sheet.attached.name.clone()),
    );
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(sheet.title.main.clone(), top));
    document.set_outline(outline);
    document.embed_file(EmbeddedFile {
        path: sheet.attached.name.clone(),
        mime_type: MimeType::new(&sheet.attached.media),
        description: Some(sheet.attached.about.clone()),
        association_kind: AssociationKind::Data,
        data: sheet.attached.bytes.clone().into(),
        modification_date: Some(issued),
        compress: Some(true),
        location: None,
    });
}

pub(crate) fn date(at: Moment) -> DateTime {
    DateTime::new(at.year)
        .month(at.month)
        .day(at.day)
        .hour(at.hour)
        .minute(at.minute)
        .second(at.second)
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn rect(x: f32, y: f32, width: f32, height: f32) -> Result<Rect, NotDrawn> {
    Rect::from_xywh(x, y, width, height).ok_or_else(|| NotDrawn::Refused("a rectangle without size".into()))
}

/// How wide labels and values are set in a language.
fn columns(lang: Lang) -> (f32, f32) {
    match lang {
        Lang::En => (94.0, 172.0),
        Lang::ZhCn => (56.0, TEXT - 94.0 - 172.0 - 56.0),
    }
}

struct Writer<'a, 's> {
    pen: Pen<'s>,
    setter: &'a mut Setter,
    tree: TagTree,
    lang: Lang,
    /// How far down the page is written.
    y: f32,
}

impl Writer<'_, '_> {
    /// The border: a line, a thinner one within, a band above and below.
    fn frame(&mut self) {
        let (band, high) = guilloche(f64::from(TEXT + 24.0));
        self.pen.adorn(|pen| {
            for (inset, width) in [(30.0, 1.1), (34.0, 0.4)] {
                let mut border = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(inset, inset, WIDE - 2.0 * inset, HIGH - 2.0 * inset) {
                    border.push_rect(rect);
                }
                if let Some(path) = border.finish() {
                    pen.stroke(&path, width, TEAL);
                }
            }
            pen.lines(&band, LEFT - 12.0, 42.0);
            pen.lines(&band, LEFT - 12.0, HIGH - 42.0 - high as f32);
        });
    }

    fn head(&mut self, sheet: &Sheet) -> Result<(), NotDrawn> {
        self.y = 80.0;
        self.both(&sheet.issuer, Tag::P.into(), Style::of(10.5, BLACK).bold().centred(), None)?;
        self.y += 8.0;
        let title = NonZeroU16::MIN;
        let serif = Style::of(25.0, BLACK).face(Face::Serif).centred();
        let second = Style::of(13.5, GREY).face(Face::Serif).centred();
        self.both(&sheet.title, Tag::Hn(title, Some(sheet.title.main.clone())).into(), serif, Some(second))?;
        self.y += 8.0;
        let second = Style::of(8.5, GREY).centred();
        self.both(&sheet.saying, Tag::P.into(), Style::of(10.0, BLACK).centred(), Some(second))?;
        self.y += 11.0;
        self.both(&sheet.kind, Tag::P.into(), Style::of(8.5, GREY).centred(), None)?;
        let number = Style::of(15.0, BLACK).bold().centred().face(Face::Mono);
        let block = self.set(&sheet.number, Lang::En, number, TEXT);
        self.paragraph(&[block], Tag::P.into())?;
        self.y += 10.0;
        Ok(())
    }

    /// A text in both languages, one under the other; on one line where no second style is given.
    fn both(&mut self, text: &Both, tag: TagKind, style: Style, second: Option<Style>) -> Result<(), NotDrawn> {
        let other = self.lang.other();
        let mut blocks = Vec::new();
        match second {
            _ if text.main == text.second => blocks.push(self.set(&text.main, self.lang, style, TEXT)),
            Some(second) => {
                blocks.push(self.set(&text.main, self.lang, style, TEXT));
                blocks.push(self.set(&text.second, other, second, TEXT));
            }
            None => blocks.push(self.set(&format!("{} · {}", text.main, text.second), self.lang, style, TEXT)),
        }
        self.paragraph(&blocks, tag)
    }

    fn set(&mut self, text: &str, lang: Lang, style: Style, width: f32) -> Block {
        set(self.setter, text, lang, style, width)
    }

    fn paragraph(&mut self, blocks: &[Block], tag: TagKind) -> Result<(), NotDrawn> {
        let mut group = TagGroup::new(tag);
        for block in blocks {
            for piece in self.pen.text(block, LEFT, self.y)? {
                group.push(piece);
            }
            self.y += block.height();
        }
        self.tree.push(group);
        Ok(())
    }

    /// The table. Each half is whole in its language: who reads one needs nothing of the other.
    fn rows(&mut self, sheet: &Sheet) -> Result<(), NotDrawn> {
        let mut table = TagGroup::new(Tag::Table);
        for row in &sheet.rows {
            self.rule();
            self.y += 3.0;
            let mut tr = TagGroup::new(Tag::TR);
            let mut high = 0_f32;
            let mut x = LEFT;
            let halves = [
                (self.lang, &row.label.main, &row.value.main, Style::of(9.0, BLACK).bold()),
                (self.lang.other(), &row.label.second, &row.value.second, Style::of(8.4, BLACK)),
            ];
            for (lang, label, value, style) in halves {
                let (label_wide, value_wide) = columns(lang);
                let label = self.set(label, lang, Style::of(8.2, GREY), label_wide - 6.0);
                let mut th = TagGroup::new(Tag::TH(TableHeaderScope::Row));
                extend(&mut th, self.pen.text(&label, x, self.y + (style.size - 8.2) * 0.9)?);
                let value = self.set(value, lang, style, value_wide - 6.0);
                let mut td = TagGroup::new(Tag::TD);
                extend(&mut td, self.pen.text(&value, x + label_wide, self.y)?);
                tr.push(th);
                tr.push(td);
                high = high.max(label.height()).max(value.height());
                x += label_wide + value_wide;
            }
            table.push(tr);
            self.y += high + 3.0;
        }
        self.rule();
        self.tree.push(table);
        self.y += 10.0;
        Ok(())
    }

    fn rule(&mut self) {
        let mut path = PathBuilder::new();
        path.move_to(LEFT, self.y);
        path.line_to(LEFT + TEXT, self.y);
        let y = path.finish();
        self.pen.adorn(|pen| {
            if let Some(path) = y {
                pen.stroke(&path, 0.5, HAIR);
            }
        });
    }

    /// A heading and its items side by side in two columns, a language each.
    fn part(&mut self, part: &Part) -> Result<(), NotDrawn> {
        let (lang, other) = (self.lang, self.lang.other());
        let column = (TEXT - 18.0) / 2.0;
        let head = Style::of(9.2, TEAL).bold();
        let sides = [(0.0, lang, &part.heading.main), (column + 18.0, other, &part.heading.second)];
        let level = NonZeroU16::MIN.saturating_add(1);
        let mut end = self.y;
        for (n, (x, lang, heading)) in sides.into_iter().enumerate() {
            let mut y = self.y;
            let block = self.set(heading, lang, head, column);
            let mut group = TagGroup::new(Tag::Hn(level, Some(heading.clone())));
            extend(&mut group, self.pen.text(&block, LEFT + x, y)?);
            self.tree.push(group);
            y += block.height() + 1.0;
            let mut list = TagGroup::new(Tag::L(ListNumbering::Disc));
            for item in &part.items {
                let text = if n == 0 { &item.main } else { &item.second };
                let block = self.set(text, lang, Style::of(8.3, BLACK), column - 10.0);
                let dot = self.set("•", lang, Style::of(8.3, TEAL), 10.0);
                let mut label = TagGroup::new(Tag::Lbl);
                extend(&mut label, self.pen.text(&dot, LEFT + x, y)?);
                let mut body = TagGroup::new(Tag::LBody);
                extend(&mut body, self.pen.text(&block, LEFT + x + 10.0, y)?);
                list.push(TagGroup::with_children(Tag::LI, vec![label.into(), body.into()]));
                y += block.height() + 1.2;
            }
            self.tree.push(list);
            end = end.max(y);
        }
        self.y = end;
        Ok(())
    }

    /// How it is checked, the seal, the QR code, and what is in small print.
    fn foot(&mut self, sheet: &Sheet, link: Node) -> Result<(), NotDrawn> {
        self.y = FOOT + 14.0;
        let column = TEXT - QR - 16.0;
        let (lang, other) = (self.lang, self.lang.other());
        let heading = self.set(&sheet.check.heading.main, lang, Style::of(9.2, TEAL).bold(), column);
        let second = self.set(&sheet.check.heading.second, other, Style::of(8.3, GREY), column);
        let level = NonZeroU16::MIN.saturating_add(1);
        self.paragraph(&[heading, second], Tag::Hn(level, Some(sheet.check.heading.main.clone())).into())?;
        for item in &sheet.check.items {
            let main = self.set(&item.main, lang, Style::of(8.3, BLACK), column);
            let second = self.set(&item.second, other, Style::of(7.6, GREY), column);
            self.paragraph(&[main, second], Tag::P.into())?;
        }
        self.y += 3.0;
        for (what, digits) in &sheet.prints {
            let name = self.set(what, lang, Style::of(7.0, GREY), column - SEAL - 8.0);
            let value = self.set(digits, Lang::En, Style::of(7.0, BLACK).face(Face::Mono), column - SEAL - 8.0);
            self.paragraph(&[name, value], Tag::P.into())?;
        }
        let low = self.y;
        self.pictures(sheet, link)?;
        self.y = (FOOT + 14.0 + QR + 8.0).max(low + 4.0);
        let main = self.set(&sheet.fine.main, lang, Style::of(7.4, GREY), TEXT);
        let second = self.set(&sheet.fine.second, other, Style::of(7.0, GREY), TEXT);
        self.paragraph(&[main, second], Tag::P.into())?;
        if self.y > HIGH - 62.0 { Err(NotDrawn::TooLong) } else { Ok(()) }
    }

    fn pictures(&mut self, sheet: &Sheet, link: Node) -> Result<(), NotDrawn> {
        let x = WIDE - LEFT - QR;
        let quiet = QR * 4.0 / (sheet.qr.width as f32 + 8.0);
        let code = qr(&sheet.qr, f64::from(QR - 2.0 * quiet)).ok_or_else(|| NotDrawn::Refused("no QR code".into()))?;
        let piece = self.pen.figure(|pen| pen.fill(&code, (0, 0, 0), x + quiet, FOOT + 14.0 + quiet));
        let figure = TagGroup::with_children(Tag::Figure(Some(sheet.qr.alt.clone())), vec![piece.into()]);
        self.tree.push(TagGroup::with_children(Tag::Link, vec![link, figure.into()]));
        let lines = seal(f64::from(SEAL));
        let at = (x - 14.0 - SEAL, FOOT + 14.0 + QR - SEAL);
        let piece = self.pen.figure(|pen| pen.lines(&lines, at.0, at.1));
        self.tree.push(TagGroup::with_children(Tag::Figure(Some(sheet.seal.clone())), vec![piece.into()]));
        Ok(())
    }
}

fn extend(group: &mut TagGroup, pieces: Vec<krilla::tagging::Identifier>) {
    for piece in pieces {
        group.push(piece);
    }
}
