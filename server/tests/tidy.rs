//! Holds the architecture (ARCHITECTURE.md, STYLE.md): who may import whom, what pure code may not name, what every
//! file and dependency owes its reader. Each checker is shown a case it must catch.

mod tidy_source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tidy_source::{code_only, names_of};

/// Stages import only `domain` and themselves.
const STAGES: &[&str] = &[
    "ingest", "fuse", "dispatch", "store", "stream", "notify", "themes", "web",
];
/// Reads packs, writes days, checks what lies under the map, looks through files: these import like a stage, and are open to everything that is no stage.
const SOURCES: &[&str] = &["city", "scenario", "ground", "media"];
/// What the single writer may join: deciding is its work.
const WRITER_JOINS: &[&str] = &["fuse", "dispatch"];
/// The only places that may name several stages.
const JOINERS: &[&str] = &["assemble", "main", "control", "commands"];
/// What pure code may not name, and why it would be tempted.
const IMPURE: &[&str] = &[
    "tokio",
    "redis",
    "sqlx",
    "rusqlite",
    "axum",
    "leptos",
    "SystemTime",
    "Instant",
    "rand",
    "getrandom",
    "HashMap",
    "HashSet",
    "thread_rng",
];
const FOLDERS: &[&str] = &[
    "app", "server", "frontend", "style", "public", "end2end", ".ci", ".cargo",
];
/// What building and running leaves behind; never committed (.gitignore).
const LEFT_BEHIND: &[&str] = &[".git", "target", "data", ".venv", "node_modules"];
const MOST_LINES: usize = 600;
/// Files longer than that, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[
    (
        "server/src/store/records/tests.rs",
        "one model of the whole reading side, against which every query is compared",
    ),
    (
        "server/src/city/broken_packs.rs",
        "a table: one row for each mistake a pack can have",
    ),
    (
        "server/src/store/journal/tests.rs",
        "what one file goes through, and the hands that spoil it",
    ),
    (
        "end2end/people_test.py",
        "passwords, sessions, audit log and vault of one server, a class for each",
    ),
];

fn root() -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    server
        .parent()
        .expect("server lies in the repository")
        .to_owned()
}

