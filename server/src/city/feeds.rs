//! `feeds/*.toml`: how each outside feed becomes observations. Values are kept as text and are checked here
//! against what they will have to be.

use std::collections::BTreeMap;

use domain::category::{CategoryCode, Severity};
use domain::city::{FeedDefinition, FeedMap, ValueMap};
use domain::ids::FeedId;

use super::Pack;
use super::city_file::parsed;
use super::rules::Categories;
use super::toml_section::Section;

const KINDS: [&str; 4] = ["report", "reading", "position", "alarm"];
const OTHERWISE: [&str; 2] = ["tray", "reject"];
const TIME_FORMATS: [&str; 2] = ["rfc3339", "unix_ms"];
const VERSION_FORMATS: [&str; 3] = ["number", "unix_ms", "rfc3339"];

pub fn feeds(pack: &Pack<'_>, categories: &Categories) -> BTreeMap<FeedId, FeedDefinition> {
    let mut feeds = BTreeMap::new();
    for file in pack.files.under("feeds/", ".toml") {
        let Some(toml) = pack.optional_toml(file) else {
            continue;
        };
        let Some(feed) = feed(toml.root(), categories) else {
            continue;
        };
        let named_as = format!("feeds/{}.toml", feed.id);
        if file != named_as {
            pack.findings.warning(
                file,
                None,
                format!("defines feed {}, so it belongs in {named_as}", feed.id),
            );
        }
        if feeds.contains_key(&feed.id) {
            pack.findings
                .error(file, None, format!("feed {} is defined twice", feed.id));
        }
        feeds.insert(feed.id.clone(), feed);
    }
    feeds
}

fn feed(root: Section<'_>, categories: &Categories) -> Option<FeedDefinition> {
    let id: Option<FeedId> = parsed(&root, "id");
    let name = root.text("name");
    let name_en = root.text("name_en");
    let sources = root.texts("sources");
    let kind = one_of(&root, "kind", &KINDS);
    let backfill = root.flag("backfill");
    let otherwise = one_of(&root, "otherwise", &OTHERWISE);
    let period_seconds = root.optional_whole("period_seconds");
    let map = root
        .section("map")
        .map(|section| feed_map(section, categories));
    if let Some(sources) = &sources {
        if sources.is_empty() || sources.iter().any(|glob| glob.trim().is_empty()) {
            root.wrong_at("sources", "sources is empty or holds an empty glob");
        } else if map.is_some() && sources.iter().all(|glob| glob.contains('*')) {
            root.wrong_at(
                "sources",
                "a feed with a [map] needs a source without * to write on its observations",
            );
        }
    }
    root.done();
    Some(FeedDefinition {
        id: id?,
        name: name?,
        name_en: name_en?,
        sources: sources?,
        kind: kind?,
        backfill: backfill?,
        otherwise: otherwise?,
        period_seconds: period_seconds?,
        // A map that is there and wrong must not leave a feed without one.
        map: match map {
            None => None,
            Some(map) => Some(map?),
        },
    })
}

fn feed_map(section: Section<'_>, categories: &Categories) -> Option<FeedMap> {
    let id = path(&section, "id");
    let version = optional_path(&section, "version");
    let version_format = optional_one_of(&section, "version_format", &VERSION_FORMATS);
    let time = path(&section, "time");
    let time_format = optional_one_of(&section, "time_format", &TIME_FORMATS);
    let text = text_template(&section);
    let thing = optional_path(&section, "thing");
    let accuracy_m = optional_path(&section, "accuracy_m");
    let attributes = section.optional_texts("attributes");
    for path in attributes.iter().flatten() {
        if let Err(reason) = check_path(path) {
            section.wrong_at("attributes", reason);
        }
    }
    let known_code = |value: &str| match value.parse::<CategoryCode>() {
        Ok(code) if categories.contains_key(&code) => Ok(()),
        Ok(code) => Err(format!("category {code} is not in categories.csv")),
        Err(error) => Err(error.to_string()),
    };
    let category = value_map(&section, "category", "code", known_code);
    let severity = value_map(&section, "severity", "severity", known_severity);
    section.done();
    Some(FeedMap {
        id: id?,
        version: version?,
        version_format: version_format?,
        time: time?,
        time_format: time_format?,
        text: text?,
        thing: thing?,
        accuracy_m: accuracy_m?,
        category: category?,
        severity: severity?,
        attributes: attributes?,
    })
}

