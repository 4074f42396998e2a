//! A recording on disk: its items in order, and when each happened. Never changes anything but times, and those only
//! when asked.

use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
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

/// The items of one file.
#[derive(Debug)]
pub struct Recording {
    form: Form,
    items: Vec<Value>,
    /// When each was sent, once they are in order.
    times: Vec<Timestamp>,
    path: TimePath,
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
        Self::parse(&text, feed)
    }

    /// `feed` names the definition that says where features keep their time.
    pub fn parse(text: &str, feed: Option<&str>) -> Result<Self, RecordingError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (form, items) = match serde_json::from_str(text) {
            Ok(Value::Array(items)) => (Form::Items, items),
            Ok(Value::Object(mut object)) => match object.remove("features") {
                Some(Value::Array(features)) => (Form::Features, features),
                _ => (Form::Items, lines(text)?),
            },
            _ => (Form::Items, lines(text)?),
        };
        if form == Form::Features && feed.is_none() {
            return Err(RecordingError::NoFeed);
        }
        Ok(Self {
            form,
            items,
            times: Vec::new(),
            path: time_path(form, feed),
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

    pub fn items(&self, range: Range<usize>) -> &[Value] {
        &self.items[range]
    }

    /// Puts what was sent first first; items of one moment stay as they were.
    pub fn order_by_time(&mut self) -> Result<(), RecordingError> {
        let mut timed = Vec::with_capacity(self.items.len());
        for (index, mut item) in std::mem::take(&mut self.items).into_iter().enumerate() {
            let no_time = |reason| RecordingError::NoTime {
                item: index,
                reason,
            };
            let time = self.path.read(&item).map_err(no_time)?;
            let sent = match self.form {
                Form::Items => take_sent_at(&mut item).map_err(no_time)?,
                Form::Features => None,
            };
            timed.push((sent.unwrap_or(time), item));
        }
        timed.sort_by_key(|(time, _)| *time);
        (self.times, self.items) = timed.into_iter().unzip();
        Ok(())
    }

    /// Milliseconds from the first item to this one; 0 if they were not put in order.
    pub fn since_first_ms(&self, index: usize) -> i64 {
        match (self.times.first(), self.times.get(index)) {
            (Some(first), Some(time)) => time.since(*first),
            _ => 0,
        }
    }

    /// Moves all times so that the last item is sent now. With a speed the first is, and the rest follow as they will be
    /// sent, so that each is fresh when it arrives. What was late, or by a wrong clock, stays so.
    pub fn shift(&mut self, now: Timestamp, speed: Option<f64>) {
        let (Some(first), Some(last)) = (self.times.first().copied(), self.times.last().copied())
        else {
            return;
        };
        let moved = |time: Timestamp| match speed {
            None => now.plus_millis(time.since(last)),
            Some(speed) => now.plus_millis((time.since(first) as f64 / speed) as i64),
        };
        for (sent, item) in self.times.iter_mut().zip(&mut self.items) {
            let time = self.path.read(item).unwrap_or(*sent);
            self.path.write(item, moved(time));
            *sent = moved(*sent);
        }
    }
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

fn lines(text: &str) -> Result<Vec<Value>, RecordingError> {
    let mut items = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let item = serde_json::from_str(line).map_err(|error| RecordingError::NotJson {
            line: index + 1,
            error,
        })?;
        items.push(item);
    }
    Ok(items)
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
