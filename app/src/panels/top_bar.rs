//! The line above everything: which city, is the line alive and how old are the data, what time is it, who am I.

use domain::account::Role;
use domain::language::Language;
use domain::policy::Judged;
use domain::theme::Freshness;
use leptos::prelude::*;
use std::time::Duration;

use super::bell::Bell;
use super::sound_light::SoundLight;
use crate::controls::SettingsBar;
use crate::live::connection::Link;
use crate::live::desk::{Desk, desk};
use crate::on_demand::{OnDemand, Part};
use crate::start::Me;
use crate::text::{Message, filled, text, time};

#[component]
pub fn TopBar() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let is_judged = start
        .me
        .as_ref()
        .is_some_and(|me| Judged::is_shown_to(me.role));
    view! {
        <header class="top-bar">
            <a class="brand" href="/desk">
                <span class="wordmark">"鼓楼"</span>
                <span class="city">{move || match settings.language.get() {
                    Language::Zh => city.0.clone(),
                    Language::En => city.1.clone(),
                }}</span>
            </a>
            {start.demo.then(|| view! { <span class="badge" data-testid="demo">{settings.say(Message::Demo)}</span> })}
            {start.city.sample.then(|| view! {
                <span class="sample-note" title=move || sample_said(desk)>{settings.say(Message::SampleData)}</span>
            })}
            <a class="to-themes" href="/themes/overview">{settings.say(Message::Themes)}</a>
            {is_judged.then(|| view! { <a class="to-themes" href="/evaluation">{settings.say(Message::Evaluation)}</a> })}
            <Search/>
            <Lights/>
            <Clock/>
            <div class="top-settings"><SettingsBar/></div>
            <Who/>
        </header>
    }
}

#[component]
fn Search() -> impl IntoView {
    const PAUSE: Duration = Duration::from_millis(250);
    let desk = desk();
    let settings = desk.settings;
    let words = RwSignal::new(String::new());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |event: leptos::ev::Event| {
        words.set(event_target_value(&event));
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        let later = set_timeout_with_handle(move || desk.search(words.get_untracked()), PAUSE);
        waiting.set_value(later.ok());
    };
    // Cleared from elsewhere (Escape, a tab): the field follows.
    Effect::new(move |before: Option<bool>| {
        let searching = desk.found.read().is_some();
        if before == Some(true) && !searching {
            words.set(String::new());
        }
        searching
    });
    view! {
        <form class="search" role="search" on:submit=move |event| {
            event.prevent_default();
            desk.search(words.get_untracked());
        }>
            <input id="search" type="search" autocomplete="off" data-testid="search"
                aria-label=settings.say(Message::Search) placeholder=settings.say(Message::SearchHint)
                prop:value=words on:input=typed/>
            <kbd aria-hidden="true">"/"</kbd>
        </form>
    }
}

#[component]
fn Lights() -> impl IntoView {
    let desk = desk();
    let light = move || match desk.feed.link.get() {
        _ if desk.settings.past.read().is_some() => "off",
        Link::Live if desk.refused().is_some() => "yellow",
        Link::Live if desk.feed.resyncing.get() || silent(desk) => "yellow",
        Link::Live => "green",
        Link::Off => "off",
        Link::Connecting { attempt: 0..=1 } => "yellow",
        Link::Connecting { .. } | Link::SignedOut | Link::Outdated => "red",
    };
    view! {
        <div class="lights">
            <span
                class="light"
                data-testid="link-light"
                data-light=move || light()
                title=move || desk.refused().map(|refusal| refusal.reason)
                role="status"
            >
                <span class="lamp" aria-hidden="true"></span>
                <span>{move || link_said(desk)}</span>
            </span>
            <OnDemand part=Part::AlarmsLight at_rest=true/>
            <Bell/>
            <SoundLight/>
            <span class="data-age" data-testid="data-age">{move || age_said(desk)}</span>
        </div>
    }
}

/// Nothing comes over a line that looks open.
fn silent(desk: Desk) -> bool {
    desk.freshness() != Freshness::Live
}

