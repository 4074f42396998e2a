//! The map of a browser without WebGL2: the city's outlines as an SVG, and open incidents over it by shape and colour, to be
//! selected. It looks where `OpenMap` looks, so the scale and the tools are those of the other map.

use std::time::Duration;

use domain::ids::IncidentId;
use domain::place::Position;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::camera::Camera;
use super::open_map::OpenMap;
use super::projection::{angle, bounds_of, mercator};
use super::tools::frame::Frame;
use crate::controls::Mark;
use crate::live::desk::{Desk, Sheet, desk};
use crate::live::lists::{Lists, Tab, is_late};
use crate::text::number::decimals;

#[wasm_bindgen(raw_module = "./tools.js")]
extern "C" {
    /// Longitude and latitude by turns; a pair of NaN ends a ring.
    fn outlines(level: &str) -> js_sys::Promise;
}

pub const PLAIN_ID: &str = "plain-map";

/// Elements of a page have their price: the most urgent are drawn, and lists have them all.
const MOST: usize = 400;
/// The world's square in units of the outlines' paths: fine to 4 m.
const UNITS: f64 = 1e7;
const ZOOMS: (f64, f64) = (3.0, 19.0);
const MEASURE_EVERY: Duration = Duration::from_millis(500);

#[component]
pub fn PlainMap() -> impl IntoView {
    let desk = desk();
    let map = expect_context::<OpenMap>();
    let root = NodeRef::<leptos::html::Div>::new();
    let size = RwSignal::new([0.0; 2]);
    // Columns, sheets and windows change its size; on a phone it has none until it is looked at.
    let measure = move || {
        let Some(element) = root.try_get_untracked().flatten() else {
            return;
        };
        let now = [element.client_width(), element.client_height()].map(f64::from);
        if now == size.get_untracked() || now.contains(&0.0) {
            return;
        }
        size.set(now);
        if map.camera.get_untracked().is_none() {
            look_first(desk, map, now);
        }
    };
    Effect::new(move |_| {
        root.track();
        measure();
    });
    if let Ok(handle) = set_interval_with_handle(measure, MEASURE_EVERY) {
        on_cleanup(move || handle.clear());
    }
    Effect::new(move |_| {
        if let Some(bounds) = desk.frame_on_map.get() {
            desk.frame_on_map.set(None);
            let [west, south, east, north] = bounds;
            let middle = Position::from_degrees((west + east) / 2.0, (south + north) / 2.0);
            if let Ok(at) = middle {
                let size = size.get_untracked();
                look(map, at, fitting(bounds, size), size);
            }
        }
    });
    Effect::new(move |_| {
        if let Some(place) = desk.show_on_map.get() {
            desk.show_on_map.set(None);
            look(map, place, map.zoom().max(13.5), size.get_untracked());
        }
    });
    Effect::new(move |_| {
        if let Some(wish) = map.wish.get() {
            map.wish.set(None);
            let center = untrack(|| middle(map))
                .filter(|_| wish.place.is_none())
                .or(wish.place);
            let size = size.get_untracked();
            // As far out as it goes means the whole city.
            let zoom = match wish.by.is_finite() {
                true => wish.zoom.unwrap_or(map.zoom() + wish.by),
                false => fitting(desk.start().city.bounds.degrees(), size),
            };
            if let Some(at) = center {
                look(map, at, zoom, size);
            }
        }
    });
    let frame = Memo::new(move |_| Frame::of(&map.camera.get()?, size.get()));
    let (towns, city) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    for (level, path) in [("town", towns), ("city", city)] {
        spawn_local(async move {
            if let Ok(numbers) = JsFuture::from(outlines(level)).await {
                path.try_set(path_of(&js_sys::Float64Array::new(&numbers).to_vec()));
            }
        });
    }
    let placed = move || {
        let frame = frame.get()?;
        let [x, y] = frame.on_screen(Position::from_degrees(-180.0, 85.051_128).ok()?);
        let side = 512.0 * angle::pow(2.0, map.zoom()) / UNITS;
        Some(format!(
            "translate({} {}) scale({})",
            decimals(x, 2),
            decimals(y, 2),
            decimals(side, 9)
        ))
    };
    let marks = Memo::new(move |_| {
        desk.incidents_moved.track();
        most_urgent(desk)
    });
    let dragged = RwSignal::new(None::<[f64; 2]>);
    let hand =
        |event: &web_sys::PointerEvent| [f64::from(event.client_x()), f64::from(event.client_y())];
    let drag = move |event: web_sys::PointerEvent| {
        let (Some([x, y]), Some(frame)) = (dragged.get_untracked(), frame.get_untracked()) else {
            return;
        };
        let [to_x, to_y] = hand(&event);
        if let Some(at) = frame.under([frame.width / 2.0 + x - to_x, frame.height / 2.0 + y - to_y])
        {
            look(map, at, map.zoom(), size.get_untracked());
        }
        dragged.set(Some([to_x, to_y]));
    };
    view! {
        <div class="plain-map" id=PLAIN_ID node_ref=root data-testid="plain-map"
            on:pointerdown=move |event| dragged.set(Some(hand(&event))) on:pointermove=drag
            on:pointerup=move |_| dragged.set(None) on:pointerleave=move |_| dragged.set(None)>
            <svg aria-hidden="true">
                <g transform=move || placed().unwrap_or_default()>
                    <path class="city" d=city></path>
                    <path class="towns" d=towns></path>
                </g>
            </svg>
            <For each=move || marks.get() key=|id| *id children=move |id| view! { <PlainMark desk id frame/> }/>
        </div>
    }
}

