//! What speaks for caution in a life: a password is recovered, a contact changed, a SIM swapped, a holder locks their
//! account or takes the lock off, somebody presses "that wasn't me". What it must lead to is worked out in
//! [`checks`](crate::checks) from what is noted here, and not from what the desk makes of it.

use case::{Actor, CaseRef, Command, Fact};
use store::Guard;

use super::World;
use crate::people;

impl World {
    /// Something happens to an account. Its cases hear of it at once, or find out by themselves before anything is done
    /// that cannot be undone.
    pub(super) async fn caution(&mut self) -> anyhow::Result<()> {
        let account = people::holder(1 + self.fate.below(people::HOLDERS));
        let now = self.fate.now();
        // Its contacts are told by letters that live in no virtual time.
        let quiet = |guard: Guard| Guard { untold: false, ..guard };
        let what = match self.fate.below(6) {
            0..3 => {
                let fact = self.fate.pick(&[Fact::Recovered, Fact::ContactChanged, Fact::SimSwapped]);
                self.raw.put_guard(quiet(Guard::happened(account, fact, now))).await?;
                self.fate.with(|n| n.holds.entry(account).or_default().push(now));
                fact.name()
            }
            3 => {
                if self.raw.put_guard(quiet(Guard::lock(account, now))).await? {
                    self.fate.with(|n| n.locks.push((account, now, true)));
                }
                "lock"
            }
            4 => {
                self.raw.unlock(account, now).await?;
                for guard in self.raw.untold(32).await? {
                    self.raw.told(&guard, Vec::new(), now).await?;
                }
                self.fate.with(|n| n.locks.push((account, now, false)));
                "unlock"
            }
            _ => return self.stop().await,
        };
        self.count(what);
        self.tell(format!("account {}: {what}", account.key()));
        if self.fate.percent(50) {
            let mut theirs: Vec<CaseRef> =
                self.raw.cases_of(account).await?.into_iter().map(|one| one.case.reference).collect();
            theirs.sort_by_key(|r| self.fate.nth(*r));
            let doing = theirs.into_iter().map(|r| self.act(r, Actor::Clock, Command::Heed)).collect();
            self.together(doing, None).await;
        }
        Ok(())
    }

    /// The link of a letter, pressed by whoever got it, while the workers go on.
    async fn stop(&mut self) -> anyhow::Result<()> {
        let known = self.known();
        if !known.is_empty() {
            let reference = self.fate.pick(&known);
            self.count("stop");
            self.tell(format!("case {}: that wasn't me", self.fate.nth(reference)));
            let doing = vec![self.act(reference, people::unproven(), Command::Contest), self.working()];
            self.together(doing, None).await;
        }
        Ok(())
    }

    fn count(&self, what: &'static str) {
        self.fate.with(|n| *n.tally.cautions.entry(what).or_default() += 1);
    }
}
