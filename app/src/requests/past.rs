//! Questions about the past, and what this page tells of what it shows. One way of asking for all: it is compiled once.

use domain::time::Timestamp;
use domain::wire::past::{DensityView, HorizonView, PastFrames, SeatView};
use domain::wire::{BINARY_VERSION, MEDIA_BINARY};
use gloo_net::http::Request;

use super::{Problem, body, read};
use crate::json::Json;

/// `asked` is what follows `/api/v1/past`.
async fn bytes(asked: String) -> Result<Vec<u8>, Problem> {
    let request = Request::get(&format!("/api/v1/past{asked}")).header("Accept", MEDIA_BINARY);
    body(request.send().await).await
}

pub async fn horizon() -> Result<HorizonView, Problem> {
    read(&bytes(String::new()).await?)
}

pub async fn density(since: Timestamp, until: Timestamp) -> Result<DensityView, Problem> {
    let (since, until) = (since.to_rfc3339_utc(), until.to_rfc3339_utc());
    read(&bytes(format!("/density?since={since}&until={until}")).await?)
}

/// One frame that holds everything.
pub async fn past_picture(at: Timestamp) -> Result<Vec<u8>, Problem> {
    let frame = bytes(format!("/picture?at={}", at.to_rfc3339_utc())).await?;
    match frame.first() {
        Some(&BINARY_VERSION) => Ok(frame),
        _ => Err(Problem::unreadable(200)),
    }
}

/// What changed between two moments, told as one step.
pub async fn past_changes(since: Timestamp, until: Timestamp) -> Result<PastFrames, Problem> {
    let step_ms = until.since(since);
    let (since, until) = (since.to_rfc3339_utc(), until.to_rfc3339_utc());
    read(
        &bytes(format!(
            "/changes?since={since}&until={until}&step={step_ms}ms"
        ))
        .await?,
    )
}

/// What seats saw at a moment.
pub async fn seats(at: Timestamp) -> Result<Vec<SeatView>, Problem> {
    read(&bytes(format!("/views?at={}", at.to_rfc3339_utc())).await?)
}

/// A page that cannot tell it goes on; the log has a hole then.
pub async fn tell_view(view: &Json) {
    let request = Request::post("/api/v1/past/views")
        .header("Content-Type", "application/json")
        .body(view.text());
    if let Ok(request) = request
        && body(request.send().await).await.is_err()
    {
        leptos::logging::log!("what is shown was not written down");
    }
}
