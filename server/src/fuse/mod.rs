//! Makes alarms of observations and incidents of alarms and reports: what is the same thing becomes one incident.
//! Decides by rules of the pack alone; knows no clock, storage or network.

mod alarms;
mod incidents;
mod known;
mod nearby;
mod readings;
mod same_thing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use domain::command::OpenByHand;
use domain::ids::IncidentId;
use domain::incident::Incident;
use domain::observation::{Body, Intake, Observation};
use domain::picture::{Picture, Timer};
use domain::text::TextRules;
use domain::time::Timestamp;
use domain::turn::Turn;
use domain::unit::Unit;

pub use nearby::Nearby;
pub use same_thing::{Family, reach_m, same_thing};

/// Older than this is history (API.md, "Time").
const HISTORY_MS: i64 = 24 * 60 * 60 * 1000;

/// The stage: what it can rebuild from the Picture, and nothing else.
pub struct Fuse {
    nearby: Nearby,
    words: TextRules,
}

impl Fuse {
    /// Rebuilds the index after a start or a change of the pack.
    pub fn of(picture: &Picture) -> Self {
        Self {
            nearby: Nearby::of(picture),
            words: TextRules::new(picture.city.as_ref().map_or(&[], |city| &city.text_rules)),
        }
    }

    /// Takes one observation; incidents it opened or changed are added to `moved`.
    pub fn observe(
        &mut self,
        turn: &mut Turn<'_>,
        observation: &Observation,
        moved: &mut BTreeSet<IncidentId>,
    ) -> Intake {
        let before = match known::take(turn.picture, observation, turn.now) {
            known::Seen::New(before) => before,
            known::Seen::Again => return Intake::Duplicate,
            known::Seen::Conflict => return Intake::Conflict,
        };
        match &observation.body {
            Body::Report { .. } => incidents::report(self, turn, observation, before, moved),
            Body::Reading { .. } => readings::reading(self, turn, observation, moved),
            Body::Position { thing, motion } => {
                if let Some(position) = observation.position {
                    heard(turn, observation, thing, motion, position);
                }
            }
            Body::Alarm { .. } => alarms::raise_by_source(self, turn, observation, before, moved),
            Body::Clear {
                thing,
                category,
                clears,
            } => {
                let clears = clears.as_ref();
                alarms::clear_by_source(turn, observation, thing.as_ref(), *category, clears);
            }
        }
        Intake::Accepted
    }

    /// Writes down what somebody saw at the desk: a new incident, joined with nothing by machine.
    pub fn open_by_hand(
        &mut self,
        turn: &mut Turn<'_>,
        open: &OpenByHand,
    ) -> std::sync::Arc<Incident> {
        incidents::open_by_hand(self, turn, open)
    }

    /// A sensor has been silent for too long.
    pub fn timer(
        &mut self,
        turn: &mut Turn<'_>,
        due: Timestamp,
        timer: &Timer,
        moved: &mut BTreeSet<IncidentId>,
    ) {
        match timer {
            Timer::Silence(key) => readings::fell_silent(self, turn, due, key, moved),
            Timer::Unshelve(alarm) => alarms::unshelve(turn, *alarm),
            Timer::Light(_) => {}
        }
    }
}

/// Whether an observation may open an incident: recent, or of a feed that says its history counts.
fn opens(observation: &Observation, now: Timestamp) -> bool {
    observation.backfill || now.since(observation.time) <= HISTORY_MS
}

/// A unit was heard; an older position than the one we have changes nothing, and practice nothing of a real unit.
fn heard(
    turn: &mut Turn<'_>,
    observation: &Observation,
    thing: &domain::ids::ThingId,
    motion: &domain::observation::Motion,
    position: domain::place::Position,
) {
    if let Some(unit) = turn.picture.units.get(thing) {
        let older = unit.observed_at > observation.time && unit.drill == observation.drill;
        if older || (observation.drill && !unit.drill) {
            return;
        }
    }
    let town = turn.places.town(position);
    let unit = Unit {
        id: thing.clone(),
        source: observation.source.clone(),
        position,
        motion: motion.clone(),
        observed_at: observation.time,
        heard_at: turn.now,
        town,
        drill: observation.drill,
    };
    turn.put_unit(unit);
}
