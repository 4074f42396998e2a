//! The past at a glance: how many incidents were opened when, how far back the picture is known, and a handle on it. A press
//! opens that moment in the same desk.

use domain::time::Timestamp;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use super::past_bar::button;
use super::time_span::{Alarms, Span, WIDTH, alarms, alarms_unknown, bars, unknown};
use crate::live::desk::{Desk, desk};
use crate::live::past::{self, SPANS_MS};
use crate::text::{Message, filled, number, text, time};

const HOUR_MS: i64 = 3_600_000;
/// While a hand drags, the picture follows at most this often.
const FOLLOW_MS: f64 = 150.0;

/// What the bar spans now; it moves on with its density, not with every second.
fn span(desk: Desk) -> Option<Span> {
    let until = desk
        .past
        .density
        .with(|density| density.as_ref().map(|density| density.until))?;
    let span_ms = SPANS_MS[desk.past.span.get()];
    Some(Span {
        since: until.plus_millis(-span_ms),
        until,
    })
}

fn said(desk: Desk) -> Option<String> {
    let language = desk.settings.language.get();
    let hours = SPANS_MS[desk.past.span.get()] / HOUR_MS;
    let (message, count) = match hours {
        0..=24 => (Message::SpanHours, hours),
        _ => (Message::SpanDays, hours / 24),
    };
    let span = filled(language, message, &[("n", &count.to_string())]);
    desk.past.density.with(|density| {
        let density = density.as_ref()?;
        let count = |message, alarms: u32| filled(language, message, &[("n", &alarms.to_string())]);
        let alarms = match alarms(density) {
            Alarms::Counted(alarms) => count(Message::AlarmsCounted, alarms),
            Alarms::AtLeast(alarms) => count(Message::AlarmsAtLeast, alarms),
            Alarms::Unknown => text(language, Message::AlarmsUnknown).to_owned(),
        };
        let incidents = density.incidents.iter().sum::<u32>().to_string();
        let fields = [("span", &*span), ("n", &incidents), ("alarms", &alarms)];
        Some(filled(language, Message::DensitySaid, &fields))
    })
}

fn longer(desk: Desk, by: isize) {
    let last = SPANS_MS.len() - 1;
    desk.past
        .span
        .update(|span| *span = span.saturating_add_signed(by).min(last));
}

#[component]
pub fn TimeBar() -> impl IntoView {
    let desk = desk();
    view! {
        <p class="density-said">
            <span>{move || said(desk)}</span>
            {button(desk, "span-shorter", |_| Message::SpanShorter, |_| "+", |desk| longer(desk, -1))}
            {button(desk, "span-longer", |_| Message::SpanLonger, |_| "−", |desk| longer(desk, 1))}
        </p>
        <Bar/>
    }
}

#[component]
fn Bar() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let offsets = StoredValue::new(start.city.offsets.clone());
    let bar = NodeRef::<html::Div>::new();
    let followed_ms = StoredValue::new(0.0_f64);
    let dragging = StoredValue::new(false);
    let to = move |event: &ev::PointerEvent, at_once: bool| {
        let (Some(element), Some(span)) = (bar.get_untracked(), untrack(|| span(desk))) else {
            return;
        };
        let edges = element.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - edges.left()) / edges.width().max(1.0);
        let at = span.moment(share);
        desk.past.wanted.set(Some(at));
        let now = js_sys::Date::now();
        if at_once || now - followed_ms.get_value() >= FOLLOW_MS {
            followed_ms.set_value(now);
            past::open(desk, at);
        }
    };
    let pressed = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            if let Some(element) = bar.get_untracked() {
                // Fails only for a pointer that has gone.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            dragging.set_value(true);
            to(&event, true);
        }
    };
    let moved = move |event: ev::PointerEvent| {
        if dragging.get_value() {
            to(&event, false);
        }
    };
    let released = move |event: ev::PointerEvent| {
        if dragging.try_update_value(std::mem::take) == Some(true) {
            to(&event, true);
        }
    };
    let wheel = move |event: ev::WheelEvent| {
        event.prevent_default();
        longer(desk, if event.delta_y() > 0.0 { 1 } else { -1 });
    };
    let keyed = move |event: ev::KeyboardEvent| {
        let minutes = match event.code().as_str() {
            "ArrowLeft" => -1,
            "ArrowRight" => 1,
            "PageDown" => -10,
            "PageUp" => 10,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        past::step(desk, minutes);
    };
    let path = move || {
        let span = span(desk)?;
        desk.past
            .density
            .with(|density| Some(bars(density.as_ref()?, span)))
    };
    let dashed = move || {
        let span = span(desk)?;
        desk.past
            .density
            .with(|density| Some(alarms_unknown(density.as_ref()?, span)))
    };
    let hatched = move || {
        let span = span(desk)?;
        desk.past
            .horizon
            .with(|horizon| Some(unknown(horizon.as_ref()?, span)))
    };
    let handle = move || desk.past.wanted.get().or(settings.past.get());
    let left = move || {
        let share = span(desk)?.place(handle()?) / WIDTH * 100.0;
        Some(number::decimals(share, 3) + "%")
    };
    let stamp = move |at: Timestamp| offsets.with_value(|offsets| time::full(at, offsets));
    let hours = move || {
        let span = span(desk)?;
        let days = span.until.since(span.since) > 48 * HOUR_MS;
        let marks = (0..=8).map(|step| {
            let at = span.moment(f64::from(step) / 8.0);
            let wall = offsets.with_value(|offsets| time::wall(at, offsets));
            let label = match days {
                true => format!("{:02}-{:02}", wall.month, wall.day),
                false => format!("{:02}:{:02}", wall.hour, wall.minute),
            };
            view! { <span>{label}</span> }
        });
        Some(marks.collect_view())
    };
    let horizon_said = move || {
        let since = desk.past.horizon.with(|horizon| horizon.as_ref()?.since)?;
        let language = settings.language.get();
        Some(filled(
            language,
            Message::PastHorizon,
            &[("time", &stamp(since))],
        ))
    };
    let value = move || match handle() {
        Some(at) => stamp(at),
        None => text(settings.language.get(), Message::LinkLive).to_owned(),
    };
    view! {
        <div class="density" node_ref=bar role="slider" tabindex="0" data-testid="density"
            aria-label=settings.say(Message::DensityTitle) aria-valuetext=value
            aria-valuemin="0" aria-valuemax="1000" aria-valuenow=move || {
                let at = span(desk).zip(handle()).map_or(WIDTH, |(span, at)| span.place(at));
                number::decimals(at, 0)
            }
            title=move || horizon_said()
            on:pointerdown=pressed on:pointermove=moved on:pointerup=released
            on:pointercancel=move |_| {
                dragging.set_value(false);
                desk.past.wanted.set(None);
            }
            on:wheel=wheel on:keydown=keyed>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                <defs>
                    <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <path d="M0 0V6" class="hatch"/>
                    </pattern>
                </defs>
                <path class="unknown" d=move || hatched().unwrap_or_default()/>
                <path class="opened" d=move || path().unwrap_or_default()/>
                <path class="alarms-unknown" d=move || dashed().unwrap_or_default()/>
            </svg>
            <div class="density-hours" aria-hidden="true">{move || hours()}</div>
            <span class="past-handle" class:gone=move || handle().is_none() style:left=move || left()></span>
        </div>
    }
}
