//! The card of imagery: which layer, which date, how strongly, and two dates beside each other. Says what to configure where
//! there is none.

use domain::wire::ground::{ImageryList, ImageryView};
use leptos::prelude::*;

use super::imagery::{Listed, ask};
use super::imagery_choice::{Compared, Imagery, layer_of};
use super::layer_choice::LEAST_OPACITY;
use super::state::Tools;
use super::words::Word;
use crate::text::Message;
use crate::text::number::decimals;
use domain::language::Language;

pub fn name_of(layer: &ImageryView, language: Language) -> String {
    match language {
        Language::Zh => layer.name.clone(),
        Language::En => layer.name_en.clone(),
    }
}

#[component]
pub fn ImageryCard(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    ask(tools);
    move || {
        match tools.imagery_list.get() {
        _ if tools.map.held.get().is_none() => {
            view! { <p>{settings.say(Message::MapNoWebgl)}</p> }.into_any()
        }
        Listed::NotAsked | Listed::OnItsWay => {
            view! { <p role="status">{settings.say(Word::NearestWaiting)}</p> }.into_any()
        }
        Listed::Failed => view! {
            <p role="alert">{settings.say(Word::ImageryFailed)}</p>
            <div class="form-actions">
                <button type="button" on:click=move |_| ask(tools)>{settings.say(Message::Retry)}</button>
            </div>
        }
        .into_any(),
        Listed::There(list) if list.layers.is_empty() => {
            view! { <p data-testid="imagery-none">{settings.say(Word::ImageryNone)}</p> }.into_any()
        }
        Listed::There(list) => view! { <Choose tools list/> }.into_any(),
    }
    }
}

/// The layer that is on, or the first.
fn layer_in_hand(list: &ImageryList, chosen: Option<&Imagery>) -> Option<ImageryView> {
    let on = chosen.and_then(|chosen| layer_of(list, &chosen.layer));
    on.or(list.layers.first()).cloned()
}

#[component]
fn Choose(tools: Tools, list: ImageryList) -> impl IntoView {
    let settings = tools.desk.settings;
    let list = StoredValue::new(list);
    let layer = Memo::new(move |_| {
        tools
            .imagery
            .with(|chosen| list.with_value(|list| layer_in_hand(list, chosen.as_ref())))
    });
    let is_on = Memo::new(move |_| tools.imagery.read().is_some());
    let compares = Memo::new(move |_| tools.comparing());
    let turn_on = move |on: bool| {
        let newest = layer.with_untracked(|layer| layer.as_ref().and_then(Imagery::newest));
        tools.imagery.set(newest.filter(|_| on));
    };
    let take_layer = move |id: String| {
        let newest = list.with_value(|list| layer_of(list, &id).and_then(Imagery::newest));
        tools.imagery.set(newest);
    };
    let compare = move |on: bool| {
        if !on {
            tools.end_comparing();
            return;
        }
        layer.with_untracked(|layer| {
            let Some(layer) = layer else { return };
            let chosen = tools
                .imagery
                .get_untracked()
                .or_else(|| Imagery::newest(layer));
            tools.imagery.set(chosen.map(|chosen| chosen.beside(layer)));
        });
    };
    let dates = Memo::new(move |_| {
        let of = |layer: &ImageryView| {
            layer
                .images
                .iter()
                .map(|image| image.date.clone())
                .collect::<Vec<_>>()
        };
        layer.with(|layer| layer.as_ref().map(of).unwrap_or_default())
    });
    let options = move || {
        list.with_value(|list| {
            let language = settings.language.get();
            let in_hand = layer.with(|layer| layer.as_ref().map(|layer| layer.id.clone()));
            list.layers
                .iter()
                .map(|layer| {
                    let selected = in_hand.as_deref() == Some(layer.id.as_str());
                    view! { <option value=layer.id.clone() selected=selected>{name_of(layer, language)}</option> }
                })
                .collect::<Vec<_>>()
        })
    };
    let many = list.with_value(|list| list.layers.len() > 1);
    let name = move || {
        let language = settings.language.get();
        layer.with(|layer| layer.as_ref().map(|layer| name_of(layer, language)))
    };
    let opacity = move || {
        tools
            .imagery
            .with(|chosen| chosen.as_ref().map_or(100, |chosen| chosen.opacity))
            .to_string()
    };
    view! {
        <div class="imagery-layer">
            <label class="layer-name">
                <input type="checkbox" data-testid="imagery-on" prop:checked=move || is_on.get()
                    on:change=move |event| turn_on(event_target_checked(&event))/>
                <span>{move || name().filter(|_| !many).unwrap_or_else(|| Word::Imagery.text(settings.language.get()).to_owned())}</span>
            </label>
            {many.then(|| view! {
                <select data-testid="imagery-layer" aria-label=settings.say(Word::Imagery)
                    on:change=move |event| take_layer(event_target_value(&event))>{options}</select>
            })}
        </div>
        <Dates tools dates is_left=true/>
        <Show when=move || compares.get()><Dates tools dates is_left=false/></Show>
        <label class="opacity">
            <span class="faint">{move || Word::Opacity.filled(settings.language.get(), &[("n", &opacity())])}</span>
            <input type="range" data-testid="imagery-opacity" min=LEAST_OPACITY.to_string() max="100" step="10"
                disabled=move || !is_on.get() prop:value=opacity
                on:input=move |event| {
                    if let Ok(percent) = event_target_value(&event).parse() {
                        tools.imagery.update(|chosen| if let Some(chosen) = chosen { chosen.fade(percent) });
                    }
                }/>
        </label>
        <label class="layer-name">
            <input type="checkbox" data-testid="imagery-compare" prop:checked=move || compares.get()
                disabled=move || dates.read().len() < 2
                on:change=move |event| compare(event_target_checked(&event))/>
            <span>{settings.say(Word::ImageryCompare)}</span>
        </label>
        <p class="faint" class:gone=move || { dates.read().len() > 1 }>{settings.say(Word::ImageryOneDate)}</p>
        <p class="faint" class:gone=move || !compares.get()><kbd>"←"</kbd> " " <kbd>"→"</kbd> " " <kbd>"Esc"</kbd></p>
    }
}

