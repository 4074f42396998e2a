//! Small pieces of JSON Schema (2020-12) that the shapes of the contract are made of.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::names::{fields_of, variants_of};

/// A named shape among the components.
pub fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub fn text() -> Value {
    json!({ "type": "string" })
}

pub fn texts() -> Value {
    list(text())
}

pub fn number() -> Value {
    json!({ "type": "number" })
}

pub fn share() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1 })
}

pub fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

pub fn flag() -> Value {
    json!({ "type": "boolean" })
}

pub fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

pub fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

pub fn one_of_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

/// The words of an enum of the code.
pub fn words_of<T: Deserialize<'static>>() -> Value {
    one_of_words(variants_of::<T>().iter().copied())
}

/// A type the code sends: every field of it is always there.
pub fn sent<T: Deserialize<'static>>(says: &str, properties: Value) -> Value {
    json!({
        "type": "object",
        "description": says,
        "properties": properties,
        "required": fields_of::<T>(),
    })
}

/// An object written down here by hand.
pub fn object(says: &str, required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "description": says, "properties": properties, "required": required })
}

/// An object of exactly one member, as messages of the live stream are.
pub fn only(name: &str, value: Value) -> Value {
    let mut properties = Map::new();
    properties.insert(name.to_owned(), value);
    json!({ "type": "object", "properties": properties, "required": [name] })
}
