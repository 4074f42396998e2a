//! The desk's open map as other parts of the page reach it; does nothing before it is open.

use std::rc::Rc;

use domain::place::{Bounds, Position};
use leptos::prelude::*;

use super::camera::Camera;
use super::panel::Held;
use super::renderer::Renderer;
use super::things::Things;
use super::tools::link::Link;
use crate::live::desk::Desk;

/// Where a person wants to look, on the map without WebGL2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Wish {
    /// None keeps the middle.
    pub place: Option<Position>,
    /// None goes nearer by `by`.
    pub zoom: Option<f64>,
    pub by: f64,
}

#[derive(Clone, Copy)]
pub struct OpenMap {
    pub camera: RwSignal<Option<Camera>>,
    /// Set once it is on its way.
    pub(super) held: RwSignal<Option<Held>>,
    /// True as soon as it is drawn.
    pub is_open: RwSignal<bool>,
    /// A unit that a person follows.
    pub followed: RwSignal<Option<String>>,
    /// The letter of a tool that was asked for elsewhere on the page.
    pub wanted: RwSignal<Option<char>>,
    /// Taken by the plain map, if that is what shows.
    pub wish: RwSignal<Option<Wish>>,
    /// What the address asked for when the page was opened.
    pub link: StoredValue<Link>,
}

impl OpenMap {
    pub fn new() -> Self {
        Self {
            camera: RwSignal::new(None),
            held: RwSignal::new(None),
            is_open: RwSignal::new(false),
            followed: RwSignal::new(None),
            wanted: RwSignal::new(None),
            wish: RwSignal::new(None),
            link: StoredValue::new(Link::default()),
        }
    }

    /// Takes up what the address of the page asks for; call from an effect, before the map opens. The server has put the
    /// incident on the desk already.
    pub fn read_address(self, desk: Desk) {
        let query = window().location().search().unwrap_or_default();
        let decode = |text: &str| {
            js_sys::decode_uri_component(text).map_or_else(|_| text.to_owned(), String::from)
        };
        let link = Link::read(&query, decode);
        if let Some(tab) = link.tab {
            desk.tab.set(tab);
        }
        if !link.words.is_empty() {
            desk.search(link.words.clone());
        }
        self.link.set_value(link);
    }

    pub(super) fn with_things<T>(self, use_it: impl FnOnce(&Rc<Things>) -> T) -> Option<T> {
        let held = self.held.get_untracked()?;
        held.try_with_value(|things| things.as_ref().map(use_it))
            .flatten()
    }

    pub(super) fn with_renderer<T>(self, use_it: impl FnOnce(&Renderer) -> T) -> Option<T> {
        self.with_things(|things| things.with_renderer(use_it))
            .flatten()
    }

    /// A person asked to see this place; the zoom stays unless it is farther out than `zoom`.
    pub fn show(self, at: Position, zoom: f64) {
        let shown = self.with_renderer(|renderer| {
            renderer.show_place(at.longitude(), at.latitude(), zoom);
        });
        if shown.is_none() {
            self.wish.set(Some(Wish {
                place: Some(at),
                zoom: Some(self.zoom().max(zoom)),
                by: 0.0,
            }));
        }
    }

    /// A person pressed a button of the map; who was followed is left.
    pub fn zoom_by(self, by: f64) {
        self.followed.set(None);
        if self
            .with_renderer(|renderer| renderer.zoom_by(by))
            .is_none()
        {
            let (place, zoom) = (None, None);
            self.wish.set(Some(Wish { place, zoom, by }));
        }
    }

    pub fn show_all(self, bounds: Bounds) {
        self.followed.set(None);
        let shown = self.with_renderer(|renderer| renderer.show_bounds(bounds.degrees()));
        if shown.is_none() {
            self.wish.set(Some(Wish {
                place: Some(bounds.center()),
                zoom: None,
                by: f64::NEG_INFINITY,
            }));
        }
    }

    pub fn zoom(self) -> f64 {
        self.camera
            .get_untracked()
            .map_or(0.0, |camera| camera.zoom)
    }

    /// How strongly incidents, units and sensors are drawn, from 0 to 1.
    pub(super) fn fade(self, strengths: [f32; 3]) {
        self.with_things(|things| things.fade(strengths));
    }
}

impl Default for OpenMap {
    fn default() -> Self {
        Self::new()
    }
}
