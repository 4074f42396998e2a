//! How large a wall must write, from the screen's width and the farthest seat. Pure.
//! PRODUCT.md: text subtends at least 16 minutes of arc, 20 to 22 preferred.

use serde::{Deserialize, Serialize};

/// Minutes of arc of figures and list text (47 mm at 8 m), and of the smallest text and map labels (38 mm at 8 m).
const TEXT_ARCMIN: f64 = 20.2;
const LABEL_ARCMIN: f64 = 16.35;
/// A Chinese character fills this much of its em; the rest is air.
const FACE: f64 = 0.92;
/// A wall that holds fewer lines, or fewer characters in a line, cannot hold its parts: then it writes smaller.
const LEAST_LINES: f64 = 30.0;
const LEAST_EMS: f64 = 42.0;
/// Map labels against the wall's text.
pub const LABEL_SHARE: f64 = LABEL_ARCMIN / TEXT_ARCMIN;

const WIDTHS_M: std::ops::RangeInclusive<f64> = 0.3..=60.0;
const DISTANCES_M: std::ops::RangeInclusive<f64> = 0.3..=80.0;

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Seat {
    pub width_m: f64,
    pub distance_m: f64,
}

impl Seat {
    pub const USUAL: Self = Self {
        width_m: 4.0,
        distance_m: 8.0,
    };

    /// What is not a length is left at what is usual.
    pub fn of(width_m: Option<f64>, distance_m: Option<f64>) -> Self {
        let held = |value: Option<f64>, range: std::ops::RangeInclusive<f64>, usual: f64| {
            value
                .filter(|value| value.is_finite())
                .map_or(usual, |value| value.clamp(*range.start(), *range.end()))
        };
        Self {
            width_m: held(width_m, WIDTHS_M, Self::USUAL.width_m),
            distance_m: held(distance_m, DISTANCES_M, Self::USUAL.distance_m),
        }
    }

    /// The em of figures and list text, in metres on the wall: its characters then have the height asked for.
    pub fn em_m(self) -> f64 {
        self.distance_m * (TEXT_ARCMIN / 60.0).to_radians() / FACE
    }

    /// The em as a share of the screen's width, in percent, before the screen's own limits.
    fn wanted_vw(self) -> f64 {
        100.0 * self.em_m() / self.width_m
    }

    /// The root's font size as CSS: known before any script runs, and right on every screen.
    pub fn root_css(self) -> String {
        format!(
            "min({:.4}vw, {:.4}vh, {:.4}vw)",
            self.wanted_vw(),
            100.0 / LEAST_LINES,
            100.0 / LEAST_EMS
        )
    }

    /// Whether a screen of this size in pixels is large enough to write as large as asked for.
    pub fn fits(self, width_px: f64, height_px: f64) -> bool {
        let wanted_px = self.wanted_vw() / 100.0 * width_px;
        // Half a percent is nothing to an eye.
        wanted_px <= 1.005 * (height_px / LEAST_LINES).min(width_px / LEAST_EMS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_at_least_47_mm_and_labels_38_mm_at_eight_metres() {
        let face_mm = Seat::USUAL.em_m() * FACE * 1000.0;
        assert!((47.0..47.5).contains(&face_mm), "{face_mm}");
        let label_mm = face_mm * LABEL_SHARE;
        assert!((38.0..38.5).contains(&label_mm), "{label_mm}");
        let px = Seat::USUAL.wanted_vw() / 100.0 * 3840.0;
        assert!((48.5..50.0).contains(&px), "{px} px on a wall of 3840");
    }

    #[test]
    fn a_farther_seat_and_a_narrower_screen_write_larger() {
        let near = Seat::of(Some(4.0), Some(4.0));
        assert!((near.em_m() * 2.0 - Seat::USUAL.em_m()).abs() < 1e-9);
        let wide = Seat::of(Some(8.0), None);
        assert!((wide.wanted_vw() * 2.0 - Seat::USUAL.wanted_vw()).abs() < 1e-9);
    }

    #[test]
    fn the_usual_walls_are_large_enough_and_one_that_is_not_says_so() {
        for (width_px, height_px, width_m) in [
            (3840.0, 2160.0, 4.0),
            (7680.0, 2160.0, 8.0),
            (2160.0, 3840.0, 4.0),
        ] {
            assert!(Seat::of(Some(width_m), None).fits(width_px, height_px));
        }
        assert!(!Seat::of(Some(1.0), Some(20.0)).fits(3840.0, 2160.0));
    }

    #[test]
    fn nonsense_is_left_at_what_is_usual() {
        assert_eq!(Seat::of(Some(f64::NAN), None), Seat::USUAL);
        assert_eq!(
            Seat::of(Some(-3.0), Some(1e9)),
            Seat {
                width_m: 0.3,
                distance_m: 80.0
            }
        );
    }
}
