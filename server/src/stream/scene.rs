//! The shared picture of views and the ring of what changed lately. A function of the Picture alone: a restarted server shows
//! the same.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::interest::{Cell, Run};
use domain::picture::Picture;
use domain::shown::{self, sweep_before};
use domain::time::Timestamp;
use domain::view;
use domain::wire::record::put_whole;

use super::item::{Item, Key};

/// Changes the ring holds, about 35 MB: at 5,000 changes a second, 13 seconds of absence.
pub const RING: usize = 65_536;
/// What viewers read.
pub struct Scene {
    pub position: u64,
    pub now: Timestamp,
    pub city: Option<Arc<City>>,
    pub items: BTreeMap<Key, Arc<Shown>>,
    /// The same things by where they are.
    places: BTreeMap<(Cell, u32), Arc<Shown>>,
    next_number: u32,
    ring: VecDeque<Noted>,
    /// The ring tells everything that changed after this position.
    ring_from: u64,
    ring_limit: usize,
    swept_at: Timestamp,
}

/// A thing as it is shown between two changes of it.
#[derive(Debug)]
pub struct Shown {
    pub item: Item,
    /// By which binary viewers know it, for as long as it is on the picture.
    pub number: u32,
    pub cell: Cell,
    record: OnceLock<Box<[u8]>>,
}

impl Shown {
    fn new(item: Item, number: u32) -> Arc<Self> {
        Arc::new(Self {
            cell: item.position().map_or(Cell::NOWHERE, Cell::of),
            item,
            number,
            record: OnceLock::new(),
        })
    }

    /// The whole of it as a record; written once, however many look.
    pub fn record(&self) -> &[u8] {
        self.record.get_or_init(|| {
            let mut bytes = Vec::new();
            put_whole(&mut bytes, self.number, &self.item.whole());
            bytes.into_boxed_slice()
        })
    }
}

/// One thing that changed in one block.
pub struct Noted {
    pub block: u64,
    pub key: Key,
    pub before: Option<Arc<Shown>>,
    pub after: Option<Arc<Shown>>,
}

/// What one thing was at first, and every state since.
pub struct History<'a> {
    pub before: Option<&'a Shown>,
    pub states: Vec<Option<&'a Shown>>,
}

impl<'a> History<'a> {
    pub fn last(&self) -> Option<&'a Shown> {
        self.states.last().copied().flatten()
    }
}

impl Scene {
    pub fn of(picture: &Picture, ring_limit: usize) -> Self {
        let mut scene = Self {
            position: picture.block.0,
            now: picture.now,
            city: picture.city.clone(),
            items: BTreeMap::new(),
            places: BTreeMap::new(),
            next_number: 0,
            ring: VecDeque::new(),
            ring_from: picture.block.0,
            ring_limit,
            swept_at: sweep_before(picture.now),
        };
        let Some(city) = picture.city.clone() else {
            return scene;
        };
        for incident in picture.incidents.values() {
            let item = Item::of_incident(&city, incident, picture.now);
            scene.begin_with(Key::Incident(incident.id), item);
        }
        for alarm in picture.alarms.values() {
            let item = Item::Alarm(Arc::new(view::alarm(alarm)));
            scene.begin_with(Key::Alarm(alarm.id), item);
        }
        for unit in picture.units.values() {
            let item = Item::Unit(Arc::new(view::unit(&city, unit)));
            scene.begin_with(Key::Unit(unit.id.clone()), item);
        }
        for sensor in picture.sensors.values() {
            let item = Item::Sensor(Arc::new(view::sensor(&city, sensor)));
            scene.begin_with(Key::Sensor(sensor.id.clone()), item);
        }
        scene
    }

    fn begin_with(&mut self, key: Key, item: Item) {
        if !has_ended(&item, self.swept_at) {
            self.set(key, Some(item));
        }
    }

    /// What changed after a position, oldest first; None where the ring does not reach back so far.
    pub fn since(&self, position: u64) -> Option<impl ExactSizeIterator<Item = &Noted>> {
        if position < self.ring_from || position > self.position {
            return None;
        }
        let start = self.ring.partition_point(|entry| entry.block <= position);
        Some(self.ring.range(start..))
    }

    /// How many changes that are.
    pub fn changes_since(&self, position: u64) -> Option<usize> {
        self.since(position).map(|entries| entries.len())
    }

