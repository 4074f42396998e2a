//! The past: how far back it is known, how much happened when, the picture at a moment and what changed after it. What is asked
//! of a time that is not known is refused with the horizon.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::every::Every;
use domain::time::Timestamp;
use domain::wire::MEDIA_BINARY;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::Office;
use super::back::{Blocking, Stretch};
use super::forms::{Form, binary, one as one_form};
use super::incidents::may_block;
use super::list_query::{moment, one};
use super::past_frames;
use super::problem::{Pointed, Problem};
use super::seats;

/// Steps of one answer, changed or not.
pub const MOST_STEPS: i64 = 10_000;
/// Things that one answer tells the change of; the step that reaches it is the last.
pub const MOST_CHANGES: usize = 20_000;
const USUAL_SPAN_MS: i64 = 24 * 3_600_000;
const USUAL_STEPS: i64 = 96;
const USUAL_STEP_MS: i64 = 60_000;
const MINUTE_MS: i64 = 60_000;
/// Of the connections there are for reading one stays for the bar.
const MOST_AT_ONCE: usize = 3;
const PATIENCE: Duration = Duration::from_secs(3);
/// Clocks of those who ask are a little ahead at times.
const AHEAD_MS: i64 = 5_000;

#[derive(Clone, Debug, Default, Deserialize)]
pub struct PastQuery {
    at: Option<String>,
    since: Option<String>,
    until: Option<String>,
    every: Option<String>,
    step: Option<String>,
    /// As a page of a seat showed it.
    pub(super) view: Option<String>,
}

/// A look at the past reads much: a few at one time, or they would hold up everything else that is read.
pub struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_AT_ONCE)))
    }
}

impl Gate {
    /// Looks on a thread for such. The place is taken until the look is over, even if whoever asked has left meanwhile.
    async fn through<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let entering = Arc::clone(&self.0).acquire_owned();
        let Ok(Ok(entered)) = tokio::time::timeout(PATIENCE, entering).await else {
            return Err(Problem::busy(
                "Many are looking at the past just now. Ask again in a moment.",
            ));
        };
        may_block(move || {
            let _entered = entered;
            look()
        })
        .await
    }
}

/// What is found is also written as an answer there: a whole city is too much for a thread that serves everybody. Each question
/// waits for what it needs, and for nothing else.
async fn looking<T: Send + 'static>(
    office: &Office,
    look: impl FnOnce(&dyn Blocking) -> T + Send + 'static,
) -> Result<T, Problem> {
    let records = office.back.blocking();
    office.past.through(move || look(records.as_ref())).await
}

/// The same of what is quickly found.
pub(super) async fn asking<T: Send + 'static>(
    office: &Office,
    ask: impl FnOnce(&dyn Blocking) -> Result<T, String> + Send + 'static,
) -> Result<T, Problem> {
    let records = office.back.blocking();
    may_block(move || ask(records.as_ref()))
        .await?
        .map_err(Problem::failed)
}

pub async fn horizon(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    office.who(&headers)?;
    let horizon = asking(&office, |records| records.horizon()).await?;
    Ok(one_form(&headers, &horizon))
}

pub async fn density(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<PastQuery>,
) -> Result<Response, Problem> {
    let audience = office.who(&headers)?.audience(&office.back.city());
    let stretch = density_stretch(&query, office.back.now()).map_err(Problem::invalid)?;
    looking(&office, move |records| {
        let density = records.density(stretch, &audience)?;
        Ok(one_form(&headers, &density))
    })
    .await?
    .map_err(|error: String| Problem::failed(error))
}

pub async fn picture(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<PastQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let audience = identity.audience(&office.back.city());
    let at = asked_moment(&query, office.back.now()).map_err(Problem::invalid)?;
    let seat = seats::named(&office, &identity, query.view).await?;
    let form = Form::wanted(&headers);
    let answer = looking(&office, move |records| {
        let found = records.past_picture(at, &audience, seat.as_ref())?;
        Ok(found.map(|picture| match form {
            Form::Binary => frame(past_frames::picture_frame(&picture)),
            _ => Json(past_frames::picture_json(&picture)).into_response(),
        }))
    })
    .await?
    .map_err(|error: String| Problem::failed(error))?;
    match answer {
        Some(answer) => Ok(answer),
        None => Err(before_the_horizon(&office, "?at").await?),
    }
}

