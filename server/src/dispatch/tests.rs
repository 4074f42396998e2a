//! Each incident finds the department that answers for it, or the tray with a reason; and what people command happens
//! as the contract has it, or not at all.

mod attaching;
mod every_command;
mod exploring;
mod found;
mod histories;
mod judged;
mod noticing;
mod refusals;
mod requests;
mod reveals;
mod sentences;
mod together;
mod wandering;
mod whose;

use std::sync::Arc;

use domain::account::{Actor, Role};
use domain::command::{Command, Refusal};
use domain::ids::{EvidenceId, IncidentId};
use domain::incident::Incident;
use domain::lifecycle::{CommandName, State};

use crate::single_writer::rehearsal::{
    Day, MORNING, NOBODYS, Said, at, collector, commander, department, dispatcher, kind, nancheng,
    operator, person, responder, shift_leader,
};

pub const LEAD: &str = "swj";
pub const SUPPORT: &str = "jjzd";
pub const NANCHENG: &str = "441900004";

fn said() -> String {
    "说明".to_owned()
}

/// Everyone who could be standing there, by what he is to an incident in Nancheng that the lead works on.
pub fn everybody() -> Vec<(&'static str, Actor)> {
    let nobody_s = Actor::Person {
        name: domain::ids::AccountName::new("lost").expect("a name"),
        role: Role::Department,
        department: None,
        town: None,
    };
    vec![
        ("the collector of the town", collector(NANCHENG)),
        ("a collector of another town", collector("441900121")),
        ("an operator", operator()),
        ("another operator", person("sun.li", Role::Operator)),
        ("the shift leader", shift_leader()),
        ("the dispatcher", dispatcher()),
        ("the lead", responder(LEAD)),
        ("one in support", responder(SUPPORT)),
        ("another department", responder("xfj")),
        ("the unit of the town", responder("town-441900004")),
        ("a department account without department", nobody_s),
        ("the commander", commander()),
        ("the administrator", person("admin", Role::Administrator)),
        ("the auditor", person("auditor", Role::Auditor)),
        ("the wall", person("wall", Role::Wall)),
    ]
}

/// Two callers about a drone, whom nobody answers for: reported, with a kind, left to people. And another incident.
pub fn reported() -> (Day, IncidentId) {
    let mut day = Day::begin();
    let id = day
        .opens(Said::report("1", at(MORNING), nancheng(), NOBODYS))
        .id;
    day.hear(Said::report("2", at(MORNING), nancheng(), NOBODYS));
    // Another, that the same departments work on.
    let far = nancheng().offset_m(900.0, 0.0);
    let other = day.opens(Said::report("3", at(MORNING), far, NOBODYS)).id;
    lead_to(&mut day, other, State::Dispatched);
    (day, id)
}

/// Leads an incident to a state by the ordinary way.
pub fn lead_to(day: &mut Day, id: IncidentId, state: State) {
    let (boss, lead) = (shift_leader(), responder(LEAD));
    match state {
        State::Reported => return,
        State::Rejected => {
            day.must(&boss, id, Command::Reject { reason: said() });
            return;
        }
        State::Voided => {
            day.must(&boss, id, Command::Void { reason: said() });
            return;
        }
        State::Merged => {
            let into = other_than(day, id);
            day.must(&boss, id, Command::Merge { into });
            return;
        }
        _ => {}
    }
    let steps = [
        (State::Registered, boss.clone(), Command::Register),
        (
            State::Dispatched,
            dispatcher(),
            Command::Dispatch {
                lead: Some(department(LEAD)),
                supporting: vec![department(SUPPORT)],
            },
        ),
        (State::Acknowledged, lead.clone(), Command::Acknowledge),
        (
            State::Handling,
            lead.clone(),
            Command::Arrive {
                said: Default::default(),
            },
        ),
        (
            State::Resolved,
            lead,
            Command::Resolve {
                text: said(),
                said: Default::default(),
            },
        ),
        (
            State::Checked,
            operator(),
            Command::Check {
                passed: true,
                text: said(),
            },
        ),
        (
            State::Closed,
            boss,
            Command::Close {
                standard: "飞行已停止".into(),
            },
        ),
    ];
    for (reached, by, command) in steps {
        assert_eq!(day.must(&by, id, command).state, reached);
        if reached == state {
            return;
        }
    }
}

/// Some other incident that is open.
pub fn other_than(day: &Day, id: IncidentId) -> IncidentId {
    let other = day.open_incidents().into_iter().find(|one| one.id != id);
    other.expect("there is another").id
}

