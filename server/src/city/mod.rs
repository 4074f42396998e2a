//! Reads a city pack, from a folder or from the program itself, into the `City` that everything decides with.
//! Lists every mistake with file and line and never stops at the first; never guesses what a pack left out.

mod alarm_ways;
mod boundaries;
#[cfg(test)]
mod broken_alarm_ways;
#[cfg(test)]
mod broken_evaluation;
#[cfg(test)]
mod broken_packs;
#[cfg(test)]
mod broken_themes;
mod calendar_days;
mod categories;
mod city_file;
mod csv_table;
mod departments;
mod evaluation;
mod feeds;
mod files;
mod identities;
mod instruments;
mod labels;
mod mistake;
mod places;
mod plans;
mod responsibilities;
mod routes;
mod rules;
#[cfg(test)]
mod tests;
mod themes;
mod toml_section;

use std::io::{self, Write};
use std::path::Path;

use domain::category::CategoryCode;
use domain::city::City;
use domain::evaluation::Evaluation;
use domain::indicator::Theme;

use city_file::CityFile;
use csv_table::{Columns, CsvTable};
use toml_section::TomlFile;

pub use files::{CityFiles, Source};
pub use mistake::{Findings, Mistake, Weight};

/// A pack that can be used: what it means, its files as they stand, and what is worth knowing about it.
#[derive(Clone, Debug)]
pub struct LoadedCity {
    pub city: City,
    pub files: CityFiles,
    /// What the theme pages show; decides nothing, so it is no part of the city in the journal.
    pub themes: Vec<Theme>,
    /// How work is judged; decides nothing either.
    pub evaluation: Evaluation,
    /// Warnings and notes; none of them an error.
    pub remarks: Vec<Mistake>,
}

/// A pack that is being read: its bytes, and where mistakes are written down.
struct Pack<'a> {
    files: &'a CityFiles,
    findings: &'a Findings,
}

/// The city, or every mistake (with the warnings and notes among them).
pub fn load(source: &Source) -> Result<LoadedCity, Vec<Mistake>> {
    let findings = Findings::default();
    let files = CityFiles::read(source, &findings);
    let city = read_city(&files, &findings);
    let mistakes = findings.into_mistakes();
    let usable = mistakes
        .iter()
        .all(|mistake| mistake.weight != Weight::Error);
    match city {
        Some((city, themes, evaluation)) if usable => Ok(LoadedCity {
            city,
            themes,
            evaluation,
            files,
            remarks: mistakes,
        }),
        _ => Err(mistakes),
    }
}

/// Everything there is to say about a pack in a folder.
pub fn check(folder: &Path) -> Vec<Mistake> {
    match load(&Source::Folder(folder.to_owned())) {
        Ok(loaded) => loaded.remarks,
        Err(mistakes) => mistakes,
    }
}

/// `gulou check-city DIR`: one line a mistake, then what it comes to. The answer is the exit status: 2 if there is
/// any error or warning, since both want somebody to act; notes alone are 0.
pub fn report(folder: &Path, out: &mut impl Write) -> io::Result<u8> {
    let mistakes = check(folder);
    for mistake in &mistakes {
        writeln!(out, "{mistake}")?;
    }
    let count = |weight: Weight| {
        mistakes
            .iter()
            .filter(|mistake| mistake.weight == weight)
            .count()
    };
    let (errors, warnings, notes) = (
        count(Weight::Error),
        count(Weight::Warning),
        count(Weight::Note),
    );
    writeln!(
        out,
        "{}: {errors} errors, {warnings} warnings, {notes} notes",
        folder.display()
    )?;
    Ok(if errors + warnings > 0 { 2 } else { 0 })
}

