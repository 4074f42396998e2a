//! What the evidence of one incident amounts to. A pure function of the set: the order of arrival cannot matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::category::{CategoryCode, Severity};
use crate::ids::SourceId;
use crate::incident::{CategoryReason, Evidence, Incident, JurisdictionReason, SaidPlace};
use crate::jurisdictions::Jurisdictions;
use crate::lifecycle::State;
use crate::place::Position;
use crate::trust::{self, SourceRecord};

/// An accuracy nobody reported is held to be this, in metres: a street address.
pub const UNSTATED_ACCURACY_M: u32 = 50;

#[derive(Clone, PartialEq, Debug)]
pub struct Fused {
    pub category: Option<CategoryCode>,
    pub category_reason: CategoryReason,
    pub severity: Severity,
    pub position: Option<Position>,
    /// Where the words say it is, if nobody gave a position.
    pub said: Option<SaidPlace>,
    /// 1 to 99.
    pub confidence: u8,
    pub count: u32,
}

impl Fused {
    /// None of no evidence.
    pub fn of(
        evidence: &[Arc<Evidence>],
        verified: Option<bool>,
        records: &BTreeMap<SourceId, SourceRecord>,
    ) -> Option<Self> {
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
        // What a sender measured comes before what was taken from words.
        let best = sorted
            .iter()
            .filter(|piece| piece.position.is_some())
            .min_by_key(|piece| {
                let accuracy_m = piece.accuracy_m.unwrap_or(UNSTATED_ACCURACY_M);
                (piece.said.is_some(), accuracy_m)
            });
        let said = match best {
            Some(best) => best.said.clone(),
            None => sorted.iter().find_map(|piece| piece.said.clone()),
        };
        Some(Self {
            category,
            category_reason,
            severity,
            position: best.and_then(|piece| piece.position),
            said,
            confidence: trust::confidence(&sorted, verified, records),
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
        if let Some(said) = &fused.said {
            incident.why.jurisdiction = JurisdictionReason::Said(said.clone());
            incident.town = Some(said.town.clone());
        }
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
