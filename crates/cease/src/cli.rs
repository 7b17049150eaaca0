//! The command line. Data goes to stdout, talk and progress to stderr, `--json` gives one object
//! (or one a line). Exit codes: 0 done, 1 failed or not valid, 2 usage or cannot tell, 3 finished
//! with failed items, 4 not found, 5 refused, 69 the store or a carrier cannot be reached, 75 the same
//! to a mail server (`mail take`), 78 the configuration is wrong.

mod asked;
mod audit;
mod backup;
mod cases;
mod check;
pub(crate) mod demo;
mod doctor;
mod erase;
mod export;
mod holder;
mod import;
mod log;
mod looks;
mod mail;
mod making;
mod quote;
mod reconcile;
mod redact;
mod repeats;
mod rules;
mod run;
mod staff;
mod text;
pub(crate) mod verify;
mod voice;
mod watch;
mod witness;

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Config;

#[derive(Parser)]
#[command(name = "cease", version, about = "The desk for cancelling mobile data cards, and proving it")]
#[command(after_help = "Exit codes: 0 done · 1 failed, not valid · 2 usage, cannot tell · 3 some items failed · \
                        4 not found · 5 refused · 69 unreachable · 75 later (mail take) · 78 configuration")]
struct Cli {
    /// Configuration file; without it `cease.toml` in this directory, if there is one
    #[arg(long, global = true, env = "CEASE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer with JSON on stdout
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A complete desk for a made-up operator, on SQLite
    Demo {
        /// Port on this machine; 0 takes a free one
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// The rules it goes by: a pack that is built in, or a file
        #[arg(long, value_name = "FILE|NAME")]
        rules: Option<String>,
        /// Keeps the data here; without it the demo forgets everything when it ends
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Without the made-up cases of the last ten weeks
        #[arg(long)]
        no_history: bool,
        /// Answer the telephone too, on a free port of this machine
        #[arg(long)]
        voice: bool,
        /// A SIP phone that callers are put through to, like `sip:me@127.0.0.1:5070`: the desk's, in Lin's hands
        #[arg(long, value_name = "URI", requires = "voice")]
        phone: Option<String>,
    },
    /// The desk: pages and workers
    Serve,
    /// The workers alone, beside other machines that serve
    Work,
    /// Bring the store's schema up to date
    Migrate,
    /// Make the index of lists and search anew, from cases and journal; the desk may go on meanwhile
    Reindex,
    /// Compare the network with our records, both ways: 0 the same, 1 they differ, 2 cannot tell
    Reconcile,
    /// Check everything the desk stands on, and say how to mend it
    Doctor,
    /// The configuration
    Config {
        #[command(subcommand)]
        what: ConfigWhat,
    },
    /// Rule packs: which there are, whether one can be used, which rule says what on which day
    Rules(rules::Asked),
    /// Bring in holders or cards from a CSV file, all or nothing
    Import {
        #[arg(value_enum)]
        what: import::What,
        /// Its cells are parted by commas, semicolons or tabs, as its header is; `-` reads standard input
        file: PathBuf,
        /// Only check the file
        #[arg(long)]
        dry_run: bool,
    },
    /// Who works at the desk
    Staff {
        #[command(subcommand)]
        what: staff::What,
    },
    /// A holder who has lost what they sign in with
    Holder {
        #[command(subcommand)]
        what: holder::What,
    },
    /// Who has looked at what at the desk
    Looks(looks::Asked),
    /// What was done that belongs to no case: sign-ins, staff, imports, exports
    Audit(audit::Asked),
    /// What ending a card costs, line by line with its formula
    Quote(quote::Asked),
    /// Erase what the rules say is due of cases that are over, but of none that is held: 0 done
    Erase {
        /// What is due by the rules' dates
        #[arg(long, required = true)]
        due: bool,
        /// Only say how much it is
        #[arg(long)]
        dry_run: bool,
    },
    /// All that the desk has of a holder, as one signed archive for them
    Export {
        /// The account: its login or its id
        account: String,
        /// Where to; an archive that is there already is left alone
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Declare, show and list cases
    Case {
        #[command(subcommand)]
        what: cases::What,
    },
    /// Mail: what to publish, and messages from a file
    Mail {
        #[command(subcommand)]
        what: mail::What,
    },
    /// Take in records of what moved on cards (CSV or JSON lines), and raise alarms for those that have ended:
    /// 0 all read, 3 some lines could not be
    Watch {
        /// Files; `-` reads standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// The public log: its keys, whether the database still is what was signed, proofs
    Log {
        #[command(subcommand)]
        what: log::What,
    },
    /// Be a witness for other logs: cosign heads that only ever grew (C2SP tlog-witness)
    Witness(witness::Args),
    /// The hotline: take calls alone, its menu, what it says
    Voice {
        #[command(subcommand)]
        what: voice::What,
    },
    /// Say what a text identifies: a card number, a phone number, a serial
    Identify {
        /// The text; `-` reads standard input
        text: String,
    },
    /// Is this really us? 0 official, 1 not, 2 unknown
    Check {
        /// A message, link, number, address or account; `-` or nothing reads standard input
        text: Option<String>,
    },
    /// Strike bank card and identity numbers, passwords and one-time codes out of standard input
    Redact {
        /// Standard input, which is read in any case
        #[arg(value_parser = ["-"])]
        input: Option<String>,
    },
    /// Verify a certificate, receipt, bundle, QR code's text or evidence pack, offline: 0 valid, 1 not, 2 cannot tell
    Verify {
        /// The file; `-` reads standard input
        file: PathBuf,
        /// Trust this public key (a key line or a file with one); may be given several times
        #[arg(long, value_name = "KEY")]
        key: Vec<String>,
        /// Trust this operator for its log: its root key, or its key manifest (a file); may be given several times
        #[arg(long, value_name = "ROOT")]
        trust: Vec<String>,
        /// How many witnesses a proof wants at least, whatever the operator asks for; with fewer, it cannot tell
        #[arg(long, value_name = "N", default_value_t = 0)]
        quorum: u64,
        /// Also check that it is about this card number; what carries none, as a receipt, cannot tell
        #[arg(long, value_name = "NUMBER")]
        card: Option<String>,
    },
    /// Save what is on a card, stick or SIM before it ends; run it again, and it goes on where it was
    Backup(backup::Args),
    /// Shell completions
    Completions { shell: clap_complete::Shell },
    /// The manual, as roff: the page of cease, then that of each command
    Man,
}

#[derive(Subcommand)]
enum ConfigWhat {
    /// Every value that is in force; secrets are masked
    Show,
    /// Whether the configuration can be used
    Check,
}

/// Why a command ends other than well, with its exit code.
pub(crate) struct Failed {
    code: u8,
    error: anyhow::Error,
}

impl Failed {
    fn new(code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into() }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        let error = error.into();
        let code = match error.downcast_ref::<store::StoreError>() {
            Some(store::StoreError::Unmigrated) => 78,
            // It answers, and what it holds is not what was written.
            Some(store::StoreError::Corrupt { .. }) => 1,
            Some(_) => 69,
            None if error.is::<crate::startup::OtherKeys>() => 78,
            None => 1,
        };
        Self { code, error }
    }
}

type Done = Result<ExitCode, Failed>;

/// Builds a desk. What keeps it from being built (a key that others can read) is a fault of its configuration, unless it is
/// the store.
async fn built(config: Config) -> Result<crate::app::App, Failed> {
    let built = crate::startup::app(config, None).await;
    built.map_err(|why| if why.is::<store::StoreError>() { why.into() } else { Failed::new(78, why) })
}

/// The desk that a command is about, which is there already: none is made by who only looks, in a folder that may be the
/// wrong one.
fn existing(config: Config) -> Result<Config, Failed> {
    match config.unmade() {
        Some(path) => Err(Failed::new(
            78,
            anyhow::anyhow!(
                "there is no desk here: {} does not exist. Name its configuration (--config FILE), or make one: cease migrate",
                path.display()
            ),
        )),
        None => Ok(config),
    }
}

pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // The demo's screen is for who is there to look at it; its keys guard nothing.
    let plain = if matches!(cli.command, Command::Demo { .. }) { "warn,cease::log::keys=error" } else { "info" };
    let filter = log_filter(std::env::var("CEASE_LOG").ok().as_deref(), plain);
    let colours = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    let repeats = repeats::Repeats::apart(Duration::from_secs(60));
    tracing_subscriber::registry().with(filter).with(repeats).with(lines).init();
    match dispatch(cli) {
        Ok(code) => code,
        Err(Failed { code, error }) => {
            tell(&format!("cease: {error:#}"));
            ExitCode::from(code)
        }
    }
}

