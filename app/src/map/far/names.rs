//! Names of places stay readable where units stand and heat lies: both are seen faintly behind a name. Pure.

use domain::place::Position;

use super::heat::CORNER;
use crate::map::projection::Near;

/// So much less is seen of what lies behind a name: no unit is gone from the map for it.
pub const FADED: f32 = 0.8;
/// Numbers of a name: longitude, latitude, then how far its left, top, right and bottom edges lie from there in halves of the
/// canvas (`followNames` of frontend/modules/far_out.js).
const NAME: usize = 6;

/// Two triangles for each name.
pub fn triangles(names: &[f64], near: &Near) -> Vec<f32> {
    let mut corners = Vec::with_capacity(names.len() / NAME * 6 * CORNER);
    for name in names.as_chunks::<NAME>().0 {
        let [longitude, latitude, left, top, right, bottom] = *name;
        let Ok(at) = Position::from_degrees(longitude, latitude) else {
            continue;
        };
        let [x, y] = near.place(at);
        for (across, down) in [
            (left, top),
            (right, top),
            (left, bottom),
            (left, bottom),
            (right, top),
            (right, bottom),
        ] {
            corners.extend([x, y, across, down].map(|part| part as f32));
        }
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_box_around_its_place() {
        let at = Position::from_degrees(113.75, 23.02).expect("a position");
        let named = [113.75, 23.02, -0.1, 0.05, 0.1, -0.05];
        let corners = triangles(&named, &Near::to(at));
        assert_eq!(corners.len(), 6 * CORNER);
        let (corners, _) = corners.as_chunks::<CORNER>();
        for [x, y, across, down] in corners {
            assert!(x.abs() < 1e-7 && y.abs() < 1e-7, "all hang on its place");
            assert_eq!((across.abs(), down.abs()), (0.1, 0.05));
        }
        let area: f32 = corners
            .chunks(3)
            .map(|corner| {
                let [a, b, c] = [corner[0], corner[1], corner[2]];
                ((b[2] - a[2]) * (c[3] - a[3]) - (c[2] - a[2]) * (b[3] - a[3])).abs() / 2.0
            })
            .sum();
        assert!(
            (area - 0.02).abs() < 1e-6,
            "all of it, and nothing twice: {area}"
        );
    }

    #[test]
    fn half_a_name_and_one_beyond_the_world_are_left_out() {
        let near = Near::to(Position::from_degrees(113.75, 23.02).expect("a position"));
        let beyond = [400.0, 23.02, -0.1, 0.05, 0.1, -0.05];
        assert!(triangles(&[&beyond[..], &[113.75, 23.02, 0.1]].concat(), &near).is_empty());
    }
}
