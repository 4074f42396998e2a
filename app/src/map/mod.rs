//! The one map: basemap and camera by MapLibre, everything that lives by our own layer.
//! Nothing that arrives moves the camera. Only `renderer` touches JavaScript, only `gpu` WebGL.

pub mod camera;
pub mod far;
mod gpu;
pub mod layers;
mod marks;
pub mod open_map;
mod pace;
mod panel;
pub mod picking;
pub mod plain;
pub mod projection;
mod renderer;
mod setting;
mod shaders;
mod sheets;
mod things;
mod tokens;
pub mod tools;

pub use panel::{CANVAS_ID, Held, MapFoot, MapPanel, Stage, said_of};
pub use renderer::has_webgl2;
pub use setting::{Only, Setting, draws};
pub use things::Things;
