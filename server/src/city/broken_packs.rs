//! Packs with something wrong in them: each mistake is found, with its file and line, and none hides another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;

use super::tests::{folder, loaded};
use super::*;

/// One thing done wrong to the New York pack, and what must be said of it.
pub(super) struct Broken {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    said: &'static str,
}

pub(super) const fn broken(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    said: &'static str,
) -> Broken {
    Broken {
        file,
        from,
        to,
        said,
    }
}

/// An empty `from` appends; `said` is the beginning of what the clerk reads, `{}` the line that was spoilt.
const BROKEN: &[Broken] = &[
    broken(
        "city.toml",
        "America/New_York",
        "America/Gotham",
        "city.toml:{}: timezone: 'America/Gotham' is not",
    ),
    broken(
        "city.toml",
        "zoom = 9.8",
        "zoom = 99",
        "city.toml:{}: zoom 99 is outside",
    ),
    broken(
        "city.toml",
        "zoom = 9.8",
        "zom = 9.8",
        "city.toml:{}: key zom is not known",
    ),
    broken(
        "city.toml",
        "zoom = 9.8",
        "",
        "city.toml:1: key zoom is missing",
    ),
    broken(
        "city.toml",
        "zoom = 9.8",
        "zoom = \"near\"",
        "city.toml:{}: zoom is not a number",
    ),
    broken(
        "city.toml",
        "zoom = 9.8",
        "zoom = = 9",
        "city.toml:{}: is not TOML",
    ),
    broken(
        "city.toml",
        "-74.280, 40.457",
        "40.457, -74.280",
        "city.toml:{}: bounds: ",
    ),
    broken(
        "city.toml",
        "[\"E0699\"]",
        "[\"E0698\"]",
        "city.toml: tray_categories: E0698 is not in",
    ),
    broken(
        "city.toml",
        "provisional = []",
        "provisional = [2026]",
        "city.toml:21: calendar: ",
    ),
    broken(
        "city.toml",
        "14:00-18:00",
        "12:00-18:00",
        "city.toml:21: calendar: ",
    ),
    broken(
        "city.toml",
        "\"sun\"",
        "\"sunday\"",
        "city.toml:{}: \"sunday\" is not one of mon",
    ),
    broken(
        "city.toml",
        "30 urgent_minute\"\ncheck",
        "0 urgent_minute\"\ncheck",
        "city.toml:{}: verify: ",
    ),
    broken(
        "city.toml",
        "[limits]",
        "[limit]",
        "city.toml:1: table [limits] is missing",
    ),
    broken(
        "towns.csv",
        "36047,Brooklyn",
        "36005,Brooklyn",
        "towns.csv:{}: town 36005 is there twice",
    ),
    broken(
        "towns.csv",
        "-73.8648,40.8448",
        "40.8448,-73.8648",
        "towns.csv:{}: the point lies outside",
    ),
    broken(
        "towns.csv",
        "code,name,",
        "code,title,",
        "towns.csv:1: column \"name\" is missing",
    ),
    broken(
        "departments.csv",
        "nypd,",
        "fdny,",
        "departments.csv:3: department fdny is there twice",
    ),
    broken(
        "departments.csv",
        "town,36005",
        "town,36006",
        "departments.csv:{}: town_code 36006 is not",
    ),
    broken(
        "departments.csv",
        "town,36005",
        "town,",
        "departments.csv:{}: a town's unit needs its",
    ),
    broken(
        "categories.csv",
        "E0301,",
        "E301,",
        "categories.csv:{}: code: \"E301\" is not a category",
    ),
    broken(
        "categories.csv",
        "\nE0699,",
        "\nE0505,",
        "categories.csv:{}: category E0505 is there twice",
    ),
    broken(
        "categories.csv",
        "4,work_hour",
        "soon,work_hour",
        "categories.csv:{}: ",
    ),
    broken(
        "categories.csv",
        "2,urgent_hour",
        "2,lunar_hour",
        "categories.csv:{}: ",
    ),
    broken(
        "categories.csv",
        "fire out|overhaul finished",
        "|",
        "categories.csv:{}: standards is empty",
    ),
    broken(
        "categories.csv",
        ",fire,1,",
        ",fire,0,",
        "categories.csv:{}: severity 0 is not",
    ),
    broken(
        "categories.csv",
        "4,work_hour,cover",
        "4,cover",
        "categories.csv:{}: has 10 fields; the header names 11",
    ),
    broken(
        "responsibilities.csv",
        "R001,C0102",
        "R001,C0999",
        "responsibilities.csv:{}: category C0999 is neither",
    ),
    broken(
        "responsibilities.csv",
        "dep,dot,",
        "dept,dot,",
        "responsibilities.csv:{}: lead dept is not in",
    ),
    broken(
        "responsibilities.csv",
        "dep,dot,",
        "dep,dep,",
        "responsibilities.csv:{}: dep both leads and supports",
    ),
    broken(
        "responsibilities.csv",
        "36085,2020-01-01,2026-07-01",
        "36085,2020-01-01,2026-07-02",
        "responsibilities.csv:24: row R023 and row R022 (line 23) both count",
    ),
    broken(
        "responsibilities.csv",
        "36085,2026-07-01",
        "36085,2026-02-30",
        "responsibilities.csv:{}: valid_from: ",
    ),
    broken(
        "responsibilities.csv",
        "36085,2026-07-01,,",
        "36085,2026-07-01,2026-06-01,",
        "responsibilities.csv:{}: valid_to 2026-06-01 is not after",
    ),
    broken(
        "responsibilities.csv",
        "36085,2026-07-01",
        "36086,2026-07-01",
        "responsibilities.csv:{}: jurisdiction 36086 is not",
    ),
    broken(
        "responsibilities.csv",
        "R001,C0102",
        "R002,C0102",
        "responsibilities.csv:3: row R002 is there twice",
    ),
    broken(
        "responsibilities.csv",
        "R001,C0102,*",
        "R001,C0106,36005",
        "responsibilities.csv: warning: nobody answers for C0102;",
    ),
    broken(
        "responsibilities.csv",
        "R001,C0102,*",
        "R001,C0102,36005",
        "responsibilities.csv: warning: nobody answers for C0102 on 2025-01-01 in 4 towns",
    ),
    broken(
        "responsibilities.csv",
        "",
        "R900,E0699,*,2020-01-01,,dep,,x\n",
        "responsibilities.csv: warning: E0699 is in tray",
    ),
    broken(
        "calendar.csv",
        "2026-12-25,holiday",
        "2026-12-35,holiday",
        "calendar.csv:{}: date: ",
    ),
    broken(
        "calendar.csv",
        "2026-12-25,holiday",
        "2026-11-26,workday",
        "calendar.csv:{}: 2026-11-26 is a holiday in another row",
    ),
    broken(
        "calendar.csv",
        "2026-12-25,holiday",
        "2026-12-25,party",
        "calendar.csv:{}: kind \"party\" is neither",
    ),
    broken(
        "calendar.csv",
        "2026-12-25,holiday",
        "2026-12-25,workday",
        "calendar.csv:{}: 2026-12-25 is a Friday and worked anyway",
    ),
    broken(
        "calendar.csv",
        "2026-12-25,holiday",
        "2029-12-25,holiday",
        "calendar.csv:{}: year 2029 is neither",
    ),
    broken(
        "city.toml",
        "2026, 2027]",
        "2026, 2027, 2028]",
        "calendar.csv: warning: city.toml vouches for 2028",
    ),
    broken(
        "fusion.toml",
        "[default]",
        "[defaults]",
        "fusion.toml:1: table [default] is missing",
    ),
    broken(
        "fusion.toml",
        "size_cap = 512",
        "size_cap = 1",
        "fusion.toml:{}: size_cap 1 is outside",
    ),
    broken(
        "fusion.toml",
        "[family.garbage]",
        "[family.dragons]",
        "fusion.toml:{}: no category is of family dragons",
    ),
    broken(
        "alarms.toml",
        "category = \"E0407\"",
        "category = \"E0499\"",
        "alarms.toml:{}: category E0499 is not in",
    ),
    broken(
        "alarms.toml",
        "silence_minutes = 60",
        "silence_category = \"C0999\"\nsilence_minutes = 60",
        "alarms.toml:{}: silence_category C0999 is not in",
    ),
    broken(
        "alarms.toml",
        "high = 1500",
        "high = 0",
        "alarms.toml:{}: high is not above low",
    ),
    broken(
        "alarms.toml",
        "neighbours_times = 5",
        "neighbours_times = 1",
        "alarms.toml:{}: neighbours_times must be more than 1",
    ),
    broken(
        "fusion.toml",
        "water = [\"flooded\"",
        "water = [\"fire\"",
        "fusion.toml:{}: \"fire\" has two meanings",
    ),
    broken(
        "units.csv",
        "m15-2201,bus-depot,2201",
        "m15-2201,bus-mta,MTA NYCT_2201",
        "units.csv:{}: MTA NYCT_2201 of bus-mta is there twice",
    ),
    broken(
        "alarms.toml",
        "clear = 30",
        "clear = 40",
        "alarms.toml:{}: clear lies beyond the first level",
    ),
    broken(
        "alarms.toml",
        "raise = 55.4",
        "raise = 35",
        "alarms.toml:{}: level 35 is not more severe",
    ),
    broken(
        "alarms.toml",
        "\n[[rule]]\nid = \"ozone\"",
        "\n[[rule]]\nid = \"pm25\"",
        "alarms.toml:{}: rule pm25 is there twice",
    ),
    broken(
        "alarms.toml",
        "direction = \"above\"",
        "direction = \"up\"",
        "alarms.toml:{}: direction \"up\" is neither",
    ),
    broken(
        "text-rules.toml",
        "category = \"E0406\"",
        "category = \"E9999\"",
        "text-rules.toml:{}: category E9999 is not in",
    ),
    broken(
        "text-rules.toml",
        "\"fire\"",
        "\"\"",
        "text-rules.toml:{}: words is empty or holds",
    ),
    broken(
        "routes.toml",
        "to = \"commander\"",
        "to = \"emperor\"",
        "routes.toml:{}: to: ",
    ),
    broken(
        "labels.en.toml",
        "reported = \"Reported\"",
        "",
        "labels.en.toml: warning: state.reported has no label",
    ),
    broken(
        "feeds/usgs-earthquakes.toml",
        "earthquake = \"E0411\"",
        "earthquake = \"E0498\"",
        "feeds/usgs-earthquakes.toml:{}: category E0498 is not in",
    ),
    broken(
        "feeds/usgs-earthquakes.toml",
        "\"usgs-earthquakes\", \"usgs-*\"",
        "\"usgs-*\"",
        "feeds/usgs-earthquakes.toml:{}: a feed with a [map] needs",
    ),
    broken(
        "feeds/usgs-earthquakes.toml",
        "from = 6.0",
        "from = 4.0",
        "feeds/usgs-earthquakes.toml:{}: band 4 does not lie above",
    ),
    broken(
        "feeds/nws-alerts.toml",
        "Severe = 2",
        "Severe = 7",
        "feeds/nws-alerts.toml:{}: severity 7 is not",
    ),
    broken(
        "feeds/bus-positions.toml",
        "backfill = false",
        "backfil = false",
        "feeds/bus-positions.toml:{}: key backfil is not known",
    ),
    broken(
        "boundaries/town.geojson",
        "\"code\":\"36005\"",
        "\"code\":\"36006\"",
        "boundaries/town.geojson: Bronx (36006): the code is not in towns.csv",
    ),
    broken(
        "boundaries/town.geojson",
        "\"coordinates\":[[[-73.93185,40.80862],",
        "\"coordinates\":[[[-73.93185,40.90862],",
        "boundaries/town.geojson: feature 1 (Bronx): a ring ends where it begins",
    ),
    broken(
        "boundaries/town.geojson",
        "[-73.93253,40.8261]",
        "[-73.75,40.80]",
        "boundaries/town.geojson: feature 1 (Bronx): the boundary crosses",
    ),
    broken(
        "boundaries/town.geojson",
        "[-73.93253,40.8261]",
        "[-73.93253,140.8261]",
        "boundaries/town.geojson: feature 1 (Bronx): position ",
    ),
    broken(
        "boundaries/town.geojson",
        "\"type\":\"FeatureCollection\"",
        "\"type\":\"Topology\"",
        "boundaries/town.geojson: type is \"Topology\"",
    ),
    broken(
        "boundaries/town.geojson",
        "\"features\":[",
        "\"features\":[,",
        "boundaries/town.geojson:1: is not a GeoJSON",
    ),
    broken(
        "basemap/land.geojson",
        "\"features\":[",
        "\"feature\":[",
        "basemap/land.geojson:3: is not a GeoJSON",
    ),
    broken(
        "places.csv",
        "Bronx,Bronx,town,-73.8648",
        "Bronx,Bronx,town,-273.8648",
        "places.csv:{}: ",
    ),
    broken(
        "villages.csv",
        "",
        "1,Harlem,99999,x\n",
        "villages.csv:{}: town_code 99999 is not in",
    ),
];

