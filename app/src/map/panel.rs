//! The map's place on the desk.

use domain::language::Language;
use leptos::prelude::*;

use crate::live::desk::desk;
use crate::text::Message;

#[component]
pub fn MapPanel() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let note = (
        start.city.boundaries_note.clone(),
        start.city.boundaries_note_en.clone(),
    );
    view! {
        <section class="map" aria-label=settings.say(Message::Map) data-testid="map">
            <div class="map-canvas" id="map"></div>
            <p class="map-note">{move || match settings.language.get() {
                Language::Zh => note.0.clone(),
                Language::En => note.1.clone(),
            }}</p>
        </section>
    }
}
