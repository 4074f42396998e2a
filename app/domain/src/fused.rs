//! What the evidence of one incident amounts to. A pure function of the set: the order of arrival cannot matter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::category::{CategoryCode, Severity};
use crate::incident::{CategoryReason, Evidence, EvidenceKind, Incident};
use crate::jurisdictions::Jurisdictions;
use crate::lifecycle::State;
use crate::place::Position;

/// An accuracy nobody reported is held to be this, in metres: a street address.
pub const UNSTATED_ACCURACY_M: u32 = 50;

#[derive(Clone, PartialEq, Debug)]
pub struct Fused {
    pub category: Option<CategoryCode>,
    pub category_reason: CategoryReason,
    pub severity: Severity,
    pub position: Option<Position>,
    /// 0 to 100.
    pub confidence: u8,
    pub count: u32,
}

impl Fused {
    /// None of no evidence.
    pub fn of(evidence: &[Arc<Evidence>]) -> Option<Self> {
        let mut sorted: Vec<&Evidence> = evidence.iter().map(Arc::as_ref).collect();
        sorted.sort_by(|a, b| order(a).cmp(&order(b)));
        let first = sorted.first()?;
        let category = most_named(&sorted);
        let category_reason = sorted
            .iter()
            .find(|piece| piece.category == category)
            .map_or(CategoryReason::Unknown, |piece| {
                piece.category_reason.clone()
            });
        let severity = sorted
            .iter()
            .fold(first.severity, |worst, piece| worst.worse(piece.severity));
        let position = sorted
            .iter()
            .filter(|piece| piece.position.is_some())
            .min_by_key(|piece| piece.accuracy_m.unwrap_or(UNSTATED_ACCURACY_M))
            .and_then(|piece| piece.position);
        Some(Self {
            category,
            category_reason,
            severity,
            position,
            confidence: confidence(&sorted),
            count: u32::try_from(sorted.len()).unwrap_or(u32::MAX),
        })
    }
}

/// Says which piece comes first without asking when it arrived. Things that fall silent at one moment share all but
/// their own name.
fn order(piece: &Evidence) -> (i64, &str, &str, Option<&str>) {
    (
        piece.time.millis(),
        piece.source.as_str(),
        piece.observation.as_str(),
        piece.thing.as_ref().map(crate::ids::ThingId::as_str),
    )
}

/// The kind named most often; of equals the lowest code.
fn most_named(sorted: &[&Evidence]) -> Option<CategoryCode> {
    let mut votes: BTreeMap<CategoryCode, u32> = BTreeMap::new();
    for piece in sorted {
        if let Some(category) = piece.category {
            *votes.entry(category).or_insert(0) += 1;
        }
    }
    let most = votes.values().copied().max()?;
    votes
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(category, _)| category)
}

/// Independent sources that say the same leave less doubt: each source halves it, a sensor's alarm
/// leaves a third. One source saying it often counts once.
fn confidence(sorted: &[&Evidence]) -> u8 {
    let sources: BTreeSet<(bool, &str)> = sorted
        .iter()
        .map(|piece| {
            (
                matches!(
                    piece.kind,
                    EvidenceKind::Alarm(_) | EvidenceKind::Silence(_)
                ),
                piece.source.as_str(),
            )
        })
        .collect();
    let mut doubt_ppm: u64 = 1_000_000;
    for (alarm, _) in sources {
        doubt_ppm = if alarm { doubt_ppm / 3 } else { doubt_ppm / 2 };
    }
    u8::try_from(100 - (doubt_ppm / 10_000).min(99))
        .unwrap_or(99)
        .min(99)
}

/// Brings an incident up to what its evidence says. What a person has set stays; once registered,
/// kind and place hold still and severity only rises.
pub fn bring_up(incident: &mut Incident, fused: &Fused, places: &Jurisdictions) {
    incident.evidence_count = fused.count;
    incident.confidence = fused.confidence;
    let fluid = incident.state == State::Reported;
    if !incident.by_hand.severity {
        incident.severity = if fluid {
            fused.severity
        } else {
            incident.severity.worse(fused.severity)
        };
    }
    if fluid && !incident.by_hand.category {
        incident.category = fused.category;
        incident.why.category = fused.category_reason.clone();
    }
    if fluid && !incident.by_hand.position {
        incident.position = fused.position;
        place(incident, places);
    }
}

/// Finds town, village and grid of where the incident is.
pub fn place(incident: &mut Incident, places: &Jurisdictions) {
    let located = places.locate(incident.position);
    incident.why.jurisdiction = located.reason;
    incident.town = located.town;
    incident.village = located.village;
    incident.grid = located.grid;
}
