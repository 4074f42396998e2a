//! An area drawn on the map, and what lies in it. Pure.

use domain::place::Position;

use crate::map::projection::mercator;

/// A closed line in the world's square. A box is one with four corners.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    corners: Vec<[f64; 2]>,
    places: Vec<Position>,
}

/// A hand draws more points than a line needs, and none is nearer to the last than this.
pub const STEP_PX: f64 = 3.0;

impl Drawn {
    /// None for what encloses nothing.
    pub fn of(places: Vec<Position>) -> Option<Self> {
        let corners: Vec<_> = places.iter().copied().map(mercator).collect();
        let [first, ..] = corners.as_slice() else {
            return None;
        };
        let wide = corners.iter().any(|corner| corner[0] != first[0]);
        let high = corners.iter().any(|corner| corner[1] != first[1]);
        (corners.len() >= 3 && wide && high).then_some(Self { corners, places })
    }

    pub fn places(&self) -> &[Position] {
        &self.places
    }

    /// By crossings: a place enclosed twice by a line that runs round it twice is outside, as maps usually have it.
    pub fn holds(&self, at: Position) -> bool {
        let [x, y] = mercator(at);
        let mut inside = false;
        let mut before = self.corners.len() - 1;
        for (index, [to_x, to_y]) in self.corners.iter().copied().enumerate() {
            let [from_x, from_y] = self.corners[before];
            if (from_y > y) != (to_y > y) {
                let crossing = from_x + (y - from_y) / (to_y - from_y) * (to_x - from_x);
                inside ^= x < crossing;
            }
            before = index;
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position::from_degrees(longitude, latitude).expect("a position")
    }

    fn square() -> Drawn {
        Drawn::of(vec![
            at(113.7, 23.0),
            at(113.8, 23.0),
            at(113.8, 23.1),
            at(113.7, 23.1),
        ])
        .expect("an area")
    }

    #[test]
    fn a_line_that_encloses_nothing_is_no_area() {
        assert!(Drawn::of(Vec::new()).is_none());
        assert!(Drawn::of(vec![at(113.7, 23.0); 5]).is_none());
        assert!(Drawn::of(vec![at(113.7, 23.0), at(113.8, 23.0), at(113.9, 23.0)]).is_none());
    }

    #[test]
    fn a_bay_in_a_lasso_is_outside() {
        let bay = Drawn::of(vec![
            at(113.0, 23.0),
            at(114.0, 23.0),
            at(114.0, 24.0),
            at(113.5, 23.2),
            at(113.0, 24.0),
        ])
        .expect("an area");
        assert!(bay.holds(at(113.2, 23.1)) && bay.holds(at(113.9, 23.3)));
        assert!(!bay.holds(at(113.5, 23.6)));
    }

    proptest! {
        #[test]
        fn a_box_holds_what_lies_between_its_edges(longitude in 113.6..113.9f64, latitude in 22.9..23.2f64) {
            let between = (113.7..113.8).contains(&longitude) && (23.0..23.1).contains(&latitude);
            let edge = [113.7, 113.8].iter().any(|edge| (longitude - edge).abs() < 2e-6)
                || [23.0, 23.1].iter().any(|edge| (latitude - edge).abs() < 2e-6);
            prop_assert!(edge || square().holds(at(longitude, latitude)) == between);
        }

        #[test]
        fn it_does_not_matter_where_the_hand_began(
            corners in proptest::collection::vec((113.0..114.0f64, 22.5..23.5f64), 3..12),
            longitude in 113.0..114.0f64, latitude in 22.5..23.5f64, turn in 0_usize..12,
        ) {
            let places: Vec<_> = corners.iter().map(|(x, y)| at(*x, *y)).collect();
            let mut turned = places.clone();
            turned.rotate_left(turn % places.len());
            if let (Some(one), Some(other)) = (Drawn::of(places), Drawn::of(turned)) {
                prop_assert_eq!(one.holds(at(longitude, latitude)), other.holds(at(longitude, latitude)));
            }
        }
    }
}
