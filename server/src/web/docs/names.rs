//! The field and variant names of a type, asked of its own `Deserialize`, so that the documentation cannot drift from it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The JSON names of the fields of a struct.
pub fn fields_of<T: Deserialize<'static>>() -> &'static [&'static str] {
    ask::<T>().0
}

/// The JSON names of the variants of an enum.
pub fn variants_of<T: Deserialize<'static>>() -> &'static [&'static str] {
    ask::<T>().1
}

type Names = &'static [&'static str];

fn ask<T: Deserialize<'static>>() -> (Names, Names) {
    let mut heard: (Names, Names) = (&[], &[]);
    // Always an error: nothing is read, only the names are heard.
    let _unread = T::deserialize(Listener(&mut heard));
    heard
}

struct Listener<'a>(&'a mut (Names, Names));

/// That there is nothing to read.
#[derive(Debug)]
struct NamesOnly;

impl fmt::Display for NamesOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only names were asked for")
    }
}

impl std::error::Error for NamesOnly {}

impl serde::de::Error for NamesOnly {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl Deserializer<'static> for Listener<'_> {
    type Error = NamesOnly;

    fn deserialize_any<V: Visitor<'static>>(self, _: V) -> Result<V::Value, NamesOnly> {
        Err(NamesOnly)
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        _: &'static str,
        fields: Names,
        _: V,
    ) -> Result<V::Value, NamesOnly> {
        self.0.0 = fields;
        Err(NamesOnly)
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        _: &'static str,
        variants: Names,
        _: V,
    ) -> Result<V::Value, NamesOnly> {
        self.0.1 = variants;
        Err(NamesOnly)
    }

    forward_to_deserialize_any! {
        <W: Visitor<'static>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}
