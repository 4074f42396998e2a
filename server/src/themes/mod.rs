//! Computes what theme pages and statistics show, from facts that others gathered. Pure: the moment is given, and practice
//! is never counted.

mod day;
mod facts;
mod figures;
mod incidents;
mod sensing;
#[cfg(test)]
mod tests;

use domain::category::CategoryCode;
use domain::indicator::{Indicator, Measure, Theme};
use domain::theme::{Freshness, IndicatorView, Missing, Point, ThemeName, ThemeView, Trend};
use domain::time::Timestamp;

use day::Day;

pub use day::{DAY_MS, week_before};
pub use facts::{Facts, History, Sought};
pub use figures::{compared, figures};

/// What a figure of incidents is expected to be newer than.
const INCIDENTS_PERIOD_MS: i64 = 60_000;

/// From when on the courses of incidents are asked for: figures look back as far.
pub fn looks_back_to(now: Timestamp, zone: &domain::time::Zone) -> Timestamp {
    Day::of(now, zone).begins.plus_millis(-DAY_MS)
}

pub fn name(theme: &Theme) -> ThemeName {
    ThemeName {
        id: theme.id.clone(),
        name: theme.name.clone(),
        name_en: theme.name_en.clone(),
    }
}

/// One theme with its figures as of `facts.now`. `Err` only if the history could not be read.
pub fn view(theme: &Theme, facts: &Facts<'_>) -> Result<ThemeView, String> {
    let day = Day::of(facts.now, &facts.city.zone);
    let mut indicators = Vec::with_capacity(theme.indicators.len());
    for indicator in &theme.indicators {
        indicators.push(shown(indicator, computed(indicator, facts, &day)?));
    }
    Ok(ThemeView {
        id: theme.id.clone(),
        name: theme.name.clone(),
        name_en: theme.name_en.clone(),
        layers: theme.layers.clone(),
        categories: kinds(theme, facts),
        at: facts.now,
        position: facts.position,
        indicators,
    })
}

fn kinds(theme: &Theme, facts: &Facts<'_>) -> Vec<CategoryCode> {
    let under = |code: &&CategoryCode| {
        let mut beginnings = theme.categories.iter();
        beginnings.any(|beginning| code.is_under(beginning))
    };
    facts
        .city
        .categories
        .keys()
        .filter(under)
        .copied()
        .collect()
}

/// What an indicator comes to, before it is dressed.
#[derive(Clone, PartialEq, Debug, Default)]
struct Computed {
    value: Option<f64>,
    /// The same at the same time yesterday.
    before: Option<f64>,
    series: Vec<Point>,
    yesterday: Vec<Point>,
    age_ms: Option<i64>,
    drill: Option<String>,
    missing: Option<Missing>,
}

fn computed(indicator: &Indicator, facts: &Facts<'_>, day: &Day) -> Result<Computed, String> {
    // What is older than three periods is gone and does not count.
    let within_ms = indicator.period_ms.unwrap_or(INCIDENTS_PERIOD_MS) * 3;
    Ok(match &indicator.measure {
        None => Computed::default(),
        Some(Measure::Incidents(measure, of)) => incidents::computed(facts, day, *measure, of),
        Some(Measure::Alarms {
            categories,
            severities,
        }) => sensing::alarms(facts, day, categories, severities),
        Some(Measure::Units { statuses, kinds }) => {
            sensing::units(facts, statuses, kinds, within_ms)
        }
        Some(Measure::Sensors(measure, property)) => {
            sensing::sensors(facts, day, *measure, property.as_ref(), within_ms)?
        }
        Some(Measure::Readings {
            statistic,
            property,
            unit,
        }) => {
            let sought = Sought { property, unit };
            sensing::readings(facts, day, *statistic, sought, within_ms)?
        }
        Some(Measure::Latest {
            thing,
            property,
            unit,
        }) => {
            let sought = Sought { property, unit };
            sensing::latest(facts, day, thing, sought, within_ms)?
        }
    })
}

fn shown(indicator: &Indicator, computed: Computed) -> IndicatorView {
    let missing = match computed.value {
        Some(_) => None,
        None => indicator.missing.clone().or(computed.missing),
    };
    let trend = computed.value.zip(computed.before);
    let freshness = match (computed.value, computed.age_ms) {
        (Some(_), Some(age_ms)) => {
            Freshness::of(age_ms, indicator.period_ms.unwrap_or(INCIDENTS_PERIOD_MS))
        }
        _ => Freshness::Gone,
    };
    IndicatorView {
        id: indicator.id.clone(),
        name: indicator.name.clone(),
        name_en: indicator.name_en.clone(),
        value: computed.value,
        unit: indicator.unit.clone(),
        unit_en: indicator.unit_en.clone(),
        decimals: indicator.decimals,
        trend: trend.map(|(value, before)| Trend {
            before,
            change: value - before,
        }),
        age_ms: computed.age_ms,
        period_ms: indicator.period_ms,
        freshness,
        series: computed.series,
        yesterday: computed.yesterday,
        bounds: indicator.bounds,
        drill: computed.drill,
        missing,
    }
}

fn missing(zh: impl Into<String>, en: impl Into<String>) -> Option<Missing> {
    Some(Missing {
        zh: zh.into(),
        en: en.into(),
    })
}
