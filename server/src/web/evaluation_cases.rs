//! The cases behind a figure of the evaluation: exactly those it counts, as far as the asker may see them.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::case::{Case, FoundBy};
use domain::city::City;
use domain::evaluation::rows::{Choice, may_see};
use domain::evaluation::view::CaseView;
use domain::evaluation::{Evaluation, Indicator, Measure, Part, Period, is_part};
use domain::explain;
use domain::incident::Incident;
use domain::language::Language;
use domain::policy::Judged;
use domain::time::Timestamp;
use serde_json::json;

use super::Office;
use super::evaluation_query::{Asking, EvaluationQuery};
use super::forms::{self, Form};
use super::incidents::reading;
use super::problem::Problem;

const MOST_CASES: usize = 1_000;
const USUAL_CASES: usize = 200;

pub async fn cases(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<EvaluationQuery>,
) -> Result<Response, Problem> {
    let Asking {
        identity,
        judged,
        city,
        evaluation,
        now,
        mut read,
    } = Asking::of(&office, &headers, &query)?;
    let part = match query.part.as_deref() {
        None | Some("denominator") => Part::Denominator,
        Some("numerator") => Part::Numerator,
        Some("exempted") => Part::Exempted,
        Some(_) => {
            read.wrong(
                "part",
                "is not one of numerator, denominator, exempted".into(),
            );
            Part::Denominator
        }
    };
    let indicator = query.indicator.as_deref().unwrap_or_default().to_owned();
    if evaluation.indicator(&indicator).is_none() {
        read.wrong(
            "indicator",
            format!("there is no indicator \"{indicator}\""),
        );
    }
    let period = read.period(&city, now);
    let at = read.moment("at", query.at.as_ref()).unwrap_or(now);
    let limit = read.number("limit", query.limit.as_ref(), USUAL_CASES, MOST_CASES);
    let after = match query.cursor.as_deref().map(str::parse::<u64>) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => {
            read.wrong("cursor", "is not one of ours".into());
            0
        }
    };
    let choice = read.choice();
    read.done()?;
    let wanted = Wanted {
        judged,
        choice,
        part,
        period,
        at,
        after,
        limit,
        indicator,
    };
    let (rows, next, count) = reading(&office, move |records| -> Result<_, String> {
        let (_, cases) = records.cases(wanted.period)?;
        let (found, next, count) = wanted.of(&evaluation, &cases);
        let mut rows = Vec::new();
        for case in found {
            if let Some(incident) = records.incident(case.id)? {
                rows.push(case_view(
                    &city,
                    &evaluation,
                    &wanted.indicator,
                    case,
                    &incident,
                ));
            }
        }
        Ok((rows, next, count))
    })
    .await?
    .map_err(Problem::failed)?;
    let next = next.map(|id| id.to_string());
    let form = Form::wanted(&headers);
    office.exported(&identity, form, "cases").await?;
    Ok(match form {
        Form::Binary => forms::binary(&(rows, next, count)),
        Form::Csv => forms::answer(Form::Csv, "cases", &rows, |_| None, next.as_deref()),
        _ => axum::Json(json!({ "cases": rows, "next": next, "count": count })).into_response(),
    })
}

/// Which cases are listed.
struct Wanted {
    judged: Judged,
    choice: Choice,
    part: Part,
    period: Period,
    at: Timestamp,
    after: u64,
    limit: usize,
    indicator: String,
}

impl Wanted {
    /// A page of them, where the next begins, and how many there are in all.
    fn of<'a>(
        &self,
        evaluation: &Evaluation,
        cases: &'a [Case],
    ) -> (Vec<&'a Case>, Option<u64>, usize) {
        let Some(indicator) = evaluation.indicator(&self.indicator) else {
            return (Vec::new(), None, 0);
        };
        let all: Vec<&Case> = cases
            .iter()
            .filter(|case| self.choice.holds(case) && may_see(&self.judged, case))
            .filter(|case| is_part(evaluation, indicator, self.part, case, self.period, self.at))
            .collect();
        let mut rest = all.iter().filter(|case| case.id.bits() > self.after);
        let page: Vec<&Case> = rest.by_ref().take(self.limit).copied().collect();
        let more = rest.next().is_some();
        let next = page.last().filter(|_| more).map(|case| case.id.bits());
        (page, next, all.len())
    }
}

fn case_view(
    city: &City,
    evaluation: &Evaluation,
    indicator: &str,
    case: &Case,
    incident: &Incident,
) -> CaseView {
    let took = |indicator: &Indicator| match &indicator.measure {
        Measure::Percentile { from, to, .. } => {
            let (from, to) = case.moment(*from).zip(case.moment(*to))?;
            Some(to.since(from).max(0) as f64 / 60_000.0)
        }
        Measure::Share(_) | Measure::Mean(_) => None,
    };
    CaseView {
        id: case.id,
        number: incident.number.clone(),
        title: explain::title(city, Language::Zh, incident),
        title_en: explain::title(city, Language::En, incident),
        category: case.category.map(|code| code.to_string()),
        town: case.town.as_ref().map(ToString::to_string),
        department: case.department.as_ref().map(ToString::to_string),
        state: case.state,
        opened_at: case.moments.opened,
        filed_at: case.moments.filed,
        dispatched_at: case.moments.dispatched,
        handled_at: case.moments.handled,
        closed_at: case.moments.closed,
        due_at: case.due,
        in_time: case.in_time,
        filed_in_time: case.filed_in_time(),
        hops: case.counts.hops,
        returns: case.counts.returns,
        reworks: case.counts.reworks,
        extensions: case.counts.extensions,
        suspensions: case.counts.suspensions,
        exempted: case.exempted,
        satisfied: case.satisfied,
        found_by: match &case.found_by {
            FoundBy::Feed(source) => Some(source.to_string()),
            FoundBy::Person(role) => role.map(|role| role.name().to_owned()),
        },
        minutes: evaluation.indicator(indicator).and_then(took),
    }
}