/// Reads all files even if some are wrong, so that every mistake is found in one go.
fn read_city(files: &CityFiles, findings: &Findings) -> Option<(City, Vec<Theme>, Evaluation)> {
    let pack = Pack { files, findings };
    pack.check_file_names();
    let about = CityFile::read(&pack);
    let bounds = about.as_ref().map(|about| &about.bounds);
    let towns = places::towns(&pack, bounds);
    let villages = places::villages(&pack, &towns);
    let named_places = places::named_places(&pack);
    let outlines = boundaries::outlines(&pack, bounds);
    boundaries::compare_with_towns(&pack, &outlines, &towns);
    boundaries::check_basemap(&pack);
    let departments = departments::departments(&pack, &towns);
    let categories = categories::categories(&pack);
    let tray_categories: &[CategoryCode] =
        about.as_ref().map_or(&[], |about| &about.tray_categories);
    for code in tray_categories
        .iter()
        .filter(|code| !categories.contains_key(code))
    {
        let reason = format!("tray_categories: {code} is not in categories.csv");
        findings.error(city_file::FILE, None, reason);
    }
    let known = responsibilities::Known {
        categories: &categories,
        towns: &towns,
        departments: &departments,
        tray_categories,
        first_year: about
            .as_ref()
            .and_then(|about| about.working_time.official.first().copied()),
    };
    let responsibilities = responsibilities::responsibilities(&pack, &known);
    let calendar = calendar_days::calendar(&pack, about.as_ref());
    let fusion = rules::fusion(&pack, &categories);
    let alarming = rules::alarms(&pack, &categories);
    let text_rules = rules::text_rules(&pack, &categories);
    let routes = routes::routes(&pack, &categories);
    let plans = plans::plans(&pack, &categories);
    let feeds = feeds::feeds(&pack, &categories);
    let identities = identities::identities(&pack);
    let themes = themes::themes(
        &pack,
        &themes::Known {
            categories: &categories,
            towns: &towns,
            departments: &departments,
        },
    );
    let evaluation = evaluation::evaluation(&pack, &categories);
    let labels = labels::labels(&pack);
    let about = about?;
    let city = City {
        id: about.id,
        name: about.name,
        name_en: about.name_en,
        code: about.code,
        zone: about.zone,
        boundaries_note: about.boundaries_note,
        boundaries_note_en: about.boundaries_note_en,
        sample: about.sample,
        sample_note: about.sample_note,
        bounds: about.bounds,
        center: about.center,
        zoom: about.zoom,
        attribution: about.attribution,
        outlines,
        towns,
        villages,
        places: named_places,
        departments,
        categories,
        tray_categories: about.tray_categories,
        responsibilities,
        calendar: calendar?,
        limits: about.limits,
        escalation: routes.escalation,
        exceptions: routes.exceptions,
        approvals: routes.approvals,
        plans,
        fusion: fusion?,
        alarm_rules: alarming.rules,
        alarm_ways: alarming.ways,
        inhibits: alarming.inhibits,
        instruments: alarming.instruments,
        text_rules,
        feeds,
        identities,
        labels,
    };
    Some((city, themes, evaluation))
}

impl<'a> Pack<'a> {
    fn needed(&self, file: &str) -> Option<&'a [u8]> {
        let bytes = self.files.get(file);
        if bytes.is_none() {
            self.findings.error(file, None, "the file is missing");
        }
        bytes
    }

    /// A file a city can do without; that it does is said once.
    fn optional(&self, file: &str) -> Option<&'a [u8]> {
        let bytes = self.files.get(file);
        if bytes.is_none() {
            self.findings.note(file, None, "the file is not there");
        }
        bytes
    }

    fn needed_csv<'b>(&'b self, file: &'b str, columns: &Columns) -> Option<CsvTable<'b>> {
        CsvTable::read(file, self.needed(file)?, columns, self.findings)
    }

    fn optional_csv<'b>(&'b self, file: &'b str, columns: &Columns) -> Option<CsvTable<'b>> {
        CsvTable::read(file, self.optional(file)?, columns, self.findings)
    }

    fn needed_toml<'b>(&'b self, file: &'b str) -> Option<TomlFile<'b>> {
        TomlFile::read(file, self.needed(file)?, self.findings)
    }

    fn optional_toml<'b>(&'b self, file: &'b str) -> Option<TomlFile<'b>> {
        TomlFile::read(file, self.optional(file)?, self.findings)
    }

    /// A file nobody reads is most often a name spelled wrong.
    fn check_file_names(&self) {
        const READ: [&str; 16] = [
            "city.toml",
            "towns.csv",
            "villages.csv",
            "places.csv",
            "departments.csv",
            "categories.csv",
            "responsibilities.csv",
            "calendar.csv",
            "fusion.toml",
            "alarms.toml",
            "text-rules.toml",
            "routes.toml",
            "plans.toml",
            evaluation::FILE,
            "units.csv",
            "labels.zh.toml",
            "labels.en.toml",
        ];
        const FOLDERS: [(&str, &str); 4] = [
            ("basemap/", ".geojson"),
            ("feeds/", ".toml"),
            ("themes/", ".toml"),
            ("", ".md"),
        ];
        const BOUNDARIES: [&str; 4] = ["city", "town", "village", "grid"];
        for path in self.files.paths() {
            let boundary = BOUNDARIES
                .iter()
                .any(|level| path == format!("boundaries/{level}.geojson"));
            let in_folder = FOLDERS
                .iter()
                .any(|(folder, ending)| path.starts_with(folder) && path.ends_with(ending));
            if !boundary && !in_folder && !READ.contains(&path) {
                self.findings
                    .warning(path, None, "nothing reads this file; is its name right?");
            }
        }
    }
}
