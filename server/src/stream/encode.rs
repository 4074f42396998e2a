//! Messages as JSON text, for anybody. The binary stream is `domain::wire::live`.

use domain::wire::{ClientMessage, ServerMessage};
use serde_json::{Value, json};

/// The most a viewer may send in one message.
pub const LONGEST_MESSAGE: usize = 64 * 1024;

/// `removed` of an `enter` also stands beside it, where the contract's sentence puts it.
pub fn text(message: &ServerMessage) -> String {
    if let ServerMessage::Enter(enter) = message {
        return json!({"enter": enter, "removed": enter.removed}).to_string();
    }
    serde_json::to_string(message).unwrap_or_default()
}

/// What a viewer sent, or what is wrong with it.
pub fn read_text(text: &str) -> Result<ClientMessage, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    serde_json::from_value(value)
        .map_err(|error| format!("not a message of this protocol: {error}"))
}
