//! How marks are kept on the GPU and drawn, pixel by pixel. The numbers of a mark are those of `marks`; its seconds and
//! flags are counted here as there.

/// Changed marks are points, drawn into the textures that hold all of them: each at its own texel.
pub const WRITE_VERTEX: &str = r"#version 300 es
layout(location = 0) in uint a_slot;
layout(location = 1) in uvec4 a_path;
layout(location = 2) in uvec4 a_told;
layout(location = 3) in uvec4 a_look;
uniform float u_rows;
flat out uvec4 v_path;
flat out uvec4 v_told;
flat out uvec4 v_look;
void main() {
    v_path = a_path;
    v_told = a_told;
    v_look = a_look;
    vec2 texel = vec2(float(a_slot & 255u) + 0.5, float(a_slot >> 8) + 0.5);
    gl_Position = vec4(texel / vec2(256.0, u_rows) * 2.0 - 1.0, 0.0, 1.0);
    gl_PointSize = 1.0;
}";

pub const WRITE_FRAGMENT: &str = r"#version 300 es
precision highp float;
precision highp int;
flat in uvec4 v_path;
flat in uvec4 v_told;
flat in uvec4 v_look;
layout(location = 0) out uvec4 o_path;
layout(location = 1) out uvec4 o_told;
layout(location = 2) out uvec4 o_look;
void main() {
    o_path = v_path;
    o_told = v_told;
    o_look = v_look;
}";

/// A square around each mark, no larger than what is drawn in it: rings and the sign of lateness need more room than the
/// thousands that have none. Motion and age are counted here, so that a mark is sent only when there is news of it.
pub const VERTEX: &str = r"#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D u_path;
uniform usampler2D u_told;
uniform usampler2D u_look;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_seconds;
uniform float u_pixel;
uniform float u_strength;
uniform float u_shrunk;
uniform float u_held;
uniform int u_first;
uniform bool u_chosen;
uniform vec3 u_inks[9];
out vec2 v_at;
flat out vec4 v_form;
flat out vec4 v_ink;
flat out int v_flags;
const float GLIDE_SECONDS = 0.9;
const float BIRTH_SECONDS = 0.6;
const int CALLS = 1, DONE = 2, DRILL = 4, AGES = 8, DUE = 16;
const int LATE = 32, STALE = 64, CHOSEN = 128, TINY = 256, HELD = 512;
const int ARROW = 4, DOT = 5;
void main() {
    int slot = u_first + gl_InstanceID;
    ivec2 texel = ivec2(slot & 255, slot >> 8);
    vec4 path = uintBitsToFloat(texelFetch(u_path, texel, 0));
    vec4 told = uintBitsToFloat(texelFetch(u_told, texel, 0));
    uvec4 more = texelFetch(u_look, texel, 0);
    float period = uintBitsToFloat(more.x);
    int look = int(more.z);
    int shape = look & 15;
    int flags = look >> 16;
    float r = float((look >> 8) & 255) * 0.5 * u_shrunk;
    if (u_shrunk < 0.7) shape = DOT;
    float opacity = (flags & DONE) != 0 ? 0.7 : 1.0;
    float since = u_seconds - told.w;
    bool gone = false;
    if ((flags & HELD) != 0 && !u_chosen) { opacity *= u_held; gone = u_held <= 0.0; }
    if ((flags & AGES) != 0) {
        if (since > period) opacity = 0.7;
        if (since > 2.0 * period) flags |= STALE;
        gone = gone || since > 3.0 * period;
    }
    if ((flags & DUE) != 0 && since > 0.0) flags |= LATE;
    if (u_chosen) flags |= CHOSEN;
    if (r < 2.5) flags |= TINY;
    float gone_on = (flags & AGES) != 0 ? clamp(since, 0.0, period) : 0.0;
    float left = 1.0 - clamp((u_seconds - told.z) / GLIDE_SECONDS, 0.0, 1.0);
    vec4 place = u_matrix * vec4(path.xy + path.zw * gone_on + told.xy * left, 0.0, 1.0);
    float ring = (u_seconds - uintBitsToFloat(more.y)) / BIRTH_SECONDS;
    if (ring < 0.0 || ring >= 1.0) ring = -1.0;
    bool ringed = (flags & (CALLS | CHOSEN)) != 0 || ring >= 0.0;
    float body = shape == DOT ? r : shape == ARROW ? r * 1.2 : r * 1.55;
    float reach = ringed ? r + 18.0 : max(body + ((flags & TINY) != 0 ? 0.75 : 2.25), (flags & LATE) != 0 ? r * 0.8 + 9.0 : 0.0);
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
    v_at = corner * reach;
    v_form = vec4(float(shape), r, uintBitsToFloat(more.w), ring);
    v_ink = vec4(u_inks[(look >> 4) & 15], opacity * u_strength);
    v_flags = flags;
    place.xy += v_at * u_pixel * 2.0 / u_viewport * place.w;
    gl_Position = gone ? vec4(2.0, 2.0, 2.0, 1.0) : place;
}";

