//! Puts evidence into incidents: opens, joins, and merges what a new piece shows to be one.
//! While nothing has been dispatched an incident is a connected component of links; a bridge that appears
//! later is only pointed out to people.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::Actor;
use domain::category::{CategoryCode, Severity};
use domain::command::OpenByHand;
use domain::ids::{AccountName, EvidenceId, IncidentId, ObservationId, SourceId};
use domain::incident::{
    CategoryReason, Evidence, EvidenceKind, Happening, Incident, Link, ResponsibilityReason,
};
use domain::lifecycle::{CommandName, State};
use domain::observation::{Body, Observation};
use domain::partition;
use domain::text::Proposal;
use domain::turn::Turn;

use super::same_thing::{Family, same_thing};
use super::{Fuse, known, opens};

/// A person's report becomes evidence, or corrects the evidence its earlier version became.
pub fn report(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    observation: &Observation,
    before: Option<EvidenceId>,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Body::Report {
        text,
        category,
        severity,
    } = &observation.body
    else {
        return;
    };
    let (category, category_reason) = match category {
        Some(code) => (
            Some(*code),
            CategoryReason::Source(observation.source.clone()),
        ),
        None => by_words(fuse, text),
    };
    let severity = severity.unwrap_or_else(|| usual_severity(turn, category));
    if let Some(id) = before {
        correct(
            fuse,
            turn,
            id,
            observation,
            category,
            category_reason,
            severity,
            text,
            moved,
        );
        return;
    }
    if !opens(observation, turn.now) {
        return;
    }
    let evidence = Evidence {
        id: turn.new_evidence_id(),
        // Joined to its incident below.
        incident: IncidentId::from_bits(0),
        kind: EvidenceKind::Report,
        source: observation.source.clone(),
        observation: observation.id.clone(),
        thing: None,
        time: observation.time,
        position: place_of(observation),
        accuracy_m: observation.accuracy_m,
        category,
        category_reason,
        severity,
        text: text.clone(),
        reporter: observation.reporter.clone(),
        drill: observation.drill,
        link: None,
    };
    known::became(turn.picture, observation, evidence.id);
    join(fuse, turn, evidence, moved);
}

/// Where an observation says it is: its position, or a point within its area.
pub fn place_of(observation: &Observation) -> Option<domain::place::Position> {
    observation.position.or_else(|| {
        observation
            .area
            .as_ref()
            .map(domain::area::Area::centroid_inside)
    })
}

pub fn usual_severity(turn: &Turn<'_>, category: Option<CategoryCode>) -> Severity {
    category
        .and_then(|code| turn.city.category(code))
        .map_or(Severity::Minor, |kind| kind.severity)
}

fn by_words(fuse: &Fuse, said: &str) -> (Option<CategoryCode>, CategoryReason) {
    match fuse.words.propose(said) {
        Proposal::Category { code, words, .. } => (Some(code), CategoryReason::Words(words)),
        Proposal::Tie(_) | Proposal::Nothing => (None, CategoryReason::Unknown),
    }
}

/// A newer version of an observation corrects the piece its earlier one became; the piece stays where it lies.
#[expect(
    clippy::too_many_arguments,
    reason = "one flat list of what a newer version may correct"
)]
pub fn correct(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    id: EvidenceId,
    observation: &Observation,
    category: Option<CategoryCode>,
    category_reason: CategoryReason,
    severity: Severity,
    text: &str,
    moved: &mut BTreeSet<IncidentId>,
) {
    let Some(evidence) = turn.picture.evidence.get(&id) else {
        return;
    };
    let mut evidence = (**evidence).clone();
    evidence.category = category;
    evidence.category_reason = category_reason;
    evidence.severity = severity;
    evidence.text = text.to_owned();
    evidence.time = observation.time;
    evidence.position = place_of(observation).or(evidence.position);
    evidence.accuracy_m = observation.accuracy_m.or(evidence.accuracy_m);
    let incident = evidence.incident;
    let evidence = turn.put_evidence(evidence);
    let city = turn.city.clone();
    fuse.nearby.add(&city, &evidence);
    partition::bring_up(turn, incident);
    moved.insert(incident);
}

/// Finds the incident a new piece belongs to, or opens one.
pub fn join(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    mut evidence: Evidence,
    moved: &mut BTreeSet<IncidentId>,
) {
    let city = turn.city.clone();
    let linked = linked(fuse, turn, &evidence);
    let size_cap = Family::of(&city, &evidence).rule(&city).size_cap;
    let home = choose_home(turn, &linked, size_cap);
    match home {
        None => {
            let id = turn.new_incident_id();
            evidence.incident = id;
            let evidence = turn.put_evidence(evidence);
            fuse.nearby.add(&city, &evidence);
            partition::open(turn, id, &evidence, &Actor::Machine);
            moved.insert(id);
        }
        Some(home) => {
            evidence.incident = home.into;
            evidence.link = linked.get(&home.into).cloned();
            let evidence = turn.put_evidence(evidence);
            fuse.nearby.add(&city, &evidence);
            for other in home.merged {
                merge_by_machine(turn, other, home.into);
            }
            partition::bring_up(turn, home.into);
            moved.insert(home.into);
            for (other, score) in home.maybe {
                suggest(turn, home.into, other, score);
            }
        }
    }
}