fn link_said(desk: Desk) -> String {
    let language = desk.settings.language.get();
    let message = match desk.feed.link.get() {
        // What is shown is not live, although the line goes on behind it.
        Link::Live if desk.settings.past.read().is_some() => Message::PastNotLive,
        Link::Off => Message::LinkOff,
        Link::Live if let Some(refusal) = desk.refused() => refusal.part.message(),
        Link::Live if desk.feed.resyncing.get() => Message::LinkResync,
        Link::Live if silent(desk) => Message::LinkSilent,
        Link::Live => Message::LinkLive,
        Link::Connecting { attempt: 0..=1 } => Message::LinkFirst,
        Link::Connecting { attempt } => {
            return filled(
                language,
                Message::Reconnecting,
                &[("n", &(attempt - 1).to_string())],
            );
        }
        Link::SignedOut => Message::LinkSignedOut,
        Link::Outdated => Message::LinkReload,
    };
    text(language, message).to_owned()
}

fn age_said(desk: Desk) -> String {
    let language = desk.settings.language.get();
    if desk.settings.past.read().is_some() {
        return String::new();
    }
    match (desk.feed.heard_at.get(), desk.settings.clock.get()) {
        (Some(heard), Some(now)) => filled(
            language,
            Message::DataAge,
            &[("age", &time::age(language, heard, now))],
        ),
        // The page itself is the newest we know.
        _ => {
            let start = desk.start();
            filled(
                language,
                Message::DataAge,
                &[("age", &time::clock(start.now, None, &start.city.offsets))],
            )
        }
    }
}

#[component]
fn Clock() -> impl IntoView {
    let desk = desk();
    let start = desk.start();
    let zone = start.city.zone_name.clone();
    let said = move || {
        let now = desk.settings.clock.get().unwrap_or(start.now);
        let wall = time::wall(now, &start.city.offsets);
        (
            format!("{:02}-{:02}", wall.month, wall.day),
            format!("{:02}:{:02}:{:02}", wall.hour, wall.minute, wall.second),
        )
    };
    let said = Memo::new(move |_| said());
    view! {
        <div class="clock" title=zone>
            <span class="clock-day">{move || said.get().0}</span>
            <span class="clock-time">{move || said.get().1}</span>
        </div>
    }
}

/// What I am here for: department and role.
fn role_said(desk: Desk, me: &Me) -> String {
    let language = desk.settings.language.get();
    let role = desk.start().city.label(language, me.role.name()).to_owned();
    let department = match language {
        Language::Zh => &me.department_name,
        Language::En => &me.department_name_en,
    };
    match department {
        Some(department) => format!("{department} · {role}"),
        None => role,
    }
}

#[component]
fn Who() -> impl IntoView {
    let desk = desk();
    let Some(me) = desk.start().me.clone() else {
        return ().into_any();
    };
    let name = me.name.clone();
    view! {
        <div class="who">
            <span class="who-name" data-testid="me">{name}</span>
            <span class="who-role">{move || role_said(desk, &me)}</span>
            <SignOut testid="sign-out"/>
        </div>
    }
    .into_any()
}

#[component]
fn SignOut(testid: &'static str) -> impl IntoView {
    let settings = desk().settings;
    view! {
        <form method="post" action="/logout">
            <button type="submit" class="quiet" data-testid=testid>{settings.say(Message::SignOut)}</button>
        </form>
    }
}

/// The same on a narrow screen, with what the bar has no room for.
#[component]
pub fn MeCard() -> impl IntoView {
    let desk = desk();
    let start = desk.start();
    let Some(me) = start.me.clone() else {
        return ().into_any();
    };
    let name = me.name.clone();
    // Who works in the street or commands has a page made for a phone.
    let own = match me.role {
        Role::Department => Some(("/orders", Message::MyOrders)),
        Role::Commander | Role::ShiftLeader => Some(("/command", Message::CommandPage)),
        _ => None,
    };
    let sample = start.city.sample;
    view! {
        <div class="me-card">
            <h2>{name}</h2>
            <p>{move || role_said(desk, &me)}</p>
            {start.demo.then(|| view! {
                <p><span class="badge">{desk.settings.say(Message::Demo)}</span></p>
            })}
            {sample.then(|| view! { <p class="faint">{move || sample_said(desk)}</p> })}
            {own.map(|(page, word)| view! { <a href=page data-testid="own-page">{desk.settings.say(word)}</a> })}
            <SignOut testid="sign-out-narrow"/>
        </div>
    }
    .into_any()
}

fn sample_said(desk: Desk) -> String {
    match desk.settings.language.get() {
        Language::Zh => desk.start().city.sample_note.clone(),
        Language::En => text(Language::En, Message::SampleNote).to_owned(),
    }
}
