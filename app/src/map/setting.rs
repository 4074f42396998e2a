//! How a map is used, and what of everything it draws. Pure.

use domain::category::CategoryCode;
use domain::ids::IncidentId;
use domain::place::Position;
use domain::wire::{IncidentView, Layer};

/// How a map is used.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Setting {
    /// Labels and marks against the page's type.
    pub scale: f64,
    /// Whether hands may move it.
    pub by_hand: bool,
    /// Where it looks first (west, south, east, north); none is the whole city.
    pub bounds: Option<[f64; 4]>,
    /// What of its box is covered (left, top, right, bottom).
    pub edges: [f64; 4],
}

impl Setting {
    pub const DESK: Self = Self {
        scale: 1.0,
        by_hand: true,
        bounds: None,
        edges: [16.0; 4],
    };
    /// Narrower ones fold their tools away.
    const WIDE_PX: i32 = 500;

    /// The whole city, clear of the tools at the left and of what stands at the bottom.
    pub fn desk_of(width: i32) -> Self {
        let left = if width > Self::WIDE_PX { 60.0 } else { 16.0 };
        Self {
            edges: [left, 16.0, 16.0, 48.0],
            ..Self::DESK
        }
    }
}

/// What is drawn of everything there is.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Only {
    /// Ringed, with the rest dimmed.
    pub incident: Option<IncidentId>,
    pub place: Option<Position>,
    /// Empty for all.
    pub categories: Vec<CategoryCode>,
    /// By their names on the wire; none for all.
    pub layers: Option<Vec<String>>,
}

impl Only {
    pub(super) fn holds(&self, view: &IncidentView) -> bool {
        self.categories.is_empty()
            || self.incident == Some(view.id)
            || view
                .category
                .is_some_and(|code| self.categories.contains(&code))
    }

    pub(super) fn has_layer(&self, layer: Layer) -> bool {
        draws(self.layers.as_deref(), layer)
    }
}

/// Whether a map of these layers (by their names on the wire; none named for all) draws one: incidents and alarms in any case,
/// and where units are drawn the heat that stands for them far out.
pub fn draws(layers: Option<&[String]>, layer: Layer) -> bool {
    let Some(layers) = layers.filter(|layers| !layers.is_empty()) else {
        return true;
    };
    let names = |layer: Layer| layers.iter().any(|name| name == layer.name());
    match layer {
        Layer::Incidents | Layer::Alarms => true,
        Layer::Heat => names(Layer::Heat) || names(Layer::Units),
        Layer::Units | Layer::Sensors => names(layer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heat_goes_with_units_and_no_map_is_without_incidents() {
        let always = [Layer::Incidents, Layer::Alarms];
        let drawn = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let drawn = |layer: &Layer| draws(Some(&names), *layer);
            Layer::ALL.into_iter().filter(drawn).collect::<Vec<_>>()
        };
        let with = |more: &[Layer]| {
            let is_drawn = |layer: &Layer| always.contains(layer) || more.contains(layer);
            Layer::ALL.into_iter().filter(is_drawn).collect::<Vec<_>>()
        };
        assert_eq!(drawn(&[]), Layer::ALL);
        assert!(Layer::ALL.into_iter().all(|layer| draws(None, layer)));
        for (named, more) in [
            (&["incidents"][..], &[][..]),
            (&["units"], &[Layer::Units, Layer::Heat]),
            (&["heat"], &[Layer::Heat]),
            (&["sensors", "none"], &[Layer::Sensors]),
        ] {
            assert_eq!(drawn(named), with(more), "{named:?}");
        }
    }
}
