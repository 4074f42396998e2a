//! How a request becomes a line of the crowd: the WebSocket handshake (RFC 6455), then the plain socket under it.

use std::net::TcpStream;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, Method, Response, StatusCode};
use domain::wire::PROTOCOL_BINARY;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use socket2::SockRef;
use tungstenite::handshake::derive_accept_key;

use super::crowd::{Crowd, Newcomer};
use super::serve::Right;

/// What the system holds for a slow line: some ticks of a whole city, not minutes of the past.
const SEND_BUFFER: usize = 128 * 1024;

/// Whether a request asks for the binary stream by the rules; all others are answered elsewhere.
pub fn asks_for_binary(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::GET
        && names(headers, CONNECTION, "upgrade")
        && names(headers, UPGRADE, "websocket")
        && names(headers, SEC_WEBSOCKET_VERSION, "13")
        && names(headers, SEC_WEBSOCKET_PROTOCOL, PROTOCOL_BINARY)
        && headers.contains_key(SEC_WEBSOCKET_KEY)
        && request.extensions().get::<OnUpgrade>().is_some()
}

/// Whether one of a header's words is this one.
fn names(headers: &HeaderMap, header: HeaderName, word: &str) -> bool {
    let values = headers.get_all(header);
    let mut words = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|one| one.trim().eq_ignore_ascii_case(word))
}

/// Agrees to a request of the binary stream, and seats the viewer as soon as the line is free of HTTP. None if there is no room.
pub fn seat(
    crowd: Arc<Crowd>,
    mut request: Request,
    right: impl Right + 'static,
) -> Option<Response<Body>> {
    let audience = right.audience()?;
    let place = crowd.room().take(right.holder())?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>()?;
    let key = request.headers().get(SEC_WEBSOCKET_KEY)?;
    let accept = derive_accept_key(key.as_bytes());
    tokio::spawn(async move {
        match upgrade
            .await
            .map_err(|error| error.to_string())
            .and_then(plain)
        {
            Ok((stream, sent)) => {
                let newcomer = Newcomer {
                    stream,
                    sent,
                    right: Box::new(right),
                    audience,
                    place,
                };
                if !crowd.join(newcomer) {
                    metrics::counter!("gulou_viewers_turned_away_total").increment(1);
                }
            }
            Err(error) => tracing::debug!("a viewer's line was lost: {error}"),
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept)
        .header(SEC_WEBSOCKET_PROTOCOL, PROTOCOL_BINARY)
        .body(Body::empty())
        .ok()
}

/// The socket under a line, and what was already read from it.
fn plain(upgraded: Upgraded) -> Result<(TcpStream, Vec<u8>), String> {
    let parts = downcast::<TokioIo<tokio::net::TcpStream>>(upgraded)
        .map_err(|_| "it is no plain socket".to_owned())?;
    let stream = parts
        .io
        .into_inner()
        .into_std()
        .and_then(|stream| {
            stream.set_nodelay(true)?;
            SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER)?;
            Ok(stream)
        })
        .map_err(|error| error.to_string())?;
    Ok((stream, parts.read_buf.to_vec()))
}
