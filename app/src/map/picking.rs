//! Which mark a person means when pointing at the map: the nearest within a finger's reach. Marks lie sorted by the cell they
//! stand in, so that only those around the finger are looked at, however many there are. Pure.

use std::cell::Cell;

use domain::ids::IncidentId;
use domain::place::Position;
use domain::wire::IncidentView;

use super::projection::{mercator, on_screen, under};
use crate::order;

/// A point that can be picked, in the order it is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    pub incident: IncidentId,
    pub at: [f64; 2],
}

/// Those with a place, in the order in which they lie on each other.
pub fn spots_of<'a>(views: impl Iterator<Item = &'a IncidentView>) -> Vec<Spot> {
    let placed: Vec<(&IncidentView, Position)> = views
        .filter_map(|view| Some((view, view.position?)))
        .collect();
    let placed = order::by_key(&placed, |(view, _)| {
        (view.state.is_open(), std::cmp::Reverse(view.severity))
    });
    let spot = |(view, position): (&IncidentView, Position)| Spot {
        incident: view.id,
        at: mercator(position),
    };
    placed.into_iter().map(spot).collect()
}

/// Half a comfortable target (WCAG 2.5.8 asks for 24 px).
const REACH_PX: f64 = 14.0;
/// The world's square is 2^26 of the smallest cells wide: 0.6 m.
const DEEPEST: u32 = 26;

/// Marks that can be picked.
#[derive(Default, Debug)]
pub struct Spots {
    /// By cell; then as they are drawn.
    sorted: Vec<(u64, usize, Spot)>,
    looked_at: Cell<usize>,
}

impl Spots {
    /// In the order they are drawn.
    pub fn new(drawn: &[Spot]) -> Self {
        let cells: Vec<(u64, usize, Spot)> = drawn
            .iter()
            .enumerate()
            .map(|(place, spot)| (cell(spot.at, DEEPEST), place, *spot))
            .collect();
        Self {
            sorted: order::by_key(&cells, |(cell, place, _)| (cell, place)),
            looked_at: Cell::new(0),
        }
    }

    /// How many marks the last question looked at.
    pub fn looked_at(&self) -> usize {
        self.looked_at.get()
    }

    /// Those of a cell and of all cells within it, which lie side by side.
    fn within(&self, number: u64, level: u32) -> &[(u64, usize, Spot)] {
        let shift = 2 * (DEEPEST - level);
        let (first, end) = (number << shift, (number + 1) << shift);
        let from = self.sorted.partition_point(|(cell, _, _)| *cell < first);
        let to = self.sorted.partition_point(|(cell, _, _)| *cell < end);
        &self.sorted[from..to]
    }
}

/// The number of a cell of 4^level: bits of column and row by turns, so that what a larger cell holds is one run of numbers.
fn cell(at: [f64; 2], level: u32) -> u64 {
    let wide = (1_u64 << level) as f64;
    let [column, row] = at.map(|part| (part * wide).clamp(0.0, wide - 1.0) as u64);
    let mut number = 0;
    for bit in 0..level {
        number |= ((column >> bit) & 1) << (2 * bit) | ((row >> bit) & 1) << (2 * bit + 1);
    }
    number
}

/// `width` and `height` in CSS pixels, as `x` and `y`. Of equals the one drawn last, which lies on top.
pub fn pick(
    spots: &Spots,
    matrix: &[f64; 16],
    width: f64,
    height: f64,
    x: f64,
    y: f64,
) -> Option<IncidentId> {
    spots.looked_at.set(0);
    let corner = |right: f64, down: f64| {
        under(
            matrix,
            [x + right * REACH_PX, y + down * REACH_PX],
            width,
            height,
        )
    };
    let corners = [
        corner(-1.0, -1.0)?,
        corner(1.0, -1.0)?,
        corner(-1.0, 1.0)?,
        corner(1.0, 1.0)?,
    ];
    let side = |axis: usize| {
        let parts = corners.map(|corner| corner[axis]);
        parts.iter().copied().fold(f64::MIN, f64::max)
            - parts.iter().copied().fold(f64::MAX, f64::min)
    };
    let level = level_of(side(0).max(side(1)));
    // A reach no wider than a cell touches at most four of them, and has a corner in each.
    let mut cells: Vec<u64> = corners.iter().map(|corner| cell(*corner, level)).collect();
    cells = order::by_key(&cells, |cell| cell);
    cells.dedup();

    let mut best: Option<(f64, usize, IncidentId)> = None;
    for number in cells {
        for (_, place, spot) in spots.within(number, level) {
            spots.looked_at.set(spots.looked_at.get() + 1);
            let Some([at_x, at_y]) = on_screen(matrix, spot.at, width, height) else {
                continue;
            };
            let distance = (at_x - x).hypot(at_y - y);
            let nearer = best.is_none_or(|(nearest, above, _)| {
                distance < nearest || (distance == nearest && *place > above)
            });
            if distance <= REACH_PX && nearer {
                best = Some((distance, *place, spot.incident));
            }
        }
    }
    best.map(|(_, _, incident)| incident)
}

