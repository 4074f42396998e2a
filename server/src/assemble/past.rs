//! The past as an audience may see it: what was recorded, under the rights of today. Whoever may read an incident now may see
//! how it stood; units are shown by where they were. Of what a seat saw besides only what its own rights of then showed it.

use std::collections::BTreeMap;

use domain::ids::{BlockNumber, IncidentId};
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::past::{DensityView, GapView, HorizonView, SeatView};
use domain::wire::record::Whole;

use super::back::SETTLE;
use super::followers::Progress;
use super::{Works, wall_clock};
use crate::store::{Recordings, Records, StoreError};
use crate::web::{PastPicture, PastStep, PastSteps, Stretch};

fn words(error: impl ToString) -> String {
    error.to_string()
}

/// Waits until the records are as far as a block, and know everything acknowledged so far.
fn settle_records(works: &Works, block: u64) {
    let block = block.max(works.registry.position());
    if !works.progress.wait(block, SETTLE) {
        metrics::counter!("gulou_reads_unsettled_total").increment(1);
    }
}

/// Waits until everything acknowledged so far is recorded, if it is asked for; whether nothing is missing.
fn settle(works: &Works, until: Timestamp) -> bool {
    let acknowledged = works.registry.position();
    until < works.recordings.known_until() || recorded(works, acknowledged)
}

/// Waits until all that can be stamped up to a moment is recorded, what is on its way to the disk included.
fn settle_wholly(works: &Works, until: Timestamp) -> bool {
    if until < works.recordings.known_until() {
        return true;
    }
    let last = works.submitter.last_block_blocking();
    last.is_ok_and(|last| recorded(works, last.0))
}

fn recorded(works: &Works, block: u64) -> bool {
    let progress = &works.recordings_progress;
    // Recordings that are given up come no further.
    if progress.is_troubled() {
        return false;
    }
    let is_there = progress.wait(block, SETTLE);
    if !is_there {
        metrics::counter!("gulou_reads_unsettled_total").increment(1);
    }
    is_there
}

/// What is not known of the time up to a moment, since it cannot be recorded.
pub(super) fn not_recorded(
    recordings: &Recordings,
    progress: &Progress,
    until: Timestamp,
) -> Option<GapView> {
    let since = recordings.known_until();
    (progress.is_troubled() && since < until).then_some(GapView { since, until })
}

fn unrecorded(works: &Works, until: Timestamp) -> Option<GapView> {
    not_recorded(&works.recordings, &works.recordings_progress, until)
}

/// The latest moment that can be told wholly: in this very millisecond a block may still be stamped.
fn just_now() -> Timestamp {
    wall_clock().plus_millis(-1)
}

pub(super) fn horizon(works: &Works) -> Result<HorizonView, String> {
    settle(works, Timestamp::MAX);
    let mut horizon = works.recordings.horizon().map_err(words)?;
    horizon.gaps.extend(unrecorded(works, wall_clock()));
    Ok(horizon)
}

