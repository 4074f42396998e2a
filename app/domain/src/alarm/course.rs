//! What happens to an alarm, one function for each thing that can: facts are set here, states come from the table.
//! Observation time says when it began to stand and chatters; the server's clock says when people were told.

use crate::account::Actor;
use crate::category::Severity;
use crate::ids::AlarmId;
use crate::picture::Timer;
use crate::time::Timestamp;
use crate::turn::Turn;

use super::point::{Point, PointKey};
use super::table::{self, AlarmEvent};
use super::{Alarm, AlarmState, Noted, OutOfService, Shelving, Suppression};

/// What an observation that something stands means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rising {
    New,
    /// The alarm of before is there again.
    Again(AlarmId),
    /// It chatters, and stands as far as people are told.
    Held(AlarmId),
}

/// Says which alarm an observation raises, by the point it would be of, and notes that the point has come.
pub fn rising(turn: &mut Turn<'_>, key: Option<&PointKey>, at: Timestamp) -> Rising {
    let chatter = turn.city.alarm_ways.chatter;
    let within_ms = i64::from(chatter.within_seconds) * 1000;
    let Some(key) = key else {
        return Rising::New;
    };
    let Some(mut point) = turn.picture.points.get(key).cloned() else {
        return Rising::New;
    };
    let Some(alarm) = turn.picture.alarms.get(&point.alarm).cloned() else {
        return Rising::New;
    };
    if alarm.chattering {
        if point.gone_since.take().is_some() {
            point.held_returns += 1;
        }
        wait_for_quiet(turn, key, &mut point);
        turn.picture.points.insert(key.clone(), point);
        return Rising::Held(alarm.id);
    }
    if alarm.stands() || (alarm.state == AlarmState::Normal && !point.is_restless(at, within_ms)) {
        return Rising::New;
    }
    let chatters = point.turned(at, within_ms) >= chatter.changes as usize;
    if chatters {
        wait_for_quiet(turn, key, &mut point);
    }
    turn.picture.points.insert(key.clone(), point);
    Rising::Again(alarm.id)
}

/// A new alarm has its point, unless another alarm of that point stands.
pub fn born(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    wait_for_stale(turn, alarm);
    let Some(key) = PointKey::of(alarm) else {
        return;
    };
    let points = &turn.picture.points;
    let taken = points
        .get(&key)
        .and_then(|point| turn.picture.alarms.get(&point.alarm))
        .is_some_and(|other| other.stands() && other.id != alarm.id);
    if !taken {
        let point = Point::new(alarm.id, alarm.raised_at);
        turn.picture.points.insert(key, point);
    }
}

/// It stands again, since `at`.
pub fn stand_again(turn: &mut Turn<'_>, alarm: &mut Alarm, at: Timestamp) {
    alarm.raised_at = at;
    alarm.cleared_at = None;
    alarm.returned += 1;
    alarm.acknowledged = None;
    alarm.chattering = PointKey::of(alarm)
        .and_then(|key| turn.picture.points.get(&key))
        .is_some_and(|point| point.quiet_due.is_some());
    wait_for_stale(turn, alarm);
    happens(turn, alarm, AlarmEvent::Rise);
}

/// It stands, and is worse.
pub fn worsen(turn: &mut Turn<'_>, alarm: &mut Alarm, severity: Severity) {
    alarm.severity = severity;
    alarm.acknowledged = None;
    if table::row_of(AlarmEvent::Worsen, alarm.state).is_some() {
        happens(turn, alarm, AlarmEvent::Worsen);
    }
}

/// It no longer stands since `at`; false where it had ended before, or is held because it chatters.
pub fn clear(turn: &mut Turn<'_>, id: AlarmId, at: Timestamp) -> bool {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return false;
    };
    if !alarm.stands() {
        return false;
    }
    let mut alarm = (**alarm).clone();
    if held(turn, &mut alarm, at) {
        return false;
    }
    end(turn, alarm, at);
    true
}

/// Notes that a point has gone; true where its alarm is held nevertheless.
fn held(turn: &mut Turn<'_>, alarm: &mut Alarm, at: Timestamp) -> bool {
    let Some(key) = PointKey::of(alarm) else {
        return false;
    };
    let point = turn.picture.points.get(&key);
    let Some(mut point) = point.filter(|point| point.alarm == alarm.id).cloned() else {
        return false;
    };
    let chatter = turn.city.alarm_ways.chatter;
    let within_ms = i64::from(chatter.within_seconds) * 1000;
    let began = !alarm.chattering && point.turned(at, within_ms) >= chatter.changes as usize;
    let holds = alarm.chattering || began;
    if holds {
        point.gone_since = Some(at);
        wait_for_quiet(turn, &key, &mut point);
    }
    turn.picture.points.insert(key, point);
    if began {
        alarm.chattering = true;
        turn.put_alarm(alarm.clone());
    }
    holds
}

fn end(turn: &mut Turn<'_>, mut alarm: Alarm, at: Timestamp) {
    alarm.cleared_at = Some(at);
    alarm.stale = false;
    if let Some(due) = alarm.stale_at.take() {
        turn.clear_timer(due, Timer::Stale(alarm.id));
    }
    happens(turn, &mut alarm, AlarmEvent::Clear);
    turn.put_alarm(alarm);
}

