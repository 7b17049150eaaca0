use super::*;
use proptest::prelude::*;

fn rules() -> IdentifyRules {
    IdentifyRules {
        serial_patterns: vec!["LK-######-@".parse().unwrap(), "DATA ** ####".parse().unwrap()],
        imsi_prefixes: vec!["23499".into(), "2".into()],
        ..IdentifyRules::default()
    }
}

/// "kind normalised check", or the reason.
fn said(text: &str) -> String {
    match identify(text, &rules()) {
        Ok(Identified { id, check }) => {
            let check = serde_json::to_value(check).unwrap();
            format!("{} {} {}", id.kind(), id.normalised(), check.as_str().unwrap())
        }
        Err(reason) => format!("{reason:?}"),
    }
}

fn all(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(said(text), *expected, "for {text:?}");
    }
}

#[test]
fn card_numbers() {
    all(&[
        ("8988211000000530082", "iccid 8988211000000530082 ok"),
        ("8949440000001155314", "iccid 8949440000001155314 ok"),
        ("8988211320300000028", "iccid 8988211320300000028 ok"),
        ("8931070820307245732", "iccid 8931070820307245732 ok"),
        ("89445310150011013678", "iccid 89445310150011013678 ok"),
        ("89000123456789012341", "iccid 89000123456789012341 ok"),
        ("8944500102198304826", "iccid 8944500102198304826 ok"),
        ("8988211000000530081", "iccid 8988211000000530081 failed"),
        ("8988211000000000013", "iccid 8988211000000000013 failed"),
        ("89860468152080349618", "iccid 89860468152080349618 failed"),
        ("898821100000053008", "iccid 898821100000053008 none"),
        ("8988211000000530082F", "iccid 8988211000000530082 ok"),
        ("898821100000053008ff", "iccid 898821100000053008 none"),
        ("1000000530082", "partial-iccid 1000000530082 none"),
        ("0000530082", "partial-iccid 0000530082 none"),
        ("530082", "partial-iccid 530082 none"),
        ("…0530 082", "partial-iccid 0530082 none"),
        ("9988211000000530082", "NotAnIccid"),
        ("ICCID: 89882110000005", "WrongLength { kind: \"iccid\", digits: 14 }"),
        ("53008", "TooShort { digits: 5 }"),
        ("89882110000005300", "NoSuchLength { digits: 17 }"),
        ("898821100000053008212", "NoSuchLength { digits: 21 }"),
    ]);
}

/// "The card ending in …" is how we write of a card ourselves.
#[test]
fn the_last_digits_by_the_words_before_them() {
    let last = "partial-iccid 001049 none";
    all(&[
        ("尾号001049", last),
        ("尾号：001049", last),
        ("尾號 001049", last),
        ("卡号尾号 001049", last),
        ("后六位 001049", last),
        ("卡号末六位：0010 49", last),
        ("最后 6 位 001049", last),
        ("last digits 001049", last),
        ("Last 6 digits: 001049", last),
        ("last 6 digits 001049", last),
        ("ending in 001049", last),
        ("Card ending in …001049", last),
        // Digits that are a phone number elsewhere.
        ("ending in 7911123456", "partial-iccid 7911123456 none"),
        ("尾号 8988211000000530082", "iccid 8988211000000530082 ok"),
        // Another kind of number stays one.
        ("手机尾号：13800138000", "msisdn +8613800138000 ok"),
        ("IMEI ending in: 001049", "WrongLength { kind: \"imei\", digits: 6 }"),
        // Too few, with these words or without.
        ("尾号 1072", "TooShort { digits: 4 }"),
        ("ending in 1072", "TooShort { digits: 4 }"),
        ("ending in", "NotANumber"),
        ("a pending 001049", "NotANumber"),
    ]);
}

