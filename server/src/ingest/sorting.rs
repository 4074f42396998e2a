//! Sorts the elements of a batch into candidates and rejects, one by one, as they are read.
//! Knows which source may speak and which definition speaks for it; not how a body is written.

use domain::city::{FeedDefinition, glob_matches};
use domain::ids::SourceId;
use domain::observation::Observation;

use super::batch::{Batch, Candidate, Reject, Terms};
use super::checks;
use super::fault::Fault;
use super::feature;
use super::fields::{Field, RawItem};
use super::item::{self, Standing};
use super::json::{Json, MOST_VALUES};
use super::reporter::Reporter;

/// Sorts items into candidates and rejects as they come.
pub(super) struct Sorting<'c> {
    terms: Terms<'c>,
    pub batch: Batch,
    pub too_many: bool,
    /// The source of the item before, which is nearly always the next one's too.
    last: Option<(SourceId, bool, Option<&'c FeedDefinition>)>,
}

impl<'c> Sorting<'c> {
    pub fn new(terms: Terms<'c>) -> Self {
        Self {
            terms,
            batch: Batch::default(),
            too_many: false,
            last: None,
        }
    }

    pub fn reject(&mut self, fault: Fault) {
        self.reject_of(fault, None);
    }

    fn reject_of(&mut self, fault: Fault, source: Option<SourceId>) {
        let index = self.batch.items;
        self.batch.items += 1;
        self.batch.rejects.push(Reject {
            index,
            fault,
            source,
        });
    }

    fn accept(&mut self, observation: Observation, reporter: Option<Reporter>) {
        let index = self.batch.items;
        self.batch.items += 1;
        self.batch.candidates.push(Candidate {
            index,
            observation,
            reporter,
        });
    }

    pub fn take_item(&mut self, item: RawItem<'_>) {
        let fields = match item {
            RawItem::Fields(fields) => fields,
            RawItem::NotAnObject(type_name) => {
                let reason = format_args!("an item must be an object, not {type_name}");
                return self.reject(Fault::new("", reason));
            }
            RawItem::TooMuch => return self.reject(too_much()),
        };
        self.batch.unknown_members += u64::from(fields.unknown);
        let said = match checks::text(fields.get(Field::Source), Field::Source.pointer()) {
            Ok(Some(said)) => said,
            Ok(None) => return self.reject(Fault::missing("/source", "for every item")),
            Err(fault) => return self.reject(fault),
        };
        let (source, covered, feed) = match self.standing_of(said) {
            Ok(standing) => standing,
            Err(fault) => return self.reject(fault),
        };
        if !covered {
            return self.reject_outside(source);
        }
        let standing = Standing {
            city: self.terms.city,
            feed,
            now: self.terms.now,
        };
        match item::observation(&fields, source.clone(), &standing) {
            Ok((observation, reporter)) => self.accept(observation, reporter),
            Err(fault) => self.reject_of(fault, Some(source)),
        }
    }

    pub fn take_feature(&mut self, feature: &Json<'_>) {
        let terms = self.terms;
        let Some((feed, map)) = terms.feed.and_then(|feed| Some((feed, feed.map.as_ref()?))) else {
            return self.reject(Fault::new("", "no feed definition maps it"));
        };
        let Some(source) = feature::source_of(feed) else {
            return self.reject(Fault::new("", "the feed definition names no source"));
        };
        if !glob_matches(terms.key_glob, source.as_str()) {
            return self.reject_outside(source);
        }
        if *feature == Json::TooMuch {
            return self.reject_of(too_much(), Some(source));
        }
        let standing = Standing {
            city: terms.city,
            feed: Some(feed),
            now: terms.now,
        };
        match feature::observation(feature, source.clone(), feed, map, &standing) {
            Ok(observation) => self.accept(observation, None),
            Err(fault) => self.reject_of(fault, Some(source)),
        }
    }

    fn reject_outside(&mut self, source: SourceId) {
        self.batch.outside_key += 1;
        let reason = format!(
            "\"{source}\" is outside this key's \"{}\"",
            self.terms.key_glob
        );
        self.reject_of(Fault::new("/source", reason), Some(source));
    }

    /// The source, whether the key covers it, and the definition that speaks for it.
    fn standing_of(
        &mut self,
        said: &str,
    ) -> Result<(SourceId, bool, Option<&'c FeedDefinition>), Fault> {
        if let Some(last) = &self.last
            && last.0.as_str() == said
        {
            return Ok(last.clone());
        }
        let source = SourceId::new(said).map_err(|reason| Fault::new("/source", reason))?;
        let covered = glob_matches(self.terms.key_glob, said);
        let named = self
            .terms
            .feed
            .filter(|feed| feed.sources.iter().any(|glob| glob_matches(glob, said)));
        let feed = named.or_else(|| self.terms.city.feed_of(said));
        self.last = Some((source.clone(), covered, feed));
        Ok((source, covered, feed))
    }
}

fn too_much() -> Fault {
    Fault::new("", format_args!("holds more than {MOST_VALUES} values"))
}
