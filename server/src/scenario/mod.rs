//! One day of a city, told minute by minute: what units, sensors and people say, and what is really the matter. The same
//! seed is the same day on every machine; it knows no clock, chance or file but what it is given.

mod chance;
mod fleet;
mod ground;
mod hour;
mod observation;
mod path;
mod sensors;
mod story;
#[cfg(test)]
pub mod tests;
mod truth;
mod whereabouts;
mod words;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::city::City;
use domain::ids::{ObservationId, ThingId};
use domain::place::Position;
use domain::time::{CivilDate, Timestamp};

pub use chance::Chance;
pub use fleet::UnitKind;
pub use ground::Ground;
pub use hour::MinuteOfDay;
pub use observation::{Body, Observation};
pub use truth::{Ambiguity, DecidedBy, Suspect, Truth};

use fleet::{Fleet, Unit};
use sensors::{Measured, Sensors, Station};
use story::{RESENDING, Told};

/// Units of a whole city.
pub const UNITS: usize = 2_000;
/// Sensors of a whole city.
pub const SENSORS: usize = 3_000;
/// The system that hears some buses a second time.
const SECOND_HEARING: &str = "transport-bureau";
/// In how many of a hundred minutes a re-sending feed sends its batch again.
const AGAIN_PERCENT: f64 = 18.0;
/// Road water is watched each minute from before the rain until it has run off.
const WATCHED_S: (f64, f64) = (49_800.0, 63_000.0);

#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    pub date: CivilDate,
    pub from: MinuteOfDay,
    /// Exclusive.
    pub to: MinuteOfDay,
    pub units: usize,
    /// At least those the day's matters need are there.
    pub sensors: usize,
    /// How far everybody is off: 1 is usual, 0 exact.
    pub noise: f64,
    /// The share of the day's cases that are made hard to decide, from 0 to 1; those nobody can make out at all, and that
    /// are in every day, come besides.
    pub ambiguous: f64,
}

impl Options {
    /// A whole day of a whole city.
    pub fn on(date: CivilDate) -> Self {
        Self {
            date,
            from: MinuteOfDay::MIDNIGHT,
            to: MinuteOfDay::END,
            units: UNITS,
            sensors: SENSORS,
            noise: 1.0,
            ambiguous: 0.0,
        }
    }
}

/// A day that plays.
pub struct Scenario {
    fleet: Fleet,
    sensors: Sensors,
    /// What people and systems will say, in the order they send it.
    told: VecDeque<Told>,
    truths: Vec<Truth>,
    signs: Vec<Truth>,
    /// What is sent again, by the minute in which it is.
    again: BTreeMap<u32, Vec<Observation>>,
    start: Timestamp,
    date: CivilDate,
    seed: u64,
    noise: f64,
    minute: u32,
    until: u32,
}

/// What is sent in one minute, in order, and what is true of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Minute {
    pub observations: Vec<Observation>,
    pub truths: Vec<Truth>,
}

impl Scenario {
    /// None where the pack has no outline to play in.
    pub fn of(city: Arc<City>, seed: u64, options: &Options) -> Option<Self> {
        let ground = Ground::of(city, seed)?;
        Some(Self::on(&ground, seed, options))
    }

    pub fn on(ground: &Ground, seed: u64, options: &Options) -> Self {
        let start = Timestamp::at(options.date, 0, &ground.city.zone);
        let mut fleet = Fleet::of(ground, seed, options.units);
        let mut sensors = Sensors::new(seed, options.noise);
        let story = story::write(ground, &mut fleet, &mut sensors, start, seed, options);
        sensors.fill(ground, options.sensors);
        sensors.rain((WATCHED_S.0 + 600.0, WATCHED_S.1));
        let mut scenario = Self {
            fleet,
            sensors,
            told: story.told.into(),
            truths: story.truths,
            signs: story.signs,
            again: BTreeMap::new(),
            start,
            date: options.date,
            seed,
            noise: options.noise,
            minute: u32::from(options.from.minutes()),
            until: u32::from(options.to.minutes()),
        };
        let from = scenario.at(scenario.minute * 60);
        while let Some(first) = scenario.told.front()
            && first.observation.sent_at < from
        {
            scenario.told.pop_front();
        }
        scenario
    }

