//! Questions to the server besides the live stream. What is refused comes back as a `Problem` with a reason to show.
//! Answers come in the layout of the binary stream (`MEDIA_BINARY`): one way of reading each type keeps the page small.

mod evaluation;
mod figures;
mod office;
mod past;
mod problem;

use std::cell::Cell;

use domain::alarm::load::{LoadView, Per};
use domain::ids::{CommandId, IncidentId};
use domain::place::Position;
use domain::time::Timestamp;
use domain::wire::field::{OrdersView, OverviewView};
use domain::wire::ground::ImageryList;
use domain::wire::{
    AlarmAnswers, BINARY_VERSION, IncidentDetail, IncidentView, MEDIA_BINARY, PlaceView,
    PreviewView, UnitView,
};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::json::Json;
use crate::text::number;

pub use evaluation::{evaluated_cases, evaluation, moves_of_powers};
pub use figures::{
    feeds, give_views, incidents, put_on_wall, readings, renew_wall_session, shared_views, theme,
    themes, wall,
};
pub use office::{
    audit, change_password, discard_letter, duty_choices, hand_over, handovers, letters,
    put_receiver, put_roster, read_handover, receivers, retry_letter, revoke_others,
    revoke_session, rosters, sent_letters, sessions, shift_report,
};
pub use past::{density, horizon, past_changes, past_picture, seats, tell_left, tell_view};
pub use problem::{FieldProblem, Problem, Told};

pub async fn detail(id: IncidentId) -> Result<IncidentDetail, Problem> {
    get(Request::get(&format!("/api/v1/incidents/{id}"))).await
}

/// The orders of one's department.
pub async fn orders() -> Result<OrdersView, Problem> {
    get(Request::get("/api/v1/orders")).await
}

/// The city in one answer.
pub async fn overview() -> Result<OverviewView, Problem> {
    get(Request::get("/api/v1/overview")).await
}

pub async fn search(words: &str) -> Result<Vec<IncidentView>, Problem> {
    const MOST: &str = "100";
    let asked = Request::get("/api/v1/incidents").query([("q", words), ("limit", MOST)]);
    get::<(Vec<IncidentView>, Option<String>)>(asked)
        .await
        .map(|(incidents, _)| incidents)
}

/// What a call would become if it were written down now.
pub async fn preview(asked: &Json) -> Result<PreviewView, Problem> {
    post("/api/v1/incidents/preview", asked).await
}

/// Places by name or in a sentence; none when the server cannot be asked.
pub async fn places(words: &str) -> Vec<PlaceView> {
    list(Request::get("/api/v1/places").query([("q", words)])).await
}

/// What imagery is configured.
pub async fn imagery() -> Result<ImageryList, Problem> {
    get(Request::get("/api/v1/imagery")).await
}

pub async fn units() -> Vec<UnitView> {
    list(Request::get("/api/v1/units")).await
}

/// The nearest to a place, nearest first.
pub async fn units_near(at: Position, most: usize) -> Result<Vec<UnitView>, Problem> {
    let place = [at.longitude(), at.latitude()].map(|degrees| number::decimals(degrees, 6));
    let (near, most) = (place.join(","), most.to_string());
    let asked = [("near", near.as_str()), ("k", most.as_str())];
    rows(Request::get("/api/v1/units").query(asked)).await
}

async fn list<T: DeserializeOwned>(asked: RequestBuilder) -> Vec<T> {
    rows(asked).await.unwrap_or_default()
}

async fn rows<T: DeserializeOwned>(asked: RequestBuilder) -> Result<Vec<T>, Problem> {
    get::<(Vec<T>, Option<String>)>(asked)
        .await
        .map(|(rows, _)| rows)
}

/// Gives a command; `body` holds everything but what is common to all.
pub async fn command(id: IncidentId, body: &Json) -> Result<IncidentView, Problem> {
    post(&format!("/api/v1/incidents/{id}/commands"), body).await
}

/// The load of alarms in a time.
pub async fn alarm_load(since: Timestamp, until: Timestamp, per: Per) -> Result<LoadView, Problem> {
    let by = match per {
        Per::Town => "town",
        Per::Account => "account",
        Per::Severity => "severity",
    };
    let (since, until) = (since.to_rfc3339_utc(), until.to_rfc3339_utc());
    let asked = [("since", since.as_str()), ("until", &until), ("by", by)];
    get(Request::get("/api/v1/alarms/performance").query(asked)).await
}

