use jiff::civil::date;

use super::{Entry, Kind, Reason, Register, Report, Sign, Verdict, check, links};
use crate::identify::IdentifyRules;

fn register() -> Register {
    let entry = |kind, value: &str| Entry::new(kind, value);
    let official = vec![
        entry(Kind::Domain, "laika-mobile.example"),
        entry(Kind::Domain, "laikamobile.com"),
        entry(Kind::Mail, "desk@laika-mobile.example"),
        entry(Kind::Phone, "+44 7700 900100"),
        entry(Kind::ShortCode, "60500"),
        entry(Kind::Sender, "Laika"),
        entry(Kind::Handle, "wechat:laika_desk"),
        entry(Kind::Courier, "Posted Parcels"),
        entry(Kind::Address, "Laika Mobile Returns, 12 Mill Road, Leeds LS1 5AB"),
        Entry { until: Some(date(2025, 12, 31)), ..entry(Kind::Domain, "laika-old.co.uk") },
    ];
    let fake = vec![entry(Kind::Domain, "cancel-laika.net"), entry(Kind::Handle, "telegram:laika_refunds")];
    Register { official, fake }.checked(&IdentifyRules::default()).unwrap()
}

fn asked(text: &str) -> Report {
    check(text, &register(), date(2026, 11, 26), &IdentifyRules::default())
}

fn verdict(text: &str) -> Verdict {
    asked(text).verdict
}

fn why(text: &str) -> Vec<Reason> {
    asked(text).found.into_iter().flat_map(|f| f.reasons).collect()
}

#[test]
fn what_is_registered_is_official_and_nothing_else_is() {
    for text in [
        "https://laika-mobile.example/case",
        "Please go to help.laika-mobile.example.",
        "LAIKAMOBILE.COM",
        "请登录www.laikamobile.com查看",
        "desk@laika-mobile.example",
        "mailto:Desk+C7K4@laika-mobile.example?subject=x",
        "+44 7700 900100",
        "tel:+447700900100",
        "07700 900 100",
        "60500",
        "Laika",
        "微信号：laika_desk",
        "laika mobile returns 12 MILL ROAD leeds ls1 5ab",
        "Posted Parcels",
    ] {
        assert_eq!(verdict(text), Verdict::Official, "{text}: {:?}", asked(text));
    }
    for text in
        ["", "hello", "https://example.org/", "agent@example.org", "+49 171 0000001", "10086", "see you in Leeds"]
    {
        assert_eq!(verdict(text), Verdict::Unknown, "{text}: {:?}", asked(text));
    }
}

#[test]
fn imitations_are_not_us() {
    for text in [
        "https://laika-mobi1e.example/",
        "https://laikarnobile.com/",
        "https://laikamobile.co/",
        "https://lаikamobile.com/", // a Cyrillic а
        "https://xn--likamobile-zqi.com/",
        "https://laikamobile.com.secure-login.example.net/",
        "https://laikamobile-cancel.net/",
        "https://laikamobile.com@evil.example.net/",
        "https://laikamobile.com%2F@evil.example.net/",
        "https:\\\\laikamobile.com@evil.example.net",
        "https://evil.example.net/\u{200B}?x=1 https://laikamobille.com",
        "desk@laika-mobile.example.org",
        "desk@laikamobi1e.com",
        "+44 7700 900101",
        "+49 7700 900100",
        "cancel-laika.net/refund",
        "https://t.me/laika_refunds",
        "https://t.me/s/esim1088",
        "Telegram: anything_at_all",
        "@laikadesk",
        "wa.me/447700900199",
        "Lalka",
    ] {
        assert_eq!(verdict(text), Verdict::NotUs, "{text}: {:?}", asked(text));
    }
}

