//! What the desk remembers beside the cases: what its agents are writing, what they have sent and may
//! still take back, who has which case in hand, what sleeps until when, macros and habits. None of it
//! is part of a case, none of it touches a case's commit, and drafts and messages are one agent's own.

use case::{AccountId, CaseRef, Channel, MacroId, Need, PendingId, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Statement, Work};
use crate::rows::{self, account_id, key, later};
use crate::value::{Record, Value, corrupt, json, parse};
use crate::{Result, tenants};

/// Which of the two forms something is written in. They are never one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writing {
    /// The holder reads it.
    Reply,
    /// Staff only.
    Note,
}

impl Writing {
    pub const ALL: [Writing; 2] = [Writing::Reply, Writing::Note];

    pub fn name(self) -> &'static str {
        match self {
            Writing::Reply => "reply",
            Writing::Note => "note",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub case: CaseRef,
    pub staff: AccountId,
    pub kind: Writing,
    pub text: String,
    pub channel: Channel,
    /// The form it is typed in; what that form sends is sent under the same id.
    pub form: Option<PendingId>,
    pub at: Timestamp,
}

/// A message between "send" and its sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub id: PendingId,
    pub case: CaseRef,
    pub staff: AccountId,
    pub kind: Writing,
    pub text: String,
    pub channel: Channel,
    pub send_at: Timestamp,
    /// The version of the case on which it was last tried.
    pub tried: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub case: CaseRef,
    pub staff: AccountId,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snooze {
    pub case: CaseRef,
    pub staff: AccountId,
    pub at: Timestamp,
    pub until: Option<Timestamp>,
    /// Ends as soon as the holder acts.
    pub until_reply: bool,
    /// The version up to which the journal has been looked through for that.
    pub seen: u64,
}

/// Texts and acts under a name, for what has to be said and done often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Macro {
    pub id: MacroId,
    pub owner: AccountId,
    /// All who work for the same as its owner, the house or one agency, have it.
    pub shared: bool,
    pub name: String,
    /// What the holder reads, in their language; empty for nothing.
    pub text_en: String,
    pub text_zh: String,
    /// Asks for these with the text; none: the text is a reply.
    pub needs: Vec<Need>,
    pub note: String,
    pub take_up: bool,
    /// Snoozes for so many days; none: not by time.
    pub snooze_days: Option<u16>,
    /// Snoozes until the holder acts.
    pub snooze_reply: bool,
}

const KEPT: &str = "SELECT case_id, staff, kind, text, channel, form, at_us FROM draft \
                    WHERE case_id = $1 AND staff = $2 AND kind = $3 AND text <> ''";

pub async fn draft(on: &impl Engine, case: CaseRef, staff: AccountId, kind: Writing) -> Result<Option<Draft>> {
    let args = vec![key(case), staff.key().into(), kind.name().into()];
    on.read(KEPT, args).await?.first().map(read_draft).transpose()
}

pub async fn save_draft(on: &impl Engine, draft: Draft) -> Result<()> {
    if draft.text.trim().is_empty() {
        let sql = "DELETE FROM draft WHERE case_id = $1 AND staff = $2 AND kind = $3 AND text <> ''";
        let args = vec![key(draft.case), draft.staff.key().into(), draft.kind.name().into()];
        return write(on, sql, args).await.map(drop);
    }
    let sql = "INSERT INTO draft (case_id, staff, kind, text, channel, form, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (case_id, staff, kind) DO UPDATE SET text = excluded.text, channel = excluded.channel, \
               form = excluded.form, at_us = excluded.at_us \
               WHERE draft.text <> '' OR draft.form IS NULL OR excluded.form IS NULL OR draft.form <> excluded.form";
    write(on, sql, draft_args(&draft)?).await.map(drop)
}

/// A draft that nobody has touched for so long will not be sent, and holds what a person wrote.
const DRAFT_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

pub fn old_drafts(now: Timestamp) -> Statement {
    let since = now.checked_sub(DRAFT_LIFE).unwrap_or(Timestamp::MIN);
    Statement::new("DELETE FROM draft WHERE at_us <= $1 RETURNING 1", vec![since.into()])
}

