//! The only file that touches WebGL and JavaScript: opens the map and draws the arrays of `layers` in one pass each.
//! Only arrays that changed are sent to the GPU; a frame without change sends none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Float32Array, Float64Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    HtmlElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlUniformLocation,
    WebGlVertexArrayObject,
};

use super::camera::Camera;
use super::layers::{Colour, FLOATS, MOVE_SECONDS, Marks};
use super::projection::from_origin;
use super::shaders::{FRAGMENT, VERTEX};
use crate::text::number::decimals;

#[wasm_bindgen(raw_module = "./basemap.js")]
extern "C" {
    #[wasm_bindgen(js_name = openMap)]
    fn open_map(
        container: &HtmlElement,
        options: JsValue,
        begin: &Closure<dyn FnMut(Gl)>,
        draw: &Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
        moved: &Closure<dyn FnMut()>,
        clicked: &Closure<dyn FnMut(f64, f64, f64, f64)>,
        pointed: &Closure<dyn FnMut(f64, f64)>,
    ) -> Promise;
    fn restyle(
        map: &JsValue,
        ground: JsValue,
        begin: &Closure<dyn FnMut(Gl)>,
        draw: &Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
    );
    fn repaint(map: &JsValue);
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

/// The arrays, from the ground up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    Sensors,
    Units,
    Incidents,
}

const SHEETS: usize = 3;

/// What the shaders need besides the arrays.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub selection: Colour,
    pub ground: Colour,
    pub text: Colour,
    /// 1, or less while one incident is selected.
    pub dim: f32,
    /// CSS pixels of a mark's unit: grows with the page's type.
    pub scale: f32,
}

/// Everything a frame is drawn from.
struct Scene {
    origin: [f64; 2],
    sheets: [RefCell<Marks>; SHEETS],
    changed: [Cell<bool>; SHEETS],
    look: Cell<Look>,
    gpu: RefCell<Option<Gpu>>,
    map: RefCell<Option<JsValue>>,
    /// When a frame was last asked for because something moves; none while none is owed.
    asked_ms: Cell<Option<f64>>,
    /// How long such a frame took to come: a slow machine is asked for fewer.
    took_ms: Cell<f64>,
    /// The matrix of the latest frame, for picking.
    matrix: Cell<Option<[f64; 16]>>,
    started_ms: f64,
}

impl Scene {
    fn seconds(&self) -> f64 {
        (js_sys::Date::now() - self.started_ms) / 1000.0
    }

    fn repaint(&self) {
        if let Some(map) = self.map.borrow().as_ref() {
            repaint(map);
        }
    }

    /// Asks for the next frame of a motion, leaving the page twice the time a frame takes for everything else.
    fn repaint_soon(self: &Rc<Self>) {
        const SOONEST_MS: f64 = 30.0;
        const LATEST_MS: f64 = 500.0;
        if self.asked_ms.get().is_some() {
            return;
        }
        let now = js_sys::Date::now();
        let pause = (2.0 * self.took_ms.get()).clamp(SOONEST_MS, LATEST_MS);
        self.asked_ms.set(Some(now + pause));
        let me = Rc::downgrade(self);
        leptos::prelude::set_timeout(
            move || {
                if let Some(scene) = me.upgrade() {
                    scene.repaint();
                }
            },
            std::time::Duration::from_millis(pause as u64),
        );
    }

    fn note_frame(&self) {
        let now = js_sys::Date::now();
        if let Some(asked) = self.asked_ms.get()
            && now >= asked - 1.0
        {
            self.asked_ms.set(None);
            self.took_ms
                .set(0.7 * self.took_ms.get() + 0.3 * (now - asked).max(0.0));
        }
    }

    fn begin(&self, gl: Gl) {
        match Gpu::new(gl) {
            Ok(gpu) => {
                self.gpu.replace(Some(gpu));
                for changed in &self.changed {
                    changed.set(true);
                }
            }
            Err(error) => leptos::logging::error!("failed to prepare the live layer: {error}"),
        }
    }

