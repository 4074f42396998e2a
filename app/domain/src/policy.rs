//! Who may read and who may command what: role × scope, in one place.
//! Reads, live streams, commands and buttons all ask here.

use serde::{Deserialize, Serialize};

use crate::account::{Actor, Role};
use crate::assignment::Stage;
use crate::command::NotNow;
use crate::ids::{AccountName, DepartmentId, JurisdictionCode};
use crate::incident::Incident;
use crate::instruction::MOST_INSTRUCTIONS;
use crate::lifecycle::{CommandName, DepartmentPart, Guard, Row, TABLE};
use crate::request::{MOST_EXTENSIONS, Waiting};
use crate::time::Timestamp;
use crate::wire::Layer;

/// Who looks: viewers of one audience see the same things.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The whole city.
    City,
    /// One department's orders; a town's unit also reads all of its town.
    Department {
        id: DepartmentId,
        town: Option<JurisdictionCode>,
    },
    /// A collector works in one town.
    Town(JurisdictionCode),
    /// Nothing: an account that lacks the scope its role needs.
    Nothing,
}

impl Audience {
    /// `department_town` is the town whose unit the actor's department is, if it is one.
    pub fn of(actor: &Actor, department_town: Option<JurisdictionCode>) -> Self {
        match actor {
            Actor::Machine => Self::City,
            Actor::Person {
                role: Role::Department,
                department,
                ..
            } => match department {
                Some(id) => Self::Department {
                    id: id.clone(),
                    town: department_town,
                },
                None => Self::Nothing,
            },
            Actor::Person {
                role: Role::Collector,
                town: Some(town),
                ..
            } => Self::Town(town.clone()),
            Actor::Person { .. } => Self::City,
        }
    }

    /// Whether a thing on the picture may be seen, by its layer and, of a unit, by the town it is in. None of an incident: who it was
    /// given to decides (`may_read`).
    pub fn may_see(&self, layer: Layer, town_code: Option<&str>) -> Option<bool> {
        match (self, layer) {
            (Self::City, _) => Some(true),
            (Self::Nothing, _) => Some(false),
            (_, Layer::Incidents) => None,
            // Those who answer for the whole city judge them.
            (_, Layer::Alarms) => Some(false),
            // Positions of persons go only to their own scope.
            (_, Layer::Units | Layer::Heat) => Some(self.may_see_in(town_code)),
            (_, Layer::Sensors) => Some(true),
        }
    }

    /// Whether what moves in a town is shown: to the whole city, and to who works in that town.
    pub fn may_see_in(&self, town_code: Option<&str>) -> bool {
        match self {
            Self::City => true,
            Self::Town(town)
            | Self::Department {
                town: Some(town), ..
            } => town_code == Some(town.as_str()),
            Self::Department { town: None, .. } | Self::Nothing => false,
        }
    }

    pub fn may_read(&self, incident: &Incident) -> bool {
        match self {
            Self::City => true,
            Self::Nothing => false,
            Self::Town(town) => incident.town.as_ref() == Some(town),
            Self::Department { id, town } => {
                incident.involves(id)
                    || incident.former.contains(id)
                    || (town.is_some() && incident.town == *town)
            }
        }
    }
}

/// Whose work one may see judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judged {
    /// Everybody's: leaders, auditors, who runs the system, and keys that may read.
    Everybody,
    /// One department's own cases, and the others together.
    Department(DepartmentId),
    /// Cases of one town.
    Town(JurisdictionCode),
    Nobody,
}

impl Judged {
    pub fn by(actor: &Actor) -> Self {
        let Actor::Person {
            role,
            department,
            town,
            ..
        } = actor
        else {
            return Self::Everybody;
        };
        match (role, department, town) {
            (Role::ShiftLeader | Role::Commander | Role::Auditor | Role::Administrator, _, _) => {
                Self::Everybody
            }
            (Role::Department, Some(id), _) => Self::Department(id.clone()),
            (Role::Collector, _, Some(town)) => Self::Town(town.clone()),
            _ => Self::Nobody,
        }
    }

    /// Whether a role may open the page at all.
    pub fn is_shown_to(role: Role) -> bool {
        !matches!(role, Role::Operator | Role::Dispatcher | Role::Wall)
    }
}

impl Incident {
    /// Whether a department is its lead or in support.
    pub fn involves(&self, department: &DepartmentId) -> bool {
        self.lead
            .iter()
            .chain(&self.supporting)
            .any(|assignment| assignment.department == *department)
    }

    pub fn is_led_by(&self, department: &DepartmentId) -> bool {
        self.lead
            .as_ref()
            .is_some_and(|lead| lead.department == *department)
    }
}

/// Who reads the audit log.
pub const READS_AUDIT: &[Role] = &[Role::Administrator, Role::Auditor];

pub fn may_read_audit(actor: &Actor) -> bool {
    actor.role().is_some_and(|role| READS_AUDIT.contains(&role))
}

