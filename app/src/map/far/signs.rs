//! Far-out signs over the map, and what keeps heat and labels with them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use domain::category::Severity;
use domain::time::Timestamp;
use domain::wire::IncidentView;
use domain::wire::heat::Warmth;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::clusters::{Cluster, SIGN_HALF_PX, Single, clusters, step_of, strength};
use super::flat_layer::FlatLayer;
use super::heat::{holds, share, take, triangles};
use super::names;
use super::words::Word;
use crate::controls::Mark;
use crate::live::connection::Link;
use crate::live::desk::Desk;
use crate::live::lists::is_late;
use crate::map::camera::Camera;
use crate::map::layers::colour;
use crate::map::panel::{CANVAS_ID, Held};
use crate::map::projection::{mercator, position};
use crate::map::things::{Things, signs_hold};
use crate::map::tokens::token;
use crate::map::tools::frame::Frame;
use crate::text::number::decimals;

#[wasm_bindgen(raw_module = "./far_out.js")]
extern "C" {
    #[wasm_bindgen(js_name = keepClear)]
    fn keep_clear(map: &JsValue, places: &js_sys::Float64Array);
    #[wasm_bindgen(js_name = followNames)]
    fn follow_names(map: &JsValue, told: &Closure<dyn FnMut(js_sys::Float64Array)>);
    #[wasm_bindgen(js_name = passOn)]
    fn pass_on(event: &web_sys::Event);
    #[wasm_bindgen(js_name = focusMap)]
    fn focus_map(map: &JsValue);
    #[wasm_bindgen(js_name = keepFocus)]
    fn keep_focus(map: &JsValue, signs: &web_sys::Element);
}

/// Labels are placed anew at most this often: each time costs the basemap a picture.
const LABELS_EVERY: Duration = Duration::from_millis(1_000);
/// Incidents that labels are kept clear of.
const MOST_CLEAR: usize = 5_000;
/// Pixels around a mark that no label enters.
const CLEAR_PX: f64 = 3.0;
/// Of the world's square: what stands closer together is not looked at from nearer than this, about 600 m.
const LEAST_SIDE: f64 = 1.5e-5;

/// `heat` is how strongly it is wanted, from 0 to 1, and `heat_missing` tells whoever says how live it is that there is none to
/// be drawn; `changed` counts up when other incidents are drawn for another reason than news of them.
#[component]
pub fn FarOut(
    desk: Desk,
    held: Held,
    camera: RwSignal<Option<Camera>>,
    #[prop(into)] heat: Signal<f32>,
    #[prop(optional)] heat_missing: RwSignal<bool>,
    #[prop(into)] changed: Signal<u32>,
) -> impl IntoView {
    let with = move |use_it: &dyn Fn(&Rc<Things>)| {
        held.try_with_value(|things| things.as_ref().map(use_it));
    };
    let things = held.get_value();
    let (scale, enlarged, by_hand) = things.as_ref().map_or((1.0, 1.0, true), |things| {
        (things.scale(), things.enlarged(), things.by_hand())
    });
    let zoom = Memo::new(move |_| camera.get().map(|camera| camera.zoom));
    let signs = Memo::new(move |_| zoom.get().map_or(0.0, |zoom| strength(zoom, scale)));
    let step = Memo::new(move |_| zoom.get().map_or(0, |zoom| step_of(zoom, scale)));
    let are_far = Memo::new(move |_| signs.get() > 0.0);
    // What was due becomes late without any news of it.
    let late = Memo::new(move |_| {
        let now = desk.settings.clock.get().filter(|_| are_far.get());
        now.map_or(0, |now| late_of(held, now))
    });
    let found = Memo::new(move |_| {
        desk.incidents_moved.track();
        late.track();
        changed.track();
        let step = step.get();
        if !are_far.get() {
            return Vec::new();
        }
        clusters(&singles(held, desk.settings.now()), step)
    });
    Effect::new(move |_| {
        let mut numbers: Vec<u32> =
            found.with(|found| found.iter().flat_map(|one| one.numbers.clone()).collect());
        numbers = crate::order::by_key(&numbers, |number| number);
        with(&|things| things.hold(numbers.clone()));
    });
    let root = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get().filter(|_| by_hand) {
            with(&|things| {
                things.with_renderer(|renderer| renderer.with_map(|map| keep_focus(map, &root)));
            });
        }
    });
    if let Some(things) = things {
        let warm = Rc::new(FlatLayer::heat());
        draw_between(&things, Rc::clone(&warm));
        keep_warm(desk, &things, warm, zoom, heat, signs, heat_missing);
    }
    keep_labels_clear(desk, held, found, changed);

    let frame = Memo::new(move |_| {
        let map = document().get_element_by_id(CANVAS_ID)?;
        let size = [map.client_width(), map.client_height()].map(f64::from);
        Frame::of(&camera.get()?, size)
    });
    let squares = move || {
        found.with(|found| {
            found
                .iter()
                .map(|one| (step.get_untracked(), one.square))
                .collect::<Vec<_>>()
        })
    };
    let settings = desk.settings;
    view! {
        <div class="far-signs" role="group" node_ref=root aria-label=move || Word::Clusters.text(settings.language.get())
            inert=move || !by_hand || !signs_hold(signs.get() as f32) style:opacity=move || decimals(signs.get(), 2) style:--enlarged=decimals(enlarged, 3)>
            <For each=squares key=|key| *key children=move |(_, square)| view! { <Sign desk held found frame square/> }/>
        </div>
    }
}

