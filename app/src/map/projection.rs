//! Web Mercator as MapLibre counts it: the world is a square from 0 to 1, its origin in the north-west.
//! Pure.

use std::f64::consts::PI;

use domain::place::Position;

/// Beyond this latitude the square ends.
const MOST_LATITUDE: f64 = 85.051_128_779_806_6;
const EARTH_CIRCUMFERENCE_M: f64 = 40_075_016.686;

/// The browser's own functions: a library's would bring 10 kB of tables into the page. Nothing is decided by them.
#[cfg(target_arch = "wasm32")]
pub(super) mod angle {
    pub use js_sys::Math::{atan, cos, exp, log as ln, log10, pow, sin, tan};
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) mod angle {
    pub use libm::{atan, cos, exp, log as ln, log10, pow, sin, tan};
}

pub fn mercator(at: Position) -> [f64; 2] {
    let latitude = at
        .latitude()
        .clamp(-MOST_LATITUDE, MOST_LATITUDE)
        .to_radians();
    let x = (at.longitude() + 180.0) / 360.0;
    let y = 0.5 - angle::ln(angle::tan(PI / 4.0 + latitude / 2.0)) / (2.0 * PI);
    [x, y]
}

/// The world's square around an origin, by a series: thousands of places are asked for in one frame, and the exact way leaves
/// the page's own code three times for each.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Near {
    pub origin: [f64; 2],
    longitude: f64,
    latitude: f64,
    /// Of the difference of latitude in radians, from the first power on.
    powers: [f64; 5],
}

/// Radians of latitude from the origin within which the series is good to a few millimetres, at 60° too.
const NEAR: f64 = 0.02;

impl Near {
    pub fn to(at: Position) -> Self {
        let latitude = at.latitude().to_radians();
        let (t, sec) = (angle::tan(latitude), 1.0 / angle::cos(latitude));
        let squared = t * t;
        let derivatives = [
            1.0,
            t,
            1.0 + 2.0 * squared,
            t * (5.0 + 6.0 * squared),
            5.0 + squared * (28.0 + 24.0 * squared),
        ];
        let factorials = [1.0, 2.0, 6.0, 24.0, 120.0];
        Self {
            origin: mercator(at),
            longitude: at.longitude(),
            latitude: at.latitude(),
            powers: [0, 1, 2, 3, 4].map(|power| sec * derivatives[power] / factorials[power]),
        }
    }

    fn north(&self, at: Position) -> Option<f64> {
        let north = (at.latitude() - self.latitude).to_radians();
        (north.abs() <= NEAR).then_some(north)
    }

    /// From the origin.
    pub fn place(&self, at: Position) -> [f64; 2] {
        let Some(north) = self.north(at) else {
            let [x, y] = mercator(at);
            return [x - self.origin[0], y - self.origin[1]];
        };
        let up = self
            .powers
            .iter()
            .rev()
            .fold(0.0, |sum, power| (sum + power) * north);
        [(at.longitude() - self.longitude) / 360.0, -up / (2.0 * PI)]
    }

    /// Of the world's square, for a metre on the ground.
    pub fn per_metre(&self, at: Position) -> f64 {
        let Some(north) = self.north(at) else {
            return 1.0 / (EARTH_CIRCUMFERENCE_M * angle::cos(at.latitude().to_radians()));
        };
        let [one, two, three, four, five] = self.powers;
        let slope = one
            + north
                * (2.0 * two + north * (3.0 * three + north * (4.0 * four + north * 5.0 * five)));
        slope / EARTH_CIRCUMFERENCE_M
    }
}

/// The place at a point of the square; none outside it.
pub fn position([x, y]: [f64; 2]) -> Option<Position> {
    let latitude = 2.0 * angle::atan(angle::exp((0.5 - y) * 2.0 * PI)) - PI / 2.0;
    let inside = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
    let place = Position::from_degrees(x * 360.0 - 180.0, latitude.to_degrees());
    place.ok().filter(|_| inside)
}

