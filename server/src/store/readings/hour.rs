//! What an hour of readings comes to, and hours as numbers.

use domain::time::Timestamp;

use super::chunk::Points;

pub(super) const HOUR_MS: i64 = 3_600_000;

/// Readings, gathered: of an hour, or of several.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Summary {
    pub count: u64,
    pub min: f64,
    pub max: f64,
    pub sum: f64,
    pub last: f64,
    pub last_at: Timestamp,
}

impl Summary {
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    pub(super) fn of(at: Timestamp, value: f64) -> Self {
        Self {
            count: 1,
            min: value,
            max: value,
            sum: value,
            last: value,
            last_at: at,
        }
    }

    /// Takes in another, of other readings.
    pub(super) fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        if other.last_at >= self.last_at {
            self.last = other.last;
            self.last_at = other.last_at;
        }
    }

    /// None of no reading.
    pub(super) fn of_points(hour: i64, points: &Points) -> Option<Self> {
        let mut all: Option<Self> = None;
        for (at_ms, value) in points {
            let one = Self::of(moment(hour, *at_ms), *value);
            match &mut all {
                Some(all) => all.join(&one),
                None => all = Some(one),
            }
        }
        all
    }
}

/// The hour of a moment, counted from 1970.
pub(super) fn hour_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(HOUR_MS)
}

/// Milliseconds into its hour.
pub(super) fn into_hour_ms(at: Timestamp) -> u32 {
    at.millis().rem_euclid(HOUR_MS) as u32
}

pub(super) fn moment(hour: i64, into_hour_ms: u32) -> Timestamp {
    Timestamp::from_millis(hour * HOUR_MS + i64::from(into_hour_ms))
}
