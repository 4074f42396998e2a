//! `routes.toml`: who hears of it when a clock runs out, and what needs somebody's yes. Checked here;
//! nothing acts on it yet.

use domain::account::Role;

use super::Pack;
use super::city_file::parsed;
use super::rules::Categories;
use super::toml_section::Section;

pub const FILE: &str = "routes.toml";

const STAGES: [&str; 5] = ["accept", "dispatch", "verify", "handling", "check"];

pub fn check(pack: &Pack<'_>, categories: &Categories) {
    let Some(toml) = pack.optional_toml(FILE) else {
        return;
    };
    let root = toml.root();
    for section in root.sections("escalation") {
        check_escalation(section);
    }
    for section in root.sections("exception") {
        check_exception(section, categories);
    }
    root.done();
}

fn check_escalation(section: Section<'_>) {
    if let Some(stage) = section.text("stage")
        && !STAGES.contains(&stage.as_str())
    {
        section.wrong_at(
            "stage",
            format!("stage \"{stage}\" is not one of {}", STAGES.join(", ")),
        );
    }
    if section
        .whole("at_percent")
        .is_some_and(|percent| !(1..=1000).contains(&percent))
    {
        section.wrong_at("at_percent", "at_percent is outside 1 to 1000");
    }
    let _: Option<Role> = parsed(&section, "to");
    if let Some(Some(severity)) = section.optional_whole("severity")
        && !(1..=4).contains(&severity)
    {
        section.wrong_at(
            "severity",
            format!("severity {severity} is not one of 1 (highest) to 4"),
        );
    }
    section.done();
}

fn check_exception(section: Section<'_>, categories: &Categories) {
    if let Some(prefix) = section.text("category")
        && !categories.keys().any(|code| code.is_under(&prefix))
    {
        section.wrong_at(
            "category",
            format!("category {prefix} is neither a code nor the beginning of one"),
        );
    }
    let _: Option<Role> = parsed(&section, "approve");
    let _ = section.text("reason");
    section.done();
}
