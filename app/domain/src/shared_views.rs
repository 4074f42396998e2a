//! Saved views that everybody of a role has on his desk: a list with a name, given by those who lead the shift.

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::ids::AccountName;
use crate::time::Timestamp;

/// More would be a second queue.
pub const MOST_SHARED: usize = 6;
pub const LONGEST_NAME: usize = 12;
pub const LONGEST_WORDS: usize = 200;

/// Who gives views to a role.
pub const MAY_SHARE: &[Role] = &[Role::ShiftLeader, Role::Administrator];

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SharedView {
    pub name: String,
    /// The list it is of: `new`, `mine`, `late`, `all`, `tray` or `decide`.
    pub tab: String,
    /// What is searched for in it; empty: all of it.
    #[serde(default)]
    pub words: String,
}

/// Those of one role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SharedViews {
    pub role: Role,
    pub views: Vec<SharedView>,
    pub by: AccountName,
    pub at: Timestamp,
}

/// What a desk is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SharedViewList {
    pub shared: Vec<SharedViews>,
}

/// What is wrong with views, each with its pointer.
pub fn faults(views: &[SharedView]) -> Vec<(String, String)> {
    const TABS: [&str; 6] = ["new", "mine", "late", "all", "tray", "decide"];
    let mut faults = Vec::new();
    if views.len() > MOST_SHARED {
        let reason = format!("{} views; at most {MOST_SHARED} are shared", views.len());
        faults.push(("/views".to_owned(), reason));
    }
    for (index, view) in views.iter().enumerate() {
        let mut wrong = |field: &str, reason: String| {
            faults.push((format!("/views/{index}/{field}"), reason));
        };
        let length = view.name.trim().chars().count();
        if length == 0 || length > LONGEST_NAME {
            wrong(
                "name",
                format!("{length} characters; 1 to {LONGEST_NAME} are allowed"),
            );
        }
        if view.name.chars().any(char::is_control) || view.words.chars().any(char::is_control) {
            wrong("name", "must not hold control characters".to_owned());
        }
        if !TABS.contains(&view.tab.as_str()) {
            wrong(
                "tab",
                format!("\"{}\" is not one of {}", view.tab, TABS.join(", ")),
            );
        }
        if view.words.chars().count() > LONGEST_WORDS {
            wrong("words", format!("longer than {LONGEST_WORDS} characters"));
        }
        if views[..index]
            .iter()
            .any(|earlier| earlier.name == view.name)
        {
            wrong("name", "is there twice".to_owned());
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, tab: &str) -> SharedView {
        SharedView {
            name: name.into(),
            tab: tab.into(),
            words: String::new(),
        }
    }

    #[test]
    fn what_is_wrong_with_views_is_said_with_its_place() {
        assert!(faults(&[view("虎门 积水", "all"), view("超时", "late")]).is_empty());
        let wrong = faults(&[view("", "all"), view("夜班", "closed"), view("夜班", "all")]);
        let pointers: Vec<&str> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/views/0/name", "/views/1/tab", "/views/2/name"]);
        let many: Vec<SharedView> = (0..7).map(|n| view(&n.to_string(), "all")).collect();
        assert_eq!(faults(&many)[0].0, "/views");
    }
}
