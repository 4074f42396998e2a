//! How the work on an incident stands: what waits for a decision, who is on it and how far, what was instructed, and the
//! check list of the plan. Shown where there is any of it.

mod instructions;
mod parts;
mod plan;
mod requests;
pub mod words;

use domain::language::Language;
use domain::time::Timestamp;
use leptos::prelude::*;

use self::instructions::Instructions;
use self::parts::Parts;
use self::plan::PlanList;
use self::requests::Requests;
use crate::live::desk::{Desk, desk};
use crate::panels::detail::of;
use crate::text::time;

#[component]
pub fn Work() -> impl IntoView {
    let desk = desk();
    let work = Memo::new(move |_| of(desk, |detail| detail.work.open()));
    view! {
        <Requests work/>
        <Parts work/>
        <Instructions work/>
        <PlanList work/>
    }
}

/// A moment as the desk writes it, and in full.
fn written(desk: Desk, at: Timestamp) -> (String, String) {
    let offsets = &desk.start().city.offsets;
    let language = desk.settings.language.get();
    let now = desk.settings.clock.get();
    (
        time::moment(language, at, now, offsets),
        time::full(at, offsets),
    )
}

/// A moment in a sentence.
fn at(desk: Desk, moment: Timestamp) -> String {
    written(desk, moment).0
}

fn of_language(language: Language, zh: &str, en: &str) -> String {
    match language {
        Language::Zh => zh.to_owned(),
        Language::En => en.to_owned(),
    }
}
