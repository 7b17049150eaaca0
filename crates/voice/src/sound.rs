//! Sentences and words as sound: an operator's own recordings where there are any, else what `espeak-ng` says, made
//! once and kept. Everything is in memory before the first call, so that none waits for a disk or a program.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::media::wav;
use crate::menu::Prompts;
use crate::menu::prompts::Part;
use crate::sip::digest::hex;
use crate::speak::{self, Lang, Value, Word, written};

/// As loud as every piece is made.
const PEAK: i16 = 14_000;
/// After a sentence.
const REST: u32 = 280;
/// Under this name in the folder of a language stand the words of values.
const WORDS: &str = "words";
/// A recording of one's own is no longer than that.
const LONGEST: u64 = 16 << 20;

/// Where sound comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// An operator's recordings: `DIR/en/welcome.wav`, `DIR/zh-CN/words/七.wav`. Empty: there are none.
    pub own: PathBuf,
    /// Where what a machine says is kept.
    pub cache: PathBuf,
    /// The voices of `espeak-ng`, English and Chinese.
    pub voices: [String; 2],
}

impl Sources {
    pub fn voice(&self, lang: Lang) -> &str {
        let voice = &self.voices[if lang == Lang::En { 0 } else { 1 }];
        match (voice.as_str(), lang) {
            ("", Lang::En) => "en-gb",
            ("", Lang::Zh) => "cmn",
            (voice, _) => voice,
        }
    }

    pub fn own_file(&self, lang: Lang, name: &str) -> PathBuf {
        self.own.join(lang.tag()).join(format!("{name}.wav"))
    }

    fn kept_file(&self, lang: Lang, text: &str) -> PathBuf {
        let mut hash = Sha256::new();
        for part in ["cease/voice/2", lang.tag(), self.voice(lang), text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        self.cache.join(format!("{}.wav", hex(&hash.finalize()[..12])))
    }

    /// One piece: the operator's, what is kept, or what is made now.
    fn piece(&self, lang: Lang, name: &str, text: &str) -> Result<Vec<i16>, String> {
        if let Some(bytes) = self.own_bytes(lang, name)? {
            let samples = wav::read(&bytes).map_err(|why| format!("{}: {why}", self.own_file(lang, name).display()))?;
            return Ok(wav::trim(&samples, PEAK));
        }
        let kept = self.kept_file(lang, text);
        match std::fs::read(&kept).map(|bytes| wav::read(&bytes)) {
            Ok(Ok(samples)) => Ok(samples),
            Ok(Err(_)) | Err(_) => self.make(lang, text, &kept),
        }
    }

    /// What there is neither a recording of nor anything kept, by the name of its file.
    pub fn missing(&self, prompts: &Prompts) -> Vec<String> {
        let of = |lang: Lang| {
            let there = move |name: &str, text: &str| match self.own_bytes(lang, name) {
                Ok(Some(bytes)) => wav::read(&bytes).is_ok(),
                Ok(None) => std::fs::read(self.kept_file(lang, text)).is_ok_and(|bytes| wav::read(&bytes).is_ok()),
                Err(_) => false,
            };
            pieces(prompts, lang).into_iter().filter(move |(name, text)| !there(name, text))
        };
        Lang::ALL
            .into_iter()
            .flat_map(|lang| of(lang).map(move |(name, text)| format!("{}/{name}.wav: “{text}”", lang.tag())))
            .collect()
    }

    fn own_bytes(&self, lang: Lang, name: &str) -> Result<Option<Vec<u8>>, String> {
        if self.own.as_os_str().is_empty() {
            return Ok(None);
        }
        let file = self.own_file(lang, name);
        match std::fs::metadata(&file) {
            Ok(about) if about.len() > LONGEST => Err(format!("{}: it is too long", file.display())),
            Ok(_) => std::fs::read(&file).map(Some).map_err(|why| format!("{}: {why}", file.display())),
            Err(_) => Ok(None),
        }
    }

    /// Lets a machine say it, into a file that is whole or not there.
    fn make(&self, lang: Lang, text: &str, kept: &Path) -> Result<Vec<i16>, String> {
        std::fs::create_dir_all(&self.cache).map_err(|why| format!("{}: {why}", self.cache.display()))?;
        static DRAFTS: AtomicUsize = AtomicUsize::new(0);
        let draft = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let draft = kept.with_extension(format!("{}-{draft}.part", std::process::id()));
        let speed = if lang == Lang::En { "150" } else { "165" };
        let done = Command::new("espeak-ng")
            .args(["-v", self.voice(lang), "-s", speed, "-w"])
            .arg(&draft)
            .arg("--")
            .arg(text)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|_| "espeak-ng is not installed".to_owned())?;
        let said = std::fs::read(&draft).ok().filter(|_| done.success()).and_then(|bytes| wav::read(&bytes).ok());
        let said = said.ok_or_else(|| format!("espeak-ng could not say “{text}” in {}", lang.tag()))?;
        // As it is played: at the telephone's rate, cut and as loud as the others.
        let samples = wav::trim(&said, PEAK);
        let write = std::fs::write(&draft, wav::write(&samples)).and_then(|()| std::fs::rename(&draft, kept));
        write.map_err(|why| format!("{}: {why}", kept.display()))?;
        Ok(samples)
    }
}

