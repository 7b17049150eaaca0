//! The seal, the border and the QR code, drawn as paths. Seal and border are the pages' own pictures,
//! so that paper and screen look alike; of SVG only what those two files use is read.

use krilla::geom::{Path, PathBuilder};
use kurbo::{Affine, BezPath, Circle, Ellipse, PathEl, Shape};

const SEAL: &str = include_str!("../../cease/assets/pictures/seal.svg");
const GUILLOCHE: &str = include_str!("../../cease/assets/pictures/guilloche.svg");

/// How true a circle is drawn, in points.
const TRUE: f64 = 0.01;

/// A path, the width of its stroke, and how much of the colour is in it (the rest is paper).
pub(crate) struct Line {
    pub path: Path,
    pub width: f32,
    pub ink: f32,
}

/// The border's band, `width` wide, its top left corner at the origin; answers its height too.
pub(crate) fn guilloche(width: f64) -> (Vec<Line>, f64) {
    let scale = width / 600.0;
    let wave = drawn(GUILLOCHE).next().and_then(|d| BezPath::from_svg(d).ok()).unwrap_or_default();
    let mut whole = BezPath::new();
    for n in 0..10 {
        whole.extend(Affine::scale(scale) * Affine::translate((f64::from(n) * 60.0, 0.0)) * wave.clone());
    }
    (line(&whole, 0.45, 0.75).into_iter().collect(), 24.0 * scale)
}

/// The seal, `side` wide, its top left corner at the origin.
pub(crate) fn seal(side: f64) -> Vec<Line> {
    let scale = side / 160.0;
    let to_page = Affine::scale(scale);
    let round = |radius: f64| to_page * Circle::new((80.0, 80.0), radius).to_path(TRUE);
    let mut rosette = BezPath::new();
    for n in 0..24 {
        let turned = Affine::rotate_about((f64::from(n) * 7.5).to_radians(), (80.0, 80.0));
        let ellipse = Ellipse::new((80.0, 80.0), (70.0, 38.0), 0.0).to_path(TRUE);
        // The middle is paper: what would lie under it is not drawn, as nothing here covers anything.
        rosette.extend(to_page * turned * outside(&ellipse, 33.0));
    }
    let width = |w: f64| (w * scale) as f32;
    let mut lines: Vec<Line> = line(&rosette, width(0.55), 0.75).into_iter().collect();
    for (radius, stroke) in [(78.8, 1.6), (72.5, 1.0), (33.0, 1.6), (29.5, 0.7)] {
        lines.extend(line(&round(radius), width(stroke), 1.0));
    }
    for (d, stroke) in drawn(SEAL).zip([1.2, 2.4, 3.0]) {
        lines.extend(BezPath::from_svg(d).ok().and_then(|path| line(&(to_page * path), width(stroke), 1.0)));
    }
    lines
}

/// The dark modules of a QR code, `side` wide, its top left corner at the origin. A row's neighbours
/// are one rectangle, so that no hairline of paper stands between them.
pub(crate) fn qr(code: &crate::Qr, side: f64) -> Option<Path> {
    let unit = side / code.width as f64;
    let mut path = BezPath::new();
    for (y, row) in code.dark.chunks(code.width).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let run = row[x..].iter().take_while(|dark| **dark).count();
            if run > 0 {
                let top = (x as f64 * unit, y as f64 * unit);
                path.extend(
                    kurbo::Rect::new(top.0, top.1, top.0 + run as f64 * unit, top.1 + unit).path_elements(TRUE),
                );
            }
            x += run.max(1);
        }
    }
    to_krilla(&path)
}

/// The pieces of a path that lie farther than `radius` from the seal's middle.
fn outside(path: &BezPath, radius: f64) -> BezPath {
    let mut kept = BezPath::new();
    let far = |p: kurbo::Point| (p - kurbo::Point::new(80.0, 80.0)).hypot() >= radius;
    let mut at = None;
    kurbo::flatten(path.elements().iter().copied(), 0.1, |el| match el {
        PathEl::MoveTo(p) => at = Some((p, false)),
        PathEl::LineTo(p) => {
            if let Some((from, begun)) = at {
                let draw = far(from) && far(p);
                if draw && !begun {
                    kept.move_to(from);
                }
                if draw {
                    kept.line_to(p);
                }
                at = Some((p, draw));
            }
        }
        PathEl::QuadTo(..) | PathEl::CurveTo(..) | PathEl::ClosePath => {}
    });
    kept
}

/// The `d` of each path in a picture.
fn drawn(svg: &str) -> impl Iterator<Item = &str> {
    svg.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next())
}

fn line(path: &BezPath, width: f32, ink: f32) -> Option<Line> {
    Some(Line { path: to_krilla(path)?, width, ink })
}

fn to_krilla(path: &BezPath) -> Option<Path> {
    let mut out = PathBuilder::new();
    let f = |p: kurbo::Point| (p.x as f32, p.y as f32);
    for el in path.elements() {
        match *el {
            PathEl::MoveTo(p) => out.move_to(f(p).0, f(p).1),
            PathEl::LineTo(p) => out.line_to(f(p).0, f(p).1),
            PathEl::QuadTo(a, p) => out.quad_to(f(a).0, f(a).1, f(p).0, f(p).1),
            PathEl::CurveTo(a, b, p) => out.cubic_to(f(a).0, f(a).1, f(b).0, f(b).1, f(p).0, f(p).1),
            PathEl::ClosePath => out.close(),
        }
    }
    out.finish()
}
