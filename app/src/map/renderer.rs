//! The only file of the map that touches JavaScript: opens the basemap and draws the live layer over it, as often as
//! something changed and as the screen can bear (`pace`). A frame without change is not drawn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use domain::time::Timestamp;
use js_sys::{Float64Array, Promise};
use leptos::prelude::{request_animation_frame, set_timeout};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, WebGl2RenderingContext as Gl, WebGlSync};

use super::camera::Camera;
use super::gpu::{Gpu, Look, View};
use super::layers::Base;
use super::pace::Pace;
use super::projection::{from_origin, square_per_pixel};
use super::sheets::Sheets;
use crate::live::budget;

#[wasm_bindgen(raw_module = "./basemap.js")]
extern "C" {
    #[wasm_bindgen(js_name = openMap)]
    fn open_map(
        container: &HtmlElement,
        options: JsValue,
        begin: &Closure<dyn FnMut(Gl)>,
        look: &Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
        moved: &Closure<dyn FnMut()>,
        clicked: &Closure<dyn FnMut(f64, f64, f64, f64)>,
        pointed: &Closure<dyn FnMut(f64, f64)>,
    ) -> Promise;
    fn restyle(map: &JsValue, ground: JsValue);
    #[wasm_bindgen(js_name = setCursor)]
    fn set_cursor(map: &JsValue, cursor: &str);
    #[wasm_bindgen(js_name = zoomBy)]
    fn zoom_by(map: &JsValue, by: f64);
    #[wasm_bindgen(js_name = showPlace)]
    fn show_place(map: &JsValue, longitude: f64, latitude: f64, zoom: f64);
    #[wasm_bindgen(js_name = showBounds)]
    fn show_bounds(map: &JsValue, west: f64, south: f64, east: f64, north: f64);
    fn frame(
        map: &JsValue,
        west: f64,
        south: f64,
        east: f64,
        north: f64,
        left: f64,
        top: f64,
        right: f64,
        bottom: f64,
    );
    #[wasm_bindgen(js_name = closeMap)]
    fn close_map(map: &JsValue);
    fn camera(map: &JsValue) -> Float64Array;
}

/// Everything a frame is drawn from.
struct Scene {
    base: Cell<Base>,
    sheets: RefCell<Sheets>,
    look: Cell<Look>,
    /// How the basemap was last looked at; none before its first frame.
    view: Cell<Option<View>>,
    gpu: RefCell<Option<Gpu>>,
    map: RefCell<Option<JsValue>>,
    pace: Cell<Pace>,
    /// How many were drawn: the frame that is waited for is the latest.
    frames: Cell<u32>,
    /// The layer's second 0 by the browser's clock.
    started_ms: Cell<f64>,
    /// Where the layer's clock is held while a past moment is shown.
    held_at: Cell<Option<f64>>,
    /// A frame that only goes on with what moves is waited for.
    moving: Cell<bool>,
    between: RefCell<Option<Between>>,
    /// How often the graphics were given.
    life: Cell<u32>,
}

/// Draws what lies over units and sensors and under incidents: with the graphics, the way to look at it, and the life of the
/// graphics, for what was given to them in another one is gone.
pub type Between = Box<dyn Fn(&Gl, &[f32; 16], u32)>;

/// What has moved by less is not drawn anew.
const STEP_PX: f64 = 0.5;
/// The layer's clock may differ so much from the city's.
const MOST_ASTRAY_SECONDS: f64 = 0.5;
/// Begun anew after this, or its seconds would grow too coarse for 32 bits.
const LONGEST_CLOCK_SECONDS: f64 = 3_600.0;
const MOST_HELD_SECONDS: f64 = 4.0 * 3_600.0;
const LONGEST_STILL_SECONDS: f32 = 5.0;
/// A frame that was handed to the GPU is asked after so soon, then less and less often: asking costs the page, too.
const ASK_AFTER_MS: f64 = 8.0;
const ASK_LATER: f64 = 1.5;
const LONGEST_ASKING_MS: f64 = 100.0;

impl Scene {
    fn seconds(&self) -> f64 {
        self.held_at.get().unwrap_or_else(|| self.running_seconds())
    }

    fn running_seconds(&self) -> f64 {
        (js_sys::Date::now() - self.started_ms.get()) / 1000.0
    }

