//! Which units are nearest to a place, how far they are in a straight line and how long they would take. A straight line
//! is no road, so the time is an estimate and says so. Pure.

use domain::place::Position;

use super::ground::distance_m;
use crate::order;

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Near<T> {
    pub unit: T,
    pub at: Position,
    pub distance_m: f64,
}

/// The nearest first; of equally near ones the one that came first.
pub fn nearest<T: Copy>(
    units: impl Iterator<Item = (T, Position)>,
    place: Position,
    most: usize,
) -> Vec<Near<T>> {
    let all: Vec<Near<T>> = units
        .map(|(unit, at)| Near {
            unit,
            at,
            distance_m: distance_m(place, at),
        })
        .collect();
    // Whole centimetres, so that they have an order.
    let mut all = order::by_key(&all, |near| (near.distance_m * 100.0) as u64);
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use domain::roads::Roads;
    use proptest::prelude::*;

    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position::from_degrees(longitude, latitude).expect("a position")
    }

    #[test]
    fn three_kilometres_in_a_straight_line_take_eight_minutes_and_a_half() {
        let seconds = Roads::default().seconds(3_000.0);
        assert!((seconds - 504.0).abs() < 0.1, "{seconds}");
    }

    proptest! {
        #[test]
        fn nobody_left_out_is_nearer_than_somebody_named(
            units in proptest::collection::vec((113.5..114.2f64, 22.7..23.2f64), 0..60), most in 0_usize..9,
        ) {
            let place = at(113.75, 23.02);
            let units: Vec<_> = units.iter().map(|(x, y)| at(*x, *y)).enumerate().collect();
            let near = nearest(units.iter().copied(), place, most);
            prop_assert_eq!(near.len(), most.min(units.len()));
            prop_assert!(near.windows(2).all(|pair| pair[0].distance_m <= pair[1].distance_m + 0.01));
            if let Some(last) = near.last() {
                let named: Vec<usize> = near.iter().map(|near| near.unit).collect();
                for (number, unit) in &units {
                    prop_assert!(named.contains(number) || distance_m(place, *unit) >= last.distance_m - 0.01);
                }
            }
        }
    }
}