#[test]
fn chips_devices_and_subscriptions() {
    all(&[
        ("89049032123451234512345678901235", "eid 89049032123451234512345678901235 ok"),
        ("89086030202200000022000023022943", "eid 89086030202200000022000023022943 ok"),
        ("89044045116727494800000004479366", "eid 89044045116727494800000004479366 ok"),
        ("89882119900000000000000000001654", "eid 89882119900000000000000000001654 ok"),
        ("89049044900000000000000000102355", "eid 89049044900000000000000000102355 ok"),
        ("89001012012341234012345678901224", "eid 89001012012341234012345678901224 ok"),
        ("89049032123451234512345678901234", "eid 89049032123451234512345678901234 failed"),
        ("EID 8904 9032 1234", "WrongLength { kind: \"eid\", digits: 12 }"),
        ("490154203237518", "imei 490154203237518 ok"),
        ("356938035643809", "imei 356938035643809 ok"),
        ("353261030000013", "imei 353261030000013 ok"),
        ("353261030000014", "imei 353261030000014 failed"),
        ("35-326103-000001-40", "imei 3532610300000140 none"),
        ("234990000000001", "imsi 234990000000001 none"),
        ("23499000000000", "imsi 23499000000000 none"),
        ("IMEI 234990000000001", "imei 234990000000001 failed"),
        ("IMSI: 001010000000001", "imsi 001010000000001 none"),
        ("IMSI 00101", "WrongLength { kind: \"imsi\", digits: 5 }"),
        ("222990000000001", "imei 222990000000001 failed"),
        ("35326103000001", "NoSuchLength { digits: 14 }"),
        ("IMEI: 35326103000001", "WrongLength { kind: \"imei\", digits: 14 }"),
    ]);
}

#[test]
fn phone_numbers() {
    all(&[
        ("+49 171 0000001", "msisdn +491710000001 ok"),
        ("+8613800138000", "msisdn +8613800138000 ok"),
        ("+86 138-0013-8000", "msisdn +8613800138000 ok"),
        ("0086 138 0013 8000", "msisdn +8613800138000 ok"),
        ("+0086 138 0013 8000", "msisdn +8613800138000 ok"),
        ("86 138 0013 8000", "msisdn +8613800138000 ok"),
        ("13800138000", "msisdn +8613800138000 ok"),
        ("手机号：138 0013 8000", "msisdn +8613800138000 ok"),
        ("＋８６１３８００１３８０００", "msisdn +8613800138000 ok"),
        ("07911 123456", "msisdn +447911123456 ok"),
        ("+44 (0)7911 123456", "msisdn +447911123456 ok"),
        ("0044 (0)7911 123456", "msisdn +447911123456 ok"),
        ("7911123456", "msisdn +447911123456 ok"),
        ("tel:+44-7911-123456", "msisdn +447911123456 ok"),
        // kept for fiction, so in no plan, but as long as British numbers are
        ("07700 900123", "msisdn +447700900123 none"),
        ("447700900123", "msisdn +447700900123 none"),
        ("00447700900123", "msisdn +447700900123 none"),
        ("+39 06 6982 1234", "msisdn +390669821234 ok"),
        ("+99999", "NotAPhoneNumber"),
        ("+999991234567", "NotAPhoneNumber"),
        ("+44 77", "NotAPhoneNumber"),
        ("+", "NotAPhoneNumber"),
        ("Phone: 0171 123", "NotAPhoneNumber"),
        ("+44 7911 123456 ext 5", "NotANumber"),
        // the same digits are a part of a card number where the label says so
        ("ICCID 7911123456", "partial-iccid 7911123456 none"),
        ("S/N 7911123456", "partial-iccid 7911123456 none"),
    ]);
}

#[test]
fn serials_of_the_operator() {
    all(&[
        ("LK-123456-A", "serial LK-123456-A none"),
        ("lk123456a", "serial LK-123456-A none"),
        ("S/N: ＬＫ　１２３４５６　ｂ", "serial LK-123456-B none"),
        ("序列号：lk 123 456 z", "serial LK-123456-Z none"),
        ("data a7 0012", "serial DATA A7 0012 none"),
        ("LK-12345-A", "NotANumber"),
        ("LK-123456-AA", "NotANumber"),
        ("ICCID: LK-123456-A", "NotANumber"),
    ]);
}

