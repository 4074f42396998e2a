//! What the machine is and whether something else was running: a figure without this says nothing.

use std::fs;

/// One line: processor, cores, load.
pub fn described() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split(':').nth(1)?.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {cores} cores",
        processor.unwrap_or_else(|| "an unknown processor".to_owned())
    )
}

/// Runnable on average over the last minute; none where the system does not say.
pub fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
