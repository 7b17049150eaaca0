//! A second opinion: counts for itself who has proven and signed, and what the network was told.

use super::*;

/// A second opinion on what may happen, kept apart from the core's own.
pub struct Watch {
    /// Cards proven by their own holder, as of the actors that gave the commands.
    pub proofs: BTreeSet<(String, AccountId)>,
    /// Staff who signed since the case last changed what it is about.
    pub signed: BTreeSet<AccountId>,
    pub outstanding: Vec<(u32, Effect)>,
    pub ceased: bool,
    /// Another case was about the card when it was found.
    pub rival: bool,
    pub contested: bool,
    /// Who has signed for ending the hold, and up to which end of a hold two have.
    pub lifting: BTreeSet<AccountId>,
    pub lifted: Option<Timestamp>,
    pub hold: Option<Timestamp>,
    /// What moved after the end, by kind, and is not cleared up: how often.
    pub alarms: BTreeMap<Kind, u32>,
}

pub fn has_contact(scene: &Scene) -> bool {
    let case = scene.case();
    let by = case.declaration.way.behalf.as_ref();
    case.reachable
        || case.person.email.is_some()
        || case.person.phone.is_some()
        || by.is_some_and(|by| by.email.is_some())
}

pub fn key(subscription: &Subscription) -> String {
    format!("{}/{}", subscription.card, subscription.generation)
}

impl Watch {
    pub fn new() -> Self {
        Self {
            proofs: BTreeSet::new(),
            signed: BTreeSet::new(),
            outstanding: Vec::new(),
            ceased: false,
            rival: false,
            contested: false,
            lifting: BTreeSet::new(),
            lifted: None,
            hold: None,
            alarms: BTreeMap::new(),
        }
    }

    pub fn see(
        &mut self,
        scene: &Scene,
        actor: &Actor,
        command: &Command,
        before: Option<&Stage>,
        decision: &Decision,
    ) {
        let case = scene.case();
        if let (Actor::Holder { assurance, .. }, Some(subscription), Some(owner)) =
            (actor, &case.subscription, case.account)
            && fresh(assurance, owner, scene)
        {
            self.proofs.insert((key(subscription), owner));
        }
        // Before what this command adds: a lock is heeded first, and then the signature counts.
        let decided = matches!(before, Some(Stage::Scheduled { .. } | Stage::Ceasing { .. }));
        if decided && matches!(case.stage, Stage::Review { .. } | Stage::Contested { .. }) {
            self.signed.clear();
            self.contested |= matches!(case.stage, Stage::Contested { .. });
        }
        if let (Command::Approve { .. }, Actor::Agent { staff, .. }) = (command, actor) {
            self.signed.insert(*staff);
        }
        if matches!(command, Command::Correct { .. } | Command::Contest) {
            self.signed.clear();
        }
        if before.is_none() || matches!(command, Command::Correct { .. }) {
            self.rival = scene.duplicate && case.subscription.is_some();
        }
        self.contested |= matches!(command, Command::Contest);
        self.lifts(scene, actor, command);
        self.after(scene, command, before, decision);
        if let Command::Report { n, outcome: came } = command {
            let at = self.outstanding.iter().position(|(owed, _)| owed == n).expect("an unowed report was taken");
            let (_, effect) = self.outstanding.remove(at);
            let gone = matches!(came, Outcome::Ceased { .. });
            assert!(!gone || matches!(effect, Effect::Cease { .. }), "{} counted as a cease", effect.kind());
        }
        if matches!(before, Some(Stage::Ceasing { step: Step::Deleting, .. }))
            && matches!(case.stage, Stage::Ceased { .. })
        {
            self.ceased = true;
        }
        for owed in &decision.effects {
            // It was seen again after its end, and a person has it ended once more.
            let again = before.is_some_and(Stage::has_ended) && matches!(command, Command::Resume { .. });
            if again && matches!(owed.effect, Effect::Cease { .. }) {
                self.ceased = false;
                continue;
            }
            if let Effect::Bar { subscription } | Effect::Cease { subscription } = &owed.effect {
                let told = matches!(before, Some(Stage::Ceasing { step: Step::Deleting, .. }));
                self.may_end(scene, subscription, matches!(owed.effect, Effect::Cease { .. }), told);
            }
            self.outstanding.push((owed.n, owed.effect.clone()));
        }
    }

    fn lifts(&mut self, scene: &Scene, actor: &Actor, command: &Command) {
        let until = scene.case().hold.as_ref().map(|hold| hold.until);
        // About another card it is another hold, even one that ends at the same moment.
        if until != self.hold || matches!(command, Command::Correct { .. }) {
            (self.hold, self.lifting) = (until, BTreeSet::new());
        }
        if let (Command::LiftHold { .. }, Actor::Agent { staff, role }) = (command, actor) {
            assert!(self.lifting.insert(*staff), "one person lifts a hold twice");
            if self.lifting.len() == 2 {
                assert_eq!(*role, Role::Approver);
                self.lifted = self.lifted.max(until);
            }
        }
    }