#[test]
fn as_people_paste_it() {
    let card = "iccid 8988211000000530082 ok";
    all(&[
        ("8988 2110 0000 0530 082", card),
        ("8988-2110-0000-0530-082", card),
        ("８９８８２１１００００００５３００８２", card),
        ("٨٩٨٨٢١١٠٠٠٠٠٠٥٣٠٠٨٢", card),
        ("8988.2110.0000.0530.082", card),
        ("\u{feff}8988\u{200b}2110\u{2011}0000\u{a0}0530\u{202c}082\u{0}", card),
        (" 8988 2110\r\n0000 0530\n082 \t", card),
        ("ICCID: 8988211000000530082", card),
        ("iccid8988211000000530082", card),
        ("ICCID\n8988211000000530082", card),
        ("ICCID (19 digits)： 8988211000000530082", card),
        ("SIM No. 8988211000000530082", card),
        ("SIM card #8988211000000530082", card),
        ("S/N 8988211000000530082", card),
        ("序列号：8988211000000530082", card),
        ("卡号 8988211000000530082", card),
        ("我的卡: 8988211000000530082", card),
        ("*8988211000000530082*", card),
        ("=\"8988211000000530082\"", card),
        ("89:88:21:10:00:00:05:30:08:2", card),
        ("IMEI 1: 490154203237518", "imei 490154203237518 ok"),
        ("IMEI/SV 3532610300000140", "imei 3532610300000140 none"),
        ("eSIM EID: 89049032123451234512345678901235", "eid 89049032123451234512345678901235 ok"),
    ]);
}

#[test]
fn what_is_no_identifier() {
    all(&[
        ("", "Empty"),
        (" \u{200b}\n", "Empty"),
        ("ICCID:", "Empty"),
        ("hello", "NotANumber"),
        ("li@example.com", "NotANumber"),
        ("8988211000000530082 😀", "NotANumber"),
        ("8.94421E+18", "Rounded"),
        ("LPA:1$smdp.example.com$04386-AGYFT", "ActivationCode"),
        ("4111 1111 1111 1111", "BankCard"),
        ("6222021234567890128", "BankCard"),
        ("6222021234567890127", "NotAnIccid"),
        ("11010519491231002X", "IdentityNumber"),
        ("440524188001010014", "IdentityNumber"),
        ("89049032123451234512345678901235 8988211000000530082", "TooLong { characters: 51 }"),
    ]);
    assert_eq!(said(&"8".repeat(300)), "TooLong { characters: 300 }");
}

