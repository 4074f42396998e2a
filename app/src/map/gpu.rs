//! The arrays of `layers` on the GPU, drawn in one pass each on a canvas of our own over the basemap's.
//! Only arrays that changed are sent.

use js_sys::Float32Array;
use wasm_bindgen::JsCast;
use web_sys::{
    HtmlCanvasElement, WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlSync,
    WebGlUniformLocation, WebGlVertexArrayObject,
};

use super::layers::{Colour, FLOATS, MOVE_SECONDS, Marks};
use super::shaders::{FRAGMENT, VERTEX};
use crate::text::number::decimals;

/// The arrays, from the ground up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sheet {
    Sensors,
    Units,
    Incidents,
}

pub const SHEETS: usize = 3;

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

/// One sheet's array on the GPU.
struct Array {
    vertices: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
    count: i32,
}

pub struct Gpu {
    gl: Gl,
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
    pub fn new(gl: Gl) -> Result<Self, String> {
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
        // Nobody else draws here, so what is set once stays; of depth and stencil this canvas has none.
        gl.use_program(Some(&program));
        gl.enable(Gl::BLEND);
        gl.blend_func(Gl::ONE, Gl::ONE_MINUS_SRC_ALPHA);
        gl.clear_color(0.0, 0.0, 0.0, 0.0);
        let gpu = Self {
            gl,
            arrays,
            uniforms,
        };
        gpu.warm_up();
        Ok(gpu)
    }

    /// Draws one mark that nobody sees: a program is only translated for the graphics card when it is first drawn with, and
    /// then it would hold up the first picture.
    fn warm_up(&self) {
        let gl = &self.gl;
        let unseen = Float32Array::from([0.0; FLOATS].as_slice());
        gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&self.arrays[0].buffer));
        gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &unseen, Gl::DYNAMIC_DRAW);
        gl.bind_buffer(Gl::ARRAY_BUFFER, None);
        gl.bind_vertex_array(Some(&self.arrays[0].vertices));
        gl.draw_arrays_instanced(Gl::TRIANGLE_STRIP, 0, 4, 1);
        gl.bind_vertex_array(None);
    }

    pub fn upload(&mut self, index: usize, marks: &Marks) {
        let array = &mut self.arrays[index];
        array.count = marks.count() as i32;
        let floats = Float32Array::from(marks.floats.as_slice());
        self.gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&array.buffer));
        self.gl
            .buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &floats, Gl::DYNAMIC_DRAW);
        self.gl.bind_buffer(Gl::ARRAY_BUFFER, None);
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

    /// `matrix` is the view's, from the arrays' own origin.
    pub fn draw(&self, matrix: &[f32; 16], view: &View, seconds: f32, look: Look) {
        let (gl, at) = (&self.gl, &self.uniforms);
        self.fit(view);
        gl.clear(Gl::COLOR_BUFFER_BIT);
        gl.uniform_matrix4fv_with_f32_array(at.matrix.as_ref(), false, matrix);
        gl.uniform2f(at.viewport.as_ref(), view.width as f32, view.height as f32);
        gl.uniform1f(at.seconds.as_ref(), seconds);
        gl.uniform1f(at.pixel.as_ref(), view.ratio as f32 * look.scale);
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

    /// A mark behind everything given to the GPU so far.
    pub fn fence(&self) -> Option<WebGlSync> {
        let fence = self.gl.fence_sync(Gl::SYNC_GPU_COMMANDS_COMPLETE, 0);
        self.gl.flush();
        fence
    }

    /// Whether the GPU has not reached the mark yet; a context that was taken away draws nothing.
    pub fn is_drawing(&self, fence: &WebGlSync) -> bool {
        let status = self.gl.get_sync_parameter(fence, Gl::SYNC_STATUS);
        status.as_f64() == Some(f64::from(Gl::UNSIGNALED))
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
