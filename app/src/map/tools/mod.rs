//! Tools of the desk's map: read coordinates, measure, choose an area, find who is near, follow a unit, switch layers, compare imagery, pass a
//! view on. What they draw lies in an SVG element over the map; nothing but a person's own doing moves the camera.

mod area;
mod budget_card;
mod cards;
pub mod drawn;
pub mod frame;
mod gestures;
pub mod ground;
mod imagery;
mod imagery_card;
pub mod imagery_choice;
pub mod layer_choice;
mod layers_card;
pub mod link;
mod near;
pub mod nearest;
pub mod notation;
mod overlay;
mod rail;
mod state;
mod swipe;
pub mod words;

use leptos::prelude::*;

use self::link::Link;
use self::state::{Tool, Tools};
use self::words::Word;

pub use rail::MapTools;

/// What the tools are called and the letter of each, for the palette.
pub fn by_letter() -> Vec<(Word, char)> {
    let others = [(Word::CopyLink, 'P'), (Word::Budget, 'G')];
    let tools = Tool::ALL
        .into_iter()
        .map(|tool| (tool.word(), tool.letter()));
    tools.chain(others).collect()
}

/// The address of what is seen now, into the clipboard and into the address line. It changes only here.
fn copy_link(tools: Tools) {
    let desk = tools.desk;
    let camera = tools.map.camera.get_untracked();
    let link = Link {
        look: untrack(|| tools.center()).zip(camera.map(|camera| camera.zoom)),
        layers: Some(tools.layers_shown.get_untracked()),
        incident: desk.selected.get_untracked(),
        tab: Some(desk.tab.get_untracked()),
        words: untrack(|| desk.searched()).unwrap_or_default(),
        moment: desk.settings.past.get_untracked(),
        imagery: tools.imagery.with_untracked(|chosen| {
            chosen
                .as_ref()
                .map(|chosen| chosen.written())
                .unwrap_or_default()
        }),
    };
    let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
    let query = link.query(encode);
    let location = window().location();
    let (Ok(origin), Ok(path)) = (location.origin(), location.pathname()) else {
        return;
    };
    let address = format!("{origin}{path}{query}");
    if let Ok(history) = window().history() {
        // Refused only for an address elsewhere.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
    tools.copy(address);
}