/// Beside a channel of ours, one of somebody else's is seen however it is written.
#[test]
fn no_way_of_writing_hides_a_stranger_beside_us() {
    for stranger in [
        "０９０６　１２３　４５６７",
        "0906–123–4567",
        "0906\u{2011}123\u{2011}4567",
        "0906·123·4567",
        "0906/123/4567",
        "0906_123_4567",
        "0906\u{200B}1234567",
        "0906 123 4567 0906 123 4567 0906 123 4567",
        "evil-pay.中国",
        "支付.中国",
        "支付.com",
        "请打开支付.com领取",
        "请打开evil-pay.中国领取",
        "laika-mobile.example.中国",
        "laika-mobile.example支付.com",
        "evil-pay．com",
        "evil-pay。com/x",
        "evil-pay｡com",
        "evil-pay .com",
        "ｅｖｉｌ-ｐａｙ.ｃｏｍ",
        "boss＠evil－pay．com",
        "boss@支付.中国",
        "boss@laika-mobile.example.中国",
        "45.33.2.1/x",
        "４５.３３.２.１",
    ] {
        for text in [format!("https://laikamobile.com/case {stranger}"), format!("{stranger}，+44 7700 900100")] {
            assert_ne!(verdict(&text), Verdict::Official, "{text}: {:?}", asked(&text));
        }
    }
    // And however ours is written, it is ours.
    for ours in [
        "＋４４　７７００　９００１００",
        "07700–900–100",
        "07700\u{2011}900\u{2011}100",
        "+44 7700 900100 或 07700 900 100",
        "ｌａｉｋａｍｏｂｉｌｅ．ｃｏｍ",
        "请登录laikamobile.com。谢谢",
        "我的卡 8944 7700 0000 0001 114：https://laikamobile.com",
    ] {
        assert_eq!(verdict(ours), Verdict::Official, "{ours}: {:?}", asked(ours));
    }
}

/// "@host #code": the code is for that host, and no messenger has an account of that name.
#[test]
fn the_host_that_a_code_is_for_is_no_account() {
    let says = "Laika Mobile: 421099 is your code for showing that a card is yours. Valid 10 minutes. \
                We never ask you to read it to anyone.";
    for (host, kind, wanted) in [
        ("laika-mobile.example", Kind::Domain, Verdict::Official),
        ("help.laikamobile.com", Kind::Domain, Verdict::Official),
        ("evil.example", Kind::Domain, Verdict::Unknown),
        ("127.0.0.1", Kind::Domain, Verdict::Unknown),
        ("localhost", Kind::Domain, Verdict::Unknown),
        ("laikamobi1e.com", Kind::Domain, Verdict::NotUs),
        ("laikamobile.com.evil.example", Kind::Domain, Verdict::NotUs),
        ("laikamobile.com@evil.example", Kind::Handle, Verdict::NotUs),
        ("laikadesk", Kind::Handle, Verdict::NotUs),
        // Digits alone, which a browser takes for an address, are an account here.
        ("3232235777", Kind::Handle, Verdict::NotUs),
    ] {
        for line in ["\n\n", "\n", " "] {
            let report = asked(&format!("{says}{line}@{host} #421099"));
            assert_eq!(report.verdict, wanted, "{host}: {report:?}");
            assert_eq!(report.found.iter().map(|f| f.kind).collect::<Vec<_>>(), [kind], "{host}: {report:?}");
            assert_eq!(report.signs.len(), 0, "{host}: {report:?}");
        }
    }
    // Without a code it may be an account of any messenger.
    for text in ["@laika.desk", "@laika.desk #refund", "@laika.desk 421099", "#421099 @laika.desk", "@laika.desk #1"] {
        let report = asked(text);
        assert_eq!((report.verdict, report.found[0].kind), (Verdict::NotUs, Kind::Handle), "{text}: {report:?}");
    }
}

/// A desk that is tried out on the reader's own machine has an address and a port, and knows itself by it.
#[test]
fn a_desk_that_is_tried_out_knows_its_own_address() {
    let own = |value: &str| {
        let register = Register { official: vec![Entry::new(Kind::Domain, value)], fake: vec![] };
        register.checked(&IdentifyRules::default()).map_err(|bad| bad.why)
    };
    for host in ["localhost", "127.0.0.1"] {
        let ours = own(host).unwrap();
        let verdict = |text: &str| check(text, &ours, date(2026, 11, 26), &IdentifyRules::default()).verdict;
        assert_eq!(verdict(&format!("http://{host}:8080/case")), Verdict::Official);
        assert_eq!(verdict(&format!("http://user@{host}:8080/case")), Verdict::Unknown);
        for other in ["http://127.0.0.2/", "http://192.0.2.7:8080/"] {
            assert_eq!(verdict(other), Verdict::Unknown, "{other}");
        }
        assert_eq!(verdict(&format!("http://{host}.evil.example/")), Verdict::NotUs);
        assert_eq!(asked(&format!("http://{host}:8080/")).verdict, Verdict::Unknown, "not of a desk elsewhere");
    }
    assert_eq!(own("192.0.2.7"), Err("it is an address, not a name"));
}

