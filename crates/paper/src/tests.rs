use super::*;

fn both(main: &str, second: &str) -> Both {
    Both { main: main.into(), second: second.into() }
}

/// A certificate as the demo's operator issues it.
fn sheet() -> Sheet {
    let row = |en: (&str, &str), zh: (&str, &str)| Row { label: both(en.0, zh.0), value: both(en.1, zh.1) };
    let width = 133;
    Sheet {
        lang: Lang::En,
        issuer: both("Laika Mobile", "莱卡移动"),
        title: both("Certificate of cancellation", "注销凭证"),
        saying: both(
            "This card has ended. The network has let go of it, and we have read that back.",
            "此卡已注销。网络已停用，并经回读确认。",
        ),
        kind: both("Card number (ICCID)", "卡号（ICCID）"),
        number: "••• •••• •••• •••• 0019".into(),
        rows: vec![
            row(("Holder", "L•• W••"), ("机主", "L•• W••")),
            row(("Reference", "C7K4-M2QX-D"), ("单号", "C7K4-M2QX-D")),
            row(("Declared", "22 November 2026 at 14:03 GMT"), ("提出时间", "2026年11月22日 14:03 GMT")),
            row(("Received", "22 November 2026 at 14:03 GMT"), ("收到时间", "2026年11月22日 14:03 GMT")),
            row(("Contract ended", "22 December 2026 at 14:03 GMT"), ("合约终止", "2026年12月22日 14:03 GMT")),
            row(("Billing ended", "22 December 2026 at 14:03 GMT"), ("计费终止", "2026年12月22日 14:03 GMT")),
            row(("Ended on the network", "22 November 2026 at 14:03 GMT"), ("网络停用", "2026年11月22日 14:03 GMT")),
            row(("Read back", "inventory · state=ceased"), ("回读结果", "inventory · state=ceased")),
            row(("Fee for ending", "None"), ("注销费用", "无")),
            row(("Issued", "22 November 2026 at 14:03 GMT"), ("签发时间", "2026年11月22日 14:03 GMT")),
        ],
        next: Part {
            heading: both("What to do now", "接下来"),
            items: vec![
                both("Take the card out and stop using it now.", "请立即取出此卡，不再使用。"),
                both(
                    "On your last bill, look for anything after 22 December 2026: you do not owe it.",
                    "请核对末期账单：2026年12月22日之后的任何费用您均无需支付。",
                ),
                both(
                    "Billed or used after that? Show us this certificate at desk.laika.example/case.",
                    "之后仍被扣费或仍有用量？请凭此凭证在 desk.laika.example/case 告知我们。",
                ),
            ],
        },
        check: Part {
            heading: both("Anyone can check this, without us", "任何人均可自行核验，无须经过我们"),
            items: vec![both(
                "Scan the code, or take the signed file out of this PDF and run: cease verify",
                "扫描二维码，或取出本 PDF 内附的已签名文件并运行：cease verify",
            )],
        },
        prints: vec![
            ("Key".into(), "0123-4567-89ab-cdef-0123-4567-89ab-cdef".into()),
            ("SHA-256".into(), "0123 4567 89ab cdef 0123 4567 89ab cdef".into()),
        ],
        fine: both(
            "The signed file is attached to this PDF: if one letter of it is changed, it no longer verifies. The \
             numbers are hidden; who knows the card number can check that it is this one.",
            "已签名的文件附于本 PDF：内容一经改动便无法通过核验。号码已隐去；知道卡号的人可以核对是否为同一张卡。",
        ),
        seal: "The seal of a cancelled card".into(),
        qr: Qr {
            width,
            dark: (0..width * width).map(|i| (i * 7 + i / width) % 3 == 0).collect(),
            alt: "QR code with the proof".into(),
            link: "https://desk.laika.example/verify".into(),
        },
        attached: Attached {
            name: "cease-certificate-C7K4-M2QX-D.json".into(),
            media: "application/json".into(),
            about: "The signed certificate".into(),
            bytes: b"{\"marker\": \"the signed file\"}\n".to_vec(),
        },
        issued: Moment { year: 2026, month: 11, day: 22, hour: 14, minute: 3, second: 0 },
    }
}

/// The same with the languages changed places.
fn turned(sheet: Sheet) -> Sheet {
    let turn = |b: Both| Both { main: b.second, second: b.main };
    let part = |p: Part| Part { heading: turn(p.heading), items: p.items.into_iter().map(turn).collect() };
    Sheet {
        lang: Lang::ZhCn,
        issuer: turn(sheet.issuer),
        title: turn(sheet.title),
        saying: turn(sheet.saying),
        kind: turn(sheet.kind),
        rows: sheet.rows.into_iter().map(|r| Row { label: turn(r.label), value: turn(r.value) }).collect(),
        next: part(sheet.next),
        check: part(sheet.check),
        fine: turn(sheet.fine),
        ..sheet
    }
}

fn contains(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|w| w == what.as_bytes())
}

/// The machine's fonts; without any, these tests have nothing to say and the one below says the rest.
fn fonts() -> Option<Fonts> {
    Fonts::find().ok()
}

