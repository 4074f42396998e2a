//! The shared picture of views and the ring of what changed lately. One thread brings it up to each block; viewers read
//! it under a short lock and are woken at most every tick.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use domain::alarm::AlarmState;
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
/// What ended long ago leaves at the first block of each such span of the journal's clock, so that what is shown is a
/// function of the Picture alone: a restarted server shows the same.
const SWEEP_MS: i64 = 10_000;
/// How often the thread looks whether it should go on waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// What viewers read.
pub struct Scene {
    pub position: u64,
    pub now: Timestamp,
    pub city: Option<Arc<City>>,
    pub items: BTreeMap<Key, Item>,
    ring: VecDeque<Entry>,
    /// The ring tells everything that changed after this position.
    ring_from: u64,
    ring_limit: usize,
    swept_at: Timestamp,
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
        let (hub, wake) = Self::still(picture, epoch, RING);
        let shown = hub.clone();
        (hub, move |stepped| follow(&shown, &wake, &stepped))
    }

    /// A hub that nothing follows yet, and how to wake its viewers.
    pub(super) fn still(
        picture: &Picture,
        epoch: u64,
        ring_limit: usize,
    ) -> (Self, watch::Sender<u64>) {
        let mut scene = Scene::of(picture);
        scene.ring_limit = ring_limit;
        let (wake, ticks) = watch::channel(picture.block.0);
        let hub = Self {
            scene: Arc::new(RwLock::new(scene)),
            ticks,
            epoch,
        };
        (hub, wake)
    }

    /// Brings the scene up to some blocks; the answer is where it stands.
    pub(super) fn bring_up(&self, gathered: &[Arc<Stepped>]) -> u64 {
        let mut scene = self
            .scene
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for step in gathered {
            scene.take(step);
        }
        scene.position
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

fn follow(hub: &Hub, wake: &watch::Sender<u64>, stepped: &Receiver<Arc<Stepped>>) {
    loop {
        let started = Instant::now();
        let mut gathered = Vec::new();
        match stepped.recv_timeout(PATIENCE) {
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
        if !gathered.is_empty() {
            wake.send_replace(hub.bring_up(&gathered));
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
            ring_limit: RING,
            swept_at: sweep_before(picture.now),
        };
        let Some(city) = picture.city.clone() else {
            return scene;
        };
        for incident in picture.incidents.values() {
            let item = Item::of_incident(&city, incident, picture.now);
            scene.items.insert(Key::Incident(incident.id), item);
        }
        for alarm in picture.alarms.values() {
            let item = Item::Alarm(Arc::new(view::alarm(alarm)));
            scene.items.insert(Key::Alarm(alarm.id), item);
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
        let swept_at = scene.swept_at;
        scene.items.retain(|_, item| !has_ended(item, swept_at));
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
                for (key, item) in &self.items {
                    let renamed = item.renamed(city, stepped.now);
                    latest.insert(key.clone(), Some(renamed));
                }
            }
            if let Some((key, item)) = self.shown_of(change) {
                latest.insert(key, item);
            }
        }
        let sweep = sweep_before(stepped.now);
        if sweep != self.swept_at {
            self.swept_at = sweep;
            for (key, item) in &self.items {
                if has_ended(item, sweep) {
                    latest.entry(key.clone()).or_insert(None);
                }
            }
        }
        for (key, after) in latest {
            self.put(block, key, after.filter(|item| !has_ended(item, sweep)));
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
        while self.ring.len() > self.ring_limit {
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
            Change::UnitGone(id) => (Key::Unit(id.clone()), None),
            Change::Sensor(sensor) => (
                Key::Sensor(sensor.id.clone()),
                Some(Item::Sensor(Arc::new(view::sensor(city, sensor)))),
            ),
            Change::City(_)
            | Change::Evidence(_)
            | Change::Timeline(_)
            | Change::Reading(_)
            | Change::Account(_)
            | Change::Key(_)
            | Change::Answered(_)
            | Change::AlarmAnswered(_) => return None,
        })
    }
}

fn sweep_before(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis().div_euclid(SWEEP_MS) * SWEEP_MS)
}

/// Whether it had ended so long before a sweep that it is no longer shown live.
fn has_ended(item: &Item, sweep: Timestamp) -> bool {
    match item {
        Item::Incident(one) => !shown(one.incident.state, one.incident.updated_at, sweep),
        Item::Alarm(view) => {
            view.state == AlarmState::Normal
                && view
                    .cleared_at
                    .is_some_and(|at| sweep.since(at) > ENDED_SHOWN_MS)
        }
        Item::Unit(view) => sweep.since(view.heard_at) > UNIT_SHOWN_MS,
        Item::Sensor(_) => false,
    }
}

fn shown(state: State, updated_at: Timestamp, now: Timestamp) -> bool {
    state.is_open() || now.since(updated_at) <= ENDED_SHOWN_MS
}
