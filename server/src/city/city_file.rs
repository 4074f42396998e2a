//! `city.toml`: who the city is, where it ends, its working hours and the limits of the stages.
//! The days of the calendar stand in `calendar.csv`.

use std::collections::BTreeSet;

use domain::calendar::WorkPeriod;
use domain::category::CategoryCode;
use domain::city::StageLimits;
use domain::clock::{ClockKind, Limit};
use domain::ids::JurisdictionCode;
use domain::place::{Bounds, Position};
use domain::time::{Weekday, Zone};

use super::Pack;
use super::toml_section::Section;

pub const FILE: &str = "city.toml";

/// The checked content of `city.toml`.
pub struct CityFile {
    pub id: String,
    pub name: String,
    pub name_en: String,
    pub code: JurisdictionCode,
    pub zone: Zone,
    pub boundaries_note: String,
    pub boundaries_note_en: String,
    pub sample: bool,
    pub sample_note: String,
    pub bounds: Bounds,
    pub center: Position,
    pub zoom: f32,
    pub attribution: Vec<String>,
    pub tray_categories: Vec<CategoryCode>,
    pub working_time: WorkingTime,
    pub calendar_line: u64,
    pub limits: StageLimits,
}

/// The `[calendar]` table.
pub struct WorkingTime {
    pub official: BTreeSet<i16>,
    pub provisional: BTreeSet<i16>,
    pub work_periods: Vec<WorkPeriod>,
    pub weekend: BTreeSet<Weekday>,
}

impl CityFile {
    pub fn read(pack: &Pack<'_>) -> Option<Self> {
        let toml = pack.needed_toml(FILE)?;
        let root = toml.root();
        let id = short_name(&root, "id");
        let name = root.text("name");
        let name_en = root.text("name_en");
        let code = parsed(&root, "code");
        let zone = parsed(&root, "timezone");
        let boundaries_note = root.optional_text("boundaries_note");
        let boundaries_note_en = root.optional_text("boundaries_note_en");
        let sample = root.optional_flag("sample");
        let sample_note = root.optional_text("sample_note");
        // Read by people who open the file; the pages take their words from the labels.
        let _ = root.optional_text("sample_note_en");
        let _ = root.optional_text("language");
        let bounds = bounds(&root);
        let center = center(&root, bounds.as_ref());
        let zoom = zoom(&root);
        let attribution = root.optional_texts("attribution");
        let tray_categories = tray_categories(&root);
        let working_time = working_time(&root);
        let limits = stage_limits(&root);
        let calendar_line = root.line_of("calendar");
        root.done();
        Some(Self {
            id: id?,
            name: name?,
            name_en: name_en?,
            code: code?,
            zone: zone?,
            boundaries_note: boundaries_note?.unwrap_or_default(),
            boundaries_note_en: boundaries_note_en?.unwrap_or_default(),
            sample: sample?.unwrap_or(false),
            sample_note: sample_note?.unwrap_or_default(),
            bounds: bounds?,
            center: center?,
            zoom: zoom?,
            attribution: attribution?,
            tray_categories: tray_categories?,
            working_time: working_time?,
            calendar_line,
            limits: limits?,
        })
    }
}

/// A needed text that a type of the domain reads.
pub fn parsed<T>(section: &Section<'_>, key: &str) -> Option<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    match section.text(key)?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            section.wrong_at(key, format!("{key}: {error}"));
            None
        }
    }
}

/// `15 urgent_minute` or `2 work_day`, as in city.toml.
fn limit(text: &str) -> Result<Limit, String> {
    let (amount, clock) = text
        .trim()
        .split_once(' ')
        .ok_or_else(|| format!("\"{text}\" is not of the form \"15 urgent_minute\""))?;
    if clock.trim() != "urgent_minute" {
        return Limit::parse(amount, clock).map_err(|error| error.to_string());
    }
    let minutes: u32 = amount
        .parse()
        .map_err(|_| format!("\"{amount}\" is not a whole number of minutes"))?;
    Limit::from_minutes(ClockKind::UrgentHour, minutes).map_err(|error| error.to_string())
}

/// A needed text of the letters that ids and paths are made of.
pub fn short_name(root: &Section<'_>, key: &str) -> Option<String> {
    let text = root.text(key)?;
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !plain {
        root.wrong_at(
            key,
            format!("{key} \"{text}\" may hold only a-z, 0-9 and -"),
        );
        return None;
    }
    Some(text)
}

