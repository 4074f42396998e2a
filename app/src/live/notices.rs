//! How many notices are open for whoever sits here and whether any is heard, from a line of its own. Their list comes with what
//! is opened; here is only what a page must know to ring.

use domain::account::Role;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::desk::Desk;

#[wasm_bindgen(raw_module = "./notices.js")]
extern "C" {
    #[wasm_bindgen(js_name = follow)]
    fn begin(told: &Closure<dyn Fn(u32, u32, u32)>) -> js_sys::Promise;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Noticed {
    pub open: u32,
    /// Of the first two levels: heard until somebody has acknowledged them.
    pub heard: u32,
    /// To draw the line anew; none while it stands.
    pub tries: u32,
}

/// Call from an effect.
pub fn follow(desk: Desk) {
    // An auditor sees all and is called by none.
    let is_deaf = desk.start().me.as_ref().map(|me| me.role) == Some(Role::Auditor);
    let told = Closure::<dyn Fn(u32, u32, u32)>::new(move |open, heard, tries| {
        let heard = if is_deaf { 0 } else { heard };
        desk.notices.try_set(Noticed { open, heard, tries });
    });
    drop(begin(&told));
    // It is spoken to as long as the page is there.
    told.forget();
}