/// The smallest cells that are still as wide as `side`, of the world's square.
fn level_of(side: f64) -> u32 {
    let mut level = 0;
    while level < DEEPEST && side * ((2_u64 << level) as f64) <= 1.0 {
        level += 1;
    }
    level
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The screen shows `part` of the world's square, from `corner` on.
    fn matrix(corner: [f64; 2], part: f64) -> [f64; 16] {
        let mut matrix = [0.0; 16];
        (matrix[0], matrix[5], matrix[15]) = (2.0 / part, -2.0 / part, 1.0);
        (matrix[12], matrix[13]) = (-1.0 - 2.0 * corner[0] / part, 1.0 + 2.0 * corner[1] / part);
        matrix
    }

    fn spot(number: u64, x: f64, y: f64) -> Spot {
        Spot {
            incident: IncidentId::new(number, 0),
            at: [x, y],
        }
    }

    #[test]
    fn the_nearest_within_reach_is_meant_and_of_equals_the_upper() {
        let spots = Spots::new(&[spot(1, 0.5, 0.5), spot(2, 0.51, 0.5), spot(3, 0.51, 0.5)]);
        let whole_world = matrix([0.0, 0.0], 1.0);
        let picked = |x, y| pick(&spots, &whole_world, 1000.0, 1000.0, x, y);
        assert_eq!(picked(501.0, 500.0), Some(IncidentId::new(1, 0)));
        assert_eq!(picked(509.0, 500.0), Some(IncidentId::new(3, 0)));
        assert_eq!(picked(600.0, 500.0), None);
    }

    /// A city of fifty thousand, a thousandth of the world wide, that fills the screen: a finger covers 28 of 1,000 pixels in each
    /// direction, its four cells at most four times that.
    #[test]
    fn of_fifty_thousand_only_those_around_the_finger_are_looked_at() {
        let mut seed = 7_u32;
        let mut chance = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 8) / f64::from(1 << 24)
        };
        let corner = [0.816, 0.434];
        let all: Vec<Spot> = (0..50_000)
            .map(|number| {
                spot(
                    number,
                    corner[0] + chance() * 1e-3,
                    corner[1] + chance() * 1e-3,
                )
            })
            .collect();
        let (spots, city) = (Spots::new(&all), matrix(corner, 1e-3));
        let mut most = 0;
        for _ in 0..500 {
            let (x, y) = (chance() * 1000.0, chance() * 1000.0);
            let found = pick(&spots, &city, 1000.0, 1000.0, x, y);
            most = most.max(spots.looked_at());
            assert_eq!(found, looking_at_all(&all, &city, x, y));
        }
        assert!(most > 0 && most < 1_000, "{most} of 50,000");
    }

    fn looking_at_all(all: &[Spot], matrix: &[f64; 16], x: f64, y: f64) -> Option<IncidentId> {
        let mut best: Option<(f64, IncidentId)> = None;
        for spot in all {
            let [at_x, at_y] = on_screen(matrix, spot.at, 1000.0, 1000.0).expect("in front");
            let distance = (at_x - x).hypot(at_y - y);
            if distance <= REACH_PX && best.is_none_or(|(nearest, _)| distance <= nearest) {
                best = Some((distance, spot.incident));
            }
        }
        best.map(|(_, incident)| incident)
    }

    proptest! {
        #[test]
        fn whoever_looks_at_all_of_them_means_the_same(
            places in proptest::collection::vec((0.4..0.6f64, 0.4..0.6f64), 0..80),
            (x, y) in (0.0..1000.0f64, 0.0..1000.0f64), zoom in 0..12_i32, (east, south) in (0.4..0.6f64, 0.4..0.6f64),
        ) {
            let all: Vec<Spot> = (0_u64..).zip(&places).map(|(number, (x, y))| spot(number, *x, *y)).collect();
            let part = 0.5_f64.powi(zoom);
            let matrix = matrix([east - part / 2.0, south - part / 2.0], part);
            prop_assert_eq!(pick(&Spots::new(&all), &matrix, 1000.0, 1000.0, x, y), looking_at_all(&all, &matrix, x, y));
        }
    }
}
