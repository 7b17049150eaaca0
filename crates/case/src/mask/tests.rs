use super::*;
use crate::declaration::{Declaration, Lang};
use crate::identify::{Iccid, Msisdn};

fn person(name: &str, address: &str, email: &str, phone: &str) -> Person {
    Person { name: name.into(), address: address.into(), email: Some(email.into()), phone: Some(phone.into()) }
}

#[test]
fn a_name_is_enough_to_greet_and_no_more() {
    for (whole, shown) in [
        ("Mei Lin", "Mei L••"),
        ("James Chukwuemeka Okoro", "James C••"),
        ("  Sofía   Martín ", "Sofía M••"),
        ("Madonna", "M••"),
        ("李伟", "李••"),
        ("欧阳龘", "欧阳••"),
        ("欧阳", "欧••"),
        ("司马相如", "司马••"),
        ("李", "••"),
        ("", ""),
        ("   ", ""),
    ] {
        assert_eq!(name(whole), shown, "{whole}");
    }
    assert_eq!(initials("Mei Lin"), "M•• L••");
    assert_eq!(initials("李伟"), "李••");
}

#[test]
fn each_field_is_told_apart_and_no_more() {
    for (of, whole, shown) in [
        (Field::Address, "41 Quay Street, Bristol BS1 4ZZ", "4••"),
        (Field::Address, "上海市浦东新区世纪大道100号8楼802室", "上••"),
        (Field::Email, "mei.lin@mail.example", "m••@mail.example"),
        (Field::Email, "李伟@例子.中国", "李••@例子.中国"),
        (Field::Email, "\"a@b\"@mail.example", "\"••@mail.example"),
        (Field::Email, "nobody", "n••"),
        (Field::Phone, "+447700900123", "•••• 0123"),
        (Field::Phone, "+86 138 0013 8000", "•••• 8000"),
        (Field::Phone, "110", "•••• 0"),
    ] {
        assert_eq!(field(of, whole), shown, "{whole}");
    }
    for of in Field::ALL {
        assert_eq!(field(of, ""), "", "{of:?}");
    }
}

#[test]
fn of_a_card_the_last_four_digits_are_seen_at_most() {
    assert_eq!(number("89 44 7700 0000 0001 017"), "•••• 1017");
    assert_eq!(number("LK-204817-M"), "•••• 817M");
    assert_eq!(number("123456"), "•••• 456");
    let iccid = Identifier::Iccid(Iccid::try_from("8944770000000000017".to_owned()).unwrap());
    assert_eq!(Mask::over_all().identifier(&iccid), "•••• 0017");
    assert_eq!(Mask::clear().identifier(&iccid), iccid.grouped());
    assert_eq!(Mask::clear().field(Field::Phone, "+447700900123"), "+44 7700 900123");
    let phone = Identifier::Msisdn(Msisdn::try_from("+8613800138000".to_owned()).unwrap());
    assert_eq!(Mask::over_all().identifier(&phone), "•••• 8000");
}

#[test]
fn what_people_write_keeps_its_words_and_loses_their_values() {
    let james = person("James Okoro", "Flat 3, 22 Mill Road, Leeds LS1 5AB", "j.okoro@mail.example", "+447700900104");
    let mask = Mask::over_all().and(&james);
    for (said, shown) in [
        ("I am James Okoro, end it please.", "I am James O••, end it please."),
        ("Dear James, thank you", "Dear James, thank you"),
        ("Mr OKORO called", "Mr O•• called"),
        ("Okoroji is another", "Okoroji is another"),
        ("now at 22 mill road, as before", "now at 2••, as before"),
        ("write to j.okoro@mail.example.", "write to j••@mail.example."),
        ("or to another+tag@elsewhere.example", "or to a••@elsewhere.example"),
        ("call 07700 900 104 tonight", "call •••• 0104 tonight"),
        ("call +44 (0)7700-900104", "call •••• 0104"),
        ("card 8944 7700 0000 0000 017", "card •••• 0017"),
        ("on 2026-11-22 at 14:03, paid 12.50", "on 2026-11-22 at 14:03, paid 12.50"),
        ("22.11.2026 and 07700900104", "22.11.2026 and •••• 0104"),
        ("from 2026-11-20 to 2026-11-22", "from 2026-11-20 to 2026-11-22"),
        ("case C7K4-M2QX-D, device LK-204817-M", "case C7K4-M2QX-D, device LK-204817-M"),
        ("digest 3f91b2c45678", "digest 3f91b2c45678"),
        ("", ""),
    ] {
        assert_eq!(mask.text(said), shown);
        assert_eq!(Mask::clear().text(said), said);
    }
}

#[test]
fn chinese_is_masked_as_it_is_written_without_spaces() {
    let li = person("欧阳龘", "广州市天河区体育东路116号", "ouyang@mail.example", "+8613800138000");
    let mask = Mask::over_all().and(&li);
    for (said, shown) in [
        ("本人欧阳龘申请注销", "本人欧阳••申请注销"),
        ("住广州市天河区体育东路116号，请寄回", "住广••，请寄回"),
        ("电话13800138000，谢谢", "电话•••• 8000，谢谢"),
        ("电话＋８６ １３８ ００１３ ８０００。", "电话•••• 8000。"),
        ("邮箱ouyang＠mail.example谢谢", "邮箱o••@mail.example谢谢"),
        ("2026-11-22申请", "2026-11-22申请"),
        ("座机（010）8888 8888", "座机•••• 8888"),
    ] {
        assert_eq!(mask.text(said), shown);
    }
}

/// Numbers that are written to slip through.
#[test]
fn a_number_in_pieces_is_still_one() {
    let mask = Mask::over_all();
    for said in [
        "0 7 7 0 0 9 0 0 1 0 4",
        "0770-0900-104",
        "0770.0900.104",
        "(0770) 0900 104",
        "tel07700900104x",
        "0770\u{200B}0900104",
    ] {
        let shown = mask.text(said);
        assert!(shown.contains("•••• 0104") && !shown.contains("0770"), "{said}: {shown}");
    }
}

#[test]
fn a_case_is_masked_by_what_was_given_first_and_last_and_by_the_record() {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let number = Identifier::Iccid(Iccid::try_from("8944770000000000017".to_owned()).unwrap());
    let first = person("Mei Linn", "1 Mill Road", "old@mail.example", "");
    let declaration = Declaration { lang: Lang::En, ..Declaration::of(number, first, now) };
    let mask = declaration.person.clone();
    let record = person("Mei Lindqvist", "2 Quay Street", "new@mail.example", "");
    let mask = Mask::over_all().and(&mask).and(&record);
    assert_eq!(mask.text("Linn, Lindqvist, Lindqvistson"), "L••, L••, Lindqvistson");
}
