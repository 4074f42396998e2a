//! One order as a card: what, where, by when, why me, and the one step that is due. It follows its own signal and the outbox,
//! and nothing else that arrives.

use std::sync::Arc;

use domain::clock::Light;
use domain::ids::IncidentId;
use domain::language::Language;
use domain::lifecycle::CommandName;
use domain::place::Position;
use domain::time::Timestamp;
use domain::wire::field::{OrderView, Part};
use domain::wire::{DeadlineView, IncidentView};
use leptos::prelude::*;

use super::form::CommandForm;
use super::hand::Hand;
use super::offers::{Offers, offers, state_after};
use super::outbox_list::{QueuedRows, on_its_way};
use super::queue::Queued;
use super::tabs::is_order_late;
use super::wayfinding::ways;
use super::words::Word;
use super::work::{OrderRow, work};
use crate::controls::Mark;
use crate::start::CityBrief;
use crate::text::{Message, text, time};

/// What a card says, derived from its order; equal cards are not drawn again.
#[derive(Clone, PartialEq)]
struct Said {
    title: String,
    number: String,
    place: String,
    state: String,
    severity: String,
    why: String,
    flags: Vec<(&'static str, &'static str)>,
}

#[component]
pub fn OrderCard(id: IncidentId) -> impl IntoView {
    let work = work();
    let Some(row) = work.row(id) else {
        return ().into_any();
    };
    let hand = work.hand;
    let settings = hand.settings;
    let queued = on_its_way(hand, id);
    let late = {
        let row = row.clone();
        Memo::new(move |_| is_order_late(&row.read(), hand.now()))
    };
    let severity = {
        let row = row.clone();
        Memo::new(move |_| row.read().incident.severity)
    };
    let done = {
        let row = row.clone();
        Memo::new(move |_| !row.read().incident.state.is_open())
    };
    let said = {
        let row = row.clone();
        Memo::new(move |_| {
            let start = hand.start();
            queued.with(|queued| said(&row.read(), queued, &start.city, settings.language.get()))
        })
    };
    let offered = {
        let row = row.clone();
        Memo::new(move |_| {
            queued.with(|queued| offers(&row.read(), &queued.iter().collect::<Vec<_>>()))
        })
    };
    let writing = Memo::new(move |_| {
        // Over the list its details are written in.
        let form = hand
            .form
            .get()
            .filter(|(of, _)| *of == id && hand.open.get() != Some(id));
        form.map(|(_, command)| command)
    });
    let for_state = row.clone();
    view! {
        <article class="order" class:late=late class:done=done aria-labelledby=format!("title-{id}")
            data-testid="order" data-id=id.to_string() data-state=move || for_state.read().incident.state.name()>
            <header>
                <Mark severity late done/>
                <h2 id=format!("title-{id}")><a href=format!("#{id}")>{move || said.read().title.clone()}</a></h2>
                <Due row=row.clone() hand/>
            </header>
            <p class="order-tags">
                <span class="state">{move || said.read().state.clone()}</span>
                <span class="unseen">{move || said.read().severity.clone()}</span>
                {move || said.read().flags.iter().map(|(class, text)| view! { <span class=*class>{*text}</span> }).collect_view()}
                <span>{move || said.read().place.clone()}</span>
                <span class="number">{move || said.read().number.clone()}</span>
            </p>
            <p class="order-why">
                <span class="faint">{settings.say(Word::WhyMe)}</span>
                {move || said.read().why.clone()}
            </p>
            <QueuedRows hand rows=queued in_card=true/>
            <Actions row=row.clone() hand offered writing/>
            {move || writing.get().map(|command| {
                let row = row.clone();
                view! { <CommandForm hand command view=Signal::derive(move || row.read().incident.clone())/> }
            })}
        </article>
    }
    .into_any()
}

/// By when: what is left, and the moment itself.
#[component]
pub fn Due(row: OrderRow, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let due = Memo::new(move |_| {
        let order = row.read();
        due_of(
            &order.incident,
            order.deadline(),
            hand,
            settings.language.get(),
        )
    });
    view! {
        <p class="due" data-light=move || due.read().light data-testid="due">
            <span class="due-left">{move || due.read().left.clone()}</span>
            <time class="due-at" datetime=move || due.read().full.clone() title=move || due.read().full.clone()>
                {move || due.read().at.clone()}
            </time>
        </p>
    }
}

#[derive(Clone, PartialEq)]
pub struct DueSaid {
    pub light: &'static str,
    pub left: String,
    pub at: String,
    pub full: Option<String>,
}

pub fn due_of(
    view: &IncidentView,
    deadline: Option<&DeadlineView>,
    hand: Hand,
    language: Language,
) -> DueSaid {
    let start = hand.start();
    let offsets = &start.city.offsets;
    let clock = hand.settings.clock.get();
    let none = |left: String| DueSaid {
        light: "none",
        left,
        at: String::new(),
        full: None,
    };
    if !view.state.is_open() {
        return none(time::moment(language, view.updated_at, clock, offsets));
    }
    let Some(deadline) = deadline else {
        return none(String::new());
    };
    let Some(due) = deadline.due_at else {
        let message = match view.suspended {
            true => Message::Suspended,
            false => Message::DueUnknown,
        };
        return none(text(language, message).to_owned());
    };
    let now = clock.unwrap_or(start.now);
    let light = match (now > due, deadline.warn_at) {
        (true, _) => Light::Red,
        (false, Some(warn)) if now >= warn => Light::Yellow,
        _ => Light::Green,
    };
    let at = time::clock(due, Some(now), offsets);
    DueSaid {
        light: match light {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
        },
        left: left(language, due, now),
        at: Word::By.filled(language, &[("at", &at)]),
        full: Some(time::full(due, offsets)),
    }
}

