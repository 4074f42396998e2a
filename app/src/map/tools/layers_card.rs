//! Each layer of the map on or off, how strongly, and how old what it shows is. Kept in this browser.

use domain::theme::Freshness;
use domain::time::Timestamp;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::layer_choice::{Choice, LEAST_OPACITY, Layer};
use super::state::Tools;
use super::words::Word;
use crate::live::ages::{Ages, class};
use crate::live::kept;
use crate::map::far::STEPS;
use crate::text::number::decimals;
use crate::text::time;

#[wasm_bindgen(raw_module = "./tools.js")]
extern "C" {
    #[wasm_bindgen(js_name = fadeGround)]
    fn fade_ground(map: &JsValue, boundaries: f64, names: f64);
    #[wasm_bindgen(js_name = hasVillages)]
    fn has_villages(map: &JsValue) -> bool;
}

pub const KEPT_AS: &str = "layers";

/// Brings the map to the choice, and keeps to it; call from an effect of what lives as long as the map.
pub fn follow_choice(tools: Tools) {
    Effect::new(move |_| {
        let choice = tools.layers_shown.get();
        tools.desk.drawn.set(choice.drawn());
        if !tools.map.is_open.get() {
            return;
        }
        let percent = |layer| {
            if choice.shows(layer) {
                f64::from(choice.opacity(layer))
            } else {
                0.0
            }
        };
        let living = [Layer::Incidents, Layer::Units, Layer::Sensors];
        tools
            .map
            .fade(living.map(|layer| percent(layer) as f32 / 100.0));
        let (boundaries, names) = (percent(Layer::Boundaries), percent(Layer::Names));
        tools
            .map
            .with_renderer(|renderer| renderer.with_map(|map| fade_ground(map, boundaries, names)));
    });
}

#[component]
pub fn Layers(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    let rows = Layer::ALL.map(|layer| view! { <LayerRow tools layer/> });
    let villages = tools
        .map
        .with_renderer(|renderer| renderer.with_map(has_villages))
        .flatten()
        .unwrap_or(false);
    view! {
        <ul class="layers">{rows.into_iter().collect::<Vec<_>>()}</ul>
        <p class="faint" class:gone=villages>{settings.say(Word::NoVillages)}</p>
        <p class="faint">{move || {
            let at_seat = tools.seat_layers.read().is_some();
            let word = if at_seat { Word::LayersOfSeat } else { Word::KeptHere };
            word.text(settings.language.get())
        }}</p>
    }
}

/// By hand: what a link brought is not this person's choice, and is not kept before it is touched.
fn choose(tools: Tools, change: impl FnOnce(&mut Choice)) {
    tools.layers.update(change);
    let written = tools.layers.with_untracked(Choice::written);
    kept::keep(KEPT_AS, &tools.desk.account(), &written);
}

#[component]
fn LayerRow(tools: Tools, layer: Layer) -> impl IntoView {
    let desk = tools.desk;
    let settings = desk.settings;
    let word = match layer {
        Layer::Incidents => Word::LayerIncidents,
        Layer::Units => Word::LayerUnits,
        Layer::Sensors => Word::LayerSensors,
        Layer::Boundaries => Word::LayerBoundaries,
        Layer::Names => Word::LayerNames,
        Layer::Heat => Word::LayerHeat,
    };
    let ground = matches!(layer, Layer::Boundaries | Layer::Names);
    let age = move || {
        let language = settings.language.get();
        if ground {
            return ("", Word::GroundAge.text(language).to_owned());
        }
        let now = settings.clock.get().unwrap_or(desk.start().now);
        let (freshness, heard) = match layer {
            Layer::Incidents => (desk.freshness(), desk.feed.heard_at.get()),
            Layer::Heat if tools.heat_missing.get() => (Freshness::Gone, None),
            _ => newest(tools, layer, now),
        };
        let word = match freshness {
            Freshness::Live => Word::StateLive,
            Freshness::Ageing => Word::StateAgeing,
            Freshness::Stale => Word::StateStale,
            Freshness::Gone => Word::StateGone,
        };
        let said = word.text(language);
        let said = heard.map_or(said.to_owned(), |heard| {
            format!("{said} · {}", time::age(language, heard, now))
        });
        (class(freshness), said)
    };
    let shown = move || tools.layers_shown.read().shows(layer);
    let fixed = move || layer == Layer::Incidents || !ground && tools.seat_layers.read().is_some();
    let percent = move || tools.layers.read().opacity(layer).to_string();
    let opacity = view! {
        <label class="opacity">
            <span class="faint">{move || Word::Opacity.filled(settings.language.get(), &[("n", &percent())])}</span>
            <input type="range" min=LEAST_OPACITY.to_string() max="100" step="10" prop:value=move || percent()
                disabled=move || !shown()
                on:input=move |event| {
                    if let Ok(percent) = event_target_value(&event).parse() {
                        choose(tools, |choice| choice.fade(layer, percent));
                    }
                }/>
        </label>
    };
    view! {
        <li data-testid=format!("layer-{}", layer.name())>
            <label class="layer-name">
                <input type="checkbox" prop:checked=shown disabled=fixed
                    on:change=move |event| {
                        let ticked = event_target_checked(&event);
                        choose(tools, |choice| choice.show(layer, ticked));
                    }/>
                <span>{settings.say(word)}</span>
            </label>
            <span class=move || format!("layer-age {}", age().0)>{move || age().1}</span>
            {opacity}
            {(layer == Layer::Heat).then(|| view! { <HeatLegend tools/> })}
        </li>
    }
}

/// What the colours of the heat mean, and where it shows.
#[component]
fn HeatLegend(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    let steps = STEPS.map(|(from, strength)| {
        let open = if from == STEPS[STEPS.len() - 1].0 { "+" } else { "" };
        view! {
            <li><i style:opacity=decimals(f64::from(strength), 2) aria-hidden="true"></i>{format!("{from}{open}")}</li>
        }
    });
    let where_shown = move || {
        let language = settings.language.get();
        let word = if tools.map.is_open.get() {
            Word::HeatFar
        } else {
            Word::HeatNotPlain
        };
        word.text(language)
    };
    view! {
        <div class="heat-legend" data-testid="heat-legend">
            <span class="faint">{settings.say(Word::HeatMeans)}</span>
            <ol>{steps.into_iter().collect::<Vec<_>>()}</ol>
            <span class="faint">{where_shown}</span>
        </div>
    }
}

/// Of the latest word of any of them: a layer is as live as what it heard last.
fn newest(tools: Tools, layer: Layer, now: Timestamp) -> (Freshness, Option<Timestamp>) {
    tools.desk.things.picture.with_value(|picture| {
        let latest = match layer {
            Layer::Units | Layer::Heat => picture
                .units()
                .map(|unit| (&unit.source, unit.heard_at))
                .max_by_key(|(_, at)| *at),
            _ => picture
                .sensors()
                .map(|sensor| (&sensor.source, sensor.heard_at))
                .max_by_key(|(_, at)| *at),
        };
        let start = tools.desk.start();
        latest.map_or((Freshness::Gone, None), |(source, at)| {
            (Ages::at(&start.city.periods, now).of(source, at), Some(at))
        })
    })
}
