//! A scenario's day on the real clock: its hour is now, its names carry the demo's mark. Never tells what is not due.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use domain::ids::{ObservationId, SourceId, ThingId};
use domain::time::Timestamp;

use crate::config::DemoPace;
use crate::scenario::{Body, Chance, Ground, MinuteOfDay, Observation, Options, Scenario, Truth};

/// What people said in the last minutes before the curtain rises.
const BEFORE_MINUTES: u16 = 50;
/// Of the sensors' last minutes, what nobody needs to know any more is left out.
const READINGS_BEFORE_MS: i64 = 12 * 60_000;
/// A stop of the clock longer than this (a machine that slept) is no part of the day, in milliseconds.
const LONGEST_GAP_MS: i64 = 15_000;

pub struct Playing {
    ground: Arc<Ground>,
    scenario: Scenario,
    seed: u64,
    options: Options,
    /// Told apart from an earlier start of the demo.
    run: String,
    /// The moment of the scenario that is shown at `shown_at`.
    begins: Timestamp,
    shown_at: Timestamp,
    speed: f64,
    /// Scenario time up to which minutes were taken.
    taken: Timestamp,
    last_asked: Timestamp,
    waiting: VecDeque<Observation>,
    opening: Opening,
}

/// What a fresh desk is shown first.
#[derive(Default)]
pub struct Opening {
    /// Where every unit is, and what the stations last said.
    pub state: Vec<Observation>,
    /// What people and systems lately said was the matter.
    pub said: Vec<Observation>,
}

impl Playing {
    pub fn new(ground: Arc<Ground>, seed: u64, pace: DemoPace, now: Timestamp) -> Self {
        let zone = &ground.city.zone.clone();
        let (date, _) = now.civil(zone);
        let options = Options {
            from: pace.hour.minus(BEFORE_MINUTES),
            ..Options::on(date)
        };
        let begins = Timestamp::at(date, pace.hour.minutes(), zone);
        let mut playing = Self {
            scenario: Scenario::on(&ground, seed, &options),
            ground,
            seed,
            run: format!("{:x}", now.millis() / 1_000),
            begins,
            shown_at: now,
            speed: pace.speed,
            taken: Timestamp::at(date, options.from.minutes(), zone),
            options,
            last_asked: now,
            waiting: VecDeque::new(),
            opening: Opening::default(),
        };
        playing.open();
        playing
    }

    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    pub fn opening(&mut self) -> Opening {
        std::mem::take(&mut self.opening)
    }

    fn open(&mut self) {
        let mut opening = Opening::default();
        let mut readings = Vec::new();
        let mut telling: BTreeSet<ObservationId> = BTreeSet::new();
        while self.taken < self.begins {
            let Some(minute) = self.scenario.next() else {
                break;
            };
            self.taken = self.taken.plus_minutes(1);
            telling.extend(minute.truths.into_iter().filter_map(|truth| match truth {
                Truth::Evidence { id, .. } => Some(id),
                _ => None,
            }));
            for observation in minute.observations {
                match &observation.body {
                    Body::Position { .. } => {}
                    Body::Reading { .. } => readings.push(observation),
                    _ => opening.said.push(observation),
                }
            }
        }
        let since = self.begins.plus_millis(-READINGS_BEFORE_MS);
        let mut known = BTreeSet::new();
        // Backwards: what a station said last is shown however old it is.
        readings.reverse();
        readings.retain(|observation| {
            let Body::Reading { thing, measure, .. } = &observation.body else {
                return false;
            };
            let latest = known.insert((thing.clone(), *measure));
            latest || observation.time >= since || telling.contains(&observation.id)
        });
        readings.reverse();
        let mut state = self.scenario.positions();
        state.append(&mut readings);
        opening.state = state.into_iter().map(|one| self.shown(one)).collect();
        opening.said = opening
            .said
            .into_iter()
            .map(|one| self.shown(one))
            .collect();
        self.opening = opening;
    }

    /// What is due by now and was not told yet.
    pub fn until(&mut self, now: Timestamp) -> Vec<Observation> {
        let gap_ms = now.since(self.last_asked);
        if gap_ms > LONGEST_GAP_MS {
            self.shown_at = self.shown_at.plus_millis(gap_ms);
        }
        self.last_asked = now;
        let played_ms = now.since(self.shown_at) as f64 * self.speed;
        let due = self.begins.plus_millis(played_ms as i64);
        while self.taken <= due {
            let minute = match self.scenario.next() {
                Some(minute) => minute,
                None => self.next_day(),
            };
            self.taken = self.taken.plus_minutes(1);
            self.waiting.extend(minute.observations);
        }
        let mut told = Vec::new();
        while let Some(first) = self.waiting.front()
            && first.sent_at <= due
            && let Some(observation) = self.waiting.pop_front()
        {
            if self.is_worth_telling(&observation) {
                told.push(self.shown(observation));
            }
        }
        told
    }

    /// The same day again, a date later.
    fn next_day(&mut self) -> crate::scenario::Minute {
        self.options.date = self.options.date.next();
        self.options.from = MinuteOfDay::MIDNIGHT;
        self.scenario = Scenario::on(&self.ground, self.seed, &self.options);
        self.taken = self.scenario.start();
        self.scenario.next().unwrap_or_default()
    }

    /// In a day that runs fast a unit still says once in ten seconds or so where it is.
    fn is_worth_telling(&self, observation: &Observation) -> bool {
        let Body::Position { .. } = observation.body else {
            return true;
        };
        let facts = [
            observation.sent_at.millis() as u64,
            self.waiting.len() as u64,
        ];
        self.speed <= 1.0 || Chance::of(self.seed, &facts).happens(1.0 / self.speed)
    }

    /// On the real clock, under the demo's names.
    fn shown(&self, observation: Observation) -> Observation {
        let body = match observation.body {
            Body::Alarm {
                thing,
                category,
                severity,
                text,
            } => Body::Alarm {
                thing: thing.map(|thing| marked(&thing)),
                category,
                severity,
                text,
            },
            Body::Clear { thing, category } => Body::Clear {
                thing: marked(&thing),
                category,
            },
            Body::Reading {
                thing,
                measure,
                value,
            } => Body::Reading {
                thing: marked(&thing),
                measure,
                value,
            },
            Body::Position { thing, kind, moved } => Body::Position {
                thing: marked(&thing),
                kind,
                moved,
            },
            report @ Body::Report { .. } => report,
        };
        let time = self.real(observation.time);
        Observation {
            sent_at: time,
            time,
            source: SourceId::new(&format!("demo-{}", observation.source))
                .unwrap_or(observation.source),
            id: ObservationId::new(&format!("{}-{}", self.run, observation.id))
                .unwrap_or(observation.id),
            demo: true,
            body,
            ..observation
        }
    }

    /// What lies before the curtain happened as fast as it happens.
    fn real(&self, time: Timestamp) -> Timestamp {
        let since_ms = time.since(self.begins);
        let real_ms = match since_ms {
            before if before <= 0 => before,
            after => (after as f64 / self.speed) as i64,
        };
        self.shown_at.plus_millis(real_ms)
    }
}

fn marked(thing: &ThingId) -> ThingId {
    ThingId::new(&format!("demo-{thing}")).unwrap_or_else(|_| thing.clone())
}

#[cfg(test)]
#[path = "playing_tests.rs"]
mod tests;