#[component]
fn PlainMark(desk: Desk, id: IncidentId, frame: Memo<Option<Frame>>) -> impl IntoView {
    let Some(row) = desk.row(id) else {
        return ().into_any();
    };
    let row = RwSignal::from(row);
    let settings = desk.settings;
    let at = move || {
        let [x, y] = frame.get()?.on_screen(row.get().position?);
        Some((decimals(x, 1) + "px", decimals(y, 1) + "px"))
    };
    let late = Signal::derive(move || {
        is_late(&row.get(), settings.clock.get().unwrap_or(desk.start().now))
    });
    let name = Signal::derive(move || match settings.language.get() {
        domain::language::Language::Zh => row.get().title.clone(),
        domain::language::Language::En => row.get().title_en.clone(),
    });
    let severity = Signal::derive(move || row.get().severity);
    view! {
        <button type="button" class="plain-mark" data-testid="plain-mark" data-id=id.to_string() tabindex="-1" aria-label=name title=name
            aria-pressed=move || (desk.selected.get() == Some(id)).to_string()
            style:left=move || at().map(|at| at.0) style:top=move || at().map(|at| at.1)
            on:click=move |_| {
                desk.select(Some(id));
                desk.sheet.set(Sheet::Detail);
            }>
            <Mark severity late done=false/>
        </button>
    }
    .into_any()
}

/// The least urgent first, so that the urgent lie on top.
fn most_urgent(desk: Desk) -> Vec<IncidentId> {
    desk.feed.picture.with_value(|picture| {
        let views = picture.incidents().map(AsRef::as_ref);
        let open = views.filter(|view| view.state.is_open() && view.position.is_some());
        let lists = Lists::of(open, None, desk.settings.now());
        let mut ids: Vec<IncidentId> = lists.list(Tab::All).iter().copied().take(MOST).collect();
        ids.reverse();
        ids
    })
}

fn middle(map: OpenMap) -> Option<Position> {
    let camera = map.camera.get()?;
    Position::from_degrees(camera.longitude, camera.latitude).ok()
}

/// Nothing but a person's wish comes here.
fn look(map: OpenMap, at: Position, zoom: f64, size: [f64; 2]) {
    let zoom = zoom.clamp(ZOOMS.0, ZOOMS.1);
    if let Some(view) = bounds_of(at, zoom, size) {
        map.camera.set(Some(Camera {
            longitude: at.longitude(),
            latitude: at.latitude(),
            zoom,
            view,
        }));
    }
}

/// What the address asks for, or the whole city.
fn look_first(desk: Desk, map: OpenMap, size: [f64; 2]) {
    let bounds = desk.start().city.bounds;
    let asked = map.link.with_value(|link| link.look);
    let (at, zoom) = asked.unwrap_or_else(|| (bounds.center(), fitting(bounds.degrees(), size)));
    look(map, at, zoom, size);
}

/// The zoom at which all of it is seen.
pub fn fitting([west, south, east, north]: [f64; 4], [width, height]: [f64; 2]) -> f64 {
    let corners = [
        Position::from_degrees(west, north),
        Position::from_degrees(east, south),
    ];
    let [Ok(first), Ok(last)] = corners else {
        return ZOOMS.0;
    };
    let (first, last) = (mercator(first), mercator(last));
    let side = |axis: usize, pixels: f64| {
        (pixels - 32.0).max(1.0) / (512.0 * (last[axis] - first[axis]).max(1e-9))
    };
    angle::ln(side(0, width).min(side(1, height))) / std::f64::consts::LN_2
}

fn path_of(numbers: &[f64]) -> String {
    let mut path = String::new();
    let mut begun = false;
    for pair in numbers.chunks_exact(2) {
        let Ok(at) = Position::from_degrees(pair[0], pair[1]) else {
            path.push_str(if begun { "Z" } else { "" });
            begun = false;
            continue;
        };
        let [x, y] = mercator(at);
        path.push(if begun { 'L' } else { 'M' });
        path.push_str(&format!(
            "{} {}",
            decimals(x * UNITS, 0),
            decimals(y * UNITS, 0)
        ));
        begun = true;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_become_closed_paths() {
        let path = path_of(&[
            0.0,
            0.0,
            90.0,
            0.0,
            f64::NAN,
            f64::NAN,
            0.0,
            0.0,
            180.0,
            0.0,
            f64::NAN,
            f64::NAN,
        ]);
        assert_eq!(
            path,
            "M5000000 5000000L7500000 5000000ZM5000000 5000000L10000000 5000000Z"
        );
        assert_eq!(path_of(&[f64::NAN, f64::NAN]), "");
    }

    #[test]
    fn a_city_fits_into_its_box() {
        let city = [113.5, 22.7, 114.3, 23.2];
        let zoom = fitting(city, [800.0, 600.0]);
        let middle = Position::from_degrees(113.9, 22.95).expect("a position");
        let seen = bounds_of(middle, zoom, [800.0, 600.0]).expect("on the globe");
        assert!(seen[0] < city[0] && seen[1] < city[1] && seen[2] > city[2] && seen[3] > city[3]);
        let nearer = bounds_of(middle, zoom + 0.2, [800.0, 600.0]).expect("on the globe");
        assert!(nearer[0] > city[0] || nearer[1] > city[1]);
    }
}
