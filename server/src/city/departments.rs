//! `departments.csv`: who can be given an order.

use std::collections::BTreeMap;

use domain::city::{Department, Town};
use domain::ids::{DepartmentId, JurisdictionCode};

use super::Pack;
use super::csv_table::Columns;
use super::places::or_else;

pub const FILE: &str = "departments.csv";

pub fn departments(pack: &Pack<'_>, towns: &[Town]) -> BTreeMap<DepartmentId, Department> {
    const COLUMNS: Columns = Columns {
        needed: &["id", "name", "kind"],
        optional: &["name_en", "town_code", "phone", "sample"],
    };
    let mut departments = BTreeMap::new();
    let Some(table) = pack.needed_csv(FILE, &COLUMNS) else {
        return departments;
    };
    for row in table.rows() {
        let id: Option<DepartmentId> = row.parsed("id");
        let name = row.text("name");
        let kind = row.text("kind");
        let town: Option<Option<JurisdictionCode>> = row.optional("town_code");
        let sample: Option<Option<bool>> = row.optional("sample");
        match (kind.as_deref(), &town) {
            (Some("municipal"), Some(Some(_))) => {
                row.wrong("a municipal department has no town_code")
            }
            (Some("town"), Some(None)) => row.wrong("a town's unit needs its town_code"),
            (Some("municipal" | "town") | None, _) => {}
            (Some(other), _) => {
                row.wrong(format!("kind \"{other}\" is neither municipal nor town"))
            }
        }
        if let Some(Some(town)) = &town
            && !towns.iter().any(|known| known.code == *town)
        {
            row.wrong(format!("town_code {town} is not in towns.csv"));
        }
        // The rest is filled in, so that duty lists which name the department are not blamed.
        let (Some(id), Some(name)) = (id, name) else {
            continue;
        };
        let department = Department {
            id: id.clone(),
            name_en: or_else(row.field("name_en"), &name),
            name,
            kind: kind.unwrap_or_default(),
            town: town.flatten(),
            phone: row.field("phone").to_owned(),
            sample: sample.flatten().unwrap_or(false),
        };
        if departments.insert(id.clone(), department).is_some() {
            row.wrong(format!("department {id} is there twice"));
        }
    }
    departments
}
