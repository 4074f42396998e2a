//! Puts evidence into incidents: opens, joins, and merges what a new piece shows to be one.
//! While nothing has been dispatched an incident is a connected component of links; a bridge that appears
//! later is only pointed out to people.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::Actor;
use domain::category::{CategoryCode, Severity};
use domain::command::OpenByHand;
use domain::gazetteer::NAMED_ACCURACY_M;
use domain::ids::{AccountName, EvidenceId, IncidentId, JurisdictionCode, ObservationId, SourceId};
use domain::incident::{
    CategoryReason, Evidence, EvidenceKind, Happening, Incident, Link, ResponsibilityReason,
    SaidPlace,
};
use domain::lifecycle::{CommandName, State};
use domain::observation::{Body, Observation};
use domain::partition;
use domain::place::Position;
use domain::text::Proposal;
use domain::turn::Turn;

use super::same_thing::{Family, Piece, Verdict, same_thing};
use super::{Fuse, known, opens, relink};

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
        Some(code) => by_source(fuse, turn, observation, *code, text),
        None => by_words(fuse, text),
    };
    let place = whereabouts(fuse, turn, observation, text);
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
            place,
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
        position: place.position,
        said: place.said,
        accuracy_m: place.accuracy_m,
        category,
        category_reason,
        severity,
        text: text.clone(),
        suspect: None,
        reporter: observation.reporter.clone(),
        drill: observation.drill,
        link: None,
    };
    known::became(turn.picture, observation, evidence.id);
    join(fuse, turn, evidence, moved);
}

/// Where an observation says it is: its position, or a point within its area.
pub fn place_of(observation: &Observation) -> Option<Position> {
    observation.position.or_else(|| {
        observation
            .area
            .as_ref()
            .map(domain::area::Area::centroid_inside)
    })
}

/// Where a piece is, how well that is known, and whether only its words say so.
#[derive(Clone, PartialEq, Debug)]
pub struct Whereabouts {
    pub position: Option<Position>,
    pub accuracy_m: Option<u32>,
    pub said: Option<SaidPlace>,
}

/// Where a report is: what its sender gave, else the place or town its words name.
fn whereabouts(fuse: &Fuse, turn: &Turn<'_>, observation: &Observation, text: &str) -> Whereabouts {
    if let Some(position) = place_of(observation) {
        return Whereabouts {
            position: Some(position),
            accuracy_m: observation.accuracy_m,
            said: None,
        };
    }
    let spoken = fuse.reader.lexicon().place(text);
    let town_name = |town: &JurisdictionCode| {
        let known = turn.city.towns.iter().find(|known| known.code == *town);
        known.map_or_else(|| town.to_string(), |known| known.name.clone())
    };
    Whereabouts {
        position: spoken.place.as_ref().map(|place| place.position),
        accuracy_m: spoken.place.as_ref().map(|_| NAMED_ACCURACY_M),
        said: spoken.town.map(|town| SaidPlace {
            name: match (&spoken.place, &spoken.village) {
                (Some(place), _) => place.name.clone(),
                (None, Some(village)) => village.clone(),
                (None, None) => town_name(&town),
            },
            town,
        }),
    }
}

pub fn usual_severity(turn: &Turn<'_>, category: Option<CategoryCode>) -> Severity {
    category
        .and_then(|code| turn.city.category(code))
        .map_or(Severity::Minor, |kind| kind.severity)
}

/// What the sender says it is, unless its own words speak of something else that others see to.
fn by_source(
    fuse: &Fuse,
    turn: &Turn<'_>,
    observation: &Observation,
    given: CategoryCode,
    text: &str,
) -> (Option<CategoryCode>, CategoryReason) {
    let source = observation.source.clone();
    let by_source = (Some(given), CategoryReason::Source(source.clone()));
    // Where the pack itself says what all messages of a feed are, there is no sender to contradict.
    let mapped = turn.city.feed_of(source.as_str());
    if mapped.is_some_and(|feed| feed.map.is_some()) {
        return by_source;
    }
    let Some(kind) = turn.city.category(given) else {
        return by_source;
    };
    let Some((said, words)) = fuse.reader.lexicon().contradicts(text, kind) else {
        return by_source;
    };
    let other = turn.city.category(said);
    if other.is_some_and(|other| other.family == kind.family) {
        return by_source;
    }
    let reason = CategoryReason::Contradicted {
        source,
        given,
        said,
        words,
    };
    (None, reason)
}

