//! The wasm entry for the pages beside the map, such as the evaluation: takes over the page that the server rendered.
//! Must hold nothing else; pages and their logic live in `app`.

// The types of a page nest as deep as its elements.
#![recursion_limit = "512"]
#![no_main]

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the hydration script, after the wasm is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| view! { <app::App pages=app::office_pages/> });
}
