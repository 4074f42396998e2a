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

/// What a process with all its threads, ended ones too, has had of the processors until now, in seconds.
pub fn spent_s(process: u32) -> Result<f64, String> {
    let [own, _] = spent_with_ended_s(process)?;
    Ok(own)
}

/// Its own, and that of the processes it started which have ended.
fn spent_with_ended_s(process: u32) -> Result<[f64; 2], String> {
    /// What the system counts in (`getconf CLK_TCK`), the same wherever Linux runs today.
    const TICKS_A_SECOND: f64 = 100.0;
    let wrong = |error: std::io::Error| format!("what process {process} used is unknown: {error}");
    let text = fs::read_to_string(format!("/proc/{process}/stat")).map_err(wrong)?;
    // The name in brackets may hold anything.
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let numbers: Vec<f64> = after_name
        .split(' ')
        .map(|number| number.parse().unwrap_or_default())
        .collect();
    match numbers.get(11..15) {
        Some([user, system, ended_user, ended_system]) => {
            Ok([user + system, ended_user + ended_system].map(|ticks| ticks / TICKS_A_SECOND))
        }
        _ => Err(format!("/proc/{process}/stat is not what it was")),
    }
}

/// A size of `/proc/PID/status` in megabytes: `VmRSS`, `VmHWM`.
pub fn memory_mb(process: u32, name: &str) -> Result<f64, String> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))
        .map_err(|error| format!("the memory of process {process} is unknown: {error}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|size| size.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok())
        .map(|kilobytes| kilobytes / 1024.0)
        .ok_or_else(|| format!("process {process} has no {name}"))
}

/// The same of a process and everything it started, what has ended among it included.
pub fn tree_spent_s(process: u32) -> Result<f64, String> {
    let mut spent = spent_with_ended_s(process)?.iter().sum();
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    for child in children.unwrap_or_default().split_whitespace() {
        // A child may end while we look.
        if let Some(more) = child
            .parse()
            .ok()
            .and_then(|child| tree_spent_s(child).ok())
        {
            spent += more;
        }
    }
    Ok(spent)
}

/// Ends a process as the power does.
pub fn kill(process: u32) -> Result<(), String> {
    let done = std::process::Command::new("kill")
        .args(["-9", &process.to_string()])
        .status()
        .map_err(|error| error.to_string())?;
    done.success().then_some(()).ok_or("kill failed".into())
}
