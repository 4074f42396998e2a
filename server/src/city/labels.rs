//! `labels.zh.toml` and `labels.en.toml`: what people read for each state, command, severity and role.
//! Both languages name the same things.

use std::collections::BTreeMap;

use super::Pack;

const LANGUAGES: [(&str, &str); 2] = [("zh", "labels.zh.toml"), ("en", "labels.en.toml")];

/// Language → `state.reported` → label.
pub fn labels(pack: &Pack<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (language, file) in LANGUAGES {
        all.insert(language.to_owned(), of_language(pack, file));
    }
    for (language, file) in LANGUAGES {
        let (here, there) = (
            &all[language],
            all.iter().find(|(other, _)| *other != language),
        );
        let Some((_, there)) = there else { continue };
        if here.is_empty() || there.is_empty() {
            continue;
        }
        for key in there.keys().filter(|key| !here.contains_key(*key)) {
            pack.findings
                .warning(file, None, format!("{key} has no label here"));
        }
    }
    all
}

fn of_language(pack: &Pack<'_>, file: &'static str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let Some(toml) = pack.optional_toml(file) else {
        return labels;
    };
    let root = toml.root();
    for group in root.keys() {
        let Some(section) = root.section(&group) else {
            continue;
        };
        for key in section.keys() {
            if let Some(label) = section.text(&key) {
                labels.insert(format!("{group}.{key}"), label);
            }
        }
        section.done();
    }
    root.done();
    labels
}
