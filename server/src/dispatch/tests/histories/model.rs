//! The plain model of one incident: what the public contract says of it, in plain values and minutes. It calls nothing
//! of what it is held against.

use std::collections::{BTreeMap, BTreeSet};

use domain::account::Role;
use domain::assignment::Stage;
use domain::category::Severity;
use domain::lifecycle::State;
use domain::request::Waiting;

use super::city::{Edition, KINDS, Kind, STEPS, editions};
use super::judged::Work;
use super::minutes::{Minutes, Running};

/// The order to one department.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    pub department: String,
    pub acknowledged: Option<i64>,
    pub set_out: Option<(i64, Option<i64>)>,
    pub arrived: Option<i64>,
    pub done: Option<i64>,
    pub clock: Option<Running>,
}

impl Part {
    pub fn new(department: &str) -> Self {
        Self {
            department: department.to_owned(),
            acknowledged: None,
            set_out: None,
            arrived: None,
            done: None,
            clock: None,
        }
    }
}

/// An extension, a suspension or an appeal.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Wish {
    pub asked: bool,
    pub needs_leader: bool,
    pub first_yes: bool,
    /// Of a suspension.
    pub until: i64,
    pub granted: u8,
    pub refused: u8,
}

impl Wish {
    pub fn waits_for_leader(&self) -> bool {
        self.asked && self.first_yes
    }
}

/// What evaluation counts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Facts {
    pub dispatched: Option<i64>,
    pub closed: Option<i64>,
    pub in_time: Option<bool>,
    pub returns: u32,
    pub reworks: u32,
    pub acknowledged: u32,
    pub resolved: u32,
    pub work: Work,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    pub edition: usize,
    pub now: i64,
    pub revision: u32,
    pub state: State,
    pub category: Option<String>,
    pub severity: Severity,
    pub title: Option<String>,
    /// One of the places of the test.
    pub place: usize,
    pub opened: i64,
    pub claimed: Option<String>,
    pub verified: Option<bool>,
    pub clock: Option<Running>,
    pub lead: Option<Part>,
    pub support: Vec<Part>,
    pub readers: BTreeSet<String>,
    pub hops: u32,
    pub returned: bool,
    pub binding: bool,
    pub extension: Wish,
    pub suspension: Wish,
    pub appeal: Wish,
    pub suspended_until: Option<i64>,
    /// Whether each instruction has been answered.
    pub answered: Vec<bool>,
    pub urged: u16,
    pub heard: BTreeSet<Role>,
    /// The run of the clock in which each step spoke.
    spoke: [Option<i64>; 3],
    pub plan: Option<&'static str>,
    pub ticked: BTreeSet<String>,
    pub exempted: bool,
    pub satisfied: Option<bool>,
    pub standard: bool,
    pub pieces: u32,
    /// As it was when it went into the other.
    pub merged: Option<Box<Model>>,
    pub facts: Facts,
    /// Commands by id: whether they were carried out.
    pub given: BTreeMap<u128, bool>,
}

impl Model {
    pub fn opens(edition: usize, now: i64, category: Option<&str>, pieces: u32) -> Self {
        let accept = Running::begin(Stage::Accept, domain::clock::ClockKind::UrgentHour, 15, now);
        Self {
            edition,
            now,
            revision: 1,
            state: State::Reported,
            category: category.map(str::to_owned),
            severity: Severity::Moderate,
            title: None,
            place: 0,
            opened: now,
            claimed: None,
            verified: None,
            clock: Some(accept),
            lead: None,
            support: Vec::new(),
            readers: BTreeSet::new(),
            hops: 0,
            returned: false,
            binding: false,
            extension: Wish::default(),
            suspension: Wish::default(),
            appeal: Wish::default(),
            suspended_until: None,
            answered: Vec::new(),
            urged: 0,
            heard: BTreeSet::new(),
            spoke: [None; 3],
            plan: None,
            ticked: BTreeSet::new(),
            exempted: false,
            satisfied: None,
            standard: false,
            pieces,
            merged: None,
            facts: Facts::default(),
            given: BTreeMap::new(),
        }
    }

