//! What of a text is struck out before it is stored is shown to who wrote it before it is sent: the page comes back
//! with the text as it would stand, and says what was taken out and where. Sent again as it is, nothing is left to
//! strike, and it goes; so nobody needs to be asked twice, and nothing that must not be kept is carried along.

use case::redact::{Found, Kind};

use crate::words::Words;

/// What is said at the field; none where nothing was struck. `text` is what was typed.
pub fn said(l: &Words, text: &str, found: &[Found]) -> Option<String> {
    if found.is_empty() {
        return None;
    }
    let lines = text.lines().count();
    let mut each = Vec::new();
    for one in found {
        let kind = kind(l, one.kind);
        let line = text.get(..one.at.start).unwrap_or_default().matches('\n').count() + 1;
        let says = if lines > 1 { fl!(l, "struck-in-line", what = kind, line = line) } else { kind };
        if !each.contains(&says) {
            each.push(says);
        }
    }
    Some(fl!(l, "struck-out", what = each.join(&fl!(l, "struck-and"))))
}

fn kind(l: &Words, kind: Kind) -> String {
    match kind {
        Kind::BankCard => fl!(l, "struck-bank-card"),
        Kind::ResidentId => fl!(l, "struck-resident-id"),
        Kind::Nino => fl!(l, "struck-nino"),
        Kind::Iban => fl!(l, "struck-iban"),
        Kind::Passport => fl!(l, "struck-passport"),
        Kind::OneTimeCode => fl!(l, "struck-code"),
        Kind::Secret => fl!(l, "struck-secret"),
    }
}

#[cfg(test)]
mod tests {
    use case::Lang;
    use case::redact::redact;

    use super::said;
    use crate::words::words;

    #[test]
    fn kind_and_place_are_named_and_never_the_thing_itself() {
        let says = |lang, text: &str| said(words(lang), text, &redact(text).1);
        assert_eq!(says(Lang::En, "please end it"), None);
        let text = "please end it\nmy card is 4111 1111 1111 1111\n验证码：482913";
        let en = says(Lang::En, text).unwrap();
        assert!(en.contains("a bank card number (line 2)") && en.contains("a one-time code (line 3)"), "{en}");
        let zh = says(Lang::ZhCn, text).unwrap();
        assert!(zh.contains("银行卡号（第 2 行）") && zh.contains("验证码（第 3 行）"), "{zh}");
        assert!(!says(Lang::En, "4111 1111 1111 1111").unwrap().contains("line"), "of one line, the line says nothing");
        assert!(!en.contains("4111") && !en.contains("482913"));
    }
}
