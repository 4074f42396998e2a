//! Where clients look: boxes of one to twenty hundredths of the city that move five times a second, the same for every server.

use std::time::{Duration, Instant};

use super::fleet::{HEIGHT, SOUTH, WEST, WIDTH};

const EVERY: Duration = Duration::from_millis(200);

/// West, south, east, north in millionths of a degree.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View(pub [i64; 4]);

impl View {
    pub fn holds(self, [lon, lat]: [i64; 2]) -> bool {
        let Self([west, south, east, north]) = self;
        (west..=east).contains(&lon) && (south..=north).contains(&lat)
    }

    pub fn degrees(self) -> [f64; 4] {
        self.0.map(|edge| edge as f64 / 1e6)
    }
}

pub struct Wandering {
    pub views: Vec<View>,
    due: Vec<Instant>,
    chance: u64,
    pub goes: bool,
}

impl Wandering {
    pub fn of(count: usize) -> Self {
        let mut wandering = Self {
            views: Vec::new(),
            due: Vec::new(),
            chance: 0x9e37_79b9_7f4a_7c15,
            goes: false,
        };
        let now = Instant::now();
        for index in 0..count {
            let share = 0.01 + 0.19 * wandering.chance();
            let wide = 0.7 + 0.7 * wandering.chance();
            let width = (WIDTH as f64 * (share * wide).sqrt()) as i64;
            let height = (HEIGHT as f64 * (share / wide).sqrt()) as i64;
            let west = WEST + (wandering.chance() * (WIDTH - width) as f64) as i64;
            let south = SOUTH + (wandering.chance() * (HEIGHT - height) as f64) as i64;
            wandering
                .views
                .push(View([west, south, west + width, south + height]));
            let turn = EVERY.mul_f64(index as f64 / count as f64);
            wandering.due.push(now + turn);
        }
        wandering
    }

    fn chance(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Those whose turn it is now, moved by up to a sixth of their view.
    pub fn moved(&mut self) -> Vec<usize> {
        let now = Instant::now();
        let due: Vec<usize> = (0..self.views.len())
            .filter(|index| self.goes && self.due[*index] <= now)
            .collect();
        for index in &due {
            let View([west, south, east, north]) = self.views[*index];
            let (width, height) = (east - west, north - south);
            let by = |size: i64, chance: f64| (size as f64 * (chance - 0.5) / 3.0) as i64;
            let (right, up) = (by(width, self.chance()), by(height, self.chance()));
            let west = (west + right).clamp(WEST, WEST + WIDTH - width);
            let south = (south + up).clamp(SOUTH, SOUTH + HEIGHT - height);
            self.views[*index] = View([west, south, west + width, south + height]);
            // A turn that was slept through is not made up for.
            self.due[*index] = (self.due[*index] + EVERY).max(now);
        }
        due
    }
}
