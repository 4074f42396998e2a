//! `categories.csv`: the kinds of things that can be the matter, how long each may take and what closing means.

use std::collections::BTreeMap;

use domain::category::{Category, CategoryCode, Severity};
use domain::clock::Limit;

use super::Pack;
use super::csv_table::{Columns, Row};
use super::places::or_else;

pub const FILE: &str = "categories.csv";

pub fn categories(pack: &Pack<'_>) -> BTreeMap<CategoryCode, Category> {
    const COLUMNS: Columns = Columns {
        needed: &["code", "name", "limit", "clock", "standards"],
        optional: &[
            "name_en",
            "class_name",
            "class_name_en",
            "family",
            "severity",
            "condition",
        ],
    };
    let mut categories = BTreeMap::new();
    let Some(table) = pack.needed_csv(FILE, &COLUMNS) else {
        return categories;
    };
    for row in table.rows() {
        if let Some(category) = category(&row) {
            let code = category.code;
            if categories.insert(code, category).is_some() {
                row.wrong(format!("category {code} is there twice"));
            }
        }
    }
    if categories.is_empty() {
        pack.findings.error(FILE, None, "there is no category");
    }
    categories
}

/// What is wrong beside the code and the name is written down and filled in, so that other files which name the
/// kind are not blamed for it.
fn category(row: &Row<'_>) -> Option<Category> {
    let code: Option<CategoryCode> = row.parsed("code");
    let name = row.text("name");
    let severity = severity(row);
    let family = family(row, code);
    let limit = match (row.text("limit"), row.text("clock")) {
        (Some(amount), Some(clock)) => Limit::parse(&amount, &clock)
            .map_err(|error| row.wrong(error.to_string()))
            .ok(),
        _ => None,
    };
    let standards: Vec<String> = row
        .parts("standards", '|')
        .into_iter()
        .map(str::to_owned)
        .collect();
    if standards.is_empty() {
        row.wrong("standards is empty: closing must name the standard that was met");
    }
    for (at, standard) in standards.iter().enumerate() {
        if standards[..at].contains(standard) {
            row.wrong(format!("standard \"{standard}\" is there twice"));
        }
    }
    let (code, name) = (code?, name?);
    Some(Category {
        code,
        name_en: or_else(row.field("name_en"), &name),
        name,
        class_name: row.field("class_name").to_owned(),
        class_name_en: or_else(row.field("class_name_en"), row.field("class_name")),
        family: family.unwrap_or_else(|| own_family(code)),
        severity: severity.unwrap_or(Severity::Minor),
        condition: row.field("condition").to_owned(),
        limit: limit.unwrap_or_else(|| Limit::urgent_minutes(60)),
        standards,
    })
}

/// Ⅳ 一般 where the column is empty.
fn severity(row: &Row<'_>) -> Option<Severity> {
    let Some(level) = row.optional::<u8>("severity")? else {
        return Some(Severity::Minor);
    };
    match Severity::try_from(level) {
        Ok(severity) => Some(severity),
        Err(error) => {
            row.wrong(error.to_string());
            None
        }
    }
}

/// A kind of no family is a family of its own.
fn family(row: &Row<'_>, code: Option<CategoryCode>) -> Option<String> {
    let family = row.field("family");
    if family.is_empty() {
        return code.map(own_family);
    }
    let plain = family
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !plain {
        row.wrong(format!("family \"{family}\" may hold only a-z, 0-9 and -"));
        return None;
    }
    Some(family.to_owned())
}

fn own_family(code: CategoryCode) -> String {
    code.to_string().to_ascii_lowercase()
}
