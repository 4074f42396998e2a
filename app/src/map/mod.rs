//! The one map: basemap and camera by MapLibre, everything that lives by our own layer.
//! Nothing that arrives moves the camera.

mod panel;

pub use panel::MapPanel;
