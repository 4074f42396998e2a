//! What the pages on phones fetch when a person opens it; the worker keeps it for places without a network.

use domain::ids::IncidentId;
use leptos::prelude::*;

use super::details::Sheet;

/// What can be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Details(IncidentId),
}

/// Only the entry of the pages may name this, where the program is split: whoever else does has it all in its own file.
pub fn build(part: Part) -> AnyView {
    match part {
        Part::Details(id) => view! { <Sheet id/> }.into_any(),
    }
}
