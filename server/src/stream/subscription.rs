//! What one viewer wants to see, checked: a box, and through which lens.

use domain::place::Bounds;
use domain::policy::Audience;
use domain::wire::{Layer, RemovedWhy, Subscription};

use super::item::Item;
use super::lens::Lens;

/// A checked subscription together with who looks.
#[derive(Clone, Debug)]
pub struct View {
    pub asked: Subscription,
    pub lens: Lens,
    bounds: Bounds,
    pub zoom: f32,
}

/// Why a subscription was not taken; the one before it stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub pointer: &'static str,
    pub reason: String,
}

/// The box and zoom of a view, as anybody may send them.
pub fn checked_box(bbox: [f64; 4], zoom: f32) -> Result<Bounds, Refused> {
    let bounds = Bounds::from_degrees(bbox).map_err(|error| Refused {
        pointer: "/subscribe/bbox",
        reason: error.to_string(),
    })?;
    if !zoom.is_finite() || !(0.0..=30.0).contains(&zoom) {
        return Err(Refused {
            pointer: "/subscribe/zoom",
            reason: format!("{zoom} is outside 0..30"),
        });
    }
    Ok(bounds)
}

impl View {
    pub fn checked(asked: Subscription, audience: Audience) -> Result<Self, Refused> {
        Ok(Self {
            bounds: checked_box(asked.bbox, asked.zoom)?,
            lens: Lens::checked(audience, &asked.layers, asked.filter.as_deref())?,
            zoom: asked.zoom,
            asked: Subscription {
                resume: None,
                ..asked
            },
        })
    }

    pub fn wants(&self, layer: Layer) -> bool {
        self.lens.wants(layer)
    }

    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether an item is in view. What has no place is in every view: nobody would find it otherwise.
    pub fn shows(&self, item: &Item) -> bool {
        self.why_not(item).is_none()
    }

    /// Why an item is not in view.
    pub fn why_not(&self, item: &Item) -> Option<RemovedWhy> {
        let outside = item
            .position()
            .is_some_and(|position| !self.bounds.contains(position));
        match self.lens.why_not(item) {
            Some(RemovedWhy::Filtered) | None if outside => Some(RemovedWhy::LeftView),
            other => other,
        }
    }
}