pub(super) fn picture(
    works: &Works,
    at: Timestamp,
    audience: &Audience,
    seat: Option<&SeatView>,
) -> Result<Option<PastPicture>, String> {
    let at = at.min(just_now());
    settle_wholly(works, at);
    let Some(found) = works.recordings.picture_at(at).map_err(words)? else {
        return Ok(None);
    };
    let mut sight = Sight::of(works, audience, seat, found.mark.block);
    let mut things = Vec::new();
    for (number, thing) in found.stand.things() {
        if sight.shows(thing)? {
            things.push((*number, thing.clone()));
        }
    }
    let gaps = works.recordings.gaps(at, at).map_err(words)?;
    Ok(Some(PastPicture {
        at,
        gap: gaps.into_iter().next().or_else(|| unrecorded(works, at)),
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
    let Stretch {
        since,
        until,
        step_ms,
    } = stretch;
    let asked = until.min(just_now());
    let known_until = match settle_wholly(works, asked) {
        true => asked,
        // A later block may have the clock of the last that is there.
        false => works.recordings.known_until().plus_millis(-1),
    };
    let (until, rest) = told_until(since, asked, known_until);
    let found = works
        .recordings
        .steps(since, until, step_ms, most)
        .map_err(words)?;
    let Some(found) = found else {
        return Ok(None);
    };
    let mut sight = Sight::of(works, audience, seat, found.to);
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
    let gaps = works.recordings.gaps(since, until).map_err(words)?;
    Ok(Some(PastSteps {
        until,
        gaps,
        position: found.from.0,
        to: found.to.0,
        steps,
        next: found.next.or(rest),
    }))
}

/// Up to which moment changes can be told, and from where on the rest is to be asked for. Where nothing new is known there is no
/// rest, or whoever asks would ask without end.
fn told_until(
    since: Timestamp,
    asked: Timestamp,
    known_until: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let until = asked.min(known_until).max(since);
    let is_short = since < until && until < asked;
    (until, is_short.then_some(until))
}

pub(super) fn density(
    works: &Works,
    stretch: Stretch,
    audience: &Audience,
) -> Result<DensityView, String> {
    settle_records(works, 0);
    let Stretch {
        since,
        until,
        step_ms,
    } = stretch;
    let incidents = works
        .records
        .opened_by_step(audience, since, until, step_ms)
        .map_err(words)?;
    let (alarms, alarms_unknown) = match audience {
        Audience::City => {
            let is_settled = settle(works, until);
            let risen = works.recordings.alarms_risen(since, until, step_ms);
            let known_until = match is_settled {
                true => until.min(just_now()),
                false => works.recordings.known_until(),
            };
            (
                risen.map_err(words)?,
                unknown(&works.recordings, stretch, known_until).map_err(words)?,
            )
        }
        // Alarms are for those who see the whole city.
        _ => (vec![0; incidents.len()], vec![GapView { since, until }]),
    };
    Ok(DensityView {
        since,
        until,
        every_ms: step_ms,
        incidents,
        alarms,
        alarms_unknown,
    })
}

/// Parts of a stretch that are not recorded: before there is anything, in gaps, and what has not come in.
pub(super) fn unknown(
    recordings: &Recordings,
    stretch: Stretch,
    known_until: Timestamp,
) -> Result<Vec<GapView>, StoreError> {
    let Stretch { since, until, .. } = stretch;
    let known_from = recordings.known_from()?.unwrap_or(until);
    let mut unknown = vec![GapView {
        since,
        until: known_from,
    }];
    unknown.extend(recordings.gaps(since, until)?);
    unknown.push(GapView {
        since: known_until,
        until,
    });
    for gap in &mut unknown {
        (gap.since, gap.until) = (gap.since.max(since), gap.until.min(until));
    }
    unknown.retain(|gap| gap.since < gap.until);
    Ok(unknown)
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
    /// Of what is recorded up to a block. Whose rights are looked up in the records waits for them.
    fn of(
        works: &'a Works,
        audience: &'a Audience,
        seat: Option<&'a SeatView>,
        up_to: BlockNumber,
    ) -> Self {
        if !matches!(audience, Audience::City | Audience::Nothing) {
            settle_records(works, up_to.0);
        }
        Self {
            records: &works.records,
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
        match (thing.may_be_seen_by(self.audience), thing) {
            (Some(may_see), _) => Ok(may_see),
            (None, Whole::Incident(view)) => self.may_read(view.id),
            (None, _) => Ok(false),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_more_than_is_known_comes_back_and_does_not_ask_without_end() {
        let at = Timestamp::from_millis;
        for (since, asked, known_until, told) in [
            (100, 200, 200, (200, None)),
            (100, 200, 900, (200, None)),
            (100, 200, 150, (150, Some(150))),
            (100, 200, 100, (100, None)),
            (100, 200, 50, (100, None)),
            // A clock that is a little ahead.
            (100, 90, 90, (100, None)),
        ] {
            let (until, rest) = told_until(at(since), at(asked), at(known_until));
            assert_eq!((until.millis(), rest.map(Timestamp::millis)), told);
        }
    }
}
