//! How old a thing may be before it must not look live: the expected period of its source, from the pack's feeds.
//! Pure.

use domain::city::{City, glob_matches};
use domain::ids::SourceId;
use domain::theme::Freshness;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Of a source that no feed definition gives a period for.
pub const USUAL_MS: i64 = 60_000;

/// What the pack says of how often its sources speak.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Periods {
    /// (glob of sources, seconds), in the order of the pack: the first that fits holds.
    declared: Vec<(String, u32)>,
}

impl Periods {
    pub fn of(city: &City) -> Self {
        let mut declared = Vec::new();
        for feed in city.feeds.values() {
            if let Some(seconds) = feed.period_seconds {
                declared.extend(feed.sources.iter().map(|glob| (glob.clone(), seconds)));
            }
        }
        Self { declared }
    }

    /// None for a source that comes when it comes, as calls do.
    pub fn declared_ms(&self, source: &str) -> Option<i64> {
        let (_, seconds) = self
            .declared
            .iter()
            .find(|(glob, _)| glob_matches(glob, source))?;
        Some(i64::from(*seconds) * 1000)
    }

    pub fn ms(&self, source: &str) -> i64 {
        self.declared_ms(source).unwrap_or(USUAL_MS)
    }
}

/// Freshness of many things at one moment; a source's period is looked up once.
pub struct Ages<'a> {
    periods: &'a Periods,
    now: Timestamp,
    /// Few, and mostly the same one again.
    known: Vec<(SourceId, i64)>,
}

impl<'a> Ages<'a> {
    pub fn at(periods: &'a Periods, now: Timestamp) -> Self {
        Self {
            periods,
            now,
            known: Vec::new(),
        }
    }

    pub fn of(&mut self, source: &SourceId, heard_at: Timestamp) -> Freshness {
        let period_ms = self.period_ms(source);
        Freshness::of(self.now.since(heard_at), period_ms)
    }

    pub fn period_ms(&mut self, source: &SourceId) -> i64 {
        let known = self.known.iter().find(|(known, _)| known == source);
        match known {
            Some((_, period_ms)) => *period_ms,
            None => {
                let period_ms = self.periods.ms(source.as_str());
                self.known.push((source.clone(), period_ms));
                period_ms
            }
        }
    }
}

/// The class of an element that shows something of this age.
pub fn class(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Live => "live",
        Freshness::Ageing => "ageing",
        Freshness::Stale => "stale",
        Freshness::Gone => "gone-old",
    }
}

#[cfg(test)]
impl Periods {
    pub fn for_tests(declared: &[(&str, u32)]) -> Self {
        Self {
            declared: declared
                .iter()
                .map(|(glob, seconds)| ((*glob).to_owned(), *seconds))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_old_after_seconds_and_an_hourly_station_after_hours() {
        let periods = Periods::for_tests(&[("bus-*", 15), ("air-*", 3600)]);
        let now = Timestamp::from_millis(1_000_000_000);
        let seen = |source: &str, seconds: i64| {
            let source = SourceId::new(source).expect("a source");
            Ages::at(&periods, now).of(&source, now.plus_millis(-seconds * 1000))
        };
        assert_eq!(seen("bus-3", 15), Freshness::Live);
        assert_eq!(seen("bus-3", 16), Freshness::Ageing);
        assert_eq!(seen("bus-3", 31), Freshness::Stale);
        assert_eq!(seen("bus-3", 46), Freshness::Gone);
        assert_eq!(seen("air-7", 3_599), Freshness::Live);
        assert_eq!(seen("air-7", 3 * 3600 + 1), Freshness::Gone);
        assert_eq!(
            seen("patrol", 61),
            Freshness::Ageing,
            "a minute unless the pack says otherwise"
        );
    }

    #[test]
    fn only_a_declared_period_can_be_missed() {
        let periods = Periods::for_tests(&[("bus-*", 15)]);
        assert_eq!(periods.declared_ms("bus-9"), Some(15_000));
        assert_eq!(periods.declared_ms("hotline-12345"), None);
    }
}
