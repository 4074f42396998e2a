//! Gathers the facts that themes and statistics are computed from, for one audience, and the readings behind them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::city::City;
use domain::feed_health::{self, FeedView, Heard};
use domain::figures::Figures;
use domain::ids::{Property, ThingId};
use domain::policy::Audience;
use domain::theme::ThemeView;
use domain::time::Timestamp;
use domain::wire::Layer;
use domain::wire::field::ComparedView;

use super::Works;
use super::lists::Lists;
use crate::store::readings::{Asked, Found, Sought};
use crate::themes::{self, Facts, History};
use crate::web::{Gathered, ReadingsAsked, ReadingsFound};

pub fn theme(
    works: &Works,
    id: &str,
    audience: &Audience,
    now: Timestamp,
) -> Result<Option<ThemeView>, String> {
    let Some(theme) = works.themes.iter().find(|theme| theme.id == id) else {
        return Ok(None);
    };
    let since = themes::looks_back_to(now, &city(works)?.zone);
    with_facts(works, audience, (since, now), |facts| {
        themes::view(theme, facts)
    })?
    .map(Some)
}

pub fn figures(works: &Works, audience: &Audience, now: Timestamp) -> Result<Figures, String> {
    let since = themes::looks_back_to(now, &city(works)?.zone);
    with_facts(works, audience, (since, now), themes::figures)
}

pub fn compared(
    works: &Works,
    audience: &Audience,
    now: Timestamp,
) -> Result<Vec<ComparedView>, String> {
    let since = themes::looks_back_to(themes::week_before(now), &city(works)?.zone);
    with_facts(works, audience, (since, now), themes::compared)
}

fn city(works: &Works) -> Result<Arc<City>, String> {
    works
        .registry
        .city()
        .ok_or_else(|| "no city pack has been loaded yet".to_owned())
}

fn with_facts<T>(
    works: &Works,
    audience: &Audience,
    (since, now): (Timestamp, Timestamp),
    compute: impl FnOnce(&Facts<'_>) -> T,
) -> Result<T, String> {
    let city = city(works)?;
    let countable = works
        .records
        .countable(audience, since)
        .map_err(|error| error.to_string())?;
    let behind = countable.position.0 < works.registry.position();
    let live = Lists::of(&works.hub, &[Layer::Alarms, Layer::Units, Layer::Sensors]);
    let mut units = live.units();
    units.retain(|unit| audience.may_see_in(unit.town_code.as_deref()));
    Ok(compute(&Facts {
        city: &city,
        now,
        position: countable.position.0,
        lag_ms: if behind {
            now.since(countable.now).max(0)
        } else {
            0
        },
        begun_at: countable.begun_at,
        phases: countable.phases,
        courses: countable.courses,
        // As for the list of alarms: they belong to the duty room.
        alarms: (*audience == Audience::City).then(|| live.alarms()),
        alarm_phases: countable.alarm_phases,
        alarms_from: countable.alarms_from,
        units,
        sensors: live.sensors(),
        history: &Kept { works, city: &city },
    }))
}

struct Kept<'a> {
    works: &'a Works,
    city: &'a City,
}

impl Kept<'_> {
    fn ask<T>(
        &self,
        sought: themes::Sought<'_>,
        ask: impl FnOnce(&Sought<'_>) -> Result<T, crate::store::StoreError>,
    ) -> Result<T, String> {
        let properties = self.city.spellings_of(sought.property);
        let is_unit = |unit: &str| {
            sought.is_any_unit() || self.city.is_same_unit(sought.property, sought.unit, unit)
        };
        ask(&Sought {
            properties: &properties,
            is_unit: &is_unit,
            drill: false,
        })
        .map_err(|error| error.to_string())
    }
}

