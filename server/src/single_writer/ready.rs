//! A city pack made ready to be stepped: its outlines as tables, its words to read texts with. It follows from the pack alone and is
//! dear to build and to hold, so all who step the same pack share one.

use std::sync::{Arc, Mutex, PoisonError};

use domain::city::City;
use domain::jurisdictions::Jurisdictions;

use crate::fuse::Lexicon;

pub struct Ready {
    pub city: Arc<City>,
    pub places: Arc<Jurisdictions>,
    pub lexicon: Arc<Lexicon>,
}

impl Ready {
    pub fn of(city: &Arc<City>) -> Self {
        Self::with_places(city, Arc::new(Jurisdictions::of(city)))
    }

    /// The same, where the outlines have been made tables already.
    pub fn with_places(city: &Arc<City>, places: Arc<Jurisdictions>) -> Self {
        Self {
            lexicon: Arc::new(Lexicon::of(city, &places)),
            places,
            city: city.clone(),
        }
    }
}

/// The pack in force, made ready when it is first asked for and held until there is another.
#[derive(Clone, Default)]
pub struct InForce(Arc<Mutex<Option<Arc<Ready>>>>);

impl InForce {
    /// Whoever asks while it is built waits: building it twice would take as long.
    pub fn ready(&self, city: &Arc<City>) -> Arc<Ready> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some(ready) if Arc::ptr_eq(&ready.city, city) || ready.city == *city => ready.clone(),
            _ => held.insert(Arc::new(Ready::of(city))).clone(),
        }
    }
}
