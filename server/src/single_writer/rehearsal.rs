//! A rehearsal of a city day for tests: the Dongguan pack, a machine, and short words for what feeds and people send.
//! After every block it holds the Picture to what must always be true. Never part of the program.

pub mod living;
mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use domain::account::{Actor, Role};
use domain::alarm::Alarm;
use domain::category::CategoryCode;
use domain::change::{Change, CommandAnswer, Outcome, Stepped};
use domain::city::City;
use domain::command::{
    AlarmCommand, AlarmCommandGiven, Block, Command, CommandGiven, Input, LOGIC, OpenByHand,
    Refusal,
};
use domain::ids::{
    AccountName, AlarmId, BlockNumber, CommandId, DepartmentId, EvidenceId, IncidentId,
    JurisdictionCode, SourceId, ThingId,
};
use domain::incident::{Evidence, EvidenceKind, Incident, TimelineEntry};
use domain::jurisdictions::Jurisdictions;
use domain::observation::Intake;
use domain::picture::Picture;
use domain::place::Position;
use domain::time::Timestamp;

pub use said::Said;

use super::step::Machine;
use crate::city::{Source, load};

/// Monday morning, when the desks fill up.
pub const MORNING: &str = "2026-11-23T09:00:00+08:00";
/// A kind nobody answers for, so that the machine never dispatches it: drones.
pub const NOBODYS: &str = "E0608";

pub fn dongguan() -> Arc<City> {
    static CITY: OnceLock<Arc<City>> = OnceLock::new();
    CITY.get_or_init(|| Arc::new(load(&Source::Embedded).expect("the pack is sound").city))
        .clone()
}

pub fn places() -> Arc<Jurisdictions> {
    static PLACES: OnceLock<Arc<Jurisdictions>> = OnceLock::new();
    PLACES
        .get_or_init(|| Arc::new(Jurisdictions::of(&dongguan())))
        .clone()
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time of the test")
}

pub fn place(longitude: f64, latitude: f64) -> Position {
    Position::from_degrees(longitude, latitude).expect("a place of the test")
}

/// In Nancheng, by the city's government.
pub fn nancheng() -> Position {
    place(113.7463, 23.0234)
}

/// In Humen, by the sea.
pub fn humen() -> Position {
    place(113.67306, 22.81899)
}

/// Far from the city.
pub fn beijing() -> Position {
    place(116.397, 39.908)
}

pub fn kind(code: &str) -> CategoryCode {
    code.parse().expect("a category code of the test")
}

pub fn department(id: &str) -> DepartmentId {
    DepartmentId::new(id).expect("a department of the test")
}

pub fn town_code(code: &str) -> JurisdictionCode {
    JurisdictionCode::new(code).expect("a town of the test")
}

pub fn source(name: &str) -> SourceId {
    SourceId::new(name).expect("a source of the test")
}

pub fn thing(name: &str) -> ThingId {
    ThingId::new(name).expect("a thing of the test")
}

pub fn person(name: &str, role: Role) -> Actor {
    Actor::Person {
        name: AccountName::new(name).expect("a name of the test"),
        role,
        department: None,
        town: None,
    }
}

pub fn operator() -> Actor {
    person("li.na", Role::Operator)
}

pub fn shift_leader() -> Actor {
    person("zhang.wei", Role::ShiftLeader)
}

pub fn dispatcher() -> Actor {
    person("wang.fang", Role::Dispatcher)
}

pub fn collector(town: &str) -> Actor {
    Actor::Person {
        name: AccountName::new("zhao.min").expect("a name of the test"),
        role: Role::Collector,
        department: None,
        town: Some(town_code(town)),
    }
}

pub fn commander() -> Actor {
    person("chen.jing", Role::Commander)
}

pub fn responder(of: &str) -> Actor {
    Actor::Person {
        name: AccountName::new(&format!("responder.{of}")).expect("a name of the test"),
        role: Role::Department,
        department: Some(department(of)),
        town: None,
    }
}

/// One day of the city, block by block.
pub struct Day {
    pub machine: Machine,
    pub journal: Vec<Block>,
    pub told: Vec<Arc<Stepped>>,
    pub now: Timestamp,
    commands: u128,
}

impl Day {
    pub fn begin() -> Self {
        Self::begin_at(MORNING)
    }

    pub fn begin_at(morning: &str) -> Self {
        let picture = Picture {
            city: Some(dongguan()),
            ..Picture::empty()
        };
        Self::on(Machine::with_places(picture, places()), at(morning))
    }

