//! Plans (预案): what is to be reached and done in incidents of a kind from a severity on. An incident keeps the plan as
//! it was when it was dispatched: a plan edited later does not change what people are at.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::category::{CategoryCode, Severity};
use crate::ids::{AccountName, DepartmentId};
use crate::time::Timestamp;

/// A plan of the city pack.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub id: String,
    pub name: String,
    pub name_en: String,
    /// A code or the beginning of one.
    pub category: String,
    /// For incidents at least this serious.
    pub severity: Severity,
    pub objectives: Vec<Objective>,
    pub items: Vec<PlanItem>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Objective {
    pub text: String,
    pub text_en: String,
}

/// One line of the check list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlanItem {
    /// Unique within the plan.
    pub id: String,
    pub text: String,
    pub text_en: String,
    pub whose: Whose,
}

/// Who is to do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Lead,
    Support,
    Desk,
}

impl Whose {
    pub const ALL: [Self; 3] = [Self::Lead, Self::Support, Self::Desk];

    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Support => "support",
            Self::Desk => "desk",
        }
    }
}

/// The plan an incident is worked by, and what of it is done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlanInUse {
    pub plan: Arc<Plan>,
    /// By the item's id.
    pub done: BTreeMap<String, Done>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Done {
    pub by: AccountName,
    pub department: Option<DepartmentId>,
    pub at: Timestamp,
}

impl PlanInUse {
    pub fn item(&self, id: &str) -> Option<&PlanItem> {
        self.plan.items.iter().find(|item| item.id == id)
    }
}

/// The plan that fits: that of the longest category, then the one for the gravest severity.
pub fn fitting(
    plans: &[Arc<Plan>],
    category: CategoryCode,
    severity: Severity,
) -> Option<&Arc<Plan>> {
    plans
        .iter()
        .filter(|plan| category.is_under(&plan.category) && severity <= plan.severity)
        .max_by_key(|plan| (plan.category.len(), std::cmp::Reverse(plan.severity)))
}
