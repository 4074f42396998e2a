//! The desk's open map as other parts of the page reach it; does nothing before it is open.

use std::rc::Rc;

use domain::place::Position;
use leptos::prelude::*;

use super::camera::Camera;
use super::panel::Held;
use super::renderer::Renderer;
use super::things::{Only, Things};
use super::tools::link::Link;
use crate::live::desk::Desk;

#[derive(Clone, Copy)]
pub struct OpenMap {
    pub camera: RwSignal<Option<Camera>>,
    /// Set once it is on its way.
    pub(super) held: RwSignal<Option<Held>>,
    /// True as soon as it is drawn.
    pub is_open: RwSignal<bool>,
    /// A unit that a person follows.
    pub followed: RwSignal<Option<String>>,
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
        self.with_renderer(|renderer| renderer.show_place(at.longitude(), at.latitude(), zoom));
    }

    /// Draws only these layers of what moves and measures, by their names on the wire.
    pub(super) fn only_layers(self, layers: Option<Vec<String>>) {
        self.with_things(|things| {
            things.only(Only {
                layers,
                ..Only::default()
            });
        });
    }
}

impl Default for OpenMap {
    fn default() -> Self {
        Self::new()
    }
}
