//! Sends what units, stations and callers of the demo's day say, one batch a second, at the pace of the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::time::Timestamp;
use serde_json::Value;

use crate::scenario::{Body, Observation};

use super::door::{Door, Tally, Trouble};
use super::playing::Playing;
use super::{now, patience, rest};

/// How long the count of open incidents is waited for before the first report.
const COUNTING_MS: i64 = 60_000;
/// A desk with so much to do already is not told what happened before.
const BUSY_DESK: usize = 15;
const MOST_UNSENT: usize = 500;
/// Observations in one request.
const BATCH: usize = 1_000;

pub struct Feeder {
    playing: Playing,
    /// What people said before the curtain rose, until it is known how much is open already.
    said_before: Vec<Observation>,
    open: Arc<AtomicUsize>,
    /// Reports a busy door has not taken yet.
    unsent: Vec<Value>,
    started: Timestamp,
    failures: u32,
}

impl Feeder {
    pub fn new(playing: Playing, open: Arc<AtomicUsize>, started: Timestamp) -> Self {
        Self {
            playing,
            said_before: Vec::new(),
            open,
            unsent: Vec::new(),
            started,
            failures: 0,
        }
    }

    pub fn run(&mut self, door: &Door, stop: &AtomicBool) {
        let opening = self.playing.opening();
        tracing::info!(
            state = opening.state.len(),
            said = opening.said.len(),
            "the demo city plays"
        );
        self.said_before = opening.said;
        self.send_all(door, opening.state, stop);
        let begun = Instant::now();
        let mut played_s = 0;
        while !stop.load(Ordering::Relaxed) {
            let due_s = begun.elapsed().as_secs();
            if due_s <= played_s {
                let next = Duration::from_secs(played_s + 1);
                rest(next.saturating_sub(begun.elapsed()), stop);
                continue;
            }
            played_s = due_s;
            let at = now();
            let mut due = self.said_before(at);
            due.extend(self.playing.until(at));
            self.send_all(door, due, stop);
        }
    }

    /// What happened before is told a fresh desk, as soon as it is known to be one.
    fn said_before(&mut self, at: Timestamp) -> Vec<Observation> {
        let said = match self.open.load(Ordering::Relaxed) {
            super::UNKNOWN if at.since(self.started) < COUNTING_MS => return Vec::new(),
            open => std::mem::take(&mut self.said_before)
                .into_iter()
                .filter(move |_| open == super::UNKNOWN || open < BUSY_DESK),
        };
        said.collect()
    }

    fn send_all(&mut self, door: &Door, observations: Vec<Observation>, stop: &AtomicBool) {
        let zone = self.playing.ground().city.zone.clone();
        // What people say comes first: it must not be lost when the door is busy.
        let (said, shown): (Vec<Observation>, Vec<Observation>) =
            observations.into_iter().partition(is_kept);
        let mut items = std::mem::take(&mut self.unsent);
        items.extend(said.iter().map(|one| one.to_json(&zone)));
        let kept = items.len();
        items.extend(shown.iter().map(|one| one.to_json(&zone)));
        let mut sent = 0;
        while sent < items.len() && !stop.load(Ordering::Relaxed) {
            let end = (sent + BATCH).min(items.len());
            match door.send(&items[sent..end]) {
                Ok(tally) => self.taken(&tally),
                Err(trouble) => {
                    // Where units were is soon old; what people said is not. The same ids are sent again.
                    let unsent = items[..kept].iter().skip(sent).take(MOST_UNSENT);
                    self.unsent = unsent.cloned().collect();
                    self.troubled(&trouble, stop);
                    return;
                }
            }
            sent = end;
        }
    }

    fn taken(&mut self, tally: &Tally) {
        self.failures = 0;
        if tally.conflicts > 0 || !tally.rejected.is_empty() {
            tracing::warn!(
                conflicts = tally.conflicts,
                rejected = tally.rejected.len(),
                first = ?tally.rejected.first(),
                "the demo sent what the door does not take"
            );
        }
    }

    fn troubled(&mut self, trouble: &Trouble, stop: &AtomicBool) {
        self.failures += 1;
        if self.failures.is_power_of_two() {
            tracing::info!(
                ?trouble,
                failures = self.failures,
                "the demo waits for the door"
            );
        }
        let asked_s = match trouble {
            Trouble::Busy(asked_s) => *asked_s,
            _ => None,
        };
        rest(patience(self.failures, asked_s), stop);
    }
}

/// Whether it is kept until the door takes it.
fn is_kept(observation: &Observation) -> bool {
    !matches!(
        observation.body,
        Body::Reading { .. } | Body::Position { .. }
    )
}