#[component]
fn Sign(
    desk: Desk,
    held: Held,
    found: Memo<Vec<Cluster>>,
    frame: Memo<Option<Frame>>,
    square: [u32; 2],
) -> impl IntoView {
    let settings = desk.settings;
    let here = Memo::new(move |_| {
        found.with(|found| found.iter().find(|one| one.square == square).cloned())
    });
    let count = move || here.with(|here| here.as_ref().map_or(0, |one| one.numbers.len()));
    let worst = Memo::new(move |_| {
        here.with(|here| here.as_ref().map_or(Severity::Minor, |one| one.worst))
    });
    let late = Memo::new(move |_| here.with(|here| here.as_ref().is_some_and(|one| one.late)));
    let placed = move || {
        let [x, y] = frame
            .get()?
            .at_square(here.with(|here| here.as_ref().map(|one| one.at))?);
        Some(format!(
            "translate({}px, {}px) translate(-50%, -50%)",
            decimals(x, 1),
            decimals(y, 1)
        ))
    };
    let said = move || {
        let level = ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"][usize::from(worst.get().level() - 1).min(3)];
        let count = count().to_string();
        let word = if late.get() {
            Word::ClusterLate
        } else {
            Word::Cluster
        };
        word.filled(settings.language.get(), &[("n", &count), ("level", level)])
    };
    let nearer = move |_| {
        let edges = here.with_untracked(|here| here.as_ref().map(|one| one.edges));
        if let Some(bounds) = edges.and_then(bounds_of_square) {
            held.try_with_value(|things| {
                let Some(things) = things else { return };
                // The sign goes as one comes nearer.
                things.with_renderer(|renderer| renderer.with_map(focus_map));
                things.show_bounds(bounds);
            });
        }
    };
    view! {
        <button type="button" class=move || format!("far-sign s{}", worst.get().level()) data-testid="cluster"
            data-count=move || count().to_string() aria-label=said title=said style:transform=move || placed().unwrap_or_default()
            on:wheel=move |event| pass_on(&event) on:click=nearer>
            <Mark severity=worst late done=false/>
            <span>{move || count().to_string()}</span>
        </button>
    }
}

/// Edges in the world's square as west, south, east, north, with some room.
fn bounds_of_square([west, north, east, south]: [f64; 4]) -> Option<[f64; 4]> {
    let room = |low: f64, high: f64| ((LEAST_SIDE - (high - low)) / 2.0).max(0.0);
    let (wide, high) = (room(west, east), room(north, south));
    let (first, last) = (
        position([west - wide, north - high])?,
        position([east + wide, south + high])?,
    );
    Some([
        first.longitude(),
        last.latitude(),
        last.longitude(),
        first.latitude(),
    ])
}

/// How many of those with a place are late.
fn late_of(held: Held, now: Timestamp) -> usize {
    let mut late = 0;
    held.try_with_value(|things| {
        let Some(things) = things else { return };
        things.each_incident(|_, view| {
            late += usize::from(view.position.is_some() && is_late(view, now));
        });
    });
    late
}

fn singles(held: Held, now: Timestamp) -> Vec<Single> {
    let mut singles = Vec::new();
    held.try_with_value(|things| {
        let Some(things) = things else { return };
        things.each_incident(|number, view| {
            if let Some(at) = view.position {
                singles.push(Single {
                    number,
                    at: mercator(at),
                    severity: view.severity,
                    open: view.state.is_open(),
                    late: is_late(view, now),
                });
            }
        });
    });
    singles
}

/// Over units and under incidents: heat, which lies behind units, and what keeps the names readable that the basemap draws under
/// both.
fn draw_between(things: &Rc<Things>, warm: Rc<FlatLayer>) {
    let layer = Rc::new(FlatLayer::names(names::FADED));
    let (shown, named) = (Rc::downgrade(things), Rc::clone(&layer));
    let told = Closure::new(move |boxes: js_sys::Float64Array| {
        let Some(things) = shown.upgrade() else {
            return;
        };
        things.with_renderer(|renderer| {
            named.show(names::triangles(&boxes.to_vec(), &renderer.base().near));
            renderer.repaint();
        });
    });
    things.with_renderer(|renderer| {
        renderer.with_map(|map| follow_names(map, &told));
        renderer.between(Box::new(move |gl, matrix, life| {
            // Called as long as the map is there.
            let _ = &told;
            warm.draw(gl, matrix, life);
            layer.draw(gl, matrix, life);
        }));
    });
}

