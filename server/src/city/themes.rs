//! `themes/*.toml`: which figures each theme shows and what they are counted from. A theme more is a file more.

use std::collections::{BTreeMap, BTreeSet};

use domain::category::Severity;
use domain::city::{Department, Town};
use domain::ids::DepartmentId;
use domain::indicator::{
    IncidentMeasure, Indicator, Measure, OfIncidents, SensorMeasure, Statistic, Theme,
};
use domain::theme::Missing;

use super::Pack;
use super::city_file::{parsed, short_name};
use super::rules::Categories;
use super::toml_section::Section;

const LAYERS: [&str; 4] = ["incidents", "alarms", "units", "sensors"];
const MOST_DECIMALS: u32 = 6;
/// A page shows as many at a glance.
const INDICATORS: std::ops::RangeInclusive<usize> = 4..=8;

/// What a theme may name.
pub struct Known<'a> {
    pub categories: &'a Categories,
    pub towns: &'a [Town],
    pub departments: &'a BTreeMap<DepartmentId, Department>,
}

/// In the order they give themselves.
pub fn themes(pack: &Pack<'_>, known: &Known<'_>) -> Vec<Theme> {
    let mut themes: Vec<Theme> = Vec::new();
    for file in pack.files.under("themes/", ".toml") {
        let Some(toml) = pack.optional_toml(file) else {
            continue;
        };
        let Some(theme) = theme(toml.root(), known) else {
            continue;
        };
        let named_as = format!("themes/{}.toml", theme.id);
        if file != named_as {
            let reason = format!("defines theme {}, so it belongs in {named_as}", theme.id);
            pack.findings.warning(file, None, reason);
        }
        if themes.iter().any(|other| other.id == theme.id) {
            let reason = format!("theme {} is defined twice", theme.id);
            pack.findings.error(file, None, reason);
        }
        if let Some(other) = themes.iter().find(|other| other.order == theme.order) {
            let reason = format!("order {} is {}'s already", theme.order, other.id);
            pack.findings
                .error(file, Some(toml.root().line_of("order")), reason);
        }
        themes.push(theme);
    }
    themes.sort_by(|one, other| (one.order, &one.id).cmp(&(other.order, &other.id)));
    themes
}

fn theme(root: Section<'_>, known: &Known<'_>) -> Option<Theme> {
    let id = short_name(&root, "id");
    let name = root.text("name");
    let name_en = root.text("name_en");
    let order = root.whole("order");
    let layers = layers(&root);
    let categories = categories(&root, known);
    let of_theme = categories.clone().unwrap_or_default();
    let sections = root.sections("indicator");
    if !INDICATORS.contains(&sections.len()) {
        root.wrong_here(format!(
            "a theme has {} to {} indicators; this one has {}",
            INDICATORS.start(),
            INDICATORS.end(),
            sections.len()
        ));
    }
    let mut indicators = Vec::new();
    let mut ids = BTreeSet::new();
    for section in sections {
        let line = section.line;
        if let Some(indicator) = indicator(section, known, &of_theme) {
            if !ids.insert(indicator.id.clone()) {
                root.wrong_on(line, format!("indicator {} is there twice", indicator.id));
            }
            indicators.push(indicator);
        }
    }
    root.done();
    Some(Theme {
        id: id?,
        name: name?,
        name_en: name_en?,
        order: order?,
        layers: layers?,
        categories: categories?,
        indicators,
    })
}

fn layers(root: &Section<'_>) -> Option<Vec<String>> {
    let layers = root.texts("layers")?;
    if layers.is_empty() {
        root.wrong_at("layers", "layers is empty");
    }
    for layer in layers
        .iter()
        .filter(|layer| !LAYERS.contains(&layer.as_str()))
    {
        let reason = format!("layer \"{layer}\" is not one of {}", LAYERS.join(", "));
        root.wrong_at("layers", reason);
    }
    Some(layers)
}

