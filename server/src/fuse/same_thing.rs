//! Whether two pieces of evidence are the same thing: family, distance against accuracy, time. Symmetric, so that
//! it does not matter which came first.

use domain::city::{City, FamilyRule};
use domain::fused::UNSTATED_ACCURACY_M;
use domain::incident::{Evidence, EvidenceKind, LinkReason};
use domain::text;

/// Words of two calls without category must be at least this alike.
const ALIKE: f64 = 0.3;

/// Pieces that can be the same thing at all share a family.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Family {
    name: String,
    drill: bool,
}

impl Family {
    pub fn of(city: &City, evidence: &Evidence) -> Self {
        let kind = evidence.category.and_then(|code| city.category(code));
        let name = match kind {
            Some(kind) => kind.family.clone(),
            None => String::new(),
        };
        Self {
            // A silent sensor is another matter than what the sensor measures.
            name: match evidence.kind {
                EvidenceKind::Silence(_) => format!("{name}/silent"),
                _ => name,
            },
            drill: evidence.drill,
        }
    }

    /// The family of pieces whose kind nobody knows yet.
    pub fn is_unknown(&self) -> bool {
        self.name.is_empty()
    }

    pub fn rule<'a>(&self, city: &'a City) -> &'a FamilyRule {
        city.fusion.of(&self.name)
    }
}

/// A score from 0 to 100 and the reason, or None where they are two things.
pub fn same_thing(
    a: &Evidence,
    b: &Evidence,
    rule: &FamilyRule,
    unknown: bool,
) -> Option<(u8, LinkReason)> {
    let apart_ms = a.time.since(b.time).unsigned_abs();
    let window_ms = u64::from(rule.window_minutes) * 60_000;
    if apart_ms > window_ms {
        return None;
    }
    if unknown && text::similarity(&a.text, &b.text) < ALIKE {
        return None;
    }
    let (Some(here), Some(there)) = (a.position, b.position) else {
        let same = a.thing.is_some() && a.thing == b.thing && a.source == b.source;
        return same.then_some((90, LinkReason::SameThing));
    };
    let allowed_m = allowed_m(a, b, rule);
    let distance_m = here.distance_m(there);
    if distance_m > f64::from(allowed_m) {
        return None;
    }
    let minutes = u32::try_from(apart_ms / 60_000).unwrap_or(u32::MAX);
    let nearness = 1.0 - distance_m / f64::from(allowed_m.max(1));
    let promptness = 1.0 - apart_ms as f64 / window_ms.max(1) as f64;
    let score = 50.0 + 35.0 * nearness + 15.0 * promptness;
    Some((
        score as u8,
        LinkReason::Near {
            distance_m: distance_m as u32,
            allowed_m,
            minutes,
        },
    ))
}

/// The family's radius, widened by how well the two places are known, up to a cap.
fn allowed_m(a: &Evidence, b: &Evidence, rule: &FamilyRule) -> u32 {
    let accuracy = |piece: &Evidence| piece.accuracy_m.unwrap_or(UNSTATED_ACCURACY_M);
    rule.radius_m
        + accuracy(a)
            .saturating_add(accuracy(b))
            .min(rule.accuracy_cap_m)
}

/// The farthest two pieces of a family can be apart and still be one thing.
pub fn reach_m(rule: &FamilyRule) -> u32 {
    rule.radius_m + rule.accuracy_cap_m
}
