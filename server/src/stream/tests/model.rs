//! A viewer as the contract describes it, and what it should hold, computed from the Picture alone.

use std::collections::BTreeMap;

use domain::alarm::AlarmState;
use domain::incident::{Incident, ResponsibilityReason};
use domain::lifecycle::State;
use domain::picture::Picture;
use domain::place::Position;
use domain::policy::Audience;
use domain::wire::{Layer, ServerMessage};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stream::encode;
use crate::stream::hub::Hub;
use crate::stream::viewer::Viewer;

pub type Key = (Layer, String);

/// What a viewer asks for.
#[derive(Clone, Debug)]
pub struct Look {
    pub bbox: [f64; 4],
    pub layers: Vec<Layer>,
    pub lens: Lens,
}

impl Look {
    pub fn everything() -> Self {
        Self {
            bbox: [-180.0, -90.0, 180.0, 90.0],
            layers: vec![
                Layer::Incidents,
                Layer::Alarms,
                Layer::Units,
                Layer::Sensors,
            ],
            lens: Lens::All,
        }
    }

    fn holds(&self, position: Option<Position>) -> bool {
        let Some(at) = position else {
            return true;
        };
        let [west, south, east, north] = self.bbox;
        (west..=east).contains(&at.longitude()) && (south..=north).contains(&at.latitude())
    }
}

/// A filter, as text for the server and as code for the model.
#[derive(Clone, Copy, Debug)]
pub enum Lens {
    All,
    Grave,
    Drills,
    Many,
    Waiting,
    Here,
}

impl Lens {
    pub fn text(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Grave => Some("severity<=2"),
            Self::Drills => Some("drill=true"),
            Self::Many => Some("evidence_count>=2"),
            Self::Waiting => Some("tray=true and not state=registered"),
            Self::Here => Some("town=南城街道"),
        }
    }
}

/// What should be held: the digest's line of each thing.
pub fn expected(picture: &Picture, audience: &Audience, look: &Look) -> BTreeMap<Key, String> {
    expected_where(picture, audience, look, |at| look.holds(at))
}

/// The same of another part of the world than the look's box.
pub fn expected_where(
    picture: &Picture,
    audience: &Audience,
    look: &Look,
    holds: impl Fn(Option<Position>) -> bool,
) -> BTreeMap<Key, String> {
    // What ended an hour ago leaves at the next tenth second of the journal's clock.
    let sweep = picture.now.millis() / 10_000 * 10_000;
    let wants = |layer| look.layers.contains(&layer);
    let mut all = BTreeMap::new();
    let mut put = |layer: Layer, id: String, revision: u32, at: Option<Position>| {
        if wants(layer) && holds(at) {
            let at = at.map(|at| format!("{}|{}", at.lon_e6(), at.lat_e6()));
            let at = at.unwrap_or_else(|| "|".to_owned());
            let line = format!("{}|{id}|{revision}|{at}", layer.name());
            all.insert((layer, id), line);
        }
    };
    for incident in picture.incidents.values() {
        let lately = sweep - incident.updated_at.millis() <= 3_600_000;
        if (incident.state.is_open() || lately || incident.appeal.asked.is_some())
            && reads(audience, incident)
            && fits(look.lens, incident)
        {
            let id = incident.id.to_string();
            put(Layer::Incidents, id, incident.revision, incident.position);
        }
    }
    for alarm in picture.alarms.values() {
        let over = alarm.state == AlarmState::Normal
            && alarm
                .cleared_at
                .is_some_and(|at| sweep - at.millis() > 3_600_000);
        let fits = match look.lens {
            Lens::Grave => alarm.severity.level() <= 2,
            Lens::Drills => alarm.drill,
            Lens::All | Lens::Many | Lens::Waiting | Lens::Here => true,
        };
        if *audience == Audience::City && !over && fits {
            put(Layer::Alarms, alarm.id.to_string(), 0, alarm.position);
        }
    }
    for unit in picture.units.values() {
        let town = unit.town.as_ref();
        let reads = match audience {
            Audience::City => true,
            Audience::Town(of) => town == Some(of),
            Audience::Department { town: of, .. } => of.is_some() && town == of.as_ref(),
            Audience::Nothing => false,
        };
        let gone = sweep - unit.heard_at.millis() > 86_400_000;
        if reads && !gone && moves(look.lens, unit.drill, town) {
            put(Layer::Units, unit.id.to_string(), 0, Some(unit.position));
        }
    }
    for sensor in picture.sensors.values() {
        if *audience != Audience::Nothing && moves(look.lens, sensor.drill, sensor.town.as_ref()) {
            put(Layer::Sensors, sensor.id.to_string(), 0, sensor.position);
        }
    }
    all
}

