//! What alarms: one rule at one thing, or one kind of one source at one thing or place. It comes and goes; its alarm of
//! now is found by it, and so is that it chatters.

use serde::{Deserialize, Serialize};

use super::{Alarm, AlarmCause};
use crate::category::CategoryCode;
use crate::ids::{AlarmId, AlarmRuleId, SourceId, ThingId};
use crate::time::Timestamp;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct PointKey {
    pub source: SourceId,
    pub of: PointOf,
    pub at: PointAt,
    pub drill: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PointOf {
    Rule(AlarmRuleId),
    Silence(AlarmRuleId),
    Kind(CategoryCode),
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PointAt {
    Thing(ThingId),
    /// Millionths of degrees.
    Place(i32, i32),
}

/// How a point has behaved lately.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Point {
    pub alarm: AlarmId,
    /// When it came and went, by the clock of who observed it; only what may still make chatter.
    pub turns: Vec<Timestamp>,
    /// When it is looked at whether it is quiet, while it chatters.
    pub quiet_due: Option<Timestamp>,
    /// While it chatters and its alarm is held: it does not stand since.
    pub gone_since: Option<Timestamp>,
    /// While it chatters: how often it came back untold.
    pub held_returns: u32,
}

impl PointKey {
    /// None for what has neither thing nor place, and for alarms of long ago and on ourselves.
    pub fn of(alarm: &Alarm) -> Option<Self> {
        if alarm.history {
            return None;
        }
        let of = match &alarm.cause {
            AlarmCause::Rule(rule) => PointOf::Rule(rule.clone()),
            AlarmCause::Silence(rule) => PointOf::Silence(rule.clone()),
            AlarmCause::Source(_) => PointOf::Kind(alarm.category?),
            AlarmCause::Ourselves(_) => return None,
        };
        let at = match (&alarm.thing, alarm.position) {
            (Some(thing), _) => PointAt::Thing(thing.clone()),
            (None, Some(place)) => PointAt::Place(place.lon_e6(), place.lat_e6()),
            (None, None) => return None,
        };
        Some(Self {
            source: alarm.source.clone(),
            of,
            at,
            drill: alarm.drill,
        })
    }
}

impl Point {
    pub fn new(alarm: AlarmId, risen_at: Timestamp) -> Self {
        Self {
            alarm,
            turns: vec![risen_at],
            quiet_due: None,
            gone_since: None,
            held_returns: 0,
        }
    }

    /// Notes that it came or went, and forgets what is too long ago; how often it has turned within the time.
    pub fn turned(&mut self, at: Timestamp, within_ms: i64) -> usize {
        self.turns.retain(|turn| at.since(*turn).abs() <= within_ms);
        self.turns.push(at);
        self.turns.len()
    }

    /// Whether it came or went within the time before `at`.
    pub fn is_restless(&self, at: Timestamp, within_ms: i64) -> bool {
        self.turns
            .iter()
            .any(|turn| at.since(*turn).abs() <= within_ms)
    }
}