/// What is logged. The SMPP library logs whole messages, with number and text: never, whatever is asked for.
fn log_filter(asked: Option<&str>, plain: &str) -> tracing_subscriber::EnvFilter {
    use tracing_subscriber::EnvFilter;
    let filter = asked.and_then(|asked| EnvFilter::try_new(asked).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(format!("{plain},tokio_postgres=warn")));
    match "rusmpp=off".parse() {
        Ok(off) => filter.add_directive(off),
        Err(_) => filter,
    }
}

fn dispatch(cli: Cli) -> Done {
    let json = cli.json;
    let config = || Config::load(cli.config.as_deref()).map_err(|e| Failed::new(78, e));
    let desk = || config().and_then(existing);
    match cli.command {
        Command::Demo { port, rules, data, no_history, voice, phone } => {
            block_on(demo::demo(demo::Asked { port, data, rules, past: !no_history, voice, phone }, json))
        }
        Command::Serve => block_on(run::serve(config()?)),
        Command::Work => block_on(run::work(config()?)),
        Command::Migrate => block_on(run::migrate(config()?, json)),
        Command::Reindex => block_on(run::reindex(desk()?, json)),
        Command::Reconcile => block_on(reconcile::run(desk()?, json)),
        Command::Doctor => block_on(doctor::doctor(cli.config.as_deref().map(Into::into), json)),
        Command::Config { what: ConfigWhat::Show } => doctor::config_show(cli.config.as_deref(), json),
        Command::Config { what: ConfigWhat::Check } => doctor::config_check(cli.config.as_deref(), json),
        Command::Rules(asked) => block_on(rules::rules(config(), asked, json)),
        Command::Import { what, file, dry_run } => {
            block_on(import::import(if dry_run { desk()? } else { config()? }, what, file, dry_run, json))
        }
        Command::Staff { what: what @ staff::What::Add { .. } } => block_on(staff::staff(config()?, what, json)),
        Command::Staff { what } => block_on(staff::staff(desk()?, what, json)),
        Command::Holder { what } => block_on(holder::holder(desk()?, what, json)),
        Command::Looks(asked) => block_on(looks::looks(desk()?, asked, json)),
        Command::Audit(asked) => block_on(audit::audit(desk()?, asked, json)),
        Command::Quote(asked) => block_on(quote::run(desk()?, asked, json)),
        Command::Erase { due: _, dry_run } => block_on(erase::erase(desk()?, dry_run, json)),
        Command::Export { account, out } => block_on(export::export(desk()?, &account, &out, json)),
        Command::Case { what: what @ cases::What::Declare { .. } } => block_on(cases::case(config()?, what, json)),
        Command::Case { what } => block_on(cases::case(desk()?, what, json)),
        Command::Mail { what } => block_on(mail::mail(config(), what, json)),
        Command::Watch { files } => block_on(watch::watch(desk()?, files, json)),
        Command::Log { what } => match log::alone(&what, json)? {
            Some(code) => Ok(code),
            None => block_on(log::log(desk()?, what, json)),
        },
        Command::Voice { what } => block_on(voice::voice(config()?, what, json)),
        Command::Witness(args) => block_on(witness::witness(args, json)),
        Command::Identify { text } => text::identify(&config()?, &text, json),
        Command::Check { text } => block_on(check::check_text(config()?, text, json)),
        Command::Redact { .. } => redact::redact_stdin(json),
        Command::Verify { file, key, trust, quorum, card } => {
            let asked = verify::Asked { file: &file, keys: &key, trust: &trust, quorum, card: card.as_deref(), json };
            verify::verify(&config()?, &asked)
        }
        Command::Backup(args) => backup::backup(args, json),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "cease", &mut script);
            write_out(&script);
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            let mut command = Cli::command().disable_help_subcommand(true);
            command.build();
            write_out(&manual(&command)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The page of a command, then those of its own commands.
fn manual(command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut pages = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut pages)?;
    for part in command.get_subcommands() {
        pages.extend(manual(part)?);
    }
    Ok(pages)
}

/// The account that a login or an id names.
async fn account_of(app: &crate::app::App, asked: &str) -> Result<store::Account, Failed> {
    let account = match asked.parse::<case::AccountId>() {
        Ok(id) => app.store.account(id).await?,
        Err(_) => app.store.account_by_login(&asked.trim().to_lowercase()).await?,
    };
    account.ok_or_else(|| Failed::new(4, anyhow::anyhow!("no such account: {asked}")))
}

fn block_on(work: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// So many of it, as `1 file` and `2 files`.
pub(crate) fn many(n: u64, of: &str) -> String {
    format!("{n} {of}{}", if n == 1 { "" } else { "s" })
}

/// One line of data on stdout.
pub(crate) fn say(line: &str) {
    write_out(format!("{line}\n").as_bytes());
}

/// Data on stdout. Whoever has stopped reading, as `| head` does, has what they wanted.
pub(crate) fn write_out(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    if let Err(e) = out.write_all(bytes).and_then(|()| out.flush()) {
        if e.kind() != ErrorKind::BrokenPipe {
            tell(&format!("cannot write: {e}"));
        }
        std::process::exit(i32::from(e.kind() != ErrorKind::BrokenPipe));
    }
}

/// One line of talk on stderr.
#[expect(clippy::print_stderr, reason = "this is what stderr is for")]
pub(crate) fn tell(line: &str) {
    eprintln!("{line}");
}

pub(crate) fn say_json(value: &impl serde::Serialize) -> Result<(), Failed> {
    say(&serde_json::to_string(value)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        super::Cli::command().debug_assert();
    }

    #[test]
    fn no_numbers_or_texts_are_logged_whatever_is_asked_for() {
        for asked in [None, Some("trace"), Some("rusmpp=trace,info"), Some("what?=is=this")] {
            let filter = super::log_filter(asked, "info").to_string();
            assert!(filter.contains("rusmpp=off") && !filter.contains("rusmpp=trace"), "{filter}");
        }
    }
}
