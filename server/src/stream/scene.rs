//! The shared picture of views and the ring of what changed lately. A function of the Picture alone: a restarted server shows
//! the same.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::change::{Change, Stepped};
use domain::city::City;
use domain::picture::Picture;
use domain::shown::{self, sweep_before};
use domain::time::Timestamp;
use domain::unit::Unit;
use domain::view;

use super::item::{Item, Key, ShownUnit};
use super::things::{Place, Shown, Things};

/// Changes the ring holds, about 15 MB: at 5,000 changes a second, 13 seconds of absence. One fewer than a power of two, for one
/// more is in it for a moment, and its room grows by doubling.
pub const RING: usize = (1 << 16) - 1;

/// What viewers read.
pub struct Scene {
    pub position: u64,
    /// The time of the latest block.
    now: Timestamp,
    /// None: it is never later than that.
    clock: Option<fn() -> Timestamp>,
    pub city: Option<Arc<City>>,
    pub things: Things,
    ring: VecDeque<Noted>,
    /// Notes that have left the ring: the number of the first that is in it.
    notes_left: u64,
    /// The ring tells everything that changed after this position.
    ring_from: u64,
    ring_limit: usize,
    swept_at: Timestamp,
}

/// One thing that changed in one block.
pub struct Noted {
    pub block: u64,
    place: Place,
    /// The note before this one that speaks of the same thing; it may have left the ring.
    previous: Option<u64>,
    before: Option<Arc<Shown>>,
    after: Option<Arc<Shown>>,
}

/// What one thing was at first, and what it is at last.
pub struct History<'a> {
    pub place: Place,
    pub before: Option<&'a Shown>,
    pub last: Option<&'a Shown>,
    /// Of an incident, every state since: each is told.
    pub states: Vec<Option<&'a Shown>>,
}

impl Scene {
    pub fn of(picture: &Picture, ring_limit: usize) -> Self {
        let mut scene = Self {
            position: picture.block.0,
            now: picture.now,
            clock: None,
            city: picture.city.clone(),
            things: Things::default(),
            ring: VecDeque::new(),
            notes_left: 0,
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
            let item = Item::Unit(ShownUnit::of(&city, unit));
            scene.begin_with(Key::Unit(unit.id.clone()), item);
        }
        for sensor in picture.sensors.values() {
            let item = Item::Sensor(Arc::new(view::sensor(&city, sensor)));
            scene.begin_with(Key::Sensor(sensor.id.clone()), item);
        }
        scene
    }

    /// Goes by a clock: where nothing happens, the latest block is long ago.
    pub fn go_by(&mut self, clock: fn() -> Timestamp) {
        self.clock = Some(clock);
    }

    /// What time it is for whoever looks.
    pub fn now(&self) -> Timestamp {
        self.clock.map_or(self.now, |clock| clock().max(self.now))
    }

