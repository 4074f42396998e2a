//! Where things are, cast as a net over the globe: finds those within a distance without looking at all of them.
//! Knows places alone; what a thing is and says is read from the Picture.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use domain::ids::ThingId;
use domain::place::Position;

/// How high and wide a mesh is: some 2 km, a few streets.
const MESH_E6: i64 = 20_000;
/// Metres in a degree of latitude (mean sphere, as in `Position::distance_m`; rounded down, so that nothing is missed).
const DEGREE_M: f64 = 111_194.0;
const HALF_CIRCLE_E6: i64 = 180_000_000;
/// Wider than this, with a mesh to spare on either side, the whole circle is meant.
const WIDEST_E6: i64 = HALF_CIRCLE_E6 - 2 * MESH_E6;

#[derive(Default)]
pub struct Net {
    places: BTreeMap<ThingId, Position>,
    /// Row and column of a mesh → what is in it.
    meshes: BTreeMap<(i64, i64), BTreeSet<ThingId>>,
}

impl Net {
    /// Puts a thing where it is, taking it from where it was.
    pub fn put(&mut self, thing: &ThingId, position: Position) {
        let before = self.places.get(thing).copied();
        if before == Some(position) {
            return;
        }
        if let Some(before) = before.map(mesh_of)
            && let Some(things) = self.meshes.get_mut(&before)
        {
            things.remove(thing);
            if things.is_empty() {
                self.meshes.remove(&before);
            }
        }
        self.places.insert(thing.clone(), position);
        let things = self.meshes.entry(mesh_of(position)).or_default();
        things.insert(thing.clone());
    }

    /// Everything within a distance, and how far it is: the nearest first, and of two as near the first by its id.
    pub fn within(&self, here: Position, radius_m: f64) -> Vec<(f64, &ThingId)> {
        let near = self.perhaps_within(here, radius_m).into_iter();
        let mut found: Vec<(f64, &ThingId)> = near
            .filter_map(|thing| Some((here.distance_m(*self.places.get(thing)?), thing)))
            .filter(|(distance_m, _)| *distance_m <= radius_m)
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        found
    }

    fn perhaps_within(&self, here: Position, radius_m: f64) -> Vec<&ThingId> {
        let reach_e6 = (radius_m / DEGREE_M * 1e6) as i64 + 2;
        let latitude = i64::from(here.lat_e6());
        let rows = row(latitude - reach_e6)..=row(latitude + reach_e6);
        // More rows than things: they are sooner gone through one by one.
        if rows.end() - rows.start() >= self.places.len() as i64 {
            return self.places.keys().collect();
        }
        let columns = columns(here, reach_e6);
        let mut found = Vec::new();
        for row in rows {
            for columns in &columns {
                let (from, to) = ((row, *columns.start()), (row, *columns.end()));
                found.extend(self.meshes.range(from..=to).flat_map(|(_, things)| things));
            }
        }
        found
    }
}

fn mesh_of(position: Position) -> (i64, i64) {
    let (latitude, longitude) = (position.lat_e6(), position.lon_e6());
    (row(latitude.into()), column(longitude.into()))
}

fn row(latitude_e6: i64) -> i64 {
    latitude_e6.div_euclid(MESH_E6)
}

fn column(longitude_e6: i64) -> i64 {
    longitude_e6.div_euclid(MESH_E6)
}

/// The columns in which something within reach can lie, each once; what crosses the date line goes on behind it.
fn columns(here: Position, reach_e6: i64) -> Vec<RangeInclusive<i64>> {
    let whole = column(-HALF_CIRCLE_E6)..=column(HALF_CIRCLE_E6);
    let Some(width_e6) = width_e6(here, reach_e6) else {
        return vec![whole];
    };
    let longitude = i64::from(here.lon_e6());
    let (west, east) = (longitude - width_e6, longitude + width_e6);
    let mut found = vec![column(west)..=column(east)];
    if west <= -HALF_CIRCLE_E6 {
        found.push(column(west + 2 * HALF_CIRCLE_E6)..=*whole.end());
    }
    if east >= HALF_CIRCLE_E6 {
        found.push(*whole.start()..=column(east - 2 * HALF_CIRCLE_E6));
    }
    found
}

/// How far apart in longitude two places within reach can be: by the haversine, sin(Δλ/2) ≤ sin(reach/2) / cos φ with φ
/// of the farther one from the equator. None: anywhere on the circle, as near a pole.
fn width_e6(here: Position, reach_e6: i64) -> Option<i64> {
    let farthest_e6 = i64::from(here.lat_e6()).abs() + reach_e6;
    if farthest_e6 >= 90_000_000 {
        return None;
    }
    let half_reach = (reach_e6 as f64 / 1e6).to_radians() / 2.0;
    let half_width = libm::sin(half_reach) / libm::cos((farthest_e6 as f64 / 1e6).to_radians());
    if half_width >= 1.0 {
        return None;
    }
    let width_e6 = ((2.0 * libm::asin(half_width)).to_degrees() * 1e6) as i64 + 2;
    (width_e6 <= WIDEST_E6).then_some(width_e6)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn somewhere() -> impl Strategy<Value = Position> {
        let town = (113_700_000..113_900_000, 22_900_000..23_100_000);
        let date_line = (
            prop_oneof![179_800_000..=180_000_000, -180_000_000..-179_800_000],
            -200_000..200_000,
        );
        let pole = (-180_000_000..=180_000_000, 89_500_000..=90_000_000);
        let anywhere = (-180_000_000..=180_000_000, -90_000_000..=90_000_000);
        prop_oneof![6 => town, 3 => date_line, 2 => pole, 1 => anywhere]
            .prop_map(|(lon, lat)| Position::from_e6(lon, lat).expect("on the globe"))
    }

    fn some_metres() -> impl Strategy<Value = f64> {
        let far = 1_000_000.0..30_000_000.0;
        prop_oneof![6 => 0.0..20_000.0, 2 => 0.0..200_000.0, 1 => far].prop_map(f64::round)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Exactly what is within the distance, in its order, however things have moved before.
        #[test]
        fn what_is_near_is_found(
            moves in vec((0..60_u32, somewhere()), 0..200),
            here in somewhere(),
            radius_m in some_metres(),
        ) {
            let mut net = Net::default();
            let mut places = BTreeMap::new();
            for (thing, position) in moves {
                let thing = ThingId::new(&format!("air-{thing}")).expect("a plain id");
                net.put(&thing, position);
                places.insert(thing, position);
            }
            let mut expected: Vec<(f64, &ThingId)> = places
                .iter()
                .map(|(thing, there)| (here.distance_m(*there), thing))
                .filter(|(distance_m, _)| *distance_m <= radius_m)
                .collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0));
            prop_assert_eq!(net.within(here, radius_m), expected);
            let held: usize = net.meshes.values().map(BTreeSet::len).sum();
            prop_assert_eq!(held, places.len());
        }
    }
}