    /// The first moment of the day.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// What is true of the whole day: its matters, clocks, silences, revisions and units heard twice.
    pub fn truths(&self) -> &[Truth] {
        &self.truths
    }

    /// Where every unit is at the beginning of the next minute.
    pub fn positions(&self) -> Vec<Observation> {
        let second = self.minute * 60;
        let units = self.fleet.units.iter();
        units.map(|unit| self.heard(unit, second)).collect()
    }

    fn at(&self, second: u32) -> Timestamp {
        self.start.plus_millis(i64::from(second) * 1_000)
    }

    fn take_told(&mut self, minute: &mut Minute) {
        let end = self.at((self.minute + 1) * 60);
        while let Some(first) = self.told.front()
            && first.observation.sent_at < end
            && let Some(told) = self.told.pop_front()
        {
            minute.observations.push(told.observation);
            minute.truths.extend(told.truth);
        }
    }

    fn take_readings(&self, minute: &mut Minute) {
        let now = f64::from(self.minute * 60);
        let rain = (WATCHED_S.0..WATCHED_S.1).contains(&now);
        for station in &self.sensors.stations {
            let Some(second) = self.sensors.turn(station, self.minute, rain) else {
                continue;
            };
            for measured in self.sensors.said(station, second) {
                let reading = self.reading(station, &measured, second);
                minute.truths.extend(self.truth_of(&reading, &measured));
                minute.observations.push(reading);
            }
        }
    }

    fn reading(&self, station: &Station, measured: &Measured, second: u32) -> Observation {
        let name = format!(
            "{}-{}-{}-{second:05}",
            station.thing,
            measured.measure.property(),
            self.date
        );
        Observation {
            position: Some(station.position),
            ..self.said_at(
                second,
                station.kind.source(),
                &name,
                Body::Reading {
                    thing: station.thing.clone(),
                    measure: measured.measure,
                    value: measured.value,
                },
            )
        }
    }

    fn truth_of(&self, reading: &Observation, measured: &Measured) -> Option<Truth> {
        let sign = match (measured.suspect, measured.matter) {
            (None, None) => return None,
            (Some(_), _) => None,
            (None, Some(matter)) => self.signs.get(matter),
        };
        let mut truth = sign.cloned().unwrap_or(Truth::Evidence {
            source: reading.source.clone(),
            id: reading.id.clone(),
            matter: None,
            category: None,
            position: reading.position,
            town: None,
            department: None,
            drill: false,
            category_given: true,
            suspect: measured.suspect,
        });
        if let Truth::Evidence { source, id, .. } = &mut truth {
            *source = reading.source.clone();
            *id = reading.id.clone();
        }
        Some(truth)
    }

    fn take_positions(&self, minute: &mut Minute) {
        for unit in &self.fleet.units {
            let begins = self.minute * 60;
            let wait_s = (unit.at_s + unit.every_s - begins % unit.every_s) % unit.every_s;
            for second in (begins + wait_s..begins + 60).step_by(unit.every_s as usize) {
                let heard = self.heard(unit, second);
                if !speaks(unit, &heard, second) {
                    continue;
                }
                // The second system hears every other fix, a little later and a little beside.
                if let Some(also) = &unit.also
                    && (second / unit.every_s).is_multiple_of(2)
                {
                    minute
                        .observations
                        .push(self.heard_again(&heard, also, second));
                }
                minute.observations.push(heard);
            }
        }
    }

    fn heard(&self, unit: &Unit, second: u32) -> Observation {
        let mut moved = self.fleet.at(unit, f64::from(second));
        let mut chance = self.chance_of(&unit.thing, second);
        moved.position = fleet::fixed(moved.position, self.noise, &mut chance);
        self.position(unit.kind.source(), &unit.thing, unit.kind, moved, second)
    }

