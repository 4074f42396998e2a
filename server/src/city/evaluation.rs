//! `evaluation.toml`: indicators and their part in the score, as formulas over the facts of cases.
//! A formula that would cost a town points for closing one more case is refused here.

use std::collections::BTreeSet;

use domain::case::{Count, FLAGS, Moment, VALUES};
use domain::evaluation::{Better, Evaluation, Indicator, Measure, Rule, closing};
use domain::filter::{Condition, Filter, Literal};

use super::Pack;
use super::city_file::short_name;
use super::rules::Categories;
use super::toml_section::Section;

pub const FILE: &str = "evaluation.toml";

const MOST_DECIMALS: u32 = 3;
/// What a page can show and a person can read.
const MOST_INDICATORS: usize = 40;

/// Without the file nothing is evaluated, and the page says so.
pub fn evaluation(pack: &Pack<'_>, categories: &Categories) -> Evaluation {
    let Some(toml) = pack.optional_toml(FILE) else {
        return Evaluation::default();
    };
    let root = toml.root();
    let cases = match root.has("cases") {
        true => rule(&root, "cases", categories).unwrap_or_default(),
        false => Rule::default(),
    };
    let mut evaluation = Evaluation {
        cases,
        indicators: Vec::new(),
    };
    let sections = root.sections("indicator");
    if sections.len() > MOST_INDICATORS {
        root.wrong_here(format!(
            "{} indicators; there can be {MOST_INDICATORS}",
            sections.len()
        ));
    }
    let mut ids = BTreeSet::new();
    for section in sections {
        let line = section.line;
        let weight_line = section.line_of("weight");
        let Some(indicator) = indicator(section, categories) else {
            continue;
        };
        if !ids.insert(indicator.id.clone()) {
            root.wrong_on(line, format!("indicator {} is there twice", indicator.id));
        }
        if indicator.weight > 0
            && let Some(why) = closing::punished(&evaluation, &indicator)
        {
            let reason = format!("indicator {} cannot be scored: {why}", indicator.id);
            root.wrong_on(weight_line, reason);
        }
        evaluation.indicators.push(indicator);
    }
    root.done();
    evaluation
}

fn indicator(section: Section<'_>, categories: &Categories) -> Option<Indicator> {
    let id = short_name(&section, "id");
    let name = section.text("name");
    let name_en = section.text("name_en");
    let unit = section.text("unit");
    let unit_en = section.optional_text("unit_en");
    let decimals = decimals(&section);
    let measure = measure(&section, categories);
    let of = rule(&section, "of", categories);
    let counts_in = moment(&section, "counts_in");
    let better = better(&section);
    let source = section.text("source");
    let source_en = section.text("source_en");
    let weight = section.optional_whole("weight");
    if let (Some(Measure::Share(_)), Some(unit)) = (&measure, &unit)
        && unit != "%"
    {
        section.wrong_at("unit", "the unit of a share is \"%\"");
    }
    section.done();
    let unit = unit?;
    Some(Indicator {
        id: id?,
        name: name?,
        name_en: name_en?,
        unit_en: unit_en?.unwrap_or_else(|| unit.clone()),
        unit,
        decimals: decimals?,
        measure: measure?,
        of: of?,
        counts_in: counts_in?,
        better: better?,
        source: source?,
        source_en: source_en?,
        weight: weight?.unwrap_or(0),
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

fn better(section: &Section<'_>) -> Option<Better> {
    match section.text("better")?.as_str() {
        "higher" => Some(Better::Higher),
        "lower" => Some(Better::Lower),
        other => {
            let reason = format!("better \"{other}\" is not one of higher, lower");
            section.wrong_at("better", reason);
            None
        }
    }
}

fn moment(section: &Section<'_>, key: &str) -> Option<Moment> {
    let name = section.text(key)?;
    let found = Moment::named(&name);
    if found.is_none() {
        let known: Vec<&str> = Moment::ALL.iter().map(|moment| moment.name()).collect();
        let reason = format!("{key} \"{name}\" is not one of {}", known.join(", "));
        section.wrong_at(key, reason);
    }
    found
}

/// Exactly one of `share`, `mean`, `percentile`.
fn measure(section: &Section<'_>, categories: &Categories) -> Option<Measure> {
    let kinds = ["share", "mean", "percentile"];
    let given: Vec<&str> = kinds.into_iter().filter(|kind| section.has(kind)).collect();
    let [kind] = given.as_slice() else {
        section.wrong_here("needs one of share, mean, percentile");
        return None;
    };
    match *kind {
        "share" => rule(section, "share", categories).map(Measure::Share),
        "mean" => {
            let name = section.text("mean")?;
            let found = Count::named(&name);
            if found.is_none() {
                let known: Vec<&str> = Count::ALL.iter().map(|count| count.name()).collect();
                let reason = format!("mean \"{name}\" is not one of {}", known.join(", "));
                section.wrong_at("mean", reason);
            }
            found.map(Measure::Mean)
        }
        _ => {
            let percent = section.whole("percentile");
            let (from, to) = (moment(section, "from"), moment(section, "to"));
            let percent = percent?;
            if !(1..=100).contains(&percent) {
                section.wrong_at("percentile", "percentile is from 1 to 100");
                return None;
            }
            Some(Measure::Percentile {
                percent: u8::try_from(percent).ok()?,
                from: from?,
                to: to?,
            })
        }
    }
}

fn rule(section: &Section<'_>, key: &str, categories: &Categories) -> Option<Rule> {
    let words = section.text(key)?;
    let filter = match Filter::parse_with_flags(&words, VALUES, FLAGS) {
        Ok(filter) => filter,
        Err(mistake) => {
            section.wrong_at(key, format!("{key} \"{words}\": {mistake}"));
            return None;
        }
    };
    if let Some(condition) = filter.condition()
        && let Some(why) = senseless(condition, categories)
    {
        section.wrong_at(key, format!("{key} \"{words}\": {why}"));
        return None;
    }
    Some(Rule { words, filter })
}

/// A comparison that can never hold, whatever the case: mostly a spelling mistake.
fn senseless(condition: &Condition, categories: &Categories) -> Option<String> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().find_map(|part| senseless(part, categories))
        }
        Condition::Not(inner) => senseless(inner, categories),
        Condition::Compare { field, literal, .. } => unfit(field, literal, categories),
        Condition::OneOf { field, literals } => literals
            .iter()
            .find_map(|literal| unfit(field, literal, categories)),
    }
}

fn unfit(field: &str, literal: &Literal, categories: &Categories) -> Option<String> {
    let is_number = field == "severity" || Count::named(field).is_some();
    let fits = match literal {
        Literal::Null => !is_number && VALUES.contains(&field),
        Literal::Flag(_) => FLAGS.contains(&field),
        Literal::Number { .. } => VALUES.contains(&field),
        Literal::Text(_) => VALUES.contains(&field) && !is_number,
    };
    if !fits {
        return Some(format!("{field} is never {literal}"));
    }
    let Literal::Text(text) = literal else {
        return None;
    };
    let known = |code: &str| categories.keys().any(|kind| kind.is_under(code));
    match field {
        "category" | "class" if !categories.is_empty() && !known(text) => {
            Some(format!("no category of categories.csv is {text}"))
        }
        "role" if text.parse::<domain::account::Role>().is_err() => {
            Some(format!("{text} is not a role"))
        }
        _ => None,
    }
}
