//! What the city's clerk may rely on: the packs that ship are right, and powers move on their day.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::category::CategoryCode;
use domain::city::{City, Level};
use domain::gazetteer::Gazetteer;
use domain::ids::JurisdictionCode;
use domain::jurisdictions::Jurisdictions;
use domain::place::Position;
use domain::time::CivilDate;

use super::*;

pub(super) fn folder(pack: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("cities")
        .join(pack)
}

pub(super) fn loaded(source: &Source) -> LoadedCity {
    load(source).unwrap_or_else(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
        panic!("{source:?} does not load:\n{}", lines.join("\n"))
    })
}

fn dongguan() -> City {
    loaded(&Source::Embedded).city
}

fn code(text: &str) -> CategoryCode {
    text.parse().unwrap()
}

fn date(text: &str) -> CivilDate {
    text.parse().unwrap()
}

fn town(city: &City, name: &str) -> JurisdictionCode {
    let found = city.towns.iter().find(|town| town.name == name);
    found
        .unwrap_or_else(|| panic!("no town {name}"))
        .code
        .clone()
}

/// The one department that answers, or how many rows claim to.
fn lead(city: &City, kind: &str, town: &JurisdictionCode, day: &str) -> String {
    match city
        .responsible(code(kind), Some(town), date(day))
        .as_slice()
    {
        [row] => row.lead.to_string(),
        rows => format!("{} rows", rows.len()),
    }
}

#[test]
fn the_packs_that_ship_have_nothing_to_be_mended() {
    for source in [
        Source::Embedded,
        Source::Folder(folder("dongguan")),
        Source::Folder(folder("new-york")),
    ] {
        let loaded = loaded(&source);
        let to_mend: Vec<String> = loaded
            .remarks
            .iter()
            .filter(|mistake| mistake.weight != Weight::Note)
            .map(Mistake::to_string)
            .collect();
        assert_eq!(to_mend, Vec::<String>::new(), "{source:?}");
    }
}

#[test]
fn the_program_carries_dongguan_as_it_stands_in_the_folder() {
    let embedded = loaded(&Source::Embedded);
    let from_folder = loaded(&Source::Folder(folder("dongguan")));
    assert_eq!(embedded.city, from_folder.city);
    assert_eq!(embedded.files, from_folder.files);
}

#[test]
fn dongguan_is_as_large_as_it_is_said_to_be() {
    let city = dongguan();
    let outlines = |level| {
        city.outlines
            .iter()
            .filter(|outline| outline.level == level)
            .count()
    };
    assert_eq!(outlines(Level::City), 1);
    assert_eq!(outlines(Level::Town), 33);
    assert!(city.outlines.iter().all(|outline| outline.schematic));
    assert_eq!(city.boundaries_note, "示意图");
    assert_eq!(city.towns.len(), 36);
    assert_eq!(city.villages.len(), 609);
    let of_kind = |kind: &str| {
        city.villages
            .iter()
            .filter(|village| village.kind == kind)
            .count()
    };
    assert_eq!(
        (of_kind("社区"), of_kind("村"), of_kind("其他")),
        (245, 350, 14)
    );
    let municipal = city
        .departments
        .values()
        .filter(|department| department.kind == "municipal")
        .count();
    assert!(municipal >= 40, "{municipal} municipal departments");
    assert_eq!(city.departments.len() - municipal, 36);
    assert!(
        city.sample
            && city
                .departments
                .values()
                .all(|department| department.sample)
    );
    assert!(
        city.categories.len() >= 60,
        "{} kinds",
        city.categories.len()
    );
    let classes: BTreeSet<String> = city.categories.keys().map(|code| code.class()).collect();
    assert_eq!(classes.len(), 11);
    assert!(city.categories.contains_key(&code("E0301")));
    assert!(
        city.categories
            .values()
            .all(|category| (2..=4).contains(&category.standards.len()))
    );
}

