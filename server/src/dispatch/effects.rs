//! What each command does to an incident once it is allowed.

use std::collections::BTreeMap;

use domain::account::{Actor, Role};
use domain::assignment::{Assignment, Stage};
use domain::clock::Limit;
use domain::command::{Command, CommandGiven, NotNow, Refusal};
use domain::fused;
use domain::ids::{AccountName, DepartmentId, IncidentId};
use domain::incident::{CategoryReason, Happening, Incident, ResponsibilityReason};
use domain::lifecycle::{CommandName, State};
use domain::plan::{self, PlanInUse};
use domain::stage;
use domain::turn::Turn;

use super::machine::responsible;
use super::{instructions, requests, work};

/// The incident as it is afterwards.
pub fn apply(
    turn: &mut Turn<'_>,
    by: &Actor,
    incident: &Incident,
    command: &Command,
) -> Result<Incident, Refusal> {
    let mut next = incident.clone();
    let person = AccountName::new(by.name()).ok();
    if !matches!(command, Command::Comment { .. } | Command::Urge { .. }) {
        next.by_hand.touched = true;
    }
    match command {
        Command::Claim => next.claimed_by = person,
        Command::Release => next.claimed_by = None,
        Command::SetCategory(code) => {
            next.category = Some(*code);
            next.by_hand.category = true;
            if let Some(person) = person {
                next.why.category = CategoryReason::Person(person);
            }
        }
        Command::SetSeverity(severity) => {
            next.severity = *severity;
            next.by_hand.severity = true;
            if next.lead.is_some() {
                take_plan(turn, &mut next);
            }
        }
        Command::SetPosition(position) => {
            next.position = Some(*position);
            next.by_hand.position = true;
            fused::place(&mut next, turn.places);
        }
        Command::SetTitle(title) => next.title = Some(title.clone()),
        Command::Verify { confirmed, .. } => {
            next.verified = Some(*confirmed);
            let verifying = next.clock.as_ref().map(|clock| clock.stage) == Some(Stage::Verify);
            if verifying {
                start(turn, &mut next, Stage::Accept);
            }
        }
        Command::RequestVerification { .. } => start(turn, &mut next, Stage::Verify),
        Command::Register => {
            next.state = State::Registered;
            start(turn, &mut next, Stage::Dispatch);
        }
        Command::Reject { .. } => end(&mut next, State::Rejected),
        Command::Void { .. } => end(&mut next, State::Voided),
        Command::Dispatch { lead, supporting } => {
            dispatch(turn, &mut next, person, lead.as_ref(), supporting)?;
        }
        Command::DecideDispute { lead, .. } => {
            hand_to(turn, &mut next, lead.clone());
            next.binding = true;
            if let Some(person) = person {
                next.why.responsibility = ResponsibilityReason::Person(person);
            }
        }
        Command::Return { .. } => {
            // The clock runs on: a dispute does not stop it.
            next.state = State::Registered;
            next.returned = true;
            next.extension.asked = None;
            next.suspension.asked = None;
            stage::unsuspend(turn, &mut next);
        }
        Command::Acknowledge
        | Command::AcceptSupport
        | Command::SetOut { .. }
        | Command::Arrive { .. }
        | Command::Resolve { .. } => work::step(turn, &mut next, by, command),
        Command::Tick { item, done, .. } => work::tick(turn, &mut next, by, item, *done),
        Command::Check { passed, .. } => {
            if *passed {
                next.ends();
                next.state = State::Checked;
            } else {
                work::again(turn, &mut next);
            }
        }
        Command::Rework { .. } => work::again(turn, &mut next),
        Command::Close { standard } => {
            next.standard = Some(standard.clone());
            end(&mut next, State::Closed);
        }
        Command::ForceClose { .. } => end(&mut next, State::Closed),
        Command::Reopen { .. } => {
            next.state = State::Registered;
            next.standard = None;
            next.binding = false;
            next.returned = false;
            start(turn, &mut next, Stage::Dispatch);
        }
        Command::AddSupport(department) => add_support(turn, &mut next, department)?,
        Command::RemoveSupport(department) => remove_support(&mut next, department)?,
        Command::Instruct { text, answer_by } => {
            instructions::give(turn, &mut next, person, text, *answer_by);
        }
        Command::AnswerInstruction { text, instruction } => {
            instructions::answer(turn, &mut next, by, text, *instruction);
        }
        Command::RecordFeedback { satisfied, .. } => next.satisfied = Some(*satisfied),
        Command::RequestExtension { .. }
        | Command::DecideExtension { .. }
        | Command::RequestSuspension { .. }
        | Command::DecideSuspension { .. }
        | Command::Appeal { .. }
        | Command::DecideAppeal { .. } => requests::apply(turn, &mut next, by, command),
        Command::Resume => stage::unsuspend(turn, &mut next),
        Command::Urge { .. } => next.urged = next.urged.saturating_add(1),
        Command::Escalate { .. } => {
            let above = above(by);
            if !next.escalated_to.contains(&above) {
                next.escalated_to.push(above);
            }
        }
        // Only said and logged; links and the partition are changed elsewhere.
        Command::Comment { .. }
        | Command::Link { .. }
        | Command::Merge { .. }
        | Command::Split { .. } => {}
    }
    Ok(next)
}

