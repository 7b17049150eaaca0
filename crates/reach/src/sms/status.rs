//! What an SMSC says (SMPP 3.4, 5.1.3), sorted into *never* and *later*, and *later for everything*.
//! Never is only what is about the recipient or this text. What is about us (our sender, our rights)
//! is tried again, so that an operator who mends it loses nothing.

use rusmpp::CommandStatus;

use crate::Failure;

/// A refusal, and whether everything else has to wait too.
#[derive(Debug)]
pub(super) struct Refused {
    pub failure: Failure,
    pub slower: bool,
}

pub(super) fn refused(status: CommandStatus) -> Refused {
    let code = u32::from(status);
    let never = |why: &str| Refused { failure: Failure::GiveUp(why.to_owned()), slower: false };
    let later = |why: &str| Refused { failure: Failure::Retry(why.to_owned()), slower: false };
    match code {
        0x0B => never("the SMSC knows no such number"),
        0x50 | 0x51 => never("the SMSC does not take numbers of this kind"),
        0x01 => never("the text is too long for the SMSC"),
        0x43 | 0x104 => never("the SMSC does not take a text of this kind"),
        0x65 | 0x66 => never("the SMSC refuses the message for good"),
        0x101 => never("the SMSC may not send to this number"),
        0x58 => Refused { slower: true, ..later("the SMSC wants fewer messages") },
        0x14 => Refused { slower: true, ..later("the SMSC's queue is full") },
        0x0A | 0x48 | 0x49 => later("the SMSC does not take our sender: see sms.sender"),
        0x100 | 0x103 => later("the SMSC does not let us send"),
        0x08 | 0x45 | 0x64 | 0xFE | 0xFF => later("the SMSC cannot take it now"),
        _ => later(&format!("the SMSC answers with status 0x{code:08x}")),
    }
}

/// Why a bind was refused.
pub(super) fn not_bound(status: CommandStatus) -> String {
    match u32::from(status) {
        code @ (0x0D..=0x0F) => format!("the SMSC does not take our system_id and password (0x{code:02x})"),
        0x05 => "the SMSC says that we are bound already: is there another process under this system_id?".to_owned(),
        code => format!("the SMSC refuses the bind with status 0x{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_given_up_and_nothing_else_is() {
        let of = |code: u32| refused(CommandStatus::from(code));
        for code in [0x0B, 0x50, 0x51, 0x01, 0x65, 0x66, 0x101] {
            assert!(matches!(of(code).failure, Failure::GiveUp(_)), "0x{code:x}");
        }
        for code in [0x0A, 0x08, 0x58, 0x14, 0x64, 0x103, 0x4FF, 0xFFFF_FFFF] {
            assert!(matches!(of(code).failure, Failure::Retry(_)), "0x{code:x}");
        }
        assert_eq!([0x58, 0x14, 0x08, 0x0B].map(|c| of(c).slower), [true, true, false, false]);
        assert!(of(0x4FF).failure.to_string().contains("0x000004ff"));
    }
}
