//! Which incidents stand together as one sign far out. By squares of the world that are fixed for a step of the zoom, so that one
//! that moves a little changes nothing but its own sign; the first level always stands for itself. Pure.

use std::f64::consts::SQRT_2;

use domain::category::Severity;

use crate::map::projection::far_by;
use crate::order;

/// Fewer than these stand for themselves.
pub const LEAST: usize = 3;
/// Side of a square in pixels of the page when a step begins; it grows by the root of two until the next. Beside any one mark of
/// the first level a sign finds room in it.
pub const SQUARE_PX: f64 = 96.0;
/// Half of a sign's width and height.
pub const SIGN_HALF_PX: [f64; 2] = [27.0, 13.0];
/// Half of what a mark of the first level takes.
const EXTREME_HALF_PX: f64 = 13.0;
/// Of a sign to the edges of its square: signs of neighbours never touch.
const INSETS: [f64; 2] = [SIGN_HALF_PX[0] / SQUARE_PX, SIGN_HALF_PX[1] / SQUARE_PX];
const WORLD_PX: f64 = 512.0;

/// An incident that may go into a cluster.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Single {
    pub number: u32,
    /// In the world's square.
    pub at: [f64; 2],
    pub severity: Severity,
    pub open: bool,
    pub late: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Cluster {
    /// Column and row of its square.
    pub square: [u32; 2],
    /// In the world's square.
    pub at: [f64; 2],
    /// Ascending.
    pub numbers: Vec<u32>,
    pub worst: Severity,
    /// One of them is.
    pub late: bool,
    /// West, north, east, south in the world's square.
    pub edges: [f64; 4],
}

/// The step of a zoom, two to each of the basemap's, of marks so many times as large as a desk's.
pub fn step_of(zoom: f64, scale: f64) -> i32 {
    (2.0 * (zoom - far_by(scale))).floor() as i32
}

/// How strongly far-out signs show at a zoom, from 0 to 1; nearer each incident shows for itself.
pub fn strength(zoom: f64, scale: f64) -> f64 {
    const GONE_AT: f64 = 12.2;
    const FULL_BELOW: f64 = 11.4;
    ((GONE_AT - (zoom - far_by(scale))) / (GONE_AT - FULL_BELOW)).clamp(0.0, 1.0)
}

/// Squares to a side of the world.
fn squares_of(step: i32) -> f64 {
    let step = step.clamp(0, 48);
    let between = if step % 2 == 0 { 1.0 } else { SQRT_2 };
    WORLD_PX * f64::from(1_u32 << (step / 2)) * between / SQUARE_PX
}

/// Whoever is over and done with, and the first level, is in none. Where a sign would find no room beside those of the first
/// level there is none.
pub fn clusters(singles: &[Single], step: i32) -> Vec<Cluster> {
    let squares = squares_of(step);
    let square_of = |single: &Single| single.at.map(|part| (part * squares).max(0.0) as u32);
    let mut eligible: Vec<([u32; 2], u32, usize)> = Vec::new();
    let mut extremes: Vec<[f64; 2]> = Vec::new();
    for (place, single) in singles.iter().enumerate().filter(|(_, single)| single.open) {
        match single.severity {
            Severity::Extreme => extremes.push(single.at.map(|part| part * squares)),
            _ => eligible.push((square_of(single), single.number, place)),
        }
    }
    let sorted = order::by_key(&eligible, |one| one);
    let mut found = Vec::new();
    for together in sorted.chunk_by(|one, other| one.0 == other.0) {
        if together.len() < LEAST {
            continue;
        }
        let members: Vec<Single> = together
            .iter()
            .map(|(_, _, place)| singles[*place])
            .collect();
        found.extend(cluster(together[0].0, &members, squares, &extremes));
    }
    found
}

fn cluster(
    square: [u32; 2],
    members: &[Single],
    squares: f64,
    extremes: &[[f64; 2]],
) -> Option<Cluster> {
    let along = |axis: usize| members.iter().map(move |single| single.at[axis]);
    let middle = [0, 1].map(|axis| along(axis).sum::<f64>() / members.len() as f64 * squares);
    let at = room_for(square, middle, extremes)?;
    let lowest = |axis: usize| along(axis).fold(f64::MAX, f64::min);
    let highest = |axis: usize| along(axis).fold(f64::MIN, f64::max);
    let worst = members.iter().map(|single| single.severity).min();
    Some(Cluster {
        square,
        at: at.map(|part| part / squares),
        numbers: members.iter().map(|single| single.number).collect(),
        worst: worst.unwrap_or(Severity::Minor),
        late: members.iter().any(|single| single.late),
        edges: [lowest(0), lowest(1), highest(0), highest(1)],
    })
}