/// Two incidents that belong together and stay two; said on both.
pub fn link(turn: &mut Turn<'_>, given: &CommandGiven, other: IncidentId) {
    if let Some(found) = turn.incident(other) {
        let what = Happening::Commanded {
            command: CommandName::Link,
            from: found.state,
            to: found.state,
            note: given.incident.to_string(),
            said: None,
        };
        turn.log(other, given.by.clone(), Some(given.id), what);
    }
    for (here, there) in [(given.incident, other), (other, given.incident)] {
        if let Some(found) = turn.incident(here) {
            let mut next = (*found).clone();
            if !next.linked.contains(&there) {
                next.linked.push(there);
            }
            turn.put_incident(next);
        }
    }
}

/// Whose attention somebody asks for: those who lead the shift, or the commander where that is himself.
fn above(by: &Actor) -> Role {
    match by.role() {
        Some(Role::ShiftLeader | Role::Commander) => Role::Commander,
        _ => Role::ShiftLeader,
    }
}

fn end(incident: &mut Incident, state: State) {
    incident.ends();
    incident.state = state;
}

/// Begins a stage and its clock.
pub(super) fn start(turn: &mut Turn<'_>, incident: &mut Incident, which: Stage) {
    let limits = &turn.city.limits;
    let limit = match which {
        Stage::Accept => Some(limits.accept),
        Stage::Verify => Some(limits.verify),
        Stage::Dispatch => Some(limits.dispatch),
        Stage::Check => Some(limits.check),
        Stage::Handle => handling_limit(turn, incident),
    };
    incident.suspended = false;
    incident.suspended_until = None;
    incident.clock = limit.map(|limit| stage::start(turn, which, limit));
    stage::set_timers(turn, incident);
}

pub(super) fn handling_limit(turn: &Turn<'_>, incident: &Incident) -> Option<Limit> {
    let kind = incident
        .category
        .and_then(|code| turn.city.category(code))?;
    Some(kind.limit)
}

/// An order to a department in support, with a limit of its own.
pub(super) fn in_support(
    turn: &Turn<'_>,
    incident: &Incident,
    department: DepartmentId,
) -> Assignment {
    let limit = handling_limit(turn, incident);
    let begins = |limit| {
        let clock = stage::start(turn, Stage::Handle, limit);
        match incident.suspended {
            true => stage::pause(turn, &clock),
            false => clock,
        }
    };
    Assignment {
        clock: limit.map(begins),
        ..Assignment::new(department, turn.now)
    }
}

