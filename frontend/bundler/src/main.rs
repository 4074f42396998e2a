//! Turns the compiled wasm into the site folder: bindings, optimisation, browser libraries, compression.
//! A build tool only: it must never fetch anything, and nothing of it runs in the server.

mod compress;
mod glue;
mod split;
mod uncalled;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// The folder below the site's root. A page asks for `NAME.js` and `NAME_bg.wasm` there, NAME being that of the wasm file.
const PACKAGE_FOLDER: &str = "pkg";

/// Small ES modules of our own, which the wasm imports from beside itself:
/// `#[wasm_bindgen(raw_module = "./map.mjs")]`; such a module loads a library late with `await import(…)`.
const OWN_MODULES: &str = "frontend/modules";

/// (where npm put it, what the page calls it). MapLibre loads its parts from beside its main module.
const BROWSER_LIBRARIES: [(&str, &str); 5] = [
    ("maplibre-gl/dist/maplibre-gl.mjs", "maplibre-gl.mjs"),
    (
        "maplibre-gl/dist/maplibre-gl-worker.mjs",
        "maplibre-gl-worker.mjs",
    ),
    ("maplibre-gl/dist/maplibre-gl.css", "maplibre-gl.css"),
    ("uplot/dist/uPlot.esm.js", "uplot.mjs"),
    ("uplot/dist/uPlot.min.css", "uplot.css"),
];

/// The same for what names others by npm's names, which no browser finds: made one file with them.
const JOINED_LIBRARIES: [(&str, &str); 1] = [("pmtiles/dist/esm/index.js", "pmtiles.mjs")];

/// Workers of our own that browsers start from one file: made one with the modules they import.
const WORKERS: [&str; 1] = ["service_worker.js"];

const USAGE: &str = "usage: bundler --wasm FILE … --out DIR [--root DIR] [--dev]
  --wasm FILE  a compiled entry of the `frontend` crate; as often as there are entries
  --out DIR    the site folder; whatever is in it is replaced
  --root DIR   the workspace (default: the current folder)
  --dev        quick: neither optimised nor compressed";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Order {
    wasm: Vec<PathBuf>,
    site: PathBuf,
    root: PathBuf,
    dev: bool,
}

fn main() -> ExitCode {
    match Order::from_arguments().and_then(|order| bundle(&order)) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bundler: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Order {
    fn from_arguments() -> Outcome<Self> {
        let (mut wasm, mut site) = (Vec::new(), None);
        let (mut root, mut dev) = (PathBuf::from("."), false);
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().map(PathBuf::from).ok_or(USAGE);
            match argument.as_str() {
                "--wasm" => wasm.push(value()?),
                "--out" => site = Some(value()?),
                "--root" => root = value()?,
                "--dev" => dev = true,
                _ => return Err(USAGE.into()),
            }
        }
        if wasm.is_empty() {
            return Err(USAGE.into());
        }
        Ok(Self {
            wasm,
            site: site.ok_or(USAGE)?,
            root,
            dev,
        })
    }
}

/// Builds the new site beside the old one and swaps it in, so that a failure leaves the old one whole.
fn bundle(order: &Order) -> Outcome<String> {
    let fresh = order.site.with_extension("new");
    remove_folder(&fresh)?;
    let package = fresh.join(PACKAGE_FOLDER);
    fs::create_dir_all(&package)?;

    let workshop = order.site.with_extension("split");
    remove_folder(&workshop)?;
    fs::create_dir_all(&workshop)?;
    let (mut binaries, mut scripts) = (Vec::new(), Vec::new());
    for wasm in &order.wasm {
        let (name, parts) = bind(wasm, &package, &workshop)?;
        binaries.push(format!("{name}_bg"));
        scripts.push(name.to_owned());
        if !parts.is_empty() {
            scripts.push(split::loader_name(name));
        }
        binaries.extend(parts);
    }
    remove_folder(&workshop)?;
    if !order.dev {
        for script in &scripts {
            minify(&order.root, &package, script)?;
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = binaries
                .iter()
                .map(|name| scope.spawn(|| optimise(&order.root, &package, name)))
                .collect();
            all_done(workers)
        })?;
    }
    copy_folder(&order.root.join("public"), &fresh)?;
    copy_folder(&order.root.join("style"), &package)?;
    copy_folder(&order.root.join(OWN_MODULES), &package)?;
    if !order.dev {
        for module in file_stems(&order.root.join(OWN_MODULES))? {
            minify(&order.root, &package, &module)?;
        }
    }
    for worker in WORKERS {
        join_worker(&order.root, worker, &package)?;
    }
    for (from, to) in BROWSER_LIBRARIES {
        copy_library(
            &order.root.join("frontend/node_modules").join(from),
            &package.join(to),
        )?;
    }
    for (from, to) in JOINED_LIBRARIES {
        join_library(&order.root, from, &package.join(to))?;
    }
    let sizes = if order.dev {
        Vec::new()
    } else {
        compress::write_compressed_beside(&fresh)?
    };

    remove_folder(&order.site)?;
    fs::rename(&fresh, &order.site)?;
    Ok(summary(order, &sizes))
}