    fn paced<T>(&self, step: impl FnOnce(&mut Pace) -> T) -> T {
        let mut pace = self.pace.get();
        let outcome = step(&mut pace);
        self.pace.set(pace);
        outcome
    }

    /// Something has changed that a frame would show.
    fn repaint(self: &Rc<Self>) {
        let wait = self.paced(|pace| pace.want(js_sys::Date::now()));
        self.book(wait);
    }

    fn book(self: &Rc<Self>, wait_ms: Option<f64>) {
        let Some(wait_ms) = wait_ms else { return };
        let me = Rc::downgrade(self);
        let frame = move || {
            if let Some(scene) = me.upgrade()
                && scene.paced(Pace::due)
            {
                scene.draw();
            }
        };
        if wait_ms < 1.0 {
            request_animation_frame(frame);
        } else {
            let wait = Duration::from_millis(wait_ms as u64);
            set_timeout(move || request_animation_frame(frame), wait);
        }
    }

    fn begin(self: &Rc<Self>, gl: Gl) {
        match Gpu::new(gl) {
            Ok(gpu) => {
                self.gpu.replace(Some(gpu));
                self.life.set(self.life.get() + 1);
                for marks in self.sheets.borrow_mut().all_mut() {
                    marks.all_anew();
                }
                self.repaint();
            }
            Err(error) => leptos::logging::error!("failed to prepare the live layer: {error}"),
        }
    }

    /// The basemap draws a frame: ours goes with it, or marks would swim on a map that is moved.
    fn looked(self: &Rc<Self>, matrix: &Float64Array, width: f64, height: f64, ratio: f64) {
        let mut numbers = [0.0; 16];
        if matrix.length() != 16 {
            return;
        }
        matrix.copy_to(&mut numbers);
        let view = View {
            matrix: numbers,
            width: width as u32,
            height: height as u32,
            ratio,
        };
        if self.view.replace(Some(view)) != Some(view) {
            self.draw();
        }
    }

    /// A map that nobody sees costs a phone its battery; shown again, the basemap draws and we with it.
    fn is_seen(&self) -> bool {
        let gpu = self.gpu.borrow();
        gpu.as_ref().is_some_and(Gpu::is_seen)
    }

    fn draw(self: &Rc<Self>) {
        let (Some(view), true) = (self.view.get(), self.is_seen()) else {
            return;
        };
        let begun_ms = js_sys::Date::now();
        self.paced(|pace| pace.begun(begun_ms));
        let mut sent_bytes = 0;
        let seconds = self.seconds();
        let mut held = self.gpu.borrow_mut();
        let Some(gpu) = held.as_mut() else { return };
        let mut sheets = self.sheets.borrow_mut();
        for (index, marks) in sheets.all_mut().iter_mut().enumerate() {
            match gpu.upload(index, marks) {
                Ok(bytes) => sent_bytes += bytes as u64,
                Err(error) => {
                    leptos::logging::error!("failed to keep the marks of the live layer: {error}");
                }
            }
        }
        let matrix = from_origin(&view.matrix, self.base.get().near.origin);
        let look = self.look.get();
        let chosen = look.chosen.and_then(|number| sheets.slot_of(number));
        let chosen = chosen.map(|(sheet, slot)| (sheet as usize, slot));
        let between = self.between.borrow();
        gpu.draw(&matrix, &view, seconds as f32, &look, chosen, |gl| {
            if let Some(between) = between.as_ref() {
                between(gl, &matrix, self.life.get());
            }
        });
        let fence = gpu.fence();
        let pace = sheets.pace();
        drop(sheets);
        drop(held);
        budget::drawn(js_sys::Date::now() - begun_ms, sent_bytes);
        let number = self.frames.get().wrapping_add(1);
        self.frames.set(number);
        let me = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(scene) = me.upgrade() {
                scene.ask_after(number, fence, ASK_AFTER_MS);
            }
        });
        let step = STEP_PX * square_per_pixel(&view.matrix, f64::from(view.width));
        if self.held_at.get().is_none()
            && let Some(wait) = pace.next_step(seconds as f32, step as f32)
        {
            self.go_on_after(wait);
        }
    }

    /// What moves is drawn again when that would show.
    fn go_on_after(self: &Rc<Self>, seconds: f32) {
        if self.moving.replace(true) {
            return;
        }
        let me = Rc::downgrade(self);
        let go_on = move || {
            if let Some(scene) = me.upgrade() {
                scene.moving.set(false);
                scene.repaint();
            }
        };
        match seconds {
            soon if soon < 0.01 => request_animation_frame(go_on),
            later => set_timeout(
                go_on,
                Duration::from_secs_f32(later.min(LONGEST_STILL_SECONDS)),
            ),
        }
    }

    /// Waits until the frame is drawn: what the GPU is given is not yet on the screen.
    fn ask_after(self: &Rc<Self>, number: u32, fence: Option<WebGlSync>, wait_ms: f64) {
        if number != self.frames.get() {
            return;
        }
        let drawing = fence.as_ref().is_some_and(|fence| {
            let gpu = self.gpu.borrow();
            gpu.as_ref().is_some_and(|gpu| gpu.is_drawing(fence))
        });
        if drawing {
            let me = Rc::downgrade(self);
            let again = move || {
                if let Some(scene) = me.upgrade() {
                    let later = (wait_ms * ASK_LATER).min(LONGEST_ASKING_MS);
                    scene.ask_after(number, fence, later);
                }
            };
            set_timeout(again, Duration::from_millis(wait_ms as u64));
            return;
        }
        let wait = self.paced(|pace| pace.done(js_sys::Date::now()));
        self.book(wait);
    }
}

