//! The shared picture of views and the ring of what changed lately. One thread brings it up to each block; viewers read
//! it under a short lock and are woken at most every tick.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::lifecycle::State;
use domain::picture::Picture;
use domain::time::Timestamp;
use domain::view;
use tokio::sync::watch;

use super::item::{Item, Key};

/// At most twenty frames a second go to a viewer.
const TICK: Duration = Duration::from_millis(50);
/// Changes the ring holds: at 5,000 changes a second, 40 seconds of absence.
const RING: usize = 200_000;
/// How long an ended incident stays on the live picture; lists keep it for ever.
const ENDED_SHOWN_MS: i64 = 60 * 60 * 1000;
/// A unit not heard for a day has gone.
const UNIT_SHOWN_MS: i64 = 24 * 60 * 60 * 1000;
const SWEEP: Duration = Duration::from_secs(10);

/// What viewers read.
pub struct Scene {
    pub position: u64,
    pub now: Timestamp,
    pub city: Option<Arc<City>>,
    pub items: BTreeMap<Key, Item>,
    ring: VecDeque<Entry>,
    /// The ring tells everything that changed after this position.
    ring_from: u64,
    sweep_due: bool,
}

/// One thing that changed in one block.
pub struct Entry {
    pub block: u64,
    pub key: Key,
    pub before: Option<Item>,
    pub after: Option<Item>,
}

/// The hub's handle for viewers.
#[derive(Clone)]
pub struct Hub {
    scene: Arc<RwLock<Scene>>,
    ticks: watch::Receiver<u64>,
    /// Tells one journal from another: a token of another one is not honoured.
    epoch: u64,
}

impl Hub {
    /// Starts from the recovered Picture; the returned closure follows the writer until its channel ends.
    pub fn start(
        picture: &Picture,
        epoch: u64,
    ) -> (Self, impl FnOnce(Receiver<Arc<Stepped>>) + Send + use<>) {
        let scene = Arc::new(RwLock::new(Scene::of(picture)));
        let (wake, ticks) = watch::channel(picture.block.0);
        let hub = Self {
            scene: scene.clone(),
            ticks,
            epoch,
        };
        (hub, move |stepped| follow(&scene, &wake, &stepped))
    }

    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Reads the scene; the closure must be short and must not block.
    pub fn read<T>(&self, look: impl FnOnce(&Scene) -> T) -> T {
        let scene = self
            .scene
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        look(&scene)
    }
}

