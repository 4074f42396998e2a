//! Which tool a person has in hand, and what it holds. Lives as long as the desk's map shows.

use domain::place::Position;
use domain::wire::Layer;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::drawn::Drawn;
use super::frame::Frame;
use super::imagery::Listed;
use super::imagery_choice::{Imagery, present};
use super::layer_choice::Choice;
use super::notation::Notation;
use super::words::Word;
use crate::live::desk::Desk;
use crate::map::open_map::OpenMap;

#[wasm_bindgen(raw_module = "./tools.js")]
extern "C" {
    #[wasm_bindgen(js_name = copyText)]
    fn copy_text(text: &str) -> js_sys::Promise;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    Coordinates,
    Measure,
    Box,
    Lasso,
    Nearest,
    Follow,
    Layers,
    Imagery,
}

impl Tool {
    pub const ALL: [Self; 8] = [
        Self::Coordinates,
        Self::Measure,
        Self::Box,
        Self::Lasso,
        Self::Nearest,
        Self::Follow,
        Self::Layers,
        Self::Imagery,
    ];

    /// For tests and styles.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coordinates => "coordinates",
            Self::Measure => "measure",
            Self::Box => "box",
            Self::Lasso => "lasso",
            Self::Nearest => "nearest",
            Self::Follow => "follow",
            Self::Layers => "layers",
            Self::Imagery => "imagery",
        }
    }

    pub fn word(self) -> Word {
        match self {
            Self::Coordinates => Word::Coordinates,
            Self::Measure => Word::Measure,
            Self::Box => Word::Box,
            Self::Lasso => Word::Lasso,
            Self::Nearest => Word::Nearest,
            Self::Follow => Word::Follow,
            Self::Layers => Word::Layers,
            Self::Imagery => Word::Imagery,
        }
    }

    /// The letter behind the key of the tools.
    pub fn letter(self) -> char {
        match self {
            Self::Coordinates => 'C',
            Self::Measure => 'M',
            Self::Box => 'B',
            Self::Lasso => 'L',
            Self::Nearest => 'N',
            Self::Follow => 'F',
            Self::Layers => 'Y',
            Self::Imagery => 'I',
        }
    }

    /// Whether a click on the map is this tool's and not a choice of an incident.
    pub fn takes_clicks(self) -> bool {
        matches!(self, Self::Measure | Self::Nearest | Self::Follow)
    }

    /// Whether a drag on the map draws instead of moving it.
    pub fn draws(self) -> bool {
        matches!(self, Self::Box | Self::Lasso)
    }
}

#[derive(Clone, Copy)]
pub struct Tools {
    pub desk: Desk,
    pub map: OpenMap,
    pub tool: RwSignal<Option<Tool>>,
    /// The key of the tools was pressed: the next letter says which.
    pub armed: RwSignal<bool>,
    /// Of the map's box, in CSS pixels.
    pub size: RwSignal<[f64; 2]>,
    pub pointer: RwSignal<Option<Position>>,
    pub notation: RwSignal<Notation>,
    pub measured: RwSignal<Vec<Position>>,
    /// The line of the hand while it draws.
    pub drawing: RwSignal<Vec<[f64; 2]>>,
    pub drawn: RwSignal<Option<Drawn>>,
    /// A place that was clicked to ask who is near it.
    pub asked_near: RwSignal<Option<Position>>,
    /// Where the lines to the nearest end.
    pub near_lines: RwSignal<Vec<Position>>,
    pub layers: RwSignal<Choice>,
    /// What of the city the seat drew that is looked from; none where it is one's own, or the seat did not tell.
    pub seat_layers: Memo<Option<Vec<Layer>>>,
    /// What the map shows: one's own choice, at a seat the seat's.
    pub layers_shown: Memo<Choice>,
    /// None is known where it should show.
    pub heat_missing: RwSignal<bool>,
    /// Stays when its card is put away, as layers do.
    pub imagery: RwSignal<Option<Imagery>>,
    pub imagery_list: RwSignal<Listed>,
    /// What of the chosen imagery lies on the map.
    pub imagery_shown: Memo<Option<Imagery>>,
    /// Whether the cost of each second is shown.
    pub budget: RwSignal<bool>,
    pub frame: Memo<Option<Frame>>,
}

