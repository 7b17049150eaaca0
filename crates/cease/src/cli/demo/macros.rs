//! The demo's macros, which its approver shares with everybody.

use case::{AccountId, MacroId, Need};
use store::Macro;

use crate::app::Shared;

pub async fn seed(app: &Shared, owner: AccountId) -> anyhow::Result<()> {
    for (n, made) in (1..).zip([bill(owner), looking(owner), rang(owner)]) {
        app.store.put_macro(Macro { id: MacroId::from_bits(0x1A1C_A000 + n), ..made }).await?;
    }
    Ok(())
}

fn of(owner: AccountId, name: &str, text_en: &str, text_zh: &str) -> Macro {
    Macro {
        id: MacroId::from_bits(0),
        owner,
        shared: true,
        name: name.into(),
        text_en: text_en.into(),
        text_zh: text_zh.into(),
        needs: Vec::new(),
        note: String::new(),
        take_up: false,
        snooze_days: None,
        snooze_reply: false,
    }
}

fn bill(owner: AccountId) -> Macro {
    let en = "Dear {name},\n\nto go on with {reference} we need a document that shows your name and the card {card}, \
              such as a bill. Please add it on the case’s page. Cover bank card and ID numbers first.\n\n{agent}";
    let zh = "{name}您好：\n\n为继续办理 {reference}，请在注销单页面上传一份载有您姓名和卡号 {card} 的文件，例如账单。\
              请先遮盖银行卡号和证件号码。\n\n{agent}";
    Macro {
        needs: vec![Need::Document],
        note: "Asked for a bill. 已索取账单。".into(),
        snooze_days: Some(7),
        snooze_reply: true,
        ..of(owner, "Ask for a bill 索取账单", en, zh)
    }
}

fn looking(owner: AccountId) -> Macro {
    let en = "Dear {name},\n\nwe have read your message. You hear from us by {due}.\n\n{agent}";
    let zh = "{name}您好：\n\n您的留言已收到，我们最迟于{due}答复您。\n\n{agent}";
    of(owner, "We are looking into it 正在处理", en, zh)
}

fn rang(owner: AccountId) -> Macro {
    let note = "Rang {name} on the number on record: not reached. 已按登记号码致电，未接通。";
    Macro { note: note.into(), snooze_days: Some(1), ..of(owner, "Rang, not reached 致电未接", "", "") }
}
