//! `responsibilities.csv`: who answers for what, where and from when to when. On every date exactly one
//! row must be the one that counts; where two are, or none is, it is said here and not found out at night.

use std::collections::{BTreeMap, BTreeSet};

use domain::category::{Category, CategoryCode};
use domain::city::{Department, Responsibility, Town};
use domain::ids::{DepartmentId, JurisdictionCode};
use domain::time::CivilDate;

use super::Pack;
use super::csv_table::{Columns, Row};

pub const FILE: &str = "responsibilities.csv";

/// A row and its line.
type Numbered = (u64, Responsibility);

/// What the rows of the table may speak of.
pub struct Known<'a> {
    pub categories: &'a BTreeMap<CategoryCode, Category>,
    pub towns: &'a [Town],
    pub departments: &'a BTreeMap<DepartmentId, Department>,
    pub tray_categories: &'a [CategoryCode],
    /// From this year on every kind must have its department.
    pub first_year: Option<i16>,
}

pub fn responsibilities(pack: &Pack<'_>, known: &Known<'_>) -> Vec<Responsibility> {
    const COLUMNS: Columns = Columns {
        needed: &[
            "id",
            "category",
            "jurisdiction",
            "valid_from",
            "valid_to",
            "lead",
        ],
        optional: &["supporting", "basis"],
    };
    let Some(table) = pack.needed_csv(FILE, &COLUMNS) else {
        return Vec::new();
    };
    let mut rows: Vec<Numbered> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in table.rows() {
        if let Some(responsibility) = responsibility(&row, known) {
            if !seen.insert(responsibility.id.clone()) {
                row.wrong(format!("row {} is there twice", responsibility.id));
            }
            rows.push((row.line, responsibility));
        }
    }
    find_overlaps(pack, &rows);
    find_gaps(pack, &rows, known);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn responsibility(row: &Row<'_>, known: &Known<'_>) -> Option<Responsibility> {
    let id = row.text("id");
    let category = row
        .text("category")
        .filter(|prefix| prefix_known(row, prefix, known));
    let jurisdiction = jurisdiction(row, known);
    let valid_from: Option<CivilDate> = row.parsed("valid_from");
    let valid_to: Option<Option<CivilDate>> = row.optional("valid_to");
    if let (Some(from), Some(Some(to))) = (valid_from, valid_to)
        && to <= from
    {
        row.wrong(format!("valid_to {to} is not after valid_from {from}"));
    }
    let lead = row
        .text("lead")
        .and_then(|id| department(row, "lead", &id, known));
    let mut supporting: Vec<DepartmentId> = Vec::new();
    for id in row.parts("supporting", ';') {
        let Some(id) = department(row, "supporting", id, known) else {
            continue;
        };
        if lead.as_ref() == Some(&id) {
            row.wrong(format!("{id} both leads and supports"));
        } else if supporting.contains(&id) {
            row.wrong(format!("supporting names {id} twice"));
        } else {
            supporting.push(id);
        }
    }
    Some(Responsibility {
        id: id?,
        category: category?,
        jurisdiction: jurisdiction?,
        valid_from: valid_from?,
        valid_to: valid_to?,
        lead: lead?,
        supporting,
        basis: row.field("basis").to_owned(),
    })
}

fn prefix_known(row: &Row<'_>, prefix: &str, known: &Known<'_>) -> bool {
    let found = known.categories.keys().any(|code| code.is_under(prefix));
    if !found {
        row.wrong(format!(
            "category {prefix} is neither a code nor the beginning of one"
        ));
    }
    found
}

/// `Some(None)` is the whole city.
fn jurisdiction(row: &Row<'_>, known: &Known<'_>) -> Option<Option<JurisdictionCode>> {
    if row.field("jurisdiction") == "*" {
        return Some(None);
    }
    let code: JurisdictionCode = row.parsed("jurisdiction")?;
    if known.towns.iter().any(|town| town.code == code) {
        return Some(Some(code));
    }
    row.wrong(format!("jurisdiction {code} is not in towns.csv"));
    None
}

fn department(row: &Row<'_>, column: &str, id: &str, known: &Known<'_>) -> Option<DepartmentId> {
    match id.parse::<DepartmentId>() {
        Ok(id) if known.departments.contains_key(&id) => Some(id),
        Ok(id) => {
            row.wrong(format!("{column} {id} is not in departments.csv"));
            None
        }
        Err(error) => {
            row.wrong(format!("{column}: {error}"));
            None
        }
    }
}

/// Two rows of one prefix and one place on one date: nothing says which counts. Rows of unlike prefix
/// or place never compete, because the longer prefix wins, and then the town beats the city.
fn find_overlaps(pack: &Pack<'_>, rows: &[Numbered]) {
    let mut groups: BTreeMap<(&str, Option<&JurisdictionCode>), Vec<&Numbered>> = BTreeMap::new();
    for numbered in rows {
        let key = (
            numbered.1.category.as_str(),
            numbered.1.jurisdiction.as_ref(),
        );
        groups.entry(key).or_default().push(numbered);
    }
    for group in groups.values_mut() {
        group.sort_by_key(|(line, row)| (row.valid_from, *line));
        let mut longest: Option<&Numbered> = None;
        for numbered in group.iter() {
            let (line, row) = numbered;
            if let Some((other_line, other)) = longest
                && other.valid_to.is_none_or(|to| row.valid_from < to)
            {
                pack.findings.error(
                    FILE,
                    Some(*line),
                    format!(
                        "row {} and row {} (line {other_line}) both count for {} in {} from {}",
                        row.id,
                        other.id,
                        row.category,
                        place_name(row.jurisdiction.as_ref()),
                        row.valid_from
                    ),
                );
            }
            if longest.is_none_or(|(_, other)| ends_before(other.valid_to, row.valid_to)) {
                longest = Some(numbered);
            }
        }
    }
}

fn ends_before(one: Option<CivilDate>, other: Option<CivilDate>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one < other,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn place_name(jurisdiction: Option<&JurisdictionCode>) -> String {
    jurisdiction.map_or_else(|| "the whole city".to_owned(), JurisdictionCode::to_string)
}

/// Kinds for which nobody answers somewhere at some time.
fn find_gaps(pack: &Pack<'_>, rows: &[Numbered], known: &Known<'_>) {
    let Some(first) = known
        .first_year
        .and_then(|year| CivilDate::new(year, 1, 1).ok())
    else {
        return;
    };
    for code in known.categories.keys() {
        let of_code: Vec<&Responsibility> = rows
            .iter()
            .map(|(_, row)| row)
            .filter(|row| code.is_under(&row.category))
            .collect();
        let on_purpose = known.tray_categories.contains(code);
        if of_code.is_empty() {
            if !on_purpose {
                pack.findings.warning(
                    FILE,
                    None,
                    format!("nobody answers for {code}; name it in tray_categories of city.toml if that is meant"),
                );
            }
            continue;
        }
        if on_purpose {
            pack.findings.warning(
                FILE,
                None,
                format!("{code} is in tray_categories of city.toml, yet somebody answers for it"),
            );
        }
        find_gaps_of(pack, *code, &of_code, first, known.towns);
    }
}

fn find_gaps_of(
    pack: &Pack<'_>,
    code: CategoryCode,
    rows: &[&Responsibility],
    first: CivilDate,
    towns: &[Town],
) {
    let mut dates: BTreeSet<CivilDate> = BTreeSet::from([first]);
    for row in rows {
        dates.extend(
            [row.valid_from]
                .into_iter()
                .chain(row.valid_to)
                .filter(|date| *date >= first),
        );
    }
    for date in dates {
        let valid: Vec<&&Responsibility> = rows.iter().filter(|row| counts_on(row, date)).collect();
        if valid.iter().any(|row| row.jurisdiction.is_none()) {
            continue;
        }
        let without: Vec<&str> = towns
            .iter()
            .filter(|town| {
                !valid
                    .iter()
                    .any(|row| row.jurisdiction.as_ref() == Some(&town.code))
            })
            .map(|town| town.name.as_str())
            .collect();
        if let Some(example) = without.first() {
            pack.findings.warning(
                FILE,
                None,
                format!(
                    "nobody answers for {code} on {date} in {} towns, such as {example}",
                    without.len()
                ),
            );
            return;
        }
    }
}

fn counts_on(row: &Responsibility, date: CivilDate) -> bool {
    row.valid_from <= date && row.valid_to.is_none_or(|to| date < to)
}
