//! The marks of `sheets` on the GPU, drawn in one pass a sheet on a canvas of our own over the basemap's.
//! The GPU keeps every mark in textures; what is sent is a changed mark and its place.

use js_sys::Uint32Array;
use wasm_bindgen::JsCast;
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlFramebuffer, WebGlProgram,
    WebGlSync, WebGlTexture, WebGlUniformLocation, WebGlVertexArrayObject,
};

use super::layers::{Colour, Palette, SHEETS, Sheet, beside_heat, shrunk};
use super::marks::{Marks, WORDS, WRITE_WORDS};
use super::shaders::{FRAGMENT, VERTEX, WRITE_FRAGMENT, WRITE_VERTEX};

/// Marks in a row of the textures; the shaders count on it.
const ROW: usize = 256;
/// Texels a mark takes, each in a texture of its own.
const TEXELS: usize = WORDS / 4;

/// What the shaders need besides the marks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Look {
    pub palette: Palette,
    /// How strongly each sheet is drawn, from 0 to 1.
    pub strength: [f32; SHEETS],
    /// The incident that is ringed, with everything else dimmed.
    pub chosen: Option<u32>,
    /// How strongly heat stands in for a crowd of units, and signs for the incidents in them, from 0 to 1.
    pub heat: f32,
    pub signs: f32,
    /// CSS pixels of a mark's unit: grows with the page's type.
    pub scale: f32,
}

/// While one incident is chosen the others are drawn so strongly.
const DIMMED: f32 = 0.7;

/// Where the camera stands and what it draws on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View {
    /// From the mercator square to clip space.
    pub matrix: [f64; 16],
    pub width: u32,
    pub height: u32,
    /// Of the canvas's own pixels to those of the page: large screens may be drawn coarser.
    pub ratio: f64,
}

/// The marks of one sheet as the GPU has them.
struct Store {
    textures: [WebGlTexture; TEXELS],
    frame: WebGlFramebuffer,
    rows: usize,
    count: i32,
}

pub struct Gpu {
    gl: Gl,
    stores: [Option<Store>; SHEETS],
    writing: Writing,
    drawing: Drawing,
}

struct Writing {
    program: WebGlProgram,
    rows: Option<WebGlUniformLocation>,
    points: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
}

struct Drawing {
    program: WebGlProgram,
    matrix: Option<WebGlUniformLocation>,
    viewport: Option<WebGlUniformLocation>,
    seconds: Option<WebGlUniformLocation>,
    pixel: Option<WebGlUniformLocation>,
    strength: Option<WebGlUniformLocation>,
    shrunk: Option<WebGlUniformLocation>,
    held: Option<WebGlUniformLocation>,
    first: Option<WebGlUniformLocation>,
    chosen: Option<WebGlUniformLocation>,
    inks: Option<WebGlUniformLocation>,
    selection: Option<WebGlUniformLocation>,
    ground: Option<WebGlUniformLocation>,
    text: Option<WebGlUniformLocation>,
}

impl Gpu {
    pub fn new(gl: Gl) -> Result<Self, String> {
        let writing = writing(&gl)?;
        let drawing = drawing(&gl)?;
        // Nobody else draws here, so what is set once stays (but see `draw`); of depth and stencil this canvas has none.
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        gl.clear_color(0.0, 0.0, 0.0, 0.0);
        let mut gpu = Self {
            gl,
            stores: Default::default(),
            writing,
            drawing,
        };
        gpu.warm_up()?;
        Ok(gpu)
    }

    /// Draws one mark that nobody sees: a program is only translated for the graphics card when it is first drawn with, and
    /// then it would hold up the first picture.
    fn warm_up(&mut self) -> Result<(), String> {
        let store = self.store(1)?;
        self.write(&store, &[0; WRITE_WORDS]);
        self.gl.use_program(Some(&self.drawing.program));
        self.draw_store(&store, 0, 1);
        self.give_back(&store);
        Ok(())
    }

    /// Sends what has changed; the bytes of that.
    pub fn upload(&mut self, index: usize, marks: &mut Marks) -> Result<usize, String> {
        let rows = marks.len().div_ceil(ROW);
        if self.stores[index]
            .as_ref()
            .is_none_or(|store| store.rows < rows)
            && rows > 0
        {
            let larger = self.store(rows.next_power_of_two())?;
            if let Some(smaller) = self.stores[index].replace(larger) {
                self.give_back(&smaller);
            }
            marks.all_anew();
        }
        let writes = marks.writes();
        let Some(store) = &mut self.stores[index] else {
            return Ok(0);
        };
        store.count = marks.len() as i32;
        if let (Some(store), false) = (&self.stores[index], writes.is_empty()) {
            self.write(store, &writes);
        }
        Ok(writes.len() * 4)
    }

