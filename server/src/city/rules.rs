//! `fusion.toml`, `alarms.toml` and `text-rules.toml`: when two things are the same thing, when a reading is an
//! alarm, and which words mean which kind.

use std::collections::{BTreeMap, BTreeSet};

use domain::category::{Category, CategoryCode, Severity};
use domain::city::{
    AlarmLevel, AlarmRule, AlarmWays, Direction, FamilyRule, FusionRules, Inhibit, Instrument,
    NameRules, Silence, TextRule,
};
use domain::ids::{AlarmRuleId, Property};

use super::Pack;
use super::alarm_ways::{inhibits, ways};
use super::city_file::parsed;
use super::instruments::instrument;
use super::toml_section::Section;

pub const FUSION: &str = "fusion.toml";
pub const ALARMS: &str = "alarms.toml";
pub const TEXT_RULES: &str = "text-rules.toml";

/// Evidence is kept with its incident; beyond this a machine must not go on joining.
const MOST_SIZE_CAP: u32 = 100_000;
/// A rule that joins across more than this joins everything.
const MOST_RADIUS_M: u32 = 200_000;
const MOST_WINDOW_MINUTES: u32 = 7 * 24 * 60;

pub type Categories = BTreeMap<CategoryCode, Category>;

pub fn fusion(pack: &Pack<'_>, categories: &Categories) -> Option<FusionRules> {
    let toml = pack.needed_toml(FUSION)?;
    let root = toml.root();
    let default = match root.section("default") {
        Some(section) => family_rule(section, None),
        None => {
            root.wrong_here("table [default] is missing");
            None
        }
    };
    // A wrong default is said once and not again for each family that leans on it.
    let leant_on = default.clone().unwrap_or(FamilyRule {
        radius_m: 1,
        accuracy_cap_m: 0,
        named_m: 0,
        window_minutes: 1,
        size_cap: 2,
    });
    let mut families = BTreeMap::new();
    if let Some(section) = root.section("family") {
        for name in section.keys() {
            if !categories.is_empty()
                && !categories.values().any(|category| category.family == name)
            {
                section.wrong_at(&name, format!("no category is of family {name}"));
            }
            let rule = section
                .section(&name)
                .and_then(|inner| family_rule(inner, Some(&leant_on)));
            if let Some(rule) = rule {
                families.insert(name, rule);
            }
        }
        section.done();
    }
    let names = root.section("names").map(name_rules);
    let synonyms = root.section("synonyms").map(synonyms);
    root.done();
    Some(FusionRules {
        default: default?,
        families,
        names: names.unwrap_or_else(|| Some(NameRules::default()))?,
        synonyms: synonyms.unwrap_or_else(|| Some(Vec::new()))?,
    })
}

fn name_rules(section: Section<'_>) -> Option<NameRules> {
    let town_endings = section.optional_texts("town_endings");
    let village_endings = section.optional_texts("village_endings");
    let village_kinds = section.optional_texts("village_kinds");
    section.done();
    Some(NameRules {
        town_endings: town_endings?,
        village_endings: village_endings?,
        village_kinds: village_kinds?,
    })
}

/// A name of ours for each meaning → the words that have it.
fn synonyms(section: Section<'_>) -> Option<Vec<Vec<String>>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut seen = BTreeSet::new();
    for meaning in section.keys() {
        let words = section.texts(&meaning)?;
        for word in &words {
            if !seen.insert(word.clone()) {
                section.wrong_at(&meaning, format!("\"{word}\" has two meanings"));
            }
        }
        all.push(words);
    }
    section.done();
    Some(all)
}

