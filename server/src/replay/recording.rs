//! A recording on disk: its items in order, and when each happened. Never changes anything but times, and those only
//! when asked. An item is read when it is sent.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::city::{self, Source};

/// How the items are to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Items,
    Features,
}

/// Where an item keeps its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimePath {
    names: Vec<String>,
    unix_ms: bool,
}

/// Why a recording cannot be played.
#[derive(Debug)]
pub enum RecordingError {
    Unreadable {
        file: PathBuf,
        error: io::Error,
    },
    NotJson {
        line: usize,
        error: serde_json::Error,
    },
    NoFeed,
    /// Items must be put in order by time, but one has none.
    NoTime {
        item: usize,
        reason: String,
    },
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, error } => {
                write!(f, "failed to read {}: {error}", file.display())
            }
            Self::NotJson { line, error } => write!(f, "failed to read line {line}: {error}"),
            Self::NoFeed => f.write_str(
                "failed to play GeoJSON: name the definition that maps it with --feed ID",
            ),
            Self::NoTime { item, reason } => {
                write!(f, "failed to find the time of item {item}: {reason}")
            }
        }
    }
}

impl std::error::Error for RecordingError {}

/// The items of one file, kept as they are written: a day of a city is millions of them, and as trees each would take ten
/// times its text.
#[derive(Debug)]
pub struct Recording {
    form: Form,
    text: String,
    items: Vec<Item>,
    path: TimePath,
    in_order: bool,
    shift: Option<Shift>,
}

/// One item, and when it is sent once all are in order.
#[derive(Clone, Debug)]
struct Item {
    text: Range<usize>,
    sent: Timestamp,
}

/// How times are moved.
#[derive(Clone, Copy, Debug)]
struct Shift {
    now: Timestamp,
    first: Timestamp,
    last: Timestamp,
    speed: Option<f64>,
}

impl Shift {
    fn moved(&self, time: Timestamp) -> Timestamp {
        match self.speed {
            None => self.now.plus_millis(time.since(self.last)),
            Some(speed) => {
                let played_ms = time.since(self.first) as f64 / speed;
                self.now.plus_millis(played_ms as i64)
            }
        }
    }
}

/// Where an item of ours says when it was sent, if that is not its time. Taken out when the items are put in order: the
/// door knows no such member.
const SENT_AT: &str = "sent_at";

impl Recording {
    pub fn read(file: &Path, feed: Option<&str>) -> Result<Self, RecordingError> {
        let text = fs::read_to_string(file).map_err(|error| RecordingError::Unreadable {
            file: file.to_owned(),
            error,
        })?;
        Self::parse(text, feed)
    }

    /// `feed` names the definition that says where features keep their time.
    pub fn parse(text: impl Into<String>, feed: Option<&str>) -> Result<Self, RecordingError> {
        let text = text.into();
        let written = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (form, (text, items)) = match serde_json::from_str(written) {
            Ok(Value::Array(items)) => (Form::Items, one_after_another(&items)),
            Ok(Value::Object(mut object)) => match object.remove("features") {
                Some(Value::Array(features)) => (Form::Features, one_after_another(&features)),
                _ => (Form::Items, lines(text)?),
            },
            _ => (Form::Items, lines(text)?),
        };
        if form == Form::Features && feed.is_none() {
            return Err(RecordingError::NoFeed);
        }
        let items = items.into_iter().map(|text| Item {
            text,
            sent: Timestamp::from_millis(0),
        });
        Ok(Self {
            form,
            items: items.collect(),
            text,
            path: time_path(form, feed),
            in_order: false,
            shift: None,
        })
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Some items as they are to be sent.
    pub fn items(&self, range: Range<usize>) -> Vec<Value> {
        let items = self.items[range].iter();
        items.map(|item| self.to_send(item)).collect()
    }

    fn to_send(&self, item: &Item) -> Value {
        let mut value = self.value(item);
        if self.in_order && self.form == Form::Items {
            // What it says was looked at when the items were put in order.
            let _sent = take_sent_at(&mut value);
        }
        if let Some(shift) = self.shift
            && let Ok(time) = self.path.read(&value)
        {
            self.path.write(&mut value, shift.moved(time));
        }
        value
    }

    /// Read once already, as the file was: nothing here can be other than JSON.
    fn value(&self, item: &Item) -> Value {
        serde_json::from_str(&self.text[item.text.clone()]).unwrap_or_default()
    }

    /// Puts what was sent first first; items of one moment stay as they were.
    pub fn order_by_time(&mut self) -> Result<(), RecordingError> {
        for index in 0..self.items.len() {
            let no_time = |reason| RecordingError::NoTime {
                item: index,
                reason,
            };
            let mut value = self.value(&self.items[index]);
            let time = self.path.read(&value).map_err(no_time)?;
            let sent = match self.form {
                Form::Items => take_sent_at(&mut value).map_err(no_time)?,
                Form::Features => None,
            };
            self.items[index].sent = sent.unwrap_or(time);
        }
        self.items.sort_by_key(|item| item.sent);
        self.in_order = true;
        Ok(())
    }

    /// Milliseconds from the first item to this one; 0 if they were not put in order.
    pub fn since_first_ms(&self, index: usize) -> i64 {
        match (self.items.first(), self.items.get(index)) {
            (Some(first), Some(item)) => item.sent.since(first.sent),
            _ => 0,
        }
    }

    /// Moves all times so that the last item is sent now. With a speed the first is, and the rest follow as they will be
    /// sent, so that each is fresh when it arrives. What was late, or by a wrong clock, stays so.
    pub fn shift(&mut self, now: Timestamp, speed: Option<f64>) {
        let (Some(first), Some(last)) = (self.items.first(), self.items.last()) else {
            return;
        };
        let shift = Shift {
            now,
            first: first.sent,
            last: last.sent,
            speed,
        };
        for item in &mut self.items {
            item.sent = shift.moved(item.sent);
        }
        self.shift = Some(shift);
    }
}

/// Items of one document, each on its own.
fn one_after_another(items: &[Value]) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let places = items.iter().map(|item| {
        let from = text.len();
        text.push_str(&item.to_string());
        from..text.len()
    });
    let places = places.collect();
    (text, places)
}