pub async fn put_pending(on: &impl Engine, pending: Pending, form: bool) -> Result<()> {
    let sql = "INSERT INTO pending (id, case_id, staff, kind, text, channel, send_at_us, try_at_us) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
    let Pending { id, case, staff, kind, send_at, channel, .. } = pending;
    let args = vec![
        id.key().into(),
        key(case),
        staff.key().into(),
        kind.name().into(),
        pending.text.into(),
        json(&channel)?.into(),
        send_at.into(),
        send_at.into(),
    ];
    let mut statements = vec![Statement::new(sql, args)];
    if form {
        // What is left of the draft is that its form was sent: what it still saves comes too late.
        let sent = "INSERT INTO draft (case_id, staff, kind, text, channel, form, at_us) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id, staff, kind) DO UPDATE SET \
                    text = excluded.text, channel = excluded.channel, form = excluded.form, at_us = excluded.at_us";
        let empty = Draft { case, staff, kind, text: String::new(), channel, form: Some(id), at: send_at };
        statements.push(Statement::new(sent, draft_args(&empty)?));
    }
    on.write(Work::Statements(statements)).await.map(drop)
}

pub async fn pending_of(on: &impl Engine, case: CaseRef, staff: AccountId) -> Result<Vec<Pending>> {
    let sql = "SELECT id, case_id, staff, kind, text, channel, send_at_us, tried FROM pending \
               WHERE case_id = $1 AND staff = $2 ORDER BY send_at_us, id";
    on.read(sql, vec![key(case), staff.key().into()]).await?.iter().map(read_pending).collect()
}

pub async fn due_pending(on: &impl Engine, now: Timestamp, lease: SignedDuration, limit: u32) -> Result<Vec<Pending>> {
    if on.read("SELECT 1 FROM pending WHERE try_at_us <= $1 LIMIT 1", vec![now.into()]).await?.is_empty() {
        return Ok(Vec::new());
    }
    // The condition stands twice: of two processes that pick the same, the second finds it leased.
    let sql = "UPDATE pending SET try_at_us = $1 WHERE id IN \
               (SELECT id FROM pending WHERE try_at_us <= $2 ORDER BY try_at_us, id LIMIT $3) AND try_at_us <= $2 \
               RETURNING id, case_id, staff, kind, text, channel, send_at_us, tried";
    let args = vec![later(now, lease).into(), now.into(), i64::from(limit).into()];
    let mut due = write(on, sql, args).await?.iter().map(read_pending).collect::<Result<Vec<_>>>()?;
    due.sort_by_key(|pending| (pending.send_at, pending.id));
    Ok(due)
}

pub async fn try_pending(on: &impl Engine, id: PendingId, version: u64) -> Result<bool> {
    let sql = "UPDATE pending SET tried = $1 WHERE id = $2 RETURNING 1";
    Ok(!write(on, sql, vec![(version as i64).into(), id.key().into()]).await?.is_empty())
}

pub async fn end_pending(on: &impl Engine, id: PendingId) -> Result<()> {
    write(on, "DELETE FROM pending WHERE id = $1", vec![id.key().into()]).await.map(drop)
}

pub async fn take_back(
    on: &impl Engine,
    id: PendingId,
    staff: AccountId,
    now: Timestamp,
) -> Result<Option<(CaseRef, Writing)>> {
    let mark = "UPDATE pending SET tried = -1 WHERE id = $1 AND staff = $2 AND tried IS NULL";
    into_draft(on, Statement::new(mark, vec![id.key().into(), staff.key().into()]), id, now).await
}

pub async fn give_back(on: &impl Engine, id: PendingId, now: Timestamp) -> Result<Option<(CaseRef, Writing)>> {
    let mark = "UPDATE pending SET tried = -1 WHERE id = $1";
    into_draft(on, Statement::new(mark, vec![id.key().into()]), id, now).await
}

/// In one transaction: the mark keeps a worker from sending what goes back.
async fn into_draft(
    on: &impl Engine,
    mark: Statement,
    id: PendingId,
    now: Timestamp,
) -> Result<Option<(CaseRef, Writing)>> {
    let keep = "INSERT INTO draft (case_id, staff, kind, text, channel, form, at_us) \
                SELECT case_id, staff, kind, text, channel, CAST(NULL AS BIGINT), CAST($1 AS BIGINT) \
                FROM pending WHERE id = $2 AND tried < 0 \
                ON CONFLICT (case_id, staff, kind) DO UPDATE SET text = CASE WHEN draft.text = '' THEN excluded.text \
                ELSE excluded.text || CAST($3 AS TEXT) || draft.text END, \
                channel = excluded.channel, form = excluded.form, at_us = excluded.at_us";
    let statements = vec![
        mark,
        Statement::new(keep, vec![now.into(), id.key().into(), "\n\n".into()]),
        Statement::new(
            "DELETE FROM pending WHERE id = $1 AND tried < 0 RETURNING case_id, kind",
            vec![id.key().into()],
        ),
    ];
    let answer = on.write(Work::Statements(statements)).await?;
    let gone = answer.last().and_then(|rows| rows.first());
    gone.map(|record| Ok((rows::reference(record)?, writing(record.text(1)?)?))).transpose()
}

