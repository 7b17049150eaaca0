//! `voice`: the hotline without pages; its menu, checked and drawn; what it says, made and checked.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use case::Lang;
use clap::Subcommand;
use serde_json::json;
use voice::menu::draw;
use voice::sound::{self, Sounds};
use voice::speak;

use super::{Done, Failed, asked, say, say_json, tell};
use crate::config::Config;
use crate::voice as hotline;

#[derive(Subcommand)]
pub enum What {
    /// Take calls, and do all that `work` does, without pages
    Serve,
    /// The menu: whether it holds, or as a picture
    Menu {
        /// Only say what is wrong, with file and line
        #[arg(long)]
        check: bool,
        /// Draw it (SVG)
        #[arg(long)]
        svg: bool,
        /// In which language it is drawn
        #[arg(long, value_name = "TAG", default_value = "en", value_parser = asked::lang)]
        lang: Lang,
    },
    /// What is said: 0 all of it can be heard, 3 some of it cannot
    Prompts {
        /// Say what is missing and make nothing
        #[arg(long)]
        check: bool,
        /// Make every piece as a WAV file here, named as one's own recordings are
        #[arg(long, value_name = "DIR")]
        make: Option<PathBuf>,
    },
}

pub async fn voice(config: Config, what: What, json: bool) -> Done {
    match what {
        What::Serve => serve(config).await,
        What::Menu { check, svg, lang } => menu(&config, check, svg.then_some(lang), json),
        What::Prompts { check, make } => prompts(&config, check, make, json),
    }
}

/// Draws it in a language, or says whether it holds.
fn menu(config: &Config, check: bool, draw: Option<Lang>, json: bool) -> Done {
    let (menu, words) = match hotline::menu(config) {
        Ok(held) => held,
        Err(faults) => {
            if json {
                let faults: Vec<String> = format!("{faults:#}").lines().map(str::to_owned).collect();
                say_json(&json!({ "ok": false, "faults": faults }))?;
            }
            return Err(Failed::new(78, faults));
        }
    };
    if let Some(lang) = draw {
        let lang = match lang {
            Lang::En => speak::Lang::En,
            Lang::ZhCn => speak::Lang::Zh,
        };
        let svg = draw::svg(&menu, &words, lang);
        if json {
            say_json(&json!({ "svg": svg }))?;
        } else {
            say(svg.trim_end());
        }
    } else if json {
        say_json(&json!({ "ok": true, "nodes": menu.nodes.len() }))?;
    } else if !check {
        say(&format!("the menu holds: {} nodes, and a way to a person from each that asks", menu.nodes.len()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> Done {
    if config.voice.as_ref().is_none_or(|voice| voice.listen.is_empty()) {
        return Err(Failed::new(78, anyhow::anyhow!("[voice] listen must be set; see docs/voice.md")));
    }
    let app = Arc::new(super::built(config).await?);
    crate::startup::migrate(&app).await?;
    let calls = super::run::hotline(&app).await?;
    super::run::until_stopped_with(app, None, calls).await
}

fn prompts(config: &Config, check: bool, make: Option<PathBuf>, json: bool) -> Done {
    let (_, words) = hotline::menu(config).map_err(|e| Failed::new(78, e))?;
    let sources = hotline::sources(config);
    let missing = if check && make.is_none() {
        sources.missing(&words)
    } else {
        tell("cease: making what is not there yet");
        let (sounds, missing) = Sounds::load(words, &sources);
        if let Some(dir) = &make {
            let count = sounds.write(dir).with_context(|| format!("{} cannot be written", dir.display()))?;
            tell(&format!("cease: {} in {}", super::many(count as u64, "file"), dir.display()));
        }
        missing
    };
    if json {
        say_json(&json!({ "ok": missing.is_empty(), "missing": missing, "speaker": sound::has_speaker() }))?;
    } else if missing.is_empty() {
        say("everything can be heard");
    } else {
        missing.iter().for_each(|line| say(line));
    }
    Ok(ExitCode::from(if missing.is_empty() { 0 } else { 3 }))
}
