//! After a correction: the incident is taken apart into what still hangs together, and the corrected piece goes where it
//! now belongs, as if it had been right from the start. Only while nobody has acted on any of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::account::Actor;
use domain::ids::{EvidenceId, IncidentId};
use domain::incident::{Evidence, Happening, Link};
use domain::partition;
use domain::turn::Turn;

use super::Fuse;
use super::incidents::{is_fluid, links, merge_by_machine, point_out, size};
use super::same_thing::{Family, Piece, Verdict, same_thing};

pub fn corrected(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    corrected: &Arc<Evidence>,
    moved: &mut BTreeSet<IncidentId>,
) {
    let home = corrected.incident;
    let pieces = turn.evidence_of(home);
    let mut parts = components(fuse, turn, &pieces).into_iter();
    if let Some(stays) = parts.next() {
        put_part(turn, home, &stays);
    }
    for part in parts {
        let apart = turn.new_incident_id();
        put_part(turn, apart, &part);
        if let Some(first) = turn.evidence_of(apart).first() {
            partition::open(turn, apart, first, &Actor::Machine);
        }
        partition::follow_alarms(turn, home, apart);
        partition::bring_up(turn, apart);
        turn.log(home, Actor::Machine, None, Happening::TakenOut(apart));
        moved.insert(apart);
    }
    partition::bring_up(turn, home);
    moved.insert(home);
    if let Some(corrected) = turn.picture.evidence.get(&corrected.id).cloned() {
        reach_out(fuse, turn, &corrected, moved);
    }
}

/// The corrected piece may now show its incident and others to be one.
fn reach_out(
    fuse: &mut Fuse,
    turn: &mut Turn<'_>,
    corrected: &Arc<Evidence>,
    moved: &mut BTreeSet<IncidentId>,
) {
    let city = turn.city.clone();
    let home = corrected.incident;
    let size_cap = Family::of(&city, corrected).rule(&city).size_cap;
    let mut found = links(fuse, turn, corrected);
    found.same.remove(&home);
    found.maybe.remove(&home);
    let total: u32 = found.same.keys().map(|id| size(turn, *id)).sum();
    let free = found.same.keys().all(|id| is_fluid(turn, *id));
    if !free || total + size(turn, home) > size_cap {
        found.maybe.extend(found.same);
        point_out(turn, home, found.maybe);
        return;
    }
    let into = found.same.keys().copied().fold(home, IncidentId::min);
    if let Some((_, link)) = found.same.iter().max_by_key(|(_, link)| link.score) {
        let mut piece = (**corrected).clone();
        piece.link = Some(link.clone());
        turn.put_evidence(piece);
    }
    for other in found.same.keys().chain([&home]).filter(|id| **id != into) {
        merge_by_machine(turn, *other, into);
    }
    moved.insert(into);
    point_out(turn, into, found.maybe);
}

/// One part of what was an incident: each piece with its best link within the part, the first with none.
struct Part(Vec<(Arc<Evidence>, Option<Link>)>);

fn put_part(turn: &mut Turn<'_>, incident: IncidentId, part: &Part) {
    for (piece, link) in &part.0 {
        if piece.incident != incident || piece.link != *link {
            let mut piece = (**piece).clone();
            piece.incident = incident;
            piece.link.clone_from(link);
            turn.put_evidence(piece);
        }
    }
}

/// What hangs together, the part with the earliest piece first.
fn components(fuse: &mut Fuse, turn: &Turn<'_>, pieces: &[Arc<Evidence>]) -> Vec<Part> {
    let mut best: BTreeMap<EvidenceId, Link> = BTreeMap::new();
    let mut group: Vec<usize> = (0..pieces.len()).collect();
    for (later, piece) in pieces.iter().enumerate() {
        for (earlier, other) in pieces.iter().enumerate().take(later) {
            let Some(link) = link_between(fuse, turn, piece, other) else {
                continue;
            };
            let known = best.get(&piece.id);
            if known.is_none_or(|known| link.score > known.score) {
                best.insert(piece.id, link);
            }
            let (from, into) = (
                group[later].max(group[earlier]),
                group[later].min(group[earlier]),
            );
            for named in &mut group {
                if *named == from {
                    *named = into;
                }
            }
        }
    }
    let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
    for (piece, group) in pieces.iter().zip(group) {
        let link = best.remove(&piece.id);
        let part = parts.entry(group).or_insert_with(|| Part(Vec::new()));
        part.0.push((piece.clone(), link));
    }
    parts.into_values().collect()
}

fn link_between(fuse: &mut Fuse, turn: &Turn<'_>, a: &Evidence, b: &Evidence) -> Option<Link> {
    let city = &turn.city;
    let family = Family::of(city, a);
    if family != Family::of(city, b) {
        return None;
    }
    let (words, other_words) = (fuse.reader.words(a), fuse.reader.words(b));
    let verdict = same_thing(
        Piece {
            evidence: a,
            words: &words,
        },
        Piece {
            evidence: b,
            words: &other_words,
        },
        family.rule(city),
        family.is_unknown(),
    );
    match verdict {
        Verdict::Same(likeness) => Some(Link {
            with: b.id,
            score: likeness.score,
            reason: likeness.reason,
        }),
        Verdict::Maybe(_) | Verdict::Different => None,
    }
}
