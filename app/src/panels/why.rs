//! Why an incident lies where it lies: category, jurisdiction, responsibility and deadline, a sentence each.

use domain::language::Language;
use leptos::prelude::*;

use super::detail::of;
use crate::live::desk::desk;
use crate::text::{Message, text};

#[component]
pub fn Why() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let rows = move || {
        let zh = settings.language.get() == Language::Zh;
        of(desk, |detail| {
            let why = &detail.why;
            let pick = |zh_text: &String, en_text: &String| {
                if zh { zh_text.clone() } else { en_text.clone() }
            };
            vec![
                (Message::WhyCategory, pick(&why.category, &why.category_en)),
                (
                    Message::WhyJurisdiction,
                    pick(&why.jurisdiction, &why.jurisdiction_en),
                ),
                (
                    Message::WhyResponsibility,
                    pick(&why.responsibility, &why.responsibility_en),
                ),
                (Message::WhyDeadline, pick(&why.deadline, &why.deadline_en)),
            ]
        })
    };
    view! {
        <section class="why" aria-labelledby="why-title">
            <h3 id="why-title">{settings.say(Message::Why)}</h3>
            <dl>
                {move || rows().into_iter().map(|(message, sentence)| view! {
                    <div><dt>{text(settings.language.get(), message)}</dt><dd>{sentence}</dd></div>
                }).collect_view()}
            </dl>
        </section>
    }
}
