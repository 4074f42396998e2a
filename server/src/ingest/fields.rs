//! The members of one item, sorted into their places without copying. Knows the names, not what they must hold.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json::{Allowance, Json, MOST_VALUES, Name, NameSeed, Skip};

/// The members of API.md.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Source,
    Id,
    Version,
    Kind,
    Time,
    Position,
    Area,
    Crs,
    AccuracyM,
    Category,
    Severity,
    Text,
    Thing,
    Property,
    Value,
    Unit,
    Reporter,
    Drill,
    Attributes,
}

const COUNT: usize = 19;

impl Field {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "source" => Self::Source,
            "id" => Self::Id,
            "version" => Self::Version,
            "kind" => Self::Kind,
            "time" => Self::Time,
            "position" => Self::Position,
            "area" => Self::Area,
            "crs" => Self::Crs,
            "accuracy_m" => Self::AccuracyM,
            "category" => Self::Category,
            "severity" => Self::Severity,
            "text" => Self::Text,
            "thing" => Self::Thing,
            "property" => Self::Property,
            "value" => Self::Value,
            "unit" => Self::Unit,
            "reporter" => Self::Reporter,
            "drill" => Self::Drill,
            "attributes" => Self::Attributes,
            _ => return None,
        })
    }

    pub fn pointer(self) -> &'static str {
        match self {
            Self::Source => "/source",
            Self::Id => "/id",
            Self::Version => "/version",
            Self::Kind => "/kind",
            Self::Time => "/time",
            Self::Position => "/position",
            Self::Area => "/area",
            Self::Crs => "/crs",
            Self::AccuracyM => "/accuracy_m",
            Self::Category => "/category",
            Self::Severity => "/severity",
            Self::Text => "/text",
            Self::Thing => "/thing",
            Self::Property => "/property",
            Self::Value => "/value",
            Self::Unit => "/unit",
            Self::Reporter => "/reporter",
            Self::Drill => "/drill",
            Self::Attributes => "/attributes",
        }
    }
}

/// One item by its members. What the contract does not name is read past and counted: the contract may grow, and a
/// sender may be ahead of us.
pub struct Fields<'a> {
    values: [Json<'a>; COUNT],
    seen: u32,
    /// A member given twice: which one is meant cannot be known, so the item is refused.
    pub twice: Option<Field>,
    pub unknown: u32,
}

impl<'a> Fields<'a> {
    fn none() -> Self {
        Self {
            values: [const { Json::Null }; COUNT],
            seen: 0,
            twice: None,
            unknown: 0,
        }
    }

    pub fn get(&self, field: Field) -> &Json<'a> {
        &self.values[field as usize]
    }

    fn put(&mut self, field: Field, value: Json<'a>) {
        let bit = 1 << field as u32;
        if self.seen & bit != 0 {
            self.twice = Some(field);
        }
        self.seen |= bit;
        self.values[field as usize] = value;
    }
}

/// One element of a batch, as far as it could be told apart.
// Nearly every element is an object, so the size of the largest case is the size of all.
pub enum RawItem<'a> {
    Fields(Box<Fields<'a>>),
    NotAnObject(&'static str),
    TooMuch,
}

/// Reads one item; `around` brackets are already open.
#[derive(Clone, Copy)]
pub struct ItemSeed {
    pub around: u8,
}

impl<'de> DeserializeSeed<'de> for ItemSeed {
    type Value = RawItem<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawItem<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ItemSeed {
    type Value = RawItem<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }
    fn visit_unit<E>(self) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("null"))
    }
    fn visit_bool<E>(self, _: bool) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("true or false"))
    }
    fn visit_i64<E>(self, _: i64) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("a number"))
    }
    fn visit_u64<E>(self, _: u64) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("a number"))
    }
    fn visit_f64<E>(self, _: f64) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("a number"))
    }
    fn visit_str<E>(self, _: &str) -> Result<RawItem<'de>, E> {
        Ok(RawItem::NotAnObject("text"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawItem<'de>, A::Error> {
        let values_left = Cell::new(MOST_VALUES);
        let inside = Allowance::new(self.around, &values_left).inside()?;
        while list.next_element_seed(Skip(inside))?.is_some() {}
        Ok(RawItem::NotAnObject("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawItem<'de>, A::Error> {
        let values_left = Cell::new(MOST_VALUES);
        let inside = Allowance::new(self.around, &values_left).inside()?;
        let mut fields = Box::new(Fields::none());
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            match Field::named(&name) {
                Some(field) => {
                    let value = map.next_value_seed(inside)?;
                    fields.put(field, value);
                }
                None => {
                    map.next_value_seed(Skip(inside))?;
                    fields.unknown = fields.unknown.saturating_add(1);
                }
            }
        }
        if values_left.get() == 0 {
            return Ok(RawItem::TooMuch);
        }
        Ok(RawItem::Fields(fields))
    }
}