    fn store(&self, rows: usize) -> Result<Store, String> {
        let gl = &self.gl;
        let frame = gl.create_framebuffer().ok_or("no framebuffer")?;
        gl.bind_framebuffer(Gl::FRAMEBUFFER, Some(&frame));
        let texture = |texel: u32| {
            let texture = gl.create_texture().ok_or("no texture")?;
            gl.active_texture(Gl::TEXTURE0 + texel);
            gl.bind_texture(Gl::TEXTURE_2D, Some(&texture));
            gl.tex_storage_2d(Gl::TEXTURE_2D, 1, Gl::RGBA32UI, ROW as i32, rows as i32);
            for side in [Gl::TEXTURE_MIN_FILTER, Gl::TEXTURE_MAG_FILTER] {
                gl.tex_parameteri(Gl::TEXTURE_2D, side, Gl::NEAREST as i32);
            }
            let place = Gl::COLOR_ATTACHMENT0 + texel;
            gl.framebuffer_texture_2d(Gl::FRAMEBUFFER, place, Gl::TEXTURE_2D, Some(&texture), 0);
            Ok::<_, String>(texture)
        };
        let textures = [texture(0)?, texture(1)?, texture(2)?];
        let places = [0, 1, 2].map(|texel| Gl::COLOR_ATTACHMENT0 + texel);
        gl.draw_buffers(&js_sys::Array::of3(
            &places[0].into(),
            &places[1].into(),
            &places[2].into(),
        ));
        let whole = gl.check_framebuffer_status(Gl::FRAMEBUFFER) == Gl::FRAMEBUFFER_COMPLETE;
        gl.bind_framebuffer(Gl::FRAMEBUFFER, None);
        if !whole && !gl.is_context_lost() {
            return Err("marks cannot be kept in textures".to_owned());
        }
        Ok(Store {
            textures,
            frame,
            rows,
            count: 0,
        })
    }

    fn give_back(&self, store: &Store) {
        for texture in &store.textures {
            self.gl.delete_texture(Some(texture));
        }
        self.gl.delete_framebuffer(Some(&store.frame));
    }

    fn write(&self, store: &Store, writes: &[u32]) {
        let (gl, writing) = (&self.gl, &self.writing);
        gl.use_program(Some(&writing.program));
        gl.bind_framebuffer(Gl::FRAMEBUFFER, Some(&store.frame));
        gl.viewport(0, 0, ROW as i32, store.rows as i32);
        gl.disable(Gl::BLEND);
        gl.uniform1f(writing.rows.as_ref(), store.rows as f32);
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&writing.buffer));
        let words = Uint32Array::from(writes);
        gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &words, Gl::STREAM_DRAW);
        gl.bind_vertex_array(Some(&writing.points));
        gl.draw_arrays(Gl::POINTS, 0, (writes.len() / WRITE_WORDS) as i32);
        gl.bind_vertex_array(None);
        gl.bind_framebuffer(Gl::FRAMEBUFFER, None);
    }

    fn canvas(&self) -> Option<HtmlCanvasElement> {
        self.gl.canvas()?.dyn_into().ok()
    }

    /// Whether the map has a place on the screen.
    pub fn is_seen(&self) -> bool {
        let map = self.canvas().and_then(|canvas| canvas.parent_element());
        map.is_some_and(|map| map.client_width() > 0)
    }

    /// Our canvas is as large as the basemap's.
    fn fit(&self, view: &View) {
        let Some(canvas) = self.canvas() else { return };
        if (canvas.width(), canvas.height()) != (view.width, view.height) {
            canvas.set_width(view.width);
            canvas.set_height(view.height);
        }
        self.gl
            .viewport(0, 0, view.width as i32, view.height as i32);
    }

    /// `matrix` is the view's, from the marks' own origin; `chosen` the sheet and place of the chosen mark. `between` draws what
    /// lies over units and sensors and under incidents, and may mix what it draws otherwise.
    pub fn draw(
        &self,
        matrix: &[f32; 16],
        view: &View,
        seconds: f32,
        look: &Look,
        chosen: Option<(usize, u32)>,
        between: impl Fn(&Gl),
    ) {
        let (gl, at) = (&self.gl, &self.drawing);
        self.fit(view);
        gl.enable(Gl::BLEND);
        gl.clear(Gl::COLOR_BUFFER_BIT);
        gl.use_program(Some(&at.program));
        gl.uniform1f(at.held.as_ref(), 1.0 - look.signs);
        gl.uniform_matrix4fv_with_f32_array(at.matrix.as_ref(), false, matrix);
        gl.uniform2f(at.viewport.as_ref(), view.width as f32, view.height as f32);
        gl.uniform1f(at.seconds.as_ref(), seconds);
        gl.uniform1f(at.pixel.as_ref(), view.ratio as f32 * look.scale);
        let inks: Vec<f32> = look.palette.inks.iter().flatten().copied().collect();
        gl.uniform3fv_with_f32_array(at.inks.as_ref(), &inks);
        let colour = |place: &Option<WebGlUniformLocation>, colour: &Colour| {
            gl.uniform3fv_with_f32_array(place.as_ref(), colour);
        };
        colour(&at.selection, &look.palette.selection);
        colour(&at.ground, &look.palette.ground);
        colour(&at.text, &look.palette.text);
        gl.uniform1i(at.chosen.as_ref(), 0);
        let dim = if look.chosen.is_some() { DIMMED } else { 1.0 };
        let pixel = view.ratio * f64::from(look.scale);
        let pixels = f64::from(view.width) * f64::from(view.height) / (pixel * pixel);
        for ((sheet, store), strength) in self.stores.iter().enumerate().zip(look.strength) {
            if sheet == Sheet::Done as usize {
                between(gl);
                gl.use_program(Some(&at.program));
                gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
            }
            if let Some(store) = store.as_ref().filter(|store| store.count > 0)
                && strength > 0.0
            {
                let crowd = sheet == Sheet::Units as usize || sheet == Sheet::Sensors as usize;
                let count = if crowd { store.count as usize } else { 0 };
                let small = shrunk(count, pixels);
                let units = sheet == Sheet::Units as usize;
                let strength = if units {
                    strength * beside_heat(count, pixels, look.heat)
                } else {
                    strength
                };
                gl.uniform1f(at.shrunk.as_ref(), small);
                gl.uniform1f(at.strength.as_ref(), dim * strength);
                self.draw_store(store, 0, store.count);
            }
        }
        if let Some((sheet, slot)) = chosen
            && let Some(store) = &self.stores[sheet]
        {
            gl.uniform1f(at.shrunk.as_ref(), 1.0);
            gl.uniform1f(at.strength.as_ref(), 1.0);
            gl.uniform1i(at.chosen.as_ref(), 1);
            self.draw_store(store, slot as i32, 1);
        }
    }

    fn draw_store(&self, store: &Store, first: i32, count: i32) {
        let gl = &self.gl;
        for (unit, texture) in store.textures.iter().enumerate() {
            gl.active_texture(Gl::TEXTURE0 + unit as u32);
            gl.bind_texture(Gl::TEXTURE_2D, Some(texture));
        }
        gl.uniform1i(self.drawing.first.as_ref(), first);
        gl.draw_arrays_instanced(Gl::TRIANGLE_STRIP, 0, 4, count);
    }

    /// A sign behind everything given to the GPU so far.
    pub fn fence(&self) -> Option<WebGlSync> {
        let fence = self.gl.fence_sync(Gl::SYNC_GPU_COMMANDS_COMPLETE, 0);
        self.gl.flush();
        fence
    }

    /// Whether the GPU has not reached the sign yet; a context that was taken away draws nothing.
    pub fn is_drawing(&self, fence: &WebGlSync) -> bool {
        let status = self.gl.get_sync_parameter(fence, Gl::SYNC_STATUS);
        status.as_f64() == Some(f64::from(Gl::UNSIGNALED))
    }
}

