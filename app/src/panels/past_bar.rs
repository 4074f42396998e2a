//! What stands over everything while the past is shown: that it is the past, which moment, how it is moved, and the way back.

use domain::wire::past::SeatView;
use leptos::prelude::*;

use crate::live::desk::{Desk, desk};
use crate::live::past::{self, SPEEDS};
use crate::text::{Message, filled, time};

#[component]
pub fn PastBar() -> impl IntoView {
    let settings = desk().settings;
    let shown = Memo::new(move |_| settings.past.read().is_some());
    view! {
        <section class="past-bar" aria-label=settings.say(Message::PastTitle) data-testid="past-bar">
            <Said/>
            <Show when=move || shown.get()>
                <Moves/>
                <Seats/>
            </Show>
            <button type="button" class="past-return" data-testid="past-return"
                on:click=move |_| past::return_to_live(desk())>
                {settings.say(Message::PastReturn)} <kbd aria-hidden="true">"Esc"</kbd>
            </button>
            <Announced/>
        </section>
    }
}

#[component]
fn Said() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let moment = {
        let start = start.clone();
        move || {
            let at = settings.past.get().or(desk.past.wanted.get())?;
            let stamp = time::full(at, &start.city.offsets);
            let language = settings.language.get();
            Some(filled(language, Message::PastSaid, &[("time", &stamp)]))
        }
    };
    let beside = move || {
        let language = settings.language.get();
        match (desk.past.problem.get(), desk.past.seat.get()) {
            (Some(problem), _) => filled(
                language,
                Message::PastFailed,
                &[("why", &problem.said(language))],
            ),
            (None, Some(seat)) => {
                let stamp = time::full(seat.at, &start.city.offsets);
                let fields = [("name", seat.account.as_str()), ("time", stamp.as_str())];
                filled(language, Message::PastSeat, &fields)
            }
            (None, None) => {
                let message = match settings.past.get() {
                    Some(_) => Message::PastLook,
                    None => Message::PastOpening,
                };
                crate::text::text(language, message).to_owned()
            }
        }
    };
    view! {
        <p class="past-said" role="status">
            <strong data-testid="past-moment">{move || moment()}</strong>
            <span data-testid="past-beside">{beside}</span>
        </p>
    }
}

#[component]
fn Moves() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let playing = desk.past.playing;
    let play = move || match playing.get() {
        true => Message::PastPause,
        false => Message::PastPlay,
    };
    let step = move |message: Message, sign: &'static str, minutes: i64| {
        view! {
            <button type="button" aria-label=settings.say(message) title=settings.say(message)
                on:click=move |_| past::step(desk, minutes)>{sign}</button>
        }
    };
    let speeds = SPEEDS.map(|speed| {
        view! { <option value=speed.to_string() selected=move || desk.past.speed.get() == speed>{format!("{speed}×")}</option> }
    });
    let say_play = move || crate::text::text(settings.language.get(), play());
    view! {
        <div class="past-moves" role="group">
            {step(Message::PastBack, "−1′", -1)}
            <button type="button" data-testid="past-play" aria-label=say_play title=say_play
                on:click=move |_| past::play_or_pause(desk)>
                {move || if playing.get() { "❚❚" } else { "▶" }}
            </button>
            {step(Message::PastForth, "+1′", 1)}
            <select aria-label=settings.say(Message::PastSpeed) data-testid="past-speed"
                on:change=move |event| {
                    if let Ok(speed) = event_target_value(&event).parse() {
                        desk.past.speed.set(speed);
                    }
                }>{speeds}</select>
        </div>
    }
}

/// For those who may ask what others saw.
#[component]
fn Seats() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    if !past::may_ask_seats(desk) {
        return ().into_any();
    }
    view! {
        <div class="past-seats">
            <button type="button" data-testid="past-seats" aria-expanded=move || desk.past.seats.read().is_some().to_string()
                on:click=move |_| match desk.past.seats.get_untracked() {
                    Some(_) => desk.past.seats.set(None),
                    None => past::ask_seats(desk),
                }>
                {settings.say(Message::PastSeats)}
            </button>
            {move || desk.past.seats.get().map(|seats| list(desk, seats))}
        </div>
    }
    .into_any()
}

fn list(desk: Desk, seats: Vec<SeatView>) -> impl IntoView {
    let none = seats.is_empty();
    let start = desk.start();
    let rows = seats.into_iter().map(|seat| {
        let stamp = time::clock(seat.at, None, &start.city.offsets);
        let said = format!("{} · {stamp}", seat.account);
        view! {
            <li><button type="button" class="quiet" data-testid="past-seat"
                on:click=move |_| past::sit_down(desk, seat.clone())>{said}</button></li>
        }
    });
    view! {
        <ul>
            {rows.collect_view()}
            <Show when=move || none><li class="faint">{desk.settings.say(Message::PastNoSeat)}</li></Show>
        </ul>
    }
}

/// What happens now and cannot wait.
#[component]
fn Announced() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let said = move || {
        let view = desk.past.announced.get()?;
        let language = settings.language.get();
        let title = match language {
            domain::language::Language::Zh => &view.title,
            domain::language::Language::En => &view.title_en,
        };
        Some(filled(
            language,
            Message::PastAnnounced,
            &[("title", title)],
        ))
    };
    view! {
        <p class="past-announced" role="alert" data-testid="past-announced" class:gone=move || said().is_none()>
            {move || said()}
        </p>
    }
}