fn follow(scene: &RwLock<Scene>, wake: &watch::Sender<u64>, stepped: &Receiver<Arc<Stepped>>) {
    let mut swept = Instant::now();
    loop {
        let started = Instant::now();
        let mut gathered = Vec::new();
        match stepped.recv_timeout(SWEEP) {
            Ok(first) => gathered.push(first),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // Whatever comes within the tick goes out together.
        while let Some(left) = TICK.checked_sub(started.elapsed())
            && !gathered.is_empty()
        {
            match stepped.recv_timeout(left.min(Duration::from_millis(5))) {
                Ok(next) => gathered.push(next),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let mut scene = scene
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for step in &gathered {
            scene.take(step);
        }
        if swept.elapsed() >= SWEEP {
            scene.sweep_due = true;
            swept = Instant::now();
        }
        let position = scene.position;
        drop(scene);
        if !gathered.is_empty() {
            wake.send_replace(position);
            if let Some(rest) = TICK.checked_sub(started.elapsed()) {
                std::thread::sleep(rest);
            }
        }
    }
}

impl Scene {
    pub fn of(picture: &Picture) -> Self {
        let mut scene = Self {
            position: picture.block.0,
            now: picture.now,
            city: picture.city.clone(),
            items: BTreeMap::new(),
            ring: VecDeque::new(),
            ring_from: picture.block.0,
            sweep_due: false,
        };
        let Some(city) = picture.city.clone() else {
            return scene;
        };
        for incident in picture.incidents.values() {
            if shown(incident.state, incident.updated_at, picture.now) {
                let item = Item::of_incident(&city, incident, picture.now);
                scene.items.insert(Key::Incident(incident.id), item);
            }
        }
        for alarm in picture.alarms.values() {
            if alarm.cleared_at.is_none() || alarm.state != domain::alarm::AlarmState::Normal {
                scene.items.insert(
                    Key::Alarm(alarm.id),
                    Item::Alarm(Arc::new(view::alarm(alarm))),
                );
            }
        }
        for unit in picture.units.values() {
            scene.items.insert(
                Key::Unit(unit.id.clone()),
                Item::Unit(Arc::new(view::unit(&city, unit))),
            );
        }
        for sensor in picture.sensors.values() {
            scene.items.insert(
                Key::Sensor(sensor.id.clone()),
                Item::Sensor(Arc::new(view::sensor(&city, sensor))),
            );
        }
        scene
    }

    /// What changed after a position, oldest first; None where the ring does not reach back so far.
    pub fn since(&self, position: u64) -> Option<impl Iterator<Item = &Entry>> {
        if position < self.ring_from || position > self.position {
            return None;
        }
        let start = self.ring.partition_point(|entry| entry.block <= position);
        Some(self.ring.range(start..))
    }

    pub fn take(&mut self, stepped: &Stepped) {
        self.now = stepped.now;
        let block = stepped.block.0;
        // Several changes of one thing in one block are one change.
        let mut latest: BTreeMap<Key, Option<Item>> = BTreeMap::new();
        for change in &stepped.changes {
            if let Change::City(city) = change {
                self.city = Some(city.clone());
            }
            if let Some((key, item)) = self.shown_of(change) {
                latest.insert(key, item);
            }
        }
        if std::mem::take(&mut self.sweep_due) {
            for key in self.ended() {
                latest.entry(key).or_insert(None);
            }
        }
        for (key, after) in latest {
            self.put(block, key, after);
        }
        self.position = block;
    }

    fn put(&mut self, block: u64, key: Key, after: Option<Item>) {
        let before = match &after {
            Some(item) => self.items.insert(key.clone(), item.clone()),
            None => self.items.remove(&key),
        };
        if before.is_none() && after.is_none() {
            return;
        }
        self.ring.push_back(Entry {
            block,
            key,
            before,
            after,
        });
        while self.ring.len() > RING {
            if let Some(oldest) = self.ring.pop_front() {
                self.ring_from = oldest.block;
            }
        }
    }

    fn shown_of(&self, change: &Change) -> Option<(Key, Option<Item>)> {
        let city = self.city.as_ref()?;
        Some(match change {
            Change::Incident(incident) => {
                let item = Item::of_incident(city, incident, self.now);
                (Key::Incident(incident.id), Some(item))
            }
            Change::Alarm(alarm) => (
                Key::Alarm(alarm.id),
                Some(Item::Alarm(Arc::new(view::alarm(alarm)))),
            ),
            Change::Unit(unit) => (
                Key::Unit(unit.id.clone()),
                Some(Item::Unit(Arc::new(view::unit(city, unit)))),
            ),
            Change::Sensor(sensor) => (
                Key::Sensor(sensor.id.clone()),
                Some(Item::Sensor(Arc::new(view::sensor(city, sensor)))),
            ),
            Change::City(_)
            | Change::Evidence(_)
            | Change::Timeline(_)
            | Change::Account(_)
            | Change::Key(_)
            | Change::Answered(_) => return None,
        })
    }

    /// What ended long ago. It leaves together with a block, so that every position has one picture only.
    fn ended(&self) -> Vec<Key> {
        let now = self.now;
        self.items
            .iter()
            .filter(|(_, item)| match item {
                Item::Incident(one) => !shown(one.incident.state, one.incident.updated_at, now),
                Item::Alarm(view) => {
                    view.state == domain::alarm::AlarmState::Normal
                        && view
                            .cleared_at
                            .is_some_and(|at| now.since(at) > ENDED_SHOWN_MS)
                }
                Item::Unit(view) => now.since(view.heard_at) > UNIT_SHOWN_MS,
                Item::Sensor(_) => false,
            })
            .map(|(key, _)| key.clone())
            .collect()
    }
}

fn shown(state: State, updated_at: Timestamp, now: Timestamp) -> bool {
    state.is_open() || now.since(updated_at) <= ENDED_SHOWN_MS
}
