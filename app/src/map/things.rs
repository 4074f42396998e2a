//! Joins the desk to the open map: changed things become marks, gestures become choices and subscriptions.
//! Runs in the browser only.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use domain::ids::IncidentId;
use domain::language::Language;
use domain::place::Position;
use domain::wire::live::{Known, Look as Interest};
use domain::wire::record::Whole;
use domain::wire::{IncidentView, Layer};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::camera::Camera;
use super::gpu::Look;
use super::layers::{self, Base, Palette, SHEETS, Sheet};
use super::picking::{Spots, pick, spots_of};
use super::renderer::{Handlers, Renderer};
use super::setting::{Only, Setting};
use super::tokens::{palette, root_px, token};
use crate::json::Json;
use crate::live::ages::Ages;
use crate::live::desk::{Desk, Sheet as NarrowSheet};
use crate::live::diagnosis;
use crate::live::feed::Feed;
use crate::live::picture::{LivePicture, Undrawn};
use crate::start::Theme;

/// Half a beat of the 1 Hz call of an untaken first-level incident.
const BEAT: Duration = Duration::from_millis(500);
/// What age changes (opacity, lateness) is drawn anew this often.
const AGE_EVERY: Duration = Duration::from_secs(5);
/// The open map of a desk or a wall and all that belongs to it.
pub struct Things {
    setting: Setting,
    only: RefCell<Only>,
    desk: Desk,
    feed: RefCell<Option<Feed>>,
    renderer: RefCell<Option<Renderer>>,
    pub camera: RwSignal<Option<Camera>>,
    palette: Cell<Palette>,
    strengths: Cell<[f32; 3]>,
    /// How strongly heat and signs stand in for units and incidents far out.
    far: Cell<[f32; 2]>,
    /// The incidents in signs, ascending: nobody can point at one.
    held: RefCell<Vec<u32>>,
    /// Counts up with the heat.
    pub heat_moved: RwSignal<u32>,
    spots: RefCell<Spots>,
}

impl Things {
    pub async fn open(
        desk: Desk,
        container: web_sys::HtmlElement,
        camera: RwSignal<Option<Camera>>,
        setting: Setting,
    ) -> Result<Rc<Self>, String> {
        let start = desk.start();
        let palette = palette();
        let base = Base::at(start.city.center, desk.settings.now());
        let things = Rc::new(Self {
            setting,
            only: RefCell::new(Only::default()),
            desk,
            feed: RefCell::new(None),
            renderer: RefCell::new(None),
            camera,
            palette: Cell::new(palette),
            strengths: Cell::new([1.0; 3]),
            far: Cell::new([0.0; 2]),
            held: RefCell::default(),
            heat_moved: RwSignal::new(0),
            spots: RefCell::default(),
        });
        let map_title = crate::text::text(
            desk.settings.language.get_untracked(),
            crate::text::Message::MapPicture,
        );
        let [left, top, right, bottom] = setting.edges.map(Json::Number);
        let padding = Json::Object(vec![
            ("left", left),
            ("top", top),
            ("right", right),
            ("bottom", bottom),
        ]);
        let bounds = setting
            .bounds
            .unwrap_or_else(|| start.city.bounds.degrees());
        let options = Json::Object(vec![
            ("ground", things.ground()),
            ("bounds", Json::numbers(&bounds)),
            ("fitBoundsOptions", Json::Object(vec![("padding", padding)])),
            ("interactive", Json::Flag(setting.by_hand)),
            ("minZoom", Json::Count(3)),
            ("maxZoom", Json::Count(19)),
            (
                "locale",
                Json::Object(vec![("Map.Title", Json::from(map_title))]),
            ),
        ]);
        let renderer = Renderer::open(
            &container,
            &options.text(),
            base,
            things.look(),
            things.handlers(),
        )
        .await?;
        things.renderer.replace(Some(renderer));
        things.draw_everything();
        things.moved(None);
        Ok(things)
    }

    fn handlers(self: &Rc<Self>) -> Handlers {
        let (for_moved, for_clicked, for_pointed) = (
            Rc::downgrade(self),
            Rc::downgrade(self),
            Rc::downgrade(self),
        );
        Handlers {
            moved: Box::new(move |camera| {
                if let Some(things) = for_moved.upgrade() {
                    things.moved(Some(camera));
                }
            }),
            clicked: Box::new(move |x, y, longitude, latitude| {
                if let Some(things) = for_clicked.upgrade() {
                    things.clicked(x, y, longitude, latitude);
                }
            }),
            pointed: Box::new(move |x, y| {
                if let Some(things) = for_pointed.upgrade() {
                    things.pointed(x, y);
                }
            }),
        }
    }

