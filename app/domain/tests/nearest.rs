//! The nearest units are those that looking at all of them finds, wherever they drive.

use std::collections::BTreeMap;

use domain::nearest::Nearest;
use domain::place::Position;
use proptest::prelude::*;

fn at(lon: f64, lat: f64) -> Position {
    Position::from_degrees(lon, lat).expect("a place of the test")
}

/// The distances of the nearest, by looking at all.
fn by_looking(units: &BTreeMap<u32, Position>, from: Position, most: usize) -> Vec<f64> {
    let mut all: Vec<f64> = units.values().map(|place| place.distance_m(from)).collect();
    all.sort_by(f64::total_cmp);
    all.truncate(most);
    all
}

fn somewhere() -> impl Strategy<Value = Position> {
    prop_oneof![
        // A city, a country, the world.
        6 => (113.5..114.3_f64, 22.6..23.2_f64),
        2 => (100.0..120.0_f64, 20.0..40.0_f64),
        1 => (-180.0..180.0_f64, -90.0..90.0_f64),
    ]
    .prop_map(|(lon, lat)| at(lon, lat))
}

proptest! {
    #[test]
    fn the_nearest_are_those_that_looking_at_all_finds(
        moves in prop::collection::vec((0_u32..300, somewhere(), 0_u8..10), 0..600),
        asked in prop::collection::vec((somewhere(), 0_usize..20), 1..20),
    ) {
        let (mut nearest, mut plain) = (Nearest::default(), BTreeMap::new());
        for (unit, place, what) in moves {
            if what == 0 {
                nearest.remove(&unit);
                plain.remove(&unit);
            } else {
                nearest.put(&unit, place);
                plain.insert(unit, place);
            }
        }
        prop_assert_eq!(nearest.len(), plain.len());
        for (from, most) in asked {
            let found = nearest.to(from, most);
            let distances: Vec<f64> = found.iter().map(|one| one.distance_m).collect();
            let expected = by_looking(&plain, from, most);
            prop_assert_eq!(distances.len(), expected.len());
            for (one, other) in distances.iter().zip(&expected) {
                // Half a metre at the other end of the world, where chords hardly grow.
                prop_assert!((one - other).abs() <= 0.001 + other * 1e-7, "{} is not {}", one, other);
            }
            for one in &found {
                prop_assert_eq!(plain.get(&one.key), Some(&one.position));
            }
        }
    }
}

#[test]
fn of_equally_near_ones_the_lesser_name_comes_first_whoever_came_first() {
    let here = at(113.75, 23.02);
    for order in [[3, 1, 2], [1, 2, 3], [2, 3, 1]] {
        let mut nearest = Nearest::default();
        for unit in order {
            nearest.put(&unit, here);
        }
        let found: Vec<i32> = nearest.to(here, 2).into_iter().map(|one| one.key).collect();
        assert_eq!(found, [1, 2]);
    }
    assert!(
        Nearest::<u8>::default().to(here, 3).is_empty(),
        "nobody is there"
    );
}