    /// `ratio` is of the canvas's own pixels to those of the page: large screens may be drawn coarser.
    fn draw(self: &Rc<Self>, matrix: &Float64Array, width: f64, height: f64, ratio: f64) {
        let mut numbers = [0.0; 16];
        if matrix.length() != 16 {
            return;
        }
        matrix.copy_to(&mut numbers);
        self.matrix.set(Some(numbers));
        self.note_frame();
        let seconds = self.seconds();
        let mut held = self.gpu.borrow_mut();
        let Some(gpu) = held.as_mut() else { return };
        for (index, sheet) in self.sheets.iter().enumerate() {
            if self.changed[index].replace(false) {
                gpu.upload(index, &sheet.borrow());
            }
        }
        gpu.draw(
            &from_origin(&numbers, self.origin),
            [width as f32, height as f32],
            seconds as f32,
            ratio as f32,
            self.look.get(),
        );
        if self
            .sheets
            .iter()
            .any(|sheet| sheet.borrow().moving_until > seconds)
        {
            self.repaint_soon();
        }
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
    begin: Closure<dyn FnMut(Gl)>,
    draw: Closure<dyn FnMut(Float64Array, f64, f64, f64)>,
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
            asked_ms: Cell::new(None),
            took_ms: Cell::new(0.0),
            matrix: Cell::new(None),
            started_ms: js_sys::Date::now(),
        });
        let (for_begin, for_draw, for_moved) =
            (Rc::clone(&scene), Rc::clone(&scene), Rc::clone(&scene));
        let begin = Closure::new(move |gl: Gl| for_begin.begin(gl));
        let draw = Closure::new(move |matrix: Float64Array, width, height, ratio| {
            for_draw.draw(&matrix, width, height, ratio)
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
            container, options, &begin, &draw, &moved, &clicked, &pointed,
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
            begin,
            draw,
            _moved: moved,
            _clicked: clicked,
            _pointed: pointed,
        })
    }

    fn with_map<T>(&self, use_it: impl FnOnce(&JsValue) -> T) -> Option<T> {
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
        self.scene.matrix.get()
    }

    pub fn camera(&self) -> Option<Camera> {
        self.scene.map.borrow().as_ref().and_then(camera_of)
    }

    /// `ground` as `Ground` of ground.js, in JSON.
    pub fn restyle(&self, ground: &str) {
        let Ok(ground) = js_sys::JSON::parse(ground) else {
            return;
        };
        self.with_map(|map| restyle(map, ground, &self.begin, &self.draw));
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

/// One sheet's array on the GPU.
struct Array {
    vertices: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
    count: i32,
}

struct Gpu {
    gl: Gl,
    program: WebGlProgram,
    arrays: [Array; SHEETS],
    uniforms: Uniforms,
}

struct Uniforms {
    matrix: Option<WebGlUniformLocation>,
    viewport: Option<WebGlUniformLocation>,
    seconds: Option<WebGlUniformLocation>,
    pixel: Option<WebGlUniformLocation>,
    dim: Option<WebGlUniformLocation>,
    selection: Option<WebGlUniformLocation>,
    ground: Option<WebGlUniformLocation>,
    text: Option<WebGlUniformLocation>,
}

impl Gpu {
    fn new(gl: Gl) -> Result<Self, String> {
        let program = program(&gl)?;
        let at = |name: &str| gl.get_uniform_location(&program, name);
        let uniforms = Uniforms {
            matrix: at("u_matrix"),
            viewport: at("u_viewport"),
            seconds: at("u_seconds"),
            pixel: at("u_pixel"),
            dim: at("u_dim"),
            selection: at("u_selection"),
            ground: at("u_ground"),
            text: at("u_text"),
        };
        let arrays = [array(&gl)?, array(&gl)?, array(&gl)?];
        Ok(Self {
            gl,
            program,
            arrays,
            uniforms,
        })
    }

    fn upload(&mut self, index: usize, marks: &Marks) {
        let array = &mut self.arrays[index];
        array.count = marks.count() as i32;
        let floats = Float32Array::from(marks.floats.as_slice());
        self.gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&array.buffer));
        self.gl
            .buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &floats, Gl::DYNAMIC_DRAW);
        self.gl.bind_buffer(Gl::ARRAY_BUFFER, None);
    }

    fn draw(
        &self,
        matrix: &[f32; 16],
        viewport: [f32; 2],
        seconds: f32,
        pixel_ratio: f32,
        look: Look,
    ) {
        let (gl, at) = (&self.gl, &self.uniforms);
        gl.use_program(Some(&self.program));
        gl.disable(Gl::DEPTH_TEST);
        gl.disable(Gl::STENCIL_TEST);
        gl.disable(Gl::CULL_FACE);
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        gl.uniform_matrix4fv_with_f32_array(at.matrix.as_ref(), false, matrix);
        gl.uniform2f(at.viewport.as_ref(), viewport[0], viewport[1]);
        gl.uniform1f(at.seconds.as_ref(), seconds);
        gl.uniform1f(at.pixel.as_ref(), pixel_ratio * look.scale);
        gl.uniform1f(at.dim.as_ref(), look.dim);
        gl.uniform3fv_with_f32_array(at.selection.as_ref(), &look.selection);
        gl.uniform3fv_with_f32_array(at.ground.as_ref(), &look.ground);
        gl.uniform3fv_with_f32_array(at.text.as_ref(), &look.text);
        for array in self.arrays.iter().filter(|array| array.count > 0) {
            gl.bind_vertex_array(Some(&array.vertices));
            gl.draw_arrays_instanced(Gl::TRIANGLE_STRIP, 0, 4, array.count);
        }
        gl.bind_vertex_array(None);
    }
}