/// A family says only what differs from the default.
fn family_rule(section: Section<'_>, default: Option<&FamilyRule>) -> Option<FamilyRule> {
    let read = |key: &str, of_default: fn(&FamilyRule) -> u32, least: u32, most: u32| {
        let value = match default {
            Some(rule) => section
                .optional_whole(key)?
                .unwrap_or_else(|| of_default(rule)),
            None => section.whole(key)?,
        };
        if !(least..=most).contains(&value) {
            section.wrong_at(key, format!("{key} {value} is outside {least} to {most}"));
            return None;
        }
        Some(value)
    };
    let radius_m = read("radius_m", |rule| rule.radius_m, 1, MOST_RADIUS_M);
    let accuracy_cap_m = read(
        "accuracy_cap_m",
        |rule| rule.accuracy_cap_m,
        0,
        MOST_RADIUS_M,
    );
    let named_m = read("named_m", |rule| rule.named_m, 0, MOST_RADIUS_M);
    let window_minutes = read(
        "window_minutes",
        |rule| rule.window_minutes,
        1,
        MOST_WINDOW_MINUTES,
    );
    let size_cap = read("size_cap", |rule| rule.size_cap, 2, MOST_SIZE_CAP);
    section.done();
    Some(FamilyRule {
        radius_m: radius_m?,
        accuracy_cap_m: accuracy_cap_m?,
        named_m: named_m?,
        window_minutes: window_minutes?,
        size_cap: size_cap?,
    })
}

/// What a pack says of alarms and of what is measured.
#[derive(Default)]
pub struct Alarming {
    pub rules: Vec<AlarmRule>,
    pub ways: AlarmWays,
    pub inhibits: Vec<Inhibit>,
    pub instruments: Vec<Instrument>,
}

pub fn alarms(pack: &Pack<'_>, categories: &Categories) -> Alarming {
    let Some(toml) = pack.optional_toml(ALARMS) else {
        return Alarming::default();
    };
    let root = toml.root();
    let mut rules: Vec<AlarmRule> = Vec::new();
    let mut ids = BTreeSet::new();
    for section in root.sections("rule") {
        let line = section.line;
        if let Some(rule) = alarm_rule(section, categories) {
            if !ids.insert(rule.id.clone()) {
                pack.findings.error(
                    ALARMS,
                    Some(line),
                    format!("rule {} is there twice", rule.id),
                );
            }
            rules.push(rule);
        }
    }
    let instruments = root
        .sections("instrument")
        .into_iter()
        .filter_map(instrument)
        .collect();
    let ways = root
        .section("ways")
        .and_then(|section| ways(section, categories));
    let inhibits = inhibits(&root, &rules, categories);
    root.done();
    Alarming {
        rules,
        ways: ways.unwrap_or_default(),
        inhibits,
        instruments,
    }
}

fn alarm_rule(section: Section<'_>, categories: &Categories) -> Option<AlarmRule> {
    let id: Option<AlarmRuleId> = parsed(&section, "id");
    let name = section.text("name");
    let name_en = section.text("name_en");
    let property: Option<Property> = parsed(&section, "property");
    let aliases = section
        .optional_texts("aliases")
        .and_then(|names| aliases(&section, &names));
    let unit = section.text("unit");
    let unit_aliases = section.optional_texts("unit_aliases");
    let category = category(&section, categories);
    let direction = direction(&section);
    let clear = section.number("clear");
    let hold_minutes = section.whole("hold_minutes");
    let silence = silence(&section, category, categories);
    let latch = section.optional_flag("latch");
    let basis = section.text("basis");
    let levels = direction.and_then(|direction| levels(&section, direction, clear));
    section.done();
    Some(AlarmRule {
        id: id?,
        name: name?,
        name_en: name_en?,
        property: property?,
        aliases: aliases?,
        unit: unit?,
        unit_aliases: unit_aliases?,
        category: category?,
        direction: direction?,
        levels: levels?,
        clear: clear?,
        hold_minutes: hold_minutes?,
        silence: silence?,
        latch: latch?.unwrap_or_default(),
        basis: basis?,
    })
}

/// What a silence is about, `silence_category`, is the rule's own kind unless the pack says better.
fn silence(
    section: &Section<'_>,
    of_rule: Option<CategoryCode>,
    categories: &Categories,
) -> Option<Option<Silence>> {
    let minutes = section.optional_whole("silence_minutes")?;
    let named = section.optional_text("silence_category")?;
    if minutes == Some(0) {
        section.wrong_at("silence_minutes", "a silence of 0 minutes is always there");
        return None;
    }
    let category = match named {
        Some(_) => Some(category_at(section, "silence_category", categories)?),
        None => of_rule,
    };
    match (minutes, category) {
        (Some(minutes), category) => Some(Some(Silence {
            minutes,
            category: category?,
        })),
        (None, _) => Some(None),
    }
}