pub(super) fn bytes_of(pack: &str) -> BTreeMap<String, Vec<u8>> {
    let files = loaded(&Source::Folder(folder(pack))).files;
    files
        .paths()
        .map(|path| (path.to_owned(), files.get(path).unwrap().to_vec()))
        .collect()
}

pub(super) fn mistakes_of(files: BTreeMap<String, Vec<u8>>) -> Vec<Mistake> {
    let findings = Findings::default();
    let _ = read_city(&CityFiles::from(files), &findings);
    findings.into_mistakes()
}

/// Does it, and answers with what must be said of it.
fn spoil(files: &mut BTreeMap<String, Vec<u8>>, broken: &Broken) -> String {
    let text = String::from_utf8(files[broken.file].clone()).unwrap();
    let mut spoilt_at = if broken.from.is_empty() {
        text.len()
    } else {
        text.find(broken.from).unwrap_or(0)
    };
    spoilt_at += broken.from.len() - broken.from.trim_start_matches('\n').len();
    let line = 1 + text[..spoilt_at].matches('\n').count();
    let spoilt = if broken.from.is_empty() {
        text + broken.to
    } else {
        assert!(
            text.contains(broken.from),
            "{} has no {}",
            broken.file,
            broken.from
        );
        text.replacen(broken.from, broken.to, 1)
    };
    files.insert(broken.file.to_owned(), spoilt.into_bytes());
    broken.said.replace("{}", &line.to_string())
}