/// Codes or beginnings of codes, each of which means some kind of the pack.
fn categories(section: &Section<'_>, known: &Known<'_>) -> Option<Vec<String>> {
    let beginnings = section.optional_texts("categories")?;
    for beginning in &beginnings {
        let means_some = known.categories.keys().any(|code| code.is_under(beginning));
        if beginning.is_empty() || (!means_some && !known.categories.is_empty()) {
            let reason = format!("no category of categories.csv begins with \"{beginning}\"");
            section.wrong_at("categories", reason);
        }
    }
    Some(beginnings)
}

fn indicator(section: Section<'_>, known: &Known<'_>, of_theme: &[String]) -> Option<Indicator> {
    let id = short_name(&section, "id");
    let name = section.text("name");
    let name_en = section.text("name_en");
    let unit = section.optional_text("unit");
    let unit_en = section.optional_text("unit_en");
    let decimals = decimals(&section);
    let period_seconds = section.optional_whole("period_seconds");
    if period_seconds == Some(Some(0)) {
        section.wrong_at("period_seconds", "period_seconds is 0");
    }
    let bounds = bounds(&section);
    let missing = missing(&section);
    let measure = if section.has("measure") {
        measure(&section, known, of_theme).map(Some)
    } else {
        if !section.has("missing") {
            section.wrong_here("needs a measure, or [indicator.missing] to say what is lacking");
        }
        Some(None)
    };
    let ages = !matches!(
        measure,
        None | Some(None | Some(Measure::Incidents(..) | Measure::Alarms { .. }))
    );
    if ages && !section.has("period_seconds") {
        section.wrong_here("needs period_seconds: what is older than three of them does not count");
    }
    let is_share = matches!(
        measure,
        Some(Some(
            Measure::Incidents(IncidentMeasure::ShareInTime, _)
                | Measure::Readings {
                    statistic: Statistic::ShareAbove(_),
                    ..
                }
        ))
    );
    if is_share && !matches!(&unit, Some(Some(unit)) if unit == "%") {
        section.wrong_at("unit", "the unit of a share is \"%\"");
    }
    section.done();
    let unit = unit?.unwrap_or_default();
    Some(Indicator {
        id: id?,
        name: name?,
        name_en: name_en?,
        unit_en: unit_en?.unwrap_or_else(|| unit.clone()),
        unit,
        decimals: decimals?,
        period_ms: period_seconds?.map(|seconds| i64::from(seconds) * 1_000),
        bounds: bounds?,
        measure: measure?,
        missing: missing?,
    })
}

fn decimals(section: &Section<'_>) -> Option<u8> {
    let decimals = section.optional_whole("decimals")?.unwrap_or(0);
    if decimals > MOST_DECIMALS {
        let reason = format!("decimals {decimals} is outside 0 to {MOST_DECIMALS}");
        section.wrong_at("decimals", reason);
        return None;
    }
    u8::try_from(decimals).ok()
}

fn bounds(section: &Section<'_>) -> Option<Option<(f64, f64)>> {
    if !section.has("bounds") {
        return Some(None);
    }
    match section.numbers("bounds")?.as_slice() {
        [low, high] if low < high => Some(Some((*low, *high))),
        _ => {
            section.wrong_at("bounds", "bounds has two numbers, the lower first");
            None
        }
    }
}

fn missing(section: &Section<'_>) -> Option<Option<Missing>> {
    let Some(table) = section.section("missing") else {
        return Some(None);
    };
    let (zh, en) = (table.text("zh"), table.text("en"));
    table.done();
    Some(Some(Missing { zh: zh?, en: en? }))
}