#[test]
fn it_is_archival_tagged_and_in_its_language() {
    let Some(fonts) = fonts() else { return };
    for (sheet, lang) in [(sheet(), "en"), (turned(sheet()), "zh-CN")] {
        let pdf = draw(&sheet, &fonts).unwrap();
        if let Some(dir) = std::env::var_os("CEASE_PAPER_OUT") {
            std::fs::write(std::path::Path::new(&dir).join(format!("{lang}.pdf")), &pdf).unwrap();
        }
        assert!(pdf.starts_with(b"%PDF-1.7"));
        for what in ["<pdfaid:part>3", "<pdfaid:conformance>A", "<pdfuaid:part>1", "/StructTreeRoot", "/Marked true"] {
            assert!(contains(&pdf, what), "{what} in {lang}");
        }
        assert!(contains(&pdf, &format!("/Lang({lang})")) || contains(&pdf, &format!("/Lang ({lang})")), "{lang}");
        assert!(contains(&pdf, "/AFRelationship/Data") || contains(&pdf, "/AFRelationship /Data"));
        assert!(contains(&pdf, "cease-certificate-C7K4-M2QX-D.json"));
        assert!(pdf.len() < 200_000, "{} bytes", pdf.len());
    }
}

#[test]
fn the_same_certificate_gives_the_same_bytes_and_another_gives_others() {
    let (Some(one), Some(two)) = (fonts(), fonts()) else { return };
    let first = draw(&sheet(), &one).unwrap();
    assert_eq!(first, draw(&sheet(), &one).unwrap());
    assert_eq!(first, draw(&sheet(), &two).unwrap(), "with fonts looked for anew");
    let other = Sheet { number: "••• •••• •••• •••• 0027".into(), ..sheet() };
    assert_ne!(first, draw(&other, &one).unwrap());
}

#[test]
fn rare_characters_and_other_scripts_are_drawn_or_said_not_to_be() {
    let Some(fonts) = fonts() else { return };
    let named = |name: &str| {
        let mut sheet = sheet();
        sheet.rows[0].value = both(name, name);
        draw(&sheet, &fonts)
    };
    for name in ["龘•• 靐••", "𠮷••", "Ж•• Ω••", "é•• ß••"] {
        assert!(named(name).is_ok(), "{name}");
    }
    let private = named("\u{F8FE}••");
    assert!(private.is_err(), "a character of nobody's");
    assert!(named("Ж••").is_ok(), "and the next is drawn again");
}

#[test]
fn what_would_run_over_the_page_is_refused() {
    let Some(fonts) = fonts() else { return };
    let mut long = sheet();
    long.rows[7].value = both(&"state=ceased ".repeat(400), "x");
    assert_eq!(draw(&long, &fonts).unwrap_err(), NotDrawn::TooLong);
    let mut long = sheet();
    long.fine = both(&"small print ".repeat(400), "x");
    assert_eq!(draw(&long, &fonts).unwrap_err(), NotDrawn::TooLong);
}

#[test]
fn without_a_font_it_says_so() {
    let none = Fonts::within([std::path::PathBuf::from("/nonexistent")]);
    assert_eq!(none.err(), Some(NoFont));
}

/// A router's label.
fn parcel() -> Label {
    let width = 25;
    Label {
        lang: Lang::En,
        title: both("Return label", "寄回面单"),
        to: both("To", "收件人"),
        address: vec!["Laika Mobile Returns".into(), "1 Orbit Way".into(), "BRISTOL".into(), "BS1 0AA".into()],
        from: both("From", "寄件人"),
        sender: vec!["Emma Clarke".into(), "14 Harbour Street".into(), "Bristol BS1 4RN".into()],
        code: "RTN-7K4M2-QXD9P".into(),
        bars: "Barcode: RTN-7K4M2-QXD9P".into(),
        qr: Qr {
            width,
            dark: (0..width * width).map(|i| (i * 7 + i / width) % 3 == 0).collect(),
            alt: "QR code of the return".into(),
            link: String::new(),
        },
        postage: both("Postage is paid by the sender", "邮费由寄件人支付"),
        advice: Part {
            heading: both("How to pack it", "如何包装"),
            items: (0..6)
                .map(|_| both("Take pictures before you close it, and keep the receipt.", "封口前拍照，并保留收据。"))
                .collect(),
        },
        cut: both("Cut here", "沿此线剪下"),
        issuer: both("Laika Mobile", "莱卡移动"),
        made: Moment { year: 2026, month: 11, day: 22, hour: 14, minute: 3, second: 0 },
    }
}

#[test]
fn a_label_is_archival_on_both_papers_and_never_runs_over() {
    let Some(fonts) = fonts() else { return };
    for (size, name) in [(Size::A4, "label-a4.pdf"), (Size::A6, "label-a6.pdf")] {
        let pdf = label(&parcel(), size, &fonts).unwrap();
        if let Some(dir) = std::env::var_os("CEASE_PAPER_OUT") {
            std::fs::write(std::path::Path::new(&dir).join(name), &pdf).unwrap();
        }
        assert!(contains(&pdf, "<pdfaid:part>3") && contains(&pdf, "<pdfuaid:part>1"), "{name}");
        assert_eq!(pdf, label(&parcel(), size, &fonts).unwrap());
        let chinese = Label {
            address: vec!["上海市浦东新区世纪大道100号".into(), "莱卡移动退件中心".into()],
            lang: Lang::ZhCn,
            ..parcel()
        };
        assert!(label(&chinese, size, &fonts).is_ok());
        let long = Label { address: vec!["A very long street indeed".into(); 20], ..parcel() };
        assert_eq!(label(&long, size, &fonts).unwrap_err(), NotDrawn::TooLong);
        let odd = Label { code: "é".into(), ..parcel() };
        assert!(matches!(label(&odd, size, &fonts), Err(NotDrawn::Refused(_))));
    }
}