    pub fn with_renderer<T>(&self, use_it: impl FnOnce(&Renderer) -> T) -> Option<T> {
        self.renderer.borrow().as_ref().map(use_it)
    }

    /// What the basemap is drawn with (`Ground` of frontend/modules/ground.js).
    fn ground(&self) -> Json {
        let name = match self.desk.settings.language.get_untracked() {
            Language::Zh => "name",
            Language::En => "name_en",
        };
        Json::Object(vec![
            ("land", Json::from(token("--land"))),
            ("water", Json::from(token("--water"))),
            ("boundary", Json::from(token("--boundary"))),
            ("panel", Json::from(token("--panel"))),
            ("secondary", Json::from(token("--secondary"))),
            ("faint", Json::from(token("--faint"))),
            ("name", Json::from(name)),
            ("scale", Json::Number(self.scale())),
        ])
    }

    /// Of labels and marks against those of a page of 16 px.
    pub fn scale(&self) -> f64 {
        root_px() / 16.0 * self.setting.scale
    }

    fn selected(&self) -> Option<IncidentId> {
        self.only
            .borrow()
            .incident
            .or_else(|| self.desk.selected.get_untracked())
    }

    /// Draws no more than this.
    pub fn only(&self, only: Only) {
        if self.only.replace(only.clone()) != only {
            self.draw_everything();
            self.look_again();
        }
    }

    pub fn city_bounds(&self) -> [f64; 4] {
        self.desk.start().city.bounds.degrees()
    }

    /// Shows bounds (west, south, east, north) within the edges (left, top, right, bottom) of the map's box.
    pub fn frame(&self, bounds: [f64; 4], edges: [f64; 4]) {
        self.with_renderer(|renderer| renderer.frame(bounds, edges));
    }

    /// The server is known to answer.
    pub fn hurry(&self) {
        if let Some(feed) = self.feed.borrow().as_ref() {
            feed.hurry();
        }
    }

    fn look(&self) -> Look {
        let only = self.only.borrow();
        let [incidents, units, sensors] = self.strengths.get();
        let mut strength = [incidents; SHEETS];
        strength[Sheet::Units as usize] = if only.has_layer(Layer::Units) {
            units
        } else {
            0.0
        };
        strength[Sheet::Sensors as usize] = if only.has_layer(Layer::Sensors) {
            sensors
        } else {
            0.0
        };
        let selected = self.selected();
        let picture = self.desk.feed.picture;
        Look {
            palette: self.palette.get(),
            strength,
            chosen: selected.and_then(|id| picture.with_value(|picture| picture.number_of(id))),
            scale: self.scale() as f32,
            heat: self.far.get()[0],
            signs: self.far.get()[1],
        }
    }

    /// How strongly incidents, units and sensors are drawn, from 0 to 1.
    pub fn fade(&self, strengths: [f32; 3]) {
        self.strengths.set(strengths);
        self.look_again();
    }

    /// How strongly heat stands in for units far out, and signs for the incidents in them, from 0 to 1.
    pub fn stand_in(&self, far: [f32; 2]) {
        let before = self.far.replace(far);
        if before != far {
            self.look_again();
        }
        if signs_hold(before[1]) != signs_hold(far[1]) {
            self.find_spots();
        }
    }

    /// These stand in signs, and no others; ascending.
    pub fn hold(&self, numbers: Vec<u32>) {
        if *self.held.borrow() == numbers {
            return;
        }
        self.with_renderer(|renderer| renderer.change(|sheets| sheets.hold(&numbers)));
        self.held.replace(numbers);
        self.find_spots();
    }

    /// The incidents that are drawn, by their numbers.
    pub fn each_incident(&self, mut see: impl FnMut(u32, &IncidentView)) {
        let only = self.only.borrow();
        self.desk.feed.picture.with_value(|picture| {
            for view in picture.incidents().filter(|view| only.holds(view)) {
                if let Some(number) = picture.number_of(view.id) {
                    see(number, view);
                }
            }
        });
    }

    /// Shows all of some bounds (west, south, east, north).
    pub fn show_bounds(&self, bounds: [f64; 4]) {
        self.with_renderer(|renderer| renderer.show_bounds(bounds));
    }

    /// Of marks, against those of a desk.
    pub fn enlarged(&self) -> f64 {
        self.setting.scale
    }

    pub fn by_hand(&self) -> bool {
        self.setting.by_hand
    }

    fn look_again(&self) {
        self.with_renderer(|renderer| renderer.look(self.look()));
    }

    /// Theme or language changed: everything is drawn in the new colours and words.
    pub fn restyle(&self) {
        self.palette.set(palette());
        let ground = self.ground().text();
        self.with_renderer(|renderer| renderer.restyle(&ground));
        self.look_again();
    }

