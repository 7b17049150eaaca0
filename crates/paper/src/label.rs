//! The label of a parcel that comes back: to whom, under which code, and above the cut how it is packed. On A4 with a
//! line to cut along, or alone on A6.

use std::num::NonZeroU16;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{ListNumbering, Tag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings};

use crate::bars::code128;
use crate::fonts::{Face, Fonts, Setter};
use crate::page::date;
use crate::pen::{BLACK, Block, GREY, HAIR, Pen, Style, TEAL, set};
use crate::pictures::qr;
use crate::{Both, Lang, Moment, NotDrawn, Part, Qr};

/// A6, in points; the label's own size on every paper.
const WIDE: f32 = 297.64;
const HIGH: f32 = 419.53;
const A4: (f32, f32) = (595.28, 841.89);
const EDGE: f32 = 20.0;
const INK: (u8, u8, u8) = (0, 0, 0);

/// What it is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// With how to pack it, and a line to cut along.
    A4,
    A6,
}

/// All that stands on it.
#[derive(Clone, Debug)]
pub struct Label {
    pub lang: Lang,
    pub title: Both,
    /// "To", and the lines as its country's post reads them.
    pub to: Both,
    pub address: Vec<String>,
    /// "From", and the sender where they want to be named.
    pub from: Both,
    pub sender: Vec<String>,
    /// The return's own number, as bars and as letters.
    pub code: String,
    /// What the bars are, for those who do not see them.
    pub bars: String,
    pub qr: Qr,
    /// Who pays for the post.
    pub postage: Both,
    /// How it is packed; on A4 only.
    pub advice: Part,
    pub cut: Both,
    pub issuer: Both,
    pub made: Moment,
}

