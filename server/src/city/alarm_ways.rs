//! The tables `[ways]` and `[[inhibit]]` of `alarms.toml`: what holds for all alarms, and which mute which. Rules that mute
//! in a circle would leave nobody called, and are a mistake of the pack.

use std::collections::BTreeSet;

use domain::category::{CategoryCode, Severity};
use domain::city::{AlarmPick, AlarmRule, AlarmWays, Chatter, Inhibit, Reach};
use domain::ids::{AlarmRuleId, InhibitId};

use super::city_file::parsed;
use super::rules::{Categories, severity_of};
use super::toml_section::Section;

/// A person comes back to what was put aside within a day (ISA-18.2).
const MOST_SHELVED_MINUTES: u32 = 24 * 60;
const MOST_STALE_MINUTES: u32 = 31 * 24 * 60;
/// More changes are not kept.
const MOST_CHANGES: u32 = 20;
const MOST_SECONDS: u32 = 3_600;
const MOST_LINGER_MINUTES: u32 = 24 * 60;
const MOST_METRES: u32 = 200_000;

pub fn ways(section: Section<'_>, categories: &Categories) -> Option<AlarmWays> {
    let usual = AlarmWays::default();
    let read = |key: &str, usual: u32, least: u32, most: u32| {
        let value = section.optional_whole(key)?.unwrap_or(usual);
        if !(least..=most).contains(&value) {
            section.wrong_at(key, format!("{key} {value} is outside {least} to {most}"));
            return None;
        }
        Some(value)
    };
    let shelve_at_most_minutes = read(
        "shelve_at_most_minutes",
        usual.shelve_at_most_minutes,
        1,
        MOST_SHELVED_MINUTES,
    );
    let changes = read("chatter_changes", usual.chatter.changes, 3, MOST_CHANGES);
    let within_seconds = read(
        "chatter_within_seconds",
        usual.chatter.within_seconds,
        1,
        MOST_SECONDS,
    );
    let quiet_seconds = read(
        "chatter_quiet_seconds",
        usual.chatter.quiet_seconds,
        1,
        MOST_SECONDS,
    );
    let stale_minutes = read("stale_minutes", usual.stale_minutes, 1, MOST_STALE_MINUTES);
    let fleeting_seconds = read("fleeting_seconds", usual.fleeting_seconds, 0, MOST_SECONDS);
    let latch = beginnings(&section, "latch", categories);
    section.done();
    Some(AlarmWays {
        shelve_at_most_minutes: shelve_at_most_minutes?,
        chatter: Chatter {
            changes: changes?,
            within_seconds: within_seconds?,
            quiet_seconds: quiet_seconds?,
        },
        stale_minutes: stale_minutes?,
        fleeting_seconds: fleeting_seconds?,
        latch: latch?,
    })
}

pub fn inhibits(root: &Section<'_>, rules: &[AlarmRule], categories: &Categories) -> Vec<Inhibit> {
    let mut known: Vec<(Inhibit, u64)> = Vec::new();
    for section in root.sections("inhibit") {
        let line = section.line;
        let Some(rule) = inhibit(section, rules, categories) else {
            continue;
        };
        if known.iter().any(|(other, _)| other.id == rule.id) {
            root.wrong_on(line, format!("inhibit {} is there twice", rule.id));
        }
        known.push((rule, line));
    }
    let kinds = kinds(rules, categories);
    for (rule, line) in &known {
        if let Some(kind) = circle(rule, &known, &kinds) {
            root.wrong_on(
                *line,
                format!(
                    "inhibit {} mutes in a circle: {kind} would mute itself",
                    rule.id
                ),
            );
        }
    }
    known.into_iter().map(|(rule, _)| rule).collect()
}

fn inhibit(section: Section<'_>, rules: &[AlarmRule], categories: &Categories) -> Option<Inhibit> {
    let id: Option<InhibitId> = parsed(&section, "id");
    let name = section.text("name");
    let name_en = section.text("name_en");
    let by = pick(&section, "by", rules, categories);
    let mutes = pick(&section, "mutes", rules, categories);
    let reach = reach(&section);
    let linger_minutes = section
        .optional_whole("linger_minutes")
        .and_then(|minutes| {
            let minutes = minutes.unwrap_or(5);
            if minutes > MOST_LINGER_MINUTES {
                section.wrong_at(
                    "linger_minutes",
                    format!("linger_minutes {minutes} is more than {MOST_LINGER_MINUTES}"),
                );
                return None;
            }
            Some(minutes)
        });
    section.done();
    Some(Inhibit {
        id: id?,
        name: name?,
        name_en: name_en?,
        by: by?,
        mutes: mutes?,
        reach: reach?,
        linger_minutes: linger_minutes?,
    })
}