pub async fn claim_of(on: &impl Engine, case: CaseRef) -> Result<Option<Claim>> {
    let sql = "SELECT case_id, staff, at_us FROM claim WHERE case_id = $1";
    on.read(sql, vec![key(case)]).await?.first().map(read_claim).transpose()
}

pub async fn put_claim(on: &impl Engine, claim: Claim, from: Option<AccountId>) -> Result<bool> {
    let sql = "INSERT INTO claim (case_id, staff, at_us) VALUES ($1, $2, $3) ON CONFLICT (case_id) DO UPDATE SET \
               staff = excluded.staff, at_us = excluded.at_us \
               WHERE claim.staff = excluded.staff OR claim.staff = $4 RETURNING 1";
    // No account has this number.
    let from = from.map_or(-1, AccountId::key);
    let args = vec![key(claim.case), claim.staff.key().into(), claim.at.into(), from.into()];
    Ok(!write(on, sql, args).await?.is_empty())
}

pub async fn end_claim(on: &impl Engine, case: CaseRef, staff: AccountId) -> Result<bool> {
    let ended = on.write(Work::Statements(vec![unclaim(case, staff)])).await?;
    Ok(ended.first().is_some_and(|rows| !rows.is_empty()))
}

/// The same, to be written beside something else.
pub(crate) fn unclaim(case: CaseRef, staff: AccountId) -> Statement {
    let sql = "DELETE FROM claim WHERE case_id = $1 AND staff = $2 RETURNING 1";
    Statement::new(sql, vec![key(case), staff.key().into()])
}

pub async fn end_claims(on: &impl Engine, staff: AccountId) -> Result<()> {
    write(on, "DELETE FROM claim WHERE staff = $1", vec![staff.key().into()]).await.map(drop)
}

pub async fn snooze_of(on: &impl Engine, case: CaseRef) -> Result<Option<Snooze>> {
    let sql = "SELECT case_id, staff, at_us, until_us, until_reply, seen FROM snooze WHERE case_id = $1";
    on.read(sql, vec![key(case)]).await?.first().map(read_snooze).transpose()
}

pub async fn put_snooze(on: &impl Engine, snooze: Snooze) -> Result<()> {
    let sql = "INSERT INTO snooze (case_id, staff, at_us, until_us, until_reply, seen) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id) DO UPDATE SET \
               staff = excluded.staff, at_us = excluded.at_us, until_us = excluded.until_us, \
               until_reply = excluded.until_reply, seen = excluded.seen";
    let args = vec![
        key(snooze.case),
        snooze.staff.key().into(),
        snooze.at.into(),
        snooze.until.map(|at| at.as_microsecond()).into(),
        i64::from(snooze.until_reply).into(),
        (snooze.seen as i64).into(),
    ];
    write(on, sql, args).await.map(drop)
}

pub async fn end_snooze(on: &impl Engine, case: CaseRef, at: Timestamp) -> Result<bool> {
    let sql = "DELETE FROM snooze WHERE case_id = $1 AND at_us = $2 RETURNING 1";
    Ok(!write(on, sql, vec![key(case), at.into()]).await?.is_empty())
}

pub async fn see_snooze(on: &impl Engine, case: CaseRef, at: Timestamp, seen: u64) -> Result<()> {
    let sql = "UPDATE snooze SET seen = $1 WHERE case_id = $2 AND at_us = $3";
    write(on, sql, vec![(seen as i64).into(), key(case), at.into()]).await.map(drop)
}

pub async fn due_snoozes(on: &impl Engine, now: Timestamp, limit: u32) -> Result<Vec<Snooze>> {
    let sql = "SELECT s.case_id, s.staff, s.at_us, s.until_us, s.until_reply, s.seen \
               FROM snooze s JOIN case_ c ON c.id = s.case_id \
               WHERE s.until_us <= $1 OR (s.until_reply = 1 AND c.version > s.seen) ORDER BY s.case_id LIMIT $2";
    on.read(sql, vec![now.into(), i64::from(limit).into()]).await?.iter().map(read_snooze).collect()
}

