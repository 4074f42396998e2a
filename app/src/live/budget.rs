//! What a second of the live map costs: updates, the time to take them in, bytes given to the graphics card, the time to
//! draw, and how old what came was. Counted always (a few additions a frame), shown when a person asks.

use std::cell::Cell;

/// Sums since the last look; milliseconds unless said.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Budget {
    pub updates: u32,
    pub apply_ms: f64,
    /// Of the slowest update.
    pub longest_apply_ms: f64,
    pub upload_bytes: u64,
    pub draws: u32,
    pub draw_ms: f64,
    pub longest_draw_ms: f64,
    /// Of the latest update: from the server's tick until it was taken in.
    pub tick_age_ms: Option<i64>,
}

impl Budget {
    fn applied(mut self, ms: f64, tick_age_ms: Option<i64>) -> Self {
        self.updates += 1;
        self.apply_ms += ms;
        self.longest_apply_ms = self.longest_apply_ms.max(ms);
        self.tick_age_ms = tick_age_ms.or(self.tick_age_ms);
        self
    }

    fn drawn(mut self, ms: f64, upload_bytes: u64) -> Self {
        self.draws += 1;
        self.draw_ms += ms;
        self.longest_draw_ms = self.longest_draw_ms.max(ms);
        self.upload_bytes += upload_bytes;
        self
    }
}

thread_local! {
    static NOW: Cell<Budget> = Cell::default();
}

/// An update was taken in by a feed.
pub fn applied(ms: f64, tick_age_ms: Option<i64>) {
    NOW.with(|now| now.set(now.get().applied(ms, tick_age_ms)));
}

/// A frame was handed to the graphics card, with what had changed.
pub fn drawn(ms: f64, upload_bytes: u64) {
    NOW.with(|now| now.set(now.get().drawn(ms, upload_bytes)));
}

/// The sums since it was last asked.
pub fn take() -> Budget {
    NOW.with(Cell::take)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_summed_and_begins_anew() {
        applied(0.4, Some(30));
        applied(1.2, None);
        drawn(0.6, 4_096);
        let second = take();
        assert_eq!(
            (second.updates, second.draws, second.upload_bytes),
            (2, 1, 4_096)
        );
        assert!((second.apply_ms - 1.6).abs() < 1e-9 && second.longest_apply_ms == 1.2);
        assert_eq!(
            second.tick_age_ms,
            Some(30),
            "an update that does not tell its age leaves the last one's"
        );
        assert_eq!(take(), Budget::default());
    }
}