    /// A day in a city that differs from Dongguan in what a test needs.
    pub fn in_city(change: impl FnOnce(&mut City)) -> Self {
        let mut city = (*dongguan()).clone();
        change(&mut city);
        let picture = Picture {
            city: Some(Arc::new(city)),
            ..Picture::empty()
        };
        // No test here moves outlines.
        Self::on(Machine::with_places(picture, places()), at(MORNING))
    }

    pub fn on(machine: Machine, now: Timestamp) -> Self {
        Self {
            machine,
            journal: Vec::new(),
            told: Vec::new(),
            now,
            commands: 0,
        }
    }

    /// The same Picture, written out and read again, as after a restart.
    pub fn restarted(&self) -> Self {
        let bytes = postcard::to_stdvec(self.picture()).expect("a picture can be written");
        let picture: Picture = postcard::from_bytes(&bytes).expect("and read");
        let mut day = Self::on(Machine::with_places(picture, places()), self.now);
        day.commands = self.commands;
        day
    }

    /// Another day that goes on from the same Picture, for asking what would happen if.
    pub fn what_if(&self) -> Self {
        let machine = Machine::with_places(self.picture().clone(), places());
        let mut day = Self::on(machine, self.now);
        day.commands = self.commands;
        day
    }

    pub fn picture(&self) -> &Picture {
        self.machine.picture()
    }

    pub fn city(&self) -> Arc<City> {
        self.picture().city.clone().expect("a day has a city")
    }

    pub fn later_ms(&mut self, millis: i64) -> &mut Self {
        self.now = self.now.plus_millis(millis);
        self
    }

    pub fn later(&mut self, minutes: i64) -> &mut Self {
        self.later_ms(minutes * 60_000)
    }

    pub fn until(&mut self, moment: &str) -> &mut Self {
        self.now = at(moment);
        self
    }

    /// Journals and steps one block, and looks whether the Picture still holds together.
    pub fn block(&mut self, inputs: Vec<Input>) -> Arc<Stepped> {
        let block = Block {
            logic: LOGIC,
            number: self.picture().block.next(),
            now: self.now,
            inputs,
        };
        let before: BTreeMap<IncidentId, u32> = self
            .picture()
            .incidents
            .iter()
            .map(|(id, incident)| (*id, incident.revision))
            .collect();
        let waiting = self.picture().timers.clone();
        let stepped = Arc::new(self.machine.step(&block));
        assert_eq!(stepped.outcomes.len(), block.inputs.len());
        self.journal.push(block.clone());
        self.told.push(stepped.clone());
        holds_together(self.picture());
        // What a block itself sets for a moment that has passed fires in the next, which follows at once.
        for overdue in self
            .picture()
            .timers
            .iter()
            .filter(|timer| timer.0 < block.now)
        {
            assert!(!waiting.contains(overdue), "{overdue:?} did not fire");
        }
        for (id, revision) in before {
            let after = self.picture().incidents[&id].revision;
            assert!(after >= revision, "the revision of {id} went back");
        }
        stepped
    }

    /// A block in which nothing comes in: only what is due happens.
    pub fn tick(&mut self) -> Arc<Stepped> {
        self.block(Vec::new())
    }

    pub fn feed(&mut self, said: impl IntoIterator<Item = Said>) -> Vec<Intake> {
        let inputs = said
            .into_iter()
            .map(|said| Input::Observation(Box::new(said.sealed())))
            .collect();
        let stepped = self.block(inputs);
        let intake = |outcome: &Outcome| match outcome {
            Outcome::Observation(intake) => intake.clone(),
            other => panic!("an observation was answered with {other:?}"),
        };
        stepped.outcomes.iter().map(intake).collect()
    }

    /// One observation in a block of its own.
    pub fn hear(&mut self, said: Said) -> Intake {
        self.feed([said]).remove(0)
    }

    /// One observation that makes exactly one new incident.
    pub fn opens(&mut self, said: Said) -> Arc<Incident> {
        let before: BTreeSet<IncidentId> = self.picture().incidents.keys().copied().collect();
        self.hear(said);
        let mut new = self
            .picture()
            .incidents
            .values()
            .filter(|incident| !before.contains(&incident.id));
        let incident = new.next().expect("an incident was opened").clone();
        assert!(new.next().is_none(), "only one incident was opened");
        incident
    }