    /// The same, thing by thing, in the order in which they changed first.
    pub fn histories_since(&self, position: u64) -> Option<Vec<(&Key, History<'_>)>> {
        let entries = self.since(position)?;
        let mut histories: Vec<(&Key, History<'_>)> = Vec::new();
        let mut places: HashMap<&Key, usize> = HashMap::with_capacity(entries.len());
        for entry in entries {
            let place = *places.entry(&entry.key).or_insert(histories.len());
            if place == histories.len() {
                let history = History {
                    before: entry.before.as_deref(),
                    states: Vec::new(),
                };
                histories.push((&entry.key, history));
            }
            histories[place].1.states.push(entry.after.as_deref());
        }
        Some(histories)
    }

    /// What is in a run of cells, in their order.
    pub fn within(&self, run: Run) -> impl Iterator<Item = &Arc<Shown>> {
        let bounds = (Cell::first_of(run), 0)..(Cell::behind(run), 0);
        self.places.range(bounds).map(|(_, shown)| shown)
    }

    pub fn take(&mut self, stepped: &Stepped) {
        self.now = stepped.now;
        let block = stepped.block.0;
        // Several changes of one thing in one block are one change.
        let mut latest = Latest::default();
        for change in &stepped.changes {
            if let Change::City(city) = change {
                self.city = Some(city.clone());
            }
            if let Some((key, item)) = self.shown_of(change) {
                latest.put(key, item);
            }
        }
        let renames = |change: &Change| matches!(change, Change::City(_));
        if let (true, Some(city)) = (stepped.changes.iter().any(renames), &self.city) {
            // What else the block says stands, but under the names of the new pack.
            latest.rename(city, self.now);
            for (key, shown) in &self.items {
                latest.put_unless_known(key, || Some(shown.item.renamed(city, stepped.now)));
            }
        }
        let sweep = sweep_before(stepped.now);
        if sweep != self.swept_at {
            self.swept_at = sweep;
            for (key, shown) in &self.items {
                if has_ended(&shown.item, sweep) {
                    latest.put_unless_known(key, || None);
                }
            }
        }
        for (key, after) in latest.changes {
            self.put(block, key, after.filter(|item| !has_ended(item, sweep)));
        }
        self.position = block;
    }

    /// Replaces a thing; what it was and what it is now.
    fn set(&mut self, key: Key, item: Option<Item>) -> (Option<Arc<Shown>>, Option<Arc<Shown>>) {
        let Some(item) = item else {
            let before = self.items.remove(&key);
            if let Some(before) = &before {
                self.places.remove(&(before.cell, before.number));
            }
            return (before, None);
        };
        let (before, after) = match self.items.entry(key) {
            Entry::Occupied(mut known) => {
                let after = Shown::new(item, known.get().number);
                (Some(known.insert(after.clone())), after)
            }
            Entry::Vacant(place) => {
                self.next_number += 1;
                let after = Shown::new(item, self.next_number);
                place.insert(after.clone());
                (None, after)
            }
        };
        if let Some(before) = before.as_ref().filter(|before| before.cell != after.cell) {
            self.places.remove(&(before.cell, after.number));
        }
        self.places
            .insert((after.cell, after.number), after.clone());
        (before, Some(after))
    }

    fn put(&mut self, block: u64, key: Key, item: Option<Item>) {
        let (before, after) = self.set(key.clone(), item);
        if before.is_none() && after.is_none() {
            return;
        }
        self.ring.push_back(Noted {
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

/// What things are after a block, each once.
#[derive(Default)]
struct Latest {
    changes: Vec<(Key, Option<Item>)>,
    places: HashMap<Key, usize>,
}

impl Latest {
    fn put(&mut self, key: Key, item: Option<Item>) {
        match self.places.get(&key) {
            Some(place) => self.changes[*place].1 = item,
            None => {
                self.places.insert(key.clone(), self.changes.len());
                self.changes.push((key, item));
            }
        }
    }

    fn put_unless_known(&mut self, key: &Key, item: impl FnOnce() -> Option<Item>) {
        if !self.places.contains_key(key) {
            self.put(key.clone(), item());
        }
    }

    fn rename(&mut self, city: &City, now: Timestamp) {
        for (_, item) in &mut self.changes {
            *item = item.take().map(|item| item.renamed(city, now));
        }
    }
}

/// Whether it had ended so long before a sweep that it is no longer shown live.
fn has_ended(item: &Item, sweep: Timestamp) -> bool {
    match item {
        Item::Incident(one) => {
            let incident = &one.incident;
            shown::incident_has_ended(incident.state, incident.updated_at, sweep)
        }
        Item::Alarm(view) => shown::alarm_has_ended(view, sweep),
        Item::Unit(view) => shown::unit_has_gone(view, sweep),
        Item::Sensor(_) => false,
    }
}
