//! `gulou export-day`: a day of the journal as observations of the public contract, for `gulou replay`. Leaves out what is
//! personal: who reported, the callers' own words but for those the city pack knows, and where persons went.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::category::CategoryCode;
use domain::city::City;
use domain::command::{Block, Input};
use domain::ids::BlockNumber;
use domain::ids::ThingId;
use domain::jurisdictions::Jurisdictions;
use domain::observation::{Body, Observation};
use domain::text::Proposal;
use domain::time::{CivilDate, Timestamp};
use serde_json::{Map, Value, json};

use crate::fuse::Lexicon;
use crate::store::{JournalReader, StoreError};

/// What units are called that are no persons on foot. What is called otherwise, or nothing, may be somebody.
const VEHICLES: &[&str] = &[
    "ambulance",
    "boat",
    "bus",
    "car",
    "drone",
    "fire_engine",
    "patrol_car",
    "sanitation",
    "ship",
    "taxi",
    "train",
    "truck",
    "van",
    "vehicle",
    "vessel",
];
/// Stands where nothing of a caller's words is known to the pack: such a call waits for the duty officer, as it did.
const NO_WORDS: &str = "（原文未导出）";

#[derive(Args, Clone, Debug)]
pub struct ExportDay {
    /// The data folder; a server may be running in it
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// By the city's clock
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub day: CivilDate,
    /// Where the lines go
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Keeps the callers' own words, so that a replay finds the same things by them: keep such a file as you keep the journal
    #[arg(long)]
    pub with_words: bool,
}

/// What was written, and what was not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exported {
    pub observations: u64,
    /// Reports and alarms of which only the words that the pack knows are left.
    pub shortened: u64,
    /// Positions of persons, and of what may be one.
    pub persons: u64,
    /// Inputs of people: they are not observations, and a replay starts without them.
    pub by_people: u64,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} observations; {} reports without the callers' own words; left out: {} positions of persons, {} commands and calls written down at the desk",
            self.observations, self.shortened, self.persons, self.by_people
        )
    }
}

#[derive(Debug)]
pub enum ExportError {
    Journal(StoreError),
    /// The journal holds nothing of that day.
    Nothing {
        day: CivilDate,
    },
    Write {
        file: PathBuf,
        error: io::Error,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => write!(f, "failed to read the journal: {error}"),
            Self::Nothing { day } => write!(f, "the journal holds no observation of {day}"),
            Self::Write { file, error } => {
                write!(f, "failed to write {}: {error}", file.display())
            }
        }
    }
}

impl std::error::Error for ExportError {}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Journal(error)
    }
}

impl ExportDay {
    pub fn run(&self) -> Result<Exported, ExportError> {
        let reader = JournalReader::in_folder(&self.data);
        let written = |error| ExportError::Write {
            file: self.to.clone(),
            error,
        };
        let part = self.to.with_added_extension("part");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .map_err(written)?;
        let outcome = export(&reader, self, io::BufWriter::new(file));
        let named = |outcome: Result<Exported, Fault>| match outcome {
            Ok(exported) if exported.observations == 0 => {
                Err(ExportError::Nothing { day: self.day })
            }
            Ok(exported) => {
                std::fs::rename(&part, &self.to).map_err(written)?;
                Ok(exported)
            }
            Err(Fault::Journal(error)) => Err(error.into()),
            Err(Fault::Write(error)) => Err(written(error)),
        };
        let done = named(outcome);
        if done.is_err() {
            remove(&part);
        }
        done
    }
}

/// What was begun and came to nothing.
fn remove(part: &Path) {
    if let Err(error) = std::fs::remove_file(part) {
        tracing::warn!(%error, part = %part.display(), "could not remove what was begun");
    }
}

enum Fault {
    Journal(StoreError),
    Write(io::Error),
}

fn export(
    reader: &JournalReader,
    asked: &ExportDay,
    mut out: impl Write,
) -> Result<Exported, Fault> {
    let mut exported = Exported::default();
    let mut vehicles = BTreeSet::new();
    let day = asked.day;
    let mut city: Option<(Box<City>, Box<Words>)> = None;
    let blocks = reader
        .blocks_after(BlockNumber(0))
        .map_err(Fault::Journal)?;
    for block in blocks {
        let Block { now, inputs, .. } = block.map_err(Fault::Journal)?;
        for input in inputs {
            if let Input::City(pack) = input {
                let words = Box::new(Words::of(&pack, asked.with_words));
                city = Some((pack, words));
                continue;
            }
            let Some((city, words)) = &city else { continue };
            let (date, _) = now.civil(&city.zone);
            if date > day {
                return out.flush().map_err(Fault::Write).map(|()| exported);
            }
            if date < day {
                continue;
            }
            match input {
                Input::Observation(observation) => {
                    let Some(line) =
                        line(&observation, now, city, words, &mut vehicles, &mut exported)
                    else {
                        continue;
                    };
                    writeln!(out, "{line}").map_err(Fault::Write)?;
                    exported.observations += 1;
                }
                Input::Open(_)
                | Input::OpenOnce(..)
                | Input::Command(_)
                | Input::AlarmCommand(_)
                | Input::Attach(_)
                | Input::Notify(_) => {
                    exported.by_people += 1;
                }
                Input::City(_) | Input::Account(_) | Input::SharedViews(_) => {}
            }
        }
    }
    out.flush().map_err(Fault::Write).map(|()| exported)
}