/// What chattered has been quiet for long enough: it is as it is. A timer that was moved meanwhile says nothing.
/// The alarm that ended by it, if one did.
pub fn quiet(turn: &mut Turn<'_>, due: Timestamp, key: &PointKey) -> Option<AlarmId> {
    let mut point = turn.picture.points.get(key).cloned()?;
    if point.quiet_due != Some(due) {
        return None;
    }
    point.quiet_due = None;
    point.turns.clear();
    let gone_since = point.gone_since.take();
    let returns = std::mem::take(&mut point.held_returns);
    let id = point.alarm;
    turn.picture.points.insert(key.clone(), point);
    let mut alarm = (**turn.picture.alarms.get(&id)?).clone();
    alarm.chattering = false;
    alarm.returned += returns;
    match gone_since {
        Some(at) => {
            end(turn, alarm, at);
            Some(id)
        }
        None => {
            turn.put_alarm(alarm);
            None
        }
    }
}

/// It has stood for too long.
pub fn stale(turn: &mut Turn<'_>, due: Timestamp, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    if alarm.stale_at == Some(due) {
        let mut alarm = (**alarm).clone();
        alarm.stale_at = None;
        alarm.stale = true;
        turn.put_alarm(alarm);
    }
}

/// A shelved alarm comes back by itself. A timer that was moved meanwhile says nothing.
pub fn shelf_ends(turn: &mut Turn<'_>, due: Timestamp, id: AlarmId) {
    let Some(alarm) = turn.picture.alarms.get(&id) else {
        return;
    };
    let until = alarm.shelved.as_ref().map(|shelved| shelved.until);
    if alarm.state == AlarmState::Shelved && until == Some(due) {
        let mut alarm = (**alarm).clone();
        alarm.shelved = None;
        happens(turn, &mut alarm, AlarmEvent::ShelfEnds);
        turn.put_alarm(alarm);
    }
}

pub fn acknowledge(turn: &mut Turn<'_>, alarm: &mut Alarm, by: &Actor) {
    // Who was first stays.
    if alarm.acknowledged.is_none() {
        let (by, at) = (by.clone(), turn.now);
        alarm.acknowledged = Some(Noted { by, at });
    }
    alarm.silenced = true;
    happens(turn, alarm, AlarmEvent::Acknowledge);
}

pub fn silence(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    alarm.silenced = true;
    happens(turn, alarm, AlarmEvent::Silence);
}

pub fn reset(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    happens(turn, alarm, AlarmEvent::Reset);
}

/// A later time takes the place of an earlier one.
pub fn shelve(turn: &mut Turn<'_>, alarm: &mut Alarm, by: &Actor, until: Timestamp, reason: &str) {
    leave_shelf(turn, alarm);
    alarm.shelved = Some(Shelving {
        by: by.clone(),
        at: turn.now,
        until,
        reason: reason.to_owned(),
    });
    turn.set_timer(until, Timer::Unshelve(alarm.id));
    happens(turn, alarm, AlarmEvent::Shelve);
}

pub fn unshelve(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    leave_shelf(turn, alarm);
    happens(turn, alarm, AlarmEvent::Unshelve);
}

pub fn take_out_of_service(turn: &mut Turn<'_>, alarm: &mut Alarm, by: &Actor, reason: &str) {
    leave_shelf(turn, alarm);
    alarm.suppressed = None;
    alarm.out_of_service = Some(OutOfService {
        by: by.clone(),
        at: turn.now,
        reason: reason.to_owned(),
    });
    happens(turn, alarm, AlarmEvent::TakeOutOfService);
}

pub fn put_in_service(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    alarm.out_of_service = None;
    happens(turn, alarm, AlarmEvent::PutInService);
}

pub fn inhibit(turn: &mut Turn<'_>, mut alarm: Alarm, by: Suppression) {
    alarm.suppressed = Some(by);
    happens(turn, &mut alarm, AlarmEvent::Inhibit);
    turn.put_alarm(alarm);
}

pub fn inhibit_ends(turn: &mut Turn<'_>, mut alarm: Alarm) {
    alarm.suppressed = None;
    happens(turn, &mut alarm, AlarmEvent::InhibitEnds);
    turn.put_alarm(alarm);
}

/// The table's answer, and what follows from it: who is called anew is told now.
fn happens(turn: &Turn<'_>, alarm: &mut Alarm, event: AlarmEvent) {
    let Some(state) = table::after(event, alarm) else {
        return;
    };
    let calls = state == AlarmState::ActiveUnacknowledged
        && (alarm.state != state || event == AlarmEvent::Worsen);
    if calls {
        alarm.told_at = turn.now;
        alarm.told_in = turn.block;
        alarm.silenced = alarm.history;
    }
    alarm.state = state;
}

fn leave_shelf(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    if let Some(shelved) = alarm.shelved.take() {
        turn.clear_timer(shelved.until, Timer::Unshelve(alarm.id));
    }
}

fn wait_for_quiet(turn: &mut Turn<'_>, key: &PointKey, point: &mut Point) {
    if let Some(due) = point.quiet_due {
        turn.clear_timer(due, Timer::Quiet(key.clone()));
    }
    let quiet_ms = i64::from(turn.city.alarm_ways.chatter.quiet_seconds) * 1000;
    let due = turn.now.plus_millis(quiet_ms);
    point.quiet_due = Some(due);
    turn.set_timer(due, Timer::Quiet(key.clone()));
}

fn wait_for_stale(turn: &mut Turn<'_>, alarm: &mut Alarm) {
    if alarm.history {
        return;
    }
    if let Some(due) = alarm.stale_at {
        turn.clear_timer(due, Timer::Stale(alarm.id));
    }
    alarm.stale = false;
    let due = turn
        .now
        .plus_minutes(i64::from(turn.city.alarm_ways.stale_minutes));
    alarm.stale_at = Some(due);
    turn.set_timer(due, Timer::Stale(alarm.id));
}