/// Whether the machine that speaks is there.
pub fn has_speaker() -> bool {
    let asked = Command::new("espeak-ng").arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// Every piece there is: the name of its file, and its words.
pub fn pieces(prompts: &Prompts, lang: Lang) -> BTreeMap<String, String> {
    let names: BTreeSet<&str> = prompts.names().collect();
    let parts = names.into_iter().flat_map(|name| prompts.parts(name, lang));
    let fixed = parts.filter_map(|part| match part {
        Part::Fixed { name, text } => Some((name.clone(), text.clone())),
        Part::Value(_) => None,
    });
    fixed.chain(speak::vocabulary(lang).into_iter().map(|word| (format!("{WORDS}/{word}"), word))).collect()
}

/// Everything that can be said.
pub struct Sounds {
    prompts: Prompts,
    all: HashMap<(Lang, String), Arc<[i16]>>,
    silence: Arc<[i16]>,
}

impl Sounds {
    /// Loads all of it, making what has not been made; with what could not be had. Takes its time, once.
    pub fn load(prompts: Prompts, sources: &Sources) -> (Self, Vec<String>) {
        let of = |lang| pieces(&prompts, lang).into_iter().map(move |(name, text)| (lang, name, text));
        let wanted: Vec<(Lang, String, String)> = Lang::ALL.into_iter().flat_map(of).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let pieces = std::iter::from_fn(|| wanted.get(next.fetch_add(1, Ordering::Relaxed)));
            pieces.map(|(lang, name, text)| (*lang, name, sources.piece(*lang, name, text))).collect::<Vec<_>>()
        };
        let (mut all, mut missing) = (HashMap::new(), Vec::new());
        std::thread::scope(|scope| {
            let count = std::thread::available_parallelism().map_or(1, usize::from);
            let workers: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
            for (lang, name, piece) in workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()) {
                match piece {
                    Ok(samples) => drop(all.insert((lang, name.clone()), Arc::from(samples))),
                    Err(why) => missing.push(format!("{}/{name}.wav: {why}", lang.tag())),
                }
            }
        });
        missing.sort();
        (Self { prompts, all, silence: vec![0; 16_000].into() }, missing)
    }

    /// Writes every piece as a file of its own, named as recordings are; answers how many.
    pub fn write(&self, dir: &Path) -> std::io::Result<usize> {
        for ((lang, name), samples) in &self.all {
            let file = dir.join(lang.tag()).join(format!("{name}.wav"));
            std::fs::create_dir_all(file.parent().unwrap_or(dir))?;
            std::fs::write(file, wav::write(samples))?;
        }
        Ok(self.all.len())
    }

    fn pause(&self, millis: u32) -> Arc<[i16]> {
        self.silence[..(millis as usize * 8).min(self.silence.len())].into()
    }

    /// A prompt as sound.
    pub fn say(&self, name: &str, lang: Lang, values: &BTreeMap<String, Value>) -> Vec<Arc<[i16]>> {
        let mut out = self.spoken(name, lang, values, 0);
        out.push(self.pause(REST));
        out
    }

    fn spoken(&self, name: &str, lang: Lang, values: &BTreeMap<String, Value>, deep: u32) -> Vec<Arc<[i16]>> {
        let mut out = Vec::new();
        for part in self.prompts.parts(name, lang) {
            match part {
                Part::Fixed { name, .. } => out.extend(self.all.get(&(lang, name.clone())).cloned()),
                Part::Value(value) => match values.get(value) {
                    Some(Value::Prompt(other)) if deep < 3 => out.extend(self.spoken(other, lang, values, deep + 1)),
                    Some(value) => out.extend(speak::words(lang, value).into_iter().filter_map(|word| match word {
                        Word::Say(text) => self.all.get(&(lang, format!("{WORDS}/{text}"))).cloned(),
                        Word::Pause(millis) => Some(self.pause(millis)),
                    })),
                    None => {}
                },
            }
        }
        out
    }

    /// The same as text.
    pub fn text(&self, name: &str, lang: Lang, values: &BTreeMap<String, Value>) -> String {
        text(&self.prompts, name, lang, values, &|value| written(value))
    }

    /// Something quiet for whoever waits: two soft tones every four seconds, made here.
    pub fn music(&self) -> Arc<[i16]> {
        let tone = |hz: f32, n: usize, long: usize| {
            let rise = (n as f32 / 400.0).min((long - n) as f32 / 1_600.0).clamp(0.0, 1.0);
            (rise * 1_800.0 * (std::f32::consts::TAU * hz * n as f32 / 8_000.0).sin()) as i16
        };
        let mut out: Vec<i16> = (0..4_000).map(|n| tone(392.0, n, 4_000)).collect();
        out.extend((0..5_600).map(|n| tone(523.25, n, 5_600)));
        out.resize(32_000, 0);
        out.into()
    }
}

