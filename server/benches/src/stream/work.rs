//! What there is to do, and how each server is started for it with its best settings.

use std::fs;
use std::path::{Path, PathBuf};

use domain::place::Bounds;
use domain::wire::live::{Ask, Known, Look, ask};
use domain::wire::{Layer, PROTOCOL_BINARY};

use super::held::{Server, free_port, own_with};
use super::line::Greeting;
use super::speech::Speech;

/// Cells a side of the grid by which peers divide the city.
pub const CELLS_A_SIDE: i64 = 16;
const PEERS: &str = "server/benches/peers";
/// Debian's packages, unpacked by `.ci/deps bench`.
const UNPACKED: &str = "bench-peers";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// The same so many bytes to everybody every tick.
    Same(usize),
    /// 50,000 moves a second, in one batch a tick.
    Moves,
    /// 10,000 moves a second, by cell.
    Cells,
    /// About 2,000 bytes a tick that say when they were made.
    Some,
    /// A first message to whoever comes.
    Storm,
}

impl Work {
    pub fn arguments(self) -> Vec<String> {
        match self {
            Self::Same(bytes) => vec!["same".into(), bytes.to_string()],
            Self::Moves => vec!["moves".into()],
            Self::Cells => vec!["cells".into()],
            Self::Some => vec!["some".into()],
            Self::Storm => vec!["storm".into()],
        }
    }

    pub fn read(words: &[String]) -> Result<Self, String> {
        match words {
            [same, bytes] if same == "same" => {
                let bytes = bytes.parse().map_err(|_| format!("{bytes} is no length"))?;
                Ok(Self::Same(bytes))
            }
            [word] => match word.as_str() {
                "same" => Ok(Self::Same(0)),
                "moves" => Ok(Self::Moves),
                "cells" => Ok(Self::Cells),
                "some" => Ok(Self::Some),
                "storm" => Ok(Self::Storm),
                other => Err(format!("no work is called {other}")),
            },
            _ => Err("which work?".into()),
        }
    }
}

pub fn start(name: &str, work: Work) -> Result<Server, String> {
    let words = work.arguments();
    let of_work: Vec<&str> = words.iter().map(String::as_str).collect();
    let with = |command: &[&str]| -> Vec<String> {
        command
            .iter()
            .chain(&of_work)
            .map(|one| (*one).to_owned())
            .collect()
    };
    let peer = |file: &str| format!("{PEERS}/{file}");
    match name {
        "ours" => {
            let which = if work == Work::Storm {
                "same"
            } else {
                of_work[0]
            };
            Server::obeying(&own_with(&["ours", which])?)
        }
        "floor" => Server::obeying(&own_with(&[&["floor"], of_work.as_slice()].concat())?),
        "bun" => Server::obeying(&with(&[&peer("node_modules/.bin/bun"), &peer("bun.mjs")])),
        "ws" => Server::obeying(&with(&["node", &peer("ws.mjs")])),
        "socket.io" => Server::obeying(&with(&["node", &peer("socketio.mjs")])),
        "nats" | "nchan" | "mosquitto" => {
            let port = free_port()?;
            let port_text = port.to_string();
            let command = match name {
                "nats" => vec![
                    unpacked("nats-server")?,
                    "-a".into(),
                    "127.0.0.1".into(),
                    "-p".into(),
                    port_text.clone(),
                    "-l".into(),
                    "/dev/null".into(),
                ],
                "nchan" => nchan(port)?,
                _ => mosquitto(port)?,
            };
            let publisher = [&["publisher", name, &port_text], of_work.as_slice()].concat();
            Server::passing_on(&command, port, &own_with(&publisher)?)
        }
        other => Err(format!("no peer is called {other}")),
    }
}

fn target() -> PathBuf {
    let folder = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
    // Foreign programs want whole paths.
    fs::canonicalize(&folder).unwrap_or_else(|_| Path::new(&folder).to_owned())
}