#[test]
fn shown_to_people() {
    let shown = |text| {
        let id = identify(text, &rules()).unwrap().id;
        (id.grouped(), id.masked())
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(shown("8988211000000530082"), pair("8988 2110 0000 0530 082", "•••• 0082"));
    assert_eq!(shown("89049032123451234512345678901235"), pair("8904 9032 1234 5123 4512 3456 7890 1235", "•••• 1235"));
    assert_eq!(shown("530082"), pair("… 5300 82", "•••• 082"));
    assert_eq!(shown("490154203237518"), pair("49 015420 323751 8", "•••• 7518"));
    assert_eq!(shown("234990000000001"), pair("234 990 000 000 001", "•••• 0001"));
    assert_eq!(shown("07911123456"), pair("+44 7911 123456", "•••• 3456"));
    assert_eq!(shown("lk123456a"), pair("LK-123456-A", "•••• 456A"));
    // What somebody wrote in their own way stays as they wrote it.
    let phones = ["+447700900123", "+8613800138000", "+999123456789", "07700 900123", "+44 7700900123", "+", ""];
    let read = ["+44 7700 900123", "+86 138 0013 8000", "+999123456789", "07700 900123", "+44 7700900123", "+", ""];
    assert_eq!(phones.map(grouped_phone), read);
    assert_eq!(format!("{:?}", identify("530082", &rules()).unwrap().id), "PartialIccid(PartialIccid(•••• 082))");
}

#[test]
fn as_json() {
    let found = identify("8988211000000530082", &rules()).unwrap();
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(json, r#"{"kind":"iccid","normalised":"8988211000000530082","check":"ok"}"#);
    assert_eq!(serde_json::from_str::<Identified>(&json).unwrap(), found);
    assert!(serde_json::from_str::<Iccid>("\"1234\"").is_err());
    assert!(serde_json::from_str::<Msisdn>("\"07911123456\"").is_err());
    let rules: IdentifyRules =
        serde_json::from_str(r#"{"serial-patterns":["LK-######-@"],"default-region":"cn"}"#).unwrap();
    assert_eq!(rules.default_region.as_str(), "CN");
    for bad in [r#"{"serial-patterns":["LK"]}"#, r#"{"serial-patterns":["ABCDE#"]}"#, r#"{"default-region":"XX"}"#] {
        assert!(serde_json::from_str::<IdentifyRules>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_card_with_and_without_its_check_digit() {
    let card: Iccid = "8988211000000530082".parse().unwrap();
    assert!(card.same_card(&card));
    assert!(card.same_card(&"898821100000053008".parse().unwrap()));
    assert!(!card.same_card(&"898821100000053009".parse().unwrap()));
    assert!(!card.same_card(&"8988211000000530081".parse().unwrap()));
    assert!(card.ends_with(&"0530082".parse().unwrap()));
    assert!(!card.ends_with(&"0530083".parse().unwrap()));
}

#[test]
fn every_region_has_a_plan() {
    let letters = || 'A'..='Z';
    let codes = letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")));
    let mut known = 0;
    for region in codes.filter_map(|code| code.parse::<Region>().ok()) {
        assert!(region.calling_code().is_some(), "no plan for {region:?}");
        known += 1;
    }
    assert!(known > 200, "{known}");
}

/// phonenumber has panicked on odd input before; here every country meets many digits.
#[test]
fn no_country_panics() {
    let mut seed = 0x9E37_79B9_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let countries: Vec<String> = phonenumber::metadata::DATABASE
        .iter()
        .filter(|plan| plan.id() != "001")
        .map(|plan| plan.id().to_owned())
        .collect();
    assert!(countries.len() > 200);
    for country in countries {
        let Ok(region) = country.parse::<Region>() else {
            continue;
        };
        let rules = IdentifyRules { default_region: region, ..IdentifyRules::default() };
        let code = region.calling_code().unwrap_or(1);
        for _ in 0..6 {
            let digits = format!("{}{}", next(), next());
            let digits = &digits[..(next() as usize % 12 + 2).min(digits.len())];
            for text in [digits.to_owned(), format!("0{digits}"), format!("+{code}{digits}"), format!("tel {digits}")] {
                let _ = identify(&text, &rules).map(|found| found.id.grouped());
            }
        }
    }
}

fn card_numbers_and_others() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[+＋]?[0-9０-９ .:·\\-\u{200b}F]{0,40}",
        "(ICCID|IMEI|S/N|序列号|tel)?[:： ]?[0-9 ]{0,34}",
        "\\PC{0,60}",
        "[0-9]{1,3}\\PC[0-9X]{10,20}",
    ]
}

proptest! {
    #[test]
    fn never_panics_and_keeps_its_word(text in card_numbers_and_others()) {
        if let Ok(found) = identify(&text, &rules()) {
            let json = serde_json::to_string(&found).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Identified>(&json).unwrap(), &found);
            prop_assert!(found.id.masked().chars().filter(char::is_ascii_alphanumeric).count() <= 4);
            let label = match found.id.kind() {
                "partial-iccid" => "ICCID",
                "serial" => "",
                kind => kind,
            };
            let again = identify(&format!("{label} {}", found.id.grouped()), &rules());
            prop_assert_eq!(again, Ok(found), "grouped, and read again");
        }
    }

    #[test]
    fn one_wrong_digit_of_a_card_is_noticed(body in "89[0-9]{16,17}", place in 2usize..18, by in 1u8..10) {
        let card = (0..10).map(|last| format!("{body}{last}")).find(|card| luhn(card)).unwrap();
        prop_assert_eq!(identify(&card, &rules()).unwrap().check, Check::Ok);
        let mut slip = card.into_bytes();
        slip[place] = (slip[place] - b'0' + by) % 10 + b'0';
        let slip = String::from_utf8(slip).unwrap();
        prop_assert_eq!(identify(&slip, &rules()).unwrap().check, Check::Failed);
    }
}