    fn draw_everything(&self) {
        let desk = self.desk;
        for state in [desk.feed, desk.things] {
            state
                .undrawn
                .update_value(|undrawn| undrawn.everything = true);
        }
        self.draw_incidents();
        self.draw_things();
    }

    /// A past moment stands.
    fn clock_runs(&self) -> bool {
        self.desk.settings.past.get_untracked().is_none()
    }

    fn keep_clock(&self) {
        let now = self.desk.settings.now();
        self.with_renderer(|renderer| renderer.keep_time(now, self.clock_runs()));
    }

    /// Draws incidents as the desk's picture has them now.
    fn draw_incidents(&self) {
        self.keep_clock();
        let feed = self.desk.feed;
        let undrawn = feed
            .undrawn
            .try_update_value(std::mem::take)
            .unwrap_or_default();
        let only = self.only.borrow();
        self.with_renderer(|renderer| {
            let base = renderer.base();
            feed.picture.with_value(|picture| {
                // Of a picture that is new as a whole nothing was born now, nor of the past.
                let born = !undrawn.everything && self.clock_runs();
                let new_at = born.then(|| renderer.seconds() as f32);
                renderer.change(|sheets| {
                    if undrawn.everything {
                        sheets.clear(&Sheet::OF_INCIDENTS);
                    }
                    for (number, thing) in touched(picture, &undrawn) {
                        match thing {
                            Some(Whole::Incident(view)) if only.holds(view) => {
                                sheets.put_incident(number, view, &base, new_at);
                            }
                            _ => sheets.remove_incident(number),
                        }
                    }
                    let place = only.place.filter(|_| only.incident.is_none());
                    let pinned = sheets.of_mut(Sheet::Place);
                    match place {
                        Some(position) => _ = pinned.put(0, layers::place(position, &base)),
                        None => _ = pinned.remove(0),
                    }
                });
            });
        });
        drop(only);
        self.find_spots();
        self.look_again();
    }

    /// What can be pointed at.
    fn find_spots(&self) {
        let (only, held) = (self.only.borrow(), self.held.borrow());
        let in_signs = signs_hold(self.far.get()[1]);
        let spots = self.desk.feed.picture.with_value(|picture| {
            let alone = |view: &&IncidentView| {
                let number = picture.number_of(view.id).filter(|_| in_signs);
                number.is_none_or(|number| held.binary_search(&number).is_err())
            };
            let views = picture.incidents().map(AsRef::as_ref);
            spots_of(views.filter(|view| only.holds(view)).filter(alone))
        });
        self.spots.replace(Spots::new(&spots));
    }

    /// Draws units and sensors as the map's own picture has them now.
    fn draw_things(&self) {
        self.keep_clock();
        let things = self.desk.things;
        let undrawn = things
            .undrawn
            .try_update_value(std::mem::take)
            .unwrap_or_default();
        let start = self.desk.start();
        let mut ages = Ages::at(&start.city.periods, self.desk.settings.now());
        self.with_renderer(|renderer| {
            let base = renderer.base();
            let running = self.clock_runs().then(|| renderer.seconds() as f32);
            things.picture.with_value(|picture| {
                renderer.change(|sheets| {
                    if undrawn.everything {
                        sheets.clear(&Sheet::OF_THINGS);
                    }
                    for (number, thing) in touched(picture, &undrawn) {
                        let (sheet, mark) = match thing {
                            Some(Whole::Unit(view)) => {
                                let period_ms = ages.period_ms(&view.source);
                                (Sheet::Units, Some(layers::unit(view, period_ms, &base)))
                            }
                            Some(Whole::Sensor(view)) => {
                                let period_ms = ages.period_ms(&view.source);
                                (Sheet::Sensors, layers::sensor(view, period_ms, &base))
                            }
                            _ => (Sheet::Sensors, None),
                        };
                        match mark {
                            Some(mark) => sheets.put_moving(sheet, number, mark, running),
                            None => sheets.remove_thing(number),
                        }
                    }
                });
            });
        });
    }

    fn moved(self: &Rc<Self>, camera: Option<Camera>) {
        let Some(camera) = camera.or_else(|| self.with_renderer(Renderer::camera).flatten()) else {
            return;
        };
        self.camera.set(Some(camera));
        let interest = Interest {
            bbox: camera.bbox(),
            // Heat is counted in cells as large as letters are here.
            zoom: (camera.zoom - super::projection::far_by(self.scale())).max(0.0) as f32,
            layers: vec![Layer::Units, Layer::Sensors, Layer::Heat],
            filter: None,
            known: Known::Told,
        };
        let mut feed = self.feed.borrow_mut();
        match feed.as_ref() {
            Some(feed) => feed.look(interest),
            None => {
                let me = Rc::downgrade(self);
                *feed = Some(Feed::open(
                    self.desk.things,
                    self.desk.settings,
                    interest,
                    move |changes| {
                        if let Some(things) = me.upgrade() {
                            if changes.heat {
                                things.heat_moved.try_update(|moved| *moved += 1);
                            }
                            things.draw_things();
                        }
                    },
                ));
            }
        }
    }