/// As the door takes it; None for what is personal as a whole.
fn line(
    observation: &Observation,
    received: Timestamp,
    city: &City,
    words: &Words,
    vehicles: &mut BTreeSet<ThingId>,
    exported: &mut Exported,
) -> Option<Value> {
    let mut line = Map::new();
    let mut attributes = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            line.insert(name.to_owned(), value);
        }
    };
    put("source", json!(observation.source));
    put("id", json!(observation.id));
    put("version", json!(observation.version));
    put("time", json!(observation.time.to_rfc3339(&city.zone)));
    if received != observation.time {
        put("sent_at", json!(received.to_rfc3339(&city.zone)));
    }
    put("position", json!(observation.position));
    put("accuracy_m", json!(observation.accuracy_m));
    if let Some(area) = &observation.area {
        put(
            "area",
            json!({ "type": "MultiPolygon", "coordinates": area.coordinates() }),
        );
    }
    if observation.drill {
        put("drill", json!(true));
    }
    match &observation.body {
        Body::Report {
            text,
            category,
            severity,
        } => {
            put("kind", json!("report"));
            // What its words made of it is said outright: of the words that are left the rules might make another thing.
            let category = match words.all_stay {
                true => *category,
                false => category.or_else(|| words.kind_of(text)),
            };
            put("category", json!(category));
            put("severity", json!(severity));
            let mut known = match words.all_stay {
                true => text.clone(),
                false => words.of_text(text),
            };
            if !text.is_empty() && known != *text {
                exported.shortened += 1;
                attributes.insert("text".into(), json!("left_out"));
            }
            let anew = !words.all_stay && words.kind_of(&known).is_some();
            if category.is_none() && (known.is_empty() || anew) {
                known = NO_WORDS.to_owned();
            }
            put("text", json!(known));
            // A kind the pack does not have, in its sender's words.
            if words.all_stay
                && let (None, Some(named)) = (&category, observation.attributes.get("category"))
            {
                attributes.insert("category".into(), json!(named));
            }
        }
        Body::Reading {
            thing,
            property,
            value,
            unit,
        } => {
            put("kind", json!("reading"));
            put("thing", json!(thing));
            put("property", json!(property));
            put("value", json!(value));
            put("unit", json!(unit));
        }
        Body::Position { thing, motion } => {
            let is_vehicle = match motion.kind.as_deref() {
                Some(kind) if VEHICLES.contains(&kind) => {
                    vehicles.insert(thing.clone());
                    true
                }
                Some(_) => false,
                None => vehicles.contains(thing),
            };
            if !is_vehicle {
                exported.persons += 1;
                return None;
            }
            put("kind", json!("position"));
            put("thing", json!(thing));
            let speed_mps = motion.speed_cmps.map(|speed| f64::from(speed) / 100.0);
            let members = [
                ("heading_deg", json!(motion.heading_deg)),
                ("speed_mps", json!(speed_mps)),
                ("status", json!(motion.status)),
                ("kind", json!(motion.kind)),
            ];
            let given = members.into_iter().filter(|(_, value)| !value.is_null());
            attributes.extend(given.map(|(name, value)| (name.to_owned(), value)));
        }
        Body::Alarm {
            thing,
            category,
            severity,
            text,
        } => {
            put("kind", json!("alarm"));
            put("thing", json!(thing));
            put("category", json!(category));
            put("severity", json!(severity));
            // It may name the wearer of a bracelet.
            let known = match words.all_stay {
                true => text.clone(),
                false => words.of_text(text),
            };
            if known != *text {
                exported.shortened += 1;
            }
            put("text", json!(known));
        }
        Body::Clear {
            thing,
            category,
            clears,
        } => {
            put("kind", json!("clear"));
            put("thing", json!(thing));
            put("category", json!(category));
            if let Some(clears) = clears {
                attributes.insert("clears".into(), json!(clears));
            }
        }
    }
    if !attributes.is_empty() {
        put("attributes", Value::Object(attributes));
    }
    Some(Value::Object(line))
}

/// The words a city pack knows: kinds, what they are also called, places. None of them says who somebody is.
struct Words {
    /// The callers' own too.
    all_stay: bool,
    known: BTreeSet<String>,
    /// As the machine reads them.
    lexicon: Lexicon,
}

impl Words {
    fn of(city: &City, all_stay: bool) -> Self {
        let rules = city.text_rules.iter();
        let of_rules =
            rules.flat_map(|rule| rule.words.iter().chain(&rule.with).chain(&rule.unless));
        let synonyms = city.fusion.synonyms.iter().flatten();
        let towns = city.towns.iter().map(|town| &town.name);
        let places = city.places.iter().map(|place| &place.name);
        let all = of_rules.chain(synonyms).chain(towns).chain(places);
        Self {
            all_stay,
            known: all.filter(|word| !word.is_empty()).cloned().collect(),
            lexicon: Lexicon::of(city, &Jurisdictions::of(city)),
        }
    }

    fn kind_of(&self, text: &str) -> Option<CategoryCode> {
        match self.lexicon.kind(text) {
            Proposal::Category { code, .. } => Some(code),
            Proposal::Tie(_) | Proposal::Nothing => None,
        }
    }

    /// What of a text is made of these words, in its order. Words may overlap: a rule may ask for any of them.
    fn of_text(&self, text: &str) -> String {
        let mut found = String::new();
        let mut known_to = 0;
        for (at, first) in text.char_indices() {
            let rest = &text[at..];
            let starts = self.known.range(first.to_string()..);
            let longest = starts
                .take_while(|word| word.starts_with(first))
                .filter(|word| rest.starts_with(word.as_str()))
                .map(String::len)
                .max();
            let to = longest.map_or(known_to, |length| known_to.max(at + length));
            if to > known_to && at > known_to && !found.is_empty() {
                found.push(' ');
            }
            found.push_str(&text[at.max(known_to)..to.max(at.max(known_to))]);
            known_to = to;
        }
        found
    }
}
