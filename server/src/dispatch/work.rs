//! The work itself: each department goes its own way from taking the order to being done; the lead's steps move the incident.

use domain::account::Actor;
use domain::assignment::{SetOut, Stage};
use domain::command::Command;
use domain::ids::AccountName;
use domain::incident::Incident;
use domain::lifecycle::State;
use domain::plan::Done;
use domain::stage;
use domain::turn::Turn;

use super::effects::{handling_limit, start};

/// A step of one department on its own assignment.
pub fn step(turn: &mut Turn<'_>, incident: &mut Incident, by: &Actor, command: &Command) {
    let now = turn.now;
    let leads = by
        .department()
        .is_none_or(|department| incident.is_led_by(department));
    let mut mine = incident
        .assignments_mut()
        .find(|one| leads || by.department() == Some(&one.department));
    if let Some(mine) = &mut mine {
        match command {
            Command::SetOut {
                unit, eta_minutes, ..
            } => {
                let minutes = eta_minutes.map(i64::from);
                mine.set_out = Some(SetOut {
                    at: now,
                    unit: unit.clone(),
                    expected_at: minutes.map(|minutes| now.plus_millis(minutes * 60_000)),
                });
            }
            Command::Arrive { .. } => mine.arrived_at = Some(now),
            Command::Resolve { .. } => {
                mine.resolved_at = Some(now);
                mine.clock = None;
            }
            _ => {}
        }
        if mine.acknowledged_at.is_none() && !matches!(command, Command::SetOut { .. }) {
            mine.acknowledged_at = Some(now);
        }
    }
    match command {
        Command::Acknowledge => incident.state = State::Acknowledged,
        // Whoever is there first: from then on it is being handled.
        Command::Arrive { .. } => incident.state = State::Handling,
        Command::Resolve { .. } if leads => {
            incident.state = State::Resolved;
            incident.extension.asked = None;
            incident.suspension.asked = None;
            stage::unsuspend(turn, incident);
            start(turn, incident, Stage::Check);
        }
        _ => {}
    }
}

/// Back to those who did the work, each with a clock of its own.
pub fn again(turn: &mut Turn<'_>, incident: &mut Incident) {
    incident.state = State::Handling;
    let limit = handling_limit(turn, incident);
    for assignment in &mut incident.supporting {
        let done = assignment.resolved_at.take().is_some();
        // A check that was passed had ended the clock of what was not done too.
        if done || assignment.clock.is_none() {
            assignment.clock = limit.map(|limit| stage::start(turn, Stage::Handle, limit));
        }
    }
    if let Some(lead) = &mut incident.lead {
        lead.resolved_at = None;
    }
    start(turn, incident, Stage::Handle);
}

/// A line of the plan is done, or was not after all.
pub fn tick(turn: &Turn<'_>, incident: &mut Incident, by: &Actor, item: &str, done: bool) {
    let Some(in_use) = &mut incident.plan else {
        return;
    };
    let Ok(name) = AccountName::new(by.name()) else {
        return;
    };
    if !done {
        in_use.done.remove(item);
        return;
    }
    let mark = Done {
        by: name,
        department: by.department().cloned(),
        at: turn.now,
    };
    in_use.done.insert(item.to_owned(), mark);
}