fn array(gl: &Gl) -> Result<Array, String> {
    let vertices = gl.create_vertex_array().ok_or("no vertex array")?;
    let buffer = gl.create_buffer().ok_or("no buffer")?;
    gl.bind_vertex_array(Some(&vertices));
    gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
    let stride = (FLOATS * 4) as i32;
    for (location, (from, width)) in [(0, 4), (4, 4), (8, 4), (12, 2)].into_iter().enumerate() {
        let location = location as u32;
        gl.enable_vertex_attrib_array(location);
        gl.vertex_attrib_pointer_with_i32(location, width, Gl::FLOAT, false, stride, from * 4);
        gl.vertex_attrib_divisor(location, 1);
    }
    gl.bind_vertex_array(None);
    gl.bind_buffer(Gl::ARRAY_BUFFER, None);
    Ok(Array {
        vertices,
        buffer,
        count: 0,
    })
}

fn program(gl: &Gl) -> Result<WebGlProgram, String> {
    let program = gl.create_program().ok_or("no program")?;
    let vertex = VERTEX.replace("MOVE_SECONDS", &decimals(MOVE_SECONDS, 3));
    for (kind, source) in [
        (Gl::VERTEX_SHADER, vertex.as_str()),
        (Gl::FRAGMENT_SHADER, FRAGMENT),
    ] {
        let shader = gl.create_shader(kind).ok_or("no shader")?;
        gl.shader_source(&shader, source);
        gl.compile_shader(&shader);
        if !gl
            .get_shader_parameter(&shader, Gl::COMPILE_STATUS)
            .is_truthy()
        {
            return Err(gl.get_shader_info_log(&shader).unwrap_or_default());
        }
        gl.attach_shader(&program, &shader);
    }
    gl.link_program(&program);
    if !gl
        .get_program_parameter(&program, Gl::LINK_STATUS)
        .is_truthy()
    {
        return Err(gl.get_program_info_log(&program).unwrap_or_default());
    }
    Ok(program)
}
