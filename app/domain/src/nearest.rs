//! Who is nearest: what moves, by cells of about 450 m, asked ring by ring outwards. The answer does not depend on the order in
//! which things came; between two equally near ones the lesser name comes first.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use hashbrown::HashTable;
use slab::Slab;

use crate::place::Position;

/// Millionths of a degree.
const CELL_E6: i32 = 4_096;
/// Metres in a millionth of a degree of latitude, a little less than it is: what was not looked at is never thought nearer.
const LEAST_M_AN_E6: f64 = 0.11;
const RADIUS_M: f64 = 6_371_008.8;
/// Nearer to a pole or to the other side of the date line cells are no measure.
const HIGHEST_LATITUDE: f64 = 80.0;
const MOST_LONGITUDE: f64 = 175.0;

/// Things by where they are: each in a row of the list, found by its name or by its cell. Tables are only asked, never gone
/// through, and their hash is the same on every machine.
#[derive(Clone, Debug)]
pub struct Nearest<K> {
    things: Slab<Thing<K>>,
    /// Rows by name.
    names: HashTable<u32>,
    cells: HashTable<Cell>,
}

impl<K> Default for Nearest<K> {
    fn default() -> Self {
        Self {
            things: Slab::new(),
            names: HashTable::new(),
            cells: HashTable::new(),
        }
    }
}

#[derive(Clone, Debug)]
struct Thing<K> {
    key: K,
    at: Position,
    /// Which it is in its cell.
    place: u32,
}

#[derive(Clone, Debug)]
struct Cell {
    at: (i32, i32),
    here: Vec<Placed>,
}

#[derive(Clone, Copy, Debug)]
struct Placed {
    /// On a ball of radius one: the chord between two such points grows with the way between them.
    on_ball: [f64; 3],
    row: u32,
}

/// One that was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found<K> {
    pub key: K,
    pub position: Position,
    /// Along the great circle.
    pub distance_m: f64,
}

impl<K: Ord + Hash + Clone> Nearest<K> {
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn row_of(&self, key: &K) -> Option<u32> {
        let same = |row: &u32| self.things[*row as usize].key == *key;
        self.names.find(hash_of(key), same).copied()
    }

    /// Puts a thing where it is now.
    pub fn put(&mut self, key: &K, at: Position) {
        let Some(row) = self.row_of(key) else {
            return self.enter(key, at);
        };
        let one = &mut self.things[row as usize];
        let (before, place) = (std::mem::replace(&mut one.at, at), one.place);
        let placed = Placed {
            on_ball: on_ball(at),
            row,
        };
        if cell(before) != cell(at) {
            self.leave(before, place);
            self.arrive(at, placed);
        } else if let Some(here) = self.here_mut(cell(at)) {
            here[place as usize] = placed;
        }
    }

    pub fn remove(&mut self, key: &K) {
        let Some(row) = self.row_of(key) else {
            return;
        };
        if let Ok(found) = self.names.find_entry(hash_of(key), |other| *other == row) {
            found.remove();
        }
        let one = self.things.remove(row as usize);
        self.leave(one.at, one.place);
    }

    /// A thing that was not there.
    fn enter(&mut self, key: &K, at: Position) {
        let new = Thing {
            key: key.clone(),
            at,
            place: 0,
        };
        let Self { things, names, .. } = self;
        let row = things.insert(new) as u32;
        let hash_of_row = |row: &u32| hash_of(&things[*row as usize].key);
        names.insert_unique(hash_of(key), row, hash_of_row);
        let on_ball = on_ball(at);
        self.arrive(at, Placed { on_ball, row });
    }

    fn here_mut(&mut self, at: (i32, i32)) -> Option<&mut Vec<Placed>> {
        let found = self.cells.find_mut(hash_of_cell(at), |one| one.at == at)?;
        Some(&mut found.here)
    }

    fn arrive(&mut self, at: Position, placed: Placed) {
        let at = cell(at);
        let entry = self.cells.entry(
            hash_of_cell(at),
            |one| one.at == at,
            |one| hash_of_cell(one.at),
        );
        let new = || Cell {
            at,
            here: Vec::new(),
        };
        let mut found = entry.or_insert_with(new);
        let here = &mut found.get_mut().here;
        here.push(placed);
        let place = here.len() as u32 - 1;
        self.things[placed.row as usize].place = place;
    }

    /// Takes whoever is at a place out of the cell of a position; the last one there takes its place.
    fn leave(&mut self, before: Position, place: u32) {
        let at = cell(before);
        let Ok(mut found) = self.cells.find_entry(hash_of_cell(at), |one| one.at == at) else {
            return;
        };
        let here = &mut found.get_mut().here;
        here.swap_remove(place as usize);
        let moved = here.get(place as usize).map(|one| one.row);
        if here.is_empty() {
            found.remove();
        }
        if let Some(row) = moved {
            self.things[row as usize].place = place;
        }
    }

