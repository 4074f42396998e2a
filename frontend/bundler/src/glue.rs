//! The script between page and wasm, made small: short names on the border, and none of what no page calls.
//! Must leave alone what it does not know: a name is only replaced where it stands whole.

use std::collections::BTreeMap;

use wasm_bindgen_cli_support::Output;

/// Classes that wasm-streams exports for reading streams from Rust, which no page does.
const UNUSED: &str = "IntoUnderlying";

/// Bindings name what crosses the border by crate and hash, some sixteen letters that no compression makes smaller.
const BINDING_NAMES: [&str; 3] = ["__wbg_", "__wbindgen_", "wasm_bindgen__"];

/// What names of the bindings became.
pub struct ShortNames(BTreeMap<String, String>);

/// Changes the wasm in place; its script must then be made to fit.
pub fn shorten_names(output: &mut Output) -> ShortNames {
    let unused = UNUSED.to_lowercase();
    let module = output.wasm_mut();
    let dropped: Vec<_> = module
        .exports
        .iter()
        .filter(|export| {
            export
                .name
                .trim_start_matches("__wbg_")
                .starts_with(&unused)
        })
        .map(|export| export.id())
        .collect();
    for id in dropped {
        module.exports.delete(id);
    }
    let mut names = BTreeMap::new();
    for import in module.imports.iter_mut() {
        shorten(&mut import.name, &mut names);
    }
    for export in module.exports.iter_mut() {
        shorten(&mut export.name, &mut names);
    }
    ShortNames(names)
}

impl ShortNames {
    /// The script as it was written out, fitted to the wasm.
    pub fn fit(&self, script: &str) -> String {
        renamed(&without_unused(script), &self.0)
    }
}

fn shorten(name: &mut String, names: &mut BTreeMap<String, String>) {
    if BINDING_NAMES.iter().any(|start| name.starts_with(start)) {
        let next = format!("${}", names.len());
        *name = names.entry(name.clone()).or_insert(next).clone();
    }
}

/// Each identifier of the script that is one of `names` becomes what that says.
fn renamed(script: &str, names: &BTreeMap<String, String>) -> String {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$');
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find(inside) {
        let (before, from) = rest.split_at(start);
        let (word, after) =
            from.split_at(from.find(|letter| !inside(letter)).unwrap_or(from.len()));
        text.push_str(before);
        text.push_str(names.get(word).map_or(word, String::as_str));
        rest = after;
    }
    text + rest
}

/// Leaves out whole top-level statements about the unused classes; they begin in the first column and end before the next.
fn without_unused(script: &str) -> String {
    let mut kept = String::with_capacity(script.len());
    let mut leaving_out = false;
    for line in script.lines() {
        let begins = line.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if begins {
            leaving_out = [
                format!("export class {UNUSED}"),
                format!("if (Symbol.dispose) {UNUSED}"),
                format!("const {UNUSED}"),
            ]
            .iter()
            .any(|start| line.starts_with(start));
        }
        if !leaving_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_replaced() {
        let names = BTreeMap::from([("__wbg_now_1a".to_owned(), "$0".to_owned())]);
        assert_eq!(
            renamed("x.__wbg_now_1a(a__wbg_now_1a, '井__wbg_now_1a')", &names),
            "x.$0(a__wbg_now_1a, '井$0')"
        );
    }

    #[test]
    fn what_is_unused_goes_with_all_that_is_said_of_it() {
        let script = "export class IntoUnderlyingSink {\n    free() {\n    }\n}\n\
            if (Symbol.dispose) IntoUnderlyingSink.x = 1;\n\nexport function hydrate() {\n    wasm.hydrate();\n}\n\
            const IntoUnderlyingSinkFinalization = (typeof F)\n    ? {}\n    : new F();\nlet wasm;\n";
        assert_eq!(
            without_unused(script),
            "export function hydrate() {\n    wasm.hydrate();\n}\nlet wasm;\n"
        );
    }
}
