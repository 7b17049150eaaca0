use super::*;
use Verdict::{Different, Equivalent, Exact, Missing};
use proptest::prelude::*;

fn region() -> Region {
    "GB".parse().unwrap()
}

fn with(field: Field, text: &str) -> Person {
    let mut person = Person::default();
    match field {
        Field::Name => person.name = text.to_owned(),
        Field::Address => person.address = text.to_owned(),
        Field::Email => person.email = Some(text.to_owned()),
        Field::Phone => person.phone = Some(text.to_owned()),
    }
    person
}

fn verdict(field: Field, applied: &str, record: &str) -> Option<Verdict> {
    compare(&with(field, applied), &with(field, record), region()).get(field)
}

fn all(field: Field, table: &[(&str, &str, Verdict)]) {
    for (one, other, expected) in table {
        assert_eq!(verdict(field, one, other), Some(*expected), "{one:?} with {other:?}");
        assert_eq!(verdict(field, other, one), Some(*expected), "{other:?} with {one:?}");
    }
}

#[test]
fn names() {
    all(
        Field::Name,
        &[
            ("Li Wei", "Li Wei", Exact),
            (" Li Wei\n", "Li Wei", Exact),
            ("Li Wei", "WEI LI", Equivalent),
            ("Li  Wei", "li, wei", Equivalent),
            ("Ｌｉ　Ｗｅｉ", "Li Wei", Equivalent),
            ("Li\u{200b} Wei", "Li Wei", Equivalent),
            ("李伟", "李 伟", Equivalent),
            ("李伟", "李　伟", Equivalent),
            ("阿依古丽·买买提", "阿依古丽•买买提", Equivalent),
            ("阿依古丽·买买提", "阿依古丽买买提", Equivalent),
            ("O'Brien, Siobhán", "siobhan o’brien", Equivalent),
            ("Jean-Luc Müller", "JEAN LUC MULLER", Equivalent),
            ("Stra\u{308}ßer", "Strässer", Equivalent),
            ("Łukasz Øre", "Lukasz Ore", Equivalent),
            ("ΝΙΚΟΣ", "νικος", Equivalent),
            ("김 철수", "김철수", Equivalent),
            ("龘𠮷", "龘𠮷", Exact),
            ("龘 𠮷", "龘𠮷", Equivalent),
            ("龘𠮷", "龘吉", Different),
            ("𠮷", "吉", Different),
            ("李伟", "李玮", Different),
            ("李伟", "伟李", Different),
            ("李伟", "Li Wei", Different),
            ("李龍", "李龙", Different),
            ("王\u{e000}", "王", Different),
            ("王\u{e000}", "王\u{e001}", Different),
            ("Ann Alee", "Anna Lee", Different),
            ("Li Wei", "Li Wei Wei", Different),
            ("Li Wei", "Li Wen", Different),
            ("Li Wei", "Liwei", Different),
            ("Иван Краиний", "Иван Крайний", Different),
            ("かき", "がき", Different),
            ("राम", "रम", Different),
        ],
    );
}

#[test]
fn addresses() {
    all(
        Field::Address,
        &[
            ("12 High Street, London SW1A 1AA", "12 high st london sw1a1aa", Equivalent),
            ("Flat 3, 12 Station Road", "APT. 3; 12 Station Rd.", Equivalent),
            ("Apartment 3\n12 Kings Ave", "Flat 3 12 King's Avenue", Equivalent),
            ("Room 5, Building 2", "Rm 5 Bldg 2", Equivalent),
            ("No. 7 Mill Lane", "№7 Mill Ln", Equivalent),
            ("#7 Mill Lane", "7 Mill Lane", Equivalent),
            ("Ottawa K1A 0B1", "Ottawa K1A0B1", Equivalent),
            ("北京市朝阳区建国路88号3室", "北京市 朝阳区，建国路 ８８ 号 3 室", Equivalent),
            ("建国路88號", "建国路88号", Equivalent),
            ("東區廣場5樓", "东区广场5楼", Equivalent),
            ("建国路88号", "建国路88号院", Different),
            ("建国路88号", "建国路89号", Different),
            ("建国路88号", "建国Rd88号", Different),
            ("建国路8号8室", "建国路88号室", Different),
            ("12 High Street", "21 High Street", Different),
            ("1 12 High Street", "11 2 High Street", Different),
            ("Flat 2, 10 High Street", "Flat 10, 2 High Street", Different),
            ("12 High Street", "12A High Street", Different),
            ("12 A High Street", "12A High Street", Different),
            ("12² High Street", "122 High Street", Different),
            ("12½ High Street", "121/2 High Street", Different),
            ("12① High Street", "121 High Street", Different),
            ("12 High Street", "12 High Road", Different),
            ("12 High Street", "High Street", Different),
            ("Flat A1, 2nd Floor", "Flat A12nd Floor", Different),
        ],
    );
}

