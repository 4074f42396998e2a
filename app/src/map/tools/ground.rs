//! Lengths and areas on the ellipsoid of WGS-84 (CGCS2000 has the same to a tenth of a millimetre). Pure.

use domain::place::Position;

use crate::map::projection::angle;

const AXIS_M: f64 = 6_378_137.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_14;

/// The radii of curvature at a latitude, metres: along the meridian, and across it.
fn radii(latitude_rad: f64) -> (f64, f64) {
    let sine = angle::sin(latitude_rad);
    let bend = 1.0 - ECCENTRICITY_SQUARED * sine * sine;
    let across = AXIS_M / bend.sqrt();
    (across * (1.0 - ECCENTRICITY_SQUARED) / bend, across)
}

/// Metres along the ground, not over hills. By the middle latitude: better than 0.1 ‰ up to 200 km, which is more than a city.
pub fn distance_m(from: Position, to: Position) -> f64 {
    let middle = ((from.latitude() + to.latitude()) / 2.0).to_radians();
    let (along, across) = radii(middle);
    let north = (to.latitude() - from.latitude()).to_radians() * along;
    let east = (to.longitude() - from.longitude()).to_radians() * across * angle::cos(middle);
    north.hypot(east)
}

pub fn length_m(line: &[Position]) -> f64 {
    line.windows(2)
        .map(|pair| distance_m(pair[0], pair[1]))
        .sum()
}

/// Square metres within a line that is closed from its last point to its first; nothing below three points. Exact on the
/// sphere with the ellipsoid's curvature at the middle of the area: better than 1 ‰ for a city. A line that crosses itself
/// counts its parts against each other.
pub fn area_m2(line: &[Position]) -> f64 {
    if line.len() < 3 {
        return 0.0;
    }
    let middle = line.iter().map(|at| at.latitude()).sum::<f64>() / line.len() as f64;
    let (along, across) = radii(middle.to_radians());
    let mut twice = 0.0;
    for (index, from) in line.iter().enumerate() {
        let to = line[(index + 1) % line.len()];
        let wide = (to.longitude() - from.longitude()).to_radians();
        let sines =
            [from.latitude(), to.latitude()].map(|degrees| angle::sin(degrees.to_radians()));
        twice += wide * (sines[0] + sines[1]);
    }
    (twice / 2.0).abs() * along * across
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position::from_degrees(longitude, latitude).expect("a position")
    }

    /// Counted with GeographicLib on the same ellipsoid.
    #[test]
    fn lengths_are_those_of_the_ellipsoid() {
        for (from, to, metres) in [
            (at(113.75, 23.02), at(113.67, 22.81), 24_661.605),
            (at(113.75, 23.0), at(113.76, 23.0), 1_025.225),
            (at(113.0, 23.0), at(114.5, 23.5), 163_180.257),
        ] {
            let found = distance_m(from, to);
            assert!(
                (found - metres).abs() / metres < 1e-4,
                "{found} for {metres}"
            );
        }
    }

    /// Edges along meridians and parallels, by GeographicLib.
    const KNOWN_AREA: f64 = 454_150_037.0;

    #[test]
    fn areas_are_those_of_the_ellipsoid() {
        let town = [
            at(113.7, 22.9),
            at(113.9, 22.9),
            at(113.9, 23.1),
            at(113.7, 23.1),
        ];
        let found = area_m2(&town);
        assert!((found - KNOWN_AREA).abs() / KNOWN_AREA < 1e-3, "{found}");
        assert_eq!(area_m2(&town[..2]), 0.0);
    }

    fn places() -> impl Strategy<Value = Position> {
        (113.5..114.3f64, 22.6..23.2f64).prop_map(|(longitude, latitude)| at(longitude, latitude))
    }

    proptest! {
        #[test]
        fn there_is_as_far_as_back_and_never_longer_than_a_detour(a in places(), b in places(), c in places()) {
            prop_assert!((distance_m(a, b) - distance_m(b, a)).abs() < 1e-6);
            prop_assert!(distance_m(a, b) <= (distance_m(a, c) + distance_m(c, b)) * 1.0002 + 1e-6);
            prop_assert!((area_m2(&[a, b, c]) - area_m2(&[c, b, a])).abs() < 1e-3);
        }
    }
}