fn writing(gl: &Gl) -> Result<Writing, String> {
    let program = program(gl, WRITE_VERTEX, WRITE_FRAGMENT)?;
    let points = gl.create_vertex_array().ok_or("no vertex array")?;
    let buffer = gl.create_buffer().ok_or("no buffer")?;
    gl.bind_vertex_array(Some(&points));
    gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
    let stride = (WRITE_WORDS * 4) as i32;
    for (place, (from, width)) in [(0, 1), (1, 4), (5, 4), (9, 4)].into_iter().enumerate() {
        let place = place as u32;
        gl.enable_vertex_attrib_array(place);
        gl.vertex_attrib_i_pointer_with_i32(place, width, Gl::UNSIGNED_INT, stride, from * 4);
    }
    gl.bind_vertex_array(None);
    Ok(Writing {
        rows: gl.get_uniform_location(&program, "u_rows"),
        program,
        points,
        buffer,
    })
}

fn drawing(gl: &Gl) -> Result<Drawing, String> {
    let program = program(gl, VERTEX, FRAGMENT)?;
    gl.use_program(Some(&program));
    let at = |name: &str| gl.get_uniform_location(&program, name);
    for (unit, name) in ["u_path", "u_told", "u_look"].into_iter().enumerate() {
        gl.uniform1i(at(name).as_ref(), unit as i32);
    }
    Ok(Drawing {
        matrix: at("u_matrix"),
        viewport: at("u_viewport"),
        seconds: at("u_seconds"),
        pixel: at("u_pixel"),
        strength: at("u_strength"),
        shrunk: at("u_shrunk"),
        held: at("u_held"),
        first: at("u_first"),
        chosen: at("u_chosen"),
        inks: at("u_inks"),
        selection: at("u_selection"),
        ground: at("u_ground"),
        text: at("u_text"),
        program,
    })
}

pub(super) fn program(gl: &Gl, vertex: &str, fragment: &str) -> Result<WebGlProgram, String> {
    let program = gl.create_program().ok_or("no program")?;
    for (kind, source) in [(Gl::VERTEX_SHADER, vertex), (Gl::FRAGMENT_SHADER, fragment)] {
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
