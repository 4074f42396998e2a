//! What lies between units and incidents on the GPU: heat, and the places of names. What is sent is sent anew only when it is
//! other.

use std::cell::{Cell, RefCell};

use js_sys::Float32Array;
use web_sys::{
    WebGl2RenderingContext as Gl, WebGlBuffer, WebGlProgram, WebGlUniformLocation,
    WebGlVertexArrayObject,
};

use super::heat::CORNER;
use crate::map::gpu::program;
use crate::map::layers::Colour;

/// How an area is drawn, and how that is mixed with what is drawn already.
struct Manner {
    vertex: &'static str,
    fragment: &'static str,
    mixed: [u32; 2],
}

/// Behind everything that is there.
const HEAT: Manner = Manner {
    vertex: HEAT_VERTEX,
    fragment: HEAT_FRAGMENT,
    mixed: [Gl::ONE_MINUS_DST_ALPHA, Gl::ONE],
};

/// Only takes away of what is there.
const NAMES: Manner = Manner {
    vertex: NAMES_VERTEX,
    fragment: NAMES_FRAGMENT,
    mixed: [Gl::ZERO, Gl::SRC_ALPHA],
};

const HEAT_VERTEX: &str = r"#version 300 es
layout(location = 0) in vec4 a_corner;
uniform mat4 u_matrix;
out vec2 v_warm;
void main() {
    v_warm = a_corner.zw;
    gl_Position = u_matrix * vec4(a_corner.xy, 0.0, 1.0);
}";

/// The edge is smooth over one pixel, and a little stronger than the rest: so faint cells are still seen as cells.
const HEAT_FRAGMENT: &str = r"#version 300 es
precision highp float;
uniform vec3 u_colour;
uniform float u_strength;
in vec2 v_warm;
out vec4 o_colour;
void main() {
    float pixels = v_warm.x / fwidth(v_warm.x);
    float rim = 1.0 - clamp(pixels - 1.0, 0.0, 1.0);
    float alpha = v_warm.y * u_strength * (1.0 + 0.5 * rim) * clamp(pixels, 0.0, 1.0);
    o_colour = vec4(u_colour * alpha, alpha);
}";

/// A corner has a place, and how far it lies from there in halves of the canvas. Edges are soft.
const NAMES_VERTEX: &str = r"#version 300 es
layout(location = 0) in vec4 a_corner;
uniform mat4 u_matrix;
out vec2 v_across;
void main() {
    int corner = gl_VertexID % 6;
    v_across = vec2(corner == 1 || corner > 3 ? 1.0 : -1.0, corner == 2 || corner == 3 || corner == 5 ? 1.0 : -1.0);
    gl_Position = u_matrix * vec4(a_corner.xy, 0.0, 1.0);
    gl_Position.xy += a_corner.zw * gl_Position.w;
}";

const NAMES_FRAGMENT: &str = r"#version 300 es
precision highp float;
uniform float u_strength;
in vec2 v_across;
out vec4 o_colour;
void main() {
    vec2 inward = clamp((1.0 - abs(v_across)) / fwidth(v_across) / 4.0, 0.0, 1.0);
    o_colour = vec4(1.0 - u_strength * inward.x * inward.y);
}";

pub struct FlatLayer {
    manner: Manner,
    corners: RefCell<Vec<f32>>,
    /// The GPU has not got the corners yet.
    unsent: Cell<bool>,
    pub colour: Cell<Colour>,
    pub strength: Cell<f32>,
    drawing: RefCell<Option<Drawing>>,
}

struct Drawing {
    /// Of the graphics: those that were taken away take everything with them.
    life: u32,
    program: WebGlProgram,
    matrix: Option<WebGlUniformLocation>,
    colour: Option<WebGlUniformLocation>,
    strength: Option<WebGlUniformLocation>,
    corners: WebGlVertexArrayObject,
    buffer: WebGlBuffer,
}

impl FlatLayer {
    fn of(manner: Manner, strength: f32) -> Self {
        Self {
            manner,
            corners: RefCell::default(),
            unsent: Cell::new(false),
            colour: Cell::default(),
            strength: Cell::new(strength),
            drawing: RefCell::default(),
        }
    }

    /// Not yet of any strength.
    pub fn heat() -> Self {
        Self::of(HEAT, 0.0)
    }

    /// What lies there is seen this much less.
    pub fn names(strength: f32) -> Self {
        Self::of(NAMES, strength)
    }

    pub fn show(&self, corners: Vec<f32>) {
        self.corners.replace(corners);
        self.unsent.set(true);
    }

    pub fn draw(&self, gl: &Gl, matrix: &[f32; 16], life: u32) {
        let corners = self.corners.borrow();
        if corners.is_empty() || self.strength.get() <= 0.0 {
            return;
        }
        let mut drawing = self.drawing.borrow_mut();
        if drawing.as_ref().is_none_or(|drawing| drawing.life != life) {
            match prepare(gl, &self.manner, life) {
                Ok(prepared) => *drawing = Some(prepared),
                Err(error) => {
                    leptos::logging::error!("failed to prepare heat or names: {error}");
                    // Not tried again with every frame.
                    self.strength.set(0.0);
                    return;
                }
            }
            self.unsent.set(true);
        }
        let Some(at) = drawing.as_ref() else { return };
        if self.unsent.replace(false) {
            gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&at.buffer));
            let numbers = Float32Array::from(corners.as_slice());
            gl.buffer_data_with_array_buffer_view(Gl::ARRAY_BUFFER, &numbers, Gl::STATIC_DRAW);
        }
        gl.use_program(Some(&at.program));
        gl.uniform_matrix4fv_with_f32_array(at.matrix.as_ref(), false, matrix);
        gl.uniform3fv_with_f32_array(at.colour.as_ref(), &self.colour.get());
        gl.uniform1f(at.strength.as_ref(), self.strength.get());
        let [source, target] = self.manner.mixed;
        gl.blend_func(source, target);
        gl.bind_vertex_array(Some(&at.corners));
        gl.draw_arrays(Gl::TRIANGLES, 0, (corners.len() / CORNER) as i32);
        gl.bind_vertex_array(None);
    }
}

fn prepare(gl: &Gl, manner: &Manner, life: u32) -> Result<Drawing, String> {
    let program = program(gl, manner.vertex, manner.fragment)?;
    let corners = gl.create_vertex_array().ok_or("no vertex array")?;
    let buffer = gl.create_buffer().ok_or("no buffer")?;
    gl.bind_vertex_array(Some(&corners));
    gl.bind_buffer(Gl::ARRAY_BUFFER, Some(&buffer));
    gl.enable_vertex_attrib_array(0);
    gl.vertex_attrib_pointer_with_i32(0, CORNER as i32, Gl::FLOAT, false, 0, 0);
    gl.bind_vertex_array(None);
    let at = |name: &str| gl.get_uniform_location(&program, name);
    Ok(Drawing {
        life,
        matrix: at("u_matrix"),
        colour: at("u_colour"),
        strength: at("u_strength"),
        program,
        corners,
        buffer,
    })
}
