//! What a call would become, while it is being written: kind, who gets it and on what ground, by when, and what is
//! probably the same. Nothing is kept by looking.

use std::time::Duration;

use domain::language::Language;
use domain::wire::PreviewView;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pause::when_resting;
use crate::controls::Mark;
use crate::json::Json;
use crate::live::desk::{Sheet, desk};
use crate::requests::{self, Problem};
use crate::text::{Message, filled, text, time};

const PAUSE: Duration = Duration::from_millis(300);

/// `asked`: what is known so far, as the body of a request; empty while nothing is said.
#[component]
pub fn Preview(asked: Signal<String>, body: Callback<(), Json>) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let answer = RwSignal::new(None::<Result<PreviewView, Problem>>);
    ask(asked, body, answer);
    let rows = move || {
        let language = settings.language.get();
        answer.get().and_then(Result::ok).map(|preview| {
            let city = desk.start();
            let zh = language == Language::Zh;
            let pick = |a: &str, b: &str| if zh { a.to_owned() } else { b.to_owned() };
            let lead = preview.lead.as_ref().map_or_else(
                || text(language, Message::PreviewNobody).to_owned(),
                |lead| city.city.department(language, lead).to_owned(),
            );
            let kind = preview.category.map_or_else(
                || text(language, Message::NoCategory).to_owned(),
                |code| format!("{code} {}", city.city.category(language, code)),
            );
            let town = preview.town_code.as_deref().and_then(|code| city.city.town(language, code));
            let due = preview.deadline.as_ref().map(|deadline| {
                let at = deadline
                    .due_at
                    .map(|due| time::full(due, &city.city.offsets))
                    .unwrap_or_default();
                (at, pick(&deadline.explanation, &deadline.explanation_en))
            });
            let (due, due_why) = due.unwrap_or_else(|| {
                (text(language, Message::NoDeadline).to_owned(), String::new())
            });
            let why = &preview.why;
            [
                (Message::Lead, lead, pick(&why.responsibility, &why.responsibility_en)),
                (Message::Deadline, due, due_why),
                (Message::Category, kind, pick(&why.category, &why.category_en)),
                (
                    Message::Place,
                    town.unwrap_or(text(language, Message::PlaceUnknown)).to_owned(),
                    pick(&why.jurisdiction, &why.jurisdiction_en),
                ),
            ]
            .map(|(called, what, why)| view! {
                <div><dt>{text(language, called)}</dt><dd><strong>{what}</strong><span>{why}</span></dd></div>
            })
            .collect_view()
        })
    };
    let said = move || {
        let language = settings.language.get();
        match answer.get() {
            None => text(language, Message::PreviewWaits).to_owned(),
            Some(Err(problem)) => filled(
                language,
                Message::PreviewFailed,
                &[("why", &problem.said(language))],
            ),
            Some(Ok(_)) => String::new(),
        }
    };
    let alike = move || {
        let language = settings.language.get();
        let others = answer
            .get()
            .and_then(Result::ok)
            .map(|preview| preview.suggestions);
        others.unwrap_or_default().into_iter().map(|other| {
            let id = other.incident;
            let (title, reason) = match language {
                Language::Zh => (other.title, other.reason),
                Language::En => (other.title_en, other.reason_en),
            };
            view! {
                <li>
                    <button type="button" class="suggestion-open" data-testid="alike" data-id=id.to_string()
                        on:click=move |_| {
                            desk.select(Some(id));
                            desk.sheet.set(Sheet::Detail);
                        }>
                        <Mark severity=other.severity late=false done=false/>
                        <span class="suggestion-title">{title}</span>
                        <span class="number">{other.number}</span>
                    </button>
                    <p class="faint">{reason}</p>
                </li>
            }
        }).collect_view()
    };
    let no_alike = move || {
        answer
            .with(|answer| !matches!(answer, Some(Ok(preview)) if !preview.suggestions.is_empty()))
    };
    view! {
        <section class="preview" aria-labelledby="preview-title" data-testid="preview" aria-live="polite">
            <h3 id="preview-title">{settings.say(Message::Preview)}</h3>
            <dl>{move || rows()}</dl>
            <p class="faint">{move || said()}</p>
            <div class:gone=move || no_alike()>
                <h3>{settings.say(Message::PreviewAlike)}</h3>
                <ul>{move || alike()}</ul>
            </div>
        </section>
    }
}

fn ask(
    asked: Signal<String>,
    body: Callback<(), Json>,
    answer: RwSignal<Option<Result<PreviewView, Problem>>>,
) {
    let ask = Callback::new(move |now: String| {
        if now.is_empty() {
            answer.set(None);
            return;
        }
        spawn_local(async move {
            let Some(body) = body.try_run(()) else { return };
            let came = requests::preview(&body).await;
            // Typed on meanwhile: a newer question is on its way.
            if asked.try_get_untracked().as_deref() == Some(now.as_str()) {
                answer.try_set(Some(came));
            }
        });
    });
    when_resting(asked, PAUSE, ask);
}