/// Every file below a folder, as paths from the root with `/`, in order.
fn files_below(root: &Path, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![root.join(folder)];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if path.is_dir() {
                if !LEFT_BEHIND.contains(&name.as_str()) && name != "shots" {
                    waiting.push(path);
                }
            } else if let Ok(inside) = path.strip_prefix(root) {
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Path and text of every file of ours with one of these endings.
fn sources(endings: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let files = FOLDERS.iter().flat_map(|folder| files_below(&root, folder));
    let wanted = files.filter(|path| endings.iter().any(|ending| path.ends_with(ending)));
    let read = |path: String| {
        let text = fs::read_to_string(root.join(&path)).ok()?;
        Some((path, text))
    };
    wanted.filter_map(read).collect()
}

fn none_of(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn is_test(path: &str) -> bool {
    path.contains("/tests") || path.contains("/rehearsal")
}

/// The module of the server a file belongs to: `server/src/fuse/nearby.rs` is `fuse`.
fn module_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("server/src/")?;
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// Modules of the server that a text names by `crate::X` or `gulou::X`.
fn imported(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for start in ["crate::", "gulou::"] {
        for (at, _) in code.match_indices(start) {
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                continue;
            }
            let rest = &code[at + start.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let group = group.split('}').next().unwrap_or_default();
                let heads = group.split(',').filter_map(|part| part.split("::").next());
                found.extend(heads.map(|head| head.trim().to_owned()));
            } else {
                let name = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                found.extend(name.map(ToOwned::to_owned));
            }
        }
    }
    found.remove("");
    found
}

/// Imports across stages that a file must not have.
fn crossings(path: &str, text: &str) -> Vec<String> {
    let Some(module) = module_of(path).filter(|_| !is_test(path)) else {
        return Vec::new();
    };
    if JOINERS.contains(&module) || module == "lib" {
        return Vec::new();
    }
    let apart = STAGES.contains(&module) || SOURCES.contains(&module) || module == "single_writer";
    let may = |name: &str| {
        name == module
            || (module == "single_writer" && WRITER_JOINS.contains(&name))
            || (!apart && !STAGES.contains(&name) && name != "single_writer")
    };
    imported(&code_only(text))
        .into_iter()
        .filter(|name| name.chars().next().is_some_and(char::is_lowercase) && !may(name))
        .map(|name| format!("{path}: {module} imports {name}; only assemble.rs joins stages"))
        .collect()
}

#[test]
fn stages_import_only_domain_and_themselves() {
    let faults = sources(&[".rs"]);
    none_of(
        faults
            .iter()
            .flat_map(|(path, text)| crossings(path, text))
            .collect(),
    );
}

#[test]
fn a_stage_that_imports_another_is_caught() {
    let caught = |path: &str, text: &str| crossings(path, text).len();
    assert_eq!(
        caught("server/src/fuse/mod.rs", "use crate::dispatch::consider;"),
        1
    );
    assert_eq!(
        caught("server/src/stream/hub.rs", "use crate::{store, stream};"),
        1
    );
    assert_eq!(
        caught(
            "server/src/web.rs",
            "let x = crate::single_writer::queue();"
        ),
        1
    );
    assert_eq!(
        caught("server/src/replay.rs", "use gulou::store::Journal;"),
        1
    );
    assert_eq!(
        caught(
            "server/src/single_writer/step.rs",
            "use crate::store::Journal;"
        ),
        1
    );
    assert_eq!(
        caught("server/src/single_writer/step.rs", "use crate::fuse::Fuse;"),
        0
    );
    assert_eq!(
        caught(
            "server/src/fuse/mod.rs",
            "// crate::dispatch decides\nuse crate::fuse::x;"
        ),
        0
    );
    assert_eq!(
        caught("server/src/assemble.rs", "use crate::{store, web};"),
        0
    );
    assert_eq!(
        caught("server/src/scenario/words/mod.rs", "use crate::city::load;"),
        1
    );
    assert_eq!(
        caught(
            "server/src/demo/feeder.rs",
            "use crate::scenario::Scenario;"
        ),
        0
    );
}

/// Whether code here must be pure: the same journal must give the same changes.
fn must_be_pure(path: &str) -> bool {
    let pure = [
        "app/domain/src/",
        "server/src/fuse/",
        "server/src/dispatch/",
        "server/src/scenario/",
    ];
    pure.iter().any(|folder| path.starts_with(folder)) && !is_test(path)
}

fn impurities(path: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    let mut faults: Vec<String> = names_of(&code)
        .filter(|name| IMPURE.contains(name))
        .map(|name| {
            format!(
                "{path}: names {name}; pure code knows no clock, chance, order of hashes or I/O"
            )
        })
        .collect();
    let asks_the_clock = code.match_indices("now()").any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    if asks_the_clock {
        faults.push(format!(
            "{path}: asks a clock (now()); the block brings its own moment"
        ));
    }
    let trigonometry = [
        ".sin()", ".cos()", ".tan()", ".asin()", ".acos()", ".atan2(", ".powf(", ".exp()", ".ln()",
    ];
    for call in trigonometry {
        if code.contains(call) {
            faults.push(format!("{path}: {call} differs between machines; use libm"));
        }
    }
    faults
}

#[test]
fn what_decides_is_pure() {
    let sources = sources(&[".rs"]);
    let pure: Vec<_> = sources
        .iter()
        .filter(|(path, _)| must_be_pure(path))
        .collect();
    assert!(pure.len() > 40, "the folders of pure code have moved");
    none_of(
        pure.iter()
            .flat_map(|(path, text)| impurities(path, text))
            .collect(),
    );
}

#[test]
fn an_impure_line_is_caught() {
    let caught = |text: &str| impurities("app/domain/src/x.rs", text).len();
    assert_eq!(caught("use std::collections::HashMap;"), 1);
    assert_eq!(caught("let now = Timestamp::now();"), 1);
    assert_eq!(caught("let y = x.sin();"), 1);
    assert_eq!(caught("use tokio::sync::mpsc;"), 1);
    assert_eq!(
        caught("// no tokio, no HashMap\nlet s = \"tokio now()\"; let n = turn.now;"),
        0
    );
    assert_eq!(caught("let instant = known(); let y = libm::sin(x);"), 0);
}

fn opens_with_its_purpose(text: &str) -> bool {
    text.strip_prefix("//!").is_some_and(|rest| {
        let first = rest.lines().next().unwrap_or_default();
        first.trim().len() >= 10
    })
}

#[test]
fn every_module_opens_with_its_purpose() {
    let without = |(path, text): &(String, String)| {
        (!opens_with_its_purpose(text)).then(|| format!("{path}: does not say what it is for"))
    };
    none_of(sources(&[".rs"]).iter().filter_map(without).collect());
}

#[test]
fn a_module_without_purpose_is_caught() {
    assert!(!opens_with_its_purpose(
        "use std::fmt;\n//! Too late to say it."
    ));
    assert!(!opens_with_its_purpose("//!\n//! Said on the second line."));
    assert!(opens_with_its_purpose("//! Reads what a city brings.\n"));
}

/// What is left undone, or hides a warning.
fn leftovers(path: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    [
        "todo!",
        "unimplemented!",
        "dbg!",
        "#[allow",
        "#![allow",
        "#[ignore",
    ]
    .into_iter()
    .filter(|left| code.contains(left))
    .map(|left| format!("{path}: {left}"))
    .collect()
}

#[test]
fn nothing_is_left_undone_or_hushed() {
    let sources = sources(&[".rs"]);
    none_of(
        sources
            .iter()
            .flat_map(|(path, text)| leftovers(path, text))
            .collect(),
    );
}

#[test]
fn what_is_left_undone_is_caught() {
    assert_eq!(leftovers("x.rs", "fn f() { todo!() }").len(), 1);
    assert_eq!(
        leftovers("x.rs", "#[allow(dead_code)]\nfn f() { dbg!(1); }").len(),
        2
    );
    assert_eq!(
        leftovers("x.rs", "// todo! later\nlet s = \"dbg!\";").len(),
        0
    );
}

/// Whose machine a text was written on.
fn developer_paths(path: &str, text: &str) -> Vec<String> {
    let homes = ["work", "home", "Users", "root"].map(|home| format!("/{home}/"));
    let is_start =
        |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || c == '/' || c == '.');
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for home in &homes {
            if line
                .match_indices(home.as_str())
                .any(|(at, _)| is_start(&line[..at]))
            {
                faults.push(format!(
                    "{path}:{}: a path of somebody's machine: {home}",
                    number + 1
                ));
            }
        }
    }
    faults
}

