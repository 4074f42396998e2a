//! Units far out, counted by H3 cell: heat. Only counts, never who. Counted once for all who may see the same units, for each
//! size of cell, and written down once for those of them who look at the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use domain::interest::Cover;
use domain::place::Position;
use domain::policy::Audience;
use domain::time::Timestamp;
use domain::wire::heat::{Heat, HeatCell};
use domain::wire::{CellView, Layer, live};
use h3o::{CellIndex, LatLng, Resolution};

use super::frames::Framed;
use super::hub::Hub;
use super::item::Item;
use super::scene::Scene;
use super::subscription::View;

/// Counting looks at every unit; where a crowd stands does not change within this.
pub const COUNT_EVERY: Duration = Duration::from_secs(2);
/// Frames kept for whoever else looks at the same and was told the same.
const MOST_FRAMES: usize = 32;

pub type Counts = BTreeMap<u64, u32>;

/// Where the units stand that an audience may see.
fn places<'a>(scene: &'a Scene, audience: &'a Audience) -> impl Iterator<Item = Position> + 'a {
    scene
        .things
        .all()
        .filter_map(|(_, _, shown)| match &shown.item {
            Item::Unit(unit) if shown.item.shown_to(audience) => Some(unit.whereabouts.position),
            _ => None,
        })
}

fn by_cell(places: impl Iterator<Item = Position>, resolution: Resolution) -> Counts {
    let mut counts = BTreeMap::new();
    for at in places {
        if let Ok(place) = LatLng::new(at.latitude(), at.longitude()) {
            *counts
                .entry(u64::from(place.to_cell(resolution)))
                .or_insert(0) += 1;
        }
    }
    counts
}

/// The units of a view, exact to its box, of which heat is to be counted.
pub struct Standing(Vec<Position>);

impl Standing {
    pub fn in_view(scene: &Scene, view: &View) -> Self {
        if !view.wants(Layer::Heat) {
            return Self(Vec::new());
        }
        let seen = places(scene, &view.lens.audience);
        Self(seen.filter(|at| view.bounds().contains(*at)).collect())
    }

    /// By cell; this takes longer than reading where everybody is, and is done after the scene is let go.
    pub fn counted(self, zoom: f32) -> Counts {
        by_cell(self.0.into_iter(), resolution_of(zoom))
    }
}

/// Cells about 40 px wide on a 512-px tile map.
pub fn resolution_of(zoom: f32) -> Resolution {
    match zoom {
        zoom if zoom < 6.0 => Resolution::Four,
        zoom if zoom < 8.0 => Resolution::Five,
        zoom if zoom < 9.5 => Resolution::Six,
        zoom if zoom < 11.0 => Resolution::Seven,
        zoom if zoom < 12.5 => Resolution::Eight,
        _ => Resolution::Nine,
    }
}

/// What differs between two counts; a cell that emptied counts 0.
fn differing(before: &Counts, after: &Counts) -> Vec<(u64, u32)> {
    let other = after
        .iter()
        .filter(|(cell, count)| before.get(cell) != Some(count));
    let gone = before.keys().filter(|cell| !after.contains_key(*cell));
    let other = other.map(|(cell, count)| (*cell, *count));
    other.chain(gone.map(|cell| (*cell, 0))).collect()
}

pub fn changed(before: &Counts, after: &Counts) -> Vec<CellView> {
    let shown = |(cell, count): (u64, u32)| {
        let h3 = CellIndex::try_from(cell).ok()?.to_string();
        Some(CellView { h3, count })
    };
    differing(before, after)
        .into_iter()
        .filter_map(shown)
        .collect()
}

/// The units that somebody may see by cells of one size, as they stood at a position.
pub struct Counted {
    resolution: Resolution,
    position: u64,
    at: Instant,
    now: Timestamp,
    counts: Counts,
    frames: Mutex<Vec<Known>>,
}

struct Known {
    before: Option<Mark>,
    cover: Cover,
    framed: Option<Arc<Framed>>,
}

/// What somebody was told last: these counts, as far as they lie in this cover.
#[derive(Clone)]
pub struct Held {
    pub counted: Arc<Counted>,
    pub cover: Cover,
}

/// Which counts somebody was told, without holding on to them.
type Mark = (u64, Resolution, Cover);

impl Held {
    fn mark(&self) -> Mark {
        (self.counted.position, self.counted.resolution, self.cover)
    }
}

