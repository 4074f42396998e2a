//! The picture as this browser knows it: a snapshot, then numbered deltas.
//! Plain Rust. A gap is answered with a new snapshot, never with a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::ids::{IncidentId, SourceId};
use domain::time::Timestamp;
use domain::wire::{
    AlarmView, CellView, Digest, IncidentView, Layer, Problem, Removed, SensorView, ServerMessage,
    UnitView, digest_line,
};
use sha2::{Digest as _, Sha256};

use crate::order;

/// Everything one subscription shows.
#[derive(Clone, Default, Debug)]
pub struct LivePicture {
    position: Option<u64>,
    resume: Option<String>,
    now: Option<Timestamp>,
    incidents: BTreeMap<IncidentId, Arc<IncidentView>>,
    alarms: BTreeMap<String, Arc<AlarmView>>,
    units: BTreeMap<String, Arc<UnitView>>,
    sensors: BTreeMap<String, Arc<SensorView>>,
    cells: Vec<CellView>,
}

/// What a message did.
#[derive(Clone, PartialEq, Debug)]
pub enum Applied {
    Changed(Changes),
    /// The message does not follow what is known: subscribe anew, without the token.
    Gap,
    /// The server starts the picture anew; its snapshot follows.
    Resyncing,
    /// The digest is ours too.
    Confirmed,
    /// Same position, other content: subscribe anew.
    Differs,
    Problem(Problem),
}

/// Which things are to be drawn again.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// The picture was replaced: what is not among `incidents` is gone.
    pub whole: bool,
    pub incidents: BTreeSet<IncidentId>,
    pub removed_incidents: BTreeSet<IncidentId>,
    pub alarms: bool,
    pub units: bool,
    pub sensors: bool,
    pub cells: bool,
}

impl Changes {
    pub fn join(&mut self, later: Changes) {
        if later.whole {
            *self = later;
            return;
        }
        for id in later.incidents {
            self.removed_incidents.remove(&id);
            self.incidents.insert(id);
        }
        for id in later.removed_incidents {
            self.incidents.remove(&id);
            self.removed_incidents.insert(id);
        }
        self.alarms |= later.alarms;
        self.units |= later.units;
        self.sensors |= later.sensors;
        self.cells |= later.cells;
    }
}

/// What a message brings, whatever its kind.
struct Brought {
    incidents: Vec<Arc<IncidentView>>,
    alarms: Vec<Arc<AlarmView>>,
    units: Vec<Arc<UnitView>>,
    sensors: Vec<Arc<SensorView>>,
    cells: Vec<CellView>,
    removed: Vec<Removed>,
}

impl LivePicture {
    /// The journal position everything here belongs to; none before the first snapshot.
    pub fn position(&self) -> Option<u64> {
        self.position
    }

    /// The token that brings only what was missed.
    pub fn resume(&self) -> Option<&str> {
        self.resume.as_deref()
    }