impl Tools {
    pub fn new(desk: Desk, map: OpenMap) -> Self {
        let size = RwSignal::new([0.0; 2]);
        let frame = Memo::new(move |_| {
            let camera = map.camera.get()?;
            Frame::of(&camera, size.get())
        });
        let imagery = RwSignal::new(None::<Imagery>);
        let imagery_list = RwSignal::new(Listed::NotAsked);
        let imagery_shown = Memo::new(move |_| {
            let chosen = imagery.get().filter(|_| map.is_open.get())?;
            imagery_list.with(|list| match list {
                Listed::There(list) => present(list, &chosen),
                _ => None,
            })
        });
        let layers = RwSignal::new(Choice::default());
        let seat_layers = Memo::new(move |_| {
            let seat = desk.past.seat.read();
            let told = seat.as_ref().map(|seat| seat.layers.clone());
            told.filter(|layers| !layers.is_empty())
        });
        let layers_shown = Memo::new(move |_| match &*seat_layers.read() {
            Some(seat) => layers.get().at_seat(seat),
            None => layers.get(),
        });
        Self {
            desk,
            map,
            tool: RwSignal::new(None),
            armed: RwSignal::new(false),
            size,
            pointer: RwSignal::new(None),
            notation: RwSignal::new(Notation::default()),
            measured: RwSignal::new(Vec::new()),
            drawing: RwSignal::new(Vec::new()),
            drawn: RwSignal::new(None),
            asked_near: RwSignal::new(None),
            near_lines: RwSignal::new(Vec::new()),
            layers,
            seat_layers,
            layers_shown,
            heat_missing: RwSignal::new(false),
            imagery,
            imagery_list,
            imagery_shown,
            budget: RwSignal::new(false),
            frame,
        }
    }

    /// Takes a tool in hand, or puts it away if it is there already. What another one drew goes with it.
    pub fn take(self, tool: Tool) {
        let next = (self.tool.get_untracked() != Some(tool)).then_some(tool);
        self.put_away();
        self.tool.set(next);
    }

    pub fn put_away(self) {
        self.tool.set(None);
        self.measured.set(Vec::new());
        self.drawing.set(Vec::new());
        self.drawn.set(None);
        self.asked_near.set(None);
        self.near_lines.set(Vec::new());
    }

    /// Whether two dates of imagery lie beside each other.
    pub fn comparing(self) -> bool {
        self.imagery.with(|chosen| {
            chosen
                .as_ref()
                .is_some_and(|chosen| chosen.compared.is_some())
        })
    }

    /// The left date stays.
    pub fn end_comparing(self) {
        self.imagery.update(|chosen| {
            if let Some(chosen) = chosen {
                chosen.compared = None;
            }
        });
    }

    pub fn undo_point(self) {
        self.measured.update(|points| {
            points.pop();
        });
    }

    /// The place of the incident on the desk.
    pub fn selected_place(self) -> Option<Position> {
        self.desk.selected.get()?;
        self.desk
            .detail
            .with(|detail| detail.as_ref()?.incident.position)
    }

    pub fn center(self) -> Option<Position> {
        let camera = self.map.camera.get()?;
        Position::from_degrees(camera.longitude, camera.latitude).ok()
    }

    pub fn copy(self, text: String) {
        let desk = self.desk;
        spawn_local(async move {
            let done = JsFuture::from(copy_text(&text)).await;
            let word = match done.is_ok_and(|done| done.is_truthy()) {
                true => Word::Copied,
                false => Word::NotCopied,
            };
            let language = desk.settings.language.get_untracked();
            desk.notice
                .set(Some(word.filled(language, &[("what", &text)])));
        });
    }

    /// What Enter copies: the place under the pointer, or the middle of the map.
    pub fn copy_place(self) {
        let place = self
            .pointer
            .get_untracked()
            .or_else(|| untrack(|| self.center()));
        if let Some(place) = place {
            self.copy(self.notation.get_untracked().written(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn no_two_tools_share_a_letter() {
        let all = crate::map::tools::by_letter();
        let letters: BTreeSet<char> = all.iter().map(|(_, letter)| *letter).collect();
        assert_eq!(letters.len(), all.len());
    }
}