#[test]
fn every_reason_is_given() {
    assert_eq!(why("https://bit.ly/3xYz"), [Reason::Hidden, Reason::NotRegistered]);
    assert_eq!(why("http://192.0.2.7/login"), [Reason::BareAddress, Reason::NotRegistered]);
    assert_eq!(why("https://laikamobile.com:8443/"), [Reason::Port, Reason::Registered]);
    assert_eq!(
        why("https://laikamobile.com/go?to=https%3A%2F%2Fevil.example.net%2F"),
        [Reason::LeadsOn("evil.example.net".into()), Reason::Registered]
    );
    assert_eq!(why("laika-old.co.uk"), [Reason::NotToday]);
    let reference = crate::CaseRef::from_bits(77);
    assert_eq!(why(&format!("your case {reference}")), [Reason::OnlyAForm]);
    for text in [
        "https://bit.ly/3xYz",
        "https://laikamobile.com:8443/",
        "https://laikamobile.com/go?to=//evil.example.net",
        "laika-old.co.uk",
    ] {
        assert_eq!(verdict(text), Verdict::Unknown, "{text}");
    }
    // The worst in a message decides.
    assert_eq!(verdict("From Laika: see https://laikamobile.com or https://laikamobile.support"), Verdict::NotUs);
}

#[test]
fn the_advertisement_is_none_of_ours() {
    let text = "英国莱卡数据卡如何注销？[[TG💪+ @esim1088](https://t.me/s/esim1088)] 不妨加入我们的讨论群组，与其他用户一起交流经验。";
    let report = asked(text);
    assert_eq!(report.verdict, Verdict::NotUs, "{report:?}");
    assert!(report.signs.contains(&Sign::ElsewhereToTalk));
    assert!(report.found.iter().all(|f| f.verdict == Verdict::NotUs), "{report:?}");
}

#[test]
fn what_is_typical_of_fraud_is_named_in_both_languages() {
    let all = |text: &str| asked(text).signs.into_iter().collect::<Vec<_>>();
    assert_eq!(
        all("Pay a fee to receive it, act now, and send us the code"),
        [Sign::AsksForCode, Sign::Hurries, Sign::FeeForRefund]
    );
    assert_eq!(all("请提供银行卡号，否则将被停机"), [Sign::AsksForSecrets, Sign::Hurries]);
    // Our own words, and what others make of them.
    for ours in [
        "We never ask for your bank card number or ID number, on any channel.",
        "我们在任何渠道都不会索要您的银行卡号或证件号码。",
    ] {
        assert_eq!(all(ours), [], "{ours}");
    }
    for theirs in [
        "We never ask for codes. Send your bank card number.",
        "We never ask for codes, only your bank card number",
        "We never ask but send your bank card number",
        "我们不会索要密码，请提供银行卡号",
        "We never ask for your bank card number. Your password, please",
    ] {
        assert_eq!(all(theirs), [Sign::AsksForSecrets], "{theirs}");
    }
    assert_eq!(all("请把卡寄到我们指定的地址"), [Sign::SendElsewhere]);
    assert_eq!(all("send your card to Laika Mobile Returns, 12 Mill Road, Leeds LS1 5AB"), []);
    assert_eq!(all("Your case has moved on."), []);
    assert_eq!(Sign::ALL.len(), Sign::ALL.iter().map(|s| s.name()).collect::<std::collections::BTreeSet<_>>().len());
}

#[test]
fn a_register_with_what_nobody_owns_is_refused() {
    let with = |kind, value: &str| {
        let official = vec![Entry::new(kind, value)];
        Register { official, fake: vec![] }.checked(&IdentifyRules::default()).map_err(|e| e.to_string())
    };
    for (kind, value) in [
        (Kind::Domain, "co.uk"),
        (Kind::Domain, "192.0.2.1"),
        (Kind::Domain, "not a host"),
        (Kind::Mail, "desk"),
        (Kind::Phone, "hello"),
        (Kind::ShortCode, "12"),
        (Kind::Handle, "laika"),
        (Kind::Sender, "L"),
        (Kind::Reference, "C7K4-M2QX-D"),
    ] {
        assert!(with(kind, value).unwrap_err().contains(kind.name()), "{value}");
    }
    let (from, until) = (Some(date(2026, 2, 1)), Some(date(2026, 1, 1)));
    let backwards = Entry { from, until, ..Entry::new(Kind::Sender, "Laika") };
    assert!(Register { official: vec![backwards], fake: vec![] }.checked(&IdentifyRules::default()).is_err());
}

