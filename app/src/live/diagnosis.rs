//! `window.__gulou`: what this page holds, for tests and for people who look for a fault. Reads only.
//! `position()`, `digest()` = {position, count, sha256} of what is shown, `live()` of the live picture, `past()` in milliseconds,
//! `subscription()`, `link()`, `memory()` in bytes; the map adds `camera()` and, of its own picture, `things()`, the digest, and
//! `drawn()`, the position.

use domain::wire::Digest;
use domain::wire::live::Look;
use js_sys::{Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::desk::Desk;
use crate::json::Json;

const NAME: &str = "__gulou";

/// Adds a question to the object, making it if need be.
pub fn add(name: &str, answer: impl Fn() -> JsValue + 'static) {
    let held = window().get(NAME).map(JsValue::from).unwrap_or_else(|| {
        let made = JsValue::from(Object::new());
        // Fails only on a frozen window.
        let _ = Reflect::set(&window(), &NAME.into(), &made);
        made
    });
    let closure = Closure::<dyn Fn() -> JsValue>::new(answer);
    // Lives as long as the page: anyone may hold the object.
    let _ = Reflect::set(&held, &name.into(), &closure.into_js_value());
}

/// An object of plain values.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

pub fn digest(digest: &Digest) -> JsValue {
    object(&[
        ("position", JsValue::from_f64(digest.position as f64)),
        ("count", JsValue::from_f64(digest.count as f64)),
        ("sha256", digest.sha256.as_str().into()),
    ])
}

pub fn offer(desk: Desk, look: Look) {
    let picture = desk.feed.picture;
    add("position", move || {
        picture
            .try_with_value(|picture| picture.position())
            .flatten()
            .map_or(JsValue::NULL, |position| JsValue::from_f64(position as f64))
    });
    add("digest", move || {
        picture
            .try_with_value(|picture| digest(&picture.digest()))
            .unwrap_or(JsValue::NULL)
    });
    add("subscription", move || {
        let layers = look.layers.iter().map(|layer| Json::from(layer.name()));
        let mut members = vec![
            ("bbox", Json::numbers(&look.bbox)),
            ("zoom", Json::Number(f64::from(look.zoom))),
            ("layers", Json::List(layers.collect())),
        ];
        if let Some(filter) = &look.filter {
            members.push(("filter", Json::from(filter.as_str())));
        }
        js_sys::JSON::parse(&Json::Object(members).text()).unwrap_or(JsValue::NULL)
    });
    add("memory", || {
        let memory = wasm_bindgen::memory();
        let buffer = Reflect::get(&memory, &"buffer".into()).ok();
        buffer
            .and_then(|buffer| Reflect::get(&buffer, &"byteLength".into()).ok())
            .unwrap_or(JsValue::NULL)
    });
    add("live", move || {
        let digest = desk.feed.with_live(super::picture::LivePicture::digest);
        object(&[
            ("position", JsValue::from_f64(digest.position as f64)),
            ("sha256", digest.sha256.into()),
        ])
    });
    add("past", move || {
        let past = desk.settings.past.get_untracked();
        past.map_or(JsValue::NULL, |at| JsValue::from_f64(at.millis() as f64))
    });
    add("link", move || {
        format!("{:?}", desk.feed.link.get_untracked()).into()
    });
}
