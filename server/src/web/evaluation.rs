//! How work is judged: rows of figures, the cases behind each, and moves of powers; as JSON, CSV and XLSX.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::case::{Case, FoundBy};
use domain::city::City;
use domain::evaluation::rows::{Choice, Question, brief, may_see, view};
use domain::evaluation::view::{By, CaseView, EvaluationView, MovesView};
use domain::evaluation::{Evaluation, Indicator, Measure, Part, Period, is_part, moves};
use domain::explain;
use domain::incident::Incident;
use domain::language::Language;
use domain::policy::Judged;
use domain::time::{CivilDate, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Office;
use super::evaluation_sheet::{csv, wants_xlsx, xlsx};
use super::forms::{self, Form};
use super::identity::Identity;
use super::incidents::reading;
use super::pages::{encoded, language};
use super::problem::{Pointed, Problem};

const MOST_CASES: usize = 1_000;
const USUAL_CASES: usize = 200;
const MOST_DAYS: u32 = 366;
const USUAL_DAYS: u32 = 30;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct EvaluationQuery {
    by: Option<String>,
    since: Option<String>,
    until: Option<String>,
    at: Option<String>,
    category: Option<String>,
    town: Option<String>,
    department: Option<String>,
    indicator: Option<String>,
    part: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
    days: Option<String>,
    /// `csv` or `xlsx`, for links, which cannot send a header.
    form: Option<String>,
}

/// What is read of a query, and what is wrong with it.
struct Reading<'a> {
    query: &'a EvaluationQuery,
    mistakes: Vec<Pointed>,
}

impl Reading<'_> {
    fn wrong(&mut self, name: &str, reason: String) {
        self.mistakes.push(Pointed {
            pointer: format!("/{name}"),
            reason,
        });
    }

    fn moment(&mut self, name: &str, text: Option<&String>) -> Option<Timestamp> {
        let text = text?;
        match Timestamp::parse_rfc3339(text) {
            Ok(at) => Some(at),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    fn number(&mut self, name: &str, text: Option<&String>, usual: usize, most: usize) -> usize {
        let Some(text) = text else { return usual };
        match text.parse() {
            Ok(number) if (1..=most).contains(&number) => number,
            _ => {
                self.wrong(name, format!("is not a number from 1 to {most}"));
                usual
            }
        }
    }

    /// This month so far, unless said.
    fn period(&mut self, city: &City, now: Timestamp) -> Period {
        let (today, _) = now.civil(&city.zone);
        let first = CivilDate::new(today.year(), today.month(), 1).unwrap_or(today);
        let month = Timestamp::at(first, 0, &city.zone);
        let tomorrow = Timestamp::at(today.next(), 0, &city.zone);
        let since = self
            .moment("since", self.query.since.as_ref())
            .unwrap_or(month);
        let until = self
            .moment("until", self.query.until.as_ref())
            .unwrap_or(tomorrow);
        if since >= until {
            self.wrong("until", "is not after since".into());
        }
        Period { since, until }
    }

    fn choice(&self) -> Choice {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Choice {
            category: filled(&self.query.category),
            town: filled(&self.query.town),
            department: filled(&self.query.department),
        }
    }

    fn done(self) -> Result<(), Problem> {
        match self.mistakes.is_empty() {
            true => Ok(()),
            false => Err(Problem::invalid(self.mistakes)),
        }
    }
}

/// Whose work the asker may see judged.
fn judged(identity: &Identity) -> Result<Judged, Problem> {
    let judged = identity
        .actor()
        .map_or(Judged::Everybody, |actor| Judged::by(&actor));
    match judged {
        Judged::Nobody => Err(Problem::forbidden(
            "How work is judged is for leaders, auditors and administrators; a department sees its own, a collector his town.",
        )),
        judged => Ok(judged),
    }
}

async fn cases_of(office: &Office, period: Period) -> Result<(u64, Vec<Case>), Problem> {
    reading(office, move |records| records.cases(period))
        .await?
        .map_err(Problem::failed)
}

/// Who asks, of what, and his question as far as it was read.
struct Asking<'a> {
    identity: Identity,
    judged: Judged,
    city: Arc<City>,
    evaluation: Arc<Evaluation>,
    now: Timestamp,
    read: Reading<'a>,
}

impl<'a> Asking<'a> {
    fn of(
        office: &Office,
        headers: &HeaderMap,
        query: &'a EvaluationQuery,
    ) -> Result<Self, Problem> {
        let identity = office.who(headers)?;
        Ok(Self {
            judged: judged(&identity)?,
            identity,
            city: office.back.city(),
            evaluation: office.back.evaluation(),
            now: office.back.now(),
            read: Reading {
                query,
                mistakes: Vec::new(),
            },
        })
    }
}

