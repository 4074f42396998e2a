//! What the smaller tools show beside the rail: coordinates and measures.

use domain::place::Position;
use leptos::prelude::*;

use super::ground::{area_m2, distance_m, length_m};
use super::notation::Notation;
use super::state::Tools;
use super::words::Word;
use crate::live::kept;
use crate::text::number::decimals;

/// Metres below a kilometre, kilometres above.
pub fn length_said(metres: f64) -> String {
    match metres {
        metres if metres < 1_000.0 => decimals(metres, 0) + " m",
        metres if metres < 100_000.0 => decimals(metres / 1_000.0, 2) + " km",
        metres => decimals(metres / 1_000.0, 1) + " km",
    }
}

/// Square metres below a hectare, square kilometres above one.
pub fn area_said(square_metres: f64) -> String {
    match square_metres {
        area if area < 10_000.0 => decimals(area, 0) + " m²",
        area if area < 1_000_000.0 => decimals(area / 10_000.0, 2) + " ha",
        area => decimals(area / 1_000_000.0, 2) + " km²",
    }
}

const KEPT_AS: &str = "notation";

#[component]
pub fn Coordinates(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    if let Some(known) =
        kept::kept(KEPT_AS, &tools.desk.account()).and_then(|name| Notation::named(&name))
    {
        tools.notation.set(known);
    }
    let row = move |id: &'static str, word: Word, place: Signal<Option<Position>>| {
        let written = move || place.get().map(|place| tools.notation.get().written(place));
        view! {
            <div class="tool-row" class:gone=move || place.read().is_none() && word == Word::Selected>
                <dt>{settings.say(word)}</dt>
                <dd data-testid=format!("place-{id}")>
                    {move || written().unwrap_or_else(|| Word::PointerHint.text(settings.language.get()).to_owned())}
                </dd>
                <button type="button" class="quiet" class:gone=move || place.read().is_none()
                    on:click=move |_| { if let Some(text) = untrack(written) { tools.copy(text) } }>
                    {settings.say(Word::Copy)}
                </button>
            </div>
        }
    };
    let buttons = Notation::ALL.map(|notation| {
        view! {
            <button type="button" class="segment" aria-pressed=move || (tools.notation.get() == notation).to_string()
                on:click=move |_| {
                    tools.notation.set(notation);
                    kept::keep(KEPT_AS, &tools.desk.account(), notation.name());
                }>{notation.name()}</button>
        }
    });
    view! {
        <div class="segments" role="group" aria-label=settings.say(Word::Notation)>{buttons.into_iter().collect::<Vec<_>>()}</div>
        <dl>
            {row("pointer", Word::Pointer, tools.pointer.into())}
            {row("center", Word::Center, Signal::derive(move || tools.center()))}
            {row("selected", Word::Selected, Signal::derive(move || tools.selected_place()))}
        </dl>
        <p class="faint" class:gone=move || tools.notation.get() != Notation::Gcj02>{settings.say(Word::ErrorOfShift)}</p>
        <p class="faint">{settings.say(Word::Copy)} " " <kbd>"Enter"</kbd></p>
    }
}

#[component]
pub fn Measure(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    let points = tools.measured;
    let length = move || length_said(length_m(&points.read()));
    let closed = move || {
        let points = points.read();
        match (points.first(), points.last()) {
            (Some(first), Some(last)) => length_said(length_m(&points) + distance_m(*last, *first)),
            _ => String::new(),
        }
    };
    let area = move || area_said(area_m2(&points.read()));
    view! {
        <p class:gone=move || !points.read().is_empty()>{settings.say(Word::MeasureHint)}</p>
        <dl class:gone=move || points.read().is_empty()>
            <div class="tool-row"><dt>{settings.say(Word::Length)}</dt><dd class="figure-said" data-testid="measured-length">{move || length()}</dd></div>
            <div class="tool-row" class:gone=move || points.read().len() < 3>
                <dt>{settings.say(Word::Area)}</dt><dd class="figure-said" data-testid="measured-area">{move || area()}</dd>
            </div>
            <div class="tool-row" class:gone=move || points.read().len() < 3>
                <dt>{settings.say(Word::Perimeter)}</dt><dd class="measure-said">{move || closed()}</dd>
            </div>
        </dl>
        <div class="form-actions" class:gone=move || points.read().is_empty()>
            <button type="button" data-testid="undo-point" on:click=move |_| tools.undo_point()>
                {settings.say(Word::Undo)} " " <kbd>"⌫"</kbd>
            </button>
            <button type="button" class="quiet" on:click=move |_| points.set(Vec::new())>{settings.say(Word::Clear)}</button>
        </div>
        <p class="faint">{settings.say(Word::Ellipsoid)}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_come_with_the_unit_that_suits_them() {
        assert_eq!(length_said(412.4), "412 m");
        assert_eq!(length_said(24_661.6), "24.66 km");
        assert_eq!(length_said(163_180.0), "163.2 km");
        assert_eq!(area_said(900.0), "900 m²");
        assert_eq!(area_said(25_000.0), "2.50 ha");
        assert_eq!(area_said(454_150_037.0), "454.15 km²");
    }
}