/// What is left, or how late it is, in the largest unit that says enough; the moment itself stands below it.
pub fn left(language: Language, due: Timestamp, now: Timestamp) -> String {
    const MINUTE_MS: i64 = 60_000;
    let left = due.since(now);
    let minutes = left.abs() / MINUTE_MS;
    let (n, word) = match (left >= 0, minutes) {
        (true, 0..60) => (minutes, Word::LeftMinutes),
        (true, 60..2_880) => (minutes / 60, Word::LeftHours),
        (true, _) => (minutes / 1_440, Word::LeftDays),
        (false, 0..60) => (minutes, Word::LateMinutes),
        (false, 60..2_880) => (minutes / 60, Word::LateHours),
        (false, _) => (minutes / 1_440, Word::LateDays),
    };
    word.filled(language, &[("n", &n.to_string())])
}

fn said(order: &OrderView, queued: &[Queued], city: &CityBrief, language: Language) -> Said {
    let view = &order.incident;
    let zh = language == Language::Zh;
    let town = view
        .town_code
        .as_deref()
        .and_then(|code| city.town(language, code))
        .map(str::to_owned)
        .or_else(|| view.town.clone());
    let state = state_after(order, &queued.iter().collect::<Vec<_>>());
    let mut flags = Vec::new();
    match order.part {
        Part::Lead => {}
        Part::Support => flags.push(("flag", Word::PartSupport.text(language))),
        Part::Former => flags.push(("flag", Word::PartFormer.text(language))),
    }
    for (holds, class, message) in [
        (view.suspended, "flag", Message::Suspended),
        (view.drill, "flag drill", Message::Drill),
    ] {
        if holds {
            flags.push((class, text(language, message)));
        }
    }
    let level = view.severity.level().to_string();
    Said {
        title: if zh {
            view.title.clone()
        } else {
            view.title_en.clone()
        },
        number: view.number.clone(),
        place: town.unwrap_or_else(|| text(language, Message::PlaceUnknown).to_owned()),
        state: city.label(language, state.name()).to_owned(),
        severity: city.label(language, &level).to_owned(),
        why: if zh {
            order.why.clone()
        } else {
            order.why_en.clone()
        },
        flags,
    }
}

/// The step that is due in front, the way there beside it, the rest folded away.
#[component]
fn Actions(
    row: OrderRow,
    hand: Hand,
    offered: Memo<Offers>,
    writing: Memo<Option<CommandName>>,
) -> impl IntoView {
    let settings = hand.settings;
    let leading = RwSignal::new(false);
    let place = {
        let row = row.clone();
        Memo::new(move |_| row.read().incident.position)
    };
    let title = {
        let row = row.clone();
        move || Arc::clone(&row.read_untracked()).incident.title.clone()
    };
    let press = Callback::new(move |command| {
        let order = Arc::clone(&row.read_untracked());
        hand.press(&order.incident, command);
    });
    let front = Signal::derive(move || offered.read().front.clone());
    let behind = Signal::derive(move || offered.read().behind.clone());
    view! {
        <div class="order-actions">
            <button type="button" class="way" data-testid="navigate" aria-expanded=move || leading.get().to_string()
                disabled=move || place.read().is_none() on:click=move |_| leading.update(|open| *open = !*open)>
                {move || match place.read().is_some() {
                    true => Word::Navigate.text(settings.language.get()),
                    false => Word::NoPlace.text(settings.language.get()),
                }}
            </button>
            <CommandButtons hand commands=front writing press/>
            <details class="behind" class:gone=move || offered.read().behind.is_empty()>
                <summary data-testid="more-commands" aria-label=settings.say(Word::More)>"⋯"</summary>
                <div>
                    <CommandButtons hand commands=behind writing press/>
                </div>
            </details>
        </div>
        {move || leading.get().then(|| place.get().map(|place| view! { <Ways place name=title() hand/> }))}
    }
}

/// A button keeps its place under the hand while others come and go.
#[component]
pub fn CommandButtons(
    hand: Hand,
    commands: Signal<Vec<CommandName>>,
    writing: Memo<Option<CommandName>>,
    press: Callback<CommandName>,
) -> impl IntoView {
    let button = move |command: CommandName| {
        let label = move || {
            let start = hand.start();
            let language = hand.settings.language.get();
            start.city.label(language, command.name()).to_owned()
        };
        view! {
            <button type="button" class="command" data-testid=format!("command-{}", command.name())
                aria-pressed=move || (writing.get() == Some(command)).to_string()
                on:click=move |_| press.run(command)>
                {label}
            </button>
        }
    };
    view! { <For each=move || commands.get() key=|command| *command children=button/> }
}

/// Who may lead there; only pressing one asks anybody.
#[component]
fn Ways(place: Position, name: String, hand: Hand) -> impl IntoView {
    let settings = hand.settings;
    let links = ways(place, &name)
        .into_iter()
        .map(|way| {
            view! {
                <a href=way.href target="_blank" rel="noreferrer noopener">{settings.say(way.name)}</a>
            }
        })
        .collect_view();
    view! {
        <div class="ways" data-testid="ways">
            {links}
            <p class="faint">{settings.say(Word::WaysNote)}</p>
        </div>
    }
}
