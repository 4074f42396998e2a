//! Heat as triangles: each cell a fan around its middle, the stronger the more units stand in it. Pure.

use domain::wire::heat::{HeatCell, Warmth};

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
}