#[test]
fn powers_move_on_their_day_and_not_before() {
    let city = dongguan();
    let humen = town(&city, "虎门镇");
    let unit = format!("town-{humen}");
    // Trading outside the shop went down to Humen on 2025-03-01.
    assert_eq!(lead(&city, "E0504", &humen, "2025-02-28"), "cgj");
    assert_eq!(lead(&city, "E0504", &humen, "2025-03-01"), unit);
    // Construction noise goes down to Humen in 2027 and stays with construction elsewhere.
    assert_eq!(lead(&city, "E0301", &humen, "2026-12-31"), "zjj");
    assert_eq!(lead(&city, "E0301", &humen, "2027-01-01"), unit);
    assert_eq!(
        lead(&city, "E0301", &town(&city, "厚街镇"), "2027-01-01"),
        "zjj"
    );
    // Illegal land use was Xiegang's and was taken back.
    let xiegang = town(&city, "谢岗镇");
    assert_eq!(
        lead(&city, "E0601", &xiegang, "2025-05-31"),
        format!("town-{xiegang}")
    );
    assert_eq!(lead(&city, "E0601", &xiegang, "2025-06-01"), "zrzy");
    // Cooking fumes changed hands in the whole city.
    assert_eq!(lead(&city, "E0109", &humen, "2025-06-30"), "sthj");
    assert_eq!(lead(&city, "E0109", &humen, "2025-07-01"), "cgj");
    // Drones have nobody yet, on purpose.
    assert_eq!(lead(&city, "E0608", &humen, "2026-11-23"), "0 rows");
    assert!(city.tray_categories.contains(&code("E0608")));
    // A place in no town is answered for by whoever answers for the whole city.
    let nowhere = city.responsible(code("E0504"), None, date("2026-11-23"));
    assert_eq!(
        nowhere
            .iter()
            .map(|row| row.lead.as_str())
            .collect::<Vec<_>>(),
        ["cgj"]
    );
}

#[test]
fn at_least_twenty_powers_move_down_or_back() {
    let city = dongguan();
    let moves = city
        .responsibilities
        .iter()
        .filter(|old| {
            city.responsibilities.iter().any(|new| {
                old.valid_to == Some(new.valid_from)
                    && (&old.category, &old.jurisdiction) == (&new.category, &new.jurisdiction)
                    && old.lead != new.lead
                    && !new.basis.is_empty()
            })
        })
        .count();
    assert!(moves >= 20, "{moves} moves of power");
}

#[test]
fn everywhere_and_always_exactly_one_department_answers() {
    let city = dongguan();
    let mut days: BTreeSet<CivilDate> = BTreeSet::from([date("2026-11-23")]);
    days.extend(city.responsibilities.iter().map(|row| row.valid_from));
    for day in days.into_iter().filter(|day| day.year() >= 2025) {
        for kind in city
            .categories
            .keys()
            .filter(|kind| !city.tray_categories.contains(kind))
        {
            for town in &city.towns {
                let rows = city.responsible(*kind, Some(&town.code), day);
                assert_eq!(rows.len(), 1, "{kind} in {} on {day}", town.name);
            }
        }
    }
}

#[test]
fn things_three_hundred_metres_apart_are_two_things() {
    const WIDE: [&str; 4] = ["earthquake", "weather", "forest-fire", "explosion"];
    let city = dongguan();
    for category in city
        .categories
        .values()
        .filter(|category| !WIDE.contains(&category.family.as_str()))
    {
        let rule = city.fusion.of(&category.family);
        let reach_m = rule.radius_m + rule.accuracy_cap_m;
        assert!(reach_m < 300, "{} joins over {reach_m} m", category.family);
    }
}

#[test]
fn the_calendar_is_the_published_one() {
    let calendar = dongguan().calendar;
    let rest = [
        "2025-01-28",
        "2025-10-08",
        "2026-01-02",
        "2026-02-23",
        "2026-10-07",
        "2027-02-06",
        "2026-11-22",
    ];
    for day in rest {
        assert!(!calendar.is_working_day(date(day)), "{day}");
    }
    // Weekend days worked in exchange (调休), and an ordinary Monday.
    for day in [
        "2025-01-26",
        "2025-10-11",
        "2026-02-28",
        "2026-09-20",
        "2026-11-23",
    ] {
        assert!(calendar.is_working_day(date(day)), "{day}");
    }
    let of_year = |year| {
        calendar
            .parts()
            .days
            .keys()
            .filter(|day| day.year() == year)
            .count()
    };
    assert_eq!((of_year(2025), of_year(2026)), (28 + 5, 33 + 6));
}

