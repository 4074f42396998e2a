//! JSON as it came, borrowed from the body wherever it can be: no copy of a text without escapes, no number read twice.
//! Knows nothing of observations; its only rules are how deep values nest and how many an item may hold.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Brackets a body may have open at once (API.md).
pub const DEEPEST: u8 = 64;
/// Values one item may hold: an area of 100,000 corners with as many brackets around them. A body of ten million
/// zeros would otherwise take thirty times its size in memory.
pub const MOST_VALUES: u32 = 400_000;
/// What the error of a too deep body says; the batch tells it from other faults by counting brackets again.
const TOO_DEEP: &str = "nesting is deeper than 64";

/// A value of any type. A missing member and `null` are the same: the contract writes absent things as `null`.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    /// The item holds more values than we are willing to keep.
    TooMuch,
}

impl<'a> Json<'a> {
    /// The type in words, for "must be a number, not text".
    pub fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Whole(_) | Json::Number(_) => "a number",
            Json::Text(_) => "text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
            Json::TooMuch => "more than we read",
        }
    }

    /// A member of an object; of two with one name the last. Null for anything that has no members.
    pub fn member(&self, name: &str) -> &Json<'a> {
        let Json::Object(members) = self else {
            return &Json::Null;
        };
        members
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map_or(&Json::Null, |(_, value)| value)
    }

    /// Follows names parted by dots.
    pub fn at_path(&self, path: &str) -> &Json<'a> {
        let mut value = self;
        for name in path.split('.') {
            value = value.member(name);
        }
        value
    }

    pub fn number(&self) -> Option<f64> {
        match self {
            Json::Whole(whole) => Some(*whole as f64),
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A whole number; `2.0` is one (JSON Schema says so too).
    pub fn whole(&self) -> Option<i128> {
        match self {
            Json::Whole(whole) => Some(*whole),
            Json::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(*number as i128)
            }
            _ => None,
        }
    }

    /// A single value as text: as it was sent for text, compact JSON for lists and objects, nothing for null.
    pub fn as_words(&self) -> Option<Cow<'_, str>> {
        match self {
            Json::Null | Json::TooMuch => None,
            Json::Text(text) => Some(Cow::Borrowed(text)),
            other => {
                let mut words = String::new();
                other.write(&mut words);
                Some(Cow::Owned(words))
            }
        }
    }

    fn write(&self, into: &mut String) {
        match self {
            Json::Null | Json::TooMuch => into.push_str("null"),
            Json::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
            Json::Whole(whole) => into.push_str(&whole.to_string()),
            Json::Number(number) => into.push_str(&number.to_string()),
            Json::Text(text) => write_text(text, into),
            Json::List(values) => {
                into.push('[');
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        into.push(',');
                    }
                    value.write(into);
                }
                into.push(']');
            }
            Json::Object(members) => {
                into.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        into.push(',');
                    }
                    write_text(name, into);
                    into.push(':');
                    value.write(into);
                }
                into.push('}');
            }
        }
    }
}

fn write_text(text: &str, into: &mut String) {
    into.push('"');
    for letter in text.chars() {
        match letter {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            control if control < ' ' => {
                into.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => into.push(other),
        }
    }
    into.push('"');
}

/// How much an item may still nest and hold.
#[derive(Clone, Copy)]
pub struct Allowance<'b> {
    depth_left: u8,
    values_left: &'b Cell<u32>,
}

impl<'b> Allowance<'b> {
    /// `around` is the number of brackets already open around the item.
    pub fn new(around: u8, values_left: &'b Cell<u32>) -> Self {
        Self {
            depth_left: DEEPEST.saturating_sub(around),
            values_left,
        }
    }

    pub fn inside<E: Error>(self) -> Result<Self, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom(TOO_DEEP))?;
        Ok(Self { depth_left, ..self })
    }

    fn take_one(self) -> bool {
        let left = self.values_left.get();
        self.values_left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for Allowance<'_> {
    type Value = Json<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Allowance<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(value.into()))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inside)? {
            if !self.take_one() {
                while list.next_element_seed(Skip(inside))?.is_some() {}
                return Ok(Json::TooMuch);
            }
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut members = Vec::new();
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            if !self.take_one() {
                map.next_value_seed(Skip(inside))?;
                while map.next_key_seed(NameSeed)?.is_some() {
                    map.next_value_seed(Skip(inside))?;
                }
                return Ok(Json::TooMuch);
            }
            members.push((name, map.next_value_seed(inside)?));
        }
        Ok(Json::Object(members))
    }
}

/// Reads past a value without keeping it, still counting how deep it nests.
#[derive(Clone, Copy)]
pub struct Skip<'b>(pub Allowance<'b>);

impl<'de> DeserializeSeed<'de> for Skip<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inside = Skip(self.0.inside()?);
        while list.next_element_seed(inside)?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inside = Skip(self.0.inside()?);
        while map.next_key_seed(NameSeed)?.is_some() {
            map.next_value_seed(inside)?;
        }
        Ok(())
    }
}

/// The name of a member.
pub struct Name<'a>(pub Cow<'a, str>);
pub struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}

/// How many brackets are open at once at most, texts not counted. For bodies that could not be read at once.
pub fn depth_of(body: &str) -> usize {
    let (mut open, mut deepest, mut within_text, mut escaped) = (0usize, 0, false, false);
    for byte in body.bytes() {
        if within_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => within_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => within_text = true,
            b'[' | b'{' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The elements of a list that is known to be well-formed JSON, each as it was written.
pub fn elements_of(list: &str) -> Vec<&str> {
    let (mut open, mut within_text, mut escaped) = (0usize, false, false);
    let mut elements = Vec::new();
    let mut begin = 0;
    for (at, byte) in list.bytes().enumerate() {
        if within_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => within_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => within_text = true,
            b'[' | b'{' => {
                open += 1;
                if open == 1 {
                    begin = at + 1;
                }
            }
            b']' | b'}' => {
                open = open.saturating_sub(1);
                if open == 0 && !list[begin..at].trim().is_empty() {
                    elements.push(list[begin..at].trim());
                }
            }
            b',' if open == 1 => {
                elements.push(list[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    elements
}
