//! Heat as triangles: each cell a fan around its middle, the stronger the more units stand in it. Pure.

use domain::wire::heat::{Heat, HeatCell, Warmth};

use crate::map::projection::{Near, far_by, mercator};

/// From how many units on a cell looks how strong. The same numbers everywhere, so that a colour means the same tomorrow.
pub const STEPS: [(u32, f32); 5] = [(1, 0.1), (3, 0.18), (10, 0.28), (30, 0.4), (100, 0.55)];
/// Numbers of a corner: its place from the layer's origin, 1 in the middle of the cell and 0 at its edge, and its strength.
pub const CORNER: usize = 4;
/// Between neighbours the ground is seen, so that a cell can be counted as one.
const OF_CELL: f64 = 0.95;

pub fn strength_of(count: u32) -> f32 {
    let reached = STEPS.iter().rev().find(|(from, _)| count >= *from);
    reached.map_or(0.0, |(_, strength)| *strength)
}

pub fn triangles(warmth: &Warmth, near: &Near) -> Vec<f32> {
    let mut corners = Vec::with_capacity(warmth.cells.len() * 18 * CORNER);
    for cell in &warmth.cells {
        put_cell(&mut corners, cell, near);
    }
    corners
}

fn put_cell(out: &mut Vec<f32>, cell: &HeatCell, near: &Near) {
    let strength = strength_of(cell.count);
    let from_origin = |at: &_| {
        let [x, y] = mercator(*at);
        [x - near.origin[0], y - near.origin[1]]
    };
    let outline: Vec<[f64; 2]> = cell.outline().iter().flatten().map(from_origin).collect();
    let count = outline.len() as f64;
    let middle = [0, 1].map(|axis| outline.iter().map(|at| at[axis]).sum::<f64>() / count);
    let drawn =
        |at: [f64; 2]| [0, 1].map(|axis| middle[axis] + (at[axis] - middle[axis]) * OF_CELL);
    let mut put = |[x, y]: [f64; 2], inward: f32| {
        out.extend([x as f32, y as f32, inward, strength]);
    };
    for (place, corner) in outline.iter().enumerate() {
        let next = outline[(place + 1) % outline.len()];
        put(middle, 1.0);
        put(drawn(*corner), 0.0);
        put(drawn(next), 0.0);
    }
}

/// Brings what is known up to what was told since, in its bytes. Where some of that is missing or does not fit, nothing is known
/// until it is told anew.
pub fn take(known: Option<Warmth>, told: Option<Vec<Vec<u8>>>) -> Option<Warmth> {
    told?.iter().fold(known, |known, told| {
        let heat = Heat::read(told)?;
        let mut warmth = if heat.anew { Warmth::default() } else { known? };
        warmth.take(heat).then_some(warmth)
    })
}

/// Without a line, and so long without a word, nobody knows how many stand where.
const GOES_MS: i64 = 30_000;

/// Of a quiet city nothing is said, and what was told last still holds.
pub fn holds(is_live: bool, heard_ago_ms: Option<i64>) -> bool {
    heard_ago_ms.is_some_and(|ago| is_live || ago < GOES_MS)
}

/// How strongly it shows at a zoom, from 0 to 1; nearer, every unit shows for itself.
pub fn share(zoom: f64, scale: f64) -> f64 {
    const GONE_AT: f64 = 12.5;
    const FULL_BELOW: f64 = 11.0;
    let far = zoom - far_by(scale);
    ((GONE_AT - far) / (GONE_AT - FULL_BELOW)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use domain::place::Position;

    use super::*;

    fn at(east: f64, north: f64) -> Position {
        let middle = Position::from_degrees(113.75, 23.02).expect("a position");
        middle.offset_m(east, north)
    }

    #[test]
    fn a_cell_is_a_fan_around_its_middle_and_stays_within_its_outline() {
        let outline = vec![at(0.0, 500.0), at(430.0, -250.0), at(-430.0, -250.0)];
        let mut warmth = Warmth::default();
        warmth.cells.push(HeatCell::whole(7, 12, &outline));
        let near = Near::to(at(0.0, 0.0));
        let drawn = triangles(&warmth, &near);
        assert_eq!(drawn.len(), 3 * 3 * CORNER);
        for corner in drawn.chunks(CORNER) {
            let metres = f64::from(corner[0].hypot(corner[1])) / near.per_metre(at(0.0, 0.0));
            assert!(metres < 500.0 * OF_CELL + 1.0, "{metres}");
            assert_eq!(corner[3], 0.28);
        }
        assert!(
            drawn[..2].iter().all(|part| part.abs() < 1e-7),
            "the middle"
        );
    }

    #[test]
    fn more_is_stronger_and_nothing_shows_where_nobody_is() {
        assert_eq!(strength_of(0), 0.0);
        for pair in [0, 1, 2, 3, 9, 10, 30, 99, 100, 5_000].windows(2) {
            assert!(strength_of(pair[0]) <= strength_of(pair[1]));
        }
        assert_eq!(strength_of(u32::MAX), STEPS[4].1);
    }

    #[test]
    fn it_fades_while_one_comes_nearer() {
        assert_eq!((share(9.0, 1.0), share(13.0, 1.0)), (1.0, 0.0));
        let between = share(11.75, 1.0);
        assert!(between > 0.4 && between < 0.6);
        assert_eq!(share(12.0, 2.0), 1.0);
    }

    fn told(anew: bool, cells: Vec<HeatCell>) -> Vec<u8> {
        let now = domain::time::Timestamp::from_millis(0);
        let frame = domain::wire::live::heat(&Heat { anew, now, cells });
        let Ok(domain::wire::live::Frame::Heat(told)) = domain::wire::live::Frame::read(&frame)
        else {
            panic!("heat");
        };
        told.to_vec()
    }

    #[test]
    fn counts_that_are_missing_are_not_made_up_from_later_ones() {
        let outline = vec![at(0.0, 500.0), at(430.0, -250.0), at(-430.0, -250.0)];
        let whole = |cell, count| HeatCell::whole(cell, count, &outline);
        let anew = || told(true, vec![whole(7, 12)]);
        let later = || told(false, vec![whole(8, 3)]);
        let counts = |known: Option<Warmth>| known.map(|known| known.cells.len());
        assert_eq!(counts(take(None, Some(vec![anew(), later()]))), Some(2));
        assert_eq!(
            counts(take(None, Some(vec![later()]))),
            None,
            "never told anew"
        );
        let known = take(None, Some(vec![anew()]));
        assert_eq!(
            counts(take(known.clone(), Some(Vec::new()))),
            Some(1),
            "no news"
        );
        assert_eq!(counts(take(known.clone(), None)), None, "some are missing");
        let unknown = told(false, vec![HeatCell::whole(9, 1, &[])]);
        let known = take(known, Some(vec![unknown, later()]));
        assert_eq!(counts(known.clone()), None, "of a cell nobody described");
        assert_eq!(counts(take(known, Some(vec![anew()]))), Some(1));
    }

    #[test]
    fn a_quiet_city_keeps_its_heat_and_a_lost_line_does_not() {
        assert!(holds(true, Some(600_000)), "nobody moved for ten minutes");
        assert!(holds(false, Some(29_999)));
        assert!(!holds(false, Some(30_000)));
        assert!(!holds(true, None), "nothing was told yet");
    }
}
