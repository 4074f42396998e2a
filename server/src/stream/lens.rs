//! What a kind of viewers may see and want to see, wherever they look: rights, layers and a filter.

use domain::filter::{Condition, Fields, Filter};
use domain::policy::Audience;
use domain::wire::{Layer, RemovedWhy};
use sha2::{Digest, Sha256};

use super::item::{FILTER_FIELDS, Item};
use super::subscription::Refused;

#[derive(Clone, Debug)]
pub struct Lens {
    pub audience: Audience,
    layers: Layers,
    filter: Option<Filter>,
    /// The filter as it was written.
    filter_text: Option<String>,
    filter_fields: Vec<&'static str>,
}

/// Some of the layers, one bit each: asked of every thing that is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Layers(u8);

impl Layers {
    fn of(layers: &[Layer]) -> Self {
        Self(layers.iter().fold(0, |bits, layer| bits | bit(*layer)))
    }

    fn hold(self, layer: Layer) -> bool {
        self.0 & bit(layer) != 0
    }
}

fn bit(layer: Layer) -> u8 {
    1 << layer as u8
}

impl Lens {
    pub fn checked(
        audience: Audience,
        layers: &[Layer],
        text: Option<&str>,
    ) -> Result<Self, Refused> {
        let filter = text
            .filter(|text| !text.trim().is_empty())
            .map(|text| Filter::parse_for(text, FILTER_FIELDS))
            .transpose()
            .map_err(|error| Refused {
                pointer: "/subscribe/filter",
                reason: error.to_string(),
            })?;
        let filter_fields = filter.as_ref().map(named_fields).unwrap_or_default();
        Ok(Self {
            audience,
            layers: Layers::of(layers),
            filter,
            filter_text: text.map(str::to_owned),
            filter_fields,
        })
    }

    /// Whether it is what these words ask for. It may also be what others ask for that mean the same.
    pub fn is_of(&self, layers: &[Layer], filter: Option<&str>) -> bool {
        self.filter_text.as_deref() == filter && self.layers == Layers::of(layers)
    }

    /// People who look as their role has it are few kinds; filters are as many as somebody thinks of.
    pub fn is_filtered(&self) -> bool {
        self.filter.is_some()
    }

    /// How much its filter asks of each thing.
    pub fn terms(&self) -> usize {
        let condition = self.filter.as_ref().and_then(Filter::condition);
        condition.map_or(0, terms)
    }

    pub fn wants(&self, layer: Layer) -> bool {
        self.layers.hold(layer)
    }

    /// A number that tells lenses apart, the same after a restart.
    pub fn mark(&self) -> u64 {
        let conditions = self.filter.as_ref().map(Filter::condition);
        first_bytes(&format!(
            "{:?} {:?} {conditions:?}",
            self.audience, self.layers
        ))
    }

    pub fn shows(&self, item: &Item) -> bool {
        self.why_not(item).is_none()
    }

    /// Why it does not show an item.
    pub fn why_not(&self, item: &Item) -> Option<RemovedWhy> {
        if !item.shown_to(&self.audience) {
            return Some(RemovedWhy::Gone);
        }
        if !self.layers.hold(item.layer()) {
            return Some(RemovedWhy::LeftView);
        }
        let filter = self.filter.as_ref()?;
        // A filter speaks of things that have what it asks for; a filter on severity leaves units alone.
        let speaks = self
            .filter_fields
            .iter()
            .all(|name| item.field(name).is_some());
        (speaks && !filter.matches(item)).then_some(RemovedWhy::Filtered)
    }
}

/// A number that tells texts apart.
pub(super) fn first_bytes(text: &str) -> u64 {
    let sum = Sha256::digest(text.as_bytes());
    sum.iter()
        .take(8)
        .fold(0, |mark, byte| (mark << 8) | u64::from(*byte))
}

fn named_fields(filter: &Filter) -> Vec<&'static str> {
    let mut names = Vec::new();
    if let Some(condition) = filter.condition() {
        collect(condition, &mut names);
    }
    names
}

fn terms(condition: &Condition) -> usize {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().map(terms).sum(),
        Condition::Not(inner) => terms(inner),
        Condition::Compare { .. } => 1,
        Condition::OneOf { literals, .. } => literals.len(),
    }
}

fn collect(condition: &Condition, names: &mut Vec<&'static str>) {
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