/// What happens on the map that others want to know.
pub struct Handlers {
    pub moved: Box<dyn Fn(Camera)>,
    /// Pixels of the map's box, then longitude and latitude.
    pub clicked: Box<dyn Fn(f64, f64, f64, f64)>,
    pub pointed: Box<dyn Fn(f64, f64)>,
}

/// The open map. Dropping it takes it down.
pub struct Renderer {
    scene: Rc<Scene>,
    _begin: Closure<dyn FnMut(Gl)>,
    _looked: Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
    _moved: Closure<dyn FnMut()>,
    _clicked: Closure<dyn FnMut(f64, f64, f64, f64)>,
    _pointed: Closure<dyn FnMut(f64, f64)>,
}

impl Renderer {
    /// `options` are those of `openMap` in basemap.js, as JSON. Fails with a sentence for the console.
    pub async fn open(
        container: &HtmlElement,
        options: &str,
        base: Base,
        look: Look,
        handlers: Handlers,
    ) -> Result<Self, String> {
        let scene = Rc::new(Scene {
            base: Cell::new(base),
            sheets: RefCell::default(),
            look: Cell::new(look),
            gpu: RefCell::new(None),
            map: RefCell::new(None),
            view: Cell::new(None),
            pace: Cell::default(),
            frames: Cell::new(0),
            started_ms: Cell::new(js_sys::Date::now()),
            held_at: Cell::new(None),
            moving: Cell::new(false),
            between: RefCell::new(None),
            life: Cell::new(0),
        });
        let (for_begin, for_looked, for_moved) =
            (Rc::clone(&scene), Rc::clone(&scene), Rc::clone(&scene));
        let begin = Closure::new(move |gl: Gl| for_begin.begin(gl));
        let looked = Closure::new(move |matrix: Float64Array, width, height, ratio| {
            for_looked.looked(&matrix, width, height, ratio)
        });
        let moved = Closure::new(move || {
            if let Some(camera) = for_moved.map.borrow().as_ref().and_then(camera_of) {
                (handlers.moved)(camera);
            }
        });
        let clicked = Closure::new(handlers.clicked);
        let pointed = Closure::new(handlers.pointed);
        let options = js_sys::JSON::parse(options).map_err(|error| format!("{error:?}"))?;
        let opening = open_map(
            container, options, &begin, &looked, &moved, &clicked, &pointed,
        );
        let map = JsFuture::from(opening).await.map_err(|error| {
            error.dyn_ref::<js_sys::Error>().map_or_else(
                || format!("{error:?}"),
                |error| String::from(error.message()),
            )
        })?;
        scene.map.replace(Some(map));
        scene.repaint();
        Ok(Self {
            scene,
            _begin: begin,
            _looked: looked,
            _moved: moved,
            _clicked: clicked,
            _pointed: pointed,
        })
    }

    pub(super) fn with_map<T>(&self, use_it: impl FnOnce(&JsValue) -> T) -> Option<T> {
        self.scene.map.borrow().as_ref().map(use_it)
    }

    pub fn seconds(&self) -> f64 {
        self.scene.seconds()
    }

