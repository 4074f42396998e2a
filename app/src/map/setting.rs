//! How a map is used, and what of everything it draws. Pure.

use domain::category::CategoryCode;
use domain::ids::IncidentId;
use domain::place::Position;
use domain::wire::IncidentView;

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

    pub(super) fn has_layer(&self, name: &str) -> bool {
        self.layers
            .as_ref()
            .is_none_or(|layers| layers.is_empty() || layers.iter().any(|layer| layer == name))
    }
}
