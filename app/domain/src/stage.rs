//! Starts and stops the clock of a stage, and sets the timers at which its light changes. A year whose calendar is
//! missing gives no deadline, and an alarm on ourselves.

use std::sync::Arc;

use crate::account::Actor;
use crate::alarm::{Alarm, AlarmCause, SelfCheck};
use crate::assignment::{Stage, StageClock};
use crate::calendar::Calendar;
use crate::category::Severity;
use crate::clock::{Certainty, Light, Limit};
use crate::escalation::{EscalationStep, FrozenStep};
use crate::explain;
use crate::ids::{IncidentId, SourceId};
use crate::incident::{Happening, Incident};
use crate::language::Language;
use crate::lifecycle::CommandName;
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

/// The pack's steps as an incident keeps them.
pub fn frozen(steps: &[EscalationStep]) -> Vec<FrozenStep> {
    steps
        .iter()
        .map(|step| FrozenStep {
            step: step.clone(),
            spoke_in: None,
        })
        .collect()
}

/// Sets the timers of an incident's clocks and of its suspension, and speaks up where a clock that begins cannot run. What
/// has passed has been said; a timer that was set before and no longer fits says nothing when it fires.
pub fn set_timers(turn: &mut Turn<'_>, incident: &Incident) {
    let running = |clock: &&StageClock| !clock.is_paused();
    let now = turn.now;
    let supporting = incident
        .supporting
        .iter()
        .filter_map(|one| one.clock.as_ref());
    for clock in incident.clock.iter().chain(supporting).filter(running) {
        let begins = clock.due.start == now;
        let lights = [clock.due.warn_at, clock.due.due_at].into_iter().flatten();
        for due in lights.filter(|due| *due > now || begins && *due == now) {
            turn.set_timer(due, Timer::Light(incident.id));
        }
    }
    if let Some(until) = incident.suspended_until {
        turn.set_timer(until, Timer::Resume(incident.id));
    }
    let Some(clock) = incident.clock.as_ref().filter(running) else {
        return;
    };
    let begins = clock.due.start == now;
    for frozen in &incident.escalation {
        let due = speaks_at(&turn.city.calendar, clock, frozen);
        if let Some(due) = due.filter(|due| *due > now || begins && *due == now) {
            turn.set_timer(due, Timer::Escalate(incident.id));
        }
    }
    if let Certainty::Missing(year) = clock.due.certainty
        && clock.due.start == now
    {
        turn.log(
            incident.id,
            Actor::Machine,
            None,
            Happening::CalendarMissing(year),
        );
        raise_on_ourselves(turn, SelfCheck::CalendarMissing(year));
    }
}

/// When a step is due in this run of the clock; None if it has spoken, is of another stage, or cannot be counted.
fn speaks_at(calendar: &Calendar, clock: &StageClock, frozen: &FrozenStep) -> Option<Timestamp> {
    let step = &frozen.step;
    if step.stage != clock.stage || frozen.spoke_in == Some(clock.started_at) || clock.is_paused() {
        return None;
    }
    calendar.used_up_to(&clock.due, step.at_percent)
}

/// Clocks that ran on unseen are looked at again: says how their lights changed meanwhile, and sets the timers to come.
pub fn look_again(turn: &mut Turn<'_>, incident: &Incident, since: Timestamp) {
    if let Some(clock) = incident.clock.as_ref().filter(|clock| !clock.is_paused()) {
        let lights = [clock.due.warn_at, clock.due.due_at].into_iter().flatten();
        let now = turn.now;
        for due in lights.filter(|due| *due > since && *due <= now) {
            let what = Happening::LightChanged(clock.due.light(due));
            turn.log(incident.id, Actor::Machine, None, what);
        }
    }
    set_timers(turn, incident);
}

/// The light of a running deadline changes now. A timer of a clock that has since stopped says nothing.
pub fn light_changed(turn: &mut Turn<'_>, due: Timestamp, id: IncidentId) {
    let Some(incident) = turn.incident(id) else {
        return;
    };
    let changes = |clock: &StageClock| {
        let now = clock.due.warn_at == Some(due) || clock.due.due_at == Some(due);
        (now && !clock.is_paused()).then(|| clock.due.light(due))
    };
    let mut said = false;
    if let Some(light) = incident.clock.as_ref().and_then(changes) {
        turn.log(id, Actor::Machine, None, Happening::LightChanged(light));
        said = true;
    }
    for assignment in &incident.supporting {
        if let Some(light) = assignment.clock.as_ref().and_then(changes) {
            let department = assignment.department.clone();
            let what = Happening::SupportLight { department, light };
            turn.log(id, Actor::Machine, None, what);
            said = true;
        }
    }
    if said {
        turn.touch_incident(id);
    }
}

/// The steps of the escalation that are due: each speaks once in a run of the clock, if the incident is serious enough.
pub fn escalate(turn: &mut Turn<'_>, id: IncidentId) {
    let Some(incident) = turn.incident(id).filter(|one| one.state.is_open()) else {
        return;
    };
    let Some(clock) = incident.clock.clone() else {
        return;
    };
    let mut next = (*incident).clone();
    let mut told = Vec::new();
    for frozen in &mut next.escalation {
        let due = speaks_at(&turn.city.calendar, &clock, frozen);
        if due.is_none_or(|due| due > turn.now) {
            continue;
        }
        frozen.spoke_in = Some(clock.started_at);
        let step = &frozen.step;
        if step.severity.is_none_or(|least| incident.severity <= least) {
            told.push((step.at_percent, step.to));
        }
    }
    for (percent, to) in told {
        if !next.escalated_to.contains(&to) {
            next.escalated_to.push(to);
        }
        let stage = clock.stage;
        let what = Happening::Escalated { stage, percent, to };
        turn.log(id, Actor::Machine, None, what);
    }
    turn.put_incident(next);
}