/// The plan that fits is worked by from now on; a graver one takes its place, and what was done of the other stays in
/// the log.
pub(super) fn take_plan(turn: &mut Turn<'_>, incident: &mut Incident) {
    let Some(category) = incident.category else {
        return;
    };
    let city = turn.city.clone();
    let Some(plan) = plan::fitting(&city.plans, category, incident.severity) else {
        return;
    };
    let in_use = incident.plan.as_ref();
    if in_use.is_some_and(|in_use| in_use.plan.id == plan.id) {
        return;
    }
    incident.plan = Some(PlanInUse {
        plan: plan.clone(),
        done: BTreeMap::new(),
    });
    let what = Happening::PlanTaken {
        name: plan.name.clone(),
        name_en: plan.name_en.clone(),
    };
    turn.log(incident.id, Actor::Machine, None, what);
}

fn dispatch(
    turn: &mut Turn<'_>,
    incident: &mut Incident,
    person: Option<AccountName>,
    lead: Option<&DepartmentId>,
    supporting: &[DepartmentId],
) -> Result<(), Refusal> {
    let city = turn.city.clone();
    let mut support = supporting.to_vec();
    let lead = match lead {
        Some(lead) => {
            if let Some(person) = person {
                incident.why.responsibility = ResponsibilityReason::Person(person);
            }
            lead.clone()
        }
        None => {
            let row = responsible(&city, incident, incident.opened_at).map_err(|reason| {
                Refusal::NotNow {
                    reason: match reason {
                        ResponsibilityReason::SeveralRows(_) => NotNow::SeveralLeads,
                        ResponsibilityReason::NoCategory => NotNow::NoCategory,
                        _ => NotNow::NoLead,
                    },
                }
            })?;
            incident.why.responsibility = ResponsibilityReason::Row(row.id.clone());
            if support.is_empty() {
                support.clone_from(&row.supporting);
            }
            row.lead.clone()
        }
    };
    support.retain(|department| *department != lead);
    support.sort();
    support.dedup();
    hand_to(turn, incident, lead);
    for before in std::mem::take(&mut incident.supporting) {
        let stays = support.contains(&before.department);
        if !stays && !incident.former.contains(&before.department) {
            incident.former.push(before.department);
        }
    }
    incident.supporting = support
        .into_iter()
        .map(|department| in_support(turn, incident, department))
        .collect();
    stage::set_timers(turn, incident);
    Ok(())
}

/// Gives the order to a lead. After a return the handling clock runs on; otherwise it starts.
fn hand_to(turn: &mut Turn<'_>, incident: &mut Incident, lead: DepartmentId) {
    if let Some(before) = incident.lead.take()
        && before.department != lead
        && !incident.former.contains(&before.department)
    {
        incident.former.push(before.department);
    }
    incident
        .supporting
        .retain(|assignment| assignment.department != lead);
    incident.lead = Some(Assignment::new(lead, turn.now));
    incident.state = State::Dispatched;
    incident.hops += 1;
    incident.returned = false;
    incident.extension.asked = None;
    incident.suspension.asked = None;
    let running = incident
        .clock
        .as_ref()
        .is_some_and(|clock| clock.stage == Stage::Handle);
    if !running {
        start(turn, incident, Stage::Handle);
    }
    take_plan(turn, incident);
}

fn add_support(
    turn: &mut Turn<'_>,
    incident: &mut Incident,
    department: &DepartmentId,
) -> Result<(), Refusal> {
    if incident.involves(department) {
        return Err(Refusal::NotNow {
            reason: NotNow::AlreadyThere,
        });
    }
    let assignment = in_support(turn, incident, department.clone());
    incident.supporting.push(assignment);
    stage::set_timers(turn, incident);
    Ok(())
}

fn remove_support(incident: &mut Incident, department: &DepartmentId) -> Result<(), Refusal> {
    let before = incident.supporting.len();
    incident
        .supporting
        .retain(|assignment| assignment.department != *department);
    if incident.supporting.len() == before {
        return Err(Refusal::NotNow {
            reason: NotNow::NotThere,
        });
    }
    if !incident.former.contains(department) {
        incident.former.push(department.clone());
    }
    Ok(())
}
