//! `plans.toml` (预案): what is to be reached and done in incidents of a kind, from a severity on.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::category::Severity;
use domain::plan::{Objective, Plan, PlanItem, Whose};

use super::Pack;
use super::rules::Categories;
use super::toml_section::Section;

pub const FILE: &str = "plans.toml";

/// A list nobody can read through is none.
const MOST_LINES: usize = 40;

pub fn plans(pack: &Pack<'_>, categories: &Categories) -> Vec<Arc<Plan>> {
    let Some(toml) = pack.optional_toml(FILE) else {
        return Vec::new();
    };
    let root = toml.root();
    let mut plans: Vec<Arc<Plan>> = Vec::new();
    let mut ids = BTreeSet::new();
    for section in root.sections("plan") {
        let id = section.text("id");
        if let Some(id) = &id
            && !ids.insert(id.clone())
        {
            section.wrong_at("id", format!("plan {id} is there twice"));
        }
        if let (Some(id), Some(plan)) = (id, plan(section, categories)) {
            plans.push(Arc::new(Plan { id, ..plan }));
        }
    }
    root.done();
    plans
}

fn plan(section: Section<'_>, categories: &Categories) -> Option<Plan> {
    let name = section.text("name");
    let name_en = section.text("name_en");
    let category = section.text("category");
    if let Some(prefix) = &category
        && !categories.keys().any(|code| code.is_under(prefix))
    {
        section.wrong_at(
            "category",
            format!("category {prefix} is neither a code nor the beginning of one"),
        );
    }
    let severity = severity(&section);
    let objectives: Vec<Objective> = section
        .sections("objective")
        .into_iter()
        .filter_map(|line| {
            let (text, text_en) = (line.text("text"), line.text("text_en"));
            line.done();
            Some(Objective {
                text: text?,
                text_en: text_en?,
            })
        })
        .collect();
    let mut ids = BTreeSet::new();
    let items: Vec<PlanItem> = section
        .sections("item")
        .into_iter()
        .filter_map(|line| item(line, &mut ids))
        .collect();
    if items.is_empty() {
        section.wrong_here("a plan has at least one item");
    }
    if items.len() + objectives.len() > MOST_LINES {
        section.wrong_here(format!("a plan has at most {MOST_LINES} lines"));
    }
    section.done();
    Some(Plan {
        id: String::new(),
        name: name?,
        name_en: name_en?,
        category: category?,
        severity: severity?,
        objectives,
        items,
    })
}

fn severity(section: &Section<'_>) -> Option<Severity> {
    let level = section.whole("severity")?;
    let found = u8::try_from(level).ok().map(Severity::try_from);
    match found {
        Some(Ok(severity)) => Some(severity),
        _ => {
            let reason = format!("severity {level} is not one of 1 (highest) to 4");
            section.wrong_at("severity", reason);
            None
        }
    }
}

fn item(line: Section<'_>, ids: &mut BTreeSet<String>) -> Option<PlanItem> {
    let id = line.text("id");
    if let Some(id) = &id
        && !ids.insert(id.clone())
    {
        line.wrong_at("id", format!("item {id} is there twice"));
    }
    let (text, text_en) = (line.text("text"), line.text("text_en"));
    let whose = line.text("whose");
    let known = whose
        .as_ref()
        .and_then(|name| Whose::ALL.into_iter().find(|known| known.name() == name));
    if let (Some(whose), None) = (&whose, known) {
        let reason = format!("whose \"{whose}\" is not one of lead, support, desk");
        line.wrong_at("whose", reason);
    }
    line.done();
    Some(PlanItem {
        id: id?,
        text: text?,
        text_en: text_en?,
        whose: known?,
    })
}
