//! Starts and stops the clock of a stage, and sets the timers at which its light changes. A year whose calendar is
//! missing gives no deadline, and an alarm on ourselves.

use crate::account::Actor;
use crate::alarm::{Alarm, AlarmCause, SelfCheck};
use crate::assignment::{Stage, StageClock};
use crate::category::Severity;
use crate::clock::{Certainty, Limit};
use crate::explain;
use crate::ids::{IncidentId, SourceId};
use crate::incident::Happening;
use crate::language::Language;
use crate::picture::Timer;
use crate::time::Timestamp;
use crate::turn::Turn;

/// A stage that begins now.
pub fn start(turn: &Turn<'_>, stage: Stage, limit: Limit) -> StageClock {
    StageClock {
        stage,
        limit,
        started_at: turn.now,
        due: turn.city.calendar.due(turn.now, limit),
        paused_left_ms: None,
    }
}

/// Sets the timers of a running clock, and speaks up where it cannot run.
pub fn set_timers(turn: &mut Turn<'_>, incident: IncidentId, clock: Option<&StageClock>) {
    let Some(clock) = clock.filter(|clock| clock.paused_left_ms.is_none()) else {
        return;
    };
    for due in [clock.due.warn_at, clock.due.due_at].into_iter().flatten() {
        turn.set_timer(due, Timer::Light(incident));
    }
    if let Certainty::Missing(year) = clock.due.certainty {
        turn.log(
            incident,
            Actor::Machine,
            None,
            Happening::CalendarMissing(year),
        );
        raise_on_ourselves(turn, SelfCheck::CalendarMissing(year));
    }
}

/// A clock that ran on unseen is looked at again: says how its light changed meanwhile, and sets the timers to come.
pub fn look_again(
    turn: &mut Turn<'_>,
    incident: IncidentId,
    clock: Option<&StageClock>,
    since: Timestamp,
) {
    let Some(clock) = clock.filter(|clock| clock.paused_left_ms.is_none()) else {
        return;
    };
    let lights = [clock.due.warn_at, clock.due.due_at].into_iter().flatten();
    for due in lights.filter(|due| *due > since) {
        if due > turn.now {
            turn.set_timer(due, Timer::Light(incident));
        } else {
            let light = clock.due.light(due);
            let what = Happening::LightChanged(light);
            turn.log(incident, Actor::Machine, None, what);
        }
    }
}

/// The light of a running deadline changes now. A timer of a clock that has since stopped says nothing.
pub fn light_changed(turn: &mut Turn<'_>, due: Timestamp, id: IncidentId) {
    let Some(incident) = turn.incident(id) else {
        return;
    };
    let Some(clock) = incident
        .clock
        .as_ref()
        .filter(|clock| clock.paused_left_ms.is_none())
    else {
        return;
    };
    if clock.due.warn_at != Some(due) && clock.due.due_at != Some(due) {
        return;
    }
    let light = clock.due.light(due);
    turn.log(id, Actor::Machine, None, Happening::LightChanged(light));
    turn.touch_incident(id);
}

/// One alarm for each thing that is the matter with ourselves, raised once.
fn raise_on_ourselves(turn: &mut Turn<'_>, check: SelfCheck) {
    if turn.picture.self_checks.contains_key(&check) {
        return;
    }
    let id = turn.new_alarm_id();
    let text = explain::self_check(Language::Zh, &check);
    let source = SourceId::new("gulou").expect("a short word is an id");
    let cause = AlarmCause::Ourselves(check.clone());
    turn.put_alarm(Alarm {
        text,
        ..Alarm::risen(id, source, cause, Severity::Severe, turn.now)
    });
    turn.picture.self_checks.insert(check, id);
}

/// Stops the clock and keeps what is left on its own time base.
pub fn pause(turn: &Turn<'_>, clock: &StageClock) -> StageClock {
    let calendar = &turn.city.calendar;
    let total = clock
        .due
        .left_ms
        .unwrap_or_else(|| calendar.limit_ms(clock.limit));
    let used = calendar
        .elapsed(clock.limit.clock(), clock.due.start, turn.now)
        .ms
        .unwrap_or(0);
    StageClock {
        paused_left_ms: Some((total - used).max(0)),
        ..clock.clone()
    }
}

/// Goes on with what was left.
pub fn resume(turn: &Turn<'_>, clock: &StageClock) -> StageClock {
    let left = clock.paused_left_ms.unwrap_or_default();
    StageClock {
        due: turn.city.calendar.due_resumed(turn.now, clock.limit, left),
        paused_left_ms: None,
        ..clock.clone()
    }
}

/// The same limit once more, from where the deadline stands (延期).
pub fn extend(turn: &Turn<'_>, clock: &StageClock, by: Limit) -> StageClock {
    let limit = clock.limit.extended(by);
    let added = turn.city.calendar.limit_ms(limit) - turn.city.calendar.limit_ms(clock.limit);
    let due = match clock.due.left_ms {
        Some(left) => turn
            .city
            .calendar
            .due_resumed(clock.due.start, limit, left + added),
        None => turn.city.calendar.due(clock.due.start, limit),
    };
    StageClock {
        limit,
        due,
        paused_left_ms: clock.paused_left_ms.map(|left| left + added),
        ..clock.clone()
    }
}
