//! Everything that is on the shared picture, each thing under a small number of its place in a table: a name is looked up once
//! for each change, everything else goes by the place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use domain::interest::{Cell, Run};
use domain::wire::Layer;
use slab::Slab;

use super::item::{Item, Key};

/// Most records are no longer.
const USUAL_BYTES: usize = 128;

/// Where a thing lies in the table. Another's only after nobody can ask for the first any more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place(u32);

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
            let mut bytes = Vec::with_capacity(USUAL_BYTES);
            self.item.put_whole(&mut bytes, self.number);
            bytes.into_boxed_slice()
        })
    }

    /// What a viewer reads of that record.
    #[cfg(test)]
    pub fn told(&self) -> domain::wire::record::Whole {
        use domain::wire::record::{Record, Records};
        match Records::of(self.record()).next() {
            Some(Record::Whole(_, whole)) => whole,
            other => panic!("it is told as {other:?}"),
        }
    }
}

#[derive(Default)]
pub struct Things {
    places: HashMap<Key, Place>,
    table: Slab<Thing>,
    /// Those on the picture by where they are.
    cells: BTreeSet<(Cell, Place)>,
    /// Those on the picture by what they are.
    layers: BTreeMap<Layer, BTreeSet<Place>>,
    last_number: u32,
}

struct Thing {
    key: Key,
    /// None when it is no longer on the picture but somebody may still ask what it was.
    shown: Option<Arc<Shown>>,
    /// Which note of the ring spoke of it last.
    noted: Option<u64>,
}

impl Things {
    pub fn place_of(&self, key: &Key) -> Option<Place> {
        self.places.get(key).copied()
    }

    /// The place of a thing, given to it if it has none yet.
    pub fn placed(&mut self, key: Key) -> Place {
        let Self { places, table, .. } = self;
        *places.entry(key).or_insert_with_key(|key| {
            let thing = Thing {
                key: key.clone(),
                shown: None,
                noted: None,
            };
            Place(table.insert(thing) as u32)
        })
    }

    pub fn key(&self, place: Place) -> &Key {
        &self.table[place.0 as usize].key
    }

    pub fn shown(&self, place: Place) -> Option<&Arc<Shown>> {
        self.table[place.0 as usize].shown.as_ref()
    }

    pub fn get(&self, key: &Key) -> Option<&Arc<Shown>> {
        self.shown(self.place_of(key)?)
    }

    /// Those that have a place, shown or not.
    #[cfg(test)]
    pub fn known(&self) -> usize {
        self.places.len()
    }

    /// All that are on the picture.
    pub fn all(&self) -> impl Iterator<Item = (Place, &Key, &Arc<Shown>)> {
        let things = self.table.iter();
        things.filter_map(|(place, thing)| {
            let shown = thing.shown.as_ref()?;
            Some((Place(place as u32), &thing.key, shown))
        })
    }

    /// Those of one layer, in no order that means anything; nothing else is looked at.
    pub fn on(&self, layer: Layer) -> impl Iterator<Item = &Arc<Shown>> {
        let places = self.layers.get(&layer).into_iter().flatten();
        places.filter_map(|place| self.shown(*place))
    }

    /// What is in a run of cells, in their order.
    pub fn within(&self, run: Run) -> impl Iterator<Item = &Arc<Shown>> {
        let first = Place(0);
        let bounds = (Cell::first_of(run), first)..(Cell::behind(run), first);
        let places = self.cells.range(bounds);
        places.filter_map(|(_, place)| self.shown(*place))
    }

    /// Shows a thing in another way, or no longer; what it was before.
    pub fn show(&mut self, place: Place, item: Option<Item>) -> Option<Arc<Shown>> {
        let thing = &mut self.table[place.0 as usize];
        let before = thing.shown.take();
        thing.shown = item.map(|item| {
            let number = before.as_ref().map_or_else(
                || {
                    self.last_number += 1;
                    self.last_number
                },
                |before| before.number,
            );
            Shown::new(item, number)
        });
        let was = before.as_ref().map(|shown| shown.cell);
        let is = thing.shown.as_ref().map(|shown| shown.cell);
        if was != is {
            if let Some(cell) = was {
                self.cells.remove(&(cell, place));
            }
            if let Some(cell) = is {
                self.cells.insert((cell, place));
            }
        }
        if was.is_some() != is.is_some() {
            let layer = self.layers.entry(thing.key.layer()).or_default();
            if is.is_some() {
                layer.insert(place);
            } else {
                layer.remove(&place);
            }
        }
        before
    }

    /// Which note spoke of it last.
    pub fn noted(&self, place: Place) -> Option<u64> {
        self.table[place.0 as usize].noted
    }

    pub fn note(&mut self, place: Place, note: u64) {
        self.table[place.0 as usize].noted = Some(note);
    }

    /// A note that spoke of it has left the ring. Whoever is not on the picture after the last of them is forgotten.
    pub fn note_left(&mut self, place: Place, note: u64) {
        let thing = &self.table[place.0 as usize];
        if thing.noted == Some(note) && thing.shown.is_none() {
            self.places.remove(&self.table.remove(place.0 as usize).key);
        }
    }
}
