//! A body becomes items in order: each a candidate or a reject, none lost and none counted twice. One bad item never
//! spoils its batch; a body that cannot be read as a whole is refused as a whole.

use std::cell::Cell;

use domain::city::{City, FeedDefinition};
use domain::ids::SourceId;
use domain::observation::Observation;
use domain::time::Timestamp;
use serde::de::{DeserializeSeed, IgnoredAny};

use super::elements::{Collection, Top};
use super::fault::Fault;
use super::feature;
use super::fields::ItemSeed;
use super::json::{Allowance, DEEPEST, MOST_VALUES, depth_of, elements_of};
use super::refusal::Refusal;
use super::reporter::Reporter;
use super::sorting::Sorting;

/// Items a batch may have (API.md).
pub const MOST_ITEMS: usize = 10_000;

/// How a body is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Array,
    Lines,
    Features,
}

impl Form {
    /// Parameters such as `charset=utf-8` are passed over: JSON is UTF-8 whatever they say.
    pub fn named(content_type: Option<&str>) -> Result<Self, Refusal> {
        let whole = content_type.unwrap_or_default();
        let kind = whole.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/json" => Ok(Self::Array),
            "application/x-ndjson" => Ok(Self::Lines),
            "application/geo+json" => Ok(Self::Features),
            _ => Err(Refusal::UnknownContentType(kind.chars().take(60).collect())),
        }
    }
}

/// What a batch is judged by.
#[derive(Clone, Copy)]
pub struct Terms<'c> {
    pub city: &'c City,
    /// The sources the key speaks for.
    pub key_glob: &'c str,
    /// The definition named by `?feed=`.
    pub feed: Option<&'c FeedDefinition>,
    pub now: Timestamp,
}

impl<'c> Terms<'c> {
    /// Finds the definition that `?feed=` names; a collection of features cannot do without.
    pub fn feed_named(
        city: &'c City,
        form: Form,
        name: Option<&str>,
    ) -> Result<Option<&'c FeedDefinition>, Refusal> {
        let Some(name) = name else {
            return match form {
                Form::Features => Err(Refusal::Feed(
                    "?feed=ID must name the definition that maps the features".into(),
                )),
                _ => Ok(None),
            };
        };
        let feed = city.feeds.values().find(|feed| feed.id.as_str() == name);
        let feed = feed.ok_or_else(|| {
            let name: String = name.chars().take(60).collect();
            Refusal::Feed(format!("\"{name}\" is not a feed definition of this city"))
        })?;
        if form == Form::Features && (feed.map.is_none() || feature::source_of(feed).is_none()) {
            return Err(Refusal::Feed(format!(
                "the definition \"{}\" does not map GeoJSON features",
                feed.id
            )));
        }
        Ok(Some(feed))
    }
}

/// A well-formed item on its way to the single writer.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub index: usize,
    pub observation: Observation,
    pub reporter: Option<Reporter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub index: usize,
    pub fault: Fault,
    /// Where it could be read.
    pub source: Option<SourceId>,
}

/// Every item of a body: `items` is the number of candidates and rejects together.
#[derive(Debug, Default)]
pub struct Batch {
    pub items: usize,
    pub candidates: Vec<Candidate>,
    pub rejects: Vec<Reject>,
    /// How many of the rejects are of sources outside the key.
    pub outside_key: usize,
    /// Members of items that the contract does not name.
    pub unknown_members: u64,
}

