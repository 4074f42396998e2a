//! The rail of tools at the edge of the desk's map, the card of the tool in hand, and the chip that says who is followed.

use std::time::Duration;

use domain::place::Position;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::area::Area;
use super::budget_card::BudgetCard;
use super::cards::{Coordinates, Measure};
use super::gestures::{DrawingSheet, listen, take};
use super::imagery::follow_imagery;
use super::imagery_card::ImageryCard;
use super::layer_choice::{Choice, Layer};
use super::layers_card::{KEPT_AS, Layers, follow_choice};
use super::near::Nearest;
use super::overlay::{Overlay, unit_place};
use super::state::{Tool, Tools};
use super::swipe::{ImageryChip, Swipe};
use super::words::Word;
use crate::live::desk::desk;
use crate::live::kept;
use crate::map::CANVAS_ID;
use crate::map::far::FarOut;
use crate::map::open_map::OpenMap;
use crate::map::plain::PLAIN_ID;

/// The map goes to a followed unit this often.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// One line set, 1.5 px.
fn icon(tool: Tool) -> &'static str {
    match tool {
        Tool::Coordinates => {
            "<circle cx='10' cy='10' r='4.5'/><path d='M10 2v5M10 13v5M2 10h5M13 10h5'/>"
        }
        Tool::Measure => "<path d='M2.5 13.5l11-11 4 4-11 11zM6 10l2 2M8.5 7.5l1.5 1.5M11 5l2 2'/>",
        Tool::Box => "<path d='M3 5h14v10H3z' stroke-dasharray='3 2'/>",
        Tool::Lasso => {
            "<path d='M10 13c-4 0-7-1.800-7-4.500S6 4 10 4s7 1.800 7 4.500-3 4.500-7 4.500zm0 0c-2 0-3 1-2.500 2.500S6 18 4 17'/>"
        }
        Tool::Nearest => {
            "<circle cx='10' cy='10' r='1.500'/><path d='M10 10L4 4M10 10l7-3M10 10l-3 7'/><circle cx='10' cy='10' r='7.500' stroke-dasharray='2 3'/>"
        }
        Tool::Follow => "<path d='M10 3l5 13-5-3.500L5 16z'/>",
        Tool::Layers => {
            "<path d='M10 3l7.500 4L10 11 2.500 7zM2.500 10.500l7.500 4 7.500-4M2.500 14l7.500 4 7.500-4'/>"
        }
        Tool::Imagery => {
            "<path d='M3 4h14v12H3zM10 2v16M10 13l-3-3.500L3 13.500M10 11l3-3 4 4'/><circle cx='6.500' cy='7' r='1'/>"
        }
    }
}

const LINK_ICON: &str = "<path d='M8.500 11.500l3-3M9 6l2-2a3.500 3.500 0 0 1 5 5l-2 2M11 14l-2 2a3.500 3.500 0 0 1-5-5l2-2'/>";