/// The heat of the picture, as strongly as the zoom and a person want it.
fn keep_warm(
    desk: Desk,
    things: &Rc<Things>,
    layer: Rc<FlatLayer>,
    zoom: Memo<Option<f64>>,
    wanted: Signal<f32>,
    signs: Memo<f64>,
    missing: RwSignal<bool>,
) {
    let (heat_moved, scale) = (things.heat_moved, things.scale());
    let (warm, shown) = (Rc::clone(&layer), Rc::downgrade(things));
    let known = RefCell::new(None::<Warmth>);
    let is_told = RwSignal::new(false);
    Effect::new(move |_| {
        heat_moved.track();
        let is_past = desk.settings.past.get().is_some();
        let before = known.take();
        known.replace(take(before, desk.things.take_heat()));
        let Some(things) = shown.upgrade() else {
            return;
        };
        let near = things.with_renderer(|renderer| renderer.base().near);
        let Some(near) = near else { return };
        // What was counted is of now.
        let known = known.borrow();
        let counted = known.as_ref().filter(|_| !is_past);
        let corners = counted.map(|known| triangles(known, &near));
        is_told.set(corners.is_some());
        warm.show(corners.unwrap_or_default());
        things.with_renderer(|renderer| renderer.repaint());
    });
    let is_drawn = Memo::new(move |_| {
        let now = desk.settings.clock.get().unwrap_or(desk.start().now);
        let heard = desk.things.heard_at.get();
        let is_live = desk.things.link.get() == Link::Live;
        is_told.get() && holds(is_live, heard.map(|heard| now.since(heard)))
    });
    let shown = Rc::downgrade(things);
    Effect::new(move |_| {
        desk.settings.theme.track();
        let share = zoom.get().map_or(0.0, |zoom| share(zoom, scale)) as f32;
        let drawn = if is_drawn.get() { 1.0 } else { 0.0 };
        let strength = share * wanted.get() * drawn;
        let is_past = desk.settings.past.read().is_some();
        missing.set(is_past || (share > 0.0 && !is_drawn.get()));
        layer.strength.set(strength);
        layer
            .colour
            .set(colour(&token("--heat")).unwrap_or([0.5; 3]));
        if let Some(things) = shown.upgrade() {
            things.stand_in([strength, signs.get() as f32]);
            things.with_renderer(|renderer| renderer.repaint());
        }
    });
}

/// Tells the basemap where no label may stand, when that is other than before.
fn keep_labels_clear(desk: Desk, held: Held, found: Memo<Vec<Cluster>>, changed: Signal<u32>) {
    let told = StoredValue::new(Vec::<f64>::new());
    let waiting = StoredValue::new(false);
    let tell = move || {
        waiting.try_set_value(false);
        let Some(found) = found.try_get_untracked() else {
            return;
        };
        held.try_with_value(|things| {
            let Some(things) = things else { return };
            let places = obstacles(things, &found);
            if told.with_value(|told| *told == places) {
                return;
            }
            let numbers = js_sys::Float64Array::from(places.as_slice());
            things.with_renderer(|renderer| renderer.with_map(|map| keep_clear(map, &numbers)));
            told.set_value(places);
        });
    };
    Effect::new(move |first: Option<()>| {
        desk.incidents_moved.track();
        changed.track();
        found.track();
        if first.is_none() {
            tell();
        } else if !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(tell, LABELS_EVERY);
        }
    });
}

/// Longitude, latitude, half the height and the size of a sign (0 for a mark) in pixels, by turns.
fn obstacles(things: &Things, found: &[Cluster]) -> Vec<f64> {
    let scale = things.scale();
    let mut held: Vec<u32> = found.iter().flat_map(|one| one.numbers.clone()).collect();
    held = crate::order::by_key(&held, |number| number);
    let mut places = Vec::new();
    for one in found {
        if let Some(at) = position(one.at) {
            places.extend([
                at.longitude(),
                at.latitude(),
                SIGN_HALF_PX[1] * scale,
                scale,
            ]);
        }
    }
    things.each_incident(|number, view: &IncidentView| {
        let Some(at) = view.position else { return };
        if held.binary_search(&number).is_err() && places.len() < 4 * MOST_CLEAR {
            let half = match view.severity {
                Severity::Extreme => 11.0,
                Severity::Severe => 9.0,
                Severity::Moderate | Severity::Minor => 7.0,
            };
            places.extend([
                at.longitude(),
                at.latitude(),
                (half + CLEAR_PX) * scale,
                0.0,
            ]);
        }
    });
    places
}
