//! Pictures of numbers, drawn by hand as SVG: a scale, ticks, a path. Each has a title and a description for whoever
//! hears it, a `<title>` on every mark for whoever points at it, and no colour of its own: classes take theirs from
//! the page, in light and dark and in print. What a line means is said by its label and its stroke, never by
//! colour alone.

use std::fmt::Write;

/// A picture's size and the room for what stands around the drawing.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    pub const WIDE: Frame = Frame { width: 720.0, height: 260.0, left: 46.0, right: 14.0, top: 22.0, bottom: 30.0 };
    pub const STRIP: Frame = Frame { width: 720.0, height: 92.0, left: 46.0, right: 14.0, top: 12.0, bottom: 22.0 };
    pub const SPARK: Frame = Frame { width: 120.0, height: 24.0, left: 1.0, right: 3.0, top: 3.0, bottom: 2.0 };
}

/// From values to places. `x` and `y` run from 0 to their most.
#[derive(Clone, Debug)]
pub struct Chart {
    frame: Frame,
    x_most: f64,
    y_most: f64,
    body: String,
}

/// Text as it may stand in SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A round step that makes at most so many ticks up to `most`.
pub fn step(most: f64, ticks: u32) -> f64 {
    let rough = (most / f64::from(ticks.max(1))).max(f64::MIN_POSITIVE);
    let ten = 10f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|n| n * ten >= rough - rough * 1e-9).unwrap_or(10.0);
    round * ten
}

impl Chart {
    /// `x_most` and `y_most` are the largest values that have to fit.
    pub fn new(frame: Frame, x_most: f64, y_most: f64) -> Self {
        Self {
            frame,
            x_most: x_most.max(f64::MIN_POSITIVE),
            y_most: y_most.max(f64::MIN_POSITIVE),
            body: String::new(),
        }
    }

    pub fn x(&self, value: f64) -> f64 {
        let Frame { width, left, right, .. } = self.frame;
        left + (width - left - right) * (value / self.x_most).clamp(0.0, 1.0)
    }

    pub fn y(&self, value: f64) -> f64 {
        let Frame { height, top, bottom, .. } = self.frame;
        height - bottom - (height - top - bottom) * (value / self.y_most).clamp(0.0, 1.0)
    }

    fn push(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(part);
    }

    /// Horizontal lines with their values at the left.
    pub fn y_ticks(&mut self, ticks: u32, label: impl Fn(f64) -> String) {
        let step = step(self.y_most, ticks);
        let mut value = 0.0;
        while value <= self.y_most * 1.0001 {
            let (y, left, right) = (self.y(value), self.frame.left, self.frame.width - self.frame.right);
            let text = escaped(&label(value));
            self.push(format_args!(
                r#"<path class="c-grid" d="M{left:.1} {y:.1}H{right:.1}"/><text class="c-y" x="{:.1}" y="{:.1}">{text}</text>"#,
                left - 6.0,
                y + 4.0
            ));
            value += step;
        }
    }

    /// A value's name under the axis.
    pub fn x_tick(&mut self, value: f64, label: &str, anchor: &str) {
        let (x, y) = (self.x(value), self.frame.height - self.frame.bottom);
        let text = escaped(label);
        self.push(format_args!(
            r#"<path class="c-tick" d="M{x:.1} {y:.1}v4"/><text class="c-x" text-anchor="{anchor}" x="{x:.1}" y="{:.1}">{text}</text>"#,
            y + 17.0
        ));
    }

