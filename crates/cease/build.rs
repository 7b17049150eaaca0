//! What is read while compiling: a changed sentence must rebuild what says it.
//!
//! And the sentences themselves, for `src/words.rs`. What says one that English lacks, or with other variables, does not
//! compile; and what has no variables, five sentences in six, is plain text that nothing has to be parsed for.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use fluent_syntax::ast::{Entry, Message, PatternElement, Resource};

#[path = "build/mark.rs"]
mod mark;
#[path = "build/variables.rs"]
mod variables;

const ENGLISH: &str = "../../locales/en/cease.ftl";
const CHINESE: &str = "../../locales/zh-CN/cease.ftl";

fn main() {
    for changed in ["build", "../../locales", "templates", "assets", "../../rules"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    // For `cease doctor`: a desk that serves is built otherwise than one that is tried out.
    println!("cargo::rustc-env=CEASE_OPT_LEVEL={}", std::env::var("OPT_LEVEL").expect("a level"));
    let texts = [ENGLISH, CHINESE].map(|file| std::fs::read_to_string(file).expect(file));
    let [english, chinese] = [(ENGLISH, &texts[0]), (CHINESE, &texts[1])].map(|(file, text)| read(file, text));
    let (mut marks, mut places, mut plain) = (String::new(), String::new(), String::new());
    let by_mark: BTreeMap<u64, &str> = english.keys().map(|key| (mark::of(key), *key)).collect();
    assert_eq!(by_mark.len(), english.len(), "two keys of {ENGLISH} have the same mark: name one of them otherwise");
    for (mark, key) in by_mark {
        let message = &english[key];
        let variables: Vec<&str> = message.value.iter().flat_map(variables::of).collect();
        writeln!(marks, "({mark}, {}),", mark::of_all(&variables)).expect("text");
        write!(places, "[{}, ", plain.len()).expect("text");
        plain.push_str(key);
        write!(places, "{}, ", plain.len()).expect("text");
        plain.extend(plain_text(message));
        writeln!(places, "{}],", plain.len()).expect("text");
        plain.extend(chinese.get(key).and_then(plain_text));
    }
    put("marks.rs", &format!("&[\n{marks}]"));
    put("places.rs", &format!("[\n{places}]"));
    put("plain.txt", &plain);
    put("en.ftl", &others(english));
    put("zh-CN.ftl", &others(chinese));
}

fn put(name: &str, text: &str) {
    let out_dir = std::env::var_os("OUT_DIR").expect("OUT_DIR");
    std::fs::write(Path::new(&out_dir).join(name), text).expect(name);
}

fn read<'a>(file: &str, text: &'a str) -> BTreeMap<&'a str, Message<&'a str>> {
    let (read, errors) = match fluent_syntax::parser::parse(text) {
        Ok(read) => (read, Vec::new()),
        Err(partly) => partly,
    };
    for error in errors {
        println!("cargo::error={file}: {error}");
    }
    let message = |entry| if let Entry::Message(message) = entry { Some((message.id.name, message)) } else { None };
    read.body.into_iter().filter_map(message).collect()
}

/// Of a message that is nothing else.
fn plain_text(message: &Message<&str>) -> Option<String> {
    let text = |element: &PatternElement<&str>| match element {
        PatternElement::TextElement { value } => Some(value.to_string()),
        PatternElement::Placeable { .. } => None,
    };
    message.value.as_ref()?.elements.iter().map(text).collect()
}

/// Those that are not plain text, as they were written.
fn others(messages: BTreeMap<&str, Message<&str>>) -> String {
    let body = messages.into_values().filter(|message| plain_text(message).is_none()).map(Entry::Message).collect();
    fluent_syntax::serializer::serialize(&Resource { body })
}