#[test]
fn couriers_and_addresses_are_held_against_ours() {
    for (text, wanted) in [
        ("Posted Parcels", Verdict::Official),
        ("posted parcels", Verdict::Official),
        ("Posted Parcel", Verdict::NotUs),
        ("P0sted Parcels", Verdict::NotUs),
        ("Swift Vans", Verdict::Unknown),
        // A name in a sentence proves nothing.
        ("A courier of Posted Parcels will collect your card today", Verdict::Unknown),
        ("Post it to Laika Mobile Returns, 12 Mill Road, Leeds LS1 5AB.", Verdict::Official),
        ("Laika Mobile Returns\n12 Mill Road\nLeeds\nLS1 5AB", Verdict::Official),
        ("Post it to Laika Mobile Returns, 21 Mill Road, Leeds LS1 5AB.", Verdict::NotUs),
        ("Laika Mobile Returns, Unit 7, Dock Street, Leeds LS1 5AB", Verdict::NotUs),
        ("Send it to 4 Dock Street, Hull HU1 1AA", Verdict::Unknown),
        ("Our office in Leeds is open. We drove down the road past the mill.", Verdict::Unknown),
    ] {
        assert_eq!(verdict(text), wanted, "{text}: {:?}", asked(text));
    }
    let ours = Entry::new(Kind::Address, "莱卡移动退卡处\n上海市浦东新区世纪大道100号");
    let register = Register { official: vec![ours], fake: vec![] }.checked(&IdentifyRules::default()).unwrap();
    assert_eq!(register.official[0].shown, "莱卡移动退卡处, 上海市浦东新区世纪大道100号");
    for (text, wanted) in [
        ("请寄到 莱卡移动退卡处，上海市浦东新区世纪大道100号", Verdict::Official),
        ("请寄到 莱卡移动退卡处，上海市浦东新区世纪大道18号楼", Verdict::NotUs),
        ("请寄到 北京市海淀区中关村大街27号", Verdict::Unknown),
    ] {
        let report = check(text, &register, date(2026, 11, 26), &IdentifyRules::default());
        assert_eq!(report.verdict, wanted, "{text}: {report:?}");
    }
}

#[test]
fn numbers_that_look_like_ours_are_not_us() {
    for text in [
        "+44 7700 900010",   // two changed
        "+44 7700 900 1000", // one put in
        "+44 7700 90010",    // one left out
        "+1 7700 900100",    // another country
        "60501",
        "6050",
        "605000",
        "60050",
        "tel:+447700900110",
        "sms:+447700900110?body=STOP",
    ] {
        assert_eq!(verdict(text), Verdict::NotUs, "{text}: {:?}", asked(text));
    }
    for text in ["+49 171 0000001", "77777"] {
        assert_eq!(verdict(text), Verdict::Unknown, "{text}: {:?}", asked(text));
    }
}

#[test]
fn the_text_of_a_screenshot_is_read_as_it_stands() {
    for (text, wanted) in [
        // A phone's text recognition breaks lines, keeps full-width signs and puts in spaces that are none.
        ("Laika\n今天 10:42\n您的注销单已更新，请登录\nlaikamobile.com", Verdict::Official),
        ("Laika\u{3000}：https：//laikamobile.com/case", Verdict::Official),
        // A link that was broken is not put together: what stands there is judged, and the worst of it counts.
        ("https://laikamobile.com\n.secure.example.net/login", Verdict::Unknown),
        ("https://laikamobile.com-\ncancel.example.net/", Verdict::NotUs),
        ("https://laikarnobile.com", Verdict::NotUs),
        ("https://laikamobi|e.com", Verdict::Unknown),
        ("laikamobiIe.com", Verdict::NotUs),
    ] {
        assert_eq!(verdict(text), wanted, "{text}: {:?}", asked(text));
    }
}

/// A generated world of tricks: every letter's look-alikes, what stands before an `@`, hosts above and beside, ports,
/// Punycode, and all of them together.
#[test]
fn of_a_hundred_thousand_imitations_none_is_official() {
    let half = |seed| std::thread::spawn(move || imitations(seed, 50_500));
    let (seen, named) = [half(7), half(8)].into_iter().map(|half| half.join().unwrap()).fold(
        (std::collections::HashSet::new(), 0),
        |(mut all, many), (seen, named)| {
            all.extend(seen);
            (all, many + named)
        },
    );
    assert!(seen.len() >= 100_000, "{} different ones", seen.len());
    // Most are called by their name; the others are unknown, which is to be treated as not us.
    assert!(named * 10 >= seen.len() * 6, "{named} of {}", seen.len());
}

