//! Which evidence makes which incident: opening, bringing up to the evidence, taking one incident into another.
//! What decides that two things are one is fusion's or a person's; this only carries it out.

use std::sync::Arc;

use crate::account::Actor;
use crate::assignment::Stage;
use crate::fused::{self, Fused};
use crate::ids::{AccountName, IncidentId};
use crate::incident::{
    Evidence, EvidenceKind, Happening, Incident, JurisdictionReason, Link, LinkReason, OpenedBy,
    Request, ResponsibilityReason, SetByHand, Why,
};
use crate::lifecycle::{CommandName, State};
use crate::stage;
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
        instruction_open: false,
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
    stage::set_timers(turn, id, incident.clock.as_ref());
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

/// Takes all evidence of one incident into another; `by` is the person who decided it, if one did.
pub fn absorb(turn: &mut Turn<'_>, from: IncidentId, into: IncidentId, by: Option<&AccountName>) {
    let anchor = turn.evidence_of(into).first().map(|piece| piece.id);
    for evidence in turn.evidence_of(from) {
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
        gone.clock = None;
        gone.suspended = false;
        gone.extension.asked = false;
        gone.suspension.asked = false;
        gone.evidence_count = 0;
        turn.put_incident(gone);
    }
    follow_alarms(turn, from, into);
    bring_up(turn, into);
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
