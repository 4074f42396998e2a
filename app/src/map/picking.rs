//! Which mark a person means when pointing at the map: the nearest within a finger's reach. Pure.

use domain::ids::IncidentId;

use super::projection::on_screen;

/// A point that can be picked, in the order it is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spot {
    pub incident: IncidentId,
    pub at: [f64; 2],
}

/// Half a comfortable target (WCAG 2.5.8 asks for 24 px).
const REACH_PX: f64 = 14.0;

/// `width` and `height` in CSS pixels, as `x` and `y`. Of equals the one drawn last, which lies on top.
pub fn pick(
    spots: &[Spot],
    matrix: &[f64; 16],
    width: f64,
    height: f64,
    x: f64,
    y: f64,
) -> Option<IncidentId> {
    let mut best: Option<(f64, IncidentId)> = None;
    for spot in spots {
        let Some([at_x, at_y]) = on_screen(matrix, spot.at, width, height) else {
            continue;
        };
        let distance = (at_x - x).hypot(at_y - y);
        if distance <= REACH_PX && best.is_none_or(|(nearest, _)| distance <= nearest) {
            best = Some((distance, spot.incident));
        }
    }
    best.map(|(_, incident)| incident)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The world's square fills the screen.
    fn whole_world() -> [f64; 16] {
        let mut matrix = [0.0; 16];
        (matrix[0], matrix[5], matrix[12], matrix[13], matrix[15]) = (2.0, -2.0, -1.0, 1.0, 1.0);
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
        let spots = [spot(1, 0.5, 0.5), spot(2, 0.51, 0.5), spot(3, 0.51, 0.5)];
        let picked = |x, y| pick(&spots, &whole_world(), 1000.0, 1000.0, x, y);
        assert_eq!(picked(501.0, 500.0), Some(IncidentId::new(1, 0)));
        assert_eq!(picked(509.0, 500.0), Some(IncidentId::new(3, 0)));
        assert_eq!(picked(600.0, 500.0), None);
    }
}
