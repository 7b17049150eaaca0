//! A card in a reader, through PC/SC: the system's service (`pcscd`) and its library are needed.

use pcsc::{Context, Protocols, Scope, ShareMode};

use super::apdu::Card;

pub struct Reader {
    card: pcsc::Card,
}

/// The names of the readers, in the order in which `--reader` counts them.
pub fn readers() -> Result<Vec<String>, String> {
    let context = Context::establish(Scope::User).map_err(|e| e.to_string())?;
    let names = context.list_readers_owned().map_err(|e| e.to_string())?;
    Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect())
}

impl Reader {
    /// The card in reader `n`, counted from one, for this program alone.
    pub fn open(n: usize) -> Result<Self, String> {
        let context = Context::establish(Scope::User).map_err(|e| e.to_string())?;
        let names = context.list_readers_owned().map_err(|e| e.to_string())?;
        let name = n.checked_sub(1).and_then(|n| names.get(n)).ok_or_else(|| format!("there is no reader {n}"))?;
        let card = context.connect(name, ShareMode::Exclusive, Protocols::ANY).map_err(|e| e.to_string())?;
        Ok(Self { card })
    }
}

impl Card for Reader {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, String> {
        let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
        let answer = self.card.transmit(command, &mut buffer).map_err(|e| e.to_string())?;
        Ok(answer.to_vec())
    }
}