#[test]
fn every_broken_pack_says_what_is_wrong_and_where() {
    every_one_says(BROKEN);
}

pub(super) fn every_one_says(broken: &[Broken]) {
    let whole = bytes_of("new-york");
    let mut silent = Vec::new();
    for broken in broken {
        let mut files = whole.clone();
        let wanted = spoil(&mut files, broken);
        let lines: Vec<String> = mistakes_of(files).iter().map(Mistake::to_string).collect();
        if !lines.iter().any(|line| line.starts_with(&wanted)) {
            silent.push(format!(
                "{} | wanted: {wanted} | said: {lines:#?}",
                broken.to
            ));
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_pack_wrong_in_many_places_names_them_all() {
    let mut files = bytes_of("new-york");
    let mut spoilt = BTreeSet::new();
    // One for each file, so that no mistake hides another.
    let each: Vec<&Broken> = BROKEN
        .iter()
        .filter(|broken| spoilt.insert(broken.file))
        .collect();
    let wanted: Vec<String> = each
        .iter()
        .map(|broken| spoil(&mut files, broken))
        .collect();
    let lines: Vec<String> = mistakes_of(files).iter().map(Mistake::to_string).collect();
    for said in wanted {
        let found = lines.iter().any(|line| line.starts_with(&said));
        assert!(found, "nothing says {said}:\n{}", lines.join("\n"));
    }
}

#[test]
fn the_command_prints_every_mistake_and_fails() {
    let copy = tempfile::tempdir().unwrap();
    for (path, bytes) in bytes_of("new-york") {
        let target = copy.path().join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
    let mut said = Vec::new();
    assert_eq!(
        report(copy.path(), &mut said).unwrap(),
        0,
        "{}",
        String::from_utf8_lossy(&said)
    );
    let calendar = copy.path().join("calendar.csv");
    let days = fs::read_to_string(&calendar).unwrap();
    fs::write(
        &calendar,
        days.replace("2026-12-25", "2026-12-45")
            .replace("2026-05-25", "yesterday"),
    )
    .unwrap();
    fs::remove_file(copy.path().join("towns.csv")).unwrap();
    fs::write(copy.path().join("departements.csv"), "id\n").unwrap();
    let mut said = Vec::new();
    assert_eq!(report(copy.path(), &mut said).unwrap(), 2);
    let said = String::from_utf8(said).unwrap();
    for line in [
        "calendar.csv:16: date: ",
        "calendar.csv:23: date: ",
        "towns.csv: the file is missing",
        "departements.csv: warning: nothing reads this file",
    ] {
        assert!(said.contains(line), "nothing says {line}:\n{said}");
    }
    let nowhere = copy.path().join("nowhere");
    assert_eq!(report(&nowhere, &mut Vec::new()).unwrap(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is in a file, reading it ends with a list of mistakes.
    #[test]
    fn no_file_however_mangled_stops_the_check(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..200,
        instead in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut files = bytes_of("new-york");
        let path = files.keys().nth(which.index(files.len())).unwrap().clone();
        let bytes = files.get_mut(&path).unwrap();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, instead);
        let _ = mistakes_of(files);
    }
}
