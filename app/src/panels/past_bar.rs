//! What stands over everything while the past is shown: that it is the past, which moment, how it is moved, and the way back.
//! Its parts hide rather than come and go: those would be compiled one by one.

use domain::language::Language;
use domain::wire::past::SeatView;
use leptos::prelude::*;

use crate::live::desk::{Desk, desk};
use crate::live::past;
use crate::text::{Message, filled, text, time};

/// As `past::SPEEDS` has them; a minute a second is what a person follows.
const SPEEDS: &str = r#"<option value="1">1×</option><option value="10">10×</option><option value="60" selected>60×</option><option value="300">300×</option><option value="600">600×</option>"#;

/// A button whose word and sign may change.
pub(super) fn button(
    desk: Desk,
    testid: &'static str,
    said: fn(Desk) -> Message,
    sign: fn(Desk) -> &'static str,
    press: fn(Desk),
) -> AnyView {
    let said = move || text(desk.settings.language.get(), said(desk));
    view! {
        <button type="button" data-testid=testid aria-label=said title=said on:click=move |_| press(desk)>
            {move || sign(desk)}
        </button>
    }
    .into_any()
}

#[component]
pub fn PastBar() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let past = desk.past;
    let shown = move || settings.past.read().is_some();
    let quiet = move || !shown() && past.problem.read().is_none() && past.wanted.read().is_none();
    let may_ask = past::may_ask_seats(desk);
    let play = |desk: Desk| match desk.past.playing.get() {
        true => Message::PastPause,
        false => Message::PastPlay,
    };
    let sign = |desk: Desk| match desk.past.playing.get() {
        true => "❚❚",
        false => "▶",
    };
    view! {
        <section class="past-bar" class:gone=quiet aria-label=settings.say(Message::PastTitle) data-testid="past-bar">
            <p class="past-said" role="status">
                <strong data-testid="past-moment">{move || moment(desk)}</strong>
                <span data-testid="past-beside">{move || beside(desk)}</span>
            </p>
            <div class="past-moves" role="group" class:gone=move || !shown()>
                {button(desk, "past-back", |_| Message::PastBack, |_| "−1′", |desk| past::step(desk, -1))}
                {button(desk, "past-play", play, sign, past::play_or_pause)}
                {button(desk, "past-forth", |_| Message::PastForth, |_| "+1′", |desk| past::step(desk, 1))}
                <select aria-label=settings.say(Message::PastSpeed) data-testid="past-speed" inner_html=SPEEDS
                    prop:value=move || past.speed.get().to_string()
                    on:change=move |event| past::set_speed(desk, &event_target_value(&event))></select>
            </div>
            <div class="past-seats" class:gone=move || !shown() || !may_ask>
                {button(desk, "past-seats", seats_word, seats_said, past::ask_seats)}
                {move || past.seats.get().map(|seats| list(desk, seats))}
            </div>
            <span class="past-return">
                {button(desk, "past-return", |_| Message::PastReturn, return_said, past::return_to_live)}
            </span>
            <p class="past-announced" role="alert" data-testid="past-announced"
                class:gone=move || past.announced.read().is_none()>{move || announced(desk)}</p>
        </section>
    }
}

fn seats_word(desk: Desk) -> Message {
    match desk.past.seat.read().is_some() {
        true => Message::PastOwn,
        false => Message::PastSeats,
    }
}

fn seats_said(desk: Desk) -> &'static str {
    text(desk.settings.language.get(), seats_word(desk))
}

fn return_said(desk: Desk) -> &'static str {
    text(desk.settings.language.get(), Message::PastReturn)
}

fn moment(desk: Desk) -> Option<String> {
    let at = desk.settings.past.get().or(desk.past.wanted.get())?;
    let stamp = time::full(at, &desk.start().city.offsets);
    let language = desk.settings.language.get();
    Some(filled(language, Message::PastSaid, &[("time", &stamp)]))
}

fn beside(desk: Desk) -> String {
    let language = desk.settings.language.get();
    if let Some(problem) = desk.past.problem.get() {
        let why = problem.said(language);
        return filled(language, Message::PastFailed, &[("why", &why)]);
    }
    if let Some(gap) = past::gap(desk) {
        let stamp = time::full(gap.since, &desk.start().city.offsets);
        return filled(language, Message::PastGap, &[("time", &stamp)]);
    }
    if let Some(seat) = desk.past.seat.get() {
        let stamp = time::full(seat.at, &desk.start().city.offsets);
        let fields = [("name", seat.account.as_str()), ("time", stamp.as_str())];
        return filled(language, Message::PastSeat, &fields);
    }
    let message = match desk.settings.past.get() {
        Some(_) => Message::PastLook,
        None => Message::PastOpening,
    };
    text(language, message).to_owned()
}

/// What happens now and cannot wait.
fn announced(desk: Desk) -> Option<String> {
    let view = desk.past.announced.get()?;
    let language = desk.settings.language.get();
    let title = match language {
        Language::Zh => &view.title,
        Language::En => &view.title_en,
    };
    Some(filled(
        language,
        Message::PastAnnounced,
        &[("title", title)],
    ))
}

fn list(desk: Desk, seats: Vec<SeatView>) -> AnyView {
    if seats.is_empty() {
        let none = text(desk.settings.language.get_untracked(), Message::PastNoSeat);
        return view! { <ul><li class="faint">{none}</li></ul> }.into_any();
    }
    let start = desk.start();
    let rows = seats.into_iter().map(|seat| {
        let stamp = time::clock(seat.at, None, &start.city.offsets);
        let mut said = vec![seat.account.clone(), stamp];
        if seat.page == "wall" {
            said.insert(
                1,
                text(desk.settings.language.get_untracked(), Message::Wall).to_owned(),
            );
        }
        let said = said.join(" · ");
        view! {
            <li><button type="button" class="quiet" data-testid="past-seat"
                on:click=move |_| past::sit_down(desk, seat.clone())>{said}</button></li>
        }
        .into_any()
    });
    view! { <ul>{rows.collect_view()}</ul> }.into_any()
}
