//! Questions to the server besides the live stream. What is refused comes back as a `Problem` with a reason to show.

mod figures;
mod problem;

use domain::ids::{CommandId, IncidentId};
use domain::wire::{IncidentDetail, IncidentView};
use gloo_net::http::{Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use figures::{
    FeedReport, Readings, feeds, incidents, put_on_wall, readings, renew_wall_session, theme,
    themes, wall,
};
pub use problem::{FieldProblem, Problem};

/// Always asked for in Chinese: the English sentences come beside, and the page picks.
pub async fn detail(id: IncidentId) -> Result<IncidentDetail, Problem> {
    let answer = Request::get(&format!("/api/v1/incidents/{id}"))
        .header("Accept-Language", "zh")
        .send()
        .await;
    read(answer).await
}

#[derive(Deserialize)]
struct Found {
    incidents: Vec<IncidentView>,
}

pub async fn search(words: &str) -> Result<Vec<IncidentView>, Problem> {
    const MOST: &str = "100";
    let answer = Request::get("/api/v1/incidents")
        .header("Accept-Language", "zh")
        .query([("q", words), ("limit", MOST)])
        .send()
        .await;
    read::<Found>(answer).await.map(|found| found.incidents)
}

/// Gives a command; `body` holds everything but what is common to all.
pub async fn command(id: IncidentId, body: &Value) -> Result<IncidentView, Problem> {
    post(&format!("/api/v1/incidents/{id}/commands"), body).await
}

pub async fn open(body: &Value) -> Result<IncidentView, Problem> {
    post("/api/v1/incidents", body).await
}

/// Whether the session still holds; only a clear refusal says no.
pub async fn is_signed_in() -> bool {
    match Request::get("/api/v1/me").send().await {
        Ok(answer) => answer.status() != 401,
        Err(_) => true,
    }
}

/// The outlines of a level as GeoJSON; an empty collection where there are none, so that the map still opens.
pub async fn outlines(level: &str) -> Value {
    let answer = Request::get("/api/v1/jurisdictions.geojson")
        .query([("level", level)])
        .send()
        .await;
    read(answer).await.unwrap_or_else(
        |_: Problem| serde_json::json!({"type": "FeatureCollection", "features": []}),
    )
}

/// Reasons of refusals come in the language the page speaks.
fn page_language() -> String {
    let root = leptos::prelude::document().document_element();
    root.and_then(|root| root.get_attribute("lang"))
        .unwrap_or_else(|| "zh".to_owned())
}

async fn post<T: DeserializeOwned>(path: &str, body: &Value) -> Result<T, Problem> {
    let request = Request::post(path)
        .header("Content-Type", "application/json")
        .header("Accept-Language", &page_language())
        .body(body.to_string());
    match request {
        Ok(request) => read(request.send().await).await,
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

async fn read<T: DeserializeOwned>(
    answer: Result<Response, gloo_net::Error>,
) -> Result<T, Problem> {
    let answer = answer.map_err(|error| Problem::network(&error.to_string()))?;
    let status = answer.status();
    let text = answer
        .text()
        .await
        .map_err(|error| Problem::network(&error.to_string()))?;
    if !answer.ok() {
        return Err(Problem::read(status, &text));
    }
    serde_json::from_str(&text).map_err(|error| {
        leptos::logging::error!("failed to read an answer of the server: {error}");
        Problem::unreadable(status)
    })
}

/// A version 4 UUID. `crypto.randomUUID` is missing on plain http, this is not.
pub fn new_command_id() -> CommandId {
    let mut bytes = [0_u8; 16];
    let filled = leptos::prelude::window()
        .crypto()
        .ok()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok());
    if filled.is_none() {
        for byte in &mut bytes {
            *byte = (js_sys::Math::random() * 256.0) as u8;
        }
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    CommandId::from_bits(u128::from_be_bytes(bytes))
}