fn moves(lens: Lens, drill: bool, town: Option<&domain::ids::JurisdictionCode>) -> bool {
    match lens {
        Lens::Drills => drill,
        Lens::Here => town.is_some_and(|town| town.as_str() == "441900004"),
        // These do not speak of what has neither severity nor evidence nor state.
        Lens::All | Lens::Grave | Lens::Many | Lens::Waiting => true,
    }
}

fn reads(audience: &Audience, incident: &Incident) -> bool {
    match audience {
        Audience::City => true,
        Audience::Nothing => false,
        Audience::Town(town) => incident.town.as_ref() == Some(town),
        Audience::Department { id, town } => {
            incident
                .lead
                .as_ref()
                .is_some_and(|lead| lead.department == *id)
                || incident.supporting.iter().any(|one| one.department == *id)
                || incident.former.iter().any(|one| one == id)
                || (town.is_some() && incident.town == *town)
        }
    }
}

fn fits(lens: Lens, incident: &Incident) -> bool {
    match lens {
        Lens::All => true,
        Lens::Grave => incident.severity.level() <= 2,
        Lens::Drills => incident.drill,
        Lens::Many => incident.evidence_count >= 2,
        Lens::Here => incident
            .town
            .as_ref()
            .is_some_and(|town| town.as_str() == "441900004"),
        Lens::Waiting => {
            incident.state == State::Reported
                && matches!(
                    incident.why.responsibility,
                    ResponsibilityReason::NoCategory
                        | ResponsibilityReason::NoTown
                        | ResponsibilityReason::NoRow
                        | ResponsibilityReason::OnPurpose
                        | ResponsibilityReason::SeveralRows(_)
                )
        }
    }
}

/// A viewer's own end, as anybody would write it from the contract.
pub struct Client {
    server: Viewer,
    pub audience: Audience,
    pub look: Look,
    pub held: BTreeMap<Key, Value>,
    pub told: u64,
    pub token: String,
    pub resyncs: u32,
}

impl Client {
    pub fn comes(hub: &Hub, audience: Audience, look: Look) -> Self {
        let mut client = Self {
            server: serving(hub, &audience),
            audience,
            look: look.clone(),
            held: BTreeMap::new(),
            told: 0,
            token: String::new(),
            resyncs: 0,
        };
        client.subscribes(look, None);
        client
    }

    pub fn says(&mut self, text: &str) -> Vec<ServerMessage> {
        let answers = self.server.hear(text);
        answers.iter().map(over_the_wire).collect()
    }

    fn subscribes(&mut self, look: Look, resume: Option<String>) {
        self.look = look;
        let layers: Vec<&str> = self.look.layers.iter().map(|layer| layer.name()).collect();
        let subscribe = json!({"subscribe": {
            "bbox": self.look.bbox, "zoom": 12, "layers": layers,
            "filter": self.look.lens.text(), "resume": resume,
        }});
        let answers = self.says(&subscribe.to_string());
        assert!(!answers.is_empty(), "a subscription is always answered");
        self.takes(answers);
    }

    pub fn told_now(&mut self) -> Vec<ServerMessage> {
        self.server.tick().iter().map(over_the_wire).collect()
    }

    pub fn ticks(&mut self) {
        let answers = self.told_now();
        self.takes(answers);
    }

    pub fn looks(&mut self, look: Look) {
        self.subscribes(look, None);
    }

    pub fn comes_back(&mut self, hub: &Hub, with_token: bool, look: Option<Look>) {
        self.server = serving(hub, &self.audience);
        let token = with_token.then(|| self.token.clone());
        let look = look.unwrap_or_else(|| self.look.clone());
        self.subscribes(look, token);
    }

