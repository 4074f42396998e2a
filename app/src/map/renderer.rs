//! The only file of the map that touches JavaScript: opens the basemap and draws the live layer over it, as often as
//! something changed and as the screen can bear (`pace`). A frame without change is not drawn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Float64Array, Promise};
use leptos::prelude::{request_animation_frame, set_timeout};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, WebGl2RenderingContext as Gl, WebGlSync};

use super::camera::Camera;
use super::gpu::{Gpu, Look, SHEETS, Sheet, View};
use super::layers::Marks;
use super::pace::Pace;
use super::projection::from_origin;

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
    fn restyle(
        map: &JsValue,
        ground: JsValue,
        look: &Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
    );
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
    origin: [f64; 2],
    sheets: [RefCell<Marks>; SHEETS],
    changed: [Cell<bool>; SHEETS],
    look: Cell<Look>,
    /// How the basemap was last looked at; none before its first frame.
    view: Cell<Option<View>>,
    gpu: RefCell<Option<Gpu>>,
    map: RefCell<Option<JsValue>>,
    pace: Cell<Pace>,
    /// How many were drawn: the frame that is waited for is the latest.
    frames: Cell<u32>,
    started_ms: f64,
}

/// A frame that was handed to the GPU is asked after this often.
const ASK_AFTER: Duration = Duration::from_millis(8);

impl Scene {
    fn seconds(&self) -> f64 {
        (js_sys::Date::now() - self.started_ms) / 1000.0
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
                for changed in &self.changed {
                    changed.set(true);
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
        self.paced(|pace| pace.begun(js_sys::Date::now()));
        let seconds = self.seconds();
        let mut held = self.gpu.borrow_mut();
        let Some(gpu) = held.as_mut() else { return };
        for (index, sheet) in self.sheets.iter().enumerate() {
            if self.changed[index].replace(false) {
                gpu.upload(index, &sheet.borrow());
            }
        }
        let matrix = from_origin(&view.matrix, self.origin);
        gpu.draw(&matrix, &view, seconds as f32, self.look.get());
        let fence = gpu.fence();
        drop(held);
        let number = self.frames.get().wrapping_add(1);
        self.frames.set(number);
        let me = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(scene) = me.upgrade() {
                scene.ask_after(number, fence);
            }
        });
        if self
            .sheets
            .iter()
            .any(|sheet| sheet.borrow().moving_until > seconds)
        {
            self.repaint();
        }
    }

    /// Waits until the frame is drawn: what the GPU is given is not yet on the screen.
    fn ask_after(self: &Rc<Self>, number: u32, fence: Option<WebGlSync>) {
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
                    scene.ask_after(number, fence);
                }
            };
            set_timeout(again, ASK_AFTER);
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
    looked: Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
    _moved: Closure<dyn FnMut()>,
    _clicked: Closure<dyn FnMut(f64, f64, f64, f64)>,
    _pointed: Closure<dyn FnMut(f64, f64)>,
}

impl Renderer {
    /// `options` are those of `openMap` in basemap.js, as JSON. Fails with a sentence for the console.
    pub async fn open(
        container: &HtmlElement,
        options: &str,
        origin: [f64; 2],
        look: Look,
        handlers: Handlers,
    ) -> Result<Self, String> {
        let scene = Rc::new(Scene {
            origin,
            sheets: Default::default(),
            changed: Default::default(),
            look: Cell::new(look),
            gpu: RefCell::new(None),
            map: RefCell::new(None),
            view: Cell::new(None),
            pace: Cell::default(),
            frames: Cell::new(0),
            started_ms: js_sys::Date::now(),
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
            looked,
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

    pub fn put(&self, sheet: Sheet, marks: Marks) {
        let index = sheet as usize;
        self.scene.sheets[index].replace(marks);
        self.scene.changed[index].set(true);
        self.scene.repaint();
    }

    pub fn look(&self, look: Look) {
        self.scene.look.set(look);
        self.scene.repaint();
    }

    /// Draws a frame if something keeps pulsing.
    pub fn beat(&self) {
        if self.scene.sheets.iter().any(|sheet| sheet.borrow().calls) {
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
        self.with_map(|map| restyle(map, ground, &self.looked));
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