fn measure(section: &Section<'_>, known: &Known<'_>, of_theme: &[String]) -> Option<Measure> {
    let text = section.text("measure")?;
    let incidents = |measure| {
        Some(Measure::Incidents(
            measure,
            of_incidents(section, known, of_theme)?,
        ))
    };
    let sensors = |measure| {
        let property = match section.has("property") {
            true => Some(parsed(section, "property")?),
            false => None,
        };
        Some(Measure::Sensors(measure, property))
    };
    match text.as_str() {
        "incidents_open" => incidents(IncidentMeasure::Open),
        "incidents_late" => incidents(IncidentMeasure::Late),
        "incidents_opened_today" => incidents(IncidentMeasure::OpenedToday),
        "incidents_closed_today" => incidents(IncidentMeasure::ClosedToday),
        "incidents_share_in_time" => incidents(IncidentMeasure::ShareInTime),
        "incidents_median_to_dispatch" => incidents(IncidentMeasure::MedianToDispatch),
        "alarms_standing" => Some(Measure::Alarms {
            categories: own_or_theirs(section, known, of_theme)?,
            severities: severities(section)?,
        }),
        "units_heard" => Some(Measure::Units {
            statuses: section.optional_texts("statuses")?,
            kinds: section.optional_texts("kinds")?,
        }),
        "sensors_reporting" => sensors(SensorMeasure::Reporting),
        "sensors_silent" => sensors(SensorMeasure::Silent),
        "sensors_in_alarm" => sensors(SensorMeasure::InAlarm),
        "readings_mean" => readings(section, Statistic::Mean),
        "readings_max" => readings(section, Statistic::Max),
        "readings_min" => readings(section, Statistic::Min),
        "readings_share_above" => {
            let limit = section.number("limit")?;
            readings(section, Statistic::ShareAbove(limit))
        }
        "latest" => {
            let thing = parsed(section, "thing");
            let property = parsed(section, "property");
            let unit = section.text("reading_unit");
            Some(Measure::Latest {
                thing: thing?,
                property: property?,
                unit: unit?,
            })
        }
        other => {
            let reason = format!("measure \"{other}\" is not one of {}", MEASURES.join(", "));
            section.wrong_at("measure", reason);
            None
        }
    }
}

const MEASURES: [&str; 16] = [
    "incidents_open",
    "incidents_late",
    "incidents_opened_today",
    "incidents_closed_today",
    "incidents_share_in_time",
    "incidents_median_to_dispatch",
    "alarms_standing",
    "units_heard",
    "sensors_reporting",
    "sensors_silent",
    "sensors_in_alarm",
    "readings_mean",
    "readings_max",
    "readings_min",
    "readings_share_above",
    "latest",
];

fn readings(section: &Section<'_>, statistic: Statistic) -> Option<Measure> {
    let property = parsed(section, "property");
    let unit = section.text("reading_unit");
    Some(Measure::Readings {
        statistic,
        property: property?,
        unit: unit?,
    })
}

/// The indicator's own kinds, or its theme's.
fn own_or_theirs(
    section: &Section<'_>,
    known: &Known<'_>,
    of_theme: &[String],
) -> Option<Vec<String>> {
    match section.has("categories") {
        true => categories(section, known),
        false => Some(of_theme.to_vec()),
    }
}

fn of_incidents(
    section: &Section<'_>,
    known: &Known<'_>,
    of_theme: &[String],
) -> Option<OfIncidents> {
    let categories = own_or_theirs(section, known, of_theme);
    let severities = severities(section);
    let town = match section.has("town") {
        true => Some(parsed(section, "town")?),
        false => None,
    };
    if let Some(code) = &town
        && !known.towns.iter().any(|town| town.code == *code)
    {
        section.wrong_at("town", format!("town {code} is not in towns.csv"));
    }
    let department: Option<DepartmentId> = match section.has("department") {
        true => Some(parsed(section, "department")?),
        false => None,
    };
    if let Some(id) = &department
        && !known.departments.contains_key(id)
    {
        section.wrong_at(
            "department",
            format!("department {id} is not in departments.csv"),
        );
    }
    Some(OfIncidents {
        categories: categories?,
        severities: severities?,
        town,
        department,
    })
}

fn severities(section: &Section<'_>) -> Option<Vec<Severity>> {
    if !section.has("severities") {
        return Some(Vec::new());
    }
    let mut severities = Vec::new();
    for number in section.numbers("severities")? {
        let found = Severity::ALL
            .into_iter()
            .find(|severity| f64::from(severity.level()) == number);
        match found {
            Some(severity) => severities.push(severity),
            None => section.wrong_at(
                "severities",
                format!("severity {number} is not one of 1 (highest) to 4"),
            ),
        }
    }
    Some(severities)
}