pub fn aliases(section: &Section<'_>, names: &[String]) -> Option<Vec<Property>> {
    let mut properties = Vec::new();
    for name in names {
        match name.parse() {
            Ok(property) => properties.push(property),
            Err(error) => {
                section.wrong_at("aliases", format!("aliases: {error}"));
                return None;
            }
        }
    }
    Some(properties)
}

fn direction(section: &Section<'_>) -> Option<Direction> {
    match section.text("direction")?.as_str() {
        "above" => Some(Direction::Above),
        "below" => Some(Direction::Below),
        other => {
            section.wrong_at(
                "direction",
                format!("direction \"{other}\" is neither above nor below"),
            );
            None
        }
    }
}

/// From mild to severe, each further out than the one before; `clear` lies on the near side of the first.
fn levels(
    section: &Section<'_>,
    direction: Direction,
    clear: Option<f64>,
) -> Option<Vec<AlarmLevel>> {
    let mut levels: Vec<AlarmLevel> = Vec::new();
    for level in section.sections("level") {
        let raise = level.number("raise");
        let severity = level
            .whole("severity")
            .and_then(|severity| severity_of(&level, "severity", severity));
        let (Some(raise), Some(severity)) = (raise, severity) else {
            level.done();
            continue;
        };
        if let Some(before) = levels.last()
            && (!direction.beyond(raise, before.raise) || severity >= before.severity)
        {
            level.wrong_here(format!(
                "level {raise} is not more severe than the level before it"
            ));
        }
        levels.push(AlarmLevel { raise, severity });
        level.done();
    }
    let Some(first) = levels.first() else {
        section.wrong_at("level", "the rule has no level, so nothing raises it");
        return None;
    };
    if clear.is_some_and(|clear| direction.beyond(clear, first.raise)) {
        section.wrong_at(
            "clear",
            "clear lies beyond the first level: the alarm would clear while raised",
        );
    }
    Some(levels)
}

pub fn severity_of(section: &Section<'_>, key: &str, level: u32) -> Option<Severity> {
    let severity = u8::try_from(level)
        .ok()
        .and_then(|level| Severity::try_from(level).ok());
    if severity.is_none() {
        section.wrong_at(key, format!("{key} {level} is not one of 1 (highest) to 4"));
    }
    severity
}

/// The key `category` of a section; it must be one of the pack's.
pub fn category(section: &Section<'_>, categories: &Categories) -> Option<CategoryCode> {
    category_at(section, "category", categories)
}

fn category_at(section: &Section<'_>, key: &str, categories: &Categories) -> Option<CategoryCode> {
    let code: CategoryCode = parsed(section, key)?;
    if !categories.contains_key(&code) {
        section.wrong_at(key, format!("{key} {code} is not in categories.csv"));
        return None;
    }
    Some(code)
}

pub fn text_rules(pack: &Pack<'_>, categories: &Categories) -> Vec<TextRule> {
    let Some(toml) = pack.optional_toml(TEXT_RULES) else {
        return Vec::new();
    };
    let root = toml.root();
    let rules = root
        .sections("rule")
        .into_iter()
        .filter_map(|section| text_rule(section, categories))
        .collect();
    root.done();
    rules
}

fn text_rule(section: Section<'_>, categories: &Categories) -> Option<TextRule> {
    let category = category(&section, categories);
    let words = section
        .texts("words")
        .filter(|words| words_said(&section, words));
    let with = section.optional_texts("with");
    let unless = section.optional_texts("unless");
    let all = match section.text("match").as_deref() {
        Some("any") => Some(false),
        Some("all") => Some(true),
        Some(other) => {
            section.wrong_at("match", format!("match \"{other}\" is neither any nor all"));
            None
        }
        None => None,
    };
    let weight = section.number("weight").filter(|weight| {
        let fits = (0.0..=100.0).contains(weight) && *weight > 0.0;
        if !fits {
            section.wrong_at("weight", format!("weight {weight} is outside 0 to 100"));
        }
        fits
    });
    section.done();
    Some(TextRule {
        category: category?,
        words: words?,
        all: all?,
        with: with?,
        unless: unless?,
        weight: weight?,
    })
}

fn words_said(section: &Section<'_>, words: &[String]) -> bool {
    if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
        section.wrong_at(
            "words",
            "words is empty or holds an empty word, which every text contains",
        );
        return false;
    }
    true
}
