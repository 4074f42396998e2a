//! A rehearsal: a scenario's day through fusion and dispatch, with simulated people for what the machine leaves to them, and
//! what the log then says, held against the truth. Pure: seed in, log out; it knows no clock of its own.

mod people;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::Actor;
use domain::category::CategoryCode;
use domain::change::{Change, Stepped};
use domain::city::City;
use domain::command::{Block, Input, LOGIC};
use domain::ids::{DepartmentId, IncidentId};
use domain::incident::Incident;
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::view;

use crate::ingest::batch::{Form, Terms, read};
use crate::scenario::{Chance, Observation, Options, Scenario, Truth};
use crate::single_writer::Machine;

use people::{People, Task};
pub use score::{Dispatches, Score};

/// How often a dispatcher who has read a case that is hard to tell asks back before sending anybody.
pub const ASKS_BACK: f64 = 0.7;
/// How often he misreads one that is plain.
pub const MISREADS: f64 = 0.03;

/// One dispatch, as the log has it.
#[derive(Clone, PartialEq, Debug)]
pub struct Dispatched {
    pub at: Timestamp,
    pub lead: DepartmentId,
    pub category: Option<CategoryCode>,
    pub by_machine: bool,
}

/// A day that has been played.
pub struct Rehearsed {
    pub truths: Vec<Truth>,
    pub dispatches: BTreeMap<IncidentId, Vec<Dispatched>>,
    /// Incidents people were asked about before anybody was sent.
    pub in_tray: BTreeSet<IncidentId>,
    /// When each observation was first sent, by source and id.
    sent: BTreeMap<(String, String), Timestamp>,
    pub picture: Picture,
}

/// Plays a day. `step` is asked for each block, so that a bench can time it. None where the pack has no outline to play in.
pub fn rehearse(
    city: &Arc<City>,
    seed: u64,
    options: &Options,
    mut step: impl FnMut(&mut Machine, &Block) -> Stepped,
) -> Option<Rehearsed> {
    let scenario = Scenario::of(city.clone(), seed, options)?;
    let picture = Picture {
        city: Some(city.clone()),
        ..Picture::empty()
    };
    let mut day = Day {
        machine: Machine::of(picture),
        known: people::Known::of(scenario.truths()),
        people: People::new(Chance::of(seed, &[0x7065_6f70])),
        played: Rehearsed {
            truths: scenario.truths().to_vec(),
            dispatches: BTreeMap::new(),
            in_tray: BTreeSet::new(),
            sent: BTreeMap::new(),
            picture: Picture::empty(),
        },
    };
    for minute in scenario {
        day.known.learn(&minute.truths);
        day.played.truths.extend(minute.truths);
        let mut sent: BTreeMap<Timestamp, Vec<Observation>> = BTreeMap::new();
        for observation in minute.observations {
            sent.entry(observation.sent_at)
                .or_default()
                .push(observation);
        }
        for (at, observations) in sent {
            day.people_until(at, &mut step);
            for observation in &observations {
                let name = (observation.source.to_string(), observation.id.to_string());
                day.played.sent.entry(name).or_insert(at);
            }
            let inputs = taken(city, &observations, at);
            day.block(at, inputs, &mut step);
        }
    }
    day.played.picture = day.machine.picture().clone();
    Some(day.played)
}

struct Day {
    machine: Machine,
    known: people::Known,
    people: People,
    played: Rehearsed,
}

impl Day {
    /// What people do before a moment, each in their own block.
    fn people_until(
        &mut self,
        until: Timestamp,
        step: &mut impl FnMut(&mut Machine, &Block) -> Stepped,
    ) {
        while let Some((at, task)) = self.people.next_before(until) {
            let inputs = self.people.work(self.machine.picture(), &self.known, task);
            if !inputs.is_empty() {
                self.block(at, inputs, step);
            }
        }
    }

    fn block(
        &mut self,
        at: Timestamp,
        inputs: Vec<Input>,
        step: &mut impl FnMut(&mut Machine, &Block) -> Stepped,
    ) {
        let picture = self.machine.picture();
        let block = Block {
            logic: LOGIC,
            number: picture.block.next(),
            now: at.max(picture.now),
            inputs,
        };
        let stepped = step(&mut self.machine, &block);
        self.note(&stepped);
    }

    /// Writes down who was sent, and puts what waits for people on their desks.
    fn note(&mut self, stepped: &Stepped) {
        let mut by_machine = BTreeMap::new();
        for change in &stepped.changes {
            if let Change::Timeline(entry) = change {
                by_machine.insert(entry.incident, entry.by == Actor::Machine);
            }
        }
        for change in &stepped.changes {
            let Change::Incident(incident) = change else {
                continue;
            };
            self.note_dispatch(
                stepped.now,
                incident,
                by_machine.get(&incident.id) == Some(&true),
            );
            if view::in_tray(incident) && !incident.returned && incident.hops == 0 {
                self.played.in_tray.insert(incident.id);
                self.people.put(stepped.now, Task::Decide(incident.id));
            }
        }
    }

    fn note_dispatch(&mut self, at: Timestamp, incident: &Incident, by_machine: bool) {
        let log = self.played.dispatches.entry(incident.id).or_default();
        let Some(lead) = &incident.lead else {
            return;
        };
        if log.len() >= incident.hops as usize {
            return;
        }
        log.push(Dispatched {
            at,
            lead: lead.department.clone(),
            category: incident.category,
            by_machine,
        });
        self.people.put(at, Task::Receive(incident.id));
    }
}

/// What the door makes of what is sent at one moment. The scenario's own tests hold that it rejects nothing.
fn taken(city: &City, observations: &[Observation], now: Timestamp) -> Vec<Input> {
    let lines: Vec<String> = observations
        .iter()
        .map(|one| one.to_line(&city.zone))
        .collect();
    let terms = Terms {
        city,
        key_glob: "*",
        feed: None,
        now,
    };
    let Ok(batch) = read(Form::Lines, lines.join("\n").as_bytes(), &terms) else {
        return Vec::new();
    };
    let taken = batch.candidates.into_iter();
    taken
        .map(|candidate| Input::Observation(Box::new(candidate.observation)))
        .collect()
}