fn take_sent_at(item: &mut Value) -> Result<Option<Timestamp>, String> {
    let sent = item.as_object_mut().and_then(|item| item.remove(SENT_AT));
    match sent {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match Timestamp::parse_rfc3339(&text) {
            Ok(sent) => Ok(Some(sent)),
            Err(error) => Err(error.to_string()),
        },
        Some(other) => Err(format!("{other} is not a time of sending")),
    }
}

/// Where each line's item stands in the text, all of it JSON.
fn lines(text: String) -> Result<(String, Vec<Range<usize>>), RecordingError> {
    let mut items = Vec::new();
    let mut from = text.len() - text.trim_start_matches('\u{feff}').len();
    for (index, line) in text[from..].split_inclusive('\n').enumerate() {
        let item = from..from + line.len();
        from = item.end;
        if line.trim().is_empty() {
            continue;
        }
        serde_json::from_str::<IgnoredAny>(line).map_err(|error| RecordingError::NotJson {
            line: index + 1,
            error,
        })?;
        items.push(item);
    }
    Ok((text, items))
}

/// Our own items say `time`; features what the definition of the pack we carry says, else what is usual.
fn time_path(form: Form, feed: Option<&str>) -> TimePath {
    let path = |path: &str, unix_ms: bool| TimePath {
        names: path.split('.').map(str::to_owned).collect(),
        unix_ms,
    };
    if form == Form::Items {
        return path("time", false);
    }
    let Ok(loaded) = city::load(&Source::Embedded) else {
        return path("properties.time", false);
    };
    let map = loaded
        .city
        .feeds
        .values()
        .find(|definition| Some(definition.id.as_str()) == feed)
        .and_then(|definition| definition.map.as_ref());
    map.map_or_else(
        || path("properties.time", false),
        |map| path(&map.time, map.time_format == "unix_ms"),
    )
}

impl TimePath {
    fn read(&self, item: &Value) -> Result<Timestamp, String> {
        let mut value = item;
        for name in &self.names {
            value = value
                .get(name)
                .ok_or_else(|| format!("it has no {}", self.names.join(".")))?;
        }
        match value {
            Value::Number(number) if self.unix_ms => number
                .as_i64()
                .map(Timestamp::from_millis)
                .ok_or_else(|| format!("{number} is not milliseconds")),
            Value::String(text) => {
                Timestamp::parse_rfc3339(text).map_err(|error| error.to_string())
            }
            other => Err(format!("{other} is not a time")),
        }
    }

    fn write(&self, item: &mut Value, time: Timestamp) {
        let mut value = item;
        for name in &self.names {
            let Some(inner) = value.get_mut(name) else {
                return;
            };
            value = inner;
        }
        *value = if self.unix_ms {
            time.millis().into()
        } else {
            time.to_rfc3339_utc().into()
        };
    }
}