/// A suspension has come to the end it was granted for.
pub fn suspension_over(turn: &mut Turn<'_>, due: Timestamp, id: IncidentId) {
    let Some(incident) = turn.incident(id) else {
        return;
    };
    if !incident.suspended || incident.suspended_until != Some(due) {
        return;
    }
    let what = Happening::Commanded {
        command: CommandName::Resume,
        from: incident.state,
        to: incident.state,
        note: String::new(),
        said: None,
    };
    turn.log(id, Actor::Machine, None, what);
    let mut next = (*incident).clone();
    // At the moment it was granted to, however late the machine comes to look.
    go_on(turn, &mut next, due);
    turn.put_incident(next);
    escalate(turn, id);
}

/// Stops all clocks of an incident until it is resumed.
pub fn suspend(turn: &mut Turn<'_>, incident: &mut Incident, until: Timestamp) {
    incident.suspended = true;
    incident.suspended_until = Some(until);
    incident.clock = incident.clock.as_ref().map(|clock| pause(turn, clock));
    for assignment in incident.assignments_mut() {
        assignment.clock = assignment.clock.as_ref().map(|clock| pause(turn, clock));
    }
    set_timers(turn, incident);
}

/// All clocks go on with what was left of them.
pub fn unsuspend(turn: &mut Turn<'_>, incident: &mut Incident) {
    if !incident.suspended {
        return;
    }
    let now = turn.now;
    go_on(turn, incident, now);
}

fn go_on(turn: &mut Turn<'_>, incident: &mut Incident, at: Timestamp) {
    incident.suspended = false;
    incident.suspended_until = None;
    incident.clock = incident.clock.as_ref().map(|clock| resume(turn, clock, at));
    for assignment in incident.assignments_mut() {
        assignment.clock = assignment
            .clock
            .as_ref()
            .map(|clock| resume(turn, clock, at));
    }
    look_again(turn, incident, at);
}

/// The calendar was edited: every open deadline is counted anew, and where it moved that is said.
pub fn calendar_changed(turn: &mut Turn<'_>) {
    let open: Vec<Arc<Incident>> = turn
        .picture
        .incidents
        .values()
        .filter(|incident| incident.state.is_open())
        .cloned()
        .collect();
    for incident in open {
        let mut next = (*incident).clone();
        count_anew(turn, &mut next);
        if next == *incident {
            continue;
        }
        let due = |incident: &Incident| incident.clock.as_ref().and_then(|clock| clock.due.due_at);
        let (from, to) = (due(&incident), due(&next));
        if let Some(clock) = next.clock.as_ref().filter(|_| from != to) {
            let stage = clock.stage;
            let what = Happening::DeadlineMoved { stage, from, to };
            turn.log(incident.id, Actor::Machine, None, what);
        }
        let (was, is) = (light(&incident, turn.now), light(&next, turn.now));
        if let Some(light) = is.filter(|_| was != is) {
            let what = Happening::LightChanged(light);
            turn.log(incident.id, Actor::Machine, None, what);
        }
        set_timers(turn, &next);
        turn.put_incident(next);
        escalate(turn, incident.id);
    }
}

fn light(incident: &Incident, now: Timestamp) -> Option<Light> {
    let clock = incident.clock.as_ref().filter(|clock| !clock.is_paused());
    clock.map(|clock| clock.due.light(now))
}

/// Its deadlines as the calendar has them now.
pub fn count_anew(turn: &Turn<'_>, incident: &mut Incident) {
    incident.clock = incident.clock.as_ref().map(|clock| recount(turn, clock));
    for assignment in incident.assignments_mut() {
        assignment.clock = assignment.clock.as_ref().map(|clock| recount(turn, clock));
    }
}

/// What stands still keeps what is left of it, on its own time base.
fn recount(turn: &Turn<'_>, clock: &StageClock) -> StageClock {
    if clock.is_paused() {
        return clock.clone();
    }
    let calendar = &turn.city.calendar;
    let due = &clock.due;
    StageClock {
        due: match due.left_ms {
            Some(left) => calendar.due_resumed(due.start, clock.limit, left),
            None => calendar.due(due.start, clock.limit),
        },
        ..clock.clone()
    }
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
    let whole = calendar.limit_ms(clock.limit);
    let total = clock.due.left_ms.map_or(whole, |left| left.min(whole));
    let used = calendar
        .elapsed(clock.limit.clock(), clock.due.start, turn.now)
        .known_ms;
    StageClock {
        paused_left_ms: Some((total - used).max(0)),
        ..clock.clone()
    }
}

/// Goes on with what was left.
fn resume(turn: &Turn<'_>, clock: &StageClock, at: Timestamp) -> StageClock {
    let Some(left) = clock.paused_left_ms else {
        return clock.clone();
    };
    StageClock {
        due: turn.city.calendar.due_resumed(at, clock.limit, left),
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