    /// Nothing that happened within the hours of a hold lets a card be ended for good, or barred where not even
    /// that may be, unless two people have looked at exactly that.
    fn held_back(&self, scene: &Scene, for_good: bool) {
        let rules = &scene.policy.risk;
        let case = scene.case();
        if !for_good && rules.hold_bars {
            return;
        }
        for risk in case.risks.iter().filter(|risk| risk.bearing == Bearing::Hold) {
            let until = risk.at + rules.hold();
            assert!(until <= scene.now || self.lifted >= Some(until), "ended within the hold for {:?}", risk.fact);
        }
        for seen in scene.known.facts.iter().filter(|seen| rules.of(seen.fact) != Bearing::Show) {
            let told = case.risks.iter().any(|risk| risk.covers(seen));
            let over = seen.at + rules.hold() <= scene.now;
            assert!(told || over, "ended without a look at {:?}", seen.fact);
        }
    }

    /// A second count of what moved after the end: nothing lost, nothing counted twice, a letter for each alarm.
    fn after(&mut self, scene: &Scene, command: &Command, before: Option<&Stage>, decision: &Decision) {
        let letters =
            |wanted| decision.effects.iter().filter(|o| o.effect == Effect::Notify { letter: wanted }).count();
        let mut raised = 0;
        if let (Command::Observe { signs }, Some(Stage::Ceased { at, watch_until, .. })) = (command, before) {
            let times = &scene.case().times;
            for sign in signs.iter().filter(|_| scene.now < *watch_until) {
                let end = match sign.moved {
                    Moved::Voice | Moved::Sms | Moved::Data | Moved::SignIn | Moved::Attach => Some(*at),
                    Moved::Charge => times.billing_end,
                    Moved::Reminder | Moved::Marketing => times.contract_end,
                };
                let anothers = sign.by_number && Some(sign.at) >= times.number_release;
                if Some(sign.at) > end && !anothers {
                    let count = self.alarms.entry(sign.moved.kind()).or_insert(0);
                    raised += usize::from(*count == 0);
                    *count += 1;
                }
            }
        }
        if let Command::ReportAfter { what, .. } = command {
            *self.alarms.entry(what.kind()).or_insert(0) += 1;
            assert_eq!(letters(Letter::Reported) == 1, has_contact(scene), "a report is confirmed once");
        }
        if let Command::CloseAlarm { kind, .. } = command {
            assert!(self.alarms.remove(kind).is_some(), "an alarm closed that nobody raised");
        }
        assert_eq!(letters(Letter::Alarm), usize::from(raised > 0 && has_contact(scene)), "one letter, however many");
        let closed = matches!(command, Command::CloseAlarm { .. });
        assert_eq!(letters(Letter::Cleared), usize::from(closed && has_contact(scene)), "what came of it is told");
    }

    /// `told`: the network had been told before, and got stuck.
    fn may_end(&self, scene: &Scene, subscription: &Subscription, for_good: bool, told: bool) {
        let case = scene.case();
        assert!(!self.ceased, "the network is told to end a card that has ended");
        assert!(matches!(case.stage, Stage::Ceasing { .. }), "ended at {:?}", case.stage);
        assert_eq!(Some(subscription), case.subscription.as_ref());
        let owner = case.account.expect("attributed");
        let by_holder = self.proofs.contains(&(key(subscription), owner));
        let two = self.signed.len() >= 2;
        assert!(two || (by_holder && !self.contested), "ended without proof and without two people");
        assert!(!self.rival || told || !self.signed.is_empty(), "ended with another case of it, and nobody has looked");
        let helper = case.declaration.way.behalf.as_ref().is_some_and(|by| by.capacity == Capacity::BillManager);
        assert!(by_holder || !helper, "ended for who only helps with the bills");
        let running = case.ways.switch.as_ref().and_then(|switch| switch.runs_until());
        assert!(told || running.is_none_or(|until| until <= scene.now), "ended under a code that is good");
        assert!(two || told || !scene.known.locked, "ended though it is locked, without two people");
        let risky = case.risks.iter().any(|risk| risk.bearing == Bearing::SecondApprover);
        assert!(two || told || !risky, "ended without the second person that a fact asks for");
        self.held_back(scene, for_good);
        let others = self
            .outstanding
            .iter()
            .any(|(_, e)| matches!(e, Effect::Bar { .. } | Effect::Cease { .. } | Effect::Unbar { .. }));
        assert!(!others, "the network is told something new before it has answered");
        assert!(!for_good || matches!(case.stage, Stage::Ceasing { step: Step::Deleting, .. }));
    }
}

pub fn fresh(assurance: &Assurance, owner: AccountId, scene: &Scene) -> bool {
    let age = assurance.at.map(|at| scene.now.duration_since(at).as_secs());
    assurance.level > Level::Nothing
        && assurance.account == Some(owner)
        && age.is_some_and(|s| (-30..=600).contains(&s))
}
