//! A scenario's day as the machine takes it: the door's own reading of what is sent, block by block.

use std::sync::Arc;

use domain::city::City;
use domain::command::{Block, Input, LOGIC};
use domain::picture::Picture;
use domain::time::Timestamp;
use gulou::ingest::batch::{Form, Terms, read};
use gulou::scenario::{Observation, Options, Scenario};
use gulou::single_writer::Machine;

pub const DATE: &str = "2026-11-23";

pub fn city() -> Result<Arc<City>, String> {
    let loaded = gulou::city::load(&gulou::city::Source::Embedded)
        .map_err(|mistakes| format!("{mistakes:?}"))?;
    Ok(Arc::new(loaded.city))
}

pub fn scenario(city: &Arc<City>, seed: u64, options: &Options) -> Result<Scenario, String> {
    Scenario::of(city.clone(), seed, options).ok_or_else(|| "the pack has no outline".into())
}

pub fn usual() -> Result<Options, String> {
    let date = DATE.parse().map_err(|_| format!("{DATE} is no date"))?;
    Ok(Options::on(date))
}

/// A machine in a city where nothing has happened yet.
pub fn machine(city: &Arc<City>) -> Machine {
    Machine::of(Picture {
        city: Some(city.clone()),
        ..Picture::empty()
    })
}

/// What the door makes of what was sent; nothing of it is rejected.
pub fn inputs(city: &City, sent: &[Observation], now: Timestamp) -> Result<Vec<Input>, String> {
    let lines: Vec<String> = sent.iter().map(|one| one.to_line(&city.zone)).collect();
    let terms = Terms {
        city,
        key_glob: "*",
        feed: None,
        now,
    };
    let batch = read(Form::Lines, lines.join("\n").as_bytes(), &terms)
        .map_err(|refusal| format!("the door refused: {refusal:?}"))?;
    if let Some(reject) = batch.rejects.first() {
        return Err(format!("the door rejected: {reject:?}"));
    }
    let taken = batch.candidates.into_iter();
    Ok(taken
        .map(|candidate| Input::Observation(Box::new(candidate.observation)))
        .collect())
}

/// The next block of a machine.
pub fn block(machine: &Machine, now: Timestamp, inputs: Vec<Input>) -> Block {
    let picture = machine.picture();
    Block {
        logic: LOGIC,
        number: picture.block.next(),
        now: now.max(picture.now),
        inputs,
    }
}
