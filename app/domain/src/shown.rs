//! How long what has ended stays on the picture that people look at. A function of what is shown and of the journal's clock,
//! so that a restarted server and a recording show the same.

use crate::alarm::AlarmState;
use crate::lifecycle::State;
use crate::request::Waiting;
use crate::time::Timestamp;
use crate::wire::AlarmView;
use crate::wire::record::Whole;

/// How long an ended incident or alarm stays; lists keep it for ever.
const ENDED_SHOWN_MS: i64 = 60 * 60 * 1000;
/// A unit not heard for a day has gone.
const UNIT_SHOWN_MS: i64 = 24 * 60 * 60 * 1000;
/// What ended long ago leaves at the first block of each such span.
const SWEEP_MS: i64 = 10_000;

/// The last sweep at or before a moment.
pub fn sweep_before(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis().div_euclid(SWEEP_MS) * SWEEP_MS)
}

/// Whether it had ended so long before a sweep that it is no longer shown.
pub fn has_ended(thing: &Whole, sweep: Timestamp) -> bool {
    match thing {
        Whole::Incident(view) => {
            let appealed = view.waiting.contains(&Waiting::Appeal);
            incident_has_ended(view.state, appealed, view.updated_at, sweep)
        }
        Whole::Alarm(view) => alarm_has_ended(view, sweep),
        Whole::Unit(view) => unit_has_gone(view.heard_at, sweep),
        Whole::Sensor(_) => false,
    }
}

/// One whose appeal waits is somebody's work, however long ago it was closed.
pub fn incident_has_ended(
    state: State,
    appealed: bool,
    updated_at: Timestamp,
    sweep: Timestamp,
) -> bool {
    !state.is_open() && !appealed && sweep.since(updated_at) > ENDED_SHOWN_MS
}

pub fn alarm_has_ended(view: &AlarmView, sweep: Timestamp) -> bool {
    let cleared = view.cleared_at.filter(|_| view.state == AlarmState::Normal);
    cleared.is_some_and(|at| sweep.since(at) > ENDED_SHOWN_MS)
}

pub fn unit_has_gone(heard_at: Timestamp, sweep: Timestamp) -> bool {
    sweep.since(heard_at) > UNIT_SHOWN_MS
}
