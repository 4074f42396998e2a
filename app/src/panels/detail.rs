//! One incident: what it is, by when, what may be done now and by which key, what it rests on, and why.
//! Refetched when its row changes; what a person types or has focused stays as it is.

use std::sync::Arc;

use domain::language::Language;
use domain::lifecycle::{CommandName, Outcome, row_of};
use domain::wire::{IncidentDetail, IncidentView};
use leptos::prelude::*;

use super::command_form::begin;
use super::deadline::Deadline;
use super::evidence::Evidence;
use super::keys::key_of;
use super::suggestions::Suggestions;
use super::timeline::Timeline;
use super::why::Why;
use crate::controls::Mark;
use crate::live::desk::{Desk, NoDetail, Sheet, desk};
use crate::live::lists::is_late;
use crate::on_demand::{OnDemand, Part};
use crate::text::{Message, filled, number, text, time};

#[component]
pub fn Detail() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let ready = Memo::new(move |_| {
        let selected = desk.selected.get();
        desk.detail
            .with(|detail| detail.as_ref().map(|detail| detail.incident.id))
            .filter(|id| selected == Some(*id))
    });
    let several = Memo::new(move |_| !desk.batch.read().is_empty());
    view! {
        <section class="detail" id="detail" data-testid="detail" aria-label=settings.say(Message::Details)>
            {move || {
                if several.get() {
                    view! { <OnDemand part=Part::Batch/> }.into_any()
                } else if desk.intake_open.get() {
                    view! { <OnDemand part=Part::Intake/> }.into_any()
                } else if ready.get().is_some() {
                    view! { <Ready/> }.into_any()
                } else if desk.selected.get().is_some() {
                    view! { <Waiting/> }.into_any()
                } else {
                    view! {
                        <div class="empty-detail">
                            <h2>{settings.say(Message::DetailNone)}</h2>
                            <p>{settings.say(Message::DetailNoneHint)}</p>
                        </div>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let said = move || {
        let language = settings.language.get();
        desk.no_detail.get().map_or_else(
            || text(language, Message::DetailLoading).to_owned(),
            |why| why_none(language, &why),
        )
    };
    let may_ask = move || matches!(desk.no_detail.get(), Some(NoDetail::Failed(_)));
    let again = move |_| {
        if let Some(id) = desk.selected.get_untracked() {
            desk.no_detail.set(None);
            desk.fetch_detail(id);
        }
    };
    view! {
        <div class="empty-detail" role="status">
            <p>{move || said()}</p>
            <Show when=may_ask>
                <button type="button" on:click=again>{settings.say(Message::Retry)}</button>
            </Show>
        </div>
    }
}

fn why_none(language: Language, why: &NoDetail) -> String {
    match why {
        NoDetail::NotYet => text(language, Message::PastNotYet).to_owned(),
        NoDetail::Failed(problem) => filled(
            language,
            Message::DetailFailed,
            &[("why", &problem.said(language))],
        ),
    }
}

/// Reads one thing of the detail; the default while it is being replaced.
pub(super) fn of<T: Default>(desk: Desk, read: impl Fn(&IncidentDetail) -> T) -> T {
    desk.detail.with(|detail: &Option<Arc<IncidentDetail>>| {
        detail
            .as_ref()
            .map(|detail| read(detail))
            .unwrap_or_default()
    })
}

pub(super) fn incident<T: Default>(desk: Desk, read: impl Fn(&IncidentView) -> T) -> T {
    of(desk, |detail| read(&detail.incident))
}

#[component]
fn Ready() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let form = move || {
        desk.open_command
            .get()
            .map(|_| view! { <OnDemand part=Part::Command/> })
    };
    view! {
        <article class="incident" aria-labelledby="incident-title"
            data-id=move || incident(desk, |view| view.id.to_string())
            data-state=move || incident(desk, |view| view.state.name().to_owned())
            data-revision=move || incident(desk, |view| view.revision.to_string())>
            <Head/>
            <Deadline/>
            <p class="notice" role="status" data-testid="notice" class:gone=move || desk.notice.read().is_none()>
                {move || desk.notice.get().unwrap_or_default()}
            </p>
            <p class="problem" role="status" class:gone=move || desk.no_detail.read().is_none()>
                {move || desk.no_detail.get().map(|why| why_none(settings.language.get(), &why))}
            </p>
            <Suggestions/>
            <Commands/>
            {move || form()}
            <OnDemand part=Part::Work at_rest=true/>
            <Facts/>
            <Evidence/>
            <Timeline/>
            <Why/>
        </article>
    }
}

#[component]
fn Head() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let severity = Memo::new(move |_| {
        desk.detail
            .with(|detail| detail.as_ref().map(|detail| detail.incident.severity))
            .unwrap_or(domain::category::Severity::Minor)
    });
    let late = Memo::new(move |_| {
        let now = settings.clock.get().unwrap_or(desk.start().now);
        incident(desk, |view| is_late(view, now))
    });
    let done = Memo::new(move |_| incident(desk, |view| !view.state.is_open()));
    let state = move || {
        incident(desk, |view| {
            desk.start()
                .city
                .label(settings.language.get(), view.state.name())
                .to_owned()
        })
    };
    let flags = move || {
        let language = settings.language.get();
        incident(desk, |view| {
            [
                (view.drill, "flag drill", Message::Drill),
                (view.tray, "flag tray", Message::InTray),
                (view.suspended, "flag", Message::Suspended),
            ]
            .into_iter()
            .filter(|(set, _, _)| *set)
            .map(|(_, class, message)| view! { <span class=class>{text(language, message)}</span> })
            .collect_view()
        })
    };
    let see = move |_| {
        desk.show_on_map.set(incident(desk, |view| view.position));
        desk.sheet.set(Sheet::Map);
    };
    view! {
        <header class="incident-head">
            <button type="button" class="quiet back" data-testid="detail-close" aria-label=settings.say(Message::BackToList)
                title=settings.say(Message::BackToList)
                on:click=move |_| {
                    desk.select(None);
                    desk.sheet.set(Sheet::Queue);
                }>"✕"</button>
            <Mark severity late done/>
            <div class="incident-name">
                <h2 id="incident-title">{move || {
                    let language = settings.language.get();
                    incident(desk, |view| match language {
                        Language::Zh => view.title.clone(),
                        Language::En => view.title_en.clone(),
                    })
                }}</h2>
                <p class="incident-tags">
                    <span class="state" data-testid="detail-state">{move || state()}</span>
                    <span>{move || start.city.label(settings.language.get(), &severity.get().level().to_string()).to_owned()}</span>
                    {move || flags()}
                    <span class="number" data-testid="detail-number">{move || incident(desk, |view| view.number.clone())}</span>
                </p>
            </div>
            <Show when=move || incident(desk, |view| view.position.is_some())>
                <button type="button" class="quiet" on:click=see>{settings.say(Message::ShowOnMap)}</button>
            </Show>
            <crate::wall::ShowOnWall/>
        </header>
    }
}

/// Commands that move the work on stand in front; corrections and talk behind.
fn moves_on(command: CommandName) -> bool {
    !matches!(row_of(command).outcome, Outcome::Stays)
        && !matches!(
            command,
            CommandName::ForceClose | CommandName::Void | CommandName::Merge
        )
        || matches!(
            command,
            CommandName::Claim
                | CommandName::Release
                | CommandName::Verify
                | CommandName::Resume
                | CommandName::DecideExtension
                | CommandName::DecideSuspension
                | CommandName::DecideAppeal
                | CommandName::AnswerInstruction
                | CommandName::AcceptSupport
                | CommandName::SetOut
        )
}

#[component]
fn Commands() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let allowed = Memo::new(move |_| of(desk, |detail| detail.allowed.clone()));
    let of_kind = move |forward: bool| {
        Signal::derive(move || {
            let mut commands = allowed.get();
            // A line of the plan is ticked in its list.
            commands
                .retain(|command| moves_on(*command) == forward && *command != CommandName::Tick);
            commands
        })
    };
    let (front, behind) = (of_kind(true), of_kind(false));
    view! {
        <section class="commands" aria-label=settings.say(Message::Commands)>
            <div class="commands-front">
                <CommandButtons commands=front/>
            </div>
            <p class="faint" class:gone=move || front.read().is_empty()>{settings.say(Message::MovingOnStays)}</p>
            <Show when=move || allowed.read().is_empty()>
                <p class="faint">{move || text(settings.language.get(), match settings.past.get() {
                    Some(_) => Message::PastLook,
                    None => Message::NoCommands,
                })}</p>
            </Show>
            <details class="commands-behind" class:gone=move || behind.read().is_empty()>
                <summary data-testid="more-commands">{settings.say(Message::MoreCommands)}</summary>
                <div>
                    <CommandButtons commands=behind/>
                </div>
                // What concerns the incident without being a command to it, such as showing it on a wall, stands here.
                <div data-testid="more-actions"></div>
            </details>
        </section>
    }
}

/// A button keeps its place under the hand while others come and go.
#[component]
fn CommandButtons(commands: Signal<Vec<CommandName>>) -> impl IntoView {
    view! {
        <For each=move || commands.get() key=|command| *command children=|command| view! { <CommandButton command/> }/>
    }
}

#[component]
fn CommandButton(command: CommandName) -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    view! {
        <button type="button" class="command" data-testid=format!("command-{}", command.name())
            class:advance=moves_on(command)
            aria-pressed=move || (desk.open_command.get() == Some(command)).to_string()
            on:click=move |_| begin(desk, command)>
            <span>{move || desk.start().city.label(settings.language.get(), command.name()).to_owned()}</span>
            {key_of(command).map(|key| view! { <kbd aria-hidden="true">{key.shown()}</kbd> })}
        </button>
    }
}

