//! Questions of walls and theme pages: figures, feeds, readings, and what walls are to show.

use domain::account::Role;
use domain::feed_health::FeedView;
use domain::shared_views::{SharedView, SharedViewList, SharedViews};
use domain::theme::{CourseView, ThemeList, ThemeName, ThemeView};
use domain::wall::{Pin, WallView};
use domain::wire::{IncidentView, MEDIA_BINARY};
use gloo_net::http::Request;
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use serde::de::DeserializeOwned;

use super::{Problem, body, get, page_language, read, refused_in_the_past};
use crate::json::Json;

/// A question that is asked again soon does not wait longer for its answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

pub async fn wall() -> Result<WallView, Problem> {
    soon("/api/v1/wall").await
}

/// None takes everything down.
pub async fn put_on_wall(pin: Option<&Pin>) -> Result<WallView, Problem> {
    refused_in_the_past()?;
    let request = Request::put("/api/v1/wall")
        .header("Content-Type", "application/json")
        .header("Accept", MEDIA_BINARY)
        .header("Accept-Language", &page_language())
        .body(pin.map_or_else(|| "null".to_owned(), |pin| written(pin).text()));
    match request {
        Ok(request) => read(&body(request.send().await).await?),
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

/// Saved views given to the role of this account.
pub async fn shared_views() -> Result<SharedViewList, Problem> {
    get(Request::get("/api/v1/views")).await
}

/// All views of a role at once.
pub async fn give_views(role: Role, views: &[SharedView]) -> Result<SharedViews, Problem> {
    refused_in_the_past()?;
    let views = views.iter().map(|view| {
        Json::Object(vec![
            ("name", Json::from(view.name.as_str())),
            ("tab", Json::from(view.tab.as_str())),
            ("words", Json::from(view.words.as_str())),
        ])
    });
    let body_text = Json::Object(vec![("views", Json::List(views.collect()))]).text();
    let request = Request::put(&format!("/api/v1/views/{role}"))
        .header("Content-Type", "application/json")
        .header("Accept", MEDIA_BINARY)
        .header("Accept-Language", &page_language())
        .body(body_text);
    match request {
        Ok(request) => read(&body(request.send().await).await?),
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

/// As `PUT /api/v1/wall` takes it.
fn written(pin: &Pin) -> Json {
    Json::Object(vec![match pin {
        Pin::Incident(id) => ("incident", Json::from(id.to_string())),
        Pin::Theme(id) => ("theme", Json::from(id.clone())),
        Pin::Tour(tour) => {
            let themes = tour.themes.iter().cloned().map(Json::from).collect();
            let tour = vec![
                ("themes", Json::List(themes)),
                ("dwell_s", Json::Count(u64::from(tour.dwell_s))),
            ];
            ("tour", Json::Object(tour))
        }
        Pin::Place(place) => {
            let place = vec![
                (
                    "position",
                    Json::numbers(&[place.position.longitude(), place.position.latitude()]),
                ),
                ("name", Json::from(place.name.clone())),
            ];
            ("place", Json::Object(place))
        }
    }])
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
    soon::<ThemeList>("/api/v1/themes")
        .await
        .map(|all| all.themes)
}

pub async fn theme(id: &str) -> Result<ThemeView, Problem> {
    soon(&format!("/api/v1/themes/{id}")).await
}

pub async fn feeds() -> Result<Vec<FeedView>, Problem> {
    soon("/api/v1/feeds").await
}

/// The incidents of a list as the public interface filters it; `query` is what stands behind the question mark.
pub async fn incidents(query: &str) -> Result<Vec<IncidentView>, Problem> {
    let asked = Request::get(&format!("/api/v1/incidents?{query}"));
    get::<(Vec<IncidentView>, Option<String>)>(asked)
        .await
        .map(|(incidents, _)| incidents)
}

/// `path` is that of the public interface, with its question.
pub async fn readings(path: &str) -> Result<CourseView, Problem> {
    get(Request::get(path)).await
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
    get(request).await
}

#[cfg(test)]
mod tests {
    use domain::wall::Tour;

    use super::*;

    #[test]
    fn a_pin_is_written_as_the_interface_reads_it() {
        let pins = [
            Pin::Incident("i5-0".parse().expect("an id")),
            Pin::Theme("ecology".into()),
            Pin::Tour(Tour {
                themes: vec!["fire".into(), "health".into()],
                dwell_s: 90,
            }),
        ];
        for pin in pins {
            let read: Pin = serde_json::from_str(&written(&pin).text()).expect("a pin");
            assert_eq!(read, pin);
        }
    }
}