/// One command to many alarms.
pub async fn alarm_commands(body: &Json) -> Result<AlarmAnswers, Problem> {
    post("/api/v1/alarms/commands", body).await
}

/// Whatever it is about: somebody has taken note.
pub async fn acknowledge_notice(id: &str) -> Result<(), Problem> {
    let path = format!("/api/v1/notices/{id}/acknowledge");
    send_off(Request::post(&path), JsValue::UNDEFINED).await
}

/// Puts a file to an incident; what it is the browser says with it, and the server by its content.
pub async fn attach(incident: IncidentId, name: &str, file: JsValue) -> Result<(), Problem> {
    let path = format!("/api/v1/incidents/{incident}/attachments");
    let id = new_command_id().to_string();
    let query = [("id", id.as_str()), ("name", name)];
    send_off(Request::post(&path).query(query), file).await
}

/// Only whether it was taken is of interest.
async fn send_off(request: RequestBuilder, sent: JsValue) -> Result<(), Problem> {
    refused_in_the_past()?;
    match request
        .header("Accept-Language", &page_language())
        .body(sent)
    {
        Ok(request) => body(request.send().await).await.map(drop),
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

pub async fn open(body: &Json) -> Result<IncidentView, Problem> {
    post("/api/v1/incidents", body).await
}

/// Whether the session still holds; only a clear refusal says no.
pub async fn is_signed_in() -> bool {
    match Request::get("/api/v1/me").send().await {
        Ok(answer) => answer.status() != 401,
        Err(_) => true,
    }
}

/// Reasons of refusals come in the language the page speaks.
fn page_language() -> String {
    let root = leptos::prelude::document().document_element();
    root.and_then(|root| root.get_attribute("lang"))
        .unwrap_or_else(|| "zh".to_owned())
}

/// Always asked for in Chinese: the English sentences come beside, and the page picks.
async fn get<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Problem> {
    let sent = request
        .header("Accept", MEDIA_BINARY)
        .header("Accept-Language", "zh")
        .send()
        .await;
    read(&body(sent).await?)
}

thread_local! {
    /// The past is shown: whoever looks at it gives no command to the present.
    static ONLY_LOOKING: Cell<bool> = const { Cell::new(false) };
}

pub fn only_look(only: bool) {
    ONLY_LOOKING.set(only);
}

/// Why nothing is sent now, if it is not.
fn refused_in_the_past() -> Result<(), Problem> {
    match ONLY_LOOKING.get() {
        true => Err(Problem::in_the_past(&page_language())),
        false => Ok(()),
    }
}

async fn post<T: DeserializeOwned>(path: &str, sent: &Json) -> Result<T, Problem> {
    read(&given(Request::post(path), sent).await?)
}

/// What is answered to something given, unread.
async fn given(request: RequestBuilder, sent: &Json) -> Result<Vec<u8>, Problem> {
    refused_in_the_past()?;
    let request = request
        .header("Content-Type", "application/json")
        .header("Accept", MEDIA_BINARY)
        .header("Accept-Language", &page_language())
        .body(sent.text());
    match request {
        Ok(request) => body(request.send().await).await,
        Err(error) => Err(Problem::network(&error.to_string())),
    }
}

/// What came back, if it is what was asked for. The same for every type, and so compiled once.
async fn body(answer: Result<Response, gloo_net::Error>) -> Result<Vec<u8>, Problem> {
    let unreached = |error: gloo_net::Error| Problem::network(&error.to_string());
    let answer = answer.map_err(unreached)?;
    let status = answer.status();
    let bytes = answer.binary().await.map_err(unreached)?;
    if !answer.ok() {
        return Err(Problem::told(
            status,
            Told::read(&String::from_utf8_lossy(&bytes)),
        ));
    }
    Ok(bytes)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let read = match bytes.split_first() {
        Some((&BINARY_VERSION, value)) => postcard::from_bytes(value).ok(),
        _ => None,
    };
    read.ok_or_else(|| {
        leptos::logging::error!("failed to read an answer of {} bytes", bytes.len());
        Problem::unreadable(200)
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
