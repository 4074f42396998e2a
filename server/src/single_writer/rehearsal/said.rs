//! What feeds say in a rehearsal: observations in few words, sealed as the door seals them.

use std::collections::BTreeMap;

use domain::area::Area;
use domain::category::Severity;
use domain::ids::{ObservationId, Property};
use domain::observation::{Body, Fingerprint, Motion, Observation};
use domain::place::Position;
use domain::time::Timestamp;

use super::{kind, nancheng, source, thing};

/// Content that depends on everything but the version, as the door computes it.
fn fingerprint(observation: &Observation) -> Fingerprint {
    let hash = |text: String, start: u64| {
        text.bytes().fold(start, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let identity = format!("{}\n{}", observation.source, observation.id);
    let content = format!(
        "{:?}{:?}{:?}{:?}{:?}",
        observation.time,
        observation.position,
        observation.accuracy_m,
        observation.body,
        observation.drill
    );
    Fingerprint {
        identity: (u128::from(hash(identity.clone(), 7)) << 64) | u128::from(hash(identity, 11)),
        content: hash(content, 13),
    }
}

/// An observation being written; every change of it renews its fingerprint.
#[derive(Clone, Debug)]
pub struct Said(pub Observation);

impl Said {
    fn of(from: &str, id: &str, time: Timestamp, position: Option<Position>, body: Body) -> Self {
        Self(Observation {
            source: source(from),
            id: ObservationId::new(id).expect("an id of the test"),
            version: 1,
            fingerprint: Fingerprint {
                identity: 0,
                content: 0,
            },
            time,
            position,
            area: None,
            accuracy_m: None,
            body,
            drill: false,
            backfill: false,
            reporter: None,
            attributes: BTreeMap::new(),
        })
    }

    pub fn report(id: &str, time: Timestamp, position: Position, category: &str) -> Self {
        let body = Body::Report {
            text: format!("report {id}"),
            category: Some(kind(category)),
            severity: None,
        };
        Self::of("hotline-12345", id, time, Some(position), body)
    }

    pub fn call(id: &str, time: Timestamp, position: Option<Position>, text: &str) -> Self {
        let body = Body::Report {
            text: text.to_owned(),
            category: None,
            severity: None,
        };
        Self::of("hotline-12345", id, time, position, body)
    }

    pub fn reading(of: &str, time: Timestamp, property: &str, value: f64, unit: &str) -> Self {
        let body = Body::Reading {
            thing: thing(of),
            property: Property::new(property).expect("a property of the test"),
            value,
            unit: unit.to_owned(),
        };
        let id = format!("{of}-{property}-{}", time.millis());
        Self::of("stations", &id, time, Some(nancheng()), body)
    }

    pub fn pm25(time: Timestamp, value: f64) -> Self {
        Self::reading("station-7", time, "PM2.5", value, "ug/m3")
    }

    pub fn unit(of: &str, time: Timestamp, position: Position) -> Self {
        let body = Body::Position {
            thing: thing(of),
            motion: Motion::default(),
        };
        let id = format!("{of}-{}", time.millis());
        Self::of("buses", &id, time, Some(position), body)
    }

    pub fn alarm(id: &str, time: Timestamp, of: Option<&str>, category: &str) -> Self {
        let body = Body::Alarm {
            thing: of.map(thing),
            category: kind(category),
            severity: None,
            text: format!("alarm {id}"),
        };
        Self::of("panels", id, time, Some(nancheng()), body)
    }

    pub fn clear(id: &str, time: Timestamp, of: Option<&str>, category: &str) -> Self {
        let body = Body::Clear {
            thing: of.map(thing),
            category: kind(category),
            clears: None,
        };
        Self::of("panels", id, time, None, body)
    }

    pub fn clears(mut self, id: &str) -> Self {
        if let Body::Clear { clears, .. } = &mut self.0.body {
            *clears = Some(ObservationId::new(id).expect("an id of the test"));
        }
        self
    }

    pub fn from(mut self, name: &str) -> Self {
        self.0.source = source(name);
        self
    }

    pub fn within_m(mut self, accuracy_m: u32) -> Self {
        self.0.accuracy_m = Some(accuracy_m);
        self
    }

    pub fn at(mut self, position: Position) -> Self {
        self.0.position = Some(position);
        self
    }

    pub fn nowhere(mut self) -> Self {
        self.0.position = None;
        self
    }

    pub fn over(mut self, area: Area) -> Self {
        self.0.area = Some(area);
        self
    }

    pub fn version(mut self, version: u32) -> Self {
        self.0.version = version;
        self
    }

    pub fn drill(mut self) -> Self {
        self.0.drill = true;
        self
    }

    pub fn backfill(mut self) -> Self {
        self.0.backfill = true;
        self
    }

    pub fn worth(mut self, level: u8) -> Self {
        let level = Severity::try_from(level).expect("a severity of the test");
        match &mut self.0.body {
            Body::Report { severity, .. } | Body::Alarm { severity, .. } => *severity = Some(level),
            _ => {}
        }
        self
    }

    pub fn saying(mut self, words: &str) -> Self {
        match &mut self.0.body {
            Body::Report { text, .. } | Body::Alarm { text, .. } => text.replace_range(.., words),
            _ => {}
        }
        self
    }

    pub fn sealed(mut self) -> Observation {
        self.0.fingerprint = fingerprint(&self.0);
        self.0
    }
}
