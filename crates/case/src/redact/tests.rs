use super::{Kind, find, redact, redact_after};

fn kinds(text: &str) -> Vec<Kind> {
    find(text).into_iter().map(|f| f.kind).collect()
}

#[test]
fn only_what_must_not_be_kept_is_struck_out() {
    for (text, left) in [
        ("pay 4111 1111 1111 1111 now", "pay █████ now"),
        ("卡号４１１１１１１１１１１１１１１１。", "卡号█████。"),
        ("4111-1111-1111-1111 12", "█████ 12"),
        ("身份证11010519491231002X，谢谢", "身份证█████，谢谢"),
        ("4111111111111111, 5555555555554444", "█████, █████"),
        ("amex 3782 822463 10005", "amex █████"),
        (
            "mc2 2223003122003222 unionpay 6212345678901265 and 6205500000000000004",
            "mc2 █████ unionpay █████ and █████",
        ),
        ("NI number QQ 12 34 56 C no, AB 12 34 56 C yes", "NI number QQ 12 34 56 C no, █████ yes"),
        ("to GB82 WEST 1234 5698 7654 32, please", "to █████, please"),
        ("DE89370400440532013000", "█████"),
        ("my password is hunter2.", "my password is █████."),
        ("密码：abcdef，谢谢", "密码：█████，谢谢"),
        ("我的密码是Qwer1234", "我的密码是█████"),
        ("验证码 482 913", "验证码 █████"),
        ("482913 is your verification code", "█████ is your verification code"),
        ("your code is 464600", "your code is █████"),
        (
            "482913 is your code for signing in. Valid 10 minutes.",
            "█████ is your code for signing in. Valid 10 minutes.",
        ),
        ("my code is 482 913", "my code is █████"),
        ("@cease.example #482913", "@cease.example #█████"),
        ("482913 is my code", "█████ is my code"),
        ("The code is 482913.", "The code is █████."),
        ("482913是验证码", "█████是验证码"),
        ("PIN: 1234", "PIN: █████"),
        ("my bank card number is 5018 1234 5673.", "my bank card number is █████."),
        ("银行卡卡号：4222222222222，谢谢", "银行卡卡号：█████，谢谢"),
        ("debit card no. 6334501234568 and 07700 900123", "debit card no. █████ and 07700 900123"),
        ("passport number 925665416", "passport number █████"),
        ("护照号E12345678", "护照号█████"),
    ] {
        assert_eq!(redact(text).0, left, "{text}");
    }
}

#[test]
fn what_a_desk_lives_on_stays() {
    for text in [
        "ICCID 8931070820307245732",
        "8988 2110 0000 0530 082",
        "EID 89049032123451234512345678901235",
        "8904 9032 1234 5123 4512 3456 7890 1235",
        "IMEI 490154203237518, 35 693803 564380 9, 353261030000013",
        "tel 5018 1234 5673 and serial 4222222222222",
        "paid by credit card, ring 447700900123; bank card 501812345670",
        "IMSI 001010000000001 and IMSI 374011234567890",
        "tel +44 7700 900123 since 2019-03-04, +491710000001",
        "4111 1111 1111 1112",
        "case C7K4-M2QX-D, parcel RA473124829GB, SF1234567890123",
        "I forgot my password and the password is wrong",
        "the code of conduct, postcode 1234, error code 4041, pinned 1234",
        "order 4821 of 2023-05-06 at 1234",
        "row #4821, see #1234 @noon #12",
        "the code is 4041 on the screen, and your code of conduct has 12 pages",
        "从 2023年5月6日 到 2024年5月6日，共 1234.50 元",
        "",
    ] {
        assert_eq!(redact(text), (text.to_owned(), vec![]), "{text}");
    }
}

#[test]
fn disguises_do_not_help() {
    let number = "4111111111111111";
    let each = |f: &dyn Fn(char) -> String| number.chars().map(f).collect::<String>();
    let between = |s: &str| number.chars().map(String::from).collect::<Vec<_>>().join(s);
    let grouped = |s: &str| ["4111", "1111", "1111", "1111"].join(s);
    let wide = |c: char| char::from_u32(0xFF10 + c as u32 - 0x30).unwrap().to_string();
    let disguised = [
        each(&wide),
        each(&|c| format!("{c}\u{FE0F}\u{20E3}")),
        each(&|c| format!("&#{};", c as u32)),
        each(&|c| format!("&#x{:x};", c as u32)),
        each(&|c| char::from_u32(0x660 + c as u32 - 0x30).unwrap().to_string()),
        each(&|c| char::from_u32(0x1D7CE + c as u32 - 0x30).unwrap().to_string()),
        between("\u{200B}"),
        between("\u{AD}"),
        between(" "),
        between("."),
        between("/"),
        between("\n"),
        grouped("\u{A0}"),
        grouped("&nbsp;"),
        grouped("\r\n"),
        grouped(" - "),
        grouped("·"),
        format!("{}\n{}", &number[..7], &number[7..]),
        format!("card{number}end"),
    ];
    for text in disguised {
        for around in ["", "我的卡", "x "] {
            let text = format!("{around}{text}");
            assert_eq!(kinds(&text), [Kind::BankCard], "{text:?}");
            let left = redact(&text).0;
            assert!(left.starts_with(around) && !left.contains("111"), "{left:?}");
        }
    }
}

#[test]
fn a_number_split_over_two_messages_is_not_completed() {
    let (left, found) = redact_after("my card is 4111 1111", "1111 1111, thanks");
    assert_eq!((left.as_str(), found.len()), ("█████, thanks", 1));
    assert_eq!(redact_after("see you at 10", "1111 1111").0, "1111 1111");
    assert_eq!(redact_after("", "4111111111111111").0, "█████");
}

#[test]
fn a_passports_lines_go_together() {
    let mrz = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
    assert_eq!(redact(&format!("here: {mrz} ok")).0, "here: █████ ok");
    assert_eq!(kinds(&mrz.replace("7408122", "7408123")), []);
}

#[test]
fn keys_go_whole() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----";
    assert_eq!(redact(&format!("a {pem}\nb")).0, "a █████\nb");
    assert_eq!(kinds("AKIAIOSFODNN7EXAMPLE"), [Kind::Secret]);
    assert_eq!(kinds("-----BEGIN PUBLIC KEY-----\nMC4CAQ\n-----END PUBLIC KEY-----"), []);
}

/// By the square of a text's length, as anybody could once have it read, this takes minutes.
#[test]
fn no_phrase_said_over_and_over_costs_the_square_of_it() {
    for phrase in super::words::phrases() {
        find(&phrase.repeat(1 << 14));
    }
}

#[test]
fn nothing_anybody_types_breaks_it() {
    let mut seed = 7_u64;
    let mut next = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let pieces = [
        "4",
        "1111",
        "89",
        "１",
        "\u{FE0F}\u{20E3}",
        "&#49;",
        "&",
        "&#;",
        "&nbsp;",
        "GB",
        "DE89",
        "P<",
        "<",
        " ",
        "\n",
        "密码",
        "是",
        "：",
        "password",
        " is ",
        "code",
        "é",
        "𝟏",
        "\u{200B}",
        "X",
        "+",
        "-----BEGIN",
        "eyJ",
        "otp",
        "🧾",
    ];
    for _ in 0..20_000 {
        let text: String = (0..next(40)).map(|_| pieces[next(pieces.len())]).collect();
        let found = find(&text);
        assert!(found.windows(2).all(|w| w[0].at.end <= w[1].at.start), "{text:?}");
        // What is left has nothing more to strike out where it was struck out.
        let _ = redact_after(&text, &redact(&text).0);
    }
}
