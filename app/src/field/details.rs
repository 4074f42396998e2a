//! One incident in full, over the list: its deadline with the sentence, why it lies where it lies, what was reported, and the log
//! that all who work on it share. Without a network it shows what this device kept.

use std::sync::Arc;

use domain::ids::IncidentId;
use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::wire::{IncidentDetail, TimelineView};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::card::{CommandButtons, due_of};
use super::form::CommandForm;
use super::hand::Hand;
use super::on_demand::Part;
use super::outbox_list::{QueuedRows, on_its_way};
use super::together::Together;
use super::words::Word;
use crate::controls::Mark;
use crate::files::{Adding, FileList};
use crate::live::connection::Link;
use crate::live::lists::is_late;
use crate::on_demand::{OnDemand, Parts};
use crate::panels::focus_first;
use crate::requests::{self, Problem};
use crate::text::{Message, text, time};

/// What a phone has no form for.
const ELSEWHERE: &[CommandName] = &[
    CommandName::Tick,
    CommandName::Link,
    CommandName::Merge,
    CommandName::Split,
    CommandName::SetCategory,
    CommandName::SetPosition,
    CommandName::SetTitle,
    CommandName::SetSeverity,
    CommandName::Close,
];

#[component]
pub fn Details(
    hand: Hand,
    /// Moves when the incident that is open may have changed.
    #[prop(into)]
    moved: Signal<u64>,
) -> impl IntoView {
    provide_context(Opened { hand, moved });
    provide_context(Parts::<Part>::of_page());
    move || {
        let part = hand.open.get().map(Part::Details);
        part.map(|part| view! { <OnDemand part/> })
    }
}

/// What the sheet is told by its page, from which it is split.
#[derive(Clone, Copy)]
struct Opened {
    hand: Hand,
    moved: Signal<u64>,
}

type Shown = Option<Result<Arc<IncidentDetail>, Problem>>;

#[component]
pub(super) fn Sheet(id: IncidentId) -> impl IntoView {
    let Opened { hand, moved } = expect_context();
    let settings = hand.settings;
    let shown = RwSignal::new(Shown::None);
    let fetch = move || {
        spawn_local(async move {
            let answer = requests::detail(id).await.map(Arc::new);
            // What is shown stays when nothing newer comes.
            let keeps = answer.is_err() && matches!(shown.try_get_untracked(), Some(Some(Ok(_))));
            if !keeps && shown.try_get_untracked().flatten() != Some(answer.clone()) {
                shown.try_set(Some(answer));
            }
        });
    };
    Effect::new(move |_| {
        moved.track();
        fetch();
    });
    Effect::new(move |_| focus_first(".details .back"));
    let queued = on_its_way(hand, id);
    let detail = Memo::new(move |_| shown.get().and_then(Result::ok));
    let why_not = move || match shown.get() {
        Some(Err(problem)) => Some(Word::NoDetails.filled(
            settings.language.get(),
            &[("why", &problem.said(settings.language.get()))],
        )),
        _ => None,
    };
    let is_kept = move || hand.line.get() != Link::Live && detail.read().is_some();
    view! {
        <section class="details" role="dialog" aria-modal="true" aria-labelledby="details-title" data-testid="details" data-id=id.to_string()>
            <header>
                <button type="button" class="quiet back" data-testid="details-close" on:click=move |_| hand.close()>
                    "‹ " {settings.say(Word::Back)}
                </button>
                <span class="number">{move || detail.read().as_ref().map(|detail| detail.incident.number.clone())}</span>
            </header>
            <p class="problem" class:gone=move || why_not().is_none()>{move || why_not()}</p>
            <p class="faint" class:gone=move || !is_kept()>{settings.say(Word::Kept)}</p>
            <h2 id="details-title" class="unseen">{settings.say(Word::Open)}</h2>
            {move || detail.get().map(|detail| view! { <Body hand detail/> })}
            <QueuedRows hand rows=queued in_card=true/>
            <Together hand detail/>
            <Commands hand id detail/>
            <Files hand id detail fetch=Callback::new(move |_| fetch())/>
            <Log hand detail/>
        </section>
    }
}

