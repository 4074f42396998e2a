//! The live stream's door: who may look is seated in the crowd, or served by a task of his own.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::policy::Audience;
use domain::wire::{PROTOCOL_BINARY, PROTOCOL_JSON};

use super::{Failure, named_thread};
use crate::{stream, web};

fn gather(hub: &stream::Hub) -> Result<Arc<stream::Crowd>, Failure> {
    let (crowd, hold, watch) = stream::Crowd::gather(hub.clone())
        .map_err(|error| Failure(format!("failed to watch sockets: {error}")))?;
    named_thread("crowd", hold)?;
    named_thread("rights", watch)?;
    Ok(Arc::new(crowd))
}

pub struct Live {
    office: Arc<web::Office>,
    hub: stream::Hub,
    /// None behind our own TLS: there is no plain socket to be held.
    crowd: Option<Arc<stream::Crowd>>,
}

impl Live {
    pub fn open(
        office: Arc<web::Office>,
        hub: stream::Hub,
        behind_tls: bool,
    ) -> Result<Self, Failure> {
        let crowd = match behind_tls {
            false => Some(gather(&hub)?),
            true => None,
        };
        Ok(Self { office, hub, crowd })
    }

    pub fn routes(self) -> Router {
        Router::new()
            .route("/api/v1/live", get(live_stream))
            .with_state(Arc::new(self))
    }
}

/// The right of a viewer, asked of the web's identities.
struct Viewer(web::Looker);

impl stream::Right for Viewer {
    fn audience(&self) -> Option<Audience> {
        self.0.audience()
    }

    fn holder(&self) -> Option<String> {
        self.0.holder()
    }
}

async fn live_stream(State(live): State<Arc<Live>>, request: Request) -> Response {
    let admitted = web::Looker::admitted(&live.office, request.headers());
    if let (Ok(looker), Some(crowd)) = (&admitted, &live.crowd)
        && stream::asks_for_binary(&request)
        // Where its threads have ended each viewer is a task of his own, as behind our own TLS.
        && crowd.is_held()
    {
        let seated = stream::seat(crowd.clone(), request, Viewer(looker.clone()));
        return seated.unwrap_or_else(no_room);
    }
    let upgrade = match WebSocketUpgrade::from_request(request, &()).await {
        Ok(upgrade) => upgrade,
        Err(refused) => return refused.into_response(),
    };
    let looker = match admitted {
        Ok(looker) => looker,
        Err(problem) => return problem.into_response(),
    };
    let upgrade = upgrade
        .protocols([PROTOCOL_BINARY, PROTOCOL_JSON])
        .max_message_size(stream::LONGEST_MESSAGE)
        .max_frame_size(stream::LONGEST_MESSAGE);
    let protocol = match upgrade
        .selected_protocol()
        .and_then(|name| name.to_str().ok())
    {
        Some(PROTOCOL_BINARY) => stream::Protocol::Binary,
        // Whoever names none speaks JSON.
        _ => stream::Protocol::Json,
    };
    let hub = live.hub.clone();
    let Some(place) = hub.room().take(looker.holder()) else {
        return no_room();
    };
    upgrade.on_upgrade(move |socket| stream::serve(socket, hub, place, protocol, Viewer(looker)))
}

fn no_room() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "10")]).into_response()
}