#[component]
pub fn MapTools() -> impl IntoView {
    let tools = Tools::new(desk(), expect_context::<OpenMap>());
    let settings = tools.desk.settings;
    let kept_choice = kept::kept(KEPT_AS, &tools.desk.account()).map(|kept| Choice::read(&kept));
    let asked = tools.map.link.with_value(|link| link.layers);
    tools.layers.set(asked.or(kept_choice).unwrap_or_default());
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |before: Option<bool>| {
        let section = root.get().and_then(|root| root.parent_element());
        let canvas = [PLAIN_ID, CANVAS_ID]
            .into_iter()
            .find_map(|id| document().get_element_by_id(id));
        if let (Some(section), Some(canvas), None | Some(false)) = (section, canvas, before) {
            listen(tools, &section, &canvas);
            follow_choice(tools);
            follow_imagery(tools);
            follow(tools);
            return true;
        }
        before.unwrap_or(false)
    });
    Effect::new(move |_| {
        if let Some(letter) = tools.map.wanted.get() {
            tools.map.wanted.set(None);
            take(tools, letter);
        }
    });
    let unfolded = RwSignal::new(false);
    let buttons = Tool::ALL.map(|tool| {
        let title = move || format!("{}  ` {}", tool.word().text(settings.language.get()), tool.letter());
        view! {
            <button type="button" data-testid=format!("tool-{}", tool.name()) title=title
                aria-label=settings.say(tool.word()) aria-keyshortcuts=format!("` {}", tool.letter())
                aria-pressed=move || (tools.tool.get() == Some(tool)).to_string()
                on:click=move |_| { tools.take(tool); unfolded.set(false); }>
                <svg viewBox="0 0 20 20" aria-hidden="true" inner_html=icon(tool)></svg>
                <kbd aria-hidden="true" class:gone=move || !tools.armed.get()>{tool.letter().to_string()}</kbd>
            </button>
        }
    });
    let card = move || {
        tools.tool.get().map(|tool| {
            let inside = match tool {
                Tool::Coordinates => view! { <Coordinates tools/> }.into_any(),
                Tool::Measure => view! { <Measure tools/> }.into_any(),
                Tool::Box | Tool::Lasso => view! { <Area tools/> }.into_any(),
                Tool::Nearest => view! { <Nearest tools/> }.into_any(),
                Tool::Follow => view! { <p>{settings.say(Word::FollowHint)}</p> }.into_any(),
                Tool::Layers => view! { <Layers tools/> }.into_any(),
                Tool::Imagery => view! { <ImageryCard tools/> }.into_any(),
            };
            view! {
                <section class="tool-card" data-testid="tool-card" aria-label=settings.say(tool.word())>
                    <header>
                        <h2>{settings.say(tool.word())}</h2>
                        <button type="button" class="quiet" data-testid="tool-end" on:click=move |_| tools.put_away()>
                            {settings.say(Word::End)} " " <kbd>"Esc"</kbd>
                        </button>
                    </header>
                    {inside}
                </section>
            }
        })
    };
    let drawing = move || tools.tool.get().is_some_and(Tool::draws);
    let heat = Signal::derive(move || {
        let choice = tools.layers_shown.read();
        match choice.shows(Layer::Heat) {
            true => f32::from(choice.opacity(Layer::Heat)) / 100.0,
            false => 0.0,
        }
    });
    let changed = Signal::stored(0);
    let far_out = move || {
        let held = tools.map.held.get().filter(|_| tools.map.is_open.get())?;
        Some(
            view! { <FarOut desk=tools.desk held camera=tools.map.camera heat heat_missing=tools.heat_missing changed/> },
        )
    };
    view! {
        {far_out}
        <div class="map-tools" node_ref=root data-tool=move || tools.tool.get().map(Tool::name)>
            <Overlay tools/>
            <Swipe tools/>
            <Show when=drawing><DrawingSheet tools/></Show>
            <button type="button" class="rail-unfold" data-testid="tools-unfold" aria-expanded=move || unfolded.get().to_string()
                on:click=move |_| unfolded.update(|unfolded| *unfolded = !*unfolded)>{settings.say(Word::Tools)}</button>
            <div class="rail" role="toolbar" aria-orientation="vertical" aria-label=settings.say(Word::Tools) data-testid="tools"
                class:unfolded=unfolded class:armed=tools.armed on:keydown=move |event| step(&event)>
                {buttons.into_iter().collect::<Vec<_>>()}
                <button type="button" data-testid="tool-link" title=move || format!("{}  ` P", Word::CopyLink.text(settings.language.get()))
                    aria-label=settings.say(Word::CopyLink) aria-keyshortcuts="` P" on:click=move |_| super::copy_link(tools)>
                    <svg viewBox="0 0 20 20" aria-hidden="true" inner_html=LINK_ICON></svg>
                    <kbd aria-hidden="true" class:gone=move || !tools.armed.get()>"P"</kbd>
                </button>
            </div>
            <p class="rail-armed" role="status" class:gone=move || !tools.armed.get()>{settings.say(Word::ToolsHint)}</p>
            {move || card()}
            <FollowChip tools/>
            <ImageryChip tools/>
            <Show when=move || tools.budget.get()><BudgetCard tools/></Show>
        </div>
    }
}

/// Arrows walk along the rail, as in any toolbar.
fn step(event: &leptos::ev::KeyboardEvent) {
    let Some(here) = document().active_element() else {
        return;
    };
    let next = match event.key().as_str() {
        "ArrowDown" | "ArrowRight" => here.next_element_sibling(),
        "ArrowUp" | "ArrowLeft" => here.previous_element_sibling(),
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        // What cannot hold the focus leaves it where it is.
        let _ = next.focus();
    }
}

/// Only because a person asked, and until that person moves the map.
fn follow(tools: Tools) {
    let last = StoredValue::new(None::<Position>);
    let go = move || {
        let unit = tools.map.followed.get_untracked();
        let at = unit.and_then(|unit| unit_place(tools, &unit));
        if let Some(at) = at.filter(|at| last.get_value() != Some(*at)) {
            last.set_value(Some(at));
            tools.map.show(at, 0.0);
        }
    };
    Effect::new(move |_| {
        tools.map.followed.track();
        last.set_value(None);
        go();
    });
    if let Ok(handle) = set_interval_with_handle(go, FOLLOW_EVERY) {
        on_cleanup(move || handle.clear());
    }
}

#[component]
fn FollowChip(tools: Tools) -> impl IntoView {
    let settings = tools.desk.settings;
    let said = move || {
        let unit = tools.map.followed.get()?;
        settings.clock.track();
        tools.desk.things.heard_at.track();
        let word = match unit_place(tools, &unit) {
            Some(_) => Word::Following,
            None => Word::FollowLost,
        };
        Some(word.filled(settings.language.get(), &[("unit", &unit)]))
    };
    view! {
        <div class="follow-chip" data-testid="follow-chip" class:gone=move || tools.map.followed.read().is_none()>
            <span role="status">{move || said()}</span>
            <button type="button" on:click=move |_| tools.map.followed.set(None)>
                {settings.say(Word::FollowStop)} " " <kbd>"Esc"</kbd>
            </button>
        </div>
    }
}