fn known_severity(value: &str) -> Result<(), String> {
    let level: u8 = value
        .parse()
        .map_err(|_| format!("\"{value}\" is not one of 1 (highest) to 4"))?;
    Severity::try_from(level)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// A table such as `[map.severity]`; `result` names the key of a band's outcome. Without the table nothing is said.
fn value_map(
    map: &Section<'_>,
    key: &str,
    result: &str,
    check: impl Fn(&str) -> Result<(), String>,
) -> Option<ValueMap> {
    let Some(section) = map.section(key) else {
        return Some(ValueMap {
            path: None,
            values: BTreeMap::new(),
            bands: Vec::new(),
            otherwise: None,
        });
    };
    let outcome = |section: &Section<'_>, key: &str| -> Option<String> {
        let value = section.scalar(key)?;
        check(&value)
            .map_err(|reason| section.wrong_at(key, reason))
            .ok()?;
        Some(value)
    };
    let path = optional_path(&section, "path");
    let mut values = BTreeMap::new();
    if let Some(table) = section.section("values") {
        for word in table.keys() {
            if let Some(value) = outcome(&table, &word) {
                values.insert(word, value);
            }
        }
        table.done();
    }
    let mut bands: Vec<(f64, String)> = Vec::new();
    for band in section.sections("bands") {
        if let (Some(from), Some(value)) = (band.number("from"), outcome(&band, result)) {
            if bands.last().is_some_and(|(before, _)| from <= *before) {
                band.wrong_here(format!("band {from} does not lie above the band before it"));
            }
            bands.push((from, value));
        }
        band.done();
    }
    let fixed = section.has("value").then(|| outcome(&section, "value"));
    let rest = section
        .has("otherwise")
        .then(|| outcome(&section, "otherwise"));
    let has_path = matches!(path, Some(Some(_)));
    if fixed.is_some() && (has_path || rest.is_some() || !values.is_empty() || !bands.is_empty()) {
        section.wrong_at("value", "value stands alone: it is the same for all");
    }
    if fixed.is_none() && !has_path {
        section.wrong_here(format!("map.{key} needs a path, or a value for all"));
    }
    section.done();
    Some(ValueMap {
        path: path?,
        values,
        bands,
        otherwise: fixed.or(rest).flatten(),
    })
}

fn one_of(section: &Section<'_>, key: &str, known: &[&str]) -> Option<String> {
    let text = section.text(key)?;
    if known.contains(&text.as_str()) {
        return Some(text);
    }
    section.wrong_at(
        key,
        format!("{key} \"{text}\" is not one of {}", known.join(", ")),
    );
    None
}

/// The first of the known ones where the key is not there.
fn optional_one_of(section: &Section<'_>, key: &str, known: &[&'static str]) -> Option<String> {
    if section.has(key) {
        return one_of(section, key, known);
    }
    Some(known[0].to_owned())
}

fn path(section: &Section<'_>, key: &str) -> Option<String> {
    let path = section.text(key)?;
    check_path(&path)
        .map_err(|reason| section.wrong_at(key, reason))
        .ok()?;
    Some(path)
}

fn optional_path(section: &Section<'_>, key: &str) -> Option<Option<String>> {
    if section.has(key) {
        return path(section, key).map(Some);
    }
    Some(None)
}

fn check_path(path: &str) -> Result<(), String> {
    if path.split('.').any(|part| part.trim().is_empty()) {
        return Err(format!(
            "\"{path}\" is not a path of keys such as properties.mag"
        ));
    }
    Ok(())
}

/// A path, or a sentence with paths in braces.
fn text_template(section: &Section<'_>) -> Option<Option<String>> {
    if !section.has("text") {
        return Some(None);
    }
    let text = section.text("text")?;
    if !text.contains(['{', '}']) {
        return path(section, "text").map(Some);
    }
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((inner, behind)) = after.split_once('}') else {
            section.wrong_at("text", "a brace in text is not closed");
            return None;
        };
        check_path(inner)
            .map_err(|reason| section.wrong_at("text", reason))
            .ok()?;
        rest = behind;
    }
    Some(Some(text))
}
