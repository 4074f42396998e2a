//! Questions of walls and theme pages: figures, feeds, readings, and what walls are to show.

use domain::theme::{Point, ThemeName, ThemeView};
use domain::time::Timestamp;
use domain::wall::{Pin, WallView};
use domain::wire::IncidentView;
use gloo_net::http::{Request, Response};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Found, Problem, page_language, read};

/// A question that is asked again soon does not wait longer for its answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

/// How a feed is doing, as far as a wall tells.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct FeedReport {
    pub source: String,
    #[serde(default)]
    pub last_at: Option<Timestamp>,
}

pub async fn wall() -> Result<WallView, Problem> {
    soon("/api/v1/wall").await
}

/// None takes everything down.
pub async fn put_on_wall(pin: Option<&Pin>) -> Result<WallView, Problem> {
    let body = serde_json::to_string(&pin).unwrap_or_else(|_| "null".to_owned());
    let request = Request::put("/api/v1/wall")
        .header("Content-Type", "application/json")
        .header("Accept-Language", &page_language())
        .body(body);
    match request {
        Ok(request) => read(request.send().await).await,
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

/// Asks for the wall's own page, which begins a new session where the browser keeps a wall's token.
/// False if it led to the page to sign in.
pub async fn renew_wall_session() -> Result<bool, Problem> {
    let answer = Request::get("/wall")
        .send()
        .await
        .map_err(|error| Problem::network(&error.to_string()))?;
    Ok(answer.ok() && !answer.url().contains("/login"))
}

pub async fn themes() -> Result<Vec<ThemeName>, Problem> {
    #[derive(Deserialize)]
    struct Themes {
        themes: Vec<ThemeName>,
    }
    soon::<Themes>("/api/v1/themes").await.map(|all| all.themes)
}

pub async fn theme(id: &str) -> Result<ThemeView, Problem> {
    soon(&format!("/api/v1/themes/{id}")).await
}

pub async fn feeds() -> Result<Vec<FeedReport>, Problem> {
    #[derive(Deserialize)]
    struct Feeds {
        feeds: Vec<FeedReport>,
    }
    soon::<Feeds>("/api/v1/feeds").await.map(|all| all.feeds)
}

/// The incidents of a list as the public interface filters it; `query` is what stands behind the question mark.
pub async fn incidents(query: &str) -> Result<Vec<IncidentView>, Problem> {
    let answer = Request::get(&format!("/api/v1/incidents?{query}"))
        .header("Accept-Language", "zh")
        .send()
        .await;
    read::<Found>(answer).await.map(|found| found.incidents)
}

/// Readings of one property, oldest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Readings {
    pub unit: String,
    pub points: Vec<Point>,
}

/// `path` is that of the public interface, with its question.
pub async fn readings(path: &str) -> Result<Readings, Problem> {
    let body: Value = read(Request::get(path).send().await).await?;
    Ok(readings_of(&body))
}

/// Each is `[time, value]`, or `[begins, mean, …]` where they are gathered. What has no moment or no value is left out.
fn readings_of(body: &Value) -> Readings {
    let mut found = Readings {
        unit: body["unit"].as_str().unwrap_or_default().to_owned(),
        points: Vec::new(),
    };
    for one in body["readings"].as_array().into_iter().flatten() {
        let at = one[0]
            .as_str()
            .and_then(|text| Timestamp::parse_rfc3339(text).ok());
        if let (Some(at), Some(value)) = (at, one[1].as_f64()) {
            found.points.push(Point { at, value });
        }
    }
    found.points.sort_by_key(|point| point.at);
    found
}

/// Stops its request when it rings, unless it is dropped before.
struct Alarm(Option<TimeoutHandle>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.clear();
        }
    }
}

/// A line that was pulled gives no answer at all: the question is withdrawn.
async fn soon<T: DeserializeOwned>(path: &str) -> Result<T, Problem> {
    let stop = web_sys::AbortController::new().ok();
    let signal = stop.as_ref().map(web_sys::AbortController::signal);
    let request = Request::get(path).abort_signal(signal.as_ref());
    let _alarm = Alarm(
        set_timeout_with_handle(
            move || {
                if let Some(stop) = stop {
                    stop.abort();
                }
            },
            PATIENCE,
        )
        .ok(),
    );
    let answer: Result<Response, gloo_net::Error> = request.send().await;
    read(answer).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn readings_come_in_order_and_what_is_none_is_left_out() {
        let readings = readings_of(&json!({"unit": "m", "readings": [
            ["2026-11-23T09:10:00+08:00", 0.2],
            ["2026-11-23T09:00:00+08:00", 0.1, 0.0, 0.3, 5],
            ["yesterday", 9.0],
            ["2026-11-23T09:05:00+08:00", null],
        ]}));
        let values: Vec<f64> = readings.points.iter().map(|point| point.value).collect();
        assert_eq!((values, readings.unit.as_str()), (vec![0.1, 0.2], "m"));
    }
}
