//! A menu as a picture (SVG): columns by how many steps away a node is, what leads where, and by which key.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use super::{Menu, Prompts, prompts::Part};
use crate::speak::Lang;

const WIDE: i32 = 250;
const HIGH: i32 = 92;
const GAP_X: i32 = 110;
const GAP_Y: i32 = 26;
const EDGE: i32 = 30;

pub fn svg(menu: &Menu, prompts: &Prompts, lang: Lang) -> String {
    let columns = columns(menu);
    let mut at: BTreeMap<&str, (i32, i32)> = BTreeMap::new();
    for (x, column) in columns.iter().enumerate() {
        for (y, name) in column.iter().enumerate() {
            at.insert(name, (EDGE + x as i32 * (WIDE + GAP_X), EDGE + y as i32 * (HIGH + GAP_Y)));
        }
    }
    let wide = EDGE * 2 + columns.len() as i32 * (WIDE + GAP_X) - GAP_X;
    let tall = columns.iter().map(Vec::len).max().unwrap_or(0) as i32;
    let high = EDGE * 2 + tall * (HIGH + GAP_Y) - GAP_Y;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#fff\"/>\n"
    );
    for (name, from) in &at {
        let Some(node) = menu.nodes.get(*name) else { continue };
        let edges: Vec<_> = node.edges().collect();
        for (n, edge) in edges.iter().enumerate() {
            if let Some(to) = at.get(edge.to) {
                line(&mut out, *from, *to, &edge.by, n as i32 * 13 + 18);
            }
        }
    }
    for (name, (x, y)) in &at {
        let Some(node) = menu.nodes.get(*name) else { continue };
        let fill = if node.end {
            "#eceff1"
        } else if node.deed.is_some() {
            "#e3f2ea"
        } else {
            "#f5f1e8"
        };
        let _ = write!(
            out,
            "<g><rect x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{HIGH}\" rx=\"8\" fill=\"{fill}\" stroke=\"#4a5560\"/>\
             <text x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>",
            x + 12,
            y + 22,
            escape(name)
        );
        let said = node.say.iter().flat_map(|prompt| words(prompts, prompt.get_ref(), lang)).collect::<String>();
        let said = if said.is_empty() {
            node.deed.as_ref().map_or(String::new(), |d| format!("▸ {}", d.get_ref()))
        } else {
            said
        };
        for (n, text) in wrap(&said).into_iter().enumerate() {
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#333\">{}</text>",
                x + 12,
                y + 42 + n as i32 * 15,
                escape(&text)
            );
        }
        out.push_str("</g>\n");
    }
    out.push_str("</svg>\n");
    out
}

/// Nodes by their distance from the start; within a column in the order in which they are come upon.
fn columns(menu: &Menu) -> Vec<Vec<&str>> {
    let mut far: BTreeMap<&str, usize> = BTreeMap::new();
    let mut columns: Vec<Vec<&str>> = Vec::new();
    let mut open = VecDeque::from([(menu.start.as_str(), 0)]);
    open.push_back((menu.give_up.as_str(), 2));
    while let Some((name, distance)) = open.pop_front() {
        if far.contains_key(name) {
            continue;
        }
        far.insert(name, distance);
        columns.resize(columns.len().max(distance + 1), Vec::new());
        columns[distance].push(name);
        if let Some(node) = menu.nodes.get(name) {
            open.extend(node.edges().map(|edge| (edge.to, distance + 1)));
        }
    }
    columns
}

fn line(out: &mut String, from: (i32, i32), to: (i32, i32), by: &str, down: i32) {
    let (x, y) = (from.0 + WIDE, from.1 + down.min(HIGH - 6));
    let (to_x, to_y) = (to.0, to.1 + HIGH / 2);
    let back = to_x <= from.0;
    let (bend, end) = if back { (60, to_x + WIDE / 2) } else { ((to_x - x) / 2, to_x) };
    let colour = if back { "#b0783a" } else { "#58708a" };
    let path = if back {
        format!("M{x} {y} C{} {y} {} {} {end} {}", x + bend, end + 140, to.1 - 20, to.1)
    } else {
        format!("M{x} {y} C{} {y} {} {to_y} {end} {to_y}", x + bend, end - bend)
    };
    let _ = write!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.2\"/>");
    let (tip_x, tip_y) = if back { (end, to.1) } else { (end, to_y) };
    let _ = write!(out, "<circle cx=\"{tip_x}\" cy=\"{tip_y}\" r=\"3\" fill=\"{colour}\"/>");
    if !by.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{colour}\">{}</text>",
            x + 5,
            y - 2,
            escape(by)
        );
    }
    out.push('\n');
}

fn words<'a>(prompts: &'a Prompts, name: &str, lang: Lang) -> impl Iterator<Item = String> + 'a {
    let (name, own) = Menu::named(name);
    prompts.parts(name, own.unwrap_or(lang)).iter().map(|part| match part {
        Part::Fixed { text, .. } => format!("{text} "),
        Part::Value(value) => format!("{{{value}}} "),
    })
}

/// Three lines that fit; what is wide counts twice.
fn wrap(text: &str) -> Vec<String> {
    let (mut lines, mut line, mut width) = (Vec::new(), String::new(), 0);
    for word in text.split_inclusive(|c: char| c == ' ' || c > '\u{2e80}') {
        let wide: usize = word.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum();
        if width + wide > 38 {
            lines.push(std::mem::take(&mut line));
            width = 0;
        }
        line.push_str(word);
        width += wide;
    }
    lines.push(line);
    if lines.len() > 3 {
        lines.truncate(3);
        lines[2].push('…');
    }
    lines
}

fn escape(text: &str) -> String {
    text.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