#[test]
fn alarm_rules_know_the_spellings_that_stations_use() {
    let city = dongguan();
    let judged = |property: &str, unit: &str| {
        let property = property.parse().unwrap();
        city.alarm_rules
            .iter()
            .filter(|rule| rule.judges(&property, unit))
            .count()
    };
    for (property, unit) in [
        ("PM2.5", "ug/m3"),
        ("pm25", "µg/m³"),
        ("O3", "μg/m3"),
        ("COD", "mg/L"),
    ] {
        assert_eq!(judged(property, unit), 1, "{property} in {unit}");
    }
    assert_eq!(judged("PM2.5", "mg/m3"), 0);
}

#[test]
fn a_borough_lies_where_it_lies() {
    let city = loaded(&Source::Folder(folder("new-york"))).city;
    let at = Position::from_degrees(-73.9442, 40.65).unwrap();
    let inside: Vec<&str> = city
        .outlines
        .iter()
        .filter(|outline| outline.area.contains(at) == domain::area::Containment::Inside)
        .map(|outline| outline.name.as_str())
        .collect();
    assert_eq!(inside, ["New York City", "Brooklyn"]);
}

#[test]
fn map_files_are_served_as_they_stand() {
    let files = loaded(&Source::Embedded).files;
    let on_disk = fs::read(folder("dongguan").join("boundaries/town.geojson")).unwrap();
    assert_eq!(files.jurisdictions_geojson(Level::Town), on_disk);
    let layers: Vec<&str> = files.basemap_layers().collect();
    assert_eq!(layers, ["land", "metro", "rivers", "sea", "water"]);
    assert!(files.basemap_geojson("sea").is_some());
    assert!(files.basemap_geojson("../city").is_none());
    let none: serde_json::Value =
        serde_json::from_slice(files.jurisdictions_geojson(Level::Grid)).unwrap();
    assert_eq!(none["features"], serde_json::json!([]));
}

#[test]
fn places_are_found_by_name_by_initials_and_in_what_a_caller_says() {
    let city = dongguan();
    let first = |asked: &str| {
        domain::place_search::find(&city, asked, 5)
            .into_iter()
            .next()
            .map(|place| place.name)
    };
    assert_eq!(first("虎门").as_deref(), Some("虎门镇"));
    assert_eq!(first("Humen").as_deref(), Some("虎门镇"));
    assert_eq!(first("hm").as_deref(), Some("虎门镇"));
    assert_eq!(
        first("虎门镇沿江路积水，两车熄火").as_deref(),
        Some("虎门镇")
    );
    assert_eq!(first("岗贝").as_deref(), Some("岗贝社区居民委员会"));
    assert_eq!(first("   "), None);
    assert_eq!(first("沿江路积水"), None);
    let village = &domain::place_search::find(&city, "岗贝社区", 1)[0];
    assert!(village.town.is_some() && village.position.is_some());
}

#[test]
fn what_people_leave_out_of_a_name_is_what_the_pack_says() {
    let mut city = dongguan();
    // A dot on the map that bears the bare name would be found by itself.
    city.places.retain(|place| place.name != "沙田");
    let jurisdictions = Jurisdictions::of(&city);
    let said = "沙田着火了";
    let searched = |city: &City| {
        let mut found = domain::place_search::find(city, said, 5).into_iter();
        found.any(|place| place.name == "沙田镇")
    };
    let spoken = |city: &City| Gazetteer::of(city, &jurisdictions).find(said).town;
    assert!(searched(&city));
    assert_eq!(
        spoken(&city),
        Some(JurisdictionCode::new("441900123").unwrap())
    );
    // Another city leaves out something else: both read it from the pack.
    city.fusion.names.town_endings = vec!["街道".into(), "田镇".into()];
    assert_eq!((searched(&city), spoken(&city)), (false, None));
}
