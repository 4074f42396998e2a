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

/// What a process has had of the processors until now, in microseconds, all its living threads together.
pub fn cpu_us(process: u32) -> Result<f64, String> {
    let wrong = |error: std::io::Error| format!("what process {process} used is unknown: {error}");
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).map_err(wrong)? {
        // A thread may end while we look.
        let Ok(text) = fs::read_to_string(thread.map_err(wrong)?.path().join("schedstat")) else {
            continue;
        };
        let used = text
            .split_whitespace()
            .next()
            .and_then(|used| used.parse::<f64>().ok());
        nanoseconds += used.ok_or("schedstat is not what it was")?;
    }
    Ok(nanoseconds / 1_000.0)
}
