//! The label of a return: for its page as pictures, and as a PDF.

use case::{Case, Lang, Money};
use paper::{Both, Label, Part, Qr, Size};

use super::code;
use crate::app::App;
use crate::certificate;
use crate::paper::{print, utc};
use crate::words;

/// How to pack it, in the order in which it is done.
pub const ADVICE: [&str; 6] = [
    "back-pack-backup",
    "back-pack-none",
    "back-pack-photos",
    "back-pack-envelope",
    "back-pack-label",
    "back-pack-proof",
];

/// The address as the post of its country reads it: what the operator wrote, line by line; the town in capitals where
/// that is the custom (GB, US), and the largest part first in China.
pub fn address(app: &App) -> Vec<String> {
    let lines: Vec<String> = app
        .config
        .desk
        .return_address
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    layout(lines, &app.policy.returns.country)
}

fn layout(mut lines: Vec<String>, country: &str) -> Vec<String> {
    match country {
        "GB" | "US" => {
            if let Some(last) = lines.last_mut() {
                *last = last.to_uppercase();
            }
        }
        "CN" => lines.sort_by_key(|line| usize::from(!line.contains(['省', '市', '区', '县', '路', '号']))),
        _ => {}
    }
    lines
}

/// Whose the postage is, in words for the label. What was quoted is paid to the operator, and not at the post as well.
pub fn postage(app: &App, case: &Case) -> &'static str {
    match app.policy.returns.postage {
        case::rules::Postage::Holder if billed(case).is_none() => "back-postage-holder",
        case::rules::Postage::Holder | case::rules::Postage::Operator => "back-postage-operator",
    }
}

/// What the quote has for sending it back.
pub fn billed(case: &Case) -> Option<&Money> {
    let line = case.quote.lines.iter().find(|line| line.what == "fee-return-postage")?;
    Some(&line.amount).filter(|amount| !amount.is_zero())
}

/// The bars as a drawing: one path, with ten modules of quiet zone on either side.
pub fn bars(text: &str) -> String {
    let Some(modules) = paper::code128(text) else { return String::new() };
    let mut path = String::new();
    for (x, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
        path.push_str(&format!("M{} 0h1v40h-1z", x + 10));
    }
    let wide = modules.len() + 20;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} 40" preserveAspectRatio="none" shape-rendering="crispEdges" role="img" aria-label="{text}"><path fill="#fff" d="M0 0h{wide}v40H0z"/><path fill="#000" d="{path}"/></svg>"##
    )
}

/// The label as a PDF; none where this machine cannot draw one.
pub async fn pdf(app: &App, case: &Case, lang: Lang, size: Size, sender: bool) -> Option<Vec<u8>> {
    let label = label(app, case, lang, sender)?;
    print(app, case, move |fonts| paper::label(&label, size, fonts)).await
}

fn label(app: &App, case: &Case, lang: Lang, sender: bool) -> Option<Label> {
    let other = match lang {
        Lang::En => Lang::ZhCn,
        Lang::ZhCn => Lang::En,
    };
    let say = |key: &str| Both { main: words::words(lang).get(key), second: words::words(other).get(key) };
    let code = code(&app.keys, case.reference);
    let (width, dark) = certificate::qr(&code)?;
    let l = words::words(lang);
    let from = if sender { vec![case.person.name.clone(), case.person.address.clone()] } else { Vec::new() };
    Some(Label {
        lang: match lang {
            Lang::En => paper::Lang::En,
            Lang::ZhCn => paper::Lang::ZhCn,
        },
        title: say("back-label-title"),
        to: say("back-label-to"),
        address: address(app),
        from: say("back-label-from"),
        sender: from.into_iter().filter(|line| !line.trim().is_empty()).collect(),
        bars: fl!(l, "back-label-bars", code = code.as_str()),
        qr: Qr { width, dark, alt: fl!(l, "back-label-qr", code = code.as_str()), link: String::new() },
        code,
        postage: say(postage(app, case)),
        advice: Part { heading: say("back-pack"), items: ADVICE.map(say).to_vec() },
        cut: say("back-label-cut"),
        issuer: Both { main: app.config.desk.name.clone(), second: app.config.desk.name_zh.clone() },
        made: utc(app.now()),
    })
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn an_address_is_laid_out_as_its_post_reads_it() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let gb = layout(lines("Laika Mobile Returns\n1 Orbit Way\nBristol BS1 0AA"), "GB");
        assert_eq!(gb.last().map(String::as_str), Some("BRISTOL BS1 0AA"));
        assert_eq!(layout(lines("Laika GmbH\nBahnhofstraße 1\n10115 Berlin"), "DE")[2], "10115 Berlin");
        let cn = layout(lines("莱卡移动退件中心\n上海市浦东新区世纪大道100号"), "CN");
        assert_eq!(cn[0], "上海市浦东新区世纪大道100号");
    }
}