#[test]
fn no_path_of_anybody_s_machine_is_written_down() {
    let endings = [
        ".rs", ".toml", ".mjs", ".py", ".css", ".json", ".csv", ".md", ".html", ".yml",
    ];
    let mut faults: Vec<String> = Vec::new();
    for (path, text) in sources(&endings) {
        faults.extend(developer_paths(&path, &text));
    }
    for entry in fs::read_dir(root()).expect("the repository").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // In a second working tree `.git` is a file that names the first.
        if LEFT_BEHIND.contains(&name.as_str()) {
            continue;
        }
        if let Ok(text) = fs::read_to_string(entry.path()) {
            faults.extend(developer_paths(&name, &text));
        }
    }
    none_of(faults);
}

#[test]
fn a_path_of_somebody_s_machine_is_caught() {
    let home = format!("see /{}/anna/gulou", "home");
    assert_eq!(developer_paths("x.md", &home).len(), 1);
    assert_eq!(
        developer_paths("x.md", "https://example.org/work/home/1").len(),
        0
    );
}

fn too_long(path: &str, lines: usize, allowed: &[(&str, &str)]) -> Option<String> {
    let known = allowed.iter().any(|(long, _)| *long == path);
    match (lines > MOST_LINES, known) {
        (true, false) => Some(format!(
            "{path}: {lines} lines; split it, or give the reason in LONG_FILES"
        )),
        (false, true) => Some(format!(
            "{path}: only {lines} lines; LONG_FILES need not name it"
        )),
        (true, true) | (false, false) => None,
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut faults: Vec<String> = Vec::new();
    for (path, text) in sources(&[".rs", ".mjs", ".py", ".css"]) {
        faults.extend(too_long(&path, text.lines().count(), LONG_FILES));
    }
    none_of(faults);
}

#[test]
fn a_file_that_is_too_long_is_caught_and_so_is_a_stale_exception() {
    assert!(too_long("x.rs", MOST_LINES + 1, &[]).is_some());
    assert!(too_long("x.rs", MOST_LINES, &[]).is_none());
    assert!(too_long("x.rs", MOST_LINES + 1, &[("x.rs", "one table")]).is_none());
    assert!(too_long("x.rs", 10, &[("x.rs", "one table")]).is_some());
}

fn strange_folders(names: &[String]) -> Vec<String> {
    let known =
        |name: &&String| FOLDERS.contains(&name.as_str()) || LEFT_BEHIND.contains(&name.as_str());
    names.iter().filter(|name| !known(name)).cloned().collect()
}

#[test]
fn the_repository_has_the_folders_of_its_design_and_no_other() {
    let entries = fs::read_dir(root()).expect("the repository").flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names: Vec<String> = folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    none_of(strange_folders(&names));
    assert_eq!(
        strange_folders(&["app".into(), "scripts".into()]),
        ["scripts"]
    );
}

/// Names with a row in the table of DECISIONS.md whose sentence says something.
fn explained(decisions: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in decisions.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let (Some(first), Some(why)) = (cells.next(), cells.next()) else {
            continue;
        };
        if why.chars().count() < 15 && first != "app, domain" {
            continue;
        }
        for name in first.split(", ") {
            let name = name.split(" (").next().unwrap_or_default();
            names.insert(name.trim_matches('`').to_owned());
        }
    }
    names
}

