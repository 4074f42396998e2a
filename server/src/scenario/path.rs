//! A smooth way from here to there, walked by the metre.

use std::f64::consts::PI;

use domain::place::Position;

use super::ground::metres_between;

/// Corners are this far apart, in metres: close enough that a heading turns by degrees.
const STEP_M: f64 = 60.0;

pub struct Path {
    positions: Vec<Position>,
    /// Metres from the start, one a position.
    reached_m: Vec<f64>,
    /// Radians clockwise from north, one a position.
    headings: Vec<f64>,
}

impl Path {
    /// A cubic Bézier curve that bows to one side by `bend` of the distance.
    pub fn bent(from: Position, to: Position, bend: f64) -> Self {
        let (east, north) = metres_between(from, to);
        let length = libm::hypot(east, north).max(1.0);
        let leaving = libm::atan2(east, north) + bend;
        let third = length / 3.0;
        let first = (third * libm::sin(leaving), third * libm::cos(leaving));
        let second = (
            east * 2.0 / 3.0 + north * bend,
            north * 2.0 / 3.0 - east * bend,
        );
        let steps = (length / STEP_M).clamp(8.0, 300.0) as usize;
        let mut path = Self {
            positions: Vec::with_capacity(steps + 1),
            reached_m: Vec::with_capacity(steps + 1),
            headings: Vec::with_capacity(steps + 1),
        };
        for step in 0..=steps {
            let t = step as f64 / steps as f64;
            let along = |a: f64, b: f64, c: f64| {
                let u = 1.0 - t;
                3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * c
            };
            let position = from.offset_m(
                along(first.0, second.0, east),
                along(first.1, second.1, north),
            );
            path.push(position, leaving);
        }
        path
    }

    fn push(&mut self, position: Position, leaving: f64) {
        let (Some(last), Some(reached_m)) = (self.positions.last(), self.reached_m.last()) else {
            self.positions.push(position);
            self.reached_m.push(0.0);
            self.headings.push(leaving);
            return;
        };
        let (east, north) = metres_between(*last, position);
        let length = libm::hypot(east, north);
        if length < 0.1 {
            return;
        }
        self.reached_m.push(reached_m + length);
        self.positions.push(position);
        self.headings.push(libm::atan2(east, north));
    }

    /// The same way back.
    pub fn reversed(&self) -> Self {
        let mut path = Self {
            positions: Vec::with_capacity(self.positions.len()),
            reached_m: Vec::with_capacity(self.positions.len()),
            headings: Vec::with_capacity(self.positions.len()),
        };
        let leaving = self.headings.last().copied().unwrap_or_default() + PI;
        for position in self.positions.iter().rev() {
            path.push(*position, leaving);
        }
        path
    }

    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    pub fn length_m(&self) -> f64 {
        self.reached_m.last().copied().unwrap_or(0.0)
    }

    /// Where one is after so many metres, and which way one looks.
    pub fn at(&self, driven_m: f64) -> (Position, f64) {
        let next = self
            .reached_m
            .partition_point(|reached_m| *reached_m <= driven_m);
        let next = next.min(self.positions.len() - 1);
        let last = next.saturating_sub(1);
        let (from, to) = (self.positions[last], self.positions[next]);
        let leg_m = (self.reached_m[next] - self.reached_m[last]).max(0.1);
        let share = ((driven_m - self.reached_m[last]) / leg_m).clamp(0.0, 1.0);
        let (east, north) = metres_between(from, to);
        let heading = self.headings[last] + turn(self.headings[last], self.headings[next]) * share;
        (from.offset_m(east * share, north * share), heading)
    }
}

/// The shorter turn from one heading to another, in radians.
fn turn(from: f64, to: f64) -> f64 {
    let turn = libm::fmod(to - from, std::f64::consts::TAU);
    if turn > PI {
        turn - std::f64::consts::TAU
    } else if turn < -PI {
        turn + std::f64::consts::TAU
    } else {
        turn
    }
}
