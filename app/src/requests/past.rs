//! Questions about the past, and what this page tells of what it shows.

use domain::time::Timestamp;
use domain::wire::past::{DensityView, HorizonView, PastFrames, SeatView};
use domain::wire::{BINARY_VERSION, MEDIA_BINARY};
use gloo_net::http::Request;

use super::{Problem, body, get};
use crate::json::Json;

pub async fn horizon() -> Result<HorizonView, Problem> {
    get(Request::get("/api/v1/past")).await
}

pub async fn density(since: Timestamp, until: Timestamp) -> Result<DensityView, Problem> {
    let bounds = [
        ("since", since.to_rfc3339_utc()),
        ("until", until.to_rfc3339_utc()),
    ];
    get(Request::get("/api/v1/past/density").query(bounds)).await
}

/// One frame that holds everything.
pub async fn past_picture(at: Timestamp) -> Result<Vec<u8>, Problem> {
    let asked = Request::get("/api/v1/past/picture")
        .query([("at", at.to_rfc3339_utc())])
        .header("Accept", MEDIA_BINARY);
    let bytes = body(asked.send().await).await?;
    match bytes.first() {
        Some(&BINARY_VERSION) => Ok(bytes),
        _ => Err(Problem::unreadable(200)),
    }
}

/// What changed between two moments, told as one step.
pub async fn past_changes(since: Timestamp, until: Timestamp) -> Result<PastFrames, Problem> {
    let stretch = [
        ("since", since.to_rfc3339_utc()),
        ("until", until.to_rfc3339_utc()),
        ("step", format!("{}ms", until.since(since))),
    ];
    get(Request::get("/api/v1/past/changes").query(stretch)).await
}

/// What seats saw at a moment.
pub async fn seats(at: Timestamp) -> Result<Vec<SeatView>, Problem> {
    get(Request::get("/api/v1/past/views").query([("at", at.to_rfc3339_utc())])).await
}

/// A page that cannot tell it goes on; the log has a hole then.
pub async fn tell_view(view: &Json) {
    let request = Request::post("/api/v1/past/views")
        .header("Content-Type", "application/json")
        .body(view.text());
    if let Ok(request) = request
        && let Err(problem) = body(request.send().await).await
    {
        leptos::logging::log!("what is shown was not written down: {:?}", problem.status);
    }
}
