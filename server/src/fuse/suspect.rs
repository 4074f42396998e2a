//! Whether a reading is hard to believe: beyond what an instrument shows, faster than such a thing changes, or unlike
//! everything around it. It is marked and kept; what is done with it is decided in `readings`.

use std::collections::BTreeMap;

use domain::city::{City, Instrument, Neighbours};
use domain::ids::{Property, ThingId};
use domain::picture::Picture;
use domain::place::Position;
use domain::time::Timestamp;
use domain::unit::{Measured, Sensor, Suspect};

use super::net::Net;

/// Older values say nothing of now.
const NEIGHBOUR_MS: i64 = 2 * 60 * 60 * 1000;
/// Fewer neighbours are not a majority.
const FEWEST: usize = 3;
/// The nearest so many are asked.
const MOST: usize = 24;
/// A step is measured over at least a minute, so that two values of one second are no leap.
const SHORTEST_MINUTES: f64 = 1.0;

/// Stations with a place, by what they measure.
#[derive(Default)]
pub struct Stations(BTreeMap<Property, Net>);

impl Stations {
    pub fn of(picture: &Picture) -> Self {
        let mut stations = Self::default();
        for sensor in picture.sensors.values() {
            for measured in &sensor.latest {
                stations.note(sensor, &measured.property);
            }
        }
        stations
    }

    pub fn note(&mut self, sensor: &Sensor, property: &Property) {
        if let Some(position) = sensor.position
            && !sensor.drill
        {
            match self.0.get_mut(property) {
                Some(net) => net.put(&sensor.id, position),
                None => {
                    let net = self.0.entry(property.clone()).or_default();
                    net.put(&sensor.id, position);
                }
            }
        }
    }
}

/// A reading as it is looked at, before it is remembered.
pub struct Look<'a> {
    pub sensor: &'a ThingId,
    pub property: &'a Property,
    pub unit: &'a str,
    pub value: f64,
    pub observed_at: Timestamp,
    pub position: Option<Position>,
    /// What the thing said of this property before.
    pub before: Option<&'a Measured>,
    /// The value breaks a rule, so that it is worth asking around.
    pub matters: bool,
}

pub fn suspect(
    city: &City,
    picture: &Picture,
    stations: &Stations,
    look: &Look<'_>,
) -> Option<Suspect> {
    let instrument = city
        .instruments
        .iter()
        .find(|instrument| instrument.measures(look.property, look.unit))?;
    if look.value < instrument.low || look.value > instrument.high {
        return Some(Suspect::OutOfRange);
    }
    if too_fast(instrument, look) {
        return Some(Suspect::TooFast);
    }
    let neighbours = instrument.neighbours.filter(|_| look.matters)?;
    let middle = middle_around(picture, stations, neighbours, look)?;
    let unlike = look.value > middle * neighbours.times || look.value * neighbours.times < middle;
    unlike.then_some(Suspect::UnlikeNeighbours)
}

fn too_fast(instrument: &Instrument, look: &Look<'_>) -> bool {
    let (Some(step), Some(before)) = (instrument.step_per_minute, look.before) else {
        return false;
    };
    // What itself is hard to believe is no measure of the next.
    if before.suspect.is_some() || before.observed_at >= look.observed_at {
        return false;
    }
    let minutes = look.observed_at.since(before.observed_at) as f64 / 60_000.0;
    (look.value - before.value).abs() > step * minutes.max(SHORTEST_MINUTES)
}

/// The middle value of the nearest stations that have spoken lately.
fn middle_around(
    picture: &Picture,
    stations: &Stations,
    neighbours: Neighbours,
    look: &Look<'_>,
) -> Option<f64> {
    let here = look.position?;
    let net = stations.0.get(look.property)?;
    let mut values: Vec<f64> = Vec::new();
    for (_, thing) in net.within(here, neighbours.radius_m.into()) {
        if thing == look.sensor {
            continue;
        }
        if values.len() == MOST {
            break;
        }
        let known = picture.sensors.get(thing);
        let measured = known.and_then(|sensor| {
            let mut latest = sensor.latest.iter();
            latest.find(|measured| measured.property == *look.property)
        });
        let Some(measured) = measured else {
            continue;
        };
        let apart_ms = look.observed_at.since(measured.observed_at).abs();
        if apart_ms <= NEIGHBOUR_MS && measured.suspect.is_none() {
            values.push(measured.value);
        }
    }
    if values.len() < FEWEST {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(values[values.len() / 2])
}