    pub fn minutes(&self) -> &'static Minutes {
        &self.of_city().minutes
    }

    pub fn of_city(&self) -> &'static Edition {
        &editions()[self.edition]
    }

    pub fn kind(&self) -> Option<&'static Kind> {
        let code = self.category.as_ref()?;
        KINDS.iter().find(|kind| kind.code == code)
    }

    pub fn is_open(&self) -> bool {
        !matches!(
            self.state,
            State::Closed | State::Rejected | State::Voided | State::Merged
        )
    }

    pub fn suspended(&self) -> bool {
        self.suspended_until.is_some()
    }

    /// Time passes: a suspension ends by itself, and those above hear of what takes too long.
    pub fn passes(&mut self, now: i64) {
        self.now = now;
        if let Some(until) = self.suspended_until.filter(|until| *until <= now) {
            self.goes_on(until);
        }
        self.speaks();
    }

    /// What is due to those above, once each run of the clock.
    pub fn speaks(&mut self) {
        let minutes = self.minutes();
        let Some(clock) = self.clock.as_ref().filter(|clock| clock.stands.is_none()) else {
            return;
        };
        for (index, (stage, percent, to, grave)) in STEPS.into_iter().enumerate() {
            if stage != clock.stage || self.spoke[index] == Some(clock.began) {
                continue;
            }
            let (at, _) = clock.used_up(minutes, i64::from(percent));
            if at.is_some_and(|at| at <= self.now) {
                self.spoke[index] = Some(clock.began);
                if grave.is_none_or(|least| self.severity <= least) {
                    self.heard.insert(to);
                }
            }
        }
    }

    pub fn starts(&mut self, stage: Stage) {
        let urgent = domain::clock::ClockKind::UrgentHour;
        let (kind, nominal) = match stage {
            Stage::Accept | Stage::Dispatch => (urgent, 15),
            Stage::Verify | Stage::Check => (urgent, 30),
            Stage::Handle => {
                let kind = self.kind().expect("nothing is handled without a kind");
                (kind.clock, kind.minutes)
            }
        };
        self.clock = Some(Running::begin(stage, kind, nominal, self.now));
    }

    /// A department in support gets its order, with a limit of its own.
    pub fn supports(&mut self, department: &str) {
        let kind = self.kind().expect("nothing is handled without a kind");
        let mut clock = Running::begin(Stage::Handle, kind.clock, kind.minutes, self.now);
        if self.suspended() {
            clock.stop(self.minutes(), self.now);
        }
        let part = Part {
            clock: Some(clock),
            ..Part::new(department)
        };
        self.support.push(part);
        self.readers.insert(department.to_owned());
    }

    fn clocks(&mut self) -> Vec<&mut Running> {
        let parts = self
            .support
            .iter_mut()
            .filter_map(|part| part.clock.as_mut());
        self.clock.iter_mut().chain(parts).collect()
    }

    pub fn stops(&mut self, until: i64) {
        let (minutes, now) = (self.minutes(), self.now);
        self.suspended_until = Some(until);
        for clock in self.clocks() {
            clock.stop(minutes, now);
        }
    }

    pub fn goes_on(&mut self, at: i64) {
        self.suspended_until = None;
        for clock in self.clocks() {
            clock.go_on(at);
        }
    }

    pub fn lasts_longer(&mut self) {
        let minutes = self.minutes();
        let Some(nominal) = self.kind().map(|kind| kind.minutes) else {
            return;
        };
        for clock in self.clocks() {
            clock.lengthen(minutes, nominal);
        }
    }

    /// Whichever way it ends: nothing runs and nothing waits any more.
    pub fn ends(&mut self, state: State) {
        self.state = state;
        self.clock = None;
        self.suspended_until = None;
        self.extension.asked = false;
        self.suspension.asked = false;
        for part in &mut self.support {
            part.clock = None;
        }
    }

    pub fn is_given_to(&mut self, lead: &str) {
        self.support.retain(|part| part.department != lead);
        self.lead = Some(Part::new(lead));
        self.readers.insert(lead.to_owned());
        self.state = State::Dispatched;
        self.hops += 1;
        self.returned = false;
        self.extension.asked = false;
        self.suspension.asked = false;
        if !self.clock.as_ref().is_some_and(|clock| clock.handles) {
            self.starts(Stage::Handle);
        }
        self.takes_plan();
        self.facts.dispatched.get_or_insert(self.now);
    }

    pub fn takes_plan(&mut self) {
        let fits = match self.category.as_deref() {
            Some("E0402") if self.severity <= Severity::Severe => Some("burst"),
            Some("E0402" | "E0405") => Some("emergency"),
            _ => None,
        };
        if fits.is_some() && fits != self.plan {
            self.plan = fits;
            self.ticked.clear();
        }
    }

    /// Back to those who did the work.
    pub fn again(&mut self) {
        self.state = State::Handling;
        self.facts.reworks += 1;
        self.starts(Stage::Handle);
        let clock = self.clock.clone();
        self.lead.as_mut().expect("somebody did it").done = None;
        for part in &mut self.support {
            if part.done.take().is_some() || part.clock.is_none() {
                part.clock.clone_from(&clock);
            }
        }
    }

    pub fn waiting(&self) -> Vec<Waiting> {
        let open = self.is_open();
        let verifying = self.clock.as_ref().map(|clock| clock.stage) == Some(Stage::Verify);
        let mut all = Vec::new();
        let mut waits = |does: bool, what| {
            if does {
                all.push(what);
            }
        };
        let first = |request: &Wish| request.asked && !request.first_yes;
        waits(first(&self.extension), Waiting::Extension);
        waits(first(&self.suspension), Waiting::Suspension);
        waits(self.extension.waits_for_leader(), Waiting::ExtensionLeader);
        waits(
            self.suspension.waits_for_leader(),
            Waiting::SuspensionLeader,
        );
        waits(open && self.returned, Waiting::Dispute);
        let closed = self.state == State::Closed;
        waits(closed && self.appeal.asked, Waiting::Appeal);
        waits(open && self.answered.contains(&false), Waiting::Instruction);
        waits(verifying, Waiting::Verification);
        all
    }

    /// What a person decides by: the revision moves with it alone.
    pub fn weighty(&self) -> impl PartialEq + use<> {
        (
            self.state,
            self.category.clone(),
            self.severity,
            self.place,
            self.title.clone(),
            self.lead.as_ref().map(|part| part.department.clone()),
            self.support
                .iter()
                .map(|part| part.department.clone())
                .collect::<Vec<_>>(),
        )
    }

    /// 准确派遣: dispatched, and neither given back nor done again.
    pub fn accurate(&self) -> Option<bool> {
        let facts = &self.facts;
        facts.dispatched.map(|_| facts.returns + facts.reworks == 0)
    }
}
