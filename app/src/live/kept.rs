//! What this browser remembers for an account: saved views, suggestions put aside, whether the tone is muted. There is
//! no place for it on the server, and the page says so. A storage that is full or forbidden only forgets.

use leptos::prelude::window;

use super::lists::Tab;

/// A list with a name: a tab, and words that are searched for in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedView {
    pub name: String,
    pub tab: Tab,
    /// Empty: the whole tab.
    pub words: String,
}

/// Views that have a key of their own, 7 to 9.
pub const MOST_VIEWS: usize = 3;
const LONGEST_NAME: usize = 12;

impl SavedView {
    /// None without a name. Line breaks and tabs separate what is kept, so they become spaces.
    pub fn new(name: &str, tab: Tab, words: &str) -> Option<Self> {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = plain(name).chars().take(LONGEST_NAME).collect();
        (!name.is_empty()).then(|| Self {
            name,
            tab,
            words: plain(words),
        })
    }
}

pub fn write_views(views: &[SavedView]) -> String {
    let lines: Vec<String> = views
        .iter()
        .map(|view| format!("{}\t{}\t{}", view.name, view.tab.name(), view.words))
        .collect();
    lines.join("\n")
}

/// What is not a view is left out.
pub fn read_views(kept: &str) -> Vec<SavedView> {
    let read = |line: &str| {
        let mut parts = line.split('\t');
        let (name, tab) = (parts.next()?, parts.next()?);
        let tab = Tab::ALL.into_iter().find(|known| known.name() == tab)?;
        SavedView::new(name, tab, parts.next().unwrap_or_default())
    };
    kept.lines().filter_map(read).take(MOST_VIEWS).collect()
}

pub fn kept(name: &str, account: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten()?;
    storage.get_item(&format!("gulou-{name}-{account}")).ok()?
}

pub fn keep(name: &str, account: &str, value: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        // Full or forbidden: forgotten when the page is left.
        let _ = storage.set_item(&format!("gulou-{name}-{account}"), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_come_back_as_they_were_kept_and_nonsense_does_not() {
        let views = vec![
            SavedView::new("虎门 积水", Tab::All, "虎门\t积水").expect("a view"),
            SavedView::new("late", Tab::Late, "").expect("a view"),
        ];
        assert_eq!(views[0].words, "虎门 积水");
        assert_eq!(read_views(&write_views(&views)), views);
        assert_eq!(read_views("x\tnowhere\t\n\n\t\t"), Vec::new());
        assert_eq!(SavedView::new("  ", Tab::All, ""), None);
    }
}
