//! Whether two pieces of evidence are the same thing: kind, distance against accuracy, time and words, summed as
//! log-odds. Symmetric, so that it does not matter which came first.

use domain::city::{City, FamilyRule};
use domain::fused::UNSTATED_ACCURACY_M;
use domain::incident::{Evidence, EvidenceKind, LinkReason};

use super::words::Words;

/// From here on a sum is one thing; between it and this a person is asked.
const MAYBE: f64 = -1.2;

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

/// A piece with what its words say.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    pub evidence: &'a Evidence,
    pub words: &'a Words,
}

/// A probability from 0 to 100, and what it is made of.
#[derive(Clone, PartialEq, Debug)]
pub struct Likeness {
    pub score: u8,
    pub reason: LinkReason,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Verdict {
    Same(Likeness),
    /// Close to it: worth a person's look.
    Maybe(Likeness),
    /// Too far, too late or another matter.
    Different,
}

/// Holds two pieces of one family against each other.
pub fn same_thing(a: Piece<'_>, b: Piece<'_>, rule: &FamilyRule, unknown: bool) -> Verdict {
    let apart_ms = a.evidence.time.since(b.evidence.time).unsigned_abs();
    let window_ms = u64::from(rule.window_minutes) * 60_000;
    if apart_ms > window_ms {
        return Verdict::Different;
    }
    let same_name = a.words.names.intersection(&b.words.names).next().is_some();
    let likeness = a.words.likeness(b.words);
    let minutes = u32::try_from(apart_ms / 60_000).unwrap_or(u32::MAX);
    let promptness = 1.0 - 2.0 * (apart_ms as f64 / window_ms.max(1) as f64);
    let common = of_kind(a.evidence, b.evidence)
        + promptness
        + of_words(likeness, unknown)
        + of_names(a.words, b.words, same_name);
    let words_percent = likeness.map(|part| (part * 100.0) as u8);
    let (Some(here), Some(there)) = (a.evidence.position, b.evidence.position) else {
        return without_place(
            a.evidence,
            b.evidence,
            common,
            same_name,
            words_percent,
            minutes,
        );
    };
    let allowed_m = allowed_m(a.evidence, b.evidence, rule, same_name);
    let distance_m = here.distance_m(there);
    if distance_m > f64::from(allowed_m) {
        return Verdict::Different;
    }
    let share = distance_m / f64::from(allowed_m.max(1));
    verdict(
        common + 3.0 - 6.0 * share * share,
        LinkReason::Alike {
            distance_m: distance_m as u32,
            allowed_m,
            minutes,
            words_percent,
            same_name,
        },
    )
}

/// One of the two says nowhere: the same thing of the same source. Both do: the same place by name.
fn without_place(
    a: &Evidence,
    b: &Evidence,
    common: f64,
    same_name: bool,
    words_percent: Option<u8>,
    minutes: u32,
) -> Verdict {
    if a.thing.is_some() && a.thing == b.thing && a.source == b.source {
        return Verdict::Same(Likeness {
            score: 90,
            reason: LinkReason::SameThing,
        });
    }
    let nowhere = a.position.is_none() && b.position.is_none();
    if !nowhere || !same_name {
        return Verdict::Different;
    }
    verdict(
        common - 1.0,
        LinkReason::SamePlaceNamed {
            minutes,
            words_percent,
        },
    )
}

fn verdict(sum: f64, reason: LinkReason) -> Verdict {
    if sum < MAYBE {
        return Verdict::Different;
    }
    let likeness = Likeness {
        score: (100.0 / (1.0 + libm::exp(-sum))) as u8,
        reason,
    };
    if sum < 0.0 {
        Verdict::Maybe(likeness)
    } else {
        Verdict::Same(likeness)
    }
}

fn of_kind(a: &Evidence, b: &Evidence) -> f64 {
    match (a.category, b.category) {
        (Some(one), Some(two)) if one == two => 2.0,
        (Some(_), Some(_)) => 1.0,
        _ => 0.0,
    }
}

/// Where the kind is known, words only tip the scales: people describe one thing in many ways. Where it is not, they
/// must carry the case.
fn of_words(likeness: Option<f64>, unknown: bool) -> f64 {
    match (likeness, unknown) {
        (Some(part), false) => 4.0 * part - 0.5,
        (Some(part), true) => 10.0 * part - 5.0,
        (None, false) => 0.0,
        (None, true) => -5.0,
    }
}

fn of_names(a: &Words, b: &Words, same_name: bool) -> f64 {
    match (same_name, a.names.is_empty() || b.names.is_empty()) {
        (true, _) => 2.0,
        (false, true) => 0.0,
        (false, false) => -1.5,
    }
}

/// The family's radius, widened by how well the two places are known, up to a cap.
fn allowed_m(a: &Evidence, b: &Evidence, rule: &FamilyRule, same_name: bool) -> u32 {
    let accuracy = |piece: &Evidence| piece.accuracy_m.unwrap_or(UNSTATED_ACCURACY_M);
    let cap_m = rule.accuracy_cap_m + if same_name { rule.named_m } else { 0 };
    rule.radius_m + accuracy(a).saturating_add(accuracy(b)).min(cap_m)
}

/// The farthest two pieces of a family can be apart and still be one thing.
pub fn reach_m(rule: &FamilyRule) -> u32 {
    rule.radius_m + rule.accuracy_cap_m + rule.named_m
}
