//! A billing system in memory, for the demo and for tests: it does what it is told, once for each key, and remembers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use case::{CaseRef, Charge, Money, Timestamp};

use super::{Billed, Billing, Order, Paid, Standing};
use crate::Failure;

/// Where the next answer is lost, or nobody answers at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// The next order is carried out, and its answer lost.
    AnswerLost,
    /// Refunds are taken, and nothing comes of them.
    Unpaid,
    Down,
}

/// One card's charges.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// What it will bill; none: what was agreed to.
    pub charges: Option<Vec<Charge>>,
    pub standing: Standing,
    /// Keys of the orders that were carried out, in order.
    pub done: Vec<String>,
}

#[derive(Default)]
pub struct Fake {
    accounts: Mutex<BTreeMap<CaseRef, Account>>,
    fault: Mutex<Fault>,
}

impl Fake {
    /// What it is going to bill for a case.
    pub fn will_bill(&self, case: CaseRef, charges: Vec<Charge>) {
        self.all().entry(case).or_default().charges = Some(charges);
    }

    pub fn set_fault(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    pub fn accounts(&self) -> Vec<(CaseRef, Account)> {
        self.all().iter().map(|(case, account)| (*case, account.clone())).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<CaseRef, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) -> Result<(), Failure> {
        match *self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
            Fault::Down => Err(Failure::Retry("billing does not answer (made up)".into())),
            Fault::None | Fault::AnswerLost | Fault::Unpaid => Ok(()),
        }
    }

    fn once(&self, of: &Billed, order: Order, does: impl FnOnce(&mut Account)) -> Result<(), Failure> {
        self.up()?;
        let mut all = self.all();
        let account = all.entry(of.case).or_default();
        let key = of.key(order);
        if !account.done.contains(&key) {
            does(account);
            account.done.push(key);
        }
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if *fault == Fault::AnswerLost {
            *fault = Fault::None;
            return Err(Failure::Retry("the answer was lost (made up)".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Billing for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok("made up".into())
    }

    async fn observe(&self, of: &Billed, _: Timestamp) -> Result<Standing, Failure> {
        self.up()?;
        let all = self.all();
        let standing = all.get(&of.case).map(|account| account.standing.clone()).unwrap_or_default();
        let evidence = match (&standing.ended, &standing.bill, &standing.refund) {
            (_, _, Some(_)) => "state=refunded",
            (_, Some(_), None) => "state=billed",
            (Some(_), None, None) => "state=ended",
            (None, None, None) => "state=active",
        };
        Ok(Standing { evidence: evidence.into(), ..standing })
    }

    async fn stop(&self, of: &Billed, at: Timestamp, _: Timestamp) -> Result<(), Failure> {
        self.once(of, Order::Stop, |account| account.standing.ended = Some(at))
    }

    async fn final_bill(&self, of: &Billed, _: Timestamp) -> Result<(), Failure> {
        self.once(of, Order::Bill, |account| {
            account.standing.bill = Some(account.charges.clone().unwrap_or_else(|| of.quoted.clone()));
        })
    }

    async fn refund(&self, of: &Billed, amount: &Money, _: Timestamp) -> Result<(), Failure> {
        if *self.fault.lock().unwrap_or_else(PoisonError::into_inner) == Fault::Unpaid {
            return Ok(());
        }
        let reference = format!("FAKE-{}", of.case);
        self.once(of, Order::Refund, |account| {
            account.standing.refund = Some(Paid { amount: amount.clone(), reference });
        })
    }
}
