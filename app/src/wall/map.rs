//! The wall's map: from edge to edge, moved by nobody's hand and by no data. It is framed anew only when people put
//! something else on the wall, or when the screen itself changes.

use std::rc::Rc;
use std::time::Duration;

use domain::category::CategoryCode;
use domain::ids::IncidentId;
use domain::place::Position;
use domain::wire::Layer;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::follow::Wall;
use super::seat::LABEL_SHARE;
use crate::map::far::FarOut;
use crate::map::{Held, MapFoot, Only, Setting, Stage, Things, draws, has_webgl2, said_of};
use crate::text::Message;

/// What the map shows besides everything, and where it looks.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Framed {
    pub incident: Option<IncidentId>,
    /// None is the whole city.
    pub place: Option<Position>,
    /// Of a theme: its kinds of incident and its layers.
    pub categories: Vec<CategoryCode>,
    pub layers: Option<Vec<String>>,
}

/// The style's labels begin at this many pixels (map/style.rs).
const SMALLEST_LABEL: f64 = 11.0;
/// Degrees around a pinned place: about five kilometres, so that its town shows.
const AROUND: f64 = 0.045;
/// A map that did not open (the server went away meanwhile) is tried again after this long.
const TRY_AGAIN_MS: i32 = 5_000;
/// A screen that changes its size does so in many small steps.
const SETTLED: Duration = Duration::from_millis(300);

#[component]
pub fn WallMap(wall: Wall, #[prop(into)] framed: Signal<Framed>) -> impl IntoView {
    let desk = wall.desk;
    let settings = desk.settings;
    let container = NodeRef::<html::Div>::new();
    let free = NodeRef::<html::Div>::new();
    let stage = RwSignal::new(Stage::Loading);
    let camera = RwSignal::new(None);
    // Made in the browser alone: the server renders on one thread and lets go on another.
    let held = RwSignal::new(None::<Held>);
    let resized = RwSignal::new(0_u32);
    Effect::new(move |_| {
        let (Some(element), Some(_)) = (container.get(), free.get()) else {
            return;
        };
        crate::live::diagnosis::add("camera", || wasm_bindgen::JsValue::NULL);
        if !has_webgl2() {
            stage.set(Stage::NoWebgl);
            return;
        }
        let kept: Held = StoredValue::new_local(None);
        held.set(Some(kept));
        on_cleanup(move || {
            kept.try_update_value(Option::take);
        });
        let owner = Owner::current();
        spawn_local(async move {
            let element: web_sys::HtmlElement = element.into();
            loop {
                // Opened where it will stay: a map that is framed afterwards is drawn twice.
                let setting = Setting {
                    scale: LABEL_SHARE * 16.0 / SMALLEST_LABEL,
                    by_hand: false,
                    bounds: framed.with_untracked(|framed| framed.place).map(around),
                    edges: free_of(free).unwrap_or_default(),
                };
                match Things::open(desk, element.clone(), camera, setting).await {
                    Ok(things) => {
                        if let Some(owner) = owner {
                            owner.with(|| {
                                things.watch();
                                frame_when_told(&things, framed, free, resized);
                                hurry_when_told(&things, wall);
                            });
                        }
                        kept.try_set_value(Some(things));
                        stage.try_set(Stage::Open);
                        return;
                    }
                    Err(why) => {
                        leptos::logging::warn!("failed to open the map: {why}");
                        // The page has been taken down: it gives the value back.
                        if stage.try_set(Stage::Failed(why)).is_some() {
                            return;
                        }
                    }
                }
                pause(TRY_AGAIN_MS).await;
            }
        });
        watch_size(resized);
    });
    let open = Memo::new(move |_| *stage.read() == Stage::Open);
    let said = move || said_of(settings.language.get(), &stage.get());
    let heat = Signal::derive(move || match framed.read().draws(Layer::Heat) {
        true => 1.0,
        false => 0.0,
    });
    // What a wall shows may be other without any news of it.
    let changed = Memo::new(move |before: Option<&u32>| {
        framed.track();
        before.map_or(0, |count| count + 1)
    });
    view! {
        <section class="map wall-map" aria-label=settings.say(Message::Map) data-testid="map">
            <div class="map-canvas" id=crate::map::CANVAS_ID node_ref=container></div>
            {move || held.get().filter(|_| open.get()).map(|held| view! { <FarOut desk held camera heat changed/> })}
            <p class="map-said" role="status" class:gone=move || stage.read() == Stage::Open>{said}</p>
        </section>
        <div class="wall-free" node_ref=free><MapFoot camera/></div>
    }
}

impl Framed {
    fn draws(&self, layer: Layer) -> bool {
        draws(self.layers.as_deref(), layer)
    }

    /// What of the city is drawn.
    pub fn drawn(&self) -> Vec<Layer> {
        let all = Layer::ALL.into_iter();
        all.filter(|layer| self.draws(*layer)).collect()
    }
}

fn around(place: Position) -> [f64; 4] {
    let (lon, lat) = (place.longitude(), place.latitude());
    [lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND]
}

async fn pause(ms: i32) {
    let rung = js_sys::Promise::new(&mut |resolve, _| {
        // Fails only on a window that is gone, and then nobody waits.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(rung).await;
}

fn watch_size(resized: RwSignal<u32>) {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let handle = window_event_listener(ev::resize, move |_| {
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        let later = set_timeout_with_handle(
            move || {
                resized.try_update(|count| *count += 1);
            },
            SETTLED,
        );
        waiting.try_set_value(later.ok());
    });
    on_cleanup(move || handle.remove());
}

/// The part of the screen that no column covers, as distances from the screen's edges.
fn free_of(free: NodeRef<html::Div>) -> Option<[f64; 4]> {
    let free = free.get_untracked()?.get_bounding_client_rect();
    let root = document().document_element()?;
    let (width, height) = (
        f64::from(root.client_width()),
        f64::from(root.client_height()),
    );
    let edges = [
        free.left(),
        free.top(),
        width - free.right(),
        height - free.bottom(),
    ];
    Some(edges.map(|edge| edge.max(0.0)))
}

fn frame_when_told(
    things: &Rc<Things>,
    framed: Signal<Framed>,
    free: NodeRef<html::Div>,
    resized: RwSignal<u32>,
) {
    let things = Rc::clone(things);
    Effect::new(move |before: Option<(Framed, u32)>| {
        let now = (framed.get(), resized.get());
        things.only(Only {
            incident: now.0.incident,
            place: now.0.place,
            categories: now.0.categories.clone(),
            layers: now.0.layers.clone(),
        });
        let moved = before.is_none_or(|before| (before.0.place, before.1) != (now.0.place, now.1));
        if moved && let Some(edges) = free_of(free) {
            let bounds = now.0.place.map(around);
            things.frame(bounds.unwrap_or_else(|| things.city_bounds()), edges);
        }
        now
    });
}

fn hurry_when_told(things: &Rc<Things>, wall: Wall) {
    let things = Rc::clone(things);
    Effect::new(move |_| {
        if wall.hurry.get() > 0 {
            things.hurry();
        }
    });
}
