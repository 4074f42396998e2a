//! What each source has sent and what became of it: for the metrics and for the page of feeds.
//! Bounded: a sender who invents sources is counted under `other`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use domain::time::Timestamp;

/// Sources counted by name.
const MOST_SOURCES: usize = 256;
/// Bad items kept a source.
pub const MOST_BAD_ITEMS: usize = 5;
/// Offsets of clocks kept a source.
const MOST_OFFSETS: usize = 64;
/// The name under which the rest is counted; also what has no readable source.
pub const OTHER: &str = "other";

/// What became of items.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub received: u64,
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    pub rejected: u64,
    /// Received, but not taken because the queue was full; the sender was told.
    pub dropped: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.received += other.received;
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.conflicts += other.conflicts;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
    }

    fn count(self, source: &str) {
        let outcomes = [
            ("received", self.received),
            ("accepted", self.accepted),
            ("duplicate", self.duplicates),
            ("conflict", self.conflicts),
            ("rejected", self.rejected),
            ("dropped", self.dropped),
        ];
        for (outcome, number) in outcomes {
            if number > 0 {
                metrics::counter!("gulou_observations_total", "stage" => "ingest",
                    "source" => source.to_owned(), "outcome" => outcome)
                .increment(number);
            }
        }
    }
}

/// One item that was refused, for whoever looks after the feed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadItem {
    pub at: Timestamp,
    pub index: usize,
    pub pointer: String,
    pub reason: String,
}

/// One source since the server started.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SourceTally {
    pub counts: Counts,
    pub last_received_at: Option<Timestamp>,
    /// The last few, newest last.
    pub bad_items: VecDeque<BadItem>,
    /// Our clock less the observation's time, of the last live items that were taken, newest last.
    pub offsets_ms: VecDeque<i64>,
}

/// What one batch said of one source.
#[derive(Default)]
pub struct OfBatch {
    pub counts: Counts,
    pub bad_items: Vec<BadItem>,
    pub offsets_ms: Vec<i64>,
}

#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<String, SourceTally>>);

impl Tally {
    pub fn record(&self, source: &str, at: Timestamp, of_batch: OfBatch) {
        let OfBatch {
            counts,
            bad_items,
            offsets_ms,
        } = of_batch;
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sources.contains_key(source) || sources.len() < MOST_SOURCES;
        let name = if known { source } else { OTHER };
        counts.count(name);
        let tally = match sources.get_mut(name) {
            Some(tally) => tally,
            None => sources.entry(name.to_owned()).or_default(),
        };
        tally.counts.add(counts);
        tally.last_received_at = Some(at);
        for bad in bad_items {
            if tally.bad_items.len() == MOST_BAD_ITEMS {
                tally.bad_items.pop_front();
            }
            tally.bad_items.push_back(bad);
        }
        tally.offsets_ms.extend(offsets_ms);
        let surplus = tally.offsets_ms.len().saturating_sub(MOST_OFFSETS);
        tally.offsets_ms.drain(..surplus);
    }

    /// All sources by name.
    pub fn sources(&self) -> BTreeMap<String, SourceTally> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
