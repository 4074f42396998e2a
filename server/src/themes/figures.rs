//! The city's statistics: what stands, what was done today, and how well orders found their department. Each figure has
//! the list that it counts.

use std::collections::BTreeMap;

use domain::course::{Course, Phase};
use domain::figures::{Figure, Figures};
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::indicator::{IncidentMeasure, OfIncidents};
use domain::time::Timestamp;
use domain::wire::field::ComparedView;

use super::day::{Day, day_before, week_before};
use super::facts::Facts;
use super::incidents::{Counted, listed, open_states};

pub fn figures(facts: &Facts<'_>) -> Figures {
    let day = Day::of(facts.now, &facts.city.zone);
    let all = OfIncidents::default();
    let counted = Counted::of(facts, &all);
    let figure = |measure| counted.figure(measure, day.begins, day.now);
    let plain = |value: Option<f64>, drill: String| Figure {
        value,
        of: None,
        drill,
    };
    let of = |value: Option<f64>, of: usize, drill: String| Figure {
        value,
        of: Some(of as u64),
        drill,
    };
    let open = || listed(&all).several("state", &open_states());
    let begins = Some(day.begins);
    let dispatched: Vec<&&Course> = counted
        .courses()
        .iter()
        .filter(|course| course.moments.dispatched_at >= begins)
        .collect();
    let closed_with_deadline = counted
        .courses()
        .iter()
        .filter(|course| course.moments.closed_at >= begins && course.moments.in_time.is_some());
    let list_of_dispatched = || listed(&all).moment("dispatched_since", begins);
    let hops: u32 = dispatched.iter().map(|course| course.hops).sum();
    let accurate = dispatched
        .iter()
        .filter(|course| course.moments.accurate == Some(true));
    let count = dispatched.len() as f64;
    let for_each = |sum: f64| (count > 0.0).then(|| sum / count);
    Figures {
        at: facts.now,
        day_begins: day.begins,
        open: plain(figure(IncidentMeasure::Open), open().written()),
        tray: plain(
            Some(
                counted
                    .open_at(day.now)
                    .filter(|phase| phase.facets.tray)
                    .count() as f64,
            ),
            listed(&all).flag("tray", Some(true)).written(),
        ),
        overdue: plain(
            figure(IncidentMeasure::Late),
            listed(&all).flag("overdue", Some(true)).written(),
        ),
        opened_today: plain(
            figure(IncidentMeasure::OpenedToday),
            listed(&all).moment("since", begins).written(),
        ),
        closed_today: plain(
            figure(IncidentMeasure::ClosedToday),
            listed(&all).moment("closed_since", begins).written(),
        ),
        in_time: of(
            figure(IncidentMeasure::ShareInTime),
            closed_with_deadline.count(),
            listed(&all)
                .moment("closed_since", begins)
                .with("in_time", Some("true,false"))
                .written(),
        ),
        median_to_dispatch: of(
            figure(IncidentMeasure::MedianToDispatch),
            dispatched.len(),
            list_of_dispatched().written(),
        ),
        hops: of(
            for_each(f64::from(hops)),
            dispatched.len(),
            list_of_dispatched().written(),
        ),
        accurate: of(
            for_each(100.0 * accurate.count() as f64),
            dispatched.len(),
            list_of_dispatched().written(),
        ),
        by_severity: parted(
            &counted,
            day.now,
            |phase| vec![phase.facets.severity.level().to_string()],
            |level| open().with("severity", Some(level)).written(),
        ),
        by_town: parted(
            &counted,
            day.now,
            |phase| {
                phase
                    .facets
                    .town
                    .iter()
                    .map(JurisdictionCode::to_string)
                    .collect()
            },
            |town| open().with("town", Some(town)).written(),
        ),
        by_department: parted(
            &counted,
            day.now,
            |phase| {
                phase
                    .facets
                    .departments
                    .iter()
                    .map(DepartmentId::to_string)
                    .collect()
            },
            |id| open().with("department", Some(id)).written(),
        ),
    }
}

/// What who commands looks at, each beside itself at the same time a day and a week before.
pub fn compared(facts: &Facts<'_>) -> Vec<ComparedView> {
    let all = OfIncidents::default();
    let counted = Counted::of(facts, &all);
    let moments = [facts.now, day_before(facts.now), week_before(facts.now)];
    let begins = Some(Day::of(facts.now, &facts.city.zone).begins);
    let figures = [
        (
            "open",
            IncidentMeasure::Open,
            listed(&all).several("state", &open_states()),
        ),
        (
            "late",
            IncidentMeasure::Late,
            listed(&all).flag("overdue", Some(true)),
        ),
        (
            "opened_today",
            IncidentMeasure::OpenedToday,
            listed(&all).moment("since", begins),
        ),
        (
            "closed_today",
            IncidentMeasure::ClosedToday,
            listed(&all).moment("closed_since", begins),
        ),
        (
            "in_time",
            IncidentMeasure::ShareInTime,
            listed(&all)
                .moment("closed_since", begins)
                .with("in_time", Some("true,false")),
        ),
        (
            "median_to_dispatch",
            IncidentMeasure::MedianToDispatch,
            listed(&all).moment("dispatched_since", begins),
        ),
    ];
    figures
        .into_iter()
        .map(|(id, measure, list)| {
            let [value, day_before, week_before] = moments.map(|at| {
                // Of a time before the journal nothing is known, and that is not nought.
                let known = facts.begun_at.is_some_and(|begun| begun <= at);
                let begins = Day::of(at, &facts.city.zone).begins;
                known.then(|| counted.figure(measure, begins, at)).flatten()
            });
            ComparedView {
                id: id.to_owned(),
                value,
                day_before,
                week_before,
                drill: list.written(),
            }
        })
        .collect()
}

/// Open incidents by what they are filed under; one of several departments counts with each.
fn parted(
    counted: &Counted<'_>,
    now: Timestamp,
    under: impl Fn(&Phase) -> Vec<String>,
    drill: impl Fn(&str) -> String,
) -> BTreeMap<String, Figure> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for phase in counted.open_at(now) {
        let mut names = under(phase);
        names.dedup();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .map(|(name, count)| {
            let figure = Figure {
                value: Some(count as f64),
                of: None,
                drill: drill(&name),
            };
            (name, figure)
        })
        .collect()
}
