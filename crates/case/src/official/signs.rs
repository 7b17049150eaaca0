//! What in a message's words is typical of fraud. Real messages may have some of it and fraudulent ones
//! none, so these are advice, not a verdict.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// For a bank card, an identity number, a password.
    AsksForSecrets,
    /// For a code that was sent to you.
    AsksForCode,
    Hurries,
    /// Money first, so that money comes back.
    FeeForRefund,
    /// Send a card or device to somewhere that is not registered.
    SendElsewhere,
    /// On to a messenger or a group.
    ElsewhereToTalk,
    /// Install something so that they see your screen.
    RemoteControl,
    /// Gift cards, coins, a private account.
    OddPayment,
}

impl Sign {
    pub const ALL: [Sign; 8] = [
        Sign::AsksForSecrets,
        Sign::AsksForCode,
        Sign::Hurries,
        Sign::FeeForRefund,
        Sign::SendElsewhere,
        Sign::ElsewhereToTalk,
        Sign::RemoteControl,
        Sign::OddPayment,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Sign::AsksForSecrets => "asks-for-secrets",
            Sign::AsksForCode => "asks-for-code",
            Sign::Hurries => "hurries",
            Sign::FeeForRefund => "fee-for-refund",
            Sign::SendElsewhere => "send-elsewhere",
            Sign::ElsewhereToTalk => "elsewhere-to-talk",
            Sign::RemoteControl => "remote-control",
            Sign::OddPayment => "odd-payment",
        }
    }
}

const PHRASES: &[(Sign, &[&str])] = &[
    (
        Sign::AsksForSecrets,
        &[
            "bank card number",
            "card number and",
            "your card details",
            "bank details",
            "account number",
            "cvv",
            "sort code",
            "identity number",
            "id number",
            "passport number",
            "your password",
            "银行卡号",
            "银行卡",
            "身份证",
            "卡背面",
            "您的密码",
            "你的密码",
            "护照号",
        ],
    ),
    (
        Sign::AsksForCode,
        &[
            "send us the code",
            "send me the code",
            "tell us the code",
            "tell me the code",
            "read us the code",
            "share the code",
            "verification code you",
            "one-time code you",
            "把验证码",
            "告诉我验证码",
            "提供验证码",
            "发送验证码给",
            "收到的验证码",
        ],
    ),
    (
        Sign::Hurries,
        &[
            "immediately",
            "within 24 hours",
            "within 2 hours",
            "urgent",
            "last chance",
            "final notice",
            "will be suspended",
            "will be blocked",
            "act now",
            "立即",
            "马上",
            "紧急",
            "最后机会",
            "24小时内",
            "否则",
            "将被冻结",
            "将被停机",
            "逾期",
        ],
    ),
    (
        Sign::FeeForRefund,
        &[
            "release fee",
            "processing fee to",
            "pay a fee to",
            "deposit to unlock",
            "to receive your refund",
            "to claim your refund",
            "refund fee",
            "手续费后",
            "先支付",
            "保证金",
            "解冻费",
            "退款需",
            "才能退款",
            "办理退款",
        ],
    ),
    (
        Sign::SendElsewhere,
        &[
            "send your card to",
            "post your card to",
            "send the sim",
            "courier will collect",
            "hand it to the courier",
            "寄到",
            "邮寄至",
            "快递到",
            "上门取",
            "交给快递",
        ],
    ),
    (
        Sign::ElsewhereToTalk,
        &[
            "telegram",
            "whatsapp",
            "wechat",
            "add me on",
            "join our group",
            "t.me/",
            "tg",
            "加微信",
            "加群",
            "讨论群",
            "群组",
            "电报",
            "纸飞机",
            "加我",
            "私聊",
            "qq群",
        ],
    ),
    (
        Sign::RemoteControl,
        &[
            "anydesk",
            "teamviewer",
            "rustdesk",
            "quicksupport",
            "share your screen",
            "remote access",
            "屏幕共享",
            "远程协助",
            "向日葵",
            "会议软件",
        ],
    ),
    (
        Sign::OddPayment,
        &[
            "gift card",
            "bitcoin",
            "usdt",
            "crypto",
            "western union",
            "private account",
            "礼品卡",
            "比特币",
            "安全账户",
            "私人账户",
            "充值卡",
        ],
    ),
];

static FINDER: LazyLock<(AhoCorasick, Vec<Sign>)> = LazyLock::new(|| {
    let all = PHRASES.iter().flat_map(|(sign, phrases)| phrases.iter().map(move |phrase| (*phrase, *sign)));
    let (phrases, signs): (Vec<_>, Vec<_>) = all.unzip();
    let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(phrases);
    (finder.unwrap_or_else(|_| unreachable!("a few short phrases")), signs)
});

/// By which a message says that it does not ask.
const NEVER: [&str; 7] = ["never ask", "not ask", "never need", "不会索要", "绝不索要", "不索要", "不要求"];
/// Bytes in which that is said of what follows.
const SOON: usize = 60;

/// Whether what is found at `at` is what a message says that it does not ask for, with nothing between that begins anew.
fn denied(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let said = NEVER.iter().filter_map(|never| before.to_ascii_lowercase().rfind(never).map(|from| from + never.len()));
    said.max().is_some_and(|from| {
        let between = &before[from..];
        between.len() <= SOON
            && !between.contains(['.', ',', ';', ':', '!', '?', '\n', '。', '，', '；', '：', '！', '？'])
            && !between.split(' ').any(|word| matches!(word, "but" | "until" | "unless" | "just" | "except"))
    })
}

/// `our_address` says that a registered address is among what was found.
pub(super) fn of(text: &str, our_address: bool) -> BTreeSet<Sign> {
    let (finder, signs) = &*FINDER;
    let inside_a_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    finder
        .find_overlapping_iter(text)
        .filter(|hit| {
            let ascii = text.as_bytes()[hit.start()].is_ascii_alphabetic()
                && text.as_bytes()[hit.end() - 1].is_ascii_alphabetic();
            let before = inside_a_word(text[..hit.start()].chars().next_back());
            let after = inside_a_word(text[hit.end()..].chars().next());
            !(ascii && (before || after))
        })
        .map(|hit| (signs[hit.pattern().as_usize()], hit.start()))
        .filter(|(sign, at)| *sign != Sign::AsksForSecrets || !denied(text, *at))
        .map(|(sign, _)| sign)
        .filter(|sign| *sign != Sign::SendElsewhere || !our_address)
        .collect()
}
