//! Setting text and drawing lines, each with its place in the document's structure.

use std::collections::HashMap;

use krilla::Data;
use krilla::color::rgb;
use krilla::geom::{Path, Point, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, LineCap, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::style::{FontFamily, FontFamilyName, FontWeight, LineHeight, StyleProperty};
use parley::{Alignment, AlignmentOptions, Layout};

use crate::fonts::{Face, NARROW, Setter};
use crate::pictures::Line;
use crate::{Lang, NotDrawn};

/// An ink, as red, green and blue.
pub(crate) type Ink = (u8, u8, u8);
pub(crate) const BLACK: Ink = (0x1d, 0x1b, 0x17);
pub(crate) const GREY: Ink = (0x58, 0x55, 0x4d);
pub(crate) const TEAL: Ink = (0x0b, 0x5f, 0x5c);
pub(crate) const HAIR: Ink = (0xd5, 0xd0, 0xc4);

/// How a text is set. Sizes are in points.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub face: Face,
    pub size: f32,
    pub bold: bool,
    pub ink: Ink,
    pub centred: bool,
    /// Line height over size.
    pub leading: f32,
}

impl Style {
    pub const fn of(size: f32, ink: Ink) -> Self {
        Self { face: Face::Sans, size, bold: false, ink, centred: false, leading: 1.38 }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn centred(self) -> Self {
        Self { centred: true, ..self }
    }

    pub const fn face(self, face: Face) -> Self {
        Self { face, ..self }
    }
}

/// A text that has been set to a width and can be drawn.
pub(crate) struct Block {
    text: String,
    lang: Lang,
    ink: Ink,
    layout: Layout<()>,
}

impl Block {
    pub fn height(&self) -> f32 {
        if self.text.is_empty() { 0.0 } else { self.layout.height() }
    }
}

/// Sets a text to a width.
pub(crate) fn set(setter: &mut Setter, text: &str, lang: Lang, style: Style, width: f32) -> Block {
    let families = setter.families(style.face, lang);
    // In the Chinese fonts these are as wide as a Chinese character, in the Korean ones as wide as a letter.
    let narrow: Vec<String> = NARROW.iter().map(|name| (*name).to_owned()).chain(families.iter().cloned()).collect();
    let families = named(&families);
    let mut builder = setter.layouts.ranged_builder(&mut setter.fonts, text, 1.0, false);
    builder.push_default(StyleProperty::FontFamily(FontFamily::List(families.into())));
    builder.push_default(StyleProperty::FontSize(style.size));
    builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(style.leading)));
    builder.push_default(StyleProperty::FontWeight(if style.bold { FontWeight::BOLD } else { FontWeight::NORMAL }));
    builder.push_default(StyleProperty::Locale(lang.tag().parse().ok()));
    let narrow = named(&narrow);
    for (at, c) in text.char_indices().filter(|(_, c)| lang == Lang::En && "‘’“”·•…".contains(*c)) {
        builder.push(StyleProperty::FontFamily(FontFamily::List(narrow.clone().into())), at..at + c.len_utf8());
    }
    let mut layout = builder.build(text);
    layout.break_all_lines(Some(width));
    let alignment = if style.centred { Alignment::Center } else { Alignment::Start };
    layout.align(alignment, AlignmentOptions::default());
    Block { text: text.to_owned(), lang, ink: style.ink, layout }
}

fn named(families: &[String]) -> Vec<FontFamilyName<'_>> {
    families.iter().map(|name| FontFamilyName::Named(name.as_str().into())).collect()
}

/// The page under the pen.
pub(crate) struct Pen<'a> {
    pub surface: Surface<'a>,
    fonts: HashMap<(u64, u32), Font>,
}

impl<'a> Pen<'a> {
    pub fn new(surface: Surface<'a>) -> Self {
        Self { surface, fonts: HashMap::new() }
    }

