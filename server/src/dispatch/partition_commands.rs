//! Merge and split by hand: people may undo what the machine joined, and join what it did not. Reversible: splitting a
//! piece out and merging it back gives the same partition; splitting out just what a merged incident brought gives that
//! incident back.

use std::collections::BTreeSet;

use domain::command::CommandGiven;
use domain::ids::{AccountName, EvidenceId, IncidentId};
use domain::incident::{EvidenceKind, Happening, Incident, ResponsibilityReason};
use domain::lifecycle::CommandName;
use domain::partition;
use domain::turn::Turn;

/// Takes this incident into another.
pub fn merge(turn: &mut Turn<'_>, given: &CommandGiven, incident: &Incident, into: IncidentId) {
    let person = AccountName::new(given.by.name()).ok();
    let before = turn.incident(into).map(|one| one.revision);
    partition::absorb(turn, incident.id, into, person.as_ref());
    if turn.incident(into).map(|one| one.revision) != before {
        turn.moved_by(into, given.by.clone(), CommandName::Merge);
    }
    touch(turn, into);
    turn.log(
        into,
        given.by.clone(),
        Some(given.id),
        Happening::MergedHere(incident.id),
    );
}

/// Takes pieces out of this incident: into the one that brought just these, or into a new one of their own.
pub fn split(
    turn: &mut Turn<'_>,
    given: &CommandGiven,
    incident: &Incident,
    chosen: &[EvidenceId],
) {
    let chosen: BTreeSet<EvidenceId> = chosen.iter().copied().collect();
    let own = match partition::absorbed_with(turn, incident.id, &chosen) {
        Some(merged) => {
            give_back(turn, given, incident.id, merged);
            merged
        }
        None => match open_with(turn, given, &chosen) {
            Some(new) => new,
            None => return,
        },
    };
    partition::bring_up(turn, own);
    partition::follow_alarms(turn, incident.id, own);
    // A person has decided that these are two: the machine does not suggest otherwise.
    turn.picture
        .suggested
        .insert((incident.id.min(own), incident.id.max(own)));
    touch(turn, incident.id);
    partition::bring_up(turn, incident.id);
    reopen_chain(turn, incident.id);
}

fn give_back(turn: &mut Turn<'_>, given: &CommandGiven, from: IncidentId, merged: IncidentId) {
    partition::give_back(turn, merged);
    turn.moved_by(merged, given.by.clone(), CommandName::Split);
    turn.log(
        merged,
        given.by.clone(),
        Some(given.id),
        Happening::GivenBack(from),
    );
}

/// Opens an incident with these pieces; it moves only by hand.
fn open_with(
    turn: &mut Turn<'_>,
    given: &CommandGiven,
    chosen: &BTreeSet<EvidenceId>,
) -> Option<IncidentId> {
    let new = turn.new_incident_id();
    let mut first = None;
    for id in chosen {
        let Some(evidence) = turn.picture.evidence.get(id) else {
            continue;
        };
        let mut evidence = (**evidence).clone();
        evidence.incident = new;
        evidence.link = None;
        let evidence = turn.put_evidence(evidence);
        first.get_or_insert(evidence);
    }
    let opened = partition::open(turn, new, &first?, &given.by);
    let mut next = (*opened).clone();
    next.by_hand.touched = true;
    next.why.responsibility = ResponsibilityReason::OpenedByHand;
    turn.put_incident(next);
    Some(new)
}

/// The machine leaves alone what a person has decided.
fn touch(turn: &mut Turn<'_>, id: IncidentId) {
    if let Some(incident) = turn.incident(id) {
        let mut next = (*incident).clone();
        next.by_hand.touched = true;
        turn.put_incident(next);
    }
}

/// Where the piece that opened an incident was taken out, the earliest left stands as its opener.
fn reopen_chain(turn: &mut Turn<'_>, id: IncidentId) {
    let pieces = turn.evidence_of(id);
    if pieces
        .iter()
        .any(|piece| piece.link.is_none() || piece.kind == EvidenceKind::Hand)
    {
        return;
    }
    if let Some(first) = pieces.first() {
        let mut next = (**first).clone();
        next.link = None;
        turn.put_evidence(next);
    }
}
