//! The check list of the plan: what is to be reached, and each line ticked by whoever has done it.

use domain::lifecycle::CommandName;
use domain::plan::Whose;
use domain::wire::work::{ItemView, WorkView};
use leptos::prelude::*;

use super::words::Word;
use super::{at, of_language};
use crate::live::desk::desk;
use crate::panels::arguments::Draft;
use crate::panels::command_form::send_words;
use crate::panels::detail::of;

#[component]
pub fn PlanList(work: Memo<WorkView>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let plan = Memo::new(move |_| work.with(|work| work.plan.clone()));
    let name = move || {
        let language = settings.language.get();
        plan.get()
            .map(|plan| of_language(language, &plan.name, &plan.name_en))
    };
    let done = move || {
        plan.get().map(|plan| {
            let done = plan
                .items
                .iter()
                .filter(|item| item.done_at.is_some())
                .count();
            let values = [done, plan.items.len()].map(|count| count.to_string());
            Word::OfAll.filled(
                settings.language.get(),
                &[("n", &values[0]), ("all", &values[1])],
            )
        })
    };
    let objectives = move || {
        let language = settings.language.get();
        let all = plan.get().map(|plan| plan.objectives).unwrap_or_default();
        all.into_iter()
            .map(|one| view! { <li>{of_language(language, &one.text, &one.text_en)}</li> })
            .collect_view()
    };
    let items = move || plan.get().map(|plan| plan.items).unwrap_or_default();
    view! {
        <section class="work" class:gone=move || plan.read().is_none() aria-label=settings.say(Word::Plan)>
            <h3>{settings.say(Word::Plan)} " " <span class="faint">{done}</span></h3>
            <p class="faint">{name}</p>
            <ul class="work-objectives" aria-label=settings.say(Word::Objectives)>{objectives}</ul>
            <ul>
                <For each=items key=|item| (item.id.clone(), item.done_at) children=|item| view! { <Item item/> }/>
            </ul>
        </section>
    }
}

#[component]
fn Item(item: ItemView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let may = Memo::new(move |_| of(desk, |detail| detail.allowed.contains(&CommandName::Tick)));
    let done = item.done_at.is_some();
    let id = item.id.clone();
    let tick = move |_| {
        let mut draft = Draft::default();
        draft.words.insert("item", id.clone());
        draft
            .words
            .insert("done", if done { "no" } else { "yes" }.to_owned());
        send_words(desk, CommandName::Tick, draft);
    };
    let whose = match item.whose {
        Whose::Lead => Word::LeadPart,
        Whose::Support => Word::SupportPart,
        Whose::Desk => Word::OfDesk,
    };
    let (who, when) = (item.done_by.unwrap_or_default(), item.done_at);
    let by = move || {
        let moment = at(desk, when?);
        Some(Word::TickedBy.filled(settings.language.get(), &[("who", &who), ("at", &moment)]))
    };
    view! {
        <li>
            <label class="tick" data-testid="plan-item" class:ticked=done>
                <input type="checkbox" prop:checked=done disabled=move || !may.get() on:change=tick/>
                <span>{move || of_language(settings.language.get(), &item.text, &item.text_en)}</span>
                <span class="faint">{settings.say(whose)} " " {by}</span>
            </label>
        </li>
    }
}