    fn at(&self, x: f64, y: f64) -> Option<IncidentId> {
        let container = document().get_element_by_id(super::panel::CANVAS_ID)?;
        let (width, height) = (
            f64::from(container.client_width()),
            f64::from(container.client_height()),
        );
        let matrix = self.with_renderer(Renderer::matrix).flatten()?;
        let scale = self.scale();
        pick(
            &self.spots.borrow(),
            &matrix,
            width / scale,
            height / scale,
            x / scale,
            y / scale,
        )
    }

    fn clicked(&self, x: f64, y: f64, longitude: f64, latitude: f64) {
        if !self.setting.by_hand {
            return;
        }
        if self.desk.point_for.get_untracked().is_some() {
            if let Ok(point) = Position::from_degrees(longitude, latitude) {
                self.desk.point.set(Some(point));
                self.desk.sheet.set(NarrowSheet::Detail);
            }
            return;
        }
        if let Some(id) = self.at(x, y) {
            self.desk.select(Some(id));
            self.desk.sheet.set(NarrowSheet::Detail);
        }
    }

    fn pointed(&self, x: f64, y: f64) {
        if !self.setting.by_hand {
            return;
        }
        let cursor = if self.desk.point_for.get_untracked().is_some() {
            "crosshair"
        } else if self.at(x, y).is_some() {
            "pointer"
        } else {
            ""
        };
        self.with_renderer(|renderer| renderer.cursor(cursor));
    }

    /// Hooks everything that must be drawn anew; call once, from an owner that ends with the map.
    pub fn watch(self: &Rc<Self>) {
        let desk = self.desk;
        let things = Rc::clone(self);
        Effect::new(move |_| {
            desk.incidents_moved.track();
            things.draw_incidents();
        });
        let things = Rc::clone(self);
        Effect::new(move |_| {
            desk.selected.track();
            things.look_again();
        });
        let things = Rc::clone(self);
        Effect::new(move |before: Option<(Theme, Language)>| {
            let now = (desk.settings.theme.get(), desk.settings.language.get());
            if before.is_some_and(|before| before != now) {
                things.restyle();
            }
            now
        });
        self.keep_time();
        self.offer_camera();
    }

    fn keep_time(self: &Rc<Self>) {
        let things = Rc::downgrade(self);
        let beat = set_interval_with_handle(
            move || {
                if let Some(things) = things.upgrade() {
                    things.with_renderer(Renderer::beat);
                }
            },
            BEAT,
        );
        let things = Rc::downgrade(self);
        let age = set_interval_with_handle(
            move || {
                if let Some(things) = things.upgrade() {
                    things.keep_clock();
                    things.with_renderer(Renderer::survey);
                }
            },
            AGE_EVERY,
        );
        for handle in [beat, age].into_iter().flatten() {
            on_cleanup(move || handle.clear());
        }
    }

    fn offer_camera(self: &Rc<Self>) {
        let things = Rc::downgrade(self);
        let shown = self.desk.things.picture;
        diagnosis::add("things", move || {
            shown
                .try_with_value(|picture| diagnosis::digest(&picture.digest()))
                .unwrap_or(JsValue::NULL)
        });
        diagnosis::add("drawn", move || {
            let position = shown.try_with_value(|picture| picture.position());
            let position = position.flatten().unwrap_or_default();
            JsValue::from_f64(position as f64)
        });
        diagnosis::add("camera", move || {
            let camera = things
                .upgrade()
                .and_then(|things| things.with_renderer(Renderer::camera).flatten());
            camera.map_or(JsValue::NULL, |camera| {
                diagnosis::object(&[
                    ("lng", camera.longitude.into()),
                    ("lat", camera.latitude.into()),
                    ("zoom", camera.zoom.into()),
                ])
            })
        });
    }
}

/// Whether signs of this strength take what a hand does, in the place of the incidents in them.
pub fn signs_hold(strength: f32) -> bool {
    strength >= 0.5
}

/// The things that are to be drawn again, as they are now; none of those that are gone.
fn touched<'a>(
    picture: &'a LivePicture,
    undrawn: &'a Undrawn,
) -> impl Iterator<Item = (u32, Option<&'a Whole>)> {
    let most = if undrawn.everything { usize::MAX } else { 0 };
    let all = picture.things().take(most);
    let some = undrawn.touched.iter();
    let some = some.map(|number| (*number, picture.thing(*number)));
    all.map(|(number, thing)| (number, Some(thing))).chain(some)
}