#[component]
fn Facts() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let offsets = Arc::new(desk.start().city.offsets.clone());
    let rows = move || {
        let language = settings.language.get();
        let now = settings.clock.get();
        let city = &desk.start().city;
        incident(desk, |view| facts(view, city, language, now, &offsets))
    };
    view! {
        <dl class="facts">
            {move || rows().into_iter().map(|(message, value)| view! {
                <div><dt>{text(settings.language.get(), message)}</dt><dd>{value}</dd></div>
            }).collect_view()}
        </dl>
    }
}

/// To about a metre.
fn degrees(at: domain::place::Position) -> String {
    let [longitude, latitude] =
        [at.longitude(), at.latitude()].map(|degrees| number::decimals(degrees, 5));
    format!("{longitude}, {latitude}")
}

fn facts(
    view: &IncidentView,
    city: &crate::start::CityBrief,
    language: Language,
    now: Option<domain::time::Timestamp>,
    offsets: &[(domain::time::Timestamp, i32)],
) -> Vec<(Message, String)> {
    let category = view
        .category
        .map_or(text(language, Message::NoCategory).to_owned(), |code| {
            format!("{code} {}", city.category(language, code))
        });
    let town = view
        .town_code
        .as_deref()
        .and_then(|code| city.town(language, code))
        .map(str::to_owned)
        .or_else(|| view.town.clone());
    let place = match (&town, view.position) {
        (Some(town), Some(at)) => format!("{town} · {}", degrees(at)),
        (None, Some(at)) => degrees(at),
        (Some(town), None) => town.clone(),
        (None, None) => text(language, Message::PlaceUnknown).to_owned(),
    };
    let lead = view
        .lead
        .as_ref()
        .map_or(text(language, Message::NoLead).to_owned(), |lead| {
            city.department(language, lead).to_owned()
        });
    let mut rows = vec![
        (Message::Category, category),
        (Message::Place, place),
        (Message::Lead, lead),
    ];
    if !view.supporting.is_empty() {
        let names: Vec<&str> = view
            .supporting
            .iter()
            .map(|id| city.department(language, id))
            .collect();
        let between = match language {
            Language::Zh => "、",
            Language::En => ", ",
        };
        rows.push((Message::Supporting, names.join(between)));
    }
    if let Some(name) = &view.claimed_by {
        rows.push((Message::ClaimedBy, name.clone()));
    }
    if let Some(into) = view.merged_into {
        rows.push((Message::MergedInto, into.to_string()));
    }
    rows.push((
        Message::Opened,
        time::moment(language, view.opened_at, now, offsets),
    ));
    rows.push((
        Message::Updated,
        time::moment(language, view.updated_at, now, offsets),
    ));
    rows.push((
        Message::Confidence,
        number::decimals(f64::from(view.confidence) * 100.0, 0) + "%",
    ));
    rows.push((Message::Hops, view.hops.to_string()));
    rows
}