pub async fn changes(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Query(query): Query<PastQuery>,
) -> Result<Response, Problem> {
    let identity = office.who(&headers)?;
    let audience = identity.audience(&office.back.city());
    let stretch = changes_stretch(&query, office.back.now()).map_err(Problem::invalid)?;
    let seat = seats::named(&office, &identity, query.view).await?;
    let form = Form::wanted(&headers);
    let answer = looking(&office, move |records| {
        let found = records.past_steps(stretch, MOST_CHANGES, &audience, seat.as_ref())?;
        Ok(found.map(|steps| match form {
            Form::Binary => binary(&past_frames::step_frames(&steps)),
            _ => Json(past_frames::steps_json(
                stretch.since,
                stretch.step_ms,
                &steps,
            ))
            .into_response(),
        }))
    })
    .await?
    .map_err(|error: String| Problem::failed(error))?;
    match answer {
        Some(answer) => Ok(answer),
        None => Err(before_the_horizon(&office, "?since").await?),
    }
}

/// It has its version byte already.
fn frame(bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static(MEDIA_BINARY);
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

async fn before_the_horizon(office: &Office, pointer: &str) -> Result<Problem, Problem> {
    let horizon = asking(office, |records| records.horizon()).await?;
    let reason = match horizon.since {
        Some(since) => format!(
            "lies before the horizon: the picture is known from {} on",
            since.to_rfc3339_utc()
        ),
        None => "nothing is recorded yet".to_owned(),
    };
    Ok(Problem::invalid(vec![wrong(pointer, reason)]))
}

pub(super) fn wrong(pointer: &str, reason: impl Into<String>) -> Pointed {
    Pointed {
        pointer: pointer.to_owned(),
        reason: reason.into(),
    }
}

fn future(pointer: &str, at: Option<Timestamp>, now: Timestamp, mistakes: &mut Vec<Pointed>) {
    if at.is_some_and(|at| at > now.plus_millis(AHEAD_MS)) {
        let now = now.to_rfc3339_utc();
        mistakes.push(wrong(pointer, format!("lies in the future: it is {now}")));
    }
}

/// One moment of the past, that must be named.
pub(super) fn asked_moment(query: &PastQuery, now: Timestamp) -> Result<Timestamp, Vec<Pointed>> {
    let mut mistakes = Vec::new();
    let at = moment(&mut mistakes, "at", query.at.as_deref());
    future("?at", at, now, &mut mistakes);
    match at {
        Some(at) if mistakes.is_empty() => Ok(at),
        _ if !mistakes.is_empty() => Err(mistakes),
        _ => Err(vec![wrong("?at", "is missing")]),
    }
}

fn density_stretch(query: &PastQuery, now: Timestamp) -> Result<Stretch, Vec<Pointed>> {
    let mut mistakes = Vec::new();
    let m = &mut mistakes;
    let until = moment(m, "until", query.until.as_deref()).unwrap_or(now);
    let since =
        moment(m, "since", query.since.as_deref()).unwrap_or(until.plus_millis(-USUAL_SPAN_MS));
    let every = one(m, "every", query.every.as_deref(), str::parse::<Every>);
    let span_ms = until.since(since);
    let usual_ms = (span_ms / USUAL_STEPS).max(MINUTE_MS);
    let step_ms = every.map_or(usual_ms, |every| every.millis());
    check_stretch("?every", span_ms, step_ms, &mut mistakes);
    match mistakes.is_empty() {
        true => Ok(Stretch {
            since,
            until,
            step_ms,
        }),
        false => Err(mistakes),
    }
}

fn changes_stretch(query: &PastQuery, now: Timestamp) -> Result<Stretch, Vec<Pointed>> {
    let mut mistakes = Vec::new();
    let m = &mut mistakes;
    let since = moment(m, "since", query.since.as_deref());
    let until = moment(m, "until", query.until.as_deref());
    let step_ms = one(m, "step", query.step.as_deref(), step).unwrap_or(USUAL_STEP_MS);
    future("?until", until, now, &mut mistakes);
    let until = until.unwrap_or(now);
    if since.is_none() && mistakes.is_empty() {
        mistakes.push(wrong("?since", "is missing"));
    }
    let since = since.unwrap_or(until);
    if mistakes.is_empty() {
        check_stretch("?step", until.since(since), step_ms, &mut mistakes);
    }
    match mistakes.is_empty() {
        true => Ok(Stretch {
            since,
            until,
            step_ms,
        }),
        false => Err(mistakes),
    }
}

fn check_stretch(steps: &str, span_ms: i64, step_ms: i64, mistakes: &mut Vec<Pointed>) {
    if span_ms <= 0 {
        mistakes.push(wrong("?since", "lies not before until"));
    } else if (span_ms - 1) / step_ms >= MOST_STEPS {
        mistakes.push(wrong(
            steps,
            format!("more than {MOST_STEPS} steps; ask for a shorter time or longer steps"),
        ));
    }
}

/// Seconds or milliseconds besides what readings are gathered over: `5s`, `500ms`, `1m`.
fn step(text: &str) -> Result<i64, String> {
    let bad = || format!("\"{text}\" is not a step such as 500ms, 5s, 1m or 1h");
    let counted = |unit: &str| text.strip_suffix(unit)?.parse::<u32>().ok();
    let millis = match (counted("ms"), counted("s")) {
        (Some(millis), _) => i64::from(millis),
        (None, Some(seconds)) => i64::from(seconds) * 1000,
        (None, None) => text.parse::<Every>().map_err(|_| bad())?.millis(),
    };
    match millis >= 50 {
        true => Ok(millis),
        false => Err(format!(
            "\"{text}\" is shorter than 50ms, as often as the picture is told"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-23T14:05:00+08:00").expect("a written moment")
    }

    fn asked(since: &str, until: &str, step: &str) -> Result<Stretch, Vec<Pointed>> {
        let given = |text: &str| Some(text.to_owned());
        let query = PastQuery {
            since: given(since),
            until: given(until),
            step: given(step),
            ..PastQuery::default()
        };
        changes_stretch(&query, now())
    }

    #[tokio::test]
    async fn who_leaves_before_his_answer_holds_his_place_until_the_look_is_over() {
        use std::sync::mpsc::channel;
        let gate = Arc::new(Gate::default());
        let mut over = Vec::new();
        for _ in 0..MOST_AT_ONCE {
            let (end, ended) = channel::<()>();
            let (begun, begins) = tokio::sync::oneshot::channel();
            let gate = gate.clone();
            let asker = tokio::spawn(async move {
                let look = move || {
                    begun.send(()).expect("waited for");
                    ended.recv().expect("told to end");
                };
                gate.through(look).await.is_ok()
            });
            begins.await.expect("begun");
            asker.abort();
            assert!(asker.await.expect_err("left").is_cancelled());
            over.push(end);
        }
        assert_eq!(gate.0.available_permits(), 0);
        for end in over {
            end.send(()).expect("still looking");
        }
        assert!(gate.through(|| true).await.is_ok_and(|looked| looked));
    }

    #[test]
    fn a_stretch_is_in_the_past_and_in_steps_that_can_be_told() {
        let (since, until) = ("2026-11-23T14:00:00+08:00", "2026-11-23T14:05:00+08:00");
        let good = asked(since, until, "5s").expect("good");
        assert_eq!(
            (good.step_ms, good.until.since(good.since)),
            (5_000, 300_000)
        );
        assert_eq!(asked(since, until, "500ms").expect("good").step_ms, 500);
        assert_eq!(asked(since, until, "").expect("good").step_ms, 60_000);
        for (since, until, step, pointer, reason) in [
            (until, since, "1m", "?since", "not before"),
            (since, "2026-11-23T14:06:00+08:00", "1m", "?until", "future"),
            (since, until, "soon", "?step", "not a step"),
            (since, until, "10ms", "?step", "shorter"),
            (
                "2020-11-23T14:00:00+08:00",
                until,
                "1s",
                "?step",
                "more than",
            ),
            ("", until, "1s", "?since", "missing"),
        ] {
            let mistakes = asked(since, until, step).expect_err("bad");
            assert_eq!(mistakes[0].pointer, pointer, "{mistakes:?}");
            assert!(mistakes[0].reason.contains(reason), "{mistakes:?}");
        }
    }

    #[test]
    fn a_moment_must_be_named_and_have_come() {
        let at = |text: &str| {
            let query = PastQuery {
                at: Some(text.to_owned()),
                ..PastQuery::default()
            };
            asked_moment(&query, now())
        };
        assert_eq!(at("2026-11-23T06:05:00Z").expect("good"), now());
        for (text, reason) in [
            ("", "missing"),
            ("yesterday", ""),
            ("2026-11-24T00:00:00Z", "future"),
        ] {
            let mistakes = at(text).expect_err("bad");
            assert!(mistakes[0].reason.contains(reason), "{mistakes:?}");
        }
    }

    #[test]
    fn the_density_of_a_day_comes_in_quarters_of_an_hour() {
        let day = density_stretch(&PastQuery::default(), now()).expect("good");
        assert_eq!((day.step_ms, day.until), (15 * 60_000, now()));
    }
}