/// A slider over the dates there are: of the one date, or of one side of the divider.
#[component]
fn Dates(tools: Tools, dates: Memo<Vec<String>>, is_left: bool) -> impl IntoView {
    let settings = tools.desk.settings;
    let date = Memo::new(move |_| {
        tools.imagery.with(|chosen| {
            let chosen = chosen.as_ref()?;
            match is_left {
                true => Some(chosen.date.clone()),
                false => chosen.compared.as_ref().map(|other| other.date.clone()),
            }
        })
    });
    let at = move || {
        let dates = dates.read();
        let found = date.with(|date| dates.iter().position(|known| Some(known) == date.as_ref()));
        found.unwrap_or(dates.len().saturating_sub(1))
    };
    let shown = move || {
        date.get()
            .or_else(|| dates.read().last().cloned())
            .unwrap_or_default()
    };
    let said = move || {
        let word = match (is_left, tools.comparing()) {
            (true, false) => Word::ImageryDate,
            (true, true) => Word::ImageryLeft,
            (false, _) => Word::ImageryRight,
        };
        word.text(settings.language.get())
    };
    let take = move |index: usize| {
        let Some(taken) = dates.with_untracked(|dates| dates.get(index).cloned()) else {
            return;
        };
        tools.imagery.update(|chosen| match chosen {
            Some(chosen) if is_left => chosen.date = taken,
            Some(Imagery {
                compared: Some(Compared { date, .. }),
                ..
            }) => *date = taken,
            _ => {}
        });
    };
    let side = if is_left { "left" } else { "right" };
    view! {
        <label class="imagery-date">
            <span>{said}</span>
            <output data-testid=format!("imagery-date-{side}")>{shown}</output>
            <input type="range" data-testid=format!("imagery-dates-{side}") min="0" step="1"
                max=move || dates.read().len().saturating_sub(1).to_string()
                disabled=move || date.read().is_none() || dates.read().len() < 2
                prop:value=move || decimals(at() as f64, 0) aria-valuetext=shown
                on:input=move |event| {
                    if let Ok(index) = event_target_value(&event).parse() {
                        take(index);
                    }
                }/>
        </label>
    }
}
