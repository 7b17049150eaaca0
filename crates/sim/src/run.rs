//! Lives one life from its seed to its end, and says where it broke a promise.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use case::Timestamp;

use crate::bugs::Bug;
use crate::checks;
use crate::drain::drain;
use crate::fate::{Fate, Tally};
use crate::world::{World, place};

/// Steps before the weather clears, unless told otherwise.
pub const STEPS: u64 = 160;
/// Steps between two looks at the whole desk.
const LOOK: u64 = 20;
/// Lines of the story that are shown with a failure.
const LINES: usize = 25;

pub struct Life {
    pub seed: u64,
    pub tally: Tally,
    /// Everything that happened, one line each, the same for the same seed.
    pub story: Vec<String>,
    /// The promise that was broken.
    pub broken: Option<String>,
}

impl Life {
    /// What is needed to see it again.
    pub fn report(&self) -> String {
        let from = self.story.len().saturating_sub(LINES);
        let broken = self.broken.as_deref().unwrap_or("nothing");
        let (seed, story) = (self.seed, self.story[from..].join("\n  "));
        format!(
            "seed {seed}: {broken}\n  …\n  {story}\nlive it again: CEASE_SIM_SEED={seed} cargo test -p sim --test life -- --nocapture"
        )
    }
}

thread_local! {
    static PANICKED: Cell<Option<String>> = const { Cell::new(None) };
}

/// A panic in a worker's task would go unseen otherwise.
fn hear_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.set(Some(info.to_string()));
            before(info);
        }));
    });
}

/// One life on a SQLite of its own.
pub fn run(seed: u64, steps: u64, bug: Option<Bug>) -> Life {
    match place() {
        Ok(dir) => run_at(seed, steps, bug, &format!("sqlite:{}", dir.path().join("cease.db").display())),
        Err(why) => lost(seed, format!("there is no room for a store: {why}")),
    }
}

/// One life on the empty store at `url`.
pub fn run_at(seed: u64, steps: u64, bug: Option<Bug>, url: &str) -> Life {
    hear_panics();
    PANICKED.set(None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let lived = panic::catch_unwind(AssertUnwindSafe(|| match runtime {
        Ok(runtime) => runtime.block_on(live(seed, steps, bug, url)),
        Err(why) => lost(seed, why.to_string()),
    }));
    let mut life = lived.unwrap_or_else(|_| lost(seed, "a panic".into()));
    if let Some(panicked) = PANICKED.take() {
        life.broken = Some(panicked);
    }
    life
}

fn lost(seed: u64, why: String) -> Life {
    Life { seed, tally: Tally::default(), story: Vec::new(), broken: Some(why) }
}

async fn live(seed: u64, steps: u64, bug: Option<Bug>, url: &str) -> Life {
    // Shortly before the clocks go forward.
    let start = Timestamp::from_second(1_772_445_600).unwrap_or_default();
    let fate = Fate::new(seed, bug, start);
    let mut world = match World::new(fate.clone(), url).await {
        Ok(world) => world,
        Err(why) => return lost(seed, format!("{why:#}")),
    };
    let broken = through(&mut world, steps).await.err();
    let cases = checks::rows(&world).await.unwrap_or_default();
    let mut tally = fate.with(|n| n.tally.clone());
    tally.cases = cases.len() as u64;
    tally.certificates = cases.iter().filter(|row| row.stage.name() == "closed").count() as u64;
    Life { seed, tally, story: std::mem::take(&mut world.story), broken }
}

async fn through(world: &mut World, steps: u64) -> Result<(), String> {
    for n in 1..=steps {
        world.step().await.map_err(|why| format!("{why:#}"))?;
        complained(world)?;
        for reference in world.fate.with(|notes| std::mem::take(&mut notes.touched)) {
            checks::case(world, reference).await?;
        }
        if n % LOOK == 0 {
            checks::desk(world).await?;
        }
    }
    drain(world).await?;
    complained(world)?;
    checks::desk(world).await?;
    checks::end(world).await
}

fn complained(world: &World) -> Result<(), String> {
    let complaints = world.fate.with(|n| std::mem::take(&mut n.complaints));
    complaints.into_iter().next().map_or(Ok(()), Err)
}
