//! Hands on the map while a tool is in one of them: clicks and drags are the tool's, keys too. Everything is heard before the
//! map and the desk hear it, and only what a tool takes is kept from them.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, KeyboardEvent, MouseEvent};

use domain::place::Position;

use super::drawn::{Drawn, STEP_PX};
use super::frame::Frame;
use super::state::{Tool, Tools};
use crate::panels::typing;

/// A hand that moved farther while the button was down did not click.
const STILL_PX: f64 = 4.0;
/// Half a comfortable target.
const REACH_PX: f64 = 16.0;

/// Listens on an element before anybody inside it does, until the owner is gone.
fn hear(on: &web_sys::EventTarget, names: &[&'static str], hears: impl Fn(&Event) + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |event| hears(&event));
    let callback: &js_sys::Function = closure.as_ref().unchecked_ref();
    for name in names {
        // Refused only for what is no callback.
        let _ = on.add_event_listener_with_callback_and_bool(name, callback, true);
    }
    let held = StoredValue::new_local(Some((on.clone(), names.to_vec(), closure)));
    on_cleanup(move || {
        if let Some((on, names, closure)) = held.try_update_value(Option::take).flatten() {
            let callback: &js_sys::Function = closure.as_ref().unchecked_ref();
            for name in names {
                let _ = on.remove_event_listener_with_callback_and_bool(name, callback, true);
            }
        }
    });
}

/// Call from an effect; `section` is the whole of the map's place, `canvas` what is dragged.
pub fn listen(tools: Tools, section: &Element, canvas: &Element) {
    let measure = {
        let section = section.clone();
        move || {
            let size = [section.client_width(), section.client_height()].map(f64::from);
            if tools.size.get_untracked() != size {
                tools.size.set(size);
            }
        }
    };
    measure();
    let resized = measure.clone();
    let handle = window_event_listener(ev::resize, move |_| resized());
    on_cleanup(move || handle.remove());
    // Columns and sheets change its size without the window's.
    Effect::new(move |_| {
        tools.map.camera.track();
        measure();
    });

    let pressed_at = StoredValue::new([0.0; 2]);
    let on = section.clone();
    hear(canvas, &["mousedown"], {
        let on = on.clone();
        move |event| pressed_at.set_value(point(&on, event))
    });
    hear(canvas, &["click", "dblclick"], {
        let on = on.clone();
        move |event| {
            let taken = tools
                .tool
                .get_untracked()
                .filter(|tool| tool.takes_clicks());
            let Some(tool) = taken.filter(|_| tools.desk.point_for.get_untracked().is_none())
            else {
                return;
            };
            event.stop_propagation();
            let at = point(&on, event);
            let [x, y] = pressed_at.get_value();
            if event.type_() == "click" && (at[0] - x).hypot(at[1] - y) <= STILL_PX {
                clicked(tools, tool, at);
            }
        }
    });
    hear(canvas, &["mousemove"], move |event| {
        let wanted = matches!(
            tools.tool.get_untracked(),
            Some(Tool::Coordinates | Tool::Measure)
        );
        if wanted && let Some(frame) = tools.frame.get_untracked() {
            tools.pointer.set(frame.under(point(&on, event)));
        }
    });
    hear(canvas, &["pointerdown", "wheel", "keydown"], move |event| {
        let moves = event.dyn_ref::<KeyboardEvent>().is_none_or(|key| {
            key.key().starts_with("Arrow") || matches!(key.key().as_str(), "+" | "-" | "=")
        });
        if moves {
            tools.map.followed.set(None);
        }
    });
    hear(&window(), &["keydown"], move |event| {
        if let Some(key) = event.dyn_ref::<KeyboardEvent>()
            && key_pressed(tools, key)
        {
            event.prevent_default();
            event.stop_propagation();
        }
    });
}

/// In pixels of the map's box.
fn point(section: &Element, event: &Event) -> [f64; 2] {
    let bounds = section.get_bounding_client_rect();
    event.dyn_ref::<MouseEvent>().map_or([0.0; 2], |mouse| {
        [
            f64::from(mouse.client_x()) - bounds.left(),
            f64::from(mouse.client_y()) - bounds.top(),
        ]
    })
}

fn clicked(tools: Tools, tool: Tool, point: [f64; 2]) {
    let Some(frame) = tools.frame.get_untracked() else {
        return;
    };
    match tool {
        Tool::Measure => {
            if let Some(at) = frame.under(point) {
                tools.measured.update(|points| points.push(at));
            }
        }
        Tool::Nearest => tools.asked_near.set(frame.under(point)),
        Tool::Follow => {
            if let Some(unit) = unit_at(tools, &frame, point) {
                tools.map.followed.set(Some(unit));
                // From now on a hand on the map moves the map.
                tools.put_away();
            }
        }
        _ => {}
    }
}

/// The unit nearest to a point of the screen, within reach of a finger.
fn unit_at(tools: Tools, frame: &Frame, [x, y]: [f64; 2]) -> Option<String> {
    let mut best: Option<(f64, String)> = None;
    tools.desk.things.picture.with_value(|picture| {
        for unit in picture.units() {
            let [at_x, at_y] = frame.on_screen(unit.position);
            let distance = (at_x - x).hypot(at_y - y);
            if distance <= REACH_PX && best.as_ref().is_none_or(|(nearest, _)| distance < *nearest)
            {
                best = Some((distance, unit.id.as_str().to_owned()));
            }
        }
    });
    best.map(|(_, unit)| unit)
}

/// What stands behind a letter.
pub fn take(tools: Tools, letter: char) {
    match letter {
        'P' => super::copy_link(tools),
        'G' => tools.budget.update(|shown| *shown = !*shown),
        _ => {
            if let Some(tool) = Tool::ALL.into_iter().find(|tool| tool.letter() == letter) {
                tools.take(tool);
            }
        }
    }
}

/// True if the key was for a tool.
fn key_pressed(tools: Tools, event: &KeyboardEvent) -> bool {
    let desk = tools.desk;
    let busy = desk.palette_open.get_untracked()
        || desk.keys_open.get_untracked()
        || desk.naming_view.get_untracked()
        || desk.point_for.get_untracked().is_some();
    let combined = event.ctrl_key() || event.meta_key() || event.alt_key();
    if busy || combined || event.is_composing() || typing(event) {
        return false;
    }
    let code = event.code();
    if code == "Backquote" {
        tools.armed.update(|armed| *armed = !*armed);
        return true;
    }
    if tools.armed.get_untracked() {
        tools.armed.set(false);
        let letter = code
            .strip_prefix("Key")
            .and_then(|letter| letter.chars().next());
        if let Some(letter) = letter {
            take(tools, letter);
        }
        return letter.is_some() || code == "Escape";
    }
    if code == "Escape" && untrack(|| tools.comparing()) {
        tools.end_comparing();
        return true;
    }
    let Some(tool) = tools.tool.get_untracked() else {
        if code == "Escape" && tools.map.followed.get_untracked().is_some() {
            tools.map.followed.set(None);
            return true;
        }
        return false;
    };
    // Elsewhere it opens the row the keys stand on.
    let on_map = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| {
            let on_button = matches!(element.tag_name().as_str(), "BUTTON" | "A" | "INPUT");
            !on_button && element.closest(".map").is_ok_and(|map| map.is_some())
        });
    match code.as_str() {
        "Escape" => tools.put_away(),
        "Backspace" if tool == Tool::Measure => tools.undo_point(),
        "Enter" if tool == Tool::Coordinates && on_map => tools.copy_place(),
        _ => return false,
    }
    true
}