#[component]
fn Body(hand: Hand, detail: Arc<IncidentDetail>) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let view = detail.incident.clone();
    let (severity, is_open) = (view.severity, view.state.is_open());
    let late = {
        let view = view.clone();
        Memo::new(move |_| is_late(&view, hand.now()))
    };
    let due = {
        let view = view.clone();
        Memo::new(move |_| due_of(&view, view.deadline.as_ref(), hand, settings.language.get()))
    };
    let pick = move |zh: &String, en: &String| match settings.language.get() {
        Language::Zh => zh.clone(),
        Language::En => en.clone(),
    };
    let title = (view.title.clone(), view.title_en.clone());
    let explanation = view
        .deadline
        .as_ref()
        .map(|deadline| {
            (
                deadline.explanation.clone(),
                deadline.explanation_en.clone(),
            )
        })
        .unwrap_or_default();
    let state = move || {
        start
            .city
            .label(settings.language.get(), view.state.name())
            .to_owned()
    };
    let why = detail.why.clone();
    let why = move || {
        [
            (
                Message::WhyResponsibility,
                pick(&why.responsibility, &why.responsibility_en),
            ),
            (
                Message::WhyJurisdiction,
                pick(&why.jurisdiction, &why.jurisdiction_en),
            ),
            (Message::WhyCategory, pick(&why.category, &why.category_en)),
            (Message::WhyDeadline, pick(&why.deadline, &why.deadline_en)),
        ]
        .into_iter()
        .filter(|(_, sentence)| !sentence.is_empty())
        .map(|(message, sentence)| {
            view! {
                <div><dt>{text(settings.language.get(), message)}</dt><dd>{sentence}</dd></div>
            }
        })
        .collect_view()
    };
    let said: Vec<String> = detail
        .evidence
        .iter()
        .map(|piece| piece.text.clone())
        .filter(|text| !text.is_empty())
        .collect();
    let nothing_said = said.is_empty();
    let who = {
        let view = detail.incident.clone();
        move || {
            let start = hand.start();
            let language = settings.language.get();
            let named = |id| start.city.department(language, id).to_owned();
            let lead = view.lead.as_ref().map(named);
            let others = view
                .supporting
                .iter()
                .map(named)
                .collect::<Vec<_>>()
                .join("、");
            [
                (Message::Lead, lead),
                (Message::Supporting, (!others.is_empty()).then_some(others)),
            ]
            .into_iter()
            .filter_map(|(message, names)| {
                Some(view! {
                    <div><dt>{text(language, message)}</dt><dd>{names?}</dd></div>
                })
            })
            .collect_view()
        }
    };
    view! {
        <div class="details-head" class:late=late>
            <Mark severity=Signal::stored(severity) late done=Signal::stored(!is_open)/>
            <p class="details-title">{move || pick(&title.0, &title.1)}</p>
            <span class="state">{state}</span>
        </div>
        <div class="details-due" data-light=move || due.read().light>
            <span class="due-left">{move || due.read().left.clone()}</span>
            <span class="due-at">{move || due.read().full.clone()}</span>
            <p>{move || pick(&explanation.0, &explanation.1)}</p>
        </div>
        <section class:gone=nothing_said>
            <h3>{settings.say(Word::Whole)}</h3>
            <ul class="said">{said.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
        </section>
        <section>
            <h3>{settings.say(Message::Why)}</h3>
            <dl class="why">{why}{who}</dl>
        </section>
    }
}

/// What may be done here, each with its form in place.
#[component]
fn Commands(
    hand: Hand,
    id: IncidentId,
    detail: Memo<Option<Arc<IncidentDetail>>>,
) -> impl IntoView {
    let allowed = Memo::new(move |_| {
        let detail = detail.read();
        let allowed = detail.as_ref().map(|detail| detail.allowed.clone());
        let mut allowed = allowed.unwrap_or_default();
        allowed.retain(|command| !ELSEWHERE.contains(command));
        allowed
    });
    let writing = Memo::new(move |_| {
        hand.form
            .get()
            .filter(|(of, _)| *of == id)
            .map(|(_, command)| command)
    });
    let press = Callback::new(move |command| {
        if let Some(detail) = detail.get_untracked() {
            hand.press(&detail.incident, command);
        }
    });
    view! {
        <div class="details-commands" class:gone=move || allowed.read().is_empty()>
            <CommandButtons hand commands=allowed.into() writing press/>
        </div>
        {move || writing.get().and_then(|command| {
            let view = detail.get_untracked()?.incident.clone();
            let view = Signal::derive(move || detail.get().map_or_else(|| view.clone(), |detail| detail.incident.clone()));
            Some(view! { <CommandForm hand command view/> })
        })}
    }
}

/// What was attached, and a way to add to it while there is a network; without one photos go with a command.
#[component]
fn Files(
    hand: Hand,
    id: IncidentId,
    detail: Memo<Option<Arc<IncidentDetail>>>,
    fetch: Callback<IncidentId>,
) -> impl IntoView {
    let files = Memo::new(move |_| {
        let detail = detail.read();
        let files = detail.as_ref().map(|detail| detail.attachments.clone());
        files.unwrap_or_default()
    });
    let may_add = Memo::new(move |_| {
        let detail = detail.read();
        let allowed = detail.as_ref().map(|detail| &detail.allowed);
        let may = allowed.is_some_and(|allowed| allowed.contains(&CommandName::Comment));
        may && hand.line.get() == Link::Live
    });
    view! {
        <FileList settings=hand.settings offsets=hand.start().city.offsets.clone() files>
            <Adding settings=hand.settings incident=Signal::stored(Some(id)) may_add added=fetch/>
        </FileList>
    }
}

/// What has happened and what was said, the newest first. It only grows.
#[component]
fn Log(hand: Hand, detail: Memo<Option<Arc<IncidentDetail>>>) -> impl IntoView {
    let settings = hand.settings;
    let entries = Memo::new(move |_| {
        let detail = detail.read();
        let timeline = detail.as_ref().map(|detail| detail.timeline.clone());
        timeline
            .unwrap_or_default()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    });
    view! {
        <section class="log" aria-labelledby="log-title">
            <h3 id="log-title">{settings.say(Word::Log)}</h3>
            <ol>
                {move || entries.get().into_iter().map(|entry| view! { <Entry hand entry/> }).collect_view()}
            </ol>
        </section>
    }
}

#[component]
fn Entry(hand: Hand, entry: TimelineView) -> impl IntoView {
    let settings = hand.settings;
    let start = hand.start();
    let city = Arc::clone(&start);
    let full = time::full(entry.at, &start.city.offsets);
    let at = entry.at;
    let (zh, en) = (entry.text, entry.text_en);
    let (by, role) = (entry.by, entry.role);
    let is_word = entry.command.as_deref() == Some("comment");
    view! {
        <li class="entry" class:spoken=is_word data-testid="timeline-entry">
            <p>{move || match settings.language.get() { Language::Zh => zh.clone(), Language::En => en.clone() }}</p>
            <p class="faint">
                {move || match &role {
                    Some(role) => format!("{by} · {}", city.city.label(settings.language.get(), role)),
                    None => by.clone(),
                }}
                " · "
                <time datetime=full.clone() title=full>
                    {move || time::moment(settings.language.get(), at, settings.clock.get(), &start.city.offsets)}
                </time>
            </p>
        </li>
    }
}
