//! Writes `.br` and `.gz` beside each file that gets smaller by it, so that the server never compresses.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Kinds that are not already compressed.
const COMPRESSIBLE: [&str; 10] = [
    "wasm",
    "js",
    "mjs",
    "css",
    "svg",
    "json",
    "geojson",
    "webmanifest",
    "html",
    "txt",
];
/// Below this the headers outweigh what is saved.
const SMALLEST_BYTES: usize = 512;
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// One compressed file, for the build's summary.
pub struct Compressed {
    pub name: String,
    pub plain: usize,
    pub brotli: usize,
}

pub fn write_compressed_beside(folder: &Path) -> io::Result<Vec<Compressed>> {
    let mut waiting = Vec::new();
    list_files(folder, &mut waiting)?;
    waiting.retain(|path| {
        path.extension()
            .and_then(|kind| kind.to_str())
            .is_some_and(|kind| COMPRESSIBLE.contains(&kind))
    });
    let waiting = Mutex::new(waiting);
    let done = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers)
            .map(|_| scope.spawn(|| compress_all(folder, &waiting, &done)))
            .collect();
        crate::all_done(workers)
    })?;
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by(|a: &Compressed, b| a.name.cmp(&b.name));
    Ok(done)
}

fn compress_all(
    folder: &Path,
    waiting: &Mutex<Vec<PathBuf>>,
    done: &Mutex<Vec<Compressed>>,
) -> io::Result<()> {
    loop {
        let next = waiting
            .lock()
            .map_err(|_| io::Error::other("another worker failed"))?
            .pop();
        let Some(path) = next else { return Ok(()) };
        let Some(brotli) = compress(&path)? else {
            continue;
        };
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .display()
            .to_string();
        let plain = fs::metadata(&path)?.len();
        done.lock()
            .map_err(|_| io::Error::other("another worker failed"))?
            .push(Compressed {
                name,
                plain: usize::try_from(plain).unwrap_or(usize::MAX),
                brotli,
            });
    }
}

/// The size after brotli, or `None` if the file is better left alone.
fn compress(path: &Path) -> io::Result<Option<usize>> {
    let plain = fs::read(path)?;
    if plain.len() < SMALLEST_BYTES {
        return Ok(None);
    }
    let mut brotli = Vec::new();
    let mut writer =
        brotli::CompressorWriter::new(&mut brotli, 64 * 1024, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(&plain)?;
    drop(writer);
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(&plain)?;
    let gzip = writer.finish()?;
    if brotli.len() >= plain.len() || gzip.len() >= plain.len() {
        return Ok(None);
    }
    fs::write(with_suffix(path, "br"), &brotli)?;
    fs::write(with_suffix(path, "gz"), &gzip)?;
    Ok(Some(brotli.len()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn list_files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list_files(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}