/// One for each audience that somebody looks for.
#[derive(Default)]
pub struct Thermometers(Mutex<Vec<Weak<Thermometer>>>);

impl Thermometers {
    pub fn of(&self, audience: &Audience) -> Arc<Thermometer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.strong_count() > 0);
        let mut living = all.iter().filter_map(Weak::upgrade);
        if let Some(known) = living.find(|one| one.audience == *audience) {
            return known;
        }
        drop(living);
        let made = Arc::new(Thermometer {
            audience: audience.clone(),
            latest: Mutex::default(),
        });
        all.push(Arc::downgrade(&made));
        made
    }
}

/// The latest counts of what an audience may see, by resolution.
pub struct Thermometer {
    audience: Audience,
    latest: Mutex<Vec<Arc<Counted>>>,
}

impl Thermometer {
    /// Whether counts of that size are at hand and new enough.
    pub fn has(&self, resolution: Resolution, position: u64) -> bool {
        self.known(resolution, position).is_some()
    }

    fn known(&self, resolution: Resolution, position: u64) -> Option<Arc<Counted>> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let mut same = latest.iter().filter(|one| one.resolution == resolution);
        let fits = |one: &&Arc<Counted>| one.position == position || one.at.elapsed() < COUNT_EVERY;
        same.find(fits).cloned()
    }

    pub fn read(&self, hub: &Hub, resolution: Resolution) -> Arc<Counted> {
        let position = hub.read(|scene| scene.position);
        if let Some(known) = self.known(resolution, position) {
            return known;
        }
        // Cells are found after the scene is let go: that takes longer than reading where everybody is.
        let (position, now, found) = hub.read(|scene| {
            let found: Vec<Position> = places(scene, &self.audience).collect();
            (scene.position, scene.now(), found)
        });
        let counted = Arc::new(Counted {
            resolution,
            position,
            at: Instant::now(),
            now,
            counts: by_cell(found.into_iter(), resolution),
            frames: Mutex::default(),
        });
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|one| one.resolution != resolution);
        latest.push(counted.clone());
        counted
    }
}

impl Counted {
    pub fn is_of(&self, resolution: Resolution) -> bool {
        self.resolution == resolution
    }

    pub fn position(&self) -> u64 {
        self.position
    }

    fn within(&self, cover: Cover) -> Counts {
        let inside = |cell: u64| {
            let middle = CellIndex::try_from(cell).map(LatLng::from).ok()?;
            let at = Position::from_degrees(middle.lng(), middle.lat()).ok()?;
            cover.holds(Some(at)).then_some(())
        };
        let counts = self.counts.iter();
        counts
            .filter(|(cell, _)| inside(**cell).is_some())
            .map(|(cell, count)| (*cell, *count))
            .collect()
    }

    /// What somebody who looks at `cover` is to be told after `before`; nothing if it is all the same.
    pub fn frame(&self, cover: Cover, before: Option<&Held>) -> Option<Arc<Framed>> {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = before.map(Held::mark);
        let same = |known: &&Known| known.before == mark && known.cover == cover;
        if let Some(known) = frames.iter().find(same) {
            return known.framed.clone();
        }
        let framed = self.written(cover, before).map(Arc::new);
        if frames.len() < MOST_FRAMES {
            frames.push(Known {
                before: mark,
                cover,
                framed: framed.clone(),
            });
        }
        framed
    }

    fn written(&self, cover: Cover, before: Option<&Held>) -> Option<Framed> {
        let told = before.filter(|held| held.counted.resolution == self.resolution);
        let known = told.map_or_else(Counts::new, |held| held.counted.within(held.cover));
        let differing = differing(&known, &self.within(cover));
        if told.is_some() && differing.is_empty() {
            return None;
        }
        let cells = differing.into_iter().filter_map(|(cell, count)| {
            let outline = match count == 0 || known.contains_key(&cell) {
                true => Vec::new(),
                false => outline(cell)?,
            };
            Some(HeatCell::whole(cell, count, &outline))
        });
        Some(Framed::binary(&live::heat(&Heat {
            anew: told.is_none(),
            now: self.now,
            cells: cells.collect(),
        })))
    }
}

fn outline(cell: u64) -> Option<Vec<Position>> {
    let boundary = CellIndex::try_from(cell).ok()?.boundary();
    let corners = boundary.iter();
    corners
        .map(|at| Position::from_degrees(at.lng(), at.lat()).ok())
        .collect()
}