#[test]
fn contacts() {
    all(
        Field::Email,
        &[
            ("Li.Wei@Example.com", "li.wei@example.COM", Equivalent),
            ("ｌｉ＠example.com", "li@example.com", Equivalent),
            ("li.wei@example.com", "liwei@example.com", Different),
            ("li+a@example.com", "li@example.com", Different),
            ("lí@example.com", "li@example.com", Different),
        ],
    );
    all(
        Field::Phone,
        &[
            ("07911 123456", "+447911123456", Equivalent),
            ("+44 (0)7911-123456", "00447911123456", Equivalent),
            ("07700 900123", "+44 7700 900123", Equivalent),
            ("+86 138 0013 8000", "008613800138000", Equivalent),
            ("07911 123456", "07911 123457", Different),
            ("07911 123456", "+497911123456", Different),
            ("call me", "CALL ME!", Equivalent),
            ("12 34", "1234", Different),
        ],
    );
}

#[test]
fn what_is_not_there() {
    for field in Field::ALL {
        assert_eq!(verdict(field, "", "Li 1"), Some(Missing));
        assert_eq!(verdict(field, " \u{200b}", "Li 1"), Some(Missing));
        assert_eq!(verdict(field, "Li 1", " "), None, "nothing on record, nothing to differ from");
        assert_eq!(verdict(field, "", ""), None);
    }
    assert_eq!(verdict(Field::Name, "---", "Li"), Some(Missing));
}

#[test]
fn the_report_as_a_whole() {
    let record = Person {
        name: "Li Wei".into(),
        address: "12 High Street".into(),
        email: Some("li@example.com".into()),
        phone: None,
    };
    let applied = Person { address: "13 High Street".into(), email: None, phone: Some("1".into()), ..record.clone() };
    let report = compare(&applied, &record, region());
    assert!(!report.all_match());
    assert_eq!(report.differing().collect::<Vec<_>>(), [Field::Address]);
    assert_eq!(report.missing().collect::<Vec<_>>(), [Field::Email]);
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(json, r#"{"name":"exact","address":"different","email":"missing"}"#);
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    assert!(compare(&record, &record, region()).all_match());
    assert!(!compare(&record, &Person::default(), region()).all_match());
    assert_eq!(format!("{applied:?}"), "Person {Name, Address, Phone}");
}

proptest! {
    #[test]
    fn symmetric(one in "\\PC{0,12}", other in "\\PC{0,12}", field in prop::sample::select(&Field::ALL)) {
        let (there, back) = (verdict(field, &one, &other), verdict(field, &other, &one));
        if !matches!((there, back), (None | Some(Missing), _) | (_, None | Some(Missing))) {
            prop_assert_eq!(there, back);
        }
    }

    #[test]
    fn another_digit_is_another_address(text in "(Flat |No\\. |№|建国路|[A-Za-z ,.½²]{0,9})[0-9]{1,4}[A-Za-z0-9 号室,/-]{0,20}", at in any::<prop::sample::Index>(), by in 1u8..10) {
        let places: Vec<usize> = text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(i, _)| i).collect();
        let place = places[at.index(places.len())];
        let digit = (text.as_bytes()[place] - b'0' + by) % 10 + b'0';
        let changed = format!("{}{}{}", &text[..place], char::from(digit), &text[place + 1..]);
        prop_assert_eq!(verdict(Field::Address, &text, &changed), Some(Different));
    }

    #[test]
    fn another_character_is_another_name(name in "[一-龥]{2,4}", at in any::<prop::sample::Index>(), other in "[一-龥𠀀-𪛖]") {
        let mut chars: Vec<char> = name.chars().collect();
        let place = at.index(chars.len());
        let other = other.chars().next().unwrap();
        prop_assume!(chars[place] != other);
        chars[place] = other;
        prop_assert_eq!(verdict(Field::Name, &name, &String::from_iter(chars)), Some(Different));
    }

    #[test]
    fn anything_fits_itself_in_capitals_and_spaces(words in prop::collection::vec("[a-z]{1,8}|[0-9]{1,4}", 1..6)) {
        let (tight, loose) = (words.join(" "), words.join(" , ").to_uppercase());
        for field in [Field::Name, Field::Address] {
            prop_assert_ne!(verdict(field, &tight, &loose), Some(Different));
        }
        let mut shuffled = words.clone();
        shuffled.reverse();
        prop_assert_ne!(verdict(Field::Name, &tight, &shuffled.join(" ")), Some(Different));
    }
}
