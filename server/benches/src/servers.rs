//! Servers of others that stand beside ours in a bench: each in a temporary folder, on loopback and a free port, not as root, and
//! stopped when the bench is done.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::running::Folder;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that runs until this is dropped.
pub struct Server {
    child: Child,
    /// What makes it stop in order.
    signal: &'static str,
    pub port: u16,
    folder: Folder,
}

impl Server {
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self.child.id().to_string();
        // It may have ended already, here and below.
        let _told = Command::new("kill")
            .args([self.signal, &process])
            .stderr(Stdio::null())
            .status();
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ended = self.child.kill();
        let _known = self.child.wait();
    }
}

pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

/// A command on some processors and as somebody who is not root.
fn command(processors: &str, user: &str, program: &str) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", processors]);
    if is_root() {
        command.args([
            "setpriv",
            &format!("--reuid={user}"),
            &format!("--regid={}", group(user)),
            "--clear-groups",
        ]);
    }
    command.arg(program);
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn group(user: &str) -> &str {
    if user == "nobody" { "nogroup" } else { user }
}

/// A folder that belongs to somebody.
fn folder_of(user: &str, name: &str) -> Result<Folder, String> {
    let folder = Folder::new(name)?;
    if is_root() {
        let owner = format!("{user}:{}", group(user));
        done(Command::new("chown").arg(owner).arg(folder.path()))?;
    }
    Ok(folder)
}