    /// The server's clock at the latest frame that told it.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    pub fn incidents(&self) -> impl Iterator<Item = &Arc<IncidentView>> {
        self.incidents.values()
    }

    pub fn incident(&self, id: IncidentId) -> Option<&Arc<IncidentView>> {
        self.incidents.get(&id)
    }

    /// Of a sensor or unit that this subscription shows: who speaks of it, and when it was last heard.
    pub fn heard(&self, thing: &str) -> Option<(&SourceId, Timestamp)> {
        let sensor = self.sensors.get(thing);
        sensor
            .map(|sensor| (&sensor.source, sensor.heard_at))
            .or_else(|| {
                let unit = self.units.get(thing)?;
                Some((&unit.source, unit.heard_at))
            })
    }

    pub fn alarms(&self) -> impl Iterator<Item = &Arc<AlarmView>> {
        self.alarms.values()
    }

    pub fn units(&self) -> impl Iterator<Item = &Arc<UnitView>> {
        self.units.values()
    }

    pub fn sensors(&self) -> impl Iterator<Item = &Arc<SensorView>> {
        self.sensors.values()
    }

    pub fn cells(&self) -> &[CellView] {
        &self.cells
    }

    /// Forgets the token, so that the next subscription is answered with a snapshot.
    pub fn start_anew(&mut self) {
        self.resume = None;
        self.position = None;
    }

    pub fn apply(&mut self, message: ServerMessage) -> Applied {
        match message {
            ServerMessage::Snapshot(snapshot) => {
                *self = Self::default();
                self.now = Some(snapshot.now);
                let mut changes = self.take(
                    Brought {
                        incidents: snapshot.incidents,
                        alarms: snapshot.alarms,
                        units: snapshot.units,
                        sensors: snapshot.sensors,
                        cells: snapshot.cells,
                        removed: Vec::new(),
                    },
                    snapshot.position,
                    snapshot.resume,
                );
                (changes.whole, changes.alarms, changes.units) = (true, true, true);
                (changes.sensors, changes.cells) = (true, true);
                Applied::Changed(changes)
            }
            ServerMessage::Delta(delta) => {
                if self.position != Some(delta.from) {
                    return Applied::Gap;
                }
                self.now = Some(delta.now);
                let brought = Brought {
                    incidents: delta.incidents,
                    alarms: delta.alarms,
                    units: delta.units,
                    sensors: delta.sensors,
                    cells: delta.cells,
                    removed: delta.removed,
                };
                Applied::Changed(self.take(brought, delta.to, delta.resume))
            }
            ServerMessage::Enter(enter) => {
                if self.position.is_none_or(|known| enter.position < known) {
                    return Applied::Gap;
                }
                let brought = Brought {
                    incidents: enter.incidents,
                    alarms: enter.alarms,
                    units: enter.units,
                    sensors: enter.sensors,
                    cells: enter.cells,
                    removed: enter.removed,
                };
                Applied::Changed(self.take(brought, enter.position, enter.resume))
            }
            ServerMessage::Resync(_) => {
                self.start_anew();
                Applied::Resyncing
            }
            ServerMessage::Digest(theirs) => self.compare(theirs),
            ServerMessage::Error(problem) => Applied::Problem(problem),
        }
    }

    fn compare(&self, theirs: Digest) -> Applied {
        if self.position != Some(theirs.position) {
            // A frame is on its way between the two; the next digest will tell.
            return Applied::Confirmed;
        }
        if self.digest() == theirs {
            Applied::Confirmed
        } else {
            Applied::Differs
        }
    }

    fn take(&mut self, brought: Brought, position: u64, resume: String) -> Changes {
        self.position = Some(position);
        self.resume = Some(resume);
        let mut changes = Changes {
            alarms: !brought.alarms.is_empty(),
            units: !brought.units.is_empty(),
            sensors: !brought.sensors.is_empty(),
            cells: !brought.cells.is_empty(),
            ..Changes::default()
        };
        // What left goes first: an id that left one tile may have entered another in the same frame.
        for removed in brought.removed {
            self.remove(removed, &mut changes);
        }
        for incident in brought.incidents {
            changes.removed_incidents.remove(&incident.id);
            changes.incidents.insert(incident.id);
            self.incidents.insert(incident.id, incident);
        }
        for alarm in brought.alarms {
            self.alarms.insert(alarm.id.to_string(), alarm);
        }
        for unit in brought.units {
            self.units.insert(unit.id.as_str().to_owned(), unit);
        }
        for sensor in brought.sensors {
            self.sensors.insert(sensor.id.as_str().to_owned(), sensor);
        }
        for cell in brought.cells {
            match self.cells.iter_mut().find(|known| known.h3 == cell.h3) {
                Some(known) => *known = cell,
                None => self.cells.push(cell),
            }
        }
        changes
    }

    fn remove(&mut self, removed: Removed, changes: &mut Changes) {
        match removed.layer {
            Layer::Incidents => {
                if let Ok(id) = removed.id.parse::<IncidentId>()
                    && self.incidents.remove(&id).is_some()
                {
                    changes.incidents.remove(&id);
                    changes.removed_incidents.insert(id);
                }
            }
            Layer::Alarms => changes.alarms |= self.alarms.remove(&removed.id).is_some(),
            Layer::Units => changes.units |= self.units.remove(&removed.id).is_some(),
            Layer::Sensors => changes.sensors |= self.sensors.remove(&removed.id).is_some(),
            Layer::Heat => {
                let before = self.cells.len();
                self.cells.retain(|cell| cell.h3 != removed.id);
                changes.cells |= before != self.cells.len();
            }
        }
    }

    /// The server computes the same over its own picture (API.md, "Live", 5). Counts of cells are no things of
    /// their own and stay out.
    pub fn digest(&self) -> Digest {
        let mut lines: Vec<String> = Vec::new();
        for incident in self.incidents.values() {
            lines.push(digest_line(
                Layer::Incidents,
                &incident.id.to_string(),
                incident.revision,
                incident.position,
            ));
        }
        for (id, alarm) in &self.alarms {
            lines.push(digest_line(Layer::Alarms, id, 0, alarm.position));
        }
        for (id, unit) in &self.units {
            lines.push(digest_line(Layer::Units, id, 0, Some(unit.position)));
        }
        for (id, sensor) in &self.sensors {
            lines.push(digest_line(Layer::Sensors, id, 0, sensor.position));
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let lines = order::by_key(&lines, |line| line);
        let sha256 = Sha256::digest(lines.join("\n").as_bytes());
        Digest {
            position: self.position.unwrap_or_default(),
            count: lines.len() as u64,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