/// Shapes by distance: severity first by form, then by colour; the notch of lateness; rings of newness, call and choice.
pub const FRAGMENT: &str = r"#version 300 es
precision highp float;
precision highp int;
uniform float u_seconds;
uniform float u_pixel;
uniform vec3 u_selection;
uniform vec3 u_ground;
uniform vec3 u_text;
in vec2 v_at;
flat in vec4 v_form;
flat in vec4 v_ink;
flat in int v_flags;
out vec4 o_colour;
const int CALLS = 1, DONE = 2, DRILL = 4, AGES = 8, LATE = 32, STALE = 64, CHOSEN = 128, TINY = 256;

float octagon(vec2 p, float r) { p = abs(p); return max(max(p.x, p.y), (p.x + p.y) * 0.70711) - r; }
float triangle(vec2 p, float r) { p.y += r * 0.2; return max(abs(p.x) * 0.86603 + p.y * 0.5, -p.y) - r * 0.62; }
float arrow(vec2 p, float r) {
    p.x = abs(p.x);
    float outer = max(dot(p, normalize(vec2(1.9, 0.75))) - 0.37 * r, -p.y - r);
    float notch = dot(p, normalize(vec2(-0.6, -0.8))) - 0.3 * r;
    return max(outer, notch);
}
float form(vec2 p, float shape, float r) {
    if (shape < 0.5) return length(p) - r;
    if (shape < 1.5) { p = abs(p); return max(p.x, p.y) - r * 0.92; }
    if (shape < 2.5) return triangle(p, r * 1.25);
    if (shape < 3.5) return octagon(p, r);
    if (shape < 4.5) return arrow(p, r * 1.2);
    return length(p) - r;
}
void over(inout vec4 below, vec3 colour, float alpha) {
    below = vec4(colour * alpha, alpha) + below * (1.0 - alpha);
}
float inside(float d) { return clamp(0.5 - d * u_pixel, 0.0, 1.0); }
float line(float d, float width) { return clamp(0.5 + (width * 0.5 - abs(d)) * u_pixel, 0.0, 1.0); }

void main() {
    float shape = v_form.x;
    float r = v_form.y;
    vec3 colour = v_ink.rgb;
    vec2 p = v_at;
    if (shape > 3.5 && shape < 4.5) {
        float c = cos(v_form.z);
        float s = sin(v_form.z);
        p = vec2(p.x * c - p.y * s, p.x * s + p.y * c);
    }
    float d = form(p, shape, r);
    vec4 drawn = vec4(0.0);
    if ((v_flags & ~AGES) == TINY) {
        o_colour = vec4(colour, 1.0) * inside(d) * v_ink.a;
        return;
    }
    over(drawn, u_ground, inside(d - 1.5) * 0.85);
    if ((v_flags & (STALE | DONE)) != 0) {
        float dash = (v_flags & STALE) != 0 ? step(0.0, sin(atan(p.y, p.x) * 6.0)) : 1.0;
        over(drawn, colour, line(d + 0.75, 1.5) * dash);
    } else if (shape > 2.5 && shape < 3.5) {
        over(drawn, u_ground, inside(d));
        over(drawn, colour, line(d + 0.8, 1.6));
        over(drawn, colour, line(octagon(p, r * 0.7), 1.6));
        over(drawn, colour, inside(octagon(p, r * 0.42)));
    } else {
        over(drawn, colour, inside(d));
    }
    if ((v_flags & DRILL) != 0) {
        over(drawn, u_ground, inside(d + 1.0) * step(0.0, sin((v_at.x + v_at.y) * 1.6)));
    }
    if ((v_flags & LATE) != 0) {
        vec2 q = v_at - vec2(r * 0.8 + 2.5);
        float face = length(q) - 4.5;
        over(drawn, u_ground, inside(face - 1.0));
        over(drawn, u_text, line(face + 0.6, 1.2));
        float hand = min(length(q - vec2(0.0, clamp(q.y, 0.0, 2.6))), length(q - vec2(clamp(q.x, 0.0, 1.9), 0.0)));
        over(drawn, u_text, inside(hand - 0.6));
    }
    float ring = v_form.w;
    if (ring >= 0.0) over(drawn, colour, line(length(v_at) - r - 2.0 - 12.0 * ring, 2.0) * (1.0 - ring));
    if ((v_flags & CALLS) != 0 && fract(u_seconds) < 0.5) over(drawn, colour, line(length(v_at) - r - 5.0, 1.5));
    if ((v_flags & CHOSEN) != 0) over(drawn, u_selection, line(length(v_at) - r - 7.0, 2.0));
    drawn *= v_ink.a;
    if (drawn.a < 0.004) discard;
    o_colour = drawn;
}";