fn by_words(fuse: &Fuse, said: &str) -> (Option<CategoryCode>, CategoryReason) {
    match fuse.reader.lexicon().kind(said) {
        Proposal::Category { code, words, .. } => (Some(code), CategoryReason::Words(words)),
        Proposal::Tie(_) | Proposal::Nothing => (None, CategoryReason::Unknown),
    }
}

/// A newer version of an observation corrects the piece its earlier one became. While nobody has acted on its
/// incident the piece then goes where it belongs; after that it stays where it lies.
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
    place: Whereabouts,
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
    if place.position.is_some() || place.said.is_some() {
        evidence.position = place.position;
        evidence.said = place.said;
        evidence.accuracy_m = place.accuracy_m.or(evidence.accuracy_m);
    }
    let incident = evidence.incident;
    let evidence = turn.put_evidence(evidence);
    let city = turn.city.clone();
    fuse.reader.forget(id);
    fuse.index(&city, &evidence);
    if is_fluid(turn, incident) {
        relink::corrected(fuse, turn, &evidence, moved);
    } else {
        partition::bring_up(turn, incident);
        moved.insert(incident);
    }
}

/// Finds the incident a new piece belongs to, or opens one.
pub fn join(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    mut evidence: Evidence,
    moved: &mut BTreeSet<IncidentId>,
) {
    let city = turn.city.clone();
    let found = links(fuse, turn, &evidence);
    let size_cap = Family::of(&city, &evidence).rule(&city).size_cap;
    match choose_home(turn, &found.same, size_cap) {
        None => {
            let id = turn.new_incident_id();
            evidence.incident = id;
            let evidence = turn.put_evidence(evidence);
            fuse.index(&city, &evidence);
            partition::open(turn, id, &evidence, &Actor::Machine);
            moved.insert(id);
            point_out(turn, id, found.maybe);
        }
        Some(home) => {
            evidence.incident = home.into;
            evidence.link = found.same.get(&home.into).cloned();
            let evidence = turn.put_evidence(evidence);
            fuse.index(&city, &evidence);
            for other in home.merged {
                merge_by_machine(turn, other, home.into);
            }
            partition::bring_up(turn, home.into);
            moved.insert(home.into);
            point_out(turn, home.into, home.maybe);
        }
    }
}

/// The best link into each open incident, by incident.
#[derive(Default)]
pub struct Links {
    pub same: BTreeMap<IncidentId, Link>,
    /// Close to it, and nothing that would make them one.
    pub maybe: BTreeMap<IncidentId, Link>,
}

impl Links {
    fn note(&mut self, incident: IncidentId, with: EvidenceId, verdict: Verdict) {
        let (links, likeness) = match verdict {
            Verdict::Same(likeness) => (&mut self.same, likeness),
            Verdict::Maybe(likeness) => (&mut self.maybe, likeness),
            Verdict::Different => return,
        };
        let better = links
            .get(&incident)
            .is_none_or(|known| likeness.score > known.score);
        if better {
            let link = Link {
                with,
                score: likeness.score,
                reason: likeness.reason,
            };
            links.insert(incident, link);
        }
    }
}

