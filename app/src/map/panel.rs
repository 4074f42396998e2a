//! The map's place on the desk, with what must always stand by it: scale, schematic note, sources.

use std::rc::Rc;

use domain::language::Language;
use domain::place::Position;
use domain::wall::{Pin, PinnedPlace};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::camera::Camera;
use super::open_map::OpenMap;
use super::projection::bounds_of;
use super::renderer::has_webgl2;
use super::setting::Setting;
use super::things::Things;
use super::tokens::root_px;
use crate::live::desk::{Desk, desk};
use crate::on_demand::{OnDemand, Part};
use crate::requests;
use crate::text::{Message, filled, text};

/// A place that is asked for is shown at least so near.
const SHOWN_ZOOM: f64 = 13.5;

pub const CANVAS_ID: &str = "map";

/// How the map is.
#[derive(Clone, PartialEq, Debug)]
pub enum Stage {
    Loading,
    Open,
    NoWebgl,
    Failed(String),
}

/// The open map, taken down when this is emptied.
pub type Held = StoredValue<Option<Rc<Things>>, LocalStorage>;

#[component]
pub fn MapPanel() -> impl IntoView {
    let desk = desk();
    let settings = desk.settings;
    let container = NodeRef::<html::Div>::new();
    let stage = RwSignal::new(Stage::Loading);
    let map = expect_context::<OpenMap>();
    let camera = map.camera;
    Effect::new(move |_| {
        if container.get().is_none() || map.held.get_untracked().is_some() {
            return;
        }
        open(container, stage, map);
    });
    // Who asks for another place has left the unit that the map goes with.
    Effect::new(move |_| {
        map.is_open.track();
        if let Some(bounds) = desk.frame_on_map.get()
            && map.with_renderer(|map| map.show_bounds(bounds)).is_some()
        {
            map.followed.set(None);
            desk.frame_on_map.set(None);
        }
    });
    Effect::new(move |_| {
        map.is_open.track();
        if let Some(at) = desk.show_on_map.get()
            && map
                .with_renderer(|map| map.show_place(at.longitude(), at.latitude(), SHOWN_ZOOM))
                .is_some()
        {
            map.followed.set(None);
            desk.show_on_map.set(None);
        }
    });
    let said = move || said_of(settings.language.get(), &stage.get());
    let picking = move || desk.point_for.get().is_some();
    let whole = desk.start().city.bounds;
    let may_pin = desk
        .start()
        .me
        .as_ref()
        .is_some_and(|me| crate::wall::may_pin(me.role));
    view! {
        <section class="map" aria-label=settings.say(Message::Map) data-testid="map" class:picking=picking>
            <div class="map-canvas" id=CANVAS_ID node_ref=container></div>
            <Show when=move || *stage.read() == Stage::NoWebgl><OnDemand part=Part::PlainMap at_rest=true/></Show>
            <p class="map-said" role="status" class:strip=move || *stage.read() == Stage::NoWebgl class:gone=move || stage.read() == Stage::Open>{move || said()}</p>
            <p class="map-picking" role="status" class:gone=move || !picking()>
                {settings.say(Message::PickingOnMap)}
            </p>
            <div class="map-bottom">
                <div class="map-buttons" role="group" aria-label=settings.say(Message::Map)>
                    <button type="button" aria-label=settings.say(Message::MapZoomIn) title=settings.say(Message::MapZoomIn)
                        on:click=move |_| map.zoom_by(1.0)>"+"</button>
                    <button type="button" aria-label=settings.say(Message::MapZoomOut) title=settings.say(Message::MapZoomOut)
                        on:click=move |_| map.zoom_by(-1.0)>"−"</button>
                    <button type="button" aria-label=settings.say(Message::MapWhole) title=settings.say(Message::MapWhole)
                        on:click=move |_| map.show_all(whole)>"⤢"</button>
                    {may_pin.then(|| view! {
                        <button type="button" data-testid="place-on-wall" aria-label=settings.say(Message::WallShowPlace)
                            title=settings.say(Message::WallShowPlace)
                            on:click=move |_| put_place_on_wall(desk, camera)>"▭"</button>
                    })}
                </div>
                <MapFoot camera/>
            </div>
            <OnDemand part=Part::MapTools at_rest=true/>
        </section>
    }
}