/// What a box of that size in pixels shows around a place: west, south, east, north. None where that leaves the world.
pub fn bounds_of(center: Position, zoom: f64, [width, height]: [f64; 2]) -> Option<[f64; 4]> {
    let [x, y] = mercator(center);
    let world_px = 512.0 * angle::pow(2.0, zoom);
    let (wide, high) = (width / 2.0 / world_px, height / 2.0 / world_px);
    let (north_west, south_east) = (
        position([x - wide, y - high])?,
        position([x + wide, y + high])?,
    );
    let edges = [
        north_west.longitude(),
        south_east.latitude(),
        south_east.longitude(),
        north_west.latitude(),
    ];
    (width > 0.0 && height > 0.0).then_some(edges)
}

/// Metres on the ground under one CSS pixel; the world is 512 px wide at zoom 0.
pub fn metres_per_pixel(latitude: f64, zoom: f64) -> f64 {
    EARTH_CIRCUMFERENCE_M * angle::cos(latitude.to_radians()) / (512.0 * angle::pow(2.0, zoom))
}

/// By how much farther out than a desk somebody is who sees marks of this scale at the same zoom.
pub fn far_by(scale: f64) -> f64 {
    angle::ln(scale.max(0.1)) / std::f64::consts::LN_2
}

/// A 4 × 4 matrix in columns, moved so that it takes positions relative to `origin`.
/// Done in f64: in f32 a position in the world's square is only good to metres.
pub fn from_origin(matrix: &[f64; 16], origin: [f64; 2]) -> [f32; 16] {
    let mut moved = *matrix;
    for row in 0..4 {
        moved[12 + row] += matrix[row] * origin[0] + matrix[4 + row] * origin[1];
    }
    moved.map(|value| value as f32)
}

/// Of the world's square, for a pixel of a screen so wide, near its middle.
pub fn square_per_pixel(matrix: &[f64; 16], width: f64) -> f64 {
    let across = matrix[0] / matrix[15];
    2.0 / (across * width).abs()
}

/// Where a point of the world's square stands on a screen of that size; none behind the camera.
pub fn on_screen(matrix: &[f64; 16], at: [f64; 2], width: f64, height: f64) -> Option<[f64; 2]> {
    let row = |row: usize| matrix[row] * at[0] + matrix[4 + row] * at[1] + matrix[12 + row];
    let w = row(3);
    if w <= 0.0 {
        return None;
    }
    Some([
        (row(0) / w + 1.0) / 2.0 * width,
        (1.0 - row(1) / w) / 2.0 * height,
    ])
}

