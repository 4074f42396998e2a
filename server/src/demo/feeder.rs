//! Sends what units, stations and callers say, one batch a second, at the pace of the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::ids::DepartmentId;
use domain::time::{Timestamp, Zone};
use serde_json::{Value, json};

use super::door::{Door, Tally, Trouble};
use super::fleet::{Fleet, Moved};
use super::ground::Ground;
use super::matters::{Matters, Report};
use super::people::DemoAccount;
use super::stations::{Measured, Stations};
use super::{now, patience, rest};

/// A stretch this long is skipped rather than caught up with, in seconds.
const MOST_BEHIND_S: u64 = 5;
/// How long the count of open incidents is waited for before the first report.
const COUNTING_MS: i64 = 60_000;
const MOST_UNSENT: usize = 500;

pub struct Feeder {
    ground: Arc<Ground>,
    fleet: Fleet,
    stations: Stations,
    /// None until it is known how much is open already.
    matters: Option<Matters>,
    staffed: Vec<DepartmentId>,
    open: Arc<AtomicUsize>,
    /// Reports a busy door has not taken yet.
    unsent: Vec<Value>,
    started: Timestamp,
    seed: u64,
    failures: u32,
}

impl Feeder {
    pub fn new(
        ground: Arc<Ground>,
        people: Vec<DemoAccount>,
        open: Arc<AtomicUsize>,
        seed: u64,
        started: Timestamp,
    ) -> Self {
        Self {
            fleet: Fleet::new(ground.clone(), seed),
            stations: Stations::new(&ground, seed),
            ground,
            matters: None,
            staffed: people
                .into_iter()
                .filter_map(|person| person.department)
                .collect(),
            open,
            unsent: Vec::new(),
            started,
            seed,
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
            let at = now();
            let mut items = std::mem::take(&mut self.unsent);
            items.extend(self.reports(at));
            let reports = items.len();
            items.extend(self.second(at));
            match door.send(&items) {
                Ok(tally) => self.taken(&tally),
                Err(trouble) => {
                    // Where units were is soon old; what people said is not. The same ids are sent again.
                    items.truncate(reports.min(MOST_UNSENT));
                    self.unsent = items;
                    self.troubled(&trouble, stop);
                }
            }
        }
    }

    /// What people report now; a unit may be sent there.
    fn reports(&mut self, at: Timestamp) -> Vec<Value> {
        let open = match self.open.load(Ordering::Relaxed) {
            super::UNKNOWN if at.since(self.started) < COUNTING_MS => return Vec::new(),
            super::UNKNOWN => 0,
            open => open,
        };
        let matters = self.matters.get_or_insert_with(|| {
            Matters::new(
                self.ground.clone(),
                self.staffed.clone(),
                self.seed,
                at,
                open,
            )
        });
        let reports = matters.until(at, open);
        for report in &reports {
            if let Some(kind) = report.calls {
                let unit = self.fleet.call(kind, report.position);
                tracing::debug!(?unit, report = report.id, "a demo unit is sent");
            }
        }
        let zone = &self.ground.city.zone;
        reports.iter().map(|report| said(report, zone)).collect()
    }

    /// What units and stations say in this second.
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

fn said(report: &Report, zone: &Zone) -> Value {
    json!({
        "source": report.source,
        "id": report.id,
        "kind": "report",
        "time": report.at.to_rfc3339(zone),
        "position": [report.position.longitude(), report.position.latitude()],
        "accuracy_m": report.accuracy_m,
        "category": report.category,
        "severity": report.severity,
        "text": report.text,
        "attributes": {"demo": "true"},
    })
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
