//! The people of the history and what they say: made up, every one. Mail addresses end in example.com, phone
//! numbers come from the range that Ofcom keeps free for drama, cards carry numbers of the made-up operator.

use case::{Lang, Person};

use super::lots::Lots;

const ENGLISH_FIRST: [&str; 28] = [
    "Amelia", "Oliver", "Grace", "Noah", "Hannah", "George", "Priya", "Callum", "Aisha", "Rhys", "Niamh", "Tomasz",
    "Chloe", "Daniel", "Fatima", "Ewan", "Isla", "Marcus", "Zoë", "Patrick", "Ruth", "Samir", "Bethan", "Leon",
    "Yvonne", "Kwame", "Elena", "Hugo",
];
const ENGLISH_LAST: [&str; 30] = [
    "Hughes",
    "Bennett",
    "Adeyemi",
    "Fraser",
    "Patel",
    "Whitfield",
    "Novak",
    "Campbell",
    "Doyle",
    "Iqbal",
    "Marsh",
    "Thornton",
    "Silva",
    "Reid",
    "Ashworth",
    "Kowalski",
    "Griffiths",
    "Mensah",
    "Barker",
    "O'Neill",
    "Sinclair",
    "Rahman",
    "Harding",
    "Lindqvist",
    "Pereira",
    "Walsh",
    "Nkosi",
    "Farrow",
    "Castle",
    "Byrne",
];
const STREETS: [&str; 16] = [
    "Canal Street",
    "Station Road",
    "Orchard Close",
    "Priory Avenue",
    "Victoria Terrace",
    "Quay Lane",
    "Elm Grove",
    "Meadow Way",
    "Church Hill",
    "Albion Place",
    "Foundry Row",
    "Castle Street",
    "Park View",
    "Mariner's Walk",
    "Weaver's Yard",
    "High Street",
];
const TOWNS: [(&str, &str); 12] = [
    ("Bristol", "BS3"),
    ("Leeds", "LS6"),
    ("Cardiff", "CF10"),
    ("Glasgow", "G12"),
    ("Norwich", "NR2"),
    ("Exeter", "EX4"),
    ("Sheffield", "S11"),
    ("Belfast", "BT9"),
    ("Liverpool", "L8"),
    ("York", "YO10"),
    ("Brighton", "BN1"),
    ("London", "E8"),
];
const SURNAMES: [(&str, &str); 28] = [
    ("陈", "chen"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("杨", "yang"),
    ("黄", "huang"),
    ("赵", "zhao"),
    ("吴", "wu"),
    ("周", "zhou"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("马", "ma"),
    ("朱", "zhu"),
    ("胡", "hu"),
    ("郭", "guo"),
    ("何", "he"),
    ("高", "gao"),
    ("林", "lin"),
    ("罗", "luo"),
    ("郑", "zheng"),
    ("梁", "liang"),
    ("谢", "xie"),
    ("宋", "song"),
    ("唐", "tang"),
    ("许", "xu"),
    ("司马", "sima"),
    ("诸葛", "zhuge"),
    ("邓", "deng"),
    ("曹", "cao"),
];
const GIVEN: [(&str, &str); 30] = [
    ("晓东", "xiaodong"),
    ("静", "jing"),
    ("建国", "jianguo"),
    ("雅琴", "yaqin"),
    ("志强", "zhiqiang"),
    ("敏", "min"),
    ("丽华", "lihua"),
    ("浩然", "haoran"),
    ("雨桐", "yutong"),
    ("子涵", "zihan"),
    ("欣怡", "xinyi"),
    ("俊杰", "junjie"),
    ("海燕", "haiyan"),
    ("磊", "lei"),
    ("梦瑶", "mengyao"),
    ("国栋", "guodong"),
    ("春梅", "chunmei"),
    ("思远", "siyuan"),
    ("玉兰", "yulan"),
    ("天佑", "tianyou"),
    ("佳宁", "jianing"),
    ("文博", "wenbo"),
    ("婷", "ting"),
    ("嘉豪", "jiahao"),
    ("淑芬", "shufen"),
    ("明哲", "mingzhe"),
    ("晨曦", "chenxi"),
    ("翠", "cui"),
    ("伯言", "boyan"),
    ("若溪", "ruoxi"),
];
const PLACES: [(&str, &str); 14] = [
    ("北京市朝阳区", "建国路"),
    ("上海市徐汇区", "漕溪北路"),
    ("广州市越秀区", "北京路"),
    ("深圳市南山区", "科技园南路"),
    ("杭州市西湖区", "文三路"),
    ("成都市武侯区", "人民南路"),
    ("南京市鼓楼区", "中山北路"),
    ("武汉市洪山区", "珞喻路"),
    ("西安市雁塔区", "小寨西路"),
    ("厦门市思明区", "湖滨南路"),
    ("青岛市市南区", "香港中路"),
    ("长沙市岳麓区", "麓山南路"),
    ("苏州市姑苏区", "干将东路"),
    ("沈阳市和平区", "青年大街"),
];

/// The n-th person of the history.
pub fn person(lots: &mut Lots, n: usize) -> (Person, Lang) {
    let chinese = lots.percent(46);
    // Of the thousand numbers kept for drama, the demo's own people have some; the rest go round once.
    let phone = (n < 650).then(|| format!("+447700900{:03}", 300 + n));
    if chinese {
        let (surname, given) = (lots.pick(&SURNAMES), lots.pick(&GIVEN));
        let (place, road) = lots.pick(&PLACES);
        let (number, floor, room) = (lots.below(280) + 1, lots.below(20) + 1, lots.below(6) + 1);
        let person = Person {
            name: format!("{}{}", surname.0, given.0),
            address: format!("{place}{road}{number}号{floor}楼{floor}{room:02}室"),
            email: Some(format!("{}.{}{n}@example.com", given.1, surname.1)),
            phone,
        };
        return (person, Lang::ZhCn);
    }
    let (first, last) = (*lots.pick(&ENGLISH_FIRST), *lots.pick(&ENGLISH_LAST));
    let (town, district) = lots.pick(&TOWNS);
    let code: String = [lots.below(17), lots.below(17)].iter().map(|n| char::from(b"ABDEFGHJLNPQRSTUW"[*n])).collect();
    let plain = |text: &str| text.to_lowercase().replace('ë', "e").replace('\'', "");
    let person = Person {
        name: format!("{first} {last}"),
        address: format!(
            "{} {}, {town} {district} {}{code}",
            lots.below(140) + 1,
            lots.pick(&STREETS),
            lots.below(9) + 1
        ),
        email: Some(format!("{}.{}{n}@example.com", plain(first), plain(last))),
        phone,
    };
    (person, Lang::En)
}

/// Sentences of one purpose, in both languages.
pub struct Said([&'static [&'static str]; 2]);

impl Said {
    pub fn draw(&self, lots: &mut Lots, lang: Lang) -> String {
        let of = match lang {
            Lang::En => self.0[0],
            Lang::ZhCn => self.0[1],
        };
        (*lots.pick(of)).to_owned()
    }
}

pub const STATEMENT: Said = Said([
    &[
        "I am moving abroad at the end of the month and no longer need the card.",
        "My employer pays for my data now. Please end this contract.",
        "The router has been in a drawer since spring. Please cancel and send me the confirmation in writing.",
        "I have had no reception at my new address for weeks, so please cancel the card.",
        "I bought the card for one trip and would like it closed properly, with proof.",
        "Please cancel. I was still billed by my last operator after leaving, so I want a certificate.",
        "My father no longer travels. I look after his contracts and enclose his letter.",
    ],
    &[
        "本人即将回国，此卡不再使用，请予注销并出具凭证。",
        "公司已统一配卡，本人的流量卡请办理注销。",
        "随身路由器已闲置半年，申请注销，谢谢。",
        "新住处没有信号，流量卡无法使用，请尽快注销。",
        "旅行已结束，请注销此卡，并确认不再扣费。",
        "父亲年事已高，不再使用上网卡，现代为申请注销，附本人亲笔信。",
        "之前在别家注销后仍被扣费，这次请务必给我书面凭证。",
    ],
]);

pub const LETTER: Said = Said([
    &[
        "Dear Laika Mobile, I hereby cancel the data card named above with effect from the earliest possible date. Please confirm in writing.",
        "To whom it may concern: please end my contract for this card. I have no e-mail. Yours faithfully.",
        "I wish to give notice on my data card. I am 81 and do not use the internet any more. Thank you for your help.",
    ],
    &[
        "莱卡移动：本人声明注销上述流量卡，请以最早日期办理，并书面确认。此致敬礼。",
        "您好，本人不会上网操作，特写信申请注销此卡，请回信告知结果。",
        "兹申请注销本人名下流量卡一张，卡号见上，烦请办理。",
    ],
]);

pub const ASK_PROGRESS: Said = Said([
    &[
        "Hello, is there any news? The page says it is being looked at.",
        "When will my card stop? I would like to know before the next bill.",
        "Do I need to do anything else?",
    ],
    &["您好，请问现在进展如何？", "请问卡什么时候停？我想在下次账单前办好。", "请问我还需要提供什么吗？"],
]);

pub const ANSWER_PROGRESS: Said = Said([
    &[
        "Thank you for asking. A colleague looks at it today; you need not do anything.",
        "It is next in line. You will not be billed for the time it waits with us.",
        "All we need is here. You will hear from us today, and the certificate follows by itself.",
    ],
    &[
        "感谢您的询问。同事今天会处理，您无需再做什么。",
        "您的注销单排在前面，等待期间不会产生费用。",
        "资料已齐全，今天会有结果，凭证会自动发给您。",
    ],
]);

pub const ASK_MATCH: Said = Said([
    &[
        "The address you gave is not the one we have. Please check it, or give the one you had when you bought the card.",
        "Your details differ from our record in one place, which is marked on the page. Please mend it there.",
    ],
    &["您填写的地址与登记的不一致，请核对，或填写购卡时的地址。", "有一处资料与登记不符，页面上已标出，请您更正。"],
]);

pub const ASK_PROOF: Said = Said([
    &[
        "Thank you for your message. Please confirm with a code that it is you, and say that your data is saved.",
        "We have your declaration, and it counts from today. To end the card we need a code from you.",
    ],
    &[
        "来信收到。请用验证码确认是您本人，并确认卡内资料已备份。",
        "您的声明已收到并自今日生效。办理停卡前，请用验证码确认身份。",
    ],
]);

pub const EXPLAIN: Said = Said([
    &[
        "I have moved twice since I bought the card; the old address was 4 Mill Lane.",
        "That is my married name; the contract has the old one.",
    ],
    &["购卡后搬过两次家，旧地址是之前租的房子。", "登记时用的是旧地址，现在已经搬家了。"],
]);

pub const EVIDENCE: Said = Said([
    &[
        "Name, number and date of contract agree; address explained.",
        "Read the statement; it is clear and signed.",
        "Called back on the number on record; date of contract and address agree.",
        "Compared the signature with the contract of 2024.",
        "Everything agrees but the house number, a slip of the pen.",
    ],
    &[
        "姓名、卡号、开户日期一致，地址已说明。",
        "声明清楚，已核对。",
        "已按登记号码回拨，开户日期与地址相符。",
        "签名与合同一致。",
    ],
]);

pub const SECOND: Said = Said([
    &[
        "Seen what my colleague saw; agree.",
        "Checked the call note and the record again.",
        "Compared everything afresh; nothing against it.",
    ],
    &["已复核，同意。", "复查通话记录与登记资料，无异议。"],
]);

pub const CALL: Said = Said([
    &[
        "Rang the number on record at half past. Holder answered, knew product and month of purchase.",
        "Call of six minutes: wants it ended, has no e-mail, asks for a letter.",
        "No answer; left word to ring the hotline with the reference.",
    ],
    &[
        "按登记号码回拨，本人接听，说对了套餐和购卡月份。",
        "通话六分钟：确认注销，没有邮箱，希望寄信通知。",
        "无人接听，已留言请其致电热线并报单号。",
    ],
]);

pub const NOT_FOUND: Said = Said([
    &["We found no card of ours with this number.", "We heard nothing and cannot tell whose card this is."],
    &["未查到与该号码对应的卡。", "一直未收到您的答复，无法确认卡属于谁。"],
]);

pub const WAY_OUT: Said = Said([
    &[
        "Send a photo of the card, or the first bill, and we go on at once. Your declaration stays on file.",
        "Ring the hotline with your reference, or declare again with another number.",
    ],
    &["请发来卡片照片或首张账单，我们马上继续办理。您的声明仍然有效。", "请携单号致电热线，或换一个号码重新提交。"],
]);

pub const NOT_MINE: Said = Said([
    &["The holder says they never asked for this.", "The real holder wants to keep the card."],
    &["机主表示从未申请注销。", "机主本人要求保留此卡。"],
]);

pub const GO_ON: Said = Said([
    &["Holder rang back: it was their daughter, with their leave.", "Spoke to the holder; a misunderstanding, go on."],
    &["机主回电：是女儿经同意代办。", "已与机主通话，属误会，继续办理。"],
]);