/// The best link into each open incident, by incident.
fn linked(fuse: &Fuse, turn: &Turn<'_>, evidence: &Evidence) -> BTreeMap<IncidentId, Link> {
    let city = &turn.city;
    let family = Family::of(city, evidence);
    let mut best: BTreeMap<IncidentId, Link> = BTreeMap::new();
    for id in fuse.nearby.candidates(city, evidence) {
        let Some(other) = turn.picture.evidence.get(&id) else {
            continue;
        };
        let open = turn
            .picture
            .incidents
            .get(&other.incident)
            .is_some_and(|incident| incident.state.is_open());
        if !open || Family::of(city, other) != family {
            continue;
        }
        let Some((score, reason)) =
            same_thing(evidence, other, family.rule(city), family.is_unknown())
        else {
            continue;
        };
        let link = Link {
            with: id,
            score,
            reason,
        };
        match best.get(&other.incident) {
            Some(known) if known.score >= score => {}
            _ => {
                best.insert(other.incident, link);
            }
        }
    }
    best
}

/// Where a piece goes, what it shows to be the same, and what only people may join.
struct Home {
    into: IncidentId,
    merged: Vec<IncidentId>,
    maybe: Vec<(IncidentId, u8)>,
}

fn choose_home(
    turn: &Turn<'_>,
    linked: &BTreeMap<IncidentId, Link>,
    size_cap: u32,
) -> Option<Home> {
    let fluid = |id: &IncidentId| {
        turn.picture
            .incidents
            .get(id)
            .is_some_and(|incident| incident.state == State::Reported && !incident.by_hand.touched)
    };
    let size = |id: &IncidentId| {
        turn.picture
            .incidents
            .get(id)
            .map_or(0, |incident| incident.evidence_count)
    };
    let total: u32 = linked.keys().map(size).sum();
    if linked.keys().all(fluid) && total < size_cap {
        let mut ids = linked.keys().copied();
        let into = ids.next()?;
        return Some(Home {
            into,
            merged: ids.collect(),
            maybe: Vec::new(),
        });
    }
    let mut into: Option<(u8, IncidentId)> = None;
    for (id, link) in linked {
        let better = into.is_none_or(|(score, _)| link.score > score);
        if size(id) < size_cap && better {
            into = Some((link.score, *id));
        }
    }
    let (_, into) = into?;
    let maybe = linked
        .iter()
        .filter(|(id, _)| **id != into)
        .map(|(id, link)| (*id, link.score))
        .collect();
    Some(Home {
        into,
        merged: Vec::new(),
        maybe,
    })
}

fn merge_by_machine(turn: &mut Turn<'_>, from: IncidentId, into: IncidentId) {
    partition::absorb(turn, from, into, None);
    turn.moved_by(from, Actor::Machine, CommandName::Merge);
    turn.log(into, Actor::Machine, None, Happening::MergedHere(from));
}

fn suggest(turn: &mut Turn<'_>, here: IncidentId, other: IncidentId, score: u8) {
    let pair = (here.min(other), here.max(other));
    if turn.picture.suggested.insert(pair) {
        turn.log(
            here,
            Actor::Machine,
            None,
            Happening::MaybeSame { other, score },
        );
    }
}

/// What somebody at the desk writes down: a new incident, touched by hand from the start.
pub fn open_by_hand(fuse: &mut Fuse, turn: &mut Turn<'_>, given: &OpenByHand) -> Arc<Incident> {
    let name = given.by.name().to_owned();
    let person = AccountName::new(&name).ok();
    let (category, category_reason) = match (given.category, &person) {
        (Some(code), Some(person)) => (Some(code), CategoryReason::Person(person.clone())),
        (Some(code), None) => (Some(code), CategoryReason::Unknown),
        (None, _) => by_words(fuse, &given.text),
    };
    let id = turn.new_incident_id();
    let evidence_id = turn.new_evidence_id();
    let evidence = Evidence {
        id: evidence_id,
        incident: id,
        kind: EvidenceKind::Hand,
        source: SourceId::new("desk").expect("a short word is an id"),
        observation: ObservationId::new(&evidence_id.to_string()).expect("a number is an id"),
        thing: None,
        time: turn.now,
        position: given.position,
        accuracy_m: None,
        category,
        category_reason,
        severity: given
            .severity
            .unwrap_or_else(|| usual_severity(turn, category)),
        text: given.text.clone(),
        reporter: given.reporter.clone(),
        drill: given.drill,
        link: None,
    };
    let evidence = turn.put_evidence(evidence);
    let city = turn.city.clone();
    fuse.nearby.add(&city, &evidence);
    let opened = partition::open(turn, id, &evidence, &given.by);
    let mut incident = (*opened).clone();
    incident.by_hand.touched = true;
    incident.by_hand.category = given.category.is_some();
    incident.by_hand.severity = given.severity.is_some();
    incident.by_hand.position = given.position.is_some();
    incident.why.responsibility = ResponsibilityReason::OpenedByHand;
    turn.put_incident(incident)
}
