//! Who is on it: each department with how far it is, when it is expected, and its own limit.

use domain::time::Timestamp;
use domain::wire::work::{AssignmentView, Part, WorkView};
use leptos::prelude::*;

use super::words::Word;
use super::{at, written};
use crate::live::desk::desk;
use crate::panels::deadline::light_of;
use crate::text::time;

#[component]
pub fn Parts(work: Memo<WorkView>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let parts = Memo::new(move |_| work.with(|work| work.assignments.clone()));
    view! {
        <section class="work" class:gone=move || parts.read().is_empty() aria-label=settings.say(Word::Parts)>
            <h3>{settings.say(Word::Parts)}</h3>
            <ul>
                {move || parts.get().into_iter().map(|one| view! { <One one/> }).collect_view()}
            </ul>
        </section>
    }
}

/// The last step it took, and when.
fn reached(one: &AssignmentView) -> (Word, Timestamp) {
    [
        (Word::Done, one.resolved_at),
        (Word::Arrived, one.arrived_at),
        (Word::SetOut, one.set_out_at),
        (Word::Accepted, one.acknowledged_at),
    ]
    .into_iter()
    .find_map(|(word, moment)| Some((word, moment?)))
    .unwrap_or((Word::Assigned, one.assigned_at))
}

#[component]
fn One(one: AssignmentView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let (step, since) = reached(&one);
    let coming = one.arrived_at.is_none() && one.set_out_at.is_some();
    let (expected, unit) = (one.expected_at.filter(|_| coming), one.unit.clone());
    let arrives = move || {
        let language = settings.language.get();
        let moment = at(desk, expected?);
        Some(match &unit {
            Some(unit) => {
                Word::Expected.filled(language, &[("at", &moment), ("unit", unit.as_str())])
            }
            None => Word::ExpectedSaid.filled(language, &[("at", &moment)]),
        })
    };
    let deadline = one.deadline.clone();
    let due = deadline.as_ref().and_then(|deadline| deadline.due_at);
    let left = move || {
        let offsets = &desk.start().city.offsets;
        due.map(|due| time::left(settings.language.get(), due, settings.clock.get(), offsets))
    };
    let light = move || {
        let now = settings.clock.get().unwrap_or(desk.start().now);
        deadline.as_ref().map(|deadline| light_of(deadline, now))
    };
    let part = match one.part {
        Part::Lead => Word::LeadPart,
        Part::Support => Word::SupportPart,
    };
    let department = one.department;
    view! {
        <li class="work-part" data-testid="part">
            <span class="work-who">
                {move || desk.start().city.department(settings.language.get(), &department).to_owned()}
                " " <span class="faint">{settings.say(part)}</span>
            </span>
            <span class="work-step" title=move || written(desk, since).1>{settings.say(step)} " " {move || at(desk, since)}</span>
            <span class="faint">{arrives}</span>
            <span class="work-left" data-light=light>{left}</span>
        </li>
    }
}