impl History for Kept<'_> {
    fn last_at(
        &self,
        sought: themes::Sought<'_>,
        at: Timestamp,
        within_ms: i64,
    ) -> Result<BTreeMap<ThingId, f64>, String> {
        self.ask(sought, |sought| {
            self.works.readings.last_at(sought, at, within_ms)
        })
    }

    fn last_at_hours(
        &self,
        sought: themes::Sought<'_>,
        hours: &[Timestamp],
        within_ms: i64,
    ) -> Result<Vec<BTreeMap<ThingId, f64>>, String> {
        self.ask(sought, |sought| {
            self.works.readings.last_at_hours(sought, hours, within_ms)
        })
    }

    fn first_at(
        &self,
        sought: themes::Sought<'_>,
        since: Timestamp,
    ) -> Result<BTreeMap<ThingId, Timestamp>, String> {
        self.ask(sought, |sought| self.works.readings.first_at(sought, since))
    }
}

/// One property of one thing, as it was spelled; other names of its unit count as the same.
pub fn readings(works: &Works, asked: &ReadingsAsked) -> Result<ReadingsFound, String> {
    let city = works
        .registry
        .city()
        .ok_or("no city pack has been loaded yet")?;
    let properties = [asked.property.to_string()];
    let property: &Property = &asked.property;
    let is_unit = |unit: &str| city.is_same_unit(property, &asked.unit, unit);
    let of_store = Asked {
        thing: &asked.thing,
        sought: Sought {
            properties: &properties,
            is_unit: &is_unit,
            drill: asked.drill,
        },
        since: asked.since,
        until: asked.until,
    };
    let Some(every) = asked.every else {
        let found = works
            .readings
            .raw(&of_store, asked.most)
            .map_err(|error| error.to_string())?;
        return Ok(match found {
            Found::All(readings) => ReadingsFound::Raw(readings),
            Found::TooMany => ReadingsFound::TooMany,
        });
    };
    let bucket = |at: Timestamp| every.beginning(at, &city.zone);
    let by_hours = every.keeps_hours_whole(&city.zone, [asked.since, asked.until]);
    let found = works
        .readings
        .gathered(&of_store, &bucket, by_hours, asked.most)
        .map_err(|error| error.to_string())?;
    Ok(match found {
        Found::TooMany => ReadingsFound::TooMany,
        Found::All(buckets) => ReadingsFound::Gathered(
            buckets
                .into_iter()
                .map(|(begins, summary)| Gathered {
                    begins,
                    mean: summary.mean(),
                    min: summary.min,
                    max: summary.max,
                    count: summary.count,
                })
                .collect(),
        ),
    })
}

/// Every source heard since the start, and those whose things are still on the picture from before it.
pub fn feeds(works: &Works, city: &City, now: Timestamp) -> Vec<FeedView> {
    let mut last_heard: BTreeMap<String, Timestamp> = BTreeMap::new();
    let live = Lists::of(&works.hub, &[Layer::Units, Layer::Sensors]);
    let (units, sensors) = (live.units(), live.sensors());
    let units = units.iter().map(|unit| (&unit.source, unit.heard_at));
    let sensors = sensors
        .iter()
        .map(|sensor| (&sensor.source, sensor.heard_at));
    for (source, heard_at) in units.chain(sensors) {
        let last = last_heard.entry(source.to_string()).or_insert(heard_at);
        *last = heard_at.max(*last);
    }
    let mut tallies = works.tally.sources();
    for source in last_heard.keys() {
        tallies.entry(source.clone()).or_default();
    }
    let views = tallies.into_iter().map(|(source, tally)| {
        let heard = Heard {
            source: &source,
            last_at: tally.last_received_at.max(last_heard.get(&source).copied()),
            offsets_ms: tally.offsets_ms.iter().copied().collect(),
        };
        FeedView {
            received: tally.counts.received,
            accepted: tally.counts.accepted,
            duplicates: tally.counts.duplicates,
            conflicts: tally.counts.conflicts,
            rejected: tally.counts.rejected,
            dropped: tally.counts.dropped,
            last_bad: tally
                .bad_items
                .iter()
                .map(|bad| {
                    let reason = feed_health::without_quotes(&bad.reason);
                    (bad.pointer.clone(), reason)
                })
                .collect(),
            ..feed_health::view(city, heard, now)
        }
    });
    views.collect()
}
