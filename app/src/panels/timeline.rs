//! What has happened to an incident, the newest first. The log only grows.

use domain::language::Language;
use domain::wire::TimelineView;
use leptos::prelude::*;

use super::detail::of;
use crate::live::desk::desk;
use crate::text::{Message, time};

#[component]
pub fn Timeline() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let entries = move || {
        let newest_first = of(desk, |detail| detail.timeline.clone()).into_iter().rev();
        newest_first
            .map(|entry| view! { <Entry entry/> })
            .collect_view()
    };
    view! {
        <section class="timeline" aria-labelledby="timeline-title">
            <h3 id="timeline-title">{settings.say(Message::Timeline)}</h3>
            <ol>
                {move || entries()}
            </ol>
        </section>
    }
}

#[component]
fn Entry(entry: TimelineView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let offsets = start.city.offsets.clone();
    let full = time::full(entry.at, &offsets);
    let at = entry.at;
    let (zh, en) = (entry.text, entry.text_en);
    let (by, role) = (entry.by, entry.role);
    view! {
        <li class="entry" data-testid="timeline-entry">
            <time datetime=full.clone() title=full>
                {move || time::moment(settings.language.get(), at, settings.clock.get(), &offsets)}
            </time>
            <p>{move || match settings.language.get() { Language::Zh => zh.clone(), Language::En => en.clone() }}</p>
            <p class="faint">{move || match &role {
                Some(role) => format!("{by} · {}", start.city.label(settings.language.get(), role)),
                None => by.clone(),
            }}</p>
        </li>
    }
}