fn bounds(root: &Section<'_>) -> Option<Bounds> {
    let edges = root.numbers("bounds")?;
    let Ok(edges) = <[f64; 4]>::try_from(edges) else {
        root.wrong_at(
            "bounds",
            "bounds has four numbers: west, south, east, north",
        );
        return None;
    };
    match Bounds::from_degrees(edges) {
        Ok(bounds) => Some(bounds),
        Err(error) => {
            root.wrong_at("bounds", format!("bounds: {error}"));
            None
        }
    }
}

fn center(root: &Section<'_>, bounds: Option<&Bounds>) -> Option<Position> {
    let pair = root.numbers("center")?;
    let Ok([longitude, latitude]) = <[f64; 2]>::try_from(pair) else {
        root.wrong_at("center", "center has two numbers: longitude, latitude");
        return None;
    };
    match Position::from_degrees(longitude, latitude) {
        Ok(center) => {
            if bounds.is_some_and(|bounds| !bounds.contains(center)) {
                root.wrong_at("center", "center lies outside bounds");
            }
            Some(center)
        }
        Err(error) => {
            root.wrong_at("center", format!("center: {error}"));
            None
        }
    }
}

fn zoom(root: &Section<'_>) -> Option<f32> {
    let zoom = root.number("zoom")?;
    if !(0.0..=22.0).contains(&zoom) {
        root.wrong_at("zoom", format!("zoom {zoom} is outside 0 to 22"));
        return None;
    }
    Some(zoom as f32)
}

fn tray_categories(root: &Section<'_>) -> Option<Vec<CategoryCode>> {
    let mut codes = Vec::new();
    for text in root.optional_texts("tray_categories")? {
        match text.parse() {
            Ok(code) => codes.push(code),
            Err(error) => root.wrong_at("tray_categories", format!("{error}")),
        }
    }
    Some(codes)
}

fn stage_limits(root: &Section<'_>) -> Option<StageLimits> {
    let Some(section) = root.section("limits") else {
        root.wrong_here("table [limits] is missing");
        return None;
    };
    let read = |key: &str| {
        let text = section.text(key)?;
        limit(&text)
            .map_err(|reason| section.wrong_at(key, format!("{key}: {reason}")))
            .ok()
    };
    let accept = read("accept");
    let dispatch = read("dispatch");
    let verify = read("verify");
    let check = read("check");
    section.done();
    Some(StageLimits {
        accept: accept?,
        dispatch: dispatch?,
        verify: verify?,
        check: check?,
    })
}

fn working_time(root: &Section<'_>) -> Option<WorkingTime> {
    let Some(section) = root.section("calendar") else {
        root.wrong_here("table [calendar] is missing");
        return None;
    };
    let official = years(&section, "official");
    let provisional = years(&section, "provisional");
    let work_periods = work_periods(&section);
    let weekend = weekend(&section);
    if let (Some(official), Some(provisional)) = (&official, &provisional)
        && official.is_empty()
        && provisional.is_empty()
    {
        section.wrong_at(
            "official",
            "no year is named, so no deadline on a work clock can be given",
        );
    }
    section.done();
    Some(WorkingTime {
        official: official?,
        provisional: provisional?,
        work_periods: work_periods?,
        weekend: weekend?,
    })
}

fn years(section: &Section<'_>, key: &str) -> Option<BTreeSet<i16>> {
    let mut years = BTreeSet::new();
    for number in section.numbers(key)? {
        if number.fract() != 0.0 || !(1900.0..=2200.0).contains(&number) {
            section.wrong_at(key, format!("{number} is not a year"));
        } else if !years.insert(number as i16) {
            section.wrong_at(key, format!("year {number} is named twice"));
        }
    }
    Some(years)
}

/// That they follow one another is checked by the calendar itself.
fn work_periods(section: &Section<'_>) -> Option<Vec<WorkPeriod>> {
    let mut periods = Vec::new();
    for text in section.texts("work_periods")? {
        match text.parse() {
            Ok(period) => periods.push(period),
            Err(error) => section.wrong_at("work_periods", format!("{error}")),
        }
    }
    Some(periods)
}

fn weekend(section: &Section<'_>) -> Option<BTreeSet<Weekday>> {
    let mut days = BTreeSet::new();
    for text in section.texts("weekend")? {
        let day = match text.as_str() {
            "mon" => Weekday::Monday,
            "tue" => Weekday::Tuesday,
            "wed" => Weekday::Wednesday,
            "thu" => Weekday::Thursday,
            "fri" => Weekday::Friday,
            "sat" => Weekday::Saturday,
            "sun" => Weekday::Sunday,
            _ => {
                section.wrong_at(
                    "weekend",
                    format!("\"{text}\" is not one of mon tue wed thu fri sat sun"),
                );
                continue;
            }
        };
        days.insert(day);
    }
    Some(days)
}
