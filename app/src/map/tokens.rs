//! The theme's tokens as the page has them now, for what is not drawn by styles. Runs in the browser only.

use leptos::prelude::*;

use super::layers::{self, Palette};

/// A token of the theme as it holds now.
pub(super) fn token(name: &str) -> String {
    document()
        .document_element()
        .and_then(|root| window().get_computed_style(&root).ok().flatten())
        .and_then(|style| style.get_property_value(name).ok())
        .map(|value| value.trim().to_owned())
        .unwrap_or_default()
}

/// The size of the page's type; marks and labels grow with it.
pub fn root_px() -> f64 {
    crate::text::number::read(token("font-size").trim_end_matches("px")).unwrap_or(16.0)
}

pub(super) fn palette() -> Palette {
    let read = |name: &str| layers::colour(&token(name)).unwrap_or([0.5; 3]);
    let inks = [
        "--s1",
        "--s2",
        "--s3",
        "--s4",
        "--secondary",
        "--faint",
        "--red",
        "--faint",
        "--selection",
    ];
    Palette {
        inks: inks.map(read),
        selection: read("--selection"),
        ground: read("--ground"),
        text: read("--text"),
    }
}