/// A command with arguments that make sense for this incident, or None where none can.
pub fn sensible(day: &Day, incident: &Incident, command: CommandName) -> Option<Command> {
    use CommandName as N;
    let reason = said();
    let text = said();
    let some = |id: &str| department(id);
    let first_piece = || -> Option<EvidenceId> {
        let pieces = day.evidence_of(incident.id);
        (pieces.len() > 1).then(|| pieces[0].id)
    };
    Some(match command {
        N::Claim => Command::Claim,
        N::Release => Command::Release,
        N::SetCategory => Command::SetCategory(kind("E0402")),
        N::SetSeverity => Command::SetSeverity(domain::category::Severity::Severe),
        N::SetPosition => Command::SetPosition(nancheng().offset_m(10.0, 0.0)),
        N::SetTitle => Command::SetTitle("湖上的无人机".into()),
        N::Verify => Command::Verify {
            confirmed: true,
            text,
        },
        N::Register => Command::Register,
        N::Reject => Command::Reject { reason },
        N::Void => Command::Void { reason },
        N::Dispatch => Command::Dispatch {
            lead: Some(some(LEAD)),
            supporting: vec![some(SUPPORT)],
        },
        N::Acknowledge => Command::Acknowledge,
        N::Return => Command::Return { reason },
        N::DecideDispute => Command::DecideDispute {
            lead: some(LEAD),
            reason,
        },
        N::Arrive => Command::Arrive {
            said: Default::default(),
        },
        N::Resolve => Command::Resolve {
            text,
            said: Default::default(),
        },
        N::Check => Command::Check { passed: true, text },
        N::Rework => Command::Rework { reason },
        N::Close => {
            let kind = incident
                .category
                .and_then(|code| day.city().category(code).cloned());
            Command::Close {
                standard: kind?.standards.first()?.clone(),
            }
        }
        N::ForceClose => Command::ForceClose { reason },
        N::Reopen => Command::Reopen { reason },
        N::RequestExtension => Command::RequestExtension { reason },
        N::DecideExtension => Command::DecideExtension {
            approved: true,
            reason,
        },
        N::RequestSuspension => Command::RequestSuspension {
            reason,
            until: None,
        },
        N::DecideSuspension => Command::DecideSuspension {
            approved: true,
            reason,
        },
        N::Resume => Command::Resume,
        N::AddSupport => {
            let free = ["gaj", "yjj", "zjj", "cgj", "swjt"].map(department);
            let free = free.into_iter().find(|one| !incident.involves(one));
            Command::AddSupport(free?)
        }
        N::RemoveSupport => Command::RemoveSupport(incident.supporting.first()?.department.clone()),
        N::Merge => Command::Merge {
            into: day
                .open_incidents()
                .into_iter()
                .find(|one| one.id != incident.id)?
                .id,
        },
        N::Split => Command::Split {
            evidence: vec![first_piece()?],
        },
        N::Urge => Command::Urge { text },
        N::Instruct => Command::Instruct {
            text,
            answer_by: None,
        },
        N::AnswerInstruction => Command::AnswerInstruction {
            text,
            instruction: None,
        },
        N::Escalate => Command::Escalate { text },
        N::Comment => Command::Comment {
            text,
            said: Default::default(),
        },
        N::Link => Command::Link {
            incident: day
                .open_incidents()
                .into_iter()
                .find(|one| one.id != incident.id)?
                .id,
        },
        N::RecordFeedback => Command::RecordFeedback {
            satisfied: true,
            text,
        },
        N::Appeal => Command::Appeal { reason },
        N::DecideAppeal => Command::DecideAppeal {
            approved: true,
            reason,
        },
        N::RequestVerification => Command::RequestVerification { text },
        N::AcceptSupport => Command::AcceptSupport,
        N::SetOut => Command::SetOut {
            unit: None,
            eta_minutes: Some(12),
            said: Default::default(),
        },
        N::Tick => Command::Tick {
            item: incident.plan.as_ref()?.plan.items.first()?.id.clone(),
            done: true,
            text,
        },
    })
}

/// The status that stands for a refusal.
pub fn status(answer: &Result<Arc<Incident>, Refusal>) -> u16 {
    match answer {
        Ok(_) => 200,
        Err(Refusal::UnknownIncident | Refusal::OutOfScope) => 404,
        Err(Refusal::WrongRole { .. } | Refusal::NotYourIncident) => 403,
        Err(Refusal::Invalid { .. }) => 422,
        Err(
            Refusal::WrongState { .. }
            | Refusal::NotNow { .. }
            | Refusal::RevisionMoved { .. }
            | Refusal::EarlierMissing(_)
            | Refusal::OfAlarm(_),
        ) => 409,
    }
}