    fn path(&self, points: &[(f64, f64)], stepped: bool) -> String {
        let mut path = String::new();
        for (i, (x, y)) in points.iter().enumerate() {
            let (x, y) = (self.x(*x), self.y(*y));
            let _ = match (i, stepped) {
                (0, _) => write!(path, "M{x:.1} {y:.1}"),
                (_, true) => write!(path, "H{x:.1}V{y:.1}"),
                (_, false) => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        path
    }

    pub fn line(&mut self, class: &str, points: &[(f64, f64)], stepped: bool) {
        let path = self.path(points, stepped);
        self.push(format_args!(r#"<path class="c-line {class}" d="{path}"/>"#));
    }

    /// The line with the ground under it filled.
    pub fn area(&mut self, class: &str, points: &[(f64, f64)]) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let (x0, x1, ground) = (self.x(first.0), self.x(last.0), self.y(0.0));
        let path = self.path(points, false);
        self.push(format_args!(r#"<path class="c-area {class}" d="{path}L{x1:.1} {ground:.1}H{x0:.1}Z"/>"#));
        self.line(class, points, false);
    }

    /// A bar that stands on the ground, with what it says to whoever points at it.
    pub fn bar(&mut self, class: &str, from: f64, to: f64, value: f64, says: &str) {
        let (x0, x1, y, ground) = (self.x(from), self.x(to), self.y(value), self.y(0.0));
        let says = escaped(says);
        self.push(format_args!(
            r#"<rect class="c-bar {class}" x="{x0:.1}" y="{y:.1}" width="{:.1}" height="{:.1}"><title>{says}</title></rect>"#,
            (x1 - x0).max(0.5),
            (ground - y).max(0.0)
        ));
    }

    /// Nothing to be seen, but something to be said, over a stretch of the axis.
    pub fn hover(&mut self, from: f64, to: f64, says: &str) {
        let (x0, x1, top) = (self.x(from), self.x(to), self.frame.top);
        let height = self.frame.height - self.frame.top - self.frame.bottom;
        let says = escaped(says);
        self.push(format_args!(
            r#"<rect class="c-hover" x="{x0:.1}" y="{top:.1}" width="{:.1}" height="{height:.1}"><title>{says}</title></rect>"#,
            (x1 - x0).max(1.0)
        ));
    }

    /// A vertical line with its name at the top.
    pub fn rule(&mut self, class: &str, value: f64, label: &str) {
        let (x, top, ground) = (self.x(value), self.frame.top, self.y(0.0));
        let late = x > self.frame.width * 0.6;
        let (anchor, at) = if late { ("end", x - 5.0) } else { ("start", x + 5.0) };
        let text = escaped(label);
        self.push(format_args!(
            r#"<path class="c-rule {class}" d="M{x:.1} {top:.1}V{ground:.1}"/><text class="c-label" text-anchor="{anchor}" x="{at:.1}" y="{:.1}">{text}</text>"#,
            top - 6.0
        ));
    }

    /// A round mark.
    pub fn dot(&mut self, class: &str, x: f64, y: f64, says: &str) {
        let (x, y) = (self.x(x), self.y(y));
        let says = escaped(says);
        self.push(format_args!(
            r#"<circle class="c-dot {class}" cx="{x:.1}" cy="{y:.1}" r="4"><title>{says}</title></circle>"#
        ));
    }

    /// A triangle: something went wrong here.
    pub fn alarm(&mut self, x: f64, says: &str) {
        let (x, y) = (self.x(x), self.frame.top);
        let says = escaped(says);
        self.push(format_args!(
            r#"<path class="c-alarm" d="M{x:.1} {:.1}l5 9h-10z"><title>{says}</title></path>"#,
            y - 5.0
        ));
    }

    /// A word in the drawing.
    pub fn label(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let (x, y, text) = (self.x(x), self.y(y), escaped(text));
        self.push(format_args!(r#"<text class="c-label" text-anchor="{anchor}" x="{x:.1}" y="{y:.1}">{text}</text>"#));
    }

    /// The whole picture. `name` is unique on its page.
    pub fn svg(self, name: &str, title: &str, desc: &str) -> String {
        let Frame { width, height, .. } = self.frame;
        format!(
            r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{}</title><desc id="{name}-d">{}</desc>{}</svg>"#,
            escaped(title),
            escaped(desc),
            self.body
        )
    }
}

/// A line as small as a word: the last value is marked. It says in words what it shows.
pub fn sparkline(values: &[f64], says: &str) -> String {
    let most = values.iter().copied().fold(1.0, f64::max);
    let last = values.len().saturating_sub(1) as f64;
    let mut chart = Chart::new(Frame::SPARK, last, most);
    let points: Vec<(f64, f64)> = (0..).zip(values).map(|(i, v)| (f64::from(i), *v)).collect();
    chart.area("c-one", &points);
    if let Some((x, y)) = points.last() {
        let (x, y) = (chart.x(*x), chart.y(*y));
        chart.push(format_args!(r#"<circle class="c-dot c-one" cx="{x:.1}" cy="{y:.1}" r="2"/>"#));
    }
    let Frame { width, height, .. } = Frame::SPARK;
    let says = escaped(says);
    format!(
        r#"<svg class="spark" viewBox="0 0 {width} {height}" role="img" aria-label="{says}"><title>{says}</title>{}</svg>"#,
        chart.body
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (most, ticks, wanted) in
            [(10.0, 5, 2.0), (43.0, 4, 20.0), (1.0, 4, 0.5), (7.0, 4, 2.0), (100.0, 4, 50.0), (2_950.0, 5, 1_000.0)]
        {
            assert!((step(most, ticks) - wanted).abs() < 1e-9, "{most} in {ticks}: {}", step(most, ticks));
        }
        assert!(step(0.0, 4).is_finite());
    }

    #[test]
    fn values_fall_where_they_belong_and_never_outside() {
        let chart = Chart::new(Frame::WIDE, 10.0, 100.0);
        assert_eq!((chart.x(0.0), chart.x(10.0)), (46.0, 706.0));
        assert_eq!((chart.y(0.0), chart.y(100.0)), (230.0, 22.0));
        assert_eq!((chart.x(99.0), chart.y(-5.0)), (706.0, 230.0));
    }

    #[test]
    fn nothing_that_is_named_becomes_markup() {
        let mut chart = Chart::new(Frame::WIDE, 1.0, 1.0);
        chart.bar("c-one", 0.0, 1.0, 1.0, "<script>\"&");
        let svg = chart.svg("x", "a < b", "</desc><script>");
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;&quot;&amp;") && svg.contains("a &lt; b"));
    }

    #[test]
    fn a_sparkline_of_nothing_is_still_one() {
        for values in [&[][..], &[0.0], &[3.0, 1.0, 2.0]] {
            let svg = sparkline(values, "said");
            assert!(svg.contains("aria-label=\"said\"") && !svg.contains("NaN"), "{svg}");
        }
    }
}
