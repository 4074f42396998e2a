//! How a mark is drawn, pixel by pixel. The numbers of an instance come from `layers`; the flags are its `FLAG_…`.
//! `MOVE_SECONDS` is put in when the program is made.

/// A square around each mark, no larger than what is drawn in it: rings and the sign of lateness need more room than the
/// thousands that have none. Motion is interpolated here.
pub const VERTEX: &str = r"#version 300 es
layout(location = 0) in vec4 a_path;
layout(location = 1) in vec4 a_life;
layout(location = 2) in vec4 a_turn;
layout(location = 3) in vec2 a_end;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
uniform float u_seconds;
uniform float u_pixel;
out vec2 v_at;
flat out vec4 v_life;
flat out vec4 v_turn;
flat out vec2 v_end;
void main() {
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
    float part = clamp((u_seconds - a_life.x) / MOVE_SECONDS, 0.0, 1.0);
    vec4 place = u_matrix * vec4(mix(a_path.xy, a_path.zw, part), 0.0, 1.0);
    float r = a_life.z * 0.5;
    int flags = int(a_end.y + 0.5);
    float age = u_seconds - a_life.y;
    bool ringed = (flags & 6) != 0 || (age >= 0.0 && age < 0.6);
    float reach = ringed ? r + 18.0 : max(r * 1.55 + 2.5, (flags & 1) != 0 ? r * 0.8 + 9.0 : 0.0);
    v_at = corner * reach;
    v_life = a_life;
    v_turn = a_turn;
    v_end = a_end;
    place.xy += v_at * u_pixel * 2.0 / u_viewport * place.w;
    gl_Position = place;
}";

/// Shapes by distance: severity first by form, then by colour; the notch of lateness; rings of newness, call and choice.
pub const FRAGMENT: &str = r"#version 300 es
precision highp float;
uniform float u_seconds;
uniform float u_pixel;
uniform float u_dim;
uniform vec3 u_selection;
uniform vec3 u_ground;
uniform vec3 u_text;
in vec2 v_at;
flat in vec4 v_life;
flat in vec4 v_turn;
flat in vec2 v_end;
out vec4 o_colour;

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
    float shape = v_life.w;
    float r = v_life.z * 0.5;
    int flags = int(v_end.y + 0.5);
    bool selected = (flags & 2) != 0;
    vec3 colour = v_turn.yzw;
    vec2 p = v_at;
    if (shape > 3.5 && shape < 4.5) {
        float c = cos(v_turn.x);
        float s = sin(v_turn.x);
        p = vec2(p.x * c - p.y * s, p.x * s + p.y * c);
    }
    float d = form(p, shape, r);
    vec4 drawn = vec4(0.0);
    over(drawn, u_ground, inside(d - 1.5) * 0.85);
    if ((flags & 24) != 0) {
        float dash = (flags & 8) != 0 ? step(0.0, sin(atan(p.y, p.x) * 6.0)) : 1.0;
        over(drawn, colour, line(d + 0.75, 1.5) * dash);
    } else if (shape > 2.5 && shape < 3.5) {
        over(drawn, u_ground, inside(d));
        over(drawn, colour, line(d + 0.8, 1.6));
        over(drawn, colour, line(octagon(p, r * 0.7), 1.6));
        over(drawn, colour, inside(octagon(p, r * 0.42)));
    } else {
        over(drawn, colour, inside(d));
    }
    if ((flags & 32) != 0) {
        over(drawn, u_ground, inside(d + 1.0) * step(0.0, sin((v_at.x + v_at.y) * 1.6)));
    }
    if ((flags & 1) != 0) {
        vec2 q = v_at - vec2(r * 0.8 + 2.5);
        float face = length(q) - 4.5;
        over(drawn, u_ground, inside(face - 1.0));
        over(drawn, u_text, line(face + 0.6, 1.2));
        float hand = min(length(q - vec2(0.0, clamp(q.y, 0.0, 2.6))), length(q - vec2(clamp(q.x, 0.0, 1.9), 0.0)));
        over(drawn, u_text, inside(hand - 0.6));
    }
    float age = (u_seconds - v_life.y) / 0.6;
    if (age >= 0.0 && age < 1.0) over(drawn, colour, line(length(v_at) - r - 2.0 - 12.0 * age, 2.0) * (1.0 - age));
    if ((flags & 4) != 0 && fract(u_seconds) < 0.5) over(drawn, colour, line(length(v_at) - r - 5.0, 1.5));
    if (selected) over(drawn, u_selection, line(length(v_at) - r - 7.0, 2.0));
    drawn *= v_end.x * (selected ? 1.0 : u_dim);
    if (drawn.a < 0.004) discard;
    o_colour = drawn;
}";