fn done(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

fn started(
    mut command: Command,
    signal: &'static str,
    port: u16,
    folder: Folder,
) -> Result<Server, String> {
    let log = fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
    let errors = log.try_clone().map_err(|error| error.to_string())?;
    let child = command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let server = Server {
        child,
        signal,
        port,
        folder,
    };
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(server);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(format!("{command:?} does not listen"))
}

/// With what a careful user sets: all durable, memory for its tables.
pub fn postgres(processors: &str) -> Result<Server, String> {
    let folder = folder_of("postgres", "postgres")?;
    let data = folder.path().join("data");
    let initdb = newest_postgres("initdb")?;
    done(
        command(processors, "postgres", &initdb)
            .args([
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-D",
            ])
            .arg(&data),
    )?;
    let port = free_port()?;
    let server = start_postgres(processors, port, folder)?;
    takes_statements(&server)?;
    Ok(server)
}

/// It listens before it has read its own files.
fn takes_statements(server: &Server) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    let port = server.port.to_string();
    while done(Command::new("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &port])).is_err() {
        if Instant::now() > until {
            return Err("PostgreSQL listens, but takes no statements".into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn start_postgres(processors: &str, port: u16, folder: Folder) -> Result<Server, String> {
    let mut command = command(processors, "postgres", &newest_postgres("postgres")?);
    command
        .arg("-D")
        .arg(folder.path().join("data"))
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"])
        .arg(folder.path());
    let settings = [
        "fsync=on",
        "synchronous_commit=on",
        "shared_buffers=512MB",
        "max_wal_size=4GB",
        "work_mem=32MB",
        "jit=off",
        "max_connections=50",
    ];
    for setting in settings {
        command.args(["-c", setting]);
    }
    started(command, "-INT", port, folder)
}

/// Ends it as a crash does, without a checkpoint, and starts it again on the same files; returns when it listens.
pub fn postgres_again(mut server: Server, processors: &str) -> Result<Server, String> {
    let process = server.child.id().to_string();
    done(Command::new("kill").args(["-QUIT", &process]))?;
    server.child.wait().map_err(|error| error.to_string())?;
    let port = server.port;
    let folder = server.folder.left()?;
    start_postgres(processors, port, folder)
}

fn newest_postgres(program: &str) -> Result<String, String> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map_err(|error| format!("PostgreSQL is not installed: {error}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    versions.sort();
    let newest = versions.pop().ok_or("PostgreSQL is not installed")?;
    Ok(newest
        .join("bin")
        .join(program)
        .to_string_lossy()
        .into_owned())
}

/// `durable`: every write is on the disk before it is answered; else nothing is written down.
pub fn redis(processors: &str, durable: bool) -> Result<Server, String> {
    let folder = folder_of("nobody", "redis")?;
    let port = free_port()?;
    let mut command = command(processors, "nobody", "redis-server");
    command
        .args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--dir",
        ])
        .arg(folder.path());
    if durable {
        command.args(["--appendonly", "yes", "--appendfsync", "always"]);
    }
    started(command, "-TERM", port, folder)
}

pub fn mosquitto(processors: &str) -> Result<Server, String> {
    let folder = folder_of("nobody", "mosquitto")?;
    let port = free_port()?;
    let settings = folder.path().join("mosquitto.conf");
    let text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\npersistence false\n"
    );
    fs::write(&settings, text).map_err(|error| error.to_string())?;
    let program = ["/usr/sbin/mosquitto", "mosquitto"]
        .into_iter()
        .find(|program| Path::new(program).is_file())
        .unwrap_or("mosquitto");
    let mut command = command(processors, "nobody", program);
    command.arg("-c").arg(&settings);
    started(command, "-TERM", port, folder)
}

/// Groups by some labels at once, and tells nobody.
pub fn alertmanager(processors: &str, group_by: &str) -> Result<Server, String> {
    let folder = folder_of("nobody", "alertmanager")?;
    let port = free_port()?;
    let settings = folder.path().join("alertmanager.yml");
    let text = format!(
        "route:\n  receiver: nobody\n  group_by: {group_by}\n  group_wait: 1s\nreceivers:\n  - name: nobody\n"
    );
    fs::write(&settings, text).map_err(|error| error.to_string())?;
    let mut command = command(processors, "nobody", "prometheus-alertmanager");
    command
        .arg(format!("--config.file={}", settings.display()))
        .arg(format!(
            "--storage.path={}",
            folder.path().join("data").display()
        ))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--cluster.listen-address=");
    started(command, "-TERM", port, folder)
}

/// A line to PostgreSQL on which statements follow one another, by its own client.
pub struct Psql {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Psql {
    pub fn open(server: &Server, processors: &str) -> Result<Self, String> {
        let mut child = Command::new("taskset")
            .args([
                "-c",
                processors,
                "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
            ])
            .args([
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
                &server.port.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("psql: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::new(output),
            }),
            _ => Err("no pipe to psql".into()),
        }
    }

    /// Sends statements; returns the lines they answer, once all have been carried out.
    pub fn run(&mut self, statements: &str) -> Result<Vec<String>, String> {
        const DONE: &str = "this was carried out";
        let wrong = |error: std::io::Error| format!("psql: {error}");
        self.input
            .write_all(statements.as_bytes())
            .and_then(|()| writeln!(self.input, "\n\\echo {DONE}"))
            .and_then(|()| self.input.flush())
            .map_err(wrong)?;
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).map_err(wrong)? == 0 {
                return Err(format!(
                    "psql ended at: {}",
                    statements.chars().take(200).collect::<String>()
                ));
            }
            if line.trim_end() == DONE {
                return Ok(lines);
            }
            lines.push(line.trim_end().to_owned());
        }
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        // It ends with its input anyway.
        let _ended = self.child.kill();
        let _known = self.child.wait();
    }
}

/// A line to Redis: commands are gathered, then sent, and each is waited for.
pub struct Redis {
    stream: BufReader<TcpStream>,
    gathered: Vec<u8>,
    waiting: usize,
}

impl Redis {
    pub fn open(server: &Server) -> Result<Self, String> {
        let stream =
            TcpStream::connect(("127.0.0.1", server.port)).map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            stream: BufReader::with_capacity(1 << 20, stream),
            gathered: Vec::new(),
            waiting: 0,
        })
    }

    pub fn gather(&mut self, words: &[&str]) {
        self.gathered
            .extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.gathered
                .extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        self.waiting += 1;
    }

    /// Sends what was gathered; every answer's texts and numbers in one list each.
    pub fn send(&mut self) -> Result<Vec<Vec<String>>, String> {
        let wrong = |error: std::io::Error| format!("redis: {error}");
        self.stream
            .get_mut()
            .write_all(&self.gathered)
            .map_err(wrong)?;
        self.gathered.clear();
        (0..std::mem::take(&mut self.waiting))
            .map(|_| {
                let mut words = Vec::new();
                self.answer(&mut words)?;
                Ok(words)
            })
            .collect()
    }

    fn answer(&mut self, words: &mut Vec<String>) -> Result<(), String> {
        let wrong = |error: std::io::Error| format!("redis: {error}");
        let mut line = String::new();
        self.stream.read_line(&mut line).map_err(wrong)?;
        let (kind, rest) = line.split_at_checked(1).ok_or("redis hung up")?;
        let rest = rest.trim_end();
        match kind {
            "+" | ":" => words.push(rest.to_owned()),
            "$" => {
                let length: i64 = rest.parse().map_err(|_| format!("redis said {line}"))?;
                let Ok(length) = usize::try_from(length) else {
                    words.push(String::new());
                    return Ok(());
                };
                let mut text = vec![0; length + 2];
                self.stream.read_exact(&mut text).map_err(wrong)?;
                text.truncate(length);
                words.push(String::from_utf8_lossy(&text).into_owned());
            }
            "*" => {
                let count: i64 = rest.parse().map_err(|_| format!("redis said {line}"))?;
                for _ in 0..count {
                    self.answer(words)?;
                }
            }
            _ => return Err(format!("redis said {line}")),
        }
        Ok(())
    }
}
