//! What one viewer wants to see, checked: a box, layers, and a filter.

use std::collections::BTreeSet;

use domain::filter::{Fields, Filter};
use domain::place::Bounds;
use domain::policy::Audience;
use domain::wire::{Layer, RemovedWhy, Subscription};

use super::item::{FILTER_FIELDS, Item, Key};

/// A checked subscription together with who looks.
#[derive(Clone, Debug)]
pub struct View {
    pub asked: Subscription,
    pub audience: Audience,
    bounds: Bounds,
    layers: BTreeSet<Layer>,
    filter: Option<Filter>,
    filter_fields: Vec<&'static str>,
    pub zoom: f32,
}

/// Why a subscription was not taken; the one before it stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub pointer: &'static str,
    pub reason: String,
}

impl View {
    pub fn checked(asked: Subscription, audience: Audience) -> Result<Self, Refused> {
        let bounds = Bounds::from_degrees(asked.bbox).map_err(|error| Refused {
            pointer: "/subscribe/bbox",
            reason: error.to_string(),
        })?;
        if !asked.zoom.is_finite() || !(0.0..=30.0).contains(&asked.zoom) {
            return Err(Refused {
                pointer: "/subscribe/zoom",
                reason: format!("{} is outside 0..30", asked.zoom),
            });
        }
        let filter = match asked
            .filter
            .as_deref()
            .filter(|text| !text.trim().is_empty())
        {
            None => None,
            Some(text) => {
                Some(
                    Filter::parse_for(text, FILTER_FIELDS).map_err(|error| Refused {
                        pointer: "/subscribe/filter",
                        reason: error.to_string(),
                    })?,
                )
            }
        };
        let filter_fields = filter.as_ref().map(named_fields).unwrap_or_default();
        Ok(Self {
            bounds,
            layers: asked.layers.iter().copied().collect(),
            filter,
            filter_fields,
            zoom: asked.zoom,
            audience,
            asked: Subscription {
                resume: None,
                ..asked
            },
        })
    }

    pub fn wants(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }

    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Whether an item is in view. What has no place is in every view: nobody would find it otherwise.
    pub fn shows(&self, key: &Key, item: &Item) -> bool {
        self.why_not(key, item).is_none()
    }

    /// Why an item is not in view.
    pub fn why_not(&self, key: &Key, item: &Item) -> Option<RemovedWhy> {
        if !item.shown_to(&self.audience) {
            return Some(RemovedWhy::Gone);
        }
        if !self.layers.contains(&key.layer()) {
            return Some(RemovedWhy::LeftView);
        }
        if let Some(position) = item.position()
            && !self.bounds.contains(position)
        {
            return Some(RemovedWhy::LeftView);
        }
        if let Some(filter) = &self.filter {
            // A filter speaks of things that have what it asks for; a filter on severity leaves units alone.
            let speaks = self
                .filter_fields
                .iter()
                .all(|name| item.field(name).is_some());
            if speaks && !filter.matches(item) {
                return Some(RemovedWhy::Filtered);
            }
        }
        None
    }
}

fn named_fields(filter: &Filter) -> Vec<&'static str> {
    let mut names = Vec::new();
    if let Some(condition) = filter.condition() {
        collect(condition, &mut names);
    }
    names
}

fn collect(condition: &domain::filter::Condition, names: &mut Vec<&'static str>) {
    use domain::filter::Condition;
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                collect(part, names);
            }
        }
        Condition::Not(inner) => collect(inner, names),
        Condition::Compare { field, .. } | Condition::OneOf { field, .. } => {
            if let Some(known) = FILTER_FIELDS.iter().find(|known| *known == field)
                && !names.contains(known)
            {
                names.push(known);
            }
        }
    }
}