    pub fn written_down(&mut self, by: &Actor, category: Option<&str>) -> Arc<Incident> {
        let open = OpenByHand {
            by: by.clone(),
            position: Some(nancheng()),
            text: "写在台上的事".into(),
            category: category.map(kind),
            severity: None,
            reporter: None,
            drill: false,
        };
        let stepped = self.block(vec![Input::Open(Box::new(open))]);
        match &stepped.outcomes[0] {
            Outcome::Opened(incident) => incident.clone(),
            other => panic!("opening was answered with {other:?}"),
        }
    }

    pub fn given(&mut self, by: &Actor, incident: IncidentId, command: Command) -> CommandGiven {
        self.commands += 1;
        CommandGiven {
            id: CommandId::from_bits(self.commands),
            incident,
            by: by.clone(),
            expected_revision: None,
            after: None,
            command,
        }
    }

    pub fn give(&mut self, given: CommandGiven) -> Result<Arc<Incident>, Refusal> {
        match self.outcome(given) {
            Outcome::Command(answer) => CommandAnswer::clone(&answer).answer,
            other => panic!("a command was answered with {other:?}"),
        }
    }

    pub fn outcome(&mut self, given: CommandGiven) -> Outcome {
        let stepped = self.block(vec![Input::Command(Box::new(given))]);
        stepped.outcomes[0].clone()
    }

    pub fn command(
        &mut self,
        by: &Actor,
        incident: IncidentId,
        command: Command,
    ) -> Result<Arc<Incident>, Refusal> {
        let given = self.given(by, incident, command);
        self.give(given)
    }

    /// A command that must be carried out.
    pub fn must(&mut self, by: &Actor, incident: IncidentId, command: Command) -> Arc<Incident> {
        let what = command.name();
        match self.command(by, incident, command) {
            Ok(incident) => incident,
            Err(refusal) => panic!("{what} by {} was refused: {refusal:?}", by.name()),
        }
    }

    /// A command on an alarm as it stands now.
    pub fn on_alarm(
        &mut self,
        by: &Actor,
        alarm: AlarmId,
        command: AlarmCommand,
    ) -> Result<Arc<Alarm>, Refusal> {
        let as_of = self.picture().block;
        self.on_alarm_as_of(by, alarm, command, as_of)
    }

    /// The same of somebody who last looked at block `as_of`.
    pub fn on_alarm_as_of(
        &mut self,
        by: &Actor,
        alarm: AlarmId,
        command: AlarmCommand,
        as_of: BlockNumber,
    ) -> Result<Arc<Alarm>, Refusal> {
        let given = AlarmCommandGiven {
            id: None,
            alarm,
            by: by.clone(),
            as_of,
            command,
        };
        let stepped = self.block(vec![Input::AlarmCommand(Box::new(given))]);
        match &stepped.outcomes[0] {
            Outcome::AlarmCommand(answer) => answer.clone(),
            other => panic!("a command on an alarm was answered with {other:?}"),
        }
    }

    pub fn incident(&self, id: IncidentId) -> Arc<Incident> {
        self.picture().incidents[&id].clone()
    }

    pub fn open_incidents(&self) -> Vec<Arc<Incident>> {
        self.picture()
            .incidents
            .values()
            .filter(|incident| incident.state.is_open())
            .cloned()
            .collect()
    }

    pub fn evidence_of(&self, id: IncidentId) -> Vec<Arc<Evidence>> {
        self.picture()
            .evidence
            .values()
            .filter(|piece| piece.incident == id)
            .cloned()
            .collect()
    }

    pub fn alarms(&self) -> Vec<Arc<Alarm>> {
        self.picture().alarms.values().cloned().collect()
    }

    pub fn alarm(&self, id: AlarmId) -> Arc<Alarm> {
        self.picture().alarms[&id].clone()
    }

    /// Everything that was ever logged of an incident.
    pub fn timeline(&self, id: IncidentId) -> Vec<Arc<TimelineEntry>> {
        let mut entries = Vec::new();
        for stepped in &self.told {
            for change in &stepped.changes {
                if let Change::Timeline(entry) = change
                    && entry.incident == id
                {
                    entries.push(entry.clone());
                }
            }
        }
        entries
    }
}

