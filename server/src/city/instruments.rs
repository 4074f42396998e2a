//! The tables `[[instrument]]` of `alarms.toml`: what a reading can be at all, how fast it can change, and whether it is
//! like those around it.

use domain::city::{Instrument, Neighbours};

use super::city_file::parsed;
use super::rules::aliases;
use super::toml_section::Section;

pub fn instrument(section: Section<'_>) -> Option<Instrument> {
    let property = parsed(&section, "property");
    let names = section
        .optional_texts("aliases")
        .and_then(|names| aliases(&section, &names));
    let unit = section.text("unit");
    let unit_aliases = section.optional_texts("unit_aliases");
    let range = range(&section);
    let step_per_minute = section.optional_number("step_per_minute");
    let neighbours = neighbours(&section);
    section.done();
    let (low, high) = range?;
    Some(Instrument {
        property: property?,
        aliases: names?,
        unit: unit?,
        unit_aliases: unit_aliases?,
        low,
        high,
        step_per_minute: step_per_minute?,
        neighbours: neighbours?,
    })
}

fn range(section: &Section<'_>) -> Option<(f64, f64)> {
    let (low, high) = (section.number("low"), section.number("high"));
    let (low, high) = (low?, high?);
    if low >= high {
        section.wrong_at(
            "high",
            "high is not above low: no reading would be believed",
        );
        return None;
    }
    Some((low, high))
}

fn neighbours(section: &Section<'_>) -> Option<Option<Neighbours>> {
    let radius_m = section.optional_whole("neighbours_m");
    let times = section.optional_number("neighbours_times");
    match (radius_m?, times?) {
        (None, None) => Some(None),
        (Some(radius_m), Some(times)) if times > 1.0 => Some(Some(Neighbours { radius_m, times })),
        (Some(_), Some(_)) => {
            section.wrong_at("neighbours_times", "neighbours_times must be more than 1");
            None
        }
        _ => {
            section.wrong_here("neighbours_m and neighbours_times go together");
            None
        }
    }
}
