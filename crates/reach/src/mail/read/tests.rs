use super::*;

fn mail(head: &str, body: &str) -> Read {
    read(format!("From: Mei Lin <mei@example.com>\r\nTo: desk@laika.example\r\n{head}\r\n{body}").as_bytes())
}

#[test]
fn a_plain_mail_is_read() {
    let read = mail("Subject: =?utf-8?B?5rOo6ZSA?=\r\nMessage-ID: <a@b>\r\n", "Please cancel my card.\r\n\r\nMei\r\n");
    assert_eq!((read.from_name.as_str(), read.from.as_str()), ("Mei Lin", "mei@example.com"));
    assert_eq!((read.subject.as_str(), read.message_id.as_str()), ("注销", "a@b"));
    assert_eq!(read.text, "Please cancel my card.\n\nMei");
    assert_eq!((read.to, read.automatic, read.too_much), (vec!["desk@laika.example".to_owned()], None, None));
}

#[test]
fn text_comes_before_html_and_html_becomes_text() {
    let both = "--b\r\nContent-Type: text/plain\r\n\r\nplain words\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>html words</p>\r\n--b--\r\n";
    let read = mail("Content-Type: multipart/alternative; boundary=b\r\n", both);
    assert_eq!((read.text.as_str(), read.html_only), ("plain words", false));
    let html = "<html><head><title>t</title><style>p{}</style></head><body><script>steal()</script>\
                <p>End my card &amp; thanks</p><img src=\"https://track.example/1.gif\"></body></html>";
    let read = mail("Content-Type: text/html; charset=utf-8\r\n", html);
    assert!(read.html_only);
    assert_eq!(read.text, "End my card & thanks");
}

#[test]
fn charsets_are_understood_and_wrong_ones_do_no_harm() {
    for (charset, bytes) in [
        ("gb18030", &[0xD7, 0xA2, 0xCF, 0xFA][..]),
        ("gb2312", &[0xD7, 0xA2, 0xCF, 0xFA][..]),
        ("big5", &[0xB5, 0xF9, 0xBE, 0x50][..]),
    ] {
        let mut raw =
            format!("From: a@example.com\r\nContent-Type: text/plain; charset={charset}\r\n\r\n").into_bytes();
        raw.extend_from_slice(bytes);
        let text = read(&raw).text;
        assert!(text == "注销" || text == "註銷", "{charset}: {text}");
    }
    let mut wrong =
        b"From: a@example.com\r\nContent-Type: text/plain; charset=klingon\r\n\r\nok \xff\xfe\0 end".to_vec();
    assert!(read(&wrong).text.starts_with("ok ") && read(&wrong).text.ends_with(" end"));
    wrong.truncate(10);
    read(&wrong);
    assert_eq!(read(b"").text, "");
    assert_eq!(read(b"no header at all, just words").text, "no header at all, just words");
}

#[test]
fn attachments_are_taken_and_messages_inside_are_not_opened() {
    let body = "--x\r\n\r\nsee the bill\r\n--x\r\nContent-Type: application/pdf; name=\"bill.pdf\"\r\n\
                Content-Disposition: attachment; filename=\"bill.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n\
                --x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nsecret\r\n--x--\r\n";
    let read = mail("Content-Type: multipart/mixed; boundary=\"x\"\r\n", body);
    assert_eq!(read.text, "see the bill");
    assert_eq!(read.files, [("bill.pdf".to_owned(), b"%PDF-".to_vec())]);
    assert_eq!(read.closed, 1);
}

#[test]
fn what_no_person_wrote_is_known() {
    for (head, expect) in [
        ("Auto-Submitted: auto-replied\r\n", Some(Automatic::Reply)),
        ("Auto-Submitted: no\r\n", None),
        ("X-Autoreply: yes\r\n", Some(Automatic::Reply)),
        ("Precedence: bulk\r\n", Some(Automatic::Bulk)),
        ("List-Unsubscribe: <https://x.example>\r\n", Some(Automatic::Bulk)),
        ("X-Spam-Flag: YES\r\n", Some(Automatic::Spam)),
        ("Return-Path: <>\r\n", Some(Automatic::Robot)),
        ("Subject: holiday\r\n", None),
    ] {
        assert_eq!(mail(head, "x").automatic, expect, "{head}");
    }
    for from in ["MAILER-DAEMON@a.example", "no-reply@a.example", "noreply@a.example", "do_not_reply@a.example"] {
        assert_eq!(read(format!("From: {from}\r\n\r\nx").as_bytes()).automatic, Some(Automatic::Robot), "{from}");
    }
    assert!(mail("Authentication-Results: mx.laika.example; dkim=none; dmarc=fail (p=none)\r\n", "x").disowned);
}

/// As Postfix writes it.
pub const DSN: &str = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.example (Mail Delivery System)\r\n\
To: desk+c7k4m2qxd.abc@laika.example\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n\
MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"B1\"\r\n\r\n\
--B1\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry.\r\n\
--B1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n\
Final-Recipient: rfc822; refused@test.example\r\nOriginal-Recipient: rfc822;refused@test.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
Diagnostic-Code: smtp; 550 5.1.1 No such person\r\n\r\n\
--B1\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <C7K4-M2QX-D-0.0011@laika.example>\r\nSubject: x\r\n\r\n--B1--\r\n";