/// What is said in the map's place while it does not show.
pub fn said_of(language: Language, stage: &Stage) -> Option<String> {
    match stage {
        Stage::Loading => Some(text(language, Message::MapLoading).to_owned()),
        Stage::Open => None,
        Stage::NoWebgl => Some(text(language, Message::MapNoWebgl).to_owned()),
        Stage::Failed(why) => Some(filled(language, Message::MapFailed, &[("why", why)])),
    }
}

/// The place in the middle of this map, on all walls; a place that is there comes down first.
fn put_place_on_wall(desk: Desk, camera: RwSignal<Option<Camera>>) {
    let middle = camera
        .get_untracked()
        .and_then(|camera| Position::from_degrees(camera.longitude, camera.latitude).ok());
    let Some(position) = middle else { return };
    let pin = Pin::Place(PinnedPlace {
        position,
        name: String::new(),
    });
    spawn_local(async move {
        let up = requests::wall()
            .await
            .is_ok_and(|shown| matches!(shown.pin, Some(Pin::Place(_))));
        let pin = (!up).then_some(pin);
        let outcome = requests::put_on_wall(pin.as_ref()).await.map(|_| ());
        let language = desk.settings.language.get_untracked();
        let said = crate::wall::pinned(language, !up, &outcome);
        desk.notice.set(Some(said));
    });
}

/// Opens the map once the page has been taken over.
fn open(container: NodeRef<html::Div>, stage: RwSignal<Stage>, map: OpenMap) {
    let desk = desk();
    crate::live::diagnosis::add("camera", || wasm_bindgen::JsValue::NULL);
    if !has_webgl2() {
        stage.set(Stage::NoWebgl);
        return;
    }
    let Some(element) = container.get_untracked() else {
        return;
    };
    let kept: Held = StoredValue::new_local(None);
    map.held.set(Some(kept));
    on_cleanup(move || {
        kept.try_update_value(Option::take);
    });
    let owner = Owner::current();
    let asked = map.link.with_value(|link| link.look);
    let setting = match asked {
        Some(look) => framed(look, &element),
        None => Setting::desk_of(element.client_width()),
    };
    spawn_local(async move {
        match Things::open(desk, element.into(), map.camera, setting).await {
            Ok(things) => {
                if let Some(owner) = owner {
                    owner.with(|| things.watch());
                }
                // Left meanwhile: the map goes with its last holder.
                kept.try_set_value(Some(things));
                stage.try_set(Stage::Open);
                map.is_open.try_set(true);
            }
            Err(why) => {
                leptos::logging::warn!("failed to open the map: {why}");
                stage.try_set(Stage::Failed(why));
            }
        }
    });
}

/// What an address asks for, in the box as it is now.
fn framed((at, zoom): (Position, f64), element: &web_sys::Element) -> Setting {
    // Behind another sheet of a phone it has no size yet, and MapLibre takes this one.
    let size = match [element.client_width(), element.client_height()] {
        [0, _] | [_, 0] => [400.0, 300.0],
        seen => seen.map(f64::from),
    };
    Setting {
        bounds: bounds_of(at, zoom, size),
        edges: [0.0; 4],
        ..Setting::DESK
    }
}

/// Scale, schematic note and sources: they always stand together.
#[component]
pub fn MapFoot(camera: RwSignal<Option<Camera>>) -> impl IntoView {
    const WIDEST_PX: f64 = 110.0;
    let desk = desk();
    let settings = desk.settings;
    let start = desk.start();
    let notes = (
        start.city.boundaries_note.clone(),
        start.city.boundaries_note_en.clone(),
    );
    let bar = Memo::new(move |_| {
        camera
            .get()
            .map(|camera| camera.scale_bar(WIDEST_PX * root_px() / 16.0))
    });
    let attribution = start.city.attribution.join(" · ");
    view! {
        <div class="map-foot">
            <span class="schematic" data-testid="schematic-note">{move || match settings.language.get() {
                Language::Zh => notes.0.clone(),
                Language::En => notes.1.clone(),
            }}</span>
            <span class="scale" class:gone=move || bar.read().is_none()>
                <span class="scale-bar" style:width=move || bar.get().map(|bar| crate::text::number::decimals(bar.width_px, 0) + "px")></span>
                <span>{move || bar.get().map(|bar| bar.label())}</span>
            </span>
            <span class="ground-said" role="status">{settings.say(Message::GroundUnreached)}</span>
            <span class="attribution">{attribution}</span>
        </div>
    }
}
