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

/// The rest of a question: as a page of a seat showed it, or everything one may see.
fn as_seen(view: Option<u64>) -> String {
    view.map(|view| format!("&view={view}")).unwrap_or_default()
}

/// One frame that holds everything.
pub async fn past_picture(at: Timestamp, view: Option<u64>) -> Result<Vec<u8>, Problem> {
    let asked = format!("/picture?at={}{}", at.to_rfc3339_utc(), as_seen(view));
    let frame = bytes(asked).await?;
    match frame.first() {
        Some(&BINARY_VERSION) => Ok(frame),
        _ => Err(Problem::unreadable(200)),
    }
}

/// What changed between two moments, told as one step.
pub async fn past_changes(
    since: Timestamp,
    until: Timestamp,
    view: Option<u64>,
) -> Result<PastFrames, Problem> {
    let seen = as_seen(view);
    let step_ms = until.since(since);
    let (since, until) = (since.to_rfc3339_utc(), until.to_rfc3339_utc());
    read(
        &bytes(format!(
            "/changes?since={since}&until={until}&step={step_ms}ms{seen}"
        ))
        .await?,
    )
}

/// What seats saw at a moment.
pub async fn seats(at: Timestamp) -> Result<Vec<SeatView>, Problem> {
    read(&bytes(format!("/views?at={}", at.to_rfc3339_utc())).await?)
}

const VIEWS: &str = "/api/v1/past/views";

/// Told even while the page is taken down; whether it arrived nobody learns.
pub fn tell_left(view: &Json) {
    let navigator = leptos::prelude::window().navigator();
    let _ = navigator.send_beacon_with_opt_str(VIEWS, Some(&view.text()));
}

/// A page that cannot tell it goes on; the log has a hole then.
pub async fn tell_view(view: &Json) {
    let request = Request::post(VIEWS)
        .header("Content-Type", "application/json")
        .body(view.text());
    if let Ok(request) = request
        && body(request.send().await).await.is_err()
    {
        leptos::logging::log!("what is shown was not written down");
    }
}