    fn begin_with(&mut self, key: Key, item: Item) {
        if !has_ended(&item, self.swept_at) {
            let place = self.things.placed(key);
            self.things.show(place, Some(item));
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
    pub fn histories_since(&self, position: u64) -> Option<Vec<History<'_>>> {
        let entries = self.since(position)?;
        let first = self.notes_left + (self.ring.len() - entries.len()) as u64;
        let mut histories: Vec<History<'_>> = Vec::with_capacity(entries.len());
        // Which history a note belongs to, so that the next of the same thing finds it without its name.
        let mut belongs: Vec<usize> = Vec::with_capacity(entries.len());
        for entry in entries {
            let previous = entry.previous.and_then(|note| note.checked_sub(first));
            let known = previous.map(|note| belongs[note as usize]);
            let which = known.unwrap_or(histories.len());
            belongs.push(which);
            if known.is_none() {
                histories.push(History {
                    place: entry.place,
                    before: entry.before.as_deref(),
                    last: None,
                    states: Vec::new(),
                });
            }
            let history = &mut histories[which];
            history.last = entry.after.as_deref();
            let either = entry.after.as_ref().or(entry.before.as_ref());
            if either.is_some_and(|shown| matches!(shown.item, Item::Incident(_))) {
                history.states.push(entry.after.as_deref());
            }
        }
        Some(histories)
    }

    pub fn take(&mut self, stepped: &Stepped) {
        self.now = stepped.now;
        self.position = stepped.block.0;
        let sweep = sweep_before(stepped.now);
        let sweeps = sweep != self.swept_at;
        self.swept_at = sweep;
        let mut renames = false;
        for change in &stepped.changes {
            if let Change::City(city) = change {
                self.city = Some(city.clone());
                renames = true;
            }
            self.take_change(change);
        }
        if let (true, Some(city)) = (renames, self.city.clone()) {
            // What else the block says stands, but under the names of the new pack.
            let now = self.now;
            self.put_all(|item| Some(Some(item.renamed(&city, now))));
        }
        if sweeps {
            self.put_all(|item| has_ended(item, sweep).then_some(None));
        }
    }

    fn take_change(&mut self, change: &Change) {
        let Some(city) = &self.city else {
            return;
        };
        match change {
            Change::Incident(incident) => {
                let item = Item::of_incident(city, incident, self.now);
                self.put(Key::Incident(incident.id), item);
            }
            Change::Alarm(alarm) => {
                let item = Item::Alarm(Arc::new(view::alarm(alarm)));
                self.put(Key::Alarm(alarm.id), item);
            }
            Change::Unit(unit) => self.take_unit(&city.clone(), unit),
            Change::UnitGone(id) => {
                if let Some(place) = self.things.place_of(&Key::Unit(id.clone())) {
                    self.put_at(place, None);
                }
            }
            Change::Sensor(sensor) => {
                let item = Item::Sensor(Arc::new(view::sensor(city, sensor)));
                self.put(Key::Sensor(sensor.id.clone()), item);
            }
            Change::City(_)
            | Change::Evidence(_)
            | Change::Timeline(_)
            | Change::Reading(_)
            | Change::Account(_)
            | Change::Key(_)
            | Change::Answered(_)
            | Change::AlarmAnswered(_)
            | Change::SharedViews(_)
            | Change::Attached(_)
            | Change::NotAttached(_)
            | Change::Notice(_)
            | Change::Roster(_)
            | Change::Handover(_)
            | Change::Endpoint(_) => {}
        }
    }

    /// Most changes are moves: of those nothing is made anew but where the unit is.
    fn take_unit(&mut self, city: &City, unit: &Unit) {
        let place = self.things.placed(Key::Unit(unit.id.clone()));
        let known = self.things.shown(place);
        let moved = known.and_then(|shown| match &shown.item {
            Item::Unit(known) => known.moved(unit),
            _ => None,
        });
        let item = moved.unwrap_or_else(|| ShownUnit::of(city, unit));
        self.put_at(place, Some(Item::Unit(item)));
    }

    /// Puts what an item is to become for everything of which there is something to say.
    fn put_all(&mut self, becomes: impl Fn(&Item) -> Option<Option<Item>>) {
        let all = self.things.all();
        let others: Vec<(Place, Option<Item>)> = all
            .filter_map(|(place, _, shown)| Some((place, becomes(&shown.item)?)))
            .collect();
        for (place, item) in others {
            self.put_at(place, item);
        }
    }

    fn put(&mut self, key: Key, item: Item) {
        let place = self.things.placed(key);
        self.put_at(place, Some(item));
    }

    /// Replaces a thing and notes it. Several changes of one thing in one block are one change.
    fn put_at(&mut self, place: Place, item: Option<Item>) {
        let item = item.filter(|item| !has_ended(item, self.swept_at));
        let before = self.things.show(place, item);
        let after = self.things.shown(place).cloned();
        let previous = self.things.noted(place);
        let of_this_block = previous
            .and_then(|note| {
                self.ring
                    .get_mut(note.checked_sub(self.notes_left)? as usize)
            })
            .filter(|noted| noted.block == self.position);
        if let Some(noted) = of_this_block {
            noted.after = after;
            return;
        }
        self.things
            .note(place, self.notes_left + self.ring.len() as u64);
        self.ring.push_back(Noted {
            block: self.position,
            place,
            previous,
            before,
            after,
        });
        while self.ring.len() > self.ring_limit {
            if let Some(oldest) = self.ring.pop_front() {
                self.ring_from = oldest.block;
                self.things.note_left(oldest.place, self.notes_left);
                self.notes_left += 1;
            }
        }
    }
}

/// Whether it had ended so long before a sweep that it is no longer shown live.
fn has_ended(item: &Item, sweep: Timestamp) -> bool {
    match item {
        Item::Incident(one) => {
            let incident = &one.incident;
            let appealed = incident.appeal.is_asked();
            shown::incident_has_ended(incident.state, appealed, incident.updated_at, sweep)
        }
        Item::Alarm(view) => shown::alarm_has_ended(view, sweep),
        Item::Unit(unit) => shown::unit_has_gone(unit.whereabouts.heard_at, sweep),
        Item::Sensor(_) => false,
    }
}
