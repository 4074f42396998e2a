//! How far an incident is to be believed: independent sources add up as log-odds, each weighed by its record.
//! Pure; what has come of a source's reports is told by how its incidents ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::SourceId;
use crate::incident::{Evidence, EvidenceKind, Incident};
use crate::lifecycle::State;
use crate::turn::Turn;

/// What became of the incidents a source had part in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Closed by people after the work was done.
    pub right: u32,
    /// Rejected or voided: a false alarm.
    pub wrong: u32,
}

/// A source without a record is held to be right this often.
const REPORT_RIGHT: f64 = 0.70;
const ALARM_RIGHT: f64 = 0.80;
const DESK_RIGHT: f64 = 0.90;
/// So many incidents of its own outweigh what is held of a source.
const HELD_FOR: f64 = 20.0;
/// Nobody is always right, and nobody always wrong.
const LEAST: f64 = 0.05;
const MOST: f64 = 0.98;
/// What a suspect reading still counts for.
const SUSPECT_SHARE: f64 = 0.3;

impl SourceRecord {
    /// The share of its incidents that were real, drawn towards what is held of its kind while there are few.
    pub fn reliability(self, kind: &EvidenceKind) -> f64 {
        let held = match kind {
            EvidenceKind::Report => REPORT_RIGHT,
            EvidenceKind::Alarm(_) | EvidenceKind::Silence(_) => ALARM_RIGHT,
            EvidenceKind::Hand => DESK_RIGHT,
        };
        let right = f64::from(self.right) + held * HELD_FOR;
        let all = f64::from(self.right) + f64::from(self.wrong) + HELD_FOR;
        (right / all).clamp(LEAST, MOST)
    }
}

/// From 1 to 99. A source that says it again adds ever less: its k-th piece counts for 1/k² of the first.
/// What a person at the spot found outweighs all of them.
pub fn confidence(
    evidence: &[&Evidence],
    verified: Option<bool>,
    records: &BTreeMap<SourceId, SourceRecord>,
) -> u8 {
    let mut said: BTreeMap<&SourceId, f64> = BTreeMap::new();
    let mut sum = match verified {
        Some(true) => 4.0,
        Some(false) => -4.0,
        None => 0.0,
    };
    for piece in evidence {
        let times = said.entry(&piece.source).or_insert(0.0);
        *times += 1.0;
        let record = records.get(&piece.source).copied().unwrap_or_default();
        let right = record.reliability(&piece.kind);
        let share = if piece.suspect.is_some() {
            SUSPECT_SHARE
        } else {
            1.0
        };
        sum += share * libm::log(right / (1.0 - right)) / (*times * *times);
    }
    let probability = 100.0 / (1.0 + libm::exp(-sum));
    (probability as u8).clamp(1, 99)
}

/// Notes for every source of an incident how it ended, and takes it back where it is reopened. Practice teaches nothing.
pub fn note_end(turn: &mut Turn<'_>, incident: &Incident, from: State) {
    let verdict = |state| match state {
        State::Closed => Some(true),
        State::Rejected | State::Voided => Some(false),
        _ => None,
    };
    let (before, after) = (verdict(from), verdict(incident.state));
    if incident.drill || before == after {
        return;
    }
    let pieces = turn.evidence_of(incident.id);
    let sources: std::collections::BTreeSet<&SourceId> =
        pieces.iter().map(|piece| &piece.source).collect();
    for source in sources {
        let record = turn.picture.records.entry(source.clone()).or_default();
        match before {
            Some(true) => record.right = record.right.saturating_sub(1),
            Some(false) => record.wrong = record.wrong.saturating_sub(1),
            None => {}
        }
        match after {
            Some(true) => record.right += 1,
            Some(false) => record.wrong += 1,
            None => {}
        }
    }
}