/// So many different ones, and how many of them were called not us.
fn imitations(mut seed: u64, many: usize) -> (std::collections::HashSet<String>, usize) {
    let mut next = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let look_alike = |c: char| -> &'static [char] {
        match c {
            'a' => &['а', 'α', 'ɑ', 'á', 'q'],
            'e' => &['е', 'ё', 'é', 'ҽ', 'c'],
            'i' => &['і', 'ı', '1', 'l', 'í'],
            'k' => &['κ', 'к', 'ķ', 'h'],
            'l' => &['1', 'ӏ', 'ł', 'i', 't'],
            'm' => &['м', 'ṃ', 'n'],
            'o' => &['о', '0', 'ο', 'ó', 'σ'],
            'b' => &['Ь', 'ƅ', 'd'],
            'x' => &['х', '×', 'y'],
            'p' => &['р', 'ρ', 'q'],
            'c' => &['с', 'ϲ', 'o'],
            _ => &['-', '_'],
        }
    };
    let others = ["example.net", "evil.example", "login-help.co.uk", "refund.top", "xn--80ak6aa92e.com", "192.0.2.7"];
    let (register, rules, today) = (register(), IdentifyRules::default(), date(2026, 11, 26));
    let (mut seen, mut named) = (std::collections::HashSet::new(), 0);
    while seen.len() < many {
        let ours = ["laikamobile.com", "laika-mobile.example"][next(2)];
        let other = others[next(others.len())];
        let mut letters: Vec<char> = ours.chars().collect();
        for _ in 0..=next(3) {
            let at = next(ours.len() - 4);
            letters[at] = look_alike(letters[at])[next(look_alike(letters[at]).len())];
        }
        let disguised: String = letters.into_iter().collect();
        let (port, path, word) = (1 + next(65_534), next(9_999), ["www", "my", "secure", "id", "m"][next(5)]);
        let host = match next(10) {
            0..=2 => disguised,
            3 => format!("{ours}.{other}"),
            4 => format!("{word}.{ours}.{path}.{other}"),
            5 => format!("{}-{word}{path}.net", ours.replace('.', "-")),
            6 => format!("{ours}@{other}"),
            7 => format!("{ours}:{port}@{other}"),
            8 => format!("{ours}%2f{path}@{other}"),
            _ => format!("{word}{path}{ours}"),
        };
        // What a browser takes for the very same name is no imitation of it.
        let same = links::host(&host).is_some_and(|host| ["laikamobile.com", "laika-mobile.example"].contains(&&*host));
        let text = match next(6) {
            0 => format!("https://{host}/{path}"),
            1 => format!("http:\\\\{host}\\{path}"),
            2 => format!("see {host}/{path} today"),
            3 => format!("https://{host}:{port}/?to=https://{other}/"),
            4 => format!("请打开{host}，{path}"),
            _ => format!("mailto:desk@{host}"),
        };
        if same || !seen.insert(text.clone()) {
            continue;
        }
        let report = check(&text, &register, today, &rules);
        assert_ne!(report.verdict, Verdict::Official, "{text}: {report:?}");
        named += usize::from(report.verdict == Verdict::NotUs);
    }
    (seen, named)
}

#[test]
fn no_text_breaks_it_and_no_generated_imitation_is_official() {
    let mut seed = 3_u64;
    let mut next = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let swaps =
        [('a', 'а'), ('o', 'о'), ('e', 'е'), ('i', 'і'), ('l', '1'), ('o', '0'), ('m', 'ｍ'), ('k', 'κ'), ('i', 'l')];
    for _ in 0..5_000 {
        let ours = ["laikamobile.com", "laika-mobile.example"][next(2)];
        let (from, to) = swaps[next(swaps.len())];
        let made = match next(5) {
            0 => ours.replacen(from, &to.to_string(), 1),
            1 => format!("{ours}.example.net"),
            2 => format!("{ours}@example.net"),
            3 => format!("{}.{ours}.example.org", ["www", "login"][next(2)]),
            _ => ours.replacen('.', "-", 1) + ".net",
        };
        // Full-width letters are the same letters to every browser.
        if made.contains('ｍ') || made == ours {
            continue;
        }
        for text in [format!("https://{made}/"), format!("see {made} now")] {
            assert_ne!(verdict(&text), Verdict::Official, "{text}: {:?}", asked(&text));
        }
    }
    let pieces = [
        "@", "://", "http", ".", "com", "laika", "，", "微信", ":", "+44", "7700", "900100", " ", "/", "%", "[", "]",
        "xn--", "💪", "\u{202E}",
    ];
    for _ in 0..20_000 {
        let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
        let _ = asked(&text);
    }
}