/// Reads a body that is already decompressed.
pub fn read(form: Form, body: &[u8], terms: &Terms<'_>) -> Result<Batch, Refusal> {
    let body = std::str::from_utf8(body).map_err(|error| Refusal::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    let batch = match form {
        Form::Lines => lines(body, terms)?,
        Form::Array | Form::Features => whole(form, body, terms)?,
    };
    if batch.items > 0 && batch.outside_key == batch.items {
        return Err(Refusal::OutsideKey {
            glob: terms.key_glob.to_owned(),
        });
    }
    Ok(batch)
}

fn lines(body: &str, terms: &Terms<'_>) -> Result<Batch, Refusal> {
    let mut sorting = Sorting::new(*terms);
    let mut unreadable = 0;
    for line in body.split('\n') {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if sorting.batch.items == MOST_ITEMS {
            return Err(Refusal::TooManyItems);
        }
        match one(line, ItemSeed { around: 0 }) {
            Ok(item) => sorting.take_item(item),
            Err(_) if depth_of(line) > usize::from(DEEPEST) => return Err(Refusal::TooDeep),
            Err(error) => {
                unreadable += 1;
                sorting.reject(Fault::new(
                    "",
                    format_args!("the line is not JSON: {error}"),
                ));
            }
        }
    }
    let batch = sorting.batch;
    match batch.rejects.first() {
        Some(first) if unreadable == batch.items => Err(Refusal::NoLineReadable {
            lines: unreadable,
            first: first.fault.reason.clone(),
        }),
        _ => Ok(batch),
    }
}

fn one<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> serde_json::Result<S::Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// An array or a collection: in one go if nothing is odd about it, which is nearly always.
fn whole(form: Form, body: &str, terms: &Terms<'_>) -> Result<Batch, Refusal> {
    let mut sorting = Sorting::new(*terms);
    let mut collection = Collection::default();
    let read = one(
        body,
        Top {
            form,
            sorting: &mut sorting,
            collection: &mut collection,
        },
    );
    if sorting.too_many {
        return Err(Refusal::TooManyItems);
    }
    if read.is_err() {
        // One number out of range or half a surrogate pair is enough to get here, and spoils only its own item.
        sorting = one_by_one(form, body, terms, &mut collection)?;
    }
    if form == Form::Features {
        collection.check()?;
    }
    Ok(sorting.batch)
}

fn one_by_one<'c>(
    form: Form,
    body: &str,
    terms: &Terms<'c>,
    collection: &mut Collection,
) -> Result<Sorting<'c>, Refusal> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(body) {
        return Err(malformed(&error));
    }
    if depth_of(body) > usize::from(DEEPEST) {
        return Err(Refusal::TooDeep);
    }
    let list = match form {
        Form::Features => {
            let found = features_of(body, collection);
            collection.check()?;
            found.unwrap_or_default()
        }
        _ if body.trim_start().starts_with('[') => body,
        _ => {
            return Err(Refusal::WrongShape {
                pointer: "",
                reason: "the body must be a JSON array of items; for one item, put it in brackets"
                    .into(),
            });
        }
    };
    let mut sorting = Sorting::new(*terms);
    let elements = elements_of(list);
    if elements.len() > MOST_ITEMS {
        return Err(Refusal::TooManyItems);
    }
    for element in elements {
        let values_left = Cell::new(MOST_VALUES);
        let read = match form {
            Form::Features => one(element, Allowance::new(2, &values_left))
                .map(|feature| sorting.take_feature(&feature)),
            _ => one(element, ItemSeed { around: 1 }).map(|item| sorting.take_item(item)),
        };
        if let Err(error) = read {
            sorting.reject(Fault::new("", format_args!("cannot be read: {error}")));
        }
    }
    Ok(sorting)
}

/// The list of features of a well-formed body, as it was written.
fn features_of<'a>(body: &'a str, collection: &mut Collection) -> Option<&'a str> {
    let mut list = None;
    *collection = Collection::default();
    if !body.trim_start().starts_with('{') {
        return None;
    }
    for member in elements_of(body) {
        let mut names = serde_json::Deserializer::from_str(member).into_iter::<String>();
        let Some(Ok(name)) = names.next() else {
            continue;
        };
        let value = member[names.byte_offset()..].trim_start();
        let value = value.strip_prefix(':').unwrap_or(value).trim_start();
        match name.as_str() {
            "type" => collection.is_one = value == "\"FeatureCollection\"",
            "features" => {
                collection.has_list = value.starts_with('[');
                list = Some(value);
            }
            _ => {}
        }
    }
    list
}

fn malformed(error: &serde_json::Error) -> Refusal {
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default();
    Refusal::Malformed {
        reason: reason.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}
