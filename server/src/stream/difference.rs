//! What a viewer must be told: everything at first, then what changed, entered and left. All computed from one scene,
//! under one lock, so that a message stands for exactly one position.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::wire::{
    AlarmView, Delta, Digest, Enter, IncidentView, Removed, RemovedWhy, SensorView, Snapshot,
    UnitView, digest_line,
};
use sha2::{Digest as _, Sha256};

use super::item::{Item, Key};
use super::scene::Scene;
use super::subscription::View;
use super::things::Place;

/// One array a layer.
#[derive(Default)]
struct Arrays {
    incidents: Vec<Arc<IncidentView>>,
    alarms: Vec<Arc<AlarmView>>,
    units: Vec<Arc<UnitView>>,
    sensors: Vec<Arc<SensorView>>,
}

impl Arrays {
    fn add(&mut self, item: &Item) {
        match item {
            Item::Incident(one) => self.incidents.push(one.view.clone()),
            Item::Alarm(view) => self.alarms.push(view.clone()),
            Item::Unit(unit) => self.units.push(Arc::new(unit.view())),
            Item::Sensor(view) => self.sensors.push(view.clone()),
        }
    }
}

/// Everything in view.
pub fn snapshot(scene: &Scene, view: &View) -> Snapshot {
    let mut arrays = Arrays::default();
    for (_, _, shown) in scene.things.all() {
        if view.shows(&shown.item) {
            arrays.add(&shown.item);
        }
    }
    Snapshot {
        position: scene.position,
        resume: String::new(),
        incidents: arrays.incidents,
        alarms: arrays.alarms,
        units: arrays.units,
        sensors: arrays.sensors,
        cells: Vec::new(),
        now: scene.now(),
    }
}

/// What changed in view after `from`; `now` in view of `view`, before that in view of `seen` (the same, unless the viewer
/// comes back with another view). None where the ring does not reach back to `from`.
pub fn delta(scene: &Scene, seen: &View, view: &View, from: u64) -> Option<Delta> {
    let histories = scene.histories_since(from)?;
    let moved = !std::ptr::eq(seen, view);
    let mut arrays = Arrays::default();
    let mut removed = Vec::new();
    for history in &histories {
        let key = scene.things.key(history.place);
        let was = history.before.is_some_and(|shown| seen.shows(&shown.item));
        match history.last {
            Some(shown) if view.shows(&shown.item) => {
                // Every change of an incident is told; of what moves, the latest.
                if let Key::Incident(_) = key {
                    for state in history.states.iter().copied().flatten() {
                        if view.shows(&state.item) {
                            arrays.add(&state.item);
                        }
                    }
                } else {
                    arrays.add(&shown.item);
                }
            }
            last if was => removed.push(gone(key, last.map(|shown| &shown.item), view)),
            _ => {}
        }
    }
    if moved {
        let changed: BTreeSet<Place> = histories.iter().map(|history| history.place).collect();
        let all = scene.things.all();
        for (_, key, shown) in all.filter(|(place, ..)| !changed.contains(place)) {
            compare(key, &shown.item, seen, view, &mut arrays, &mut removed);
        }
    }
    Some(Delta {
        from,
        to: scene.position,
        resume: String::new(),
        incidents: arrays.incidents,
        alarms: arrays.alarms,
        units: arrays.units,
        sensors: arrays.sensors,
        cells: Vec::new(),
        removed,
        now: scene.now(),
    })
}

fn gone(key: &Key, item: Option<&Item>, view: &View) -> Removed {
    Removed {
        layer: key.layer(),
        id: key.id(),
        why: item
            .and_then(|item| view.why_not(item))
            .unwrap_or(RemovedWhy::Gone),
    }
}

fn compare(
    key: &Key,
    item: &Item,
    seen: &View,
    view: &View,
    arrays: &mut Arrays,
    removed: &mut Vec<Removed>,
) {
    match (seen.shows(item), view.shows(item)) {
        (false, true) => arrays.add(item),
        (true, false) => removed.push(gone(key, Some(item), view)),
        (true, true) | (false, false) => {}
    }
}

pub fn is_empty(delta: &Delta) -> bool {
    delta.incidents.is_empty()
        && delta.alarms.is_empty()
        && delta.units.is_empty()
        && delta.sensors.is_empty()
        && delta.cells.is_empty()
        && delta.removed.is_empty()
}

/// What enters and leaves when the view moves; both views of the same scene.
pub fn enter(scene: &Scene, seen: &View, view: &View) -> Enter {
    let mut arrays = Arrays::default();
    let mut removed = Vec::new();
    for (_, key, shown) in scene.things.all() {
        compare(key, &shown.item, seen, view, &mut arrays, &mut removed);
    }
    Enter {
        position: scene.position,
        resume: String::new(),
        incidents: arrays.incidents,
        alarms: arrays.alarms,
        units: arrays.units,
        sensors: arrays.sensors,
        cells: Vec::new(),
        removed,
    }
}

/// The digest of a view: so that a viewer can tell that it has missed nothing.
pub fn digest(scene: &Scene, shows: impl Fn(&Item) -> bool) -> Digest {
    let mut lines: Vec<String> = scene
        .things
        .all()
        .map(|(_, key, shown)| (key, &shown.item))
        .filter(|(_, item)| shows(item))
        .map(|(key, item)| digest_line(key.layer(), &key.id(), item.revision(), item.position()))
        .collect();
    lines.sort_unstable();
    let sum = Sha256::digest(lines.join("\n").as_bytes());
    Digest {
        position: scene.position,
        count: lines.len() as u64,
        sha256: sum.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
