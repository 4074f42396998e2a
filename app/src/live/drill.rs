//! The way down from a figure: `/desk?state=…&severity=…` shows the list it was counted from in the queue's place.

use domain::language::Language;
use leptos::prelude::*;

use super::desk::Desk;
use crate::start::Start;

/// What the list of incidents may be asked for (API.md, "Incidents").
const ASKED: [&str; 19] = [
    "state",
    "category",
    "severity",
    "department",
    "town",
    "bbox",
    "since",
    "until",
    "overdue",
    "dispatched_since",
    "dispatched_until",
    "closed_since",
    "closed_until",
    "in_time",
    "accurate",
    "drill",
    "tray",
    "q",
    "limit",
];
const MOST: &str = "200";

/// Call once from an effect of the desk.
pub fn follow(desk: Desk) {
    let Ok(search) = window().location().search() else {
        return;
    };
    let Some(query) = list_query(search.trim_start_matches('?')) else {
        return;
    };
    let words = said(
        &query,
        &desk.start(),
        desk.settings.language.get_untracked(),
    );
    desk.show_list(words, query);
}

/// What of an address's query asks for a list; none if nothing does.
fn list_query(search: &str) -> Option<String> {
    let mut kept: Vec<&str> = search
        .split('&')
        .filter(|pair| {
            pair.split_once('=')
                .is_some_and(|(name, value)| ASKED.contains(&name) && !value.is_empty())
        })
        .collect();
    if kept.is_empty() {
        return None;
    }
    let limit = format!("limit={MOST}");
    if !kept.iter().any(|pair| pair.starts_with("limit=")) {
        kept.push(&limit);
    }
    Some(kept.join("&"))
}

/// The values of the query in the pack's words.
fn said(query: &str, start: &Start, language: Language) -> String {
    let words: Vec<String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| {
            !name.ends_with("limit") && !name.ends_with("since") && !name.ends_with("until")
        })
        .filter(|(_, value)| !matches!(*value, "true" | "false"))
        .flat_map(|(_, value)| value.split(','))
        .map(|value| start.city.label(language, value).to_owned())
        .collect();
    if words.is_empty() {
        return query.to_owned();
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_asks_for_a_list_is_kept() {
        assert_eq!(
            list_query("state=handling&severity=1&theme=x"),
            Some("state=handling&severity=1&limit=200".into())
        );
        assert_eq!(
            list_query("overdue=true&limit=5"),
            Some("overdue=true&limit=5".into())
        );
        assert_eq!(list_query("incident=i5-0"), None);
        assert_eq!(list_query("state="), None);
        assert_eq!(list_query(""), None);
    }
}
