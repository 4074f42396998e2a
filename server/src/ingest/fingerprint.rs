//! Who an observation is and what it says, as two hashes: the machine tells duplicates from conflicts by them alone.
//! What a person gave about himself never enters them: a hash of a telephone number can be undone by trying all.

use domain::area::Area;
use domain::ids::{ObservationId, SourceId};
use domain::observation::{Body, Fingerprint, Observation};
use sha2::{Digest, Sha256};

/// The first 16 bytes of SHA-256 over source, a zero byte, id. Ids hold no control characters, so no two pairs meet.
pub fn identity(source: &SourceId, id: &ObservationId) -> u128 {
    let mut hash = Sha256::new();
    hash.update(source.as_str());
    hash.update([0]);
    hash.update(id.as_str());
    let hash: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    u128::from_be_bytes(first)
}

/// The first 8 bytes of SHA-256 over everything but the version, in a form that outlives this program: each member has
/// a tag, absent ones leave nothing, so members can be added and old hashes stay.
pub fn content(observation: &Observation) -> u64 {
    let mut form = Form(Vec::with_capacity(512));
    form.whole(1, observation.time.millis());
    if let Some(at) = observation.position {
        form.whole(2, at.lon_e6().into());
        form.whole(3, at.lat_e6().into());
    }
    if let Some(area) = &observation.area {
        form.area(4, area);
    }
    if let Some(accuracy_m) = observation.accuracy_m {
        form.whole(5, accuracy_m.into());
    }
    form.body(&observation.body);
    if observation.drill {
        form.whole(6, 1);
    }
    for (name, value) in &observation.attributes {
        form.text(7, name);
        form.text(8, value);
    }
    let hash: [u8; 32] = Sha256::digest(&form.0).into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first)
}

pub fn of(observation: &Observation) -> Fingerprint {
    Fingerprint {
        identity: identity(&observation.source, &observation.id),
        content: content(observation),
    }
}

struct Form(Vec<u8>);

impl Form {
    fn whole(&mut self, tag: u8, value: i64) {
        self.0.push(tag);
        self.0.extend_from_slice(&value.to_be_bytes());
    }

    fn text(&mut self, tag: u8, text: &str) {
        self.whole(tag, text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, tag: u8, text: Option<&str>) {
        if let Some(text) = text {
            self.text(tag, text);
        }
    }

    fn area(&mut self, tag: u8, area: &Area) {
        for polygon in area.polygons() {
            self.whole(tag, polygon.holes().len() as i64);
            for ring in std::iter::once(polygon.exterior()).chain(polygon.holes()) {
                self.whole(tag, ring.corners().len() as i64);
                for corner in ring.corners() {
                    self.0.extend_from_slice(&corner.lon_e6().to_be_bytes());
                    self.0.extend_from_slice(&corner.lat_e6().to_be_bytes());
                }
            }
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Report {
                text,
                category,
                severity,
            } => {
                self.text(16, text);
                self.optional(17, category.map(|code| code.to_string()).as_deref());
                self.whole(18, severity.map_or(0, |severity| severity.level().into()));
            }
            Body::Reading {
                thing,
                property,
                value,
                unit,
            } => {
                self.text(32, thing.as_str());
                self.text(33, property.as_str());
                // Plus zero turns -0 into 0.
                self.whole(34, (value + 0.0).to_bits() as i64);
                self.text(35, unit);
            }
            Body::Position { thing, motion } => {
                self.text(48, thing.as_str());
                self.whole(49, motion.heading_deg.map_or(-1, i64::from));
                self.whole(50, motion.speed_cmps.map_or(-1, i64::from));
                self.optional(51, motion.status.as_deref());
                self.optional(52, motion.kind.as_deref());
            }
            Body::Alarm {
                thing,
                category,
                severity,
                text,
            } => {
                self.optional(64, thing.as_ref().map(|thing| thing.as_str()));
                self.text(65, &category.to_string());
                self.whole(66, severity.map_or(0, |severity| severity.level().into()));
                self.text(67, text);
            }
            Body::Clear {
                thing,
                category,
                clears,
            } => {
                self.optional(80, thing.as_ref().map(|thing| thing.as_str()));
                self.text(81, &category.to_string());
                self.optional(82, clears.as_ref().map(|id| id.as_str()));
            }
        }
    }
}
