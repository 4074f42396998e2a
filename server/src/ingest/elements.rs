//! Walks a body of one piece, an array or a collection, and hands over its elements while reading, so that no tree of
//! the whole is ever built.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::batch::{Form, MOST_ITEMS};
use super::fields::ItemSeed;
use super::json::{Allowance, MOST_VALUES, Name, NameSeed, Skip};
use super::refusal::Refusal;
use super::sorting::Sorting;

/// What is known of the object around the features.
#[derive(Default)]
pub(super) struct Collection {
    pub is_one: bool,
    pub has_list: bool,
}

impl Collection {
    pub fn check(&self) -> Result<(), Refusal> {
        if !self.is_one {
            return Err(Refusal::WrongShape {
                pointer: "/type",
                reason: "the body must be a GeoJSON FeatureCollection".into(),
            });
        }
        if !self.has_list {
            return Err(Refusal::WrongShape {
                pointer: "/features",
                reason: "features must be a list".into(),
            });
        }
        Ok(())
    }
}

/// The outermost value of a body.
pub(super) struct Top<'s, 'c> {
    pub form: Form,
    pub sorting: &'s mut Sorting<'c>,
    pub collection: &'s mut Collection,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.form {
            Form::Features => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_seq(Elements {
                form: self.form,
                sorting: self.sorting,
            }),
        }
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON FeatureCollection")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let values_left = Cell::new(0);
        let inside = Allowance::new(1, &values_left);
        while let Some(Name(name)) = map.next_key_seed(NameSeed)? {
            match name.as_ref() {
                "type" => {
                    self.collection.is_one = map.next_value::<String>()? == "FeatureCollection"
                }
                "features" if self.collection.has_list => {
                    return Err(A::Error::custom("features is given twice"));
                }
                "features" => {
                    map.next_value_seed(Elements {
                        form: self.form,
                        sorting: self.sorting,
                    })?;
                    self.collection.has_list = true;
                }
                _ => map.next_value_seed(Skip(inside))?,
            }
        }
        Ok(())
    }
}

/// The list that holds the items.
struct Elements<'s, 'c> {
    form: Form,
    sorting: &'s mut Sorting<'c>,
}

impl<'de> DeserializeSeed<'de> for Elements<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let values_left = Cell::new(MOST_VALUES);
            match self.form {
                Form::Features => {
                    let seed = Allowance::new(2, &values_left);
                    let Some(feature) = list.next_element_seed(seed)? else {
                        return Ok(());
                    };
                    self.sorting.take_feature(&feature);
                }
                _ => {
                    let Some(item) = list.next_element_seed(ItemSeed { around: 1 })? else {
                        return Ok(());
                    };
                    self.sorting.take_item(item);
                }
            }
            if self.sorting.batch.items > MOST_ITEMS {
                self.sorting.too_many = true;
                return Err(A::Error::custom("more items than a batch may have"));
            }
        }
    }
}
