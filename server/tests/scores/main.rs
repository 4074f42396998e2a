//! A scenario's day through fusion and dispatch, held against the truth written beside it before any rule ran: which
//! pieces are one matter, what callers' words mean, and who should have got it. Every miss is printed with its reason.

mod others;
mod score;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::command::{Block, Input, LOGIC};
use domain::ids::{DepartmentId, IncidentId};
use domain::picture::Picture;
use domain::time::Timestamp;
use gulou::city::{Source, load};
use gulou::ingest::batch::{Form, Terms, read};
use gulou::scenario::{Observation, Options, Scenario, Truth};
use gulou::single_writer::Machine;

use score::Scores;

/// Few units, since where they drive decides no incident; the sensors that the day's matters need.
const UNITS: usize = 40;
const SENSORS: usize = 400;

/// A day as it was played, minute by minute, a block each.
pub struct Played {
    pub picture: Picture,
    pub truths: Vec<Truth>,
    /// The first department each incident was given to.
    pub first_lead: BTreeMap<IncidentId, DepartmentId>,
}

fn dongguan() -> Arc<City> {
    Arc::new(load(&Source::Embedded).expect("the pack is sound").city)
}

fn play(city: &Arc<City>, seed: u64, noise: f64) -> Played {
    let date = "2026-11-23".parse().expect("a date");
    let options = Options {
        units: UNITS,
        sensors: SENSORS,
        noise,
        ..Options::on(date)
    };
    let mut scenario = Scenario::of(city.clone(), seed, &options).expect("the pack has outlines");
    let mut truths = scenario.truths().to_vec();
    let picture = Picture {
        city: Some(city.clone()),
        ..Picture::empty()
    };
    let mut machine = Machine::of(picture);
    let mut first_lead = BTreeMap::new();
    for minute in scenario.by_ref() {
        truths.extend(minute.truths);
        let Some(last) = minute.observations.iter().map(|one| one.sent_at).max() else {
            continue;
        };
        let block = Block {
            logic: LOGIC,
            number: machine.picture().block.next(),
            now: last.max(machine.picture().now),
            inputs: inputs(city, &minute.observations, last),
        };
        note_leads(&machine.step(&block), &mut first_lead);
    }
    Played {
        picture: machine.picture().clone(),
        truths,
        first_lead,
    }
}

/// What the door makes of a batch.
fn inputs(city: &City, observations: &[Observation], now: Timestamp) -> Vec<Input> {
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
    let batch = read(Form::Lines, lines.join("\n").as_bytes(), &terms).expect("readable");
    assert_eq!(batch.rejects, [], "the door takes all of it");
    let taken = batch.candidates.into_iter();
    taken
        .map(|candidate| Input::Observation(Box::new(candidate.observation)))
        .collect()
}

fn note_leads(stepped: &Stepped, first_lead: &mut BTreeMap<IncidentId, DepartmentId>) {
    for change in &stepped.changes {
        if let Change::Incident(incident) = change
            && let Some(lead) = &incident.lead
        {
            first_lead
                .entry(incident.id)
                .or_insert_with(|| lead.department.clone());
        }
    }
}

#[test]
fn three_days_are_understood() {
    let city = dongguan();
    let mut short = Vec::new();
    for seed in [1, 2, 3] {
        let scores = Scores::of(&city, &play(&city, seed, 1.0));
        println!("seed {seed}: {scores}");
        if scores.fusion_f1() < 0.97 || scores.words() < 0.9 || scores.dispatch() < 0.95 {
            short.push(seed);
        }
    }
    assert!(short.is_empty(), "short of it on seeds {short:?}");
}