/// What a piece is linked to among the evidence of open incidents.
pub fn links(fuse: &mut Fuse, turn: &Turn<'_>, evidence: &Evidence) -> Links {
    let city = &turn.city;
    let family = Family::of(city, evidence);
    let rule = family.rule(city);
    let words = fuse.reader.words(evidence);
    let mut links = Links::default();
    for id in fuse
        .nearby
        .candidates(city, evidence, fuse.reader.lexicon())
    {
        let Some(other) = turn.picture.evidence.get(&id) else {
            continue;
        };
        let open = turn
            .picture
            .incidents
            .get(&other.incident)
            .is_some_and(|incident| incident.state.is_open());
        if id == evidence.id || !open || Family::of(city, other) != family {
            continue;
        }
        let other_words = fuse.reader.words(other);
        let verdict = same_thing(
            Piece {
                evidence,
                words: &words,
            },
            Piece {
                evidence: other,
                words: &other_words,
            },
            rule,
            family.is_unknown(),
        );
        links.note(other.incident, id, verdict);
    }
    let same = &links.same;
    links
        .maybe
        .retain(|incident, _| !same.contains_key(incident));
    links
}

/// Where a piece goes, what it shows to be the same, and what only people may join.
struct Home {
    into: IncidentId,
    merged: Vec<IncidentId>,
    maybe: BTreeMap<IncidentId, Link>,
}

/// Whether the machine may still take an incident apart and together: nobody has acted on it.
pub fn is_fluid(turn: &Turn<'_>, id: IncidentId) -> bool {
    turn.picture
        .incidents
        .get(&id)
        .is_some_and(|incident| incident.state == State::Reported && !incident.by_hand.touched)
}

pub fn size(turn: &Turn<'_>, id: IncidentId) -> u32 {
    turn.picture
        .incidents
        .get(&id)
        .map_or(0, |incident| incident.evidence_count)
}

fn choose_home(
    turn: &Turn<'_>,
    linked: &BTreeMap<IncidentId, Link>,
    size_cap: u32,
) -> Option<Home> {
    let total: u32 = linked.keys().map(|id| size(turn, *id)).sum();
    if linked.keys().all(|id| is_fluid(turn, *id)) && total < size_cap {
        let mut ids = linked.keys().copied();
        let into = ids.next()?;
        return Some(Home {
            into,
            merged: ids.collect(),
            maybe: BTreeMap::new(),
        });
    }
    let mut into: Option<(u8, IncidentId)> = None;
    for (id, link) in linked {
        let better = into.is_none_or(|(score, _)| link.score > score);
        if size(turn, *id) < size_cap && better {
            into = Some((link.score, *id));
        }
    }
    let (_, into) = into?;
    let mut maybe = linked.clone();
    maybe.remove(&into);
    Some(Home {
        into,
        merged: Vec::new(),
        maybe,
    })
}

pub fn merge_by_machine(turn: &mut Turn<'_>, from: IncidentId, into: IncidentId) {
    partition::absorb(turn, from, into, None);
    turn.moved_by(from, Actor::Machine, CommandName::Merge);
    turn.log(into, Actor::Machine, None, Happening::MergedHere(from));
}

/// Says on an incident which others may be the same, each pair once.
pub fn point_out(turn: &mut Turn<'_>, here: IncidentId, maybe: BTreeMap<IncidentId, Link>) {
    for (other, link) in maybe {
        let pair = (here.min(other), here.max(other));
        if turn.picture.suggested.insert(pair) {
            let what = Happening::MaybeSame { other, link };
            turn.log(here, Actor::Machine, None, what);
        }
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
        said: None,
        accuracy_m: None,
        category,
        category_reason,
        severity: given
            .severity
            .unwrap_or_else(|| usual_severity(turn, category)),
        text: given.text.clone(),
        suspect: None,
        reporter: given.reporter.clone(),
        drill: given.drill,
        link: None,
    };
    let evidence = turn.put_evidence(evidence);
    let city = turn.city.clone();
    fuse.index(&city, &evidence);
    let opened = partition::open(turn, id, &evidence, &given.by);
    let mut incident = (*opened).clone();
    incident.by_hand.touched = true;
    incident.by_hand.category = given.category.is_some();
    incident.by_hand.severity = given.severity.is_some();
    incident.by_hand.position = given.position.is_some();
    incident.why.responsibility = ResponsibilityReason::OpenedByHand;
    turn.put_incident(incident)
}
