//! The demo's past: some three thousand cases of the last ten weeks, so that lists, search, charts and estimates
//! have something to stand on. All of it is made up, from a fixed seed, and the pages say so.
//!
//! Nothing is faked where it counts: every case was decided by the real core, at the times a desk of this size
//! would have acted, under the demo's own rules. Its journal folds into its row, its chain verifies, and its
//! certificate is signed with the demo's key. Only the world is missing: nobody was written to, and what was
//! owed counts as settled.

mod erased;
mod life;
mod lots;
mod plots;
mod words;

use case::watch::{Moved, Sign};
use case::{AccountId, CardId, CardRecord, CardState, Lang, Person, Record, Role, Timestamp};
use jiff::civil::Weekday;
use jiff::{SignedDuration, ToSpan};
use store::{Account, AnyStore, Arrived, Commit, Import};
use tokio::task::JoinSet;

pub use self::erased::erased;
use self::life::Life;
use self::lots::Lots;
use self::plots::{Colleague, PLOTS, Plot, Scene, play};
use super::{HOLDERS, STAFF, account_id, thing_of};
use crate::app::App;
use crate::reports::Measure;

/// Cases in it.
const MANY: usize = 3_000;
const DAYS: i64 = 70;
const SEED: u64 = 0x1A1C_A111_2026;
/// Cases written at once, so that memory stays small.
const BATCH: usize = 100;

/// Two of yesterday, for whoever wants to see what a stuck network and a "that wasn't me" look like.
const STUCK: usize = MANY - 40;
const CONTESTED: usize = MANY - 30;
/// And one of five weeks ago whose holder, whom a visitor can be, has not sent the router back.
const LATE: usize = MANY / 2;
/// Emma Clarke.
const VISITOR: usize = 1;

/// Colleagues of the three a visitor can be; nobody can sign in as one of them.
const COLLEAGUES: [(&str, &str, Role); 6] = [
    ("chen.yu@laika.example", "Chen Yu", Role::Agent),
    ("priya@laika.example", "Priya Raman", Role::Agent),
    ("tom@laika.example", "Tom Walsh", Role::Agent),
    ("zhao.min@laika.example", "Zhao Min", Role::Approver),
    ("ines@laika.example", "Inês Duarte", Role::Approver),
    ("dev@laika.example", "Dev Okafor", Role::Agent),
];

const PRODUCTS: [&str; 5] =
    ["Laika Data 5 GB", "Laika Data 20 GB", "Laika Data 50 GB", "Laika Travel eSIM", "Laika USB Stick"];

/// How many declare on each day of the week, Monday first, and in each hour of a day.
const WEEK: [u32; 7] = [126, 118, 112, 108, 104, 74, 66];
const HOURS: [u32; 24] = [3, 2, 1, 1, 1, 3, 9, 22, 48, 70, 78, 74, 66, 70, 66, 60, 58, 62, 66, 70, 62, 44, 24, 10];

/// Writes the history that ends now.
pub async fn write(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    app.store.import(Import { accounts: colleagues(now), cards: Vec::new() }).await?;
    let staff = staff();
    for batch in arrivals(app, now).chunks(BATCH) {
        let mut import = Import::default();
        let mut past = Vec::with_capacity(batch.len());
        for (n, at) in batch {
            let Some(made) = one(app, &staff, *n, *at, now) else { continue };
            import.accounts.extend(made.account);
            import.cards.push(made.card);
            past.push(made.past);
        }
        app.store.import(import).await?;
        together(&app.store, past).await?;
        tokio::task::yield_now().await;
    }
    app.store.add_counts(steps(app, now)).await?;
    crate::reports::catch_up(app).await?;
    Ok(())
}

/// One who was charged once more, so that there is an alarm to look at. It is told to them as any would be.
pub async fn late_charge(app: &App) -> anyhow::Result<()> {
    let now = app.now();
    app.net.catch_up(app).await?;
    let at = now - SignedDuration::from_hours(5);
    for summary in app.store.list(store::View::Done, None, 500).await? {
        let case = summary.case;
        let case::Stage::Ceased { at: ended, certificate: Some(_), watch_until, .. } = &case.stage else { continue };
        if *ended > now - SignedDuration::from_hours(24 * 4) || case.times.billing_end > Some(at) {
            continue;
        }
        let sign = Sign { moved: Moved::Charge, at, amount: Some("4.99 GBP".into()), by_number: false };
        let arrived = Arrived { id: [1; 16], case: case.reference, sign, until: *watch_until };
        app.store.arrive(vec![arrived]).await?;
        crate::act::observe(app, case.reference).await?;
        break;
    }
    Ok(())
}

