//! Puts the site folder named by `GULOU_SITE` into the server, as a table of its files.
//! Without that variable the table is empty and the server says so (503); it never looks for files elsewhere.

use std::{
    env,
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hasher as _},
    io,
    path::{Path, PathBuf},
};

const PACKAGE_FOLDER: &str = "pkg/";

struct SiteFile {
    path: String,
    place: PathBuf,
    fingerprint: String,
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=GULOU_SITE");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if let Some(folder) = env::var_os("GULOU_SITE").filter(|folder| !folder.is_empty()) {
        let folder = PathBuf::from(folder).canonicalize().map_err(|error| {
            io::Error::other(format!(
                "GULOU_SITE names no folder ({error}); build the site first, or leave it unset"
            ))
        })?;
        println!("cargo:rerun-if-changed={}", folder.display());
        collect(&folder, &folder, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
    }
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other("no OUT_DIR"))?;
    fs::write(out.join("site_table.rs"), table(&files))
}

/// Every file but the compressed copies, which travel with their originals.
fn collect(root: &Path, folder: &Path, files: &mut Vec<SiteFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let place = entry?.path();
        if place.is_dir() {
            collect(root, &place, files)?;
        } else if !has_extension(&place, "br") && !has_extension(&place, "gz") {
            let within = place.strip_prefix(root).map_err(io::Error::other)?;
            let path = within.to_string_lossy().replace('\\', "/");
            let fingerprint = fingerprint(&fs::read(&place)?);
            files.push(SiteFile {
                path,
                place,
                fingerprint,
            });
        }
    }
    Ok(())
}

fn table(files: &[SiteFile]) -> String {
    let mut package = DefaultHasher::new();
    let mut text = String::from("static FILES: &[SiteFile] = &[\n");
    for file in files {
        if file.path.starts_with(PACKAGE_FOLDER) {
            package.write(file.path.as_bytes());
            package.write(file.fingerprint.as_bytes());
        }
        let _ = writeln!(
            text,
            "SiteFile {{ path: {:?}, fingerprint: {:?}, plain: include_bytes!({:?}), brotli: {}, gzip: {} }},",
            file.path,
            file.fingerprint,
            file.place,
            include_if_there(&file.place, "br"),
            include_if_there(&file.place, "gz"),
        );
    }
    let version = if files.is_empty() {
        String::from("none")
    } else {
        hexadecimal(&package)
    };
    let _ = writeln!(
        text,
        "];\nconst PACKAGE_FOLDER: &str = \"{PACKAGE_FOLDER}{version}\";"
    );
    text
}

fn include_if_there(place: &Path, suffix: &str) -> String {
    let mut compressed = place.as_os_str().to_owned();
    compressed.push(".");
    compressed.push(suffix);
    let compressed = PathBuf::from(compressed);
    if compressed.is_file() {
        format!("Some(include_bytes!({compressed:?}))")
    } else {
        String::from("None")
    }
}

fn has_extension(place: &Path, extension: &str) -> bool {
    place.extension().is_some_and(|found| found == extension)
}

fn fingerprint(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    hexadecimal(&hasher)
}

/// 64 bits tell two builds of a file apart; nobody gains by making two alike.
fn hexadecimal(hasher: &DefaultHasher) -> String {
    format!("{:016x}", hasher.finish())
}
