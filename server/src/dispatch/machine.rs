//! What the machine decides by itself: an incident of a known kind, in a known town, with exactly one department
//! answering for it that day, is registered and dispatched. Everything else waits for the duty officer, with the reason.

use domain::account::Actor;
use domain::assignment::{Assignment, Stage};
use domain::city::{City, Responsibility};
use domain::ids::IncidentId;
use domain::incident::{Happening, Incident, OpenedBy, ResponsibilityReason};
use domain::lifecycle::{CommandName, State};
use domain::time::Timestamp;
use domain::turn::Turn;

use super::{border, effects};

/// Looks at an incident that is new or has changed, and dispatches it if the pack decides it.
pub fn consider(turn: &mut Turn<'_>, id: IncidentId) {
    let Some(incident) = turn.incident(id) else {
        return;
    };
    let by_feed = matches!(incident.opened_by, OpenedBy::Feed(_));
    if incident.state != State::Reported || incident.by_hand.touched || !by_feed {
        return;
    }
    let city = turn.city.clone();
    let mut next = (*incident).clone();
    let row = by_machine(&city, &incident).and_then(|row| {
        let beyond = border::another_lead(turn, &incident, row);
        beyond.map_or(Ok(row), |town| Err(ResponsibilityReason::NearBorder(town)))
    });
    match row {
        Err(reason) => {
            next.why.responsibility = reason;
            turn.put_incident(next);
        }
        Ok(row) => {
            next.why.responsibility = ResponsibilityReason::Row(row.id.clone());
            register_and_dispatch(turn, next, row);
        }
    }
}

/// The row by which the machine would dispatch an incident, or why it leaves it to people.
pub fn by_machine<'a>(
    city: &'a City,
    incident: &Incident,
) -> Result<&'a Responsibility, ResponsibilityReason> {
    let on_purpose = |code| city.tray_categories.contains(&code);
    if incident.category.is_some_and(on_purpose) {
        return Err(ResponsibilityReason::OnPurpose);
    }
    if let Some(exception) = city.exceptions.iter().find(|exception| {
        let category = incident.category;
        category.is_some_and(|code| code.is_under(&exception.category))
    }) {
        return Err(ResponsibilityReason::NeedsYes {
            role: exception.approve,
            reason: exception.reason.clone(),
        });
    }
    responsible(city, incident, incident.opened_at)
}

/// The one row that answers for an incident on the day it was opened, or why there is none.
pub fn responsible<'a>(
    city: &'a City,
    incident: &Incident,
    opened_at: Timestamp,
) -> Result<&'a Responsibility, ResponsibilityReason> {
    let Some(category) = incident.category else {
        return Err(ResponsibilityReason::NoCategory);
    };
    let Some(town) = &incident.town else {
        return Err(ResponsibilityReason::NoTown);
    };
    let (date, _) = opened_at.civil(&city.zone);
    let rows = city.responsible(category, Some(town), date);
    match rows.as_slice() {
        [] => Err(ResponsibilityReason::NoRow),
        [row] => Ok(*row),
        several => Err(ResponsibilityReason::SeveralRows(
            several.iter().map(|row| row.id.clone()).collect(),
        )),
    }
}

fn register_and_dispatch(turn: &mut Turn<'_>, mut incident: Incident, row: &Responsibility) {
    let id = incident.id;
    incident.state = State::Registered;
    turn.put_incident(incident.clone());
    log(
        turn,
        id,
        CommandName::Register,
        State::Reported,
        State::Registered,
        "",
    );
    incident.state = State::Dispatched;
    incident.hops = 1;
    incident.lead = Some(Assignment::new(row.lead.clone(), turn.now));
    incident.supporting = row
        .supporting
        .iter()
        .map(|department| effects::in_support(turn, &incident, department.clone()))
        .collect();
    effects::start(turn, &mut incident, Stage::Handle);
    effects::take_plan(turn, &mut incident);
    turn.put_incident(incident);
    turn.moved_by(id, Actor::Machine, CommandName::Dispatch);
    log(
        turn,
        id,
        CommandName::Dispatch,
        State::Registered,
        State::Dispatched,
        &row.id,
    );
}

fn log(
    turn: &mut Turn<'_>,
    id: IncidentId,
    command: CommandName,
    from: State,
    to: State,
    note: &str,
) {
    turn.log(
        id,
        Actor::Machine,
        None,
        Happening::Commanded {
            command,
            from,
            to,
            note: note.to_owned(),
            said: None,
        },
    );
}