/// The first failure of several workers; a panic goes on.
fn all_done<E>(workers: Vec<std::thread::ScopedJoinHandle<'_, Result<(), E>>>) -> Result<(), E> {
    workers
        .into_iter()
        .try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        })
}

/// Writes the bindings, and gives the name they are asked for by and the names of the parts that are fetched on demand.
fn bind<'a>(wasm: &'a Path, package: &Path, workshop: &Path) -> Outcome<(&'a str, Vec<String>)> {
    let name = wasm.file_stem().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| wasm.is_file()) else {
        return Err(format!(
            "{} is not there; build the `frontend` crate first",
            wasm.display()
        )
        .into());
    };
    let split = split::split(wasm, name, package, workshop)?;
    let mut output = wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&split.main)
        // The parts use its memory, stack and table.
        .keep_lld_exports(!split.parts.is_empty())
        .out_name(name)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .generate_output()?;
    if uncalled::empty(output.wasm_mut()) == 0 {
        return Err("nothing of the wasm is uncalled: Leptos has changed, see uncalled.rs".into());
    }
    let names = glue::shorten_names(&mut output);
    output.emit(package)?;
    let script = package.join(format!("{name}.js"));
    fs::write(&script, names.fit(&fs::read_to_string(&script)?))?;
    Ok((name, split.parts))
}

/// The features named are those that Rust's wasm target uses by default.
fn optimise(root: &Path, package: &Path, name: &str) -> Outcome<()> {
    let wasm = package.join(format!("{name}.wasm"));
    let smaller = package.join(format!("{name}.optimised"));
    let mut optimise = tool(root, "wasm-opt");
    optimise
        .args(["--enable-bulk-memory", "--enable-nontrapping-float-to-int"])
        .args(["--enable-sign-ext", "--enable-reference-types"])
        .args(["--enable-multivalue", "--enable-mutable-globals"])
        // A second round finds what the first one freed.
        .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
        .args(["--reorder-functions", "--reorder-locals"])
        .args([&wasm, Path::new("-o"), &smaller]);
    run(optimise)?;
    Ok(fs::rename(smaller, wasm)?)
}

fn minify(root: &Path, package: &Path, name: &str) -> Outcome<()> {
    let script = package.join(format!("{name}.js"));
    let mut minify = tool(root, "esbuild");
    minify
        .args([
            "--minify",
            "--target=es2022",
            "--log-level=error",
            "--allow-overwrite",
        ])
        .arg(&script)
        .arg(format!("--outfile={}", script.display()));
    run(minify)
}

fn file_stems(folder: &Path) -> Outcome<Vec<String>> {
    let mut stems = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stems.extend(stem.map(str::to_owned));
    }
    stems.sort();
    Ok(stems)
}

fn tool(root: &Path, name: &str) -> Command {
    Command::new(root.join("frontend/node_modules/.bin").join(name))
}

fn run(mut command: Command) -> Outcome<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} failed: {status}").into()),
        Err(error) => Err(format!("failed to start {name}: {error}; run `make deps`").into()),
    }
}

/// Source maps are not shipped, so the line that asks the browser for one goes too.
fn copy_library(from: &Path, to: &Path) -> Outcome<()> {
    let text = fs::read_to_string(from).map_err(|error| {
        format!(
            "failed to read {}: {error}; run `make deps`",
            from.display()
        )
    })?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//# sourceMappingURL="))
        .collect();
    fs::write(to, kept.join("\n"))?;
    Ok(())
}

/// Nothing is fetched: what it stands on lies beside it.
fn join_library(root: &Path, from: &str, to: &Path) -> Outcome<()> {
    let mut join = tool(root, "esbuild");
    join.args(["--bundle", "--format=esm", "--minify", "--target=es2022"])
        .arg("--log-level=error")
        .arg(root.join("frontend/node_modules").join(from))
        .arg(format!("--outfile={}", to.display()));
    run(join)
}

/// In one piece and without imports: not every browser starts a worker that is a module.
fn join_worker(root: &Path, name: &str, package: &Path) -> Outcome<()> {
    let mut join = tool(root, "esbuild");
    join.args(["--bundle", "--format=iife", "--minify", "--target=es2022"])
        .arg("--log-level=error")
        .arg(root.join(OWN_MODULES).join(name))
        .arg(format!("--outfile={}", package.join(name).display()));
    run(join)
}

fn copy_folder(from: &Path, to: &Path) -> Outcome<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn remove_folder(folder: &Path) -> Outcome<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("failed to clear {}: {error}", folder.display()).into())
        }
        _ => Ok(()),
    }
}

fn summary(order: &Order, sizes: &[compress::Compressed]) -> String {
    let mut lines = vec![format!("site folder: {}", order.site.display())];
    for size in sizes.iter().filter(|size| size.plain >= 4096) {
        lines.push(format!(
            "  {:>8} B plain {:>8} B brotli  {}",
            size.plain, size.brotli, size.name
        ));
    }
    lines.join("\n")
}
