//! Where the map looks. Plain numbers from MapLibre, and what follows from them.

use domain::place::Bounds;

use super::projection::{angle, metres_per_pixel};

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Camera {
    pub longitude: f64,
    pub latitude: f64,
    pub zoom: f64,
    /// West, south, east, north.
    pub view: [f64; 4],
}

impl Camera {
    /// In the order of `camera` in basemap.js.
    pub fn from_numbers(numbers: &[f64]) -> Option<Self> {
        let [longitude, latitude, zoom, west, south, east, north] = numbers.try_into().ok()?;
        Some(Self {
            longitude,
            latitude,
            zoom,
            view: [west, south, east, north],
        })
    }

    /// The view with a margin, so that small moves find their things already there; within the globe.
    pub fn bbox(&self) -> [f64; 4] {
        const MARGIN: f64 = 0.15;
        let [west, south, east, north] = self.view;
        let (wide, high) = ((east - west) * MARGIN, (north - south) * MARGIN);
        let [w, s, e, n] = Bounds::WORLD.degrees();
        [
            (west - wide).max(w),
            (south - high).max(s),
            (east + wide).min(e),
            (north + high).min(n),
        ]
    }

    /// A round length and its width in pixels, at most `most_px`.
    pub fn scale_bar(&self, most_px: f64) -> ScaleBar {
        let metre_px = 1.0 / metres_per_pixel(self.latitude, self.zoom);
        let most_m = (most_px / metre_px).max(1.0);
        let ten = angle::pow(10.0, angle::log10(most_m).floor());
        let metres = [5.0, 2.0, 1.0]
            .into_iter()
            .map(|n| n * ten)
            .find(|m| *m <= most_m)
            .unwrap_or(ten);
        ScaleBar {
            metres,
            width_px: metres * metre_px,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ScaleBar {
    pub metres: f64,
    pub width_px: f64,
}

impl ScaleBar {
    pub fn label(&self) -> String {
        if self.metres >= 1000.0 {
            format!("{} km", (self.metres / 1000.0) as u32)
        } else {
            format!("{} m", self.metres as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(zoom: f64) -> Camera {
        Camera {
            longitude: 113.88,
            latitude: 22.935,
            zoom,
            view: [113.5, 22.7, 114.3, 23.2],
        }
    }

    #[test]
    fn the_scale_bar_is_round_and_fits() {
        let bar = camera(10.2).scale_bar(100.0);
        assert_eq!(bar.label(), "5 km");
        assert!(
            bar.width_px > 40.0 && bar.width_px <= 100.0,
            "{}",
            bar.width_px
        );
        assert_eq!(camera(16.0).scale_bar(100.0).label(), "100 m");
        for zoom in 0..22 {
            assert!(camera(f64::from(zoom)).scale_bar(100.0).width_px <= 100.0);
        }
    }

    #[test]
    fn what_is_asked_for_is_a_little_more_than_what_is_seen_and_never_beyond_the_globe() {
        let [west, south, east, north] = camera(10.0).bbox();
        assert!(west < 113.5 && south < 22.7 && east > 114.3 && north > 23.2);
        let whole = Camera {
            view: [-180.0, -85.0, 180.0, 85.0],
            ..camera(0.0)
        };
        assert_eq!(whole.bbox(), [-180.0, -90.0, 180.0, 90.0]);
    }
}
