//! The parts that pages are made of, each compiled once: a macro of a template is compiled anew at every use, and a
//! field of a form has a dozen expressions. Pages use them by the macros of `parts.html`, which explains each; how they
//! look is in `drawn.html`. Texts are escaped there, so a part is not escaped again.

use askama::Template;
use askama::filters::HtmlSafe;
use case::declaration::Lang;

use crate::web::chart::escaped;
use crate::web::counter::journey::Wrong;

type Str<'a> = &'a str;

/// A type for each block of `drawn.html`, and the function by which its macro makes one. A macro hands on what it was
/// given by reference, hence `&bool`.
macro_rules! parts {
    ($($block:literal $part:ident: $build:ident($($field:ident: $kind:ty),*);)*) => {$(
        #[derive(Template)]
        #[template(path = "drawn.html", block = $block)]
        pub struct $part<'a> { $($field: $kind),* }

        impl HtmlSafe for $part<'_> {}

        pub fn $build<'a>($($field: $kind),*) -> $part<'a> {
            $part { $($field),* }
        }
    )*};
}

parts! {
    "icon" Icon: icon(name: Str<'a>);
    "number" Number: number(text: Str<'a>, mono: &'a bool);
    "copy" CopyButton: copy(text: Str<'a>, label: Str<'a>, done: Str<'a>);
    "button" Button: button(text: Str<'a>, kind: Str<'a>, name: Str<'a>, value: Str<'a>, icon: Str<'a>);
    "link_button" LinkButton: link_button(text: Str<'a>, href: Str<'a>, kind: Str<'a>, icon: Str<'a>);
    "back" Back: back(text: Str<'a>, href: Str<'a>);
    "error_summary" ErrorSummary: error_summary(title: Str<'a>, errors: &'a [Wrong]);
    "field_notes" FieldNotes: field_notes(name: Str<'a>, hint: Str<'a>, error: Str<'a>);
    "described" Described: described(name: Str<'a>, hint: Str<'a>, error: Str<'a>);
    "choices" Choices: choices(name: Str<'a>, legend: Str<'a>, hint: Str<'a>, error: Str<'a>, big: &'a bool);
    "choice" Choice: choice(kind: Str<'a>, name: Str<'a>, value: Str<'a>, label: Str<'a>, hint: Str<'a>, checked: &'a bool);
    "change" Change: change(change: Str<'a>, href: Str<'a>, about: Str<'a>);
    "tongue" Tongue: tongue(text: Str<'a>);
    "said" Said: said(text: Str<'a>);
    "status" Status: status(text: Str<'a>, kind: Str<'a>);
    "notice" Notice: notice(kind: Str<'a>, title: Str<'a>);
    "plate" Plate: plate(number: Str<'a>, label: Str<'a>, note: Str<'a>);
    "compare_row" CompareRow: compare_row(field: Str<'a>, said: Str<'a>, held: Str<'a>, result: Str<'a>, text: Str<'a>);
    "summary_row" SummaryRow: summary_row(key: Str<'a>, value: Str<'a>, change: Change<'a>);
    "task" Task: task(text: Str<'a>, href: Str<'a>, hint: Str<'a>, status: Status<'a>);
    "label" Label: label(name: Str<'a>, label: Str<'a>, hint: Str<'a>, error: Str<'a>, optional: Str<'a>);
    "field" Field: field(l: Label<'a>, value: Str<'a>, kind: Str<'a>, typing: &'a Typing<'a>, size: Str<'a>, spell: &'a bool, multi: &'a bool);
    "textarea" Textarea: textarea(l: Label<'a>, value: Str<'a>, rows: Str<'a>, autocomplete: Str<'a>);
    "file" File: file(l: Label<'a>, accept: Str<'a>);
}

/// How a field is filled: its `autocomplete`, `inputmode` and `maxlength`.
type Typing<'a> = (Str<'a>, Str<'a>, Str<'a>);

/// Escaped, and where it is an address of mail told where it may break: after its parts, and not within one.
pub fn breakable(text: &str) -> String {
    let text = escaped(text).replace('\'', "&#39;");
    if text.contains('@') { text.replace('@', "<wbr>@").replace('.', "<wbr>.") } else { text }
}

impl Tongue<'_> {
    fn lang(&self) -> Option<&'static str> {
        Lang::of_words(self.text).map(Lang::tag)
    }
}

impl Status<'_> {
    fn icon(&self) -> &'static str {
        match self.kind {
            "waiting" => "clock",
            "active" => "go",
            "done" => "done",
            "problem" => "alert",
            _ => "dot",
        }
    }
}

impl Notice<'_> {
    fn icon(&self) -> &'static str {
        match self.kind {
            "danger" | "warning" => "alert",
            "done" => "done",
            _ => "info",
        }
    }
}

impl CompareRow<'_> {
    fn icon(&self) -> &'static str {
        match self.result {
            "exact" => "same",
            "equivalent" => "near",
            "different" => "differ",
            _ => "missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_breaks_between_its_parts() {
        assert_eq!(breakable("si.luo@mail.example"), "si<wbr>.luo<wbr>@mail<wbr>.example");
        assert_eq!(breakable("12 Mill’s Rd. <b '>"), "12 Mill’s Rd. &lt;b &#39;&gt;");
    }

    #[test]
    fn typed_words_say_which_language_they_look_written_in_and_nothing_else() {
        let shown = said("我要注销 <b>").to_string();
        assert!(shown.starts_with("<p class=\"said\" dir=\"auto\" lang=\"zh-CN\">我要注销 &#60;b&#62;"), "{shown}");
        assert!(said("Please end it").to_string().contains(" lang=\"en\">"));
        assert!(!said("12 34").to_string().contains("lang="));
        assert_eq!(tongue("\" onload=\"x 你好你好").to_string(), " lang=\"zh-CN\"");
    }
}
