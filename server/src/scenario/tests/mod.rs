//! A day is held against what it promises: the same each time, true, fit for the door, and never without its events.

mod chance;
mod day;
mod doorway;
mod doubts;
mod movement;
mod walking;

use std::path::Path;
use std::sync::Arc;

use domain::city::City;
use domain::ids::ObservationId;

use super::{Ground, MinuteOfDay, Observation, Options, Scenario, Truth};
use crate::city::{self, Source};

/// A Monday.
pub const DATE: &str = "2026-11-23";

pub fn dongguan() -> City {
    pack("dongguan")
}

fn pack(name: &str) -> City {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cities");
    let loaded = city::load(&Source::Folder(folder.join(name)));
    loaded.expect("a pack that ships has no mistakes").city
}

fn ground() -> Ground {
    Ground::of(Arc::new(dongguan()), 7).expect("it has outlines")
}

/// The whole day of those who say that something is the matter, and the few stations it needs.
fn thin() -> Options {
    Options {
        units: 0,
        sensors: 0,
        ..Options::on(DATE.parse().expect("a date"))
    }
}

/// Everything, for some minutes.
fn busy(from_hour: u16, minutes: u16) -> Options {
    Options {
        from: MinuteOfDay::new(from_hour * 60),
        to: MinuteOfDay::new(from_hour * 60 + minutes),
        ..Options::on(DATE.parse().expect("a date"))
    }
}

/// All that is sent, and all that is true.
struct Day {
    observations: Vec<Observation>,
    truths: Vec<Truth>,
}

fn day(ground: &Ground, seed: u64, options: &Options) -> Day {
    let scenario = Scenario::on(ground, seed, options);
    let mut day = Day {
        observations: Vec::new(),
        truths: scenario.truths().to_vec(),
    };
    for minute in scenario {
        day.observations.extend(minute.observations);
        day.truths.extend(minute.truths);
    }
    day
}

fn name_of(observation: &Observation) -> (&str, &ObservationId) {
    (observation.source.as_str(), &observation.id)
}
