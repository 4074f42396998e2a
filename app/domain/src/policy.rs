//! Who may read and who may command what: role × scope, in one place.
//! Reads, live streams, commands and buttons all ask here.

use serde::{Deserialize, Serialize};

use crate::account::{Actor, Role};
use crate::ids::{DepartmentId, JurisdictionCode};
use crate::incident::Incident;
use crate::lifecycle::{CommandName, DepartmentPart, Guard, Row, TABLE};
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

/// Whether role and department fit a row, whatever the state.
pub fn may_command(row: &Row, actor: &Actor, incident: &Incident) -> Result<(), NoRight> {
    let Some(role) = actor.role() else {
        return Ok(());
    };
    if !row.roles.contains(&role) {
        return Err(NoRight::Role);
    }
    if role == Role::Department {
        let fits = actor
            .department()
            .is_some_and(|department| match row.department {
                DepartmentPart::Lead => incident.is_led_by(department),
                DepartmentPart::Any => incident.involves(department),
            });
        if !fits {
            return Err(NoRight::NotYours);
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoRight {
    Role,
    NotYours,
}

/// Whether the row's guard holds; arguments are looked at elsewhere.
pub fn guard_holds(guard: Guard, incident: &Incident, now: Timestamp) -> bool {
    let overdue = incident.clock.as_ref().is_some_and(|clock| {
        // A clock that stands still does not run out meanwhile.
        match clock.paused_left_ms {
            Some(left_ms) => left_ms == 0,
            None => clock.due.due_at.is_some_and(|due| now >= due),
        }
    });
    match guard {
        Guard::None | Guard::StandardKnown => true,
        Guard::CategorySet => incident.category.is_some(),
        Guard::AfterReturn => incident.returned,
        Guard::ExtensionAsked => incident.extension.asked,
        Guard::ExtensionLeft => {
            !incident.extension.asked && incident.extension.granted < 2 && !overdue
        }
        Guard::SuspensionAsked => incident.suspension.asked,
        Guard::SuspensionLeft => {
            !incident.suspension.asked && incident.suspension.granted == 0 && !incident.suspended
        }
        Guard::Suspended => incident.suspended,
        Guard::InstructionOpen => incident.instruction_open,
        Guard::AppealAsked => incident.appeal.asked,
    }
}

/// The commands an actor may give now, in the order of the table: the buttons.
pub fn allowed(actor: &Actor, incident: &Incident, now: Timestamp) -> Vec<CommandName> {
    TABLE
        .iter()
        .filter(|row| row.from.contains(&incident.state))
        .filter(|row| may_command(row, actor, incident).is_ok())
        .filter(|row| guard_holds(row.guard, incident, now))
        .filter(|row| fits_now(row.command, actor, incident))
        .map(|row| row.command)
        .collect()
}

/// Small facts that make a button pointless although the table allows it.
fn fits_now(command: CommandName, actor: &Actor, incident: &Incident) -> bool {
    match command {
        CommandName::Claim => incident.claimed_by.is_none(),
        CommandName::Release => incident.claimed_by.as_ref().is_some_and(|name| {
            name.as_str() == actor.name() || actor.role() == Some(Role::ShiftLeader)
        }),
        CommandName::Return => !incident.binding,
        CommandName::Split => incident.evidence_count > 1,
        CommandName::RemoveSupport => !incident.supporting.is_empty(),
        CommandName::Appeal => !incident.appeal.asked && !incident.exempted,
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
