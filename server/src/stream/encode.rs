//! Messages as bytes: JSON text for anybody, postcard behind a version byte for our own pages. The same messages in both.
//!
//! Binary layout: byte 0 is `wire::BINARY_VERSION`; the rest is postcard (postcard.jamesmunns.com/wire-format) of
//! `wire::ServerMessage` or, from the viewer, `wire::ClientMessage`.

use axum::extract::ws::Message;
use domain::wire::{BINARY_VERSION, ClientMessage, ServerMessage};
use serde_json::{Value, json};

use super::viewer::Protocol;

/// The most a viewer may send in one message.
pub const LONGEST_MESSAGE: usize = 64 * 1024;

pub fn message(protocol: Protocol, message: &ServerMessage) -> Message {
    match protocol {
        Protocol::Json => Message::text(text(message)),
        Protocol::Binary => {
            let mut bytes = vec![BINARY_VERSION];
            if let Ok(body) = postcard::to_stdvec(message) {
                bytes.extend(body);
            }
            Message::binary(bytes)
        }
    }
}

/// `removed` of an `enter` also stands beside it, where the contract's sentence puts it.
fn text(message: &ServerMessage) -> String {
    if let ServerMessage::Enter(enter) = message {
        return json!({"enter": enter, "removed": enter.removed}).to_string();
    }
    serde_json::to_string(message).unwrap_or_default()
}

/// What a viewer sent, or what is wrong with it. Never panics, whatever the bytes.
pub fn read(message: &Message) -> Result<Option<ClientMessage>, String> {
    match message {
        Message::Text(text) => read_text(text).map(Some),
        Message::Binary(bytes) => read_binary(bytes).map(Some),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Ok(None),
    }
}

pub fn read_text(text: &str) -> Result<ClientMessage, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    serde_json::from_value(value)
        .map_err(|error| format!("not a message of this protocol: {error}"))
}

pub fn read_binary(bytes: &[u8]) -> Result<ClientMessage, String> {
    match bytes.split_first() {
        None => Err("an empty message".into()),
        Some((&BINARY_VERSION, body)) => postcard::from_bytes(body)
            .map_err(|error| format!("not a message of this protocol: {error}")),
        Some((other, _)) => Err(format!(
            "version {other} is not spoken here, only {BINARY_VERSION}: reload the page"
        )),
    }
}
