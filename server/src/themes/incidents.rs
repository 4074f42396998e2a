//! Figures counted from incidents: those that stand now and at each hour before, and what was done since midnight.
//! Each has the list of incidents it counts, by the same conditions.

use domain::choice::Path;
use domain::course::{Course, Facets, Phase};
use domain::indicator::{IncidentMeasure, OfIncidents};
use domain::lifecycle::State;
use domain::theme::{Missing, Point};
use domain::time::Timestamp;

use super::day::{Day, day_before};
use super::facts::Facts;
use super::{Computed, missing};

pub fn computed(
    facts: &Facts<'_>,
    day: &Day,
    measure: IncidentMeasure,
    of: &OfIncidents,
) -> Computed {
    let counted = Counted::of(facts, of);
    let value = counted.figure(measure, day.begins, day.now);
    let begins_before = day_before(day.begins);
    let yesterday = |at: Timestamp| {
        let at = day_before(at);
        let known = facts.begun_at.is_some_and(|begun_at| begun_at <= at);
        known.then(|| counted.figure(measure, begins_before, at))?
    };
    let today = |at: Timestamp| {
        let known = facts.begun_at.is_some_and(|begun_at| begun_at <= at);
        known.then(|| counted.figure(measure, day.begins, at))?
    };
    let point = |at: Timestamp, value: Option<f64>| value.map(|value| Point { at, value });
    let times = || day.hours.iter().copied().chain([day.now]);
    Computed {
        value,
        before: yesterday(day.now),
        series: times().filter_map(|at| point(at, today(at))).collect(),
        yesterday: times()
            .filter_map(|at| point(day_before(at), yesterday(at)))
            .collect(),
        age_ms: value.map(|_| facts.lag_ms),
        drill: Some(list(measure, of, day.begins)),
        missing: nothing_yet(measure),
    }
}

/// The incidents that a figure is about.
pub struct Counted<'a> {
    phases: Vec<&'a Phase>,
    courses: Vec<&'a Course>,
}

impl<'a> Counted<'a> {
    pub fn of(facts: &'a Facts<'_>, of: &OfIncidents) -> Self {
        let phases = facts.phases.iter();
        let courses = facts.courses.iter();
        Self {
            phases: phases.filter(|phase| fits(of, &phase.facets)).collect(),
            courses: courses.filter(|course| fits(of, &course.facets)).collect(),
        }
    }

    /// As of a moment, of the day that began at `begins`.
    pub fn figure(
        &self,
        measure: IncidentMeasure,
        begins: Timestamp,
        at: Timestamp,
    ) -> Option<f64> {
        let in_day = |moment: Option<Timestamp>| {
            moment.is_some_and(|moment| moment >= begins && moment <= at)
        };
        let count = |condition: &dyn Fn(&Course) -> bool| {
            self.courses
                .iter()
                .filter(|course| condition(course))
                .count() as f64
        };
        match measure {
            IncidentMeasure::Open => Some(self.open_at(at).count() as f64),
            IncidentMeasure::Late => {
                let late = |phase: &&&Phase| phase.facets.due_at.is_some_and(|due| due < at);
                Some(self.open_at(at).filter(late).count() as f64)
            }
            IncidentMeasure::OpenedToday => Some(count(&|course| in_day(Some(course.opened_at)))),
            IncidentMeasure::ClosedToday => Some(count(&|course| in_day(course.moments.closed_at))),
            IncidentMeasure::ShareInTime => {
                let closed = |course: &Course| in_day(course.moments.closed_at);
                let known = count(&|course| closed(course) && course.moments.in_time.is_some());
                let met = count(&|course| closed(course) && course.moments.in_time == Some(true));
                (known > 0.0).then(|| 100.0 * met / known)
            }
            IncidentMeasure::MedianToDispatch => {
                let dispatched = self.courses.iter().filter_map(|course| {
                    let at = course
                        .moments
                        .dispatched_at
                        .filter(|at| in_day(Some(*at)))?;
                    Some(at.since(course.opened_at))
                });
                median(dispatched.collect()).map(|median_ms| median_ms / 60_000.0)
            }
        }
    }

    pub fn open_at(&self, at: Timestamp) -> impl Iterator<Item = &&'a Phase> {
        self.phases.iter().filter(move |phase| phase.is_at(at))
    }

    pub fn courses(&self) -> &[&'a Course] {
        &self.courses
    }
}

fn fits(of: &OfIncidents, facets: &Facets) -> bool {
    let under = |beginning: &String| facets.category.is_some_and(|code| code.is_under(beginning));
    (of.categories.is_empty() || of.categories.iter().any(under))
        && (of.severities.is_empty() || of.severities.contains(&facets.severity))
        && (of.town.is_none() || facets.town == of.town)
        && of
            .department
            .as_ref()
            .is_none_or(|id| facets.departments.contains(id))
}

/// The middle one, or between the two in the middle.
pub fn median(mut values: Vec<i64>) -> Option<f64> {
    values.sort_unstable();
    let (low, high) = (
        values.get(values.len().checked_sub(1)? / 2)?,
        values.get(values.len() / 2)?,
    );
    Some((*low as f64 + *high as f64) / 2.0)
}

/// The states of an open incident, as the query of a list names them.
pub fn open_states() -> Vec<String> {
    let open = State::ALL.into_iter().filter(|state| state.is_open());
    open.map(|state| state.name().to_owned()).collect()
}

fn list(measure: IncidentMeasure, of: &OfIncidents, begins: Timestamp) -> String {
    let path = listed(of);
    match measure {
        IncidentMeasure::Open => path.several("state", &open_states()),
        IncidentMeasure::Late => path.flag("overdue", Some(true)),
        IncidentMeasure::OpenedToday => path.moment("since", Some(begins)),
        IncidentMeasure::ClosedToday => path.moment("closed_since", Some(begins)),
        IncidentMeasure::ShareInTime => path
            .moment("closed_since", Some(begins))
            .with("in_time", Some("true,false")),
        IncidentMeasure::MedianToDispatch => path.moment("dispatched_since", Some(begins)),
    }
    .written()
}

/// The list of incidents of these, practice left out.
pub fn listed(of: &OfIncidents) -> Path {
    let levels: Vec<String> = of
        .severities
        .iter()
        .map(|severity| severity.level().to_string())
        .collect();
    Path::to("/api/v1/incidents")
        .flag("drill", Some(false))
        .several("category", &of.categories)
        .several("severity", &levels)
        .with("town", of.town.as_ref().map(|town| town.as_str()))
        .with("department", of.department.as_ref().map(|id| id.as_str()))
}

/// Only what is counted of something can be of nothing.
fn nothing_yet(measure: IncidentMeasure) -> Option<Missing> {
    match measure {
        IncidentMeasure::ShareInTime => missing(
            "今天还没有结案的、有期限的事件",
            "no incident with a deadline has been closed today yet",
        ),
        IncidentMeasure::MedianToDispatch => missing(
            "今天还没有派遣的事件",
            "no incident has been dispatched today yet",
        ),
        _ => None,
    }
}
