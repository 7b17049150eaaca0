use std::collections::BTreeSet;

use super::*;

/// Reads it all, in pieces of this size.
fn read(format: Format, bytes: &[u8], piece: usize) -> (Vec<String>, Vec<Fault>, Result<(), Fault>) {
    let mut feed = Feed::new(format, "2026-03-10T12:00:00Z".parse().unwrap());
    let (mut records, mut faults) = (Vec::new(), Vec::new());
    let mut take = |line: Result<Record<'_>, Fault>| match line {
        Ok(r) => {
            let number = format!("{} {}", r.number.which.name(), r.number.digits());
            records.push(format!("{} {} {} {number} {}", r.id, r.moved.name(), r.at, r.amount.unwrap_or_default()));
        }
        Err(fault) => faults.push(fault),
    };
    let mut done = bytes.chunks(piece).try_for_each(|piece| feed.push(piece, &mut take));
    if done.is_ok() {
        done = feed.end(&mut take);
    }
    (records, faults, done)
}

const CSV: &str = "\u{feff}id,kind,at,imsi,iccid,msisdn,amount,units,note\r\n\
    a1,data,2026-03-09T12:00:00Z,234150000000001,,,12,MB,x\r\n\
    \"a\"\"2\",charge,2026-03-09T12:00:00+01:00,,8944000000000000011F,,4.99,GBP,\"a, b\"\r\n\
    \r\n\
    a3,sms,1773057600,,,+44 7700 900123,,,";

#[test]
fn both_shapes_are_read_in_pieces_of_any_size() {
    let wanted = [
        "a1 data 2026-03-09T12:00:00Z imsi 234150000000001 12 MB",
        "a\"2 charge 2026-03-09T11:00:00Z iccid 8944000000000000011 4.99 GBP",
        "a3 sms 2026-03-09T12:00:00Z msisdn 447700900123 ",
    ];
    let json = "{\"id\":\"a1\",\"kind\":\"data\",\"at\":\"2026-03-09T12:00:00Z\",\"imsi\":234150000000001,\"amount\":12,\"units\":\"MB\"}\n\
        {\"at\":\"2026-03-09T12:00:00+01:00\",\"kind\":\"charge\",\"id\":\"a\\\"2\",\"iccid\":\"8944000000000000011F\",\"amount\":4.99,\"units\":\"GBP\",\"more\":[1,{}]}\n\n\
        {\"id\":\"a3\",\"kind\":\"sms\",\"at\":1773057600000,\"msisdn\":\"+44 7700 900123\",\"imsi\":null}\n";
    for (format, text) in [(Format::Csv, CSV), (Format::JsonLines, json)] {
        for piece in [1, 7, 64, 100_000] {
            let (records, faults, done) = read(format, text.as_bytes(), piece);
            assert_eq!(
                (records.as_slice(), faults.as_slice(), &done),
                (&wanted.map(str::to_owned)[..], &[][..], &Ok(())),
                "{piece}"
            );
        }
        assert_eq!(Format::of_start(text.as_bytes()), format);
    }
}

#[test]
fn the_surest_number_names_the_card() {
    let text = "id,kind,at,msisdn,imsi,iccid\n1,data,0,447700900123,234150000000001,\n2,data,0,447700900123,,8944000000000000011\n";
    let (records, _, _) = read(Format::Csv, text.as_bytes(), 999);
    assert!(records[0].contains("imsi 2341") && records[1].contains("iccid 8944"), "{records:?}");
}

#[test]
fn a_bad_line_is_named_and_the_rest_is_read() {
    let head = "id;kind;at;imsi\n";
    let good = "1;data;2026-03-09T12:00:00Z;234150000000001\n";
    let bad = [
        (";data;2026-03-09T12:00:00Z;234150000000001", 1, "id is missing"),
        ("x;fax;2026-03-09T12:00:00Z;234150000000001", 2, "kind is none of"),
        ("x;data;yesterday;234150000000001", 3, "at is no moment"),
        ("x;data;2026-02-30T12:00:00Z;234150000000001", 3, "at is no moment"),
        ("x;data;2026-03-10T12:00:01Z;234150000000001", 3, "at lies in the future"),
        ("x;data;2026-03-09T12:00:00Z;23415O000000001", 4, "imsi is not the digits"),
        ("x;data;2026-03-09T12:00:00Z;", 1, "iccid is missing, and so are"),
        ("x;data;2026-03-09T12:00:00Z", 3, "more or fewer cells"),
        ("x;data;2026-03-09T12:00:00Z;234150000000001;", 4, "more or fewer cells"),
        ("\"x;data;2026-03-09T12:00:00Z;234150000000001", 1, "never closes"),
        ("\"x\"y;data;2026-03-09T12:00:00Z;234150000000001", 1, "stands behind a quotation mark"),
    ];
    for (line, column, says) in bad {
        let text = format!("{head}{good}{line}\n{good}");
        let (records, faults, done) = read(Format::Csv, text.as_bytes(), 5);
        assert_eq!((records.len(), done), (2, Ok(())), "{line}");
        let [fault] = &faults[..] else { panic!("{line}: {faults:?}") };
        assert_eq!((fault.line, fault.column), (3, column), "{line}");
        assert!(fault.to_string().contains(says), "{line}: {fault}");
    }
    let long = format!("{head}{good}{}\n{good}", "x".repeat(3 * LINE_MAX));
    let broken = [head.as_bytes(), good.as_bytes(), b"\xff\xfe;data\n", good.as_bytes()].concat();
    for (bytes, says) in [(long.into_bytes(), "longer than"), (broken, "not UTF-8")] {
        let (records, faults, _) = read(Format::Csv, &bytes, 1000);
        assert_eq!((records.len(), faults.len(), faults[0].line), (2, 1, 3));
        assert!(faults[0].says.contains(says));
    }
}

