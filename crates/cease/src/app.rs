//! What a running desk has in its hands. Built once, shared by pages, workers and the command line.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use reach::billing::{Billing, Fake};
use reach::oidc::Provider;
use reach::porting::Porting;
use reach::shelf::Shelf;
use reach::sim_swap::SimSwap;
use reach::{Element, Mailer, Texter};
use store::AnyStore;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::clocks::Gauge;
use crate::config::Config;
use crate::keys::Keys;
use crate::live::Hub;
use crate::log::Log;
use crate::official::Registers;
use crate::password::Hasher;
use crate::reports::{Gaps, Steps};
use crate::rules::Rules;
use crate::watch::Net;
use crate::web::desk::looks::Glances;
use crate::web::server::Probe;
use crate::web::visit::Counted;
use crate::work::breaker::FarEnds;
use crate::work::hands::Hands;
use crate::work::letters::HalfSent;
use crate::work::unreported::Unreported;

pub struct App {
    pub config: Config,
    /// Today's rules, and those of every other day.
    pub policy: Rules,
    /// Which channels are ours.
    pub register: Registers,
    pub store: AnyStore,
    pub keys: Keys,
    pub clock: Clock,
    pub element: Arc<dyn Element>,
    /// Who bills; none where nothing is billed from here.
    pub billing: Option<Arc<dyn Billing>>,
    pub mailer: Option<Arc<dyn Mailer>>,
    pub texter: Option<Arc<dyn Texter>>,
    /// Who knows whether a SIM became another; none where nobody is asked.
    pub sim_swap: Option<Arc<dyn SimSwap>>,
    /// Who says who staff are; none where they only sign in here.
    pub oidc: Option<Arc<dyn Provider>>,
    /// Who gives the codes with which a number moves away; none where nobody can be asked.
    pub porting: Option<Arc<dyn Porting>>,
    /// What they tell by themselves.
    pub porting_hook: Option<reach::porting::Hook>,
    pub hasher: Hasher,
    pub half_sent: HalfSent,
    pub unreported: Unreported,
    pub probe: Probe,
    /// Whether network and carriers answer.
    pub far: FarEnds,
    /// How far people come at the counter, until the next count.
    pub steps: Steps,
    /// Which places of the journal are empty, and since when.
    pub gaps: Gaps,
    /// What the desk has been measured to do lately.
    pub gauge: Gauge,
    /// Which numbers have ended, for the records that come in.
    pub net: Net,
    /// Calls that a telephony service elsewhere carries for us.
    pub webhooks: crate::voice::webhook::Calls,
    /// Whose look at which case stands in the record already.
    pub glances: Glances,
    pub counted: Counted,
    /// A hint to the workers that something is owed; the store is the truth.
    pub owed: Notify,
    /// Who may be given what is owed at once.
    pub hands: Hands,
    /// Hints to pages that are open; the store is the truth.
    pub live: Hub,
    /// What this process knows of the public log, and whether anything may be written.
    pub log: Log,
    /// Whether certificates are drawn as PDF, which takes a thread of its own; a simulation has none to spare.
    pub draws: bool,
    /// Whoever carries what comes back.
    pub carriers: crate::returns::carriers::Carriers,
    /// Only in the demo: what the fake carriers took, and who may sign in.
    pub demo: Option<Demo>,
}

pub type Shared = Arc<App>;

/// What only a demonstration has.
pub struct Demo {
    pub shelf: Arc<Shelf>,
    /// The made-up billing system.
    pub billing: Arc<Fake>,
    /// Whether the made-up network answers nobody.
    pub silent: Arc<AtomicBool>,
    pub people: Vec<DemoPerson>,
}

/// Someone a visitor to the demo may sign in as.
#[derive(Clone, Debug, serde::Serialize)]
pub struct DemoPerson {
    /// `holder`, `agent`, `approver`, `admin`, `partner`.
    pub part: String,
    pub name: String,
    pub username: String,
    pub password: String,
    /// Base32; staff have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp_secret: Option<String>,
}

impl App {
    pub fn now(&self) -> case::Timestamp {
        let now = self.clock.now();
        self.policy.turn(now);
        now
    }
}