/// `by_rules`, `by_categories`, `by_warnings` and `by_severity`, or the same of `mutes_`.
fn pick(
    section: &Section<'_>,
    part: &str,
    rules: &[AlarmRule],
    categories: &Categories,
) -> Option<AlarmPick> {
    let rules_key = format!("{part}_rules");
    let named = section.optional_texts(&rules_key);
    let named = named.and_then(|named| rule_ids(section, &rules_key, &named, rules));
    let of_kinds = beginnings(section, &format!("{part}_categories"), categories);
    let warnings = beginnings(section, &format!("{part}_warnings"), categories);
    let severity = severity(section, &format!("{part}_severity"));
    let pick = AlarmPick {
        rules: named?,
        categories: of_kinds?,
        warnings: warnings?,
        severity: severity?,
    };
    if pick.rules.is_empty() && pick.categories.is_empty() && pick.warnings.is_empty() {
        section.wrong_here(format!(
            "{part}_rules, {part}_categories and {part}_warnings are all empty"
        ));
        return None;
    }
    Some(pick)
}

fn rule_ids(
    section: &Section<'_>,
    key: &str,
    named: &[String],
    rules: &[AlarmRule],
) -> Option<Vec<AlarmRuleId>> {
    let mut ids = Vec::new();
    for name in named {
        match rules.iter().find(|rule| rule.id.as_str() == name) {
            Some(rule) => ids.push(rule.id.clone()),
            None => {
                section.wrong_at(key, format!("there is no rule {name}"));
                return None;
            }
        }
    }
    Some(ids)
}

fn beginnings(section: &Section<'_>, key: &str, categories: &Categories) -> Option<Vec<String>> {
    let beginnings = section.optional_texts(key)?;
    for beginning in &beginnings {
        let covers = categories.keys().any(|code| code.is_under(beginning));
        if beginning.is_empty() || (!covers && !categories.is_empty()) {
            section.wrong_at(key, format!("no category begins with \"{beginning}\""));
            return None;
        }
    }
    Some(beginnings)
}

fn severity(section: &Section<'_>, key: &str) -> Option<Option<Severity>> {
    match section.optional_whole(key)? {
        Some(level) => severity_of(section, key, level).map(Some),
        None => Some(None),
    }
}

/// `town`, `city` or a number of metres.
fn reach(section: &Section<'_>) -> Option<Reach> {
    let metres = section.optional_whole("within_m")?;
    let named = section.optional_text("within")?;
    match (named.as_deref(), metres) {
        (Some("town"), None) => Some(Reach::Town),
        (Some("city"), None) => Some(Reach::City),
        (None, Some(metres)) if (1..=MOST_METRES).contains(&metres) => Some(Reach::Metres(metres)),
        (None, Some(metres)) => {
            section.wrong_at(
                "within_m",
                format!("within_m {metres} is outside 1 to {MOST_METRES}"),
            );
            None
        }
        (Some(other), None) => {
            section.wrong_at(
                "within",
                format!("within \"{other}\" is neither town nor city"),
            );
            None
        }
        _ => {
            section.wrong_here("either within or within_m says how far it mutes");
            None
        }
    }
}

/// What can raise an alarm, as far as rules of muting tell them apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Rule(AlarmRuleId, CategoryCode),
    Silence(AlarmRuleId, CategoryCode),
    Warning(CategoryCode),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(rule, _) => write!(f, "rule {rule}"),
            Self::Silence(rule, _) => write!(f, "the silence of rule {rule}"),
            Self::Warning(code) => write!(f, "a warning of {code}"),
        }
    }
}

fn kinds(rules: &[AlarmRule], categories: &Categories) -> Vec<Kind> {
    let of_rules = rules
        .iter()
        .map(|rule| Kind::Rule(rule.id.clone(), rule.category));
    let of_silence = rules.iter().filter_map(|rule| {
        let silence = rule.silence.as_ref()?;
        Some(Kind::Silence(rule.id.clone(), silence.category))
    });
    let of_sources = categories.keys().map(|code| Kind::Warning(*code));
    of_rules.chain(of_silence).chain(of_sources).collect()
}

fn picks(pick: &AlarmPick, kind: &Kind) -> bool {
    let covers = |beginnings: &[String], code: CategoryCode| {
        beginnings.iter().any(|beginning| code.is_under(beginning))
    };
    match kind {
        Kind::Rule(rule, code) => pick.rules.contains(rule) || covers(&pick.categories, *code),
        Kind::Silence(_, code) => covers(&pick.categories, *code),
        Kind::Warning(code) => covers(&pick.categories, *code) || covers(&pick.warnings, *code),
    }
}

/// The first kind that a rule mutes and that, by others or at once, mutes what the rule mutes by.
fn circle(rule: &Inhibit, known: &[(Inhibit, u64)], kinds: &[Kind]) -> Option<Kind> {
    let mut reached: BTreeSet<&Kind> = BTreeSet::new();
    let muted = |by: &Inhibit| {
        let mutes = by.mutes.clone();
        kinds.iter().filter(move |kind| picks(&mutes, kind))
    };
    let mut open: Vec<&Kind> = muted(rule).collect();
    while let Some(kind) = open.pop() {
        if picks(&rule.by, kind) {
            return Some(kind.clone());
        }
        if reached.insert(kind) {
            for (next, _) in known.iter().filter(|(next, _)| picks(&next.by, kind)) {
                open.extend(muted(next));
            }
        }
    }
    None
}
