//! Where a place stands in the map's box, and which place stands under a point of it. The desk's map is never turned or
//! tilted, so centre and zoom say it all. Pure.

use domain::place::Position;

use crate::map::camera::Camera;
use crate::map::projection::{mercator, position};

/// The side of the world's square at zoom 0, in CSS pixels.
const WORLD_PX: f64 = 512.0;

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Frame {
    /// In the world's square.
    center: [f64; 2],
    /// Pixels to one side of the world's square.
    world_px: f64,
    pub width: f64,
    pub height: f64,
}

impl Frame {
    /// None for a camera that looks at no place.
    pub fn of(camera: &Camera, [width, height]: [f64; 2]) -> Option<Self> {
        let center = Position::from_degrees(camera.longitude, camera.latitude).ok()?;
        Some(Self {
            center: mercator(center),
            world_px: WORLD_PX * crate::map::projection::angle::pow(2.0, camera.zoom),
            width,
            height,
        })
    }

    pub fn on_screen(&self, at: Position) -> [f64; 2] {
        self.at_square(mercator(at))
    }

    /// Where a point of the world's square stands.
    pub fn at_square(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            (x - self.center[0]) * self.world_px + self.width / 2.0,
            (y - self.center[1]) * self.world_px + self.height / 2.0,
        ]
    }

    pub fn shows(&self, [x, y]: [f64; 2]) -> bool {
        (0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y)
    }

    /// None beyond the edges of the world.
    pub fn under(&self, [x, y]: [f64; 2]) -> Option<Position> {
        position([
            self.center[0] + (x - self.width / 2.0) / self.world_px,
            self.center[1] + (y - self.height / 2.0) / self.world_px,
        ])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(zoom: f64) -> Frame {
        let camera = Camera {
            longitude: 113.75,
            latitude: 23.02,
            zoom,
            view: [113.0, 22.0, 114.0, 24.0],
        };
        Frame::of(&camera, [800.0, 600.0]).expect("a frame")
    }

    #[test]
    fn the_middle_of_the_box_is_where_the_camera_looks() {
        let here = Position::from_degrees(113.75, 23.02).expect("a position");
        let [x, y] = frame(12.0).on_screen(here);
        assert!((x - 400.0).abs() < 1e-6 && (y - 300.0).abs() < 1e-6);
        assert!(frame(12.0).shows([x, y]) && !frame(12.0).shows([-1.0, 5.0]));
        assert!(frame(1.0).under([400.0, -9_000.0]).is_none());
    }

    proptest! {
        #[test]
        fn what_stands_under_a_point_stands_at_that_point(
            x in 0.0..800.0f64, y in 0.0..600.0f64, zoom in 8.0..18.0f64,
        ) {
            let frame = frame(zoom);
            let at = frame.under([x, y]).expect("on the globe");
            let [back_x, back_y] = frame.on_screen(at);
            // Positions are whole millionths of a degree, about 0.1 m.
            let most_px = 1.2e-6 / 360.0 * frame.world_px;
            prop_assert!((back_x - x).abs() <= most_px && (back_y - y).abs() <= most_px, "{x} {y} → {back_x} {back_y}");
        }
    }
}