/// Commits that arrive together share a flush.
async fn together(store: &AnyStore, commits: Vec<Commit>) -> anyhow::Result<()> {
    let mut running = JoinSet::new();
    for commit in commits {
        let store = store.clone();
        running.spawn(async move { store.commit(commit).await });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

/// How far people came at the counter: all who declared there came through every page, and for ten of them four
/// or so gave up somewhere.
fn steps(app: &App, now: Timestamp) -> Vec<store::DayCount> {
    let (mut lots, zone) = (Lots::new(SEED ^ 1), app.policy.zone());
    let mut sums = std::collections::BTreeMap::<(i64, i64), i64>::new();
    for (n, at) in arrivals(app, now) {
        if matches!(draw(n).3, Plot::Mail | Plot::Letter | Plot::Call) {
            continue;
        }
        let day = crate::reports::day_of(at, &zone);
        let gives_up = lots.percent(40).then(|| lots.weighed(&[0, 32, 18, 14, 36]) as i64);
        for furthest in [Some(4), gives_up].into_iter().flatten() {
            for page in 1..=furthest {
                *sums.entry((day, page)).or_default() += 1;
            }
        }
    }
    sums.into_iter().map(|((day, page), many)| Measure::Step.count(day, page, many)).collect()
}

struct Made {
    /// None where it is there already.
    account: Option<Account>,
    card: CardRecord,
    past: store::Commit,
    /// What the core refused of the plot; for the tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "a plot with a mistake in it shows in the tests"))]
    refused: Vec<String>,
}

fn one(app: &App, staff: &[Colleague], n: usize, at: Timestamp, now: Timestamp) -> Option<Made> {
    let (mut lots, person, lang, plot) = draw(n);
    let account = if n == LATE { visitor(person, lang, at) } else { holder(n, person, lang, at) };
    let card = card(&mut lots, n, &account, plot == Plot::Router);
    let record = Record { card, person: account.person.clone() };
    let scene = Scene { app, staff, lang, zone: app.policy.zone(), busy: busy(now, at), unresolved: n == CONTESTED };
    let mut life = Life::new(app, lots, &record, at, now);
    life.stuck = n == STUCK;
    play(&mut life, &scene, plot);
    let (past, state, refused) = life.end()?;
    let changed_at = past.entries.last().map_or(at, |entry| entry.at);
    let changed_at = if state == CardState::Active { record.card.changed_at } else { changed_at };
    let card = CardRecord { state, changed_at, ..record.card };
    Some(Made { account: (n != LATE).then_some(account), card, past, refused })
}

/// Who the n-th is, and how it goes with them.
fn draw(n: usize) -> (Lots, Person, Lang, Plot) {
    let mut lots = Lots::new(SEED ^ (n as u64).wrapping_mul(0x5851_F42D_4C95_7F2D));
    let (person, lang) =
        if n == LATE { (super::person(VISITOR, |_| {}), HOLDERS[VISITOR].5) } else { words::person(&mut lots, n) };
    let drawn = PLOTS[lots.weighed(&PLOTS.map(|(_, weight)| weight))].0;
    let plot = match n {
        STUCK | LATE => Plot::Straight,
        CONTESTED => Plot::Contested,
        _ => drawn,
    };
    (lots, person, lang, plot)
}

/// When each of them declares, oldest first: busier from Monday on, hardly at night, and three busy days after
/// the operator raised its prices five weeks ago.
fn arrivals(app: &App, now: Timestamp) -> Vec<(usize, Timestamp)> {
    let mut lots = Lots::new(SEED);
    let zone = app.policy.zone();
    let today = now.to_zoned(zone.clone()).date();
    let days: Vec<_> = (0..=DAYS).filter_map(|ago| Some((ago, today.checked_sub(ago.days()).ok()?))).collect();
    let weights: Vec<u32> = days
        .iter()
        .map(|(ago, day)| {
            let weekday = WEEK[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
            // A little more each week.
            let growth = 80 + (DAYS - ago) as u32 / 2;
            let prices = if (34..37).contains(ago) { 2 } else { 1 };
            weekday * growth * prices / 100
        })
        .collect();
    let mut times: Vec<Timestamp> = Vec::with_capacity(MANY);
    while times.len() < MANY {
        let (_, day) = days[lots.weighed(&weights)];
        let hour = lots.weighed(&HOURS) as i8;
        let (minute, second) = (lots.below(60) as i8, lots.below(60) as i8);
        let Ok(at) = day.at(hour, minute, second, 0).to_zoned(zone.clone()) else { continue };
        let at = at.timestamp() + SignedDuration::from_micros(lots.below(1_000_000) as i64);
        if at + SignedDuration::from_mins(3) < now {
            times.push(at);
        }
    }
    times.sort_unstable();
    times.into_iter().enumerate().collect()
}

/// The desk was slow in the week of the prices, and is a little slow again just now.
fn busy(now: Timestamp, at: Timestamp) -> f64 {
    let zoned = |at: Timestamp| at.duration_since(now).as_hours() / 24;
    let weekend = matches!(at.to_zoned(jiff::tz::TimeZone::UTC).weekday(), Weekday::Saturday | Weekday::Sunday);
    let busy = match -zoned(at) {
        33..38 => 2.4,
        0..4 => 1.7,
        _ => 1.0,
    };
    if weekend { busy * 1.3 } else { busy }
}

fn staff() -> Vec<Colleague> {
    let visitors = STAFF.iter().enumerate().map(|(i, (_, _, _, role, _))| (100 + i, *role));
    let others = COLLEAGUES.iter().enumerate().map(|(i, (_, _, role))| (200 + i, *role));
    visitors
        .chain(others)
        .filter(|(_, role)| *role != Role::Admin)
        .map(|(n, role)| Colleague { id: account_id(n), role })
        .collect()
}

fn colleagues(now: Timestamp) -> Vec<Account> {
    let since = now - SignedDuration::from_hours(24 * DAYS);
    COLLEAGUES
        .iter()
        .enumerate()
        .map(|(i, (login, name, role))| {
            let person = Person { name: (*name).into(), email: Some((*login).into()), ..Person::default() };
            Account {
                login: (*login).into(),
                role: Some(*role),
                ..holder_of(account_id(200 + i), person, Lang::En, since)
            }
        })
        .collect()
}

fn holder(n: usize, person: Person, lang: Lang, at: Timestamp) -> Account {
    let since = at - SignedDuration::from_hours(24 * 400);
    holder_of(AccountId::from_bits(0x1A1C_B000_0000 + n as u64), person, lang, since)
}

/// Somebody whom a visitor can be.
fn visitor(person: Person, lang: Lang, at: Timestamp) -> Account {
    holder_of(account_id(VISITOR), person, lang, at - SignedDuration::from_hours(24 * 400))
}

/// Without a password: nobody can sign in as someone of the history.
fn holder_of(id: AccountId, person: Person, lang: Lang, changed_at: Timestamp) -> Account {
    Account { lang, ..Account::of(id, person.email.clone().unwrap_or_default(), person, changed_at) }
}

fn card(lots: &mut Lots, n: usize, account: &Account, router: bool) -> CardRecord {
    let product = match n {
        LATE => "Laika Home Router 5G",
        _ if router => "Laika Pocket Router 5G",
        _ => lots.pick(&PRODUCTS),
    };
    CardRecord {
        thing: thing_of(product),
        iccid: Some(case::identify::with_luhn(&format!("894477000{:09}", 1_000_000 + n))),
        serial: Some(format!("LK-{:06}-{}", 500_000 + n, char::from(b'A' + lots.below(26) as u8))),
        must_return: router || n == LATE,
        ..CardRecord::of(CardId::from_bits(0xCA4E_0000_0000 + n as u64), account.id, product.into(), account.changed_at)
    }
}

#[cfg(test)]
mod tests;
