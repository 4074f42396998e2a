//! Extensions (延期), suspensions (挂账) and appeals (申诉): asked for by a department, decided by the dispatcher, and by a
//! leader too where the pack asks for a second yes. A no ends it, whoever says it.

use domain::account::Actor;
use domain::command::Command;
use domain::ids::AccountName;
use domain::incident::Incident;
use domain::request::{Asked, Request, SUSPENSION_DAYS};
use domain::stage;
use domain::time::Timestamp;
use domain::turn::Turn;

use super::effects::handling_limit;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub fn apply(turn: &mut Turn<'_>, incident: &mut Incident, by: &Actor, command: &Command) {
    let approvals = turn.city.approvals;
    match command {
        Command::RequestExtension { reason } => {
            let from = approvals.leader_from_extension;
            let needs_leader = from > 0 && incident.extension.granted + 1 >= from;
            incident.extension.asked = asked(turn, by, reason, None, needs_leader);
        }
        Command::RequestSuspension { reason, until } => {
            let until = until.unwrap_or(turn.now.plus_millis(i64::from(SUSPENSION_DAYS) * DAY_MS));
            let usual_ms = i64::from(approvals.leader_beyond_days) * DAY_MS;
            let needs_leader = until.since(turn.now) > usual_ms;
            incident.suspension.asked = asked(turn, by, reason, Some(until), needs_leader);
        }
        Command::Appeal { reason } => {
            incident.appeal.asked = asked(turn, by, reason, None, false);
        }
        Command::DecideExtension { approved, .. } => {
            let granted = decided(&mut incident.extension, by, *approved).is_some();
            extend(turn, incident, granted);
        }
        Command::DecideSuspension { approved, .. } => {
            if let Some(asked) = decided(&mut incident.suspension, by, *approved) {
                let usual = turn.now.plus_millis(i64::from(SUSPENSION_DAYS) * DAY_MS);
                // What was asked for may have passed before it is granted.
                let until = asked.until.unwrap_or(usual).max(turn.now);
                stage::suspend(turn, incident, until);
            }
        }
        Command::DecideAppeal { approved, .. } => {
            incident.exempted |= decided(&mut incident.appeal, by, *approved).is_some();
        }
        _ => {}
    }
}

fn asked(
    turn: &Turn<'_>,
    by: &Actor,
    reason: &str,
    until: Option<Timestamp>,
    needs_leader: bool,
) -> Option<Asked> {
    Some(Asked {
        by: AccountName::new(by.name()).ok()?,
        department: by.department().cloned(),
        at: turn.now,
        reason: reason.to_owned(),
        until,
        needs_leader,
        first_yes: None,
    })
}

/// What was asked for, if it is granted by this decision.
fn decided(request: &mut Request, by: &Actor, approved: bool) -> Option<Asked> {
    let mut asked = request.asked.take()?;
    if !approved {
        request.refused = request.refused.saturating_add(1);
        return None;
    }
    if asked.needs_leader && asked.first_yes.is_none() {
        asked.first_yes = AccountName::new(by.name()).ok();
        request.asked = Some(asked);
        return None;
    }
    request.granted = request.granted.saturating_add(1);
    Some(asked)
}

/// The matter takes longer: for the lead and for those in support.
fn extend(turn: &mut Turn<'_>, incident: &mut Incident, granted: bool) {
    let Some(by) = handling_limit(turn, incident).filter(|_| granted) else {
        return;
    };
    let longer = |clock: &domain::assignment::StageClock| stage::extend(turn, clock, by);
    incident.clock = incident.clock.as_ref().map(longer);
    for assignment in &mut incident.supporting {
        assignment.clock = assignment.clock.as_ref().map(longer);
    }
    stage::set_timers(turn, incident);
}