/// Draws it as PDF/A-3a, tagged.
pub fn label(label: &Label, size: Size, fonts: &Fonts) -> Result<Vec<u8>, NotDrawn> {
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
    let (wide, high) = if size == Size::A4 { A4 } else { (WIDE, HIGH) };
    let mut document = Document::new_with(settings);
    let paper = PageSettings::from_wh(wide, high).ok_or_else(|| NotDrawn::Refused("the page has no size".into()))?;
    let mut page = document.start_page_with(paper);
    let mut setter = fonts.set.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let tree = write(label, size, page.surface(), &mut setter)?;
    page.finish();
    document.set_tag_tree(tree.with_lang(Some(label.lang.tag().to_owned())));
    let made = date(label.made);
    let title = format!("{} · {}", label.title.main, label.code);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language(label.lang.tag().to_owned())
            .authors(vec![label.issuer.main.clone()])
            .creator("Cease".to_owned())
            .creation_date(made)
            .document_id(label.code.clone()),
    );
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(label.title.main.clone(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    document.set_outline(outline);
    document.finish().map_err(|e| refused(&e))
}

/// Writes the page, and answers what its parts are.
fn write(label: &Label, size: Size, surface: Surface<'_>, setter: &mut Setter) -> Result<TagTree, NotDrawn> {
    let mut writer = Writer { pen: Pen::new(surface), setter, tree: TagTree::new(), label };
    if size == Size::A4 {
        writer.advice()?;
        writer.parcel((A4.0 - WIDE) / 2.0, A4.1 - HIGH - 26.0)?;
    } else {
        writer.parcel(0.0, 0.0)?;
    }
    Ok(writer.tree)
}

struct Writer<'a, 's> {
    pen: Pen<'s>,
    setter: &'a mut Setter,
    tree: TagTree,
    label: &'a Label,
}

impl Writer<'_, '_> {
    fn set(&mut self, text: &str, lang: Lang, style: Style, width: f32) -> Block {
        set(self.setter, text, lang, style, width)
    }

    /// A text with its other language under it, from `y` on; answers where it ends.
    fn both(&mut self, text: &Both, tag: TagKind, style: Style, at: (f32, f32, f32)) -> Result<f32, NotDrawn> {
        let (x, y, width) = at;
        let (lang, other) = (self.label.lang, self.label.lang.other());
        let mut blocks = vec![self.set(&text.main, lang, style, width)];
        if text.main != text.second {
            let second = Style { size: style.size * 0.86, bold: false, ink: GREY, ..style };
            blocks.push(self.set(&text.second, other, second, width));
        }
        self.put(&blocks, tag, x, y)
    }

    fn put(&mut self, blocks: &[Block], tag: TagKind, x: f32, mut y: f32) -> Result<f32, NotDrawn> {
        let mut group = TagGroup::new(tag);
        for block in blocks {
            for piece in self.pen.text(block, x, y)? {
                group.push(piece);
            }
            y += block.height();
        }
        self.tree.push(group);
        Ok(y)
    }

    /// The upper half of the A4 page.
    fn advice(&mut self) -> Result<(), NotDrawn> {
        let label = self.label;
        let (x, width) = (58.0, A4.0 - 116.0);
        let level = NonZeroU16::MIN;
        let style = Style::of(20.0, BLACK).face(Face::Serif);
        let mut y =
            self.both(&label.title, Tag::Hn(level, Some(label.title.main.clone())).into(), style, (x, 44.0, width))?;
        y += 8.0;
        let (lang, other) = (label.lang, label.lang.other());
        let column = (width - 20.0) / 2.0;
        let mut end = y;
        for (n, lang) in [lang, other].into_iter().enumerate() {
            let main = n == 0;
            let pick = |b: &Both| if main { b.main.clone() } else { b.second.clone() };
            let left = x + n as f32 * (column + 20.0);
            let heading = pick(&label.advice.heading);
            let block = self.set(&heading, lang, Style::of(10.0, TEAL).bold(), column);
            let tag = Tag::Hn(level.saturating_add(1), Some(heading)).into();
            let mut at = self.put(&[block], tag, left, y)? + 2.0;
            let mut list = TagGroup::new(Tag::L(ListNumbering::Decimal));
            for (item, number) in label.advice.items.iter().zip(1..) {
                let bullet = self.set(&format!("{number}."), Lang::En, Style::of(9.0, GREY), 14.0);
                let text = self.set(&pick(item), lang, Style::of(9.0, BLACK), column - 16.0);
                let mut mark = TagGroup::new(Tag::Lbl);
                self.pen.text(&bullet, left, at)?.into_iter().for_each(|piece| mark.push(piece));
                let mut body = TagGroup::new(Tag::LBody);
                self.pen.text(&text, left + 16.0, at)?.into_iter().for_each(|piece| body.push(piece));
                let mut li = TagGroup::new(Tag::LI);
                li.push(mark);
                li.push(body);
                list.push(li);
                at += text.height() + 3.0;
            }
            self.tree.push(list);
            end = end.max(at);
        }
        let cut = A4.1 - HIGH - 50.0;
        if end > cut - 16.0 {
            return Err(NotDrawn::TooLong);
        }
        self.both_on_one(&label.cut, x, cut - 13.0, width)?;
        self.dashes(30.0, A4.0 - 30.0, cut + 6.0);
        Ok(())
    }

    fn both_on_one(&mut self, text: &Both, x: f32, y: f32, width: f32) -> Result<(), NotDrawn> {
        let line = format!("{} · {}", text.main, text.second);
        let block = self.set(&line, self.label.lang, Style::of(8.0, GREY).centred(), width);
        self.put(&[block], Tag::P.into(), x, y).map(drop)
    }

    fn dashes(&mut self, from: f32, to: f32, y: f32) {
        self.pen.adorn(|pen| {
            let mut x = from;
            while x < to {
                let mut path = PathBuilder::new();
                path.move_to(x, y);
                path.line_to((x + 5.0).min(to), y);
                if let Some(path) = path.finish() {
                    pen.stroke(&path, 0.6, GREY);
                }
                x += 9.0;
            }
        });
    }

    /// The label itself, its top left corner there.
    fn parcel(&mut self, left: f32, top: f32) -> Result<(), NotDrawn> {
        let label = self.label;
        let (x, width) = (left + EDGE, WIDE - 2.0 * EDGE);
        self.pen.adorn(|pen| {
            let border = Rect::from_xywh(left + 8.0, top + 8.0, WIDE - 16.0, HIGH - 16.0).and_then(|rect| {
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                path.finish()
            });
            if let Some(path) = border {
                pen.stroke(&path, 0.8, HAIR);
            }
        });
        let side = 92.0;
        let words = width - side - 10.0;
        let mut y = self.both(&label.postage, Tag::P.into(), Style::of(8.0, BLACK), (x, top + EDGE, words))?;
        if !label.sender.is_empty() {
            y = self.both(&label.from, Tag::P.into(), Style::of(7.0, GREY), (x, y + 4.0, words))?;
            let sender = self.set(&label.sender.join("\n"), label.lang, Style::of(8.0, BLACK), words);
            y = self.put(&[sender], Tag::P.into(), x, y)?;
        }
        self.code_square(x + width - side, top + EDGE, side)?;
        y = y.max(top + EDGE + side) + 10.0;
        y = self.both(&label.to, Tag::P.into(), Style::of(8.0, GREY), (x, y, width))? + 2.0;
        let lang =
            if label.address.iter().any(|line| line.chars().any(|c| c >= '\u{2E80}')) { Lang::ZhCn } else { Lang::En };
        let to = self.set(&label.address.join("\n"), lang, Style::of(14.0, BLACK).bold(), width);
        y = self.put(&[to], Tag::P.into(), x, y)?;
        let bars = top + HIGH - EDGE - 76.0;
        if y > bars - 6.0 {
            return Err(NotDrawn::TooLong);
        }
        self.bars(x, bars, width, 54.0)?;
        let code = self.set(&label.code, Lang::En, Style::of(12.0, BLACK).face(Face::Mono).centred(), width);
        self.put(&[code], Tag::P.into(), x, bars + 57.0).map(drop)
    }

    fn code_square(&mut self, x: f32, y: f32, side: f32) -> Result<(), NotDrawn> {
        let code = &self.label.qr;
        let quiet = side * 4.0 / (code.width as f32 + 8.0);
        let path = qr(code, f64::from(side - 2.0 * quiet)).ok_or_else(|| NotDrawn::Refused("no QR code".into()))?;
        let piece = self.pen.figure(|pen| pen.fill(&path, INK, x + quiet, y + quiet));
        self.tree.push(TagGroup::with_children(Tag::Figure(Some(code.alt.clone())), vec![piece.into()]));
        Ok(())
    }

    /// The bars across the width, with a quiet zone of ten modules on either side.
    fn bars(&mut self, x: f32, y: f32, width: f32, high: f32) -> Result<(), NotDrawn> {
        let modules = code128(&self.label.code).ok_or_else(|| NotDrawn::Refused("no barcode".into()))?;
        let module = width / (modules.len() as f32 + 20.0);
        let path = drawn(&modules, module, high).ok_or_else(|| NotDrawn::Refused("no barcode".into()))?;
        let piece = self.pen.figure(|pen| pen.fill(&path, INK, x + 10.0 * module, y));
        self.tree.push(TagGroup::with_children(Tag::Figure(Some(self.label.bars.clone())), vec![piece.into()]));
        Ok(())
    }
}

fn drawn(modules: &[bool], module: f32, high: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut at = 0;
    while at < modules.len() {
        let run = modules[at..].iter().take_while(|dark| **dark).count();
        if run > 0 {
            path.push_rect(Rect::from_xywh(at as f32 * module, 0.0, run as f32 * module, high)?);
        }
        at += run.max(1);
    }
    path.finish()
}
