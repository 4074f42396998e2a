//! What became of each item of one batch: the answer to its sender, and the counts by source.
//! Every item that was received is settled in exactly one way.

use std::collections::BTreeMap;

use domain::change::Outcome;
use domain::ids::SourceId;
use domain::observation::Intake;
use domain::time::Timestamp;
use serde::Serialize;

use super::batch::Batch;
use super::fault::Fault;
use super::tally::{BadItem, MOST_BAD_ITEMS, OTHER, OfBatch, Tally};

/// What is older is history (API.md, "Time") and says nothing about the sender's clock.
const LIVE_MS: i64 = 24 * 3_600_000;

/// The answer of API.md.
#[derive(Serialize)]
pub(super) struct Receipt {
    accepted: u64,
    duplicates: u64,
    conflicts: u64,
    rejected: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    index: usize,
    pointer: String,
    reason: String,
}

/// What became of each item of one batch, by source and in all.
pub(super) struct Account {
    at: Timestamp,
    sources: BTreeMap<String, OfBatch>,
    receipt: Receipt,
}

impl Account {
    /// Everything is received; what the door itself refuses is refused already.
    pub fn opened(batch: &Batch, at: Timestamp) -> Self {
        let mut account = Self {
            at,
            sources: BTreeMap::new(),
            receipt: Receipt {
                accepted: 0,
                duplicates: 0,
                conflicts: 0,
                rejected: Vec::new(),
            },
        };
        for candidate in &batch.candidates {
            account
                .of(candidate.observation.source.as_str())
                .counts
                .received += 1;
        }
        for reject in &batch.rejects {
            let source = reject.source.as_ref().map_or(OTHER, SourceId::as_str);
            account.of(source).counts.received += 1;
            account.reject(reject.index, source, reject.fault.clone());
        }
        if batch.unknown_members > 0 {
            metrics::counter!("gulou_ingest_unknown_members_total")
                .increment(batch.unknown_members);
        }
        account
    }

    fn of(&mut self, source: &str) -> &mut OfBatch {
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), Default::default());
        }
        self.sources.get_mut(source).expect("put there just now")
    }

    fn reject(&mut self, index: usize, source: &str, fault: Fault) {
        let Fault { pointer, reason } = fault;
        let at = self.at;
        let of_source = self.of(source);
        of_source.counts.rejected += 1;
        if of_source.bad_items.len() < MOST_BAD_ITEMS {
            of_source.bad_items.push(BadItem {
                at,
                index,
                pointer: pointer.clone(),
                reason: reason.clone(),
            });
        }
        self.receipt.rejected.push(Refused {
            index,
            pointer,
            reason,
        });
    }

    /// `time` is the observation's own.
    pub fn settle(&mut self, index: usize, source: &SourceId, time: Timestamp, outcome: Outcome) {
        let offset_ms = self.at.since(time);
        let intake = match outcome {
            Outcome::Observation(intake) => intake,
            Outcome::Refused(reason) => Intake::Rejected {
                pointer: String::new(),
                reason,
            },
            _ => Intake::Rejected {
                pointer: String::new(),
                reason: "was not taken as an observation".into(),
            },
        };
        match intake {
            Intake::Accepted => {
                self.receipt.accepted += 1;
                let of_source = self.of(source.as_str());
                of_source.counts.accepted += 1;
                if offset_ms <= LIVE_MS {
                    of_source.offsets_ms.push(offset_ms);
                }
            }
            Intake::Duplicate => {
                self.receipt.duplicates += 1;
                self.of(source.as_str()).counts.duplicates += 1;
            }
            Intake::Conflict => {
                self.receipt.conflicts += 1;
                self.of(source.as_str()).counts.conflicts += 1;
            }
            Intake::Rejected { pointer, reason } => {
                self.reject(index, source.as_str(), Fault { pointer, reason });
            }
        }
    }

    pub fn drop_all(&mut self, taken: &[(usize, SourceId, Timestamp)]) {
        for (_, source, _) in taken {
            self.of(source.as_str()).counts.dropped += 1;
        }
    }

    pub fn close(mut self, tally: &Tally) -> Receipt {
        for (source, of_batch) in std::mem::take(&mut self.sources) {
            tally.record(&source, self.at, of_batch);
        }
        self.receipt.rejected.sort_by_key(|refused| refused.index);
        self.receipt
    }
}