/// Every dependency that a Cargo.toml names, of whatever kind.
fn cargo_dependencies(manifest: &str) -> BTreeSet<String> {
    let table: toml::Table = manifest.parse().expect("a Cargo.toml");
    let mut names = BTreeSet::new();
    let mut waiting = vec![table];
    while let Some(table) = waiting.pop() {
        for (key, value) in table {
            let toml::Value::Table(inner) = value else {
                continue;
            };
            if key.ends_with("dependencies") {
                names.extend(inner.into_iter().map(|(name, _)| name));
            } else {
                waiting.push(inner);
            }
        }
    }
    names
}

fn npm_dependencies(manifest: &str) -> BTreeSet<String> {
    let value: serde_json::Value = serde_json::from_str(manifest).expect("a package.json");
    ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|kind| value.get(kind)?.as_object())
        .flat_map(|names| names.keys().cloned())
        .collect()
}

#[test]
fn every_dependency_has_its_sentence() {
    let root = root();
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("a file of the repository");
    let explained = explained(&read("DECISIONS.md"));
    let mut faults = Vec::new();
    let manifests = FOLDERS.iter().flat_map(|folder| files_below(&root, folder));
    for path in manifests.chain(["Cargo.toml".to_owned()]) {
        let names = match path.rsplit('/').next() {
            Some("Cargo.toml") => cargo_dependencies(&read(&path)),
            Some("package.json") => npm_dependencies(&read(&path)),
            _ => continue,
        };
        let missing = names.into_iter().filter(|name| !explained.contains(name));
        faults.extend(missing.map(|name| format!("{path}: {name} has no row in DECISIONS.md")));
    }
    none_of(faults);
}

#[test]
fn a_dependency_without_a_sentence_is_caught() {
    let named = cargo_dependencies(
        "[dependencies]\na = \"1\"\n[target.x.dev-dependencies]\nb = \"1\"\n[workspace.dependencies]\nc = \"1\"",
    );
    assert_eq!(named.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    let said = explained(
        "| crate | why |\n| --- | --- |\n| a, `b` (npm) | it does what we need well |\n| c | good |",
    );
    assert!(said.contains("a") && said.contains("b") && !said.contains("c"));
}