    /// The nearest `most`, nearest first.
    pub fn to(&self, from: Position, most: usize) -> Vec<Found<K>> {
        let mut best = Best {
            things: &self.things,
            from: on_ball(from),
            most: most.min(self.len()),
            found: Vec::new(),
        };
        if best.most == 0 {
            return Vec::new();
        }
        let odd =
            from.latitude().abs() > HIGHEST_LATITUDE || from.longitude().abs() > MOST_LONGITUDE;
        if odd || !self.ring_by_ring(from, &mut best) {
            best.found.clear();
            for (row, one) in &self.things {
                best.look(&Placed {
                    on_ball: on_ball(one.at),
                    row: row as u32,
                });
            }
        }
        let found = best.found.into_iter();
        found
            .map(|(chord, row)| {
                let one = &self.things[row as usize];
                Found {
                    key: one.key.clone(),
                    position: one.at,
                    distance_m: along_the_circle_m(chord),
                }
            })
            .collect()
    }

    /// False where so many empty rings lie around that looking at all is less.
    fn ring_by_ring(&self, from: Position, best: &mut Best<'_, K>) -> bool {
        let (column, row) = cell(from);
        let mut looked = 0;
        for ring in 0.. {
            looked += (8 * ring).max(1) as usize;
            if looked > self.cells.len().max(64) {
                return false;
            }
            for at in ring_around(column, row, ring) {
                let here = self.cells.find(hash_of_cell(at), |one| one.at == at);
                for placed in here.map(|one| &one.here).into_iter().flatten() {
                    best.look(placed);
                }
            }
            if best.is_done(seen_m(from, ring)) {
                return true;
            }
        }
        false
    }
}

/// What was found so far, nearest first.
struct Best<'a, K> {
    things: &'a Slab<Thing<K>>,
    from: [f64; 3],
    most: usize,
    /// The square of the chord, and whose it is.
    found: Vec<(f64, u32)>,
}

impl<K: Ord> Best<'_, K> {
    fn look(&mut self, placed: &Placed) {
        let apart = [0, 1, 2].map(|axis| self.from[axis] - placed.on_ball[axis]);
        let chord = apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2];
        let full = self.found.len() == self.most;
        if full && self.found.last().is_some_and(|(last, _)| *last < chord) {
            return;
        }
        let key = |row: u32| &self.things[row as usize].key;
        let nearer = |(other, row): &(f64, u32)| match other.total_cmp(&chord) {
            Ordering::Equal => key(*row) < key(placed.row),
            order => order == Ordering::Less,
        };
        if full && self.found.last().is_some_and(nearer) {
            return;
        }
        if full {
            self.found.pop();
        }
        let place = self.found.partition_point(nearer);
        self.found.insert(place, (chord, placed.row));
    }

    /// Whether nothing outside of a circle of this radius can be nearer than what was found.
    fn is_done(&self, radius_m: f64) -> bool {
        let full = self.found.len() == self.most;
        let reached = radius_m / RADIUS_M;
        full && self
            .found
            .last()
            .is_some_and(|(chord, _)| *chord <= reached * reached)
    }
}

fn hash_of(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// Neighbours are far from each other.
fn hash_of_cell((column, row): (i32, i32)) -> u64 {
    let both = u64::from(column.cast_unsigned()) << 32 | u64::from(row.cast_unsigned());
    let mixed = both.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// The way that belongs to the square of a chord of the ball.
fn along_the_circle_m(chord: f64) -> f64 {
    2.0 * RADIUS_M * libm::asin((chord.sqrt() / 2.0).min(1.0))
}

fn cell(at: Position) -> (i32, i32) {
    (
        at.lon_e6().div_euclid(CELL_E6),
        at.lat_e6().div_euclid(CELL_E6),
    )
}

fn on_ball(at: Position) -> [f64; 3] {
    let (lon, lat) = (at.longitude().to_radians(), at.latitude().to_radians());
    let level = libm::cos(lat);
    [
        level * libm::cos(lon),
        level * libm::sin(lon),
        libm::sin(lat),
    ]
}

/// The cells that are so many steps away.
fn ring_around(column: i32, row: i32, ring: i32) -> impl Iterator<Item = (i32, i32)> {
    let sides = if ring == 0 { 0..=0 } else { -ring..=ring };
    sides.flat_map(move |across| {
        let edge = across.abs() == ring;
        let step = if edge { 1 } else { (2 * ring).max(1) };
        (-ring..=ring)
            .step_by(step as usize)
            .map(move |up| (column + across, row + up))
    })
}

/// How far from a position all has been looked at, when the rings up to this one have: to the nearest edge of what was.
fn seen_m(from: Position, ring: i32) -> f64 {
    let to_edges = |e6: i32| {
        let into = e6.rem_euclid(CELL_E6);
        f64::from(ring * CELL_E6 + into.min(CELL_E6 - into))
    };
    let north_south = to_edges(from.lat_e6());
    // Meridians come together: as near as they are where it is farthest from the equator.
    let farthest = (from.latitude().abs() + north_south / 1e6 + 0.01).min(89.0);
    let east_west = to_edges(from.lon_e6()) * libm::cos(farthest.to_radians());
    north_south.min(east_west) * LEAST_M_AN_E6
}
