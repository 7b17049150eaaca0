//! Which fonts there are. Looked for once, in the directories where systems keep them.

use std::path::PathBuf;
use std::sync::Mutex;

use parley::fontique::{Collection, CollectionOptions};
use parley::{FontContext, LayoutContext};

use crate::Lang;

/// The families that a text is set in, best first. What the first lacks is taken from the next; the
/// Latin letters of a Chinese font go with it better than those of any other.
const CHINESE: [&str; 8] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "HarmonyOS Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
];
const CHINESE_SERIF: [&str; 5] =
    ["Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN", "Songti SC"];
const LATIN: [&str; 2] = ["Noto Sans", "Source Sans 3"];
const LATIN_SERIF: [&str; 2] = ["Noto Serif", "Source Serif 4"];
const MONO: [&str; 4] = ["Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Noto Sans Mono CJK SC"];

/// For quotes and dots in English text.
pub(crate) const NARROW: [&str; 4] = ["Noto Sans", "Source Sans 3", "Noto Sans CJK KR", "Source Han Sans KR"];

/// Where systems keep fonts.
const PLACES: [&str; 4] = ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"];

/// The sort of letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    Serif,
    Mono,
}

/// The machine's fonts, ready to set text with.
pub struct Fonts {
    pub(crate) set: Mutex<Setter>,
    /// The family in which Chinese is set.
    chinese: String,
}

pub(crate) struct Setter {
    pub fonts: FontContext,
    pub layouts: LayoutContext<()>,
    /// All families there are, after those that were chosen: a holder's initial may be of any script.
    all: Vec<String>,
}

/// This machine has no font with Chinese characters that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no font with Chinese characters is installed (Noto Sans CJK SC is best)")]
pub struct NoFont;

impl Fonts {
    /// Looks for fonts in the system's directories and the user's own.
    pub fn find() -> Result<Self, NoFont> {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let own = home.iter().flat_map(|home| [home.join(".local/share/fonts"), home.join(".fonts")]);
        Self::within(PLACES.iter().map(PathBuf::from).chain(own))
    }

    /// Looks for them in these directories only.
    pub fn within(places: impl IntoIterator<Item = PathBuf>) -> Result<Self, NoFont> {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        collection.load_fonts_from_paths(places);
        let mut all: Vec<String> = collection.family_names().map(str::to_owned).collect();
        all.sort();
        let chinese = CHINESE.iter().find(|name| collection.family_id(name).is_some()).ok_or(NoFont)?;
        let fonts = FontContext { collection, source_cache: Default::default() };
        let set = Mutex::new(Setter { fonts, layouts: LayoutContext::new(), all });
        Ok(Self { set, chinese: (*chinese).to_owned() })
    }

    /// The family in which Chinese is set.
    pub fn chinese(&self) -> &str {
        &self.chinese
    }
}

impl Setter {
    /// The families for a text, as parley takes them. Chinese text has its Latin letters, digits and
    /// quotes from the Chinese font too: they are made to stand together.
    pub fn families(&self, face: Face, lang: Lang) -> Vec<String> {
        let (latin, chinese): (&[&str], &[&str]) = match face {
            Face::Sans => (&LATIN, &CHINESE),
            Face::Serif => (&LATIN_SERIF, &CHINESE_SERIF),
            Face::Mono => (&MONO, &CHINESE),
        };
        let chosen: Vec<&str> = match (face, lang) {
            (Face::Sans | Face::Serif, Lang::ZhCn) => chinese.iter().chain(&CHINESE).chain(latin).copied().collect(),
            (Face::Sans | Face::Serif, Lang::En) | (Face::Mono, _) => {
                latin.iter().chain(chinese).chain(&CHINESE).copied().collect()
            }
        };
        chosen.into_iter().map(str::to_owned).chain(self.all.iter().cloned()).collect()
    }
}