/// Where a point of a screen of that size lies in the world's square; none if the ground is not seen there. Undoes `on_screen`.
pub fn under(matrix: &[f64; 16], [x, y]: [f64; 2], width: f64, height: f64) -> Option<[f64; 2]> {
    // Of the ground the third column says nothing, of its depth the third row.
    let m = |row: usize, column: usize| matrix[[0, 4, 12][column] + [0, 1, 3][row]];
    let (right, up) = (x / width * 2.0 - 1.0, 1.0 - y / height * 2.0);
    let [a, b] = [0, 1].map(|column| m(0, column) - right * m(2, column));
    let [c, d] = [0, 1].map(|column| m(1, column) - up * m(2, column));
    let (e, f) = (right * m(2, 2) - m(0, 2), up * m(2, 2) - m(1, 2));
    let turn = a * d - b * c;
    (turn != 0.0).then(|| [(e * d - b * f) / turn, (a * f - e * c) / turn])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position::from_degrees(longitude, latitude).expect("a position")
    }

    #[test]
    fn the_square_has_its_corners_where_maplibre_has_them() {
        assert_eq!(mercator(at(0.0, 0.0)), [0.5, 0.5]);
        let [x, y] = mercator(at(180.0, MOST_LATITUDE));
        assert!((x - 1.0).abs() < 1e-12 && y.abs() < 1e-9, "{x} {y}");
        // (1 − ln(tan φ + sec φ) / π) / 2, counted by hand in f64.
        let [x, y] = mercator(at(113.88, 22.935));
        assert!((x - 0.816_333_333).abs() < 1e-9, "{x}");
        assert!((y - 0.434_518_808).abs() < 1e-9, "{y}");
    }

    #[test]
    fn near_the_origin_the_series_is_as_good_as_the_exact_way() {
        const MILLIMETRE: f64 = 1e-3 / EARTH_CIRCUMFERENCE_M;
        for latitude in [-45.0, 0.0, 23.0, 60.0] {
            let near = Near::to(at(113.75, latitude));
            for step in -30..=30 {
                let place = at(
                    113.75 + f64::from(step) * 0.05,
                    latitude + f64::from(step) * 0.06,
                );
                let [x, y] = near.place(place);
                let [exact_x, exact_y] = mercator(place);
                assert!((x - (exact_x - near.origin[0])).abs() < MILLIMETRE);
                assert!(
                    (y - (exact_y - near.origin[1])).abs() < 5.0 * MILLIMETRE,
                    "{latitude} {step}"
                );
                let exact =
                    1.0 / (EARTH_CIRCUMFERENCE_M * angle::cos(place.latitude().to_radians()));
                assert!(
                    (near.per_metre(place) / exact - 1.0).abs() < 1e-6,
                    "{latitude} {step}"
                );
            }
        }
    }

    #[test]
    fn what_a_box_shows_is_as_wide_as_its_pixels() {
        let bounds = bounds_of(at(113.75, 23.02), 12.0, [800.0, 600.0]).expect("on the globe");
        let wide = (bounds[2] - bounds[0]) / 360.0 * 512.0 * 4096.0;
        assert!((wide - 800.0).abs() < 0.1, "{wide}");
        let high = (mercator(at(113.75, bounds[1]))[1] - mercator(at(113.75, bounds[3]))[1])
            * 512.0
            * 4096.0;
        assert!((high - 600.0).abs() < 0.1, "{high}");
        assert_eq!(bounds_of(at(113.75, 23.02), 0.0, [800.0, 600.0]), None);
        assert_eq!(bounds_of(at(113.75, 23.02), 12.0, [0.0, 600.0]), None);
    }

    #[test]
    fn what_is_under_a_point_is_shown_there() {
        let mut matrix = [0.0; 16];
        for (index, value) in [
            (0, 2.0),
            (1, 0.1),
            (3, 0.2),
            (4, -0.3),
            (5, -3.0),
            (7, 0.1),
            (12, -1.0),
            (13, 0.5),
            (15, 1.0),
        ] {
            matrix[index] = value;
        }
        let [x, y] = under(&matrix, [30.0, 70.0], 100.0, 200.0).expect("on the ground");
        let back = on_screen(&matrix, [x, y], 100.0, 200.0).expect("in front");
        assert!(
            (back[0] - 30.0).abs() < 1e-9 && (back[1] - 70.0).abs() < 1e-9,
            "{back:?}"
        );
    }

    #[test]
    fn a_pixel_of_zoom_ten_at_dongguan_is_about_seventy_metres() {
        let metres = metres_per_pixel(23.0, 10.0);
        assert!((metres - 70.4).abs() < 0.5, "{metres}");
    }

    #[test]
    fn positions_relative_to_the_origin_land_where_absolute_ones_do() {
        let mut matrix = [0.0; 16];
        for (index, value) in [
            2.0, 0.1, 0.0, 0.0, -0.3, -3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.5, 0.0, 1.0,
        ]
        .into_iter()
        .enumerate()
        {
            matrix[index] = value;
        }
        let origin = [0.8, 0.4];
        let moved = from_origin(&matrix, origin);
        let absolute = on_screen(&matrix, [0.81, 0.43], 100.0, 100.0).expect("in front");
        let relative =
            on_screen(&moved.map(f64::from), [0.01, 0.03], 100.0, 100.0).expect("in front");
        assert!(
            (absolute[0] - relative[0]).abs() < 1e-3 && (absolute[1] - relative[1]).abs() < 1e-3
        );
    }
}