/// Whether somebody who reads an incident may be shown its callers in full; that he reads it is asked before. An auditor
/// looks over the shoulder of those who reveal and reveals nothing himself.
pub fn may_reveal(actor: &Actor, incident: &Incident, confidential: bool) -> Result<(), NoReveal> {
    match actor.role() {
        Some(Role::Operator | Role::ShiftLeader | Role::Dispatcher) => Ok(()),
        Some(Role::Department) => {
            let leads = actor
                .department()
                .is_some_and(|department| incident.is_led_by(department));
            match (leads, confidential) {
                (false, _) => Err(NoReveal::NotLead),
                (true, true) => Err(NoReveal::Confidential),
                (true, false) => Ok(()),
            }
        }
        Some(
            Role::Collector | Role::Commander | Role::Administrator | Role::Auditor | Role::Wall,
        )
        | None => Err(NoReveal::Role),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoReveal {
    Role,
    /// A department calls back those whose matter it leads, no others.
    NotLead,
    /// Whoever asked to be kept secret is known to the duty room alone.
    Confidential,
}

/// Whether role and department fit a row, whatever the state.
pub fn may_command(row: &Row, actor: &Actor, incident: &Incident) -> Result<(), NoRight> {
    let Some(role) = actor.role() else {
        return Ok(());
    };
    let second = row.second.contains(&role) && waits_for_leader(row.guard, incident);
    if !row.roles.contains(&role) && !second {
        return Err(NoRight::Role);
    }
    if role == Role::Department {
        let fits = actor
            .department()
            .is_some_and(|department| match row.department {
                DepartmentPart::Lead => incident.is_led_by(department),
                DepartmentPart::Any => incident.involves(department),
                DepartmentPart::Support => {
                    incident.involves(department) && !incident.is_led_by(department)
                }
            });
        if !fits {
            return Err(NoRight::NotYours);
        }
    }
    Ok(())
}

/// Whether what a row decides has the dispatcher's yes and waits for a leader's.
fn waits_for_leader(guard: Guard, incident: &Incident) -> bool {
    match guard {
        Guard::ExtensionAsked => incident.extension.waits_for_leader(),
        Guard::SuspensionAsked => incident.suspension.waits_for_leader(),
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRight {
    Role,
    NotYours,
}

/// Whether what waits is this role's to decide or to answer.
pub fn decides(role: Role, waiting: Waiting) -> bool {
    let whose: &[Role] = match waiting {
        Waiting::Extension | Waiting::Suspension => &[Role::Dispatcher],
        Waiting::ExtensionLeader | Waiting::SuspensionLeader | Waiting::Dispute => {
            &[Role::ShiftLeader, Role::Commander]
        }
        Waiting::Appeal => &[Role::ShiftLeader],
        Waiting::Instruction => &[Role::Department],
        Waiting::Verification => &[Role::Collector, Role::Operator],
    };
    whose.contains(&role)
}

/// Whether the row's guard holds; arguments are looked at elsewhere.
pub fn guard_holds(guard: Guard, incident: &Incident, now: Timestamp) -> bool {
    why_not(guard, incident, now).is_none()
}

/// Why a guard does not hold.
pub fn why_not(guard: Guard, incident: &Incident, now: Timestamp) -> Option<NotNow> {
    let unless = |holds: bool, reason: NotNow| (!holds).then_some(reason);
    match guard {
        Guard::None | Guard::StandardKnown => None,
        Guard::CategorySet => unless(incident.category.is_some(), NotNow::NoCategory),
        Guard::AfterReturn => unless(incident.returned, NotNow::NoReturn),
        Guard::ExtensionAsked => unless(incident.extension.is_asked(), NotNow::NothingAsked),
        Guard::SuspensionAsked => unless(incident.suspension.is_asked(), NotNow::NothingAsked),
        Guard::AppealAsked => unless(incident.appeal.is_asked(), NotNow::NothingAsked),
        Guard::ExtensionLeft => no_extension(incident, now),
        Guard::SuspensionLeft => no_suspension(incident),
        Guard::Suspended => unless(incident.suspended, NotNow::NotSuspended),
        Guard::InstructionOpen => unless(incident.has_open_instruction(), NotNow::NoInstruction),
        Guard::PlanInUse => unless(incident.plan.is_some(), NotNow::NoPlan),
        Guard::NotVerifying => {
            let clock = incident.clock.as_ref();
            let verifying = clock.is_some_and(|clock| clock.stage == Stage::Verify);
            unless(!verifying, NotNow::AlreadyThere)
        }
    }
}

fn no_extension(incident: &Incident, now: Timestamp) -> Option<NotNow> {
    if incident.extension.is_asked() {
        return Some(NotNow::AlreadyAsked);
    }
    if incident.extension.granted >= MOST_EXTENSIONS {
        return Some(NotNow::ExtensionsUsedUp);
    }
    let clock = incident.clock.as_ref();
    clock
        .is_some_and(|clock| clock.is_overdue(now))
        .then_some(NotNow::AlreadyOverdue)
}

fn no_suspension(incident: &Incident) -> Option<NotNow> {
    if incident.suspension.is_asked() {
        return Some(NotNow::AlreadyAsked);
    }
    if incident.suspended {
        return Some(NotNow::AlreadySuspended);
    }
    (incident.suspension.granted > 0).then_some(NotNow::SuspendedOnce)
}

/// The commands an actor may give now, in the order of the table: the buttons.
pub fn allowed(actor: &Actor, incident: &Incident, now: Timestamp) -> Vec<CommandName> {
    TABLE
        .iter()
        .filter(|row| row.from.contains(&incident.state))
        .filter(|row| may_command(row, actor, incident).is_ok())
        .filter(|row| guard_holds(row.guard, incident, now))
        .filter(|row| misfit(row.command, actor, incident).is_none())
        .filter(|row| has_point(row.command, incident))
        .map(|row| row.command)
        .collect()
}

/// Why a command does not fit the moment although state, role and guard do: facts that the table cannot hold.
pub fn misfit(command: CommandName, actor: &Actor, incident: &Incident) -> Option<NotNow> {
    let mine = |name: &AccountName| name.as_str() == actor.name();
    match command {
        CommandName::Claim => incident.claimed_by.as_ref().map(|name| match mine(name) {
            true => NotNow::AlreadyThere,
            false => NotNow::ClaimedByAnother,
        }),
        CommandName::Release => match &incident.claimed_by {
            None => Some(NotNow::NotClaimed),
            Some(name) if mine(name) || actor.role() == Some(Role::ShiftLeader) => None,
            Some(_) => Some(NotNow::ClaimedByAnother),
        },
        // Closed by force before anybody knew what it was, and opened again: without a kind there is no limit.
        CommandName::Dispatch => incident.category.is_none().then_some(NotNow::NoCategory),
        CommandName::Return => incident.binding.then_some(NotNow::Binding),
        CommandName::Appeal if incident.appeal.is_asked() => Some(NotNow::AlreadyAsked),
        CommandName::Appeal => incident.exempted.then_some(NotNow::AlreadyThere),
        CommandName::DecideExtension | CommandName::DecideSuspension => {
            let request = match command {
                CommandName::DecideExtension => &incident.extension,
                _ => &incident.suspension,
            };
            let by_leader = actor.role().is_none_or(|role| role != Role::Dispatcher);
            (request.waits_for_leader() && !by_leader).then_some(NotNow::LeaderDecides)
        }
        CommandName::Instruct => {
            (incident.instructions.len() >= MOST_INSTRUCTIONS).then_some(NotNow::TooMany)
        }
        CommandName::AcceptSupport
        | CommandName::SetOut
        | CommandName::Arrive
        | CommandName::Resolve => own_part(command, actor, incident),
        _ => None,
    }
}

/// Why a department does not take this step on its own assignment any more.
fn own_part(command: CommandName, actor: &Actor, incident: &Incident) -> Option<NotNow> {
    let mine = incident
        .assignments()
        .find(|one| actor.department() == Some(&one.department))?;
    match command {
        CommandName::AcceptSupport if mine.acknowledged_at.is_some() => Some(NotNow::AlreadyThere),
        CommandName::SetOut | CommandName::Arrive if mine.arrived_at.is_some() => {
            Some(NotNow::AlreadyArrived)
        }
        _ => mine.resolved_at.map(|_| NotNow::PartDone),
    }
}

/// Whether a button has anything to work on.
fn has_point(command: CommandName, incident: &Incident) -> bool {
    match command {
        CommandName::Split => incident.evidence_count > 1,
        CommandName::RemoveSupport => !incident.supporting.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_see_what_is_on_the_picture() {
        let here = || JurisdictionCode::new("441900004").expect("a town");
        let department = |town| Audience::Department {
            id: DepartmentId::new("city-management").expect("a department"),
            town,
        };
        use Layer::{Alarms, Incidents, Sensors, Units};
        for (audience, incidents, alarms, sensors, unit_here, unit_elsewhere) in [
            (Audience::City, Some(true), true, true, true, true),
            (Audience::Town(here()), None, false, true, true, false),
            (department(Some(here())), None, false, true, true, false),
            (department(None), None, false, true, false, false),
            (Audience::Nothing, Some(false), false, false, false, false),
        ] {
            let may_see = |layer, town| audience.may_see(layer, town);
            assert_eq!(may_see(Incidents, None), incidents, "{audience:?}");
            for (layer, town, may) in [
                (Alarms, None, alarms),
                (Sensors, None, sensors),
                (Units, Some("441900004"), unit_here),
                (Units, Some("441900121"), unit_elsewhere),
                // Where it is is not known.
                (Units, None, audience == Audience::City),
            ] {
                assert_eq!(may_see(layer, town), Some(may), "{audience:?} {layer:?}");
            }
        }
    }
}
