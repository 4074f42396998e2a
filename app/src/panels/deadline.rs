//! By when an incident's stage must be done, and in a sentence why then. The light follows the clock of now.

use domain::clock::Light;
use domain::language::Language;
use domain::wire::DeadlineView;
use leptos::prelude::*;

use super::detail::incident;
use crate::live::desk::desk;
use crate::text::{Message, text, time};

/// By when, why, and how much of the limit is gone.
#[component]
pub fn Deadline() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let offsets = desk.start().city.offsets.clone();
    let deadline = move || {
        incident(desk, |view| {
            view.deadline.clone().filter(|_| view.state.is_open())
        })
    };
    let light = move || {
        let now = settings.clock.get().unwrap_or(desk.start().now);
        deadline().map_or("none", |deadline| light_of(&deadline, now))
    };
    let left = move || {
        let language = settings.language.get();
        match deadline() {
            None => text(language, Message::NoDeadline).to_owned(),
            Some(deadline) => match deadline.due_at {
                Some(due) => time::left(language, due, settings.clock.get(), &offsets),
                None => text(language, Message::DueUnknown).to_owned(),
            },
        }
    };
    let offsets = desk.start().city.offsets.clone();
    let absolute = move || {
        deadline()
            .and_then(|deadline| deadline.due_at)
            .map(|due| time::full(due, &offsets))
    };
    let explanation = move || {
        deadline().map(|deadline| match settings.language.get() {
            Language::Zh => deadline.explanation,
            Language::En => deadline.explanation_en,
        })
    };
    view! {
        <div class="deadline" data-light=move || light() data-testid="deadline">
            <span class="deadline-left">{move || left()}</span>
            <span class="deadline-at">{move || absolute()}</span>
            <p>{move || explanation()}</p>
        </div>
    }
}

/// The light by the clock of now; the one sent along is as old as the last change.
pub fn light_of(deadline: &DeadlineView, now: domain::time::Timestamp) -> &'static str {
    let light = match (deadline.due_at, deadline.warn_at) {
        (Some(due), _) if now > due => Light::Red,
        (Some(_), Some(warn)) if now >= warn => Light::Yellow,
        (Some(_), _) => Light::Green,
        (None, _) => deadline.light,
    };
    match light {
        Light::Green => "green",
        Light::Yellow => "yellow",
        Light::Red => "red",
    }
}
