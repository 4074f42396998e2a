//! The real program in a folder of its own, as people run it: started, asked whether it is ready, stopped or killed.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Nothing here takes longer, unless it never will.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder that goes when it is no longer needed.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Result<Self, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gulou-bench-{}-{count}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(|error| format!("no folder {path:?}: {error}"))?;
        Ok(Self(path))
    }

    /// The same with what is in it, taken from whoever had it.
    pub fn left(&mut self) -> Result<Self, String> {
        let name = format!("{}-again", self.0.display());
        fs::rename(&self.0, &name).map_err(|error| error.to_string())?;
        Ok(Self(PathBuf::from(name)))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies in the system's temporary folder.
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs.
pub struct Gulou {
    child: Child,
    data: PathBuf,
    pub address: SocketAddr,
}

impl Gulou {
    /// Starts it on some processors ("0", "0-1"); returns when it listens.
    pub fn start(data: &Path, processors: &str) -> Result<Self, String> {
        let log =
            fs::File::create(data.with_extension("log")).map_err(|error| error.to_string())?;
        let mut child = Command::new("taskset")
            .args(["-c", processors])
            .arg(program()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("gulou was not started: {error}"))?;
        let output = child.stdout.take().ok_or("no pipe to gulou")?;
        let mut running = Self {
            child,
            data: data.to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        let address = line.trim().strip_prefix("listening on http://");
        running.address = address
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| format!("gulou said {line:?}; see {:?}", data.with_extension("log")))?;
        Ok(running)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// A key for feeds, or for readers too.
    pub fn key(&self, reads: bool) -> Result<String, String> {
        let mut arguments = vec!["key", "add", "--source", "*"];
        if reads {
            arguments.push("--read");
        }
        self.ask(&arguments)
    }

    /// `POSITION SHA256` of the picture.
    pub fn digest(&self) -> Result<String, String> {
        self.ask(&["digest"])
    }

    fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program()?)
            .args(arguments)
            .arg("--data")
            .arg(&self.data)
            .output()
            .map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }
    }

    /// Waits until it says that it is ready.
    pub fn ready(&self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if matches!(get(self.address, "/readyz", None), Ok((200, _))) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err("gulou was never ready".into())
    }

    /// What an address of the public API answers, as JSON.
    pub fn read(&self, path: &str, key: &str) -> Result<serde_json::Value, String> {
        let (status, body) = get(self.address, path, Some(key))?;
        match status {
            200 => serde_json::from_slice(&body).map_err(|error| error.to_string()),
            other => Err(format!(
                "{path}: {other} {}",
                String::from_utf8_lossy(&body)
            )),
        }
    }

    /// A figure of its own metrics, by its whole name.
    pub fn metric(&self, name: &str) -> Result<f64, String> {
        let (_, body) = get(self.address, "/metrics", None)?;
        let text = String::from_utf8_lossy(&body).into_owned();
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
            .ok_or_else(|| format!("there is no {name}"))
    }

    /// As the power goes: nothing is written any more.
    pub fn kill(mut self) -> Result<(), String> {
        self.child.kill().map_err(|error| error.to_string())?;
        self.child.wait().map_err(|error| error.to_string())?;
        Ok(())
    }
}

impl Drop for Gulou {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _known = self.child.wait();
    }
}

/// The program built beside this one.
pub fn program() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = own.with_file_name("gulou");
    match program.is_file() {
        true => Ok(program),
        false => Err(format!("{program:?} is missing: make build")),
    }
}

/// One request on a line of its own.
pub fn get(to: SocketAddr, path: &str, key: Option<&str>) -> Result<(u16, Vec<u8>), String> {
    let wrong = |error: std::io::Error| format!("{path}: {error}");
    let mut stream = TcpStream::connect(to).map_err(wrong)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(wrong)?;
    let right = key.map_or_else(String::new, |key| {
        format!("Authorization: Bearer {key}\r\n")
    });
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nAccept: application/json\r\n{right}\r\n"
    )
    .map_err(wrong)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(wrong)?;
    let head_end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .ok_or_else(|| format!("{path}: no answer"))?;
    let head = String::from_utf8_lossy(&answer[..head_end]).to_ascii_lowercase();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let body = answer.split_off(head_end + 4);
    let body = match head.contains("transfer-encoding: chunked") {
        true => unchunked(&body),
        false => body,
    };
    Ok((status.ok_or_else(|| format!("{path}: {head}"))?, body))
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&rest[..end]).ok();
        let length = length.and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
        let Some(chunk) = length.and_then(|length| rest.get(end + 2..end + 2 + length)) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + chunk.len()..).unwrap_or_default();
    }
    body
}