    /// Draws a text with its top left corner there. Each line is a piece of content in its language.
    pub fn text(&mut self, block: &Block, x: f32, y: f32) -> Result<Vec<Identifier>, NotDrawn> {
        let mut pieces = Vec::new();
        self.surface.set_stroke(None);
        for line in block.layout.lines() {
            self.surface.set_fill(Some(filled(block.ink)));
            let span = SpanTag::empty().with_lang(Some(block.lang.tag()));
            pieces.push(self.surface.start_tagged(ContentTag::Span(span)));
            let drawn = self.line(block, &line, x, y);
            self.surface.end_tagged();
            drawn?;
        }
        Ok(pieces)
    }

    fn line(&mut self, block: &Block, line: &parley::Line<'_, ()>, x: f32, y: f32) -> Result<(), NotDrawn> {
        let mut at = x + line.metrics().offset;
        for run in line.runs() {
            let (data, id) = run.font().data.clone().into_raw_parts();
            let index = run.font().index;
            let font = match self.fonts.get(&(id, index)) {
                Some(font) => font.clone(),
                None => {
                    let font = Font::new(Data::from(data), index);
                    let font = font.ok_or_else(|| NotDrawn::Refused("a font cannot be read".into()))?;
                    self.fonts.insert((id, index), font.clone());
                    font
                }
            };
            let size = run.font_size();
            let mut glyphs: Vec<KrillaGlyph> = Vec::new();
            let begin = at;
            for cluster in run.visual_clusters() {
                if cluster.is_ligature_continuation() {
                    if let Some(last) = glyphs.last_mut() {
                        last.text_range.end = cluster.text_range().end;
                    }
                    continue;
                }
                for glyph in cluster.glyphs() {
                    if glyph.id == 0 {
                        return Err(NotDrawn::NoGlyph(block.text.clone()));
                    }
                    glyphs.push(KrillaGlyph::new(
                        GlyphId::new(glyph.id),
                        glyph.advance / size,
                        glyph.x / size,
                        glyph.y / size,
                        0.0,
                        cluster.text_range(),
                        None,
                    ));
                    at += glyph.advance;
                }
            }
            let start = Point::from_xy(begin, y + line.metrics().baseline);
            self.surface.draw_glyphs(start, &glyphs, font, &block.text, size, false);
        }
        Ok(())
    }

    /// Draws what only adorns the page.
    pub fn adorn(&mut self, draw: impl FnOnce(&mut Self)) {
        self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        draw(self);
        self.surface.end_tagged();
    }

    /// Draws a picture that says something.
    pub fn figure(&mut self, draw: impl FnOnce(&mut Self)) -> Identifier {
        let piece = self.surface.start_tagged(ContentTag::Other);
        draw(self);
        self.surface.end_tagged();
        piece
    }

    /// Draws lines, moved by `x` and `y`.
    pub fn lines(&mut self, lines: &[Line], x: f32, y: f32) {
        self.surface.push_transform(&Transform::from_translate(x, y));
        for line in lines {
            self.stroke(&line.path, line.width, blended(TEAL, line.ink));
        }
        self.surface.pop();
    }

    pub fn stroke(&mut self, path: &Path, width: f32, ink: Ink) {
        self.surface.set_fill(None);
        let paint = rgb::Color::new(ink.0, ink.1, ink.2).into();
        self.surface.set_stroke(Some(Stroke { paint, width, line_cap: LineCap::Round, ..Stroke::default() }));
        self.surface.draw_path(path);
        self.surface.set_stroke(None);
    }

    pub fn fill(&mut self, path: &Path, ink: Ink, x: f32, y: f32) {
        self.surface.push_transform(&Transform::from_translate(x, y));
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(filled(ink)));
        self.surface.draw_path(path);
        self.surface.pop();
    }
}

fn filled(ink: Ink) -> Fill {
    let paint = rgb::Color::new(ink.0, ink.1, ink.2).into();
    Fill { paint, opacity: NormalizedF32::ONE, ..Fill::default() }
}

/// A lighter ink, as if it were thinned on white paper: nothing on the page is transparent.
fn blended(ink: Ink, much: f32) -> Ink {
    let mix = |c: u8| (f32::from(c) * much + 255.0 * (1.0 - much)).round() as u8;
    (mix(ink.0), mix(ink.1), mix(ink.2))
}