/// Where a sign stands, in squares: as near to the middle of its own as no mark of the first level is covered.
fn room_for(square: [u32; 2], middle: [f64; 2], extremes: &[[f64; 2]]) -> Option<[f64; 2]> {
    let room = SIGN_HALF_PX.map(|half| (half + EXTREME_HALF_PX) / SQUARE_PX);
    let near = |extreme: &&[f64; 2]| {
        [0, 1]
            .iter()
            .all(|axis| (extreme[*axis] - f64::from(square[*axis]) - 0.5).abs() < 1.5)
    };
    let extremes: Vec<[f64; 2]> = extremes.iter().filter(near).copied().collect();
    let inside = |at: [f64; 2]| {
        [0, 1].map(|axis| {
            let corner = f64::from(square[axis]);
            at[axis].clamp(corner + INSETS[axis], corner + 1.0 - INSETS[axis])
        })
    };
    let clear = |at: &[f64; 2]| {
        let touches = |extreme: &[f64; 2]| {
            [0, 1]
                .iter()
                .all(|axis| (at[*axis] - extreme[*axis]).abs() < room[*axis] - 1e-9)
        };
        !extremes.iter().any(touches)
    };
    let mut places = vec![inside(middle)];
    for [x, y] in &extremes {
        let beside = [
            [middle[0], y - room[1]],
            [middle[0], y + room[1]],
            [x - room[0], middle[1]],
            [x + room[0], middle[1]],
        ];
        places.extend(beside.map(inside));
    }
    let far = |at: &[f64; 2]| (at[0] - middle[0]).hypot(at[1] - middle[1]);
    let clear_places = places.into_iter().filter(clear);
    clear_places.min_by(|one, other| far(one).total_cmp(&far(other)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const SEVERITIES: [Severity; 4] = [
        Severity::Minor,
        Severity::Moderate,
        Severity::Severe,
        Severity::Extreme,
    ];

    fn single(number: u32, [x, y]: [f64; 2], severity: Severity) -> Single {
        Single {
            number,
            at: [x, y],
            severity,
            open: true,
            late: false,
        }
    }

    /// A crossing with five matters of different levels, all within a few metres.
    fn crossing() -> Vec<Single> {
        let of = |number: u32, severity| {
            let aside = f64::from(number) * 1e-8;
            single(number, [0.816_333 + aside, 0.434_518], severity)
        };
        vec![
            of(1, Severity::Minor),
            of(2, Severity::Extreme),
            of(3, Severity::Severe),
            of(4, Severity::Minor),
            of(5, Severity::Moderate),
        ]
    }

    #[test]
    fn a_crossing_is_one_sign_with_its_worst_and_the_first_level_beside_it() {
        let found = clusters(&crossing(), 18);
        let [one] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(one.numbers, [1, 3, 4, 5]);
        assert_eq!(one.worst, Severity::Severe);
        assert!(!one.late);
        assert!(one.edges[0] < one.edges[2] && one.edges[1] == one.edges[3]);
    }

    #[test]
    fn a_sign_is_late_as_soon_as_one_in_it_is_and_not_for_one_beside_it() {
        let late = |number: usize| {
            let mut singles = crossing();
            singles[number - 1].late = true;
            clusters(&singles, 18)[0].late
        };
        assert!(late(1) && late(5));
        assert!(!late(2), "the first level shows for itself");
    }

    #[test]
    fn two_stand_for_themselves_and_what_is_over_is_nobody_s_crowd() {
        let mut singles = crossing();
        singles.truncate(4);
        singles[0].open = false;
        assert_eq!(clusters(&singles, 18), []);
    }

    #[test]
    fn signs_fade_between_two_zooms_and_a_wall_is_farther_out_than_a_desk() {
        assert_eq!(strength(9.0, 1.0), 1.0);
        assert_eq!(strength(13.0, 1.0), 0.0);
        assert!(strength(11.8, 1.0) > 0.0 && strength(11.8, 1.0) < 1.0);
        assert_eq!(strength(12.4, 2.0), 1.0);
        assert_eq!(step_of(9.7, 1.0), 19);
        assert_eq!(step_of(10.7, 2.0), 19);
    }

    fn town() -> impl Strategy<Value = Vec<Single>> {
        let one = (0.816..0.817f64, 0.434..0.435f64, 0..4_usize, any::<bool>());
        prop::collection::vec(one, 0..60).prop_map(|all| {
            let numbered = (0_u32..).zip(all);
            numbered
                .map(|(number, (x, y, severity, open))| Single {
                    open,
                    ..single(number, [x, y], SEVERITIES[severity])
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn nobody_is_counted_twice_and_the_first_level_is_never_hidden(singles in town(), step in 10..32_i32) {
            let mut seen = BTreeSet::new();
            for cluster in clusters(&singles, step) {
                prop_assert!(cluster.numbers.len() >= LEAST);
                for number in &cluster.numbers {
                    prop_assert!(seen.insert(*number));
                    let single = singles[*number as usize];
                    prop_assert!(single.open && single.severity != Severity::Extreme && single.severity >= cluster.worst);
                    prop_assert!(cluster.edges[0] <= single.at[0] && single.at[0] <= cluster.edges[2]);
                    prop_assert!(cluster.edges[1] <= single.at[1] && single.at[1] <= cluster.edges[3]);
                }
            }
        }

        #[test]
        fn signs_never_touch(singles in town(), step in 10..32_i32) {
            let found = clusters(&singles, step);
            let pixels = squares_of(step) * SQUARE_PX;
            for (place, one) in found.iter().enumerate() {
                for other in &found[..place] {
                    let apart = [0, 1].map(|axis| ((one.at[axis] - other.at[axis]) * pixels).abs());
                    let wide = [0, 1].map(|axis| apart[axis] >= 2.0 * SIGN_HALF_PX[axis] - 1e-3);
                    prop_assert!(wide[0] || wide[1], "{apart:?}");
                }
            }
        }

        #[test]
        fn no_sign_covers_the_first_level(singles in town(), step in 10..32_i32) {
            let pixels = squares_of(step) * SQUARE_PX;
            for sign in clusters(&singles, step) {
                for extreme in singles.iter().filter(|one| one.open && one.severity == Severity::Extreme) {
                    let apart = [0, 1].map(|axis| ((sign.at[axis] - extreme.at[axis]) * pixels).abs());
                    let clear = [0, 1].map(|axis| apart[axis] >= SIGN_HALF_PX[axis] + EXTREME_HALF_PX - 1e-3);
                    prop_assert!(clear[0] || clear[1], "{apart:?}");
                }
            }
        }

        #[test]
        fn one_that_moves_a_little_changes_only_where_it_was_and_is(
            singles in town(), step in 10..32_i32, which in any::<prop::sample::Index>(), (east, south) in (-1e-6..1e-6f64, -1e-6..1e-6f64),
        ) {
            prop_assume!(!singles.is_empty());
            prop_assume!(singles[which.index(singles.len())].severity != Severity::Extreme);
            let (place, mut moved) = (which.index(singles.len()), singles.clone());
            moved[place].at = [moved[place].at[0] + east, moved[place].at[1] + south];
            let squares = squares_of(step);
            let touched = [singles[place], moved[place]].map(|one| one.at.map(|part| (part * squares) as u32));
            let far = |all: Vec<Cluster>| all.into_iter().filter(|one| !touched.contains(&one.square)).collect::<Vec<_>>();
            prop_assert_eq!(far(clusters(&singles, step)), far(clusters(&moved, step)));
            if touched[0] == touched[1] {
                for (before, after) in clusters(&singles, step).iter().zip(&clusters(&moved, step)) {
                    prop_assert_eq!(&before.numbers, &after.numbers);
                    if singles.iter().all(|one| one.severity != Severity::Extreme) {
                        prop_assert!((before.at[0] - after.at[0]).abs() <= east.abs() + 1e-12);
                    }
                }
            }
        }

        #[test]
        fn the_order_of_arrival_does_not_matter(singles in town(), step in 10..32_i32) {
            let mut backwards = singles.clone();
            backwards.reverse();
            let numbers = |all: &[Single]| clusters(all, step).into_iter().map(|one| one.numbers).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&singles), numbers(&backwards));
        }
    }
}
