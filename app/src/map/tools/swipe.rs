//! The divider between two dates of imagery, moved by pointer or keys, and the chip that says whose imagery shows. It lies
//! over the map and moves nothing of it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::imagery::Listed;
use super::imagery_card::name_of;
use super::imagery_choice::{Compared, layer_of, missing};
use super::state::Tools;
use super::words::Word;

const STEP: i16 = 1;
const LEAP: i16 = 10;

/// Where a key moves the divider, in percent; None if it is no key of a slider.
pub fn moved(divider: u8, key: &str, leaps: bool) -> Option<u8> {
    let step = if leaps { LEAP } else { STEP };
    let to = match key {
        "ArrowLeft" | "ArrowDown" => i16::from(divider) - step,
        "ArrowRight" | "ArrowUp" => i16::from(divider) + step,
        "PageDown" => i16::from(divider) - LEAP,
        "PageUp" => i16::from(divider) + LEAP,
        "Home" => 0,
        "End" => 100,
        _ => return None,
    };
    u8::try_from(to.clamp(0, 100)).ok()
}

#[component]
pub fn Swipe(tools: Tools) -> impl IntoView {
    let shown = Memo::new(move |_| {
        tools.imagery_shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some((shown.date.clone(), shown.compared.clone()?))
        })
    });
    let compares = Memo::new(move |_| shown.read().is_some());
    view! { <Show when=move || compares.get()><Divider tools shown/></Show> }
}

#[component]
fn Divider(tools: Tools, shown: Memo<Option<(String, Compared)>>) -> impl IntoView {
    let settings = tools.desk.settings;
    let divider = move || shown.with(|shown| shown.as_ref().map_or(50, |(_, other)| other.divider));
    let left = move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .map(|(date, _)| date.clone())
                .unwrap_or_default()
        })
    };
    let right = move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .map(|(_, other)| other.date.clone())
                .unwrap_or_default()
        })
    };
    let place = move |percent: u8| {
        tools.imagery.update(|chosen| {
            if let Some(other) = chosen.as_mut().and_then(|chosen| chosen.compared.as_mut()) {
                other.divider = percent;
            }
        });
    };
    let dragged = RwSignal::new(false);
    let under = move |event: &web_sys::PointerEvent| {
        let map = event
            .current_target()
            .and_then(|divider| divider.dyn_into::<web_sys::Element>().ok())
            .and_then(|divider| divider.parent_element());
        let Some(bounds) = map.map(|map| map.get_bounding_client_rect()) else {
            return;
        };
        let share = (f64::from(event.client_x()) - bounds.left()) / bounds.width().max(1.0);
        place((share * 100.0).round().clamp(0.0, 100.0) as u8);
    };
    let begin = move |event: web_sys::PointerEvent| {
        // Let go beyond the map, it is let go all the same. Refused only for a pointer that is gone.
        if let Some(divider) = event.current_target()
            && let Ok(divider) = divider.dyn_into::<web_sys::Element>()
        {
            let _ = divider.set_pointer_capture(event.pointer_id());
        }
        dragged.set(true);
    };
    let press = move |event: leptos::ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(to) = moved(untrack(divider), &event.key(), event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
            place(to);
        }
    };
    let label = move || {
        let dates = format!("{} | {}", left(), right());
        Word::ImageryDivider.filled(settings.language.get(), &[("dates", &dates)])
    };
    view! {
        <div class="swipe" data-testid="swipe" role="slider" tabindex="0" aria-orientation="horizontal" aria-label=label
            aria-valuemin="0" aria-valuemax="100" aria-valuenow=move || divider().to_string()
            aria-valuetext=move || format!("{}%", divider()) style=("--divider", move || format!("{}%", divider()))
            on:pointerdown=begin on:pointermove=move |event| if dragged.get_untracked() { under(&event) }
            on:pointerup=move |_| dragged.set(false) on:pointercancel=move |_| dragged.set(false) on:keydown=press>
            <span class="swipe-date before" class:gone=move || divider() < 12>{left}</span>
            <span class="swipe-handle" aria-hidden="true">"‹›"</span>
            <span class="swipe-date behind" class:gone=move || { divider() > 88 }>{right}</span>
        </div>
    }
}

/// Whose imagery shows and of when; it stands on the map as long as the imagery does.
#[component]
pub fn ImageryChip(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    // What it is, of when, what is wrong with it, whose. Without a map there is nothing to say of it.
    let said = Memo::new(move |_| {
        let chosen = tools.imagery.get().filter(|_| tools.map.is_open.get())?;
        let language = settings.language.get();
        tools.imagery_list.with(|list| {
            let list = match list {
                Listed::There(list) => list,
                Listed::NotAsked | Listed::OnItsWay => return None,
                Listed::Failed => {
                    let failed = Word::ImageryFailed.text(language).to_owned();
                    return Some([String::new(), String::new(), failed, String::new()]);
                }
            };
            let missing = missing(list, &chosen).join(" | ");
            let wrong = match missing.as_str() {
                "" => String::new(),
                dates => {
                    let what = format!("{} {dates}", chosen.layer);
                    Word::ImageryGone.filled(language, &[("what", &what)])
                }
            };
            let shown = tools.imagery_shown.get();
            let (Some(shown), Some(layer)) = (shown, layer_of(list, &chosen.layer)) else {
                return Some([String::new(), String::new(), wrong, String::new()]);
            };
            let dates = match &shown.compared {
                Some(other) => format!("{} | {}", shown.date, other.date),
                None => shown.date,
            };
            let (name, whose) = (name_of(layer, language), layer.attribution.clone());
            Some([name, dates, wrong, whose])
        })
    });
    let part = move |index: usize| move || said.get().map(|said| said[index].clone());
    view! {
        <div class="imagery-chip" data-testid="imagery-chip" class:gone=move || said.read().is_none()>
            <span class="imagery-said" role="status">
                <span>{part(0)}</span>
                <span>{part(1)}</span>
                <span>{part(2)}</span>
                <span class="imagery-unreached" data-testid="imagery-unreached">{settings.say(Word::ImageryUnreached)}</span>
                <span class="faint">{part(3)}</span>
            </span>
            <button type="button" data-testid="imagery-off" on:click=move |_| tools.imagery.set(None)>
                {settings.say(Word::End)}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_move_the_divider_as_those_of_any_slider() {
        for (from, key, leaps, to) in [
            (50, "ArrowLeft", false, Some(49)),
            (50, "ArrowRight", true, Some(60)),
            (95, "PageUp", false, Some(100)),
            (3, "ArrowDown", true, Some(0)),
            (50, "Home", false, Some(0)),
            (50, "End", false, Some(100)),
            (50, "a", false, None),
        ] {
            assert_eq!(moved(from, key, leaps), to, "{key}");
        }
    }

    proptest! {
        #[test]
        fn no_key_moves_it_off_the_map(from in 0..=100_u8, key in "Arrow(Left|Right|Up|Down)|Page(Up|Down)|Home|End", leaps in any::<bool>()) {
            prop_assert!(moved(from, &key, leaps).is_some_and(|to| to <= 100));
        }
    }
}
