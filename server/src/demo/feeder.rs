//! Sends what units and stations say, one batch a second, at the pace of the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::door::{Door, Tally, Trouble};
use super::fleet::{Fleet, Moved};
use super::ground::Ground;
use super::stations::{Measured, Stations};
use super::{now, patience, rest};

/// A stretch this long is skipped rather than caught up with, in seconds.
const MOST_BEHIND_S: u64 = 5;

pub struct Feeder {
    ground: Arc<Ground>,
    fleet: Fleet,
    stations: Stations,
    failures: u32,
}

impl Feeder {
    pub fn new(ground: Arc<Ground>, seed: u64, _started: Timestamp) -> Self {
        Self {
            fleet: Fleet::new(ground.clone(), seed),
            stations: Stations::new(&ground, seed),
            ground,
            failures: 0,
        }
    }

    pub fn run(&mut self, door: &Door, stop: &AtomicBool) {
        tracing::info!(
            units = self.fleet.len(),
            stations = self.stations.len(),
            "the demo city plays"
        );
        let started = Instant::now();
        let mut played_s = 0;
        while !stop.load(Ordering::Relaxed) {
            let due_s = started.elapsed().as_secs();
            if due_s <= played_s {
                rest(
                    Duration::from_secs(played_s + 1).saturating_sub(started.elapsed()),
                    stop,
                );
                continue;
            }
            played_s = played_s.max(due_s.saturating_sub(MOST_BEHIND_S)) + 1;
            let items = self.second(now());
            match door.send(&items) {
                Ok(tally) => self.taken(&tally),
                Err(trouble) => self.troubled(&trouble, stop),
            }
        }
    }

    /// What is said in this second.
    fn second(&mut self, at: Timestamp) -> Vec<Value> {
        let (_, minute_of_day) = at.civil(&self.ground.city.zone);
        let time = at.to_rfc3339(&self.ground.city.zone);
        let mut items = Vec::new();
        for moved in self.fleet.second() {
            items.push(position(&moved, at, &time));
        }
        for measured in self.stations.second(minute_of_day) {
            items.push(reading(&measured, at, &time));
        }
        items
    }

    fn taken(&mut self, tally: &Tally) {
        self.failures = 0;
        if tally.conflicts > 0 || !tally.rejected.is_empty() {
            tracing::warn!(
                conflicts = tally.conflicts,
                rejected = tally.rejected.len(),
                first = ?tally.rejected.first(),
                "the demo sent what the door does not take"
            );
        }
    }

    fn troubled(&mut self, trouble: &Trouble, stop: &AtomicBool) {
        self.failures += 1;
        if self.failures.is_power_of_two() {
            tracing::info!(
                ?trouble,
                failures = self.failures,
                "the demo waits for the door"
            );
        }
        let asked_s = match trouble {
            Trouble::Busy(asked_s) => *asked_s,
            _ => None,
        };
        rest(patience(self.failures, asked_s), stop);
    }
}

fn position(moved: &Moved, at: Timestamp, time: &str) -> Value {
    json!({
        "source": "demo-units",
        "id": format!("{}-{}", moved.thing, at.millis()),
        "kind": "position",
        "time": time,
        "thing": moved.thing,
        "position": [moved.position.longitude(), moved.position.latitude()],
        "attributes": {
            "demo": "true",
            "kind": moved.kind.name(),
            "heading_deg": moved.heading_deg,
            "speed_mps": moved.speed_mps,
            "status": moved.status,
        },
    })
}

fn reading(measured: &Measured, at: Timestamp, time: &str) -> Value {
    let property = measured.measure.property();
    json!({
        "source": "demo-sensors",
        "id": format!("{}-{property}-{}", measured.thing, at.millis()),
        "kind": "reading",
        "time": time,
        "thing": measured.thing,
        "position": [measured.position.longitude(), measured.position.latitude()],
        "property": property,
        "value": measured.value,
        "unit": measured.measure.unit(),
        "attributes": {"demo": "true"},
    })
}