pub async fn evaluated(
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
    let by = match query.by.as_deref() {
        None => By::default(),
        Some(name) => By::named(name).unwrap_or_else(|| {
            read.wrong(
                "by",
                "is not one of department, town, category, month".into(),
            );
            By::default()
        }),
    };
    if !matches!(query.form.as_deref(), None | Some("csv" | "xlsx")) {
        read.wrong("form", "is not one of csv, xlsx".into());
    }
    let period = read.period(&city, now);
    let at = read.moment("at", query.at.as_ref()).unwrap_or(now);
    let choice = read.choice();
    read.done()?;
    let both = Period {
        since: period.before().since,
        until: period.until,
    };
    let (position, cases) = cases_of(&office, both).await?;
    let view = view(
        &Question {
            evaluation: &evaluation,
            city: &city,
            by,
            period,
            choice: &choice,
            judged: &judged,
            at,
        },
        &cases,
        position,
    );
    let language = language(&headers);
    let form = query.form.as_deref();
    if form == Some("xlsx") || (form.is_none() && wants_xlsx(&headers)) {
        office.left(&identity, "evaluation", "XLSX").await?;
        return xlsx(&view, language);
    }
    let form = match form {
        Some("csv") => Form::Csv,
        _ => Form::wanted(&headers),
    };
    office.exported(&identity, form, "evaluation").await?;
    Ok(match form {
        Form::Binary => forms::binary(&view),
        Form::Csv => forms::typed("text/csv; charset=utf-8", csv(&view, language), None),
        _ => axum::Json(with_links(&view, &choice)).into_response(),
    })
}

/// Each cell with the lists that hold exactly its cases. What is told of others only together has none.
fn with_links(view: &EvaluationView, choice: &Choice) -> Value {
    let mut value = json!(view);
    let link = |row: &Value, indicator: &str, part: &str, of_row: bool| {
        let mut query = vec![
            ("indicator", indicator.to_owned()),
            ("part", part.to_owned()),
            ("since", text_at(row, "since")),
            ("until", text_at(row, "until")),
            ("at", view.at.to_rfc3339_utc()),
        ];
        let key = row["key"].as_str().unwrap_or_default();
        for (name, chosen, by) in [
            ("department", &choice.department, By::Department),
            ("town", &choice.town, By::Town),
            ("category", &choice.category, By::Category),
        ] {
            match (of_row && view.by == by, chosen) {
                (true, _) => query.push((name, key.to_owned())),
                (false, Some(chosen)) => query.push((name, chosen.clone())),
                (false, None) => {}
            }
        }
        let query: Vec<String> = query
            .into_iter()
            .map(|(name, value)| format!("{name}={}", encoded(&value)))
            .collect();
        format!("/api/v1/evaluation/cases?{}", query.join("&"))
    };
    let add = |row: &mut Value, of_row: bool| {
        let whole = row.clone();
        let cells = row["cells"].as_array_mut().into_iter().flatten();
        for (cell, indicator) in cells.zip(&view.indicators) {
            let parts = ["numerator", "denominator", "exempted"];
            let links = parts.map(|part| {
                (
                    part.to_owned(),
                    json!(link(&whole, &indicator.id, part, of_row)),
                )
            });
            cell["cases"] = Value::Object(links.into_iter().collect());
            cell["indicator"] = json!(indicator.id);
        }
    };
    for row in value["rows"].as_array_mut().into_iter().flatten() {
        add(row, true);
    }
    add(&mut value["total"], false);
    value
}

fn text_at(row: &Value, name: &str) -> String {
    row["period"][name].as_str().unwrap_or_default().to_owned()
}

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

pub async fn moves_of_powers(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<EvaluationQuery>,
) -> Result<Response, Problem> {
    const HALF_A_YEAR_MS: i64 = 183 * 86_400_000;
    let Asking {
        identity: _,
        judged,
        city,
        evaluation,
        now,
        mut read,
    } = Asking::of(&office, &headers, &query)?;
    let since = read.moment("since", query.since.as_ref());
    let until = read.moment("until", query.until.as_ref());
    let period = Period {
        since: since.unwrap_or_else(|| now.plus_millis(-HALF_A_YEAR_MS)),
        until: until.unwrap_or_else(|| now.plus_millis(1)),
    };
    let days = read.number(
        "days",
        query.days.as_ref(),
        USUAL_DAYS as usize,
        MOST_DAYS as usize,
    );
    let days = u32::try_from(days).unwrap_or(USUAL_DAYS);
    read.done()?;
    let found = moves::moves(&city, period, now);
    let stretches: Vec<Period> = found.iter().map(|one| one.stretch(days, now)).collect();
    let whole = Period {
        since: stretches.iter().map(|one| one.since).min().unwrap_or(now),
        until: stretches.iter().map(|one| one.until).max().unwrap_or(now),
    };
    let (position, cases) = cases_of(&office, whole).await?;
    let view = MovesView {
        at: now,
        position,
        indicators: evaluation.indicators.iter().map(brief).collect(),
        moves: found
            .iter()
            .map(|one| one.view(&evaluation, &city, &judged, &cases, days, now))
            .collect(),
    };
    Ok(forms::one(&headers, &view))
}

/// The media type a header asks for first.
pub(super) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains(kind))
}
