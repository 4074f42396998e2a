//! One command, from the question whether it is allowed to its answer. Checked in the order of the public contract:
//! is it known and in scope (404), may he (403), are the arguments good (422), does it fit now (409).

use std::sync::Arc;

use domain::account::Actor;
use domain::change::{Change, CommandAnswer, Outcome};
use domain::command::{Command, CommandGiven, Refusal};
use domain::ids::{CommandId, JurisdictionCode};
use domain::incident::{Happening, Incident};
use domain::lifecycle::{Row, row_of};
use domain::partition;
use domain::picture::Answered;
use domain::policy::{self, Audience, NoRight};
use domain::trust;
use domain::turn::Turn;

use super::{arguments, effects, partition_commands};

/// Carries out a command or refuses it; a repeated id gets the first answer.
pub fn command(turn: &mut Turn<'_>, given: &CommandGiven) -> Outcome {
    if let Some(first) = turn.picture.commands.get(&given.id) {
        return Outcome::Repeated(first.block, given.id);
    }
    let answer = carry_out(turn, given);
    Outcome::Command(answered(turn, given.id, answer))
}

/// Opens an incident by hand unless this id has opened one before.
pub fn open_once(
    turn: &mut Turn<'_>,
    id: CommandId,
    open: impl FnOnce(&mut Turn<'_>) -> Arc<Incident>,
) -> Outcome {
    if let Some(first) = turn.picture.commands.get(&id) {
        return Outcome::Repeated(first.block, id);
    }
    let incident = open(turn);
    answered(turn, id, Ok(incident.clone()));
    Outcome::Opened(incident)
}

/// Keeps the answer to an id for whoever asks again.
fn answered(
    turn: &mut Turn<'_>,
    id: CommandId,
    answer: Result<Arc<Incident>, Refusal>,
) -> Arc<CommandAnswer> {
    turn.picture.commands.insert(
        id,
        Answered {
            block: turn.block,
            carried_out: answer.is_ok(),
        },
    );
    let answer = Arc::new(CommandAnswer {
        id,
        at: turn.now,
        answer,
    });
    turn.changes.push(Change::Answered(answer.clone()));
    answer
}

fn carry_out(turn: &mut Turn<'_>, given: &CommandGiven) -> Result<Arc<Incident>, Refusal> {
    let incident = turn
        .incident(given.incident)
        .ok_or(Refusal::UnknownIncident)?;
    let row = row_of(given.command.name());
    check_right(turn, &given.by, row, &incident)?;
    arguments::check(turn, &given.by, &incident, &given.command)?;
    check_moment(turn, given, row, &incident)?;
    let before = incident.revision;
    let from = incident.state;
    match &given.command {
        Command::Merge { into } => partition_commands::merge(turn, given, &incident, *into),
        Command::Split { evidence } => partition_commands::split(turn, given, &incident, evidence),
        Command::Link { incident: other } => effects::link(turn, given, *other),
        command => {
            let next = effects::apply(turn, &given.by, &incident, command)?;
            turn.put_incident(next);
            if matches!(command, Command::Verify { .. }) {
                partition::bring_up(turn, given.incident);
            }
        }
    }
    let standing = |turn: &Turn<'_>| {
        let now = turn.incident(given.incident);
        now.ok_or(Refusal::UnknownIncident)
    };
    let mut after = standing(turn)?;
    if after == incident {
        turn.spoke_of(given.incident);
        after = standing(turn)?;
    }
    turn.log(
        given.incident,
        given.by.clone(),
        Some(given.id),
        Happening::Commanded {
            command: given.command.name(),
            from,
            to: after.state,
            note: arguments::note(&given.command),
            said: arguments::said_with(&given.command),
        },
    );
    trust::note_end(turn, &after, from);
    if after.revision != before {
        turn.moved_by(given.incident, given.by.clone(), given.command.name());
    }
    Ok(after)
}

pub(super) fn check_right(
    turn: &Turn<'_>,
    by: &Actor,
    row: &Row,
    incident: &Incident,
) -> Result<(), Refusal> {
    if !may_read(turn, by, incident) {
        return Err(Refusal::OutOfScope);
    }
    policy::may_command(row, by, incident).map_err(|no| match no {
        NoRight::Role => Refusal::WrongRole {
            command: row.command,
        },
        NoRight::NotYours => Refusal::NotYourIncident,
    })
}

/// Whether the incident exists at all to whoever gives the command.
pub fn may_read(turn: &Turn<'_>, by: &Actor, incident: &Incident) -> bool {
    Audience::of(by, department_town(turn, by)).may_read(incident)
}

/// The town whose unit a department is.
fn department_town(turn: &Turn<'_>, by: &Actor) -> Option<JurisdictionCode> {
    by.department()
        .and_then(|id| turn.city.departments.get(id))
        .and_then(|department| department.town.clone())
}

fn check_moment(
    turn: &Turn<'_>,
    given: &CommandGiven,
    row: &Row,
    incident: &Incident,
) -> Result<(), Refusal> {
    if let Some(after) = given.after
        && !turn
            .picture
            .commands
            .get(&after)
            .is_some_and(|done| done.carried_out)
    {
        return Err(Refusal::EarlierMissing(after));
    }
    if let Some(expected) = given.expected_revision
        && expected != incident.revision
    {
        return Err(Refusal::RevisionMoved {
            expected,
            revision: incident.revision,
            last_change: turn
                .picture
                .last_change
                .get(&incident.id)
                .cloned()
                .map(Box::new),
        });
    }
    if !row.from.contains(&incident.state) {
        return Err(Refusal::WrongState {
            state: incident.state,
        });
    }
    let misfit = || policy::misfit(row.command, &given.by, incident);
    match policy::why_not(row.guard, incident, turn.now).or_else(misfit) {
        Some(reason) => Err(Refusal::NotNow { reason }),
        None => Ok(()),
    }
}
