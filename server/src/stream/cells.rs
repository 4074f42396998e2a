//! Units far out, counted by H3 cell: heat. Only counts, never who.

use std::collections::BTreeMap;

use domain::wire::{CellView, Layer};
use h3o::{CellIndex, LatLng, Resolution};

use super::item::Item;
use super::scene::Scene;
use super::subscription::View;

/// Counts of the units of a view by cell.
pub fn counted(scene: &Scene, view: &View) -> BTreeMap<u64, u32> {
    let mut counts = BTreeMap::new();
    if !view.wants(Layer::Heat) {
        return counts;
    }
    let resolution = resolution_of(view.zoom);
    for (_, _, shown) in scene.things.all() {
        let Item::Unit(unit) = &shown.item else {
            continue;
        };
        let position = unit.whereabouts.position;
        if !shown.item.shown_to(&view.lens.audience) || !view.bounds().contains(position) {
            continue;
        }
        if let Ok(place) = LatLng::new(position.latitude(), position.longitude()) {
            *counts
                .entry(u64::from(place.to_cell(resolution)))
                .or_insert(0) += 1;
        }
    }
    counts
}

/// Cells about 40 px wide on a 512-px tile map.
fn resolution_of(zoom: f32) -> Resolution {
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
pub fn changed(before: &BTreeMap<u64, u32>, after: &BTreeMap<u64, u32>) -> Vec<CellView> {
    let mut cells = Vec::new();
    for (cell, count) in after {
        if before.get(cell) != Some(count) {
            cells.extend(shown(*cell, *count));
        }
    }
    for cell in before.keys().filter(|cell| !after.contains_key(*cell)) {
        cells.extend(shown(*cell, 0));
    }
    cells
}

fn shown(cell: u64, count: u32) -> Option<CellView> {
    let index = CellIndex::try_from(cell).ok()?;
    Some(CellView {
        h3: index.to_string(),
        count,
    })
}