/// A program of a Debian package; that of the system where it was not unpacked.
fn unpacked(program: &str) -> Result<String, String> {
    let places = [
        target().join(UNPACKED).join("usr/sbin").join(program),
        PathBuf::from("/usr/sbin").join(program),
    ];
    let found = places.iter().find(|place| place.exists());
    found
        .map(|place| place.to_string_lossy().into_owned())
        .ok_or_else(|| format!("{program} is not there: run .ci/deps bench"))
}

fn mosquitto(port: u16) -> Result<Vec<String>, String> {
    let file = target().join(format!("bench-mosquitto-{port}.conf"));
    let settings = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nlog_type none\n"
    );
    fs::write(&file, settings).map_err(|error| error.to_string())?;
    Ok(vec![
        unpacked("mosquitto")?,
        "-c".into(),
        file.to_string_lossy().into_owned(),
    ])
}

fn nchan(port: u16) -> Result<Vec<String>, String> {
    let folder = target().join(format!("bench-nchan-{port}"));
    fs::create_dir_all(folder.join(".var/lib/nginx")).map_err(|error| error.to_string())?;
    let module = target()
        .join(UNPACKED)
        .join("usr/lib/nginx/modules/ngx_nchan_module.so");
    let here = folder.to_string_lossy().into_owned();
    let settings = format!(
        "load_module {};\ndaemon off; master_process off; pid {here}/pid; error_log stderr crit;\n\
         events {{ worker_connections 16384; }}\n\
         http {{ access_log off; tcp_nodelay on; client_max_body_size 4m; client_body_buffer_size 4m;\n\
         client_body_temp_path {here}/a; proxy_temp_path {here}/b; fastcgi_temp_path {here}/c; uwsgi_temp_path {here}/d;\n\
         scgi_temp_path {here}/e; keepalive_requests 1000000; keepalive_timeout 1h; nchan_shared_memory_size 128m;\n\
         server {{ listen 127.0.0.1:{port} backlog=4096;\n\
         location = /pub {{ nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 2; }}\n\
         location = /sub {{ nchan_subscriber websocket; nchan_channel_id all; nchan_subscriber_first_message newest; }} }} }}\n",
        module.to_string_lossy(),
    );
    let file = folder.join("nginx.conf").to_string_lossy().into_owned();
    fs::write(&file, settings).map_err(|error| error.to_string())?;
    Ok(vec![
        unpacked("nginx")?,
        "-e".into(),
        "stderr".into(),
        "-p".into(),
        here,
        "-c".into(),
        file,
    ])
}

/// How a client of a server begins.
pub fn greeting(name: &str, work: Work) -> Greeting {
    let plain = Greeting {
        speech: Speech::WebSocket,
        path: "/",
        headers: String::new(),
        says: Vec::new(),
    };
    match name {
        "ours" => Greeting {
            headers: format!("Sec-WebSocket-Protocol: {PROTOCOL_BINARY}\r\n"),
            says: match work {
                // Where it looks is said later.
                Work::Cells | Work::Storm => Vec::new(),
                _ => vec![look(Bounds::WORLD.degrees(), Known::Nothing)],
            },
            ..plain
        },
        "socket.io" => Greeting {
            speech: Speech::SocketIo,
            path: "/socket.io/?EIO=4&transport=websocket",
            ..plain
        },
        "nats" => Greeting {
            speech: Speech::Nats,
            says: match work {
                Work::Cells => Vec::new(),
                _ => vec![b"SUB all 1\r\n".to_vec()],
            },
            ..plain
        },
        "mosquitto" => Greeting {
            speech: Speech::Mqtt,
            ..plain
        },
        "nchan" => Greeting {
            path: "/sub",
            ..plain
        },
        _ => plain,
    }
}

/// Looks at units in a box.
pub fn look(bbox: [f64; 4], known: Known) -> Vec<u8> {
    ask(&Ask::Look(Look {
        bbox,
        zoom: 10.0,
        layers: vec![Layer::Units],
        filter: None,
        known,
    }))
}
