//! Instructions with their answers; those that wait stand out.

use domain::wire::work::{InstructionView, WorkView};
use leptos::prelude::*;

use super::at;
use super::words::Word;
use crate::live::desk::desk;

#[component]
pub fn Instructions(work: Memo<WorkView>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let all = Memo::new(move |_| work.with(|work| work.instructions.clone()));
    view! {
        <section class="work" class:gone=move || all.read().is_empty() aria-label=settings.say(Word::Instructions)>
            <h3>{settings.say(Word::Instructions)}</h3>
            <ol>
                {move || all.get().into_iter().rev().map(|one| view! { <One one/> }).collect_view()}
            </ol>
        </section>
    }
}

#[component]
fn One(one: InstructionView) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let open = one.answer.is_none();
    let (number, by, given_at, answer_by) = (one.number, one.by, one.at, one.answer_by);
    let head = move || format!("{number}. {by} · {}", at(desk, given_at));
    let until = move || {
        let moment = answer_by.filter(|_| open)?;
        Some(Word::AnswerBy.filled(settings.language.get(), &[("at", &at(desk, moment))]))
    };
    let answer = one.answer.map(|answer| {
        let (by, answered_at) = (answer.by, answer.at);
        view! {
            <p class="work-answer">{answer.text} " " <span class="faint">{move || format!("{by} · {}", at(desk, answered_at))}</span></p>
        }
    });
    view! {
        <li class="work-card" class:waits=open data-testid="instruction">
            <p class="faint">{head}</p>
            <p>{one.text}</p>
            {answer}
            <p class="work-waits" class:gone=!open>{settings.say(Word::NoAnswer)} " " {until}</p>
        </li>
    }
}
