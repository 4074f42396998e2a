//! Which evidence makes which incident: opening, bringing up to the evidence, taking one incident into another and
//! giving it back.
//! What decides that two things are one is fusion's or a person's; this only carries it out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::Actor;
use crate::assignment::Stage;
use crate::fused::{self, Fused};
use crate::ids::{AccountName, EvidenceId, IncidentId};
use crate::incident::{
    Evidence, EvidenceKind, Happening, Incident, JurisdictionReason, Link, LinkReason, OpenedBy,
    ResponsibilityReason, SetByHand, Why,
};
use crate::lifecycle::{CommandName, State};
use crate::request::Request;
use crate::stage;
use crate::time::Timestamp;
use crate::turn::Turn;

/// Opens an incident for its first piece of evidence and starts the clock of its acceptance.
pub fn open(
    turn: &mut Turn<'_>,
    id: IncidentId,
    evidence: &Arc<Evidence>,
    by: &Actor,
) -> Arc<Incident> {
    let clock = stage::start(turn, Stage::Accept, turn.city.limits.accept);
    let mut incident = Incident {
        id,
        number: turn.new_number(evidence.category),
        revision: 1,
        state: State::Reported,
        category: evidence.category,
        severity: evidence.severity,
        title: None,
        position: None,
        town: None,
        village: None,
        grid: None,
        confidence: 0,
        opened_at: turn.now,
        updated_at: turn.now,
        opened_by: match by {
            Actor::Machine => OpenedBy::Feed(evidence.source.clone()),
            Actor::Person { name, .. } => OpenedBy::Person(name.clone()),
        },
        by_hand: SetByHand::default(),
        claimed_by: None,
        verified: None,
        clock: Some(clock),
        lead: None,
        supporting: Vec::new(),
        former: Vec::new(),
        evidence_count: 0,
        hops: 0,
        returned: false,
        binding: false,
        extension: Request::default(),
        suspension: Request::default(),
        suspended: false,
        suspended_until: None,
        instructions: Vec::new(),
        urged: 0,
        escalated_to: Vec::new(),
        escalation: stage::frozen(&turn.city.escalation),
        plan: None,
        appeal: Request::default(),
        exempted: false,
        satisfied: None,
        standard: None,
        linked: Vec::new(),
        merged_into: None,
        drill: evidence.drill,
        why: Why {
            category: evidence.category_reason.clone(),
            jurisdiction: JurisdictionReason::NoPosition,
            responsibility: ResponsibilityReason::Undecided,
        },
    };
    fused::place(&mut incident, turn.places);
    let records = &turn.picture.records;
    if let Some(fused) = Fused::of(std::slice::from_ref(evidence), None, records) {
        fused::bring_up(&mut incident, &fused, turn.places);
    }
    stage::set_timers(turn, &incident);
    let incident = turn.put_incident(incident);
    turn.log(id, by.clone(), None, Happening::Opened);
    incident
}

/// Brings an incident up to its evidence, and says so where its severity rose. What has ended stays as it ended.
pub fn bring_up(turn: &mut Turn<'_>, id: IncidentId) {
    let Some(incident) = turn.incident(id).filter(|one| one.state.is_open()) else {
        return;
    };
    let pieces = turn.evidence_of(id);
    let Some(fused) = Fused::of(&pieces, incident.verified, &turn.picture.records) else {
        return;
    };
    let mut next = (*incident).clone();
    fused::bring_up(&mut next, &fused, turn.places);
    let rose = next.severity < incident.severity && incident.state > State::Reported;
    let severity = next.severity;
    let next = turn.put_incident(next);
    if next.revision != incident.revision {
        let what = if next.category != incident.category {
            CommandName::SetCategory
        } else if next.severity != incident.severity {
            CommandName::SetSeverity
        } else {
            CommandName::SetPosition
        };
        turn.moved_by(id, Actor::Machine, what);
    }
    if rose {
        turn.log(
            id,
            Actor::Machine,
            None,
            Happening::SeverityRaised(severity),
        );
    }
}

