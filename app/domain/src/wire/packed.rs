//! A value that travels packed within another: whoever passes it on need not know how to read it, so that the page's first
//! script stays small.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The postcard of a `T`; empty stands for its default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Packed<T> {
    bytes: Vec<u8>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            of: PhantomData,
        }
    }
}

impl<T: Serialize> Packed<T> {
    pub fn of(value: &T) -> Self {
        Self {
            bytes: postcard::to_allocvec(value).unwrap_or_default(),
            of: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Packed<T> {
    /// None where it was packed by a version that lays it out otherwise.
    pub fn opened(&self) -> Option<T> {
        postcard::from_bytes(&self.bytes).ok()
    }
}

impl<T: DeserializeOwned + Default> Packed<T> {
    /// Its default where it was packed by a version that lays it out otherwise.
    pub fn open(&self) -> T {
        postcard::from_bytes(&self.bytes).unwrap_or_default()
    }
}