/// The sheet that lies over the map while an area is drawn: drags are its own.
#[component]
pub fn DrawingSheet(tools: Tools) -> impl IntoView {
    let down = RwSignal::new(false);
    let at = move |event: &web_sys::PointerEvent| {
        let sheet = event
            .current_target()
            .and_then(|sheet| sheet.dyn_into::<Element>().ok());
        sheet.map_or([0.0; 2], |sheet| point(&sheet, event))
    };
    let begin = move |event: web_sys::PointerEvent| {
        // Let go beyond the map, it is let go all the same. Refused only for a pointer that is gone.
        if let Some(sheet) = event.current_target()
            && let Ok(sheet) = sheet.dyn_into::<Element>()
        {
            let _ = sheet.set_pointer_capture(event.pointer_id());
        }
        down.set(true);
        tools.drawn.set(None);
        tools.drawing.set(vec![at(&event)]);
    };
    let go = move |event: web_sys::PointerEvent| {
        if !down.get_untracked() {
            return;
        }
        let [x, y] = at(&event);
        tools.drawing.update(|line| {
            let far = line
                .last()
                .is_none_or(|last| (last[0] - x).hypot(last[1] - y) >= STEP_PX);
            match (tools.tool.get_untracked(), line.first().copied()) {
                (Some(Tool::Box), Some([left, top])) => {
                    *line = vec![[left, top], [x, top], [x, y], [left, y]];
                }
                _ if far => line.push([x, y]),
                _ => {}
            }
        });
    };
    let end = move |_| {
        if !down.get_untracked() {
            return;
        }
        down.set(false);
        let (line, frame) = (tools.drawing.get_untracked(), tools.frame.get_untracked());
        let places: Vec<Position> = frame.map_or_else(Vec::new, |frame| {
            line.into_iter()
                .filter_map(|point| frame.under(point))
                .collect()
        });
        tools.drawing.set(Vec::new());
        tools.drawn.set(Drawn::of(places));
    };
    view! {
        <div class="drawing-sheet" data-testid="drawing-sheet"
            on:pointerdown=begin on:pointermove=go on:pointerup=end on:pointercancel=end></div>
    }
}