#[test]
fn a_bad_line_of_json_is_named_too() {
    let good = r#"{"id":"1","kind":"data","at":0,"imsi":"234150000000001"}"#;
    let bad = [
        (r#"{"id":"1","kind":"data","at":0"#, "ends too soon"),
        (r#"["1","data",0,"","234150000000001"]"#, "not a JSON object"),
        ("nonsense", "not a JSON object"),
        (r#"{"id":"1","kind":"data","at":0,"iccid":89440000000000000110}"#, "keeps all its digits"),
        (r#"{"id":["1"],"kind":"data","at":0,"imsi":"234150000000001"}"#, "neither"),
        (r#"{"id":"1","id":"2","kind":"data","at":0,"imsi":"234150000000001"}"#, "neither"),
        (r#"{"id":"a\nb","kind":"data","at":0,"imsi":"234150000000001"}"#, "control character"),
        (r#"{"id":"1","kind":"charge","at":0,"imsi":"234150000000001","amount":"<b>"}"#, "not a number"),
    ];
    for (line, says) in bad {
        let text = format!("{good}\n{line}\n{good}\n");
        let (records, faults, done) = read(Format::JsonLines, text.as_bytes(), 11);
        assert_eq!((records.len(), faults.len(), done), (2, 1, Ok(())), "{line}");
        assert!(faults[0].line == 2 && faults[0].to_string().contains(says), "{line}: {}", faults[0]);
    }
}

#[test]
fn a_header_that_will_not_do_is_said_at_once() {
    for (header, says) in [
        ("id,kind,imsi", "at is missing"),
        ("id,kind,at,number", "iccid is missing from the header, and so are"),
        ("id,id,kind,at,imsi", "id is there twice"),
        ("", "no header"),
    ] {
        let (records, _, done) = read(Format::Csv, format!("{header}\n").as_bytes(), 3);
        let fault = done.expect_err(header);
        assert!(records.is_empty() && fault.to_string().contains(says), "{header}: {fault}");
    }
}

/// Whatever comes, nothing panics, every line is answered for, and no more than a line is kept.
#[test]
fn rubbish_is_read_to_its_end() {
    let mut seed = 7_u64;
    let mut dice = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let alphabet = CSV.as_bytes();
    for round in 0..2_000 {
        let mut bytes: Vec<u8> = (0..dice() % 300)
            .map(|_| if dice() % 9 == 0 { dice() as u8 } else { alphabet[dice() % alphabet.len()] })
            .collect();
        if round % 2 == 0 {
            bytes.splice(0..0, b"id,kind,at,imsi\n".iter().copied());
        }
        for format in [Format::Csv, Format::JsonLines] {
            let (_, _, done) = read(format, &bytes, 1 + dice() % 50);
            assert!(done.is_ok() || format == Format::Csv);
        }
    }
}

#[test]
fn numbers_are_read_as_people_write_them_and_never_shown() {
    let reads = |which, text| Number::read(which, text).map(|number| number.digits().to_owned());
    assert_eq!(reads(Which::Msisdn, " +44 7700-900123 ").as_deref(), Some("447700900123"));
    assert_eq!(reads(Which::Iccid, "8944 0000 0000 0000 011F").as_deref(), Some("8944000000000000011"));
    for bad in ["", "12345", "+", "12345678901234567890123", "4477009001²3", "447700+900123"] {
        assert_eq!(reads(Which::Msisdn, bad), None, "{bad}");
    }
    assert_eq!(format!("{:?}", Number::read(Which::Imsi, "234150000000001").unwrap()), "imsi(…)");
    let names: BTreeSet<&str> = Which::ALL.into_iter().map(Which::name).collect();
    assert_eq!(names.len(), 3);
}
