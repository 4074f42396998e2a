//! `gulou replay`: plays a recorded or scripted day through the public door, as any other sender would.
//! Has no way in of its own: what it may do is what its key allows.

mod recording;
mod sending;

use std::fmt;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use domain::time::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp as Wall;

pub use recording::{Form, Recording, RecordingError, TimePath};
pub use sending::{Sender, SendingError, Totals};

/// Items in one request when nothing holds them back.
const BATCH: usize = 2_000;
/// When playing at a pace, what falls due within this is sent together.
const TICK: Duration = Duration::from_millis(200);

#[derive(Args, Clone, Debug)]
pub struct Replay {
    /// A JSON array, lines of JSON, or a GeoJSON FeatureCollection
    pub file: PathBuf,
    /// The server, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// A key for feeds, as `gulou key add` printed it
    #[arg(long, env = "GULOU_KEY", hide_env_values = true)]
    pub key: String,
    /// So many times as fast as it happened; absent or 0: as fast as the server takes it
    #[arg(long, value_name = "X")]
    pub speed: Option<f64>,
    /// The pack's definition that maps a GeoJSON feed
    #[arg(long, value_name = "ID")]
    pub feed: Option<String>,
    /// Move all times: the last becomes now; with --speed each becomes the moment it is sent
    #[arg(long)]
    pub shift_to_now: bool,
}

/// What became of a whole recording.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Played {
    pub totals: Totals,
    pub items: usize,
    /// Batches the server refused as a whole, with why.
    pub failed: Vec<String>,
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals {
            accepted,
            duplicates,
            conflicts,
            rejected,
            ..
        } = &self.totals;
        write!(
            f,
            "{} items: {accepted} accepted, {duplicates} duplicates, {conflicts} conflicts, {rejected} rejected",
            self.items
        )?;
        for (place, reason) in &self.totals.first_rejects {
            write!(f, "\n  item {place}: {reason}")?;
        }
        for failure in &self.failed {
            write!(f, "\n  failed: {failure}")?;
        }
        Ok(())
    }
}

#[derive(Debug)]
pub enum ReplayError {
    Recording(RecordingError),
    Speed(f64),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recording(error) => error.fmt(f),
            Self::Speed(speed) => {
                write!(f, "failed to play at speed {speed}: it must be 0 or more")
            }
        }
    }
}

impl std::error::Error for ReplayError {}

impl Replay {
    /// Plays it to the end. The caller's exit status is 0 only if nothing failed.
    pub fn run(&self) -> Result<Played, ReplayError> {
        let speed = self.speed.unwrap_or(0.0);
        if !speed.is_finite() || speed < 0.0 {
            return Err(ReplayError::Speed(speed));
        }
        let mut recording =
            Recording::read(&self.file, self.feed.as_deref()).map_err(ReplayError::Recording)?;
        let paced = speed > 0.0;
        if paced || self.shift_to_now {
            recording.order_by_time().map_err(ReplayError::Recording)?;
        }
        if self.shift_to_now {
            let now = Timestamp::from_millis(Wall::now().as_millisecond());
            recording.shift(now, paced.then_some(speed));
        }
        // A shifted, paced recording already has the pauses in its times.
        let pace = if self.shift_to_now { 1.0 } else { speed };
        Ok(self.play(&recording, paced.then_some(pace)))
    }

    fn play(&self, recording: &Recording, pace: Option<f64>) -> Played {
        let sender = Sender::new(&self.to, &self.key, self.feed.as_deref(), recording.form());
        let progress = progress(recording.len());
        let mut played = Played::default();
        let begun = Instant::now();
        let mut next = 0;
        while next < recording.len() {
            let end = match pace {
                None => (next + BATCH).min(recording.len()),
                Some(pace) => wait_for(recording, next, pace, begun),
            };
            let batch = recording.items(next..end);
            played.items += batch.len();
            match sender.send(&batch) {
                Ok(mut totals) => {
                    totals.count_from(next);
                    played.totals.add(totals);
                }
                Err(error) => {
                    played
                        .failed
                        .push(format!("items {next} to {}: {error}", end - 1));
                    if error.is_final() {
                        break;
                    }
                }
            }
            next = end;
            progress.set_position(next as u64);
            progress.set_message(format!("{} accepted", played.totals.accepted));
        }
        progress.finish_and_clear();
        played
    }
}

/// Sleeps until the next item is due; returns the end of what is due by then.
fn wait_for(recording: &Recording, next: usize, pace: f64, begun: Instant) -> usize {
    let due = |index: usize| -> Duration {
        let millis = recording.since_first_ms(index) as f64 / pace;
        Duration::from_secs_f64((millis / 1000.0).max(0.0))
    };
    sleep(due(next).saturating_sub(begun.elapsed()));
    let now = begun.elapsed() + TICK;
    let mut end = next + 1;
    while end < recording.len() && end - next < BATCH && due(end) <= now {
        end += 1;
    }
    end
}

fn progress(items: usize) -> ProgressBar {
    let bar = ProgressBar::new(items as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} eta {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
