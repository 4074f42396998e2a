//! Who is nearest: what moves, by cells of about 450 m, asked ring by ring outwards. The answer does not depend on the order in
//! which things came; between two equally near ones the lesser name comes first.

use std::collections::BTreeMap;

use crate::place::Position;

/// Millionths of a degree.
const CELL_E6: i32 = 4_096;
/// Metres in a millionth of a degree of latitude, a little less than it is: what was not looked at is never thought nearer.
const LEAST_M_AN_E6: f64 = 0.11;
/// Nearer to a pole or to the other side of the date line cells are no measure.
const HIGHEST_LATITUDE: f64 = 80.0;
const MOST_LONGITUDE: f64 = 175.0;

/// Things by where they are.
#[derive(Clone, Debug)]
pub struct Nearest<K> {
    cells: BTreeMap<(i32, i32), Vec<Placed<K>>>,
    places: BTreeMap<K, Position>,
}

impl<K> Default for Nearest<K> {
    fn default() -> Self {
        Self {
            cells: BTreeMap::new(),
            places: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Debug)]
struct Placed<K> {
    key: K,
    at: Position,
    /// On a ball of radius one: the chord between two such points grows with the way between them.
    on_ball: [f64; 3],
}

/// One that was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Found<K> {
    pub key: K,
    pub position: Position,
    /// Along the great circle.
    pub distance_m: f64,
}

impl<K: Ord + Clone> Nearest<K> {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Puts a thing where it is now.
    pub fn put(&mut self, key: &K, at: Position) {
        let before = match self.places.get_mut(key) {
            Some(place) => Some(std::mem::replace(place, at)),
            None => {
                self.places.insert(key.clone(), at);
                None
            }
        };
        let placed = |key: K| Placed {
            key,
            at,
            on_ball: on_ball(at),
        };
        match before {
            Some(before) if cell(before) == cell(at) => {
                let here = self.cells.get_mut(&cell(at)).into_iter().flatten();
                for one in here.filter(|one| one.key == *key) {
                    *one = placed(key.clone());
                }
                return;
            }
            Some(before) => self.leave(key, before),
            None => {}
        }
        self.cells
            .entry(cell(at))
            .or_default()
            .push(placed(key.clone()));
    }

    pub fn remove(&mut self, key: &K) {
        if let Some(before) = self.places.remove(key) {
            self.leave(key, before);
        }
    }

    fn leave(&mut self, key: &K, before: Position) {
        let Some(there) = self.cells.get_mut(&cell(before)) else {
            return;
        };
        if let Some(index) = there.iter().position(|one| one.key == *key) {
            there.swap_remove(index);
        }
        if there.is_empty() {
            self.cells.remove(&cell(before));
        }
    }

    /// The nearest `most`, nearest first.
    pub fn to(&self, from: Position, most: usize) -> Vec<Found<K>> {
        let mut best = Best {
            from: on_ball(from),
            most: most.min(self.places.len()),
            found: Vec::new(),
        };
        if best.most == 0 {
            return Vec::new();
        }
        let odd =
            from.latitude().abs() > HIGHEST_LATITUDE || from.longitude().abs() > MOST_LONGITUDE;
        if odd || !self.ring_by_ring(from, &mut best) {
            best.found.clear();
            for placed in self.cells.values().flatten() {
                best.look(placed);
            }
        }
        let found = best.found.into_iter();
        found
            .map(|(_, one)| Found {
                key: one.key.clone(),
                position: one.at,
                distance_m: one.at.distance_m(from),
            })
            .collect()
    }

    /// False where so many empty rings lie around that looking at all is less.
    fn ring_by_ring<'a>(&'a self, from: Position, best: &mut Best<'a, K>) -> bool {
        let (column, row) = cell(from);
        let mut looked = 0;
        for ring in 0.. {
            looked += (8 * ring).max(1) as usize;
            if looked > self.cells.len().max(64) {
                return false;
            }
            for at in ring_around(column, row, ring) {
                for placed in self.cells.get(&at).into_iter().flatten() {
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
    from: [f64; 3],
    most: usize,
    found: Vec<(f64, &'a Placed<K>)>,
}

impl<'a, K: Ord> Best<'a, K> {
    fn look(&mut self, placed: &'a Placed<K>) {
        let apart = [0, 1, 2].map(|axis| self.from[axis] - placed.on_ball[axis]);
        let chord = apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2];
        let nearer = |(other, one): &(f64, &Placed<K>)| (*other, &one.key) < (chord, &placed.key);
        let full = self.found.len() == self.most;
        if full && self.found.last().is_some_and(nearer) {
            return;
        }
        if full {
            self.found.pop();
        }
        let place = self.found.partition_point(nearer);
        self.found.insert(place, (chord, placed));
    }

    /// Whether nothing outside of a circle of this radius can be nearer than what was found.
    fn is_done(&self, radius_m: f64) -> bool {
        const RADIUS_M: f64 = 6_371_008.8;
        let full = self.found.len() == self.most;
        let reached = radius_m / RADIUS_M;
        full && self
            .found
            .last()
            .is_some_and(|(chord, _)| *chord <= reached * reached)
    }
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