#[test]
fn a_report_of_delivery_is_understood() {
    let report = read(DSN.as_bytes()).report.unwrap();
    assert!(report.failed && !report.delayed);
    assert_eq!((report.status.as_str(), report.recipient.as_str()), ("5.1.1", "refused@test.example"));
    assert_eq!(report.about, "C7K4-M2QX-D-0.0011@laika.example");
    let soft = DSN.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1 <script>");
    let report = read(soft.as_bytes()).report.unwrap();
    assert!(!report.failed && report.delayed && report.status == "4.4.1");
}

#[test]
fn limits_hold_and_what_came_before_them_is_kept() {
    let limit = |raw: &[u8]| read(raw).too_much;
    assert_eq!(limit(&vec![b'a'; BYTES + 1]), Some(TooMuch::Bytes));
    let many = format!("From: a@b.example\r\n{}\r\nx", "X: y\r\n".repeat(HEADER_FIELDS));
    assert_eq!(limit(many.as_bytes()), Some(TooMuch::Header));
    let long = format!("From: a@b.example\r\nX: {}\r\n\r\nx", "y".repeat(HEADER_BYTES));
    assert_eq!(limit(long.as_bytes()), Some(TooMuch::Header));
    let parts = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(PARTS + 1));
    assert_eq!(limit(parts.as_bytes()), Some(TooMuch::Parts));
    assert!(read(parts.as_bytes()).text.starts_with("x\n\nx"));
    let mut deep = String::new();
    for n in 0..=DEPTH {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    }
    assert_eq!(limit(format!("{deep}\r\nx").as_bytes()), Some(TooMuch::Depth));
    // A million messages, each in the one before, in the open and hidden in base64.
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(700_000);
    assert_eq!((read(nested.as_bytes()).closed, limit(nested.as_bytes())), (1, None));
    let hidden = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &nested[..12 << 20]);
    let hidden = format!("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{hidden}");
    assert_eq!(read(hidden.as_bytes()).closed, 1);
    let boundaries = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n".repeat(4_000_000));
    assert_eq!(limit(boundaries.as_bytes()), Some(TooMuch::Parts));
}

#[test]
fn only_what_is_new_is_shown() {
    for (text, new) in [
        ("Yes.\n\nOn Mon, 23 Nov 2026 at 10:00, Laika <desk@laika.example> wrote:\n> Hello\n> there", "Yes."),
        ("好的，谢谢。\n\n在 2026年11月23日 10:00，莱卡移动写道：\n> 您好", "好的，谢谢。"),
        ("行\n\n------------------ 原始邮件 ------------------\n发件人: x", "行"),
        ("Ok\n-- \nMei Lin\n+44 7700 900123", "Ok"),
        ("> quoted\nmy answer\n> more", "my answer"),
        ("> only a quotation", "> only a quotation"),
        ("On Monday I wrote:\nplease stop", "On Monday I wrote:\nplease stop"),
        ("Ja\n\nMei Lin a écrit :\n> x", "Ja"),
    ] {
        assert_eq!(fresh(text), new, "{text}");
    }
}

/// Seeded mutations of a few real mails: tens of thousands of inputs, the same ones every time.
#[test]
fn no_bytes_make_it_fail() {
    let mixed = "From: =?gb18030?B?w7bB1g==?= <mei@example.com>\r\nTo: x <desk+c7k4m2qxd.abc@laika.example>\r\n\
        Content-Type: multipart/mixed; boundary=\"outer\"\r\nSubject: =?utf-8?Q?caf=C3=A9?=\r\n\r\n--outer\r\n\
        Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain; charset=big5\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n=B5=F9=BE=50\r\n--inner\r\nContent-Type: text/html\r\n\r\n\
        <p>x<br>&#x4e2d;&bogus;<!-- c --></p>\r\n--inner--\r\n--outer\r\nContent-Type: image/png; name*=utf-8''%E4%B8%AD.png\r\n\
        Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--outer--\r\n";
    let corpus = [DSN.as_bytes().to_vec(), mixed.as_bytes().to_vec(), b"Subject: x\n\nbody > text\n-- \nme".to_vec()];
    let words: [&[u8]; 12] = [
        b"\r\n",
        b"\n\n",
        b"--outer",
        b"--",
        b"\0",
        b"=?utf-8?B?",
        b"?=",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: multipart/digest; boundary=\r\n",
        b"\xff\xfe",
        b"charset=gb18030",
        b"base64",
    ];
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below.max(1) as u64) as usize
    };
    for round in 0..30_000 {
        let mut raw = corpus[round % corpus.len()].clone();
        for _ in 0..1 + next(6) {
            let at = next(raw.len());
            match next(5) {
                0 if !raw.is_empty() => raw[at] = next(256) as u8,
                1 => raw.truncate(at),
                2 => drop(raw.splice(at..at, words[next(words.len())].iter().copied())),
                3 => {
                    let end = (at + next(200)).min(raw.len());
                    let piece = raw[at..end].to_vec();
                    let to = next(raw.len());
                    drop(raw.splice(to..to, piece));
                }
                _ => {
                    let end = (at + next(40)).min(raw.len());
                    drop(raw.drain(at..end));
                }
            }
        }
        let read = read(&raw);
        fresh(&read.text);
        assert!(!read.text.contains('\0') && read.files.len() <= PARTS && read.subject.chars().count() <= 300);
    }
}