    fn heard_again(&self, heard: &Observation, also: &ThingId, second: u32) -> Observation {
        let Body::Position { kind, moved, .. } = &heard.body else {
            return heard.clone();
        };
        let mut chance = self.chance_of(also, second);
        let mut moved = moved.clone();
        moved.position = fleet::fixed(moved.position, 2.0 * self.noise, &mut chance);
        let delay_ms = 1_000 * (1 + chance.below(4) as i64);
        let again = self.position(SECOND_HEARING, also, *kind, moved, second);
        Observation {
            sent_at: again.sent_at.plus_millis(delay_ms),
            ..again
        }
    }

    fn position(
        &self,
        source: &str,
        thing: &ThingId,
        kind: UnitKind,
        moved: fleet::Moved,
        second: u32,
    ) -> Observation {
        let name = format!("{thing}-{}-{second:05}", self.date);
        let position: Position = moved.position;
        Observation {
            position: Some(position),
            ..self.said_at(
                second,
                source,
                &name,
                Body::Position {
                    thing: thing.clone(),
                    kind,
                    moved,
                },
            )
        }
    }

    fn said_at(&self, second: u32, source: &str, name: &str, body: Body) -> Observation {
        let at = self.at(second);
        Observation {
            sent_at: at,
            time: at,
            source: story::source(source),
            id: story::id(name),
            version: 1,
            position: None,
            accuracy_m: None,
            drill: false,
            demo: false,
            body,
        }
    }

    fn chance_of(&self, thing: &ThingId, second: u32) -> Chance {
        let name = thing.as_str().bytes();
        let name = name.fold(0_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        Chance::of(self.seed, &[0x6669_7865, name, u64::from(second)])
    }

    /// Some feeds lose the answer and send their batch again.
    fn take_again(&mut self, minute: &mut Minute) {
        for (number, source) in RESENDING.into_iter().enumerate() {
            let facts = [0x6167_6169, u64::from(self.minute), number as u64];
            let mut chance = Chance::of(self.seed, &facts);
            if !chance.happens(AGAIN_PERCENT / 100.0) {
                continue;
            }
            let later = 1 + chance.below(4) as u32;
            let batch: Vec<Observation> = minute
                .observations
                .iter()
                .filter(|observation| observation.source.as_str() == source)
                .map(|observation| Observation {
                    sent_at: observation.sent_at.plus_millis(i64::from(later) * 60_000),
                    ..observation.clone()
                })
                .collect();
            let waiting = self.again.entry(self.minute + later).or_default();
            waiting.extend(batch);
        }
        for observation in self.again.remove(&self.minute).unwrap_or_default() {
            minute.truths.push(Truth::SentAgain {
                source: observation.source.clone(),
                id: observation.id.clone(),
                second: (observation.sent_at.since(self.start) / 1_000) as u32,
            });
            minute.observations.push(observation);
        }
    }
}

impl Iterator for Scenario {
    type Item = Minute;

    fn next(&mut self) -> Option<Minute> {
        if self.minute >= self.until {
            return None;
        }
        let mut minute = Minute::default();
        self.take_told(&mut minute);
        self.take_readings(&mut minute);
        self.take_positions(&mut minute);
        self.take_again(&mut minute);
        let order = |a: &Observation| -> (Timestamp, ObservationId, u32) {
            (a.sent_at, a.id.clone(), a.version)
        };
        minute.observations.sort_by_cached_key(order);
        self.minute += 1;
        Some(minute)
    }
}

/// A unit on its way says each fix; one that stands on duty every fifth, one at rest every fiftieth.
fn speaks(unit: &Unit, heard: &Observation, second: u32) -> bool {
    let now = f64::from(second);
    let one_in = match &heard.body {
        _ if !unit.is_busy(now) && !unit.is_on_duty(now) => 50,
        Body::Position { moved, .. } if moved.speed_mps < 0.3 => 5,
        _ => 1,
    };
    (second / unit.every_s + unit.at_s).is_multiple_of(one_in)
}