/// What an incident was when it went into another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Absorbed {
    pub at: Timestamp,
    pub incident: Arc<Incident>,
    /// Its pieces, each with why it lay there.
    pub pieces: BTreeMap<EvidenceId, Option<Link>>,
}

/// Takes all evidence of one incident into another; `by` is the person who decided it, if one did.
pub fn absorb(turn: &mut Turn<'_>, from: IncidentId, into: IncidentId, by: Option<&AccountName>) {
    let anchor = turn.evidence_of(into).first().map(|piece| piece.id);
    let pieces = turn.evidence_of(from);
    if let Some(incident) = turn.incident(from) {
        let was = Absorbed {
            at: turn.now,
            incident,
            pieces: pieces
                .iter()
                .map(|piece| (piece.id, piece.link.clone()))
                .collect(),
        };
        turn.picture.absorbed.insert(from, was);
    }
    for evidence in pieces {
        let mut evidence = (*evidence).clone();
        evidence.incident = into;
        if let (Some(person), Some(anchor)) = (by, anchor) {
            evidence.link = Some(Link {
                with: anchor,
                score: 100,
                reason: LinkReason::Person(person.clone()),
            });
        }
        turn.put_evidence(evidence);
    }
    if let Some(incident) = turn.incident(from) {
        let mut gone = (*incident).clone();
        gone.state = State::Merged;
        gone.merged_into = Some(into);
        gone.ends();
        gone.evidence_count = 0;
        turn.put_incident(gone);
    }
    follow_alarms(turn, from, into);
    bring_up(turn, into);
}

/// The incident that went into another with just these pieces: taking them out is giving it back.
pub fn absorbed_with(
    turn: &Turn<'_>,
    into: IncidentId,
    pieces: &BTreeSet<EvidenceId>,
) -> Option<IncidentId> {
    let mut latest_first = turn.picture.absorbed.iter().rev();
    latest_first
        .find(|(id, was)| was.pieces.keys().eq(pieces) && where_it_went(turn, **id) == into)
        .map(|(id, _)| *id)
}

/// The incident that a merged one lies in now; it may have been merged on.
fn where_it_went(turn: &Turn<'_>, id: IncidentId) -> IncidentId {
    let mut at = id;
    while let Some(next) = turn
        .picture
        .incidents
        .get(&at)
        .and_then(|incident| incident.merged_into)
    {
        at = next;
    }
    at
}

/// Gives a merged incident back as it was: number, state, order, and its clock, which never stood still.
pub fn give_back(turn: &mut Turn<'_>, id: IncidentId) {
    let Some(was) = turn.picture.absorbed.remove(&id) else {
        return;
    };
    for (piece, link) in was.pieces {
        let Some(evidence) = turn.picture.evidence.get(&piece) else {
            continue;
        };
        let mut evidence = (**evidence).clone();
        evidence.incident = id;
        evidence.link = link;
        turn.put_evidence(evidence);
    }
    let mut back = (*was.incident).clone();
    back.by_hand.touched = true;
    stage::count_anew(turn, &mut back);
    stage::look_again(turn, &back, was.at);
    turn.put_incident(back);
    stage::escalate(turn, id);
}

/// Alarms stand with the incident their evidence lies in.
pub fn follow_alarms(turn: &mut Turn<'_>, from: IncidentId, into: IncidentId) {
    let pieces = turn.evidence_of(into);
    for piece in pieces {
        let (EvidenceKind::Alarm(id) | EvidenceKind::Silence(id)) = piece.kind else {
            continue;
        };
        if let Some(alarm) = turn.picture.alarms.get(&id)
            && alarm.incident == Some(from)
        {
            let mut alarm = (**alarm).clone();
            alarm.incident = Some(into);
            turn.put_alarm(alarm);
        }
    }
}
