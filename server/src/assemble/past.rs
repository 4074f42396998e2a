//! The past as an audience may see it: what was recorded, under the rights of today. Whoever may read an incident now may see
//! how it stood; units are shown by where they were. Of what a seat saw besides only what its own rights of then showed it.

use std::collections::BTreeMap;

use domain::ids::IncidentId;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::past::{DensityView, HorizonView, SeatView};
use domain::wire::record::Whole;

use super::Works;
use super::back::SETTLE;
use crate::store::Records;
use crate::web::{PastPicture, PastStep, PastSteps, Stretch};

fn words(error: impl ToString) -> String {
    error.to_string()
}

/// Until everything acknowledged so far is recorded, if it is asked for.
fn settle(works: &Works, until: Timestamp) {
    let acknowledged = works.registry.position();
    let progress = &works.recordings_progress;
    // Recordings that are given up come no further.
    let is_worth_it = until >= works.recordings.known_until() && !progress.is_troubled();
    if is_worth_it && !progress.wait(acknowledged, SETTLE) {
        metrics::counter!("gulou_reads_unsettled_total").increment(1);
    }
}

pub(super) fn horizon(works: &Works) -> Result<HorizonView, String> {
    settle(works, Timestamp::MAX);
    works.recordings.horizon().map_err(words)
}

pub(super) fn picture(
    works: &Works,
    at: Timestamp,
    audience: &Audience,
    seat: Option<&SeatView>,
) -> Result<Option<PastPicture>, String> {
    settle(works, at);
    let Some(found) = works.recordings.picture_at(at).map_err(words)? else {
        return Ok(None);
    };
    let mut sight = Sight::of(&works.records, audience, seat);
    let mut things = Vec::new();
    for (number, thing) in found.stand.things() {
        if sight.shows(thing)? {
            things.push((*number, thing.clone()));
        }
    }
    Ok(Some(PastPicture {
        position: found.mark.block.0,
        things,
    }))
}

pub(super) fn steps(
    works: &Works,
    stretch: Stretch,
    most: usize,
    audience: &Audience,
    seat: Option<&SeatView>,
) -> Result<Option<PastSteps>, String> {
    settle(works, stretch.until);
    let found = works
        .recordings
        .steps(stretch.since, stretch.until, stretch.step_ms, most)
        .map_err(words)?;
    let Some(found) = found else {
        return Ok(None);
    };
    let mut sight = Sight::of(&works.records, audience, seat);
    let mut steps = Vec::new();
    for step in found.steps {
        let mut changed = Vec::new();
        for (number, before, after) in step.changed {
            let (before, after) = (sight.seen(before)?, sight.seen(after)?);
            if before.is_some() || after.is_some() {
                changed.push((number, before, after));
            }
        }
        if !changed.is_empty() {
            steps.push(PastStep {
                at: step.at,
                position: step.block.0,
                changed,
            });
        }
    }
    Ok(Some(PastSteps {
        position: found.from.0,
        to: found.to.0,
        steps,
        next: found.next,
    }))
}

pub(super) fn density(
    works: &Works,
    stretch: Stretch,
    audience: &Audience,
) -> Result<DensityView, String> {
    settle(works, stretch.until);
    let Stretch {
        since,
        until,
        step_ms,
    } = stretch;
    let incidents = works
        .records
        .opened_by_step(audience, since, until, step_ms)
        .map_err(words)?;
    // Alarms are for those who see the whole city.
    let alarms = match audience {
        Audience::City => works
            .recordings
            .alarms_risen(since, until, step_ms)
            .map_err(words)?,
        _ => vec![0; incidents.len()],
    };
    Ok(DensityView {
        since,
        until,
        every_ms: step_ms,
        incidents,
        alarms,
    })
}

/// What an audience may see; each incident is looked up once.
struct Sight<'a> {
    records: &'a Records,
    audience: &'a Audience,
    /// Whose page is looked at: nothing that it did not show.
    seat: Option<&'a SeatView>,
    known: BTreeMap<IncidentId, bool>,
}

impl<'a> Sight<'a> {
    fn of(records: &'a Records, audience: &'a Audience, seat: Option<&'a SeatView>) -> Self {
        Self {
            records,
            audience,
            seat,
            known: BTreeMap::new(),
        }
    }

    fn seen(&mut self, thing: Option<Whole>) -> Result<Option<Whole>, String> {
        Ok(match thing {
            Some(thing) if self.shows(&thing)? => Some(thing),
            _ => None,
        })
    }

    fn shows(&mut self, thing: &Whole) -> Result<bool, String> {
        if self.seat.is_some_and(|seat| !seat.showed(thing)) {
            return Ok(false);
        }
        if matches!(self.audience, Audience::City | Audience::Nothing) {
            return Ok(*self.audience == Audience::City);
        }
        Ok(match thing {
            Whole::Incident(view) => self.may_read(view.id)?,
            Whole::Alarm(_) => false,
            Whole::Unit(view) => self.audience.may_see_in(view.town_code.as_deref()),
            Whole::Sensor(_) => true,
        })
    }

    fn may_read(&mut self, id: IncidentId) -> Result<bool, String> {
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let found = self.records.incident(id).map_err(words)?;
        let may = found.is_some_and(|(_, incident)| self.audience.may_read(&incident));
        self.known.insert(id, may);
        Ok(may)
    }
}
