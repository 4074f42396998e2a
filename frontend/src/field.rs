//! The wasm entry for the pages on phones, orders and command: takes over the page that the server rendered.
//! Must hold nothing else; pages and their logic live in `app`.

// The types of a page nest as deep as its elements.
#![recursion_limit = "512"]
#![no_main]

use app::field::on_demand::{Part, build};
use app::on_demand::{Build, Fetch};
use leptos::prelude::*;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the hydration script, after the wasm is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| {
        provide_context(Fetch::<Part>(|| Box::pin(async { opened().await.ok() })));
        view! { <app::App pages=app::field_pages/> }
    });
}

/// Here the program is split: what is reached only from this function is in the file that is fetched.
#[wasm_split(opened, wasm_split_path = leptos::wasm_split, fallible)]
fn opened() -> Result<Build<Part>, SplitLoaderError> {
    Ok(build)
}