/// What is true of every Picture at every moment.
pub fn holds_together(picture: &Picture) {
    let mut lying: BTreeMap<IncidentId, BTreeSet<EvidenceId>> = BTreeMap::new();
    let mut alarms_lie: BTreeMap<AlarmId, BTreeSet<IncidentId>> = BTreeMap::new();
    for piece in picture.evidence.values() {
        let incident = picture.incidents.get(&piece.incident);
        let incident = incident.unwrap_or_else(|| panic!("{} lies nowhere", piece.id));
        assert_eq!(
            incident.drill, piece.drill,
            "practice lies with what is real"
        );
        lying.entry(piece.incident).or_default().insert(piece.id);
        if let EvidenceKind::Alarm(alarm) | EvidenceKind::Silence(alarm) = piece.kind {
            alarms_lie.entry(alarm).or_default().insert(piece.incident);
        }
    }
    for (alarm, incidents) in alarms_lie {
        let lies = picture.alarms[&alarm].incident;
        let with_a_piece = lies.is_some_and(|lies| incidents.contains(&lies));
        assert!(with_a_piece, "{alarm} lies elsewhere than its evidence");
    }
    for alarm in picture.alarms.values() {
        holds_for_alarm(picture, alarm);
    }
    for (id, pieces) in &picture.evidence_of {
        let expected = lying.remove(id).unwrap_or_default();
        assert_eq!(*pieces, expected, "the index of evidence of {id}");
    }
    assert!(lying.is_empty(), "evidence without an index: {lying:?}");
    for incident in picture.incidents.values() {
        let count = picture
            .evidence_of
            .get(&incident.id)
            .map_or(0, BTreeSet::len);
        assert_eq!(incident.evidence_count as usize, count, "{}", incident.id);
        holds_for(incident);
    }
}

/// State and facts are one, and what stands and is muted by the design of the city calls nobody.
fn holds_for_alarm(picture: &Picture, alarm: &Alarm) {
    use domain::alarm::AlarmState as S;
    let id = alarm.id;
    let state = alarm.state;
    let stands = match state {
        S::ActiveUnacknowledged | S::ActiveAcknowledged => Some(true),
        S::Normal | S::ClearedUnacknowledged | S::Latched => Some(false),
        S::Shelved | S::SuppressedByDesign | S::OutOfService => None,
    };
    assert!(stands.is_none_or(|stands| stands == alarm.stands()), "{id}");
    assert_eq!(state == S::Shelved, alarm.shelved.is_some(), "{id}");
    assert_eq!(state == S::SuppressedByDesign, alarm.suppressed.is_some());
    assert_eq!(state == S::OutOfService, alarm.out_of_service.is_some());
    assert_eq!(state != S::Normal, picture.unrest.contains(&id), "{id}");
    assert!(state != S::ActiveAcknowledged || alarm.acknowledged.is_some());
    assert!(!alarm.stale || alarm.stands(), "{id} is stale and gone");
    if let Some(due) = alarm.stale_at {
        assert!(alarm.stands(), "{id} waits to be stale and is gone");
        let timer = (due, domain::picture::Timer::Stale(id));
        assert!(picture.timers.contains(&timer), "{id}");
    }
    if let Some(shelved) = &alarm.shelved {
        let timer = (shelved.until, domain::picture::Timer::Unshelve(id));
        assert!(picture.timers.contains(&timer), "{id} never comes back");
    }
    let Some(city) = &picture.city else { return };
    if state.is_active() || state == S::SuppressedByDesign {
        let muted = domain::alarm::inhibition::muted_by(picture, city, picture.now, alarm);
        assert_eq!(muted.is_some(), state == S::SuppressedByDesign, "{id}");
    }
}

fn holds_for(incident: &Incident) {
    use domain::lifecycle::State;
    let id = incident.id;
    let ordered = matches!(
        incident.state,
        State::Dispatched
            | State::Acknowledged
            | State::Handling
            | State::Resolved
            | State::Checked
    );
    assert!(!ordered || incident.lead.is_some(), "{id} has no lead");
    assert!(!ordered || incident.hops > 0, "{id} was never handed over");
    assert!(
        incident.state.is_open() || incident.clock.is_none(),
        "a clock runs on {id}, which has ended"
    );
    assert_eq!(
        incident.state == State::Merged,
        incident.merged_into.is_some()
    );
    assert_eq!(
        incident.suspended,
        incident
            .clock
            .as_ref()
            .is_some_and(|clock| clock.paused_left_ms.is_some()),
        "{id}: suspended and a standing clock are one"
    );
    let mut departments: Vec<_> = incident
        .lead
        .iter()
        .chain(&incident.supporting)
        .map(|assignment| &assignment.department)
        .collect();
    departments.sort();
    let all = departments.len();
    departments.dedup();
    assert_eq!(departments.len(), all, "{id}: a department stands twice");
    let revision = incident.revision;
    assert!(revision >= 1);
}