/// A prompt as text, with its values as `show` has them.
pub fn text(
    prompts: &Prompts,
    name: &str,
    lang: Lang,
    values: &BTreeMap<String, Value>,
    show: &dyn Fn(&Value) -> String,
) -> String {
    let parts = prompts.parts(name, lang).iter().map(|part| match part {
        Part::Fixed { text, .. } => text.clone(),
        Part::Value(value) => match values.get(value) {
            Some(Value::Prompt(other)) if other != name => text(prompts, other, lang, values, show),
            Some(value) => show(value),
            None => String::new(),
        },
    });
    parts.collect::<Vec<_>>().join(if lang == Lang::En { " " } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_s_recording_comes_first_and_what_is_missing_is_named() {
        let text = "[ref]\nen = \"Your reference is {reference}.\"\nzh = \"单号{reference}。\"\n[standing]\nen = \"{what}\"\nzh = \"{what}\"\n";
        let prompts = Prompts::load("p", text, &[]).unwrap();
        let dir = std::env::temp_dir().join(format!("cease-voice-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("en/words")).unwrap();
        // Where a file is no folder can be: nothing can be made.
        std::fs::write(dir.join("cache"), "").unwrap();
        let sources = Sources { own: dir.clone(), cache: dir.join("cache"), voices: Default::default() };
        for (name, loud) in [("ref", 9_000_i16), ("words/seven", 4_000), ("words/Charlie", 5_000)] {
            std::fs::write(sources.own_file(Lang::En, name), wav::write(&vec![loud; 900])).unwrap();
        }
        // “ref” is cut at its value: its first part has a name of its own.
        std::fs::rename(sources.own_file(Lang::En, "ref"), sources.own_file(Lang::En, "ref-1")).unwrap();
        let (sounds, missing) = Sounds::load(prompts, &sources);
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(missing.iter().any(|line| line.starts_with("en/words/six.wav: ")), "{missing:?}");
        assert!(missing.iter().any(|line| line.starts_with("zh-CN/ref")), "{missing:?}");
        assert!(!missing.iter().any(|line| line.contains("/seven.wav") || line.contains("en/ref")), "{missing:?}");
        let values = BTreeMap::from([
            ("reference".to_owned(), Value::Spelt("C7".into())),
            ("what".to_owned(), Value::Prompt("ref".into())),
        ]);
        // The sentence, Charlie, a breath, seven; and a rest.
        assert_eq!(sounds.say("standing", Lang::En, &values).len(), 5);
        assert_eq!(sounds.text("standing", Lang::En, &values), "Your reference is C7");
        assert!(sounds.say("nothing", Lang::En, &values).len() == 1);
    }
}
