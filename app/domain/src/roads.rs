//! How long the way is, where only the straight line is known: an estimate, and said to be one.

/// Roads of a city against the straight line, and the speed of a car in it. City packs say nothing of them yet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Roads {
    pub factor: f64,
    pub speed_kmh: f64,
}

impl Default for Roads {
    fn default() -> Self {
        Self {
            factor: 1.4,
            speed_kmh: 30.0,
        }
    }
}

impl Roads {
    pub fn seconds(self, straight_m: f64) -> f64 {
        straight_m * self.factor / (self.speed_kmh / 3.6)
    }

    pub fn way_ms(self, straight_m: f64) -> i64 {
        (self.seconds(straight_m) * 1000.0) as i64
    }
}
