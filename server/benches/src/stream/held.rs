//! A server in a process of its own on the first processor, those who publish for it and its clients in others on the second.
//! All do what they are told by a line, so that those whose turn it is not are still; all end with their input.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use super::line::Lines;
use crate::machine;

pub const SERVERS: &str = "0";
pub const LOAD: &str = "1";

/// A process, a way in and a way out.
struct Piped {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Piped {
    fn start(processor: &str, command: &[String]) -> Result<Self, String> {
        let mut child = Command::new("taskset")
            .args(["-c", processor])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("{} was not started: {error}", command.join(" ")))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipe to a child".into());
        };
        Ok(Self {
            child,
            input: Some(input),
            output: BufReader::new(output),
        })
    }

    fn say(&mut self, line: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("it takes no orders")?;
        writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .map_err(|error| format!("it takes no orders: {error}"))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut said = String::new();
        match self.output.read_line(&mut said) {
            Ok(0) => Err("a child ended before it said anything".into()),
            Ok(_) => Ok(said.trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It ends with its input anyway.
        let _ended = self.child.kill();
        let _known = self.child.wait();
    }
}

pub struct Server {
    process: Piped,
    /// Where the server only passes on what another says.
    publisher: Option<Piped>,
    pub port: u16,
}

impl Server {
    /// One that prints its port and takes orders.
    pub fn obeying(command: &[String]) -> Result<Self, String> {
        let mut process = Piped::start(SERVERS, command)?;
        let said = process.line()?;
        let port = said
            .parse()
            .map_err(|_| format!("{said:?} instead of a port"))?;
        Ok(Self {
            process,
            publisher: None,
            port,
        })
    }

    /// One that listens where it was told to, and whoever publishes for it.
    pub fn passing_on(command: &[String], port: u16, publisher: &[String]) -> Result<Self, String> {
        let process = Piped::start(SERVERS, command)?;
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(format!("{} does not listen", command.join(" ")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let publisher = Piped::start(LOAD, publisher)?;
        Ok(Self {
            process,
            publisher: Some(publisher),
            port,
        })
    }

    pub fn order(&mut self, order: &str) -> Result<(), String> {
        self.publisher
            .as_mut()
            .unwrap_or(&mut self.process)
            .say(order)
    }

    pub fn cpu_us(&self) -> Result<f64, String> {
        machine::cpu_us(self.process.child.id())
    }

    /// What it holds of memory now.
    pub fn memory_bytes(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.process.child.id());
        let status = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kilobytes.ok_or("its memory is not told")? * 1_024.0)
    }
}

/// A free port, for servers that do not say which they took.
pub fn free_port() -> Result<u16, String> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

pub struct Clients(Piped);

impl Clients {
    /// `hold clients …`, once all have come.
    pub fn start(arguments: &[&str]) -> Result<Self, String> {
        let mut command = vec![own()?, "hold".to_owned(), "clients".to_owned()];
        command.extend(arguments.iter().map(|one| (*one).to_owned()));
        let mut clients = Self(Piped::start(LOAD, &command)?);
        clients.0.line()?;
        Ok(clients)
    }

    /// The numbers they answer with; words are what is wrong.
    pub fn ask(&mut self, question: &str) -> Result<Vec<f64>, String> {
        self.0.say(question)?;
        let said = self.0.line()?;
        said.split_whitespace()
            .map(|number| number.parse().map_err(|_| said.clone()))
            .collect()
    }
}

/// What is under way belongs to a turn; longer than this nothing is.
const SETTLES: Duration = Duration::from_secs(10);

impl Clients {
    /// The numbers they answer with once those no longer change.
    pub fn settle(&mut self) -> Result<Vec<f64>, String> {
        let begun = Instant::now();
        let mut last = self.ask("how many")?;
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let now = self.ask("how many")?;
            if now == last || begun.elapsed() > SETTLES {
                return Ok(now);
            }
            last = now;
        }
    }
}

/// This program itself.
pub fn own() -> Result<String, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    Ok(own.to_string_lossy().into_owned())
}

/// `hold` with some arguments.
pub fn own_with(arguments: &[&str]) -> Result<Vec<String>, String> {
    let mut command = vec![own()?, "hold".to_owned()];
    command.extend(arguments.iter().map(|one| (*one).to_owned()));
    Ok(command)
}

pub fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Lines from above, until there are no more.
fn orders() -> Receiver<String> {
    let (orders, heard) = sync_channel(8);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if orders.send(line).is_err() {
                return;
            }
        }
    });
    heard
}

/// Calls every so often between `go` and `stop`; returns when there are no more orders.
pub fn obey(every: Duration, mut beat: impl FnMut()) {
    let heard = orders();
    let mut next: Option<Instant> = None;
    loop {
        let order = match next {
            Some(at) => heard.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(order) => next = (order == "go").then(|| Instant::now() + every),
            Err(RecvTimeoutError::Timeout) => {
                beat();
                // Beats that were slept through are not made up for.
                next = next.map(|at| (at + every).max(Instant::now()));
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Clients: what they make of what they hear, and what they say of it.
pub trait Listening {
    fn hears(&mut self, line: usize, body: &[u8]);
    /// Called about once a millisecond, to say something.
    fn beats(&mut self, lines: &mut Lines) -> Result<(), String>;
    /// The answer to a question, as numbers; or what is wrong.
    fn answers(&mut self, question: &str) -> String;
}

/// Says that all have come, and listens until nobody asks any more.
pub fn listen(lines: &mut Lines, clients: &mut dyn Listening) -> Result<(), String> {
    println!("here");
    let asked = orders();
    loop {
        lines.listen(&mut |line, body| clients.hears(line, body))?;
        clients.beats(lines)?;
        match asked.try_recv() {
            Ok(question) => println!("{}", clients.answers(&question)),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}
