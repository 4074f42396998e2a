//! Splits the linked wasm where a page says so (`#[wasm_split]`): into what is loaded with the page and what is fetched on
//! demand. It must come before the bindings, for it reads what the linker says refers to what.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Outcome, uncalled};

/// What became of one wasm file.
pub struct Split {
    /// Still to be given its bindings.
    pub main: PathBuf,
    /// Names, without ending, of the parts that are fetched.
    pub parts: Vec<String>,
}

/// The script that fetches the parts: the page's own imports it.
pub fn loader_name(name: &str) -> String {
    format!("{name}_parts")
}

/// A part fits the very program it was split from. The server's folder of these files bears a hash of them all, so a page from
/// before an upgrade asks for one that is gone and says so, where the new one's addresses would lead it astray.
///
/// Writes the parts into `package`, and the main file into `workshop`. What was linked as one stays one.
pub fn split(wasm: &Path, name: &str, package: &Path, workshop: &Path) -> Outcome<Split> {
    let bytes = fs::read(wasm)?;
    if !tells_references(&bytes) {
        let (main, parts) = (wasm.to_owned(), Vec::new());
        return Ok(Split { main, parts });
    }
    let main = workshop.join(format!("{name}.wasm"));
    let script = format!("./{name}.js");
    let loader = format!("./{}.js", loader_name(name));
    let mut options = wasm_split_cli_support::Options::new(&bytes);
    options.output_dir = package;
    options.main_out_path = &main;
    options.link_name = &loader;
    options.main_module = &script;
    let done = wasm_split_cli_support::transform(options)?;

    let loader = package.join(loader);
    let mut fetching = fs::read_to_string(&loader)?;
    let mut parts = Vec::new();
    for written in &done.split_modules {
        let Some(stem) = written.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let part = format!("{name}_{}", stem.trim_start_matches("split_"));
        fetching = fetching.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{part}.wasm\""));
        let mut module = walrus::Module::from_buffer(&fs::read(written)?)?;
        uncalled::empty(&mut module);
        fs::remove_file(written)?;
        fs::write(package.join(format!("{part}.wasm")), module.emit_wasm())?;
        parts.push(part);
    }
    fs::write(loader, fetching)?;
    Ok(Split { main, parts })
}

/// Whether the linker was told to keep them (frontend/build.rs): it names the section that holds them.
fn tells_references(wasm: &[u8]) -> bool {
    let name = b"reloc.CODE";
    wasm.windows(name.len()).any(|window| window == name)
}