    pub fn base(&self) -> Base {
        self.scene.base.get()
    }

    /// Changes marks; a frame shows them.
    pub fn change<T>(&self, change: impl FnOnce(&mut Sheets) -> T) -> T {
        let outcome = change(&mut self.scene.sheets.borrow_mut());
        self.scene.repaint();
        outcome
    }

    pub fn between(&self, between: Between) {
        self.scene.between.replace(Some(between));
        self.scene.repaint();
    }

    /// What lies between the marks is other.
    pub fn repaint(&self) {
        self.scene.repaint();
    }

    /// The city's time is `now`: keeps the layer's clock with it, and small enough; or holds it there, for the past stands.
    pub fn keep_time(&self, now: Timestamp, goes_on: bool) {
        let scene = &self.scene;
        if !goes_on {
            let seconds = f64::from(scene.base.get().seconds(now));
            if seconds.abs() <= MOST_HELD_SECONDS {
                scene.held_at.set(Some(seconds));
            } else {
                self.begin_clock(now);
                scene.held_at.set(Some(0.0));
            }
            return;
        }
        scene.held_at.set(None);
        let seconds = scene.running_seconds();
        let astray = f64::from(scene.base.get().seconds(now)) - seconds;
        if seconds >= LONGEST_CLOCK_SECONDS || astray.abs() > MOST_ASTRAY_SECONDS {
            scene.started_ms.set(js_sys::Date::now());
            self.begin_clock(now);
        }
    }

    /// The layer's second 0 is `now`; every mark is told anew.
    fn begin_clock(&self, now: Timestamp) {
        let base = self.scene.base.get();
        let later = base.seconds(now);
        self.scene.base.set(Base { begun: now, ..base });
        self.scene.sheets.borrow_mut().shift(later);
    }

    /// What was fast may stand by now, and what was fresh be old.
    pub fn survey(&self) {
        let seconds = self.scene.seconds() as f32;
        self.scene.sheets.borrow_mut().survey(seconds);
        self.scene.repaint();
    }

    pub fn look(&self, look: Look) {
        self.scene.look.set(look);
        self.scene.repaint();
    }

    /// Draws a frame if something keeps pulsing.
    pub fn beat(&self) {
        if self.scene.sheets.borrow().calls() {
            self.scene.repaint();
        }
    }

    pub fn matrix(&self) -> Option<[f64; 16]> {
        self.scene.view.get().map(|view| view.matrix)
    }

    pub fn camera(&self) -> Option<Camera> {
        self.scene.map.borrow().as_ref().and_then(camera_of)
    }

    /// `ground` as `Ground` of ground.js, in JSON.
    pub fn restyle(&self, ground: &str) {
        let Ok(ground) = js_sys::JSON::parse(ground) else {
            return;
        };
        self.with_map(|map| restyle(map, ground));
    }

    pub fn cursor(&self, cursor: &str) {
        self.with_map(|map| set_cursor(map, cursor));
    }

    pub fn zoom_by(&self, by: f64) {
        self.with_map(|map| zoom_by(map, by));
    }

    pub fn show_place(&self, longitude: f64, latitude: f64, zoom: f64) {
        self.with_map(|map| show_place(map, longitude, latitude, zoom));
    }

    pub fn show_bounds(&self, [west, south, east, north]: [f64; 4]) {
        self.with_map(|map| show_bounds(map, west, south, east, north));
    }

    /// Shows bounds within the edges of the map's box, at once.
    pub fn frame(
        &self,
        [west, south, east, north]: [f64; 4],
        [left, top, right, bottom]: [f64; 4],
    ) {
        self.with_map(|map| frame(map, west, south, east, north, left, top, right, bottom));
    }
}

impl Drop for Renderer {
    fn drop(&mut self) {
        if let Some(map) = self.scene.map.take() {
            close_map(&map);
        }
    }
}

fn camera_of(map: &JsValue) -> Option<Camera> {
    Camera::from_numbers(&camera(map).to_vec())
}

/// Whether this browser can draw the map at all.
pub fn has_webgl2() -> bool {
    let canvas = leptos::prelude::document().create_element("canvas").ok();
    let context = canvas
        .and_then(|canvas| canvas.dyn_into::<web_sys::HtmlCanvasElement>().ok())
        .and_then(|canvas| canvas.get_context("webgl2").ok().flatten());
    context.is_some()
}
