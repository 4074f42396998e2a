//! `gulou simulate`: writes a scenario's day into files: what is sent, to be played with `gulou replay`, and what is
//! true of it. Decides nothing of the day itself. Lines are observations of the public contract in the order they are
//! sent; `sent_at` stands where that is not their time.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use domain::time::CivilDate;

use crate::city::{self, Source};
use crate::scenario::{MinuteOfDay, Options, SENSORS, Scenario, Truth, UNITS};

/// The day of a scenario that names none, so that one seed is one file whenever it is written.
const USUAL_DATE: &str = "2026-11-23";

#[derive(Args, Clone, Debug)]
pub struct Simulate {
    /// The same seed writes the same bytes
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Where what is true goes, a line of JSON each
    #[arg(long, value_name = "FILE")]
    pub truth: PathBuf,
    /// Where what is sent goes, a line of JSON each; standard output if absent
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// A city pack's folder; the Dongguan pack is inside the program
    #[arg(long, value_name = "DIR")]
    pub city: Option<PathBuf>,
    #[arg(long, value_name = "YYYY-MM-DD", default_value = USUAL_DATE)]
    pub date: CivilDate,
    /// The hour it begins
    #[arg(long, value_name = "HH:MM", default_value = "00:00")]
    pub from: MinuteOfDay,
    /// The hour it ends
    #[arg(long, value_name = "HH:MM", default_value = "24:00")]
    pub to: MinuteOfDay,
    #[arg(long, value_name = "N", default_value_t = UNITS)]
    pub units: usize,
    /// At least those the day's matters need are there
    #[arg(long, value_name = "N", default_value_t = SENSORS)]
    pub sensors: usize,
    /// How far everybody is off: 1 is usual, 0 exact
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    pub noise: f64,
    /// Of a hundred cases, those made hard to decide: denied, named in passing, on a border, moved that day, of a wrong kind
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0)]
    pub ambiguous: f64,
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Simulated {
    pub observations: u64,
    pub truths: u64,
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} observations, {} lines of truth",
            self.observations, self.truths
        )
    }
}

#[derive(Debug)]
pub enum SimulateError {
    City(String),
    NoOutline,
    Hours,
    Noise(f64),
    Ambiguous(f64),
    Write { file: PathBuf, error: io::Error },
}

impl fmt::Display for SimulateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::City(mistakes) => write!(f, "failed to read the city pack: {mistakes}"),
            Self::NoOutline => f.write_str("failed to play: the city pack has no outline"),
            Self::Hours => f.write_str("failed to play: --from must lie before --to"),
            Self::Noise(noise) => {
                write!(f, "failed to play with noise {noise}: it must be 0 or more")
            }
            Self::Ambiguous(percent) => write!(
                f,
                "failed to play with {percent} ambiguous cases of a hundred: it must be 0 to 100"
            ),
            Self::Write { file, error } => write!(f, "failed to write {}: {error}", file.display()),
        }
    }
}

impl std::error::Error for SimulateError {}

impl Simulate {
    pub fn run(&self) -> Result<Simulated, SimulateError> {
        if self.from >= self.to {
            return Err(SimulateError::Hours);
        }
        if !self.noise.is_finite() || self.noise < 0.0 {
            return Err(SimulateError::Noise(self.noise));
        }
        if !(0.0..=100.0).contains(&self.ambiguous) {
            return Err(SimulateError::Ambiguous(self.ambiguous));
        }
        let pack = match &self.city {
            Some(folder) => Source::Folder(folder.clone()),
            None => Source::Embedded,
        };
        let loaded = city::load(&pack).map_err(|mistakes| {
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            SimulateError::City(mistakes.join("; "))
        })?;
        let zone = loaded.city.zone.clone();
        let options = Options {
            date: self.date,
            from: self.from,
            to: self.to,
            units: self.units,
            sensors: self.sensors,
            noise: self.noise,
            ambiguous: self.ambiguous / 100.0,
        };
        let scenario = Scenario::of(loaded.city.into(), self.seed, &options);
        let scenario = scenario.ok_or(SimulateError::NoOutline)?;
        let mut truth = Lines::to_file(&self.truth)?;
        let mut out = match &self.out {
            Some(file) => Lines::to_file(file)?,
            None => Lines::to_stdout(),
        };
        for known in scenario.truths() {
            truth.write(&line_of(known))?;
        }
        for minute in scenario {
            for observation in &minute.observations {
                out.write(&observation.to_line(&zone))?;
            }
            for known in &minute.truths {
                truth.write(&line_of(known))?;
            }
        }
        Ok(Simulated {
            observations: out.finished()?,
            truths: truth.finished()?,
        })
    }
}

fn line_of(truth: &Truth) -> String {
    serde_json::to_string(truth).unwrap_or_default()
}

/// A file of lines on its way to the disk.
struct Lines {
    name: PathBuf,
    out: BufWriter<Box<dyn Write>>,
    written: u64,
}

impl Lines {
    fn to_file(name: &Path) -> Result<Self, SimulateError> {
        let file = File::create(name).map_err(|error| SimulateError::Write {
            file: name.to_owned(),
            error,
        })?;
        Ok(Self {
            name: name.to_owned(),
            out: BufWriter::new(Box::new(file)),
            written: 0,
        })
    }

    fn to_stdout() -> Self {
        Self {
            name: PathBuf::from("standard output"),
            out: BufWriter::new(Box::new(io::stdout())),
            written: 0,
        }
    }

    fn write(&mut self, line: &str) -> Result<(), SimulateError> {
        self.written += 1;
        let done = writeln!(self.out, "{line}");
        self.checked(done)
    }

    fn finished(mut self) -> Result<u64, SimulateError> {
        let done = self.out.flush();
        self.checked(done)?;
        Ok(self.written)
    }

    fn checked(&self, done: io::Result<()>) -> Result<(), SimulateError> {
        done.map_err(|error| SimulateError::Write {
            file: self.name.clone(),
            error,
        })
    }
}