pub async fn macros(on: &impl Engine, staff: AccountId) -> Result<Vec<Macro>> {
    let sql = "SELECT m.body, o.body, r.body FROM desk_macro AS m \
               LEFT JOIN account AS o ON o.id = m.owner LEFT JOIN account AS r ON r.id = $1 \
               WHERE m.owner = $1 OR m.shared = 1 ORDER BY m.id";
    let mut found = Vec::new();
    for record in on.read(sql, vec![staff.key().into()]).await? {
        let made: Macro = parse("macro", record.text(0)?)?;
        if made.owner == staff || tenants::shares(&record, 1, 2)? {
            found.push(made);
        }
    }
    Ok(found)
}

pub async fn put_macro(on: &impl Engine, made: Macro) -> Result<()> {
    let sql = "INSERT INTO desk_macro (id, owner, shared, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (id) DO UPDATE SET shared = excluded.shared, body = excluded.body";
    let args = vec![made.id.key().into(), made.owner.key().into(), i64::from(made.shared).into(), json(&made)?.into()];
    write(on, sql, args).await.map(drop)
}

pub async fn end_macro(on: &impl Engine, id: MacroId) -> Result<()> {
    write(on, "DELETE FROM desk_macro WHERE id = $1", vec![id.key().into()]).await.map(drop)
}

pub async fn keys(on: &impl Engine, staff: AccountId) -> Result<bool> {
    let found = on.read("SELECT keys FROM desk_habit WHERE staff = $1", vec![staff.key().into()]).await?;
    found.first().map_or(Ok(true), |record| Ok(record.int(0)? != 0))
}

pub async fn put_keys(engine: &impl Engine, staff: AccountId, on: bool) -> Result<()> {
    let sql = "INSERT INTO desk_habit (staff, keys) VALUES ($1, $2) \
               ON CONFLICT (staff) DO UPDATE SET keys = excluded.keys";
    write(engine, sql, vec![staff.key().into(), i64::from(on).into()]).await.map(drop)
}

/// Runs one writing statement and gives the rows it returned.
async fn write(on: &impl Engine, sql: &'static str, args: Vec<Value>) -> Result<Vec<Record>> {
    let answer = on.write(Work::Statements(vec![Statement::new(sql, args)])).await?;
    Ok(answer.into_iter().next().unwrap_or_default())
}

fn draft_args(draft: &Draft) -> Result<Vec<Value>> {
    Ok(vec![
        key(draft.case),
        draft.staff.key().into(),
        draft.kind.name().into(),
        draft.text.as_str().into(),
        json(&draft.channel)?.into(),
        draft.form.map(PendingId::key).into(),
        draft.at.into(),
    ])
}

fn writing(name: &str) -> Result<Writing> {
    Writing::named(name).ok_or_else(|| corrupt("kind of writing", name))
}

fn read_draft(record: &Record) -> Result<Draft> {
    Ok(Draft {
        case: rows::reference(record)?,
        staff: account_id(record.int(1)?),
        kind: writing(record.text(2)?)?,
        text: record.text(3)?.to_owned(),
        channel: parse("channel", record.text(4)?)?,
        form: record.opt_int(5)?.map(|id| PendingId::from_bits(id as u64)),
        at: record.time(6)?,
    })
}

fn read_pending(record: &Record) -> Result<Pending> {
    Ok(Pending {
        id: PendingId::from_bits(record.int(0)? as u64),
        case: CaseRef::from_bits(record.int(1)? as u64),
        staff: account_id(record.int(2)?),
        kind: writing(record.text(3)?)?,
        text: record.text(4)?.to_owned(),
        channel: parse("channel", record.text(5)?)?,
        send_at: record.time(6)?,
        tried: record.opt_int(7)?.and_then(|version| u64::try_from(version).ok()),
    })
}

fn read_claim(record: &Record) -> Result<Claim> {
    Ok(Claim { case: rows::reference(record)?, staff: account_id(record.int(1)?), at: record.time(2)? })
}

fn read_snooze(record: &Record) -> Result<Snooze> {
    Ok(Snooze {
        case: rows::reference(record)?,
        staff: account_id(record.int(1)?),
        at: record.time(2)?,
        until: record.opt_time(3)?,
        until_reply: record.int(4)? != 0,
        seen: record.int(5)? as u64,
    })
}
