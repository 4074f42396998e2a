//! Makes alarms of observations and incidents of alarms and reports: what is the same thing becomes one incident.
//! Decides by rules of the pack alone; knows no clock, storage or network.

mod alarms;
mod incidents;
mod known;
mod nearby;
mod net;
mod readings;
mod relink;
mod same_thing;
mod suspect;
#[cfg(test)]
mod tests;
mod tracks;
mod units;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::alarm::{course, inhibition};
use domain::city::City;
use domain::command::OpenByHand;
use domain::ids::IncidentId;
use domain::incident::{Evidence, Incident, Link};
use domain::observation::{Body, Intake, Observation};
use domain::picture::{Picture, Timer};
use domain::time::Timestamp;
use domain::turn::Turn;

pub use nearby::Nearby;
pub use same_thing::{Family, reach_m};
pub use words::Lexicon;

use same_thing::Verdict;
use suspect::Stations;
use tracks::Tracks;
use words::Reader;

/// Older than this is history (API.md, "Time").
const HISTORY_MS: i64 = 24 * 60 * 60 * 1000;

/// The stage: what it can rebuild from the Picture, and nothing else.
pub struct Fuse {
    nearby: Nearby,
    reader: Reader,
    stations: Stations,
    tracks: Tracks,
}

impl Fuse {
    /// Rebuilds the index after a start or a change of the pack; the lexicon is that of the Picture's pack.
    pub fn of(picture: &Picture, lexicon: Arc<Lexicon>) -> Self {
        Self {
            nearby: Nearby::of(picture, &lexicon),
            reader: Reader::with(lexicon),
            stations: Stations::of(picture),
            tracks: Tracks::of(picture),
        }
    }

    /// Makes a piece findable where it is, or by the places it names if nobody knows where that is.
    fn index(&mut self, city: &City, evidence: &Evidence) {
        self.nearby.add(city, evidence, self.reader.lexicon());
    }

    /// How two pieces are alike, if that is worth a person's look.
    pub fn alike(&self, city: &City, one: &Evidence, other: &Evidence) -> Option<Link> {
        let family = Family::of(city, one);
        if family != Family::of(city, other) {
            return None;
        }
        let lexicon = self.reader.lexicon();
        let (words, other_words) = (lexicon.read(&one.text), lexicon.read(&other.text));
        let verdict = same_thing::same_thing(
            same_thing::Piece {
                evidence: one,
                words: &words,
            },
            same_thing::Piece {
                evidence: other,
                words: &other_words,
            },
            family.rule(city),
            family.is_unknown(),
        );
        let likeness = match verdict {
            Verdict::Same(likeness) | Verdict::Maybe(likeness) => likeness,
            Verdict::Different => return None,
        };
        Some(Link {
            with: other.id,
            score: likeness.score,
            reason: likeness.reason,
        })
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
                    units::heard(self, turn, observation, thing, motion, position);
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
    pub fn open_by_hand(&mut self, turn: &mut Turn<'_>, open: &OpenByHand) -> Arc<Incident> {
        incidents::open_by_hand(self, turn, open)
    }

    /// A sensor has been silent for too long, or an alarm has waited for its time.
    pub fn timer(
        &mut self,
        turn: &mut Turn<'_>,
        due: Timestamp,
        timer: &Timer,
        moved: &mut BTreeSet<IncidentId>,
    ) {
        match timer {
            Timer::Silence(key) => readings::fell_silent(self, turn, due, key, moved),
            Timer::Unshelve(alarm) => course::shelf_ends(turn, due, *alarm),
            Timer::Stale(alarm) => course::stale(turn, due, *alarm),
            Timer::Quiet(point) => alarms::quiet(turn, due, point),
            Timer::InhibitEnds(alarm) => inhibition::lingered(turn, *alarm),
            // Of incidents, not of what is heard.
            Timer::Light(_) | Timer::Resume(_) | Timer::Escalate(_) => {}
        }
    }
}

/// Whether an observation may open an incident: recent, or of a feed that says its history counts.
fn opens(observation: &Observation, now: Timestamp) -> bool {
    observation.backfill || !is_history(observation, now)
}

/// Whether it is of long ago, whatever its feed says.
fn is_history(observation: &Observation, now: Timestamp) -> bool {
    now.since(observation.time) > HISTORY_MS
}