    /// Asks for the digest and compares it with what is held.
    pub fn compares(&mut self) {
        let mut answers = self.says("{\"digest\": true}");
        let digest = match answers.pop() {
            Some(ServerMessage::Digest(digest)) => digest,
            Some(ServerMessage::Snapshot(snapshot)) => {
                // Too slow: the picture came anew; ask again.
                answers.push(ServerMessage::Snapshot(snapshot));
                self.takes(answers);
                return self.compares();
            }
            other => panic!("asked for a digest, got {other:?}"),
        };
        self.takes(answers);
        assert_eq!(digest.position, self.told);
        let mut lines: Vec<String> = self.held.keys().map(|key| self.line_of(key)).collect();
        lines.sort_unstable();
        assert_eq!(digest.count, lines.len() as u64);
        let sum = Sha256::digest(lines.join("\n").as_bytes());
        let own: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest.sha256, own);
    }

    pub fn line_of(&self, (layer, id): &Key) -> String {
        let view = &self.held[&(*layer, id.clone())];
        let revision = view["revision"].as_u64().unwrap_or(0);
        let e6 = |index: usize| {
            let degrees = view["position"][index].as_f64();
            degrees.map_or(String::new(), |degrees| format!("{:.0}", degrees * 1e6))
        };
        format!("{}|{id}|{revision}|{}|{}", layer.name(), e6(0), e6(1))
    }

    /// What somebody with the same rights and the same view sees who comes now.
    pub fn fresh(&self, hub: &Hub) -> BTreeMap<Key, Value> {
        Self::comes(hub, self.audience.clone(), self.look.clone()).held
    }

    fn takes(&mut self, messages: Vec<ServerMessage>) {
        let mut anew = false;
        for message in messages {
            let value = serde_json::to_value(&message).expect("a message is JSON");
            match message {
                ServerMessage::Snapshot(snapshot) => {
                    self.held.clear();
                    self.merges(&value["snapshot"]);
                    self.told = snapshot.position;
                    self.token = snapshot.resume;
                    anew = false;
                }
                ServerMessage::Delta(delta) => {
                    assert_eq!(delta.from, self.told, "a gap");
                    assert!(delta.to >= delta.from);
                    self.merges(&value["delta"]);
                    self.told = delta.to;
                    self.token = delta.resume;
                }
                ServerMessage::Enter(enter) => {
                    assert_eq!(enter.position, self.told, "a view moves at one position");
                    self.merges(&value["enter"]);
                    self.token = enter.resume;
                }
                ServerMessage::Resync(reason) => {
                    assert!(!reason.is_empty());
                    self.resyncs += 1;
                    anew = true;
                }
                ServerMessage::Digest(_) | ServerMessage::Error(_) => panic!("{message:?}"),
            }
        }
        assert!(!anew, "after a resync comes a snapshot");
    }

    fn merges(&mut self, arrays: &Value) {
        for layer in [
            Layer::Incidents,
            Layer::Alarms,
            Layer::Units,
            Layer::Sensors,
        ] {
            for view in arrays[layer.name()].as_array().into_iter().flatten() {
                let id = view["id"].as_str().expect("an id").to_owned();
                self.held.insert((layer, id), view.clone());
            }
        }
        for gone in arrays["removed"].as_array().into_iter().flatten() {
            let layer = gone["layer"].as_str();
            let layer = Layer::ALL.into_iter().find(|one| Some(one.name()) == layer);
            let key = (
                layer.expect("a layer"),
                gone["id"].as_str().expect("an id").to_owned(),
            );
            assert!(self.held.remove(&key).is_some(), "{key:?} was never shown");
        }
    }
}

fn serving(hub: &Hub, audience: &Audience) -> Viewer {
    Viewer::new(hub.clone(), audience.clone()).comparing_always()
}

fn over_the_wire(message: &ServerMessage) -> ServerMessage {
    let mut value: Value = serde_json::from_str(&encode::text(message)).expect("JSON");
    if value.get("enter").is_some() {
        let beside = value.as_object_mut().and_then(|all| all.remove("removed"));
        let beside = beside.expect("what leaves stands beside what enters");
        assert_eq!(beside, value["enter"]["removed"]);
    }
    serde_json::from_value(value).expect("a message of the protocol")
}
