//! What each command does to an incident once it is allowed.

use domain::account::Actor;
use domain::assignment::{Assignment, Stage};
use domain::command::{Command, CommandGiven, NotNow, Refusal};
use domain::fused;
use domain::ids::{AccountName, DepartmentId, IncidentId};
use domain::incident::{CategoryReason, Happening, Incident, ResponsibilityReason};
use domain::lifecycle::{CommandName, State};
use domain::stage;
use domain::turn::Turn;

use super::machine::responsible;

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
        }
        Command::SetPosition(position) => {
            next.position = Some(*position);
            next.by_hand.position = true;
            fused::place(&mut next, turn.places);
        }
        Command::SetTitle(title) => next.title = Some(title.clone()),
        Command::Verify { confirmed, .. } => next.verified = Some(*confirmed),
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
            unsuspend(turn, &mut next);
        }
        Command::Acknowledge | Command::Arrive | Command::Resolve { .. } => {
            work(turn, &mut next, by, command)
        }
        Command::Check { passed, .. } => {
            if *passed {
                next.state = State::Checked;
                next.clock = None;
            } else {
                rework(turn, &mut next);
            }
        }
        Command::Rework { .. } => rework(turn, &mut next),
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
        Command::Instruct { .. } => next.instruction_open = true,
        Command::AnswerInstruction { .. } => next.instruction_open = false,
        Command::RecordFeedback { satisfied, .. } => next.satisfied = Some(*satisfied),
        Command::Appeal { .. } => next.appeal.asked = true,
        Command::DecideAppeal { approved, .. } => {
            next.appeal.asked = false;
            next.appeal.granted += u8::from(*approved);
            next.exempted = next.exempted || *approved;
        }
        Command::RequestExtension { .. }
        | Command::DecideExtension { .. }
        | Command::RequestSuspension { .. }
        | Command::DecideSuspension { .. }
        | Command::Resume => requests(turn, &mut next, command),
        // Only said and logged; links and the partition are changed elsewhere.
        Command::Urge { .. }
        | Command::Escalate { .. }
        | Command::Comment { .. }
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

fn end(incident: &mut Incident, state: State) {
    incident.state = state;
    incident.clock = None;
    incident.suspended = false;
    incident.extension.asked = false;
    incident.suspension.asked = false;
}

/// Begins a stage and its clock.
fn start(turn: &mut Turn<'_>, incident: &mut Incident, which: Stage) {
    let limits = &turn.city.limits;
    let limit = match which {
        Stage::Accept => Some(limits.accept),
        Stage::Dispatch => Some(limits.dispatch),
        Stage::Check => Some(limits.check),
        Stage::Handle => incident
            .category
            .and_then(|code| turn.city.category(code))
            .map(|kind| kind.limit),
    };
    incident.suspended = false;
    incident.clock = limit.map(|limit| stage::start(turn, which, limit));
    stage::set_timers(turn, incident.id, incident.clock.as_ref());
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
    incident.supporting = support
        .into_iter()
        .map(|department| Assignment::new(department, turn.now))
        .collect();
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
    incident.extension.asked = false;
    incident.suspension.asked = false;
    let running = incident
        .clock
        .as_ref()
        .is_some_and(|clock| clock.stage == Stage::Handle);
    if !running {
        start(turn, incident, Stage::Handle);
    }
}

/// Acknowledge, arrive, resolve: the assignment keeps when, the lead's step moves the state.
fn work(turn: &mut Turn<'_>, incident: &mut Incident, by: &Actor, command: &Command) {
    let now = turn.now;
    let assignment = incident
        .lead
        .iter_mut()
        .chain(&mut incident.supporting)
        .find(|assignment| by.department() == Some(&assignment.department));
    match command {
        Command::Acknowledge => {
            if let Some(assignment) = assignment {
                assignment.acknowledged_at = Some(now);
            }
            incident.state = State::Acknowledged;
        }
        Command::Arrive => {
            if let Some(assignment) = assignment {
                assignment.arrived_at = Some(now);
            }
            incident.state = State::Handling;
        }
        _ => {
            if let Some(assignment) = assignment {
                assignment.resolved_at = Some(now);
            }
            incident.state = State::Resolved;
            incident.extension.asked = false;
            incident.suspension.asked = false;
            start(turn, incident, Stage::Check);
        }
    }
}

/// Back to those who did the work, with a clock of its own.
fn rework(turn: &mut Turn<'_>, incident: &mut Incident) {
    incident.state = State::Handling;
    if let Some(lead) = &mut incident.lead {
        lead.resolved_at = None;
    }
    start(turn, incident, Stage::Handle);
}

fn add_support(
    turn: &Turn<'_>,
    incident: &mut Incident,
    department: &DepartmentId,
) -> Result<(), Refusal> {
    if incident.involves(department) {
        return Err(Refusal::NotNow {
            reason: NotNow::AlreadyThere,
        });
    }
    incident
        .supporting
        .push(Assignment::new(department.clone(), turn.now));
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

/// Extensions (延期) and suspensions (挂账): asked for by the department, decided by the dispatcher.
fn requests(turn: &mut Turn<'_>, incident: &mut Incident, command: &Command) {
    match command {
        Command::RequestExtension { .. } => incident.extension.asked = true,
        Command::RequestSuspension { .. } => incident.suspension.asked = true,
        Command::DecideExtension { approved, .. } => {
            incident.extension.asked = false;
            if *approved {
                incident.extension.granted += 1;
                let by = incident
                    .category
                    .and_then(|code| turn.city.category(code))
                    .map(|kind| kind.limit);
                if let (Some(clock), Some(by)) = (&incident.clock, by) {
                    incident.clock = Some(stage::extend(turn, clock, by));
                    stage::set_timers(turn, incident.id, incident.clock.as_ref());
                }
            }
        }
        Command::DecideSuspension { approved, .. } => {
            incident.suspension.asked = false;
            if *approved {
                incident.suspension.granted += 1;
                incident.suspended = true;
                incident.clock = incident
                    .clock
                    .as_ref()
                    .map(|clock| stage::pause(turn, clock));
            }
        }
        _ => unsuspend(turn, incident),
    }
}

fn unsuspend(turn: &mut Turn<'_>, incident: &mut Incident) {
    if !incident.suspended {
        return;
    }
    incident.suspended = false;
    incident.clock = incident
        .clock
        .as_ref()
        .map(|clock| stage::resume(turn, clock));
    stage::set_timers(turn, incident.id, incident.clock.as_ref());
}
